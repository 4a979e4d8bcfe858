//! A server with two certificates: what those get that can use RSA keys only, as Microsoft's cipher
//! suites for SIP demand, where others get one on a curve.

use super::CERT_OTHER_FOR_RSA;
use super::beside::Beside;
use crate::facts::{AgainFacts, EndpointFacts};
use crate::model::finding::Finding;
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
