//! Reads what xfed judges of a certificate (RFC 5280). A pure codec: malformed input is an answer,
//! never a panic.

use std::cell::RefCell;

use time::OffsetDateTime;
use x509_parser::asn1_rs::{Any, Tag};
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::objects::{oid_registry, oid2abbrev};
use x509_parser::oid_registry::OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS;
use x509_parser::prelude::{FromDer, X509Certificate, X509Extension, X509Name};

use super::algorithm::{Algorithm, PublicKey};
use super::ber;
use super::der::{self, Reader};
use super::kinds::{Key, Signature, read_key, read_signature};
use super::names::Name;
use super::remembered::Remembered;
use super::signature::{Checked, verify};
use crate::facts::Der;

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
    /// The dNSNames among the subject alternative names; `None` without the extension. What is not
    /// UTF-8 is replaced.
    pub names: Option<Vec<String>>,
    /// First moment of validity.
    pub not_before: OffsetDateTime,
    /// Last moment of validity.
    pub not_after: OffsetDateTime,
    /// What the extended key usage allows; `None` without the extension, which allows all.
    pub purposes: Option<Purposes>,
    /// Whether its key usage allows to encrypt keys with the key (keyEncipherment); `None` without the
    /// extension, which allows all.
    pub may_encipher: Option<bool>,
    /// Signed by its own key.
    pub self_signed: bool,
    /// The key it certifies.
    pub key: Key,
    /// How its issuer signed it.
    pub signature: Signature,
    /// Where its issuer's certificate can be had (AIA caIssuers), as written there.
    pub issuer_url: Option<String>,
    /// Where its revocation list can be had (CRL distribution points), as written there; `None`
    /// without the extension.
    pub crl_urls: Option<Vec<String>>,
    /// The issuer's organisation.
    pub issuer_organisation: Option<String>,
    /// It demands that its server staples an OCSP answer to it (TLS feature, RFC 7633).
    pub must_staple: bool,
}

/// Why a certificate cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no certificate at all.
    NoCertificate,
    /// One of its dates is none, as it is written.
    Date(String),
    /// It is one, and so many bytes more.
    Surplus(usize),
    /// The extension of this OID is not made as it should be.
    Extension(String),
}

/// True if these bytes are a distinguished name, to their end.
pub fn is_name(der: &[u8]) -> bool {
    X509Name::from_der(der).is_ok_and(|(rest, _)| rest.is_empty())
}

/// True if these bytes are one DER SEQUENCE with definite length, to their end.
pub fn is_whole_sequence(der: &[u8]) -> bool {
    Any::from_der(der).is_ok_and(|(rest, any)| {
        rest.is_empty() && any.tag() == Tag::Sequence && !any.data.is_empty()
    })
}

impl Unreadable {
    /// The key of the reason in the texts, and what the text names.
    pub fn keys(&self) -> (&'static str, String) {
        match self {
            Self::NoCertificate => ("no-certificate", String::new()),
            Self::Date(written) => ("date", written.clone()),
            Self::Surplus(bytes) => ("surplus", bytes.to_string()),
            Self::Extension(oid) => ("extension", oid.clone()),
        }
    }
}

/// The first date of a certificate that is none, such as the thirtieth of February.
fn broken_date(der: &[u8]) -> Option<String> {
    const VERSION: u8 = 0xa0;
    let mut fields = Reader(der).enter(der::SEQUENCE)?.enter(der::SEQUENCE)?;
    fields.take(VERSION);
    let (_serial, _algorithm, _issuer) = (fields.next()?, fields.next()?, fields.next()?);
    let mut dates = fields.enter(der::SEQUENCE)?;
    let dates = [dates.next()?, dates.next()?];
    let broken = dates
        .into_iter()
        .find(|date| der::moment(*date).is_none())?;
    Some(String::from_utf8_lossy(broken.content).into_owned())
}

