//! The name servers of a zone: their names, their addresses, and which of them may be asked from here.

pub(in crate::probe) mod authority;
mod by_zone;
mod clouds;
pub(in crate::probe) mod located;
mod reconcile;
pub(in crate::probe::dns) mod told;
pub(super) mod whereabouts;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_util::future::join_all;

use super::common;
use super::delegation::passing;
use crate::facts::{
    Alias, AuthorityFacts, Data, Disproof, DnsOutcome, Lookup, LostServer, NameServer, Parted,
    Passed, RecordType, Unasked, ViewAnswer, is_within,
};
use crate::known::ranges;
use crate::model::limits::DNS_PORT;
use crate::probe::Context;
use crate::wire::dns::Role;
use whereabouts::Ways;

/// No more of a zone's name servers are asked than these: an answer of 512 bytes (RFC 1035 §2.3.4)
/// holds no more with their addresses, as that of the root shows. Any of them may be the one that a partner asks.
pub(super) const MAX_SERVERS: usize = 13;
/// Nor more addresses: two of each.
const MAX_ADDRESSES: usize = 2 * MAX_SERVERS;

/// The names in an answer to a question for NS.
pub(super) fn names(outcome: &DnsOutcome) -> impl Iterator<Item = String> {
    let records = outcome.records().iter();
    records.filter_map(|record| match &record.data {
        Data::Ns(name) => Some(name.clone()),
        _ => None,
    })
}

/// One name server of a zone, and how it was found.
#[derive(Clone, Debug, Default)]
pub(in crate::probe) struct Located {
    pub(super) name: String,
    pub(in crate::probe) addresses: Vec<IpAddr>,
    /// It has no others.
    pub(super) complete: bool,
    /// The addresses are a resolver's word, though others might know better.
    pub(super) unproven: bool,
    /// What its name is an alias of.
    pub(super) alias: Option<Alias>,
    /// Why whoever remembers nothing finds no address of this name.
    pub(super) lost: Option<LostServer>,
    /// Only the servers of the zone name it.
    pub(super) beside: bool,
    /// The zones on the way to its name that not every resolver gets past.
    pub(super) passed: Vec<Passed>,
    /// The ways to its name that lead to different addresses.
    pub(super) parted: Option<Box<Ways>>,
}

impl Located {
    pub(super) fn at(name: &str, addresses: Vec<IpAddr>) -> Self {
        Self {
            name: name.to_owned(),
            addresses,
            ..Self::default()
        }
    }

    /// Adds addresses that it does not have yet.
    pub(super) fn add(&mut self, addresses: impl IntoIterator<Item = IpAddr>) {
        for address in addresses {
            if !self.addresses.contains(&address) {
                self.addresses.push(address);
            }
        }
    }
}

/// The servers that a referral names: by the addresses that came with it, if they can be asked;
/// else by those that the views know.
pub(super) async fn referred_to(
    cx: &Context,
    apex: &str,
    servers: Vec<(String, Vec<IpAddr>)>,
) -> AuthorityFacts {
    let located = servers.into_iter().take(MAX_SERVERS);
    let located = located.map(|(name, glue)| async move {
        let mut located = Located::at(&name, glue);
        let askable = |address: &IpAddr| may_be_asked(cx, *address);
        if !located.addresses.iter().any(askable) {
            located.add(seen(cx, &name).await.addresses);
        }
        located
    });
    among(cx, apex, join_all(located).await)
}

/// Sorts the servers into those that may be asked from here, and the others.
pub(super) fn among(cx: &Context, apex: &str, found: Vec<Located>) -> AuthorityFacts {
    let mut facts = AuthorityFacts {
        apex: apex.to_owned(),
        servers: Vec::new(),
        left_out: 0,
        unasked: Vec::new(),
        beyond: Vec::new(),
        lost: Vec::new(),
        aliased: Vec::new(),
        given: false,
        delegation: None,
        dispute: None,
        parted: parted(&found),
        impasse: None,
        passed: passed(&found),
    };
    for server in found {
        if server.addresses.is_empty() {
            facts.unasked.push(Unasked {
                name: server.name.clone(),
                address: None,
            });
        }
        for address in server.addresses {
            if may_be_asked(cx, address) && facts.servers.len() < MAX_ADDRESSES {
                facts.servers.push(NameServer {
                    name: server.name.clone(),
                    address: SocketAddr::new(address, DNS_PORT),
                    beside: server.beside,
                });
            } else {
                facts.left_out += 1;
                facts.unasked.push(Unasked {
                    name: server.name.clone(),
                    address: Some(address),
                });
            }
        }
        facts.lost.extend(server.lost);
        facts.aliased.extend(server.alias);
    }
    facts
}

