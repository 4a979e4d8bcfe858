//! Where a record has to stand to be seen, by what stands above its name in public DNS.

use super::Survey;
use crate::facts::{Alias, HandedBy, Lookup, Subtree, is_within};
use crate::model::names::Domain;

/// Where a record has to stand to be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the zone that the plan names.
    Zone,
    /// With the servers to which that zone hands the name on (RFC 1034 §4.3.2).
    Handed {
        /// The name that is handed on, and the zone there.
        cut: String,
        /// The servers, each with its address where it is not asked for that.
        servers: Vec<String>,
        /// They answer. Where nobody does, the record is seen nowhere.
        is_heard: bool,
    },
    /// Nowhere at this name: a DNAME above it leads elsewhere (RFC 6672 §2.4).
    Moved {
        /// The DNAME.
        by: Subtree,
        /// Where the name is looked for instead.
        instead: String,
    },
}

impl Place {
    /// The place of what this look-up asks for, in this zone.
    pub(super) fn of(lookup: &Lookup, zone: &Domain) -> Self {
        if let Some((by, alias)) = lookup.aliases().first().and_then(moved) {
            return Self::Moved {
                by: by.clone(),
                instead: alias.target.clone(),
            };
        }
        let is_below =
            |at: &str| is_within(&lookup.name, at) && !at.eq_ignore_ascii_case(zone.as_str());
        let mut handovers = lookup.handovers.iter().rev();
        let cut = handovers.find(|it| it.by == HandedBy::Delegation && is_below(&it.at));
        let Some(cut) = cut else {
            return Self::Zone;
        };
        let to = || cut.to.iter();
        let mut asked: Vec<String> = to()
            .flat_map(|to| &to.servers)
            .map(|it| it.name.clone())
            .collect();
        asked.dedup();
        let unasked = to().flat_map(|to| &to.unasked).map(ToString::to_string);
        Self::Handed {
            cut: cut.at.clone(),
            servers: asked.into_iter().chain(unasked).collect(),
            is_heard: lookup.published().is_some(),
        }
    }

    /// Whether what is entered at the one is entered at the other, too, and hidden by the same.
    pub fn is_beside(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Zone, Self::Zone) => true,
            (Self::Handed { cut: one, .. }, Self::Handed { cut: other, .. }) => one == other,
            (Self::Moved { by: one, .. }, Self::Moved { by: other, .. }) => one == other,
            (Self::Zone | Self::Handed { .. } | Self::Moved { .. }, _) => false,
        }
    }

    /// Whether the record is seen there as soon as it is entered.
    pub fn is_seen(&self) -> bool {
        match self {
            Self::Zone => true,
            Self::Handed { is_heard, .. } => *is_heard,
            Self::Moved { .. } => false,
        }
    }

    /// The zone to enter the record into, where this one hands it on.
    pub fn zone<'a>(&'a self, zone: &'a Domain) -> &'a str {
        match self {
            Self::Handed {
                cut,
                is_heard: true,
                ..
            } => cut,
            Self::Zone | Self::Handed { .. } | Self::Moved { .. } => zone.as_str(),
        }
    }

    /// What hides the record as long as it stands there, as a zone file has it.
    pub fn hidden_by(&self) -> Option<String> {
        match self {
            Self::Zone | Self::Handed { is_heard: true, .. } => None,
            Self::Handed { cut, .. } => Some(format!("{cut}. NS")),
            Self::Moved { by, .. } => Some(format!("{}. DNAME {}.", by.name, by.target)),
        }
    }
}

fn moved(alias: &Alias) -> Option<(&Subtree, &Alias)> {
    Some((alias.subtree.as_ref()?, alias))
}

/// The alias that stands at this name itself, and has to go before another record can stand there
/// (RFC 1034 §3.6.2): neither a DNAME's nor a wildcard's.
pub(super) fn own_alias<'a>(lookup: &'a Lookup, survey: &Survey) -> Option<&'a Alias> {
    let first = lookup.aliases().first()?;
    let by_wildcard = survey.wildcard.iter().flat_map(Lookup::aliases).next();
    let is_of_wildcard =
        by_wildcard.is_some_and(|other| other.target.eq_ignore_ascii_case(&first.target));
    (first.subtree.is_none() && !is_of_wildcard).then_some(first)
}
