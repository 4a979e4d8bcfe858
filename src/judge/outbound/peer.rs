//! Which calls are of the other side. Everybody may connect to an open port; who is looking for weak
//! servers is not taken for a partner.

use std::cmp::Reverse;
use std::net::IpAddr;

use crate::facts::{AddressFacts, Call, CallFacts, CallOutcome, Demand, Der, Talk, What};
use crate::model::names::Domain;
use crate::pki::x509::Certificate;

/// How far a call got, the further the greater.
fn reach(call: &Call) -> (bool, bool, bool, bool, bool) {
    let talk = call.sip.as_ref();
    (
        talk.is_some_and(|talk| talk.has(What::Chat)),
        talk.is_some_and(|talk| !talk.exchanges.is_empty()),
        call.tls.outcome == CallOutcome::Finished,
        !call.tls.chain.is_empty(),
        call.hello.is_some(),
    )
}

/// So many domains are judged in one run.
const MAX_DOMAINS: usize = 8;

/// The domains that called, where none was expected, the one that got furthest first: those whose
/// servers know the address of this run or show a certificate. Where there is none like that, the one
/// that the furthest call names among those that asked for the test partner by its name.
pub(crate) fn domains_of(facts: &CallFacts) -> Vec<Domain> {
    let mut calls: Vec<&Call> = facts.calls.iter().collect();
    calls.sort_by_key(|call| Reverse((knows_address(call), reach(call))));
    let mut found: Vec<(Domain, &Call)> = Vec::new();
    for call in &calls {
        let is_own = |domain: &Domain| is_of(domain.as_str(), &facts.partner.domain);
        // Who scans for weak servers says that it is one of this domain's own. A caller that knows
        // the address of this run is no scanner, and is held to its certificate.
        let from = from(call).filter(|domain| !is_own(domain) || !knows_address(call));
        let named = from.or_else(|| certified(call));
        let named = named.filter(|domain| shows_itself(call) && !is_own(domain));
        let Some(domain) = named else {
            continue;
        };
        // A server speaks of itself by its own name, too, and opens several connections.
        let is_known = found.iter().any(|(known, other)| {
            is_of(domain.as_str(), known)
                || (!knows_address(call) && leaf(call).is_some() && leaf(call) == leaf(other))
        });
        if !is_known && found.len() < MAX_DOMAINS {
            found.push((domain, call));
        }
    }
    if found.is_empty() {
        let mut meant = calls.iter().filter(|call| means(call, facts));
        let only = meant.find_map(|call| from(call));
        let own = |domain: &Domain| is_of(domain.as_str(), &facts.partner.domain);
        return only.filter(|domain| !own(domain)).into_iter().collect();
    }
    found.into_iter().map(|(domain, _)| domain).collect()
}

/// The facts without the calls of the other domains that are judged: they are counted.
pub(crate) fn without_others(facts: &CallFacts, own: &Domain, all: &[Domain]) -> CallFacts {
    let is_others = |call: &Call| {
        let others = all.iter().filter(|other| *other != own);
        !speaks_of(call, own) && others.into_iter().any(|other| speaks_of(call, other))
    };
    let (others, calls): (Vec<Call>, Vec<Call>) = facts.calls.iter().cloned().partition(is_others);
    let count = u32::try_from(others.len()).unwrap_or(u32::MAX);
    CallFacts {
        calls,
        strangers: facts.strangers.saturating_add(count),
        ..facts.clone()
    }
}

/// Whether a call is of this domain, by its sender or its certificate.
fn speaks_of(call: &Call, domain: &Domain) -> bool {
    is_from(call, domain) || names(call).iter().any(|name| is_of(name, domain))
}

/// Whether something came for the address that only this run has printed.
fn knows_address(call: &Call) -> bool {
    let mut exchanges = call.sip.iter().flat_map(|talk| &talk.exchanges);
    exchanges.any(|seen| {
        let is_for_it = matches!(
            seen.what,
            What::Chat | What::ChatOpened | What::Presence | What::Typing
        );
        is_for_it && seen.status == Some(200)
    })
}

/// Whether a call shows that it is a partner's, and no scanner's.
fn shows_itself(call: &Call) -> bool {
    knows_address(call) || leaf(call).is_some()
}

fn leaf(call: &Call) -> Option<&Der> {
    call.tls.chain.first()
}

/// The domain that the sender names.
fn from(call: &Call) -> Option<Domain> {
    Domain::parse(sender(call)?).ok()
}

/// What stands between a country and its domains: nobody is called that.
const SECOND_LEVELS: [&str; 11] = [
    "ac", "co", "com", "edu", "go", "gov", "gv", "ne", "net", "or", "org",
];

/// The domain of the certificate: the server stands one label below it, or bears its name.
fn certified(call: &Call) -> Option<Domain> {
    let names = names(call);
    let name = names.first()?;
    let (_, above) = name.split_once('.')?;
    let domain = if is_registry(above) { name } else { above };
    Domain::parse(domain).ok()
}

