//! What further connections to the same address showed, where the first one showed something else:
//! partners get in by chance, or by how they introduce themselves.

use super::handshake::waited;
use super::met::{Apart, Met, codes};
use super::second_look::unsteady;
use super::{
    MTLS_CERTIFICATE_REFUSED, MTLS_ENFORCED, MTLS_NOT_REQUESTED, SIP_NOT_ANSWERED, TLS_CLOSED,
    TLS_HANDSHAKE_FAILED, TLS_KEY_UNPROVEN, TLS_NO_SECURE_RENEGOTIATION, TLS_SILENT, TLS_UNSTEADY,
    TLS_WORSE_FOR_WINDOWS, handshake, judge_endpoint, long_hello, nameless, windows,
};
use crate::facts::{AgainFacts, Breach, EndpointFacts, TcpOutcome, TlsOutcome, TlsVersion};
use crate::known;
use crate::model::finding::{Finding, Severity, Value};
use crate::model::plan::Terms;

/// Beside the findings of the first connection.
pub(super) fn judge(endpoint: &EndpointFacts, first: &[Finding], terms: &Terms) -> Vec<Finding> {
    let again: Vec<&AgainFacts> = endpoint
        .met_again()
        .filter(|again| says_something(again))
        .collect();
    // It is told with the first one, that it is by the version.
    let demands_later = endpoint.demands_in_tls12_only();
    let later = [&MTLS_NOT_REQUESTED, &SIP_NOT_ANSWERED];
    let is_told = |finding: &Finding| demands_later && later.contains(&finding.rule);
    // TLS 1.3 has no renegotiation, so that the first one does not show it; and where that showed no
    // certificate, the refusal of it is new, and no matter of how a client introduces itself.
    let is_unshown = endpoint.tls.as_ref().is_some_and(|tls| !tls.presented);
    let is_of_its_own = |finding: &Finding| {
        finding.rule == &TLS_NO_SECURE_RENEGOTIATION
            || is_unshown && finding.rule == &MTLS_CERTIFICATE_REFUSED
    };
    let mut of_their_own: Vec<Finding> = Vec::new();
    let met: Vec<Met<'_>> = again
        .into_iter()
        .map(|again| {
            let found = doubted(endpoint, again, found(endpoint, again));
            let better = beyond(first, &found);
            let (apart, found): (Vec<Finding>, Vec<_>) = found.into_iter().partition(is_of_its_own);
            of_their_own.extend(apart);
            Met {
                again,
                worse: beyond(&found, first),
                open: undecided(&found, first),
                better: better
                    .into_iter()
                    .filter(|finding| !is_told(finding))
                    .collect(),
            }
        })
        .collect();
    let mut findings = each_once(of_their_own, first);
    let met: Vec<&Met<'_>> = met.iter().collect();
    if let Some(other) = endpoint.met_with_long_hello() {
        let long = met.iter().filter(|met| met.again.long);
        let worse = long.flat_map(|met| met.codes()).collect();
        let apart = Apart::of(endpoint, other, worse, terms);
        findings.extend(apart.map(|apart| long_hello::judge_apart(other, apart)));
    } else if let Some(other) = endpoint.met_without_name() {
        findings.extend(beside_the_name(endpoint, other, &met, terms));
    } else if windows::is_by_hello(endpoint, &met) {
        findings.extend(windows::judge(endpoint, &met));
    } else if !windows::is_better_by_hello(&met) {
        findings.extend(by_chance(endpoint, &met, &[]));
    }
    findings
}

/// What those meet that can use RSA keys only and are shown a certificate of their own, beside what is told of the
/// endpoint already.
pub(super) fn judge_with_rsa(endpoint: &EndpointFacts, told: &[Finding]) -> Option<Finding> {
    let again = endpoint.met_with_rsa()?;
    let by_others = [&TLS_WORSE_FOR_WINDOWS, &TLS_UNSTEADY];
    let is_told = told.iter().any(|one| by_others.contains(&one.rule));
    // Where several servers take turns, the next one may have been met.
    let mut others = endpoint.again.iter();
    if is_told
        || others
            .any(|other| again.other_leaf().is_some() && other.other_leaf() == again.other_leaf())
    {
        return None;
    }
    let mut found = doubted(endpoint, &again, found(endpoint, &again));
    found.retain(|finding| finding.rule != &TLS_NO_SECURE_RENEGOTIATION);
    let met = Met {
        again: &again,
        worse: beyond(&found, told),
        open: undecided(&found, told),
        better: Vec::new(),
    };
    windows::judge_with_rsa(&met)
}

