//! What the plan rests on: what DNS shows, the choice of the domain, and what would break.

use super::{INDENT, Page, blank};
use crate::model::finding::Note;
use crate::setup::{Basis, Variant};
use crate::text::printable;

impl Page<'_> {
    pub(super) fn seen(&self) -> Vec<String> {
        let advice = self.advice;
        let addresses = self.answer(advice.addresses.as_deref());
        let rows = [
            ("plan-seen-mail", self.answer(advice.mail.as_deref())),
            (
                "plan-seen-microsoft",
                self.answer(advice.microsoft.as_deref()),
            ),
            ("plan-seen-srv", self.answer(advice.srv.as_deref())),
            (
                "plan-seen-address",
                format!("{}: {addresses}", self.sheet.fqdn),
            ),
        ];
        [
            self.heading("plan-seen-title"),
            self.labelled(&rows, INDENT),
        ]
        .concat()
    }

    fn answer(&self, values: Option<&[String]>) -> String {
        match values {
            None => self.say("plan-unknown"),
            Some([]) => self.say("plan-none"),
            Some(values) => printable(&values.join(", ")),
        }
    }

    pub(super) fn choice(&self) -> Vec<String> {
        let mut lines = self.heading("plan-choice-title");
        for (number, question, answer) in [
            ("1.", "plan-question-1", "plan-answer-1"),
            ("2.", "plan-question-2", "plan-answer-2"),
        ] {
            lines.extend(self.hanging(number, &self.say(question), INDENT));
            lines.extend(self.wrapped(&self.say(answer), INDENT + 3));
        }
        let [result, why] = ["plan-result", "plan-result-why"].map(|id| self.say(id));
        lines.extend(self.hanging("→", &format!("{result} {why}"), INDENT));
        if self.has_alternatives() {
            lines.extend(self.alternatives());
        }
        lines
    }

    /// Whether another variant could fit as well.
    fn has_alternatives(&self) -> bool {
        match self.advice.basis {
            Basis::TeamsAnswers | Basis::TakenOver | Basis::Tenant => true,
            Basis::Asked => self.advice.variant != Variant::Email,
            Basis::Beside | Basis::ChatOnly | Basis::NoTeams | Basis::Missing | Basis::Unknown => {
                false
            }
        }
    }

    fn alternatives(&self) -> Vec<String> {
        let mut lines = blank();
        for variant in [Variant::Without, Variant::TakeOver, Variant::Own] {
            let note = |id| self.note(&Note::new(id).with("variant", variant.number()));
            let (label, text) = (note("plan-variant"), note("plan-variant-text"));
            lines.extend(self.hanging(&label, &text, INDENT));
        }
        lines.extend(self.paragraph("plan-variant-more"));
        lines
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        let warnings = &self.advice.warnings;
        if warnings.is_empty() {
            return Vec::new();
        }
        let mut lines = self.heading("plan-warnings-title");
        lines.extend(
            warnings
                .iter()
                .flat_map(|warning| self.hanging("!", &self.note(warning), INDENT)),
        );
        lines
    }
}
