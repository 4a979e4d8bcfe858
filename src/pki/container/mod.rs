//! What is in a file of certificates: PEM, DER, or PKCS #12 (PFX). Of private keys only the public
//! half is kept, to tell whose they are.

mod candidates;
mod key;

use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error as StoreError;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::certs_only::SIGNED_DATA;
use super::der::{INTEGER, OID, Reader, SEQUENCE};
use super::x509::is_whole_sequence;
use crate::facts::{Der, OfferKind};
pub use candidates::{Held, offers};
pub use key::KeyMark;

/// The certificates of a file and whose private keys it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    pub kind: OfferKind,
    /// As they stand in the file, each once.
    pub certificates: Vec<Der>,
    pub keys: Vec<KeyMark>,
    /// So many keys are there, and cannot be compared: encrypted, or of a kind that is not known.
    pub closed_keys: usize,
}

/// Why a file gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It opens with another password.
    WrongPassword,
    /// It is PKCS #7 (p7b), which holds certificates and never a key.
    Pkcs7,
    /// It is a request for a certificate (PKCS #10, RFC 2986), which a CA has to answer.
    Request,
    /// It is a key store of Java (JKS or JCEKS).
    Java,
    /// It is PKCS #12, encrypted or made in a way that is not known here.
    UnknownPkcs12,
    /// There is no certificate in it, and no key either.
    Nothing,
}

/// Whether this is PKCS #12, which needs a password: a sequence that begins with version 3 (RFC 7292
/// §4).
pub fn is_pkcs12(bytes: &[u8]) -> bool {
    let mut reader = Reader(bytes);
    let version = reader
        .enter(SEQUENCE)
        .and_then(|mut inner| inner.content(INTEGER));
    version == Some(&[3])
}

/// Opens PKCS #12 with this password.
///
/// # Errors
///
/// [`Closed`], by its reason.
pub fn open(bytes: &[u8], password: &str) -> Result<Contents, Closed> {
    let archive = Pkcs12Archive::from_pkcs12(bytes, password).map_err(|error| match error {
        // Without a check sum of the whole, a wrong password shows in what does not decrypt.
        StoreError::MacError(_) | StoreError::UnpadError | StoreError::Pkcs5Error(_) => {
            Closed::WrongPassword
        }
        _ => Closed::UnknownPkcs12,
    })?;
    let mut contents = Contents::new(OfferKind::Pfx);
    for bag in &archive.certs {
        contents.add(bag.cert.as_der());
    }
    for bag in &archive.keys {
        contents.add_key(KeyMark::of_pkcs8(bag.key.as_der()));
    }
    contents.or_nothing()
}

/// Reads PEM or a certificate in DER.
///
/// # Errors
///
/// [`Closed`] where neither a certificate nor a key is in it.
pub fn read(bytes: &[u8]) -> Result<Contents, Closed> {
    if is_whole_sequence(bytes) {
        return read_der(bytes);
    }
    if JAVA.iter().any(|magic| bytes.starts_with(magic)) {
        return Err(Closed::Java);
    }
    let mut contents = Contents::new(OfferKind::Pem);
    let blocks = pem::parse_many(bytes).unwrap_or_default();
    for block in &blocks {
        let der = block.contents();
        match block.tag() {
            "CERTIFICATE" | "X509 CERTIFICATE" => contents.add(der),
            // OpenSSL appends what it trusts it for.
            "TRUSTED CERTIFICATE" => contents.add(first_element(der)),
            "PRIVATE KEY" => contents.add_key(KeyMark::of_pkcs8(der)),
            // The old form may be encrypted: its headers say so.
            "RSA PRIVATE KEY" | "EC PRIVATE KEY" if block.headers().get("DEK-Info").is_some() => {
                contents.add_key(None);
            }
            "RSA PRIVATE KEY" => contents.add_key(KeyMark::of_pkcs1(der)),
            "EC PRIVATE KEY" => contents.add_key(KeyMark::of_sec1(der, None)),
            "ENCRYPTED PRIVATE KEY" => contents.add_key(None),
            "PKCS7" | "CMS" => return Err(Closed::Pkcs7),
            _ => {}
        }
    }
    let is_request = |block: &pem::Pem| block.tag().ends_with("CERTIFICATE REQUEST");
    contents.or_nothing().map_err(|why| {
        if blocks.iter().any(is_request) {
            Closed::Request
        } else {
            why
        }
    })
}

/// How the key stores of Java begin (`sun.security.provider.JavaKeyStore`, and JCEKS).
const JAVA: [[u8; 4]; 2] = [[0xfe, 0xed, 0xfe, 0xed], [0xce, 0xce, 0xce, 0xce]];

fn read_der(bytes: &[u8]) -> Result<Contents, Closed> {
    let mut inner = Reader(bytes).enter(SEQUENCE).ok_or(Closed::Nothing)?;
    if inner.content(OID) == Some(SIGNED_DATA) {
        return Err(Closed::Pkcs7);
    }
    let mut contents = Contents::new(OfferKind::Der);
    if X509Certificate::from_der(bytes).is_ok() {
        contents.add(bytes);
    } else if let Some(key) = KeyMark::of_pkcs8(bytes).or_else(|| KeyMark::of_pkcs1(bytes)) {
        contents.add_key(Some(key));
    } else if X509CertificationRequest::from_der(bytes).is_ok() {
        return Err(Closed::Request);
    }
    contents.or_nothing()
}

fn first_element(der: &[u8]) -> &[u8] {
    Reader(der).next().map_or(der, |element| element.whole)
}

impl Contents {
    pub fn new(kind: OfferKind) -> Self {
        Self {
            kind,
            certificates: Vec::new(),
            keys: Vec::new(),
            closed_keys: 0,
        }
    }

    fn add(&mut self, der: &[u8]) {
        let der = Der(der.to_vec());
        if !self.certificates.contains(&der) {
            self.certificates.push(der);
        }
    }

    fn add_key(&mut self, key: Option<KeyMark>) {
        match key {
            Some(key) => self.keys.push(key),
            None => self.closed_keys += 1,
        }
    }

    fn or_nothing(self) -> Result<Self, Closed> {
        if self.certificates.is_empty() && self.keys.is_empty() && self.closed_keys == 0 {
            Err(Closed::Nothing)
        } else {
            Ok(self)
        }
    }
}
