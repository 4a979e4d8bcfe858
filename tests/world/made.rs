//! Certificates written byte by byte, for what no library for certificates would make: issuers that are no authorities,
//! dates without seconds, extensions that stand twice, signatures with a flipped bit.

use p256::ecdsa::signature::hazmat::PrehashSigner;
use rcgen::{KeyPair, PublicKeyData, SigningKey};
use ring::digest::{self, digest};
use time::{Duration, OffsetDateTime};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::Identity;

const RSA_KEY: &str = include_str!("rsa-2048.pem");

/// One element of DER.
pub fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let used = length.iter().skip_while(|byte| **byte == 0).count();
    let mut element = vec![tag];
    if content.len() < 0x80 {
        element.push(length[7]);
    } else {
        element.push(0x80 | u8::try_from(used).expect("at most eight"));
        element.extend(&length[8 - used..]);
    }
    element.extend(content);
    element
}

pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    der(0x30, &parts.concat())
}

/// An OBJECT IDENTIFIER from its numbers, `2.5.29.15`.
pub fn oid(dotted: &str) -> Vec<u8> {
    let numbers: Vec<u32> = dotted
        .split('.')
        .map(|number| number.parse().expect("a number"))
        .collect();
    let mut content = Vec::new();
    for number in std::iter::once(numbers[0] * 40 + numbers[1]).chain(numbers[2..].iter().copied())
    {
        let septets = (0..5).rev().map(|place| number >> (7 * place) & 0x7f);
        let mut septets: Vec<u32> = septets.skip_while(|septet| *septet == 0).collect();
        if septets.is_empty() {
            septets.push(0);
        }
        let last = septets.len() - 1;
        content.extend(septets.iter().enumerate().map(|(at, septet)| {
            let more = if at < last { 0x80 } else { 0 };
            u8::try_from(septet | more).expect("eight bits")
        }));
    }
    der(6, &content)
}

pub const UTF8: u8 = 12;
pub const PRINTABLE: u8 = 19;

/// A name of these attributes, `CN=…, O=…` in this order, written in this string type.
pub fn name(text: &str, string: u8) -> Vec<u8> {
    let parts = text
        .split(", ")
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (key, value) = part.split_once('=').expect("KEY=value");
            let (number, string) = match key {
                "CN" => ("2.5.4.3", string),
                "O" => ("2.5.4.10", string),
                "C" => ("2.5.4.6", PRINTABLE),
                _ => panic!("{key}"),
            };
            let attribute = sequence(&[&oid(number), &der(string, value.as_bytes())]);
            der(0x31, &attribute)
        });
    der(0x30, &parts.collect::<Vec<_>>().concat())
}

/// How a certificate is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

/// A key that signs and is certified.
pub enum Key {
    P256(p256::ecdsa::SigningKey),
    /// The same, with its point in compressed form.
    Compressed(p256::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
    Rsa(Box<KeyPair>),
    Ed25519(Box<KeyPair>),
}

impl Key {
    /// A key on P-256; equal numbers make equal keys.
    pub fn p256(number: u8) -> Self {
        Self::P256(p256::ecdsa::SigningKey::from_slice(&[number; 32]).expect("a scalar"))
    }

    /// The same key, with its point in compressed form.
    pub fn compressed(number: u8) -> Self {
        match Self::p256(number) {
            Self::P256(key) => Self::Compressed(key),
            other => other,
        }
    }

    /// A key on P-521; equal numbers make equal keys.
    pub fn p521(number: u8) -> Self {
        let mut scalar = [number; 66];
        scalar[0] = 0;
        Self::P521(p521::ecdsa::SigningKey::from_slice(&scalar).expect("a scalar"))
    }

    /// The one RSA key of this world, 2048 bits.
    pub fn rsa() -> Self {
        let pair = KeyPair::from_pem_and_sign_algo(RSA_KEY, &rcgen::PKCS_RSA_SHA256);
        Self::Rsa(Box::new(pair.expect("ring loads this key")))
    }

    pub fn ed25519() -> Self {
        let pair = KeyPair::generate_for(&rcgen::PKCS_ED25519);
        Self::Ed25519(Box::new(pair.expect("ring makes them")))
    }

