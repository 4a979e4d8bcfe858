//! The kinds of keys and signatures of a certificate, as far as partners care.

use x509_parser::prelude::X509Certificate;

use super::algorithm::{Algorithm, KeyKind, PublicKey, curve_name};

/// A public key, as far as its strength goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// RSA, with the length of the modulus in bits.
    Rsa(usize),
    /// RSA, for RSASSA-PSS signatures only, with the length of the modulus in bits.
    RsaPss(usize),
    /// On an elliptic curve, with the size of its field in bits (521 for P-521).
    Ec(usize),
    /// DSA, with the length of the prime in bits.
    Dsa(usize),
    /// Another algorithm or curve, by its name or OID.
    Other(String),
}

/// A signature algorithm, as far as partners care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// With MD5 or SHA-1, which can be forged.
    Weak(&'static str),
    /// RSASSA-PSS, which Skype for Business does not understand.
    Pss,
    /// Any other.
    Sound,
}

impl Key {
    /// The key as people write it: `RSA 2048`, `EC 256`.
    pub fn name(&self) -> String {
        match self {
            Self::Rsa(bits) => format!("RSA {bits}"),
            Self::RsaPss(bits) => format!("RSASSA-PSS {bits}"),
            Self::Ec(521) => "EC 521 (P-521)".to_owned(),
            Self::Ec(bits) => format!("EC {bits}"),
            Self::Dsa(bits) => format!("DSA {bits}"),
            Self::Other(name) => name.clone(),
        }
    }

    /// Below what public CAs may certify (CA/Browser Forum BR §6.1.5): RSA 2048, EC 256.
    pub fn is_weak(&self) -> bool {
        match self {
            Self::Rsa(bits) | Self::RsaPss(bits) | Self::Dsa(bits) => *bits < 2048,
            Self::Ec(bits) => *bits < 256,
            Self::Other(_) => false,
        }
    }
}

/// RFC 4055 §1.2.
const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";

pub(super) fn read_key(certificate: &X509Certificate<'_>) -> Key {
    let spki = certificate.public_key();
    let Some(key) = PublicKey::parse(spki.raw) else {
        return Key::Other(spki.algorithm.algorithm.to_id_string());
    };
    match &key.kind {
        KeyKind::Rsa(bits) if spki.algorithm.algorithm.to_id_string() == RSASSA_PSS => {
            Key::RsaPss(*bits)
        }
        KeyKind::Rsa(bits) => Key::Rsa(*bits),
        KeyKind::Dsa(bits) => Key::Dsa(*bits),
        KeyKind::Ec(curve) => match curve_name(curve) {
            Some("P-192") => Key::Ec(192),
            Some("P-224") => Key::Ec(224),
            Some("P-256") => Key::Ec(256),
            Some("P-384") => Key::Ec(384),
            Some("P-521") => Key::Ec(521),
            _ => Key::Other(key.name()),
        },
        _ => Key::Other(key.name()),
    }
}

pub(super) fn read_signature(certificate: &X509Certificate<'_>) -> Signature {
    let algorithm = Algorithm::read(&certificate.signature_algorithm);
    match (algorithm.weak_hash(), algorithm) {
        (Some(hash), _) => Signature::Weak(hash),
        (None, Algorithm::Pss(_) | Algorithm::PssTrailer) => Signature::Pss,
        (None, _) => Signature::Sound,
    }
}
