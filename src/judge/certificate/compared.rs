//! Certificates that are shown elsewhere, as on another port of the same address: whether one may be chosen here.

use time::OffsetDateTime;

use super::path::about_leaf;
use super::{
    CERT_MUST_STAPLE, CERT_NO_CLIENT_AUTH, CERT_NO_DIGITAL_SIGNATURE, dates, judge_purposes, names,
    revocation, strength,
};
use crate::facts::{ChainVerdict, Der, EndpointFacts, RevocationFacts, ShownChain, StapleOutcome};
use crate::model::finding::{Finding, Severity};
use crate::model::plan::Terms;
use crate::pki::kinds::Key;
use crate::pki::path::PathCert;
use crate::pki::x509::Certificate;

/// Its last day, where nothing speaks against it.
pub(super) fn right_there_until(endpoint: &EndpointFacts, terms: &Terms) -> Option<OffsetDateTime> {
    let shown = endpoint.compared.as_ref()?.shown.as_ref()?;
    let leaf = &shown.certificate;
    let is_right = shown.trust == ChainVerdict::Trusted
        && !has_revoked_key(endpoint, leaf)
        && !is_faulty(endpoint, leaf, terms)?;
    right_until(leaf, endpoint, terms.now).filter(|_| is_right)
}

/// Whether its key is that of the certificate here, which is revoked: whoever has found the key has both.
pub(super) fn has_revoked_key(endpoint: &EndpointFacts, leaf: &Der) -> bool {
    let staple = endpoint.tls.as_ref().and_then(|tls| tls.staple.as_ref());
    let is_revoked = matches!(staple, Some(StapleOutcome::Revoked { .. }))
        || endpoint
            .revocation
            .as_ref()
            .is_some_and(RevocationFacts::is_revoked);
    let key = |der: &Der| Some(PathCert::parse(&der.0)?.key().clone());
    let own = endpoint.shown().and_then(|shown| shown.chain.first());
    is_revoked && own.and_then(key) == key(leaf)
}

/// Whether it would have a finding of its own. That it is not for clients is none that another order mends: CAs
/// leave that out.
fn is_faulty(endpoint: &EndpointFacts, leaf: &Der, terms: &Terms) -> Option<bool> {
    let certificate = Certificate::parse(&leaf.0).ok()?;
    let chain = ShownChain {
        chain: std::slice::from_ref(leaf),
        trust: None,
    };
    let mut found = names::judge(endpoint, &certificate);
    found.extend(judge_purposes(&certificate));
    found.extend(strength::judge(&certificate, chain));
    found.extend(revocation::elsewhere(endpoint, leaf));
    if certificate.must_staple {
        found.push(Finding::new(&CERT_MUST_STAPLE));
    }
    if PathCert::parse(&leaf.0)?.lacks_digital_signature() {
        found.push(about_leaf(&CERT_NO_DIGITAL_SIGNATURE, &certificate.subject));
    }
    Some(found.into_iter().any(|mut finding| {
        terms.policy.weigh(&mut finding, terms.partner, terms.now);
        finding.severity >= Severity::Warn && finding.rule != &CERT_NO_CLIENT_AUTH
    }))
}

/// The last day of a certificate that XPhone could show for this endpoint's server: for exactly its
/// name, valid, for servers, with a usual key.
pub(super) fn right_until(
    der: &Der,
    endpoint: &EndpointFacts,
    now: OffsetDateTime,
) -> Option<OffsetDateTime> {
    let certificate = Certificate::parse(&der.0).ok()?;
    let fqdn = endpoint.fqdn.as_str();
    let is_wildcard = |name: &String| name.contains('*');
    let subjects = &certificate.common_names;
    let is_named = certificate.names_exactly(fqdn)
        && subjects.iter().all(|name| name.eq_ignore_ascii_case(fqdn))
        && !certificate.dns_names().iter().any(is_wildcard);
    let purposes = certificate.purposes.as_ref();
    let is_usable = purposes.is_none_or(|purposes| purposes.server_auth)
        && !certificate.key.is_weak()
        && !matches!(certificate.key, Key::Other(_) | Key::Dsa(_));
    let is_valid = dates::judge_validity(&certificate, now).is_none();
    (is_named && is_usable && is_valid).then_some(certificate.not_after)
}