/// Extended key usages, as far as federation needs them (RFC 5280 §4.2.1.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purposes {
    /// id-kp-serverAuth.
    pub server_auth: bool,
    /// id-kp-clientAuth.
    pub client_auth: bool,
    /// anyExtendedKeyUsage, which OpenSSL and others take for neither of the two.
    pub any: bool,
}

/// So many certificates are remembered, and none that is larger than any of a public authority.
const MOST_KNOWN: usize = 64;
const LARGEST_KNOWN: usize = 8 * 1024;

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    ///
    /// The first thing that cannot be read.
    pub fn parse(der: &[u8]) -> Result<Self, Unreadable> {
        thread_local! {
            static KNOWN: RefCell<Remembered<Vec<u8>, Certificate>> =
                RefCell::new(Remembered::new(MOST_KNOWN));
        }
        if let Some(known) = KNOWN.with_borrow(|known| known.get(der)) {
            return Ok(known);
        }
        let certificate = Self::read(der)?;
        if der.len() <= LARGEST_KNOWN {
            KNOWN.with_borrow_mut(|known| known.keep(der.to_vec(), certificate.clone()));
        }
        Ok(certificate)
    }

    fn read(der: &[u8]) -> Result<Self, Unreadable> {
        let written = ber::in_der(der);
        let (rest, certificate) = X509Certificate::from_der(&written).map_err(|_| {
            let date = broken_date(&written);
            date.map_or(Unreadable::NoCertificate, Unreadable::Date)
        })?;
        if !rest.is_empty() {
            return Err(Unreadable::Surplus(rest.len()));
        }
        let Extensions {
            names,
            purposes,
            may_encipher,
            issuer_url,
            crl_urls,
            must_staple,
        } = read_extensions(&certificate)?;
        let issuer = distinguished_name(certificate.issuer());
        let issuer_name = attributes(certificate.issuer(), "CN")
            .into_iter()
            .chain(attributes(certificate.issuer(), "O"))
            .next()
            .unwrap_or_else(|| issuer.clone());
        Ok(Self {
            subject: distinguished_name(certificate.subject()),
            common_names: {
                let mut names = attributes(certificate.subject(), "CN");
                // One that is empty names nothing.
                names.retain(|name| !name.trim().is_empty());
                names
            },
            issuer,
            issuer_name,
            names,
            key: read_key(&certificate),
            signature: read_signature(&certificate),
            issuer_url,
            crl_urls,
            issuer_organisation: attributes(certificate.issuer(), "O").into_iter().next(),
            not_before: certificate.validity().not_before.to_datetime(),
            not_after: certificate.validity().not_after.to_datetime(),
            purposes,
            may_encipher,
            must_staple,
            // A signature that cannot be verified here is no proof against it: a certificate that
            // names itself as its issuer has none.
            self_signed: is_signed_by(&certificate, ber::signed(der), &certificate),
        })
    }

    /// Whether a dNSName is exactly this host: no wildcard, no matter of case.
    pub fn names_exactly(&self, host: &str) -> bool {
        self.dns_names()
            .iter()
            .any(|name| name.eq_ignore_ascii_case(host))
    }

    /// The dNSNames, empty also without the extension.
    pub fn dns_names(&self) -> &[String] {
        self.names.as_deref().unwrap_or_default()
    }
}

#[derive(Default)]
struct Extensions {
    names: Option<Vec<String>>,
    purposes: Option<Purposes>,
    may_encipher: Option<bool>,
    issuer_url: Option<String>,
    crl_urls: Option<Vec<String>>,
    must_staple: bool,
}

/// The TLS feature extension, and the element of its list that demands a staple (RFC 7633 §4).
pub(crate) const TLS_FEATURE: &str = "1.3.6.1.5.5.7.1.24";
const STATUS_REQUEST: &[u8] = &[0x02, 0x01, 0x05];

