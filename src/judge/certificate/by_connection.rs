//! One address that shows different certificates to one connection and the next: several servers
//! take turns behind it, and one of them was forgotten.

use super::beside::{Beside, Worse};
use super::{CERT_DIFFERS_BY_CONNECTION, CERT_OTHER_FOR_WINDOWS};
use crate::facts::{
    AgainFacts, Der, EndpointFacts, HelloFacts, SecondLookFacts, TlsFacts, TlsOutcome,
};
use crate::model::finding::{Finding, Severity, Value};
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
    let mut worse = Worse::default();
    let mut else_seen = Else::Nothing;
    for other in &others {
        let Some(their) = other.shown() else { continue };
        if their.chain == shown.chain {
            continue;
        }
        let judged = Beside::at(endpoint, other, their, terms);
        let (beyond, lacks) = (judged.beyond(first), judged.lacks(first));
        let seen = if !lacks.is_empty() {
            Else::Right(lacks)
        } else if their.chain.first() == shown.chain.first() {
            Else::Nothing
        } else if judged.is_right() {
            Else::Both
        } else {
            Else::Alike(judged.codes())
        };
        if beyond.severity().is_some() || seen != Else::Nothing {
            differing += 1;
        }
        worse = worse.and(beyond);
        else_seen = else_seen.max(seen);
    }
    let made = u32::try_from(1 + others.len()).unwrap_or(u32::MAX);
    let finding = Finding::new(&CERT_DIFFERS_BY_CONNECTION)
        .with("fqdn", endpoint.fqdn.as_str())
        .with("made", made)
        .with("lost", differing);
    if worse.severity().is_some() {
        return worse.told_by(finding);
    }
    let (what, codes) = match else_seen {
        Else::Nothing => return None,
        Else::Both => ("both", Vec::new()),
        Else::Alike(codes) => ("alike", codes),
        Else::Right(codes) => ("right", codes),
    };
    Some(
        finding
            .with("what", what)
            .with("missing", "")
            .with("codes", Value::Codes(codes)),
    )
}

/// What is to be said where nothing is wrong with another that is not with the first; the last that was seen is
/// told.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Else {
    /// It is the same certificate.
    Nothing,
    /// Both are right.
    Both,
    /// These faults are those of the first, too.
    Alike(Vec<String>),
    /// It has not these faults of the first.
    Right(Vec<String>),
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

/// What is wrong with those that such clients are shown. Where they are right, there is nothing to say. Whoever does
/// not name the server is one of few, where others are shown something else.
fn for_windows(endpoint: &EndpointFacts, first: &[Finding], terms: &Terms) -> Option<Finding> {
    let is_other = |again: &&AgainFacts| !again.is_refused() && !again.same_chain;
    let windows = endpoint.met_again().filter(|again| again.as_windows);
    let windows: Vec<&AgainFacts> = windows.filter(is_other).collect();
    let chain = |again: &AgainFacts| again.tls.as_ref().map(|tls| tls.chain.clone());
    let named = windows.iter().filter(|again| !again.nameless);
    let named: Vec<_> = named.map(|again| chain(again)).collect();
    let worse = windows.iter().map(|again| {
        let other = endpoint.as_met(again);
        let their = other.shown()?;
        let beyond = Beside::at(endpoint, &other, their, terms).beyond(first);
        let is_of_few = !named.is_empty() && !named.contains(&chain(again));
        Some(if is_of_few {
            beyond.at_most(Severity::Warn)
        } else {
            beyond
        })
    });
    let worse = worse.flatten().fold(Worse::default(), Worse::and);
    worse.told_by(Finding::new(&CERT_OTHER_FOR_WINDOWS))
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
