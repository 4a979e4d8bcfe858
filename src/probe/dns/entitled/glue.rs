//! Servers of a zone that hand a part of it on to the same servers, but do not say the same of where these are:
//! whoever asks the one is led elsewhere than whoever asks the other.

use super::between::{Cut, cut};
use super::forks::is_same_cut;
use crate::facts::{AuthorityFacts, Dispute, NameServer, ServerAnswer};
use crate::probe::dns::delegation::carriers::{Carrier, believed};
use crate::probe::dns::delegation::dispute::{differ, merge, word};

/// The servers of the part with all addresses that any of these answers gives them, and what those who answer
/// so say, where that is not the same.
pub(super) fn of_all(
    from: &AuthorityFacts,
    led_to: &Cut,
    answers: &[&ServerAnswer],
) -> (Vec<Carrier>, Option<Dispute>) {
    let believing = |servers: &[Carrier]| believed(&from.apex, servers.to_vec());
    let mut all = believing(&led_to.1);
    let mut said: Vec<(&NameServer, Vec<Carrier>)> = Vec::new();
    let cuts = answers
        .iter()
        .filter_map(|answer| Some((answer, cut(&answer.outcome)?)));
    for (answer, other) in cuts.filter(|(_, other)| is_same_cut(led_to, other)) {
        let others = believing(&other.1);
        merge(&mut all, others.clone());
        if said.iter().all(|(_, known)| differ(known, &others)) {
            said.push((&answer.server, others));
        }
    }
    let words = said
        .iter()
        .map(|(by, servers)| word((*by).clone(), servers));
    let dispute = (said.len() > 1).then(|| Dispute {
        from: from.apex.clone(),
        at: led_to.0.clone(),
        words: words.collect(),
    });
    (all, dispute)
}
