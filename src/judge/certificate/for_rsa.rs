//! A server with two certificates: what those get that can use RSA keys only, as Microsoft's cipher
//! suites for SIP demand, where others get one on a curve.

use super::trust::complete_beside;
use super::{
    CERT_CHAIN_INCOMPLETE, CERT_EXPIRED, CERT_LOCALLY_TRUSTED_ONLY, CERT_NAME_MISMATCH,
    CERT_NO_SAN, CERT_NOT_YET_VALID, CERT_OTHER_FOR_RSA, CERT_REVOKED, CERT_SELF_SIGNED,
    CERT_SUBJECT_DIFFERS, CERT_UNTRUSTED_ISSUER, CERT_WILDCARD, judge_chain, revocation,
};
use crate::facts::{AgainFacts, EndpointFacts};
use crate::model::finding::{Finding, Rule, Severity, Value};
use crate::model::plan::Terms;

/// What is wrong with that one. Where it is right, there is nothing to say.
pub(super) fn judge(endpoint: &EndpointFacts, terms: &Terms) -> Option<Finding> {
    let shown = endpoint.shown_for_rsa()?;
    // Where several servers take turns, the next one may have been met.
    let is_met = |again: &AgainFacts| {
        let tls = again.tls.as_ref();
        tls.is_some_and(|tls| tls.chain.first() == shown.chain.first())
    };
    if endpoint.again.iter().any(is_met) {
        return None;
    }
    let mut found = judge_chain(endpoint, shown, terms);
    found.extend(revocation::beside(endpoint, shown.chain));
    let missing = complete_beside(endpoint, shown.chain, &mut found);
    let mut failures = found.iter().filter(|one| one.severity == Severity::Fail);
    let worst = failures.next()?;
    let codes: Vec<String> = std::iter::once(worst)
        .chain(failures)
        .map(|finding| finding.rule.code.to_owned())
        .collect();
    Some(
        Finding::new(&CERT_OTHER_FOR_RSA)
            .with("what", what(worst.rule, missing.as_deref()))
            .with("missing", missing.unwrap_or_default())
            .with("codes", Value::Codes(codes)),
    )
}

/// What is wrong, as a key of the texts; where it is a chain whose next issuer is known, that is missing.
pub(super) fn what(rule: &Rule, missing: Option<&str>) -> &'static str {
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
