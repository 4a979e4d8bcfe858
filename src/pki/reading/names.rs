//! Names in a certificate, as OpenSSL 3.0 reads subject and issuer, and GnuTLS 3.7 the alternative names.

use crate::pki::ber::{self, Element, Length};
use crate::pki::der;

/// Whether a string is of a kind that stands in names, and is one of its kind, to OpenSSL.
pub(super) fn is_string(value: Element<'_>) -> bool {
    match value.tag & 0x1f {
        // UTF8String
        12 => std::str::from_utf8(value.content).is_ok(),
        // UniversalString, BMPString
        28 => value.content.len().is_multiple_of(4),
        30 => value.content.len().is_multiple_of(2),
        // BIT STRING, SEQUENCE, numeric, printable, teletex and IA5 strings.
        3 | 16 | 18 | 19 | 20 | 22 => true,
        _ => false,
    }
}

/// subjectAltName and issuerAltName, by the bytes of their OIDs.
pub(super) fn are_alternatives(oid: &[u8]) -> bool {
    [&[0x55, 0x1d, 17], &[0x55, 0x1d, 18]].contains(&oid.first_chunk().unwrap_or(&[0; 3]))
        && oid.len() == 3
}

/// Whether GnuTLS, which looks for these names at once, can read them.
pub(super) fn is_read_by_gnutls(value: &[u8]) -> bool {
    let Some((list, [])) = ber::next(value) else {
        return false;
    };
    if list.tag != der::SEQUENCE || list.length == Length::Open {
        return false;
    }
    let mut rest = list.content;
    while !rest.is_empty() {
        let Some((name, after)) = ber::next(rest) else {
            return false;
        };
        if !is_name(name) {
            return false;
        }
        rest = after;
    }
    true
}

/// One GeneralName (RFC 5280 §4.2.1.6).
fn is_name(name: Element<'_>) -> bool {
    // OBJECT IDENTIFIER and value.
    let is_pair = |content| {
        let parts = || {
            let (oid, rest) = ber::next(content)?;
            let (value, rest) = ber::next(rest)?;
            Some(oid.tag == der::OID && value.tag == 0xa0 && rest.is_empty())
        };
        parts().unwrap_or(false)
    };
    let is_whole = |content, tag| matches!(ber::next(content), Some((one, [])) if one.tag == tag);
    let is_closed = name.length != Length::Open;
    is_closed
        && match name.tag {
            // otherName
            0xa0 => is_pair(name.content),
            // rfc822Name, dNSName, uniformResourceIdentifier, iPAddress, registeredID
            0x81 | 0x82 | 0x86 | 0x87 | 0x88 => !name.content.is_empty(),
            // directoryName
            0xa4 => is_whole(name.content, der::SEQUENCE),
            // It knows neither x400Address nor ediPartyName.
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternative_names() {
        let named = |tag, content: &[u8]| der::element(der::SEQUENCE, &der::element(tag, content));
        let pair = [&[6, 1, 0x2a][..], &[0xa0, 2, 5, 0]].concat();
        for (value, is_read) in [
            (named(0x82, b"a.de"), true),
            (named(0x82, b"\xe4"), true),
            (named(0x87, b"abc"), true),
            (named(0x88, &[0x2a]), true),
            (named(0xa0, &pair), true),
            (named(0xa4, &[0x30, 0]), true),
            (vec![0x30, 0], true),
            (vec![0x30, 0x81, 3, 0x82, 1, b'a'], true),
            (Vec::new(), false),
            (vec![0x30, 5, b'a'], false),
            (vec![0x30, 0, 0], false),
            (vec![4, 1, b'a'], false),
            (vec![0x30, 0x80, 0x82, 1, b'a', 0, 0], false),
            (named(0x81, b""), false),
            (named(0x89, b"a"), false),
            (named(0xa0, &pair[..3]), false),
            (named(0xa2, &[22, 1, b'a']), false),
            (named(0xa3, &[4, 1, b'a']), false),
            (named(0xa4, b""), false),
            (named(0xa5, &[0xa1, 3, 12, 1, b'a']), false),
        ] {
            assert_eq!(is_read_by_gnutls(&value), is_read, "{value:02x?}");
        }
    }

    #[test]
    fn strings_of_a_name() {
        for (tag, content, is_one) in [
            (12, &b"\xc3\xa4"[..], true),
            (12, b"\xe4", false),
            (19, b"a@b", true),
            (20, b"\xe4", true),
            (30, b"ab", true),
            (30, b"abc", false),
            (28, b"abcd", true),
            (28, b"ab", false),
            (2, b"a", false),
            (1, b"a", false),
        ] {
            let element = der::element(tag, content);
            let (value, _) = ber::next(&element).expect("an element");
            assert_eq!(is_string(value), is_one, "{tag} {content:?}");
        }
    }
}
