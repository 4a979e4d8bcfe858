//! Servers of the zone above that do not hand a zone on, as others do, but answer for what is in it: by an older copy,
//! in which the records stand in the zone above itself. Partners come to these as well.

use crate::facts::{AuthorityFacts, DnsOutcome, NameServer, RecordType, ServerAnswer, is_within};
use crate::probe::Context;
use crate::probe::dns::published::published_by;
use crate::probe::dns::servers;

/// Adds what those say, where the servers that the others lead to say something.
pub(super) async fn add_to(
    answers: &mut Vec<ServerAnswer>,
    cx: &Context,
    asked: &AuthorityFacts,
    name: &str,
    record: RecordType,
) {
    let is_heard = answers.iter().any(|answer| answer.outcome.is_conclusive());
    let Some(dispute) = asked.dispute.as_ref().filter(|_| is_heard) else {
        return;
    };
    // A top-level domain has no records of anybody.
    if !is_within(&asked.apex, &dispute.at) || !dispute.from.contains('.') {
        return;
    }
    let is_known = |server: &NameServer| {
        let mut known = asked.servers.iter();
        known.any(|known| known.address == server.address)
    };
    let hands_on_nothing = dispute.words.iter().filter(|word| word.servers.is_empty());
    let by = hands_on_nothing.map(|word| word.by.clone());
    let by: Vec<NameServer> = by.filter(|server| !is_known(server)).collect();
    if by.is_empty() {
        return;
    }
    let above = AuthorityFacts {
        servers: by,
        ..servers::among(cx, &dispute.from, Vec::new())
    };
    let said = published_by(cx, &above, name, record).await;
    let is_word = |answer: &ServerAnswer| {
        let is_alias = matches!(answer.outcome, DnsOutcome::Elsewhere { zone: None, .. });
        answer.outcome.is_conclusive() || is_alias
    };
    answers.extend(said.into_iter().filter(is_word));
}
