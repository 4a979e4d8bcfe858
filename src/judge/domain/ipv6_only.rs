//! Zones none of whose name servers is reached by IPv4, for want of an address or of an answer: resolvers without
//! IPv6 get nothing there, and say so with an error (SERVFAIL).

use std::net::IpAddr;

use super::{AUTHORITY_IPV6_ONLY, essential};
use crate::facts::{
    AddressFacts, AuthorityFacts, Lookup, Passed, RecordType, ServerAnswer, SrvFacts, ZoneFacts,
};
use crate::known::ranges;
use crate::model::finding::Finding;

/// A name server, and where it is.
type Located<'a> = (&'a str, IpAddr);

/// The zone of the domain, those to which the questions are handed on, and those on the way there.
pub(super) fn judge(zone: &ZoneFacts, srv: &SrvFacts, addresses: &[AddressFacts]) -> Vec<Finding> {
    let lookups = essential(zone, srv, addresses);
    let published = lookups.filter(|lookup| lookup.published().is_some());
    let handed = published.flat_map(|lookup| &lookup.handovers);
    let beyond = handed.filter_map(|handover| handover.to.as_ref());
    let mut known: Vec<&str> = Vec::new();
    let mut findings = Vec::new();
    for authority in zone.authority.iter().chain(beyond) {
        let own = servers(authority).unwrap_or_default();
        let own = (authority.apex.as_str(), own);
        let passed = authority.passed.iter();
        let passed = passed.map(|it| (it.zone.as_str(), on_the_way(it)));
        for (zone, servers) in [own].into_iter().chain(passed) {
            if known.iter().any(|known| known.eq_ignore_ascii_case(zone)) {
                continue;
            }
            known.push(zone);
            findings.extend(finding(zone, &servers));
        }
    }
    findings
}

/// A question that is answered by IPv6 only: whoever was asked by IPv4 said nothing, all of them.
pub(super) fn judge_silent(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
) -> Option<Finding> {
    let is_given = |authority: &AuthorityFacts| authority.given;
    if zone.authority.as_ref().is_some_and(is_given) {
        return None;
    }
    essential(zone, srv, addresses).find_map(|lookup| {
        let servers = silent_by_ipv4(lookup)?;
        let handed = lookup.handovers.last().and_then(|it| it.to.as_ref());
        let authority = handed.or(zone.authority.as_ref())?;
        let finding = found(&authority.apex, &servers)?.with("how", "silent");
        Some(finding.with("record", lookup.record.name()))
    })
}

fn silent_by_ipv4(lookup: &Lookup) -> Option<Vec<Located<'_>>> {
    lookup.published()?;
    let is_ipv6 = |answer: &&ServerAnswer| answer.server.address.is_ipv6();
    let (ipv6, ipv4): (Vec<_>, Vec<_>) = lookup.counting().partition(is_ipv6);
    let is_heard = ipv6.iter().any(|answer| answer.outcome.is_conclusive());
    let is_deaf = !ipv4.is_empty() && ipv4.iter().all(|answer| answer.outcome.is_silence());
    let servers = ipv4.into_iter().map(|it| &it.server);
    let servers = servers.map(|it| (it.name.as_str(), it.address.ip()));
    (is_heard && is_deaf).then(|| servers.collect())
}

/// Those that the zone above names, asked or not; `None` where somebody named them, or where it is not known where
/// one of them is.
fn servers(authority: &AuthorityFacts) -> Option<Vec<Located<'_>>> {
    let named = authority.servers.iter().filter(|server| !server.beside);
    let asked = named.map(|server| Some((server.name.as_str(), server.address.ip())));
    let unasked = authority.unasked.iter();
    let unasked = unasked.map(|server| Some((server.name.as_str(), server.address?)));
    let all: Option<Vec<Located>> = asked.chain(unasked).collect();
    all.filter(|_| !authority.given)
}

fn on_the_way(passed: &Passed) -> Vec<Located<'_>> {
    let servers = passed.ipv6_only.iter();
    let servers = servers.map(|server| (server.name.as_str(), server.address.ip()));
    servers.collect()
}

/// Private addresses are those of somebody's own network, which knows what it can.
fn finding(zone: &str, servers: &[Located]) -> Option<Finding> {
    let is_public_ipv6 = |address: IpAddr| address.is_ipv6() && ranges::special(address).is_none();
    if !servers.iter().all(|(_, address)| is_public_ipv6(*address)) {
        return None;
    }
    let finding = found(zone, servers)?.with("how", "none");
    Some(finding.with("record", RecordType::A.name()))
}

/// The name is that of the first server, for whoever looks up its addresses.
fn found(zone: &str, servers: &[Located]) -> Option<Finding> {
    let (first, _) = servers.first()?;
    let said = servers
        .iter()
        .map(|(name, address)| format!("{name} ({address})"));
    let finding = Finding::new(&AUTHORITY_IPV6_ONLY)
        .with("zone", zone)
        .with("servers", said.collect::<Vec<_>>());
    Some(finding.with("name", *first))
}
