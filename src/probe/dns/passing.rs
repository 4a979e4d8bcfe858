//! Servers of a zone on the way to another one: whether any resolver gets past them.

use crate::facts::{Alias, Minding, Passed};

/// What is noted of the servers of one zone that lead on, one by one.
#[derive(Debug)]
pub(super) struct Passing {
    own: Passed,
    /// What is noted of the zones on the way to their names.
    before: Vec<Passed>,
    /// One of them stops nobody.
    is_free: bool,
}

impl Passing {
    pub(super) fn at(zone: &str) -> Self {
        Self {
            own: Passed {
                zone: zone.to_owned(),
                minding: Vec::new(),
                aliased: Vec::new(),
            },
            before: Vec::new(),
            is_free: false,
        }
    }

    /// One that leads on: what it minds, what its name is an alias of, and what was noted on the way to it.
    pub(super) fn note(
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

    /// Whether one of them stops nobody.
    pub(super) fn is_free(&self) -> bool {
        self.is_free
    }

    /// What stops some resolvers; nothing where one server is enough for all.
    pub(super) fn found(self) -> Vec<Passed> {
        let mut found = self.before;
        // What runs a top-level domain is nobody's to mend.
        if self.is_free || !self.own.zone.contains('.') {
            return Vec::new();
        }
        let is_noted = !self.own.minding.is_empty() || !self.own.aliased.is_empty();
        add(&mut found, is_noted.then_some(self.own));
        found
    }
}

/// Adds those zones that are not noted yet.
pub(super) fn add(noted: &mut Vec<Passed>, more: impl IntoIterator<Item = Passed>) {
    for passed in more {
        let is_it = |known: &Passed| known.zone.eq_ignore_ascii_case(&passed.zone);
        if !noted.iter().any(is_it) {
            noted.push(passed);
        }
    }
}
