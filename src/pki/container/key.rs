//! The public half of a private key, by which it is known whose certificate it belongs to.

use ring::signature::{Ed25519KeyPair, KeyPair};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::pki::algorithm::{KeyKind, P256, P384, P521, PublicKey};
use crate::pki::der::{INTEGER, OCTET_STRING, OID, Reader, SEQUENCE, bits, unsigned};

/// All that is kept of a private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyMark {
    /// The modulus.
    Rsa(Vec<u8>),
    /// The point on the curve, or the key of Ed25519, as it stands in a certificate.
    Point(Vec<u8>),
}

/// rsaEncryption and id-RSASSA-PSS (RFC 4055), id-ecPublicKey (RFC 5480), id-Ed25519 (RFC 8410).
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

impl KeyMark {
    /// Of a PrivateKeyInfo (RFC 5958); `None` where it is of a kind that is not known.
    pub(super) fn of_pkcs8(der: &[u8]) -> Option<Self> {
        let mut info = Reader(der).enter(SEQUENCE)?;
        info.take(INTEGER)?;
        let mut algorithm = info.enter(SEQUENCE)?;
        let inner = info.content(OCTET_STRING)?;
        match algorithm.content(OID)? {
            RSA | RSA_PSS => Self::of_pkcs1(inner),
            EC => Self::of_sec1(inner, algorithm.content(OID)),
            ED25519 => {
                let seed = Reader(inner).content(OCTET_STRING)?;
                let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
                Some(Self::Point(pair.public_key().as_ref().to_vec()))
            }
            _ => None,
        }
    }

    /// Of an RSAPrivateKey (RFC 8017 appendix A.1.2).
    pub(super) fn of_pkcs1(der: &[u8]) -> Option<Self> {
        let mut key = Reader(der).enter(SEQUENCE)?;
        key.take(INTEGER)?;
        let modulus = unsigned(key.content(INTEGER)?);
        (modulus.len() > 1).then(|| Self::Rsa(modulus.to_vec()))
    }

    /// Of an ECPrivateKey (RFC 5915). The point may be left out; then it is worked out, if the curve is
    /// one of the usual.
    pub(super) fn of_sec1(der: &[u8], curve: Option<&[u8]>) -> Option<Self> {
        const PARAMETERS: u8 = 0xa0;
        const PUBLIC: u8 = 0xa1;
        const BITS: u8 = 0x03;
        let mut key = Reader(der).enter(SEQUENCE)?;
        key.take(INTEGER)?;
        let secret = key.content(OCTET_STRING)?;
        let own = key
            .enter(PARAMETERS)
            .and_then(|mut inner| inner.content(OID));
        if let Some(mut public) = key.enter(PUBLIC) {
            let point = bits(public.content(BITS)?)?;
            return Some(Self::Point(point.to_vec()));
        }
        point_of(own.or(curve)?, secret).map(Self::Point)
    }

    /// The key that a certificate is about.
    #[cfg(windows)]
    pub(super) fn of_certificate(der: &[u8]) -> Option<Self> {
        let (_, read) = X509Certificate::from_der(der).ok()?;
        let key = PublicKey::parse(read.public_key().raw)?;
        match key.kind {
            KeyKind::Rsa(_) => {
                let modulus = Reader(&key.bytes).enter(SEQUENCE)?.content(INTEGER)?;
                Some(Self::Rsa(unsigned(modulus).to_vec()))
            }
            _ => Some(Self::Point(key.bytes)),
        }
    }

    /// Whether this certificate is about this key; `None` where that cannot be told.
    pub fn fits(&self, certificate: &[u8]) -> Option<bool> {
        let (_, read) = X509Certificate::from_der(certificate).ok()?;
        let key = PublicKey::parse(read.public_key().raw)?;
        match (self, &key.kind) {
            (Self::Rsa(own), KeyKind::Rsa(_)) => {
                let modulus = Reader(&key.bytes).enter(SEQUENCE)?.content(INTEGER)?;
                Some(unsigned(modulus) == own)
            }
            (Self::Point(own), KeyKind::Ec(_) | KeyKind::Ed25519) => {
                // A point may stand there in short, by one coordinate and the sign of the other.
                let is_short = matches!(key.bytes.first(), Some(2 | 3)) && own.len() > 33;
                if is_short {
                    let half = own.len() / 2;
                    return Some(key.bytes.get(1..) == own.get(1..=half));
                }
                Some(key.bytes == *own)
            }
            _ => Some(false),
        }
    }
}

fn point_of(curve: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
    let curve = x509_parser::der_parser::oid::Oid::new(curve.into()).to_id_string();
    match curve.as_str() {
        P256 => {
            let key = p256::ecdsa::SigningKey::from_slice(secret).ok()?;
            Some(key.verifying_key().to_sec1_point(false).as_bytes().to_vec())
        }
        P384 => {
            let key = p384::ecdsa::SigningKey::from_slice(secret).ok()?;
            Some(key.verifying_key().to_sec1_point(false).as_bytes().to_vec())
        }
        P521 => {
            let key = p521::ecdsa::SigningKey::from_slice(secret).ok()?;
            Some(key.verifying_key().to_sec1_point(false).as_bytes().to_vec())
        }
        _ => None,
    }
}
