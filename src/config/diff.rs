//! The options of `xfed diff`, and what is wanted of a comparison.

use clap::{Args, ValueEnum};

use super::error::Error;
use super::output::{FailOnChoice, OutputOptions};
use crate::render::diff::DiffFormat;

/// The options of `xfed diff`; those that `xfed check` has too mean the same.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct DiffOptions {
    /// Exit with 1 from this on [default: fail]
    ///
    /// fail and warn: where something is worse. any: where anything is different.
    #[arg(long, value_enum, value_name = "WHAT", env = "XFED_FAIL_ON")]
    pub fail_on: Option<FailOnChoice>,
    /// Also show remarks, and all facts that changed
    #[arg(short, long)]
    pub verbose: Option<bool>,
    /// Only the verdicts before and after
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: Option<bool>,
    /// Leave out what is local of both
    ///
    /// So that a report made with --redact can be compared with one made without.
    #[arg(long, env = "XFED_REDACT")]
    pub redact: Option<bool>,
}

/// What is wanted of a comparison, with everything filled in.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// The format.
    pub format: DiffFormat,
    /// Whatever is different makes the run fail.
    pub fail_on_any: bool,
    /// Also show remarks, and all facts that changed.
    pub verbose: bool,
    /// Show the verdicts only.
    pub quiet: bool,
    /// Leave out what is local of both.
    pub redact: bool,
}

impl Comparison {
    /// Fills in the defaults.
    pub fn new(options: &DiffOptions, format: DiffFormat) -> Self {
        Self {
            format,
            fail_on_any: options.fail_on == Some(FailOnChoice::Any),
            verbose: options.verbose.unwrap_or_default(),
            quiet: options.quiet.unwrap_or_default(),
            redact: options.redact.unwrap_or_default(),
        }
    }

    /// What `xfed check --since` is asked for.
    ///
    /// # Errors
    ///
    /// [`Error::FormatOfComparison`] for a format that only a report has.
    pub fn of_check(options: &OutputOptions) -> Result<Self, Error> {
        let format = options.format.unwrap_or_default();
        let name = format.to_possible_value();
        let name = name.map_or_else(String::new, |name| name.get_name().to_owned());
        let format = DiffFormat::from_str(&name, false);
        let format = format.map_err(|_| Error::FormatOfComparison(name))?;
        let options = DiffOptions {
            fail_on: options.fail_on,
            verbose: options.verbose,
            quiet: options.quiet,
            redact: options.redact,
        };
        Ok(Self::new(&options, format))
    }
}
