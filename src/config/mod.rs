//! What the user chose, and what it means once the defaults are filled in.

pub mod cert;
mod command_line;
mod diff;
mod domain;
mod error;
mod fault;
mod file;
mod input;
mod key;
mod label;
mod layer;
mod nearest;
mod options;
mod output;
mod pem;
mod quota;
mod report_file;
mod resolve;
mod schema;
pub mod setup;
mod targets;
mod toml;
mod values;
pub mod zone;

use std::time::Duration;

use time::OffsetDateTime;

pub use command_line::CommandLine;
pub use diff::{Comparison, DiffOptions};
pub use domain::Target;
pub use error::Error;
pub use fault::Expected;
pub use file::Configuration;
pub use input::Content;
pub use key::public_key;
pub use layer::expected_form;
pub(crate) use nearest::{likeness, nearest_first};
pub use options::Options;
use options::Run;
pub use output::{
    ColorChoice, FailOnChoice, GENERAL, GlobalOptions, LangChoice, OutputOptions, ReplayOptions,
};
use pem::{read_client, read_roots};
pub use quota::Quota;
pub use report_file::ReportFile;
pub use resolve::resolve;
pub use schema::write_schema;
pub use targets::{parse_targets, plan_targets, targets};
pub(crate) use values::SHORTEST_INTERVAL;

use crate::model::plan::Plan;
use crate::model::policy::Policy;
use crate::model::vantage::Vantage;
use crate::probe::shared::Shared;
use crate::render::Format;
use crate::report::{Convention, FailOn};

/// Domains checked at the same time.
const JOBS: u8 = 8;

/// From one look of `--wait` to the next.
const INTERVAL: Duration = Duration::from_secs(15);

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
    /// Where it is looked from; empty for this machine alone, as ever.
    pub via: Vec<Vantage>,
    /// Look again until the run is no failure.
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
    /// Files that the report is also written to.
    pub files: Vec<ReportFile>,
    /// Also show remarks on steps that are fine.
    pub verbose: bool,
    /// Show the verdict only.
    pub quiet: bool,
    /// Leave out what is local to this machine.
    pub redact: bool,
}

impl Output {
    /// Fills in the defaults.
    pub fn new(options: OutputOptions) -> Self {
        Self {
            fail_on: match options.fail_on {
                Some(FailOnChoice::Warn | FailOnChoice::Any) => FailOn::Warn,
                Some(FailOnChoice::Fail) | None => FailOn::Fail,
            },
            format: options.format.unwrap_or_default(),
            files: options.report,
            verbose: options.verbose.unwrap_or_default(),
            quiet: options.quiet.unwrap_or_default(),
            redact: options.redact.unwrap_or_default(),
        }
    }

    /// What the exit code means to whoever asked for this format.
    pub fn convention(&self) -> Convention {
        if self.format == Format::Nagios {
            Convention::Plugin
        } else {
            Convention::Own(self.fail_on)
        }
    }
}

impl Settings {
    /// Resolves the options, fills in the defaults, reads the files, and checks that it all fits
    /// together.
    ///
    /// # Errors
    ///
    /// [`Error`] for the first thing that cannot be used, before anything is probed.
    pub fn new(
        targets: &[Target],
        command: &CommandLine<Options>,
        file: Option<&Configuration>,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        let options = resolve(command, None, file);
        let certificates = &options.certificates;
        let roots = certificates
            .ca_file
            .as_deref()
            .map(read_roots)
            .transpose()?;
        let client = read_client(
            certificates.client_cert.as_deref(),
            certificates.client_key.as_deref(),
        )?;
        let no_policy = Policy::default();
        let run = Run {
            policy: file.map_or(&no_policy, |file| &file.policy),
            own_roots: roots.is_some(),
            client_certificate: client.is_some(),
            now,
        };
        let plan = |target: &Target| -> Result<Plan, Error> {
            let options = resolve(command, Some(target), file);
            let plan = options.plan(&target.input, &target.domain, &run)?;
            let labels = targets::labels(target, file);
            Ok(Plan { labels, ..plan })
        };
        let plans: Vec<Plan> = targets.iter().map(plan).collect::<Result<_, _>>()?;
        if plans.is_empty() {
            return Err(Error::NoDomain);
        }
        if plans.len() > 1 {
            options.fit_several_domains()?;
        }
        let waiting = &options.waiting;
        Ok(Self {
            plans,
            shared: Shared::new(roots, client),
            jobs: options.limits.jobs.unwrap_or(JOBS).into(),
            via: options.reach.via,
            wait: waiting.wait.map(|longest| Wait {
                longest,
                interval: waiting.interval.unwrap_or(INTERVAL),
            }),
            output: Output::new(options.output),
        })
    }
}
