//! Servers of the domain's zone that mind EDNS, or make something else of it than all resolvers understand.

use super::{AUTHORITY_REJECTS_EDNS, asking, essential, lookups, server_name};
use crate::facts::{AddressFacts, Lookup, Rcode, ServerAnswer, SrvFacts, ToCookie, ZoneFacts};
use crate::model::finding::Finding;

/// Servers that answer with an error to EDNS, and rightly without. Some resolvers then ask without,
/// others give up.
pub(super) fn judge_edns(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
) -> Option<Finding> {
    let to_edns = |answer: &ServerAnswer| {
        let marks = answer.marks.as_ref();
        marks.is_some_and(|marks| marks.to_edns.is_some())
    };
    let by_all = |lookup: &Lookup| {
        let telling = lookup.counting().filter(|it| it.outcome.is_conclusive());
        let telling: Vec<&ServerAnswer> = telling.collect();
        !telling.is_empty() && telling.into_iter().all(to_edns)
    };
    let mut rejecting: Vec<(&ServerAnswer, &Lookup, &Rcode)> = Vec::new();
    for lookup in lookups(zone, srv, addresses) {
        if lookup.unheard.is_some() {
            return None;
        }
        for answer in &lookup.authority {
            let Some(rcode) = answer.marks.as_ref().and_then(|it| it.to_edns.as_ref()) else {
                continue;
            };
            let address = answer.server.address;
            if !rejecting
                .iter()
                .any(|(known, ..)| known.server.address == address)
            {
                rejecting.push((answer, lookup, rcode));
            }
        }
    }
    let (_, first, _) = *rejecting.first()?;
    let said = rejecting
        .iter()
        .map(|(answer, _, rcode)| format!("{}: {rcode}", server_name(answer)));
    let finding = Finding::new(&AUTHORITY_REJECTS_EDNS)
        .with("servers", said.collect::<Vec<_>>())
        .with("why", "edns")
        .with("whole", whole(essential(zone, srv, addresses).any(by_all)))
        .with("zone", zone_of(first));
    Some(asking(
        finding,
        first,
        rejecting.iter().map(|(answer, ..)| *answer),
    ))
}

/// Servers none of which answers where a cookie comes with the question, or one of which answers with a
/// malformed one: resolvers that send one get nothing (BIND), others do (Unbound).
pub(super) fn judge_cookies<'a>(
    zone: &'a ZoneFacts,
    srv: &'a SrvFacts,
    addresses: &'a [AddressFacts],
) -> Option<Finding> {
    if essential(zone, srv, addresses).any(|lookup| lookup.unheard.is_some()) {
        return None;
    }
    essential(zone, srv, addresses).find_map(|lookup| {
        let answers = lookup.counting().filter(|it| it.outcome.is_conclusive());
        let of =
            |answer: &'a ServerAnswer| Some((answer, answer.marks.as_ref()?.to_cookie.as_ref()?));
        let (minding, others): (Vec<_>, Vec<_>) = answers
            .map(|it| (it, of(it)))
            .partition(|(_, it)| it.is_some());
        let minding: Vec<_> = minding.into_iter().filter_map(|(_, it)| it).collect();
        let is_foreign = minding.iter().any(|(_, it)| **it == ToCookie::Foreign);
        let (broken, mut minding): (Vec<_>, Vec<_>) = minding
            .into_iter()
            .partition(|(_, it)| **it == ToCookie::Malformed);
        // BIND does not go on to the next server.
        if !broken.is_empty() {
            minding = broken;
        } else if !others.is_empty() {
            return None;
        }
        let why = why(minding.iter().map(|(_, it)| *it));
        // BIND gets past a cookie of another question when it asks again.
        let is_whole = others.is_empty() && !is_foreign;
        let said = minding
            .iter()
            .map(|(answer, it)| said(server_name(answer), it));
        let said: Vec<String> = said.collect();
        (!said.is_empty()).then(|| {
            let finding = Finding::new(&AUTHORITY_REJECTS_EDNS)
                .with("servers", said)
                .with("why", why)
                .with("whole", whole(is_whole))
                .with("zone", zone_of(lookup));
            asking(finding, lookup, lookup.counting())
        })
    })
}

/// Whether no server is free of it, as the argument of a finding.
pub(super) fn whole(is_whole: bool) -> &'static str {
    if is_whole { "yes" } else { "no" }
}

/// Whether servers say no to questions with a cookie, or something broken.
pub(super) fn why<'a>(mut minding: impl Iterator<Item = &'a ToCookie>) -> &'static str {
    let is_broken = |it| matches!(it, &ToCookie::Malformed | &ToCookie::Foreign);
    if minding.all(is_broken) {
        "cookie-data"
    } else {
        "cookie"
    }
}

/// The server, and what it does at the sight of a cookie.
pub(super) fn said(server: String, to_cookie: &ToCookie) -> String {
    match to_cookie {
        ToCookie::Error(rcode) => format!("{server}: {rcode}"),
        ToCookie::Silence | ToCookie::Malformed | ToCookie::Foreign => server,
    }
}

/// Servers one of which sends a malformed option, whatever it is asked: BIND takes the answer for broken, and does
/// not go on to the next server.
pub(super) fn judge_options<'a>(
    zone: &'a ZoneFacts,
    srv: &'a SrvFacts,
    addresses: &'a [AddressFacts],
) -> Option<Finding> {
    essential(zone, srv, addresses).find_map(|lookup| {
        let answers = lookup.counting().filter(|it| it.outcome.is_conclusive());
        let of =
            |answer: &'a ServerAnswer| Some((answer, answer.marks.as_ref()?.malformed_option?));
        let sending: Vec<(&ServerAnswer, u16)> = answers.filter_map(of).collect();
        let (_, option) = *sending.first()?;
        let servers = sending.iter().map(|(answer, _)| server_name(answer));
        let finding = Finding::new(&AUTHORITY_REJECTS_EDNS)
            .with("servers", servers.collect::<Vec<_>>())
            .with("why", "option")
            .with("option", i64::from(option))
            .with("zone", zone_of(lookup));
        Some(asking(
            finding,
            lookup,
            sending.into_iter().map(|(answer, _)| answer),
        ))
    })
}

/// The zone in which a question ends; "own" where it is not handed on.
fn zone_of(lookup: &Lookup) -> &str {
    let last = lookup.handovers.last().and_then(|it| it.to.as_ref());
    last.map_or("own", |to| &to.apex)
}

/// Every answer to a question without which nobody finds the server has EDNS data twice. Either
/// Unbound or BIND takes that for broken, by what comes without EDNS.
pub(super) fn judge_twice(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
) -> Option<Finding> {
    let is_twice = |answer: &ServerAnswer| answer.marks.as_ref().is_some_and(|it| it.edns_twice);
    essential(zone, srv, addresses).find_map(|lookup| {
        let telling = lookup.counting().filter(|it| it.outcome.is_conclusive());
        let telling: Vec<&ServerAnswer> = telling.collect();
        let are_all = !telling.is_empty() && telling.iter().all(|it| is_twice(it));
        let servers = || telling.iter().map(|it| server_name(it)).collect::<Vec<_>>();
        are_all.then(|| {
            let finding = Finding::new(&AUTHORITY_REJECTS_EDNS)
                .with("servers", servers())
                .with("why", "twice")
                .with("whole", whole(true))
                .with("zone", zone_of(lookup));
            asking(finding, lookup, telling.iter().copied())
        })
    })
}
