//! Formats: each writes reports to a writer that it is given, and knows nothing of exit codes,
//! terminals or where the bytes go.
//!
//! A format is a file of its own, a variant of [`Format`] and an arm of `Format::writer`.

mod calendar;
mod contents;
pub(crate) mod csv;
pub(crate) mod diff;
pub(crate) mod exhibit;
pub(crate) mod explain;
mod github;
pub(crate) mod html;
pub(crate) mod json;
mod junit;
mod layout;
mod leaves;
mod markdown;
mod metrics;
pub(crate) mod nagios;
mod numbers;
mod origin;
mod outcomes;
pub(crate) mod overview;
mod places;
mod prometheus;
mod prtg;
pub(crate) mod setup;
mod table;
mod todo;
mod words;

use std::io::{self, Write};

use crate::model::finding::{Finding, Severity};
use crate::report::Report;
use crate::text::Texts;
pub(crate) use numbers::{Numbers, write_numbers};
pub(crate) use prometheus::{Probed, write_probe};

/// A way to write reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, schemars::JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum Format {
    /// The checklist, for people.
    #[default]
    Table,
    /// What each owner has to do, ready to be mailed.
    Todo,
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
    /// A sensor of PRTG (EXE/Script Advanced): channels with limits, and a message.
    Prtg,
    /// For spreadsheets: a row per domain, labels as columns.
    Csv,
    /// A calendar: when each certificate has to be renewed, chosen again, and ends.
    Ics,
    /// One file for a ticket: verdict, a picture of the way, findings and evidence.
    Html,
}

/// How the output may look, and how much of it is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The width of the terminal, in columns.
    pub width: usize,
    /// The terminal shows colours, and they are wanted.
    pub colour: bool,
    /// The signs that it shows.
    pub signs: Signs,
    /// ASCII is wanted, and therefore also in formats that are meant for files.
    pub ascii_in_files: bool,
    /// Remarks are wanted, too.
    pub verbose: bool,
    /// Only the verdicts are wanted.
    pub quiet: bool,
    /// So many domains were not checked, because somebody wanted the end.
    pub missing: usize,
}

/// Signs that a terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signs {
    /// All of Unicode.
    #[default]
    All,
    /// Those in the fonts of classic consoles: umlauts, dashes and arrows, but no check marks.
    Classic,
    /// ASCII only.
    Ascii,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            width: 80,
            colour: false,
            signs: Signs::All,
            ascii_in_files: false,
            verbose: false,
            quiet: false,
            missing: 0,
        }
    }
}

impl Look {
    /// The same for a file, which shows whatever is wanted.
    pub(crate) fn in_file(self) -> Self {
        Self {
            signs: if self.ascii_in_files {
                Signs::Ascii
            } else {
                Signs::All
            },
            width: Self::default().width,
            colour: false,
            ..self
        }
    }

    /// Whether these reports have an overview: not where one of them is all there is to see.
    fn has_overview(self, reports: &[Report]) -> bool {
        reports.len() + self.missing > 1
    }

    /// Whether a finding is shown. Remarks are shown only on request.
    fn shows(self, finding: &Finding) -> bool {
        self.verbose || finding.severity > Severity::Info
    }
}

/// How a format is written.
enum Writer {
    /// All reports together, once the last check has ended.
    AtOnce(fn(&[Report], &Texts, Look, &mut dyn Write) -> io::Result<()>),
    /// Each report as soon as its check has ended.
    OneByOne(fn(&Report, &Texts, Look, &mut dyn Write) -> io::Result<()>),
}

impl Format {
    fn writer(self) -> Writer {
        match self {
            Self::Table => Writer::AtOnce(table::write),
            Self::Todo => Writer::AtOnce(todo::write),
            Self::Json => Writer::AtOnce(|reports, texts, _, out| json::write(reports, texts, out)),
            Self::Jsonl => {
                Writer::OneByOne(|report, texts, _, out| json::lines::write(report, texts, out))
            }
            Self::Junit => Writer::AtOnce(junit::write),
            Self::Markdown => Writer::AtOnce(markdown::write),
            Self::Github => Writer::AtOnce(github::write),
            Self::Nagios => Writer::AtOnce(nagios::write),
            Self::Prometheus => {
                Writer::AtOnce(|reports, _, _, out| prometheus::write(reports, out))
            }
            Self::Prtg => Writer::AtOnce(|reports, texts, _, out| prtg::write(reports, texts, out)),
            Self::Csv => Writer::AtOnce(|reports, texts, _, out| csv::write(reports, texts, out)),
            Self::Ics => {
                Writer::AtOnce(|reports, texts, _, out| calendar::write(reports, texts, out))
            }
            Self::Html => Writer::AtOnce(|reports, texts, _, out| html::write(reports, texts, out)),
        }
    }

    /// Whether each report is written as soon as its check has ended.
    pub(crate) fn is_streamed(self) -> bool {
        matches!(self.writer(), Writer::OneByOne(_))
    }

    /// Writes the reports.
    pub(crate) fn write(
        self,
        reports: &[Report],
        texts: &Texts,
        look: Look,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match self.writer() {
            Writer::AtOnce(write) => write(reports, texts, look, out),
            Writer::OneByOne(write) => {
                let mut reports = reports.iter();
                reports.try_for_each(|report| write(report, texts, look, out))
            }
        }
    }
}
