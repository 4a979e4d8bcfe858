//! What changed between two reports (`xfed diff`, `check --since`): for people, for tickets, for CI
//! and for programs. Comparisons are written as they are made, so that a campaign of a million domains
//! takes no more memory than one.

mod contract;
mod facts;
mod github;
mod html;
mod json;
mod markdown;
mod sheet;
mod table;

use std::io::{self, Write};

use clap::ValueEnum;

use super::Look;
use crate::compare::{Difference, Obstacle, Outcome, Tally};
use crate::report::Report;
use crate::text::Texts;

pub(crate) use self::html::markup;
pub(crate) use self::json::write_schema;
use self::sheet::Sheet;

/// How a comparison is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For people.
    #[default]
    Table,
    /// For a ticket, or the summary of a CI job.
    Markdown,
    /// One object, by the schema that `xfed schema diff` prints.
    Json,
    /// Annotations of GitHub Actions, one per finding that is new.
    Github,
}

/// What a comparison with one domain came to.
pub(crate) enum Compared<'a> {
    /// This is different.
    Difference(&'a Difference<'a>),
    /// They cannot be compared.
    NotComparable(&'a Report, Obstacle),
    /// There is no older report.
    Alone(&'a Report),
}

impl Compared<'_> {
    /// What it comes to.
    fn outcome(&self) -> Outcome {
        match self {
            Self::Difference(difference) => difference.outcome(),
            Self::NotComparable(..) | Self::Alone(_) => Outcome::NotComparable,
        }
    }
}

/// Writes comparisons as they are made.
pub(crate) struct DiffWriter<'a> {
    format: DiffFormat,
    texts: &'a Texts,
    look: Look,
    /// There are several domains: those that are the same are only counted.
    many: bool,
    written: usize,
    /// The first lines of those that are worse, to be seen again at the end.
    worse: Vec<String>,
}

impl<'a> DiffWriter<'a> {
    pub(crate) fn new(format: DiffFormat, texts: &'a Texts, look: Look, many: bool) -> Self {
        let look = match format {
            DiffFormat::Table => look,
            DiffFormat::Markdown | DiffFormat::Json | DiffFormat::Github => look.in_file(),
        };
        Self {
            format,
            texts,
            look,
            many,
            written: 0,
            worse: Vec::new(),
        }
    }

    /// Writes what stands before everything.
    pub(crate) fn begin(&self, out: &mut dyn Write) -> io::Result<()> {
        match self.format {
            DiffFormat::Json => json::begin(out),
            DiffFormat::Table | DiffFormat::Markdown | DiffFormat::Github => Ok(()),
        }
    }

    /// Writes one comparison.
    pub(crate) fn write(&mut self, compared: &Compared<'_>, out: &mut dyn Write) -> io::Result<()> {
        let outcome = compared.outcome();
        if self.many && outcome == Outcome::Same {
            return Ok(());
        }
        let is_first = self.written == 0;
        self.written += 1;
        if self.format == DiffFormat::Json {
            return json::write(compared, self.texts, is_first, out);
        }
        let sheet = Sheet::of(compared, self.texts, self.look);
        if self.many && outcome == Outcome::Worse {
            self.worse.push(sheet.first.clone());
        }
        match self.format {
            DiffFormat::Table => {
                if !is_first && !self.look.quiet {
                    writeln!(out)?;
                }
                table::write(&sheet, self.look, out)
            }
            DiffFormat::Markdown => markdown::write(&sheet, self.texts, self.look, is_first, out),
            DiffFormat::Github => github::write(&sheet, out),
            DiffFormat::Json => Ok(()),
        }
    }

    /// Writes what all of them come to.
    pub(crate) fn end(self, tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
        if self.format == DiffFormat::Json {
            return json::end(tally, out);
        }
        if !self.many {
            return Ok(());
        }
        let summary = sheet::Summary::of(tally, self.worse, self.texts);
        match self.format {
            DiffFormat::Table => {
                if self.written > 0 {
                    writeln!(out)?;
                }
                table::write_summary(&summary, self.look, out)
            }
            DiffFormat::Markdown => markdown::write_summary(&summary, self.look, out),
            DiffFormat::Github => github::write_summary(&summary, out),
            DiffFormat::Json => Ok(()),
        }
    }
}
