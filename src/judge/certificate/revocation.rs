//! What the revocation lists of the CAs say of the certificate, and of those above it.

use time::OffsetDateTime;

use super::path::Who;
use super::{CERT_REVOCATION_UNKNOWN, CERT_REVOKED};
use crate::facts::{EndpointFacts, RevocationFacts, RevocationOutcome, Unchecked};
use crate::model::finding::Finding;

pub(super) fn judge(endpoint: &EndpointFacts) -> Vec<Finding> {
    let own = endpoint.revocation.iter();
    let own = own.filter_map(|asked| revoked(asked, (Who::Leaf, "")).or_else(|| unknown(asked)));
    // Of the others only what the list says: most CAs publish none for their roots' children.
    let others = endpoint.issuer_revocations.iter();
    let others = others.filter_map(|issuer| {
        let who = (Who::Intermediate, issuer.subject.as_str());
        revoked(&issuer.revocation, who)
    });
    own.chain(others).collect()
}

fn revoked(asked: &RevocationFacts, (who, subject): (Who, &str)) -> Option<Finding> {
    let RevocationOutcome::Revoked { at, reason } = &asked.outcome else {
        return None;
    };
    let at = OffsetDateTime::from_unix_timestamp(*at);
    Some(
        Finding::new(&CERT_REVOKED)
            .with("who", who.key())
            .with("subject", subject)
            .with("by", if asked.responder { "responder" } else { "list" })
            .with("at", at.unwrap_or(OffsetDateTime::UNIX_EPOCH))
            .with("reason", reason.as_deref().unwrap_or("unspecified"))
            .with("url", asked.url.as_str()),
    )
}

fn unknown(asked: &RevocationFacts) -> Option<Finding> {
    let RevocationOutcome::Unknown(reason) = &asked.outcome else {
        return None;
    };
    let status = match reason {
        Unchecked::HttpStatus(status) => *status,
        _ => 0,
    };
    Some(
        Finding::new(&CERT_REVOCATION_UNKNOWN)
            .with("reason", reason.key())
            .with("by", if asked.responder { "responder" } else { "list" })
            .with("status", status)
            .with("url", asked.url.as_str()),
    )
}
