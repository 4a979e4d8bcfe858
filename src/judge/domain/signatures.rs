//! Signatures (DNSSEC) that resolvers refuse, or would.

use time::OffsetDateTime;

use super::{DOMAIN_DNSSEC_BOGUS, RESOLVER_MISJUDGES};
use crate::facts::{
    AddressFacts, Break, DnsOutcome, Lookup, SignedSet, Signing, SigningFacts, SrvFacts,
    ViewAnswer, ZoneFacts,
};
use crate::model::finding::{Finding, Severity, Value};
use crate::model::plan::Terms;

/// Resolvers that check refuse the zone: one does, and says so (RFC 8914) or answers only when told not
/// to check; or what the zone above announces is not what its servers show. Certification authorities
/// refuse it, too. A resolver that refuses what is in order may have a wrong clock, or an old anchor
/// of trust.
pub(super) fn judge(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
    terms: &Terms,
) -> Option<Finding> {
    let refused = refused(zone, srv, addresses);
    let signing = zone.signing.as_ref();
    let seen = signing.map(|signing| (signing, signing.at(terms.made_at)));
    match (seen, refused) {
        (Some((facts, Signing::Fails(chain))), refused) => {
            Some(broken(facts, &chain, refused.as_ref(), terms))
        }
        (Some((_, Signing::Holds)), Some(refused)) => Some(misjudged(&refused, "signed")),
        (Some((_, Signing::Unsigned)), Some(refused)) => Some(misjudged(&refused, "unsigned")),
        // They answer for the domain, and not for its keys.
        (Some((facts, Signing::Unseen)), None) if zone.soa.published().is_some() => {
            let finding = Finding::new(&DOMAIN_DNSSEC_BOGUS).weighing(Severity::Unknown);
            let finding = finding
                .with("name", facts.apex.as_str())
                .with("record", SignedSet::KEYS)
                .with("reasons", Vec::<String>::new());
            let at = (None, terms.made_at);
            Some(explained(finding, "unseen", Some((facts, None)), &[], at))
        }
        (Some((_, Signing::Unseen)) | None, Some(refused)) => {
            let finding = question(Finding::new(&DOMAIN_DNSSEC_BOGUS), &refused);
            Some(explained(
                finding,
                "refused",
                None,
                &[],
                (None, terms.made_at),
            ))
        }
        (_, None) => None,
    }
}

/// What a resolver refuses, and why it says so.
struct Refused<'a> {
    lookup: &'a Lookup,
    answer: &'a ViewAnswer,
    reasons: Vec<String>,
}

/// The first answer that was refused, of those that the verdict rests on: without mail servers and IPv6
/// addresses the server is found all the same.
fn refused<'a>(
    zone: &'a ZoneFacts,
    srv: &'a SrvFacts,
    addresses: &'a [AddressFacts],
) -> Option<Refused<'a>> {
    let hosts = addresses.iter().map(|host| &host.a);
    let needed = [&zone.soa, &srv.lookup].into_iter().chain(hosts);
    let mut answers =
        needed.flat_map(|lookup| lookup.answers.iter().map(move |answer| (lookup, answer)));
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

fn broken(
    facts: &SigningFacts,
    chain: &Break<'_>,
    refused: Option<&Refused<'_>>,
    terms: &Terms,
) -> Finding {
    let (why, set, keys, moment) = match chain {
        Break::NoKeys => ("no-keys", None, &[][..], None),
        Break::OtherKeys(keys) => ("other-keys", None, *keys, None),
        Break::NoSignature(set) => ("no-signature", Some(*set), &[][..], None),
        Break::Expired(set, until) => ("expired", Some(*set), &[][..], Some(*until)),
        Break::NotYet(set, from) => ("not-yet", Some(*set), &[][..], Some(*from)),
        Break::Wrong(set) => ("wrong", Some(*set), &[][..], None),
    };
    let finding = Finding::new(&DOMAIN_DNSSEC_BOGUS);
    let finding = match refused {
        Some(refused) => question(finding, refused),
        None => finding
            .with("name", set.map_or(&*facts.apex, |set| &set.name))
            .with("record", set.map_or(SignedSet::KEYS, |set| &set.record))
            .with("reasons", Vec::<String>::new()),
    };
    explained(
        finding,
        why,
        Some((facts, set)),
        keys,
        (moment, terms.made_at),
    )
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
    finding
        .with("why", why)
        .with("apex", facts.map_or("", |facts| &facts.apex))
        .with("above", facts.map_or("", |facts| &facts.from))
        .with("announced", tags(facts.map_or(&[], |it| &it.announced)))
        .with("keys", tags(keys))
        .with("owner", set.map_or("", |set| &set.name))
        .with("kind", set.map_or("", |set| &set.record))
        .with("date", Value::Date(moment.unwrap_or(now)))
}
