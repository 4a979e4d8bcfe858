//! The plan of one check: what is asked of one domain, under which limits.
//!
//! Time and the choices of the user enter here, once; probes and judges read them and never look
//! at the clock or the environment for a decision. What a judge may read is set apart as
//! [`Terms`]: a report carries them beside the facts, so that it can be judged again elsewhere.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::model::finding::Finding;
use crate::model::labels::Labels;
use crate::model::limits::DNS_PORT;
use crate::model::names::{Domain, Fqdn};
use crate::model::policy::Policy;

/// Who OPTIONS says is asking, when nobody else is named: nobody (RFC 3323 §4.1.1.3).
const ANONYMOUS: &str = "sip:xfed@anonymous.invalid";

/// Everything that is decided before the first packet is sent.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What the user typed.
    pub input: String,
    /// What the user knows the domain by.
    pub labels: Labels,
    /// What is judged, and how.
    pub terms: Terms,
    /// Whose answers are asked for, in the order in which they count.
    pub views: Vec<View>,
    /// Whose word counts before any view's.
    pub authority: Authority,
    /// Where to connect instead of the published addresses.
    pub redirects: Vec<Redirect>,
    /// A host that is known to answer, and the port to ask it on.
    pub control: Option<(String, u16)>,
    /// Fetch the issuer that a chain lacks.
    pub fetch_issuer: bool,
    /// Revocation lists are asked.
    pub revocation: bool,
    /// What the next renewal of the certificate would meet is asked.
    pub renewal: bool,
    /// The certificate is compared with the one on another port.
    pub compare: Option<Compare>,
    /// The SIP URI that OPTIONS names as its sender.
    pub from: String,
    /// Where it is made, where that is to be known.
    pub here: Option<Here>,
    /// How long anything may take.
    pub limits: Limits,
    /// How often the same stranger is visited, where the user said so.
    pub per_server: Option<Rate>,
    /// What an earlier look of the same run has found is asked anew (`--wait`).
    pub anew: bool,
}

/// Where a check is made. Nothing is judged by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Here {
    /// The account that runs it, on Windows with its domain; as the environment says.
    pub account: Option<String>,
    /// The name of the machine.
    pub machine: Option<String>,
}

/// What a judge may know besides the facts. Saved with them: a field that is added here needs a
/// default for the reports from before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The XPhone domain.
    pub domain: Domain,
    /// How partners find the server.
    pub federation: Federation,
    /// The domain is somebody else's: "can our server reach them?"
    pub partner: bool,
    /// The FQDN the user gave.
    pub fqdn: Option<Fqdn>,
    /// When the facts were gathered.
    #[serde(with = "time::serde::rfc3339")]
    pub made_at: OffsetDateTime,
    /// The moment that is judged at: the same, unless a report is judged as of another one.
    #[serde(with = "time::serde::rfc3339")]
    pub now: OffsetDateTime,
    /// Which address families are connected to.
    pub family: Family,
    /// Connect to published addresses even when they are not public.
    pub allow_private: bool,
    /// `--ca-file` replaces the public roots and this machine's store.
    pub own_roots: bool,
    /// A client certificate will be presented when the server asks for one.
    pub client_certificate: bool,
    /// The published addresses that `--connect-to IP=…` names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirected: Vec<IpAddr>,
    /// What the user decided about findings.
    #[serde(default, skip_serializing_if = "Policy::is_empty")]
    pub policy: Policy,
    /// How much of the checklist there is to judge.
    #[serde(default, skip_serializing_if = "Scope::is_whole")]
    pub scope: Scope,
    /// The domain that is to reach this one, where that is the question (`xfed pair`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<Domain>,
}

/// How much of the checklist there is to judge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// All of it.
    #[default]
    Whole,
    /// What the file of a zone says before it is published: the first three steps. No server is asked.
    ZoneFile,
    /// Another checklist: what a test partner heard of a server that called it.
    Outbound,
    /// All of it, and what it takes for one other domain to reach this one.
    Pair,
}

