//! What only several reports together show. Where all servers of a run are lost in the same way, the way
//! out of here is closed, and no domain is at fault. What is accepted for all domains may be found at
//! one of them only.

use std::mem;

use super::replay;
use super::way::{Met, Way, met};
use crate::facts::TcpOutcome;
use crate::model::policy::{Acceptance, AcceptanceState};
use crate::report::Report;

/// The reports of a run, each in the light of the others.
pub fn across(reports: Vec<Report>) -> Vec<Report> {
    let mut cross_check = CrossCheck::default();
    let mut settled = Vec::new();
    for (place, report) in reports.into_iter().enumerate() {
        settled.extend(cross_check.take(place, report));
    }
    settled.extend(cross_check.finish());
    settled.sort_by_key(|(place, _)| *place);
    settled.into_iter().map(|(_, report)| report).collect()
}

/// Reports of one run, each with its place in it. Those that another could still change are held
/// back until it is known that none does.
#[derive(Debug)]
pub struct CrossCheck {
    held: Vec<(usize, Report)>,
    /// The most that are held back.
    most: usize,
    way: Way,
    /// What became of the acceptances of the reports that were let go, each once.
    seen: Vec<(Acceptance, AcceptanceState)>,
}

impl Default for CrossCheck {
    fn default() -> Self {
        Self::bounded(usize::MAX)
    }
}

impl CrossCheck {
    /// So many reports are held back of a run of which nobody keeps them.
    const HELD: usize = 64;

    /// For a run of which nobody keeps the reports: holds few of them back. What comes after those
    /// changes them no more, so that too many lost domains at the beginning have a closed way out,
    /// until somebody judges all of them again.
    pub fn streamed() -> Self {
        Self::bounded(Self::HELD)
    }

    fn bounded(most: usize) -> Self {
        Self {
            held: Vec::new(),
            most,
            way: Way::default(),
            seen: Vec::new(),
        }
    }

    /// Takes one more report, and returns those that nothing can change any more.
    pub fn take(&mut self, place: usize, report: Report) -> Vec<(usize, Report)> {
        self.way.note(&report);
        self.held.push((place, report));
        if self.held.len() > self.most {
            return self.let_go(Known::Part);
        }
        let is_open = self.way.is_open;
        let waits = |report: &Report| {
            let rests_on_way = !is_open && matches!(met(report.facts()), Met::Lost { .. });
            rests_on_way || waits_for_others(report)
        };
        let held = mem::take(&mut self.held).into_iter();
        let (held, settled): (Vec<_>, Vec<_>) = held.partition(|(_, report)| waits(report));
        self.held = held;
        for (_, report) in &settled {
            remember(&mut self.seen, report);
        }
        settled
    }

    /// Returns the rest when there are no more to come.
    pub fn finish(mut self) -> Vec<(usize, Report)> {
        self.let_go(Known::All)
    }

    /// The same where others belong to the run that are not seen here: it ended early, or this is a
    /// part of it.
    pub fn finish_part(mut self) -> Vec<(usize, Report)> {
        self.let_go(Known::Part)
    }

    /// Those that are held, as they are judged by what is known now.
    fn let_go(&mut self, known: Known) -> Vec<(usize, Report)> {
        let held = mem::take(&mut self.held).into_iter();
        let mut held: Vec<_> = if self.way.is_closed() {
            let taken_back = |(place, report)| (place, take_back(report));
            held.map(taken_back).collect()
        } else {
            held.collect()
        };
        for (_, report) in &held {
            remember(&mut self.seen, report);
        }
        for (_, report) in &mut held {
            settle_among(report, &self.seen, known);
        }
        held
    }
}

/// The report where nobody gets out of here: whoever was lost was not tested.
fn take_back(report: Report) -> Report {
    let mut check = report.check;
    let met = check.facts.endpoints.clone();
    for endpoint in check.facts.endpoints.iter_mut().flatten() {
        if let Some(loss) = endpoint.loss() {
            *endpoint = endpoint.untested(TcpOutcome::AllLost(loss));
        }
    }
    let mut judged = replay(check);
    judged.check.facts.endpoints = met;
    judged
}

/// How many of the reports of a run are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Known {
    #[default]
    All,
    /// The others may be anything.
    Part,
}

/// What the reports of a run together say about each of them, for whoever reads them one at a time,
/// twice, and keeps none.
#[derive(Debug, Default)]
pub struct WayOut {
    way: Way,
    /// What became of what is accepted for all domains, each once.
    seen: Vec<(Acceptance, AcceptanceState)>,
    /// The same, should the way out be closed.
    seen_if_closed: Vec<(Acceptance, AcceptanceState)>,
    known: Known,
}

impl WayOut {
    /// Whether further reports change nothing about the way out.
    pub fn is_known(&self) -> bool {
        self.way.is_open
    }

    /// Takes note that there was a report that cannot be read.
    pub fn miss(&mut self) {
        self.known = Known::Part;
    }

    /// Takes note of a report.
    pub fn note(&mut self, report: &Report) {
        remember(&mut self.seen, report);
        self.way.note(report);
        if !self.way.is_open {
            remember(&mut self.seen_if_closed, &take_back(report.clone()));
        }
    }

    /// A report in the light of the others.
    pub fn judged(&self, report: Report) -> Report {
        let is_closed = self.way.is_closed();
        let (mut report, seen) = if is_closed {
            (take_back(report), &self.seen_if_closed)
        } else {
            (report, &self.seen)
        };
        settle_among(&mut report, seen, self.known);
        report
    }
}

/// Remembers what became of each acceptance that is for all domains.
fn remember(seen: &mut Vec<(Acceptance, AcceptanceState)>, report: &Report) {
    let all = report.check.terms.policy.accept.iter();
    let states = all.zip(&report.acceptances);
    for (acceptance, state) in states.filter(|(acceptance, _)| acceptance.domain.is_none()) {
        let is_it =
            |(known, its): &(Acceptance, AcceptanceState)| known == acceptance && its == state;
        if !seen.iter().any(is_it) {
            seen.push((acceptance.clone(), *state));
        }
    }
}

/// True if something is accepted for all domains that another domain may need.
fn waits_for_others(report: &Report) -> bool {
    let mut all = report
        .check
        .terms
        .policy
        .accept
        .iter()
        .zip(&report.acceptances);
    all.any(|(acceptance, state)| acceptance.domain.is_none() && is_open(*state))
}

fn is_open(state: AcceptanceState) -> bool {
    matches!(state, AcceptanceState::Unused | AcceptanceState::Untested)
}

/// An acceptance for all domains has an effect when one of them needs it, and has none only when
/// none does.
fn settle_among(report: &mut Report, seen: &[(Acceptance, AcceptanceState)], known: Known) {
    let all = report.check.terms.policy.accept.iter();
    let for_all = |(acceptance, state): &(&Acceptance, &mut AcceptanceState)| {
        acceptance.domain.is_none() && is_open(**state)
    };
    for (acceptance, state) in all.zip(&mut report.acceptances).filter(for_all) {
        let is_somewhere = |state| seen.contains(&(acceptance.clone(), state));
        if is_somewhere(AcceptanceState::Applied) {
            *state = AcceptanceState::Elsewhere;
        } else if known == Known::Part || is_somewhere(AcceptanceState::Untested) {
            *state = AcceptanceState::Untested;
        }
    }
}

#[cfg(test)]
mod tests;
