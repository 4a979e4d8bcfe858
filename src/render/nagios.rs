//! The output of a monitoring plugin, for Nagios, Icinga and what understands the same: one line
//! with the state, the verdict and what was measured, then the findings.
//!
//! As the Monitoring Plugins Development Guidelines want it. The state is also the exit code; see
//! [`PluginState`].

use std::cmp::Reverse;
use std::io::{self, Write};

use time::OffsetDateTime;

use super::Look;
use super::metrics::{Lifetime, Measures, seconds};
use super::words::{Words, as_status};
use crate::model::finding::Note;
use crate::report::{PluginState, Report, Status};
use crate::text::Texts;

/// Old transports cut off what is longer; the line with the numbers comes first.
const LONGEST: usize = 4096;

/// Writes one answer for all reports.
pub(super) fn write(
    reports: &[Report],
    texts: &Texts,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut all: Vec<Words<'_>> = reports
        .iter()
        .map(|report| Words::of(report, texts))
        .collect();
    // A domain that is checked in several ways has one number of each kind all the same: of two with
    // the same label, monitoring keeps either.
    let mut domains: Vec<(&str, Vec<&Report>)> = Vec::new();
    for report in reports {
        let domain = report.terms().domain.as_str();
        match domains.iter_mut().find(|(known, _)| *known == domain) {
            Some((_, own)) => own.push(report),
            None => domains.push((domain, vec![report])),
        }
    }
    let numbers: Vec<String> = domains
        .iter()
        .flat_map(|(domain, own)| match reports {
            [_] => numbers(own, ""),
            _ => numbers(own, &format!("{domain}_")),
        })
        .collect();
    // Where there are many, the worst are read first.
    all.sort_by_key(|words| Reverse(PluginState::of(std::slice::from_ref(words.report))));
    let state = PluginState::of(reports);
    let summary = match all.as_slice() {
        [words] => with_reservations(words, words.verdict()),
        _ => all.iter().map(brief).collect::<Vec<_>>().join("; "),
    };
    let line = format!("{} | {}", first_line(state, &summary), numbers.join(" "));
    writeln!(out, "{line}")?;
    let mut left = LONGEST.saturating_sub(line.len() + 1);
    let details = all.iter().flat_map(|words| {
        // Of one domain the verdict has just been said.
        let verdict = (reports.len() > 1).then(|| words.verdict());
        verdict.into_iter().chain(details(words, look))
    });
    for text in details {
        let text = without_bars(&text);
        let Some(rest) = left.checked_sub(text.len() + 1) else {
            break;
        };
        left = rest;
        writeln!(out, "{text}")?;
    }
    Ok(())
}

/// What a plugin says that could not do its work, in one line.
pub fn could_not_run(reason: &str) -> String {
    first_line(PluginState::Unknown, reason)
}

fn first_line(state: PluginState, summary: &str) -> String {
    format!("XFED {} - {}", state.word(), without_bars(summary))
}

/// Behind a bar the numbers begin, and there is no way to write another one.
fn without_bars(text: &str) -> String {
    text.replace('|', "/")
}

/// One domain among several: the verdict, and each code that it is due to, once.
fn brief(words: &Words<'_>) -> String {
    let mut codes: Vec<String> = Vec::new();
    for row in words.blamed() {
        let findings = row.findings.iter();
        let blamed = findings.filter(|finding| as_status(finding.severity) == row.status);
        for code in blamed.map(|finding| finding.rule.code) {
            if !codes.iter().any(|known| known == code) {
                codes.push(code.to_owned());
            }
        }
    }
    let note = Note::new("waiting-state")
        .with("verdict", words.report.verdict().id())
        .with("codes", codes);
    with_reservations(words, words.texts.note(&note, &words.context))
}

/// Many read the first line only: what the verdict does not cover belongs to it.
fn with_reservations(words: &Words<'_>, verdict: String) -> String {
    let notes = words.report.reservations();
    let brief = notes
        .iter()
        .filter_map(|note| words.texts.brief(note, &words.context));
    let brief: Vec<String> = brief.collect();
    if brief.is_empty() {
        return verdict;
    }
    format!("{verdict} [{}]", brief.join(", "))
}

fn details(words: &Words<'_>, look: Look) -> Vec<String> {
    let mut lines = words.reservations();
    for row in &words.report.rows {
        let findings = words.findings(row, look);
        if row.status != Status::Pass || !findings.is_empty() {
            lines.push(words.row(row));
            lines.extend(findings);
        }
    }
    lines
}

/// What was measured of a domain, as `'label'=value[unit];[warn];[crit];[min]`: of several servers,
/// and of several ways to check them, the worst.
fn numbers(reports: &[&Report], prefix: &str) -> Vec<String> {
    let measures: Vec<(&Report, Measures<'_>)> = reports
        .iter()
        .flat_map(|report| Measures::of(report).into_iter().map(|one| (*report, one)))
        .collect();
    let mut numbers = Vec::new();
    let ending = measures
        .iter()
        .filter_map(|(report, one)| Some((report, one.certificate?)));
    if let Some((report, first)) = ending.min_by_key(|(_, one)| one.not_after) {
        let days = days_left(first, report.terms().now);
        numbers.push(format!("'{prefix}days_left'={days}"));
    }
    let slowest = |of: fn(&Measures<'_>) -> Option<u64>| {
        let each = measures.iter().filter_map(|(_, one)| of(one));
        each.max()
    };
    for (label, micros) in [
        ("connect_time", slowest(|one| one.connect)),
        ("tls_time", slowest(|one| one.tls)),
        (
            "check_time",
            reports.iter().map(|report| report.check.elapsed_us).max(),
        ),
    ] {
        let value = micros.map(seconds);
        numbers.extend(value.map(|value| format!("'{prefix}{label}'={value}s;;;0")));
    }
    numbers
}

/// With the ranges that are all right: renewed in time, and not yet over.
fn days_left(lifetime: Lifetime, now: OffsetDateTime) -> String {
    const DAY: i64 = 24 * 60 * 60;
    let left = (lifetime.not_after - now).whole_seconds().div_euclid(DAY);
    format!("{left};{}:;0:", lifetime.due.whole_days())
}
