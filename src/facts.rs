//! What the probes saw: plain data, read and written by serde, never a judgement.
//!
//! A negative result is a fact like any other. "We could not find out" has its own variants, so
//! that no judge can take it for "no". Names are as published, in DNS presentation form without
//! the trailing dot (the root alone is `.`); durations are microseconds.

use std::collections::HashSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::names::Fqdn;
use crate::plan::View;

/// All facts about one domain, as a report carries them. What a crashed probe owed is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The domain itself.
    pub zone: Option<ZoneFacts>,
    /// Its SRV record.
    pub srv: Option<SrvFacts>,
    /// The addresses of every FQDN.
    pub addresses: Option<Vec<AddressFacts>>,
    /// Every address that was connected to.
    pub endpoints: Option<Vec<EndpointFacts>>,
    /// The host that is known to answer, where one was named.
    #[serde(default)]
    pub control: Option<ControlFacts>,
    /// How many DNS questions were sent, each counted once for each server that was asked it;
    /// absent where nobody counted.
    #[serde(default)]
    pub questions: Option<u32>,
}

impl Facts {
    /// Every DNS question that was asked. Takes all structures apart, so that a new one that is
    /// forgotten here does not compile.
    #[must_use]
    pub fn lookups(&self) -> Vec<&Lookup> {
        let mut lookups = Vec::new();
        if let Some(ZoneFacts {
            soa,
            mx,
            txt,
            services,
            wildcard,
            authority: _,
        }) = &self.zone
        {
            lookups.extend([soa, mx]);
            lookups.extend(txt.iter().chain(services).chain(wildcard));
        }
        if let Some(SrvFacts { lookup, nearby }) = &self.srv {
            lookups.push(lookup);
            if let Some(NearbyFacts {
                variants,
                guards,
                parent,
            }) = nearby
            {
                lookups.extend(variants.iter().chain(guards).chain(parent));
            }
        }
        for host in self.addresses.iter().flatten() {
            let AddressFacts {
                fqdn: _,
                a,
                aaaa,
                below,
            } = host;
            lookups.extend([a, aaaa]);
            lookups.extend(below);
        }
        lookups
    }
}

/// What `--control` showed: a host that is known to answer on the federation port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlFacts {
    /// The name or address that was given.
    pub host: String,
    /// Where the connection went; `None` when no address was found.
    pub address: Option<SocketAddr>,
    /// How it ended.
    pub tcp: TcpOutcome,
}

/// The domain in DNS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZoneFacts {
    /// SOA of the domain; NODATA for a domain inside a larger zone.
    pub soa: Lookup,
    /// Where its mail goes.
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
    /// Where it is asked.
    pub address: SocketAddr,
}

impl AuthorityFacts {
    /// Whether these servers speak for this name.
    #[must_use]
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
    /// Which one.
    pub server: NameServer,
    /// What it said.
    pub outcome: DnsOutcome,
    /// How long it took, in microseconds.
    pub elapsed_us: u64,
}

/// The federation's SRV record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SrvFacts {
    /// SRV of `_sipfederationtls._tcp.<domain>`.
    pub lookup: Lookup,
    /// What stands near it; looked for only where the record is missing in open federation.
    #[serde(default)]
    pub nearby: Option<NearbyFacts>,
}

/// What stands where somebody may have put the SRV record instead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NearbyFacts {
    /// SRV at the names that may have been typed, TXT and A at some of them.
    pub variants: Vec<Lookup>,
    /// The same types at random names beside them: what answers there is a wildcard.
    pub guards: Vec<Lookup>,
    /// SRV of the domain above, where there is one of at least two labels.
    pub parent: Option<Lookup>,
}

/// The addresses of one FQDN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddressFacts {
    /// The name asked for.
    pub fqdn: Fqdn,
    /// Its IPv4 addresses.
    pub a: Lookup,
    /// Its IPv6 addresses.
    pub aaaa: Lookup,
    /// A of a random name below it; asked where a random name beside it has the same addresses.
    #[serde(default)]
    pub below: Option<Lookup>,
}

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

/// The record types xfed asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the DNS names say it")]
pub enum RecordType {
    A,
    Aaaa,
    Mx,
    Ns,
    Soa,
    Srv,
    Txt,
}

