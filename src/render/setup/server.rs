//! What to enter at the firewall and on the server, and how to prove that it works.

use super::{COPY, INDENT, Page};
use crate::model::finding::{Note, Owner, StepId};
use crate::model::limits::FEDERATION_PORT;
use crate::setup::Sheet;

impl Page<'_> {
    pub(super) fn domain(&self) -> Vec<String> {
        let rows = [
            ("plan-domain-name", self.sheet.domain.to_string()),
            ("plan-domain-fqdn", self.sheet.fqdn.to_string()),
        ];
        [
            self.step(StepId::Domain, &[Owner::XphoneAdmin]),
            self.paragraph("plan-domain-enter"),
            self.labelled(&rows, COPY),
        ]
        .concat()
    }

    pub(super) fn firewall(&self) -> Vec<String> {
        let rule = |id| {
            let note = Note::new(id).with("address", self.address());
            self.note(&note.with("lan", self.lan()))
        };
        let rules = [
            ("plan-firewall-in", rule("plan-firewall-in-text")),
            ("plan-firewall-out", rule("plan-firewall-out-text")),
        ];
        let windows = [
            format!(
                "New-NetFirewallRule -DisplayName \"XPhone Federation in\" -Direction Inbound -Protocol TCP -LocalPort {FEDERATION_PORT} -Action Allow"
            ),
            format!(
                "New-NetFirewallRule -DisplayName \"XPhone Federation out\" -Direction Outbound -Protocol TCP -RemotePort {FEDERATION_PORT} -Action Allow"
            ),
        ];
        [
            self.step(StepId::Tcp, &[Owner::Network]),
            self.labelled(&rules, INDENT),
            self.paragraph("plan-firewall-note"),
            self.copy("plan-firewall-windows", &windows),
        ]
        .concat()
    }

    pub(super) fn certificate(&self) -> Vec<String> {
        let fqdn = &self.sheet.fqdn;
        let mail = self.say("plan-placeholder-mail");
        let order = format!(
            "wacs.exe --source manual --host {fqdn} --validation selfhosting --csr rsa --store certificatestore --certificatestore My --keepexisting --accepttos --emailaddress \"{mail}\""
        );
        let port = "New-NetFirewallRule -DisplayName \"ACME validation in\" -Direction Inbound -Protocol TCP -LocalPort 80 -Action Allow";
        [
            self.step(StepId::Certificate, &[Owner::XphoneAdmin, Owner::Network]),
            self.copy("plan-certificate-order", &[order]),
            self.paragraph("plan-certificate-account"),
            self.copy("plan-certificate-port", &[port.to_owned()]),
            self.hanging("!", &self.say("plan-certificate-again"), INDENT),
        ]
        .concat()
    }

    pub(super) fn federation(&self) -> Vec<String> {
        [
            self.step(StepId::Federation, &[Owner::XphoneAdmin]),
            self.paragraph("plan-federation-enter"),
        ]
        .concat()
    }

    pub(super) fn proof(&self) -> Vec<String> {
        let Sheet { domain, fqdn, .. } = self.sheet;
        let (lan, partner) = (self.lan(), self.say("plan-proof-partner"));
        let outside = format!("xfed check {domain}");
        let inside = format!("xfed check {domain} --fqdn {fqdn} --connect-to {lan}");
        let out = format!("xfed check {partner} --partner");
        [
            self.heading("plan-proof-title"),
            self.copy("plan-proof-outside", &[outside]),
            self.copy("plan-proof-inside", &[inside]),
            self.copy("plan-proof-out", &[out]),
        ]
        .concat()
    }
}
