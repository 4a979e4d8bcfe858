//! Signatures (DNSSEC) that resolvers refuse, or would.

use std::iter::once;

use time::OffsetDateTime;

use super::{
    DOMAIN_DNSSEC_BOGUS, DOMAIN_DNSSEC_EXPIRING, RESOLVER_MISJUDGES, altered, clock, name_of,
};
use crate::facts::{
    AddressFacts, Break, DnsOutcome, Lookup, NameServer, RecordType, Reserve, SignedSet, Signing,
    SigningFacts, Split, SrvFacts, Unusable, ViewAnswer, ZoneFacts, is_within,
};
use crate::model::finding::{Finding, Severity, Value};
use crate::model::plan::{Federation, Terms, View};

/// Resolvers that check refuse the zone, or one that the questions lead through: one does, and says so
/// (RFC 8914) or answers only when told not to check; or what a zone above announces is not what its
/// servers show. Certification authorities refuse it, too. A resolver that refuses what is in order may
/// have a wrong clock, or an old anchor of trust.
pub(super) fn judge(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
    terms: &Terms,
) -> Option<Finding> {
    let now = terms.made_at;
    let refused = refused(zone, srv, addresses, terms);
    // What a wrong clock makes of dates, or a network of all answers, says nothing of the zones.
    let is_clock_wrong = clock::wrong(zone, now).is_some();
    let is_stripped = altered::stripped(zone, now).is_some();
    let is_ours = |chain: &Break<'_>| {
        let is_altered =
            matches!(chain, Break::Wrong(set) if altered::is_of_private(addresses, set));
        is_altered
            || is_clock_wrong && clock::is_by_date(chain)
            || is_stripped && altered::is_by_absence(chain)
    };
    let is_any_ours =
        needed(zone).any(|facts| matches!(facts.at(now), Signing::Fails(chain) if is_ours(&chain)));
    let broken = needed(zone).find_map(|facts| match facts.at(now) {
        Signing::Fails(chain) => (!is_ours(&chain)).then_some((facts, chain)),
        Signing::Unsigned | Signing::Holds | Signing::Unverified(_) | Signing::Unseen => None,
    });
    if let Some((facts, chain)) = broken {
        let finding = broken_at(facts, &chain, refused.as_ref(), now);
        let checking = checking(facts, srv, addresses);
        let checking = checking.filter(|_| clock::is_by_date(&chain));
        return Some(match checking {
            Some(view) => finding
                .weighing(Severity::Unknown)
                .with("checked", view.to_string()),
            None => finding,
        });
    }
    if is_any_ours {
        return None;
    }
    let unseen = needed(zone).find(|facts| facts.at(now) == Signing::Unseen);
    match (unseen, refused) {
        // They answer for the domain, and not for its keys.
        (Some(facts), None) if are_heard(facts, zone, srv, addresses) => {
            let finding = Finding::new(&DOMAIN_DNSSEC_BOGUS).weighing(Severity::Unknown);
            let finding = finding
                .with("name", facts.apex.as_str())
                .with("record", SignedSet::KEYS)
                .with("reasons", Vec::<String>::new());
            Some(explained(
                finding,
                "unseen",
                Some((facts, None)),
                &[],
                (None, now),
            ))
        }
        (None, None) => unverified(zone, srv, addresses, terms),
        // It is told for itself what some resolvers refuse and others do not.
        (None, Some(_)) if needed(zone).any(|facts| facts.split(now).is_some()) => None,
        (None, Some(refused)) if zone.signing.is_some() && beyond_us(zone, now).is_none() => {
            Some(refused_alone(&refused, zone, now))
        }
        (_, Some(refused)) => {
            let finding = question(Finding::new(&DOMAIN_DNSSEC_BOGUS), &refused);
            Some(explained(finding, "refused", None, &[], (None, now)))
        }
        (_, None) => None,
    }
}

/// The resolver that says that it has checked signatures of this zone. Whether they count today it knows by a clock of
/// its own.
fn checking<'a>(
    facts: &SigningFacts,
    srv: &'a SrvFacts,
    addresses: &'a [AddressFacts],
) -> Option<&'a View> {
    let lookups = once(&srv.lookup).chain(addresses.iter().map(|host| &host.a));
    let within = lookups.filter(|lookup| is_within(&lookup.name, &facts.apex));
    let mut answers = within.flat_map(|lookup| &lookup.answers);
    let checking = answers.find(|answer| {
        let marks = answer.marks.as_ref();
        let has_records = !answer.outcome.records().is_empty();
        has_records && answer.doubt().is_none() && marks.is_some_and(|it| it.authenticated)
    });
    checking.map(|answer| &answer.view)
}

/// The zones that nobody finds the server without.
fn needed(zone: &ZoneFacts) -> impl Iterator<Item = &SigningFacts> {
    zone.signings().filter(|facts| !facts.lesser)
}

