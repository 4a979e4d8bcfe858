//! Where the views disagree with what counts, and why.

use time::{Duration, OffsetDateTime};

use super::domain::{contradiction, doubtful, false_denial};
use crate::facts::{Alias, DnsOutcome, Doubt, Lookup, ViewAnswer};
use crate::model::finding::{Finding, Value};
use crate::model::plan::Terms;

/// What becomes of a view that differs.
pub(super) enum Difference<'a> {
    /// It has its cause, and its finding.
    Explained(Finding),
    /// It comes from the inside of some network.
    Internal(&'a ViewAnswer),
    /// It can only be older.
    Older(&'a ViewAnswer),
}

/// The views that differ from what counts. Of two resolvers that contradict each other while nobody
/// else can be asked, neither is the older one.
pub(super) fn differences(lookup: &Lookup) -> Vec<Difference<'_>> {
    if let Some(contradiction) = contradiction(lookup) {
        return vec![Difference::Explained(contradiction)];
    }
    let differing = lookup.differing().into_iter();
    differing
        .map(|answer| match answer.doubt() {
            Some(Doubt::Internal) => Difference::Internal(answer),
            Some(
                doubt @ (Doubt::Filtered
                | Doubt::Forged
                | Doubt::Sinkhole
                | Doubt::Invented
                | Doubt::Unproven
                | Doubt::Absurd),
            ) => Difference::Explained(doubtful(lookup, answer, doubt.key())),
            Some(Doubt::Old) | None => match false_denial(lookup, answer) {
                Some(finding) => Difference::Explained(finding),
                None => Difference::Older(answer),
            },
        })
        .collect()
}

/// Adds how long a view may keep its answer: minutes, hours or days, rounded up, and until when.
/// What leads a view to servers that no longer count may do so for ever.
pub(super) fn kept(
    finding: Finding,
    lookup: &Lookup,
    answer: &ViewAnswer,
    terms: &Terms,
) -> Finding {
    let seconds = match &answer.outcome {
        DnsOutcome::Records { records, .. } => records.iter().map(|record| record.ttl).min(),
        DnsOutcome::NoData { negative_ttl, .. } | DnsOutcome::NoName { negative_ttl, .. } => {
            *negative_ttl
        }
        DnsOutcome::Failed { .. } | DnsOutcome::Elsewhere { .. } | DnsOutcome::Unanswered(_) => {
            None
        }
    };
    let is_known = !lookup.is_moved() && !is_led_elsewhere(lookup, answer);
    let seconds = seconds.filter(|_| is_known).unwrap_or(0);
    let until = terms
        .made_at
        .saturating_add(Duration::seconds(seconds.into()));
    let unit = match seconds {
        0 => "unknown",
        1..=7200 => "minutes",
        7201..=172_800 => "hours",
        _ => "days",
    };
    finding
        .with("unit", unit)
        .with("minutes", seconds.div_ceil(60))
        .with("hours", seconds.div_ceil(3600))
        .with("days", seconds.div_ceil(86_400))
        .with(
            "dated",
            if is_dated(terms.made_at, until) {
                "yes"
            } else {
                "no"
            },
        )
        .with("date", Value::Date(until))
        .with("until", Value::Time(until))
}

/// Whether an alias leads a view to what it says that the zone no longer has: how long that is kept is not noted.
fn is_led_elsewhere(lookup: &Lookup, answer: &ViewAnswer) -> bool {
    let targets = |aliases: &[Alias]| -> Vec<String> {
        let targets = aliases.iter().map(|it| it.target.to_ascii_lowercase());
        targets.collect()
    };
    let own = targets(answer.outcome.aliases());
    !own.is_empty() && own != targets(lookup.aliases())
}

/// An hour of the day says little of another day, or where it is far off.
fn is_dated(now: OffsetDateTime, until: OffsetDateTime) -> bool {
    until - now > Duration::HOUR || until.to_utc().date() != now.to_utc().date()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_time_that_is_not_soon_has_its_date() {
        let now = datetime!(2026-11-28 23:10 UTC);
        for (until, dated) in [
            (datetime!(2026-11-28 23:59 UTC), false),
            (datetime!(2026-11-29 00:01 UTC), true),
            (datetime!(2026-11-29 00:10 +01:00), false),
        ] {
            assert_eq!(is_dated(now, until), dated, "{until}");
        }
        let morning = datetime!(2026-11-28 08:00 UTC);
        assert!(!is_dated(morning, datetime!(2026-11-28 09:00 UTC)));
        assert!(is_dated(morning, datetime!(2026-11-28 09:01 UTC)));
    }
}
