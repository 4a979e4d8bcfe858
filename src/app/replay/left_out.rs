//! What stands among saved reports and is none: named by its line, counted, and left out.

use std::io::{self, Write};
use std::path::Path;

use super::documents::Fault;
use crate::app::error::Error;
use crate::text::Texts;

/// So many are named, each by its line; of a file that is something else nobody reads more.
const MOST_NAMED: usize = 10;

/// What was left out of a file.
pub(super) struct LeftOut<'a> {
    file: &'a Path,
    count: usize,
}

impl<'a> LeftOut<'a> {
    pub(super) fn new(file: &'a Path) -> Self {
        Self { file, count: 0 }
    }

    pub(super) fn any(&self) -> bool {
        self.count > 0
    }

    /// Names what begins in this line.
    pub(super) fn take(
        &mut self,
        line: usize,
        fault: Fault,
        texts: &Texts,
        err: &mut dyn Write,
    ) -> io::Result<()> {
        self.count += 1;
        if self.count > MOST_NAMED {
            return Ok(());
        }
        let said = self.error(line, fault).describe(texts);
        writeln!(err, "xfed: {said}")
    }

    /// The same, where nothing may be left out.
    pub(super) fn error(&self, line: usize, fault: Fault) -> Error {
        let file = self.file.to_owned();
        match fault {
            Fault::Torn => Error::TornReport { file, line },
            Fault::TooLong => Error::LongReport { file, line },
            Fault::Unreadable(error) => Error::ReportOfLine { file, line, error },
        }
    }

    /// Says how much was left out, beside so many reports.
    pub(super) fn end(&self, reports: usize, texts: &Texts, err: &mut dyn Write) -> io::Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let file = self.file.display().to_string();
        let (count, reports) = (self.count.to_string(), reports.to_string());
        let args = [("file", &*file), ("count", &count), ("reports", &reports)];
        writeln!(err, "xfed: {}", texts.say("replay-left-out", &args))
    }
}