impl RecordType {
    /// The type as DNS tools write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Mx => "MX",
            Self::Ns => "NS",
            Self::Soa => "SOA",
            Self::Srv => "SRV",
            Self::Txt => "TXT",
        }
    }
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
        /// The response code by its name.
        rcode: String,
        /// Extended DNS errors (RFC 8914), code and text.
        extended: Vec<(u16, String)>,
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
    /// What came was no DNS answer to the question.
    Malformed,
    /// Cut on UDP, and TCP was not to be had.
    Truncated,
    /// The resolver's host name has no address here.
    NoAddress,
    /// No TLS came about with the resolver.
    Tls,
    /// The resolver's certificate is not trusted, or issued to somebody else, or out of its dates.
    Certificate,
    /// The resolver ended the connection instead of answering.
    Closed,
    /// What answered does not take DNS questions by HTTP there.
    Http,
    /// The deadline of the whole check came first.
    Deadline,
}

impl Unanswered {
    /// The key of the reason in the texts.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::NoResolver => "no-resolver",
            Self::TimedOut => "timed-out",
            Self::PortClosed => "port-closed",
            Self::Unreachable => "unreachable",
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

/// A CNAME on the way to an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The name that is an alias.
    pub name: String,
    /// What it stands for.
    pub target: String,
}

/// One record of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// How long it may be kept, in seconds.
    pub ttl: u32,
    /// Its content.
    pub data: Data,
}

/// The content of a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Data {
    /// A or AAAA.
    Address(IpAddr),
    /// MX: preference and exchange.
    Mx(u16, String),
    /// NS: the server's name.
    Ns(String),
    /// SOA: primary server and serial.
    Soa(String, u32),
    /// SRV.
    Srv(Srv),
    /// TXT: its strings joined.
    Txt(String),
}

/// As master files write it, with absolute names.
impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "{address}"),
            Self::Mx(preference, exchange) => write!(f, "{preference} {exchange}."),
            Self::Ns(server) => write!(f, "{server}."),
            Self::Soa(primary, serial) => write!(f, "{primary}. {serial}"),
            Self::Srv(srv) => write!(f, "{srv}"),
            Self::Txt(text) => {
                let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, "\"{quoted}\"")
            }
        }
    }
}

/// As zone files and nslookup's readers know it: `0 0 5061 xphone.zahnfee.de.`
impl fmt::Display for Srv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            priority,
            weight,
            port,
            target,
        } = self;
        let dot = if target == "." { "" } else { "." };
        write!(f, "{priority} {weight} {port} {target}{dot}")
    }
}

impl Data {
    /// The same content with names in lower case, as DNS compares them (RFC 4343).
    #[must_use]
    pub fn lowercase(&self) -> Self {
        match self {
            Self::Address(address) => Self::Address(*address),
            Self::Txt(text) => Self::Txt(text.clone()),
            Self::Mx(preference, exchange) => Self::Mx(*preference, exchange.to_ascii_lowercase()),
            Self::Ns(server) => Self::Ns(server.to_ascii_lowercase()),
            Self::Soa(primary, serial) => Self::Soa(primary.to_ascii_lowercase(), *serial),
            Self::Srv(srv) => Self::Srv(Srv {
                target: srv.target.to_ascii_lowercase(),
                ..srv.clone()
            }),
        }
    }
}

/// The content of an SRV record (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Srv {
    /// Lower is tried first.
    pub priority: u16,
    /// Share among equals.
    pub weight: u16,
    /// Must be 5061.
    pub port: u16,
    /// The FQDN of the server, as published.
    pub target: String,
}

impl Lookup {
    /// The answer that counts: what the authority publishes, because that is what partners will
    /// see; without it, what the views see.
    #[must_use]
    pub fn judged(&self) -> &DnsOutcome {
        self.published().unwrap_or_else(|| self.seen())
    }

