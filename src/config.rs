//! What the user chose: one struct for the command line and the environment, all of it optional,
//! and what it means once the defaults are filled in.

mod report_file;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use clap::builder::BoolishValueParser;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::sign::CertifiedKey;

use crate::Error;
use crate::names::{Domain, Fqdn};
use crate::plan::{
    Authority, Compare, FEDERATION_PORT, Family, Federation, Limits, Plan, Redirect, Terms, View,
};
use crate::probe::equipment::{Equipment, provider};
use crate::render::Format;
use crate::report::{Convention, FailOn};
use crate::trust::Roots;

pub use report_file::ReportFile;

/// Nobody waits less than this for a network: every server would seem dead.
const SHORTEST_LIMIT: Duration = Duration::from_millis(100);

/// From one look of `--wait` to the next.
const INTERVAL: Duration = Duration::from_secs(15);

/// More often than this would be a burden to those who are asked.
pub(crate) const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// Where a resolver takes questions by HTTPS, when nobody says otherwise (RFC 8484 §4.1.1).
const DNS_PATH: &str = "/dns-query";

/// Who OPTIONS says is asking, when nobody else is named: nobody (RFC 3323 §4.1.1.3).
const ANONYMOUS: &str = "sip:xfed@anonymous.invalid";

/// Whom to ask for names: what `xfed check` and `xfed plan` share.
#[derive(Args, Clone, Debug, Default)]
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
    #[arg(long, env = "XFED_NO_AUTHORITY", value_parser = BoolishValueParser::new(), help_heading = "How it is reached")]
    pub no_authority: bool,
    /// Take this for one of the zone's own servers (before a delegation moves); repeatable
    #[arg(
        long,
        value_name = "IP[:PORT]",
        env = "XFED_AUTHORITY",
        value_delimiter = ',',
        conflicts_with = "no_authority",
        help_heading = "How it is reached"
    )]
    pub authority: Vec<String>,
}

/// The options of `xfed check`.
#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// Public name of the XPhone server, when it is known or there is no SRV record yet
    #[arg(
        long,
        value_name = "FQDN",
        env = "XFED_FQDN",
        help_heading = "What is checked"
    )]
    pub fqdn: Option<String>,
    /// Direct federation: partners enter a route by hand, no SRV record is needed (needs --fqdn)
    #[arg(long, env = "XFED_DIRECT", value_parser = BoolishValueParser::new(), help_heading = "What is checked")]
    pub direct: bool,
    /// The domain is a partner's: can our server reach it?
    #[arg(long, env = "XFED_PARTNER", value_parser = BoolishValueParser::new(), help_heading = "What is checked")]
    pub partner: bool,
    /// Whom to ask for names.
    #[command(flatten)]
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
    #[arg(long, env = "XFED_ALLOW_PRIVATE", value_parser = BoolishValueParser::new(), help_heading = "How it is reached")]
    pub allow_private: bool,
    /// Connect by IPv4 only
    #[arg(
        short = '4',
        conflicts_with = "ipv6",
        help_heading = "How it is reached"
    )]
    pub ipv4: bool,
    /// Connect by IPv6 only
    #[arg(short = '6', help_heading = "How it is reached")]
    pub ipv6: bool,
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
        value_parser = BoolishValueParser::new(),
        help_heading = "Certificates"
    )]
    pub fetch_issuer: bool,
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
    #[arg(long, env = "XFED_NO_REVOCATION", value_parser = BoolishValueParser::new(), help_heading = "Certificates")]
    pub no_revocation: bool,
    /// Port of the same address whose certificate may be newer, if XPhone still shows the old one
    /// [default: 443; with --connect-to only if given, and only with its IP=]
    #[arg(
        long,
        value_name = "PORT",
        env = "XFED_COMPARE_PORT",
        value_parser = clap::value_parser!(u16).range(1..),
        help_heading = "Certificates"
    )]
    pub compare_port: Option<u16>,
    /// Do not compare the certificate with that of another port
    #[arg(long, env = "XFED_NO_COMPARE", value_parser = BoolishValueParser::new(), help_heading = "Certificates")]
    pub no_compare: bool,
    /// SIP URI that OPTIONS names as its sender, anonymous if not given
    #[arg(
        long,
        value_name = "SIP-URI",
        env = "XFED_FROM",
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
    pub timeout: Option<Duration>,
    /// Longest time for a domain, a hard cap [default: 20s]
    #[arg(
        long,
        value_name = "DURATION",
        env = "XFED_DEADLINE",
        value_parser = limit,
        help_heading = "Limits and manners"
    )]
    pub deadline: Option<Duration>,
    /// Domains checked at the same time [default: 8]
    #[arg(
        long,
        value_name = "N",
        env = "XFED_JOBS",
        value_parser = clap::value_parser!(u8).range(1..),
        help_heading = "Limits and manners"
    )]
    pub jobs: Option<u8>,
    /// Look again until the exit code would be 0, for as long as this
    #[arg(
        long,
        value_name = "DURATION",
        env = "XFED_WAIT",
        value_parser = limit,
        help_heading = "Waiting"
    )]
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
    pub interval: Option<Duration>,
    /// What becomes of the result.
    #[command(flatten)]
    pub output: OutputOptions,
}

