//! The report: rows in the guide's order, a verdict, an exit code. Nothing here is for people yet.

mod acceptances;
mod exit;
pub(crate) mod offers;
pub mod redact;
mod reservations;
mod row;
pub mod saved;
mod tasks;

use strum::{IntoStaticStr, VariantArray};

use crate::facts::{Facts, Outlook, Sight};
use crate::model::finding::Finding;
use crate::model::labels::Labels;
use crate::model::names::Fqdn;
use crate::model::plan::Terms;
use crate::model::policy::AcceptanceState;

pub use exit::{Convention, FailOn, PluginState, of_exhibit};
pub use row::{Row, Status};
pub use tasks::{ORDER_OF_OWNERS, Tasks};

/// The version of the JSON contract.
pub(crate) const SCHEMA: u32 = 1;
/// The version of `facts` and `terms` in it, which have their own history.
pub(crate) const FACTS_SCHEMA: u32 = 1;

/// The result for a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Verdict {
    /// All steps pass, or do not apply.
    Ready,
    /// At least one warning, nothing worse.
    ReadyWithWarnings,
    /// No failure, but something is not known.
    Inconclusive,
    /// At least one failure.
    NotReady,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; Self::VARIANTS.len()] =
        *Self::VARIANTS.first_chunk().expect("it has its own length");

    /// The verdict by its name in the machine formats.
    pub fn id(self) -> &'static str {
        self.into()
    }
}

/// Everything about one domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What was checked, how, and what was seen.
    pub check: SavedCheck,
    /// The names of the servers.
    pub fqdns: Vec<Fqdn>,
    /// The checklist, in the guide's order.
    pub rows: Vec<Row>,
    /// What became of each acceptance of the terms.
    pub acceptances: Vec<AcceptanceState>,
    /// The checklist as each place beside the verdict's own saw it, in the order of
    /// [`SavedCheck::beside`]; empty for one that could not look.
    pub beside: Vec<Vec<Row>>,
    /// What was found about the next renewal of the certificate, where that was asked for. It changes
    /// neither the verdict nor the exit code.
    pub renewal: Option<Vec<Finding>>,
}

/// What a report keeps of a check: all that it takes to judge again.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedCheck {
    /// What the user typed.
    pub input: String,
    /// What the user knows the domain by.
    pub labels: Labels,
    /// What is judged, and how.
    pub terms: Terms,
    /// How long it took to gather the facts, in microseconds.
    pub elapsed_us: u64,
    /// True if everything local to the machine that made it was left out.
    pub redacted: bool,
    /// Where the facts were gathered, where places were named (`--via`).
    pub place: Option<Outlook>,
    /// What other places saw.
    pub beside: Vec<Sight>,
    /// What was seen.
    pub facts: Facts,
}

impl Report {
    /// The report of these rows.
    pub fn new(check: SavedCheck, fqdns: Vec<Fqdn>, rows: Vec<Row>) -> Self {
        let mut report = Self {
            check,
            fqdns,
            rows,
            acceptances: Vec::new(),
            beside: Vec::new(),
            renewal: None,
        };
        report.settle();
        report
    }

    /// What was judged, and how.
    pub fn terms(&self) -> &Terms {
        &self.check.terms
    }

    /// What was seen.
    pub fn facts(&self) -> &Facts {
        &self.check.facts
    }

    /// The verdict on the domain.
    pub fn verdict(&self) -> Verdict {
        let any = |status| self.rows.iter().any(|row| row.status == status);
        let waits = self.rows.iter().any(|row| row.needs.is_some());
        if any(Status::Fail) {
            Verdict::NotReady
        } else if any(Status::Unknown) || waits {
            Verdict::Inconclusive
        } else if any(Status::Warn) {
            Verdict::ReadyWithWarnings
        } else {
            Verdict::Ready
        }
    }

    /// All findings of all rows.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.rows.iter().flat_map(|row| &row.findings)
    }

    /// Finds out what became of the acceptances, by this report alone.
    fn settle(&mut self) {
        let Terms { policy, now, .. } = &self.check.terms;
        let acceptances = policy.accept.iter();
        self.acceptances = acceptances
            .map(|acceptance| acceptances::state(acceptance, &self.rows, *now))
            .collect();
    }
}

#[cfg(test)]
impl Report {
    /// The report of a check of zahnfee.de that saw nothing, with these rows.
    pub(crate) fn of_rows(rows: Vec<Row>) -> Self {
        let domain = crate::model::names::Domain::parse("zahnfee.de").expect("a domain");
        let check = SavedCheck {
            input: domain.to_string(),
            labels: Labels::default(),
            terms: Terms::new(domain, time::OffsetDateTime::UNIX_EPOCH),
            elapsed_us: 0,
            redacted: false,
            place: None,
            beside: Vec::new(),
            facts: Facts::default(),
        };
        Self::new(check, Vec::new(), rows)
    }
}

#[cfg(test)]
mod tests {
    use super::row::status;
    use super::*;
    use crate::judge::{all_rules, srv};
    use crate::model::finding::{Note, Rule, Severity, Skip, StepId};

    pub(super) fn row(step: StepId, severity: Option<Severity>, skip: Option<Skip>) -> Row {
        let finding = |severity| Finding::new(&srv::SRV_MISSING).weighing(severity);
        let findings: Vec<Finding> = severity.map(finding).into_iter().collect();
        let needs = match skip {
            Some(Skip::Needs(step)) => Some(step),
            _ => None,
        };
        Row {
            step,
            status: status(&findings, skip),
            seen: Note::new("seen-nothing"),
            needs,
            findings,
            folded: Vec::new(),
        }
    }

    /// What could not be found out is never changed into yes or no by whose domain it is.
    #[test]
    fn the_partner_view_never_makes_anything_worse() {
        for (
            _,
            Rule {
                code,
                severity,
                as_partner,
                ..
            },
        ) in all_rules()
        {
            assert!(as_partner <= severity, "{code}");
            assert!(
                *severity != Severity::Unknown || as_partner == severity,
                "{code}"
            );
        }
    }
}
