//! `xfed plan` for people: what DNS shows, the domain choice, what to mind, and what to enter
//! where. Zone lines and commands are there to be copied, so they are never wrapped.

use std::io::{self, Write};

use anstyle::Style;

use crate::model::finding::{Note, Owner, StepId};
use crate::model::names::SRV_PREFIX;
use crate::model::plan::FEDERATION_PORT;
use crate::render::{Look, layout};
use crate::setup::{Advice, Basis, Entry, Sheet, Variant, Wish};
use crate::text::{Context, Texts, printable};

/// How long resolvers may keep the records, in seconds: an hour, so that a mistake is soon mended.
const TTL: u32 = 3600;
/// The same as PowerShell wants it.
const TTL_SPAN: &str = "01:00:00";
/// Where text below a heading begins.
const INDENT: usize = 2;
/// Where that which is to be copied begins.
const COPY: usize = 4;

/// Writes the advice.
///
/// # Errors
///
/// Those of the writer.
pub fn write(
    wish: &Wish,
    advice: &Advice,
    texts: &Texts,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page {
        wish,
        advice,
        sheet: &advice.sheet,
        texts,
        context: Context {
            domain: advice.sheet.domain.to_string(),
            server: advice.sheet.fqdn.to_string(),
        },
        look,
        lines: Vec::new(),
    };
    page.render();
    page.lines
        .iter()
        .try_for_each(|line| writeln!(out, "{}", layout::fit(line, look)))
}

/// The plan on its way to text.
struct Page<'a> {
    wish: &'a Wish,
    advice: &'a Advice,
    sheet: &'a Sheet,
    texts: &'a Texts,
    context: Context,
    look: Look,
    lines: Vec<String>,
}

