//! A key that may only sign, where the server has the other side encrypt with it: in RSA key exchange
//! (TLS_RSA_…). GnuTLS and Java hang up there, Windows and OpenSSL do not look. Public CAs leave
//! keyEncipherment out of more and more certificates, as ECDHE and TLS 1.3 have no use for it.

use super::CERT_NO_KEY_ENCIPHERMENT;
use crate::facts::EndpointFacts;
use crate::model::finding::Finding;
use crate::pki::kinds::Key;
use crate::pki::x509::Certificate;

/// Seen by hand: a server that has ECDHE with AES-GCM as well was served by xfed's own handshake.
pub(super) fn judge(certificate: &Certificate, endpoint: &EndpointFacts) -> Option<Finding> {
    if certificate.may_encipher != Some(false) || !matches!(certificate.key, Key::Rsa(_)) {
        return None;
    }
    let second_look = endpoint.second_look.as_ref()?;
    let is_served = endpoint.tls.as_ref().is_some_and(|tls| tls.server_hello);
    let chosen = second_look.answered().next()?.cipher.as_deref()?;
    let is_exchange = chosen.starts_with("TLS_RSA_WITH_");
    (is_exchange && !is_served)
        .then(|| Finding::new(&CERT_NO_KEY_ENCIPHERMENT).with("cipher", chosen))
}
