//! Brings together the servers of a zone that a resolver names and those that the zone above hands it
//! on to. The latter count, and whom these name.

use std::net::IpAddr;

use super::by_zone::told_by;
use super::located::{self, Care};
use super::told::Told;
use super::whereabouts::{self, Known, Whereabouts};
use super::{Located, MAX_SERVERS, among, names};
use crate::facts::{
    Alias, AuthorityFacts, Delegation, Losing, LostServer, RecordType, ServerAnswer, Unasked,
    is_within,
};
use crate::known::ranges;
use crate::probe::Context;
use crate::probe::dns::delegation::delegated::Delegated;
use crate::probe::dns::published::published_by;
use crate::probe::dns::servers;

/// The servers that count, and the names of those whose addresses are a resolver's word.
pub(super) async fn settle(
    cx: &Context,
    seen: Option<AuthorityFacts>,
    delegated: Delegated,
    closely: (Care, Told),
) -> (AuthorityFacts, Vec<String>) {
    let is_same_zone = |seen: &AuthorityFacts| seen.apex.eq_ignore_ascii_case(&delegated.apex);
    let same = seen.iter().filter(|seen| is_same_zone(seen));
    let remembered: Vec<Unasked> = same.flat_map(listed).collect();
    let located = located::of(cx, &delegated, &remembered, closely).await;
    let beyond = delegated.servers.iter().skip(MAX_SERVERS);
    let beyond: Vec<String> = beyond.map(|(name, _)| name.clone()).collect();
    let unproven = located.iter().filter(|server| server.unproven);
    let unproven = unproven.map(|server| server.name.clone()).collect();
    let authority = match seen {
        Some(seen) if is_same_zone(&seen) && agrees(&remembered, &located) => AuthorityFacts {
            aliased: aliased(&seen, &located),
            passed: servers::passed(&located),
            parted: servers::parted(&located),
            ..seen
        },
        Some(seen) if is_same_zone(&seen) => between(cx, seen, delegated, located).await,
        seen => {
            // Who is remembered as the server of a zone that there is not.
            let is_gone = |seen: &AuthorityFacts| {
                is_within(&seen.apex, &delegated.apex) && listed(seen).next().is_some()
            };
            let gone = seen.filter(is_gone);
            let counts = among(cx, &delegated.apex, located);
            let delegation = gone.map(|gone| Delegation {
                from: delegated.apex.clone(),
                at: gone.apex.clone(),
                by: counts.servers.first().cloned(),
                servers: Vec::new(),
                remembered: listed(&gone).collect(),
                confirmed: false,
            });
            AuthorityFacts {
                delegation,
                ..counts
            }
        }
    };
    (
        AuthorityFacts {
            beyond,
            ..authority
        },
        unproven,
    )
}

fn aliased(seen: &AuthorityFacts, located: &[Located]) -> Vec<Alias> {
    let mut aliased = seen.aliased.clone();
    let found = located.iter().filter_map(|server| server.alias.as_ref());
    for alias in found {
        if !aliased.iter().any(|known| known.name == alias.name) {
            aliased.push(alias.clone());
        }
    }
    aliased
}

/// Whether the zone above names the same servers, and all find them where the resolver does.
fn agrees(seen: &[Unasked], located: &[Located]) -> bool {
    let named = |server: &Unasked| {
        let mut servers = located.iter();
        servers.any(|it| it.name.eq_ignore_ascii_case(&server.name))
    };
    let is_there = |server: &Located| {
        let of_name = || {
            let of_name = seen.iter();
            of_name.filter(|it| it.name.eq_ignore_ascii_case(&server.name))
        };
        let is_seen = |address: &IpAddr| of_name().any(|it| it.address == Some(*address));
        let is_found = |it: &Unasked| {
            let address = it.address.as_ref();
            address.is_none_or(|address| server.addresses.contains(address))
        };
        of_name().next().is_some()
            && server.lost.is_none()
            && server.addresses.iter().all(is_seen)
            && (!server.complete || of_name().all(is_found))
    };
    seen.iter().all(named) && located.iter().all(is_there)
}

/// All servers of a zone with their addresses, asked or not.
fn listed(authority: &AuthorityFacts) -> impl Iterator<Item = Unasked> {
    let asked = authority.servers.iter().map(|server| Unasked {
        name: server.name.clone(),
        address: Some(server.address.ip()),
    });
    asked.chain(authority.unasked.iter().cloned())
}

