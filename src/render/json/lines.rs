//! `--format jsonl`: one report a line, each line complete in itself, with the version of the
//! contract and the program. A line can be written as soon as its domain is done; lines can be cut,
//! sorted and appended to each other.

use std::io::{self, Write};

use serde::Serialize;

use super::contract::{InCampaign, JsonLine, JsonRefused, Refused, Tool};
use super::harmless::{self, Layout};
use super::report::json_report;
use crate::report::Report;
use crate::report::SCHEMA;
use crate::text::Texts;

/// The longest piece of a line that is shown.
const LONGEST: usize = 200;

/// Room for the report of a healthy domain.
const USUAL: usize = 16 * 1024;

/// Writes the line of one report.
pub(in crate::render) fn write(
    report: &Report,
    texts: &Texts,
    out: &mut dyn Write,
) -> io::Result<()> {
    write_report(report, None, texts, out)
}

/// Writes the line of one report that a run may later go on behind.
pub(crate) fn write_line(
    report: &Report,
    campaign: InCampaign,
    texts: &Texts,
    out: &mut dyn Write,
) -> io::Result<()> {
    write_report(report, Some(campaign), texts, out)
}

/// Writes a line for one of a list that is no target, and why.
pub(crate) fn write_refused(
    line: &str,
    why: &str,
    campaign: InCampaign,
    out: &mut dyn Write,
) -> io::Result<()> {
    let end = line
        .char_indices()
        .nth(LONGEST)
        .map_or(line.len(), |(end, _)| end);
    let refused = JsonRefused {
        schema: SCHEMA,
        tool: Tool::this(),
        refused: Refused {
            line: &line[..end],
            why,
        },
        campaign,
    };
    write_json(&refused, out)
}

fn write_report(
    report: &Report,
    campaign: Option<InCampaign>,
    texts: &Texts,
    out: &mut dyn Write,
) -> io::Result<()> {
    let line = JsonLine {
        schema: SCHEMA,
        tool: Tool::this(),
        report: json_report(report, texts)?,
        campaign,
    };
    write_json(&line, out)
}

/// In one piece: lines of several checks must not mix, whatever is behind `out`.
fn write_json(line: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Vec::with_capacity(USUAL);
    harmless::write(line, Layout::Line, &mut text)?;
    text.push(b'\n');
    out.write_all(&text)
}