    fn spki(&self) -> Vec<u8> {
        let curve = |number: &str| {
            let algorithm = sequence(&[&oid("1.2.840.10045.2.1"), &oid(number)]);
            sequence(&[&algorithm, &der(3, &[&[0], &*self.bytes()].concat())])
        };
        match self {
            Self::P256(_) | Self::Compressed(_) => curve("1.2.840.10045.3.1.7"),
            Self::P521(_) => curve("1.3.132.0.35"),
            Self::Rsa(pair) | Self::Ed25519(pair) => pair.subject_public_key_info(),
        }
    }

    /// The bytes of the key itself.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::P256(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            Self::P521(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            Self::Compressed(key) => key.verifying_key().to_sec1_point(true).as_bytes().to_vec(),
            Self::Rsa(pair) | Self::Ed25519(pair) => pair.der_bytes().to_vec(),
        }
    }

    /// The identifier that RFC 5280 §4.2.1.2 (1) derives.
    pub fn identifier(&self) -> Vec<u8> {
        digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.bytes())
            .as_ref()
            .to_vec()
    }

    /// The algorithm's identifier, and the signature.
    pub fn sign(&self, hash: Hash, message: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let (number, algorithm) = match hash {
            Hash::Sha1 => ("1.2.840.10045.4.1", &digest::SHA1_FOR_LEGACY_USE_ONLY),
            Hash::Sha256 => ("1.2.840.10045.4.3.2", &digest::SHA256),
            Hash::Sha512 => ("1.2.840.10045.4.3.4", &digest::SHA512),
        };
        let digest = digest(algorithm, message);
        match self {
            Self::P256(key) | Self::Compressed(key) => {
                let signature: p256::ecdsa::Signature =
                    key.sign_prehash(digest.as_ref()).expect("it signs");
                let (r, s) = signature.split_bytes();
                (sequence(&[&oid(number)]), numbers(&r, &s))
            }
            Self::P521(key) => {
                // The same number, as long as the library wants it.
                let padded = [&vec![0; 66 - digest.as_ref().len()], digest.as_ref()].concat();
                let signature: p521::ecdsa::Signature =
                    key.sign_prehash(&padded).expect("it signs");
                let (r, s) = signature.split_bytes();
                (sequence(&[&oid(number)]), numbers(&r, &s))
            }
            Self::Rsa(pair) => {
                assert_eq!(hash, Hash::Sha256, "this key signs with SHA-256");
                let signature = pair.sign(message).expect("it signs");
                (
                    sequence(&[&oid("1.2.840.113549.1.1.11"), &[5, 0]]),
                    signature,
                )
            }
            Self::Ed25519(pair) => {
                let signature = pair.sign(message).expect("it signs");
                (sequence(&[&oid("1.3.101.112")]), signature)
            }
        }
    }

    /// The key in PKCS #8, where rustls can use it.
    fn private(&self) -> PrivateKeyDer<'static> {
        match self {
            Self::Rsa(pair) | Self::Ed25519(pair) => {
                PrivatePkcs8KeyDer::from(pair.serialize_der()).into()
            }
            // RFC 5915 in PKCS #8.
            Self::P256(key) => {
                let point = der(3, &[&[0][..], &self.bytes()].concat());
                let scalar = der(4, &key.to_bytes());
                let key = sequence(&[&[2, 1, 1], &scalar, &der(0xa1, &point)]);
                let curve = sequence(&[&oid("1.2.840.10045.2.1"), &oid("1.2.840.10045.3.1.7")]);
                let key = sequence(&[&[2, 1, 0], &curve, &der(4, &key)]);
                PrivatePkcs8KeyDer::from(key).into()
            }
            Self::Compressed(_) | Self::P521(_) => panic!("this key only issues"),
        }
    }
}

fn numbers(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let bytes = &bytes[zeros..];
        let sign: &[u8] = if bytes[0] > 0x7f { &[0] } else { &[] };
        der(2, &[sign, bytes].concat())
    };
    sequence(&[&integer(r), &integer(s)])
}

