//! What becomes of reports: redacted on request, settled, written to standard output and to files,
//! and summed up in the exit code.

use std::io::{self, Write};
use std::slice;

use super::archive::Archive;
use super::console::ignore_closed_pipe;
use super::diff::Differ;
use super::error::Error;
use super::file_names::Subject;
use super::files::Files;
use super::reader::Reader;
use crate::config::{Comparison, Output};
use crate::engine;
use crate::engine::CrossCheck;
use crate::render::Look;
use crate::report::{Convention, Report};
use crate::text::Texts;

/// Takes the reports of one run, one at a time.
pub(super) struct Publisher<'a> {
    output: &'a Output,
    texts: &'a Texts,
    look: Look,
    out: &'a mut dyn Write,
    files: Files,
    cross_check: CrossCheck,
    /// Reports that no longer change, with their places.
    settled: Vec<(usize, Report)>,
    reader: Reader,
    /// Not all checks were made.
    cut_short: bool,
    /// How many were not, because somebody wanted the end.
    missing: usize,
    /// Instead of the reports, what is different from these is written.
    since: Option<(Archive, Comparison)>,
}

impl<'a> Publisher<'a> {
    /// Opens the files. `subjects` are what the reports will be about, by their places.
    ///
    /// # Errors
    ///
    /// [`Error`] for the first file that cannot be written.
    pub(super) fn new(
        output: &'a Output,
        texts: &'a Texts,
        look: Look,
        out: &'a mut dyn Write,
        subjects: &[Subject<'_>],
    ) -> Result<Self, Error> {
        Ok(Self {
            output,
            texts,
            look,
            out,
            files: Files::open(&output.files, subjects)?,
            cross_check: CrossCheck::default(),
            settled: Vec::new(),
            reader: Reader::new(),
            cut_short: false,
            missing: 0,
            since: None,
        })
    }

    /// Writes what is different from older reports instead of the reports.
    pub(super) fn compare_with(&mut self, older: Archive, wanted: Comparison) {
        self.since = Some((older, wanted));
    }

    /// What the exit code means.
    pub(super) fn convention(&self) -> Convention {
        self.output.convention()
    }

    /// Whether a further report would go anywhere.
    pub(super) fn wants_more(&self) -> bool {
        self.reader.wants_more() || !self.output.files.is_empty()
    }

    /// Not all checks were made: what is missing may be anything.
    pub(super) fn cut_short(&mut self) {
        self.cut_short = true;
    }

    /// Takes a report, and its place among the reports.
    pub(super) fn take(&mut self, place: usize, report: Report) {
        let report = if self.output.redact {
            engine::replay(report.check.redacted())
        } else {
            report
        };
        let settled = self.cross_check.take(place, report);
        self.stream(settled);
    }

    /// Writes what there is of an interrupted run, if there is anything: a report on nothing would
    /// take the place of an older one. Returns the exit code where it is not that of the
    /// interruption.
    ///
    /// # Errors
    ///
    /// As [`Publisher::finish`]; [`Error::Interrupted`] for a monitoring plugin, whose one line must
    /// not say that all is well.
    pub(super) fn finish_part(mut self, done: usize, all: usize) -> Result<Option<u8>, Error> {
        let is_plugin = self.output.convention() == Convention::Plugin;
        self.missing = all - done;
        let code = match done {
            0 => None,
            _ => Some(self.finish()?),
        };
        match is_plugin {
            true if done < all => Err(Error::Interrupted { done, all }),
            true => Ok(code),
            false => Ok(None),
        }
    }

    /// Writes the formats that need all reports. Returns the exit code.
    ///
    /// # Errors
    ///
    /// The first failure to write anything; the rest is written nevertheless.
    pub(super) fn finish(mut self) -> Result<u8, Error> {
        let cross_check = std::mem::take(&mut self.cross_check);
        let settled = if self.cut_short {
            cross_check.finish_part()
        } else {
            cross_check.finish()
        };
        self.stream(settled);
        self.settled.sort_by_key(|(place, _)| *place);
        let settled = std::mem::take(&mut self.settled);
        let in_file = Look {
            verbose: self.output.verbose,
            ..self.look.in_file()
        };
        let files = std::mem::take(&mut self.files);
        let (places, reports): (Vec<usize>, Vec<Report>) = settled.into_iter().unzip();
        let in_files = files.write(&places, &reports, |part, out| {
            // What is missing of the whole run is not missing of one domain.
            let missing = if part.is_whole { self.missing } else { 0 };
            let look = Look { missing, ..in_file };
            part.format.write(part.reports, self.texts, look, out)
        });
        let convention = self.output.convention();
        // A plugin prints one thing: the result, or that it could not do its work.
        if convention == Convention::Plugin {
            in_files?;
            if self.missing > 0 {
                return Ok(convention.of_error());
            }
            self.write(&reports).or_else(ignore_closed_pipe)?;
            return Ok(convention.exit_code(&reports));
        }
        if let Some((older, wanted)) = self.since.take() {
            in_files?;
            let code = self.differ(older, wanted, &reports)?;
            return Ok(if self.cut_short && code == 0 { 3 } else { code });
        }
        if !self.output.format.is_streamed() {
            let written = self.write(&reports);
            self.reader.note(written);
        }
        self.reader.failure()?;
        in_files?;
        Ok(if self.cut_short {
            convention.exit_code_of_part(&reports)
        } else {
            convention.exit_code(&reports)
        })
    }

    fn differ(
        &mut self,
        older: Archive,
        wanted: Comparison,
        reports: &[Report],
    ) -> Result<u8, Error> {
        let many = reports.len() > 1;
        let mut differ = Differ::begin(older, wanted, many, self.texts, self.look, self.out);
        for report in reports {
            differ.take(report)?;
        }
        differ.finish()
    }

    fn stream(&mut self, settled: Vec<(usize, Report)>) {
        for (place, report) in settled {
            if self.output.format.is_streamed() && self.reader.wants_more() {
                let written = self.write(slice::from_ref(&report));
                self.reader.note(written);
            }
            self.settled.push((place, report));
        }
    }

    fn write(&mut self, reports: &[Report]) -> io::Result<()> {
        let look = Look {
            verbose: self.output.verbose,
            quiet: self.output.quiet,
            missing: self.missing,
            ..self.look
        };
        self.output
            .format
            .write(reports, self.texts, look, self.out)
            .and_then(|()| self.out.flush())
    }
}
