//! What shows that the servers of a zone were not heard themselves, though something answers in their name.

use serde::{Deserialize, Serialize};

use super::{AuthorityFacts, DnsOutcome, Lookup, Rcode, is_within};

/// Why what comes from the servers of a zone is not what they say to everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unheard {
    /// They answer this network from a zone of its own, all of whose name servers have private addresses.
    Inside,
    /// A server of the top-level domain meets the same: it is done to all questions on the way from here.
    OnTheWay,
}

impl Lookup {
    /// Takes what the servers of this zone say as what they say to some network alone. Of other zones into
    /// which the question is handed on, nothing is known by that.
    pub(crate) fn take_as_inside(&mut self, apex: &str) {
        let last = self.handovers.last().and_then(|it| it.to.as_ref());
        let is_it = |to: &AuthorityFacts| to.apex.eq_ignore_ascii_case(apex);
        if self.given || !is_within(&self.name, apex) || !last.is_none_or(is_it) {
            return;
        }
        self.unheard = Some(Unheard::Inside);
        for answer in &mut self.authority {
            if answer.outcome.is_conclusive() {
                answer.outcome = DnsOutcome::failed(Rcode::NotAuthoritative);
            }
        }
    }
}
