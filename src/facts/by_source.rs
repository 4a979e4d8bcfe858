//! Resolvers that were told something else, and just now, than the servers of the zone tell this network.

use super::{DnsOutcome, Doubt, Lookup, ViewAnswer};
use crate::known::ranges;

/// What people enter as a time to live is a multiple of this, in seconds.
const ENTERED: u32 = 60;
/// And most often of this: one answer alone comes upon it by chance less than once in so many seconds.
const ENTERED_MOSTLY: u32 = 300;

impl Lookup {
    /// The answers of all resolvers, where none of them has what the servers of the zone give us, and all have asked
    /// these just now: an answer that a cache has kept for a while says by its time to live for how long, and no two
    /// caches have kept theirs for the same time. One alone has to be outside: within a network it may be what that has
    /// entered for itself.
    pub fn told_otherwise(&self) -> Vec<&ViewAnswer> {
        let answers = self.answers.iter();
        let said: Vec<&ViewAnswer> = answers
            .filter(|it| it.outcome.is_conclusive() && !it.view.is_stand_in())
            .collect();
        let differing = self.differing();
        let is_told = !self.given
            && !self.intercepted
            && self.unheard.is_none()
            && self.published().is_some()
            && !self.is_moved()
            && (said.len() > 1 || said.iter().all(|it| it.is_from_outside()))
            && said.iter().all(|it| differing.contains(it));
        if is_told && said.iter().all(|it| it.may_be_told()) && self.are_fresh(&said) {
            said
        } else {
            Vec::new()
        }
    }

    fn are_fresh(&self, said: &[&ViewAnswer]) -> bool {
        let unproven = |it: &ViewAnswer| it.doubt().is_some();
        let kept = said.iter().filter(|it| !unproven(it));
        let Some(ttls) = kept
            .map(|it| it.outcome.ttl())
            .collect::<Option<Vec<u32>>>()
        else {
            return false;
        };
        let (Some(least), Some(most)) = (ttls.iter().min(), ttls.iter().max()) else {
            // Denials that no cache keeps.
            return true;
        };
        let published = self.published().and_then(DnsOutcome::ttl);
        let entered = if said.len() > 1 {
            ENTERED
        } else {
            ENTERED_MOSTLY
        };
        most - least <= 1 && (most % entered == 0 || Some(*most) == published)
    }
}

impl ViewAnswer {
    /// Whether whoever gave it is on the internet: what he has, others are given as well.
    fn is_from_outside(&self) -> bool {
        let server = self.server.map(|server| server.ip());
        server.is_some_and(|server| ranges::special(server).is_none())
    }

    /// Whether a server may have said so: no filter has, nor a DNS of somebody's own.
    fn may_be_told(&self) -> bool {
        let mut addresses = self.outcome.addresses().peekable();
        let is_inside = addresses.peek().is_some()
            && addresses.all(|address| ranges::special(address).is_some());
        let is_honest = matches!(self.doubt(), None | Some(Doubt::Unproven | Doubt::Absurd));
        is_honest && (!is_inside || self.is_from_outside())
    }
}

impl DnsOutcome {
    /// How long it may be kept, in seconds.
    pub fn ttl(&self) -> Option<u32> {
        match self {
            Self::Records { records, .. } => records.iter().map(|record| record.ttl).min(),
            outcome => outcome.negative_ttl(),
        }
    }
}