impl Page<'_> {
    fn render(&mut self) {
        let title = self.say("plan-title");
        self.lines.push(self.bold(&title));
        self.seen();
        self.choice();
        self.warnings();
        if self.advice.variant == Variant::Without {
            self.step("1", StepId::Domain, &[Owner::XphoneAdmin]);
            self.paragraph("plan-without");
            return;
        }
        self.blank();
        self.paragraph("plan-fill-in");
        self.domain();
        self.records();
        self.firewall();
        self.certificate();
        self.step("6", StepId::Federation, &[Owner::XphoneAdmin]);
        self.paragraph("plan-federation-enter");
        self.proof();
    }

    fn seen(&mut self) {
        self.heading("plan-seen-title");
        let advice = self.advice;
        let fqdn = &self.sheet.fqdn;
        let address = format!("{fqdn}: {}", self.answer(advice.addresses.as_deref()));
        let rows = [
            ("plan-seen-mail", self.answer(advice.mail.as_deref())),
            (
                "plan-seen-microsoft",
                self.answer(advice.microsoft.as_deref()),
            ),
            ("plan-seen-srv", self.answer(advice.srv.as_deref())),
            ("plan-seen-address", address),
        ];
        self.labelled(&rows, INDENT);
    }

    fn answer(&self, values: Option<&[String]>) -> String {
        match values {
            None => self.say("plan-unknown"),
            Some([]) => self.say("plan-none"),
            Some(values) => printable(&values.join(", ")),
        }
    }

    fn choice(&mut self) {
        self.heading("plan-choice-title");
        for (number, question, answer) in [
            ("1.", "plan-question-1", "plan-answer-1"),
            ("2.", "plan-question-2", "plan-answer-2"),
        ] {
            let (question, answer) = (self.say(question), self.say(answer));
            self.hanging(number, &question, INDENT);
            self.wrapped(&answer, INDENT + 3);
        }
        let result = format!(
            "{} {}",
            self.say("plan-result"),
            self.say("plan-result-why")
        );
        self.hanging("→", &result, INDENT);
        let open = match self.advice.basis {
            Basis::TeamsAnswers | Basis::TakenOver | Basis::Tenant => true,
            Basis::Asked => self.advice.variant != Variant::Email,
            Basis::Beside | Basis::ChatOnly | Basis::NoTeams | Basis::Missing | Basis::Unknown => {
                false
            }
        };
        if !open {
            return;
        }
        self.blank();
        for variant in [Variant::Without, Variant::TakeOver, Variant::Own] {
            let note = |id| Note::new(id).with("variant", variant.number());
            let label = self.note(&note("plan-variant"));
            let text = self.note(&note("plan-variant-text"));
            self.hanging(&label, &text, INDENT);
        }
        self.paragraph("plan-variant-more");
    }

    fn warnings(&mut self) {
        if self.advice.warnings.is_empty() {
            return;
        }
        self.heading("plan-warnings-title");
        for warning in &self.advice.warnings {
            let text = self.note(warning);
            self.hanging("!", &text, INDENT);
        }
    }

    fn domain(&mut self) {
        self.step("1", StepId::Domain, &[Owner::XphoneAdmin]);
        self.paragraph("plan-domain-enter");
        let rows = [
            ("plan-domain-name", self.sheet.domain.to_string()),
            ("plan-domain-fqdn", self.sheet.fqdn.to_string()),
        ];
        self.labelled(&rows, COPY);
    }

    fn records(&mut self) {
        let title = self.say("plan-records-title");
        self.title(&format!("2, 3 {title}"), &[Owner::DnsAdmin]);
        let [a, srv] = [self.sheet.a, self.sheet.record].map(|entry| entry != Entry::Published);
        for (needed, record) in [(a, "a"), (srv, "srv")] {
            if !needed {
                let text = self.note(&Note::new("plan-record-published").with("record", record));
                self.wrapped(&text, INDENT);
            }
        }
        if !a && !srv {
            return;
        }
        self.zone_file(a, srv);
        if a {
            self.form_a();
        }
        if srv {
            self.form_srv();
        }
        self.paragraph("plan-form-hint");
        self.powershell(a, srv);
    }

    fn zone_file(&mut self, a: bool, srv: bool) {
        let Sheet { domain, fqdn, .. } = self.sheet;
        let (owner, address) = (domain.srv_name(), self.address());
        let a = a.then(|| format!("{fqdn}. {TTL} IN A {address}"));
        let srv = srv.then(|| format!("{owner}. {TTL} IN SRV 0 0 {FEDERATION_PORT} {fqdn}."));
        let lines: Vec<String> = a.into_iter().chain(srv).collect();
        self.copy("plan-zone-file", &lines);
        self.blank();
    }

    fn form_a(&mut self) {
        let name = self.sheet.relative(self.sheet.fqdn.as_str()).to_owned();
        let rows = [
            ("plan-field-type", "A".to_owned()),
            ("plan-field-name", name),
            ("plan-field-value", self.address()),
            ("plan-field-ttl", TTL.to_string()),
        ];
        self.paragraph("plan-form-a");
        self.labelled(&rows, COPY);
        self.blank();
    }

    fn form_srv(&mut self) {
        let (service, protocol) = SRV_PREFIX
            .trim_end_matches('.')
            .split_once('.')
            .expect("service and protocol are the prefix");
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
        self.paragraph("plan-form-srv");
        self.labelled(&rows, COPY);
    }

    /// Windows adds a record beside the ones that are there, so those go first; it asks before.
    fn powershell(&mut self, a: bool, srv: bool) {
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
        if a {
            let address = self.address();
            commands.push(format!(
                "Add-DnsServerResourceRecordA -ZoneName \"{zone}\" -Name \"{host}\" -IPv4Address \"{address}\" -TimeToLive {TTL_SPAN}"
            ));
        }
        if self.sheet.record == Entry::Differs {
            commands.push(remove("Srv", service));
        }
        if srv {
            commands.push(format!(
                "Add-DnsServerResourceRecord -Srv -ZoneName \"{zone}\" -Name \"{service}\" -DomainName \"{fqdn}\" -Priority 0 -Weight 0 -Port {FEDERATION_PORT} -TimeToLive {TTL_SPAN}"
            ));
        }
        self.blank();
        self.copy("plan-powershell", &commands);
    }

    fn firewall(&mut self) {
        self.step("4", StepId::Tcp, &[Owner::Network]);
        let rows = [
            ("plan-firewall-in", self.say("plan-firewall-in-text")),
            ("plan-firewall-out", self.say("plan-firewall-out-text")),
        ];
        self.labelled(&rows, INDENT);
        self.paragraph("plan-firewall-note");
        self.copy(
            "plan-firewall-windows",
            &[
                format!(
                    "New-NetFirewallRule -DisplayName \"XPhone Federation in\" -Direction Inbound -Protocol TCP -LocalPort {FEDERATION_PORT} -Action Allow"
                ),
                format!(
                    "New-NetFirewallRule -DisplayName \"XPhone Federation out\" -Direction Outbound -Protocol TCP -RemotePort {FEDERATION_PORT} -Action Allow"
                ),
            ],
        );
    }

    fn certificate(&mut self) {
        self.step(
            "5",
            StepId::Certificate,
            &[Owner::XphoneAdmin, Owner::Network],
        );
        let fqdn = &self.sheet.fqdn;
        let mail = self.say("plan-placeholder-mail");
        self.copy(
            "plan-certificate-order",
            &[format!(
                "wacs.exe --source manual --host {fqdn} --validation selfhosting --csr rsa --store certificatestore --certificatestore My --keepexisting --accepttos --emailaddress \"{mail}\""
            )],
        );
        self.paragraph("plan-certificate-account");
        self.copy(
            "plan-certificate-port",
            &["New-NetFirewallRule -DisplayName \"ACME validation in\" -Direction Inbound -Protocol TCP -LocalPort 80 -Action Allow".to_owned()],
        );
        let again = self.say("plan-certificate-again");
        self.hanging("!", &again, INDENT);
    }

    fn proof(&mut self) {
        self.heading("plan-proof-title");
        let Sheet { domain, fqdn, .. } = self.sheet;
        let (lan, partner) = (self.lan(), self.say("plan-proof-partner"));
        self.copy("plan-proof-outside", &[format!("xfed check {domain}")]);
        let inside = format!("xfed check {domain} --fqdn {fqdn} --connect-to {lan}");
        self.copy("plan-proof-inside", &[inside]);
        self.copy(
            "plan-proof-out",
            &[format!("xfed check {partner} --partner")],
        );
    }

    fn address(&self) -> String {
        let known = self.sheet.address.map(|address| address.to_string());
        known.unwrap_or_else(|| self.texts.plain("plan-placeholder-address"))
    }

    fn lan(&self) -> String {
        let known = self.sheet.lan.map(|address| address.to_string());
        known.unwrap_or_else(|| self.texts.plain("plan-placeholder-lan"))
    }

    /// A text of the plan.
    fn say(&self, id: &'static str) -> String {
        self.note(&Note::new(id))
    }

    /// A text with arguments of its own besides the names that all of them may use.
    fn note(&self, note: &Note) -> String {
        let domain = self.sheet.domain.srv_name();
        let mut full = Note::new(note.id)
            .with("asked", self.wish.domain.as_str())
            .with("own", self.advice.own.as_str())
            .with("beside", self.advice.beside.as_str())
            .with("zone", self.sheet.zone.as_str())
            .with("name", self.sheet.relative(&domain))
            .with("basis", self.advice.basis.key())
            .with("variant", self.advice.variant.number());
        // Placeholders are texts themselves, and have no names in them.
        if note.id == "plan-firewall-in-text" || note.id == "plan-firewall-out-text" {
            full = full.with("address", self.address()).with("lan", self.lan());
        }
        for (name, value) in note.args.iter() {
            full = full.with(name, value.clone());
        }
        self.texts.note(&full, &self.context)
    }

    fn step(&mut self, number: &str, step: StepId, owners: &[Owner]) {
        let name = self.texts.plain(&format!("step-{}", step.id()));
        self.title(&format!("{number} {name}"), owners);
    }

    fn title(&mut self, title: &str, owners: &[Owner]) {
        let owners: Vec<String> = owners
            .iter()
            .map(|owner| self.texts.plain(&format!("owner-{}", owner.id())))
            .collect();
        self.blank();
        let title = self.bold(&format!("{title} ({})", owners.join(", ")));
        self.lines.push(title);
    }

    fn heading(&mut self, id: &'static str) {
        self.blank();
        let heading = self.bold(&self.say(id));
        self.lines.push(heading);
    }

    fn paragraph(&mut self, id: &'static str) {
        let text = self.say(id);
        self.wrapped(&text, INDENT);
    }

    /// Lines to be copied, below a paragraph that says where they belong.
    fn copy(&mut self, id: &'static str, lines: &[String]) {
        self.paragraph(id);
        let margin = " ".repeat(COPY);
        self.lines
            .extend(lines.iter().map(|line| format!("{margin}{line}")));
    }

    /// Texts behind labels that are all as wide as the widest of them.
    fn labelled(&mut self, rows: &[(&'static str, String)], indent: usize) {
        let labels: Vec<String> = rows.iter().map(|(id, _)| self.say(id)).collect();
        let widest = labels.iter().map(|label| label.chars().count()).max();
        let width = widest.unwrap_or(0) + 1;
        for (label, (_, text)) in labels.iter().zip(rows) {
            self.hanging(&format!("{label:width$}"), text, indent);
        }
    }

    fn hanging(&mut self, label: &str, text: &str, indent: usize) {
        let lines = layout::hanging(label, text, self.look, indent);
        self.lines.extend(lines);
    }

    fn wrapped(&mut self, text: &str, indent: usize) {
        let lines = layout::wrapped(text, self.look, indent);
        self.lines.extend(lines);
    }

    fn blank(&mut self) {
        self.lines.push(String::new());
    }

    fn bold(&self, text: &str) -> String {
        let bold = Style::new().bold();
        if self.look.colour {
            format!("{bold}{text}{bold:#}")
        } else {
            text.to_owned()
        }
    }
}
