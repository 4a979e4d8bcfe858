//! What is known of a domain that is to reach another one (`xfed pair`).

use serde::{Deserialize, Serialize};

use super::{Facts, SrvFacts, Target};
use crate::model::plan::Terms;

/// The domain that calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallerFacts {
    /// Its own server, looked at as one that is called.
    pub own: FactsOnTerms,
    /// What a test partner heard when that server called it, where somebody has listened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<FactsOnTerms>,
}

/// Facts with what was to be judged by them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FactsOnTerms {
    /// What was to be judged, and how.
    pub terms: Terms,
    /// What was seen.
    pub facts: Facts,
}

impl CallerFacts {
    /// What was looked at, and what was heard.
    pub fn parts(&self) -> impl Iterator<Item = &FactsOnTerms> {
        std::iter::once(&self.own).chain(&self.evidence)
    }

    /// The same, to be changed.
    pub fn parts_mut(&mut self) -> impl Iterator<Item = &mut FactsOnTerms> {
        std::iter::once(&mut self.own).chain(&mut self.evidence)
    }
}

impl SrvFacts {
    /// Whether the record leads to the Microsoft cloud, and nowhere else.
    pub fn is_of_microsoft(&self, terms: &Terms) -> bool {
        let mut records = self.lookup.srv().peekable();
        let is_there = records.peek().is_some();
        is_there
            && records.all(|record| Target::parse(&record.target, &terms.domain).is_microsoft())
    }
}
