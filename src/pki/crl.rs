//! Is a certificate on the revocation list (CRL) that it names? Pure: chain, list, roots and moment
//! in, outcome out.
//!
//! That the chain is trusted is judged elsewhere. A list counts when the issuer of the certificate
//! has signed it and it is made for such certificates (RFC 5280 §6.3, without indirect lists). What it lists stays revoked, even when a newer list should be there by now.

use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::AlgorithmIdentifier;

use super::algorithm::{Algorithm, PublicKey};
use super::der::{self, Reader};
use super::names::Name;
use super::ocsp::{SKEW, reason_name};
use super::path::PathCert;
use super::roots::Roots;
use super::signature::{Checked, verify};
use super::x509::Certificate;
use crate::facts::{Der, RevocationOutcome, Unchecked};

/// Looks a leaf up in a CRL, DER or PEM, at a moment in seconds since 1970.
pub fn look_up(roots: &Roots, chain: &[Der], crl: &[u8], now: i64) -> RevocationOutcome {
    try_look_up(roots, chain, crl, now).unwrap_or_else(RevocationOutcome::Unknown)
}

/// What a list of changes to that one says of a leaf that the list itself does not name; `None` where it
/// is none that counts, or says nothing of it.
pub fn look_up_changes(
    roots: &Roots,
    chain: &[Der],
    [crl, changes]: [&[u8]; 2],
    now: i64,
) -> Option<RevocationOutcome> {
    let (crl, changes) = (unwrapped(crl).ok()?, unwrapped(changes).ok()?);
    let (list, changes) = (List::parse(&crl)?, List::parse(&changes)?);
    let certificate = PathCert::parse(&chain.first()?.0)?;
    let base = changes.scope.changes?;
    // It begins at that list or before it, so that nothing is between them (RFC 5280 §5.2.4).
    let is_of = list.issuer == changes.issuer
        && list
            .scope
            .number
            .is_some_and(|number| (base.len(), base) <= (number.len(), number));
    let issuers = roots.issuers_of(&certificate, chain, PathCert::may_sign_lists);
    let kind = kind_of(&certificate);
    let is_for = !changes.scope.other && changes.scope.only.is_none_or(|only| only == kind);
    if !is_of || !is_for || !issuers.iter().any(|key| changes.is_signed_with(key)) {
        return None;
    }
    let entry = changes.entry(certificate.serial())?;
    Some(RevocationOutcome::Revoked {
        at: entry.at.unwrap_or(now),
        reason: entry.reason.map(str::to_owned),
    })
}

/// Where the changes to a list can be had, as the leaf or the list names it (Freshest CRL, RFC 5280
/// §4.2.1.15 and §5.2.6).
pub fn places_of_changes(leaf: &Der, crl: &[u8]) -> Vec<String> {
    let of_list = unwrapped(crl).ok().and_then(|der| {
        let urls = List::parse(&der)?.scope.freshest.map(urls)?;
        Some(urls)
    });
    let of_leaf = X509Certificate::from_der(&leaf.0).ok().map(|(_, leaf)| {
        let extensions = leaf.extensions().iter();
        let found = extensions.filter(|extension| extension.oid.as_bytes() == FRESHEST);
        found.flat_map(|extension| urls(extension.value)).collect()
    });
    [of_leaf.unwrap_or_default(), of_list.unwrap_or_default()].concat()
}

/// The URLs of a CRLDistributionPoints.
fn urls(value: &[u8]) -> Vec<String> {
    const URI: u8 = 0x86;
    let mut points = Reader(value).enter(der::SEQUENCE).unwrap_or(Reader(&[]));
    let mut urls = Vec::new();
    while let Some(mut point) = points.enter(der::SEQUENCE) {
        let full = point
            .enter(CONTEXT_0)
            .and_then(|mut name| name.enter(CONTEXT_0));
        let mut names = full.unwrap_or(Reader(&[]));
        while let Some(name) = names.next() {
            let url = std::str::from_utf8(name.content).ok();
            urls.extend(url.filter(|_| name.tag == URI).map(str::to_owned));
        }
    }
    urls
}

/// When a CRL says that there is a newer one, in seconds since 1970. Nothing of it is verified.
pub(crate) fn next_update(crl: &[u8]) -> Option<i64> {
    let der = unwrapped(crl).ok()?;
    List::parse(&der)?.next_update
}

