//! Saved reports one after the other, as they stand in a text: a report a line, and among them
//! documents over several lines, which begin and end with a brace alone.

use std::io::{self, BufRead};

use crate::report::SavedCheck;
use crate::report::saved::{self, Unreadable};
use crate::wire::encoding::{Ended, Lines};

/// What is longer is no report.
const LONGEST: usize = 64 * 1024 * 1024;

/// The documents of a text, of which one at a time is held.
pub(super) struct Documents<R> {
    lines: Lines<R>,
    line: usize,
    /// A line that was read and belongs to the next document.
    ahead: Option<(Vec<u8>, Ended)>,
}

/// A document, or what stands where one should.
pub(super) struct Document {
    /// The number of the line where it begins.
    pub(super) line: usize,
    /// What it says, in UTF-8.
    pub(super) text: Vec<u8>,
    ended: Ended,
}

/// Why a document is not judged.
pub(super) enum Fault {
    /// Whoever wrote it was ended in the middle.
    Torn,
    /// It is more than a report can be.
    TooLong,
    /// It is no report, or not one that can be read.
    Unreadable(Unreadable),
}

impl Document {
    /// Whether it goes on longer than a report can.
    pub(super) fn is_too_long(&self) -> bool {
        self.ended == Ended::TooLong
    }

    /// Whether it is what a campaign writes: a report, or that there was nothing to report on.
    pub(super) fn is_of_campaign(&self) -> bool {
        let refused = |fault| matches!(fault, Fault::Unreadable(Unreadable::Refused { .. }));
        self.read().map_or_else(refused, |_| true)
    }

    /// The reports in it; of a line there is one.
    pub(super) fn read(&self) -> Result<Vec<SavedCheck>, Fault> {
        if self.is_too_long() {
            return Err(Fault::TooLong);
        }
        saved::read(&self.text).map_err(|error| match error {
            Unreadable::NotJson(_) if self.ended == Ended::WithText => Fault::Torn,
            error => Fault::Unreadable(error),
        })
    }
}

impl<R: BufRead> Documents<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            lines: Lines::new(source),
            line: 0,
            ahead: None,
        }
    }

    /// The next document, if there is one.
    ///
    /// # Errors
    ///
    /// Those of the source.
    pub(super) fn document(&mut self) -> io::Result<Option<Document>> {
        loop {
            let Some((mut text, mut ended)) = self.next_line()? else {
                return Ok(None);
            };
            let line = self.line;
            let mut is_open = text.trim_ascii_end() == b"{";
            while is_open && let Some((more, end)) = self.next_line()? {
                // Whoever began it was ended, and somebody else went on.
                if more.starts_with(b"{") {
                    self.line -= 1;
                    self.ahead = Some((more, end));
                    break;
                }
                is_open = more.trim_ascii_end() != b"}";
                text.extend(more);
                ended = end;
                if text.len() > LONGEST {
                    ended = Ended::TooLong;
                    break;
                }
            }
            if !text.trim_ascii().is_empty() {
                return Ok(Some(Document { line, text, ended }));
            }
        }
    }

    fn next_line(&mut self) -> io::Result<Option<(Vec<u8>, Ended)>> {
        self.line += 1;
        if self.ahead.is_some() {
            return Ok(self.ahead.take());
        }
        let mut text = Vec::new();
        let ended = self.lines.append_to(&mut text, LONGEST)?;
        Ok((!text.is_empty()).then_some((text, ended)))
    }
}
