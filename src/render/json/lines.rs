//! One report a line, each line complete in itself: what `json` says of one domain, with the version
//! of the contract and the program beside it. Lines can be written as soon as a domain is done, and
//! be cut, sorted and appended to each other.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::ser::CompactFormatter;

use super::{Harmless, JsonReport, Tool, json_report};
use crate::report::{Report, SCHEMA};
use crate::text::Texts;

/// One line of `xfed check --format jsonl`.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonLine {
    /// Version of this contract; within it, fields are only added.
    schema: u32,
    /// The program that wrote it.
    tool: Tool,
    /// The report on one domain.
    report: JsonReport,
}

/// Writes one line per report.
///
/// # Errors
///
/// Those of the writer.
pub fn write(reports: &[Report], texts: &Texts, out: &mut dyn Write) -> io::Result<()> {
    for report in reports {
        let line = JsonLine {
            schema: SCHEMA,
            tool: Tool::this(),
            report: json_report(report, texts)?,
        };
        let harmless = Harmless(CompactFormatter);
        let mut json = serde_json::Serializer::with_formatter(&mut *out, harmless);
        line.serialize(&mut json)?;
        writeln!(out)?;
    }
    Ok(())
}
