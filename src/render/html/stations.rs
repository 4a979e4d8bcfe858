//! The way from a partner to the server: one station per step, in the order in which a partner
//! passes them, each with what was seen there in a few short lines.

use super::lists;
use crate::facts::{EndpointFacts, SipOutcome, TcpOutcome};
use crate::model::finding::{GuideStep, Note, Severity, StepId};
use crate::pki::x509::Certificate;
use crate::render::words::Words;
use crate::report::{Row, Status};

/// The guide asks for the A record before the SRV record. A partner looks them up in the reverse
/// order.
const ORDER: [StepId; 6] = [
    StepId::Domain,
    StepId::Srv,
    StepId::Address,
    StepId::Tcp,
    StepId::Certificate,
    StepId::Federation,
];

/// More addresses than this are counted, not named.
const NAMED: usize = 2;

/// One place on the way.
pub(super) struct Station {
    pub(super) name: String,
    pub(super) status: Status,
    /// The status in words.
    pub(super) word: String,
    /// What was seen, a line each.
    pub(super) seen: Vec<String>,
    /// The way to it from the station before.
    pub(super) leg: Leg,
}

/// The state of the way between two stations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leg {
    /// Partners get here.
    Whole,
    /// Some of its addresses let partners in, others do not.
    Partly,
    /// Partners do not get past this station, the first that fails.
    Broken,
    /// It is not known whether partners get past this station.
    Doubtful,
    /// It lies beyond a break, or was not tested.
    Beyond,
}

/// The stations of a report.
pub(super) fn stations(words: &Words<'_>) -> Vec<Station> {
    let rows = ORDER.iter().filter_map(|step| {
        let mut rows = words.report.rows.iter();
        rows.find(|row| row.step == *step)
    });
    let mut broken = false;
    rows.map(|row| {
        let leg = match leg(row, broken) {
            Leg::Whole if row.step == StepId::Tcp && is_redirected(words) => Leg::Doubtful,
            Leg::Broken if row.step == StepId::Tcp && is_partly_open(words) => Leg::Partly,
            leg => leg,
        };
        broken |= leg == Leg::Broken;
        Station {
            name: words.step(row.step),
            status: row.status,
            word: words.status(row.status),
            seen: seen(words, row),
            leg,
        }
    })
    .collect()
}

fn leg(row: &Row, broken: bool) -> Leg {
    let waits = row.needs.is_some();
    match row.status {
        _ if broken => Leg::Beyond,
        Status::Fail => Leg::Broken,
        Status::Unknown => Leg::Doubtful,
        Status::Skip if waits => Leg::Beyond,
        // A step that does not apply stops nobody.
        Status::Skip | Status::Pass | Status::Warn => Leg::Whole,
    }
}

/// Whether xfed connected to another address than partners do, so that their way was not tested.
fn is_redirected(words: &Words<'_>) -> bool {
    let mut endpoints = words.report.facts().endpoints.iter().flatten();
    endpoints.any(EndpointFacts::is_redirected)
}

fn is_partly_open(words: &Words<'_>) -> bool {
    let mut endpoints = words.report.facts().endpoints.iter().flatten();
    endpoints.any(|endpoint| matches!(endpoint.tcp, TcpOutcome::Connected(_)))
}

/// What the facts show at this station, or else what the row says.
fn seen(words: &Words<'_>, row: &Row) -> Vec<String> {
    let lines = match row.step.of_guide() {
        Some(GuideStep::Domain) => vec![words.context.domain.clone()],
        Some(GuideStep::Srv) => records(words),
        Some(GuideStep::Address) => addresses(words),
        Some(GuideStep::Tcp) => ports(words),
        Some(GuideStep::Certificate) => certificate(words),
        Some(GuideStep::Federation) => federation(words),
        // The way of the other direction is not drawn.
        None => Vec::new(),
    };
    if lines.is_empty() || row.status == Status::Skip {
        return vec![words.seen(row)];
    }
    lines
}

