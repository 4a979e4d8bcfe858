//! The options of `xfed pair`, and the plans that they make for both sides.

use std::path::PathBuf;

use clap::Args;
use time::OffsetDateTime;

use super::Output;
use super::command_line::CommandLine;
use super::domain::Target;
use super::error::Error;
use super::file::Configuration;
use super::options::{
    AskOptions, CertificateOptions, LimitOptions, Options, ReachOptions, Run, SubjectOptions,
};
use super::output::OutputOptions;
use super::pem::{read_client, read_roots};
use super::resolve::{layer, resolve};
use super::site::SiteKeys;
use super::targets::labels;
use crate::model::plan::{Plan, Terms};
use crate::model::policy::Policy;
use crate::model::vantage::Vantage;
use crate::probe::shared::Shared;

/// The options of `xfed pair`; those that `xfed check` has too mean the same.
#[derive(Args, Clone, Debug, Default)]
pub struct PairOptions {
    /// Direct federation: routes entered by hand, on both sides (needs both FQDNs)
    ///
    /// Where only one of them federates directly, [[domain]] of the configuration file says so.
    #[arg(long, env = "XFED_DIRECT", help_heading = PAIR)]
    pub direct: Option<bool>,
    /// What xfed listen wrote as json when one of them called; repeatable
    ///
    /// Then the certificate that it presents is measured, not inferred from what its server shows.
    #[arg(long, value_name = "LISTEN.json", help_heading = PAIR)]
    pub evidence: Vec<PathBuf>,
    /// What becomes of the result.
    #[command(flatten)]
    pub output: OutputOptions,
    /// Whom to ask for names.
    #[command(flatten)]
    pub ask: AskOptions,
    /// How servers are reached.
    #[command(flatten)]
    pub reach: ReachOptions,
    /// Certificates: ours, and what is looked up about theirs.
    #[command(flatten)]
    pub certificates: CertificateOptions,
    /// Limits and manners.
    #[command(flatten)]
    pub limits: LimitOptions,
}

const PAIR: &str = "What is checked";

/// How a pair is looked at, with everything filled in.
pub struct Pairing {
    /// A plan for each side.
    pub plans: [Plan; 2],
    /// What their probes share.
    pub shared: Shared,
    /// Where it is looked from; empty for this machine alone.
    pub via: Vec<Vantage>,
    /// What opens the doors of those places.
    pub keys: SiteKeys,
    /// One after the other.
    pub one_by_one: bool,
    /// Reports of a test partner that one of them called.
    pub evidence: Vec<PathBuf>,
    /// What becomes of the result.
    pub output: Output,
}

/// Resolves the options, fills in the defaults, and reads the files of certificates.
///
/// # Errors
///
/// [`Error`] for the first thing that cannot be used, before anything is probed.
pub fn read(
    sides: [&str; 2],
    command: &CommandLine<PairOptions>,
    file: Option<&Configuration>,
    now: OffsetDateTime,
) -> Result<Pairing, Error> {
    let common: PairOptions = resolve(command, None, file);
    let certificates = &common.certificates;
    let roots = certificates.ca_file.as_deref();
    let roots = roots.map(read_roots).transpose()?;
    let client = read_client(
        certificates.client_cert.as_deref(),
        certificates.client_key.as_deref(),
    )?;
    let typed: PairOptions = resolve(command, None, None);
    fit(typed, &common.reach.via)?;
    let [one, other] = sides.map(target);
    let (one, other) = (one?, other?);
    if one.domain == other.domain {
        return Err(Error::SameTwice(one.domain.to_string()));
    }
    let no_policy = Policy::default();
    let run = Run {
        policy: file.map_or(&no_policy, |file| &file.policy),
        own_roots: roots.is_some(),
        client_certificate: client.is_some(),
        now,
    };
    let plan = |target: &Target| plan(target, command, file, &run);
    Ok(Pairing {
        plans: [plan(&one)?, plan(&other)?],
        shared: Shared::new(roots, client),
        keys: SiteKeys::read(&common.reach.via, command, file)?,
        via: common.reach.via,
        one_by_one: common.limits.jobs == Some(1),
        evidence: common.evidence,
        output: Output::new(common.output),
    })
}

/// A domain, and behind `=` the name of its server.
fn target(input: &str) -> Result<Target, Error> {
    let (domain, fqdn) = match input.split_once('=') {
        Some((domain, fqdn)) => (domain, Some(fqdn)),
        None => (input, None),
    };
    let target = Target::parse(domain).map_err(|error| Error::Input(domain.to_owned(), error))?;
    match fqdn {
        Some(fqdn) => {
            let refused = |_| Error::ServerBehind(target.domain.to_string(), fqdn.to_owned());
            target.clone().with_server(fqdn).map_err(refused)
        }
        None => Ok(target),
    }
}

/// Checks that nothing was typed that holds for one of them only, or that no place could obey.
fn fit(typed: PairOptions, places: &[Vantage]) -> Result<(), Error> {
    let mut redirects = typed.reach.connect_to.iter();
    if redirects.any(|redirect| redirect.published.is_none()) {
        return Err(Error::WhichOfBoth);
    }
    if !typed.ask.authority.is_empty() {
        return Err(Error::OneDomainOnly("--authority"));
    }
    if places.is_empty() {
        return Ok(());
    }
    as_of_check(typed, SubjectOptions::default()).fit_places(places)
}

/// The same as options of `xfed check`.
fn as_of_check(options: PairOptions, subject: SubjectOptions) -> Options {
    let PairOptions {
        direct: _,
        evidence: _,
        output,
        ask,
        reach,
        certificates,
        limits,
    } = options;
    Options {
        subject,
        output,
        ask,
        reach,
        certificates,
        limits,
        ..Options::default()
    }
}

fn plan(
    target: &Target,
    command: &CommandLine<PairOptions>,
    file: Option<&Configuration>,
    run: &Run<'_>,
) -> Result<Plan, Error> {
    let layer = layer(command, Some(target), file);
    let subject = SubjectOptions {
        // Each of them is the other's partner.
        partner: None,
        ..layer.parse()
    };
    if subject.direct == Some(true) && subject.fqdn.is_none() {
        return Err(Error::WhichServer(target.domain.to_string()));
    }
    let options = as_of_check(layer.parse(), subject);
    let plan = options.plan(&target.input, &target.domain, run)?;
    let labels = labels(target, file);
    // What is published by the other one of both is none of this one's.
    let terms = Terms {
        redirected: Vec::new(),
        ..plan.terms
    };
    Ok(Plan {
        labels,
        terms,
        ..plan
    })
}
