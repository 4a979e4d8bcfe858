//! The options of `xfed listen`, and what they mean.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use time::OffsetDateTime;
use tokio_rustls::rustls::sign::CertifiedKey;

use super::Output;
use super::command_line::CommandLine;
use super::error::Error;
use super::file::Configuration;
use super::options::{AskOptions, limits};
use super::output::OutputOptions;
use super::pem::{read_pair, read_roots};
use super::resolve::resolve;
use super::values::{bind, domain, fqdn, limit, port, redirect, wait};
use crate::facts::Demand;
use crate::model::limits::FEDERATION_PORT;
use crate::model::names::{Domain, Fqdn};
use crate::model::plan::{Plan, Redirect, Scope, Terms};
use crate::model::policy::Policy;
use crate::probe::shared::Shared;

/// How long is listened, where nobody says otherwise.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// The options of `xfed listen`.
#[derive(Args, Clone, Debug, Default)]
pub struct ListenOptions {
    /// Public name of this test partner, which its SRV record leads to
    #[arg(long, value_name = "FQDN", value_parser = fqdn, required = true)]
    pub fqdn: Option<Fqdn>,
    /// Its certificate with the intermediates, in PEM
    #[arg(long, value_name = "PEM", required = true)]
    pub cert: Option<PathBuf>,
    /// The key of the certificate, in PEM
    #[arg(long, value_name = "PEM", required = true)]
    pub key: Option<PathBuf>,
    /// Its domain, which is written to [default: the FQDN without its first label]
    #[arg(long, value_name = "DOMAIN", value_parser = domain)]
    pub domain: Option<Domain>,
    /// Its public port [default: 5061]
    #[arg(long, value_name = "PORT", value_parser = port)]
    pub port: Option<u16>,
    /// Where it listens, behind a port forward [default: all addresses of this machine, --port]
    #[arg(long, value_name = "IP[:PORT]", value_parser = bind)]
    pub bind: Option<SocketAddr>,
    /// Domain that is to call: who writes from another one is refused
    #[arg(long, value_name = "DOMAIN", value_parser = domain, help_heading = CALLER)]
    pub expect: Option<Domain>,
    /// How long to listen [default: 15m]
    #[arg(long = "for", value_name = "DURATION", value_parser = wait, help_heading = CALLER)]
    pub span: Option<Duration>,
    /// Stop as soon as a text has come, or a server that called has failed
    #[arg(long, help_heading = CALLER)]
    pub once: Option<bool>,
    /// Whether callers are asked for a certificate [default: ask]
    #[arg(long = "client-cert", value_enum, value_name = "WHETHER", help_heading = CALLER)]
    pub demand: Option<DemandChoice>,
    /// Whether the authorities that are accepted are named in that [default: none]
    ///
    /// Windows and .NET choose a certificate by them. Where one comes with them and none without, or
    /// the other way round, that is the reason.
    #[arg(long, value_enum, value_name = "WHICH", help_heading = CALLER)]
    pub ca_hints: Option<HintsChoice>,
    /// Reply to texts, to see whether a reply arrives
    ///
    /// One reply a text, on a new connection to the server that called, with the certificate of the test
    /// partner; only where its own certificate has proven who it is.
    #[arg(long, help_heading = CALLER)]
    pub echo: Option<bool>,
    /// Connect to this address for that, instead of to the published one
    #[arg(long, value_name = "[IP=]ADDR[:PORT]", value_delimiter = ',', value_parser = redirect, help_heading = CALLER)]
    pub connect_to: Vec<Redirect>,
    /// Write down what is said, without texts and without names of people
    #[arg(long, value_name = "FILE", help_heading = CALLER)]
    pub transcript: Option<PathBuf>,
    /// Trust these roots instead of the public ones
    #[arg(long, value_name = "PEM", env = "XFED_CA_FILE", help_heading = CALLER)]
    pub ca_file: Option<PathBuf>,
    /// Whom to ask for names.
    #[command(flatten)]
    pub ask: AskOptions,
    /// Longest time for a single operation [default: DNS 3s, CRL 2s at most]
    #[arg(long, value_name = "DURATION", env = "XFED_TIMEOUT", value_parser = limit)]
    pub timeout: Option<Duration>,
    /// What becomes of the result.
    #[command(flatten)]
    pub output: OutputOptions,
}

