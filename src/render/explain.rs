//! `xfed explain`: what a code, a step or an ms-diagnostics number is about, from the same place
//! as the rules themselves.

use std::io::{self, Write};

use super::{Look, layout};
use crate::catalogue::{Rule, StepId};
use crate::checks::{ANY_STEP, STEPS, all_rules};
use crate::diagnostics::{self, Diagnostic};
use crate::text::{Texts, verify_by_rule};

/// What can be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A finding, and the step it belongs to.
    Rule(Option<StepId>, &'static Rule),
    /// A step of the checklist.
    Step(StepId),
    /// A code of Microsoft's.
    Diagnostic(&'static Diagnostic),
}

impl Topic {
    /// The topic of this name: a code, a step by its id or number, an ms-diagnostics number.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        if let Ok(number) = name.parse() {
            let step = StepId::ALL
                .into_iter()
                .find(|step| u16::from(step.number()) == number);
            return step
                .map(Self::Step)
                .or_else(|| diagnostics::find(number).map(Self::Diagnostic));
        }
        let step = StepId::ALL
            .into_iter()
            .find(|step| step.id() == name)
            .map(Self::Step);
        step.or_else(|| {
            all_rules()
                .find(|(_, rule)| rule.code == name)
                .map(|(step, rule)| Self::Rule(step, rule))
        })
    }

    /// Every name that [`Topic::find`] knows, codes first.
    pub fn names() -> impl Iterator<Item = String> {
        let codes = all_rules().map(|(_, rule)| rule.code.to_owned());
        let steps = StepId::ALL.into_iter().map(|step| step.id().to_owned());
        codes.chain(steps).chain(
            diagnostics::DIAGNOSTICS
                .iter()
                .map(|one| one.number.to_string()),
        )
    }

    /// Writes the explanation.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write(self, texts: &Texts, look: Look, out: &mut dyn Write) -> io::Result<()> {
        let page = Page {
            texts,
            look,
            lines: Vec::new(),
        };
        let lines = match self {
            Self::Rule(step, rule) => page.rule(step, rule),
            Self::Step(step) => page.step(step),
            Self::Diagnostic(diagnostic) => page.diagnostic(diagnostic),
        };
        lines
            .iter()
            .try_for_each(|line| writeln!(out, "{}", layout::fit(line, look)))
    }
}

struct Page<'a> {
    texts: &'a Texts,
    look: Look,
    lines: Vec<String>,
}

impl Page<'_> {
    fn rule(mut self, step: Option<StepId>, rule: &'static Rule) -> Vec<String> {
        let place = match step {
            Some(step) => self.step_title(step),
            None => self.texts.plain("explain-any-step"),
        };
        self.title(&format!("{} · {place}", rule.code));
        for part in ["what", "why", "mend"] {
            self.attribute(rule.code, part);
        }
        let commands = verify_by_rule(rule.verify);
        if !commands.is_empty() {
            self.section("explain-verify", &[]);
            self.lines
                .extend(commands.iter().map(|command| format!("  {command}")));
        }
        let owners: Vec<String> = rule
            .owners
            .iter()
            .map(|owner| self.texts.plain(&format!("owner-{}", owner.id())))
            .collect();
        if !owners.is_empty() {
            self.section("explain-owner", &[owners.join(", ")]);
        }
        self.section(
            "explain-severity",
            &[self
                .texts
                .plain(&format!("severity-{}", rule.severity.id()))],
        );
        self.attribute(rule.code, "source");
        self.lines
    }

    fn step(mut self, step: StepId) -> Vec<String> {
        self.title(&self.step_title(step));
        for part in ["what", "why", "mend"] {
            self.attribute(&format!("step-{}", step.id()), part);
        }
        self.section("explain-findings", &[]);
        let own = STEPS
            .iter()
            .filter(|known| known.id == step)
            .flat_map(|known| known.rules);
        for rule in own.chain(ANY_STEP) {
            let severity = self
                .texts
                .plain(&format!("severity-{}", rule.severity.id()));
            self.lines.push(format!("  {:26} {severity}", rule.code));
        }
        self.attribute(&format!("step-{}", step.id()), "source");
        self.lines
    }

    fn diagnostic(mut self, diagnostic: &Diagnostic) -> Vec<String> {
        self.title(&format!(
            "ms-diagnostics {} · {}",
            diagnostic.number, diagnostic.reason
        ));
        self.section("explain-what", &[self.texts.plain(diagnostic.text)]);
        let steps = diagnostic
            .steps
            .iter()
            .map(|step| format!("xfed explain {}", step.id()));
        let codes = diagnostic
            .codes
            .iter()
            .map(|code| format!("xfed explain {code}"));
        let more: Vec<String> = steps.chain(codes).collect();
        if !more.is_empty() {
            self.section("explain-see", &[]);
            self.lines
                .extend(more.iter().map(|line| format!("  {line}")));
        }
        self.section("explain-source", &["[MS-OCER] §8.2".to_owned()]);
        self.lines
    }

    fn step_title(&self, step: StepId) -> String {
        format!(
            "{} {}",
            step.number(),
            self.texts.plain(&format!("step-{}", step.id()))
        )
    }

    fn title(&mut self, title: &str) {
        self.lines.push(title.to_owned());
        let rule = if self.look.ascii { "-" } else { "─" };
        self.lines.push(rule.repeat(title.chars().count()));
    }

    fn attribute(&mut self, id: &str, part: &str) {
        if let Some(text) = self.texts.attribute(id, part) {
            self.section(&format!("explain-{part}"), &[text]);
        }
    }

    fn section(&mut self, heading: &str, paragraphs: &[String]) {
        self.lines.push(String::new());
        self.lines.push(self.texts.plain(heading));
        for paragraph in paragraphs {
            self.lines.extend(layout::wrapped(paragraph, self.look, 2));
        }
    }
}
