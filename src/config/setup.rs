//! The options of `xfed plan`, and what they mean.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use time::OffsetDateTime;

use super::command_line::CommandLine;
use super::domain::{Mode, Target};
use super::error::Error;
use super::file::Configuration;
use super::options::{AskOptions, limits};
use super::output::FailOnChoice;
use super::report_file::ReportFile;
use super::resolve::resolve;
use super::values::{Peer, domain, fqdn, limit, name_server, peer, redirect};
use crate::model::names::{Domain, Fqdn};
use crate::model::plan::{Plan, Redirect};
use crate::render::Format;
use crate::render::setup::PlanFormat;
use crate::setup::{Variant, Wish};

/// The heading of what goes with a zone file.
const ZONE: &str = "A zone file";

/// The options of `xfed plan`; those that `xfed check` has too mean the same.
#[derive(Args, Clone, Debug, Default)]
pub struct SetupOptions {
    /// Public name that the XPhone server is to have [default: "xphone" below the domain]
    #[arg(long, value_name = "FQDN", env = "XFED_FQDN", value_parser = fqdn)]
    pub fqdn: Option<Fqdn>,
    /// Public IPv4 address that leads to the server; a private one is taken for the server's own
    #[arg(long, value_name = "IPv4", env = "XFED_IP")]
    pub ip: Option<Ipv4Addr>,
    /// The plan for this variant of the domain choice, instead of the one that fits what DNS shows
    #[arg(long, value_enum, value_name = "VARIANT")]
    pub variant: Option<VariantChoice>,
    /// Domain that XPhone gets beside Teams in variant 3 [default: "xphone" below the domain]
    #[arg(long, value_name = "DOMAIN", value_parser = domain)]
    pub own: Option<Domain>,
    /// Direct federation: a plan for each side's routes
    ///
    /// Routes are entered by hand on every side, and there is no SRV record. Sides are the DOMAINs and
    /// every --peer.
    #[arg(long, conflicts_with_all = ["variant", "own", "zone", "test_partner"])]
    pub direct: Option<bool>,
    /// Another side; with --test-partner, who will call
    ///
    /// Repeatable with --direct. Behind = stands its server, where DNS does not name it.
    #[arg(long, value_name = "DOMAIN[=FQDN]", value_parser = peer)]
    pub peer: Vec<Peer>,
    /// What xfed listen needs to be a test partner
    ///
    /// For an afternoon, under DOMAIN.
    #[arg(long, conflicts_with_all = ["variant", "own", "zone"])]
    pub test_partner: Option<bool>,
    /// Also ask port 80 of the server's addresses what Let's Encrypt would ask
    #[arg(long, env = "XFED_RENEWAL", hide_short_help = true)]
    pub renewal: Option<bool>,
    /// Judge this zone file instead, before a name server loads it; - reads standard input
    ///
    /// Steps 1 to 3 of the checklist. DOMAIN is the zone itself, or lies in it.
    #[arg(long, value_name = "FILE", help_heading = ZONE)]
    pub zone: Option<PathBuf>,
    /// Zone that the file is of, where it does not say so itself [default: DOMAIN]
    #[arg(
        long,
        value_name = "DOMAIN",
        value_parser = domain,
        requires = "zone",
        help_heading = ZONE
    )]
    pub origin: Option<Domain>,
    /// Exit with 1 from this verdict on [default: fail]
    #[arg(long, value_enum, value_name = "WHAT", help_heading = ZONE)]
    pub fail_on: Option<FailOnChoice>,
    /// Also show remarks on steps that are fine
    #[arg(short, long, help_heading = ZONE)]
    pub verbose: Option<bool>,
    /// Only the verdict and what it rests on
    #[arg(short, long, conflicts_with = "verbose", help_heading = ZONE)]
    pub quiet: Option<bool>,
    /// How to write it: table, json or markdown; with --zone, any format of `check` [default: table]
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    pub format: Option<Format>,
    /// Also write it to FILE; repeatable
    #[arg(
        long,
        value_name = "FORMAT=FILE",
        value_delimiter = ',',
        value_parser = ReportFile::parse
    )]
    pub report: Vec<ReportFile>,
    /// Whom to ask for names.
    #[command(flatten)]
    pub ask: AskOptions,
    /// Longest time for one DNS question [default: 3s]
    #[arg(
        long,
        value_name = "DURATION",
        env = "XFED_TIMEOUT",
        value_parser = limit,
        help_heading = None::<&'static str>
    )]
    pub timeout: Option<Duration>,
}

