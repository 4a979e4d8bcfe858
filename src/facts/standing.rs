//! What the answer to a question is worth: who was entitled to give it, and who did.
//!
//! A view is a witness for one question, not for a domain. The servers of the zone that a name is
//! in are entitled to answer for it; a resolver only passes on what it has heard, at some time,
//! from whomever it was told to ask.

use super::{
    Disproof, DnsOutcome, ExtendedError, HandedBy, Handover, Lookup, Rcode, ServerAnswer,
    Unanswered, ViewAnswer,
};
use crate::model::plan::View;

/// The standing of the answer that counts.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing<'a> {
    /// Servers that are entitled to answer gave it. Those listed failed.
    Published(Vec<&'a ServerAnswer>),
    /// Whoever is entitled was asked, and nobody answers it: all of them fail, or some do and the
    /// others are silent. Partners get nothing, whatever a resolver still remembers.
    Refused(&'a [ServerAnswer]),
    /// It was handed on to servers that nobody outside can ask, or that do not answer.
    HandedOn(&'a Handover),
    /// No server that is entitled could be asked: a resolver's word is all there is.
    Resolver,
    /// The file of the zone says so, before it is published. Nobody was asked.
    File,
    /// Nobody who can know said anything.
    Nobody,
}

impl Lookup {
    /// The standing of [`Self::answer`].
    pub fn standing(&self) -> Standing<'_> {
        if self.is_from_file() {
            return Standing::File;
        }
        let failed = |answer: &&ServerAnswer| answer.outcome.is_failure();
        if self.published().is_some() {
            let on_the_way = self.handovers.iter().flat_map(|it| &it.failing);
            let failing = on_the_way.chain(self.authority.iter().filter(failed));
            return Standing::Published(failing.collect());
        }
        if let Some(dead_end) = self.dead_end() {
            return Standing::HandedOn(dead_end);
        }
        // What stands before a server of the zone, or in its place, is no server of the zone.
        let replaced = self.intercepted
            || self.unheard.is_some()
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

    /// Whether the file of the zone is all that was asked.
    pub fn is_from_file(&self) -> bool {
        let mut views = self.answers.iter().map(|answer| &answer.view);
        self.authority.is_empty() && views.any(|view| *view == View::ZoneFile)
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
        let outcomes = || self.counting().map(|answer| &answer.outcome);
        let yes = outcomes().find(|outcome| matches!(outcome, DnsOutcome::Records { .. }));
        let of_led_to = yes.or_else(|| outcomes().find(|outcome| outcome.is_conclusive()));
        // Where those tell nothing, only such are left as partners come to all the same.
        let mut beside = self.authority.iter().map(|answer| &answer.outcome);
        of_led_to.or_else(|| beside.find(|outcome| outcome.is_conclusive()))
    }

    /// The answers of the servers that partners are led to first: by the zone above. What these deny, or do
    /// not answer, nobody asks those for that only the zone itself names.
    pub fn counting(&self) -> impl Iterator<Item = &ServerAnswer> {
        self.authority.iter().filter(|answer| !answer.server.beside)
    }

    /// The answers with records of servers that only the zone itself names, where those that count deny
    /// them.
    pub fn beside(&self) -> Vec<&ServerAnswer> {
        let is_denied = self.published().is_some_and(DnsOutcome::is_no);
        let has = |answer: &&ServerAnswer| {
            is_denied && answer.server.beside && !answer.outcome.records().is_empty()
        };
        self.authority.iter().filter(has).collect()
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
        let witnesses = || conclusive().filter(|answer| answer.doubt().is_none());
        // Where witnesses contradict each other, a denial is no reason to stop looking.
        let has = |answer: &&ViewAnswer| !answer.outcome.is_no();
        if let Some(witness) = witnesses().find(has).or_else(|| witnesses().next()) {
            return &witness.outcome;
        }
        if conclusive().next().is_some() {
            return NO_WITNESS;
        }
        self.answers
            .first()
            .map_or(NOBODY, |answer| &answer.outcome)
    }

    /// The same for whoever only looks for the servers of a zone: an old answer leads to them as well, and
    /// they speak for themselves.
    pub(crate) fn leading(&self) -> &DnsOutcome {
        let is_old = |answer: &&ViewAnswer| {
            answer.outcome.is_conclusive() && answer.doubt() == Some(Doubt::Old)
        };
        match self.seen() {
            DnsOutcome::Unanswered(Unanswered::NoWitness) => {
                let old = self.answers.iter().find(is_old);
                old.map_or(self.seen(), |answer| &answer.outcome)
            }
            seen => seen,
        }
    }

    /// The views whose word has to decide and that say the contrary of each other: none of them is known to
    /// be the older one. Whoever gets an error from the zone's servers contradicts who has a record of them.
    pub fn contradicting(&self) -> Vec<&ViewAnswer> {
        let decides = self.published().is_none() && !self.given;
        let said = self.answers.iter().filter(|answer| {
            let is_word = answer.outcome.is_conclusive() || answer.outcome.is_servfail();
            decides && is_word && answer.doubt() != Some(Doubt::Internal)
        });
        let said: Vec<&ViewAnswer> = said.collect();
        let Some(first) = said.iter().find(|answer| answer.outcome.is_conclusive()) else {
            return Vec::new();
        };
        let contradicts = |other: &&ViewAnswer| {
            if other.outcome.is_servfail() {
                return !first.outcome.is_no() && first.doubt().is_none();
            }
            !other.outcome.agrees_with(&first.outcome)
                || other.doubt() == Some(Doubt::Sinkhole) && first.doubt() != other.doubt()
        };
        if said.iter().any(contradicts) {
            said
        } else {
            Vec::new()
        }
    }

    /// The views that have something else than what is published.
    pub fn differing(&self) -> Vec<&ViewAnswer> {
        let counts = self.answer();
        let differs = |answer: &&ViewAnswer| {
            answer.outcome.is_conclusive()
                && !answer.outcome.agrees_with(counts)
                && !self.is_published(&answer.outcome)
        };
        if !counts.is_conclusive() {
            return Vec::new();
        }
        self.answers.iter().filter(differs).collect()
    }

    /// Whether a view denies a name at which something is published.
    pub fn is_denied_by_a_view(&self) -> bool {
        let publishes = self.published().is_some_and(|published| !published.is_no());
        let denies = |answer: &&ViewAnswer| matches!(answer.outcome, DnsOutcome::NoName { .. });
        publishes && self.differing().iter().any(denies)
    }

    /// Whether the zone is handed on to others than a view remembers: how long that view goes on is
    /// not said by what it keeps.
    pub fn is_moved(&self) -> bool {
        let mut to = self
            .handovers
            .iter()
            .filter_map(|handover| handover.to.as_ref());
        to.any(|to| to.delegation.is_some())
    }

    /// The first view whose word counts for nothing, and why.
    pub fn doubtful(&self) -> Option<(&ViewAnswer, Doubt)> {
        let mut answers = self.answers.iter();
        answers.find_map(|answer| Some((answer, answer.doubt()?)))
    }

    /// The handover after which nobody could be asked, or nobody answered. Whoever handed it on did
    /// answer, so it is not the way from here that is closed to DNS.
    fn dead_end(&self) -> Option<&Handover> {
        let last = self.handovers.last()?;
        let to = last.to.as_ref()?;
        let is_private = last.proven && to.is_internal();
        let leads_nowhere = last.by == HandedBy::Delegation || !to.lost.is_empty() || is_private;
        let is_unaskable = leads_nowhere && to.servers.is_empty();
        // This machine reaches who has handed it on, by IPv4.
        let by = to.delegation.as_ref().and_then(|it| it.by.as_ref());
        let has_v4 = by.is_some_and(|by| by.address.is_ipv4());
        let is_silent = |answer: &ServerAnswer| {
            let is_unreachable = answer.outcome == DnsOutcome::Unanswered(Unanswered::Unreachable);
            let is_out_of_reach = is_unreachable && has_v4 && answer.server.address.is_ipv4();
            answer.outcome.is_silence() || is_out_of_reach
        };
        // Who was not asked might have answered.
        let are_silent = || {
            !self.authority.is_empty()
                && to.unasked.is_empty()
                && self.authority.iter().all(is_silent)
        };
        (is_unaskable || are_silent()).then_some(last)
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

/// Why what a view says is no word on public DNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It comes from a zone that only some network knows.
    Internal,
    /// The resolver says that it filters.
    Filtered,
    /// The resolver says that it made the answer up.
    Forged,
    /// It is an address by which filters mark a name.
    Sinkhole,
    /// It is an address that the resolver gives for every name.
    Invented,
    /// It is a denial without proof.
    Unproven,
    /// It is a denial in the name of a zone that the resolver denies as well.
    Absurd,
    /// The resolver says that it is too old, since nobody could be asked.
    Old,
}

impl Doubt {
    /// The key of the reason in the texts.
    pub fn key(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Filtered => "filtered",
            Self::Forged => "forged",
            Self::Sinkhole => "sinkhole",
            Self::Invented => "invented",
            Self::Unproven => "unproven",
            Self::Absurd => "absurd",
            Self::Old => "old",
        }
    }
}

impl ViewAnswer {
    /// Why this answer cannot count as public DNS, if it cannot.
    pub fn doubt(&self) -> Option<Doubt> {
        let says = |is: fn(&ExtendedError) -> bool| {
            let extended = self.marks.iter().flat_map(|marks| &marks.extended);
            extended.into_iter().any(is)
        };
        if self.view == View::ZoneFile {
            None
        } else if self.internal {
            Some(Doubt::Internal)
        } else if says(ExtendedError::is_about_filtering) {
            Some(Doubt::Filtered)
        } else if says(ExtendedError::is_about_forgery) {
            Some(Doubt::Forged)
        } else if self.outcome.is_sinkhole() || self.disproved == Some(Disproof::ToItself) {
            Some(Doubt::Sinkhole)
        } else if self.disproved == Some(Disproof::Invents) {
            Some(Doubt::Invented)
        } else if self.disproved == Some(Disproof::FromNowhere) {
            Some(Doubt::Absurd)
        } else if self.outcome.is_unproven() || self.disproved == Some(Disproof::FromAbove) {
            Some(Doubt::Unproven)
        } else if says(ExtendedError::is_about_age) {
            Some(Doubt::Old)
        } else {
            None
        }
    }

    /// What the server says about the answer, or why it gives none.
    pub fn extended(&self) -> Vec<String> {
        let extended = self.marks.iter().flat_map(|marks| &marks.extended);
        extended.map(ToString::to_string).collect()
    }
}

impl DnsOutcome {
    /// Whether a server answered with an error, with nothing that it may say, or with what is no
    /// answer.
    pub fn is_failure(&self) -> bool {
        let said = matches!(self, Self::Failed { .. } | Self::Elsewhere { .. });
        said && !self.is_unauthoritative() || self.is_unreadable()
    }

    /// Whether what came was no answer, or only the beginning of one. Others may get a whole one.
    pub fn is_unreadable(&self) -> bool {
        use Unanswered::{Malformed, Truncated};
        matches!(self, Self::Unanswered(Malformed | Truncated))
    }

    /// Whether whoever has asked this for a name above another, to be led to that, goes on here: with it, or
    /// without what could not be read.
    pub(crate) fn lets_pass(&self) -> bool {
        let is_alias = matches!(self, Self::Elsewhere { zone: None, .. });
        let is_garbage = matches!(self, Self::Unanswered(Unanswered::Malformed));
        self.is_conclusive() || is_alias || is_garbage
    }

    /// Whether a resolver got nothing that it may pass on.
    fn is_servfail(&self) -> bool {
        matches!(
            self,
            Self::Failed {
                rcode: Rcode::ServFail,
                ..
            }
        )
    }

    /// Whether nothing came.
    pub fn is_silence(&self) -> bool {
        use Unanswered::{PortClosed, TimedOut};
        matches!(self, Self::Unanswered(TimedOut | PortClosed))
    }

    /// Whether it is a limit of this machine that ended the question.
    pub fn is_our_limit(&self) -> bool {
        matches!(self, Self::Unanswered(_)) && !self.is_silence() && !self.is_unreadable()
    }
}
