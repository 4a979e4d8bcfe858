//! What to enter at the firewall and on the server, and how to prove that it works.

use super::{Block, Page, Section};
use crate::model::finding::{Note, Owner, StepId};
use crate::model::limits::FEDERATION_PORT;
use crate::setup::Sheet;

impl Page<'_> {
    pub(super) fn domain(&self) -> Section {
        let rows = vec![
            self.field("plan-domain-name", self.sheet.domain.to_string()),
            self.field("plan-domain-fqdn", self.sheet.fqdn.to_string()),
        ];
        self.step(StepId::Domain, &[Owner::XphoneAdmin]).of(vec![
            self.paragraph("plan-fill-in"),
            self.paragraph("plan-domain-enter"),
            Block::Fields(rows),
        ])
    }

    pub(super) fn firewall(&self) -> Section {
        let rule = |id| {
            let note = Note::new(id).with("address", self.address());
            self.note(&note.with("lan", self.lan()))
        };
        let rules = vec![
            self.labelled("plan-firewall-in", rule("plan-firewall-in-text")),
            self.labelled("plan-firewall-out", rule("plan-firewall-out-text")),
        ];
        let windows = vec![
            format!(
                "New-NetFirewallRule -DisplayName \"XPhone Federation in\" -Direction Inbound -Protocol TCP -LocalPort {FEDERATION_PORT} -Action Allow"
            ),
            format!(
                "New-NetFirewallRule -DisplayName \"XPhone Federation out\" -Direction Outbound -Protocol TCP -RemotePort {FEDERATION_PORT} -Action Allow"
            ),
        ];
        self.step(StepId::Tcp, &[Owner::Network]).of(vec![
            Block::Fields(rules),
            self.paragraph("plan-firewall-note"),
            self.copy("plan-firewall-windows", windows),
        ])
    }

    pub(super) fn certificate(&self) -> Section {
        let fqdn = &self.sheet.fqdn;
        let mail = self.say("plan-placeholder-mail");
        let order = format!(
            "wacs.exe --source manual --host {fqdn} --validation selfhosting --csr rsa --store certificatestore --certificatestore My --keepexisting --accepttos --emailaddress \"{mail}\""
        );
        let port = "New-NetFirewallRule -DisplayName \"ACME validation in\" -Direction Inbound -Protocol TCP -LocalPort 80 -Action Allow";
        let folder = r"mkdir C:\inetpub\wwwroot\.well-known\acme-challenge";
        let owners = [Owner::XphoneAdmin, Owner::Network];
        self.step(StepId::Certificate, &owners).of(vec![
            self.copy("plan-certificate-order", vec![order]),
            self.paragraph("plan-certificate-where"),
            self.paragraph("plan-certificate-account"),
            self.copy("plan-certificate-port", vec![port.to_owned()]),
            self.paragraph("plan-certificate-validation"),
            self.copy("plan-certificate-folder", vec![folder.to_owned()]),
            self.paragraph("plan-certificate-proxy"),
            Block::Warning {
                code: "plan-certificate-again",
                text: self.say("plan-certificate-again"),
            },
        ])
    }

    pub(super) fn federation(&self) -> Section {
        let lan = self.lan();
        let interface = Note::new("plan-federation-interface-text").with("lan", lan);
        let certificate = self.say("plan-federation-certificate-text");
        let open = if self.is_direct() {
            "plan-federation-off"
        } else {
            "plan-federation-on"
        };
        let rows = vec![
            self.labelled("plan-federation-active", self.say("plan-federation-on")),
            self.labelled("plan-federation-open", self.say(open)),
            self.labelled("plan-federation-interface", self.note(&interface)),
            self.labelled("plan-federation-port", FEDERATION_PORT.to_string()),
            self.labelled(
                "plan-federation-protocol",
                self.say("plan-federation-protocol-text"),
            ),
            self.labelled("plan-federation-certificate", certificate),
        ];
        self.step(StepId::Federation, &[Owner::XphoneAdmin])
            .of(vec![
                self.paragraph("plan-federation-enter"),
                Block::Fields(rows),
            ])
    }

    pub(super) fn proof(&self) -> Section {
        let Sheet { domain, fqdn, .. } = self.sheet;
        let (lan, partner) = (self.lan(), self.say("plan-proof-partner"));
        let outside = format!("xfed check {domain}");
        let inside = format!("xfed check {domain} --fqdn {fqdn} --connect-to {lan}");
        let out = format!("xfed check {partner} --partner");
        Section::new("proof", self.say("plan-proof-title")).of(vec![
            self.copy("plan-proof-outside", vec![outside]),
            self.copy("plan-proof-inside", vec![inside]),
            self.copy("plan-proof-out", vec![out]),
        ])
    }
}
