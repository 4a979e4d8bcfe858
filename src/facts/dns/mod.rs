//! DNS: questions, and what each view and each of the zone's own servers answered.

mod failure;
mod record;

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::ServerAnswer;
use crate::model::plan::View;

pub use failure::*;
pub use record::*;

/// One DNS question and what each view answered, in the order in which the views count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lookup {
    /// The name asked for, always absolute.
    pub name: String,
    /// The record type asked for.
    pub record: RecordType,
    /// One answer per view.
    pub answers: Vec<ViewAnswer>,
    /// One answer per server of the zone itself, where they were asked.
    #[serde(default)]
    pub authority: Vec<ServerAnswer>,
}

/// The answer of one view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ViewAnswer {
    /// Whose answer it is.
    pub view: View,
    /// The server that gave it; `None` when none did, or when it was left out as local.
    pub server: Option<SocketAddr>,
    /// What it said.
    pub outcome: DnsOutcome,
    /// How long it took, in microseconds.
    pub elapsed_us: u64,
}

/// What came back for a DNS question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DnsOutcome {
    /// Records of the type asked for, after following the aliases.
    Records {
        /// CNAMEs on the way.
        aliases: Vec<Alias>,
        /// The records, at most 64.
        records: Vec<Record>,
    },
    /// The name exists, the type does not (RFC 2308 NODATA).
    NoData {
        /// CNAMEs on the way.
        aliases: Vec<Alias>,
        /// How long resolvers may keep this answer, in seconds.
        negative_ttl: Option<u32>,
        /// The zone that says so, by the owner of its SOA.
        #[serde(default)]
        zone: Option<String>,
    },
    /// The name does not exist (NXDOMAIN).
    NoName {
        /// CNAMEs on the way: an alias that leads nowhere.
        aliases: Vec<Alias>,
        /// How long resolvers may keep this answer, in seconds.
        negative_ttl: Option<u32>,
    },
    /// A server answered that it could not or would not: SERVFAIL, REFUSED, …
    Failed {
        /// The response code.
        rcode: Rcode,
        /// What the server says about the reason.
        extended: Vec<ExtendedError>,
        /// The same question was answered with DNSSEC checking disabled.
        #[serde(default)]
        answers_unchecked: bool,
    },
    /// An authoritative server does not speak for the name itself: it refers elsewhere, or an
    /// alias leads out of its zone.
    Elsewhere {
        /// The servers it refers to, with such addresses as it knows (glue).
        servers: Vec<(String, Vec<IpAddr>)>,
    },
    /// No usable answer.
    Unanswered(Unanswered),
}

/// Why there was no usable answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unanswered {
    /// This machine has no resolver configured.
    NoResolver,
    /// Nothing came in time.
    TimedOut,
    /// The server's port 53 is closed.
    PortClosed,
    /// This machine cannot send to the server.
    Unreachable,
    /// This machine lets the process open no further socket.
    TooManyFiles,
    /// What came was no DNS answer to the question.
    Malformed,
    /// Truncated on UDP, and no answer over TCP.
    Truncated,
    /// The resolver's host name has no address here.
    NoAddress,
    /// The TLS handshake with the resolver failed.
    Tls,
    /// The resolver's certificate is not trusted, not issued to this resolver, or not valid today.
    Certificate,
    /// The resolver ended the connection instead of answering.
    Closed,
    /// The HTTP server takes no DNS questions at this path.
    Http,
    /// The deadline of the whole check came first.
    Deadline,
}

impl Unanswered {
    /// The key of the reason in the texts.
    pub fn key(self) -> &'static str {
        match self {
            Self::NoResolver => "no-resolver",
            Self::TimedOut => "timed-out",
            Self::PortClosed => "port-closed",
            Self::Unreachable => "unreachable",
            Self::TooManyFiles => "too-many-files",
            Self::Malformed => "malformed",
            Self::Truncated => "truncated",
            Self::NoAddress => "no-address",
            Self::Tls => "tls",
            Self::Certificate => "certificate",
            Self::Closed => "closed",
            Self::Http => "http",
            Self::Deadline => "deadline",
        }
    }
}

