//! What to enter in DNS: as a zone file, as the form of a provider, and as PowerShell.

use super::{Block, Page, Section};
use crate::model::finding::{Note, Owner};
use crate::model::limits::FEDERATION_PORT;
use crate::model::names::SRV_PREFIX;
use crate::setup::{Entry, Place, Sheet, TTL};

/// [`TTL`] in PowerShell.
const TTL_SPAN: &str = "01:00:00";

/// One of the records that have to be entered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needed {
    A,
    Srv,
}

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
        let needed = [
            needs_a.then_some(Needed::A),
            needs_srv.then_some(Needed::Srv),
        ];
        let needed: Vec<Needed> = needed.into_iter().flatten().collect();
        if self.advice.is_internal && !needed.is_empty() {
            blocks.push(self.paragraph("plan-records-unseen"));
        }
        // What goes into one zone is entered together.
        match needed.as_slice() {
            [one, other] if !self.place(*one).is_beside(self.place(*other)) => {
                blocks.extend(self.entered(&[*one]));
                blocks.extend(self.entered(&[*other]));
            }
            [] => {}
            together => blocks.extend(self.entered(together)),
        }
        section.of(blocks)
    }

    /// Which of the A and the SRV record have to be entered.
    fn needed(&self) -> [bool; 2] {
        let [a, srv] = [self.sheet.a, self.sheet.record].map(|entry| entry != Entry::Published);
        [a, srv && !self.is_direct()]
    }

    fn place(&self, record: Needed) -> &Place {
        match record {
            Needed::A => &self.sheet.a_place,
            Needed::Srv => &self.sheet.record_place,
        }
    }

    /// How these records are entered, which have one place.
    fn entered(&self, records: &[Needed]) -> Vec<Block> {
        let place = self.place(records[0]);
        let zone = place.zone(&self.sheet.zone);
        let mut blocks = Vec::new();
        if !place.is_seen() {
            let at = records.iter().map(|record| self.owner(*record));
            let note = Note::new("plan-records-first").with("at", at.collect::<Vec<_>>());
            blocks.push(Block::Text(self.note(&note)));
        }
        let in_zone = |id| self.note(&Note::new(id).with("zone", zone));
        blocks.push(Block::Copy {
            id: "plan-zone-file",
            text: in_zone("plan-zone-file"),
            lines: records.iter().map(|record| self.line(*record)).collect(),
        });
        for record in records {
            blocks.extend(match record {
                Needed::A => self.form_a(zone),
                Needed::Srv => self.form_srv(zone),
            });
        }
        if !self.is_direct() && records.contains(&Needed::Srv) {
            let owner = self.sheet.domain.srv_name();
            let note = Note::new("plan-form-hint").with("zone", zone);
            let note = note.with("name", Sheet::relative_to(zone, &owner));
            blocks.push(Block::Text(self.note(&note)));
        }
        // The Windows DNS server that is at hand has the internal zone; and none takes what nobody would see.
        if !self.advice.is_internal && place.is_seen() {
            let commands = records.iter();
            let commands = commands.flat_map(|record| self.powershell(*record, zone));
            blocks.push(self.copy("plan-powershell", commands.collect()));
        }
        blocks
    }

    fn owner(&self, record: Needed) -> String {
        match record {
            Needed::A => self.sheet.fqdn.to_string(),
            Needed::Srv => self.sheet.domain.srv_name(),
        }
    }

    fn line(&self, record: Needed) -> String {
        match record {
            Needed::A => self.a_line(),
            Needed::Srv => self.srv_line(),
        }
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

    fn form_a(&self, zone: &str) -> [Block; 2] {
        let name = Sheet::relative_to(zone, self.sheet.fqdn.as_str());
        let rows = vec![
            self.field("plan-field-type", "A"),
            self.field("plan-field-name", name),
            self.field("plan-field-value", self.address()),
            self.field("plan-field-ttl", TTL.to_string()),
        ];
        [self.paragraph("plan-form-a"), Block::Fields(rows)]
    }

    fn form_srv(&self, zone: &str) -> [Block; 2] {
        let (service, protocol) = SRV_PREFIX
            .trim_end_matches('.')
            .split_once('.')
            .expect("the prefix is a service and a protocol");
        let Sheet { domain, fqdn, .. } = self.sheet;
        let owner = domain.srv_name();
        // Below the protocol, or at it, the parts of a form do not fit.
        let is_whole = zone.len() <= domain.as_str().len();
        let mut rows = vec![self.field("plan-field-type", "SRV")];
        if is_whole {
            rows.extend([
                self.field("plan-field-service", service),
                self.field("plan-field-protocol", protocol),
                self.field("plan-field-name", Sheet::relative_to(zone, domain.as_str())),
            ]);
        } else {
            rows.push(self.field("plan-field-name", Sheet::relative_to(zone, &owner)));
        }
        rows.extend([
            self.field("plan-field-priority", "0"),
            self.field("plan-field-weight", "0"),
            self.field("plan-field-port", FEDERATION_PORT.to_string()),
            self.field("plan-field-target", fqdn.to_string()),
            self.field("plan-field-ttl", TTL.to_string()),
        ]);
        [self.paragraph("plan-form-srv"), Block::Fields(rows)]
    }

    /// `Add-DnsServerResourceRecord` leaves the records that are there, so wrong ones are removed
    /// first. PowerShell asks before it removes anything.
    fn powershell(&self, record: Needed, zone: &str) -> Vec<String> {
        let owner = self.owner(record);
        let name = Sheet::relative_to(zone, &owner);
        let (entry, kind) = match record {
            Needed::A if self.sheet.alias => (self.sheet.a, "CName"),
            Needed::A => (self.sheet.a, "A"),
            Needed::Srv if self.sheet.record_alias.is_some() => (self.sheet.record, "CName"),
            Needed::Srv => (self.sheet.record, "Srv"),
        };
        let mut commands = Vec::new();
        if entry == Entry::Differs {
            commands.push(format!(
                "Remove-DnsServerResourceRecord -ZoneName \"{zone}\" -RRType {kind} -Name \"{name}\""
            ));
        }
        let fqdn = &self.sheet.fqdn;
        commands.push(match record {
            Needed::A => {
                let address = self.address();
                format!(
                    "Add-DnsServerResourceRecordA -ZoneName \"{zone}\" -Name \"{name}\" -IPv4Address \"{address}\" -TimeToLive {TTL_SPAN}"
                )
            }
            Needed::Srv => format!(
                "Add-DnsServerResourceRecord -Srv -ZoneName \"{zone}\" -Name \"{name}\" -DomainName \"{fqdn}\" -Priority 0 -Weight 0 -Port {FEDERATION_PORT} -TimeToLive {TTL_SPAN}"
            ),
        });
        commands
    }
}