/// The options of `xfed replay`.
#[derive(Args, Clone, Debug, Default)]
pub struct ReplayOptions {
    /// Moment to judge at, in UTC unless it says otherwise [default: that of the report]
    #[arg(
        long,
        value_name = "DATE[TTIME]",
        env = "XFED_NOW",
        value_parser = moment,
        help_heading = "How it is judged"
    )]
    pub now: Option<OffsetDateTime>,
    /// What becomes of the result.
    #[command(flatten)]
    pub output: OutputOptions,
}

/// The options of every command that ends with reports.
#[derive(Args, Clone, Debug, Default)]
pub struct OutputOptions {
    /// From which verdict on the exit code is 1 [default: fail]
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        env = "XFED_FAIL_ON",
        help_heading = "Output"
    )]
    pub fail_on: Option<FailOnChoice>,
    /// Format of the report [default: table]
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        env = "XFED_FORMAT",
        help_heading = "Output"
    )]
    pub format: Option<Format>,
    /// Also write the report to FILE, in any of the formats; repeatable
    #[arg(
        long,
        value_name = "FORMAT=FILE",
        env = "XFED_REPORT",
        value_delimiter = ',',
        help_heading = "Output"
    )]
    pub report: Vec<String>,
    /// Also show remarks on steps that are fine
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,
    /// Leave out what is local: see below
    #[arg(long, env = "XFED_REDACT", help_heading = "Output")]
    pub redact: bool,
}

/// The choices of `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOnChoice {
    /// Only "not ready"
    Fail,
    /// "Ready with warnings", too
    Warn,
}

/// How long to look again, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// From the first look to the last.
    pub longest: Duration,
    /// From one look to the next, at most.
    pub interval: Duration,
}

/// Options with everything filled in.
#[derive(Debug)]
pub struct Settings {
    /// One plan per domain, in the order given.
    pub plans: Vec<Plan>,
    /// What their probes share.
    pub equipment: Equipment,
    /// Domains checked at the same time.
    pub jobs: usize,
    /// Looks again until the run is no failure.
    pub wait: Option<Wait>,
    /// What becomes of the result.
    pub output: Output,
}

/// What becomes of reports, with everything filled in.
#[derive(Clone, Debug)]
pub struct Output {
    /// From which verdict on a run counts as failed.
    pub fail_on: FailOn,
    /// The format of the report.
    pub format: Format,
    /// Files that are to hold it as well.
    pub files: Vec<ReportFile>,
    /// Remarks on steps that are fine are wanted, too.
    pub verbose: bool,
    /// What is local to this machine is left out.
    pub redact: bool,
}

impl Output {
    /// Fills in the defaults.
    ///
    /// # Errors
    ///
    /// [`Error`] for the first `--report` that says no format and file.
    pub fn new(options: &OutputOptions) -> Result<Self, Error> {
        let files = options.report.iter().map(|value| ReportFile::parse(value));
        Ok(Self {
            fail_on: match options.fail_on {
                Some(FailOnChoice::Warn) => FailOn::Warn,
                Some(FailOnChoice::Fail) | None => FailOn::Fail,
            },
            format: options.format.unwrap_or_default(),
            files: files.collect::<Result<_, _>>()?,
            verbose: options.verbose,
            redact: options.redact,
        })
    }

