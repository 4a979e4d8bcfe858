//! A zone that the zones above hand on, and what one of their servers says of a name below.

use super::carriers::Carrier;
use super::link::Link;
use super::passing;
use crate::facts::{AuthorityFacts, Dispute, NameServer, Passed};
use crate::wire::dns::announced::Announced;

/// The zone that a name is in, by the zones above it.
#[derive(Clone, Debug)]
pub(in crate::probe::dns) struct Delegated {
    pub(in crate::probe::dns) apex: String,
    /// The zone that hands it on; "." for a top-level domain.
    pub(in crate::probe::dns) from: String,
    /// The server of that zone which said so.
    pub(in crate::probe::dns) by: Option<NameServer>,
    /// Its servers, with such addresses as came along and may be believed.
    pub(in crate::probe::dns) servers: Vec<Carrier>,
    /// The servers of the zone above speak for it as well: whoever asks them has found it.
    pub(in crate::probe::dns) is_same: bool,
    /// The keys that the zone above announces; `None` where it was not heard of them.
    pub(in crate::probe::dns) announced: Option<Announced>,
    /// The zone above shows nothing to prove that it announces none.
    pub(in crate::probe::dns) is_unproven: bool,
    /// The zones between the top-level domain and it.
    pub(in crate::probe::dns) way: Vec<Link>,
    /// It is these zones that lead to it.
    pub(in crate::probe::dns) is_from_top: bool,
    /// What servers of a zone on the way say, where they do not say the same.
    pub(in crate::probe::dns) dispute: Option<Dispute>,
    /// The zones on the way that not every resolver gets past.
    pub(in crate::probe::dns) passed: Vec<Passed>,
}

impl Delegated {
    /// The same of a zone on no way from the top: what these servers hand on.
    pub(in crate::probe::dns) fn by(
        from: &AuthorityFacts,
        apex: &str,
        servers: Vec<Carrier>,
    ) -> Self {
        Self {
            apex: apex.to_owned(),
            from: from.apex.clone(),
            by: from.servers.first().cloned(),
            servers,
            is_same: false,
            announced: None,
            is_unproven: false,
            way: Vec::new(),
            is_from_top: false,
            dispute: None,
            passed: Vec::new(),
        }
    }

    /// With the zones on the way to it. A top-level domain is looked at only where it seems to be in
    /// disorder.
    pub(in crate::probe::dns) fn after(self, above: &Self) -> Self {
        let is_doubtful = self.is_unproven && above.from == ".";
        let way = if is_doubtful {
            vec![above.link()]
        } else {
            above.links()
        };
        let dispute = self.dispute.or_else(|| above.dispute.clone());
        let mut passed = above.passed.clone();
        passing::add(&mut passed, self.passed);
        Self {
            way,
            dispute,
            passed,
            ..self
        }
    }

    fn link(&self) -> Link {
        Link {
            apex: self.apex.clone(),
            from: self.from.clone(),
            announced: self.announced.clone(),
            servers: self.servers.clone(),
        }
    }

    /// All zones on the way from the top-level domain down to this one, with what has to be known to
    /// look at their signatures.
    pub(in crate::probe::dns) fn links(&self) -> Vec<Link> {
        let own = (self.from != ".").then(|| self.link());
        self.way.iter().cloned().chain(own).collect()
    }

    /// The same with the domain itself, where the top-level domain hands it on to nobody: nor does it
    /// announce keys for it then.
    pub(in crate::probe::dns) fn links_to(&self, domain: &str) -> Vec<Link> {
        if self.from != "." {
            return self.links();
        }
        vec![Link {
            apex: domain.to_owned(),
            from: self.apex.clone(),
            announced: Some(Announced::default()),
            servers: Vec::new(),
        }]
    }
}

/// What a zone says of a name below its apex.
pub(in crate::probe::dns) enum Heard {
    /// It is in another zone, which it hands on.
    Cut(Box<Delegated>),
    /// It is in no zone below the one named here.
    Within(String),
    /// What answers is a resolver on the way.
    Redirected,
}
