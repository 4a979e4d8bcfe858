//! Which findings are new and which are gone, and why.

use super::walk::{Change, Subject};
use super::{Sides, Turned};
use crate::model::finding::{Finding, GuideStep, Severity, StepId};
use crate::report::{Report, Status};

/// What became of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is new, or weighs more than it did.
    Regressed,
    /// It is new, in a step that had not been tested before: it may have been there already.
    CameToLight,
    /// It says that something could not be tested which could be before.
    Untested,
    /// It is gone, or weighs less.
    Mended,
    /// It is gone because its step was not tested this time.
    OutOfSight,
    /// It said that something could not be tested, and is gone.
    Tested,
    /// It is a remark, new or gone.
    Remark,
}

impl Fate {
    /// Its name in the machine formats.
    pub fn id(self) -> &'static str {
        match self {
            Self::Regressed => "regressed",
            Self::CameToLight => "came-to-light",
            Self::Untested => "no-longer-tested",
            Self::Mended => "mended",
            Self::OutOfSight => "out-of-sight",
            Self::Tested => "now-tested",
            Self::Remark => "remark",
        }
    }
}

/// Why a finding is new or gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The fact at this place among the changes.
    Fact(usize),
    /// Time has passed: the old facts show the same today.
    Clock,
    /// The user decided otherwise about it.
    Decision,
    /// Nothing that lasts: the order of answers, the time that one took, what a cache still holds.
    Passing,
}

/// What makes two findings one.
#[derive(PartialEq, Eq)]
struct Key<'a> {
    step: StepId,
    code: &'static str,
    endpoint: Option<std::net::SocketAddr>,
    about: [Option<&'a str>; 5],
}

/// A finding with its step.
type Found<'a> = (StepId, &'a Finding);

fn key<'a>(found: Found<'a>, made_up: &[&str]) -> Key<'a> {
    let (step, finding) = found;
    // There is one of them in a place, and it is called otherwise each time.
    let lasting = |name: Option<&'a str>| name.filter(|name| !made_up.contains(name));
    Key {
        step,
        code: finding.rule.code,
        endpoint: finding.endpoint,
        about: [
            finding.fqdn(),
            finding.address(),
            lasting(finding.name()),
            finding.record(),
            finding.target(),
        ],
    }
}

/// The names that were made up to find out whether anything answers.
fn made_up(report: &Report) -> Vec<&str> {
    let facts = report.facts();
    let wildcard = facts.zone.iter().flat_map(|zone| &zone.wildcard);
    let near = facts.srv.iter().flat_map(|srv| &srv.near_misses);
    let guards = near.flat_map(|near| &near.controls);
    let hosts = facts.addresses.iter().flatten();
    let beside = hosts.flat_map(|host| host.below.iter().chain(&host.beside));
    let all = wildcard.chain(guards).chain(beside);
    all.map(|lookup| lookup.name.as_str()).collect()
}

/// All that is different about the findings, the gravest first, and how many are the same.
pub(super) fn turns<'a>(sides: Sides<'a>, changes: &[Change]) -> (Vec<Turned<'a>>, usize) {
    let Sides { old, new, .. } = sides;
    let mut turns = Vec::new();
    let mut same = 0;
    let made_up = [made_up(old), made_up(new)].concat();
    for found in shown(new) {
        match twin(old, found, &made_up) {
            Some(before) if before.severity == found.1.severity => same += 1,
            before => turns.extend(turned(sides, before, Some(found), found, changes)),
        }
    }
    for found in shown(old) {
        if twin(new, found, &made_up).is_none() {
            turns.extend(turned(sides, Some(found.1), None, found, changes));
        }
    }
    turns.sort_by_key(|turned: &Turned<'_>| {
        let weight = turned.after.or(turned.before).map(|it| it.severity);
        (turned.fate, std::cmp::Reverse(weight), turned.step)
    });
    (turns, same)
}

fn shown(report: &Report) -> impl Iterator<Item = Found<'_>> {
    let rows = report.rows.iter();
    rows.flat_map(|row| row.findings.iter().map(|finding| (row.step, finding)))
}

/// The same finding in another report, shown there or not: what follows from something else there is
/// neither new nor gone.
fn twin<'a>(report: &'a Report, found: Found<'_>, made_up: &[&str]) -> Option<&'a Finding> {
    let mut rows = report.rows.iter();
    let row = rows.find(|row| row.step == found.0)?;
    let key = |found| key(found, made_up);
    let mut all = row.all_findings();
    all.find(|finding| key((row.step, finding)) == key(found))
}

fn turned<'a>(
    sides: Sides<'a>,
    before: Option<&'a Finding>,
    after: Option<Found<'a>>,
    found: Found<'a>,
    changes: &[Change],
) -> Option<Turned<'a>> {
    let after = after.map(|(_, finding)| finding);
    let fate = fate(sides, before, after, found)?;
    Some(Turned {
        fate,
        step: found.0,
        before,
        after,
        causes: causes(sides, before, after, found, changes),
    })
}

