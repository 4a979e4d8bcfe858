//! DNS: questions, and what each view and each of the zone's own servers answered.

mod failure;
mod marks;
mod record;

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::ops::Not;

use serde::{Deserialize, Serialize};

use super::{Handover, ServerAnswer, Suffixed, Unheard, is_within};
use crate::model::plan::View;

pub use failure::*;
pub use marks::*;
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
    /// One answer per server that is entitled to answer, where they were asked: those of the zone
    /// that the name is in, past all handovers.
    #[serde(default)]
    pub authority: Vec<ServerAnswer>,
    /// How the question left the zone that was asked first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handovers: Vec<Handover>,
    /// The user named the servers that were asked: nobody else's word counts.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub given: bool,
    /// Put as to a resolver, the same question was answered, by servers that refused it before: so
    /// what answers on the way to them is a resolver, and no server of the zone.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub intercepted: bool,
    /// What shows that those servers were not heard themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unheard: Option<Unheard>,
    /// What the same servers answer for the names above, up to their zone; asked where a view denies
    /// a name at which they publish something.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub above: Vec<Lookup>,
    /// What servers say of names between this one, or the end of its aliases, and the apex of their zone, where
    /// partners do not get past: NS and A of each. Where some of them hand such a name on: the question
    /// itself, as those answer it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub between: Vec<Lookup>,
    /// What `nslookup` on this machine asks for before the name, where it appends search suffixes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suffixed: Option<Suffixed>,
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
    /// It comes from a zone whose name servers nobody outside can ask.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub internal: bool,
    /// What other answers of the same resolver show this one to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disproved: Option<Disproof>,
    /// What it says of itself; `None` where there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<Marks>,
}

/// What shows that an answer cannot be what the zone says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disproof {
    /// The resolver gives the same address for a name far from the domain that nobody has made.
    Invents,
    /// It is a denial by a zone above, though the domain has a zone of its own.
    FromAbove,
    /// It is a denial by a zone of which the same view says that it does not exist.
    FromNowhere,
    /// It leads to the asker's own machine: filters mark names so.
    ToItself,
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
        /// The zone that says so, by the owner of its SOA.
        #[serde(default)]
        zone: Option<String>,
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
        /// CNAMEs on the way, the last of which leads out of the zone.
        #[serde(default)]
        aliases: Vec<Alias>,
        /// The name that is delegated, where it is.
        #[serde(default)]
        zone: Option<String>,
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
    /// Whoever answered can know nothing of public DNS.
    NoWitness,
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
            Self::NoWitness => "no-witness",
        }
    }
}

impl Lookup {
    /// A question that nobody was asked yet.
    pub fn of(name: &str, record: RecordType) -> Self {
        Self {
            name: name.to_owned(),
            record,
            answers: Vec::new(),
            authority: Vec::new(),
            handovers: Vec::new(),
            given: false,
            intercepted: false,
            unheard: None,
            above: Vec::new(),
            between: Vec::new(),
            suffixed: None,
        }
    }

    /// The records that count, each once; empty when there are none, for whatever reason. Where the
    /// zone's servers give different ones, for good or by turns, partners are led to all of them: also to those of
    /// servers that only the zone itself names, which Unbound goes on with after the first answer.
    pub fn records(&self) -> Vec<&Record> {
        let mut led_to = self.counting().map(|answer| &answer.outcome);
        let all: Vec<&Record> = if led_to.any(|outcome| !outcome.records().is_empty()) {
            let published = self.authority.iter().map(|answer| &answer.outcome);
            published.flat_map(DnsOutcome::records).collect()
        } else {
            self.answer().records().iter().collect()
        };
        let mut known = HashSet::new();
        let is_new = |record: &&Record| known.insert(record.data.lowercase());
        all.into_iter().filter(is_new).collect()
    }

    /// The aliases on the way to the answer that counts.
    pub fn aliases(&self) -> &[Alias] {
        self.answer().aliases()
    }

    /// The SRV records that count.
    pub fn srv(&self) -> impl Iterator<Item = &Srv> {
        self.records()
            .into_iter()
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
            .into_iter()
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
        self.records()
            .into_iter()
            .filter_map(|record| match record.data {
                Data::Address(address) => Some(address),
                _ => None,
            })
    }

    /// Whether the servers have given different addresses, by turns or each its own.
    pub fn has_turns(&self) -> bool {
        let given = self.authority.iter().map(|answer| &answer.outcome);
        let mut given = given.filter(|outcome| outcome.addresses().next().is_some());
        let first = given.next();
        first.is_some_and(|first| given.any(|other| !other.agrees_with(first)))
    }