/// Those that the first one has not, each once.
fn each_once(found: Vec<Finding>, first: &[Finding]) -> Vec<Finding> {
    let mut once: Vec<Finding> = Vec::new();
    for one in found {
        let is_said = |finding: &Finding| finding.rule == one.rule;
        if !first.iter().chain(&once).any(is_said) {
            once.push(one);
        }
    }
    once
}

/// What those meet that do not name the server, and what is left without them: whoever named it and fared
/// otherwise than the first, and whoever did not and was lost.
fn beside_the_name(
    endpoint: &EndpointFacts,
    other: &AgainFacts,
    met: &[&Met<'_>],
    terms: &Terms,
) -> Vec<Finding> {
    let is_explained = |met: &&Met<'_>| met.again.nameless && met.again.loss() <= other.loss();
    let (explained, left): (Vec<&Met<'_>>, Vec<_>) = met.iter().copied().partition(is_explained);
    let worse = explained.iter().flat_map(|met| met.codes()).collect();
    let apart = Apart::of(endpoint, other, worse, terms);
    let mut findings = Vec::from_iter(apart.map(nameless::judge));
    let is_named = |met: &&Met<'_>| !met.again.nameless;
    let named: Vec<&Met<'_>> = left.iter().copied().filter(is_named).collect();
    if windows::is_by_hello(endpoint, &named) {
        findings.extend(windows::judge(endpoint, &named));
    } else {
        findings.extend(by_chance(endpoint, &left, &explained));
    }
    findings
}

/// One connection is served, and another is not; beside those that are explained otherwise.
fn by_chance(
    endpoint: &EndpointFacts,
    met: &[&Met<'_>],
    explained: &[&Met<'_>],
) -> Option<Finding> {
    // Where a certificate is no condition, it is not for want of one that others got no further.
    let is_condition = !endpoint.answers_without_certificate();
    let is_worse = |met: &&Met<'_>| !met.worse.is_empty() || !is_condition && !met.open.is_empty();
    let worse: Vec<&Met<'_>> = met.iter().copied().filter(is_worse).collect();
    let lost = worse.len().max(1);
    let (how, found) = if worse.is_empty() {
        let better = met.iter().map(|met| met.better.clone());
        ("better", better.max_by_key(Vec::len)?)
    } else {
        let all: Vec<Finding> = worse.iter().flat_map(|met| met.lacks()).cloned().collect();
        let is_mute = |met: &&Met<'_>| {
            let mut lacks = met.lacks().iter();
            lacks.all(|one| [&TLS_CLOSED, &TLS_SILENT].contains(&one.rule))
        };
        let made = met.iter().chain(explained);
        let afterwards = made.filter(|met| !met.again.beside).count();
        let is_beside = lost == 1 && worse.iter().all(|met| met.again.beside);
        let is_all_mute = worse.iter().all(is_mute);
        let is_turned_away = |met: &&Met<'_>| is_mute(met) || met.again.is_refused_by_alert();
        let is_unconnected = |met: &&Met<'_>| met.again.tls.is_none();
        let how = if !worse.iter().all(is_turned_away) {
            "worse"
        } else if worse.iter().all(is_unconnected) {
            "unconnected"
        } else if is_beside && afterwards > 1 {
            "beside"
        } else if worse.iter().all(|met| met.again.is_silent()) {
            "late"
        } else if is_all_mute {
            "mute"
        } else {
            "refused"
        };
        (how, all)
    };
    if found.is_empty() {
        return None;
    }
    let known = found.iter().map(|finding| finding.severity);
    let known = known.filter(|severity| *severity != Severity::Unknown);
    let most = known.max().unwrap_or(Severity::Warn);
    // What the first one lacks weighs by itself; and who says no word, or only that there is nothing
    // for us, may only be protected from floods.
    let severity = if how == "worse" {
        most
    } else if is_first_only(endpoint, met, explained) {
        Severity::Unknown
    } else {
        Severity::Warn
    };
    let silent = met.iter().find(|met| met.again.is_silent());
    let silent = silent.and_then(|met| met.again.tls.as_ref());
    let limit = silent.map_or_else(String::new, |tls| waited(tls.limit, tls.elapsed_us));
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Some(
        Finding::new(&TLS_UNSTEADY)
            .with("how", how)
            .with("codes", Value::Codes(codes(&found)))
            .with("made", count(1 + met.len() + explained.len()))
            .with("lost", count(lost))
            .with("limit", limit)
            .weighing(severity),
    )
}

/// Whether nobody like a partner was served after the first: how those fare that have what Windows has, as most
/// do, is not known where that was TLS 1.3, or ChaCha20; nor how those do that name the server, where something
/// else was seen beside it.
fn is_first_only(endpoint: &EndpointFacts, met: &[&Met<'_>], explained: &[&Met<'_>]) -> bool {
    let is_unknown = endpoint.tls.as_ref().is_some_and(|tls| {
        let suite = tls.cipher.as_deref();
        tls.version == Some(TlsVersion::Tls13)
            || suite.is_some_and(|suite| !known::windows::offers_suite(suite))
    });
    let is_known = !is_unknown && explained.is_empty();
    let mut named = met
        .iter()
        .filter(|met| explained.is_empty() || !met.again.nameless);
    let afterwards = met.iter().filter(|met| !met.again.beside).count();
    !is_known && afterwards > 0 && named.all(|met| met.again.is_refused())
}

/// What is wrong there. A connection that nobody took is one that was closed.
fn found(endpoint: &EndpointFacts, again: &AgainFacts) -> Vec<Finding> {
    match again.tls {
        Some(_) => judge_endpoint(&endpoint.as_met(again)),
        None => vec![Finding::new(&TLS_CLOSED)],
    }
}

/// Being turned away for want of a certificate is right, unless the first was answered without one: then
/// something else may be wrong there, or only there the server insists.
fn doubted(endpoint: &EndpointFacts, again: &AgainFacts, found: Vec<Finding>) -> Vec<Finding> {
    let Some(tls) = again.tls.as_ref() else {
        return found;
    };
    if !endpoint.answers_without_certificate() {
        return found;
    }
    let doubt = |finding: Finding| {
        if finding.rule == &MTLS_ENFORCED {
            handshake::doubted(tls)
        } else {
            finding
        }
    };
    found.into_iter().map(doubt).collect()
}

/// What is wrong here and not there.
fn beyond(here: &[Finding], there: &[Finding]) -> Vec<Finding> {
    let is_wrong = |finding: &&Finding| matches!(finding.severity, Severity::Warn | Severity::Fail);
    let is_there = |finding: &Finding| {
        there
            .iter()
            .any(|other| other.rule == finding.rule && other.severity >= finding.severity)
    };
    let here = here.iter().filter(is_wrong);
    here.filter(|finding| !is_there(finding)).cloned().collect()
}

/// What of the handshake was left open here and not there.
fn undecided(here: &[Finding], there: &[Finding]) -> Vec<Finding> {
    let is_open = |finding: &&Finding| {
        let is_of_handshake = [&TLS_HANDSHAKE_FAILED, &TLS_KEY_UNPROVEN].contains(&finding.rule);
        finding.severity == Severity::Unknown && is_of_handshake
    };
    let is_there = |finding: &&Finding| there.iter().any(|other| other.rule == finding.rule);
    let here = here.iter().filter(is_open);
    here.filter(|finding| !is_there(finding)).cloned().collect()
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
        | TcpOutcome::AfterOthers(_)
        | TcpOutcome::WayOutClosed(_)
        | TcpOutcome::AllLost(_)
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