/// What may stand behind a domain in a list of `xfed plan`. A list for `xfed check` serves as well:
/// what matters only there is passed over.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct LineOptions {
    /// Public name of the XPhone server
    #[arg(long, value_parser = fqdn)]
    fqdn: Option<Fqdn>,
    /// Its address
    #[arg(long)]
    ip: Option<Ipv4Addr>,
    /// The variant of the domain choice
    #[arg(long, value_enum)]
    variant: Option<VariantChoice>,
    /// The domain of its own
    #[arg(long, value_parser = domain)]
    own: Option<Domain>,
    /// One of the zone's own servers
    #[arg(long, value_parser = name_server)]
    authority: Vec<SocketAddr>,
    /// For `xfed check`
    #[arg(long, value_enum)]
    mode: Option<Mode>,
    /// For `xfed check`
    #[arg(long, value_parser = redirect)]
    connect_to: Vec<Redirect>,
}

/// The choices of `--variant`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VariantChoice {
    /// No other chat server: the e-mail domain itself
    Email,
    /// XPhone without federation
    #[value(name = "1")]
    Without,
    /// XPhone takes over from Teams
    #[value(name = "2")]
    TakeOver,
    /// A domain of its own beside Teams
    #[value(name = "3")]
    Own,
}

impl From<VariantChoice> for Variant {
    fn from(choice: VariantChoice) -> Self {
        match choice {
            VariantChoice::Email => Self::Email,
            VariantChoice::Without => Self::Without,
            VariantChoice::TakeOver => Self::TakeOver,
            VariantChoice::Own => Self::Own,
        }
    }
}

impl CommandLine<SetupOptions> {
    /// The zone file that is to be judged instead.
    pub fn zone(&self) -> Option<PathBuf> {
        self.arguments.parse::<SetupOptions>().zone
    }
}

/// What is to be planned, and how the plans are written.
#[derive(Debug)]
pub struct Setups {
    /// Each with what was typed, and a plan that asks DNS only.
    pub wishes: Vec<(Wish, Plan)>,
    /// The format.
    pub(crate) format: PlanFormat,
    /// Files that the plans are also written to.
    pub files: Vec<ReportFile>,
    /// What they are for.
    pub kind: Kind,
}

/// What plans are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Open federation, each by itself.
    Open,
    /// Direct federation of all of them.
    Direct,
    /// A partner for a test, and who is to call it.
    TestPartner(Option<Domain>),
}

