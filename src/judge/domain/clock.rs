//! This machine's clock, by the signatures of the top-level domain and of the root: the whole internet uses them,
//! and they are made anew every few days. And by itself, where it says what cannot be.

use time::OffsetDateTime;
use time::macros::datetime;

use super::CLOCK_WRONG;
use crate::facts::{Break, SignedSet, Signing, SigningFacts, Split, ZoneFacts};
use crate::model::finding::{Finding, Value};

const ROOT: &str = ".";

/// What shows that the clock is wrong.
pub(super) struct Wrong<'a> {
    /// The zone that signs: the top-level domain, or the root.
    by: &'a str,
    name: &'a str,
    record: &'a str,
    bound: OffsetDateTime,
    is_ahead: bool,
}

/// Whether the signatures of the top-level domain, or those of the root for it, do not count at this moment, by
/// their dates alone.
pub(super) fn wrong(zone: &ZoneFacts, now: OffsetDateTime) -> Option<Wrong<'_>> {
    let mut tops = zone.signings().filter(|facts| facts.from == ROOT);
    tops.find_map(|top| of_top(top, now).or_else(|| of_root(top, now)))
}

fn of_top<'a>(top: &'a SigningFacts, now: OffsetDateTime) -> Option<Wrong<'a>> {
    let wrong = |set: &'a SignedSet, bound, is_ahead| Wrong {
        by: &top.apex,
        name: &set.name,
        record: &set.record,
        bound,
        is_ahead,
    };
    match top.at(now) {
        Signing::Fails(Break::Expired(set, until)) if until > OffsetDateTime::UNIX_EPOCH => {
            Some(wrong(set, until, true))
        }
        Signing::Fails(Break::NotYet(set, from)) => Some(wrong(set, from, false)),
        Signing::Holds => match top.split(now)? {
            Split::Expired(set, until) => Some(wrong(set, until, true)),
            Split::NotYet(set, from) => Some(wrong(set, from, false)),
            Split::Beside(_)
            | Split::Unsteady(_)
            | Split::Disputed(..)
            | Split::Mixed(_)
            | Split::Denied(_) => None,
        },
        Signing::Fails(_) | Signing::Unsigned | Signing::Unverified(_) | Signing::Unseen => None,
    }
}

fn of_root(top: &SigningFacts, now: OffsetDateTime) -> Option<Wrong<'_>> {
    let (bound, is_ahead) = top.announced_at_another_time(now)?;
    Some(Wrong {
        by: ROOT,
        name: &top.apex,
        record: SignedSet::ANNOUNCED,
        bound,
        is_ahead,
    })
}

/// No clock is right that says less: there was no xfed before.
const BEGINNING: OffsetDateTime = datetime!(2026-11-22 0:00 UTC);

/// Whether it says nothing but that a date has passed, or not yet come.
pub(super) fn is_by_date(chain: &Break<'_>) -> bool {
    matches!(chain, Break::Expired(..) | Break::NotYet(..))
}

pub(super) fn judge(zone: &ZoneFacts, now: OffsetDateTime) -> Option<Finding> {
    let Some(wrong) = wrong(zone, now) else {
        return (now < BEGINNING).then(|| {
            Finding::new(&CLOCK_WRONG)
                .with("top", "")
                .with("name", "")
                .with("record", "")
                .with("why", "before")
                .with("date", Value::Date(now))
                .with("time", Value::Time(now))
                .with("bound", Value::Date(BEGINNING))
        });
    };
    Some(
        Finding::new(&CLOCK_WRONG)
            .with("top", if wrong.by == ROOT { "root" } else { wrong.by })
            .with("name", wrong.name)
            .with("record", wrong.record)
            .with("why", if wrong.is_ahead { "ahead" } else { "behind" })
            .with("date", Value::Date(now))
            .with("time", Value::Time(now))
            .with("bound", Value::Date(wrong.bound)),
    )
}
