//! What the plan rests on: what DNS shows, the choice of the domain, and what would break.

use super::{Block, Field, Page, Section};
use crate::model::finding::{Note, Owner, StepId};
use crate::setup::{Basis, Variant};
use crate::text::printable;

impl Page<'_> {
    pub(super) fn seen(&self) -> Section {
        let advice = self.advice;
        let addresses = self.answer(advice.addresses.as_deref());
        let mut rows = vec![
            self.labelled("plan-seen-mail", self.answer(advice.mail.as_deref())),
            self.labelled(
                "plan-seen-microsoft",
                self.answer(advice.microsoft.as_deref()),
            ),
        ];
        let srv = self.answer(advice.srv.as_deref());
        let (asked, xphone) = (&self.wish.domain, &self.sheet.domain);
        if asked == xphone {
            rows.push(self.labelled("plan-seen-srv", srv));
        } else {
            let own = self.answer(advice.own_srv.as_deref());
            for (domain, srv) in [(asked, srv), (xphone, own)] {
                rows.push(self.labelled("plan-seen-srv", format!("{domain}: {srv}")));
            }
        }
        rows.push(self.labelled(
            "plan-seen-address",
            format!("{}: {addresses}", self.sheet.fqdn),
        ));
        Section::new("seen", self.say("plan-seen-title")).of(vec![Block::Fields(rows)])
    }

    pub(super) fn answer(&self, values: Option<&[String]>) -> String {
        match values {
            None => {
                let heard = if self.advice.is_internal {
                    "internal"
                } else {
                    "nobody"
                };
                self.note(&Note::new("plan-unknown").with("heard", heard))
            }
            Some([]) => self.say("plan-none"),
            Some(values) => printable(&values.join(", ")),
        }
    }

    pub(super) fn choice(&self) -> Section {
        let mut blocks = vec![
            self.question(1, "plan-question-1", "plan-answer-1"),
            self.question(2, "plan-question-2", "plan-answer-2"),
        ];
        if self.advice.variant != Variant::Without {
            blocks.push(self.paragraph("plan-decide"));
            let questions = [
                "plan-decide-card",
                "plan-decide-server",
                "plan-decide-client",
            ];
            blocks.extend(questions.map(|id| Block::Item(self.say(id))));
            blocks.push(self.paragraph("plan-decide-given-away"));
        }
        blocks.push(Block::Result(self.result()));
        if self.advice.variant == Variant::Own {
            blocks.push(self.who_keeps_what());
        }
        if self.has_alternatives() {
            blocks.extend(self.alternatives());
        }
        Section::new("choice", self.say("plan-choice-title")).of(blocks)
    }

    /// The variant, and why.
    pub(super) fn result(&self) -> String {
        let [result, why] = ["plan-result", "plan-result-why"].map(|id| self.say(id));
        format!("{result} {why}")
    }

    fn question(&self, number: usize, question: &'static str, answer: &'static str) -> Block {
        Block::Question {
            number,
            question: self.say(question),
            answer: self.say(answer),
        }
    }

    /// Which of the two domains is whose.
    fn who_keeps_what(&self) -> Block {
        let keeps = |domain: &str, id: &'static str| Field {
            label: domain.to_owned(),
            ..self.labelled(id, self.say(id))
        };
        Block::Fields(vec![
            keeps(self.advice.beside.as_str(), "plan-keeps-company"),
            keeps(self.advice.own.as_str(), "plan-keeps-own"),
        ])
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

    fn alternatives(&self) -> Vec<Block> {
        let variants = [
            (Variant::Without, "variant-1"),
            (Variant::TakeOver, "variant-2"),
            (Variant::Own, "variant-3"),
        ];
        let rows = variants.map(|(variant, id)| {
            let note = |id| self.note(&Note::new(id).with("variant", variant.number()));
            Field {
                id,
                label: note("plan-variant"),
                value: note("plan-variant-text"),
                is_copied: false,
            }
        });
        vec![
            Block::Fields(rows.into()),
            self.paragraph("plan-variant-more"),
        ]
    }

    pub(super) fn warnings(&self) -> Option<Section> {
        let warnings = self.advice.warnings.iter();
        let blocks: Vec<Block> = warnings
            .map(|warning| Block::Warning {
                code: warning.id,
                text: self.note(warning),
            })
            .collect();
        let section = Section::new("warnings", self.say("plan-warnings-title"));
        (!blocks.is_empty()).then(|| section.of(blocks))
    }

    /// All there is to do for XPhone without federation.
    pub(super) fn without(&self) -> Section {
        let blocks = vec![
            self.paragraph("plan-without"),
            self.paragraph("plan-without-domain"),
        ];
        self.step(StepId::Domain, &[Owner::XphoneAdmin]).of(blocks)
    }
}
