//! The output of a monitoring plugin, for Nagios, Icinga and compatible systems: one line with the
//! state, the verdict and the numbers, then the findings.
//!
//! It follows the Monitoring Plugins Development Guidelines. The state is also the exit code; see
//! [`PluginState`].

use std::cmp::Reverse;
use std::io::{self, Write};

use time::OffsetDateTime;

use super::Look;
use super::metrics::{Lifetime, Metrics, seconds};
use super::words::{Words, as_status};
use crate::model::finding::Note;
use crate::report::{PluginState, Report, Status};
use crate::text::Texts;

/// The longest output, in bytes: old transports cut off the rest. The line with the numbers comes
/// first, so it is never cut.
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
    // People read only the first of many domains, so the worst come first.
    all.sort_by_key(|words| Reverse(PluginState::of(std::slice::from_ref(words.report))));
    let state = PluginState::of(reports);
    let summary = match all.as_slice() {
        [words] => with_reservations(words, words.verdict()),
        _ => all.iter().map(brief).collect::<Vec<_>>().join("; "),
    };
    let line = format!("{} | {}", first_line(state, &summary), perfdata(reports));
    writeln!(out, "{line}")?;
    let mut left = LONGEST.saturating_sub(line.len() + 1);
    let details = all.iter().flat_map(|words| {
        // The verdict on a single domain is in the first line already.
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

/// The numbers of all domains, labelled with the domain if there are several reports.
fn perfdata(reports: &[Report]) -> String {
    let numbers: Vec<String> = by_domain(reports)
        .iter()
        .flat_map(|(domain, on_domain)| match reports {
            [_] => numbers(on_domain, ""),
            _ => numbers(on_domain, &format!("{domain}_")),
        })
        .collect();
    numbers.join(" ")
}

/// The reports of each domain. A domain that is checked in several ways has only one number of each
/// kind: of two numbers with the same label, monitoring keeps one or the other.
fn by_domain(reports: &[Report]) -> Vec<(&str, Vec<&Report>)> {
    let mut domains: Vec<(&str, Vec<&Report>)> = Vec::new();
    for report in reports {
        let name = report.terms().domain.as_str();
        match domains.iter_mut().find(|(domain, _)| *domain == name) {
            Some((_, on_domain)) => on_domain.push(report),
            None => domains.push((name, vec![report])),
        }
    }
    domains
}

/// The output of a plugin that could not do its work, in one line.
pub(crate) fn could_not_run(reason: &str) -> String {
    first_line(PluginState::Unknown, reason)
}

fn first_line(state: PluginState, summary: &str) -> String {
    format!("XFED {} - {}", state.word(), without_bars(summary))
}

/// A bar starts the numbers and cannot be escaped, so text must not contain one.
fn without_bars(text: &str) -> String {
    text.replace('|', "/")
}

/// One domain among several: the verdict, and each code that caused it, once.
fn brief(words: &Words<'_>) -> String {
    let mut codes: Vec<String> = Vec::new();
    for row in words.blamed() {
        let findings = row.findings.iter();
        let blamed = findings.filter(|finding| as_status(finding.severity) == row.status);
        for code in blamed.map(|finding| finding.rule.code) {
            if !codes.iter().any(|earlier| earlier == code) {
                codes.push(code.to_owned());
            }
        }
    }
    let note = Note::new("waiting-state")
        .with("verdict", words.report.verdict().id())
        .with("codes", codes);
    with_reservations(words, words.texts.note(&note, &words.context))
}

/// The verdict with its reservations, because many people read only the first line.
fn with_reservations(words: &Words<'_>, verdict: String) -> String {
    words.labelled(words.with_reservations(verdict))
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

/// The numbers of a domain as perfdata, `'label'=value[unit];[warn];[crit];[min]`. Of several
/// servers, and of several ways to check them, the worst counts.
fn numbers(reports: &[&Report], prefix: &str) -> Vec<String> {
    let endpoints: Vec<(&Report, Metrics<'_>)> = reports
        .iter()
        .flat_map(|report| {
            Metrics::of(report)
                .into_iter()
                .map(|metrics| (*report, metrics))
        })
        .collect();
    let mut numbers = Vec::new();
    let lifetimes = endpoints
        .iter()
        .filter_map(|(report, metrics)| Some((report, metrics.certificate?)));
    if let Some((report, first)) = lifetimes.min_by_key(|(_, lifetime)| lifetime.not_after) {
        let days = days_left(first, report.terms().now);
        numbers.push(format!("'{prefix}days_left'={days}"));
    }
    let slowest = |of: fn(&Metrics<'_>) -> Option<u64>| {
        let times = endpoints.iter().filter_map(|(_, metrics)| of(metrics));
        times.max()
    };
    for (label, micros) in [
        ("connect_time", slowest(|metrics| metrics.connect)),
        ("tls_time", slowest(|metrics| metrics.tls)),
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

/// The days that are left, with the ranges that are fine: before the renewal is due (warning), and
/// before the end (critical).
fn days_left(lifetime: Lifetime, now: OffsetDateTime) -> String {
    const DAY: i64 = 24 * 60 * 60;
    // In tenths, so that what ended today is below zero, and 11 days and some hours ago are not 12.
    let tenths = ((lifetime.not_after - now).whole_seconds() * 10).div_euclid(DAY);
    let sign = if tenths < 0 { "-" } else { "" };
    let (days, tenth) = (tenths.abs() / 10, tenths.abs() % 10);
    format!("{sign}{days}.{tenth};{}:;0:", lifetime.due.whole_days())
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    /// The message says "11 days ago" of 11 days and some hours.
    #[test]
    fn days_are_rounded_as_the_message_rounds_them() {
        let now = OffsetDateTime::UNIX_EPOCH;
        for (hours, days) in [
            (19 * 24 + 15, "19.6"),
            (24, "1.0"),
            (0, "0.0"),
            (-1, "-0.1"),
            (-11 * 24 - 9, "-11.4"),
            (-12 * 24, "-12.0"),
        ] {
            let lifetime = Lifetime {
                not_after: now + Duration::hours(hours),
                due: Duration::days(30),
                life: Duration::days(90),
            };
            assert_eq!(
                days_left(lifetime, now),
                format!("{days};30:;0:"),
                "{hours}"
            );
        }
    }
}