/// Resolves the options of `xfed plan`.
///
/// The configuration file and the environment have no say in where plans are written: what they name
/// is meant for the reports of `xfed check`, and a plan must not take their place.
///
/// # Errors
///
/// [`Error`] for the first thing that cannot be used, before anything is asked.
pub fn read(
    targets: &[Target],
    command: &CommandLine<SetupOptions>,
    file: Option<&Configuration>,
    now: OffsetDateTime,
) -> Result<Setups, Error> {
    let given: SetupOptions = command.arguments.parse();
    for option in ["fail_on", "verbose", "quiet"] {
        if command.arguments.chooses(option) {
            return Err(Error::OnlyWithZone(option));
        }
    }
    // Only what was typed counts: how a domain federates today, the file says to `xfed check`.
    let kind = kind(&given)?;
    let files = given.report;
    let format = plan_format(given.format.unwrap_or_default())?;
    for file in &files {
        plan_format(file.format)?;
    }
    if targets.len() > 1 {
        fit_several_domains(&resolve(command, None, file))?;
    }
    let wish = |target: &Target| wish(target, resolve(command, Some(target), file), now);
    let mut wishes: Vec<(Wish, Plan)> = targets.iter().map(wish).collect();
    match &kind {
        Kind::Open => {}
        Kind::Direct => {
            let of_peer = |peer: &Peer| as_wish(peer, resolve(command, None, file), now);
            let peers: Vec<(Wish, Plan)> = given.peer.iter().map(of_peer).collect();
            wishes.extend(peers);
            several_sides(&wishes)?;
        }
        Kind::TestPartner(_) => wishes.iter_mut().for_each(|(wish, _)| {
            let host = || Fqdn::parse(&format!("{TEST_HOST}.{}", wish.domain)).ok();
            wish.fqdn = wish.fqdn.take().or_else(host);
        }),
    }
    if kind != Kind::Open {
        for (wish, _) in &mut wishes {
            // The domain itself, whatever else is chatted under it.
            wish.variant = Some(Variant::Email);
        }
    }
    Ok(Setups {
        wishes,
        format,
        files,
        kind,
    })
}

/// What a test partner is called below its domain.
const TEST_HOST: &str = "fed";

fn kind(given: &SetupOptions) -> Result<Kind, Error> {
    let is_partner = given.test_partner.unwrap_or_default();
    match (given.direct.unwrap_or_default(), given.peer.as_slice()) {
        (true, _) => Ok(Kind::Direct),
        (false, []) if is_partner => Ok(Kind::TestPartner(None)),
        (false, [caller]) if is_partner && caller.fqdn.is_none() => {
            Ok(Kind::TestPartner(Some(caller.domain.clone())))
        }
        (false, []) => Ok(Kind::Open),
        (false, _) if is_partner => Err(Error::OneCaller),
        (false, _) => Err(Error::PeerOfWhat),
    }
}

fn several_sides(wishes: &[(Wish, Plan)]) -> Result<(), Error> {
    if wishes.len() < 2 {
        return Err(Error::NoPeer);
    }
    let mut seen: Vec<&Domain> = Vec::new();
    for (Wish { domain, .. }, _) in wishes {
        if seen.contains(&domain) {
            return Err(Error::SideTwice(domain.to_string()));
        }
        seen.push(domain);
    }
    Ok(())
}

/// Another side: what was typed of the first one's server does not hold for it.
fn as_wish(peer: &Peer, options: SetupOptions, now: OffsetDateTime) -> (Wish, Plan) {
    let options = SetupOptions {
        fqdn: peer.fqdn.clone(),
        ip: None,
        ..options
    };
    wish(&Target::of(&peer.domain), options, now)
}

fn plan_format(format: Format) -> Result<PlanFormat, Error> {
    PlanFormat::of(format).ok_or(Error::PlanFormat(format))
}

fn wish(target: &Target, options: SetupOptions, now: OffsetDateTime) -> (Wish, Plan) {
    let plan = Plan {
        input: target.input.clone(),
        labels: target.labels.clone(),
        views: options.ask.views(),
        authority: options.ask.authority(),
        limits: limits(options.timeout),
        renewal: options.renewal.unwrap_or_default(),
        ..Plan::new(target.domain.clone(), now)
    };
    let wish = Wish {
        domain: target.domain.clone(),
        fqdn: options.fqdn,
        ip: options.ip,
        variant: options.variant.map(Variant::from),
        own: options.own,
        typed: None,
    };
    (wish, plan)
}

/// Checks that no option was given that goes with one domain only.
fn fit_several_domains(options: &SetupOptions) -> Result<(), Error> {
    for (is_given, option) in [
        (options.fqdn.is_some(), "--fqdn"),
        (options.ip.is_some(), "--ip"),
        (options.own.is_some(), "--own"),
        (!options.ask.authority.is_empty(), "--authority"),
    ] {
        if is_given {
            return Err(Error::OneDomainOnly(option));
        }
    }
    Ok(())
}
