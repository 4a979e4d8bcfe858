//! `xfed plan` for people: what DNS shows, the domain choice, what to mind, and what to enter
//! where. Zone lines and commands are there to be copied, so they are never wrapped.

mod choice;
mod records;
mod server;

use std::io::{self, Write};

use anstyle::Style;

use crate::model::finding::{Note, Owner, StepId};
use crate::render::{Look, Signs, layout};
use crate::setup::{Advice, Sheet, Variant, Wish};
use crate::text::{Context, Texts};

/// How far text below a heading is indented.
const INDENT: usize = 2;
/// How far lines that are to be copied are indented.
const COPY: usize = 4;

/// The plan as text. Every section is a method that returns its lines.
pub(crate) struct Page<'a> {
    wish: &'a Wish,
    advice: &'a Advice,
    sheet: &'a Sheet,
    texts: &'a Texts,
    context: Context,
    look: Look,
}

impl<'a> Page<'a> {
    /// The plan for this wish.
    pub(crate) fn new(wish: &'a Wish, advice: &'a Advice, texts: &'a Texts, look: Look) -> Self {
        let sheet = &advice.sheet;
        Self {
            wish,
            advice,
            sheet,
            texts,
            context: Context::new(sheet.domain.to_string(), sheet.fqdn.to_string()),
            look,
        }
    }

    /// Writes the plan.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.lines()
            .iter()
            .try_for_each(|line| writeln!(out, "{}", layout::fit(line, self.look)))
    }

    fn lines(&self) -> Vec<String> {
        let before = [
            vec![self.bold(&self.say("plan-title"))],
            self.seen(),
            self.choice(),
            self.warnings(),
        ];
        let steps = if self.advice.variant == Variant::Without {
            vec![
                self.step(StepId::Domain, &[Owner::XphoneAdmin]),
                self.paragraph("plan-without"),
            ]
        } else {
            vec![
                blank(),
                self.paragraph("plan-fill-in"),
                self.domain(),
                self.records(),
                self.firewall(),
                self.certificate(),
                self.federation(),
                self.proof(),
            ]
        };
        [before.concat(), steps.concat()].concat()
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

    /// The title of one step of the checklist.
    fn step(&self, step: StepId, owners: &[Owner]) -> Vec<String> {
        let name = self.texts.plain(&format!("step-{}", step.id()));
        self.title(&format!("{} {name}", step.number()), owners)
    }

    /// A title with those who do what stands below it.
    fn title(&self, title: &str, owners: &[Owner]) -> Vec<String> {
        let owners: Vec<String> = owners
            .iter()
            .map(|owner| self.texts.plain(&format!("owner-{}", owner.id())))
            .collect();
        let title = format!("{title} ({})", owners.join(", "));
        vec![String::new(), self.bold(&title)]
    }

    fn heading(&self, id: &'static str) -> Vec<String> {
        vec![String::new(), self.bold(&self.say(id))]
    }

    fn paragraph(&self, id: &'static str) -> Vec<String> {
        self.wrapped(&self.say(id), INDENT)
    }

    /// Lines to be copied, below a paragraph that says where they belong.
    fn copy(&self, id: &'static str, lines: &[String]) -> Vec<String> {
        let margin = " ".repeat(COPY);
        let mut all = self.paragraph(id);
        all.extend(lines.iter().map(|line| format!("{margin}{line}")));
        all
    }

    /// Texts behind labels that are all as wide as the widest of them.
    fn labelled(&self, rows: &[(&'static str, String)], indent: usize) -> Vec<String> {
        let labels: Vec<String> = rows
            .iter()
            .map(|(id, _)| layout::spelt(&self.say(id), self.look))
            .collect();
        let width = layout::widest(&labels) + 1;
        let rows = labels.iter().zip(rows);
        rows.flat_map(|(label, (_, text))| {
            self.hanging(&layout::padded(label, width), text, indent)
        })
        .collect()
    }

    fn hanging(&self, label: &str, text: &str, indent: usize) -> Vec<String> {
        layout::hanging(label, text, self.look, indent)
    }

    fn wrapped(&self, text: &str, indent: usize) -> Vec<String> {
        layout::wrapped(text, self.look, indent)
    }

    fn bold(&self, text: &str) -> String {
        layout::styled(Style::new().bold(), text, self.look)
    }
}

fn blank() -> Vec<String> {
    vec![String::new()]
}
