//! The options of `xfed check`, and the plan they make. Every option is declared once, here: the
//! command line, the environment, `xfed.toml` and its schema all come from the declaration.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use schemars::JsonSchema;
use time::OffsetDateTime;

use super::error::Error;
use super::output::OutputOptions;
use super::values::{
    control, count, fqdn, interval, limit, name_server, port, rate, redirect, resolver, sender,
    via, wait,
};
use crate::model::names::{Domain, Fqdn};
use crate::model::plan::{
    Authority, Compare, Family, Federation, Limits, Plan, Rate, Redirect, Terms, View,
};
use crate::model::policy::Policy;
use crate::model::vantage::Vantage;

/// Options that exclude each other. Both are taken from the same source: an option given on the
/// command line also outweighs its counterpart in the file.
pub(super) const EXCLUSIVE: [[&str; 2]; 4] = [
    ["ipv4", "ipv6"],
    ["verbose", "quiet"],
    ["authority", "no_authority"],
    ["compare_port", "no_compare"],
];

/// The options of `xfed check`.
#[derive(Args, Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub struct Options {
    /// What is checked.
    #[command(flatten)]
    #[schemars(skip)]
    pub subject: SubjectOptions,
    /// What becomes of the result.
    #[command(flatten)]
    #[schemars(flatten)]
    pub output: OutputOptions,
    /// How long to look again.
    #[command(flatten)]
    #[schemars(flatten)]
    pub waiting: WaitOptions,
    /// Whom to ask for names.
    #[command(flatten)]
    #[schemars(flatten)]
    pub ask: AskOptions,
    /// How servers are reached.
    #[command(flatten)]
    #[schemars(flatten)]
    pub reach: ReachOptions,
    /// Certificates: ours, and what is looked up about theirs.
    #[command(flatten)]
    #[schemars(flatten)]
    pub certificates: CertificateOptions,
    /// Limits and manners.
    #[command(flatten)]
    #[schemars(flatten)]
    pub limits: LimitOptions,
}

/// What is checked.
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = "What is checked")]
pub struct SubjectOptions {
    /// Public name of the XPhone server
    ///
    /// When it is known, or there is no SRV record yet.
    #[arg(long, value_name = "FQDN", env = "XFED_FQDN", value_parser = fqdn)]
    pub fqdn: Option<Fqdn>,
    /// Direct federation: routes entered by hand (needs --fqdn)
    ///
    /// Partners enter the server's name themselves, so no SRV record is needed.
    #[arg(long, env = "XFED_DIRECT")]
    pub direct: Option<bool>,
    /// The domain is a partner's: can our server reach it?
    #[arg(long, env = "XFED_PARTNER")]
    pub partner: Option<bool>,
}

/// Whom to ask for names: shared by `xfed check` and `xfed plan`.
#[derive(Args, Clone, Debug, Default, PartialEq, JsonSchema)]
#[command(next_help_heading = "How it is reached")]
#[schemars(rename_all = "kebab-case")]
pub struct AskOptions {
    /// Whom to ask for names, repeatable [default: system]
    ///
    /// The resolver of the system, or one by DNS, TLS or HTTPS. Of several, the first answer counts.
    #[arg(
        long,
        value_name = "system|IP[:PORT]|tls://IP[:PORT][#NAME]|https://HOST[:PORT]/dns-query",
        env = "XFED_RESOLVER",
        value_delimiter = ',',
        value_parser = resolver
    )]
    #[schemars(with = "Vec<String>")]
    pub resolver: Vec<View>,
    /// Do not ask the zone's own servers; judge by the resolver's answers
    #[arg(long, env = "XFED_NO_AUTHORITY", hide_short_help = true)]
    pub no_authority: Option<bool>,
    /// Take this for one of the zone's own servers (before a delegation moves); repeatable
    #[arg(
        long,
        value_name = "IP[:PORT]",
        env = "XFED_AUTHORITY",
        value_delimiter = ',',
        value_parser = name_server,
        hide_short_help = true,
        conflicts_with = "no_authority"
    )]
    #[schemars(skip)]
    pub authority: Vec<SocketAddr>,
}

