//! What the revocation lists of the CAs say of the certificate, and of those above it.

use time::OffsetDateTime;

use super::path::Who;
use super::{CERT_REVOCATION_UNKNOWN, CERT_REVOKED};
use crate::facts::{
    Der, EndpointFacts, RevocationFacts, RevocationOutcome, RevokedBeside, Unchecked,
};
use crate::model::finding::Finding;

pub(super) fn judge(endpoint: &EndpointFacts) -> Vec<Finding> {
    let leaf = (Who::Leaf, "");
    let own = endpoint.revocation.iter();
    let own: Vec<Finding> = own
        .filter_map(|asked| revoked(asked, leaf).or_else(|| unknown(asked, leaf)))
        .collect();
    // Where the leaf's is not to be had, those above it mostly are not for the same reason.
    let is_told = own.iter().any(|one| one.rule == &CERT_REVOCATION_UNKNOWN);
    let others = endpoint.issuer_revocations.iter();
    let others = others.filter_map(|issuer| {
        let (asked, who) = (
            &issuer.revocation,
            (Who::Intermediate, issuer.subject.as_str()),
        );
        revoked(asked, who).or_else(|| unknown(asked, who).filter(|_| !is_told))
    });
    let others: Vec<Finding> = others.collect();
    [own, others].concat()
}

/// What is known of a chain that the endpoint shows to others.
pub(super) fn beside(endpoint: &EndpointFacts, chain: &[Der]) -> Vec<Finding> {
    told(endpoint, |one| one.is_about(chain))
}

/// What is known of the leaf that is shown on the port to compare with, and of those above it.
pub(super) fn elsewhere(endpoint: &EndpointFacts, leaf: &Der) -> Vec<Finding> {
    told(endpoint, |one| one.certificate == *leaf)
}

fn told(endpoint: &EndpointFacts, is_meant: impl Fn(&RevokedBeside) -> bool) -> Vec<Finding> {
    let meant = endpoint.revoked_beside.iter().filter(|one| is_meant(one));
    meant
        .filter_map(|one| {
            let who = match &one.above {
                None => (Who::Leaf, ""),
                Some(subject) => (Who::Intermediate, subject.as_str()),
            };
            revoked(&one.revocation, who)
        })
        .collect()
}

fn revoked(asked: &RevocationFacts, (who, subject): (Who, &str)) -> Option<Finding> {
    let RevocationOutcome::Revoked { at, reason } = &asked.outcome else {
        return None;
    };
    // So a responder says that its CA never issued it (RFC 6960 §4.4.8).
    let is_unissued = asked.responder && *at == 0 && reason.as_deref() == Some("certificateHold");
    let by = match (is_unissued, asked.responder) {
        (true, _) => "unissued",
        (false, true) => "responder",
        (false, false) => "list",
    };
    let at = OffsetDateTime::from_unix_timestamp(*at);
    Some(
        Finding::new(&CERT_REVOKED)
            .with("who", who.key())
            .with("subject", subject)
            .with("by", by)
            .with("at", at.unwrap_or(OffsetDateTime::UNIX_EPOCH))
            .with("reason", reason.as_deref().unwrap_or("unspecified"))
            .with("url", asked.url.as_str()),
    )
}

fn unknown(asked: &RevocationFacts, (who, subject): (Who, &str)) -> Option<Finding> {
    let RevocationOutcome::Unknown(reason) = &asked.outcome else {
        return None;
    };
    let status = match reason {
        Unchecked::HttpStatus(status) => *status,
        _ => 0,
    };
    Some(
        Finding::new(&CERT_REVOCATION_UNKNOWN)
            .with("who", who.key())
            .with("subject", subject)
            .with("reason", reason.key())
            .with("by", if asked.responder { "responder" } else { "list" })
            .with("status", status)
            .with("url", asked.url.as_str()),
    )
}
