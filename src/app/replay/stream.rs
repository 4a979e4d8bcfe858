//! Reports that are judged and written one at a time, and of which none is kept.

use std::io::Write;
use std::slice;

use serde::Deserialize;
use time::OffsetDateTime;

use super::left_out::LeftOut;
use super::source::Source;
use crate::app::console::Console;
use crate::app::error::Error;
use crate::app::reader::Reader;
use crate::config::Output;
use crate::engine;
use crate::engine::{CrossCheck, WayOut};
use crate::model::labels::Labels;
use crate::model::policy::Policy;
use crate::render::csv::Sheet;
use crate::render::{Format, Look};
use crate::report::{Report, SavedCheck};
use crate::text::Texts;

/// How each of them is judged.
#[derive(Clone, Copy)]
pub(super) struct Again {
    /// At another moment than its own.
    pub(super) now: Option<OffsetDateTime>,
    /// Without what is local.
    pub(super) redact: bool,
}

impl Again {
    fn judge(self, mut check: SavedCheck) -> Report {
        if let Some(now) = self.now {
            check.terms.now = now;
        }
        engine::replay(if self.redact { check.redacted() } else { check })
    }
}

/// Whether these reports can be written in this way: the columns of a sheet have to be known beforehand.
pub(super) fn can(source: &Source, output: &Output) -> bool {
    let fits = match output.format {
        Format::Csv => source.can_be_read_twice(),
        format => format.is_streamed(),
    };
    fits && source.is_lines() && output.files.is_empty()
}

/// Judges and writes all of them. Returns the exit code.
pub(super) fn run(
    mut source: Source,
    again: Again,
    output: &Output,
    mut left_out: LeftOut<'_>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let (mut others, sheet) = if source.can_be_read_twice() {
        let (way_out, sheet) = look_through(&mut source, again)?;
        (Others::All(way_out), sheet)
    } else {
        (Others::Near(CrossCheck::streamed()), Sheet::default())
    };
    let mut writer = Writer::begin(output, sheet, texts, console.look, console.out);
    for document in source.documents()? {
        let document = document?;
        match document.read() {
            Ok(checks) => {
                for check in checks {
                    writer.take(others.take(again.judge(check)));
                }
            }
            Err(fault) => left_out.take(document.line, fault, texts, console.err)?,
        }
        if !writer.reader.wants_more() {
            writer.is_part = true;
            break;
        }
    }
    writer.is_part |= left_out.any();
    writer.take(others.finish(writer.is_part));
    left_out.end(writer.count, texts, console.err)?;
    writer.finish()
}

/// Reads a file for what only all its reports together tell.
fn look_through(source: &mut Source, again: Again) -> Result<(WayOut, Sheet), Error> {
    let mut way_out = WayOut::default();
    let mut sheet = Sheet::default();
    for document in source.documents()? {
        let document = document?;
        let glance = serde_json::from_slice::<Glance>(&document.text);
        let about_others = glance.as_ref().is_ok_and(|glance| {
            let accepted = glance
                .report
                .terms
                .iter()
                .flat_map(|terms| &terms.policy.accept);
            accepted
                .into_iter()
                .any(|acceptance| acceptance.domain.is_none())
        });
        // A document of several reports is rare, and read whole.
        if let Ok(glance) = &glance {
            if !again.redact {
                sheet.has_labels(&glance.report.labels);
            }
            if way_out.is_known() && !about_others {
                continue;
            }
        }
        let Ok(checks) = document.read() else {
            way_out.miss();
            continue;
        };
        for check in checks {
            let report = again.judge(check);
            sheet.has_labels(&report.check.labels);
            way_out.note(&report);
        }
    }
    Ok((way_out, sheet))
}

/// As much of a line as others have to do with.
#[derive(Deserialize)]
struct Glance {
    report: GlanceReport,
}

#[derive(Deserialize)]
struct GlanceReport {
    #[serde(default)]
    labels: Labels,
    terms: Option<GlanceTerms>,
}

#[derive(Deserialize)]
struct GlanceTerms {
    #[serde(default)]
    policy: Policy,
}

/// What a report is judged in the light of.
enum Others {
    /// All of the file.
    All(WayOut),
    /// Those that came through a pipe shortly before and after.
    Near(CrossCheck),
}

impl Others {
    fn take(&mut self, report: Report) -> Vec<Report> {
        match self {
            Self::All(way_out) => vec![way_out.judged(report)],
            Self::Near(cross_check) => reports(cross_check.take(0, report)),
        }
    }

    fn finish(self, is_part: bool) -> Vec<Report> {
        match self {
            Self::All(_) => Vec::new(),
            Self::Near(cross_check) if is_part => reports(cross_check.finish_part()),
            Self::Near(cross_check) => reports(cross_check.finish()),
        }
    }
}

fn reports(placed: Vec<(usize, Report)>) -> Vec<Report> {
    placed.into_iter().map(|(_, report)| report).collect()
}

/// Writes reports, and knows what they come to.
struct Writer<'a> {
    output: &'a Output,
    sheet: Sheet,
    texts: &'a Texts,
    look: Look,
    out: &'a mut dyn Write,
    reader: Reader,
    /// Not all reports were judged.
    is_part: bool,
    count: usize,
    code: u8,
}

impl<'a> Writer<'a> {
    fn begin(
        output: &'a Output,
        sheet: Sheet,
        texts: &'a Texts,
        look: Look,
        out: &'a mut dyn Write,
    ) -> Self {
        let mut writer = Self {
            output,
            sheet,
            texts,
            look: Look {
                verbose: output.verbose,
                quiet: output.quiet,
                ..look
            },
            out,
            reader: Reader::new(),
            is_part: false,
            count: 0,
            code: 0,
        };
        if output.format == Format::Csv {
            let begun = writer.sheet.begin(texts, writer.out);
            writer.reader.note(begun);
        }
        writer
    }

    fn take(&mut self, reports: Vec<Report>) {
        let convention = self.output.convention();
        for report in reports {
            let one = slice::from_ref(&report);
            self.code = convention.worse(self.code, convention.exit_code(one));
            self.count += 1;
            if self.reader.wants_more() {
                let written = match self.output.format {
                    Format::Csv => self.sheet.row(&report, self.texts, self.out),
                    format => format.write(one, self.texts, self.look, self.out),
                };
                let written = written.and_then(|()| self.out.flush());
                self.reader.note(written);
            }
        }
    }

    fn finish(mut self) -> Result<u8, Error> {
        self.reader.failure()?;
        Ok(match self.code {
            // What is missing may be anything.
            0 if self.is_part => 3,
            code => code,
        })
    }
}
