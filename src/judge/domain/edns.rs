//! Servers of the domain's zone that mind EDNS, or make something else of it than all resolvers understand.

use super::{AUTHORITY_REJECTS_EDNS, asking, essential, server_name};
use crate::facts::{AddressFacts, Lookup, Rcode, ServerAnswer, SrvFacts, ToCookie, ZoneFacts};
use crate::model::finding::Finding;

/// Servers that answer with an error to EDNS, and rightly without. Some resolvers then ask without,
/// others give up.
pub(super) fn judge_edns<'a>(lookups: impl Iterator<Item = &'a Lookup>) -> Option<Finding> {
    let mut rejecting: Vec<(&ServerAnswer, &Lookup, &Rcode)> = Vec::new();
    for lookup in lookups {
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
        .with("zone", zone_of(first));
    Some(asking(
        finding,
        first,
        rejecting.iter().map(|(answer, ..)| *answer),
    ))
}

/// Servers none of which answers where a cookie comes with the question: resolvers that send one get
/// nothing (BIND), others do (Unbound).
pub(super) fn judge_cookies(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
) -> Option<Finding> {
    essential(zone, srv, addresses).find_map(|lookup| {
        let answers = lookup.counting().filter(|it| it.outcome.is_conclusive());
        let mut said = Vec::new();
        for answer in answers {
            let to_cookie = answer.marks.as_ref()?.to_cookie.as_ref()?;
            said.push(match to_cookie {
                ToCookie::Error(rcode) => format!("{}: {rcode}", server_name(answer)),
                ToCookie::Silence => server_name(answer),
            });
        }
        (!said.is_empty()).then(|| {
            let finding = Finding::new(&AUTHORITY_REJECTS_EDNS)
                .with("servers", said)
                .with("why", "cookie")
                .with("zone", zone_of(lookup));
            asking(finding, lookup, lookup.counting())
        })
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
                .with("zone", zone_of(lookup));
            asking(finding, lookup, telling.iter().copied())
        })
    })
}