/// How servers are reached.
#[derive(Args, Clone, Debug, Default, PartialEq, JsonSchema)]
#[command(next_help_heading = "How it is reached")]
#[schemars(rename_all = "kebab-case")]
pub struct ReachOptions {
    /// Place to look from; repeatable, side by side
    ///
    /// This machine, one that ssh logs in to and that has xfed probe, or an xfed serve. The verdict is
    /// that of the first place outside; with --partner, that of this machine, if it is among them.
    #[arg(
        long,
        value_name = "here|ssh://[USER@]HOST[:PORT]|https://HOST[:PORT]",
        env = "XFED_VIA",
        value_delimiter = ',',
        value_parser = via,
        hide_short_help = true
    )]
    #[schemars(with = "Vec<String>")]
    pub via: Vec<Vantage>,
    /// Read the token for --via https:// from the first line of this file
    ///
    /// Without it the variable XFED_TOKEN is taken.
    #[arg(
        long,
        value_name = "FILE",
        env = "XFED_TOKEN_FILE",
        hide_short_help = true
    )]
    pub token_file: Option<PathBuf>,
    /// Know --via https:// by these roots instead of those of this machine
    #[arg(
        long,
        value_name = "PEM",
        env = "XFED_VIA_CA_FILE",
        hide_short_help = true
    )]
    pub via_ca_file: Option<PathBuf>,
    /// Connect to this address instead of the published one
    ///
    /// Before the port forward exists. With IP=, instead of that one only, whatever for (revocation
    /// lists too), on the port given; repeatable.
    #[arg(
        long,
        value_name = "[IP=]ADDR[:PORT]",
        env = "XFED_CONNECT_TO",
        value_delimiter = ',',
        value_parser = redirect
    )]
    #[schemars(skip)]
    pub connect_to: Vec<Redirect>,
    /// A host that is known to answer on 5061: when it is silent too, the way out is closed
    #[arg(long, value_name = "HOST[:PORT]", env = "XFED_CONTROL", value_parser = control, hide_short_help = true)]
    #[schemars(with = "Option<String>")]
    pub control: Option<(String, u16)>,
    /// Connect to published addresses even when they are not public
    #[arg(long, env = "XFED_ALLOW_PRIVATE", hide_short_help = true)]
    pub allow_private: Option<bool>,
    /// Connect by IPv4 only
    #[arg(short = '4', hide_short_help = true, conflicts_with = "ipv6")]
    pub ipv4: Option<bool>,
    /// Connect by IPv6 only
    #[arg(short = '6', hide_short_help = true)]
    pub ipv6: Option<bool>,
}

/// Certificates: ours, and what is looked up about theirs.
#[derive(Args, Clone, Debug, Default, PartialEq, JsonSchema)]
#[command(next_help_heading = "Certificates")]
#[schemars(rename_all = "kebab-case")]
pub struct CertificateOptions {
    /// Trust these roots instead of the public ones
    #[arg(long, value_name = "PEM", env = "XFED_CA_FILE")]
    pub ca_file: Option<PathBuf>,
    /// Fetch the issuer that the chain of a certificate lacks
    ///
    /// And prove that it is what is missing.
    #[arg(long, env = "XFED_FETCH_ISSUER")]
    pub fetch_issuer: Option<bool>,
    /// Certificate to present when one is asked for
    ///
    /// Needs --client-key.
    #[arg(long, value_name = "PEM", env = "XFED_CLIENT_CERT")]
    pub client_cert: Option<PathBuf>,
    /// Private key of --client-cert
    #[arg(long, value_name = "PEM", env = "XFED_CLIENT_KEY")]
    pub client_key: Option<PathBuf>,
    /// Do not fetch the revocation list (CRL) that the certificate names
    #[arg(long, env = "XFED_NO_REVOCATION", hide_short_help = true)]
    pub no_revocation: Option<bool>,
    /// Also see whether the next renewal of the certificate can work (Let's Encrypt, HTTP-01)
    ///
    /// Port 80, CAA and IPv6, as far as that is seen from here. Never changes verdict and exit code.
    #[arg(long, env = "XFED_RENEWAL", hide_short_help = true)]
    pub renewal: Option<bool>,
    /// Port of the same address whose certificate may be newer, if XPhone still shows the old one
    /// [default: 443; with --connect-to only if given, and only with its IP=]
    #[arg(long, value_name = "PORT", env = "XFED_COMPARE_PORT", value_parser = port, hide_short_help = true)]
    #[schemars(range(min = 1))]
    pub compare_port: Option<u16>,
    /// Do not compare the certificate with that of another port
    #[arg(long, env = "XFED_NO_COMPARE", hide_short_help = true)]
    pub no_compare: Option<bool>,
}