    /// What the zone's own servers say: the first yes, else the first no. Where they disagree,
    /// partners find the record as often as not, and step 1 says so.
    #[must_use]
    pub fn published(&self) -> Option<&DnsOutcome> {
        let outcomes = || self.authority.iter().map(|answer| &answer.outcome);
        let yes = outcomes().find(|outcome| matches!(outcome, DnsOutcome::Records { .. }));
        yes.or_else(|| outcomes().find(|outcome| outcome.is_conclusive()))
    }

    /// What the views see: the first one's that says yes or no, else the first one's failure.
    #[must_use]
    pub fn seen(&self) -> &DnsOutcome {
        const NOBODY: &DnsOutcome = &DnsOutcome::Unanswered(Unanswered::NoResolver);
        let outcomes = || self.answers.iter().map(|answer| &answer.outcome);
        outcomes()
            .find(|outcome| outcome.is_conclusive())
            .or_else(|| outcomes().next())
            .unwrap_or(NOBODY)
    }

    /// The records that count; empty when there are none, for whatever reason.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        self.judged().records()
    }

    /// The aliases on the way to the answer that counts.
    #[must_use]
    pub fn aliases(&self) -> &[Alias] {
        match self.judged() {
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
    #[must_use]
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
        self.records()
            .iter()
            .filter_map(|record| match record.data {
                Data::Address(address) => Some(address),
                _ => None,
            })
    }
}

impl DnsOutcome {
    /// Whether it says yes or no, as opposed to "could not find out".
    #[must_use]
    pub fn is_conclusive(&self) -> bool {
        match self {
            Self::Records { .. } | Self::NoData { .. } | Self::NoName { .. } => true,
            Self::Failed { .. } | Self::Elsewhere { .. } | Self::Unanswered(_) => false,
        }
    }

    /// Whether it says no: the name or the type does not exist.
    #[must_use]
    pub fn is_no(&self) -> bool {
        matches!(self, Self::NoData { .. } | Self::NoName { .. })
    }

    /// How long resolvers may keep a no, in seconds, where the zone says so.
    #[must_use]
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
    #[must_use]
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
    #[must_use]
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

/// What one address of one FQDN does on the federation port: one connection, all the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndpointFacts {
    /// The name this address was found for; the server name (SNI) of the handshake.
    pub fqdn: Fqdn,
    /// The address that DNS publishes; `None` when only `--connect-to` named one.
    pub published: Option<IpAddr>,
    /// Where the connection went.
    pub address: SocketAddr,
    /// Whether TCP came about.
    pub tcp: TcpOutcome,
    /// What TLS did, when TCP came about.
    pub tls: Option<TlsFacts>,
    /// What further connections showed, when TLS ended before it had begun.
    #[serde(default)]
    pub explained: Option<ExplainedFacts>,
    /// What SIP did, when TLS came about.
    pub sip: Option<SipFacts>,
    /// What the revocation list says that the certificate names, when it was asked.
    #[serde(default)]
    pub revocation: Option<RevocationFacts>,
    /// The leaf that is shown to a client that names no server, looked at where the one for this
    /// name is not for this name.
    #[serde(default)]
    pub without_sni: Option<Der>,
    /// The issuer's certificate from where the chain says it can be had, when it was fetched.
    #[serde(default)]
    pub issuer: Option<IssuerFacts>,
    /// What the same address shows on the port to compare with, when that was looked at.
    #[serde(default)]
    pub compared: Option<ComparedFacts>,
}

impl EndpointFacts {
    /// Whether the connection went elsewhere than where partners would go.
    #[must_use]
    pub fn is_redirected(&self) -> bool {
        self.published != Some(self.address.ip())
            || self.address.port() != crate::plan::FEDERATION_PORT
    }

    /// The certificates that were shown, in whichever handshake that was.
    #[must_use]
    pub fn shown(&self) -> Option<ShownChain<'_>> {
        let tls = self.tls.as_ref()?;
        let chain = if tls.chain.is_empty() {
            self.explained.as_ref()?.chain()?
        } else {
            tls.chain.as_slice()
        };
        let trust = tls.trust.as_ref();
        Some(ShownChain { chain, trust })
    }

    /// Whether the deadline came before everything about TLS was seen.
    #[must_use]
    pub fn is_cut_short(&self) -> bool {
        let Some(tls) = &self.tls else {
            return true;
        };
        let explained = self.explained.as_ref();
        tls.outcome == TlsOutcome::Deadline || explained.is_some_and(ExplainedFacts::is_cut_short)
    }
}

