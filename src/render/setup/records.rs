//! What to enter in DNS: as a zone file, as the form of a provider, and as PowerShell.

use super::{COPY, INDENT, Page, blank};
use crate::model::finding::{Note, Owner};
use crate::model::limits::FEDERATION_PORT;
use crate::model::names::SRV_PREFIX;
use crate::setup::{Entry, Sheet};

/// How long resolvers may keep the records, in seconds: an hour, so that a mistake is soon mended.
const TTL: u32 = 3600;
/// The same in PowerShell.
const TTL_SPAN: &str = "01:00:00";

impl Page<'_> {
    pub(super) fn records(&self) -> Vec<String> {
        let title = format!("2, 3 {}", self.say("plan-records-title"));
        let mut lines = self.title(&title, &[Owner::DnsAdmin]);
        let [needs_a, needs_srv] =
            [self.sheet.a, self.sheet.record].map(|entry| entry != Entry::Published);
        for (is_needed, record) in [(needs_a, "a"), (needs_srv, "srv")] {
            if !is_needed {
                let note = Note::new("plan-record-published").with("record", record);
                lines.extend(self.wrapped(&self.note(&note), INDENT));
            }
        }
        if !needs_a && !needs_srv {
            return lines;
        }
        lines.extend(self.zone_file(needs_a, needs_srv));
        if needs_a {
            lines.extend(self.form_a());
        }
        if needs_srv {
            lines.extend(self.form_srv());
        }
        lines.extend(self.paragraph("plan-form-hint"));
        lines.extend(self.powershell(needs_a, needs_srv));
        lines
    }

    fn zone_file(&self, needs_a: bool, needs_srv: bool) -> Vec<String> {
        let Sheet { domain, fqdn, .. } = self.sheet;
        let (owner, address) = (domain.srv_name(), self.address());
        let a = format!("{fqdn}. {TTL} IN A {address}");
        let srv = format!("{owner}. {TTL} IN SRV 0 0 {FEDERATION_PORT} {fqdn}.");
        let records = [needs_a.then_some(a), needs_srv.then_some(srv)];
        let records: Vec<String> = records.into_iter().flatten().collect();
        [self.copy("plan-zone-file", &records), blank()].concat()
    }

    fn form_a(&self) -> Vec<String> {
        let name = self.sheet.relative(self.sheet.fqdn.as_str()).to_owned();
        let rows = [
            ("plan-field-type", "A".to_owned()),
            ("plan-field-name", name),
            ("plan-field-value", self.address()),
            ("plan-field-ttl", TTL.to_string()),
        ];
        [
            self.paragraph("plan-form-a"),
            self.labelled(&rows, COPY),
            blank(),
        ]
        .concat()
    }

    fn form_srv(&self) -> Vec<String> {
        let (service, protocol) = SRV_PREFIX
            .trim_end_matches('.')
            .split_once('.')
            .expect("the prefix is a service and a protocol");
        let Sheet { domain, fqdn, .. } = self.sheet;
        let name = self.sheet.relative(domain.as_str()).to_owned();
        let rows = [
            ("plan-field-type", "SRV".to_owned()),
            ("plan-field-service", service.to_owned()),
            ("plan-field-protocol", protocol.to_owned()),
            ("plan-field-name", name),
            ("plan-field-priority", "0".to_owned()),
            ("plan-field-weight", "0".to_owned()),
            ("plan-field-port", FEDERATION_PORT.to_string()),
            ("plan-field-target", fqdn.to_string()),
            ("plan-field-ttl", TTL.to_string()),
        ];
        [self.paragraph("plan-form-srv"), self.labelled(&rows, COPY)].concat()
    }

    /// `Add-DnsServerResourceRecord` leaves the records that are there, so wrong ones are removed
    /// first. PowerShell asks before it removes anything.
    fn powershell(&self, needs_a: bool, needs_srv: bool) -> Vec<String> {
        let Sheet {
            domain, fqdn, zone, ..
        } = self.sheet;
        let (host, service) = (fqdn.to_string(), domain.srv_name());
        let (host, service) = (self.sheet.relative(&host), self.sheet.relative(&service));
        let remove = |kind: &str, name: &str| {
            format!(
                "Remove-DnsServerResourceRecord -ZoneName \"{zone}\" -RRType {kind} -Name \"{name}\""
            )
        };
        let mut commands = Vec::new();
        if self.sheet.a == Entry::Differs {
            let kind = if self.sheet.alias { "CName" } else { "A" };
            commands.push(remove(kind, host));
        }
        if needs_a {
            let address = self.address();
            commands.push(format!(
                "Add-DnsServerResourceRecordA -ZoneName \"{zone}\" -Name \"{host}\" -IPv4Address \"{address}\" -TimeToLive {TTL_SPAN}"
            ));
        }
        if self.sheet.record == Entry::Differs {
            commands.push(remove("Srv", service));
        }
        if needs_srv {
            commands.push(format!(
                "Add-DnsServerResourceRecord -Srv -ZoneName \"{zone}\" -Name \"{service}\" -DomainName \"{fqdn}\" -Priority 0 -Weight 0 -Port {FEDERATION_PORT} -TimeToLive {TTL_SPAN}"
            ));
        }
        [blank(), self.copy("plan-powershell", &commands)].concat()
    }
}
