//! What can be chosen: one struct per command for the command line, the environment and `xfed.toml`,
//! all of it optional.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::BoolishValueParser;
use schemars::JsonSchema;

use super::output::OutputOptions;
use super::values::{interval, limit, sender};

/// Whom to ask for names: what `xfed check` and `xfed plan` share.
#[derive(Args, Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub struct AskOptions {
    /// Whom to ask: "system", or a resolver by DNS, TLS or HTTPS; repeatable, the first answer counts
    /// [default: system]
    #[arg(
        long,
        value_name = "system|IP[:PORT]|tls://IP[:PORT][#NAME]|https://HOST[:PORT]/dns-query",
        env = "XFED_RESOLVER",
        value_delimiter = ',',
        help_heading = "How it is reached"
    )]
    pub resolver: Vec<String>,
    /// Do not ask the zone's own servers; judge by the resolver's answers
    #[arg(
        long,
        env = "XFED_NO_AUTHORITY",
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new(),
        help_heading = "How it is reached",
    )]
    pub no_authority: Option<bool>,
    /// Take this for one of the zone's own servers (before a delegation moves); repeatable
    #[arg(
        long,
        value_name = "IP[:PORT]",
        env = "XFED_AUTHORITY",
        value_delimiter = ',',
        conflicts_with = "no_authority",
        help_heading = "How it is reached"
    )]
    #[schemars(skip)]
    pub authority: Vec<String>,
}

/// The options of `xfed check`.
#[derive(Args, Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub struct Options {
    /// Public name of the XPhone server, when it is known or there is no SRV record yet
    #[arg(
        long,
        value_name = "FQDN",
        env = "XFED_FQDN",
        help_heading = "What is checked"
    )]
    #[schemars(skip)]
    pub fqdn: Option<String>,
    /// Direct federation: partners enter a route by hand, no SRV record is needed (needs --fqdn)
    #[arg(
        long,
        env = "XFED_DIRECT",
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new(),
        help_heading = "What is checked",
    )]
    #[schemars(skip)]
    pub direct: Option<bool>,
    /// The domain is a partner's: can our server reach it?
    #[arg(
        long,
        env = "XFED_PARTNER",
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new(),
        help_heading = "What is checked",
    )]
    #[schemars(skip)]
    pub partner: Option<bool>,
    /// Whom to ask for names.
    #[command(flatten)]
    #[schemars(flatten)]
    pub ask: AskOptions,
    /// Connect here instead of to the published address; with IP=, instead of to that one, whatever
    /// for (revocation lists too), on the port given; repeatable
    #[arg(
        long,
        value_name = "[IP=]ADDR[:PORT]",
        env = "XFED_CONNECT_TO",
        value_delimiter = ',',
        help_heading = "How it is reached"
    )]
    #[schemars(skip)]
    pub connect_to: Vec<String>,
    /// A host that is known to answer on 5061: when it is silent too, the way out is closed
    #[arg(
        long,
        value_name = "HOST[:PORT]",
        env = "XFED_CONTROL",
        help_heading = "How it is reached"
    )]
    pub control: Option<String>,
    /// Connect to published addresses even when they are not public
    #[arg(
        long,
        env = "XFED_ALLOW_PRIVATE",
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new(),
        help_heading = "How it is reached",
    )]
    pub allow_private: Option<bool>,
    /// Connect by IPv4 only
    #[arg(
        short = '4',
        num_args = 0,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new(),
        conflicts_with = "ipv6",
        help_heading = "How it is reached",
    )]
    pub ipv4: Option<bool>,
    /// Connect by IPv6 only
    #[arg(
        short = '6',
        num_args = 0,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new(),
        help_heading = "How it is reached",
    )]
    pub ipv6: Option<bool>,
    /// Trust exactly these roots instead of the public ones
    #[arg(
        long,
        value_name = "PEM",
        env = "XFED_CA_FILE",
        help_heading = "Certificates"
    )]
    pub ca_file: Option<PathBuf>,
    /// Fetch the issuer that a certificate's chain lacks, and prove that it is what is missing
    #[arg(
        long,
        env = "XFED_FETCH_ISSUER",
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new(),
        help_heading = "Certificates",
    )]
    pub fetch_issuer: Option<bool>,
    /// Certificate to present when the server asks for one (needs --client-key)
    #[arg(
        long,
        value_name = "PEM",
        env = "XFED_CLIENT_CERT",
        help_heading = "Certificates"
    )]
    pub client_cert: Option<PathBuf>,
    /// Private key of --client-cert
    #[arg(
        long,
        value_name = "PEM",
        env = "XFED_CLIENT_KEY",
        help_heading = "Certificates"
    )]
    pub client_key: Option<PathBuf>,
    /// Do not fetch the revocation list (CRL) that the certificate names
    #[arg(
        long,
        env = "XFED_NO_REVOCATION",
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new(),
        help_heading = "Certificates",
    )]
    pub no_revocation: Option<bool>,
    /// Port of the same address whose certificate may be newer, if XPhone still shows the old one
    /// [default: 443; with --connect-to only if given, and only with its IP=]
    #[arg(
        long,
        value_name = "PORT",
        env = "XFED_COMPARE_PORT",
        value_parser = clap::value_parser!(u16).range(1..),
        help_heading = "Certificates"
    )]
    #[schemars(range(min = 1))]
    pub compare_port: Option<u16>,
    /// Do not compare the certificate with that of another port
    #[arg(
        long,
        env = "XFED_NO_COMPARE",
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new(),
        help_heading = "Certificates",
    )]
    pub no_compare: Option<bool>,
    /// SIP URI that OPTIONS names as its sender, anonymous if not given
    #[arg(
        long,
        value_name = "SIP-URI",
        env = "XFED_FROM",
        value_parser = sender,
        help_heading = "Limits and manners"
    )]
    pub from: Option<String>,
    /// Longest time for a single operation [default: DNS 3s, connect 5s, TLS 5s, SIP 2s, CRL 2s at most]
    #[arg(
        long,
        value_name = "DURATION",
        env = "XFED_TIMEOUT",
        value_parser = limit,
        help_heading = "Limits and manners"
    )]
    #[schemars(with = "Option<String>")]
    pub timeout: Option<Duration>,
    /// Longest time for a domain, a hard cap [default: 20s]
    #[arg(
        long,
        value_name = "DURATION",
        env = "XFED_DEADLINE",
        value_parser = limit,
        help_heading = "Limits and manners"
    )]
    #[schemars(with = "Option<String>")]
    pub deadline: Option<Duration>,
    /// Domains checked at the same time [default: 8]
    #[arg(
        long,
        value_name = "N",
        env = "XFED_JOBS",
        value_parser = clap::value_parser!(u8).range(1..),
        help_heading = "Limits and manners"
    )]
    #[schemars(range(min = 1))]
    pub jobs: Option<u8>,
    /// Look again until the exit code would be 0, for as long as this
    #[arg(
        long,
        value_name = "DURATION",
        env = "XFED_WAIT",
        value_parser = limit,
        help_heading = "Waiting"
    )]
    #[schemars(with = "Option<String>")]
    pub wait: Option<Duration>,
    /// Longest time between two looks of --wait; shorter where it is known that a cache forgets
    /// [default: 15s]
    #[arg(
        long,
        value_name = "DURATION",
        env = "XFED_INTERVAL",
        value_parser = interval,
        help_heading = "Waiting"
    )]
    #[schemars(with = "Option<String>")]
    pub interval: Option<Duration>,
    /// What becomes of the result.
    #[command(flatten)]
    #[schemars(flatten)]
    pub output: OutputOptions,
}