fn try_look_up(
    roots: &Roots,
    chain: &[Der],
    crl: &[u8],
    now: i64,
) -> Result<RevocationOutcome, Unchecked> {
    let der = unwrapped(crl)?;
    let list = List::parse(&der).ok_or(Unchecked::Malformed)?;
    let leaf = chain.first().ok_or(Unchecked::NotVerified)?;
    let certificate = PathCert::parse(&leaf.0).ok_or(Unchecked::NotVerified)?;
    let named = Certificate::parse(&leaf.0)
        .map_or_else(|_| Vec::new(), |leaf| leaf.crl_urls.unwrap_or_default());
    if list.issuer != *certificate.issuer() || !list.scope.is_for(kind_of(&certificate), &named) {
        return Err(Unchecked::NotVerified);
    }
    let issuers = roots.issuers_of(&certificate, chain, PathCert::may_sign_lists);
    if !issuers.iter().any(|key| list.is_signed_with(key)) {
        return Err(Unchecked::NotVerified);
    }
    if let Some(entry) = list.entry(certificate.serial()) {
        return Ok(RevocationOutcome::Revoked {
            at: entry.at.unwrap_or(now),
            reason: entry.reason.map(str::to_owned),
        });
    }
    match list.next_update {
        _ if list.this_update > now + SKEW => Err(Unchecked::NotYetValid),
        Some(next) if next < now => Err(Unchecked::Expired),
        // Who was revoked for other reasons stands in another list.
        _ if list.scope.some_reasons => Err(Unchecked::NotVerified),
        _ => Ok(RevocationOutcome::NotListed),
    }
}

fn kind_of(certificate: &PathCert) -> Kind {
    if certificate.is_authority() {
        Kind::Authority
    } else {
        Kind::User
    }
}

/// CAs publish DER (RFC 5280 §4.2.1.13 demands it); some private ones serve PEM all the same.
fn unwrapped(crl: &[u8]) -> Result<std::borrow::Cow<'_, [u8]>, Unchecked> {
    if !crl.trim_ascii_start().starts_with(b"-----BEGIN ") {
        return Ok(crl.into());
    }
    pem::parse(crl)
        .map(|pem| pem.into_contents().into())
        .map_err(|_| Unchecked::Malformed)
}

const CONTEXT_0: u8 = 0xa0;
/// removeFromCRL, as a number.
const REMOVED: &[u8] = &[8];
/// id-ce-issuingDistributionPoint and id-ce-cRLReasons.
const SCOPE: &[u8] = &[0x55, 0x1d, 0x1c];
const REASON: &[u8] = &[0x55, 0x1d, 0x15];
/// id-ce-cRLNumber, id-ce-deltaCRLIndicator and id-ce-freshestCRL.
const NUMBER: &[u8] = &[0x55, 0x1d, 0x14];
const CHANGES: &[u8] = &[0x55, 0x1d, 0x1b];
const FRESHEST: &[u8] = &[0x55, 0x1d, 0x2e];

/// A CertificateList.
struct List<'a> {
    /// What is signed, how, and the signature.
    signed: &'a [u8],
    algorithm: Algorithm,
    signature: &'a [u8],
    issuer: Name,
    this_update: i64,
    next_update: Option<i64>,
    entries: Reader<'a>,
    scope: Scope<'a>,
}

/// What it says of one certificate.
struct Entry {
    at: Option<i64>,
    reason: Option<&'static str>,
}

impl<'a> List<'a> {
    fn parse(der: &'a [u8]) -> Option<Self> {
        let mut whole = Reader(der);
        let mut parts = whole.enter(der::SEQUENCE)?;
        let tbs = parts.take(der::SEQUENCE)?;
        let (_, algorithm) =
            AlgorithmIdentifier::from_der(parts.take(der::SEQUENCE)?.whole).ok()?;
        let signature = der::bits(parts.content(der::BIT_STRING)?)?;
        let mut fields = Reader(tbs.content);
        // The version, which the first one lacks.
        fields.take(der::INTEGER);
        fields.take(der::SEQUENCE)?;
        let issuer = Name::parse(fields.take(der::SEQUENCE)?.whole)?;
        let this_update = der::moment(fields.next()?)?;
        let next_update = match fields
            .take(der::UTC_TIME)
            .or_else(|| fields.take(der::GENERALIZED_TIME))
        {
            Some(next) => Some(der::moment(next)?),
            None => None,
        };
        let entries = fields.enter(der::SEQUENCE).unwrap_or(Reader(&[]));
        let scope = match fields.enter(CONTEXT_0) {
            Some(mut extensions) => Scope::read(extensions.enter(der::SEQUENCE)?)?,
            None => Scope::default(),
        };
        (whole.is_empty() && parts.is_empty() && fields.is_empty()).then_some(Self {
            signed: tbs.whole,
            algorithm: Algorithm::read(&algorithm),
            signature,
            issuer,
            this_update,
            next_update,
            entries,
            scope,
        })
    }

    fn is_signed_with(&self, key: &PublicKey) -> bool {
        verify(key, &self.algorithm, self.signed, self.signature) == Checked::Good
    }

