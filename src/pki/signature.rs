//! Verifies signatures of certificates and OCSP responses. What one library lacks another one has;
//! what neither has is named, and is never taken for a wrong signature.

use std::cell::RefCell;

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use ring::digest::{self, SHA256_OUTPUT_LEN};
use ring::signature::{
    self as ring_signature, RsaParameters, UnparsedPublicKey, VerificationAlgorithm,
};

use super::algorithm::{Algorithm, Hash, KeyKind, P256, P384, P521, PublicKey};
use super::der::{self, Reader};
use super::remembered::Remembered;

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

/// Whether this signature of this message was made with this key; remembered for a while. That of a
/// leaf counts in several places, and those of the few authorities above it for all domains of a run.
pub(crate) fn verify(
    key: &PublicKey,
    algorithm: &Algorithm,
    message: &[u8],
    signature: &[u8],
) -> Checked {
    thread_local! {
        static KNOWN: RefCell<Remembered<Print, Checked>> =
            RefCell::new(Remembered::new(MOST_KNOWN));
    }
    let print = print(key, algorithm, message, signature);
    if let Some(checked) = KNOWN.with_borrow(|known| known.get(&print)) {
        return checked;
    }
    let checked = verify_once(key, algorithm, message, signature);
    KNOWN.with_borrow_mut(|known| known.keep(print, checked.clone()));
    checked
}

/// So many are remembered.
const MOST_KNOWN: usize = 1024;

/// What a signature, its message and its key are known by.
type Print = [u8; SHA256_OUTPUT_LEN];

/// Each part behind its length: no two cases have the same.
fn print(key: &PublicKey, algorithm: &Algorithm, message: &[u8], signature: &[u8]) -> Print {
    let kinds = format!("{:?} {algorithm:?}", key.kind);
    let mut context = digest::Context::new(&digest::SHA256);
    for part in [kinds.as_bytes(), &key.bytes, message, signature] {
        context.update(&part.len().to_be_bytes());
        context.update(part);
    }
    let mut print = Print::default();
    print.copy_from_slice(context.finish().as_ref());
    print
}

/// The same for what is seen once, such as a handshake.
pub(crate) fn verify_once(
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
        | (KeyKind::Ed448 | KeyKind::Dsa(_) | KeyKind::Other(_), _)
        | (_, Algorithm::Ed448 | Algorithm::Other(_)) => unable(),
        // A key of one kind makes no signature of another, and none has an unknown trailer field.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever differs is another case: what is remembered of one says nothing of another.
    #[test]
    fn no_two_cases_are_known_by_the_same() {
        let of = |kind: &KeyKind, bytes: &[u8], algorithm, message: &[u8], signature: &[u8]| {
            let key = PublicKey {
                kind: kind.clone(),
                bytes: bytes.to_vec(),
            };
            print(&key, &algorithm, message, signature)
        };
        let (ed25519, rsa) = (&KeyKind::Ed25519, &KeyKind::Rsa(2048));
        let prints = [
            of(ed25519, b"ab", Algorithm::Ed25519, b"c", b"d"),
            of(rsa, b"ab", Algorithm::Ed25519, b"c", b"d"),
            of(ed25519, b"ab", Algorithm::Ed448, b"c", b"d"),
            of(ed25519, b"a", Algorithm::Ed25519, b"bc", b"d"),
            of(ed25519, b"ab", Algorithm::Ed25519, b"", b"cd"),
            of(ed25519, b"ab", Algorithm::Ed25519, b"cd", b""),
        ];
        for (index, print) in prints.iter().enumerate() {
            assert!(!prints[..index].contains(print), "{index}");
        }
    }

    #[test]
    fn what_is_remembered_is_what_was_found() {
        let key = PublicKey {
            kind: KeyKind::Ed25519,
            bytes: vec![1; 32],
        };
        let twice = [(); 2].map(|()| verify(&key, &Algorithm::Ed25519, b"message", &[2; 64]));
        assert_eq!(twice, [Checked::Bad, Checked::Bad]);
    }
}
