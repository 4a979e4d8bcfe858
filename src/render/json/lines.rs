//! `--format jsonl`: one report a line, each line complete in itself, with the version of the
//! contract and the program. A line can be written as soon as its domain is done; lines can be cut,
//! sorted and appended to each other.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::CompactFormatter;

use super::contract::{JsonLine, Tool};
use super::harmless::Harmless;
use super::report::json_report;
use crate::report::Report;
use crate::report::SCHEMA;
use crate::text::Texts;

/// Writes the line of one report.
pub(in crate::render) fn write(
    report: &Report,
    texts: &Texts,
    out: &mut dyn Write,
) -> io::Result<()> {
    let line = JsonLine {
        schema: SCHEMA,
        tool: Tool::this(),
        report: json_report(report, texts)?,
    };
    let formatter = Harmless(CompactFormatter);
    let mut json = serde_json::Serializer::with_formatter(&mut *out, formatter);
    line.serialize(&mut json)?;
    writeln!(out)
}