/// A chain that a server showed, and what the trust stores said of it.
#[derive(Clone, Copy, Debug)]
pub struct ShownChain<'a> {
    /// The certificates as sent, leaf first; at least one.
    pub chain: &'a [Der],
    /// What the trust stores said of them.
    pub trust: Option<&'a TrustFacts>,
}

/// How a TCP connect ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TcpOutcome {
    /// Accepted, after so many microseconds.
    Connected(u64),
    /// Answered with a reset: nothing listens, or nothing is forwarded.
    Refused,
    /// No answer within so many milliseconds.
    TimedOut(u64),
    /// A router on the way said that there is no way, or that it is forbidden.
    Unreachable,
    /// This machine has no route to the address; nothing was sent.
    NoRoute,
    /// This machine could not make the attempt (no sockets left, forbidden by its own firewall).
    NotAttempted,
    /// The deadline of the whole check came first.
    Deadline,
    /// More addresses are published than one run connects to.
    OverLimit,
}

/// A TLS handshake as far as it got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TlsFacts {
    /// How it ended.
    pub outcome: TlsOutcome,
    /// Whether a ServerHello arrived.
    pub server_hello: bool,
    /// The protocol version agreed on.
    pub version: Option<TlsVersion>,
    /// The cipher suite agreed on, by its IANA name.
    pub cipher: Option<String>,
    /// The certificates as sent, leaf first, at most 16.
    pub chain: Vec<Der>,
    /// The server's demand for a client certificate.
    pub request: Option<CertificateRequest>,
    /// Whether a client certificate was sent.
    pub presented: bool,
    /// Whether the server proved that the certificate's key is its own; `None` when it did not get
    /// that far, or when this client cannot tell.
    #[serde(default)]
    pub key_proven: Option<bool>,
    /// What the trust stores said of the chain, when one arrived, be it in a further connection.
    pub trust: Option<TrustFacts>,
    /// How long the handshake took, in microseconds.
    pub elapsed_us: u64,
}

/// How a TLS handshake ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsOutcome {
    /// Both sides finished. With TLS 1.3 the server may still refuse the client certificate.
    Finished,
    /// The server sent a fatal alert.
    Alert(Alert),
    /// The server closed the connection.
    Closed,
    /// The server reset the connection.
    Reset,
    /// Nothing more came in time.
    Silent,
    /// What came is not TLS: its first bytes.
    NotTls(Vec<u8>),
    /// The server broke the protocol, or wanted what this client cannot do; the library's words.
    Misbehaved(String),
    /// More bytes than any handshake needs.
    TooMuch,
    /// The deadline of the whole check came first.
    Deadline,
}

/// A version of TLS, the oldest first. The handshake proper speaks the last two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TlsVersion {
    /// RFC 6101.
    #[serde(rename = "SSL 3.0")]
    Ssl30,
    /// RFC 2246.
    #[serde(rename = "TLS 1.0")]
    Tls10,
    /// RFC 4346.
    #[serde(rename = "TLS 1.1")]
    Tls11,
    /// RFC 5246.
    #[serde(rename = "TLS 1.2")]
    Tls12,
    /// RFC 8446.
    #[serde(rename = "TLS 1.3")]
    Tls13,
}

impl TlsVersion {
    /// The version as people write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ssl30 => "SSL 3.0",
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        }
    }
}

/// What further connections showed at an endpoint whose TLS handshake ended before it had begun:
/// hand-made questions by what the TLS library does not speak, and one in plain text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainedFacts {
    /// Asked in TLS 1.2 or older, with every cipher suite that was ever in use.
    pub wide: HelloFacts,
    /// Asked in TLS 1.0.
    pub old: HelloFacts,
    /// Asked in TLS 1.2 with the cipher suites of Windows only, after the server had chosen
    /// another one.
    pub windows: Option<HelloFacts>,
    /// Asked in plain text, after no sign of TLS.
    pub plain: Option<PlainOutcome>,
    /// How long all of it took, in microseconds.
    pub elapsed_us: u64,
}

