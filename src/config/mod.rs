//! What the user chose, and what it means once the defaults are filled in.

mod campaign;
pub mod cert;
mod command_line;
mod diff;
mod domain;
mod error;
mod fault;
mod file;
mod fingerprint;
mod input;
mod key;
mod label;
mod layer;
pub mod listen;
mod module;
mod nearest;
mod options;
mod output;
pub mod pair;
mod pem;
mod planner;
mod quota;
mod report_file;
mod resolve;
mod schema;
mod serve;
pub mod setup;
mod site;
mod standing;
mod stream;
mod targets;
mod toml;
mod values;
mod ways;
mod web;
pub mod zone;

use std::sync::Mutex;
use std::time::Duration;

use time::OffsetDateTime;

pub use campaign::{CampaignOptions, Shard};
pub use command_line::CommandLine;
pub use diff::{Comparison, DiffOptions};
pub use domain::Target;
pub use error::Error;
pub use fault::Expected;
pub use file::Configuration;
pub use fingerprint::Fingerprint;
pub use input::Content;
pub use key::public_key;
pub use layer::expected_form;
pub(crate) use nearest::{likeness, nearest};
pub use options::Options;
pub use output::{
    ColorChoice, FailOnChoice, GENERAL, GlobalOptions, LangChoice, OutputOptions, ReplayOptions,
};
use pem::{read_client, read_roots};
pub use planner::Planner;
pub use quota::Quota;
pub use report_file::ReportFile;
pub use resolve::resolve;
pub use schema::write_schema;
pub use serve::{Listen, ServeOptions};
pub use site::SiteKeys;
pub(crate) use site::TOKEN;
pub use standing::Standing;
pub use stream::Listed;
pub use targets::{Sources, parse_targets, plan_targets, targets};
pub(crate) use values::SHORTEST_INTERVAL;
pub use ways::{Way, Ways};
pub use web::WebConfig;

use crate::model::vantage::Vantage;
use crate::probe::shared::Shared;
use crate::render::Format;
use crate::report::{Convention, FailOn};

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

/// How a run goes, with everything filled in.
#[derive(Debug)]
pub struct Settings<'a> {
    /// What is asked of each target.
    pub planner: Planner<'a>,
    /// What their probes share.
    pub shared: Shared,
    /// Where it is looked from; empty for this machine alone, as ever.
    pub via: Vec<Vantage>,
    /// Domains checked at the same time, if it was said how many.
    pub jobs: Option<usize>,
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

impl<'a> Settings<'a> {
    /// Resolves the options, fills in the defaults, and reads the files.
    ///
    /// # Errors
    ///
    /// [`Error`] for the first thing that cannot be used, before anything is probed.
    pub fn new(
        command: &'a CommandLine<Options>,
        file: Option<&'a Configuration>,
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
        let waiting = &options.waiting;
        Ok(Self {
            via: options.reach.via.clone(),
            jobs: options.limits.jobs.map(usize::from),
            wait: waiting.wait.map(|longest| Wait {
                longest,
                interval: waiting.interval.unwrap_or(INTERVAL),
            }),
            output: Output::new(options.output.clone()),
            planner: Planner {
                own_roots: roots.is_some(),
                client_certificate: client.is_some(),
                command,
                file,
                options,
                last: Mutex::default(),
                now,
            },
            shared: Shared::new(roots, client),
        })
    }
}