fn fate(
    sides: Sides<'_>,
    before: Option<&Finding>,
    after: Option<&Finding>,
    found: Found<'_>,
) -> Option<Fate> {
    let weight = |finding: Option<&Finding>| finding.map_or(Severity::Info, |it| it.severity);
    let is_shown = |finding: Option<&Finding>| finding.is_some();
    Some(match (weight(before), weight(after)) {
        (Severity::Info, Severity::Info) => {
            // What weighs nothing in either is only of interest where it comes or goes.
            (is_shown(before) != is_shown(after)).then_some(Fate::Remark)?
        }
        (Severity::Fail | Severity::Warn | Severity::Info, Severity::Unknown) => Fate::Untested,
        (Severity::Unknown, Severity::Fail | Severity::Warn) => Fate::CameToLight,
        (Severity::Unknown, _) => Fate::Tested,
        (was, is) if is > was => {
            if before.is_some() || was_tested(sides.old, found) {
                Fate::Regressed
            } else {
                Fate::CameToLight
            }
        }
        _ if after.is_some() || was_tested(sides.new, found) => Fate::Mended,
        _ => Fate::OutOfSight,
    })
}

/// Whether a report would have this finding if it were so. A step that waits or could not be tested
/// says nothing, nor does an address that did not get so far.
fn was_tested(report: &Report, found: Found<'_>) -> bool {
    let (step, finding) = found;
    let row = report.rows.iter().find(|row| row.step == step);
    let judged = row.is_some_and(|row| {
        let is_open = matches!(row.status, Status::Skip | Status::Unknown);
        !is_open && row.needs.is_none()
    });
    let Some(at) = finding.endpoint else {
        return judged;
    };
    let endpoints = report.facts().endpoints.iter().flatten();
    let mut there = endpoints
        .filter(|endpoint| endpoint.address == at)
        .peekable();
    // An address that is no longer published has no faults.
    let is_gone = there.peek().is_none();
    judged
        && (is_gone
            || there.any(|endpoint| match step.of_guide() {
                Some(GuideStep::Certificate) => endpoint.shown().is_some(),
                Some(GuideStep::Federation) => endpoint.tls.is_some(),
                // Nothing of these is seen by TLS at an endpoint.
                Some(GuideStep::Domain | GuideStep::Address | GuideStep::Srv | GuideStep::Tcp)
                | None => true,
            }))
}

/// Why it is new or gone. The old facts, judged at the new time and by the new decisions, tell what
/// no fact is needed for.
fn causes(
    sides: Sides<'_>,
    before: Option<&Finding>,
    after: Option<&Finding>,
    found: Found<'_>,
    changes: &[Change],
) -> Vec<Cause> {
    let made_up = [made_up(sides.old), made_up(sides.new)].concat();
    let weight = |finding: Option<&Finding>| finding.map(|finding| finding.severity);
    let (was, is) = (weight(before), weight(after));
    let in_later = weight(twin(sides.later, found, &made_up));
    if in_later == is && in_later != was {
        return vec![Cause::Clock];
    }
    let in_decided = weight(twin(sides.decided, found, &made_up));
    if in_decided == is && in_decided != was {
        return vec![Cause::Decision];
    }
    let facts = facts(found, changes);
    if facts.is_empty() {
        vec![Cause::Passing]
    } else {
        facts.into_iter().map(Cause::Fact).collect()
    }
}

/// The facts that bear on a finding: those of its own step and place, else those of the steps that
/// its own rests on, the nearest first; else whatever there is.
fn facts(found: Found<'_>, changes: &[Change]) -> Vec<usize> {
    let (step, finding) = found;
    let those = |is: &dyn Fn(&Change) -> bool| -> Vec<usize> {
        let all = changes.iter().enumerate();
        all.filter(|(_, change)| is(change))
            .map(|(at, _)| at)
            .collect()
    };
    let of_step = |change: &Change| change.step == step && is_of_place(change, finding);
    let rests_on: &[StepId] = match step.of_guide() {
        Some(GuideStep::Domain) | None => &[StepId::Srv, StepId::Address],
        Some(GuideStep::Address) => &[StepId::Srv, StepId::Domain],
        Some(GuideStep::Srv) => &[StepId::Domain, StepId::Address],
        Some(GuideStep::Tcp) => &[StepId::Address, StepId::Srv, StepId::Domain],
        Some(GuideStep::Certificate) => &[
            StepId::Federation,
            StepId::Tcp,
            StepId::Address,
            StepId::Srv,
        ],
        Some(GuideStep::Federation) => &[
            StepId::Certificate,
            StepId::Tcp,
            StepId::Address,
            StepId::Srv,
        ],
    };
    let own = those(&of_step);
    if !own.is_empty() {
        return own;
    }
    for step in rests_on {
        let below = those(&|change| change.step == *step && is_of_place(change, finding));
        if !below.is_empty() {
            return below;
        }
    }
    those(&|_| true)
}

/// Whether a fact may be about what a finding is about.
fn is_of_place(change: &Change, finding: &Finding) -> bool {
    if let Subject::Server(fqdn) = &change.subject
        && finding.host().is_some_and(|host| host != fqdn)
    {
        return false;
    }
    match finding.endpoint {
        Some(at) if !change.places.is_empty() => change.places.contains(&at.to_string()),
        _ => true,
    }
}
