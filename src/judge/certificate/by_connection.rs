//! One address that shows different certificates to one connection and the next: several servers
//! take turns behind it, and one of them was forgotten.

use super::for_rsa::what;
use super::trust::complete_beside;
use super::{CERT_DIFFERS_BY_CONNECTION, CERT_OTHER_FOR_WINDOWS, judge_chain, revocation, staple};
use crate::facts::{
    AgainFacts, Der, EndpointFacts, HelloFacts, SecondLookFacts, ShownChain, TlsFacts, TlsOutcome,
};
use crate::model::finding::{Finding, Rule, Severity, Value};
use crate::model::plan::Terms;
use crate::pki::x509::Certificate;

/// Beside the findings of the first connection.
pub(super) fn judge(endpoint: &EndpointFacts, first: &[Finding], terms: &Terms) -> Option<Finding> {
    let shown = endpoint.shown()?;
    // It is told with the handshake.
    if endpoint.met_without_name().is_some() || endpoint.met_with_long_hello().is_some() {
        return None;
    }
    if is_by_hello(endpoint) {
        return for_windows(endpoint, first, terms);
    }
    let others = others(endpoint);
    let mut differing = 0_u32;
    let mut gravest: Option<(Vec<&Rule>, &'static str, Option<String>, Severity)> = None;
    for other in &others {
        let Some(their) = other.shown() else { continue };
        if their.chain == shown.chain {
            continue;
        }
        let mut found = found_at(endpoint, other, their, terms);
        let missing = complete_beside(endpoint, their.chain, &mut found);
        let worse = failing(&found, first);
        let better = failing(first, &found);
        let seen = if let Some(rule) = worse.first() {
            let what = what(rule, missing.as_deref());
            (worse, what, missing, Severity::Fail)
        } else if !better.is_empty() {
            (better, "right", None, Severity::Warn)
        } else if their.chain.first() != shown.chain.first() {
            (Vec::new(), "both", None, Severity::Warn)
        } else {
            continue;
        };
        differing += 1;
        if gravest
            .as_ref()
            .is_none_or(|(_, _, _, severity)| *severity < seen.3)
        {
            gravest = Some(seen);
        }
    }
    let (rules, what, missing, severity) = gravest?;
    let made = u32::try_from(1 + others.len()).unwrap_or(u32::MAX);
    let codes: Vec<String> = rules.iter().map(|rule| rule.code.to_owned()).collect();
    Some(
        Finding::new(&CERT_DIFFERS_BY_CONNECTION)
            .with("fqdn", endpoint.fqdn.as_str())
            .with("what", what)
            .with("missing", missing.unwrap_or_default())
            .with("codes", Value::Codes(codes))
            .with("made", made)
            .with("lost", differing)
            .weighing(severity),
    )
}

/// Whether it is by how a client introduces itself, and not by turns: all that did so as Windows Server
/// 2016 were shown others than the first, and none like the first was. It may be only whoever names the server
/// that is.
fn is_by_hello(endpoint: &EndpointFacts) -> bool {
    let is_shown = |again: &&AgainFacts| !again.is_refused();
    let met: Vec<&AgainFacts> = endpoint.met_again().filter(is_shown).collect();
    let (windows, others): (Vec<&AgainFacts>, Vec<_>) =
        met.into_iter().partition(|again| again.as_windows);
    let is_same = |again: &&AgainFacts| again.same_chain;
    let (nameless, named): (Vec<&AgainFacts>, Vec<_>) =
        windows.iter().copied().partition(|again| again.nameless);
    let is_by_name_too = !named.is_empty() && nameless.iter().all(is_same);
    let windows = if is_by_name_too { named } else { windows };
    !windows.is_empty()
        && !others.is_empty()
        && !windows.iter().any(is_same)
        && others.iter().all(is_same)
}

/// What is wrong with the one that those are shown. Where it is right, there is nothing to say.
fn for_windows(endpoint: &EndpointFacts, first: &[Finding], terms: &Terms) -> Option<Finding> {
    let mut windows = endpoint.met_again().filter(|again| again.as_windows);
    let other = windows.find(|again| !again.is_refused() && !again.same_chain)?;
    let other = endpoint.as_met(other);
    let their = other.shown()?;
    let mut found = found_at(endpoint, &other, their, terms);
    let missing = complete_beside(endpoint, their.chain, &mut found);
    let worse = failing(&found, first);
    let codes: Vec<String> = worse.iter().map(|rule| rule.code.to_owned()).collect();
    Some(
        Finding::new(&CERT_OTHER_FOR_WINDOWS)
            .with("what", what(worse.first()?, missing.as_deref()))
            .with("missing", missing.unwrap_or_default())
            .with("codes", Value::Codes(codes)),
    )
}

/// What is found at an endpoint as another connection met it, which was shown this.
fn found_at(
    endpoint: &EndpointFacts,
    other: &EndpointFacts,
    their: ShownChain<'_>,
    terms: &Terms,
) -> Vec<Finding> {
    let mut found = judge_chain(other, their, terms);
    found.extend(revocation::beside(endpoint, their.chain));
    found.extend(staple::judge(other));
    found
}

/// The codes of what fails with the certificates of one, and not with those of the other.
pub(crate) fn failing_at(
    here: &EndpointFacts,
    there: &EndpointFacts,
    terms: &Terms,
) -> Vec<String> {
    let found = |endpoint: &EndpointFacts| {
        let shown = endpoint.shown();
        let mut found =
            shown.map_or_else(Vec::new, |shown| found_at(endpoint, endpoint, shown, terms));
        found.extend(revocation::judge(endpoint));
        found
    };
    let rules = failing(&found(here), &found(there)).into_iter();
    rules.map(|rule| rule.code.to_owned()).collect()
}

/// The rules that fail here and not there.
fn failing(here: &[Finding], there: &[Finding]) -> Vec<&'static Rule> {
    let fails = |finding: &&Finding| finding.severity == Severity::Fail;
    let is_there = |finding: &Finding| there.iter().any(|other| other.rule == finding.rule);
    let here = here.iter().filter(fails);
    let mut rules: Vec<&'static Rule> = Vec::new();
    for finding in here.filter(|finding| !is_there(finding)) {
        if !rules.contains(&finding.rule) {
            rules.push(finding.rule);
        }
    }
    rules
}