/// The servers of a zone that show what resolvers refuse, beside others that are in order: whoever comes
/// to one of the former may give up.
fn astray(zone: &ZoneFacts, now: OffsetDateTime) -> Option<(&SigningFacts, Vec<&NameServer>)> {
    let mut all = needed(zone).map(|facts| (facts, facts.astray(now)));
    all.find(|(_, servers)| !servers.is_empty())
}

/// What a resolver refuses though there is a server from which all others would take it.
fn refused_alone(refused: &Refused<'_>, zone: &ZoneFacts, now: OffsetDateTime) -> Finding {
    let Some((facts, astray)) = astray(zone, now) else {
        let is_signed = needed(zone).any(|facts| !facts.announced.is_empty());
        return misjudged(refused, if is_signed { "signed" } else { "unsigned" });
    };
    let finding = question(Finding::new(&DOMAIN_DNSSEC_BOGUS), refused);
    let finding = finding.weighing(Severity::Warn);
    let names: Vec<String> = astray.iter().map(|server| name_of(server)).collect();
    explained(finding, "partly", Some((facts, None)), &[], (None, now)).with("servers", names)
}

/// Whether servers of the domain answer, or others do within this zone: they may be silent at its apex
/// alone, where the keys are.
fn are_heard(
    facts: &SigningFacts,
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
) -> bool {
    let hosts = addresses.iter().flat_map(|host| [&host.a, &host.aaaa]);
    let mut within = once(&srv.lookup)
        .chain(hosts)
        .filter(|lookup| is_within(&lookup.name, &facts.apex));
    zone.soa.published().is_some() || within.any(|lookup| lookup.published().is_some())
}

/// The first records whose signatures are not verified here.
fn beyond_us(zone: &ZoneFacts, now: OffsetDateTime) -> Option<(&SigningFacts, &SignedSet)> {
    needed(zone).find_map(|facts| match facts.at(now) {
        Signing::Unverified(set) => Some((facts, set)),
        _ => None,
    })
}

/// Whether they hold is not known, unless a resolver says that it has checked them.
fn unverified(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
    terms: &Terms,
) -> Option<Finding> {
    let now = terms.made_at;
    let (facts, set) = beyond_us(zone, now)?;
    let hosts = addresses.iter().map(|host| &host.a);
    let record = once(&srv.lookup).filter(|_| terms.federation == Federation::Open);
    let is_checked = |lookup: &Lookup| {
        let mut answers = lookup.answers.iter();
        answers.any(|answer| {
            let marks = answer.marks.as_ref();
            answer.doubt().is_none() && marks.is_some_and(|marks| marks.authenticated)
        })
    };
    if !addresses.is_empty() && record.chain(hosts).all(is_checked) {
        return None;
    }
    let finding = Finding::new(&DOMAIN_DNSSEC_BOGUS).weighing(Severity::Unknown);
    let finding = finding
        .with("name", set.name.as_str())
        .with("record", set.record.as_str())
        .with("reasons", Vec::<String>::new());
    let at = Some((facts, Some(set)));
    Some(explained(finding, "unverified", at, &[], (None, now)))
}

/// What keeps nobody from finding the server, or not yet: IPv6 addresses that resolvers refuse, and
/// signatures that are about to run out.
pub(super) fn judge_lesser(zone: &ZoneFacts, terms: &Terms) -> Vec<Finding> {
    let now = terms.made_at;
    let is_by_clock = clock::wrong(zone, now).is_some();
    let holding = || {
        zone.signings()
            .filter(|facts| facts.at(now) == Signing::Holds)
    };
    let refused = zone.signings().find_map(|facts| {
        let is_by_clock = |chain: &Break<'_>| is_by_clock && clock::is_by_date(chain);
        let chain = match facts.at(now) {
            Signing::Holds => facts.lesser_break(now)?,
            Signing::Fails(chain) if facts.lesser => chain,
            _ => return None,
        };
        if is_by_clock(&chain) {
            return None;
        }
        // Whether an error or a denial comes for what is not there is the same to most.
        let severity = match chain {
            Break::Unproven(_) => Severity::Info,
            _ => Severity::Warn,
        };
        Some(broken_at(facts, &chain, None, now).weighing(severity))
    });
    let ending = holding().filter(|_| !is_by_clock).filter_map(|facts| {
        let (set, until) = facts.running_out(now)?;
        Some((facts, set, until))
    });
    let ending = ending.min_by_key(|(.., until)| *until);
    let ending = ending.map(|(facts, set, until)| {
        Finding::new(&DOMAIN_DNSSEC_EXPIRING)
            .with("apex", facts.apex.as_str())
            .with("owner", set.name.as_str())
            .with("kind", set.record.as_str())
            .with("name", set.name.as_str())
            .with("record", set.record.as_str())
            .with("hours", (until - now).whole_hours())
            .with("date", Value::Date(until))
    });
    let split = holding().find_map(|facts| {
        let split = facts.split(now)?;
        let is_by_date = matches!(split, Split::Expired(..) | Split::NotYet(..));
        if is_by_clock && is_by_date {
            return None;
        }
        Some(split_at(facts, &split, now))
    });
    let astray = holding().find_map(|facts| {
        let astray = facts.astray(now);
        (!astray.is_empty()).then(|| astray_at(facts, &astray, now))
    });
    let astray = astray.filter(|_| split.is_none() && !is_by_clock);
    let lesser = refused.into_iter().chain(split).chain(astray);
    lesser.chain(ending).collect()
}

