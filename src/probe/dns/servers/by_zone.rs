//! Where a name server is, by the servers of the zone that its name is in.

use std::net::{IpAddr, SocketAddr};

use super::whereabouts::{Known, Whereabouts, find};
use crate::facts::{AuthorityFacts, RecordType, ServerAnswer};
use crate::probe::Context;
use crate::probe::dns::published::published_by;

/// The addresses of a name by the servers of its own zone.
pub(in crate::probe::dns) async fn told_by(
    cx: &Context,
    servers: &AuthorityFacts,
    name: &str,
) -> Vec<IpAddr> {
    let mut told: Vec<IpAddr> = Vec::new();
    for (_, address) in told_by_each(cx, servers, name).await {
        if !told.contains(&address) {
            told.push(address);
        }
    }
    told
}

/// The same with the server that gives each.
pub(super) async fn told_by_each(
    cx: &Context,
    servers: &AuthorityFacts,
    name: &str,
) -> Vec<(SocketAddr, IpAddr)> {
    let (a, aaaa) = tokio::join!(
        Box::pin(published_by(cx, servers, name, RecordType::A)),
        Box::pin(published_by(cx, servers, name, RecordType::Aaaa))
    );
    let mut told = Vec::new();
    for ServerAnswer {
        server, outcome, ..
    } in a.iter().chain(&aaaa)
    {
        let given = outcome.addresses();
        told.extend(given.map(|address| (server.address, address)));
        let end = outcome.aliases().last();
        let Some(end) = end.filter(|end| !servers.speaks_for(&end.target)) else {
            continue;
        };
        // Out of the zone it is found as by anybody.
        let end = find(cx, &end.target, &Known::default(), &[&servers.apex]).await;
        if let Whereabouts::At(place) = end {
            let given = place.addresses.into_iter();
            told.extend(given.map(|address| (server.address, address)));
        }
    }
    told
}
