//! Several domains at a glance: how many are ready, and the verdict on each in one line.

use super::Look;
use super::words::Words;
use crate::report::{Report, Verdict};
use crate::text::Texts;

/// The verdicts in the order in which they are counted, and how each count is said.
const COUNTED: [(Verdict, &str); 4] = [
    (Verdict::Ready, "overview-ready"),
    (Verdict::ReadyWithWarnings, "overview-ready-with-warnings"),
    (Verdict::NotReady, "overview-not-ready"),
    (Verdict::Inconclusive, "overview-inconclusive"),
];

/// How many domains there are and how many of them are ready, in one line. `missing` are those that
/// were not checked because the run was interrupted.
pub(crate) fn summary(reports: &[Report], missing: usize, texts: &Texts) -> String {
    let count = |verdict| {
        let alike = reports.iter().filter(|report| report.verdict() == verdict);
        (verdict, alike.count())
    };
    let id = if are_directions(reports) {
        "overview-directions"
    } else {
        "overview"
    };
    said(id, &Verdict::ALL.map(count), missing, texts)
}

/// Whether they are about who reaches whom (`xfed pair`).
pub(super) fn are_directions(reports: &[Report]) -> bool {
    let mut reports = reports.iter();
    reports.any(|report| report.terms().caller.is_some())
}

/// The same, where they were counted.
pub(crate) fn summary_of(counts: &[(Verdict, usize)], missing: usize, texts: &Texts) -> String {
    said("overview", counts, missing, texts)
}

fn said(id: &str, counts: &[(Verdict, usize)], missing: usize, texts: &Texts) -> String {
    let count = |wanted| {
        let of = counts.iter().filter(|(verdict, _)| *verdict == wanted);
        of.map(|(_, count)| count).sum::<usize>()
    };
    let parts = COUNTED.map(|(verdict, id)| (id, count(verdict)));
    let all = parts.iter().map(|(_, count)| count).sum::<usize>() + missing;
    let parts: Vec<String> = parts
        .into_iter()
        .chain([("overview-missing", missing)])
        .filter(|(_, count)| *count > 0)
        .map(|(id, count)| {
            let count = count.to_string();
            texts.say(id, &[("count", &count)])
        })
        .collect();
    let (all, parts) = (all.to_string(), parts.join(", "));
    texts.say(id, &[("count", &all), ("parts", &parts)])
}

/// The verdict on each domain in one line, in the order in which they were given.
pub(super) fn lines(reports: &[Report], texts: &Texts, look: Look) -> Vec<(Verdict, String)> {
    let line = |report| {
        let words = Words::of(report, texts);
        let verdict = report.verdict();
        (
            verdict,
            words.labelled(format!("{} {}", sign(verdict), words.verdict_for(look))),
        )
    };
    reports.iter().map(line).collect()
}

/// The sign in front of a verdict.
pub(super) fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ready => "✔",
        Verdict::ReadyWithWarnings => "!",
        Verdict::NotReady => "✘",
        Verdict::Inconclusive => "?",
    }
}