/// A certificate not yet signed; all that is in it may be changed.
#[derive(Clone)]
pub struct Draft {
    pub subject: Vec<u8>,
    /// The issuer's name, where it is not written as the issuer writes it.
    pub issuer: Option<Vec<u8>>,
    pub serial: u8,
    /// First and last moment, in DER.
    pub dates: [Vec<u8>; 2],
    pub extensions: Vec<Extension>,
    /// The authorityKeyIdentifier is added on signing.
    pub names_issuer: bool,
    pub version1: bool,
    pub hash: Hash,
    pub flipped: bool,
}

#[derive(Clone)]
pub struct Extension {
    pub oid: String,
    pub critical: bool,
    pub value: Vec<u8>,
}

pub const KEY_USAGE: &str = "2.5.29.15";
pub const BASIC: &str = "2.5.29.19";
pub const PURPOSES: &str = "2.5.29.37";
pub const ALTERNATIVES: &str = "2.5.29.17";
pub const CONSTRAINTS: &str = "2.5.29.30";
pub const AUTHORITY_KEY: &str = "2.5.29.35";
pub const SUBJECT_KEY: &str = "2.5.29.14";
const DISTRIBUTION: &str = "2.5.29.31";

pub const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
pub const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
pub const ANY_PURPOSE: &str = "2.5.29.37.0";

/// Bits of keyUsage, from the first on.
pub const DIGITAL_SIGNATURE: u8 = 0x80;
pub const KEY_ENCIPHERMENT: u8 = 0x20;
pub const CERT_SIGN: u8 = 0x04;
pub const CRL_SIGN: u8 = 0x02;

/// An authority's keyUsage.
pub const ISSUES: u8 = DIGITAL_SIGNATURE | CERT_SIGN | CRL_SIGN;

pub fn utc(moment: OffsetDateTime) -> Vec<u8> {
    let text = format!(
        "{:02}{:02}{:02}{:02}{:02}{:02}Z",
        moment.year() % 100,
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second()
    );
    der(0x17, text.as_bytes())
}

impl Draft {
    /// An authority's certificate: from 10 days ago, for ten years.
    pub fn authority(subject: &str, now: OffsetDateTime) -> Self {
        Self::new(subject, now)
            .valid(now, -10, 3640)
            .with(BASIC, true, sequence(&[&[1, 1, 0xff]]))
            .usage(ISSUES)
    }

    /// A server's certificate for this name: from 10 days ago, for 90 days.
    pub fn server(fqdn: &str, now: OffsetDateTime) -> Self {
        let uri = der(0x86, b"http://crl.molar.example/issuing.crl");
        let point = sequence(&[&der(0xa0, &der(0xa0, &uri))]);
        Self::new(&format!("CN={fqdn}"), now)
            .valid(now, -10, 80)
            .with(BASIC, true, sequence(&[]))
            .usage(DIGITAL_SIGNATURE | KEY_ENCIPHERMENT)
            .purposes(&[SERVER_AUTH, CLIENT_AUTH])
            .alternatives(&[fqdn])
            .with(DISTRIBUTION, false, sequence(&[&point]))
    }

    fn new(subject: &str, now: OffsetDateTime) -> Self {
        Self {
            subject: name(subject, UTF8),
            issuer: None,
            serial: 7,
            dates: [utc(now), utc(now)],
            extensions: Vec::new(),
            names_issuer: true,
            version1: false,
            hash: Hash::Sha256,
            flipped: false,
        }
    }

    /// From `start` to `end`, in days from now.
    pub fn valid(mut self, now: OffsetDateTime, start: i64, end: i64) -> Self {
        self.dates = [start, end].map(|days| utc(now + Duration::days(days)));
        self
    }

    /// With this extension in place of any of its kind.
    pub fn with(mut self, oid: &str, critical: bool, value: Vec<u8>) -> Self {
        self.extensions.retain(|extension| extension.oid != oid);
        self.again(oid, critical, value)
    }

    /// With this extension, whatever stands there already.
    pub fn again(mut self, oid: &str, critical: bool, value: Vec<u8>) -> Self {
        let oid = oid.to_owned();
        self.extensions.push(Extension {
            oid,
            critical,
            value,
        });
        self
    }

    pub fn without(mut self, oid: &str) -> Self {
        self.extensions.retain(|extension| extension.oid != oid);
        self
    }