    /// What the exit code means to who asked for this format.
    #[must_use]
    pub fn convention(&self) -> Convention {
        if self.format == Format::Nagios {
            Convention::Plugin
        } else {
            Convention::Own(self.fail_on)
        }
    }
}

impl Settings {
    /// Fills in the defaults, reads the files, and checks that it all fits together.
    ///
    /// # Errors
    ///
    /// [`Error`] for the first thing that cannot be used, before anything is probed.
    pub fn new(domains: &[String], options: &Options, now: OffsetDateTime) -> Result<Self, Error> {
        let roots = options.ca_file.as_deref().map(read_roots).transpose()?;
        let client = read_client(
            options.client_cert.as_deref(),
            options.client_key.as_deref(),
        )?;
        let own_roots = roots.is_some();
        let client_certificate = client.is_some();
        let equipment = Equipment::new(roots, client);
        let plans: Vec<Plan> = domains
            .iter()
            .map(|input| {
                let mut plan = plan(input, options, now)?;
                plan.terms.own_roots = own_roots;
                plan.terms.client_certificate = client_certificate;
                Ok(plan)
            })
            .collect::<Result<_, Error>>()?;
        for (given, option) in [
            (options.fqdn.is_some(), "--fqdn"),
            (!options.connect_to.is_empty(), "--connect-to"),
            (!options.ask.authority.is_empty(), "--authority"),
        ] {
            if given && plans.len() > 1 {
                return Err(Error::OneDomainOnly(option));
            }
        }
        if plans.is_empty() {
            return Err(Error::NoDomain);
        }
        Ok(Self {
            plans,
            equipment,
            jobs: options.jobs.unwrap_or(8).into(),
            wait: options.wait.map(|longest| Wait {
                longest,
                interval: options.interval.unwrap_or(INTERVAL),
            }),
            output: Output::new(&options.output)?,
        })
    }
}

fn plan(input: &str, options: &Options, now: OffsetDateTime) -> Result<Plan, Error> {
    let named = |error| Error::Input(input.to_owned(), error);
    let domain = Domain::understand(input).map_err(named)?;
    let fqdn = match &options.fqdn {
        Some(fqdn) => Some(Fqdn::parse(fqdn).map_err(|error| Error::Fqdn(fqdn.clone(), error))?),
        None => None,
    };
    if options.direct && fqdn.is_none() {
        return Err(Error::DirectNeedsFqdn);
    }
    let defaults = Limits::default();
    let limits = options
        .timeout
        .map_or(defaults, |limit| defaults.each(limit));
    Ok(Plan {
        input: input.to_owned(),
        terms: Terms {
            domain,
            federation: if options.direct {
                Federation::Direct
            } else {
                Federation::Open
            },
            partner: options.partner,
            fqdn,
            made_at: now,
            now,
            family: match (options.ipv4, options.ipv6) {
                (true, _) => Family::V4,
                (false, true) => Family::V6,
                (false, false) => Family::Both,
            },
            allow_private: options.allow_private,
            own_roots: false,
            client_certificate: false,
        },
        views: views(&options.ask.resolver)?,
        authority: authority(options)?,
        redirects: options
            .connect_to
            .iter()
            .map(|value| redirect(value))
            .collect::<Result<_, _>>()?,
        fetch_issuer: options.fetch_issuer,
        control: options.control.as_deref().map(control).transpose()?,
        revocation: !options.no_revocation,
        compare: compare(options),
        from: options.from.clone().unwrap_or_else(|| ANONYMOUS.to_owned()),
        limits: Limits {
            deadline: options.deadline.unwrap_or(defaults.deadline),
            ..limits
        },
    })
}

fn compare(options: &Options) -> Option<Compare> {
    let named = options.compare_port.map(|port| Compare {
        port,
        explicit: true,
    });
    (!options.no_compare).then(|| named.unwrap_or_default())
}

