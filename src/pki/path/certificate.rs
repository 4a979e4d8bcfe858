//! One certificate, as a path looks at it.

use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate, X509Extension, X509Version};

use super::constraints::{Constraints, Subject};
use super::encoding;
use super::policies::Policies;
use crate::facts::{Disputed, Partner};
use crate::pki::algorithm::{Algorithm, PublicKey};
use crate::pki::ber;
use crate::pki::der::{self, Reader};
use crate::pki::names::Name;
use crate::pki::prints;
use crate::pki::signature::{Checked, verify};
use crate::pki::x509;

/// What a path asks of a certificate. Extensions that are not there are `None`.
#[derive(Clone, Debug)]
pub(crate) struct PathCert {
    /// The subject as people write it.
    pub(super) subject_text: String,
    pub(super) issuer_text: String,
    pub(super) subject: Name,
    pub(super) issuer: Name,
    pub(super) serial: Vec<u8>,
    pub(super) version1: bool,
    /// First and last moment; as they are written where they cannot be read.
    pub(super) validity: Result<(i64, i64), String>,
    pub(super) key: PublicKey,
    /// What is signed, how, and the signature.
    pub(super) signed: Vec<u8>,
    pub(super) algorithm: Algorithm,
    pub(super) signature: Vec<u8>,
    /// The algorithm inside is the one outside.
    pub(super) one_algorithm: bool,
    /// basicConstraints: whether it is a CA, and its path length.
    pub(super) ca: Option<(bool, Option<u32>)>,
    pub(super) usage: Option<Usage>,
    pub(super) purposes: Option<Purposes>,
    pub(super) key_identifier: Option<Vec<u8>>,
    pub(super) issuer_key: Option<Vec<u8>>,
    /// Of the authorityKeyIdentifier: the issuer's own issuer, and its serial number.
    pub(super) issuer_serial: (Option<Name>, Option<Vec<u8>>),
    pub(super) constraints: Option<Constraints>,
    pub(super) names: Subject,
    pub(super) policies: Policies,
    /// Issuer and subject letter by letter, and in DER.
    pub(super) issuer_spelling: (Name, Vec<u8>),
    pub(super) subject_spelling: (Name, Vec<u8>),
    /// The Netscape certificate type: for servers, for clients.
    pub(super) netscape: Option<(bool, bool)>,
    /// Critical extensions that nobody knows.
    pub(super) unknown_critical: Vec<String>,
    /// Critical extensions that this partner does not know.
    pub(super) disputed_critical: Vec<(String, Partner)>,
    /// Extensions that stand more than once.
    pub(super) repeated: Vec<String>,
    /// Extensions that cannot be read.
    pub(super) broken: Vec<String>,
    /// Those of them that nobody minds who was measured.
    pub(super) broken_unminded: Vec<String>,
    /// How it is written, where this partner does not read that.
    pub(super) written: Vec<(Disputed, Partner)>,
    /// Its TLS feature demands stapled OCSP answers.
    pub(super) demands_staple: bool,
    /// The extensions of Internet resources that it has, by their OIDs, and whether it states any in them
    /// or has them all from its issuer (RFC 3779 §2.2.3.5 and §3.2.3.2).
    pub(super) resources: Vec<(&'static str, bool)>,
}

/// keyUsage, as far as a path asks for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    pub(super) digital_signature: bool,
    /// keyEncipherment or keyAgreement: what the key was used for before it signed handshakes.
    pub(super) key_exchange: bool,
    pub(super) cert_sign: bool,
    pub(super) crl_sign: bool,
}

/// extendedKeyUsage, as far as a path asks for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Purposes {
    pub(super) any: bool,
    pub(super) server_auth: bool,
    pub(super) client_auth: bool,
    pub(super) ocsp_signing: bool,
}

