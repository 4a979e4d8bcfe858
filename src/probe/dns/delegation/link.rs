//! What is remembered of a zone on the way down from a top-level domain.

use std::net::IpAddr;

use crate::wire::dns::announced::Announced;

/// A zone on a way down from a top-level domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(in crate::probe::dns) apex: String,
    /// The zone that hands it on.
    pub(in crate::probe::dns) from: String,
    /// The keys that this one announces for it; `None` where it was not heard of them.
    pub(in crate::probe::dns) announced: Option<Announced>,
    pub(in crate::probe::dns) servers: Vec<(String, Vec<IpAddr>)>,
}
