//! What the CA's revocation list says of the certificate.

use time::OffsetDateTime;

use super::{CERT_REVOCATION_UNKNOWN, CERT_REVOKED};
use crate::facts::{EndpointFacts, RevocationOutcome, Unchecked};
use crate::model::finding::Finding;

pub(super) fn judge(endpoint: &EndpointFacts) -> Option<Finding> {
    let asked = endpoint.revocation.as_ref()?;
    match &asked.outcome {
        RevocationOutcome::NotListed => None,
        RevocationOutcome::Revoked { at, reason } => {
            let at = OffsetDateTime::from_unix_timestamp(*at);
            Some(
                Finding::new(&CERT_REVOKED)
                    .with("by", "list")
                    .with("at", at.unwrap_or(OffsetDateTime::UNIX_EPOCH))
                    .with("reason", reason.as_deref().unwrap_or("unspecified"))
                    .with("url", asked.url.as_str()),
            )
        }
        RevocationOutcome::Unknown(reason) => {
            let status = match reason {
                Unchecked::HttpStatus(status) => *status,
                _ => 0,
            };
            Some(
                Finding::new(&CERT_REVOCATION_UNKNOWN)
                    .with("reason", reason.key())
                    .with("status", status)
                    .with("url", asked.url.as_str()),
            )
        }
    }
}