fn views(given: &[String]) -> Result<Vec<View>, Error> {
    if given.is_empty() {
        return Ok(vec![View::System]);
    }
    given
        .iter()
        .map(|value| view(value).ok_or_else(|| Error::Resolver(value.clone())))
        .collect()
}

/// `system`, `IP[:PORT]`, `tls://IP[:PORT][#NAME]`, `https://HOST[:PORT][/PATH]`
fn view(value: &str) -> Option<View> {
    if let Some(rest) = value.strip_prefix("tls://") {
        let (at, name) = match rest.split_once('#') {
            Some((at, name)) => (at, Some(host_name(name)?)),
            None => (rest, None),
        };
        let (address, port) = host_and_port(at)?;
        return Some(View::Tls {
            address: address.parse().ok()?,
            port,
            name,
        });
    }
    if let Some(rest) = value.strip_prefix("https://") {
        let (at, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = host_and_port(at)?;
        let path = if path.len() > 1 { path } else { DNS_PATH };
        let plain = path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'#');
        return plain.then_some(View::Https {
            host: host_name(host)?,
            port,
            path: path.to_owned(),
        });
    }
    match value {
        "system" => Some(View::System),
        address => socket_address(address, 53).map(View::Resolver),
    }
}

/// `HOST`, `HOST:PORT`, `[ADDR]`, `[ADDR]:PORT`, or an IPv6 address alone.
fn host_and_port(value: &str) -> Option<(&str, Option<u16>)> {
    if value.parse::<IpAddr>().is_ok() {
        return Some((value, None));
    }
    let (host, port) = match value.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
        _ => (value, None),
    };
    match host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        Some(address) => address
            .parse::<std::net::Ipv6Addr>()
            .ok()
            .map(|_| (address, port)),
        None => (!host.contains(':')).then_some((host, port)),
    }
}

/// A name or an address that a certificate can be issued to.
fn host_name(value: &str) -> Option<String> {
    if let Ok(fqdn) = Fqdn::parse(value) {
        return Some(fqdn.to_string());
    }
    let known = ServerName::try_from(value).ok()?;
    Some(known.to_str().into_owned())
}

fn authority(options: &Options) -> Result<Authority, Error> {
    if options.ask.no_authority {
        return Ok(Authority::Off);
    }
    if options.ask.authority.is_empty() {
        return Ok(Authority::Published);
    }
    let server =
        |value: &String| socket_address(value, 53).ok_or_else(|| Error::Authority(value.clone()));
    options
        .ask
        .authority
        .iter()
        .map(server)
        .collect::<Result<_, _>>()
        .map(Authority::Given)
}

/// `[IP=]ADDR[:PORT]`
fn redirect(value: &str) -> Result<Redirect, Error> {
    let error = || Error::ConnectTo(value.to_owned());
    let (published, to) = match value.split_once('=') {
        Some((published, to)) => (Some(published.parse().map_err(|_| error())?), to),
        None => (None, value),
    };
    let to = socket_address(to, FEDERATION_PORT).ok_or_else(error)?;
    Ok(Redirect { published, to })
}

/// `HOST`, `HOST:PORT`, or an address in the same way
fn control(value: &str) -> Result<(String, u16), Error> {
    if let Some(address) = socket_address(value, FEDERATION_PORT) {
        return Ok((address.ip().to_string(), address.port()));
    }
    let error = || Error::Control(value.to_owned());
    let (host, port) = match value.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| error())?),
        None => (value, FEDERATION_PORT),
    };
    let host = Fqdn::parse(host).map_err(|_| error())?;
    Ok((host.to_string(), port))
}

/// `ADDR`, `ADDR:PORT`, `[ADDR]`, `[ADDR]:PORT`
fn socket_address(value: &str, default_port: u16) -> Option<SocketAddr> {
    let bare = value
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(value);
    let address = bare
        .parse::<IpAddr>()
        .map(|address| SocketAddr::new(address, default_port));
    address.ok().or_else(|| value.parse().ok())
}

