//! Reads what xfed judges of a certificate (RFC 5280). A pure codec: malformed input is an answer,
//! never a panic.

use time::OffsetDateTime;
use x509_parser::asn1_rs::{Any, Tag};
use x509_parser::error::X509Error;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::objects::{oid_registry, oid2abbrev};
use x509_parser::prelude::{FromDer, X509Certificate, X509Name};

/// The properties of one certificate that the checklist asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The whole subject, `CN=…, O=…`.
    pub subject: String,
    /// Every common name of the subject (Antragsteller), in order.
    pub common_names: Vec<String>,
    /// The whole issuer.
    pub issuer: String,
    /// The issuer's common name, else its organisation, else all of it.
    pub issuer_name: String,
    /// The dNSNames among the subject alternative names; `None` without the extension.
    pub names: Option<Vec<String>>,
    /// First moment of validity.
    pub not_before: OffsetDateTime,
    /// Last moment of validity.
    pub not_after: OffsetDateTime,
    /// What the extended key usage allows; `None` without the extension, which allows all.
    pub purposes: Option<Purposes>,
    /// Signed by its own key.
    pub self_signed: bool,
}

/// Extended key usages, as far as federation needs them (RFC 5280 §4.2.1.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purposes {
    /// id-kp-serverAuth, or any.
    pub server_auth: bool,
    /// id-kp-clientAuth, or any.
    pub client_auth: bool,
}

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    ///
    /// The place or kind of the first thing that cannot be read, in the words of the parser.
    pub fn parse(der: &[u8]) -> Result<Self, String> {
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|error| match error {
            x509_parser::nom::Err::Error(error) | x509_parser::nom::Err::Failure(error) => {
                error.to_string()
            }
            x509_parser::nom::Err::Incomplete(_) => "truncated".to_owned(),
        })?;
        if !rest.is_empty() {
            return Err(format!("{} bytes after the end", rest.len()));
        }
        let (names, purposes) = read_extensions(&certificate)?;
        let issuer = distinguished_name(certificate.issuer());
        let issuer_name = attributes(certificate.issuer(), "CN")
            .into_iter()
            .chain(attributes(certificate.issuer(), "O"))
            .next()
            .unwrap_or_else(|| issuer.clone());
        let self_issued = certificate.subject().as_raw() == certificate.issuer().as_raw();
        Ok(Self {
            subject: distinguished_name(certificate.subject()),
            common_names: attributes(certificate.subject(), "CN"),
            issuer,
            issuer_name,
            names,
            not_before: certificate.validity().not_before.to_datetime(),
            not_after: certificate.validity().not_after.to_datetime(),
            purposes,
            // A signature that this library cannot verify at all (P-521, PSS keys) is no proof
            // against it: a certificate that names itself as its issuer has none.
            self_signed: self_issued
                && !matches!(
                    certificate.verify_signature(None),
                    Err(X509Error::SignatureVerificationError)
                ),
        })
    }

    /// The dNSNames, empty also without the extension.
    #[must_use]
    pub fn dns_names(&self) -> &[String] {
        self.names.as_deref().unwrap_or_default()
    }
}

type Extensions = (Option<Vec<String>>, Option<Purposes>);

fn read_extensions(certificate: &X509Certificate<'_>) -> Result<Extensions, String> {
    let (mut names, mut purposes) = (None, None);
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(san) => {
                let dns = san.general_names.iter().filter_map(|name| match name {
                    GeneralName::DNSName(name) => Some((*name).to_owned()),
                    _ => None,
                });
                names = Some(dns.collect());
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                purposes = Some(Purposes {
                    server_auth: usage.any || usage.server_auth,
                    client_auth: usage.any || usage.client_auth,
                });
            }
            ParsedExtension::ParseError { error } => {
                return Err(format!("extension {}: {error}", extension.oid));
            }
            _ => {}
        }
    }
    Ok((names, purposes))
}

/// A distinguished name as people write it, from names in DER; `None` when it cannot be read.
#[must_use]
pub fn read_name(der: &[u8]) -> Option<String> {
    X509Name::from_der(der)
        .ok()
        .map(|(_, name)| distinguished_name(&name))
}

fn distinguished_name(name: &X509Name<'_>) -> String {
    let parts: Vec<String> = name
        .iter_attributes()
        .map(|attribute| {
            let oid = attribute.attr_type();
            let key =
                oid2abbrev(oid, oid_registry()).map_or_else(|_| oid.to_id_string(), str::to_owned);
            format!("{key}={}", text(attribute.attr_value()))
        })
        .collect();
    parts.join(", ")
}

fn attributes(name: &X509Name<'_>, wanted: &str) -> Vec<String> {
    name.iter_attributes()
        .filter(|attribute| oid2abbrev(attribute.attr_type(), oid_registry()) == Ok(wanted))
        .map(|attribute| text(attribute.attr_value()))
        .collect()
}

/// A string of any of the types that names are made of; what does not decode is replaced.
fn text(value: &Any<'_>) -> String {
    match value.tag() {
        Tag::BmpString => {
            let units = value
                .data
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units)
                .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        // T.61 in the wild is Latin-1.
        Tag::T61String => value.data.iter().map(|byte| char::from(*byte)).collect(),
        _ => String::from_utf8_lossy(value.data).into_owned(),
    }
}
