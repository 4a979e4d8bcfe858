//! What to enter in DNS: as a zone file, as the form of a provider, and as PowerShell.

use super::{Block, Page, Section};
use crate::model::finding::{Note, Owner};
use crate::model::limits::FEDERATION_PORT;
use crate::model::names::SRV_PREFIX;
use crate::setup::{Entry, Sheet, TTL};

/// [`TTL`] in PowerShell.
const TTL_SPAN: &str = "01:00:00";

impl Page<'_> {
    pub(super) fn records(&self) -> Section {
        let title = if self.is_direct() {
            format!("2 {}", self.say("plan-direct-records-title"))
        } else {
            format!("2, 3 {}", self.say("plan-records-title"))
        };
        let section = Section::new("records", title).by(&[Owner::DnsAdmin]);
        let [needs_a, needs_srv] = self.needed();
        let mut blocks = Vec::new();
        for (is_needed, record) in [(needs_a, "a"), (needs_srv, "srv")] {
            // Where routes take its place, it is no matter of being published.
            let is_of_routes = self.is_direct() && record == "srv";
            if !is_needed && !is_of_routes {
                let note = Note::new("plan-record-published").with("record", record);
                blocks.push(Block::Text(self.note(&note)));
            }
        }
        if !needs_a && !needs_srv {
            return section.of(blocks);
        }
        let lines = [
            needs_a.then(|| self.a_line()),
            needs_srv.then(|| self.srv_line()),
        ];
        let lines = lines.into_iter().flatten().collect();
        blocks.push(self.copy("plan-zone-file", lines));
        if needs_a {
            blocks.extend(self.form_a());
        }
        if needs_srv {
            blocks.extend(self.form_srv());
        }
        if !self.is_direct() {
            blocks.push(self.paragraph("plan-form-hint"));
        }
        blocks.push(self.copy("plan-powershell", self.powershell()));
        section.of(blocks)
    }

    /// Which of the A and the SRV record have to be entered.
    fn needed(&self) -> [bool; 2] {
        let [a, srv] = [self.sheet.a, self.sheet.record].map(|entry| entry != Entry::Published);
        [a, srv && !self.is_direct()]
    }

    /// The A record as a line of a zone file.
    pub(super) fn a_line(&self) -> String {
        format!("{}. {TTL} IN A {}", self.sheet.fqdn, self.address())
    }

    /// The SRV record as a line of a zone file.
    pub(super) fn srv_line(&self) -> String {
        let Sheet { domain, fqdn, .. } = self.sheet;
        let owner = domain.srv_name();
        format!("{owner}. {TTL} IN SRV 0 0 {FEDERATION_PORT} {fqdn}.")
    }

    fn form_a(&self) -> [Block; 2] {
        let name = self.sheet.relative(self.sheet.fqdn.as_str());
        let rows = vec![
            self.field("plan-field-type", "A"),
            self.field("plan-field-name", name),
            self.field("plan-field-value", self.address()),
            self.field("plan-field-ttl", TTL.to_string()),
        ];
        [self.paragraph("plan-form-a"), Block::Fields(rows)]
    }

    fn form_srv(&self) -> [Block; 2] {
        let (service, protocol) = SRV_PREFIX
            .trim_end_matches('.')
            .split_once('.')
            .expect("the prefix is a service and a protocol");
        let Sheet { domain, fqdn, .. } = self.sheet;
        let rows = vec![
            self.field("plan-field-type", "SRV"),
            self.field("plan-field-service", service),
            self.field("plan-field-protocol", protocol),
            self.field("plan-field-name", self.sheet.relative(domain.as_str())),
            self.field("plan-field-priority", "0"),
            self.field("plan-field-weight", "0"),
            self.field("plan-field-port", FEDERATION_PORT.to_string()),
            self.field("plan-field-target", fqdn.to_string()),
            self.field("plan-field-ttl", TTL.to_string()),
        ];
        [self.paragraph("plan-form-srv"), Block::Fields(rows)]
    }

    /// `Add-DnsServerResourceRecord` leaves the records that are there, so wrong ones are removed
    /// first. PowerShell asks before it removes anything.
    fn powershell(&self) -> Vec<String> {
        let [needs_a, needs_srv] = self.needed();
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
        if self.sheet.record == Entry::Differs && !self.is_direct() {
            commands.push(remove("Srv", service));
        }
        if needs_srv {
            commands.push(format!(
                "Add-DnsServerResourceRecord -Srv -ZoneName \"{zone}\" -Name \"{service}\" -DomainName \"{fqdn}\" -Priority 0 -Weight 0 -Port {FEDERATION_PORT} -TimeToLive {TTL_SPAN}"
            ));
        }
        commands
    }
}