fn read_extensions(certificate: &X509Certificate<'_>) -> Result<Extensions, Unreadable> {
    let mut read = Extensions::default();
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(san) => {
                if !san.general_names.iter().all(is_well_formed) {
                    return Err(Unreadable::Extension(extension.oid.to_id_string()));
                }
                let dns = san.general_names.iter().filter_map(|name| match name {
                    GeneralName::DNSName(name) => Some((*name).to_owned()),
                    GeneralName::Invalid(tag, bytes) if tag.0 == DNS_NAME => {
                        Some(String::from_utf8_lossy(bytes).into_owned())
                    }
                    _ => None,
                });
                read.names = Some(dns.collect());
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                read.purposes = Some(Purposes {
                    server_auth: usage.server_auth,
                    client_auth: usage.client_auth,
                    any: usage.any,
                });
            }
            ParsedExtension::KeyUsage(usage) => {
                read.may_encipher = Some(usage.key_encipherment());
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                let urls = access
                    .iter()
                    .filter_map(|access| match access.access_location {
                        GeneralName::URI(url)
                            if access.access_method == OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS =>
                        {
                            Some(url)
                        }
                        _ => None,
                    });
                read.issuer_url = preferred(&urls.collect::<Vec<_>>()).map(str::to_owned);
            }
            ParsedExtension::CRLDistributionPoints(points) => {
                let names = points
                    .iter()
                    .filter_map(|point| match &point.distribution_point {
                        Some(DistributionPointName::FullName(names)) => Some(names),
                        _ => None,
                    });
                let urls = names.flatten().filter_map(|name| match name {
                    GeneralName::URI(url) => Some((*url).to_owned()),
                    _ => None,
                });
                read.crl_urls = Some(urls.collect());
            }
            ParsedExtension::ParseError { .. } if is_for_others(&extension.oid.to_id_string()) => {}
            ParsedExtension::ParseError { .. } if is_unminded(extension) => {}
            ParsedExtension::ParseError { .. } => {
                return Err(Unreadable::Extension(extension.oid.to_id_string()));
            }
            _ if extension.oid.to_id_string() == TLS_FEATURE => {
                read.must_staple = demands_staple(extension.value);
            }
            _ => {}
        }
    }
    Ok(read)
}

/// The first address that is fetched over HTTP, as nearly everybody does: those of an enterprise's own CA
/// often begin with `ldap:` (RFC 5280 §4.2.2.1 knows both). Without such a one, the first.
fn preferred<'a>(urls: &[&'a str]) -> Option<&'a str> {
    let is_http = |url: &&str| {
        let scheme = url.get(.."http:".len());
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"))
    };
    urls.iter().copied().find(is_http).or(urls.first().copied())
}

/// Extensions that say nothing to whoever verifies a server, so that no partner minds what is in
/// them: authorityInfoAccess, subjectInfoAccess, signed certificate timestamps, issuerAltName.
pub(crate) fn is_for_others(oid: &str) -> bool {
    matches!(
        oid,
        "1.3.6.1.5.5.7.1.1" | "1.3.6.1.5.5.7.1.11" | "1.3.6.1.4.1.11129.2.4.2" | "2.5.29.18"
    )
}

/// Policies of all kinds and the scope of a list, where they are not critical: OpenSSL and GnuTLS go on
/// even when they cannot read them.
pub(crate) fn is_unminded(extension: &X509Extension<'_>) -> bool {
    let oid = extension.oid.to_id_string();
    let is_policy = ["2.5.29.32", "2.5.29.36", "2.5.29.54", "2.5.29.28"].contains(&oid.as_str());
    is_policy && !extension.critical
}

/// Whether a TLS feature demands stapled OCSP answers (RFC 7633 §4).
pub(crate) fn demands_staple(features: &[u8]) -> bool {
    let mut features = features.windows(STATUS_REQUEST.len());
    features.any(|feature| feature == STATUS_REQUEST)
}

