//! Which of several certificates to choose.

use std::cmp::Reverse;

use time::OffsetDateTime;

use super::row::{Status, status};
use crate::facts::{HeldKey, OfferFacts};
use crate::judge;
use crate::model::finding::Finding;
use crate::model::names::Fqdn;
use crate::model::plan::Terms;
use crate::pki::x509::Certificate;

/// The certificates of some files, judged for one server.
#[derive(Clone, Debug)]
pub struct Offers {
    /// In the order in which they were found.
    pub offers: Vec<Offer>,
    /// Which of them to choose, counted from 0.
    pub choice: Option<usize>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Offer {
    pub facts: OfferFacts,
    /// The worst first.
    pub findings: Vec<Finding>,
    pub status: Status,
}

impl Offers {
    /// Judges them.
    pub fn judged(facts: Vec<OfferFacts>, fqdn: &Fqdn, terms: &Terms) -> Self {
        let offers: Vec<Offer> = facts
            .into_iter()
            .map(|facts| {
                let findings = judge::judge_offer(&facts, fqdn, terms);
                Offer {
                    status: status(&findings, None),
                    facts,
                    findings,
                }
            })
            .collect();
        let choice = choice(&offers);
        Self { offers, choice }
    }

    /// The exit code: that of the one to choose, 1 where none can be.
    pub fn exit_code(&self) -> u8 {
        match self.choice.map(|at| self.offers[at].status) {
            None => 1,
            Some(Status::Unknown) => 3,
            Some(_) => 0,
        }
    }
}

/// One that does not fail: the soundest, of those one whose key is at hand, and of those the newest.
fn choice(offers: &[Offer]) -> Option<usize> {
    let usable = offers.iter().enumerate();
    let usable = usable.filter(|(_, offer)| offer.status != Status::Fail);
    let best = usable.max_by_key(|(at, offer)| {
        let soundness = match offer.status {
            Status::Pass | Status::Skip => 2,
            Status::Warn => 1,
            Status::Fail | Status::Unknown => 0,
        };
        let has_key = offer.facts.key == HeldKey::Fits;
        (soundness, has_key, dates(offer), Reverse(*at))
    });
    best.map(|(at, _)| at)
}

/// The last moment, and then the first.
fn dates(offer: &Offer) -> Option<(OffsetDateTime, OffsetDateTime)> {
    let leaf = Certificate::parse(&offer.facts.chain.first()?.0).ok()?;
    Some((leaf.not_after, leaf.not_before))
}
