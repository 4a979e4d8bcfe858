//! Questions whose answers belong to no domain: which servers a zone has, and where these are. A
//! million domains hang on a few thousand such sets, so each is asked for once, and again when its
//! time to live has run out. What a domain itself publishes is always asked for by its own check.

use std::sync::Arc;
use std::time::Duration;

use super::look_up_as;
use crate::facts::{DnsOutcome, Lookup, RecordType, Unanswered, is_within};
use crate::model::plan::View;
use crate::probe::Context;
use crate::probe::kept::{Fresh, Kept};
use crate::wire::dns::Role;

/// So many answers are kept, twice: some ten megabytes.
const ROOM: usize = 8192;
/// A day-long run asks again at least so often.
const LONGEST: Duration = Duration::from_secs(3600);
/// A denial may be over soon: a name server that is being set up.
const LONGEST_DENIAL: Duration = Duration::from_secs(300);
const ALIAS: Duration = Duration::from_secs(60);
/// Whoever comes next tries again.
const FAILURE: Duration = Duration::from_secs(2);

/// What was found, by what was asked.
#[derive(Debug)]
pub(in crate::probe) struct Delegations(Kept<Asked, Arc<Lookup>>);

impl Default for Delegations {
    fn default() -> Self {
        Self(Kept::new(ROOM))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Asked {
    name: String,
    record: RecordType,
    unchecking: bool,
    way: u64,
}

/// Asks every view at once, or takes what they said to another check. What is below the domain is
/// its own.
pub(in crate::probe) async fn look_up(
    cx: &Context,
    name: &str,
    record: RecordType,
    role: Role,
) -> Arc<Lookup> {
    let asking = async { Arc::new(look_up_as(cx, name, record, role).await) };
    let is_own = is_within(name, cx.plan.terms.domain.as_str());
    if is_own || cx.plan.views.contains(&View::ZoneFile) {
        return asking.await;
    }
    let asked = Asked {
        name: name.to_ascii_lowercase(),
        record,
        unchecking: role == Role::Unchecking,
        way: cx.way,
    };
    let asking = async {
        let lookup = asking.await;
        Fresh {
            keep: keep(&lookup),
            value: lookup,
            weight: 1,
        }
    };
    Box::pin(cx.shared.delegations.0.get(cx, asked, asking)).await
}

/// How long it may be kept: as long as the briefest answer.
fn keep(lookup: &Lookup) -> Option<Duration> {
    let outcomes = lookup.answers.iter().map(|answer| &answer.outcome);
    let each = outcomes.map(|outcome| match outcome {
        DnsOutcome::Records { aliases, records } => {
            let ttl = records.iter().map(|record| record.ttl).min();
            // Nobody has noted how long an alias holds.
            let longest = if aliases.is_empty() { LONGEST } else { ALIAS };
            Some(seconds(ttl).min(longest))
        }
        DnsOutcome::NoData { .. } | DnsOutcome::NoName { .. } => {
            Some(seconds(outcome.negative_ttl()).min(LONGEST_DENIAL))
        }
        // That is the end of one check.
        DnsOutcome::Unanswered(Unanswered::Deadline) => None,
        DnsOutcome::Failed { .. } | DnsOutcome::Elsewhere { .. } | DnsOutcome::Unanswered(_) => {
            Some(FAILURE)
        }
    });
    each.min().flatten()
}

fn seconds(ttl: Option<u32>) -> Duration {
    Duration::from_secs(ttl.unwrap_or_default().into())
}
