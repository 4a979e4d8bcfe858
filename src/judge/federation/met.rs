//! A further connection to an endpoint, held against the first.

use super::handshake::ending;
use crate::facts::{AgainFacts, EndpointFacts};
use crate::judge::certificate;
use crate::model::finding::Finding;
use crate::model::plan::Terms;

/// A further connection, and what is wrong there.
pub(super) struct Met<'a> {
    pub(super) again: &'a AgainFacts,
    /// And not at the first.
    pub(super) worse: Vec<Finding>,
    /// What could not be found out there, and was at the first.
    pub(super) open: Vec<Finding>,
    /// At the first, and not there.
    pub(super) better: Vec<Finding>,
}

impl Met<'_> {
    /// The codes of what is worse, or else open, each once.
    pub(super) fn codes(&self) -> Vec<String> {
        codes(self.lacks())
    }

    /// What is worse, or else open.
    pub(super) fn lacks(&self) -> &[Finding] {
        if self.worse.is_empty() {
            &self.open
        } else {
            &self.worse
        }
    }

    /// Whether nothing is worse than at the first, and nothing open.
    pub(super) fn is_like_first(&self) -> bool {
        self.worse.is_empty() && self.open.is_empty()
    }
}

/// What some meet each time, and others never.
pub(super) struct Apart {
    /// How it ended, as texts select by it; `other` where they are served, but not as the others.
    pub(super) how: &'static str,
    pub(super) detail: String,
    /// What is wrong there.
    pub(super) codes: Vec<String>,
}

impl Apart {
    /// Nothing, where what they meet is right as well.
    pub(super) fn of(
        endpoint: &EndpointFacts,
        other: &AgainFacts,
        mut codes: Vec<String>,
        terms: &Terms,
    ) -> Option<Self> {
        let (how, detail) = match &other.tls {
            Some(tls) if other.is_refused() => ending(&tls.outcome),
            Some(_) => ("other", String::new()),
            None => ("closed", String::new()),
        };
        if how == "other" {
            let theirs = endpoint.as_met(other);
            codes.extend(certificate::worse_at(&theirs, endpoint, terms));
            codes.sort();
            codes.dedup();
            if codes.is_empty() {
                return None;
            }
        }
        Some(Self { how, detail, codes })
    }
}

/// The codes of these, each once.
pub(super) fn codes(found: &[Finding]) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    for finding in found {
        if !codes.iter().any(|code| code == finding.rule.code) {
            codes.push(finding.rule.code.to_owned());
        }
    }
    codes
}