/// Those that the zone above names, and of the others those that they name themselves.
async fn between(
    cx: &Context,
    seen: AuthorityFacts,
    delegated: Delegated,
    located: Vec<Located>,
) -> AuthorityFacts {
    let above = among(cx, &delegated.apex, located);
    let named = named_by(cx, &above, &delegated.apex).await;
    let is_listed = |name: &str| {
        let mut servers = delegated.servers.iter();
        servers.any(|(known, _)| known.eq_ignore_ascii_case(name))
    };
    let mut counts = above.clone();
    let room = MAX_SERVERS.saturating_sub(delegated.servers.len());
    let others = named.iter().filter(|name| !is_listed(name)).take(room);
    for name in others {
        let more = vec![beside(cx, &above, name).await];
        join(&mut counts, among(cx, &delegated.apex, more));
    }
    // Of very many servers, not all are looked at.
    let is_given = |server: &Unasked| {
        let mut servers = delegated.servers.iter();
        servers.any(|(name, glue)| {
            let is_there = server.address.is_some_and(|it| glue.contains(&it));
            is_there && name.eq_ignore_ascii_case(&server.name)
        })
    };
    let mut remembered = Vec::new();
    for server in listed(&seen) {
        let is_known = |known: Unasked| {
            known.address == server.address && known.name.eq_ignore_ascii_case(&server.name)
        };
        if listed(&counts).any(is_known) || is_given(&server) {
            continue;
        }
        if is_listed(&server.name) && confirmed(cx, &above, &server).await {
            let more = Located {
                beside: true,
                lost: own_private(&above, &server),
                ..Located::at(&server.name, server.address.into_iter().collect())
            };
            join(&mut counts, among(cx, &delegated.apex, vec![more]));
        } else if server.address.is_some() || !is_listed(&server.name) {
            remembered.push(server);
        }
    }
    // That the servers themselves name more than the zone above is common, and harms nobody.
    let confirmed = !named.is_empty() && named.iter().all(|name| is_listed(name));
    counts.delegation = (!remembered.is_empty()).then(|| Delegation {
        confirmed,
        from: delegated.from,
        at: delegated.apex,
        by: delegated.by,
        servers: delegated
            .servers
            .into_iter()
            .map(|(name, _)| name)
            .collect(),
        remembered,
    });
    counts
}

/// That the zone itself gives a private address for this server.
fn own_private(zone: &AuthorityFacts, server: &Unasked) -> Option<LostServer> {
    let is_private = |address| ranges::special(address).is_some();
    server.address.is_some_and(is_private).then(|| LostServer {
        name: server.name.clone(),
        zone: zone.apex.clone(),
        how: Losing::Private,
        by: zone.servers.clone(),
    })
}

/// A server that only those of the zone name.
async fn beside(cx: &Context, above: &AuthorityFacts, name: &str) -> Located {
    let located = if is_within(name, &above.apex) {
        Located::at(name, told_by(cx, above, name).await)
    } else {
        match whereabouts::find(cx, name, &Known::default(), &[&above.apex]).await {
            Whereabouts::At(place) => Located {
                alias: place.alias,
                ..Located::at(name, place.addresses)
            },
            Whereabouts::Lost(_) => Located::at(name, Vec::new()),
            Whereabouts::Unknown => servers::seen(cx, name).await,
        }
    };
    Located {
        beside: true,
        ..located
    }
}

fn join(counts: &mut AuthorityFacts, more: AuthorityFacts) {
    counts.servers.extend(more.servers);
    counts.unasked.extend(more.unasked);
    counts.aliased.extend(more.aliased);
    counts.lost.extend(more.lost);
    counts.left_out += more.left_out;
}

/// The names that these servers give for their own zone.
pub(super) async fn named_by(cx: &Context, servers: &AuthorityFacts, apex: &str) -> Vec<String> {
    let answers = published_by(cx, servers, apex, RecordType::Ns).await;
    let mut named: Vec<String> = Vec::new();
    for name in answers.iter().flat_map(|answer| names(&answer.outcome)) {
        if !named.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            named.push(name);
        }
    }
    named
}

/// Whether a server within the zone itself is where the resolver says that it is, by those who
/// count.
async fn confirmed(cx: &Context, counts: &AuthorityFacts, server: &Unasked) -> bool {
    let Some(address) = server.address else {
        return false;
    };
    if !is_within(&server.name, &counts.apex) {
        return false;
    }
    let record = if address.is_ipv4() {
        RecordType::A
    } else {
        RecordType::Aaaa
    };
    let answers = published_by(cx, counts, &server.name, record).await;
    let gives = |answer: &ServerAnswer| answer.outcome.addresses().any(|given| given == address);
    answers.iter().any(gives)
}
