//! Which calls are of the other side. Everybody may connect to an open port; who is looking for weak
//! servers is not taken for a partner.

use std::cmp::Reverse;
use std::net::IpAddr;

use crate::facts::{AddressFacts, Call, CallFacts, CallOutcome, What};
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

/// The domain that called, where none was expected: the one that the sender of the furthest call
/// names, else that of its certificate.
pub(crate) fn domain_of(facts: &CallFacts) -> Option<Domain> {
    let mut calls: Vec<&Call> = facts.calls.iter().collect();
    calls.sort_by_key(|call| Reverse(reach(call)));
    let from = |call: &&Call| {
        let from = call.sip.as_ref()?.from_domain.as_deref()?;
        Domain::parse(from).ok()
    };
    let certified = |call: &&Call| {
        let names = names(call);
        let (_, above) = names.first()?.split_once('.')?;
        Domain::parse(above).ok().filter(|_| above.contains('.'))
    };
    let said = calls.iter().find_map(from);
    said.or_else(|| calls.iter().find_map(certified))
}

/// The names that the caller's certificate is for.
pub(super) fn names(call: &Call) -> Vec<String> {
    let leaf = call.tls.chain.first();
    let leaf = leaf.and_then(|leaf| Certificate::parse(&leaf.0).ok());
    let names = leaf.map(|leaf| leaf.dns_names().to_vec());
    names.unwrap_or_default()
}

/// The calls of this domain, the furthest first. Where none can be known by its certificate, its
/// sender or its address, those are taken that asked for the test partner by its name and do not
/// show that they are somebody else's.
pub(super) fn calls<'a>(
    facts: &'a CallFacts,
    domain: &Domain,
    hosts: &[AddressFacts],
) -> Vec<&'a Call> {
    let published: Vec<IpAddr> = hosts.iter().flat_map(AddressFacts::addresses).collect();
    let is_known = |call: &&Call| {
        published.contains(&call.from.ip())
            || is_from(call, domain)
            || names(call).iter().any(|name| is_of(name, domain))
    };
    let server = facts.partner.fqdn.as_str();
    let may_be = |call: &&Call| {
        let hello = call.hello.as_ref();
        let name = hello.and_then(|hello| hello.server_name.as_deref());
        let is_foreign = !names(call).is_empty() || sender(call).is_some();
        name.is_some_and(|name| name.eq_ignore_ascii_case(server)) && !is_foreign
    };
    let mut calls: Vec<&Call> = facts.calls.iter().filter(is_known).collect();
    if calls.is_empty() {
        calls = facts.calls.iter().filter(may_be).collect();
    }
    calls.sort_by_key(|call| Reverse(reach(call)));
    calls
}

fn sender(call: &Call) -> Option<&str> {
    call.sip.as_ref()?.from_domain.as_deref()
}

fn is_from(call: &Call, domain: &Domain) -> bool {
    sender(call).is_some_and(|sender| sender.eq_ignore_ascii_case(domain.as_str()))
}

fn is_of(name: &str, domain: &Domain) -> bool {
    let name = name.to_ascii_lowercase();
    let own = domain.as_str();
    name == own
        || name
            .strip_suffix(own)
            .is_some_and(|rest| rest.ends_with('.'))
}
