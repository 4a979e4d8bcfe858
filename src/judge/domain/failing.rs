//! Servers of a zone that fail, beside others that answer.

use super::standing::error_of;
use super::{AUTHORITY_PARTLY_FAILS, asking, essential};
use crate::facts::{AddressFacts, Lookup, NameServer, ServerAnswer, SrvFacts, Standing, ZoneFacts};
use crate::model::finding::{Finding, Severity, Value};

/// Some of the servers answer and others fail: partners succeed by luck, or at the second try.
pub(super) fn judge(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
) -> Option<Finding> {
    let lookups = essential(zone, srv, addresses);
    let mut failing: Vec<(&Lookup, &ServerAnswer)> = Vec::new();
    for lookup in lookups {
        let Standing::Published(answers) = lookup.standing() else {
            continue;
        };
        for answer in answers {
            let is_listed = |(_, listed): &(&Lookup, &ServerAnswer)| {
                listed.server.address == answer.server.address
            };
            if !failing.iter().any(is_listed) {
                failing.push((lookup, answer));
            }
        }
    }
    // That none of them answers for the domain itself keeps nobody from finding the server.
    let is_lesser = failing.is_empty();
    if let Standing::Refused(answers) = zone.soa.standing()
        && is_lesser
    {
        failing.extend(answers.iter().map(|answer| (&zone.soa, answer)));
    }
    let (lookup, _) = failing.first()?;
    let said = failing.iter().filter_map(|(_, answer)| error_of(answer));
    let finding =
        Finding::new(&AUTHORITY_PARTLY_FAILS).with("servers", Value::Said(said.collect()));
    let finding = finding.with("advice", advice(zone, &failing));
    let finding = if is_lesser {
        finding.weighing(Severity::Info)
    } else {
        finding
    };
    Some(asking(
        finding,
        lookup,
        failing.iter().map(|(_, answer)| *answer),
    ))
}

/// What can be done about servers that fail, by what else was seen. Where all that answer do so by IPv6, taking
/// these out would leave many partners nobody; and where the zones above are at odds over who has the zone, the one
/// that fails may be the one that is right.
fn advice(zone: &ZoneFacts, failing: &[(&Lookup, &ServerAnswer)]) -> &'static str {
    let lookups = || failing.iter().map(|(lookup, _)| *lookup);
    let handed = lookups().flat_map(|lookup| &lookup.handovers);
    let beyond = handed.filter_map(|handover| handover.to.as_ref());
    let mut entitled = zone.authority.iter().chain(beyond);
    if entitled.any(|authority| authority.dispute.is_some()) {
        return "disputed";
    }
    let failing: Vec<&NameServer> = failing.iter().map(|(_, answer)| &answer.server).collect();
    let answers = lookups().flat_map(Lookup::counting);
    let answering = answers.filter(|answer| answer.outcome.is_conclusive());
    let in_order: Vec<&NameServer> = answering
        .map(|answer| &answer.server)
        .filter(|server| failing.iter().all(|it| it.address != server.address))
        .collect();
    let is_v4 = |server: &&NameServer| server.address.is_ipv4();
    if failing.iter().any(is_v4) && !in_order.iter().any(is_v4) {
        return "ipv4";
    }
    let answers_elsewhere = |it: &&NameServer| in_order.iter().any(|other| other.name == it.name);
    if failing.iter().all(answers_elsewhere) {
        return "address";
    }
    "server"
}