impl Scope {
    /// Whether it is all of the checklist.
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    pub fn is_whole(&self) -> bool {
        *self == Self::Whole
    }
}

impl Terms {
    /// The terms of a plain check: open federation, the own domain, nothing given.
    pub fn new(domain: Domain, now: OffsetDateTime) -> Self {
        Self {
            domain,
            federation: Federation::Open,
            partner: false,
            fqdn: None,
            made_at: now,
            now,
            family: Family::Both,
            allow_private: false,
            own_roots: false,
            client_certificate: false,
            redirected: Vec::new(),
            policy: Policy::default(),
            scope: Scope::Whole,
            caller: None,
        }
    }

    /// Weighs what a judge found as the partner view and the user want it.
    pub fn weigh(&self, findings: &mut [Finding]) {
        for finding in findings {
            self.policy.weigh(finding, self.partner, self.now);
        }
    }
}

impl Plan {
    /// The plan of a check with nothing chosen: every default is here.
    pub fn new(domain: Domain, now: OffsetDateTime) -> Self {
        Self {
            input: domain.to_string(),
            labels: Labels::default(),
            terms: Terms::new(domain, now),
            views: vec![View::System],
            authority: Authority::Published,
            redirects: Vec::new(),
            control: None,
            fetch_issuer: false,
            revocation: true,
            renewal: false,
            compare: Some(Compare::default()),
            from: ANONYMOUS.to_owned(),
            here: None,
            limits: Limits::default(),
            per_server: None,
            anew: false,
        }
    }

    /// The same check, made at another moment.
    pub fn at(&self, now: OffsetDateTime) -> Self {
        Self {
            terms: Terms {
                made_at: now,
                now,
                ..self.terms.clone()
            },
            ..self.clone()
        }
    }

    /// Where `--connect-to` goes instead of to exactly this published address.
    pub fn redirect(&self, published: IpAddr) -> Option<SocketAddr> {
        self.redirects
            .iter()
            .find(|redirect| redirect.published == Some(published))
            .map(|redirect| redirect.to)
    }
}

/// The other port of the same address that shows a certificate, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compare {
    /// Its number, normally 443.
    pub port: u16,
    /// The user named it, so that it also holds where `--connect-to` stands for a published address.
    pub explicit: bool,
}

impl Default for Compare {
    fn default() -> Self {
        Self {
            port: 443,
            explicit: false,
        }
    }
}

/// How partners find the server (guide, chapter 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Federation {
    /// By the SRV record of the domain.
    Open,
    /// By a route that each partner enters by hand; no SRV record.
    Direct,
}

/// Where a DNS answer comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// The resolvers this machine is configured with.
    System,
    /// One resolver, named by the user.
    Resolver(SocketAddr),
    /// One resolver by DNS over TLS (RFC 7858).
    Tls {
        /// Where it is.
        address: IpAddr,
        /// Its port, where one was typed.
        port: Option<u16>,
        /// Whom its certificate must be issued to; the address itself where nobody was named.
        name: Option<String>,
    },
    /// One resolver by DNS over HTTPS (RFC 8484).
    Https {
        /// Its host name or address, without brackets.
        host: String,
        /// Its port, where one was typed.
        port: Option<u16>,
        /// The path that takes questions.
        path: String,
    },
    /// The file of a zone, before a name server has loaded it.
    ZoneFile,
}

impl View {
    /// A resolver on this machine, at a port where programs look for none: a stand-in for public
    /// DNS that somebody set up, in front of zones of his own. That it has them is no sign of an
    /// internal DNS.
    pub fn is_stand_in(&self) -> bool {
        match self {
            Self::Resolver(at) => at.ip().is_loopback() && at.port() != DNS_PORT,
            // Whoever judges a file means to publish it.
            Self::ZoneFile => true,
            Self::System | Self::Tls { .. } | Self::Https { .. } => false,
        }
    }
}

