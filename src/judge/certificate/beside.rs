//! Certificates that an endpoint shows to others than the first connection: what is wrong with them, by the judges
//! of the first, and with the first not.

use super::trust::complete_beside;
use super::{
    CERT_CHAIN_INCOMPLETE, CERT_EXPIRED, CERT_LOCALLY_TRUSTED_ONLY, CERT_NAME_MISMATCH,
    CERT_NO_SAN, CERT_NOT_YET_VALID, CERT_REVOKED, CERT_SELF_SIGNED, CERT_SUBJECT_DIFFERS,
    CERT_UNTRUSTED_ISSUER, CERT_WILDCARD, judge_chain, reselected, revocation, staple,
};
use crate::facts::{EndpointFacts, ShownChain};
use crate::model::finding::{Finding, Rule, Severity, Value};
use crate::model::plan::Terms;

/// What is found with the certificates of an endpoint, weighed as the user wants it.
pub(super) struct Beside {
    found: Vec<Finding>,
    /// An intermediate that is not sent with them, and is with the first.
    missing: Option<String>,
}

impl Beside {
    /// At an endpoint as another connection met it, which was shown this.
    pub(super) fn at(
        endpoint: &EndpointFacts,
        other: &EndpointFacts,
        their: ShownChain<'_>,
        terms: &Terms,
    ) -> Self {
        let mut found = judge_chain(other, their, terms);
        let missing = complete_beside(endpoint, their.chain, &mut found);
        found.extend(reselected::judge_beside(endpoint, their, terms));
        found.extend(revocation::beside(endpoint, their.chain));
        // A hello by hand does not ask for an OCSP answer.
        found.extend(staple::judge(other).filter(|_| their.trust.is_some()));
        terms.weigh(&mut found);
        Self { found, missing }
    }

    /// Whether nothing is wrong with them.
    pub(super) fn is_right(&self) -> bool {
        self.found.iter().all(|finding| !is_wrong(finding))
    }

    /// What is wrong with them and not with these.
    pub(super) fn beyond(&self, first: &[Finding]) -> Worse {
        Worse::of(beyond(&self.found, first), self.missing.as_deref())
    }

    /// The same, and all that fails.
    pub(super) fn beyond_or_failing(&self, first: &[Finding]) -> Worse {
        let fails = |finding: &Finding| finding.severity == Severity::Fail;
        let worse = beyond(&self.found, first);
        let all = self.found.iter();
        let all = all.filter(|finding| fails(finding) || worse.contains(finding));
        Worse::of(all.collect(), self.missing.as_deref())
    }

    /// The codes of what is wrong with them.
    pub(super) fn codes(&self) -> Vec<String> {
        Worse::of(beyond(&self.found, &[]), None).codes()
    }

    /// The codes of what is wrong with these and not with them.
    pub(super) fn lacks(&self, first: &[Finding]) -> Vec<String> {
        Worse::of(beyond(first, &self.found), None).codes()
    }
}

/// Faults of certificates, each rule once, the gravest first.
#[derive(Default)]
pub(super) struct Worse {
    faults: Vec<Fault>,
}

struct Fault {
    rule: &'static Rule,
    severity: Severity,
    missing: Option<String>,
}

impl Worse {
    fn of(found: Vec<&Finding>, missing: Option<&str>) -> Self {
        let mut worse = Self::default();
        let faults = found.into_iter().map(|finding| Fault {
            rule: finding.rule,
            severity: finding.severity,
            missing: missing.map(str::to_owned),
        });
        worse.take(faults);
        worse
    }

    /// With those of another chain.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.take(other.faults);
        self
    }

    fn take(&mut self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.extend(faults);
        self.faults
            .sort_by_key(|fault| std::cmp::Reverse(fault.severity));
        let mut rules: Vec<&Rule> = Vec::new();
        self.faults.retain(|fault| {
            let is_new = !rules.contains(&fault.rule);
            rules.push(fault.rule);
            is_new
        });
    }

    /// No graver than this.
    pub(super) fn at_most(mut self, limit: Severity) -> Self {
        for fault in &mut self.faults {
            fault.severity = fault.severity.min(limit);
        }
        self
    }

    pub(super) fn codes(&self) -> Vec<String> {
        let codes = self.faults.iter().map(|fault| fault.rule.code.to_owned());
        codes.collect()
    }

    pub(super) fn severity(&self) -> Option<Severity> {
        self.faults.first().map(|fault| fault.severity)
    }

    /// This finding, which names them all, and weighs as the gravest of them; nothing, where there is none.
    pub(super) fn told_by(&self, finding: Finding) -> Option<Finding> {
        let worst = self.faults.first()?;
        let what = match worst.severity {
            Severity::Fail => what(worst.rule, worst.missing.as_deref()),
            Severity::Unknown => "open",
            Severity::Warn | Severity::Info => "warned",
        };
        let missing = worst.missing.as_deref().unwrap_or_default();
        Some(
            finding
                .with("what", what)
                .with("missing", missing)
                .with("codes", Value::Codes(self.codes()))
                .weighing(worst.severity),
        )
    }
}

fn is_wrong(finding: &Finding) -> bool {
    finding.severity >= Severity::Warn
}

/// What is wrong here, and not there, or less so.
fn beyond<'a>(here: &'a [Finding], there: &[Finding]) -> Vec<&'a Finding> {
    let is_there = |finding: &Finding| {
        let mut same = there.iter().filter(|other| other.rule == finding.rule);
        same.any(|other| other.severity >= finding.severity)
    };
    let here = here.iter().filter(|finding| is_wrong(finding));
    here.filter(|finding| !is_there(finding)).collect()
}

/// The codes of what is wrong with the certificates of one, and not with those of the other.
pub(crate) fn worse_at(here: &EndpointFacts, there: &EndpointFacts, terms: &Terms) -> Vec<String> {
    let found = |endpoint: &EndpointFacts| {
        let shown = endpoint.shown();
        let shown = shown.map(|shown| Beside::at(endpoint, endpoint, shown, terms).found);
        let mut asked = revocation::judge(endpoint);
        terms.weigh(&mut asked);
        [shown.unwrap_or_default(), asked].concat()
    };
    let (here, there) = (found(here), found(there));
    Worse::of(beyond(&here, &there), None).codes()
}

/// What is wrong, as a key of the texts; where it is a chain whose next issuer is known, that is missing.
fn what(rule: &Rule, missing: Option<&str>) -> &'static str {
    if rule == &CERT_CHAIN_INCOMPLETE && missing.is_some() {
        return "incomplete";
    }
    let names = [
        &CERT_NAME_MISMATCH,
        &CERT_WILDCARD,
        &CERT_NO_SAN,
        &CERT_SUBJECT_DIFFERS,
    ];
    let ways = [
        &CERT_SELF_SIGNED,
        &CERT_UNTRUSTED_ISSUER,
        &CERT_CHAIN_INCOMPLETE,
        &CERT_LOCALLY_TRUSTED_ONLY,
    ];
    if rule == &CERT_EXPIRED {
        "expired"
    } else if rule == &CERT_NOT_YET_VALID {
        "not-yet-valid"
    } else if rule == &CERT_REVOKED {
        "revoked"
    } else if names.contains(&rule) {
        "name"
    } else if ways.contains(&rule) {
        "untrusted"
    } else {
        "other"
    }
}
