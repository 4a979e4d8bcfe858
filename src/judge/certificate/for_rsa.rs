//! A server with two certificates: what those get that can use RSA keys only, as Microsoft's cipher
//! suites for SIP demand, where others get one on a curve.

use super::{CERT_OTHER_FOR_RSA, judge_chain};
use crate::facts::EndpointFacts;
use crate::model::finding::{Finding, Severity};
use crate::model::plan::Terms;

/// What is wrong with that one. Where it is right, there is nothing to say.
pub(super) fn judge(endpoint: &EndpointFacts, terms: &Terms) -> Option<Finding> {
    let shown = endpoint.shown_for_rsa()?;
    let found = judge_chain(endpoint, shown, terms);
    let mut failures = found.iter().filter(|one| one.severity == Severity::Fail);
    let worst = failures.next()?;
    let codes: Vec<String> = std::iter::once(worst)
        .chain(failures)
        .map(|finding| finding.rule.code.to_owned())
        .collect();
    Some(
        Finding::new(&CERT_OTHER_FOR_RSA)
            .with("what", what(worst.rule.code))
            .with("codes", codes),
    )
}

/// What is wrong, as a key of the texts.
fn what(code: &str) -> &'static str {
    match code {
        "cert-expired" => "expired",
        "cert-not-yet-valid" => "not-yet-valid",
        "cert-name-mismatch" | "cert-wildcard" | "cert-no-san" | "cert-subject-differs" => "name",
        "cert-self-signed"
        | "cert-untrusted-issuer"
        | "cert-chain-incomplete"
        | "cert-locally-trusted-only" => "untrusted",
        _ => "other",
    }
}
