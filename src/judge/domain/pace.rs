//! Servers that answer now and then, or so late that resolvers give up.

use super::{AUTHORITY_PARTLY_SILENT, asking, essential, name_of};
use crate::facts::{AddressFacts, Lookup, Pace, Pacing, ServerAnswer, SrvFacts, ZoneFacts};
use crate::model::finding::{Finding, Severity};

/// One server that answers as it should is enough, as resolvers come to it in time.
pub(super) fn judge(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
) -> Option<Finding> {
    essential(zone, srv, addresses).find_map(|lookup| judge_one(&zone.pace, lookup))
}

fn judge_one(paces: &[Pace], lookup: &Lookup) -> Option<Finding> {
    let of = |answer: &ServerAnswer| {
        let mut paces = paces.iter();
        paces.find(|pace| pace.server.address == answer.server.address)
    };
    let mut asked: Vec<&Pace> = Vec::new();
    for answer in lookup.counting() {
        let pace = of(answer)?;
        if !asked.iter().any(|known| known.server == pace.server) {
            asked.push(pace);
        }
    }
    let best = asked.iter().map(|pace| pace.pacing()).min()?;
    let (why, severity) = match best {
        Pacing::Fine | Pacing::Silent => return None,
        Pacing::Unsteady => ("unsteady", Severity::Warn),
        Pacing::Slow => ("slow", Severity::Warn),
        Pacing::TooSlow => ("slow", Severity::Unknown),
    };
    let servers = asked.iter().map(|pace| {
        let name = name_of(&pace.server);
        match pace.median_ms {
            Some(median) if why == "slow" => format!("{name}: {median} ms"),
            _ => format!("{name}: {}/{}", pace.answered, pace.asked),
        }
    });
    let finding = Finding::new(&AUTHORITY_PARTLY_SILENT)
        .with("servers", servers.collect::<Vec<_>>())
        .with("why", why);
    Some(asking(finding, lookup, lookup.counting()).weighing(severity))
}