/// The heading of what is about the other side.
const CALLER: &str = "Who calls";

/// The choices of `--client-cert`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DemandChoice {
    /// Ask, and let go on who has none
    Ask,
    /// Refuse who has none
    Require,
    /// Do not ask
    None,
}

impl From<DemandChoice> for Demand {
    fn from(choice: DemandChoice) -> Self {
        match choice {
            DemandChoice::Ask => Self::Ask,
            DemandChoice::Require => Self::Require,
            DemandChoice::None => Self::None,
        }
    }
}

/// The choices of `--ca-hints`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HintsChoice {
    /// Name none
    None,
    /// Name those of the roots
    Roots,
}

/// How it is listened, with everything filled in.
pub struct Listening {
    /// The test partner.
    pub fqdn: Fqdn,
    /// Its domain.
    pub domain: Domain,
    /// Its public port.
    pub port: u16,
    /// Where it listens; all addresses where nothing is said.
    pub bind: Option<SocketAddr>,
    /// Its certificate.
    pub certificate: Arc<CertifiedKey>,
    /// The domain that is to call.
    pub expected: Option<Domain>,
    /// For how long.
    pub span: Duration,
    /// Until something is decided.
    pub once: bool,
    /// Whether callers are asked for a certificate.
    pub demand: Demand,
    /// The demand names authorities.
    pub names_authorities: bool,
    /// Texts are replied to.
    pub echoes: bool,
    /// The file for what is said.
    pub transcript: Option<PathBuf>,
    /// A plan for a domain that nothing is known of yet: whom to ask, the limits.
    pub plan: Plan,
    /// What the user decided about findings.
    pub policy: Policy,
    /// What becomes of the result.
    pub output: Output,
}

/// Resolves the options of `xfed listen`, and reads the roots.
///
/// # Errors
///
/// [`Error`] for the first thing that cannot be used, before anybody can connect.
pub fn read(
    command: &CommandLine<ListenOptions>,
    file: Option<&Configuration>,
    now: OffsetDateTime,
) -> Result<(Listening, Shared), Error> {
    let options = resolve(command, None, file);
    let (Some(fqdn), Some(cert), Some(key)) = (options.fqdn, options.cert, options.key) else {
        // The command line demands them.
        return Err(Error::ServerPair);
    };
    let domain = match options.domain {
        Some(domain) => domain,
        None => above(&fqdn),
    };
    let roots = options.ca_file.as_deref().map(read_roots).transpose()?;
    let default = Plan::new(domain.clone(), now);
    let plan = Plan {
        authority: options.ask.authority(),
        views: if options.ask.resolver.is_empty() {
            default.views
        } else {
            options.ask.resolver
        },
        limits: limits(options.timeout),
        redirects: options.connect_to,
        terms: Terms {
            fqdn: Some(fqdn.clone()),
            own_roots: roots.is_some(),
            scope: Scope::Whole,
            ..default.terms
        },
        ..default
    };
    let certificate = read_pair(&cert, &key)?;
    // A partner has one certificate for both directions.
    let shared = Shared::new(roots, Some(Arc::clone(&certificate)));
    let listening = Listening {
        certificate,
        port: options.port.unwrap_or(FEDERATION_PORT),
        bind: options.bind,
        expected: options.expect,
        span: options.span.unwrap_or(LONGEST),
        once: options.once.unwrap_or_default(),
        demand: options.demand.unwrap_or(DemandChoice::Ask).into(),
        names_authorities: options.ca_hints == Some(HintsChoice::Roots),
        echoes: options.echo.unwrap_or_default(),
        transcript: options.transcript,
        policy: file.map_or_else(Policy::default, |file| file.policy.clone()),
        output: Output::new(options.output),
        fqdn,
        domain,
        plan,
    };
    Ok((listening, shared))
}

/// The domain of a server: it stands one label below it.
fn above(fqdn: &Fqdn) -> Domain {
    let name = fqdn.as_str();
    let above = name.split_once('.').map(|(_, above)| above);
    let above = above.filter(|above| above.contains('.')).unwrap_or(name);
    Domain::parse(above).expect("a part of a server's name is one, too")
}
