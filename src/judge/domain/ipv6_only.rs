//! Zones none of whose name servers has an IPv4 address: resolvers without IPv6 ask nobody there, and say so with
//! an error (SERVFAIL).

use std::net::IpAddr;

use super::{AUTHORITY_IPV6_ONLY, essential};
use crate::facts::{AddressFacts, AuthorityFacts, Passed, RecordType, SrvFacts, ZoneFacts};
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
    let (first, _) = servers.first()?;
    let is_public_ipv6 = |address: IpAddr| address.is_ipv6() && ranges::special(address).is_none();
    let said = servers
        .iter()
        .map(|(name, address)| format!("{name} ({address})"));
    servers
        .iter()
        .all(|(_, address)| is_public_ipv6(*address))
        .then(|| {
            Finding::new(&AUTHORITY_IPV6_ONLY)
                .with("zone", zone)
                .with("servers", said.collect::<Vec<_>>())
                .with("name", *first)
                .with("record", RecordType::A.name())
        })
}
