//! Text files as people have them: Windows PowerShell writes UTF-16 where a command is redirected,
//! and editors put a mark in front.

use std::borrow::Cow;

/// The bytes of a text without a mark, in UTF-8 where the mark says UTF-16.
pub(crate) fn decoded(document: &[u8]) -> Cow<'_, [u8]> {
    let utf16 = |units: &[u8], read: fn([u8; 2]) -> u16| {
        let (pairs, _odd) = units.as_chunks::<2>();
        let units = pairs.iter().map(|pair| read(*pair));
        char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect::<String>()
            .into_bytes()
            .into()
    };
    match document {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => rest.into(),
        plain => plain.into(),
    }
}
