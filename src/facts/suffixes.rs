//! What a plain `nslookup` on this machine asks for before the name that was typed: the search
//! suffixes, and what is found with them (guide, chapter 13).

use serde::{Deserialize, Serialize};

use super::{DnsOutcome, Record};

/// The search suffixes of this machine, and the `nslookup` that appends them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchList {
    /// In the order in which they are tried; the root is empty.
    pub suffixes: Vec<String>,
    /// Whose program it is.
    pub nslookup: Nslookup,
}

/// Whose `nslookup` a machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nslookup {
    /// Microsoft's: tries every suffix before the name itself.
    Windows,
    /// BIND's: does so for names with fewer dots than these (`ndots`), and for no others.
    Bind(usize),
}

impl Default for Nslookup {
    fn default() -> Self {
        Self::Bind(1)
    }
}

impl SearchList {
    /// The names that are asked for before this one.
    pub fn before(&self, name: &str) -> Vec<String> {
        let appends = match self.nslookup {
            Nslookup::Windows => true,
            Nslookup::Bind(ndots) => name.matches('.').count() < ndots,
        };
        let suffixes = self.suffixes.iter().filter(|_| appends);
        suffixes
            .map(|suffix| match suffix.as_str() {
                "" => name.to_owned(),
                suffix => format!("{name}.{suffix}"),
            })
            .collect()
    }
}

/// What this machine's resolver answers to the names that are asked for before the one typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suffixed {
    /// Who would ask for them.
    pub nslookup: Nslookup,
    /// In the order in which they would be asked for.
    pub answers: Vec<SuffixedAnswer>,
}

/// One such name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuffixedAnswer {
    /// The name, with the suffix.
    pub name: String,
    /// What was answered.
    pub outcome: DnsOutcome,
    /// The same for AAAA, where A was asked for and `nslookup` ends with this name: it asks for both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aaaa: Option<DnsOutcome>,
}

impl SuffixedAnswer {
    /// All records that were answered.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        let outcomes = [&self.outcome].into_iter().chain(&self.aaaa);
        outcomes.flat_map(DnsOutcome::records)
    }
}

impl Suffixed {
    /// The first name that exists: `nslookup` asks for no further one.
    pub fn last_asked(&self) -> Option<usize> {
        let mut answers = self.answers.iter();
        answers.position(|answer| !matches!(answer.outcome, DnsOutcome::NoName { .. }))
    }

    /// The answer that `nslookup` would show in place of that for the name itself. BIND's goes on
    /// only where a name does not exist. Of Microsoft's it is known only that it ends with the first
    /// name that has records.
    pub fn shown(&self) -> Option<&SuffixedAnswer> {
        let last = &self.answers[self.last_asked()?];
        let is_shown = match &last.outcome {
            DnsOutcome::Records { .. } => true,
            DnsOutcome::NoData { .. } | DnsOutcome::Failed { .. } => {
                self.nslookup != Nslookup::Windows || last.records().next().is_some()
            }
            DnsOutcome::NoName { .. }
            | DnsOutcome::Elsewhere { .. }
            | DnsOutcome::Unanswered(_) => false,
        };
        is_shown.then_some(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(nslookup: Nslookup) -> SearchList {
        SearchList {
            suffixes: vec!["fritz.box".to_owned(), String::new()],
            nslookup,
        }
    }

    #[test]
    fn windows_appends_always_and_bind_where_dots_are_few() {
        let name = "xphone.zahnfee.de";
        let before = ["xphone.zahnfee.de.fritz.box", "xphone.zahnfee.de"];
        assert_eq!(list(Nslookup::Windows).before(name), before);
        assert_eq!(list(Nslookup::Bind(3)).before(name), before);
        let none: [&str; 0] = [];
        assert_eq!(list(Nslookup::Bind(2)).before(name), none);
        assert_eq!(SearchList::default().before(name), none);
    }

    #[test]
    fn only_what_is_known_of_a_program_is_said() {
        let no_name = || DnsOutcome::NoName {
            aliases: Vec::new(),
            negative_ttl: None,
            zone: None,
        };
        let no_data = || DnsOutcome::NoData {
            aliases: Vec::new(),
            negative_ttl: None,
            zone: None,
        };
        let records = || DnsOutcome::Records {
            aliases: Vec::new(),
            records: Vec::new(),
        };
        let shown = |nslookup, outcomes: Vec<DnsOutcome>| {
            let answers = outcomes.into_iter().zip(["a", "b"]);
            let suffixed = Suffixed {
                nslookup,
                answers: answers
                    .map(|(outcome, name)| SuffixedAnswer {
                        name: name.to_owned(),
                        outcome,
                        aaaa: None,
                    })
                    .collect(),
            };
            suffixed.shown().map(|answer| answer.name.clone())
        };
        let (bind, windows) = (Nslookup::Bind(5), Nslookup::Windows);
        let second = Some("b".to_owned());
        for nslookup in [bind, windows] {
            assert_eq!(shown(nslookup, vec![no_name(), records()]), second);
            assert_eq!(shown(nslookup, vec![no_name(), no_name()]), None);
        }
        assert_eq!(
            shown(bind, vec![no_data(), records()]),
            Some("a".to_owned())
        );
        assert_eq!(shown(windows, vec![no_data(), records()]), None);
    }
}
