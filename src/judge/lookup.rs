//! Where the views disagree with what counts.

use crate::facts::{DnsOutcome, Lookup, ViewAnswer};
use crate::model::finding::{Finding, Value};
use crate::model::plan::Terms;

/// The answers of the views that differ from what counts.
pub(super) fn differing(lookup: &Lookup) -> Vec<&ViewAnswer> {
    let counts = lookup.answer();
    let differs = |answer: &&ViewAnswer| {
        answer.outcome.is_conclusive()
            && !answer.outcome.agrees_with(counts)
            && !lookup.is_published(&answer.outcome)
    };
    if !counts.is_conclusive() {
        return Vec::new();
    }
    lookup.answers.iter().filter(differs).collect()
}

/// Adds how long a view may keep its answer: minutes, rounded up, and until when.
pub(super) fn kept(finding: Finding, answer: &ViewAnswer, terms: &Terms) -> Finding {
    let seconds = match &answer.outcome {
        DnsOutcome::Records { records, .. } => records.iter().map(|record| record.ttl).min(),
        DnsOutcome::NoData { negative_ttl, .. } | DnsOutcome::NoName { negative_ttl, .. } => {
            *negative_ttl
        }
        DnsOutcome::Failed { .. } | DnsOutcome::Elsewhere { .. } | DnsOutcome::Unanswered(_) => {
            None
        }
    };
    let seconds = seconds.unwrap_or(0);
    let until = terms
        .made_at
        .saturating_add(time::Duration::seconds(seconds.into()));
    finding
        .with("minutes", seconds.div_ceil(60))
        .with("until", Value::Time(until))
}
