//! The options that several commands share: how results are shown, and in which language.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use schemars::JsonSchema;
use time::OffsetDateTime;

use super::report_file::ReportFile;
use super::values::moment;
use crate::render::Format;
use crate::text::Lang;

/// The heading of what goes with every command.
pub const GENERAL: &str = "General";

/// The options of every command.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = GENERAL)]
pub struct GlobalOptions {
    /// Language of the texts
    ///
    /// [default: that of the system, else English]
    #[arg(long, global = true, value_enum, env = "XFED_LANG")]
    pub lang: Option<LangChoice>,
    /// When to use colours
    ///
    /// [default: auto]
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        env = "XFED_COLOR"
    )]
    pub color: Option<ColorChoice>,
    /// Only ASCII in what is for people
    ///
    /// [default: where the terminal shows nothing else]
    #[arg(long, global = true, env = "XFED_ASCII", hide_short_help = true)]
    pub ascii: Option<bool>,
    /// Configuration file [default: xfed.toml]
    ///
    /// The one in the working directory, else xfed/xfed.toml in the user's configuration.
    #[arg(long, global = true, value_name = "FILE", env = "XFED_CONFIG")]
    pub config: Option<PathBuf>,
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
#[derive(Args, Clone, Debug, Default, PartialEq, JsonSchema)]
#[command(next_help_heading = "Output")]
#[schemars(rename_all = "kebab-case")]
pub struct OutputOptions {
    /// Exit with 1 from this verdict on [default: fail]
    #[arg(long, value_enum, value_name = "WHAT", env = "XFED_FAIL_ON")]
    pub fail_on: Option<FailOnChoice>,
    /// Format of the report [default: table]
    #[arg(long, value_enum, value_name = "FORMAT", env = "XFED_FORMAT")]
    pub format: Option<Format>,
    /// Also write the report to FILE; repeatable
    ///
    /// In any of the formats of --format. {domain} or the name of a label, in braces, stands for a
    /// file for each.
    #[arg(
        long,
        value_name = "FORMAT=FILE",
        env = "XFED_REPORT",
        value_delimiter = ',',
        value_parser = ReportFile::parse
    )]
    #[schemars(with = "Vec<String>")]
    pub report: Vec<ReportFile>,
    /// Also show remarks on steps that are fine
    #[arg(short, long)]
    pub verbose: Option<bool>,
    /// Only the verdict and what it rests on
    ///
    /// Nothing on stderr but errors.
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: Option<bool>,
    /// Leave out what is local: see below
    #[arg(long, env = "XFED_REDACT", hide_short_help = true)]
    pub redact: Option<bool>,
}

/// The choices of `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum FailOnChoice {
    /// Not ready
    Fail,
    /// Ready with warnings, too
    Warn,
    /// The same; where reports are compared: anything that changed
    Any,
}

/// The choices of `--lang`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum LangChoice {
    /// English
    En,
    /// Deutsch
    De,
}

impl From<LangChoice> for Lang {
    fn from(choice: LangChoice) -> Self {
        match choice {
            LangChoice::En => Self::En,
            LangChoice::De => Self::De,
        }
    }
}

/// The choices of `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
