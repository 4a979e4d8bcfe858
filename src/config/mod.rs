//! What the user chose, and what it means once the defaults are filled in.

mod fault;
mod file;
mod merge;
mod options;
mod output;
mod pem;
mod readings;
mod report_file;
mod schema;
pub mod setup;
mod targets;
mod toml;
mod values;

use std::time::Duration;

use time::OffsetDateTime;

pub use fault::{Expected, Fault, Wrong};
pub use file::Configuration;
pub use options::{AskOptions, Options};
pub use output::{ColorChoice, FailOnChoice, GlobalOptions, OutputOptions, ReplayOptions};
use pem::{read_client, read_roots};
pub use report_file::ReportFile;
pub use schema::write_schema;
pub use targets::{Target, targets};
pub(crate) use values::{SHORTEST_INTERVAL, limit};
use values::{control, redirect, socket_address, view};

use crate::Error;
use crate::model::names::{Domain, Fqdn};
use crate::model::plan::{Authority, Compare, Family, Federation, Limits, Plan, Terms, View};
use crate::model::policy::Policy;
use crate::probe::shared::Shared;
use crate::render::Format;
use crate::report::{Convention, FailOn};

/// Domains checked at the same time.
const JOBS: u8 = 8;

/// From one look of `--wait` to the next.
const INTERVAL: Duration = Duration::from_secs(15);

/// Who OPTIONS says is asking, when nobody else is named: nobody (RFC 3323 §4.1.1.3).
const ANONYMOUS: &str = "sip:xfed@anonymous.invalid";

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
    pub shared: Shared,
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
    /// Only the verdict is wanted.
    pub quiet: bool,
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
            verbose: options.verbose.unwrap_or_default(),
            quiet: options.quiet.unwrap_or_default(),
            redact: options.redact.unwrap_or_default(),
        })
    }

    /// What the exit code means to who asked for this format.
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
    pub fn new(
        targets: &[Target],
        options: &Options,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        let roots = options.ca_file.as_deref().map(read_roots).transpose()?;
        let client = read_client(
            options.client_cert.as_deref(),
            options.client_key.as_deref(),
        )?;
        let own_roots = roots.is_some();
        let client_certificate = client.is_some();
        let shared = Shared::new(roots, client);
        let plans: Vec<Plan> = targets
            .iter()
            .map(|target| {
                let own = target.options.clone().or(options.clone());
                let mut plan = plan(&target.input, &own, now)?;
                plan.terms.policy = policy.about(&plan.terms.domain);
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
            shared,
            jobs: options.jobs.unwrap_or(JOBS).into(),
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
    let domain = Domain::parse(input).map_err(named)?;
    let fqdn = match &options.fqdn {
        Some(fqdn) => Some(Fqdn::parse(fqdn).map_err(|error| Error::Fqdn(fqdn.clone(), error))?),
        None => None,
    };
    let direct = options.direct.unwrap_or_default();
    if direct && fqdn.is_none() {
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
            federation: if direct {
                Federation::Direct
            } else {
                Federation::Open
            },
            partner: options.partner.unwrap_or_default(),
            fqdn,
            made_at: now,
            now,
            family: match (
                options.ipv4.unwrap_or_default(),
                options.ipv6.unwrap_or_default(),
            ) {
                (true, _) => Family::V4,
                (false, true) => Family::V6,
                (false, false) => Family::Both,
            },
            allow_private: options.allow_private.unwrap_or_default(),
            own_roots: false,
            client_certificate: false,
            policy: Policy::default(),
        },
        views: views(&options.ask.resolver)?,
        authority: authority(options)?,
        redirects: options
            .connect_to
            .iter()
            .map(|value| redirect(value))
            .collect::<Result<_, _>>()?,
        fetch_issuer: options.fetch_issuer.unwrap_or_default(),
        control: options.control.as_deref().map(control).transpose()?,
        revocation: !options.no_revocation.unwrap_or_default(),
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
    (!options.no_compare.unwrap_or_default()).then(|| named.unwrap_or_default())
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

fn authority(options: &Options) -> Result<Authority, Error> {
    if options.ask.no_authority.unwrap_or_default() {
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