/// Limits and manners.
#[derive(Args, Clone, Debug, Default, PartialEq, JsonSchema)]
#[command(next_help_heading = "Limits")]
#[schemars(rename_all = "kebab-case")]
pub struct LimitOptions {
    /// SIP URI that OPTIONS names as its sender, anonymous if not given
    #[arg(long, value_name = "SIP-URI", env = "XFED_FROM", value_parser = sender, hide_short_help = true)]
    pub from: Option<String>,
    /// Longest time for a single operation
    ///
    /// [default: DNS 3s, connect 5s, TLS 5s, SIP 2s, CRL 2s at most]
    #[arg(long, value_name = "DURATION", env = "XFED_TIMEOUT", value_parser = limit)]
    #[schemars(with = "Option<String>")]
    pub timeout: Option<Duration>,
    /// Hard limit for one domain [default: 20s]
    #[arg(long, value_name = "DURATION", env = "XFED_DEADLINE", value_parser = limit)]
    #[schemars(with = "Option<String>")]
    pub deadline: Option<Duration>,
    /// Domains checked at a time [default: 8 or more]
    ///
    /// Where it is not given, more while that is faster. Those that only wait for a silent peer hold nobody up; with 1, one after the other.
    #[arg(long, value_name = "N", env = "XFED_JOBS", value_parser = count)]
    #[schemars(range(min = 1, max = 1024))]
    pub jobs: Option<u16>,
    /// Visits to the same name server, network or host of revocation lists [default: 200/s]
    ///
    /// In a second or a minute, all domains together. A network is a /24 or a /48. Resolvers are not
    /// limited, nor, unless this is given, what is not on the internet. Waiting for it counts towards
    /// no limit.
    #[arg(long, value_name = "N/s|N/m", env = "XFED_PER_SERVER", value_parser = rate, hide_short_help = true)]
    #[schemars(with = "Option<String>")]
    pub per_server: Option<Rate>,
}

/// How long to look again.
#[derive(Args, Clone, Debug, Default, PartialEq, JsonSchema)]
#[command(next_help_heading = "Waiting")]
#[schemars(rename_all = "kebab-case")]
pub struct WaitOptions {
    /// Repeat until ready, for at most this long
    #[arg(long, value_name = "DURATION", env = "XFED_WAIT", value_parser = wait)]
    #[schemars(with = "Option<String>")]
    pub wait: Option<Duration>,
    /// Longest time between two looks of --wait; shorter where it is known that a cache forgets
    /// [default: 15s]
    #[arg(long, value_name = "DURATION", env = "XFED_INTERVAL", value_parser = interval, hide_short_help = true)]
    #[schemars(with = "Option<String>")]
    pub interval: Option<Duration>,
}

/// What all plans of a run have in common besides their options.
pub(super) struct Run<'a> {
    pub(super) policy: &'a Policy,
    /// `--ca-file` was read.
    pub(super) own_roots: bool,
    /// `--client-cert` was read.
    pub(super) client_certificate: bool,
    pub(super) now: OffsetDateTime,
}

impl Options {
    /// The plan for one domain. What is not given stays as [`Plan::new`] has it.
    pub(super) fn plan(self, input: &str, domain: &Domain, run: &Run<'_>) -> Result<Plan, Error> {
        let direct = self.subject.direct.unwrap_or_default();
        if direct && self.subject.fqdn.is_none() {
            return Err(Error::DirectNeedsFqdn);
        }
        let default = Plan::new(domain.clone(), run.now);
        Ok(Plan {
            here: None,
            input: input.to_owned(),
            labels: default.labels,
            terms: Terms {
                federation: if direct {
                    Federation::Direct
                } else {
                    Federation::Open
                },
                partner: self.subject.partner.unwrap_or_default(),
                fqdn: self.subject.fqdn,
                family: self.reach.family(),
                allow_private: self.reach.allow_private.unwrap_or_default(),
                own_roots: run.own_roots,
                client_certificate: run.client_certificate,
                redirected: self
                    .reach
                    .connect_to
                    .iter()
                    .filter_map(|redirect| redirect.published)
                    .collect(),
                policy: run.policy.about(domain),
                ..default.terms
            },
            authority: self.ask.authority(),
            views: self.ask.views(),
            redirects: self.reach.connect_to,
            control: self.reach.control,
            fetch_issuer: self.certificates.fetch_issuer.unwrap_or_default(),
            revocation: !self.certificates.no_revocation.unwrap_or_default(),
            renewal: self.certificates.renewal.unwrap_or_default(),
            compare: self.certificates.compare(),
            limits: Limits {
                deadline: self.limits.deadline.unwrap_or(default.limits.deadline),
                ..limits(self.limits.timeout)
            },
            per_server: self.limits.per_server,
            anew: self.waiting.wait.is_some(),
            from: self.limits.from.unwrap_or(default.from),
        })
    }
}

