//! A partner for a test: what to publish and open so that `xfed listen` can be called for an afternoon,
//! and what the other side has to do.

use super::{Block, Page, Section, WARNS_OF_SERVER};
use crate::model::finding::{Note, Owner, StepId};
use crate::model::limits::FEDERATION_PORT;
use crate::model::names::Domain;
use crate::setup::Sheet;

impl Page<'_> {
    /// All of it, in the order in which it is done.
    pub(super) fn test_partner(&self, caller: Option<&Domain>) -> Vec<Section> {
        let mut sections = vec![self.seen(), self.partner_about()];
        sections.extend(self.partner_warnings());
        sections.extend([
            self.records(),
            self.partner_firewall(),
            self.partner_certificate(),
            self.partner_run(caller),
            self.partner_other_side(),
            self.partner_result(caller),
        ]);
        sections
    }

    fn partner_about(&self) -> Section {
        let about = ["plan-partner-about", "plan-fill-in"].map(|id| self.paragraph(id));
        Section::new("test-partner", self.say("plan-partner-kind")).of(about.into())
    }

    fn partner_warnings(&self) -> Option<Section> {
        let warnings = self.advice.warnings.iter();
        let kept = warnings.filter(|note| WARNS_OF_SERVER.contains(&note.id));
        let mut notes: Vec<Note> = kept.cloned().collect();
        let server = format!(" {}.", self.sheet.fqdn);
        let records = self.advice.srv.iter().flatten();
        let others: Vec<String> = records
            .filter(|record| !record.ends_with(&server))
            .cloned()
            .collect();
        if !others.is_empty() {
            notes.push(Note::new("plan-partner-warn-record").with("records", others));
        }
        let blocks = notes.iter().map(|note| Block::Warning {
            code: note.id,
            text: self.note(note),
        });
        let section = Section::new("warnings", self.say("plan-warnings-title"));
        (!notes.is_empty()).then(|| section.of(blocks.collect()))
    }

    fn partner_firewall(&self) -> Section {
        let rule = |id| self.note(&Note::new(id).with("address", self.address()));
        let rows = vec![
            self.labelled("plan-firewall-in", rule("plan-partner-firewall-in")),
            self.labelled("plan-firewall-out", rule("plan-partner-firewall-out")),
        ];
        let windows = vec![format!(
            "New-NetFirewallRule -DisplayName \"xfed listen\" -Direction Inbound -Protocol TCP -LocalPort 80,{FEDERATION_PORT} -Action Allow"
        )];
        self.step(StepId::Tcp, &[Owner::Network]).of(vec![
            Block::Fields(rows),
            self.copy("plan-partner-firewall-windows", windows),
        ])
    }

    fn partner_certificate(&self) -> Section {
        let (fqdn, mail) = (&self.sheet.fqdn, self.say("plan-placeholder-mail"));
        let linux = format!("sudo certbot certonly --standalone --key-type rsa -d {fqdn}");
        let windows = format!(
            "wacs.exe --source manual --host {fqdn} --validation selfhosting --csr rsa --store pemfiles --pemfilespath C:\\xfed --accepttos --emailaddress \"{mail}\""
        );
        let section = self.step(StepId::Certificate, &[]);
        section.of(vec![
            self.paragraph("plan-partner-certificate"),
            self.copy("plan-partner-certificate-linux", vec![linux]),
            self.copy("plan-partner-certificate-windows", vec![windows]),
        ])
    }

    fn partner_run(&self, caller: Option<&Domain>) -> Section {
        let fqdn = &self.sheet.fqdn;
        let folder = format!("/etc/letsencrypt/live/{fqdn}");
        let linux = self.listen(
            &format!("sudo xfed listen --fqdn {fqdn} --cert {folder}/fullchain.pem --key {folder}/privkey.pem"),
            caller,
        );
        let windows = self.listen(
            &format!("xfed.exe listen --fqdn {fqdn} --cert C:\\xfed\\{fqdn}-chain.pem --key C:\\xfed\\{fqdn}-key.pem"),
            caller,
        );
        Section::new("listen", self.say("plan-partner-run-title")).of(vec![
            self.copy("plan-partner-run", vec![linux]),
            self.copy("plan-partner-run-windows", vec![windows]),
            self.paragraph("plan-partner-run-once"),
        ])
    }

    /// The command, for an afternoon.
    fn listen(&self, start: &str, caller: Option<&Domain>) -> String {
        let Sheet { domain, fqdn, .. } = self.sheet;
        // The domain is taken to be what stands behind the first label.
        let is_below = fqdn.as_str().split_once('.').map(|(_, above)| above);
        let own = if is_below == Some(domain.as_str()) {
            String::new()
        } else {
            format!(" --domain {domain}")
        };
        let expect = caller.map_or_else(String::new, |caller| format!(" --expect {caller}"));
        format!("{start}{own}{expect} --for 4h --transcript said.txt --report json=listen.json")
    }

    fn partner_other_side(&self) -> Section {
        let item = |id| Block::Item(self.say(id));
        let way_out = format!(
            "Test-NetConnection {} -Port {FEDERATION_PORT}",
            self.sheet.fqdn
        );
        let section = Section::new("other-side", self.say("plan-partner-other-title"));
        section.by(&[Owner::XphoneAdmin]).of(vec![
            item("plan-partner-allow"),
            self.copy("plan-partner-way-out", vec![way_out]),
            item("plan-partner-contact"),
            item("plan-partner-write"),
        ])
    }

    fn partner_result(&self, caller: Option<&Domain>) -> Section {
        let domain = &self.sheet.domain;
        let caller = caller.map_or_else(|| self.say("plan-placeholder-caller"), Domain::to_string);
        let partner = self.say("plan-proof-partner");
        let pair = format!("xfed pair {caller} {partner} --evidence listen.json");
        Section::new("proof", self.say("plan-proof-title")).of(vec![
            self.copy("plan-partner-check", vec![format!("xfed check {domain}")]),
            self.copy(
                "plan-partner-replay",
                vec!["xfed replay listen.json".to_owned()],
            ),
            self.copy("plan-partner-pair", vec![pair]),
            self.paragraph("plan-partner-afterwards"),
        ])
    }
}
