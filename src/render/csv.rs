//! A table for spreadsheets: a row per report (RFC 4180). In German the columns are separated by
//! semicolons, as German spreadsheets want it; the mark in front tells them that it is UTF-8.
//!
//! Names and labels are others' words. A cell that a spreadsheet would calculate gets an apostrophe
//! in front, by which they all know text.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::io::{self, Write};

use ::csv::{Terminator, WriterBuilder};

use super::metrics::Metrics;
use super::words::Words;
use crate::model::finding::{Finding, Severity};
use crate::model::labels::Labels;
use crate::model::names::Fqdn;
use crate::model::plan::Federation;
use crate::report::Report;
use crate::text::{Lang, Texts, printable};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The columns that are always there. Further ones are added behind them, never between.
const COLUMNS: [&str; 11] = [
    "domain",
    "verdict",
    "headline",
    "codes",
    "owner",
    "certificate_ends",
    "next_action",
    "fqdn",
    "mode",
    "checked",
    "reservations",
];

/// Writes one table of all reports. Every label that any of them has is a column.
pub(super) fn write(reports: &[Report], texts: &Texts, out: &mut dyn Write) -> io::Result<()> {
    let mut sheet = Sheet::default();
    for report in reports {
        sheet.has_labels(&report.check.labels);
    }
    sheet.begin(texts, out)?;
    let mut rows = reports.iter();
    rows.try_for_each(|report| sheet.row(report, texts, out))
}

/// A table that is written a row at a time, by somebody who knows the labels beforehand.
#[derive(Default)]
pub(crate) struct Sheet {
    labels: BTreeSet<String>,
}

impl Sheet {
    /// Makes these labels columns.
    pub(crate) fn has_labels(&mut self, labels: &Labels) {
        for (name, _) in labels.iter() {
            if !self.labels.contains(name) {
                self.labels.insert(name.to_owned());
            }
        }
    }

    /// Writes what stands above the rows.
    pub(crate) fn begin(&self, texts: &Texts, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(BYTE_ORDER_MARK.as_bytes())?;
        let columns = COLUMNS.iter().map(ToString::to_string);
        let own = self.labels.iter().map(|name| format!("label_{name}"));
        write_row(columns.chain(own), texts, out)
    }

    /// Writes the row of a report.
    pub(crate) fn row(
        &self,
        report: &Report,
        texts: &Texts,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let cells = row(&Words::of(report, texts)).into_iter();
        let value = |name: &String| report.check.labels.get(name).unwrap_or_default().to_owned();
        write_row(cells.chain(self.labels.iter().map(value)), texts, out)
    }
}

fn write_row(
    cells: impl Iterator<Item = String>,
    texts: &Texts,
    out: &mut dyn Write,
) -> io::Result<()> {
    let separator = match texts.lang() {
        Lang::De => b';',
        Lang::En => b',',
    };
    let mut builder = WriterBuilder::new();
    builder.delimiter(separator).terminator(Terminator::CRLF);
    let mut table = builder.from_writer(out);
    let cells: Vec<String> = cells.map(|cell| as_text(&printable(&cell))).collect();
    table.write_record(&cells).map_err(io::Error::from)?;
    table.flush()
}

fn row(words: &Words<'_>) -> [String; COLUMNS.len()] {
    let report = words.report;
    let terms = report.terms();
    let worst = words.worst();
    let ends = Metrics::of(report)
        .iter()
        .filter_map(|metrics| Some(metrics.certificate?.not_after))
        .min();
    let fqdns: Vec<&str> = report.fqdns.iter().map(Fqdn::as_str).collect();
    [
        terms.domain.to_string(),
        report.verdict().id().to_owned(),
        words.verdict(),
        codes(report).join(" "),
        worst.map_or_else(String::new, |worst| words.owners(worst).join(", ")),
        ends.map_or_else(String::new, |ends| ends.date().to_string()),
        worst
            .and_then(|worst| words.fix(worst))
            .map_or_else(String::new, |fix| words.in_one_line(&fix)),
        fqdns.join(" "),
        match terms.federation {
            _ if terms.partner => "partner",
            Federation::Open => "open",
            Federation::Direct => "direct",
        }
        .to_owned(),
        terms.made_at.date().to_string(),
        words.brief_reservations().join(", "),
    ]
}

/// The codes of what is more than a remark, each once, the worst first.
fn codes(report: &Report) -> Vec<&'static str> {
    let mut findings: Vec<&Finding> = report.findings().collect();
    findings.retain(|finding| finding.severity > Severity::Info);
    findings.sort_by_key(|finding| Reverse(finding.severity));
    let mut codes = Vec::new();
    for finding in findings {
        if !codes.contains(&finding.rule.code) {
            codes.push(finding.rule.code);
        }
    }
    codes
}

/// A cell that is text to every spreadsheet.
fn as_text(cell: &str) -> String {
    let calculates = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    let before = if calculates { "'" } else { "" };
    format!("{before}{cell}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_calculated() {
        for (cell, written) in [
            ("4711", "4711"),
            ("=1+2", "'=1+2"),
            ("+49 89 840798", "'+49 89 840798"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1", "'＝1"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(as_text(cell), written);
        }
    }
}
