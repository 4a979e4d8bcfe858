//! How a certificate is written, where one of the large libraries does not read what the others do.
//! Measured with OpenSSL 3.0 and GnuTLS 3.7.

use x509_parser::prelude::{ParsedExtension, X509Certificate, X509Extension, X509Version};
use x509_parser::x509::X509Name;

use crate::facts::{Disputed, Partner};
use crate::pki::der::{self, Reader};
use crate::pki::x509::TLS_FEATURE;

const ISSUER_ALTERNATIVES: &str = "2.5.29.18";
/// Address blocks and numbers of networks (RFC 3779).
pub(super) const RESOURCES: [&str; 2] = ["1.3.6.1.5.5.7.1.7", "1.3.6.1.5.5.7.1.8"];
/// basicConstraints, subjectAltName, extKeyUsage.
const WHOLE: [&str; 3] = ["2.5.29.19", "2.5.29.17", "2.5.29.37"];

/// What of a certificate is written so, and who does not read it.
pub(super) fn disputed(certificate: &X509Certificate<'_>) -> Vec<(Disputed, Partner)> {
    let mut found = Vec::new();
    if is_padded(certificate.raw_serial()) {
        found.push((Disputed::PaddedSerial, Partner::OpenSsl));
    }
    if ![certificate.subject(), certificate.issuer()]
        .into_iter()
        .all(is_readable)
    {
        found.push((Disputed::NameString, Partner::OpenSsl));
    }
    // What is later than 3 is no matter to GnuTLS, up to a byte.
    let is_old = !(X509Version::V3.0..=0x7f).contains(&certificate.version.0);
    if is_old && !certificate.extensions().is_empty() {
        found.push((Disputed::OldVersion, Partner::GnuTls));
    }
    found.extend(certificate.extensions().iter().filter_map(extension));
    found
}

/// More bytes than the number needs (X.690 §8.3.2).
fn is_padded(serial: &[u8]) -> bool {
    matches!(serial, [0, second, ..] if *second < 0x80)
        || matches!(serial, [0xff, second, ..] if *second >= 0x80)
}

/// Whether every string in it is of a kind that stands in names, and is one of its kind.
fn is_readable(name: &X509Name<'_>) -> bool {
    const UTF8: u32 = 12;
    const UNIVERSAL: u32 = 28;
    const BMP: u32 = 30;
    name.iter_attributes().all(|attribute| {
        let value = attribute.attr_value();
        match value.tag().0 {
            UTF8 => std::str::from_utf8(value.data).is_ok(),
            BMP => value.data.len().is_multiple_of(2),
            UNIVERSAL => value.data.len().is_multiple_of(4),
            // BIT STRING, SEQUENCE, numeric, printable, teletex and IA5 strings.
            3 | 16 | 18 | 19 | 20 | 22 => true,
            _ => false,
        }
    })
}

fn extension(extension: &X509Extension<'_>) -> Option<(Disputed, Partner)> {
    let oid = extension.oid.to_id_string();
    let mut reader = Reader(extension.value);
    let is_sequence = reader.enter(der::SEQUENCE).is_some();
    let is_surplus = is_sequence && !reader.is_empty();
    let is_unread = matches!(
        extension.parsed_extension(),
        ParsedExtension::ParseError { .. }
    );
    if RESOURCES.contains(&oid.as_str()) && !is_sequence {
        Some((Disputed::ExtensionContent(oid), Partner::OpenSsl))
    } else if oid == ISSUER_ALTERNATIVES && is_unread || oid == TLS_FEATURE && !is_sequence {
        Some((Disputed::ExtensionContent(oid), Partner::GnuTls))
    } else if WHOLE.contains(&oid.as_str()) && is_surplus {
        Some((Disputed::ExtensionSurplus(oid), Partner::GnuTls))
    } else {
        None
    }
}