impl Lookup {
    /// The answer that counts: what the authority publishes, because that is what partners will
    /// see; without it, what the views see.
    pub fn answer(&self) -> &DnsOutcome {
        self.published().unwrap_or_else(|| self.seen())
    }

    /// What the zone's own servers say: the first yes, else the first no. Where they disagree,
    /// partners find the record as often as not, and step 1 says so.
    pub fn published(&self) -> Option<&DnsOutcome> {
        let outcomes = || self.authority.iter().map(|answer| &answer.outcome);
        let yes = outcomes().find(|outcome| matches!(outcome, DnsOutcome::Records { .. }));
        yes.or_else(|| outcomes().find(|outcome| outcome.is_conclusive()))
    }

    /// What the views see: the first one's that says yes or no, else the first one's failure.
    pub fn seen(&self) -> &DnsOutcome {
        const NOBODY: &DnsOutcome = &DnsOutcome::Unanswered(Unanswered::NoResolver);
        let outcomes = || self.answers.iter().map(|answer| &answer.outcome);
        outcomes()
            .find(|outcome| outcome.is_conclusive())
            .or_else(|| outcomes().next())
            .unwrap_or(NOBODY)
    }

    /// The records that count; empty when there are none, for whatever reason.
    pub fn records(&self) -> &[Record] {
        self.answer().records()
    }

    /// The aliases on the way to the answer that counts.
    pub fn aliases(&self) -> &[Alias] {
        match self.answer() {
            DnsOutcome::Records { aliases, .. }
            | DnsOutcome::NoData { aliases, .. }
            | DnsOutcome::NoName { aliases, .. } => aliases,
            DnsOutcome::Failed { .. }
            | DnsOutcome::Elsewhere { .. }
            | DnsOutcome::Unanswered(_) => &[],
        }
    }

    /// The SRV records that count.
    pub fn srv(&self) -> impl Iterator<Item = &Srv> {
        self.records()
            .iter()
            .filter_map(|record| match &record.data {
                Data::Srv(srv) => Some(srv),
                _ => None,
            })
    }

    /// The mail servers that count, in the order in which they are tried; none for a null MX
    /// (RFC 7505).
    pub fn mail_servers(&self) -> Vec<String> {
        let mut servers: Vec<(u16, &str)> = self
            .records()
            .iter()
            .filter_map(|record| match &record.data {
                Data::Mx(preference, exchange) if exchange != "." => {
                    Some((*preference, exchange.as_str()))
                }
                _ => None,
            })
            .collect();
        servers.sort_unstable();
        let names = servers.into_iter().map(|(_, exchange)| exchange.to_owned());
        names.collect()
    }

    /// The addresses that count.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.answer().addresses()
    }
}

impl DnsOutcome {
    /// Whether it says yes or no, as opposed to "could not find out".
    pub fn is_conclusive(&self) -> bool {
        match self {
            Self::Records { .. } | Self::NoData { .. } | Self::NoName { .. } => true,
            Self::Failed { .. } | Self::Elsewhere { .. } | Self::Unanswered(_) => false,
        }
    }

    /// Whether it says no: the name or the type does not exist.
    pub fn is_no(&self) -> bool {
        matches!(self, Self::NoData { .. } | Self::NoName { .. })
    }

    /// How long resolvers may keep a no, in seconds, where the zone says so.
    pub fn negative_ttl(&self) -> Option<u32> {
        match self {
            Self::NoData { negative_ttl, .. } | Self::NoName { negative_ttl, .. } => *negative_ttl,
            Self::Records { .. }
            | Self::Failed { .. }
            | Self::Elsewhere { .. }
            | Self::Unanswered(_) => None,
        }
    }

    /// The records in it; empty when there are none, for whatever reason.
    pub fn records(&self) -> &[Record] {
        match self {
            Self::Records { records, .. } => records,
            _ => &[],
        }
    }

    /// The addresses in it.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.records()
            .iter()
            .filter_map(|record| match record.data {
                Data::Address(address) => Some(address),
                _ => None,
            })
    }

    /// Whether two answers publish the same, whatever their order and time to live.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let contents = |outcome: &Self| -> HashSet<Data> {
            outcome
                .records()
                .iter()
                .map(|record| record.data.lowercase())
                .collect()
        };
        contents(self) == contents(other)
    }
}
