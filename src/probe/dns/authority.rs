//! Finds the servers that speak for the zone of the domain, by its NS records.

use std::net::{IpAddr, SocketAddr};

use futures_util::future::join_all;

use super::Prober;
use crate::facts::{AuthorityFacts, Data, DnsOutcome, Lookup, NameServer, RecordType};
use crate::known::ranges;
use crate::model::limits::DNS_PORT;
use crate::model::plan::Authority;
use crate::probe::dns;

/// No more of a zone's name servers are asked than these, nor more addresses.
const MAX_SERVERS: usize = 8;
const MAX_ADDRESSES: usize = 12;

pub(crate) async fn find(prober: &Prober) -> Option<AuthorityFacts> {
    let domain = prober.plan.terms.domain.as_str();
    match &prober.plan.authority {
        Authority::Off => None,
        Authority::Given(servers) => Some(AuthorityFacts {
            apex: domain.to_owned(),
            servers: servers
                .iter()
                .map(|address| NameServer {
                    name: address.ip().to_string(),
                    address: *address,
                })
                .collect(),
            left_out: 0,
        }),
        Authority::Published => {
            let lookup = dns::look_up(prober, domain, RecordType::Ns).await;
            match lookup.seen() {
                DnsOutcome::Records { .. } => Some(locate(prober, domain, &lookup).await),
                // Inside a larger zone: its SOA names it.
                DnsOutcome::NoData {
                    zone: Some(apex), ..
                } if apex != "." && apex != domain => {
                    let lookup = dns::look_up(prober, apex, RecordType::Ns).await;
                    (!lookup.records().is_empty()).then_some(())?;
                    Some(locate(prober, apex, &lookup).await)
                }
                // The resolver cannot say: the zone above knows whom it delegated to.
                DnsOutcome::Failed { .. } => delegation(prober, domain).await,
                _ => None,
            }
        }
    }
}

/// The servers that the zone above refers to. A zone whose servers are all broken is found only so.
async fn delegation(prober: &Prober, domain: &str) -> Option<AuthorityFacts> {
    let (_, parent) = domain.split_once('.')?;
    let lookup = dns::look_up(prober, parent, RecordType::Ns).await;
    let above = locate(prober, parent, &lookup).await;
    let answers = dns::ask_authority(prober, &above, domain, RecordType::Ns).await;
    let referred = answers
        .into_iter()
        .find_map(|answer| match answer.outcome {
            DnsOutcome::Elsewhere { servers } if !servers.is_empty() => Some(servers),
            _ => None,
        })?;
    let found = join_all(
        referred
            .into_iter()
            .take(MAX_SERVERS)
            .map(|(name, glue)| async {
                let addresses = if glue.is_empty() {
                    addresses(prober, &name).await
                } else {
                    glue
                };
                (name, addresses)
            }),
    );
    Some(among(prober, domain, found.await))
}

/// The addresses of the name servers, by the views' own answers.
async fn locate(prober: &Prober, apex: &str, lookup: &Lookup) -> AuthorityFacts {
    let names: Vec<&str> = lookup
        .records()
        .iter()
        .filter_map(|record| match &record.data {
            Data::Ns(name) => Some(name.as_str()),
            _ => None,
        })
        .take(MAX_SERVERS)
        .collect();
    let found = join_all(
        names
            .iter()
            .map(|name| async { ((*name).to_owned(), addresses(prober, name).await) }),
    );
    among(prober, apex, found.await)
}

/// Those of the servers that may be asked from here.
fn among(prober: &Prober, apex: &str, found: Vec<(String, Vec<IpAddr>)>) -> AuthorityFacts {
    let all: Vec<NameServer> = found
        .into_iter()
        .flat_map(|(name, addresses)| {
            addresses.into_iter().map(move |address| NameServer {
                name: name.clone(),
                address: SocketAddr::new(address, DNS_PORT),
            })
        })
        .collect();
    let count = all.len();
    let asked = |server: &NameServer| {
        let address = server.address.ip();
        prober.plan.terms.family.includes(address)
            && (prober.plan.terms.allow_private || ranges::special(address).is_none())
    };
    let servers: Vec<NameServer> = all.into_iter().filter(asked).take(MAX_ADDRESSES).collect();
    AuthorityFacts {
        apex: apex.to_owned(),
        left_out: count - servers.len(),
        servers,
    }
}

async fn addresses(prober: &Prober, name: &str) -> Vec<IpAddr> {
    let (a, aaaa) = tokio::join!(
        dns::look_up(prober, name, RecordType::A),
        dns::look_up(prober, name, RecordType::Aaaa)
    );
    a.addresses().chain(aaaa.addresses()).collect()
}
