//! `xfed plan`: what DNS shows, the domain choice, what to mind, and what to enter where. What is
//! said is the same in every format.

mod block;
mod choice;
mod contract;
mod direct;
mod json;
mod markdown;
mod partner;
mod records;
mod renewal;
mod server;
mod teams;
mod text;

use std::io::{self, Write};

use self::block::{Block, Field, Section};
use super::words::labelled;
use super::{Format, Look, Signs};
use crate::model::finding::{Finding, Note, Owner, StepId};
use crate::model::labels::Labels;
use crate::setup::{Advice, Purpose, Sheet, Variant, Wish};
use crate::text::{Context, Texts};

pub(crate) use json::write_schema;

/// The warnings that concern any server with a name in DNS, whatever it is planned for.
const WARNS_OF_SERVER: [&str; 16] = [
    "plan-warn-idn",
    "plan-warn-internal",
    "plan-warn-unknown",
    "plan-warn-missing",
    "plan-warn-fqdn-foreign",
    "plan-warn-fqdn-deep",
    "plan-warn-alias",
    "plan-warn-handed",
    "plan-warn-moved",
    "plan-warn-wildcard",
    "plan-warn-proxied",
    "plan-warn-ip",
    "plan-warn-published-range",
    "plan-warn-address",
    "plan-warn-which",
    "plan-warn-partly",
];

/// A wish, and the advice on it.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What the user typed.
    pub(crate) input: String,
    /// What the domain goes by in a list.
    pub(crate) labels: Labels,
    pub(crate) wish: Wish,
    pub(crate) advice: Advice,
    /// What stands in the way of the certificate.
    pub(crate) renewal: Vec<Finding>,
    /// Whether port 80 was asked.
    pub(crate) is_port_asked: bool,
    /// What it is for.
    pub(crate) purpose: Purpose,
}

/// How plans are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlanFormat {
    /// For people.
    Text,
    /// One object with all plans, by the schema that `xfed schema plan` prints.
    Json,
    /// For a ticket.
    Markdown,
}

impl PlanFormat {
    /// Those of a report's formats that a plan can be written in.
    pub(crate) fn of(format: Format) -> Option<Self> {
        match format {
            Format::Table => Some(Self::Text),
            Format::Json => Some(Self::Json),
            Format::Markdown => Some(Self::Markdown),
            Format::Todo
            | Format::Jsonl
            | Format::Junit
            | Format::Github
            | Format::Nagios
            | Format::Prometheus
            | Format::Prtg
            | Format::Csv
            | Format::Ics
            | Format::Html => None,
        }
    }

    /// Writes the plans.
    pub(crate) fn write(
        self,
        plans: &[&Plan],
        texts: &Texts,
        look: Look,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match self {
            Self::Text => text::write(plans, texts, look, out),
            Self::Json => json::write(plans, texts, out),
            Self::Markdown => markdown::write(plans, texts, look, out),
        }
    }
}

/// What a plan says, in one language.
struct Page<'a> {
    wish: &'a Wish,
    advice: &'a Advice,
    sheet: &'a Sheet,
    plan: &'a Plan,
    texts: &'a Texts,
    context: Context,
    look: Look,
}

impl<'a> Page<'a> {
    fn new(plan: &'a Plan, texts: &'a Texts, look: Look) -> Self {
        let Plan { wish, advice, .. } = plan;
        let sheet = &advice.sheet;
        Self {
            wish,
            advice,
            sheet,
            plan,
            texts,
            context: Context::new(sheet.domain.to_string(), sheet.fqdn.to_string()),
            look,
        }
    }

    /// What the plan is for, and what that goes by in a list.
    fn title(&self) -> String {
        let title = self.say(match &self.plan.purpose {
            Purpose::Open => "plan-title",
            Purpose::Direct { .. } => "plan-direct-title",
            Purpose::TestPartner(_) => "plan-partner-title",
        });
        match labelled(&self.plan.labels) {
            Some(labels) => format!("{title} [{labels}]"),
            None => title,
        }
    }

