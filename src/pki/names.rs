//! Distinguished names as RFC 5280 §7.1 compares them: by their text, whatever string type it is
//! written in, without regard to case and to the number of blanks.

use x509_parser::asn1_rs::{Any, Tag};
use x509_parser::prelude::{FromDer, X509Name};

/// A name in a form in which equal names are equal: one entry for each of its parts, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Name(Vec<Vec<u8>>);

impl Name {
    /// Reads a Name in DER.
    pub(crate) fn parse(der: &[u8]) -> Option<Self> {
        let (_, name) = X509Name::from_der(der).ok()?;
        Some(Self::of(&name))
    }

    pub(crate) fn of(name: &X509Name<'_>) -> Self {
        Self::by(name, |text| {
            let words: Vec<&str> = text.split_ascii_whitespace().collect();
            words.join(" ").to_ascii_lowercase()
        })
    }

    /// The name letter by letter, whatever string type it is written in.
    pub(crate) fn spelled(name: &X509Name<'_>) -> Self {
        Self::by(name, ToOwned::to_owned)
    }

    fn by(name: &X509Name<'_>, folded: impl Fn(&str) -> String + Copy) -> Self {
        let parts = name.iter_rdn().map(|part| {
            // The attributes of one part are a set: their order says nothing.
            let mut attributes: Vec<Vec<u8>> = part
                .iter()
                .map(|attribute| {
                    let oid = attribute.attr_type().as_bytes();
                    let value = comparable(attribute.attr_value(), folded);
                    [framed(oid), framed(&value)].concat()
                })
                .collect();
            attributes.sort_unstable();
            attributes.concat()
        });
        Self(parts.collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this name is the other one or stands below it in the directory (RFC 5280
    /// §4.2.1.10, directoryName).
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

fn framed(bytes: &[u8]) -> Vec<u8> {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    [&length.to_be_bytes(), bytes].concat()
}

fn comparable(value: &Any<'_>, folded: impl Fn(&str) -> String) -> Vec<u8> {
    text(value).map_or_else(
        || [value.tag().0.to_be_bytes().as_slice(), value.data].concat(),
        |text| [b"text ", folded(&text).as_bytes()].concat(),
    )
}

/// The text of a string of any of the types that names are made of.
fn text(value: &Any<'_>) -> Option<String> {
    match value.tag() {
        Tag::Utf8String
        | Tag::PrintableString
        | Tag::Ia5String
        | Tag::VisibleString
        | Tag::NumericString => String::from_utf8(value.data.to_vec()).ok(),
        // T.61 in the wild is Latin-1.
        Tag::T61String => Some(value.data.iter().map(|byte| char::from(*byte)).collect()),
        Tag::BmpString => {
            let (units, rest) = value.data.as_chunks::<2>();
            let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
            let text: Result<String, _> = char::decode_utf16(units).collect();
            text.ok().filter(|_| rest.is_empty())
        }
        Tag::UniversalString => {
            let (units, rest) = value.data.as_chunks::<4>();
            let text: Option<String> = units
                .iter()
                .map(|unit| char::from_u32(u32::from_be_bytes(*unit)))
                .collect();
            text.filter(|_| rest.is_empty())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name of one common name, in this string type.
    fn name(tag: u8, text: &[u8]) -> Name {
        let wrap = |tag: u8, content: &[u8]| {
            let length = u8::try_from(content.len()).expect("short");
            [&[tag, length], content].concat()
        };
        let value = wrap(tag, text);
        let attribute = wrap(0x30, &[&[6, 3, 0x55, 4, 3][..], &value].concat());
        Name::parse(&wrap(0x30, &wrap(0x31, &attribute))).expect("a name")
    }

    const UTF8: u8 = 12;
    const PRINTABLE: u8 = 19;
    const BMP: u8 = 30;

    #[test]
    fn types_case_and_blanks_make_no_difference() {
        let plain = name(UTF8, b"Molar Issuing CA");
        for same in [
            name(PRINTABLE, b"Molar Issuing CA"),
            name(UTF8, b"  molar  issuing CA "),
            name(BMP, b"\0M\0o\0l\0a\0r\0 \0I\0s\0s\0u\0i\0n\0g\0 \0C\0A"),
        ] {
            assert_eq!(plain, same);
        }
        assert_ne!(plain, name(UTF8, b"MolarIssuing CA"));
        // An OCTET STRING is no text.
        assert_ne!(plain, name(4, b"Molar Issuing CA"));
    }
}
