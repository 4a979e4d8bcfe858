//! What only several reports together show. Where every domain of a run is silent in the same way,
//! the way out of here is closed, and no domain is at fault. What is accepted for all domains may
//! be found at one of them only.

use std::collections::HashSet;
use std::mem;
use std::net::IpAddr;

use super::{Report, Row, status};
use crate::facts::TcpOutcome;
use crate::judge::silence;
use crate::model::finding::{Folded, Note, StepId};
use crate::model::policy::{Acceptance, AcceptanceState};

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
    /// The way out is open: something answered.
    open: bool,
    silent: Silent,
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
    /// changes them no more, so that too many silent domains at the beginning have a closed way out,
    /// until somebody judges all of them again.
    pub fn streamed() -> Self {
        Self::bounded(Self::HELD)
    }

    fn bounded(most: usize) -> Self {
        Self {
            held: Vec::new(),
            most,
            open: false,
            silent: Silent::default(),
            seen: Vec::new(),
        }
    }

    /// Takes one more report, and returns those that nothing can change any more.
    pub fn take(&mut self, place: usize, report: Report) -> Vec<(usize, Report)> {
        self.open |= !is_silent(&report) || has_reached_control(&report);
        self.held.push((place, report));
        if self.held.len() > self.most {
            return self.let_go(Known::Part);
        }
        if !self.open {
            return Vec::new();
        }
        let held = mem::take(&mut self.held).into_iter();
        let (held, settled): (Vec<_>, Vec<_>) =
            held.partition(|(_, report)| waits_for_others(report));
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
        let mut held = mem::take(&mut self.held);
        if !self.open {
            for (_, report) in &held {
                self.silent.note(report);
            }
        }
        if !self.open && self.silent.is_proof() {
            for (_, report) in &mut held {
                take_back(report);
                report.settle();
            }
        }
        for (_, report) in &held {
            remember(&mut self.seen, report);
        }
        for (_, report) in &mut held {
            settle_among(report, &self.seen, known);
        }
        held
    }
}

/// The reports that are silent, and nothing else. Two domains on one dead server prove nothing, nor does
/// one domain with two of them.
#[derive(Debug, Default)]
struct Silent {
    /// Where the first of them was silent.
    first: Option<HashSet<IpAddr>>,
    /// Another one was silent elsewhere.
    elsewhere: bool,
}

impl Silent {
    fn note(&mut self, report: &Report) {
        let places = silent_places(report);
        match &self.first {
            None => self.first = Some(places),
            Some(first) => self.elsewhere |= *first != places,
        }
    }

    /// Two reports are as good as all.
    fn is_proof(&self) -> bool {
        self.elsewhere
    }
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
    open: bool,
    silent: Silent,
    /// What became of what is accepted for all domains, each once.
    seen: Vec<(Acceptance, AcceptanceState)>,
    /// The same, should the way out be closed.
    seen_if_closed: Vec<(Acceptance, AcceptanceState)>,
    known: Known,
}

impl WayOut {
    /// Whether further reports change nothing about the way out.
    pub fn is_known(&self) -> bool {
        self.open
    }

    /// Takes note that there was a report that cannot be read.
    pub fn miss(&mut self) {
        self.known = Known::Part;
    }

    /// Takes note of a report.
    pub fn note(&mut self, report: &Report) {
        remember(&mut self.seen, report);
        if self.open {
            return;
        }
        self.open = !is_silent(report) || has_reached_control(report);
        if self.open {
            return;
        }
        let mut closed = report.clone();
        take_back(&mut closed);
        closed.settle();
        remember(&mut self.seen_if_closed, &closed);
        self.silent.note(report);
    }

