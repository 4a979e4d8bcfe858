//! Whether the server proved that it holds the key of the certificate that it shows. Without that proof
//! anybody could show it, and nobody is ready.

use super::super::endpoints::Own;
use super::TLS_SHA1_SIGNATURE;
use super::handshake::{How, failed, unproven};
use crate::facts::{Breach, EndpointFacts, SecondLookFacts, TlsFacts};
use crate::model::finding::{Finding, Severity};
use crate::pki::x509::Certificate;

/// A disproof fails, since every partner hangs up on it; a missing proof leaves the verdict open, unless
/// something fails anyway. Certificates that cannot be read and keys that are too weak fail as such, in
/// the step before.
pub(super) fn judge(
    tls: &TlsFacts,
    endpoint: &EndpointFacts,
    findings: &[Finding],
) -> Option<Finding> {
    let shown = endpoint.shown()?;
    // One connection is enough to prove it.
    let by_hand = || {
        let hellos = endpoint.second_look.iter().flat_map(SecondLookFacts::asked);
        let same = hellos.filter(|hello| hello.chain == shown.chain);
        same.filter_map(|hello| hello.key_proven).max()
    };
    let proven = if tls.chain.is_empty() {
        by_hand()
    } else {
        tls.key_proven
    };
    let leaf = Certificate::parse(&shown.chain.first()?.0).ok()?;
    // The key may well be that of another certificate sent, the server's own: then it is the order
    // of the certificates that is wrong.
    if Own::behind_others(endpoint, shown).is_some() {
        return None;
    }
    // Reports of before do not say everything that was seen.
    let is_older = tls.our_turn.is_none();
    let fails = findings
        .iter()
        .any(|finding| finding.by_default() == Severity::Fail);
    match (proven, tls.signature) {
        // It is the key's own, or may be, in a scheme that was not offered.
        (Some(true) | None, Some(scheme)) if scheme >> 8 == 2 => {
            let cipher = tls.cipher.as_deref().unwrap_or_default();
            let finding = Finding::new(&TLS_SHA1_SIGNATURE).with("cipher", cipher);
            Some(finding.weighing(Severity::Fail))
        }
        (_, Some(_)) => Some(failed(tls, &How::Misbehaved(Breach::NotOffered))),
        (Some(true), None) => None,
        _ if leaf.key.is_weak() => None,
        (Some(false), None) => Some(failed(tls, &How::Key)),
        (None, None) if fails || is_older => None,
        (None, None) => Some(unproven(shown_by(endpoint), leaf.key.name())),
    }
}

/// With RSA key exchange, a server signs nothing: it shows its key at the end of the handshake, by having
/// understood what was encrypted for it. By hand, xfed does not get that far.
fn shown_by(endpoint: &EndpointFacts) -> &'static str {
    let mut hellos = endpoint
        .second_look
        .iter()
        .flat_map(SecondLookFacts::answered);
    let suite = hellos.find_map(|hello| hello.cipher.as_deref());
    match suite {
        Some(suite) if suite.starts_with("TLS_RSA_") => "exchange",
        _ => "signature",
    }
}
