//! Workflow commands for GitHub Actions: an annotation per finding. GitHub shows only ten errors,
//! ten warnings and ten notices of a step, so the worst findings come first. The verdicts are
//! notices.

use std::cmp::Reverse;
use std::io::{self, Write};

use super::Look;
use super::words::Words;
use crate::model::finding::{Finding, Severity};
use crate::report::Report;
use crate::text::Texts;

/// Writes one command per finding, and one per verdict.
pub(super) fn write(
    reports: &[Report],
    texts: &Texts,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let all: Vec<Words<'_>> = reports
        .iter()
        .map(|report| Words::of(report, texts))
        .collect();
    let mut findings: Vec<(&Words<'_>, String, &Finding)> = all
        .iter()
        .flat_map(|words| {
            let rows = words.report.rows.iter();
            rows.flat_map(move |row| {
                let shown = row
                    .findings
                    .iter()
                    .filter(move |finding| look.shows(finding));
                shown.map(move |finding| (words, words.step(row.step), finding))
            })
        })
        .collect();
    // The sort is stable: within a severity, domains and steps keep their order.
    findings.sort_by_key(|(_, _, finding)| Reverse(finding.severity));
    for (words, step, finding) in findings {
        let title = format!("{}: {step}", words.report.terms().domain);
        let mut lines = words.finding(finding);
        lines.extend(words.labels());
        command(kind(finding.severity), &title, &lines, out)?;
    }
    for words in &all {
        let mut lines = vec![words.verdict()];
        lines.extend(words.labels());
        lines.extend(words.reservations());
        command("notice", env!("CARGO_PKG_NAME"), &lines, out)?;
    }
    Ok(())
}

fn kind(severity: Severity) -> &'static str {
    match severity {
        Severity::Fail => "error",
        Severity::Warn | Severity::Unknown => "warning",
        Severity::Info => "notice",
    }
}

pub(in crate::render) fn command(
    kind: &str,
    title: &str,
    lines: &[String],
    out: &mut dyn Write,
) -> io::Result<()> {
    let message = value(&lines.join("\n"));
    writeln!(out, "::{kind} title={}::{message}", property(title))
}

/// Escapes a message as the toolkit of GitHub Actions does.
fn value(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes a property as the toolkit of GitHub Actions does.
fn property(text: &str) -> String {
    value(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_and_messages_are_escaped() {
        let mut out = Vec::new();
        let lines = ["100 %".to_owned(), "a: b,\rc::d".to_owned()];
        command("error", "a: b, 100 %", &lines, &mut out).expect("into memory");
        let expected = "::error title=a%3A b%2C 100 %25::100 %25%0Aa: b,%0Dc::d\n";
        assert_eq!(String::from_utf8(out).expect("text"), expected);
    }
}