impl Options {
    /// Checks that no option was given that goes with one domain only.
    pub(super) fn fit_several_domains(&self) -> Result<(), Error> {
        for (is_given, option) in [
            (self.subject.fqdn.is_some(), "--fqdn"),
            (!self.reach.connect_to.is_empty(), "--connect-to"),
            (!self.ask.authority.is_empty(), "--authority"),
            (!self.reach.via.is_empty(), "--via"),
        ] {
            if is_given {
                return Err(Error::OneDomainOnly(option));
            }
        }
        Ok(())
    }
}

impl Options {
    /// Checks that these options, as typed, say nothing that no place of these could obey: how a
    /// place elsewhere looks is its own affair.
    ///
    /// # Errors
    ///
    /// [`Error::NotWithVia`], or [`Error::OnlyFromHere`] where this machine is not among the places.
    pub fn fit_places(&self, places: &[Vantage]) -> Result<(), Error> {
        if self.waiting.wait.is_some() {
            return Err(Error::NotWithVia("wait"));
        }
        if places.contains(&Vantage::Here) {
            return Ok(());
        }
        let Self {
            ask,
            reach,
            certificates,
            limits,
            ..
        } = self;
        for (is_given, option) in [
            (!ask.resolver.is_empty(), "resolver"),
            (ask.no_authority.is_some(), "no_authority"),
            (!ask.authority.is_empty(), "authority"),
            (!reach.connect_to.is_empty(), "connect_to"),
            (reach.control.is_some(), "control"),
            (reach.allow_private.is_some(), "allow_private"),
            (certificates.ca_file.is_some(), "ca_file"),
            (certificates.fetch_issuer.is_some(), "fetch_issuer"),
            (certificates.client_cert.is_some(), "client_cert"),
            (certificates.no_revocation.is_some(), "no_revocation"),
            (certificates.renewal.is_some(), "renewal"),
            (certificates.compare_port.is_some(), "compare_port"),
            (certificates.no_compare.is_some(), "no_compare"),
            (limits.from.is_some(), "from"),
            (limits.timeout.is_some(), "timeout"),
            (limits.per_server.is_some(), "per_server"),
        ] {
            if is_given {
                return Err(Error::OnlyFromHere(option));
            }
        }
        match reach.family() {
            Family::Both => Ok(()),
            Family::V4 => Err(Error::OnlyFromHere("4")),
            Family::V6 => Err(Error::OnlyFromHere("6")),
        }
    }
}

impl AskOptions {
    pub(super) fn views(&self) -> Vec<View> {
        if self.resolver.is_empty() {
            vec![View::System]
        } else {
            self.resolver.clone()
        }
    }

    pub(super) fn authority(&self) -> Authority {
        if self.no_authority.unwrap_or_default() {
            Authority::Off
        } else if self.authority.is_empty() {
            Authority::Published
        } else {
            Authority::Given(self.authority.clone())
        }
    }
}

impl ReachOptions {
    fn family(&self) -> Family {
        match (self.ipv4, self.ipv6) {
            (Some(true), _) => Family::V4,
            (_, Some(true)) => Family::V6,
            _ => Family::Both,
        }
    }
}

impl CertificateOptions {
    fn compare(&self) -> Option<Compare> {
        let named = self.compare_port.map(|port| Compare {
            port,
            explicit: true,
        });
        (!self.no_compare.unwrap_or_default()).then(|| named.unwrap_or_default())
    }
}

/// The limits of single operations, and the default deadline.
pub(super) fn limits(timeout: Option<Duration>) -> Limits {
    let default = Limits::default();
    timeout.map_or(default, |timeout| default.each(timeout))
}