fn records(words: &Words<'_>) -> Vec<String> {
    let Some(facts) = &words.report.facts().srv else {
        return Vec::new();
    };
    let mut records = facts.lookup.srv();
    let Some(first) = records.next() else {
        return Vec::new();
    };
    let (numbers, target) = (
        format!("{} {} {}", first.priority, first.weight, first.port),
        first.target.clone(),
    );
    let mut lines = vec![numbers, target];
    lines.extend(rest(words, records.count()));
    lines
}

fn addresses(words: &Words<'_>) -> Vec<String> {
    let facts = words.report.facts();
    let hosts = facts.addresses.iter().flatten();
    let found: Vec<String> = hosts
        .flat_map(|host| host.a.addresses().chain(host.aaaa.addresses()))
        .map(|address| address.to_string())
        .collect();
    let mut lines: Vec<String> = found.iter().take(NAMED).cloned().collect();
    lines.extend(rest(words, found.len().saturating_sub(NAMED)));
    lines
}

fn ports(words: &Words<'_>) -> Vec<String> {
    let endpoints: Vec<&EndpointFacts> = words.report.facts().endpoints.iter().flatten().collect();
    let Some(first) = endpoints.first() else {
        return Vec::new();
    };
    // An address that differs from the published one is worth showing.
    let place = if first.is_redirected() {
        first.address.to_string()
    } else {
        format!("TCP {}", first.address.port())
    };
    let is_open = |endpoint: &&&EndpointFacts| matches!(endpoint.tcp, TcpOutcome::Connected(_));
    let open = endpoints.iter().filter(is_open).count();
    let mut lines = vec![place];
    // "0 of 2 open" could also mean that nothing was tested; the status says which it is.
    if endpoints.len() > 1 && open > 0 {
        let note = Note::new("way-open")
            .with("open", count(open))
            .with("all", count(endpoints.len()));
        lines.push(words.texts.note(&note, &words.context));
    }
    lines
}

fn certificate(words: &Words<'_>) -> Vec<String> {
    let leaf = of_blamed_first(words, StepId::Certificate)
        .find_map(|endpoint| Some(endpoint.shown()?.chain.first()?.clone()));
    let Some(Ok(leaf)) = leaf.map(|leaf| Certificate::parse(&leaf.0)) else {
        return Vec::new();
    };
    let name = leaf.common_names.first().or(leaf.dns_names().first());
    let until = Note::new("way-until").with("date", leaf.not_after);
    let mut lines: Vec<String> = name.cloned().into_iter().collect();
    lines.push(words.texts.note(&until, &words.context));
    lines
}

fn federation(words: &Words<'_>) -> Vec<String> {
    let Some((endpoint, tls)) = of_blamed_first(words, StepId::Federation)
        .find_map(|endpoint| Some((endpoint, endpoint.tls.as_ref()?)))
    else {
        return Vec::new();
    };
    let version = tls.version.map(|version| version.name().to_owned());
    let mtls = tls.request.as_ref().map(|_| "MTLS".to_owned());
    let sip = match endpoint.sip.as_ref().map(|sip| &sip.outcome) {
        Some(SipOutcome::Answered(answer)) => Some(format!("SIP {}", answer.status)),
        _ => None,
    };
    [version, mtls, sip].into_iter().flatten().collect()
}

/// The endpoints, first the one that a step found fault with: of several servers it is the one that
/// is worth showing.
fn of_blamed_first<'a>(
    words: &'a Words<'_>,
    step: StepId,
) -> impl Iterator<Item = &'a EndpointFacts> {
    let rows = words.report.rows.iter().filter(move |row| row.step == step);
    let findings = rows.flat_map(|row| &row.findings);
    let blamed = findings
        .filter(|finding| finding.severity > Severity::Info)
        .find_map(|finding| finding.endpoint);
    let all = || words.report.facts().endpoints.iter().flatten();
    let is_blamed = move |endpoint: &&EndpointFacts| Some(endpoint.address) == blamed;
    all().filter(is_blamed).chain(all())
}

/// How many are not named, if any.
fn rest(words: &Words<'_>, left: usize) -> Option<String> {
    (left > 0).then(|| lists::count(words, left))
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
