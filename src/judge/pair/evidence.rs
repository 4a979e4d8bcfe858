//! Which of the reports of test partners counts, and what it says of the certificate.

use time::{Duration, OffsetDateTime};

use super::{Beside, Hearing};
use crate::facts::{Call, Der, FactsOnTerms};
use crate::model::finding::{Finding, Severity, StepId};
use crate::model::names::Domain;
use crate::pki::x509::Certificate;

impl<'a> Hearing<'a> {
    /// Whether it shows what the server presents: not where it did not ask for a certificate, nor where
    /// nobody called or who did is not certain.
    pub(super) fn is_measured(&self) -> bool {
        let is_seen =
            |beside: &Beside<'_>| beside.step == StepId::OutboundCertificate && beside.is_judged;
        match self.worst() {
            Some(Severity::Fail) => true,
            Some(Severity::Unknown) => false,
            _ => self.steps.iter().any(is_seen),
        }
    }

    /// What weighs most of all that was found.
    fn worst(&self) -> Option<Severity> {
        let found = self.findings().map(|finding| finding.severity);
        found.max()
    }

    pub(super) fn findings(&self) -> impl Iterator<Item = &'a Finding> + '_ {
        self.steps.iter().flat_map(|beside| beside.findings)
    }

    /// When it ended.
    pub(super) fn made_at(&self) -> OffsetDateTime {
        self.evidence.terms.made_at
    }

    fn began_at(&self) -> OffsetDateTime {
        let calls = self.evidence.facts.calls.as_ref();
        let listened = calls.map_or(0, |calls| calls.listened.0);
        let listened = Duration::milliseconds(i64::try_from(listened).unwrap_or(i64::MAX));
        let begun = self.made_at().checked_sub(listened);
        begun.unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// Whether both listened at the same time, and one found what keeps the server out and the other
    /// did not.
    pub(super) fn contradicts(&self, earlier: &Self) -> bool {
        let is_at_once = earlier.made_at() >= self.began_at();
        let fails = |hearing: &Self| hearing.worst() == Some(Severity::Fail);
        is_at_once && fails(self) != fails(earlier)
    }
}

/// The certificates that the server of the domain presented when it called.
pub(super) fn presented<'a>(evidence: &'a FactsOnTerms, domain: &Domain) -> Vec<&'a Der> {
    let calls = evidence.facts.calls.as_ref();
    let calls = calls
        .map(|calls| calls.calls.as_slice())
        .unwrap_or_default();
    let leaf_of_theirs = |call: &'a Call| {
        let leaf = call.tls.chain.first()?;
        let read = Certificate::parse(&leaf.0).ok()?;
        let mut names = read.dns_names().iter();
        let is_theirs =
            names.any(|name| crate::facts::is_within(&name.to_ascii_lowercase(), domain.as_str()));
        is_theirs.then_some(leaf)
    };
    calls.iter().filter_map(leaf_of_theirs).collect()
}