/// What these servers show does not hold, beside what others do. Whoever checks goes on to the others.
fn astray_at(facts: &SigningFacts, astray: &[&NameServer], now: OffsetDateTime) -> Finding {
    let finding = Finding::new(&DOMAIN_DNSSEC_BOGUS).weighing(Severity::Warn);
    let finding = finding
        .with("name", facts.apex.as_str())
        .with("record", SignedSet::KEYS)
        .with("reasons", Vec::<String>::new());
    let names: Vec<String> = astray.iter().map(|server| name_of(server)).collect();
    explained(finding, "astray", Some((facts, None)), &[], (None, now)).with("servers", names)
}

/// What a resolver refuses, and why it says so.
struct Refused<'a> {
    lookup: &'a Lookup,
    answer: &'a ViewAnswer,
    reasons: Vec<String>,
}

/// The first answer that was refused, of those that the verdict rests on: without mail servers and IPv6
/// addresses the server is found all the same, and that of the domain itself is asked for by us alone.
fn refused<'a>(
    zone: &'a ZoneFacts,
    srv: &'a SrvFacts,
    addresses: &'a [AddressFacts],
    terms: &Terms,
) -> Option<Refused<'a>> {
    let hosts = || addresses.iter().map(|host| &host.a);
    // Nobody asks for the record in direct federation.
    let record = || once(&srv.lookup).filter(|_| terms.federation == Federation::Open);
    let needed = || record().chain(hosts());
    let answers_all = |view: &View| {
        let mut answers = needed().flat_map(|lookup| &lookup.answers);
        !addresses.is_empty()
            && answers.all(|answer| answer.view != *view || answer.outcome.is_conclusive())
    };
    let of = |lookup: &'a Lookup| lookup.answers.iter().map(move |answer| (lookup, answer));
    let own = of(&zone.soa).filter(|(_, answer)| !answers_all(&answer.view));
    let mut answers = own.chain(needed().flat_map(of));
    answers.find_map(|(lookup, answer)| {
        let DnsOutcome::Failed {
            extended,
            answers_unchecked,
            ..
        } = &answer.outcome
        else {
            return None;
        };
        let blaming = extended.iter().filter(|error| error.is_about_signatures());
        let reasons: Vec<String> = blaming.map(ToString::to_string).collect();
        (*answers_unchecked || !reasons.is_empty()).then_some(Refused {
            lookup,
            answer,
            reasons,
        })
    })
}

fn question(finding: Finding, refused: &Refused<'_>) -> Finding {
    finding
        .with("name", refused.lookup.name.as_str())
        .with("record", refused.lookup.record.name())
        .with("reasons", refused.reasons.clone())
}

fn misjudged(refused: &Refused<'_>, why: &'static str) -> Finding {
    question(Finding::new(&RESOLVER_MISJUDGES), refused)
        .with("view", refused.answer.view.to_string())
        .with("why", why)
}

/// What some resolvers refuse and others do not.
fn split_at(facts: &SigningFacts, split: &Split<'_>, now: OffsetDateTime) -> Finding {
    let (why, set) = match split {
        Split::Beside(set) => ("beside", *set),
        Split::Disputed(set, Reserve::Revoked) => ("revoked", *set),
        Split::Disputed(set, Reserve::Sha1) => ("sha1", *set),
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
    let finding = Finding::new(&DOMAIN_DNSSEC_BOGUS).weighing(Severity::Warn);
    let finding = finding
        .with("name", set.name.as_str())
        .with("record", set.record.as_str())
        .with("reasons", Vec::<String>::new());
    explained(finding, why, Some((facts, Some(set))), &[], (moment, now))
}

fn broken_at(
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
    let finding = Finding::new(&DOMAIN_DNSSEC_BOGUS);
    // What a resolver passes on may be older than what others get.
    let finding = if facts.passed_on_by.is_some() {
        finding.weighing(Severity::Unknown)
    } else {
        finding
    };
    let finding = match refused {
        Some(refused) => question(finding, refused),
        None => finding
            .with("name", set.map_or(&*facts.apex, |set| &set.name))
            .with("record", set.map_or(SignedSet::KEYS, asked_for))
            .with("reasons", Vec::<String>::new()),
    };
    explained(finding, why, Some((facts, set)), keys, (moment, now))
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
fn explained(
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