    /// Whether these may be the addresses that a wildcard has, of which this is the look-up: they are the same, or are
    /// given by turns.
    pub fn may_be_of(&self, wildcard: &Self) -> bool {
        let has_address = wildcard.addresses().next().is_some();
        has_address && (wildcard.answer().agrees_with(self.answer()) || self.has_turns())
    }

    /// True if some server of the zone publishes what this answer says, or if the servers publish
    /// different things and this says some of them.
    pub fn is_published(&self, outcome: &DnsOutcome) -> bool {
        let said = || self.authority.iter().map(|answer| &answer.outcome);
        if said().any(|other| other.is_conclusive() && other.agrees_with(outcome)) {
            return true;
        }
        let agree = said()
            .filter(|other| other.is_conclusive())
            .is_sorted_by(|one, other| one.agrees_with(other));
        let all: HashSet<Data> = self
            .records()
            .iter()
            .map(|record| record.data.lowercase())
            .collect();
        let records = outcome.records();
        let known = |record: &Record| all.contains(&record.data.lowercase());
        !agree && !records.is_empty() && records.iter().all(known)
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

    /// More aliases in a row than are followed: what stands at their end is not known.
    pub(crate) fn too_many_aliases() -> Self {
        Self::failed(Rcode::TooManyAliases)
    }

    /// An error that nobody explains.
    pub(crate) fn failed(rcode: Rcode) -> Self {
        Self::Failed {
            rcode,
            extended: Vec::new(),
            answers_unchecked: false,
        }
    }

    /// Whether it is a limit of ours that ended the look, and nobody else.
    pub fn is_beyond_us(&self) -> bool {
        let rcode = Rcode::TooManyAliases;
        matches!(self, Self::Failed { rcode: own, .. } if *own == rcode)
    }

    /// Whether it has what was asked for, though not from the zone itself.
    pub fn is_unauthoritative(&self) -> bool {
        matches!(
            self,
            Self::Failed {
                rcode: Rcode::NotAuthoritative,
                ..
            }
        )
    }

    /// What of this answer a server of this zone is entitled to say. An alias that leads out of the
    /// zone ends what it knows (RFC 1034 §4.3.2), whatever it appends; a denial in the name of
    /// another zone, and a referral that does not lead down, come from a server that does not serve
    /// this one.
    #[must_use]
    pub fn within(self, apex: &str) -> Self {
        if let Self::Records { aliases, .. }
        | Self::NoData { aliases, .. }
        | Self::NoName { aliases, .. } = &self
            && let Some(last) = aliases
                .iter()
                .position(|alias| !is_within(&alias.target, apex))
        {
            return Self::Elsewhere {
                aliases: aliases[..=last].to_vec(),
                zone: None,
                servers: Vec::new(),
            };
        }
        let serves_another = match &self {
            Self::NoData { zone, .. } | Self::NoName { zone, .. } => {
                zone.as_ref().is_some_and(|zone| !is_within(zone, apex))
            }
            Self::Elsewhere { zone, .. } => zone
                .as_ref()
                .is_some_and(|zone| !is_within(zone, apex) || zone.eq_ignore_ascii_case(apex)),
            Self::Records { .. } | Self::Failed { .. } | Self::Unanswered(_) => false,
        };
        if serves_another {
            Self::failed(Rcode::Lame)
        } else {
            self
        }
    }

    /// The same answer for a name that these aliases led from.
    #[must_use]
    pub fn after(mut self, before: &[Alias]) -> Self {
        if let Self::Records { aliases, .. }
        | Self::NoData { aliases, .. }
        | Self::NoName { aliases, .. }
        | Self::Elsewhere { aliases, .. } = &mut self
        {
            aliases.splice(0..0, before.iter().cloned());
        }
        self
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

    /// The aliases on the way to it.
    pub fn aliases(&self) -> &[Alias] {
        match self {
            Self::Records { aliases, .. }
            | Self::NoData { aliases, .. }
            | Self::NoName { aliases, .. }
            | Self::Elsewhere { aliases, .. } => aliases,
            Self::Failed { .. } | Self::Unanswered(_) => &[],
        }
    }

    /// The zone that a "no" comes from, or that a referral hands on.
    pub fn zone(&self) -> Option<&str> {
        match self {
            Self::NoData { zone, .. }
            | Self::NoName { zone, .. }
            | Self::Elsewhere { zone, .. } => zone.as_deref(),
            Self::Records { .. } | Self::Failed { .. } | Self::Unanswered(_) => None,
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
