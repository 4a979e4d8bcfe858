//! Whether the libraries of the field can read a certificate at all, before they ask what it says.
//!
//! TLS libraries read every certificate of the message, needed or not, and end the handshake at the first
//! that they cannot read. OpenSSL and GnuTLS differ in what they mind. All here was measured with
//! OpenSSL 3.0 and GnuTLS 3.7; what they look at only later, in a path, is none of this.

mod keys;
mod names;
mod times;

use super::ber::{self, Element, Length};
use super::der;
use super::x509;

/// Why a library cannot read a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is not built as one.
    Structure,
    /// Its serial number has no bytes.
    EmptySerial,
    /// Its serial number has more bytes than it needs.
    PaddedSerial,
    /// A BIT STRING says that more bits of its last byte are unused than a byte has.
    Bits,
    /// An object identifier ends in the middle of a number.
    Identifier,
    /// A string in its subject or issuer is none of its kind.
    NameString,
    /// The extension of this OID stands in it more than once.
    Repeated(String),
    /// The content of the extension of this OID.
    Extension(String),
    /// It has extensions, and is of a version that has none.
    OldVersion,
    /// It has unique identifiers, and is of version 1, which has none.
    UniqueIdentifier,
    /// One of its dates, as it is written.
    Date(String),
    /// It names one signature algorithm inside, and another outside.
    TwoAlgorithms,
    /// It leaves lengths open, or cuts strings into parts.
    Open,
    /// Its key: in TLS 1.2 GnuTLS wants to read that, whether it needs it or not.
    Key,
}

/// What two libraries make of a certificate.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// What OpenSSL stumbles over first.
    pub(crate) openssl: Option<Unread>,
    /// What GnuTLS stumbles over first.
    pub(crate) gnutls: Option<Unread>,
    /// It has lengths that are not written as DER has them.
    pub(crate) has_odd_lengths: bool,
    /// The number of its version, where that is neither 1 nor 2 nor 3.
    pub(crate) odd_version: Option<u8>,
    /// Its subject as people write it, where that was reached.
    pub(crate) subject: Option<String>,
    /// GnuTLS cannot read its key.
    pub(crate) has_unread_key: bool,
    /// It is a request for a certificate (PKCS #10).
    pub(crate) is_request: bool,
}

impl Reading {
    /// Reads these bytes as both do.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut reader = Reader::default();
        if reader.certificate(bytes).is_none() {
            let refused = Some(Unread::Structure);
            return Self {
                openssl: refused.clone(),
                gnutls: refused,
                is_request: is_request(bytes),
                ..reader.reading
            };
        }
        if reader.has_open {
            reader.reading.gnutls = Some(Unread::Open);
        }
        reader.reading
    }

    /// Nobody who was measured can read it.
    pub(crate) fn is_refused_by_both(&self) -> bool {
        self.openssl.is_some() && self.gnutls.is_some()
    }
}

/// CertificationRequest (RFC 2986 §4): version 0, subject, key, attributes.
fn is_request(bytes: &[u8]) -> bool {
    let read = || {
        let (outer, _) = ber::next(bytes)?;
        let (info, _) = ber::next(outer.content)?;
        let (version, rest) = ber::next(info.content)?;
        let (_subject, rest) = ber::next(rest)?;
        let (key, rest) = ber::next(rest)?;
        let is_last = rest.is_empty() || rest[0] == EXPLICIT_0;
        Some(version.tag == der::INTEGER && key.tag == der::SEQUENCE && is_last)
    };
    read().unwrap_or(false)
}

const EXPLICIT_0: u8 = 0xa0;
const EXPLICIT_3: u8 = 0xa3;
const IMPLICIT_1: u8 = 0x81;
const IMPLICIT_2: u8 = 0x82;
const SET: u8 = 0x31;
const CONSTRUCTED: u8 = 0x20;

/// Goes through a certificate (RFC 5280 §4.1). `None` is what neither of the two reads.
#[derive(Default)]
struct Reader {
    reading: Reading,
    has_open: bool,
}

/// An AlgorithmIdentifier.
struct Algorithm<'a> {
    oid: &'a [u8],
    parameters: Option<Element<'a>>,
}

/// What is left of an element.
struct Parts<'a>(&'a [u8]);

impl Reader {
    fn certificate(&mut self, bytes: &[u8]) -> Option<()> {
        let mut outer = Parts(bytes);
        let mut parts = self.enter(&mut outer, der::SEQUENCE)?;
        let mut fields = self.enter(&mut parts, der::SEQUENCE)?;
        let version = self.version(&mut fields)?;
        self.serial(&mut fields)?;
        let inside = self.algorithm(&mut fields)?;
        self.name(&mut fields)?;
        self.validity(&mut fields)?;
        let subject = self.name(&mut fields)?;
        self.reading.subject = x509::read_name(&ber::in_der(subject));
        self.key(&mut fields)?;
        let mut has_unique = false;
        for tag in [IMPLICIT_1, IMPLICIT_2] {
            if fields.begins_with(tag) {
                let bits = self.string(&mut fields, tag)?;
                self.bits(bits);
                has_unique = true;
            }
        }
        let has_extensions = self.extensions(&mut fields, version)?;
        let outside = self.algorithm(&mut parts)?;
        let signature = self.string(&mut parts, der::BIT_STRING)?;
        self.bits(signature);
        if version < V3 && has_extensions {
            self.refused_by_gnutls(Unread::OldVersion);
        }
        if version == 0 && has_unique {
            self.refused_by_gnutls(Unread::UniqueIdentifier);
        }
        if inside.oid != outside.oid {
            self.refused_by_gnutls(Unread::TwoAlgorithms);
        }
        let is_whole = fields.is_empty() && parts.is_empty() && outer.is_empty();
        is_whole.then_some(())
    }

