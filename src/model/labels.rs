//! Labels: what the user knows a domain by, such as the customer's number or the team in charge.
//! Every format passes them on; nothing is judged by them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most that a domain may have: monitoring keeps each of them beside every number.
const MOST: usize = 16;
/// The longest name and the longest value, in characters.
const LONGEST_NAME: usize = 32;
const LONGEST_VALUE: usize = 100;

/// Stands for the domain where labels are named, as in `{domain}.html`.
pub const OF_DOMAIN: &str = "domain";

/// The labels of one domain, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "BTreeMap<String, String>")]
pub struct Labels(BTreeMap<String, String>);

/// Why something is not a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLabel {
    /// Its name is not one that every format can write.
    #[error("not a name of a label")]
    Name,
    /// Its value is empty, too long, or holds control characters.
    #[error("not a value of a label")]
    Value,
    /// The domain has enough of them.
    #[error("too many labels")]
    TooMany,
}

impl Labels {
    /// Adds one.
    ///
    /// # Errors
    ///
    /// [`NoLabel`] for what every format could not pass on.
    pub fn add(&mut self, name: &str, value: &str) -> Result<(), NoLabel> {
        if !is_name(name) || name == OF_DOMAIN {
            return Err(NoLabel::Name);
        }
        let value = value.trim();
        let is_short = !value.is_empty() && value.chars().count() <= LONGEST_VALUE;
        if !is_short || value.contains(char::is_control) {
            return Err(NoLabel::Value);
        }
        if self.0.len() >= MOST {
            return Err(NoLabel::TooMany);
        }
        self.0.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of the label of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Names and values, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// These, and those of `weaker` that have other names.
    pub fn or(&self, weaker: &Self) -> Self {
        let mut all = weaker.0.clone();
        all.extend(self.0.clone());
        Self(all)
    }

    /// Whether no label has one value here and another there.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let mut own = self.iter();
        own.all(|(name, value)| other.get(name).is_none_or(|other| other == value))
    }
}

/// A reader of saved reports takes no label that could not have been given.
impl TryFrom<BTreeMap<String, String>> for Labels {
    type Error = NoLabel;

    fn try_from(pairs: BTreeMap<String, String>) -> Result<Self, NoLabel> {
        let mut labels = Self::default();
        for (name, value) in &pairs {
            labels.add(name, value)?;
        }
        Ok(labels)
    }
}

/// Letters, digits and underscores in ASCII: a name in metrics can hold nothing else.
pub fn is_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() <= LONGEST_NAME
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_have_bounds() {
        let mut labels = Labels::default();
        for (name, value, expected) in [
            ("kunde", "4711", Ok(())),
            ("ort_2", " Bad Tölz ", Ok(())),
            ("Kunde", "1", Err(NoLabel::Name)),
            ("kunden-nr", "1", Err(NoLabel::Name)),
            ("straße", "1", Err(NoLabel::Name)),
            ("2ter", "1", Err(NoLabel::Name)),
            ("", "1", Err(NoLabel::Name)),
            ("domain", "1", Err(NoLabel::Name)),
            (&"a".repeat(33), "1", Err(NoLabel::Name)),
            ("a", "", Err(NoLabel::Value)),
            ("a", "  ", Err(NoLabel::Value)),
            ("a", "x\u{1b}[31m", Err(NoLabel::Value)),
            ("a", "x\ny", Err(NoLabel::Value)),
            ("a", &"ä".repeat(100), Ok(())),
            ("b", &"ä".repeat(101), Err(NoLabel::Value)),
        ] {
            assert_eq!(labels.add(name, value), expected, "{name}={value:?}");
        }
        assert_eq!(labels.get("ort_2"), Some("Bad Tölz"));
        for number in 3..MOST {
            labels.add(&format!("l{number}"), "1").expect("room");
        }
        assert_eq!(labels.add("one_more", "1"), Err(NoLabel::TooMany));
    }

    #[test]
    fn the_stronger_value_wins_and_other_names_stay() {
        let of = |pairs: &[(&str, &str)]| {
            let mut labels = Labels::default();
            for (name, value) in pairs {
                labels.add(name, value).expect("a label");
            }
            labels
        };
        let own = of(&[("kunde", "1")]);
        let table = of(&[("kunde", "2"), ("ort", "Ulm")]);
        assert_eq!(own.or(&table), of(&[("kunde", "1"), ("ort", "Ulm")]));
        assert!(!own.agrees_with(&table));
        assert!(own.agrees_with(&of(&[("ort", "Ulm")])));
    }
}
