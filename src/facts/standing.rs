//! What the answer to a question is worth: who was entitled to give it, and who did.
//!
//! A view is a witness for one question, not for a domain. The servers of the zone that a name is
//! in are entitled to answer for it; a resolver only passes on what it has heard, at some time,
//! from whomever it was told to ask.

use super::{DnsOutcome, HandedBy, Handover, Lookup, ServerAnswer, Unanswered, ViewAnswer};

/// The standing of the answer that counts.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing<'a> {
    /// Servers that are entitled to answer gave it. Those listed failed.
    Published(Vec<&'a ServerAnswer>),
    /// Whoever is entitled was asked, and nobody answers it: all of them fail, or some do and the
    /// others are silent. Partners get nothing, whatever a resolver still remembers.
    Refused(&'a [ServerAnswer]),
    /// It was handed on to servers that nobody outside can ask.
    HandedOn(&'a Handover),
    /// No server that is entitled could be asked: a resolver's word is all there is.
    Resolver,
    /// Nobody who can know said anything.
    Nobody,
}

impl Lookup {
    /// The standing of [`Self::answer`].
    pub fn standing(&self) -> Standing<'_> {
        let failed = |answer: &&ServerAnswer| answer.outcome.is_failure();
        if self.published().is_some() {
            return Standing::Published(self.authority.iter().filter(failed).collect());
        }
        if let Some(dead_end) = self.dead_end() {
            return Standing::HandedOn(dead_end);
        }
        // What stands before a server of the zone, or in its place, is no server of the zone.
        let replaced = self.intercepted
            || self
                .authority
                .iter()
                .any(|answer| answer.outcome.is_unauthoritative());
        if self.authority.iter().any(|answer| failed(&answer)) && !replaced {
            return Standing::Refused(&self.authority);
        }
        if !self.given && self.seen().is_conclusive() {
            Standing::Resolver
        } else {
            Standing::Nobody
        }
    }

    /// The answer that counts: what the authority publishes, because that is what partners will
    /// see; without it, what the views see, unless the user named the authority.
    pub fn answer(&self) -> &DnsOutcome {
        match self.published() {
            Some(published) => published,
            None if self.given => self.silence(),
            None => self.seen(),
        }
    }

    /// What the entitled servers say: the first yes, else the first no. Where they disagree,
    /// partners find the record as often as not, and step 1 says so.
    pub fn published(&self) -> Option<&DnsOutcome> {
        let outcomes = || self.authority.iter().map(|answer| &answer.outcome);
        let yes = outcomes().find(|outcome| matches!(outcome, DnsOutcome::Records { .. }));
        yes.or_else(|| outcomes().find(|outcome| outcome.is_conclusive()))
    }

    /// What the views see: the first one's that says yes or no, and can know; else the first one's
    /// failure.
    pub fn seen(&self) -> &DnsOutcome {
        const NOBODY: &DnsOutcome = &DnsOutcome::Unanswered(Unanswered::NoResolver);
        const NO_WITNESS: &DnsOutcome = &DnsOutcome::Unanswered(Unanswered::NoWitness);
        let conclusive = || {
            let answers = self.answers.iter();
            answers.filter(|answer| answer.outcome.is_conclusive())
        };
        if let Some(witness) = conclusive().find(|answer| answer.is_witness()) {
            return &witness.outcome;
        }
        if conclusive().next().is_some() {
            return NO_WITNESS;
        }
        self.answers
            .first()
            .map_or(NOBODY, |answer| &answer.outcome)
    }

    /// The handover after which nobody could be asked.
    fn dead_end(&self) -> Option<&Handover> {
        let last = self.handovers.last()?;
        let is_dead = last.by == HandedBy::Delegation
            && last
                .to
                .as_ref()
                .is_some_and(|authority| authority.servers.is_empty());
        is_dead.then_some(last)
    }

    /// Why the entitled servers say nothing: an error, where there is one.
    fn silence(&self) -> &DnsOutcome {
        const SILENT: &DnsOutcome = &DnsOutcome::Unanswered(Unanswered::TimedOut);
        let outcomes = || self.authority.iter().map(|answer| &answer.outcome);
        outcomes()
            .find(|outcome| outcome.is_failure())
            .or_else(|| outcomes().next())
            .unwrap_or(SILENT)
    }
}

impl ViewAnswer {
    /// Whether what this view says can count as public DNS.
    pub fn is_witness(&self) -> bool {
        !self.internal
    }
}

impl DnsOutcome {
    /// Whether a server answered with an error, or with nothing that it may say.
    fn is_failure(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::Elsewhere { .. }) && !self.is_unauthoritative()
    }
}
