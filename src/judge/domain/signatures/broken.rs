//! What is said of a chain of signatures that breaks, for all resolvers or for some.

use time::OffsetDateTime;

use super::refused::{Refused, question};
use crate::facts::{
    Break, NameServer, RecordType, Reserve, SignedSet, SigningFacts, Split, Unusable,
};
use crate::judge::domain::{DOMAIN_DNSSEC_BOGUS, name_of};
use crate::model::finding::{Finding, Severity, Value};

/// These records do not hold, and no resolver has said so.
pub(super) fn about(name: &str, record: &str) -> Finding {
    Finding::new(&DOMAIN_DNSSEC_BOGUS)
        .with("name", name)
        .with("record", record)
        .with("reasons", Vec::<String>::new())
}

/// What some resolvers refuse and others do not.
pub(super) fn split_at(facts: &SigningFacts, split: &Split<'_>, now: OffsetDateTime) -> Finding {
    let (why, set) = match split {
        Split::Beside(set) => ("beside", *set),
        Split::Disputed(set, Reserve::Revoked) => ("revoked", *set),
        Split::Disputed(set, Reserve::Sha1) => ("sha1", *set),
        Split::Disputed(set, Reserve::SameTag) => ("same-tag", *set),
        Split::Expired(set, _) => ("just-expired", *set),
        Split::NotYet(set, _) => ("about-to-count", *set),
        Split::Unsteady(set) => ("unsteady", *set),
        Split::Mixed(set) => ("mixed", *set),
        Split::Denied(set) => ("denied", *set),
    };
    let moment = match split {
        Split::Expired(_, moment) | Split::NotYet(_, moment) => Some(*moment),
        Split::Beside(_)
        | Split::Disputed(..)
        | Split::Unsteady(_)
        | Split::Mixed(_)
        | Split::Denied(_) => None,
    };
    let finding = about(set.name.as_str(), set.record.as_str()).weighing(Severity::Warn);
    explained(finding, why, Some((facts, Some(set))), &[], (moment, now))
}

/// Where the chain of signatures breaks, and who refuses it for that.
pub(super) fn broken_at(
    facts: &SigningFacts,
    chain: &Break<'_>,
    refused: Option<&Refused<'_>>,
    now: OffsetDateTime,
) -> Finding {
    let (why, set, keys, moment) = match chain {
        Break::NoKeys => ("no-keys", None, &[][..], None),
        Break::KeysRefused(_) => ("keys-refused", None, &[][..], None),
        Break::Unusable(key) => {
            let why = match key.why {
                Unusable::NoZoneKey => "no-zone-key",
                Unusable::Protocol => "key-protocol",
            };
            (why, None, std::slice::from_ref(&key.key), None)
        }
        Break::OtherKeys(keys) => ("other-keys", None, *keys, None),
        Break::OtherKeysThere(set, signed) => {
            ("other-keys-there", Some(*set), &signed.keys[..], None)
        }
        Break::NoSignature(set) => ("no-signature", Some(*set), &[][..], None),
        // Nobody has signed so early: it reaches so far ahead that its date is read as one of the past.
        Break::Expired(set, until) if *until < OffsetDateTime::UNIX_EPOCH => {
            ("too-long", Some(*set), &[][..], None)
        }
        Break::Expired(set, until) => ("expired", Some(*set), &[][..], Some(*until)),
        Break::NotYet(set, from) => ("not-yet", Some(*set), &[][..], Some(*from)),
        Break::Wrong(set) => ("wrong", Some(*set), &[][..], None),
        Break::Unproven(set) if set.is_of_no_cut() => ("undelegated", Some(*set), &[][..], None),
        Break::Unproven(set) => ("unproven", Some(*set), &[][..], None),
        Break::Wildcard(set) => ("wildcard", Some(*set), &[][..], None),
        Break::Unverified(set) => ("unverified", Some(*set), &[][..], None),
    };
    let why = if facts.announcers.is_empty() {
        why
    } else {
        "announced-there"
    };
    let finding = match refused {
        Some(refused) => question(Finding::new(&DOMAIN_DNSSEC_BOGUS), refused),
        None => about(
            set.map_or(&*facts.apex, |set| &set.name),
            set.map_or(SignedSet::KEYS, asked_for),
        ),
    };
    // What a resolver passes on may be older than what others get.
    let finding = if facts.passed_on_by.is_some() {
        finding.weighing(Severity::Unknown)
    } else {
        finding
    };
    let finding = explained(finding, why, Some((facts, set)), keys, (moment, now));
    let servers = match chain {
        _ if !facts.announcers.is_empty() => facts.announcers.iter().map(name_of).collect(),
        Break::OtherKeysThere(_, signed) => vec![name_of(&signed.server)],
        _ => return finding,
    };
    finding.with("servers", servers)
}

/// What has to be asked for to see this set.
fn asked_for(set: &SignedSet) -> &str {
    if set.lesser {
        RecordType::Aaaa.name()
    } else {
        &set.record
    }
}

/// Adds where the chain breaks.
pub(super) fn explained(
    finding: Finding,
    why: &'static str,
    at: Option<(&SigningFacts, Option<&SignedSet>)>,
    keys: &[u16],
    (moment, now): (Option<OffsetDateTime>, OffsetDateTime),
) -> Finding {
    let tags = |tags: &[u16]| -> Vec<String> { tags.iter().map(ToString::to_string).collect() };
    let facts = at.map(|(facts, _)| facts);
    let set = at.and_then(|(_, set)| set);
    // Who hands out names below a top-level domain is a registry, by way of registrars.
    let is_registered = facts.is_none_or(|facts| !facts.from.contains('.'));
    let is_top = facts.is_some_and(|facts| facts.from == ".");
    let is_lesser =
        facts.is_some_and(|facts| facts.lesser) || set.is_some_and(SignedSet::is_lesser);
    let leading = facts.iter().flat_map(|facts| &facts.led_by);
    let leading: Vec<String> = leading.map(name_of).collect();
    finding
        .with("registrar", if is_registered { "yes" } else { "no" })
        .with("top", if is_top { "yes" } else { "no" })
        .with("why", why)
        .with("checked", "none")
        .with("apex", facts.map_or("", |facts| &facts.apex))
        .with("above", facts.map_or("", |facts| &facts.from))
        .with("announced", tags(facts.map_or(&[], |it| &it.announced)))
        .with("keys", tags(keys))
        .with("owner", set.map_or("", |set| &set.name))
        .with("kind", set.map_or("", |set| &set.record))
        .with("servers", Vec::<String>::new())
        .with("lesser", if is_lesser { "yes" } else { "no" })
        .with("led", leading)
        .with(
            "through",
            facts
                .and_then(|facts| facts.passed_on_by.as_ref())
                .map_or_else(|| "none".to_owned(), ToString::to_string),
        )
        .with("date", Value::Date(moment.unwrap_or(now)))
        .with(
            "algorithm",
            set.and_then(SignedSet::unverified).unwrap_or_default(),
        )
}

/// What these servers show does not hold, beside what others do. Whoever checks goes on to the others.
pub(super) fn astray_at(
    facts: &SigningFacts,
    astray: &[&NameServer],
    now: OffsetDateTime,
) -> Finding {
    let finding = about(facts.apex.as_str(), SignedSet::KEYS).weighing(Severity::Warn);
    let names: Vec<String> = astray.iter().map(|server| name_of(server)).collect();
    explained(finding, "astray", Some((facts, None)), &[], (None, now)).with("servers", names)
}