    fn refused_by_openssl(&mut self, what: Unread) {
        self.reading.openssl.get_or_insert(what);
    }

    fn refused_by_gnutls(&mut self, what: Unread) {
        self.reading.gnutls.get_or_insert(what);
    }

    fn next<'a>(&mut self, parts: &mut Parts<'a>) -> Option<Element<'a>> {
        let (element, rest) = ber::next(parts.0)?;
        self.reading.has_odd_lengths |= element.length != Length::Shortest;
        self.has_open |= element.length == Length::Open;
        parts.0 = rest;
        Some(element)
    }

    fn take<'a>(&mut self, parts: &mut Parts<'a>, tag: u8) -> Option<&'a [u8]> {
        let element = self.next(parts)?;
        (element.tag == tag).then_some(element.content)
    }

    fn enter<'a>(&mut self, parts: &mut Parts<'a>, tag: u8) -> Option<Parts<'a>> {
        self.take(parts, tag).map(Parts)
    }

    /// A string. It may be cut into parts of its kind (X.690 §8.7.3): what is in those is not looked at.
    fn string<'a>(&mut self, parts: &mut Parts<'a>, tag: u8) -> Option<&'a [u8]> {
        if parts.0.first() == Some(&tag) {
            return self.take(parts, tag);
        }
        self.has_open = true;
        self.take(parts, tag | CONSTRUCTED).map(|_| &[0][..])
    }

    /// The number of its version; 0 is version 1.
    fn version(&mut self, fields: &mut Parts<'_>) -> Option<u8> {
        if fields.0.first() != Some(&EXPLICIT_0) {
            return Some(0);
        }
        let mut explicit = self.enter(fields, EXPLICIT_0)?;
        let number = self.take(&mut explicit, der::INTEGER)?;
        if number.is_empty() || is_padded(number) || !explicit.is_empty() {
            return None;
        }
        // GnuTLS takes what is larger or less for an old one.
        let version = match number {
            [number @ 0..=0x7f] => *number,
            _ => 0,
        };
        if version > V3 {
            self.reading.odd_version = Some(version + 1);
        }
        Some(version)
    }

    fn serial(&mut self, fields: &mut Parts<'_>) -> Option<()> {
        let serial = self.take(fields, der::INTEGER)?;
        if serial.is_empty() {
            self.refused_by_openssl(Unread::EmptySerial);
        } else if is_padded(serial) {
            self.refused_by_openssl(Unread::PaddedSerial);
        }
        Some(())
    }

    /// An AlgorithmIdentifier. Whatever it has for parameters is one element.
    fn algorithm<'a>(&mut self, parts: &mut Parts<'a>) -> Option<Algorithm<'a>> {
        let mut algorithm = self.enter(parts, der::SEQUENCE)?;
        let oid = self.oid(&mut algorithm)?;
        let parameters = if algorithm.is_empty() {
            None
        } else {
            Some(self.next(&mut algorithm)?)
        };
        let is_whole = algorithm.is_empty();
        is_whole.then_some(Algorithm { oid, parameters })
    }

    fn oid<'a>(&mut self, parts: &mut Parts<'a>) -> Option<&'a [u8]> {
        let oid = self.take(parts, der::OID)?;
        let starts = std::iter::once(&0).chain(oid).zip(oid);
        // A number begins with no byte that is of no use.
        let is_padded = |(before, byte): (&u8, &u8)| *before < 0x80 && *byte == 0x80;
        if oid.is_empty() || starts.into_iter().any(is_padded) {
            return None;
        }
        if oid.last().is_some_and(|last| *last >= 0x80) {
            self.refused_by_openssl(Unread::Identifier);
        }
        Some(oid)
    }

    /// A Name: all of it.
    fn name<'a>(&mut self, fields: &mut Parts<'a>) -> Option<&'a [u8]> {
        let name = self.next(fields)?;
        if name.tag != der::SEQUENCE {
            return None;
        }
        let mut sets = Parts(name.content);
        while !sets.is_empty() {
            let mut set = self.enter(&mut sets, SET)?;
            while !set.is_empty() {
                let mut attribute = self.enter(&mut set, der::SEQUENCE)?;
                self.oid(&mut attribute)?;
                let value = self.next(&mut attribute)?;
                if !names::is_string(value) {
                    self.refused_by_openssl(Unread::NameString);
                }
                if !attribute.is_empty() {
                    return None;
                }
            }
        }
        Some(name.whole)
    }

    fn validity(&mut self, fields: &mut Parts<'_>) -> Option<()> {
        let mut dates = self.enter(fields, der::SEQUENCE)?;
        for _ in 0..2 {
            let date = self.next(&mut dates)?;
            if ![der::UTC_TIME, der::GENERALIZED_TIME].contains(&date.tag) {
                return None;
            }
            if !times::is_read_by_gnutls(date) {
                let written = String::from_utf8_lossy(date.content).into_owned();
                self.refused_by_gnutls(Unread::Date(written));
            }
        }
        dates.is_empty().then_some(())
    }

    /// SubjectPublicKeyInfo.
    fn key(&mut self, fields: &mut Parts<'_>) -> Option<()> {
        let mut parts = self.enter(fields, der::SEQUENCE)?;
        let algorithm = self.algorithm(&mut parts)?;
        let bits = self.string(&mut parts, der::BIT_STRING)?;
        self.bits(bits);
        let bytes = bits.get(1..).unwrap_or_default();
        self.reading.has_unread_key =
            !keys::is_read_by_gnutls(&dotted(algorithm.oid), algorithm.parameters, bytes);
        parts.is_empty().then_some(())
    }

    fn bits(&mut self, content: &[u8]) {
        if content.first().is_none_or(|unused| *unused > 7) {
            self.refused_by_openssl(Unread::Bits);
        }
    }

    /// Whether it has any.
    fn extensions(&mut self, fields: &mut Parts<'_>, version: u8) -> Option<bool> {
        if fields.0.first() != Some(&EXPLICIT_3) {
            return Some(false);
        }
        let mut explicit = self.enter(fields, EXPLICIT_3)?;
        let mut list = self.enter(&mut explicit, der::SEQUENCE)?;
        let has_any = !list.is_empty();
        let mut seen = Vec::new();
        while !list.is_empty() {
            let mut extension = self.enter(&mut list, der::SEQUENCE)?;
            let oid = self.oid(&mut extension)?;
            if extension.0.first() == Some(&der::BOOLEAN)
                && self.take(&mut extension, der::BOOLEAN)?.len() != 1
            {
                return None;
            }
            let value = self.string(&mut extension, der::OCTET_STRING)?;
            if !extension.is_empty() {
                return None;
            }
            if seen.contains(&oid) && version >= V3 {
                self.refused_by_gnutls(Unread::Repeated(dotted(oid)));
            }
            if names::are_alternatives(oid) && !names::is_read_by_gnutls(value) {
                self.refused_by_gnutls(Unread::Extension(dotted(oid)));
            }
            seen.push(oid);
        }
        explicit.is_empty().then_some(has_any)
    }
}