impl ExplainedFacts {
    /// The hellos that were answered with a ServerHello, the one most like a partner's first.
    pub fn answered(&self) -> impl Iterator<Item = &HelloFacts> {
        let hellos = [self.windows.as_ref(), Some(&self.wide), Some(&self.old)];
        hellos
            .into_iter()
            .flatten()
            .filter(|hello| hello.version.is_some())
    }

    /// The certificates that the server showed.
    #[must_use]
    pub fn chain(&self) -> Option<&[Der]> {
        let mut chains = self.answered().map(|hello| hello.chain.as_slice());
        chains.find(|chain| !chain.is_empty())
    }

    /// The first bytes of what came in plain text, asked for or not.
    #[must_use]
    pub fn plain_text(&self) -> Option<&[u8]> {
        if let Some(PlainOutcome::Said(start)) = &self.plain {
            return Some(start);
        }
        [&self.wide, &self.old]
            .into_iter()
            .find_map(|hello| match &hello.outcome {
                HelloOutcome::NotTls(start) => Some(start.as_slice()),
                _ => None,
            })
    }

    fn is_cut_short(&self) -> bool {
        let mut hellos = [Some(&self.wide), Some(&self.old), self.windows.as_ref()]
            .into_iter()
            .flatten();
        hellos.any(|hello| hello.outcome == HelloOutcome::Deadline)
            || self.plain == Some(PlainOutcome::Deadline)
    }
}

/// A server's answer to a hand-made ClientHello, as far as it goes without encryption.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HelloFacts {
    /// How it ended.
    pub outcome: HelloOutcome,
    /// The protocol version that the server chose, when a ServerHello arrived.
    pub version: Option<TlsVersion>,
    /// The cipher suite that the server chose, by its IANA name or, unknown, as `0x` and four digits.
    pub cipher: Option<String>,
    /// The curve of the server's ephemeral key, written like the cipher suite.
    pub group: Option<String>,
    /// The certificates as sent, leaf first, at most 16.
    pub chain: Vec<Der>,
    /// The server's demand for a client certificate.
    pub request: Option<CertificateRequest>,
}

/// How the answer to a hand-made ClientHello ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HelloOutcome {
    /// With ServerHelloDone: all that the server says before the client's turn.
    Complete,
    /// With a fatal alert.
    Alert(Alert),
    /// The server closed the connection.
    Closed,
    /// The server reset the connection.
    Reset,
    /// Nothing more came in time.
    #[default]
    Silent,
    /// What came is not TLS: its first bytes.
    NotTls(Vec<u8>),
    /// What came breaks the protocol, in the part of this name.
    Malformed(String),
    /// More bytes than any handshake needs.
    TooMuch,
    /// The connection did not come about.
    NotConnected,
    /// The deadline of the whole check came first.
    Deadline,
}

/// What came for a question in plain text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlainOutcome {
    /// A banner or an answer: its first bytes.
    Said(Vec<u8>),
    /// A TLS record: the service does speak TLS.
    Tls,
    /// The server closed the connection.
    Closed,
    /// The server reset the connection.
    Reset,
    /// Nothing came in time.
    Silent,
    /// The connection did not come about.
    NotConnected,
    /// The deadline of the whole check came first.
    Deadline,
}

/// The description of a TLS alert (RFC 8446 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert(pub u8);

impl Alert {
    /// What a server says that wants a client certificate and got none, or none to its liking.
    #[must_use]
    pub fn is_about_client_certificate(self) -> bool {
        matches!(self.0, 40..=46 | 48 | 49 | 116)
    }

