//! Zones on the way down from the top-level domain whose servers do not say who serves the next one.

use super::standing::error_of;
use super::{DELEGATION_UNANSWERED, essential, server_name};
use crate::facts::{AddressFacts, DnsOutcome, RecordType, ServerAnswer, SrvFacts, ZoneFacts};
use crate::model::finding::{Finding, Said, Severity, Value};

/// What the verdict rests on is what a resolver knows: whoever remembers nothing gets no further than to a
/// zone above. Silence of that may be the network's here, and errors of a top-level domain; those of a zone to
/// which it leads are its own.
pub(super) fn judge(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
) -> Option<Finding> {
    let handed = essential(zone, srv, addresses).flat_map(|lookup| &lookup.handovers);
    let beyond = handed.filter_map(|handover| handover.to.as_ref());
    let mut all = zone.authority.iter().chain(beyond);
    let impasse = all.find_map(|authority| authority.impasse.as_ref())?;
    let said: Vec<(&ServerAnswer, Option<Said>)> = impasse
        .servers
        .iter()
        .map(|answer| (answer, said(answer)))
        .collect();
    let silent = said.iter().filter(|(_, said)| said.is_none());
    let silent: Vec<String> = silent.map(|(answer, _)| server_name(answer)).collect();
    let asked = impasse.servers.iter();
    let asked = asked.map(|answer| answer.server.address.to_string());
    let how = if silent.len() == said.len() {
        "silent"
    } else {
        "errors"
    };
    let is_read = !impasse.servers.iter().any(|it| it.outcome.is_unreadable());
    let is_sure = silent.is_empty() && is_read && !impasse.is_top();
    let finding = Finding::new(&DELEGATION_UNANSWERED);
    let finding = if is_sure {
        finding.weighing(Severity::Fail)
    } else {
        finding
    };
    let said = said.into_iter().filter_map(|(_, said)| said);
    Some(
        finding
            .with("zone", impasse.zone.as_str())
            .with("host", impasse.name.as_str())
            .with("top", if impasse.is_top() { "yes" } else { "no" })
            .with("how", how)
            .with("servers", Value::Said(said.collect()))
            .with("silent", silent)
            .with("name", impasse.name.as_str())
            .with("record", RecordType::Ns.name())
            .with("asked", asked.collect::<Vec<_>>()),
    )
}

/// What a server says instead of who serves the name, if anything.
fn said(answer: &ServerAnswer) -> Option<Said> {
    let what = match answer.outcome {
        DnsOutcome::NoName { .. } => "NXDOMAIN",
        DnsOutcome::NoData { .. } => "NOERROR",
        _ => return error_of(answer),
    };
    Some(Said {
        who: server_name(answer),
        what: what.to_owned(),
        key: Some("said-unproven"),
        reasons: Vec::new(),
    })
}
