//! Verifies signatures of certificates and OCSP responses. What one library lacks another one has;
//! what neither has is named, and is never taken for a wrong signature.

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use ring::digest::{self, digest};
use ring::signature::{
    self as ring_signature, RsaParameters, UnparsedPublicKey, VerificationAlgorithm,
};
use x509_parser::prelude::FromDer;
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use super::der::{self, Reader};

/// What came of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// It was made with this key.
    Good,
    /// It was not.
    Bad,
    /// This program cannot tell: it lacks this algorithm, or this kind of key.
    Unable(String),
}

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
    Dsa,
    /// Another algorithm, by its OID.
    Other(String),
}

/// A signature algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Rsa(Hash),
    /// RSASSA-PSS, where its parameters are those that everybody uses (RFC 4055 §3.1).
    Pss(Option<Hash>),
    Ecdsa(Hash),
    Ed25519,
    Ed448,
    /// Another one, by its OID.
    Other(String),
}

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

    fn of(self, message: &[u8]) -> Option<digest::Digest> {
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
                let curve = curve.and_then(|curve| curve.as_oid().ok());
                KeyKind::Ec(curve.map_or_else(String::new, |curve| curve.to_id_string()))
            }
            "1.3.101.112" => KeyKind::Ed25519,
            "1.3.101.113" => KeyKind::Ed448,
            "1.2.840.10040.4.1" => KeyKind::Dsa,
            _ => KeyKind::Other(oid),
        };
        Some(Self { kind, bytes })
    }

    /// The key as people write it: `RSA 2048`, `P-256`.
    pub(crate) fn name(&self) -> String {
        match &self.kind {
            KeyKind::Rsa(bits) => format!("RSA {bits}"),
            KeyKind::Ec(curve) if curve.is_empty() => "EC with a curve of its own".to_owned(),
            KeyKind::Ec(curve) => curve_name(curve).unwrap_or(curve).to_owned(),
            KeyKind::Ed25519 => "Ed25519".to_owned(),
            KeyKind::Ed448 => "Ed448".to_owned(),
            KeyKind::Dsa => "DSA".to_owned(),
            KeyKind::Other(oid) => oid.clone(),
        }
    }

    /// Below what public CAs may certify (CA/Browser Forum BR §6.1.5).
    pub(crate) fn is_weak(&self) -> bool {
        match &self.kind {
            KeyKind::Rsa(bits) => *bits < 2048,
            KeyKind::Ec(curve) => matches!(
                curve.as_str(),
                "1.2.840.10045.3.1.1" | "1.3.132.0.33" | "1.3.36.3.3.2.8.1.1.1"
            ),
            KeyKind::Dsa => true,
            KeyKind::Ed25519 | KeyKind::Ed448 | KeyKind::Other(_) => false,
        }
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
        "1.3.36.3.3.2.8.1.1.7" => "brainpoolP256r1",
        "1.3.36.3.3.2.8.1.1.11" => "brainpoolP384r1",
        "1.3.36.3.3.2.8.1.1.13" => "brainpoolP512r1",
        _ => return None,
    })
}

const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";
const P521: &str = "1.3.132.0.35";

/// The length of the modulus of an RSAPublicKey (RFC 8017 appendix A.1.1), to the bit.
pub(crate) fn modulus_bits(key: &[u8]) -> Option<usize> {
    let modulus = der::unsigned(Reader(key).enter(der::SEQUENCE)?.content(der::INTEGER)?);
    let first = modulus.first()?;
    Some(modulus.len() * 8 - usize::try_from(first.leading_zeros()).ok()?)
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
            Self::Pss(None) | Self::Ed25519 | Self::Ed448 | Self::Other(_) => None,
        }
    }
}

fn oid_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "1.2.840.10040.4.3" => "DSA with SHA-1",
        "2.16.840.1.101.3.4.3.2" => "DSA with SHA-256",
        "2.16.840.1.101.3.4.3.14" => "RSA with SHA3-256",
        "2.16.840.1.101.3.4.3.10" => "ECDSA with SHA3-256",
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44",
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65",
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87",
        _ => return None,
    })
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

/// Whether this signature of this message was made with this key.
pub(crate) fn verify(
    key: &PublicKey,
    algorithm: &Algorithm,
    message: &[u8],
    signature: &[u8],
) -> Checked {
    let unable = || Checked::Unable(algorithm.name());
    match (&key.kind, algorithm) {
        (KeyKind::Rsa(bits), Algorithm::Rsa(hash)) => match rsa(*hash, *bits) {
            Some(how) if usual_exponent(&key.bytes) => with_ring(how, key, message, signature),
            None if (1024..=8192).contains(bits) => unable(),
            Some(_) | None => Checked::Unable(key.name()),
        },
        (KeyKind::Rsa(2048..=8192), Algorithm::Pss(Some(hash))) => match pss(*hash) {
            Some(how) if usual_exponent(&key.bytes) => with_ring(how, key, message, signature),
            _ => unable(),
        },
        (KeyKind::Ec(curve), Algorithm::Ecdsa(hash)) => {
            if !matches!(curve.as_str(), P256 | P384 | P521) {
                return Checked::Unable(key.name());
            }
            ecdsa(key, curve, *hash, message, signature).unwrap_or_else(unable)
        }
        (KeyKind::Ed25519, Algorithm::Ed25519) => {
            with_ring(&ring_signature::ED25519, key, message, signature)
        }
        (KeyKind::Rsa(_), Algorithm::Pss(_))
        | (KeyKind::Ed448 | KeyKind::Dsa | KeyKind::Other(_), _)
        | (_, Algorithm::Ed448 | Algorithm::Other(_)) => unable(),
        // A key of one kind makes no signature of another.
        (KeyKind::Rsa(_) | KeyKind::Ec(_) | KeyKind::Ed25519, _) => Checked::Bad,
    }
}

