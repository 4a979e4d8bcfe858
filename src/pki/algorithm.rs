//! Public keys and signature algorithms: what they are, what people call them, and which are weak.

use ring::digest::{self, digest};
use x509_parser::asn1_rs::Tag;
use x509_parser::prelude::FromDer;
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use super::der::{self, Reader};

/// What a key is called whose curve is written out in numbers.
pub(crate) const OWN_CURVE: &str = "EC with a curve of its own";

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PublicKey {
    /// What kind of key it is.
    pub(crate) kind: KeyKind,
    /// The bytes of the key itself.
    pub(crate) bytes: Vec<u8>,
}

/// A kind of public key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum KeyKind {
    /// RSA, with the length of the modulus in bits.
    Rsa(usize),
    /// On the curve of this OID; empty where the curve is not named.
    Ec(String),
    Ed25519,
    Ed448,
    /// DSA, with the length of the prime in bits.
    Dsa(usize),
    /// Another algorithm, by its OID.
    Other(String),
}

/// A signature algorithm.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Algorithm {
    Rsa(Hash),
    /// RSASSA-PSS, where its parameters are those that everybody uses (RFC 4055 §3.1).
    Pss(Option<Hash>),
    /// RSASSA-PSS with another trailer field than the one there is (RFC 4055 §3.1): nobody verifies it.
    PssTrailer,
    Ecdsa(Hash),
    Ed25519,
    Ed448,
    /// Another one, by its OID.
    Other(String),
}

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Hash {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    /// The hash of a message; `None` where no library here makes it.
    pub(crate) fn of(self, message: &[u8]) -> Option<digest::Digest> {
        let algorithm = match self {
            Self::Md5 | Self::Sha224 => return None,
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        Some(digest(algorithm, message))
    }
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo in DER.
    pub(crate) fn parse(spki: &[u8]) -> Option<Self> {
        let (_, spki) = SubjectPublicKeyInfo::from_der(spki).ok()?;
        let bytes = spki.subject_public_key.data.to_vec();
        let oid = spki.algorithm.algorithm.to_id_string();
        let kind = match oid.as_str() {
            "1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10" => KeyKind::Rsa(modulus_bits(&bytes)?),
            "1.2.840.10045.2.1" => {
                let curve = spki.algorithm.parameters.as_ref();
                // Written out, it has no name: those are no OID, though they would be read as one.
                let curve = curve.filter(|curve| curve.tag() == Tag::Oid);
                let curve = curve.and_then(|curve| curve.as_oid().ok());
                KeyKind::Ec(curve.map_or_else(String::new, |curve| curve.to_id_string()))
            }
            "1.3.101.112" => KeyKind::Ed25519,
            "1.3.101.113" => KeyKind::Ed448,
            "1.2.840.10040.4.1" => {
                let parameters = spki.algorithm.parameters.as_ref();
                let prime = parameters.and_then(|parameters| first_number(parameters.data));
                KeyKind::Dsa(prime.unwrap_or_default())
            }
            _ => KeyKind::Other(oid),
        };
        Some(Self { kind, bytes })
    }

    /// The key as people write it: `RSA 2048`, `P-256`.
    pub(crate) fn name(&self) -> String {
        match &self.kind {
            KeyKind::Rsa(bits) => format!("RSA {bits}"),
            KeyKind::Ec(curve) if curve.is_empty() => OWN_CURVE.to_owned(),
            KeyKind::Ec(curve) => curve_name(curve).unwrap_or(curve).to_owned(),
            KeyKind::Ed25519 => "Ed25519".to_owned(),
            KeyKind::Ed448 => "Ed448".to_owned(),
            KeyKind::Dsa(0) => "DSA".to_owned(),
            KeyKind::Dsa(bits) => format!("DSA {bits}"),
            KeyKind::Other(oid) => oid_name(oid).unwrap_or(oid).to_owned(),
        }
    }

    /// Below what public CAs may certify (CA/Browser Forum BR §6.1.5).
    pub(crate) fn is_weak(&self) -> bool {
        match &self.kind {
            KeyKind::Rsa(bits) | KeyKind::Dsa(bits) => *bits < 2048,
            KeyKind::Ec(curve) => matches!(
                curve.as_str(),
                "1.2.840.10045.3.1.1" | "1.3.132.0.33" | "1.3.36.3.3.2.8.1.1.1"
            ),
            KeyKind::Ed25519 | KeyKind::Ed448 | KeyKind::Other(_) => false,
        }
    }

    /// Whether it is a point on a curve in the compressed form (RFC 5480 §2.2).
    pub(crate) fn is_compressed(&self) -> bool {
        matches!(self.kind, KeyKind::Ec(_)) && matches!(self.bytes.first(), Some(2 | 3))
    }

    /// The identifier that RFC 5280 §4.2.1.2 (1) derives from a key.
    pub(crate) fn identifier(&self) -> Vec<u8> {
        digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.bytes)
            .as_ref()
            .to_vec()
    }
}

