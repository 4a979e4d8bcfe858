//! Direct federation: the routes to enter, and where; the firewall for these partners alone; the
//! commands that prove each pair. A page for the administrators of one side.

use super::{Block, Page, Section, WARNS_OF_SERVER};
use crate::model::finding::{Note, Owner, StepId};
use crate::model::limits::FEDERATION_PORT;
use crate::setup::{Entry, Place, Side};

impl Page<'_> {
    /// All of it, in the order in which it is read.
    pub(super) fn direct(&self, own: &Side, others: &[Side]) -> Vec<Section> {
        let mut sections = vec![self.seen(), self.direct_about(others)];
        sections.extend(self.direct_warnings(own, others));
        if own.is_on_teams {
            sections.extend([self.direct_teams(others), self.direct_proof(own, others)]);
            return sections;
        }
        sections.extend([
            self.domain(),
            self.direct_records(own, others),
            self.routes(others),
            self.direct_firewall(others),
            self.certificate(),
            self.renewal(),
            self.federation(),
            self.direct_proof(own, others),
        ]);
        sections
    }

    fn direct_about(&self, others: &[Side]) -> Section {
        let names: Vec<String> = others.iter().map(|side| side.domain.to_string()).collect();
        let note = Note::new("plan-direct-about").with("others", names);
        Section::new("direct", self.say("plan-direct-kind")).of(vec![Block::Text(self.note(&note))])
    }

    fn direct_warnings(&self, own: &Side, others: &[Side]) -> Option<Section> {
        // Where an SRV record would have to stand is no matter here.
        let is_hidden = self.sheet.a != Entry::Published && self.sheet.a_place != Place::Zone;
        let is_of_place = |note: &Note| matches!(note.id, "plan-warn-handed" | "plan-warn-moved");
        let is_kept = |note: &&Note| {
            (WARNS_OF_SERVER.contains(&note.id) || note.id == "plan-warn-typed")
                && (is_hidden || !is_of_place(note))
        };
        let warnings = self.advice.warnings.iter();
        let mut notes: Vec<Note> = warnings
            .filter(|note| is_kept(note) && !own.is_on_teams)
            .cloned()
            .collect();
        if own.is_on_teams {
            notes.push(Note::new("plan-direct-warn-teams"));
        } else if !own.records.is_empty() {
            let whose = if own.is_record_of_another() {
                "other"
            } else {
                "own"
            };
            let note = Note::new("plan-direct-warn-record").with("whose", whose);
            notes.push(note.with("targets", own.records.clone()));
        }
        // Who has no field for a route enters none, whatever the server is called.
        for side in others.iter().filter(|_| !own.is_on_teams) {
            let about = |id| {
                Note::new(id)
                    .with("peer", side.domain.as_str())
                    .with("route", side.fqdn.as_str())
            };
            if side.is_on_teams {
                notes.push(about("plan-direct-warn-teams-peer"));
            } else if side.is_assumed {
                notes.push(about("plan-direct-warn-assumed"));
            }
            let is_silent = !side.is_record_known || !side.is_address_known;
            if is_silent && !side.is_on_teams {
                notes.push(about("plan-direct-warn-silent"));
            } else if side.addresses.is_empty() && !side.is_on_teams {
                notes.push(about("plan-direct-warn-address"));
            }
        }
        let blocks = notes.iter().map(|note| Block::Warning {
            code: note.id,
            text: self.note(note),
        });
        let section = Section::new("warnings", self.say("plan-warnings-title"));
        (!notes.is_empty()).then(|| section.of(blocks.collect()))
    }

    /// What the administrator of the server enters, whatever server that is.
    fn routes(&self, others: &[Side]) -> Section {
        let routed: Vec<&Side> = others.iter().filter(|side| !side.is_on_teams).collect();
        let fields = routed.iter().map(|side| super::Field {
            id: "route",
            label: side.domain.to_string(),
            value: side.fqdn.to_string(),
            is_copied: true,
        });
        let each = |line: &dyn Fn(&Side) -> String| -> Vec<String> {
            routed.iter().map(|side| line(side)).collect()
        };
        let edge = each(&|side| {
            let Side { domain, fqdn, .. } = side;
            format!("New-CsAllowedDomain -Identity \"{domain}\" -ProxyFqdn \"{fqdn}\"")
        });
        let script = each(&|side| {
            let Side { domain, fqdn, .. } = side;
            format!(
                "if ($rd == \"{domain}\") {{ $du = \"sip:{fqdn}:{FEDERATION_PORT};transport=tls\"; }}"
            )
        });
        let section = Section::new("routes", self.say("plan-direct-routes-title"));
        section.by(&[Owner::XphoneAdmin]).of(vec![
            self.paragraph("plan-direct-routes"),
            Block::Fields(fields.collect()),
            self.paragraph("plan-direct-xphone"),
            self.paragraph("plan-direct-elsewhere"),
            self.copy("plan-direct-edge", edge),
            Block::Item(self.say("plan-direct-procall")),
            Block::Item(self.say("plan-direct-cisco")),
            self.copy("plan-direct-kamailio", script),
        ])
    }

    /// The A record, and what is published beside it.
    fn direct_records(&self, own: &Side, others: &[Side]) -> Section {
        let mut section = self.records();
        if others.iter().any(|side| side.is_on_teams) {
            let line = self.srv_line();
            section
                .blocks
                .push(self.copy("plan-direct-record-for-teams", vec![line]));
        } else if own.records.is_empty() {
            let id = if own.is_record_known {
                "plan-direct-no-record"
            } else {
                "plan-direct-record-unknown"
            };
            section.blocks.push(self.paragraph(id));
        } else {
            let owner = self.sheet.domain.srv_name();
            let zone = &self.sheet.zone;
            let name = self.sheet.relative(&owner);
            let remove = format!(
                "Remove-DnsServerResourceRecord -ZoneName \"{zone}\" -RRType Srv -Name \"{name}\""
            );
            section
                .blocks
                .push(self.copy("plan-direct-remove", vec![remove]));
        }
        section
    }

    /// Rules for these partners, and nobody else.
    fn direct_firewall(&self, others: &[Side]) -> Section {
        let routed: Vec<&Side> = others.iter().filter(|side| !side.is_on_teams).collect();
        let known: Vec<String> = routed
            .iter()
            .flat_map(|side| match side.addresses.as_slice() {
                [] => vec![self.unknown_address(side)],
                known => known.iter().map(ToString::to_string).collect(),
            })
            .collect();
        let rule = |id| {
            let note = Note::new(id).with("address", self.address());
            self.note(&note.with("lan", self.lan()).with("peers", known.clone()))
        };
        let rules = vec![
            self.labelled("plan-firewall-in", rule("plan-direct-firewall-in")),
            self.labelled("plan-firewall-out", rule("plan-direct-firewall-out")),
        ];
        let remote = known.join(",");
        let windows = vec![
            format!(
                "New-NetFirewallRule -DisplayName \"XPhone Federation in\" -Direction Inbound -Protocol TCP -LocalPort {FEDERATION_PORT} -RemoteAddress {remote} -Action Allow"
            ),
            format!(
                "New-NetFirewallRule -DisplayName \"XPhone Federation out\" -Direction Outbound -Protocol TCP -RemotePort {FEDERATION_PORT} -RemoteAddress {remote} -Action Allow"
            ),
        ];
        let mut blocks = vec![
            Block::Fields(rules),
            self.paragraph("plan-direct-firewall-note"),
        ];
        if others.iter().any(|side| side.is_on_teams) {
            blocks.push(self.paragraph("plan-direct-firewall-teams"));
        }
        blocks.push(self.copy("plan-firewall-windows", windows));
        self.step(StepId::Tcp, &[Owner::Network]).of(blocks)
    }

    fn unknown_address(&self, side: &Side) -> String {
        let note = Note::new("plan-placeholder-of").with("route", side.fqdn.as_str());
        self.note(&note)
    }

    /// What the administrator of Teams can enter: domains, and nothing else.
    fn direct_teams(&self, others: &[Side]) -> Section {
        let mut list = vec!["$list = New-Object Collections.Generic.List[String]".to_owned()];
        list.extend(
            others
                .iter()
                .map(|side| format!("$list.Add(\"{}\")", side.domain)),
        );
        list.push(
            "Set-CsTenantFederationConfiguration -AllowFederatedUsers $true -AllowedDomainsAsAList @{Add=$list}"
                .to_owned(),
        );
        let look = vec![
            "Connect-MicrosoftTeams".to_owned(),
            "Get-CsTenantFederationConfiguration".to_owned(),
        ];
        Section::new("teams", self.say("plan-teams-title")).of(vec![
            self.copy("plan-teams-look", look),
            self.copy("plan-teams-list", list),
        ])
    }

    /// A command for each pair, and for the way to each other side.
    fn direct_proof(&self, own: &Side, others: &[Side]) -> Section {
        let named = |side: &Side| format!("{}={}", side.domain, side.fqdn);
        let pairs = others.iter().map(|other| {
            // Teams is found by its record.
            if own.is_on_teams || other.is_on_teams {
                format!("xfed pair {} {}", own.domain, other.domain)
            } else {
                format!("xfed pair {} {} --direct", named(own), named(other))
            }
        });
        let mut blocks = Vec::new();
        if !own.is_on_teams {
            let (command, lan) = (self.check_command(), self.lan());
            let inside = format!("{command} --connect-to {lan}");
            let routed = others.iter().filter(|other| !other.is_on_teams);
            let ways = routed
                .map(|other| format!("Test-NetConnection {} -Port {FEDERATION_PORT}", other.fqdn));
            blocks.extend([
                self.copy("plan-proof-outside", vec![command]),
                self.copy("plan-proof-inside", vec![inside]),
                self.copy("plan-direct-proof-out", ways.collect()),
            ]);
        }
        blocks.push(self.copy("plan-direct-proof-pairs", pairs.collect()));
        Section::new("proof", self.say("plan-proof-title")).of(blocks)
    }
}
