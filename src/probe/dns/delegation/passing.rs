//! Servers of a zone on the way to another one: whether any resolver gets past them.

use crate::facts::{Alias, Minding, NameServer, Passed};

/// What is noted of the servers of one zone that lead on, one by one.
#[derive(Debug)]
pub(in crate::probe::dns) struct Passing {
    own: Passed,
    /// What is noted of the zones on the way to their names.
    before: Vec<Passed>,
    /// One of them stops nobody.
    is_free: bool,
    /// One of them may have an IPv4 address.
    has_ipv4: bool,
}

impl Passing {
    pub(in crate::probe::dns) fn at(zone: &str) -> Self {
        Self {
            own: Passed {
                zone: zone.to_owned(),
                minding: Vec::new(),
                aliased: Vec::new(),
                ipv6_only: Vec::new(),
            },
            before: Vec::new(),
            is_free: false,
            has_ipv4: false,
        }
    }

    /// One that leads on: what it minds, what its name is an alias of, and what was noted on the way to it.
    pub(in crate::probe::dns) fn note(
        &mut self,
        minding: Option<Minding>,
        alias: Option<Alias>,
        before: Vec<Passed>,
    ) {
        self.is_free |= minding.is_none() && alias.is_none() && before.is_empty();
        self.own.minding.extend(minding);
        self.own.aliased.extend(alias);
        add(&mut self.before, before);
    }

    /// One that leads on is at this address, and whether it is known to have none of IPv4.
    pub(in crate::probe::dns) fn note_family(&mut self, server: &NameServer, is_ipv6_only: bool) {
        if is_ipv6_only {
            self.own.ipv6_only.push(server.clone());
        } else {
            self.has_ipv4 = true;
        }
    }

    /// Whether one of them stops nobody.
    pub(in crate::probe::dns) fn is_free(&self) -> bool {
        self.is_free && (self.has_ipv4 || self.own.ipv6_only.is_empty())
    }

    /// The same as [`found`](Self::found), where the zone has so many servers: of an IPv4 address of those that
    /// were not heard nothing is known.
    pub(in crate::probe::dns) fn found_among(mut self, servers: usize) -> Vec<Passed> {
        if self.has_ipv4 || self.own.ipv6_only.len() < servers {
            self.own.ipv6_only.clear();
        }
        self.found()
    }

    /// What stops some resolvers; nothing where one server is enough for all.
    pub(in crate::probe::dns) fn found(self) -> Vec<Passed> {
        let mut found = self.before;
        let mut own = self.own;
        // The names and addresses of those that run a top-level domain are nobody's to mend.
        if !own.zone.contains('.') {
            found.clear();
            own.aliased.clear();
            own.ipv6_only.clear();
        }
        if self.is_free {
            found.clear();
            own.minding.clear();
            own.aliased.clear();
        }
        let is_noted =
            !own.minding.is_empty() || !own.aliased.is_empty() || !own.ipv6_only.is_empty();
        add(&mut found, is_noted.then_some(own));
        found
    }
}

/// Adds those zones that are not noted yet.
pub(in crate::probe::dns) fn add(noted: &mut Vec<Passed>, more: impl IntoIterator<Item = Passed>) {
    for passed in more {
        let is_it = |known: &Passed| known.zone.eq_ignore_ascii_case(&passed.zone);
        if !noted.iter().any(is_it) {
            noted.push(passed);
        }
    }
}
