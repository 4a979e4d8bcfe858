//! `--format json` and `xfed schema`: one object with all reports, and the JSON Schema of it.

mod contract;
pub(super) mod harmless;
pub(crate) mod lines;
mod report;

use std::io::{self, Write};

pub(crate) use self::contract::InCampaign;
pub(super) use self::contract::Tool;
use self::contract::{Document, JsonLine, JsonRefused};
use self::harmless::Layout;
use self::report::json_report;
use crate::report::Report;
use crate::report::SCHEMA;
use crate::text::Texts;

/// Writes one document with all reports.
pub(super) fn write(reports: &[Report], texts: &Texts, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        tool: Tool::this(),
        reports: reports
            .iter()
            .map(|report| json_report(report, texts))
            .collect::<io::Result<_>>()?,
    };
    harmless::write(&document, Layout::Indented, out)?;
    writeln!(out)
}

/// Writes the JSON Schema of the document; its definitions include a line of `jsonl`.
pub(crate) fn write_schema(out: &mut dyn Write) -> io::Result<()> {
    let mut generator = schemars::SchemaGenerator::default();
    generator.subschema_for::<JsonLine<'_>>();
    generator.subschema_for::<JsonRefused<'_>>();
    let schema = generator.into_root_schema_for::<Document<'_>>();
    serde_json::to_writer_pretty(&mut *out, &schema)?;
    writeln!(out)
}
