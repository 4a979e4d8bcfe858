//! What further connections to the same address showed, where the first one showed something else:
//! partners get in by chance.

use super::second_look::unsteady;
use super::{TLS_CLOSED, TLS_SILENT, TLS_UNSTEADY, judge_endpoint};
use crate::facts::{AgainFacts, Breach, EndpointFacts, TcpOutcome, TlsOutcome};
use crate::model::finding::{Finding, Severity};

/// Beside the findings of the first connection.
pub(super) fn judge(endpoint: &EndpointFacts, first: &[Finding]) -> Option<Finding> {
    let met: Vec<Vec<Finding>> = endpoint
        .met_again()
        .filter(|again| says_something(again))
        .map(|again| found(endpoint, again))
        .collect();
    let worse: Vec<Vec<&Finding>> = met
        .iter()
        .map(|found| beyond(found, first))
        .filter(|found| !found.is_empty())
        .collect();
    let lost = worse.len().max(1);
    let (how, found) = if worse.is_empty() {
        let better = met.iter().map(|found| beyond(first, found));
        ("better", better.max_by_key(Vec::len)?)
    } else {
        let all = worse.concat();
        let is_mute = |finding: &&Finding| [&TLS_CLOSED, &TLS_SILENT].contains(&finding.rule);
        (
            if all.iter().all(is_mute) {
                "mute"
            } else {
                "worse"
            },
            all,
        )
    };
    let mut codes: Vec<String> = Vec::new();
    for finding in &found {
        if !codes.iter().any(|code| code == finding.rule.code) {
            codes.push(finding.rule.code.to_owned());
        }
    }
    let most = found.iter().map(|finding| finding.severity).max()?;
    // What the first one lacks weighs by itself; and who says no word may only be protected from
    // floods.
    let severity = if how == "worse" { most } else { Severity::Warn };
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Some(
        Finding::new(&TLS_UNSTEADY)
            .with("how", how)
            .with("codes", codes)
            .with("made", count(1 + met.len()))
            .with("lost", count(lost))
            .weighing(severity),
    )
}

/// What is wrong there. A connection that nobody took is one that was closed.
fn found(endpoint: &EndpointFacts, again: &AgainFacts) -> Vec<Finding> {
    match again.tls {
        Some(_) => judge_endpoint(&endpoint.as_met(again)),
        None => vec![Finding::new(&TLS_CLOSED)],
    }
}

/// What is wrong here and not there.
fn beyond<'a>(here: &'a [Finding], there: &[Finding]) -> Vec<&'a Finding> {
    let is_wrong = |finding: &&Finding| matches!(finding.severity, Severity::Warn | Severity::Fail);
    let is_there = |finding: &Finding| {
        there
            .iter()
            .any(|other| other.rule == finding.rule && other.severity >= finding.severity)
    };
    let here = here.iter().filter(is_wrong);
    here.filter(|finding| !is_there(finding)).collect()
}

/// Whether it tells of the server, and not of this machine or of a limit of ours.
fn says_something(again: &AgainFacts) -> bool {
    let is_theirs = match again.tcp {
        TcpOutcome::Connected(_) | TcpOutcome::Refused | TcpOutcome::TimedOut(_) => true,
        TcpOutcome::Unreachable
        | TcpOutcome::NoRoute
        | TcpOutcome::NotAttempted
        | TcpOutcome::TooManyFiles
        | TcpOutcome::Deadline
        | TcpOutcome::OverLimit => false,
    };
    let is_ours = again.tls.as_ref().is_some_and(|tls| {
        matches!(
            tls.outcome,
            TlsOutcome::Deadline | TlsOutcome::TooMuch | TlsOutcome::Misbehaved(Breach::Lost)
        )
    });
    is_theirs && !is_ours
}

/// What the attempts of xfed's own handshake showed, where it was made more than once.
pub(super) fn judge_attempts(endpoint: &EndpointFacts) -> Option<Finding> {
    let several = !endpoint.other_attempts.is_empty();
    several.then(|| unsteady(endpoint).weighing(Severity::Warn))
}
