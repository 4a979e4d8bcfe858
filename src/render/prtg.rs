//! The output of a sensor of PRTG (EXE/Script Advanced): channels with their limits, and a message.
//! Channels are the same for one domain and for many, and in every language, since PRTG keeps their
//! history by name.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::json::harmless::{self, Layout};
use super::metrics::Metrics;
use super::overview;
use super::words::Words;
use crate::model::limits::clipped;
use crate::report::{PluginState, Report, Verdict};
use crate::text::Texts;

/// The longest message, in characters: PRTG shows no more.
const LONGEST: usize = 2000;

/// Writes one answer for all reports.
pub(super) fn write(reports: &[Report], texts: &Texts, out: &mut dyn Write) -> io::Result<()> {
    let answer = json!({"prtg": {
        "result": channels(reports),
        "text": message(reports, texts),
    }});
    harmless::write(&answer, Layout::Line, out)?;
    writeln!(out)
}

fn channels(reports: &[Report]) -> Vec<Value> {
    let count = |verdict| {
        let own = reports.iter().filter(|report| report.verdict() == verdict);
        own.count()
    };
    let mut channels = vec![
        json!({"channel": "Ready", "unit": "Count", "value": count(Verdict::Ready)}),
        json!({"channel": "Ready with warnings", "unit": "Count", "limitmode": 1,
            "limitmaxwarning": 0, "value": count(Verdict::ReadyWithWarnings)}),
        json!({"channel": "Not ready", "unit": "Count", "limitmode": 1,
            "limitmaxerror": 0, "value": count(Verdict::NotReady)}),
        json!({"channel": "Undecided", "unit": "Count", "limitmode": 1,
            "limitmaxwarning": 0, "value": count(Verdict::Inconclusive)}),
    ];
    channels.extend(days_left(reports));
    let endpoints = || reports.iter().flat_map(Metrics::of);
    for (channel, micros) in [
        ("Connect", endpoints().filter_map(|one| one.connect).max()),
        ("TLS handshake", endpoints().filter_map(|one| one.tls).max()),
        (
            "Check",
            reports.iter().map(|one| one.check.elapsed_us).max(),
        ),
    ] {
        let value = micros.map(|micros| micros / 1000);
        channels.extend(
            value.map(|value| json!({"channel": channel, "unit": "TimeResponse", "value": value})),
        );
    }
    channels
}

/// Of all certificates the one that ends first.
fn days_left(reports: &[Report]) -> Option<Value> {
    let lifetimes = reports.iter().flat_map(|report| {
        let now = report.terms().now;
        let lifetimes = Metrics::of(report).into_iter();
        lifetimes.filter_map(move |metrics| Some((metrics.certificate?, now)))
    });
    let (first, now) = lifetimes.min_by_key(|(lifetime, _)| lifetime.not_after)?;
    // Rounded down, so that what ended today is below zero.
    let days = (first.not_after - now)
        .whole_seconds()
        .div_euclid(24 * 60 * 60);
    Some(json!({
        "channel": "Certificate", "unit": "Custom", "customunit": "d", "limitmode": 1,
        "limitminwarning": first.due.whole_days(), "limitminerror": 0, "value": days,
    }))
}

/// The verdict on the domain; of several, how many are ready and the verdict on the worst.
fn message(reports: &[Report], texts: &Texts) -> String {
    let state = |report: &&Report| PluginState::of(std::slice::from_ref(*report));
    // Of equals the first.
    let worst = reports.iter().rev().max_by_key(state);
    let worst = worst.map(|report| {
        let words = Words::of(report, texts);
        words.labelled(words.with_reservations(words.verdict()))
    });
    let mut parts = Vec::new();
    if reports.len() > 1 {
        parts.push(overview::summary(reports, 0, texts));
    }
    parts.extend(worst);
    // A number sign ends the message.
    clipped(&parts.join(". ").replace('#', "№"), LONGEST)
}