    /// The entry of this serial number; one that a list of changes would take back is none.
    fn entry(&self, serial: &[u8]) -> Option<Entry> {
        let mut entries = self.entries;
        while let Some(mut entry) = entries.enter(der::SEQUENCE) {
            if entry.content(der::INTEGER).map(der::unsigned) != Some(serial) {
                continue;
            }
            let at = entry.next().and_then(der::moment);
            let reason = entry.enter(der::SEQUENCE).and_then(reason);
            if reason != reason_name(REMOVED) {
                return Some(Entry { at, reason });
            }
        }
        None
    }
}

/// The reason among the extensions of an entry.
fn reason(mut extensions: Reader<'_>) -> Option<&'static str> {
    while let Some(extension) = extensions.enter(der::SEQUENCE) {
        let (oid, _, value) = extension_parts(extension)?;
        if oid == REASON {
            return reason_name(Reader(value).content(der::ENUMERATED)?);
        }
    }
    None
}

/// An Extension: its OID, whether it is critical, and its value.
fn extension_parts(mut extension: Reader<'_>) -> Option<(&[u8], bool, &[u8])> {
    let oid = extension.content(der::OID)?;
    let critical = extension.content(der::BOOLEAN).is_some_and(|is| is != [0]);
    Some((oid, critical, extension.content(der::OCTET_STRING)?))
}

/// For which certificates a list is made (RFC 5280 §5.2.5).
#[derive(Default)]
struct Scope<'a> {
    /// The distribution points that it is for, if it names any.
    points: Option<Vec<&'a [u8]>>,
    /// It is for certificates of this kind only.
    only: Option<Kind>,
    /// It lists what was revoked for some reasons only.
    some_reasons: bool,
    /// Its number.
    number: Option<&'a [u8]>,
    /// The number of the list that it has the changes to, if it is no whole one.
    changes: Option<&'a [u8]>,
    /// Where the changes to it are to be had, in DER.
    freshest: Option<&'a [u8]>,
    /// It is for others than certificates of its own issuer, or has something that nobody may pass over
    /// and that is beyond this program.
    other: bool,
}

/// Of whom a certificate is, as its basicConstraints say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Of somebody who issues none.
    User,
    /// Of a CA.
    Authority,
}

impl<'a> Scope<'a> {
    fn read(mut extensions: Reader<'a>) -> Option<Self> {
        /// authorityKeyIdentifier, issuerAltName
        const HARMLESS: [&[u8]; 2] = [&[0x55, 0x1d, 0x23], &[0x55, 0x1d, 0x12]];
        let mut scope = Self::default();
        while !extensions.is_empty() {
            let (oid, critical, value) = extension_parts(extensions.enter(der::SEQUENCE)?)?;
            if oid == SCOPE {
                scope.read_point(Reader(value).enter(der::SEQUENCE)?)?;
            } else if oid == NUMBER {
                scope.number = Reader(value).content(der::INTEGER).map(der::unsigned);
            } else if oid == CHANGES {
                scope.changes = Some(der::unsigned(Reader(value).content(der::INTEGER)?));
            } else if oid == FRESHEST {
                scope.freshest = Some(value);
            } else if critical && !HARMLESS.contains(&oid) {
                scope.other = true;
            }
        }
        Some(scope)
    }

    fn read_point(&mut self, mut fields: Reader<'a>) -> Option<()> {
        const URI: u8 = 0x86;
        while !fields.is_empty() {
            let field = fields.next()?;
            match field.tag {
                CONTEXT_0 => {
                    let mut names = Reader(field.content)
                        .enter(CONTEXT_0)
                        .unwrap_or(Reader(&[]));
                    let points = self.points.get_or_insert_default();
                    while !names.is_empty() {
                        let name = names.next()?;
                        points.extend((name.tag == URI).then_some(name.content));
                    }
                }
                // onlyContainsUserCerts, onlyContainsCACerts
                0x81 | 0x82 if field.content == [0] => {}
                0x81 => self.only = Some(Kind::User),
                0x82 => self.only = Some(Kind::Authority),
                // onlySomeReasons
                0x83 => self.some_reasons = true,
                // indirectCRL, onlyContainsAttributeCerts
                _ => self.other |= field.content != [0],
            }
        }
        Some(())
    }

    /// Whether it is for a certificate of this kind that names these distribution points.
    fn is_for(&self, kind: Kind, named: &[String]) -> bool {
        let is_named = |point: &&[u8]| named.iter().any(|url| url.as_bytes() == *point);
        !self.other
            && self.changes.is_none()
            && self.only.is_none_or(|only| only == kind)
            && self
                .points
                .as_ref()
                .is_none_or(|points| points.iter().any(is_named))
    }
}