    pub fn usage(self, bits: u8) -> Self {
        let unused = u8::try_from(bits.trailing_zeros()).expect("at most eight");
        self.with(KEY_USAGE, true, der(3, &[unused, bits]))
    }

    pub fn purposes(self, purposes: &[&str]) -> Self {
        let purposes: Vec<Vec<u8>> = purposes.iter().map(|purpose| oid(purpose)).collect();
        self.with(PURPOSES, false, der(0x30, &purposes.concat()))
    }

    pub fn alternatives(self, names: &[&str]) -> Self {
        let names: Vec<Vec<u8>> = names
            .iter()
            .map(|name| der(0x82, name.as_bytes()))
            .collect();
        self.with(ALTERNATIVES, false, der(0x30, &names.concat()))
    }

    pub fn path_length(self, length: u8) -> Self {
        self.with(BASIC, true, sequence(&[&[1, 1, 0xff], &[2, 1, length]]))
    }

    /// Permits names, and excludes others: general names in DER.
    pub fn constraints(self, permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Self {
        let trees = |tag: u8, names: &[Vec<u8>]| {
            let trees: Vec<Vec<u8>> = names.iter().map(|name| sequence(&[name])).collect();
            if trees.is_empty() {
                Vec::new()
            } else {
                der(tag, &trees.concat())
            }
        };
        let value = sequence(&[&trees(0xa0, permitted), &trees(0xa1, excluded)]);
        self.with(CONSTRAINTS, true, value)
    }

    pub fn signed(&self, key: &Key, issuer: &Draft, issuer_key: &Key) -> Vec<u8> {
        let mut extensions: Vec<Vec<u8>> = Vec::new();
        let mut put = |extension: &Extension| {
            let critical: &[u8] = if extension.critical {
                &[1, 1, 0xff]
            } else {
                &[]
            };
            let value = der(4, &extension.value);
            extensions.push(sequence(&[&oid(&extension.oid), critical, &value]));
        };
        let add = |oid: &str, value: Vec<u8>| Extension {
            oid: oid.to_owned(),
            critical: false,
            value,
        };
        self.extensions.iter().for_each(&mut put);
        let has_own = |oid: &str| self.extensions.iter().any(|one| one.oid == oid);
        if !has_own(SUBJECT_KEY) {
            put(&add(SUBJECT_KEY, der(4, &key.identifier())));
        }
        if self.names_issuer && !has_own(AUTHORITY_KEY) {
            let identifier = der(0x80, &issuer_key.identifier());
            put(&add(AUTHORITY_KEY, sequence(&[&identifier])));
        }
        let issuer_name = self.issuer.as_ref().unwrap_or(&issuer.subject);
        let (algorithm, _) = issuer_key.sign(self.hash, b"");
        let version = der(0xa0, &[2, 1, 2]);
        let extensions = der(0xa3, &der(0x30, &extensions.concat()));
        let (version, extensions): (&[u8], &[u8]) = if self.version1 {
            (&[], &[])
        } else {
            (&version, &extensions)
        };
        let tbs = sequence(&[
            version,
            &[2, 1, self.serial],
            &algorithm,
            issuer_name,
            &der(0x30, &self.dates.concat()),
            &self.subject,
            &key.spki(),
            extensions,
        ]);
        let (algorithm, mut signature) = issuer_key.sign(self.hash, &tbs);
        if self.flipped {
            *signature.last_mut().expect("a signature") ^= 1;
        }
        sequence(&[&tbs, &algorithm, &der(3, &[&[0][..], &signature].concat())])
    }

    pub fn self_signed(&self, key: &Key) -> Vec<u8> {
        self.signed(key, self, key)
    }
}

/// What a server shows: these certificates, and the key of the first.
pub fn identity(chain: &[&[u8]], key: &Key) -> Identity {
    Identity {
        chain: chain
            .iter()
            .map(|der| CertificateDer::from(der.to_vec()))
            .collect(),
        key: key.private(),
    }
}

/// As PEM.
pub fn pem(certificates: &[&[u8]]) -> String {
    let blocks = certificates
        .iter()
        .map(|der| pem::Pem::new("CERTIFICATE", der.to_vec()));
    pem::encode_many(&blocks.collect::<Vec<_>>())
}
