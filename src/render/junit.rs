//! JUnit XML, for CI systems: a suite per domain, a case per step. A failed step is a failure, a
//! step that could not be tested is an error, and a step with warnings passes and has them in its
//! output. Names are the same in every language, so that a case can be followed over time.

use std::io::{self, Write};
use std::time::Duration;

use chrono::DateTime;
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::Look;
use super::words::Words;
use crate::report::{Report, Row, Status};
use crate::text::{Texts, printable};

/// Writes one document with all reports.
pub(super) fn write(
    reports: &[Report],
    texts: &Texts,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut document = quick_junit::Report::new(env!("CARGO_PKG_NAME"));
    for (index, report) in reports.iter().enumerate() {
        let name = name(report, &reports[..index]);
        document.add_test_suite(suite(&Words::of(report, texts), &name, look));
    }
    // Not written to `out` directly, because that would wrap its errors in errors about XML.
    let xml = document.to_string().map_err(io::Error::other)?;
    out.write_all(xml.as_bytes())
}

/// The name of a suite: the domain, with a number from the second report on it. Of several cases
/// with the same name, CI systems keep only the first, whether it failed or not.
fn name(report: &Report, before: &[Report]) -> String {
    let domain = report.terms().domain.as_str();
    let is_on_it = |earlier: &&Report| earlier.terms().domain.as_str() == domain;
    match before.iter().filter(is_on_it).count() {
        0 => domain.to_owned(),
        earlier => format!("{domain} #{}", earlier + 1),
    }
}

fn suite(words: &Words<'_>, name: &str, look: Look) -> TestSuite {
    let report = words.report;
    let mut suite = TestSuite::new(name);
    let made_at = DateTime::from_timestamp(report.terms().made_at.unix_timestamp(), 0);
    if let Some(moment) = made_at {
        suite.set_timestamp(moment);
    }
    suite.set_time(Duration::from_micros(report.check.elapsed_us));
    suite.add_property(("verdict", report.verdict().id()));
    suite.add_property(("xfed", env!("CARGO_PKG_VERSION")));
    for (name, value) in report.check.labels.iter() {
        let property = (format!("label_{name}"), printable(value));
        suite.add_property((property.0.as_str(), property.1.as_str()));
    }
    for row in &report.rows {
        let step = format!("{} {}", row.step.number(), row.step.id());
        let mut case = TestCase::new(step, status(words, row));
        case.set_classname(name);
        let mut lines = vec![words.row(row)];
        // The findings of a failed step are in its failure already.
        if row.status == Status::Warn || look.verbose {
            lines.extend(words.findings(row, look));
        }
        // Few viewers show the output of a suite, but everybody looks at the last step.
        if report.rows.last() == Some(row) {
            lines.extend(words.reservations());
        }
        case.set_system_out(lines.join("\n"));
        suite.add_test_case(case);
    }
    let mut lines = vec![words.verdict()];
    lines.extend(words.labels());
    lines.extend(words.reservations());
    suite.set_system_out(lines.join("\n"));
    suite
}

fn status(words: &Words<'_>, row: &Row) -> TestCaseStatus {
    let kind = match row.status {
        Status::Pass | Status::Warn => return TestCaseStatus::success(),
        Status::Skip => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(words.seen(row));
            return status;
        }
        Status::Fail => NonSuccessKind::Failure,
        Status::Unknown => NonSuccessKind::Error,
    };
    let mut status = TestCaseStatus::non_success(kind);
    // The worst finding comes first.
    if let Some(finding) = row.findings.first() {
        status.set_message(words.message(finding));
        status.set_type(finding.rule.code);
    }
    status.set_description(words.findings(row, Look::default()).join("\n"));
    status
}