impl PathCert {
    /// Reads a certificate in DER; `None` where it is none.
    pub(crate) fn parse(der: &[u8]) -> Option<Self> {
        let written = ber::in_der(der);
        let (rest, read) = X509Certificate::from_der(&written).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let tbs = &read.tbs_certificate;
        let mut certificate = Self {
            subject_text: x509::read_name(tbs.subject.as_raw())?,
            issuer_text: x509::read_name(tbs.issuer.as_raw())?,
            subject: Name::of(&tbs.subject),
            issuer: Name::of(&tbs.issuer),
            serial: der::unsigned(read.raw_serial()).to_vec(),
            version1: tbs.version == X509Version::V1,
            validity: validity(tbs.as_ref())?,
            key: PublicKey::parse(tbs.subject_pki.raw)?,
            signed: ber::signed(der).to_vec(),
            algorithm: Algorithm::read(&read.signature_algorithm),
            // No signature has a part of a byte: such a one was not made by anybody.
            signature: match read.signature_value.unused_bits {
                0 => read.signature_value.data.to_vec(),
                _ => Vec::new(),
            },
            one_algorithm: names_one_algorithm(&written)?,
            ca: None,
            usage: None,
            purposes: None,
            key_identifier: None,
            issuer_key: None,
            issuer_serial: (None, None),
            constraints: None,
            names: Subject::of(&tbs.subject),
            issuer_spelling: (Name::spelled(&tbs.issuer), tbs.issuer.as_raw().to_vec()),
            subject_spelling: (Name::spelled(&tbs.subject), tbs.subject.as_raw().to_vec()),
            netscape: None,
            policies: Policies::default(),
            unknown_critical: Vec::new(),
            disputed_critical: Vec::new(),
            repeated: Vec::new(),
            broken: Vec::new(),
            broken_unminded: Vec::new(),
            written: encoding::disputed(&read),
            demands_staple: false,
            resources: Vec::new(),
        };
        let mut seen = Vec::new();
        for extension in read.extensions() {
            let oid = extension.oid.to_id_string();
            if seen.contains(&oid) {
                certificate.repeated.push(oid);
            } else {
                certificate.note(extension, &oid);
                seen.push(oid);
            }
        }
        Some(certificate)
    }

    fn note(&mut self, extension: &X509Extension<'_>, oid: &str) {
        self.policies.note(extension.parsed_extension());
        if extension.critical {
            self.note_critical(oid);
        } else if let Some(known) = encoding::RESOURCES.iter().find(|known| **known == oid) {
            let is_stated = states_resources(extension.value);
            self.resources.push((known, is_stated));
        }
        match extension.parsed_extension() {
            ParsedExtension::ParseError { .. } if x509::is_for_others(oid) => {}
            ParsedExtension::ParseError { .. } if x509::is_unminded(extension) => {
                self.broken_unminded.push(oid.to_owned());
            }
            ParsedExtension::ParseError { .. } => self.broken.push(oid.to_owned()),
            ParsedExtension::BasicConstraints(constraints) => {
                self.ca = Some((constraints.ca, constraints.path_len_constraint));
            }
            ParsedExtension::KeyUsage(usage) => {
                self.usage = Some(Usage {
                    digital_signature: usage.digital_signature(),
                    key_exchange: usage.key_encipherment() || usage.key_agreement(),
                    cert_sign: usage.key_cert_sign(),
                    crl_sign: usage.crl_sign(),
                });
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                self.purposes = Some(Purposes {
                    any: usage.any,
                    server_auth: usage.server_auth,
                    client_auth: usage.client_auth,
                    ocsp_signing: usage.ocsp_signing,
                });
            }
            ParsedExtension::SubjectKeyIdentifier(identifier) => {
                self.key_identifier = Some(identifier.0.to_vec());
            }
            ParsedExtension::AuthorityKeyIdentifier(identifier) => {
                self.issuer_key = identifier.key_identifier.as_ref().map(|id| id.0.to_vec());
                let names = identifier.authority_cert_issuer.iter().flatten();
                let name = names.into_iter().find_map(|name| match name {
                    GeneralName::DirectoryName(name) => Some(Name::of(name)),
                    _ => None,
                });
                let serial = identifier.authority_cert_serial;
                self.issuer_serial = (name, serial.map(|serial| der::unsigned(serial).to_vec()));
            }
            ParsedExtension::NameConstraints(constraints) => {
                self.constraints = Some(Constraints::of(constraints, extension.value));
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                if names.general_names.iter().all(x509::is_well_formed) {
                    self.names.alternatives(&names.general_names);
                } else {
                    self.broken.push(oid.to_owned());
                }
            }
            ParsedExtension::NSCertType(kind) => {
                self.netscape = Some((kind.ssl_server(), kind.ssl_client()));
            }
            _ if oid == x509::TLS_FEATURE => {
                self.demands_staple = x509::demands_staple(extension.value);
            }
            _ => {}
        }
    }