/// The number of a dNSName among the general names (RFC 5280 §4.2.1.6).
const DNS_NAME: u32 = 2;

/// Whether OpenSSL or GnuTLS can read a certificate with this alternative name, measured with 3.0 and
/// 3.7. What they make of names in the wrong encoding is nothing.
pub(crate) fn is_well_formed(name: &GeneralName<'_>) -> bool {
    const MAIL: u32 = 1;
    const URI: u32 = 6;
    match name {
        GeneralName::Invalid(tag, _) => matches!(tag.0, MAIL | DNS_NAME | URI),
        GeneralName::RegisteredID(oid) => !oid.as_bytes().is_empty(),
        GeneralName::EDIPartyName(party) => !party.data.is_empty(),
        _ => true,
    }
}

/// The public key that a certificate is about (SubjectPublicKeyInfo), in DER.
pub fn public_key(der: &[u8]) -> Option<Vec<u8>> {
    let written = ber::in_der(der);
    let (_, certificate) = X509Certificate::from_der(&written).ok()?;
    Some(certificate.public_key().raw.to_vec())
}

/// Whether the second certificate issued the first: the names fit, and so does the signature. A
/// signature that cannot be verified here is taken for a fitting one.
pub fn is_issued_by(der: &[u8], issuer: &[u8]) -> bool {
    let written = [ber::in_der(der), ber::in_der(issuer)];
    let (Ok((_, certificate)), Ok((_, issuer))) = (
        X509Certificate::from_der(&written[0]),
        X509Certificate::from_der(&written[1]),
    ) else {
        return false;
    };
    is_signed_by(&certificate, ber::signed(der), &issuer)
}

fn is_signed_by(
    certificate: &X509Certificate<'_>,
    signed: &[u8],
    issuer: &X509Certificate<'_>,
) -> bool {
    if Name::of(certificate.issuer()) != Name::of(issuer.subject()) {
        return false;
    }
    let algorithm = Algorithm::read(&certificate.signature_algorithm);
    let signature = &certificate.signature_value.data;
    PublicKey::parse(issuer.public_key().raw)
        .is_none_or(|key| verify(&key, &algorithm, signed, signature) != Checked::Bad)
}

/// The way up from the leaf, as far as the chain goes. The order in which the certificates stand
/// does not matter, and a foreign one among them is passed over. Of a long chain only the beginning
/// is looked at.
pub fn path_of_chain(chain: &[Der]) -> Vec<&Der> {
    const LONG: usize = 32;
    let mut path: Vec<&Der> = chain.iter().take(1).collect();
    let mut left: Vec<&Der> = chain.iter().take(LONG).skip(1).collect();
    while let Some(top) = path.last()
        && let Some(at) = left.iter().position(|der| is_issued_by(&top.0, &der.0))
    {
        path.push(left.swap_remove(at));
    }
    path
}

/// The last certificate on the way up from the leaf.
pub fn top_of_chain(chain: &[Der]) -> Option<Certificate> {
    Certificate::parse(&path_of_chain(chain).last()?.0).ok()
}

/// A distinguished name as people write it, from names in DER; `None` when it cannot be read.
pub fn read_name(der: &[u8]) -> Option<String> {
    X509Name::from_der(der)
        .ok()
        .map(|(_, name)| distinguished_name(&name))
}

/// The organisation in a Name in DER.
pub fn organisation(der: &[u8]) -> Option<String> {
    let (_, name) = X509Name::from_der(der).ok()?;
    attributes(&name, "O").into_iter().next()
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
        Tag::UniversalString => {
            let units = value.data.chunks_exact(4);
            let units = units.map(|unit| u32::from_be_bytes([unit[0], unit[1], unit[2], unit[3]]));
            units
                .map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        // T.61 in the wild is Latin-1.
        Tag::T61String => value.data.iter().map(|byte| char::from(*byte)).collect(),
        _ => String::from_utf8_lossy(value.data).into_owned(),
    }
}
