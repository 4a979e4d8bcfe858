//! Whoever reads what a run writes, as far as writing shows it.

use std::io;

use super::console::ignore_closed_pipe;

/// The reader of an output that is written piece by piece.
#[derive(Debug)]
pub(super) struct Reader {
    /// The first failure to write.
    written: io::Result<()>,
    /// It has seen enough, which is not an error.
    is_gone: bool,
}

impl Reader {
    /// One that waits for whatever comes.
    pub(super) fn new() -> Self {
        Self {
            written: Ok(()),
            is_gone: false,
        }
    }

    /// Takes note of how writing a piece ended.
    pub(super) fn note(&mut self, written: io::Result<()>) {
        let is_closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
        self.is_gone |= written.as_ref().is_err_and(is_closed);
        if self.written.is_ok() {
            self.written = written.or_else(ignore_closed_pipe);
        }
    }

    /// Whether a further piece would go anywhere.
    pub(super) fn wants_more(&self) -> bool {
        self.written.is_ok() && !self.is_gone
    }

    /// The first failure to write since this was last asked.
    ///
    /// # Errors
    ///
    /// That failure.
    pub(super) fn failure(&mut self) -> io::Result<()> {
        std::mem::replace(&mut self.written, Ok(()))
    }
}