    /// A report in the light of the others.
    pub fn judged(&self, mut report: Report) -> Report {
        let is_closed = !self.open && self.silent.is_proof();
        if is_closed {
            take_back(&mut report);
            report.settle();
        }
        let seen = if is_closed {
            &self.seen_if_closed
        } else {
            &self.seen
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

fn silent_places(report: &Report) -> HashSet<IpAddr> {
    let all = report.rows.iter().flat_map(Row::all_findings);
    let silent = all.filter(|finding| silence::is_silent(finding));
    let places = silent.filter_map(|finding| finding.endpoint);
    places.map(|endpoint| endpoint.ip()).collect()
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

/// True if step 4 fails, and only because nobody answered.
fn is_silent(report: &Report) -> bool {
    let row = report.rows.iter().find(|row| row.step == StepId::Tcp);
    row.is_some_and(|row| silence::fails_by_silence_only(row.all_findings()))
}

/// A host that answers proves that the way out is open.
fn has_reached_control(report: &Report) -> bool {
    let control = report.facts().control.as_ref();
    control.is_some_and(|control| matches!(control.tcp, TcpOutcome::Connected(_)))
}

/// Takes back what rests on silence alone.
fn take_back(report: &mut Report) {
    for row in &mut report.rows {
        let (silent, folded) = mem::take(&mut row.folded)
            .into_iter()
            .partition(|folded| silence::is_silent(&folded.finding));
        row.folded = folded;
        let silent: Vec<Folded> = silent;
        if !silent.is_empty() && row.needs.take().is_some() {
            row.seen = Note::new("seen-nothing");
        }
        // Nothing follows from a silence that says nothing.
        let unfolded = silent.into_iter().map(|folded| folded.finding);
        row.findings.extend(unfolded);
        let mut changed = false;
        for finding in &mut row.findings {
            changed |= silence::take_back(finding);
        }
        if changed {
            row.status = status(&row.findings, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ControlFacts, Micros};
    use crate::judge::{address, tcp};
    use crate::model::finding::{Finding, Rule};
    use crate::model::policy::{Policy, Weight};
    use crate::report::{Convention, FailOn, Verdict};
    use time::OffsetDateTime;

    fn row(step: StepId, findings: Vec<Finding>) -> Row {
        Row {
            step,
            status: status(&findings, None),
            seen: Note::new("seen-nothing"),
            needs: None,
            findings,
            folded: Vec::new(),
        }
    }

    fn with_at(last: u8, rules: &[&'static Rule]) -> Report {
        let endpoint = ([81, 2, 3, last], 5061).into();
        let at = |rule: &&'static Rule| Finding::new(rule).at(endpoint);
        Report::of_rows(vec![row(StepId::Tcp, rules.iter().map(at).collect())])
    }

    fn with(rules: &[&'static Rule]) -> Report {
        with_at(1, rules)
    }

    fn filtered() -> Report {
        with(&[&tcp::TCP_FILTERED])
    }

    fn elsewhere() -> Report {
        with_at(2, &[&tcp::TCP_FILTERED])
    }

    fn with_both(rules: &[&'static Rule]) -> Report {
        let rows = [1, 2].map(|last| with_at(last, rules).rows);
        let findings = rows.into_iter().flatten().flat_map(|row| row.findings);
        Report::of_rows(vec![row(StepId::Tcp, findings.collect())])
    }

    fn proxied() -> Report {
        let mut report = elsewhere();
        let own = Finding::new(&address::ADDRESS_BEHIND_CDN).with("outcome", "timed-out");
        report.rows.insert(0, row(StepId::Address, vec![own]));
        report
    }

    /// The same, as rows are made: what follows from the proxy is folded.
    fn folded() -> Report {
        let mut report = proxied();
        let row = &mut report.rows[1];
        let findings = mem::take(&mut row.findings).into_iter();
        let fold = |finding| Folded {
            cause: StepId::Address,
            finding,
        };
        row.folded = findings.map(fold).collect();
        row.needs = Some(StepId::Address);
        report
    }

    fn beside_control() -> Report {
        let mut report = filtered();
        report.check.facts.control = Some(ControlFacts {
            host: "sip.example.com".to_owned(),
            address: None,
            tcp: TcpOutcome::Connected(Micros(1)),
        });
        report
    }

    fn lowered(mut report: Report) -> Report {
        let policy = Policy {
            severity: [("tcp-filtered".to_owned(), Weight::Info)].into(),
            accept: Vec::new(),
        };
        let row = &mut report.rows[0];
        for finding in &mut row.findings {
            policy.weigh(finding, false, OffsetDateTime::UNIX_EPOCH);
        }
        row.status = status(&row.findings, None);
        assert_eq!(report.verdict(), Verdict::Ready);
        report
    }

    #[test]
    fn where_every_domain_is_silent_the_way_out_is_closed() {
        let blocked = "tcp-egress-blocked";
        for (reports, codes) in [
            (vec![filtered()], vec!["tcp-filtered"]),
            (vec![filtered(), elsewhere()], vec![blocked, blocked]),
            // A policy on what was seen does not hold for what turns out not to be known.
            (
                vec![lowered(filtered()), lowered(elsewhere())],
                vec![blocked, blocked],
            ),
            // One domain with two dead servers.
            (
                vec![with_both(&[&tcp::TCP_FILTERED])],
                vec!["tcp-filtered", "tcp-filtered"],
            ),
            // Two domains on one dead server.
            (
                vec![filtered(), filtered()],
                vec!["tcp-filtered", "tcp-filtered"],
            ),
            (
                vec![filtered(), with(&[&tcp::TCP_REFUSED])],
                vec!["tcp-filtered", "tcp-refused"],
            ),
            (
                vec![beside_control(), elsewhere()],
                vec!["tcp-filtered", "tcp-filtered"],
            ),
            (vec![filtered(), with(&[])], vec!["tcp-filtered"]),
            (
                vec![filtered(), proxied()],
                vec![blocked, "address-behind-cdn", blocked],
            ),
            (
                vec![filtered(), folded()],
                vec![blocked, "address-behind-cdn", blocked],
            ),
        ] {
            let reports = across(reports);
            let own: Vec<&str> = reports
                .iter()
                .flat_map(Report::findings)
                .map(|finding| finding.rule.code)
                .collect();
            assert_eq!(own, codes);
            let blocked = codes.contains(&blocked);
            assert_eq!(
                Convention::Own(FailOn::Fail).exit_code(&reports),
                if blocked { 3 } else { 1 }
            );
        }
    }

    /// What is let go stays as it was judged then.
    #[test]
    fn no_more_are_held_back_than_there_is_room_for() {
        let mut cross_check = CrossCheck::bounded(2);
        let mut codes = Vec::new();
        let reports = vec![
            filtered(),
            elsewhere(),
            filtered(),
            filtered(),
            with(&[]),
            filtered(),
        ];
        for (place, report) in reports.into_iter().enumerate() {
            let settled = cross_check.take(place, report);
            assert!(cross_check.held.len() <= 2);
            codes.extend(settled);
        }
        codes.extend(cross_check.finish());
        let codes: Vec<&str> = codes
            .iter()
            .flat_map(|(_, report)| report.findings())
            .map(|finding| finding.rule.code)
            .collect();
        let (blocked, filtered) = ("tcp-egress-blocked", "tcp-filtered");
        assert_eq!(codes, [blocked, blocked, blocked, filtered, filtered]);
    }

    /// Which places are let go after each report, and at the end.
    #[test]
    fn what_another_could_change_is_held_back_and_nothing_else() {
        let well = || with(&[]);
        for (reports, expected) in [
            (vec![], vec![vec![]]),
            (vec![well()], vec![vec![0], vec![]]),
            (vec![filtered()], vec![vec![], vec![0]]),
            (
                vec![filtered(), elsewhere()],
                vec![vec![], vec![], vec![0, 1]],
            ),
            (
                vec![filtered(), elsewhere(), well(), filtered()],
                vec![vec![], vec![], vec![0, 1, 2], vec![3], vec![]],
            ),
            (
                vec![well(), filtered(), elsewhere()],
                vec![vec![0], vec![1], vec![2], vec![]],
            ),
            (
                vec![filtered(), beside_control()],
                vec![vec![], vec![0, 1], vec![]],
            ),
        ] {
            let places =
                |let_go: Vec<(usize, Report)>| let_go.into_iter().map(|(place, _)| place).collect();
            let mut cross_check = CrossCheck::default();
            let mut own: Vec<Vec<usize>> = reports
                .into_iter()
                .enumerate()
                .map(|(place, report)| places(cross_check.take(place, report)))
                .collect();
            own.push(places(cross_check.finish()));
            assert_eq!(own, expected);
        }
    }
}
