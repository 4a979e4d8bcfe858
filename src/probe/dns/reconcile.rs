//! Brings together the servers of a zone that a resolver names and those that the zone above hands it
//! on to. The latter count, and whom these name.

use std::net::IpAddr;

use super::delegation::Delegated;
use super::published_by;
use super::servers::{MAX_SERVERS, addresses_of, among, names, referred_to};
use crate::facts::{
    AuthorityFacts, Delegation, NameServer, RecordType, ServerAnswer, Unasked, is_within,
};
use crate::probe::Context;

/// The servers that count.
pub(super) async fn settle(
    cx: &Context,
    seen: Option<AuthorityFacts>,
    delegated: Delegated,
) -> AuthorityFacts {
    let is_same_zone = |seen: &AuthorityFacts| seen.apex.eq_ignore_ascii_case(&delegated.apex);
    match seen {
        Some(seen) if is_same_zone(&seen) && agrees(&seen, &delegated) => seen,
        Some(seen) if is_same_zone(&seen) => between(cx, seen, delegated).await,
        seen => {
            // Who is remembered as the server of a zone that there is not.
            let gone = seen.filter(|seen| is_within(&seen.apex, &delegated.apex));
            let counts = found(cx, &delegated).await;
            let delegation = gone.map(|gone| Delegation {
                from: delegated.apex.clone(),
                at: gone.apex.clone(),
                by: counts.servers.first().cloned(),
                servers: Vec::new(),
                remembered: listed(&gone).collect(),
            });
            AuthorityFacts {
                delegation,
                ..counts
            }
        }
    }
}

async fn found(cx: &Context, delegated: &Delegated) -> AuthorityFacts {
    referred_to(cx, &delegated.apex, delegated.servers.clone()).await
}

/// Whether the zone above names the same servers, and at no other address.
fn agrees(seen: &AuthorityFacts, delegated: &Delegated) -> bool {
    let seen: Vec<Unasked> = listed(seen).collect();
    let named = |server: &Unasked| {
        let mut servers = delegated.servers.iter();
        servers.any(|(name, _)| name.eq_ignore_ascii_case(&server.name))
    };
    let known = |(name, glue): &(String, Vec<IpAddr>)| {
        let of_name = || {
            seen.iter()
                .filter(|server| server.name.eq_ignore_ascii_case(name))
        };
        of_name().next().is_some()
            && glue
                .iter()
                .all(|glue| of_name().any(|server| server.address == Some(*glue)))
    };
    seen.iter().all(named) && delegated.servers.iter().all(known)
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
async fn between(cx: &Context, seen: AuthorityFacts, delegated: Delegated) -> AuthorityFacts {
    let mut counts = found(cx, &delegated).await;
    let named = named_by(cx, &counts, &delegated.apex).await;
    let is_known = |counts: &AuthorityFacts, name: &str| {
        listed(counts).any(|server| server.name.eq_ignore_ascii_case(name))
    };
    let mut remembered = Vec::new();
    for server in listed(&seen) {
        if listed(&counts).any(|known| known.address == server.address && known.name == server.name)
        {
            continue;
        }
        let is_named = named
            .iter()
            .any(|name| name.eq_ignore_ascii_case(&server.name));
        let counts_too = (is_named || is_known(&counts, &server.name))
            && confirmed(cx, &counts, &delegated.apex, &server).await;
        if counts_too {
            add(&mut counts, &seen, server);
        } else {
            remembered.push(server);
        }
    }
    let room = MAX_SERVERS.saturating_sub(delegated.servers.len());
    for name in named.into_iter().take(room) {
        if !is_known(&counts, &name) {
            let addresses = addresses_of(cx, &name).await;
            let more = among(cx, &delegated.apex, vec![(name, addresses)]);
            counts.servers.extend(more.servers);
            counts.unasked.extend(more.unasked);
            counts.left_out += more.left_out;
        }
    }
    // That the servers themselves name more than the zone above is common, and harms nobody.
    counts.delegation = (!remembered.is_empty()).then(|| Delegation {
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

/// The names that these servers give for their own zone.
async fn named_by(cx: &Context, servers: &AuthorityFacts, apex: &str) -> Vec<String> {
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
async fn confirmed(cx: &Context, counts: &AuthorityFacts, apex: &str, server: &Unasked) -> bool {
    let Some(address) = server.address.filter(|_| is_within(&server.name, apex)) else {
        return true;
    };
    let record = if address.is_ipv4() {
        RecordType::A
    } else {
        RecordType::Aaaa
    };
    let answers = published_by(cx, counts, &server.name, record).await;
    let gives = |answer: &ServerAnswer| answer.outcome.addresses().any(|given| given == address);
    answers.iter().any(gives)
}

/// Adds a server that another list has, asked or not as there.
fn add(counts: &mut AuthorityFacts, seen: &AuthorityFacts, server: Unasked) {
    let is_it = |known: &&NameServer| {
        known.name == server.name && Some(known.address.ip()) == server.address
    };
    if let Some(asked) = seen.servers.iter().find(is_it) {
        counts.servers.push(asked.clone());
    } else {
        counts.left_out += usize::from(server.address.is_some());
        counts.unasked.push(server);
    }
}