/// As the user typed it, and types it again.
impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bracketed = |host: &str| {
            if host.contains(':') {
                format!("[{host}]")
            } else {
                host.to_owned()
            }
        };
        let behind = |port: &Option<u16>| port.map(|port| format!(":{port}")).unwrap_or_default();
        match self {
            Self::System => f.write_str("system"),
            Self::Resolver(address) => write!(f, "{address}"),
            Self::Tls {
                address,
                port,
                name,
            } => {
                let address = match port {
                    Some(_) => bracketed(&address.to_string()),
                    None => address.to_string(),
                };
                write!(f, "tls://{address}{}", behind(port))?;
                name.iter().try_for_each(|name| write!(f, "#{name}"))
            }
            Self::Https { host, port, path } => {
                write!(f, "https://{}{}{path}", bracketed(host), behind(port))
            }
            Self::ZoneFile => f.write_str("zone file"),
        }
    }
}

/// Whom to ask for what the zone itself publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authority {
    /// The zone's own servers, as its NS records name them.
    Published,
    /// These, taken for the zone's own (`--authority`).
    Given(Vec<SocketAddr>),
    /// Nobody (`--no-authority`): the views are judged.
    Off,
}

/// `--connect-to [IP=]ADDR[:PORT]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Redirect {
    /// The published address it stands for; `None` stands for all.
    pub published: Option<IpAddr>,
    /// Where to connect.
    pub to: SocketAddr,
}

/// Which address families are connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// IPv4 and IPv6.
    Both,
    /// IPv4 only (`-4`).
    V4,
    /// IPv6 only (`-6`).
    V6,
}

impl Family {
    /// Whether addresses like this one are connected to.
    pub fn includes(self, address: IpAddr) -> bool {
        match self {
            Self::Both => true,
            Self::V4 => address.is_ipv4(),
            Self::V6 => address.is_ipv6(),
        }
    }
}

/// The longest any single thing may take. A peer that hangs costs its own limit, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// One DNS question, with all its retries and servers.
    pub dns: Duration,
    /// One TCP connect.
    pub connect: Duration,
    /// One TLS handshake.
    pub tls: Duration,
    /// One SIP answer.
    pub sip: Duration,
    /// One revocation list, with its DNS question; the verdict never waits longer for it.
    pub revocation: Duration,
    /// The whole check of one domain, a hard cap.
    pub deadline: Duration,
}

/// So many in a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    count: NonZeroU32,
    per: Duration,
}

impl Rate {
    /// Where nothing else was said: from there on, a name server may take a network for an attacker
    /// (the default of NSD's `rrl-ratelimit`).
    pub const USUAL: Self = Self {
        count: NonZeroU32::MIN.saturating_add(199),
        per: Duration::from_secs(1),
    };

    /// So many in so much time.
    pub fn new(count: NonZeroU32, per: Duration) -> Self {
        Self { count, per }
    }

    /// From one to the next, if they come evenly.
    pub fn interval(self) -> Duration {
        self.per / self.count.get()
    }

    /// How many may come at once: what fits into a second, and at least one.
    pub fn burst(self) -> u32 {
        let seconds = u32::try_from(self.per.as_secs()).unwrap_or(u32::MAX);
        (self.count.get() / seconds.max(1)).max(1)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            dns: Duration::from_secs(3),
            connect: Duration::from_secs(5),
            tls: Duration::from_secs(5),
            sip: Duration::from_secs(2),
            revocation: Duration::from_secs(2),
            deadline: Duration::from_secs(20),
        }
    }
}

impl Limits {
    /// The same limit for every single operation; the deadline stays, and a revocation list gets
    /// less time, never more.
    pub fn each(self, limit: Duration) -> Self {
        Self {
            dns: limit,
            connect: limit,
            tls: limit,
            sip: limit,
            revocation: self.revocation.min(limit),
            ..self
        }
    }
}
