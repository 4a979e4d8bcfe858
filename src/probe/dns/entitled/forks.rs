//! Aliases out of a zone, and delegations below it, that only some of its servers give: partners are led now this
//! way, now that.

use super::between::{Cut, cut};
use crate::facts::{Alias, AuthorityFacts, DnsOutcome, ServerAnswer, is_within};

/// How many more ways are gone where the servers of a zone give different aliases.
pub(super) const MAX_FORKS: usize = 4;

/// An alias or a delegation that some of the servers give, while others give a record, a denial or another one.
#[derive(Clone, Debug)]
pub(super) struct Fork {
    pub(super) from: AuthorityFacts,
    /// Whose alias or delegation it is.
    pub(super) answer: ServerAnswer,
    /// The name that was asked for there.
    pub(super) name: String,
    /// The aliases on the way to the servers that gave it.
    pub(super) before: Vec<Alias>,
}

/// The way that is gone on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gone<'a> {
    pub(super) aliases: &'a [Alias],
    /// The part of the zone that it is handed on with.
    pub(super) cut: Option<&'a Cut>,
}

/// The name that was asked for, and the aliases on the way to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) name: &'a str,
    pub(super) before: &'a [Alias],
}

/// Takes those out of the answers that lead elsewhere than the way that is gone on, each once.
pub(super) fn take_forks(
    from: &AuthorityFacts,
    answers: &mut Vec<ServerAnswer>,
    gone: Gone<'_>,
    asked: Asked<'_>,
    forks: &mut Vec<Fork>,
) {
    let is_gone_on = !gone.aliases.is_empty() || gone.cut.is_some();
    let decided = is_gone_on || answers.iter().any(|answer| answer.outcome.is_conclusive());
    if !decided {
        return;
    }
    let leads_on = |answer: &mut ServerAnswer| match &answer.outcome {
        DnsOutcome::Elsewhere {
            zone: Some(zone), ..
        } => is_within(zone, &from.apex) && !zone.eq_ignore_ascii_case(&from.apex),
        DnsOutcome::Elsewhere { aliases, .. } => !aliases.is_empty(),
        _ => false,
    };
    for answer in answers.extract_if(.., leads_on) {
        let (aliases, handed) = (answer.outcome.aliases(), cut(&answer.outcome));
        let is_same = |other: Option<&Cut>| match (other, &handed) {
            (Some(other), Some(handed)) => is_same_cut(other, handed),
            (other, handed) => other.is_none() && handed.is_none(),
        };
        let is_known = forks.iter().any(|fork| {
            let known = &fork.answer.outcome;
            known.aliases() == aliases && is_same(cut(known).as_ref())
        });
        if !(is_known || aliases == gone.aliases && is_same(gone.cut)) {
            forks.push(Fork {
                from: from.clone(),
                name: asked.name.to_owned(),
                before: asked.before.to_vec(),
                answer,
            });
        }
    }
}

/// Whether both lead to the same servers, wherever these are said to be.
pub(super) fn is_same_cut((zone, servers): &Cut, (other, others): &Cut) -> bool {
    let is_among = |name: &str, servers: &[(String, _)]| {
        let mut servers = servers.iter();
        servers.any(|(known, _): &(String, _)| known.eq_ignore_ascii_case(name))
    };
    zone.eq_ignore_ascii_case(other)
        && servers.iter().all(|(name, _)| is_among(name, others))
        && others.iter().all(|(name, _)| is_among(name, servers))
}