/// The zones that not every resolver gets past on the way to any of these servers. Where one of several names
/// in a zone was looked for, it stands for all.
pub(super) fn passed(servers: &[Located]) -> Vec<Passed> {
    let all = || servers.iter().flat_map(|server| &server.passed);
    let is_behind = |server: &Located| {
        let mut zones = all().map(|passed| &passed.zone);
        !server.passed.is_empty() || zones.any(|zone| is_within(&server.name, zone))
    };
    let mut found = servers.iter().filter(|server| !server.addresses.is_empty());
    let mut noted = Vec::new();
    if found.all(is_behind) {
        passing::add(&mut noted, all().cloned());
    }
    noted
}

/// The servers that are found by each way, where the ways to some names part: whoever was led one way to one of them
/// is led the same way to the others.
pub(super) fn parted(servers: &[Located]) -> Option<Parted> {
    let parted = || servers.iter().filter_map(|server| server.parted.as_ref());
    let dispute = &parted().next()?.dispute;
    let of_it = || parted().filter(|ways| ways.dispute.at.eq_ignore_ascii_case(&dispute.at));
    let mut leading: Vec<&NameServer> = Vec::new();
    for (by, _) in of_it().flat_map(|ways| &ways.all) {
        if !leading.contains(&by) {
            leading.push(by);
        }
    }
    let found_by = |by: &NameServer| -> Vec<SocketAddr> {
        let found = servers.iter().flat_map(|server| {
            let ways = server.parted.iter().flat_map(|ways| &ways.all);
            let mut ways = ways.filter(|(it, _)| it == by);
            let addresses = ways.next().map_or(&server.addresses, |(_, found)| found);
            addresses.iter().copied()
        });
        found.map(|it| SocketAddr::new(it, DNS_PORT)).collect()
    };
    Some(Parted {
        dispute: dispute.clone(),
        ways: leading.into_iter().map(found_by).collect(),
    })
}

pub(super) fn may_be_asked(cx: &Context, address: IpAddr) -> bool {
    cx.plan.terms.family.includes(address)
        && (cx.plan.terms.allow_private || ranges::special(address).is_none())
}

/// Where a server is, by the views.
pub(super) async fn seen(cx: &Context, name: &str) -> Located {
    let (a, aaaa) = tokio::join!(
        look_up(cx, name, RecordType::A),
        look_up(cx, name, RecordType::Aaaa)
    );
    let mut located = Located::default();
    for outcome in [counting(&a), counting(&aaaa)] {
        located.add(outcome.addresses());
        let alias = outcome.aliases().first();
        located.alias = located.alias.or_else(|| alias.cloned());
    }
    Located {
        name: name.to_owned(),
        ..located
    }
}

/// The addresses of one family.
pub(super) async fn addresses_of_kind(cx: &Context, name: &str, kind: RecordType) -> Vec<IpAddr> {
    let lookup = look_up(cx, name, kind).await;
    counting(&lookup).addresses().collect()
}

async fn look_up(cx: &Context, name: &str, kind: RecordType) -> Arc<Lookup> {
    common::look_up(cx, name, kind, Role::Resolver).await
}

fn counting(lookup: &Lookup) -> &DnsOutcome {
    // A server of an internal zone may run on this very machine.
    let is_here = |answer: &&ViewAnswer| answer.disproved == Some(Disproof::ToItself);
    let here = lookup.answers.iter().find(is_here);
    here.map_or(lookup.leading(), |answer| &answer.outcome)
}
