//! A server with two certificates: what those get that can use RSA keys only, as Microsoft's cipher
//! suites for SIP demand, where others get one on a curve.

use super::beside::Beside;
use super::{
    CERT_CHAIN_INCOMPLETE, CERT_EXPIRED, CERT_LOCALLY_TRUSTED_ONLY, CERT_NAME_MISMATCH,
    CERT_NO_SAN, CERT_NOT_YET_VALID, CERT_OTHER_FOR_RSA, CERT_REVOKED, CERT_SELF_SIGNED,
    CERT_SUBJECT_DIFFERS, CERT_UNTRUSTED_ISSUER, CERT_WILDCARD,
};
use crate::facts::{AgainFacts, EndpointFacts};
use crate::model::finding::{Finding, Rule};
use crate::model::plan::Terms;

/// What is wrong with that one, beside what is with the first. Where it is right, there is nothing to say.
pub(super) fn judge(endpoint: &EndpointFacts, first: &[Finding], terms: &Terms) -> Option<Finding> {
    let other = endpoint.as_met_with_rsa()?;
    let shown = other.shown()?;
    // Where several servers take turns, the next one may have been met, and is told of; unless it was by what is
    // no matter of these.
    let is_met = |again: &AgainFacts| {
        let tls = again.tls.as_ref();
        tls.is_some_and(|tls| tls.chain == shown.chain)
    };
    let is_apart =
        endpoint.met_without_name().is_some() || endpoint.met_with_long_hello().is_some();
    if !is_apart && endpoint.again.iter().any(is_met) {
        return None;
    }
    let judged = Beside::at(endpoint, &other, shown, terms);
    let worse = judged.beyond_or_failing(first);
    worse.told_by(Finding::new(&CERT_OTHER_FOR_RSA))
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
