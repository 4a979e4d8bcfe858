//! Names above the one asked for that only some of the servers of a zone hand on, or all of them to some of
//! those who ask.

use super::between::Cut;
use super::handovers::delegated;
use crate::facts::{AuthorityFacts, Handover, Lookup, ServerAnswer};
use crate::probe::Context;

/// A name above is handed on by some of the servers only, or to some of those who ask.
#[derive(Clone, Debug)]
pub(super) struct Parting {
    pub(super) handover: Handover,
    /// Whom the question is about there.
    pub(super) name: String,
}

impl Parting {
    pub(super) async fn at(
        cx: &Context,
        from: &AuthorityFacts,
        (cut, between): (Cut, &[Lookup]),
        name: &str,
    ) -> Self {
        let answers = between.iter().flat_map(Lookup::counting);
        let answers: Vec<&ServerAnswer> = answers.collect();
        Self {
            handover: Box::pin(delegated(cx, from, cut, &answers)).await,
            name: name.to_owned(),
        }
    }
}
