//! Formats: each turns reports into bytes on a writer it is given, and knows nothing of exit codes,
//! terminals or where the bytes go.

mod contents;
pub mod explain;
pub mod github;
pub mod html;
pub mod json;
pub mod junit;
mod layout;
pub mod markdown;
mod metrics;
pub mod nagios;
pub mod prometheus;
pub mod setup;
pub mod table;
mod words;

use std::io::{self, Write};

use crate::model::finding::{Finding, Severity};
use crate::report::Report;
use crate::text::Texts;

/// A way to write reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, schemars::JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum Format {
    /// The checklist, for people.
    #[default]
    Table,
    /// One object with all reports, by the schema that `xfed schema` prints.
    Json,
    /// One report a line, as the domains are done.
    Jsonl,
    /// JUnit XML, for CI systems: a suite per domain, a case per step.
    Junit,
    /// For a ticket, or the summary of a CI job.
    Markdown,
    /// Annotations of GitHub Actions, one per finding.
    Github,
    /// One line with perfdata, and exit codes, as a monitoring plugin.
    Nagios,
    /// Metrics, for the textfile collector.
    Prometheus,
    /// One file for a ticket: verdict, a picture of the way, findings and evidence.
    Html,
}

/// What the far end of the writer can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns.
    pub width: usize,
    /// Colours are wanted and understood.
    pub colour: bool,
    /// Only ASCII is understood.
    pub ascii: bool,
    /// Remarks on steps that are fine are wanted, too.
    pub verbose: bool,
    /// Only the verdicts are wanted.
    pub quiet: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            width: 80,
            colour: false,
            ascii: false,
            verbose: false,
            quiet: false,
        }
    }
}

impl Look {
    /// Remarks on a step that is fine are for those who ask for them.
    fn shows(self, finding: &Finding) -> bool {
        self.verbose || finding.severity > Severity::Info
    }
}

impl Format {
    /// Whether every report is written by itself, as soon as it is there.
    pub fn is_streamed(self) -> bool {
        match self {
            Self::Jsonl => true,
            Self::Table
            | Self::Json
            | Self::Junit
            | Self::Markdown
            | Self::Github
            | Self::Nagios
            | Self::Prometheus
            | Self::Html => false,
        }
    }

    /// Writes the reports.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write(
        self,
        reports: &[Report],
        texts: &Texts,
        look: Look,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match self {
            Self::Table => table::write(reports, texts, look, out),
            Self::Json => json::write(reports, texts, out),
            Self::Jsonl => reports
                .iter()
                .try_for_each(|report| json::lines::write(report, texts, out)),
            Self::Junit => junit::write(reports, texts, look, out),
            Self::Markdown => markdown::write(reports, texts, look, out),
            Self::Github => github::write(reports, texts, look, out),
            Self::Nagios => nagios::write(reports, texts, look, out),
            Self::Prometheus => prometheus::write(reports, out),
            Self::Html => html::write(reports, texts, out),
        }
    }
}