/// A named curve as people call it.
pub(crate) fn curve_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        P256 => "P-256",
        P384 => "P-384",
        P521 => "P-521",
        "1.2.840.10045.3.1.1" => "P-192",
        "1.3.132.0.33" => "P-224",
        "1.3.132.0.10" => "secp256k1",
        "1.2.156.10197.1.301" => "SM2",
        "1.3.36.3.3.2.8.1.1.5" => "brainpoolP224r1",
        "1.3.36.3.3.2.8.1.1.7" => "brainpoolP256r1",
        "1.3.36.3.3.2.8.1.1.9" => "brainpoolP320r1",
        "1.3.36.3.3.2.8.1.1.11" => "brainpoolP384r1",
        "1.3.36.3.3.2.8.1.1.13" => "brainpoolP512r1",
        _ => return None,
    })
}

/// The curves of NIST that are in use.
pub(crate) const P256: &str = "1.2.840.10045.3.1.7";
pub(crate) const P384: &str = "1.3.132.0.34";
pub(crate) const P521: &str = "1.3.132.0.35";

/// The length of the modulus of an RSAPublicKey (RFC 8017 appendix A.1.1), to the bit.
pub(crate) fn modulus_bits(key: &[u8]) -> Option<usize> {
    first_number(Reader(key).content(der::SEQUENCE)?)
}

/// The length of the number that stands first, to the bit.
fn first_number(parts: &[u8]) -> Option<usize> {
    let number = der::unsigned(Reader(parts).content(der::INTEGER)?);
    let first = number.first()?;
    Some(number.len() * 8 - usize::try_from(first.leading_zeros()).ok()?)
}

impl Algorithm {
    pub(crate) fn read(algorithm: &AlgorithmIdentifier<'_>) -> Self {
        let oid = algorithm.algorithm.to_id_string();
        match oid.as_str() {
            "1.2.840.113549.1.1.4" => Self::Rsa(Hash::Md5),
            "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => Self::Rsa(Hash::Sha1),
            "1.2.840.113549.1.1.14" => Self::Rsa(Hash::Sha224),
            "1.2.840.113549.1.1.11" => Self::Rsa(Hash::Sha256),
            "1.2.840.113549.1.1.12" => Self::Rsa(Hash::Sha384),
            "1.2.840.113549.1.1.13" => Self::Rsa(Hash::Sha512),
            "1.2.840.113549.1.1.10" if has_odd_trailer(algorithm) => Self::PssTrailer,
            "1.2.840.113549.1.1.10" => Self::Pss(pss_hash(algorithm)),
            "1.2.840.10045.4.1" => Self::Ecdsa(Hash::Sha1),
            "1.2.840.10045.4.3.1" => Self::Ecdsa(Hash::Sha224),
            "1.2.840.10045.4.3.2" => Self::Ecdsa(Hash::Sha256),
            "1.2.840.10045.4.3.3" => Self::Ecdsa(Hash::Sha384),
            "1.2.840.10045.4.3.4" => Self::Ecdsa(Hash::Sha512),
            "1.3.101.112" => Self::Ed25519,
            "1.3.101.113" => Self::Ed448,
            _ => Self::Other(oid),
        }
    }

