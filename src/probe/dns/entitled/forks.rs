//! Aliases out of a zone that only some of its servers give: partners are led now this way, now that.

use crate::facts::{Alias, AuthorityFacts, DnsOutcome, ServerAnswer};

/// How many more ways are gone where the servers of a zone give different aliases.
pub(super) const MAX_FORKS: usize = 4;

/// An alias that some of the servers give, while others give a record, a denial or another alias.
#[derive(Clone, Debug)]
pub(super) struct Fork {
    pub(super) from: AuthorityFacts,
    /// Whose alias it is.
    pub(super) answer: ServerAnswer,
    /// The aliases on the way to the servers that gave it.
    pub(super) before: Vec<Alias>,
}

/// Takes the aliases out of the answers that lead elsewhere than the way that is gone on, each once.
pub(super) fn take_forks(
    from: &AuthorityFacts,
    answers: &mut Vec<ServerAnswer>,
    gone: &[Alias],
    before: &[Alias],
    forks: &mut Vec<Fork>,
) {
    let decided = !gone.is_empty() || answers.iter().any(|answer| answer.outcome.is_conclusive());
    if !decided {
        return;
    }
    let leads_on = |answer: &mut ServerAnswer| matches!(&answer.outcome, DnsOutcome::Elsewhere { aliases, zone: None, .. } if !aliases.is_empty());
    for answer in answers.extract_if(.., leads_on) {
        let aliases = answer.outcome.aliases();
        let is_known = forks
            .iter()
            .any(|fork| fork.answer.outcome.aliases() == aliases);
        if aliases != gone && !is_known {
            forks.push(Fork {
                from: from.clone(),
                before: before.to_vec(),
                answer,
            });
        }
    }
}
