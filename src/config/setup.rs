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
use super::values::{domain, fqdn, limit, name_server, redirect};
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
    /// Also ask port 80 of the server's addresses what Let's Encrypt would ask
    #[arg(long, env = "XFED_RENEWAL")]
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
    let files = given.report;
    let format = plan_format(given.format.unwrap_or_default())?;
    for file in &files {
        plan_format(file.format)?;
    }
    if targets.len() > 1 {
        fit_several_domains(&resolve(command, None, file))?;
    }
    let wish = |target: &Target| wish(target, resolve(command, Some(target), file), now);
    Ok(Setups {
        wishes: targets.iter().map(wish).collect(),
        format,
        files,
    })
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
