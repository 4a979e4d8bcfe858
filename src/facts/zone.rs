//! The domain itself in DNS, and the servers that speak for it.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{DnsOutcome, Lookup};

/// The domain in DNS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZoneFacts {
    /// SOA of the domain; NODATA for a domain inside a larger zone.
    pub soa: Lookup,
    /// MX of the domain.
    pub mx: Lookup,
    /// Its TXT records: Microsoft 365 proves domains by one. Open federation only.
    #[serde(default)]
    pub txt: Option<Lookup>,
    /// A of names that Microsoft's clients look for; their aliases count. Open federation only.
    #[serde(default)]
    pub services: Vec<Lookup>,
    /// A of a random name below the domain: what answers is a wildcard.
    #[serde(default)]
    pub wildcard: Option<Lookup>,
    /// The zone's own servers; `None` when they were not looked for or not found.
    #[serde(default)]
    pub authority: Option<AuthorityFacts>,
}

/// The servers that speak for a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorityFacts {
    /// The zone they speak for: the domain, or one above it.
    pub apex: String,
    /// Their addresses, with the name each was found by; addresses that are not public, or not of
    /// a family in use, are left out and nobody asks them.
    pub servers: Vec<NameServer>,
    /// How many addresses were left out.
    pub left_out: usize,
}

/// One address of one name server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameServer {
    /// The name in the NS record; the address itself where it was given.
    pub name: String,
    /// The address and port that questions go to.
    pub address: SocketAddr,
}

impl AuthorityFacts {
    /// True if these servers speak for this name.
    pub fn speaks_for(&self, name: &str) -> bool {
        let rest = name
            .len()
            .checked_sub(self.apex.len())
            .and_then(|at| name.split_at_checked(at));
        rest.is_some_and(|(before, end)| {
            end.eq_ignore_ascii_case(&self.apex) && (before.is_empty() || before.ends_with('.'))
        })
    }
}

/// What one of the zone's own servers answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerAnswer {
    /// The server.
    pub server: NameServer,
    /// Its answer.
    pub outcome: DnsOutcome,
    /// How long it took, in microseconds.
    pub elapsed_us: u64,
}