impl Parts<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Begins with a string of this kind, in one piece or in parts.
    fn begins_with(&self, tag: u8) -> bool {
        let first = self.0.first();
        first.is_some_and(|first| [tag, tag | CONSTRUCTED].contains(first))
    }
}

const V3: u8 = 2;

/// More bytes than the number needs (X.690 §8.3.2).
fn is_padded(number: &[u8]) -> bool {
    matches!(number, [0, second, ..] if *second < 0x80)
        || matches!(number, [0xff, second, ..] if *second >= 0x80)
}

/// An object identifier as people write it.
fn dotted(oid: &[u8]) -> String {
    x509_parser::der_parser::oid::Oid::new(oid.into()).to_id_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_of_a_certificate_is_none() {
        let key = rcgen::KeyPair::generate().expect("ring makes them");
        let request = rcgen::CertificateParams::new(vec!["a.de".to_owned()]);
        let request = request.expect("a name");
        let whole = request.self_signed(&key).expect("it signs").der().to_vec();
        let reading = Reading::of(&whole);
        assert_eq!((reading.openssl, reading.gnutls), (None, None));
        assert!(!reading.has_odd_lengths && !reading.has_unread_key);
        for length in 0..whole.len() {
            let reading = Reading::of(&whole[..length]);
            assert!(reading.is_refused_by_both(), "{length}");
        }
        let more = Reading::of(&[&whole[..], &[0]].concat());
        assert_eq!(more.openssl, Some(Unread::Structure));
        let request = request.serialize_request(&key).expect("it signs");
        let request = Reading::of(request.der());
        assert!(request.is_refused_by_both() && request.is_request);
    }

    #[test]
    fn object_identifiers() {
        for (oid, is_read, is_read_by_openssl) in [
            (&[0x55, 4, 3][..], true, true),
            (&[0x2a, 0x86, 0x48], true, true),
            (&[0x2a, 0x81, 0x80, 1], true, true),
            (&[0x2a, 0x84], true, false),
            (&[0x2a, 0x80, 4], false, true),
            (&[], false, true),
        ] {
            let element = der::element(der::OID, oid);
            let mut reader = Reader::default();
            let read = reader.oid(&mut Parts(&element)).is_some();
            let by_openssl = reader.reading.openssl.is_none();
            assert_eq!((read, by_openssl), (is_read, is_read_by_openssl), "{oid:?}");
        }
    }
}
