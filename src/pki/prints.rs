//! By what a certificate is told from all others. The one place that writes it.

use std::fmt::Write;

use ring::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::ber;
use super::der::unsigned;

/// A certificate's marks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prints {
    /// Its serial number, in pairs of hexadecimal digits; empty where it cannot be read.
    pub serial: String,
    /// The SHA-1 thumbprint as Windows has it: digits without a break.
    pub sha1: String,
    /// The SHA-256 fingerprint, in pairs of hexadecimal digits.
    pub sha256: String,
}

impl Prints {
    /// The marks of a certificate in DER.
    pub fn of(der: &[u8]) -> Self {
        let written = ber::in_der(der);
        let read = X509Certificate::from_der(&written);
        let serial = read.map(|(_, read)| serial(read.raw_serial()));
        Self {
            serial: serial.unwrap_or_default(),
            sha1: pairs(&hash(&SHA1_FOR_LEGACY_USE_ONLY, der), ""),
            sha256: fingerprint(der),
        }
    }
}

fn serial(raw: &[u8]) -> String {
    pairs(unsigned(raw), ":")
}

/// The same as Windows shows it.
pub(crate) fn serial_in_windows(raw: &[u8]) -> String {
    pairs(raw, "").to_ascii_lowercase()
}

/// The SHA-256 fingerprint as certificate viewers write it: pairs of hexadecimal digits.
pub fn fingerprint(der: &[u8]) -> String {
    pairs(&hash(&SHA256, der), ":")
}

fn hash(algorithm: &'static Algorithm, bytes: &[u8]) -> Vec<u8> {
    digest(algorithm, bytes).as_ref().to_vec()
}

fn pairs(bytes: &[u8], between: &str) -> String {
    let mut pairs = String::with_capacity(bytes.len() * (2 + between.len()));
    for byte in bytes {
        if !pairs.is_empty() {
            pairs.push_str(between);
        }
        // A string takes whatever is written.
        let _ = write!(pairs, "{byte:02X}");
    }
    pairs
}