    fn note_critical(&mut self, oid: &str) {
        match (is_known_to_openssl(oid), is_known_to_gnutls(oid)) {
            (true, true) => {}
            (false, false) => self.unknown_critical.push(oid.to_owned()),
            (false, true) => {
                let refused = (oid.to_owned(), Partner::OpenSsl);
                self.disputed_critical.push(refused);
            }
            (true, false) => {
                let refused = (oid.to_owned(), Partner::GnuTls);
                self.disputed_critical.push(refused);
            }
        }
    }

    /// Its subject is its issuer.
    pub(super) fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// Its authorityKeyIdentifier names another key than this issuer says it has.
    pub(super) fn names_other_key(&self, issuer: &Self) -> bool {
        match (&self.issuer_key, &issuer.key_identifier) {
            (Some(meant), Some(own)) => !meant.is_empty() && meant != own,
            _ => false,
        }
    }

    /// Its authorityKeyIdentifier has an empty identifier, where this issuer says which key it has.
    pub(super) fn names_empty_key(&self, issuer: &Self) -> bool {
        self.issuer_key.as_ref().is_some_and(Vec::is_empty) && issuer.key_identifier.is_some()
    }

    /// Its authorityKeyIdentifier names another certificate by issuer and serial number.
    pub(super) fn names_other_serial(&self, issuer: &Self) -> bool {
        let (name, serial) = &self.issuer_serial;
        name.as_ref().is_some_and(|name| *name != issuer.issuer)
            || serial
                .as_ref()
                .is_some_and(|serial| *serial != issuer.serial)
    }

    /// By what people tell it from others of its name: its issuer, and its serial number.
    pub(super) fn marks(&self) -> (String, String) {
        (self.issuer_text.clone(), self.serial_text())
    }

    /// Its serial number as Windows shows it.
    pub(crate) fn serial_text(&self) -> String {
        prints::serial_in_windows(&self.serial)
    }

    /// Its last moment, where that can be read.
    pub(super) fn last_moment(&self) -> Option<i64> {
        self.validity.as_ref().ok().map(|(_, until)| *until)
    }

    /// The identifier of its key: as it says, else as everybody derives it.
    pub(super) fn own_identifier(&self) -> Vec<u8> {
        let stated = self.key_identifier.clone();
        stated.unwrap_or_else(|| self.key.identifier())
    }

    /// Is one of a CA, by its basicConstraints.
    pub(crate) fn is_authority(&self) -> bool {
        self.ca.is_some_and(|(is_ca, _)| is_ca)
    }

    /// May answer OCSP for its issuer (RFC 6960 §4.2.2.2).
    pub(crate) fn is_ocsp_signer(&self) -> bool {
        self.purposes.is_some_and(|purposes| purposes.ocsp_signing)
    }

    /// May not sign handshakes, by its keyUsage.
    pub(crate) fn lacks_digital_signature(&self) -> bool {
        self.usage.is_some_and(|usage| !usage.digital_signature)
    }

    /// May sign lists of what it has revoked (RFC 5280 §4.2.1.3).
    pub(crate) fn may_sign_lists(&self) -> bool {
        self.usage.is_none_or(|usage| usage.crl_sign)
    }

    pub(crate) fn key(&self) -> &PublicKey {
        &self.key
    }

    pub(crate) fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// Is signed with this key.
    pub(crate) fn is_signed_with(&self, key: &PublicKey) -> Checked {
        verify(key, &self.algorithm, &self.signed, &self.signature)
    }

    /// Is valid at this moment, in seconds since 1970.
    pub(crate) fn is_valid_at(&self, now: i64) -> bool {
        matches!(self.validity, Ok((from, until)) if (from..=until).contains(&now))
    }

