//! What the server itself says of its certificate: the OCSP answer that it staples, or owes.

use time::OffsetDateTime;

use super::{CERT_MUST_STAPLE, CERT_REVOKED, CERT_STAPLE_UNUSABLE};
use crate::facts::{EndpointFacts, RevocationFacts, StapleFault, StapleOutcome};
use crate::model::finding::{Finding, Severity};
use crate::pki::x509::Certificate;

pub(super) fn judge(endpoint: &EndpointFacts) -> Option<Finding> {
    let tls = endpoint.tls.as_ref()?;
    let leaf = Certificate::parse(&tls.chain.first()?.0).ok()?;
    let unusable =
        |reason: &'static str| Finding::new(&CERT_STAPLE_UNUSABLE).with("reason", reason);
    let date = |seconds: i64| {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    };
    match tls.staple.as_ref() {
        None if leaf.must_staple => Some(Finding::new(&CERT_MUST_STAPLE)),
        None | Some(StapleOutcome::Good) => None,
        // The list has said so already.
        Some(StapleOutcome::Revoked { .. }) if is_listed(endpoint) => None,
        Some(StapleOutcome::Revoked { at, reason }) => Some(
            Finding::new(&CERT_REVOKED)
                .with("who", "leaf")
                .with("subject", "")
                .with("by", "staple")
                .with("at", date(*at))
                .with("reason", reason.as_deref().unwrap_or("unspecified"))
                .with("url", ""),
        ),
        Some(StapleOutcome::Unknown) => Some(unusable("unknown")),
        Some(StapleOutcome::Unusable(fault)) => Some(match fault {
            StapleFault::Malformed => unusable("malformed"),
            StapleFault::NotSuccessful(_) => unusable("not-successful"),
            StapleFault::OtherCertificate => unusable("other-certificate"),
            StapleFault::Expired(_) => unusable("expired"),
            StapleFault::NotYetValid(_) => unusable("not-yet-valid"),
            StapleFault::NotVerified => unusable("not-verified"),
            StapleFault::NotVerifiable(_) => unusable("not-verifiable").weighing(Severity::Info),
        }),
    }
}

/// The gravest that the server says so on further connections that are shown the same certificates, and not on the
/// first: many staple an answer only once they have fetched it, each process for itself. A long hello may not ask
/// for one.
pub(super) fn judge_again(endpoint: &EndpointFacts) -> Option<Finding> {
    let first = judge(endpoint).map(|finding| finding.severity);
    let again = endpoint.met_again();
    let same = again.filter(|again| again.same_chain && !again.long);
    let said = same.filter_map(|again| judge(&endpoint.as_met(again)));
    let gravest = said.max_by_key(|finding| finding.severity)?;
    let is_known = gravest.rule == &CERT_REVOKED && is_listed(endpoint);
    (first < Some(gravest.severity) && !is_known).then_some(gravest)
}

fn is_listed(endpoint: &EndpointFacts) -> bool {
    let list = endpoint.revocation.as_ref();
    list.is_some_and(RevocationFacts::is_revoked)
}
