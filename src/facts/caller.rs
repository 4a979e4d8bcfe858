//! What is known of a domain that is to reach another one (`xfed pair`).

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Facts, SrvFacts, Target};
use crate::model::plan::Terms;

/// The domain that calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallerFacts {
    /// Its own server, looked at as one that is called.
    pub own: FactsOnTerms,
    /// What test partners heard when that server called them, where somebody has listened; the latest
    /// first.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_more"
    )]
    pub evidence: Vec<FactsOnTerms>,
}

/// Older reports hold one at most, without the brackets.
fn one_or_more<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<FactsOnTerms>, D::Error> {
    struct OneOrMore;

    impl<'de> Visitor<'de> for OneOrMore {
        type Value = Vec<FactsOnTerms>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object or a list of objects")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, more: A) -> Result<Self::Value, A::Error> {
            Deserialize::deserialize(SeqAccessDeserializer::new(more))
        }

        fn visit_map<A: MapAccess<'de>>(self, one: A) -> Result<Self::Value, A::Error> {
            FactsOnTerms::deserialize(MapAccessDeserializer::new(one)).map(|one| vec![one])
        }
    }

    input.deserialize_any(OneOrMore)
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