/// The endpoint as each other connection met it that was shown certificates.
fn others(endpoint: &EndpointFacts) -> Vec<EndpointFacts> {
    let again = endpoint.met_again().map(|again| endpoint.as_met(again));
    let again = again.filter(|other| other.shown().is_some());
    let hellos = endpoint.second_look.iter().flat_map(SecondLookFacts::asked);
    let hellos = hellos.filter(|hello| is_like_ours(endpoint, hello));
    let by_hand = hellos.map(|hello| {
        let tls = TlsFacts {
            chain: hello.chain.clone(),
            ..TlsFacts::begun(TlsOutcome::Closed)
        };
        let fqdn = endpoint.fqdn.clone();
        EndpointFacts {
            tls: Some(tls),
            ..EndpointFacts::new(fqdn, endpoint.published, endpoint.address, endpoint.tcp)
        }
    });
    again.chain(by_hand).collect()
}

/// Whether a server that has one certificate would show the same for this hello: some have two, and
/// choose by what the client can use.
fn is_like_ours(endpoint: &EndpointFacts, hello: &HelloFacts) -> bool {
    let own = endpoint.tls.as_ref().and_then(|tls| tls.chain.first());
    let kind = |der: &Der| {
        let leaf = Certificate::parse(&der.0).ok()?;
        Some(std::mem::discriminant(&leaf.key))
    };
    let (own, other) = (own.and_then(kind), hello.chain.first().and_then(kind));
    hello.is_ours() && own.is_some() && own == other
}
