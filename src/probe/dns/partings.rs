//! Names above the one asked for that only some of the servers of a zone hand on, or all of them to some of
//! those who ask.

use super::between::Cut;
use super::forks::MAX_FORKS;
use super::handovers::delegated;
use crate::facts::{AuthorityFacts, Handover, ServerAnswer};
use crate::probe::Context;

/// A name above is handed on by some of the servers only, or to some of those who ask.
#[derive(Clone, Debug)]
pub(super) struct Parting {
    pub(super) handover: Handover,
    /// Whom the question is about there.
    pub(super) name: String,
}

impl Parting {
    pub(super) async fn at(cx: &Context, from: &AuthorityFacts, cut: Cut, name: &str) -> Self {
        Self {
            handover: Box::pin(delegated(cx, from, cut)).await,
            name: name.to_owned(),
        }
    }
}

/// The names within the zone that the aliases in these answers lead to.
pub(super) fn ends_within(
    asked: &AuthorityFacts,
    answers: &[ServerAnswer],
    name: &str,
) -> Vec<String> {
    let mut ends: Vec<String> = Vec::new();
    let aliases = answers.iter().flat_map(|answer| answer.outcome.aliases());
    for alias in aliases.filter(|alias| asked.speaks_for(&alias.target)) {
        let end = alias.target.to_ascii_lowercase();
        if !ends.contains(&end) && end != name.to_ascii_lowercase() && ends.len() < MAX_FORKS {
            ends.push(end);
        }
    }
    ends
}