    /// The algorithm as people write it: `RSA with SHA-224`.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Rsa(hash) => format!("RSA with {}", hash.name()),
            Self::Pss(Some(hash)) => format!("RSASSA-PSS with {}", hash.name()),
            Self::Pss(None) => "RSASSA-PSS with unusual parameters".to_owned(),
            Self::PssTrailer => "RSASSA-PSS with an unknown trailer field".to_owned(),
            Self::Ecdsa(hash) => format!("ECDSA with {}", hash.name()),
            Self::Ed25519 => "Ed25519".to_owned(),
            Self::Ed448 => "Ed448".to_owned(),
            Self::Other(oid) => oid_name(oid).unwrap_or(oid).to_owned(),
        }
    }

    /// The hash that makes its signatures forgeable, if it does.
    pub(crate) fn weak_hash(&self) -> Option<&'static str> {
        match self {
            Self::Rsa(hash) | Self::Ecdsa(hash) | Self::Pss(Some(hash)) => {
                matches!(hash, Hash::Md5 | Hash::Sha1).then(|| hash.name())
            }
            Self::Other(oid) if oid == "1.2.840.113549.1.1.2" => Some("MD2"),
            Self::Other(oid) if oid == "1.2.840.10040.4.3" => Some("SHA-1"),
            Self::Pss(None) | Self::PssTrailer | Self::Ed25519 | Self::Ed448 | Self::Other(_) => {
                None
            }
        }
    }
}

fn oid_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "1.2.840.10040.4.3" => "DSA with SHA-1",
        "2.16.840.1.101.3.4.3.2" => "DSA with SHA-256",
        "2.16.840.1.101.3.4.3.14" => "RSA with SHA3-256",
        "2.16.840.1.101.3.4.3.10" => "ECDSA with SHA3-256",
        "1.2.156.10197.1.501" => "SM2 with SM3",
        "1.2.643.7.1.1.1.1" => "GOST R 34.10-2012 (256 bits)",
        "1.2.643.7.1.1.1.2" => "GOST R 34.10-2012 (512 bits)",
        "1.3.101.110" => "X25519",
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44",
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65",
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87",
        _ => return None,
    })
}

fn has_odd_trailer(algorithm: &AlgorithmIdentifier<'_>) -> bool {
    let parameters = algorithm.parameters.as_ref();
    let parameters = parameters.and_then(|any| RsaSsaPssParams::try_from(any).ok());
    parameters.is_some_and(|parameters| parameters.trailer_field() != 1)
}

/// The hash of PSS parameters where MGF1 uses the same one and the salt is as long: no library
/// here verifies others.
fn pss_hash(algorithm: &AlgorithmIdentifier<'_>) -> Option<Hash> {
    let parameters = algorithm.parameters.as_ref()?;
    let parameters = RsaSsaPssParams::try_from(parameters).ok()?;
    let hash = parameters.hash_algorithm_oid().to_id_string();
    let mask = parameters.mask_gen_algorithm().ok()?;
    let (hash, length) = match hash.as_str() {
        "1.3.14.3.2.26" => (Hash::Sha1, 20),
        "2.16.840.1.101.3.4.2.1" => (Hash::Sha256, 32),
        "2.16.840.1.101.3.4.2.2" => (Hash::Sha384, 48),
        "2.16.840.1.101.3.4.2.3" => (Hash::Sha512, 64),
        _ => return None,
    };
    let usual = mask.hash == *parameters.hash_algorithm_oid() && parameters.salt_length() == length;
    usual.then_some(hash)
}
