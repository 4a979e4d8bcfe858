//! Formats: each turns reports into bytes on a writer it is given, and knows nothing of exit codes,
//! terminals or where the bytes go.

pub mod explain;
mod holds;
pub mod html;
pub mod json;
mod layout;
pub mod plan;
pub mod table;
mod words;

use std::io::{self, Write};

use crate::report::Report;
use crate::text::Texts;

/// A way to write reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// The checklist, for people.
    #[default]
    Table,
    /// One object with all reports, by the schema that `xfed schema` prints.
    Json,
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
}

impl Default for Look {
    fn default() -> Self {
        Self {
            width: 80,
            colour: false,
            ascii: false,
            verbose: false,
        }
    }
}

impl Format {
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
            Self::Html => html::write(reports, texts, out),
        }
    }
}