pub(crate) fn limit(value: &str) -> Result<Duration, String> {
    match humantime::parse_duration(value) {
        Ok(limit) if limit < SHORTEST_LIMIT => {
            Err("shorter than 100ms, nobody can answer in that time".to_owned())
        }
        Ok(limit) => Ok(limit),
        Err(_) => Err("expected a number with its unit, such as 500ms, 3s or 1m".to_owned()),
    }
}

fn interval(value: &str) -> Result<Duration, String> {
    match limit(value)? {
        interval if interval < SHORTEST_INTERVAL => {
            Err("shorter than 1s, a burden to those who are asked".to_owned())
        }
        interval => Ok(interval),
    }
}

/// A date, or date and time (RFC 3339).
fn moment(value: &str) -> Result<OffsetDateTime, String> {
    let date = Date::parse(value, format_description!("[year]-[month]-[day]"));
    date.map(|date| date.midnight().assume_utc())
        .or_else(|_| OffsetDateTime::parse(value, &Rfc3339))
        .map_err(|_| {
            "expected a date such as 2026-12-24, or 2026-12-24T10:00:00Z with the time".to_owned()
        })
}

fn read_certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let pem = std::fs::read(file).map_err(|error| Error::ReadFile(file.to_owned(), error))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(Error::Pem {
            file: file.to_owned(),
            expected: "certificate",
        }),
    }
}

fn read_roots(file: &Path) -> Result<Roots, Error> {
    let roots = Roots::from_certificates(read_certificates(file)?);
    if roots.is_empty() {
        Err(Error::Pem {
            file: file.to_owned(),
            expected: "certificate",
        })
    } else {
        Ok(roots)
    }
}

fn read_client(
    certificate: Option<&Path>,
    key: Option<&Path>,
) -> Result<Option<Arc<CertifiedKey>>, Error> {
    let (certificate, key) = match (certificate, key) {
        (Some(certificate), Some(key)) => (certificate, key),
        (None, None) => return Ok(None),
        (Some(_), None) | (None, Some(_)) => return Err(Error::ClientPair),
    };
    let chain = read_certificates(certificate)?;
    let pem = std::fs::read(key).map_err(|error| Error::ReadFile(key.to_owned(), error))?;
    let private = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| Error::Pem {
        file: key.to_owned(),
        expected: "key",
    })?;
    let pair = CertifiedKey::from_der(chain, private, &provider())
        .map_err(|error| Error::ClientMismatch(error.to_string()))?;
    Ok(Some(Arc::new(pair)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolvers_are_called_what_they_were_typed_as() {
        for (typed, called) in [
            ("system", "system"),
            ("9.9.9.9", "9.9.9.9:53"),
            ("[2620:fe::fe]:5353", "[2620:fe::fe]:5353"),
            ("tls://9.9.9.9", "tls://9.9.9.9"),
            ("tls://9.9.9.9:853", "tls://9.9.9.9:853"),
            ("tls://9.9.9.9#dns.quad9.net", "tls://9.9.9.9#dns.quad9.net"),
            ("tls://2620:fe::fe", "tls://2620:fe::fe"),
            (
                "tls://[2620:fe::fe]:853#dns.quad9.net",
                "tls://[2620:fe::fe]:853#dns.quad9.net",
            ),
            ("tls://[2620:fe::fe]", "tls://2620:fe::fe"),
            (
                "https://dns.quad9.net/dns-query",
                "https://dns.quad9.net/dns-query",
            ),
            (
                "https://dns.quad9.net:8443/",
                "https://dns.quad9.net:8443/dns-query",
            ),
            (
                "https://[2620:fe::fe]/own/path",
                "https://[2620:fe::fe]/own/path",
            ),
            ("https://9.9.9.9:443", "https://9.9.9.9:443/dns-query"),
        ] {
            let view = view(typed).unwrap_or_else(|| panic!("{typed}"));
            assert_eq!(view.to_string(), called);
            let json = serde_json::to_string(&view).expect("a view is JSON");
            let read: View = serde_json::from_str(&json).expect("what was written");
            assert_eq!(read, view, "{json}");
        }
    }
}
