//! Aliases that end in the zone of those who give them.

use super::forks::MAX_FORKS;
use crate::facts::{AuthorityFacts, DnsOutcome, RecordType, ServerAnswer};
use crate::probe::Context;
use crate::probe::dns::published::published_by;

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

/// Puts what the servers say of the end of an alias in the place of what they add to the alias itself: partners
/// ask for that end, and believe nothing that comes before (BIND and Unbound alike).
pub(super) async fn ask_at_ends(
    cx: &Context,
    asked: &AuthorityFacts,
    record: RecordType,
    answers: &mut [ServerAnswer],
) {
    let mut ends: Vec<String> = Vec::new();
    let added = answers.iter().filter_map(|answer| end_of(asked, answer));
    for end in added {
        if !ends.contains(&end) && ends.len() < MAX_FORKS {
            ends.push(end);
        }
    }
    for end in ends {
        let said = published_by(cx, asked, &end, record).await;
        for answer in answers.iter_mut() {
            if end_of(asked, answer).as_ref() != Some(&end) {
                continue;
            }
            let mut own = said.iter().filter(|it| it.server == answer.server);
            if let Some(own) = own.next() {
                let outcome = own.outcome.clone();
                answer.outcome = outcome.after(answer.outcome.aliases());
            }
        }
    }
}

/// Where the alias in an answer ends, with records added to it, in the same zone.
fn end_of(asked: &AuthorityFacts, answer: &ServerAnswer) -> Option<String> {
    let DnsOutcome::Records { aliases, .. } = &answer.outcome else {
        return None;
    };
    let end = &aliases.last()?.target;
    asked.speaks_for(end).then(|| end.to_ascii_lowercase())
}
