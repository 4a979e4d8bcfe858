//! A further connection to an endpoint, held against the first.

use crate::facts::AgainFacts;
use crate::model::finding::Finding;

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
