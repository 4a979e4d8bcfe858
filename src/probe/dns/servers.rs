//! The name servers of a zone: their names, their addresses, and which of them may be asked from here.

use std::net::{IpAddr, SocketAddr};

use futures_util::future::join_all;

use super::common;
use crate::facts::{
    AuthorityFacts, Data, Disproof, DnsOutcome, NameServer, RecordType, Unasked, ViewAnswer,
};
use crate::known::ranges;
use crate::model::limits::DNS_PORT;
use crate::probe::Context;
use crate::wire::dns::Role;

/// No more of a zone's name servers are asked than these, nor more addresses.
pub(super) const MAX_SERVERS: usize = 8;
const MAX_ADDRESSES: usize = 12;

/// The names in an answer to a question for NS.
pub(super) fn names(outcome: &DnsOutcome) -> impl Iterator<Item = String> {
    let records = outcome.records().iter();
    records.filter_map(|record| match &record.data {
        Data::Ns(name) => Some(name.clone()),
        _ => None,
    })
}

/// The servers that a referral names: by the addresses that came with it, if they can be asked;
/// else by those that the views know.
pub(super) async fn referred_to(
    cx: &Context,
    apex: &str,
    servers: Vec<(String, Vec<IpAddr>)>,
) -> AuthorityFacts {
    let located = servers
        .into_iter()
        .take(MAX_SERVERS)
        .map(|(name, glue)| async {
            let mut addresses = glue;
            if !addresses.iter().any(|address| may_be_asked(cx, *address)) {
                addresses.extend(addresses_of(cx, &name).await);
            }
            (name, addresses)
        });
    among(cx, apex, join_all(located).await)
}

/// Sorts the servers into those that may be asked from here, and the others.
pub(super) fn among(cx: &Context, apex: &str, found: Vec<(String, Vec<IpAddr>)>) -> AuthorityFacts {
    let mut facts = AuthorityFacts {
        apex: apex.to_owned(),
        servers: Vec::new(),
        left_out: 0,
        unasked: Vec::new(),
        given: false,
        delegation: None,
    };
    for (name, addresses) in found {
        if addresses.is_empty() {
            facts.unasked.push(Unasked {
                name: name.clone(),
                address: None,
            });
        }
        for address in addresses {
            if may_be_asked(cx, address) && facts.servers.len() < MAX_ADDRESSES {
                facts.servers.push(NameServer {
                    name: name.clone(),
                    address: SocketAddr::new(address, DNS_PORT),
                });
            } else {
                facts.left_out += 1;
                facts.unasked.push(Unasked {
                    name: name.clone(),
                    address: Some(address),
                });
            }
        }
    }
    facts
}

pub(super) fn may_be_asked(cx: &Context, address: IpAddr) -> bool {
    cx.plan.terms.family.includes(address)
        && (cx.plan.terms.allow_private || ranges::special(address).is_none())
}

/// The addresses of a server, by the views.
pub(super) async fn addresses_of(cx: &Context, name: &str) -> Vec<IpAddr> {
    let (a, aaaa) = tokio::join!(
        addresses_of_kind(cx, name, RecordType::A),
        addresses_of_kind(cx, name, RecordType::Aaaa)
    );
    [a, aaaa].concat()
}

/// The same of one family.
pub(super) async fn addresses_of_kind(cx: &Context, name: &str, kind: RecordType) -> Vec<IpAddr> {
    // A server of an internal zone may run on this very machine.
    let is_here = |answer: &&ViewAnswer| answer.disproved == Some(Disproof::ToItself);
    let lookup = common::look_up(cx, name, kind, Role::Resolver).await;
    let here = lookup.answers.iter().find(is_here);
    let seen = here.map_or(lookup.seen(), |answer| &answer.outcome);
    seen.addresses().collect()
}
