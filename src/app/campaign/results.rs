//! Where the lines of a campaign go: standard output, or a file that a later run goes on with. That
//! file is all there is to know where it ended.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::super::error::Error;
use super::tally::Verdicts;
use crate::config::{self, Fingerprint};
use crate::engine;
use crate::report::{Convention, Verdict, saved};

/// A line that is longer holds no report.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

/// Where lines go, and what is known of those that are there.
pub(super) struct Results<'a> {
    out: Box<dyn Write + 'a>,
    file: Option<PathBuf>,
    earlier: Earlier,
}

/// What an earlier run has written.
#[derive(Default)]
pub(super) struct Earlier {
    known: HashSet<Fingerprint>,
    pub(super) verdicts: Verdicts,
    /// The exit code of what is there.
    pub(super) code: Option<u8>,
}

/// As much of a line as is needed to go on.
#[derive(Deserialize)]
struct Line {
    campaign: Campaign,
    #[serde(default)]
    report: Option<Head>,
}

#[derive(Deserialize)]
struct Campaign {
    options: String,
    target: String,
}

#[derive(Deserialize)]
struct Head {
    verdict: String,
}

/// How every line of results begins.
const BEGINNING: &[u8] = br#"{"schema":"#;

/// Whether this may be the beginning of such a line, of which the rest was never written.
fn may_be_torn(bytes: &[u8]) -> bool {
    bytes.starts_with(BEGINNING) || BEGINNING.starts_with(bytes)
}

impl<'a> Results<'a> {
    /// Printed.
    pub(super) fn to(out: &'a mut dyn Write) -> Self {
        Self {
            out: Box::new(BufWriter::new(out)),
            file: None,
            earlier: Earlier::default(),
        }
    }

    /// Added to a file, which is a new one unless the run is to go on.
    ///
    /// # Errors
    ///
    /// [`Error`] for a file that is there already, that cannot be read or written, or that holds
    /// anything but the lines of a run with the same options.
    pub(super) fn of_file(
        file: &Path,
        resume: bool,
        options: Fingerprint,
        convention: Convention,
    ) -> Result<Self, Error> {
        let cannot_write = |error| Error::WriteFile(file.to_owned(), error);
        let mut opened = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(file)
            .map_err(cannot_write)?;
        let earlier = if resume {
            let (earlier, end) = Earlier::read(file, &opened, options, convention)?;
            // What follows is the beginning of a line whose run was ended.
            opened.set_len(end).map_err(cannot_write)?;
            opened.seek(SeekFrom::End(0)).map_err(cannot_write)?;
            earlier
        } else if opened.metadata().map_err(cannot_write)?.len() > 0 {
            return Err(Error::ResultsThere(file.to_owned()));
        } else {
            Earlier::default()
        };
        Ok(Self {
            out: Box::new(BufWriter::new(opened)),
            file: Some(file.to_owned()),
            earlier,
        })
    }

    /// The error of writing, which names the file.
    pub(super) fn cannot_write(&self, error: io::Error) -> Error {
        match &self.file {
            Some(file) => Error::WriteFile(file.clone(), error),
            None => Error::Output(error),
        }
    }

    /// What need not be checked again.
    pub(super) fn take_earlier(&mut self) -> (HashSet<Fingerprint>, Earlier) {
        let mut earlier = std::mem::take(&mut self.earlier);
        (std::mem::take(&mut earlier.known), earlier)
    }
}

impl Write for Results<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Earlier {
    /// Returns where the last whole line ends, too.
    fn read(
        file: &Path,
        opened: &File,
        options: Fingerprint,
        convention: Convention,
    ) -> Result<(Self, u64), Error> {
        let cannot_read = |error| Error::Config(config::Error::ReadFile(file.to_owned(), error));
        let mut source = BufReader::new(opened);
        let (mut earlier, mut end) = (Self::default(), 0);
        for number in 1.. {
            let mut bytes = Vec::new();
            let mut bounded = source.by_ref().take(LONGEST_LINE);
            bounded.read_until(b'\n', &mut bytes).map_err(cannot_read)?;
            if bytes.last() != Some(&b'\n') {
                // Somebody else's file must not lose what stands there.
                if !may_be_torn(&bytes) {
                    return Err(Error::NoResult(file.to_owned(), number));
                }
                break;
            }
            let is_ours = |line: &Line| line.campaign.options == options.to_string();
            match serde_json::from_slice::<Line>(&bytes) {
                Ok(line) if is_ours(&line) => earlier.take(&line, &bytes, convention),
                Ok(_) => return Err(Error::OtherOptions(file.to_owned(), number)),
                Err(_) => return Err(Error::NoResult(file.to_owned(), number)),
            }
            end += bytes.len() as u64;
        }
        Ok((earlier, end))
    }

    fn take(&mut self, line: &Line, bytes: &[u8], convention: Convention) {
        self.known.extend(Fingerprint::parse(&line.campaign.target));
        let Some(head) = &line.report else {
            // A line that is no target could not be tested.
            self.count(3, convention);
            return;
        };
        let verdict = Verdict::ALL
            .into_iter()
            .find(|verdict| verdict.id() == head.verdict);
        let Some(verdict) = verdict else {
            return;
        };
        self.verdicts.add(verdict);
        let code = match verdict {
            Verdict::Ready => 0,
            Verdict::NotReady => 1,
            Verdict::Inconclusive => 3,
            // Whether its warnings are accepted takes the whole report.
            Verdict::ReadyWithWarnings => {
                let checks = saved::read(bytes).unwrap_or_default().into_iter();
                let reports: Vec<_> = checks.map(engine::replay).collect();
                convention.exit_code(&reports)
            }
        };
        self.count(code, convention);
    }

    fn count(&mut self, code: u8, convention: Convention) {
        self.code = Some(
            self.code
                .map_or(code, |known| convention.worse(known, code)),
        );
    }
}