    pub(crate) fn is_issued_by(&self, other: &Self) -> bool {
        self.issuer == other.subject
    }

    pub(crate) fn has_issuer_of(&self, other: &Self) -> bool {
        self.issuer == other.issuer
    }

    pub(crate) fn subject(&self) -> &Name {
        &self.subject
    }

    pub(crate) fn issuer(&self) -> &Name {
        &self.issuer
    }
}

/// Whether there is anything in this list of resources but the word that they are the issuer's: NULL, as
/// the last element of each entry. What is no list states nothing.
fn states_resources(value: &[u8]) -> bool {
    const INHERITED: &[u8] = &[5, 0];
    let entries = || {
        let mut list = Reader(value).enter(der::SEQUENCE)?;
        let mut entries = Vec::new();
        while let Some(entry) = list.next() {
            entries.push(entry.content);
        }
        Some(entries)
    };
    entries().is_some_and(|entries| entries.iter().any(|entry| !entry.ends_with(INHERITED)))
}

/// Whether the algorithm inside is, to the byte, the one outside (RFC 5280 §4.1.1.2); `None` where
/// that cannot be read.
fn names_one_algorithm(der: &[u8]) -> Option<bool> {
    let mut parts = Reader(der).enter(der::SEQUENCE)?;
    let mut fields = parts.enter(der::SEQUENCE)?;
    fields.take(VERSION);
    fields.take(der::INTEGER)?;
    let (inside, outside) = (fields.take(der::SEQUENCE)?, parts.take(der::SEQUENCE)?);
    Some(inside.whole == outside.whole)
}

/// The field of a TBSCertificate that a certificate of version 1 lacks.
const VERSION: u8 = 0xa0;

/// The two dates of a TBSCertificate in DER.
fn validity(tbs: &[u8]) -> Option<Result<(i64, i64), String>> {
    let mut fields = Reader(tbs).enter(der::SEQUENCE)?;
    fields.take(VERSION);
    let (_serial, _algorithm, _issuer) = (fields.next()?, fields.next()?, fields.next()?);
    let mut dates = fields.enter(der::SEQUENCE)?;
    let (from, until) = (dates.next()?, dates.next()?);
    let read = |date: der::Element<'_>| {
        der::moment(date).ok_or_else(|| String::from_utf8_lossy(date.content).into_owned())
    };
    Some(read(from).and_then(|from| Ok((from, read(until)?))))
}

/// Extensions that OpenSSL takes when they are critical, measured with 3.0.
fn is_known_to_openssl(oid: &str) -> bool {
    matches!(
        oid,
        // keyUsage, subjectAltName, basicConstraints, nameConstraints, cRLDistributionPoints
        "2.5.29.15" | "2.5.29.17" | "2.5.29.19" | "2.5.29.30" | "2.5.29.31"
        // certificatePolicies, policyMappings, policyConstraints, extKeyUsage, inhibitAnyPolicy
        | "2.5.29.32" | "2.5.29.33" | "2.5.29.36" | "2.5.29.37" | "2.5.29.54"
        // id-pkix-ocsp-nocheck, Netscape certificate type
        | "1.3.6.1.5.5.7.48.1.5" | "2.16.840.1.113730.1.1"
    )
}

/// Extensions that GnuTLS takes when they are critical, measured with 3.7.
fn is_known_to_gnutls(oid: &str) -> bool {
    matches!(
        oid,
        // subjectKeyIdentifier, keyUsage, subjectAltName, issuerAltName, basicConstraints
        "2.5.29.14" | "2.5.29.15" | "2.5.29.17" | "2.5.29.18" | "2.5.29.19"
        // nameConstraints, cRLDistributionPoints, certificatePolicies, authorityKeyIdentifier
        | "2.5.29.30" | "2.5.29.31" | "2.5.29.32" | "2.5.29.35"
        // extKeyUsage, inhibitAnyPolicy, authorityInfoAccess, TLS feature
        | "2.5.29.37" | "2.5.29.54" | "1.3.6.1.5.5.7.1.1" | "1.3.6.1.5.5.7.1.24"
    )
}
