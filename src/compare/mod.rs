//! What changed between two checks of a domain: facts against facts, and what follows from that. Pure,
//! and without a word for people.
//!
//! Both reports are judged by today's rules before they come here, each at its own time. So a finding
//! that one of them lacks is due to a fact, to the time between the two, or to what the user decided
//! about findings; which of these is found out by judging the old facts once more under the terms of
//! the new report.

mod certificate;
mod comparable;
mod findings;
mod pairing;
mod questions;
mod seen;
mod shapes;
mod tally;
#[cfg(test)]
mod tests;
mod walk;

use time::OffsetDateTime;

use crate::model::finding::Finding;
use crate::model::finding::StepId;
use crate::report::{Report, Verdict};

pub use certificate::{Leaf, Turn};
pub use comparable::Obstacle;
pub use findings::{Cause, Fate};
pub use seen::{Seen, Shown};
#[cfg(test)]
pub use shapes::labels;
pub use tally::{ALL_VERDICTS, Outcome, Tally};
pub use walk::{Change, Subject};

/// Two reports on one domain, judged by the same rules.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// The older one.
    pub old: &'a Report,
    /// The newer one.
    pub new: &'a Report,
    /// The facts of the older one, judged at the time of the newer one.
    pub later: &'a Report,
    /// The same, with what the user decided about findings by then.
    pub decided: &'a Report,
}

/// What is different.
#[derive(Clone, Debug)]
pub struct Difference<'a> {
    /// The older report.
    pub old: &'a Report,
    /// The newer one.
    pub new: &'a Report,
    /// Every finding that is new, gone, or of another weight.
    pub turns: Vec<Turned<'a>>,
    /// Every fact that is another one.
    pub changes: Vec<Change>,
    /// How many findings are the same.
    pub same_findings: usize,
    /// How many facts are the same.
    pub same_facts: usize,
}

/// A finding that is new, gone, or of another weight.
#[derive(Clone, Debug)]
pub struct Turned<'a> {
    /// What became of it.
    pub fate: Fate,
    /// Its step.
    pub step: StepId,
    /// As it was.
    pub before: Option<&'a Finding>,
    /// As it is.
    pub after: Option<&'a Finding>,
    /// Why.
    pub causes: Vec<Cause>,
}

/// What is different between two reports.
///
/// # Errors
///
/// [`Obstacle`] where they are not about the same thing, or were not made in the same way.
pub fn compare(sides: Sides<'_>) -> Result<Difference<'_>, Obstacle> {
    let Sides { old, new, .. } = sides;
    if let Some(obstacle) = comparable::obstacle(old, new) {
        return Err(obstacle);
    }
    let walk::Walk { changes, unchanged } = walk::walk(old.facts(), new.facts());
    let (turns, same_findings) = findings::turns(sides, &changes);
    Ok(Difference {
        old,
        new,
        turns,
        changes,
        same_findings,
        same_facts: unchanged,
    })
}

impl Difference<'_> {
    /// The verdict before and after.
    pub fn verdicts(&self) -> (Verdict, Verdict) {
        (self.old.verdict(), self.new.verdict())
    }

    /// When the one check was made, and when the other.
    pub fn times(&self) -> (OffsetDateTime, OffsetDateTime) {
        (self.old.terms().now, self.new.terms().now)
    }

    /// Whether the reports stand in the wrong order.
    pub fn is_backwards(&self) -> bool {
        let (before, after) = self.times();
        before > after
    }

    /// The findings with this fate.
    pub fn with(&self, fate: Fate) -> impl Iterator<Item = &Turned<'_>> {
        self.turns.iter().filter(move |turned| turned.fate == fate)
    }

    /// The certificates that are older than those before them. No rule speaks of that, since one
    /// report cannot show it: an old certificate was chosen again, and ends sooner.
    pub fn steps_back(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.is_step_back())
    }

    /// Whether nothing lasting is different.
    pub fn is_silent(&self) -> bool {
        self.turns.is_empty() && self.changes.is_empty()
    }

    /// What it comes to.
    pub fn outcome(&self) -> Outcome {
        let (before, after) = self.verdicts();
        let fell = after == Verdict::NotReady && before != Verdict::NotReady;
        if fell || self.with(Fate::Regressed).next().is_some() || self.steps_back().next().is_some()
        {
            Outcome::Worse
        } else if self.with(Fate::Untested).next().is_some()
            || after == Verdict::Inconclusive && before != Verdict::Inconclusive
        {
            Outcome::Unknown
        } else if self.is_silent() {
            Outcome::Same
        } else {
            Outcome::Changed
        }
    }
}