    /// All of it, in the order in which it is read.
    fn sections(&self) -> Vec<Section> {
        match &self.plan.purpose {
            Purpose::Open => {}
            Purpose::Direct { own, others } => return self.direct(own, others),
            Purpose::TestPartner(caller) => return self.test_partner(caller.as_ref()),
        }
        let mut sections = vec![self.seen(), self.choice()];
        sections.extend(self.warnings());
        if self.advice.variant == Variant::Without {
            sections.push(self.without());
            return sections;
        }
        sections.extend([
            self.domain(),
            self.records(),
            self.firewall(),
            self.certificate(),
            self.renewal(),
            self.federation(),
            self.teams(),
            self.proof(),
        ]);
        sections
    }

    /// Whether routes take the place of the SRV record.
    fn is_direct(&self) -> bool {
        matches!(self.plan.purpose, Purpose::Direct { .. })
    }

    /// The command that checks the domain as it is planned.
    fn check_command(&self) -> String {
        let Sheet { domain, fqdn, .. } = self.sheet;
        if self.is_direct() {
            format!("xfed check {domain} --direct --fqdn {fqdn}")
        } else {
            format!("xfed check {domain}")
        }
    }

    /// A text of the plan.
    fn say(&self, id: &'static str) -> String {
        self.note(&Note::new(id))
    }

    /// A text with its own arguments, and with those that all texts of the plan can use.
    fn note(&self, note: &Note) -> String {
        let owner = self.sheet.domain.srv_name();
        let shared = Note::new(note.id)
            .with("asked", self.wish.domain.as_str())
            .with("own", self.advice.own.as_str())
            .with("beside", self.advice.beside.as_str())
            .with("zone", self.sheet.zone.as_str())
            .with("name", self.sheet.relative(&owner))
            .with("basis", self.advice.basis.key())
            .with("variant", self.advice.variant.number());
        let all = note
            .args
            .iter()
            .fold(shared, |all, (name, value)| match name {
                // Letter by letter in ASCII, it would be another domain.
                "written" if self.look.signs == Signs::Ascii => all.with(name, "hidden"),
                _ => all.with(name, value.clone()),
            });
        self.texts.note(&all, &self.context)
    }

    /// The server's public address, or a placeholder.
    fn address(&self) -> String {
        let address = self.sheet.address.map(|address| address.to_string());
        address.unwrap_or_else(|| self.texts.plain("plan-placeholder-address"))
    }

    /// The server's address inside, or a placeholder.
    fn lan(&self) -> String {
        let address = self.sheet.lan.map(|address| address.to_string());
        address.unwrap_or_else(|| self.texts.plain("plan-placeholder-lan"))
    }

    /// The section of one step of the checklist.
    fn step(&self, step: StepId, owners: &[Owner]) -> Section {
        let name = self.texts.plain(&format!("step-{}", step.id()));
        Section::new(step.id(), format!("{} {name}", step.number())).by(owners)
    }

    /// The title of a section, with those who do what stands in it.
    fn heading(&self, section: &Section) -> String {
        let owners = section.owners.iter();
        let name = |owner: &Owner| self.texts.plain(&format!("owner-{}", owner.id()));
        let owners: Vec<String> = owners.map(name).collect();
        match owners.as_slice() {
            [] => section.title.clone(),
            owners => format!("{} ({})", section.title, owners.join(", ")),
        }
    }

    fn paragraph(&self, id: &'static str) -> Block {
        Block::Text(self.say(id))
    }

    /// Lines to be copied, below a paragraph that says where they belong.
    fn copy(&self, id: &'static str, lines: Vec<String>) -> Block {
        Block::Copy {
            id,
            text: self.say(id),
            lines,
        }
    }

    /// A value that is entered as it stands.
    fn field(&self, id: &'static str, value: impl Into<String>) -> Field {
        Field {
            id,
            label: self.say(id),
            value: value.into(),
            is_copied: true,
        }
    }

    /// A text behind a label.
    fn labelled(&self, id: &'static str, text: impl Into<String>) -> Field {
        Field {
            is_copied: false,
            ..self.field(id, text)
        }
    }
}

/// The name of a text as the machine formats call it.
fn key(id: &'static str) -> &'static str {
    id.strip_prefix("plan-").unwrap_or(id)
}
