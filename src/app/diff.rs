//! `xfed diff`, and the same for a check that has just been made (`check --since`): finds the older
//! report on each domain, judges both sides, and writes what is different.

use std::io;
use std::path::Path;

use super::archive::Archive;
use super::console::{Console, ignore_closed_pipe, users_own};
use super::error::Error;
use super::reader::Reader;
use crate::compare::{Sides, Tally, compare};
use crate::config::{self, CommandLine, Comparison, Configuration, DiffOptions, resolve};
use crate::render::Look;
use crate::render::diff::{Compared, DiffFormat, DiffWriter};
use crate::report::{Report, SavedCheck};
use crate::text::Texts;

pub(super) fn run(
    files: [&Path; 2],
    format: DiffFormat,
    command: &CommandLine<DiffOptions>,
    configuration: Option<&Configuration>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    if files == [Path::new("-"); 2] {
        return Err(config::Error::StdinTwice.into());
    }
    let wanted = Comparison::new(&resolve(command, None, configuration), format);
    let [older, newer] = files;
    let (older, mut newer) = (Archive::open(older)?, Archive::open(newer)?);
    let wants_quiet = resolve(command, None, users_own(configuration)).quiet;
    console.announce_configuration(configuration, wants_quiet, texts)?;
    let places = newer.in_order();
    let many = places.len() > 1;
    // A report on one domain asks for that one, whatever else there was.
    let gone = if many {
        older.count_missing_in(&newer)
    } else {
        0
    };
    let mut differ = Differ::begin(older, wanted, many, texts, console.look, console.out);
    for at in places {
        let check = newer.read(at)?;
        let check = if wanted.redact {
            check.redacted()
        } else {
            check
        };
        let report = newer.judged(check);
        differ.take(&report)?;
        if !differ.wants_more() {
            break;
        }
    }
    differ.tally.only_old = gone;
    differ.finish()
}

/// Compares reports with older ones, one at a time.
pub(super) struct Differ<'a> {
    older: Archive,
    wanted: Comparison,
    writer: DiffWriter<'a>,
    out: &'a mut dyn io::Write,
    tally: Tally,
    reader: Reader,
}

impl<'a> Differ<'a> {
    pub(super) fn begin(
        older: Archive,
        wanted: Comparison,
        many: bool,
        texts: &'a Texts,
        look: Look,
        out: &'a mut dyn io::Write,
    ) -> Self {
        let look = Look {
            verbose: wanted.verbose,
            quiet: wanted.quiet,
            ..look
        };
        let mut differ = Self {
            older,
            wanted,
            writer: DiffWriter::new(wanted.format, texts, look, many),
            out,
            tally: Tally::default(),
            reader: Reader::new(),
        };
        let begun = differ.writer.begin(&mut differ.out);
        differ.reader.note(begun);
        differ
    }

    /// Whether a further comparison would go anywhere.
    pub(super) fn wants_more(&self) -> bool {
        self.reader.wants_more()
    }

    /// Compares a report.
    pub(super) fn take(&mut self, new: &Report) -> Result<(), Error> {
        let Some(check) = self.older.find(new.terms())? else {
            self.tally.only_new += 1;
            self.write(&Compared::Alone(new));
            return Ok(());
        };
        let check = if self.wanted.redact {
            check.redacted()
        } else {
            check
        };
        let later = self.again(&check, new, false);
        let decided = self.again(&check, new, true);
        let old = self.older.judged(check);
        let sides = Sides {
            old: &old,
            new,
            later: &later,
            decided: &decided,
        };
        match compare(sides) {
            Ok(difference) => {
                let outcome = difference.outcome();
                self.tally.count(difference.verdicts(), outcome);
                self.write(&Compared::Difference(&difference));
            }
            Err(obstacle) => {
                self.tally.not_comparable += 1;
                self.write(&Compared::NotComparable(new, obstacle));
            }
        }
        Ok(())
    }

    /// The old facts at the new time, and by the new decisions where they are asked for.
    fn again(&self, check: &SavedCheck, new: &Report, by_new_decisions: bool) -> Report {
        let mut check = check.clone();
        check.terms.now = new.terms().now;
        if by_new_decisions {
            check.terms.policy = new.terms().policy.clone();
        }
        self.older.judged(check)
    }

    fn write(&mut self, compared: &Compared<'_>) {
        if self.wants_more() {
            let written = self.writer.write(compared, &mut self.out);
            let written = written.and_then(|()| self.out.flush());
            self.reader.note(written);
        }
    }

    /// Writes what all of them come to. Returns the exit code.
    pub(super) fn finish(self) -> Result<u8, Error> {
        let Self {
            writer,
            out,
            tally,
            mut reader,
            wanted,
            ..
        } = self;
        reader.failure()?;
        if reader.wants_more() {
            let ended = writer.end(&tally, out).and_then(|()| out.flush());
            ended.or_else(ignore_closed_pipe)?;
        }
        Ok(tally.exit_code(wanted.fail_on_any))
    }
}
