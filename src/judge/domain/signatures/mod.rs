//! Signatures (DNSSEC) that resolvers refuse, or would.

mod broken;
mod refused;

use std::iter::once;

use time::OffsetDateTime;

use super::{DOMAIN_DNSSEC_BOGUS, DOMAIN_DNSSEC_EXPIRING, altered, clock, name_of, unserved};
use crate::facts::{
    AddressFacts, Break, Lookup, NameServer, Proof, RecordType, SignedSet, Signing, SigningFacts,
    Split, SrvFacts, ZoneFacts, is_within,
};
use crate::model::finding::{Finding, Severity, Value};
use crate::model::plan::{Federation, Terms, View};
use broken::{about, astray_at, broken_at, explained, split_at};
use refused::Refused;

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
    let refused = refused::first(zone, srv, addresses, terms);
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
        let checking = out_of_date(&chain).and_then(|set| checking(facts, set, srv, addresses));
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
            let finding = about(facts.apex.as_str(), SignedSet::KEYS).weighing(Severity::Unknown);
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
            refused_alone(&refused, zone, now)
        }
        (_, Some(refused)) => {
            let finding = refused::question(Finding::new(&DOMAIN_DNSSEC_BOGUS), &refused);
            Some(explained(finding, "refused", None, &[], (None, now)))
        }
        (_, None) => None,
    }
}

/// The records whose signature does not count today.
fn out_of_date<'a>(chain: &Break<'a>) -> Option<&'a SignedSet> {
    match chain {
        Break::Expired(set, _) | Break::NotYet(set, _) => Some(*set),
        _ => None,
    }
}

/// The resolver that says that it has checked this signature: that of the records asked for, or of what all in this
/// zone rest on. Whether it counts today it knows by a clock of its own.
fn checking<'a>(
    facts: &SigningFacts,
    set: &SignedSet,
    srv: &'a SrvFacts,
    addresses: &'a [AddressFacts],
) -> Option<&'a View> {
    let lookups = once(&srv.lookup).chain(addresses.iter().map(|host| &host.a));
    let types = [RecordType::Srv.name(), RecordType::A.name()];
    let rests_on = |lookup: &&Lookup| {
        let aliases = lookup.aliases().iter().map(|alias| &alias.target);
        let mut names = aliases.chain([&lookup.name]);
        let has_it = set.record == lookup.record.name()
            && names.any(|name| name.eq_ignore_ascii_case(&set.name));
        has_it || !types.contains(&&*set.record) && is_within(&lookup.name, &facts.apex)
    };
    let mut answers = lookups.filter(rests_on).flat_map(|lookup| &lookup.answers);
    let checking = answers.find(|answer| {
        let marks = answer.marks.as_ref();
        let has_records = !answer.outcome.records().is_empty();
        has_records && answer.doubt().is_none() && marks.is_some_and(|it| it.authenticated)
    });
    checking.map(|answer| &answer.view)
}

/// The zones that nobody finds the server without.
fn needed(zone: &ZoneFacts) -> impl Iterator<Item = &SigningFacts> {
    zone.signings()
        .filter(|facts| !facts.lesser && facts.led_by.is_empty())
}

/// What breaks in a zone into which only some servers lead.
fn led_astray(
    zone: &ZoneFacts,
    now: OffsetDateTime,
) -> impl Iterator<Item = (&SigningFacts, Break<'_>)> {
    let led = zone.signings().filter(|facts| !facts.led_by.is_empty());
    led.filter_map(move |facts| match facts.at(now) {
        Signing::Fails(chain) => Some((facts, chain)),
        _ => None,
    })
}

/// The servers of a zone that show what resolvers refuse, beside others that are in order: whoever comes
/// to one of the former may give up.
fn astray(zone: &ZoneFacts, now: OffsetDateTime) -> Option<(&SigningFacts, Vec<&NameServer>)> {
    let mut all = needed(zone).map(|facts| (facts, facts.astray(now)));
    all.find(|(_, servers)| !servers.is_empty())
}

/// What a resolver refuses though there is a server from which all others would take it. Where no server answers
/// the question, or some lead into a zone that fails, that is why, and told elsewhere.
fn refused_alone(refused: &Refused<'_>, zone: &ZoneFacts, now: OffsetDateTime) -> Option<Finding> {
    if unserved(refused.lookup).is_some() || led_astray(zone, now).next().is_some() {
        return None;
    }
    Some(refused_by_one(refused, zone, now))
}

fn refused_by_one(refused: &Refused<'_>, zone: &ZoneFacts, now: OffsetDateTime) -> Finding {
    let Some((facts, astray)) = astray(zone, now) else {
        let is_signed = needed(zone).any(|facts| !facts.announced.is_empty());
        return refused::misjudged(refused, if is_signed { "signed" } else { "unsigned" });
    };
    let finding = refused::question(Finding::new(&DOMAIN_DNSSEC_BOGUS), refused);
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
    let finding = about(set.name.as_str(), set.record.as_str()).weighing(Severity::Unknown);
    let why = if set.proof == Some(Proof::Unheard) {
        "unheard"
    } else {
        "unverified"
    };
    let at = Some((facts, Some(set)));
    Some(explained(finding, why, at, &[], (None, now)))
}

/// What keeps nobody from finding the server, or not yet: IPv6 addresses that resolvers refuse, and
/// signatures that are about to run out.
pub(super) fn judge_lesser(zone: &ZoneFacts, terms: &Terms) -> Vec<Finding> {
    let now = terms.made_at;
    let is_by_clock = clock::wrong(zone, now).is_some();
    let holding = || {
        zone.signings()
            .filter(|facts| facts.led_by.is_empty() && facts.at(now) == Signing::Holds)
    };
    let led = led_astray(zone, now).find(|(facts, chain)| {
        let is_by_clock = is_by_clock && clock::is_by_date(chain);
        !is_by_clock && !facts.lesser
    });
    let led =
        led.map(|(facts, chain)| broken_at(facts, &chain, None, now).weighing(Severity::Warn));
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
    let lesser = led.into_iter().chain(refused).chain(split).chain(astray);
    lesser.chain(ending).collect()
}