fn with_ring(
    how: &'static dyn VerificationAlgorithm,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Checked {
    let key = UnparsedPublicKey::new(how, &key.bytes);
    good_if(key.verify(message, signature).is_ok())
}

fn good_if(good: bool) -> Checked {
    if good { Checked::Good } else { Checked::Bad }
}

/// Keys below 2048 bits are verified as well: that they are too short is another matter.
fn rsa(hash: Hash, bits: usize) -> Option<&'static RsaParameters> {
    use ring_signature as ring;
    if !(1024..=8192).contains(&bits) {
        return None;
    }
    match hash {
        Hash::Md5 | Hash::Sha224 => None,
        Hash::Sha1 => Some(&ring::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
        Hash::Sha256 => Some(&ring::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        Hash::Sha384 => (bits >= 2048).then_some(&ring::RSA_PKCS1_2048_8192_SHA384),
        Hash::Sha512 => Some(&ring::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
    }
}

fn pss(hash: Hash) -> Option<&'static RsaParameters> {
    match hash {
        Hash::Md5 | Hash::Sha1 | Hash::Sha224 => None,
        Hash::Sha256 => Some(&ring_signature::RSA_PSS_2048_8192_SHA256),
        Hash::Sha384 => Some(&ring_signature::RSA_PSS_2048_8192_SHA384),
        Hash::Sha512 => Some(&ring_signature::RSA_PSS_2048_8192_SHA512),
    }
}

/// The exponents that ring takes: odd, from 3 to below 2³³.
fn usual_exponent(key: &[u8]) -> bool {
    let exponent = Reader(key).enter(der::SEQUENCE).and_then(|mut parts| {
        parts.content(der::INTEGER)?;
        parts.content(der::INTEGER)
    });
    exponent.is_some_and(|exponent| {
        let exponent = der::unsigned(exponent);
        let value = exponent
            .iter()
            .fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        exponent.len() <= 5 && value % 2 == 1 && (3..1 << 33).contains(&value)
    })
}

fn ecdsa(
    key: &PublicKey,
    curve: &str,
    hash: Hash,
    message: &[u8],
    signature: &[u8],
) -> Option<Checked> {
    let fast = match (curve, hash, key.bytes.first()) {
        (P256, Hash::Sha256, Some(4)) => Some(&ring_signature::ECDSA_P256_SHA256_ASN1),
        (P256, Hash::Sha384, Some(4)) => Some(&ring_signature::ECDSA_P256_SHA384_ASN1),
        (P384, Hash::Sha256, Some(4)) => Some(&ring_signature::ECDSA_P384_SHA256_ASN1),
        (P384, Hash::Sha384, Some(4)) => Some(&ring_signature::ECDSA_P384_SHA384_ASN1),
        _ => None,
    };
    if let Some(how) = fast {
        return Some(with_ring(how, key, message, signature));
    }
    let digest = hash.of(message)?;
    let verified = match curve {
        P256 => fixed::<32>(signature).is_some_and(|signature| {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&key.bytes);
            let signature = p256::ecdsa::Signature::from_slice(&signature);
            matches!((key, signature), (Ok(key), Ok(signature))
                if key.verify_prehash(&padded(digest.as_ref(), 32), &signature).is_ok())
        }),
        P384 => fixed::<48>(signature).is_some_and(|signature| {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(&key.bytes);
            let signature = p384::ecdsa::Signature::from_slice(&signature);
            matches!((key, signature), (Ok(key), Ok(signature))
                if key.verify_prehash(&padded(digest.as_ref(), 48), &signature).is_ok())
        }),
        _ => fixed::<66>(signature).is_some_and(|signature| {
            let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(&key.bytes);
            let signature = p521::ecdsa::Signature::from_slice(&signature);
            matches!((key, signature), (Ok(key), Ok(signature))
                if key.verify_prehash(&padded(digest.as_ref(), 66), &signature).is_ok())
        }),
    };
    Some(good_if(verified))
}

/// A hash that is shorter than the field is the same number with zeros before it; the library
/// refuses one of less than half the length.
fn padded(digest: &[u8], length: usize) -> Vec<u8> {
    let zeros = length.saturating_sub(digest.len());
    [&vec![0; zeros], digest].concat()
}

/// The two numbers of an Ecdsa-Sig-Value (RFC 3279 §2.2.3), each of this many bytes.
fn fixed<const LENGTH: usize>(signature: &[u8]) -> Option<Vec<u8>> {
    let mut outer = Reader(signature);
    let mut parts = outer.enter(der::SEQUENCE)?;
    let (r, s) = (parts.content(der::INTEGER)?, parts.content(der::INTEGER)?);
    if !outer.is_empty() || !parts.is_empty() {
        return None;
    }
    let mut numbers = Vec::with_capacity(2 * LENGTH);
    for number in [der::unsigned(r), der::unsigned(s)] {
        let zeros = LENGTH.checked_sub(number.len())?;
        numbers.extend(std::iter::repeat_n(0, zeros).chain(number.iter().copied()));
    }
    Some(numbers)
}