    /// The alert by its registered name and number.
    #[must_use]
    pub fn name(self) -> String {
        let name = match self.0 {
            0 => "close_notify",
            10 => "unexpected_message",
            20 => "bad_record_mac",
            22 => "record_overflow",
            40 => "handshake_failure",
            41 => "no_certificate",
            42 => "bad_certificate",
            43 => "unsupported_certificate",
            44 => "certificate_revoked",
            45 => "certificate_expired",
            46 => "certificate_unknown",
            47 => "illegal_parameter",
            48 => "unknown_ca",
            49 => "access_denied",
            50 => "decode_error",
            51 => "decrypt_error",
            70 => "protocol_version",
            71 => "insufficient_security",
            80 => "internal_error",
            86 => "inappropriate_fallback",
            90 => "user_canceled",
            100 => "no_renegotiation",
            109 => "missing_extension",
            110 => "unsupported_extension",
            112 => "unrecognized_name",
            113 => "bad_certificate_status_response",
            115 => "unknown_psk_identity",
            116 => "certificate_required",
            120 => "no_application_protocol",
            _ => "unassigned",
        };
        format!("{name} ({})", self.0)
    }
}

/// The server's demand for a client certificate (MTLS).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRequest {
    /// The authorities it says it accepts, as distinguished names; often none are named.
    pub authorities: Vec<String>,
}

/// What trust stores say of a chain. Names, purposes and the leaf's own dates are not their
/// business here: they are judged one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustFacts {
    /// By the roots that count: the public ones, or those of `--ca-file`.
    pub judged: ChainVerdict,
    /// By this machine's own store; asked only when the former did not say yes.
    pub local: Option<ChainVerdict>,
}

/// What one set of roots says of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChainVerdict {
    /// A path to a root was found.
    Trusted,
    /// No path to a root of this set.
    UnknownIssuer,
    /// A path was found, but an issuing certificate on it is outside its dates.
    IssuerOutOfDate,
    /// A path fails for another reason, in the library's words.
    Rejected(String),
    /// The set is empty.
    NoRoots,
}

/// A certificate as sent, in DER; written as PEM.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Der(pub Vec<u8>);

impl From<Der> for String {
    fn from(der: Der) -> Self {
        let unix = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        pem::encode_config(&pem::Pem::new("CERTIFICATE", der.0), unix)
    }
}

impl TryFrom<String> for Der {
    type Error = pem::PemError;
    fn try_from(text: String) -> Result<Self, pem::PemError> {
        pem::parse(text).map(|pem| Self(pem.into_contents()))
    }
}

/// What came of fetching the issuer that a chain lacks (`--fetch-issuer`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerFacts {
    /// Where the chain says it can be had.
    pub url: String,
    /// What came of it.
    pub outcome: IssuerOutcome,
}

/// What came of fetching an issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssuerOutcome {
    /// With these certificates the chain leads to a root: they are what is missing.
    Completes(Vec<String>),
    /// It was fetched, and does not lead to a root: the authority is not a public one.
    LeadsNowhere,
    /// It could not be had.
    Unknown(Unchecked),
}

/// What a revocation list (CRL) says of the leaf of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationFacts {
    /// Where the certificate says that the list is.
    pub url: String,
    /// What came of asking it.
    pub outcome: RevocationOutcome,
    /// How long it took, in microseconds.
    pub elapsed_us: u64,
}

/// What came of asking a revocation list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationOutcome {
    /// The issuer's own list, of today, does not name the certificate.
    NotListed,
    /// The issuer has revoked it.
    Revoked {
        /// When, in seconds since 1970.
        at: i64,
        /// Why, by the name of RFC 5280 §5.3.1, where the list says so.
        reason: Option<String>,
    },
    /// It could not be found out.
    Unknown(Unchecked),
}

/// Why a revocation list says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unchecked {
    /// No URL of plain HTTP on port 80.
    NotHttp,
    /// `--connect-to` names no address to take for the list's.
    ConnectTo,
    /// DNS has no address for its host, or gave none.
    NoAddress,
    /// The host has an address that is not public.
    NotPublic,
    /// No connection to the host, or it broke.
    Unreachable,
    /// The server answered with this HTTP status.
    HttpStatus(u16),
    /// The server sends elsewhere; that is not followed.
    Redirect,
    /// The list is larger than the limit.
    TooLarge,
    /// It did not come in time.
    TimedOut,
    /// What came is no HTTP, or no list that can be read.
    Malformed,
    /// A newer list should have been published by now.
    Expired,
    /// The issuer of the certificate has not signed it, or it is not about this certificate.
    NotVerified,
    /// The deadline of the whole check came first.
    Deadline,
}

