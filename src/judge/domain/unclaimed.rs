//! Name servers that answer without a claim to speak for the zone (AA), as a forwarder or a cache in their place
//! does: what they give may be older than the zone.

use super::{AUTHORITY_WITHOUT_AA, asking, essential, server_name};
use crate::facts::{AddressFacts, Lookup, Marks, ServerAnswer, SrvFacts, ZoneFacts};
use crate::model::finding::Finding;

pub(super) fn judge(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
) -> Option<Finding> {
    let mut unclaimed: Vec<(&Lookup, &ServerAnswer)> = Vec::new();
    for lookup in essential(zone, srv, addresses) {
        for answer in lookup.counting().filter(|it| is_unclaimed(it)) {
            let is_known = |(_, known): &(&Lookup, &ServerAnswer)| {
                known.server.address == answer.server.address
            };
            if !unclaimed.iter().any(is_known) {
                unclaimed.push((lookup, answer));
            }
        }
    }
    let (lookup, _) = *unclaimed.first()?;
    let servers = unclaimed.iter().map(|(_, answer)| server_name(answer));
    let finding = Finding::new(&AUTHORITY_WITHOUT_AA).with("servers", servers.collect::<Vec<_>>());
    let answers = unclaimed.iter().map(|(_, answer)| *answer);
    Some(asking(finding, lookup, answers))
}

fn is_unclaimed(answer: &ServerAnswer) -> bool {
    let claims = |marks: &Marks| marks.authoritative;
    answer.outcome.is_conclusive() && !answer.marks.as_ref().is_none_or(claims)
}
