//! Whether a server holds the key of the certificate that it shows: it signs the handshake with it.
//!
//! A certificate is public, so the signature is all the proof there is. What cannot be checked proves
//! nothing, neither way; a signature that this key cannot have made is none.

use x509_parser::prelude::{FromDer, X509Certificate};

use super::algorithm::{Algorithm, Hash, KeyKind, P256, P384, P521, PublicKey};
use super::ber;
use super::signature::{Checked, verify_once};
use crate::facts::TlsVersion;

/// The signature schemes that a client of today offers, by their IANA numbers, the usual ones first.
/// Those with SHA-1 are none of them.
pub(crate) const OFFERED: [u16; 13] = [
    0x0403, 0x0503, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0807, 0x0603, 0x0809, 0x080a,
    0x080b,
];

/// Ed448, which servers are not asked for.
pub(crate) const ED448: u16 = 0x0808;

/// Whether this signature proves that the server holds the key of this certificate; `None` where that
/// cannot be told.
pub(crate) fn proof(
    version: TlsVersion,
    leaf: &[u8],
    scheme: u16,
    message: &[u8],
    signature: &[u8],
) -> Option<bool> {
    let written = ber::in_der(leaf);
    let (_, leaf) = X509Certificate::from_der(&written).ok()?;
    let key = PublicKey::parse(leaf.public_key().raw)?;
    let algorithm = algorithm(scheme)?;
    // TLS 1.3 binds the curve to the hash, and has no PKCS #1 in a handshake (RFC 8446 §4.2.3).
    if version == TlsVersion::Tls13 {
        let fits = match (&algorithm, &key.kind) {
            (Algorithm::Rsa(_), _) => false,
            // A curve that has no name here may be any.
            (Algorithm::Ecdsa(_), KeyKind::Ec(curve)) if curve.is_empty() => return None,
            (Algorithm::Ecdsa(hash), KeyKind::Ec(curve)) => matches!(
                (hash, curve.as_str()),
                (Hash::Sha256, P256) | (Hash::Sha384, P384) | (Hash::Sha512, P521)
            ),
            _ => true,
        };
        if !fits {
            return Some(false);
        }
    }
    match verify_once(&key, &algorithm, message, signature) {
        Checked::Good => Some(true),
        Checked::Bad => Some(false),
        // What cannot be verified may still be seen not to fit.
        Checked::Unable(_) => is_of_another_kind(&key.kind, &algorithm).then_some(false),
    }
}

fn algorithm(scheme: u16) -> Option<Algorithm> {
    Some(match scheme {
        0x0201 => Algorithm::Rsa(Hash::Sha1),
        0x0401 => Algorithm::Rsa(Hash::Sha256),
        0x0501 => Algorithm::Rsa(Hash::Sha384),
        0x0601 => Algorithm::Rsa(Hash::Sha512),
        0x0804 | 0x0809 => Algorithm::Pss(Some(Hash::Sha256)),
        0x0805 | 0x080a => Algorithm::Pss(Some(Hash::Sha384)),
        0x0806 | 0x080b => Algorithm::Pss(Some(Hash::Sha512)),
        0x0203 => Algorithm::Ecdsa(Hash::Sha1),
        0x0403 => Algorithm::Ecdsa(Hash::Sha256),
        0x0503 => Algorithm::Ecdsa(Hash::Sha384),
        0x0603 => Algorithm::Ecdsa(Hash::Sha512),
        0x0807 => Algorithm::Ed25519,
        0x0808 => Algorithm::Ed448,
        _ => return None,
    })
}

/// Whether a key of this kind makes no signatures of this one.
fn is_of_another_kind(key: &KeyKind, algorithm: &Algorithm) -> bool {
    let fits = match algorithm {
        Algorithm::Rsa(_) | Algorithm::Pss(_) | Algorithm::PssTrailer => {
            matches!(key, KeyKind::Rsa(_))
        }
        Algorithm::Ecdsa(_) => matches!(key, KeyKind::Ec(_)),
        Algorithm::Ed25519 => *key == KeyKind::Ed25519,
        Algorithm::Ed448 => *key == KeyKind::Ed448,
        Algorithm::Other(_) => true,
    };
    !fits && !matches!(key, KeyKind::Other(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_signatures_of_one_kind() {
        let rsa = KeyKind::Rsa(2048);
        let ec = KeyKind::Ec(P256.to_owned());
        for (key, scheme, other) in [
            (&rsa, 0x0804, false),
            (&rsa, 0x0403, true),
            (&ec, 0x0403, false),
            (&ec, 0x0804, true),
            (&ec, 0x0401, true),
            (&KeyKind::Ed25519, 0x0807, false),
            (&KeyKind::Ed448, 0x0808, false),
            (&KeyKind::Ed448, 0x0807, true),
            (&KeyKind::Dsa(2048), 0x0403, true),
            (&KeyKind::Other("1.2.3".to_owned()), 0x0403, false),
        ] {
            let algorithm = algorithm(scheme).expect("it is known");
            assert_eq!(
                is_of_another_kind(key, &algorithm),
                other,
                "{key:?} {scheme:#x}"
            );
        }
    }

    #[test]
    fn what_is_no_certificate_proves_nothing() {
        let proof = proof(TlsVersion::Tls12, b"no certificate", 0x0403, b"", b"");
        assert_eq!(proof, None);
    }
}
