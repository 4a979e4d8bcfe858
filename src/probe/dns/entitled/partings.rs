//! Names above the one asked for that only some of the servers of a zone hand on, or all of them to some of
//! those who ask.

use super::between::Cut;
use super::handovers::delegated;
use crate::facts::{AuthorityFacts, Handover};
use crate::probe::Context;

/// A name above is handed on by some of the servers only, or to some of those who ask.
#[derive(Clone, Debug)]
pub(super) struct Parting {
    pub(super) handover: Handover,
    /// Whom the question is about there.
    pub(super) name: String,
}

impl Parting {
    pub(super) async fn at(cx: &Context, from: &AuthorityFacts, cut: Cut, name: &str) -> Self {
        Self {
            handover: Box::pin(delegated(cx, from, cut)).await,
            name: name.to_owned(),
        }
    }
}