/// Whether domains are registered right below this name, as far as that shows without a list of all:
/// `de`, `co.uk`.
fn is_registry(name: &str) -> bool {
    match name.split_once('.') {
        None => true,
        Some((second, country)) => {
            let second = second.to_ascii_lowercase();
            country.len() == 2 && SECOND_LEVELS.contains(&second.as_str())
        }
    }
}

/// The names that the caller's certificate is for.
pub(super) fn names(call: &Call) -> Vec<String> {
    let leaf = call.tls.chain.first();
    let leaf = leaf.and_then(|leaf| Certificate::parse(&leaf.0).ok());
    let names = leaf.map(|leaf| leaf.dns_names().to_vec());
    names.unwrap_or_default()
}

/// The calls of this domain, the furthest first, and whether they show by their certificate, their
/// published address or the test's address that they are. A sender alone can be written by anybody: it
/// counts where there is nothing better, of those that asked for the test partner by its name. The
/// last are those that did so and do not show that they are somebody else's.
pub(super) fn calls<'a>(
    facts: &'a CallFacts,
    domain: &Domain,
    hosts: &[AddressFacts],
) -> (Vec<&'a Call>, bool) {
    let published: Vec<IpAddr> = hosts.iter().flat_map(AddressFacts::addresses).collect();
    let shows = |call: &&Call| {
        published.contains(&call.from.ip())
            || names(call).iter().any(|name| is_of(name, domain))
            || (is_from(call, domain) && shows_itself(call))
    };
    let claims = |call: &&Call| is_from(call, domain) && means(call, facts);
    let may_be = |call: &&Call| {
        let is_foreign = !names(call).is_empty() || sender(call).is_some();
        means(call, facts) && !is_foreign && !is_look(call, facts)
    };
    let mut calls: Vec<&Call> = facts.calls.iter().filter(shows).collect();
    let are_shown = !calls.is_empty();
    if calls.is_empty() {
        calls = facts.calls.iter().filter(claims).collect();
    }
    if calls.is_empty() {
        calls = facts.calls.iter().filter(may_be).collect();
    }
    calls.sort_by_key(|call| Reverse(reach(call)));
    (calls, are_shown)
}

/// Whether a handshake was finished without a certificate and nothing of SIP followed: so do those that
/// look at every open port.
fn is_look(call: &Call, facts: &CallFacts) -> bool {
    let is_asked = facts.partner.demand != Demand::None;
    let is_bare = call.tls.outcome == CallOutcome::Finished && call.tls.chain.is_empty();
    let spoke = |talk: &Talk| !talk.exchanges.is_empty() || talk.unfinished || !is_asked;
    let is_sip = |talk: &Talk| talk.not_sip.is_none() && spoke(talk);
    is_bare && !call.sip.as_ref().is_some_and(is_sip)
}

/// Whether SIP was spoken on this connection by the domain, one of its servers, or nobody named.
pub(super) fn speaks_for(call: &Call, domain: &Domain) -> bool {
    let mut talks = call.sip.iter();
    let spoke = talks.any(|talk| !talk.exchanges.is_empty());
    spoke && sender(call).is_none_or(|sender| is_of(sender, domain))
}

/// The sender of a call that knows the address of this run, where its domain is none that a partner
/// could ask DNS for, or the test partner's own.
pub(super) fn unreachable<'a>(call: &'a Call, facts: &CallFacts) -> Option<&'a str> {
    let sender = sender(call).filter(|_| knows_address(call))?;
    let own = &facts.partner.domain;
    let is_none = Domain::parse(sender).map_or(true, |domain| is_of(domain.as_str(), own));
    is_none.then_some(sender)
}

/// Whether the caller asked for the test partner by its name.
pub(super) fn means(call: &Call, facts: &CallFacts) -> bool {
    let hello = call.hello.as_ref();
    let name = hello.and_then(|hello| hello.server_name.as_deref());
    name.is_some_and(|name| name.eq_ignore_ascii_case(facts.partner.fqdn.as_str()))
}

/// The domain of the sender; none where it does not want to be known (RFC 3323).
fn sender(call: &Call) -> Option<&str> {
    let from = call.sip.as_ref()?.from_domain.as_deref()?;
    (!from.ends_with(".invalid")).then_some(from)
}

fn is_from(call: &Call, domain: &Domain) -> bool {
    sender(call).is_some_and(|sender| sender.eq_ignore_ascii_case(domain.as_str()))
}

/// Whether this is the domain, or a name below it.
pub(super) fn is_of(name: &str, domain: &Domain) -> bool {
    let name = name.to_ascii_lowercase();
    let own = domain.as_str();
    name == own
        || name
            .strip_suffix(own)
            .is_some_and(|rest| rest.ends_with('.'))
}
