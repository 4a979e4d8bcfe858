//! Limits of partners in TLS 1.2 that a server goes beyond: the length of a message, and that of a prime.

use super::{TLS_MESSAGE_TOO_LONG, TLS_SHORT_PRIME};
use crate::facts::{EndpointFacts, PrimeFacts, TlsVersion};
use crate::known::windows;
use crate::model::finding::{Finding, Severity};

pub(super) fn judge(endpoint: &EndpointFacts) -> Vec<Finding> {
    let prime = endpoint.short_prime.as_ref();
    let prime = prime.and_then(|prime| short_prime(endpoint, prime));
    prime.into_iter().chain(message(endpoint)).collect()
}

/// Whoever knows TLS 1.3 meets no prime there; Windows Server 2016 and 2019 do not know it.
fn short_prime(endpoint: &EndpointFacts, prime: &PrimeFacts) -> Option<Finding> {
    let is_for_all = prime.bits < windows::SHORTEST_PRIME;
    let has_tls13 = endpoint.tls.as_ref()?.version == Some(TlsVersion::Tls13);
    let (who, severity) = match (is_for_all, has_tls13) {
        (true, true) => ("windows", Severity::Fail),
        (true, false) => ("all", Severity::Fail),
        (false, true) => return None,
        (false, false) => ("some", Severity::Warn),
    };
    let finding = Finding::new(&TLS_SHORT_PRIME)
        .with("cipher", prime.cipher.as_str())
        .with("bits", i64::from(prime.bits))
        .with("who", who);
    Some(finding.weighing(severity))
}

fn message(endpoint: &EndpointFacts) -> Option<Finding> {
    let chain = endpoint.shown().map_or(&[][..], |shown| shown.chain);
    // Each with its length in three bytes, and so the whole (RFC 5246 §7.4.2).
    let length: usize = chain.iter().map(|der| der.0.len() + 3).sum::<usize>() + 3;
    let what = match endpoint.oversized.as_deref() {
        _ if length > windows::LONGEST_MESSAGE => "certificates",
        Some("Certificate") => "certificates",
        Some("CertificateRequest") => "authorities",
        Some(_) => "other",
        None => return None,
    };
    let count = i64::try_from(chain.len()).unwrap_or(i64::MAX);
    let finding = Finding::new(&TLS_MESSAGE_TOO_LONG).with("what", what);
    Some(finding.with("count", count))
}
