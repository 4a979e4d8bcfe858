//! Whether the server proved that it holds the key of the certificate that it shows. Without that proof
//! anybody could show it, and nobody is ready.

use super::TLS_KEY_UNPROVEN;
use super::handshake::{How, failed};
use crate::facts::{EndpointFacts, SecondLookFacts, TlsFacts};
use crate::model::finding::{Finding, Severity};
use crate::pki::x509::Certificate;

/// A disproof fails, since every partner hangs up on it; a missing proof leaves the verdict open, unless
/// something fails anyway. Keys that are too weak are judged as such, with the certificate.
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
    let leaf = Certificate::parse(&shown.chain.first()?.0).ok();
    let is_weak = leaf.as_ref().is_some_and(|leaf| leaf.key.is_weak());
    // Reports of before do not say everything that was seen.
    let is_older = tls.our_turn.is_none();
    let fails = findings
        .iter()
        .any(|finding| finding.by_default() == Severity::Fail);
    match proven {
        Some(true) => None,
        Some(false) if !is_weak => Some(failed(tls, &How::Key)),
        None if fails || is_older => None,
        Some(false) | None => {
            let key = leaf.map_or_else(String::new, |leaf| leaf.key.name());
            Some(Finding::new(&TLS_KEY_UNPROVEN).with("key", key))
        }
    }
}