impl Unchecked {
    /// The key of the reason in the texts.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::NotHttp => "not-http",
            Self::ConnectTo => "connect-to",
            Self::NoAddress => "no-address",
            Self::NotPublic => "not-public",
            Self::Unreachable => "unreachable",
            Self::HttpStatus(_) => "http-status",
            Self::Redirect => "redirect",
            Self::TooLarge => "too-large",
            Self::TimedOut => "timeout",
            Self::Malformed => "malformed",
            Self::Expired => "expired",
            Self::NotVerified => "not-verified",
            Self::Deadline => "deadline",
        }
    }
}

/// What an address shows on the port to compare with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedFacts {
    /// Where the connection went.
    pub address: SocketAddr,
    /// The certificate shown there; `None` when none came in time, which is normal: the port may
    /// be closed or filtered.
    pub shown: Option<Shown>,
}

/// A certificate, and whether its chain leads to a root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The leaf.
    pub certificate: Der,
    /// By the roots that count.
    pub trust: ChainVerdict,
}

/// What came back for OPTIONS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SipFacts {
    /// What came.
    pub outcome: SipOutcome,
    /// How long it took, in microseconds.
    pub elapsed_us: u64,
}

/// How the question for SIP ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SipOutcome {
    /// A SIP status line came.
    Answered(SipAnswer),
    /// A TLS alert came in the answer's place.
    Alert(Alert),
    /// The server closed the connection.
    Closed,
    /// The server reset the connection.
    Reset,
    /// Nothing came in time.
    Silent,
    /// Something came that is not SIP: its first bytes.
    NotSip(Vec<u8>),
    /// The deadline of the whole check came first.
    Deadline,
}

/// A SIP response, as far as xfed reads it (RFC 3261 §7.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SipAnswer {
    /// The status code, 100 to 699.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// `Server`, else `User-Agent`.
    pub server: Option<String>,
    /// The methods it allows, where it says so.
    #[serde(default)]
    pub allow: Option<String>,
    /// Microsoft's reason, where there is one ([MS-OCER] §8.2).
    #[serde(default)]
    pub diagnostics: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(explained: Option<ExplainedFacts>) -> EndpointFacts {
        let tls = TlsFacts {
            outcome: TlsOutcome::Alert(Alert(40)),
            server_hello: false,
            version: None,
            cipher: None,
            chain: Vec::new(),
            request: None,
            presented: false,
            key_proven: None,
            trust: None,
            elapsed_us: 1,
        };
        EndpointFacts {
            fqdn: Fqdn::parse("xphone.zahnfee.de").expect("a name"),
            published: None,
            address: ([127, 0, 0, 1], 5061).into(),
            tcp: TcpOutcome::Connected(1),
            tls: Some(tls),
            explained,
            sip: None,
            revocation: None,
            without_sni: None,
            issuer: None,
            compared: None,
        }
    }

    fn explained() -> ExplainedFacts {
        let answer = HelloFacts {
            outcome: HelloOutcome::Complete,
            version: Some(TlsVersion::Tls10),
            chain: vec![Der(b"leaf".to_vec())],
            ..HelloFacts::default()
        };
        ExplainedFacts {
            wide: HelloFacts::default(),
            old: answer,
            windows: None,
            plain: Some(PlainOutcome::Said(b"220 x".to_vec())),
            elapsed_us: 2,
        }
    }

    #[test]
    fn the_chain_is_found_wherever_it_was_shown() {
        assert!(endpoint(None).shown().is_none());
        let explained = endpoint(Some(explained()));
        let shown = explained.shown().expect("the old hello was answered");
        assert_eq!(shown.chain, [Der(b"leaf".to_vec())]);
    }

    #[test]
    fn explanations_survive_being_written_and_older_reports_have_none() {
        let facts = endpoint(Some(explained()));
        let mut json = serde_json::to_value(&facts).expect("facts are JSON");
        let read = serde_json::from_value(json.clone());
        assert_eq!(facts, read.expect("what was written"));
        let fields = json.as_object_mut().expect("an object");
        fields.remove("explained").expect("it was written");
        let older: EndpointFacts = serde_json::from_value(json).expect("an older report");
        assert_eq!(older, endpoint(None));
    }
}
