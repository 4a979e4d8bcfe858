//! EDNS options that some resolvers take for so broken that they believe nothing of the answer (BIND, `opt_41.c`);
//! others look at none that they did not ask for (Unbound).

/// Where a length stands in an option, and where its data begins (RFC 6891 §6.1.2).
const LENGTH: usize = 2;
const DATA: usize = 4;

const LLQ: u16 = 1;
const CLIENT_SUBNET: u16 = 8;
const EXPIRE: u16 = 9;
const KEY_TAG: u16 = 14;
const EXTENDED_ERROR: u16 = 15;
const CLIENT_TAG: u16 = 16;
const SERVER_TAG: u16 = 17;

/// The number of the first option in the data of an OPT record that is malformed. Cookies are looked at with
/// the question that they answer.
pub(super) fn malformed(mut data: &[u8]) -> Option<u16> {
    while let Some((code, rest)) = data.split_first_chunk::<LENGTH>() {
        let code = u16::from_be_bytes(*code);
        let content = rest.split_first_chunk::<{ DATA - LENGTH }>();
        let content = content
            .and_then(|(length, rest)| rest.split_at_checked(u16::from_be_bytes(*length).into()));
        let Some((content, rest)) = content else {
            return Some(code);
        };
        if !is_well_formed(code, content) {
            return Some(code);
        }
        data = rest;
    }
    None
}

fn is_well_formed(code: u16, content: &[u8]) -> bool {
    match code {
        LLQ => content.len() == 18,
        CLIENT_SUBNET => is_subnet(content),
        EXPIRE => [0, 4].contains(&content.len()),
        KEY_TAG => !content.is_empty() && content.len().is_multiple_of(2),
        EXTENDED_ERROR => is_extended_error(content),
        CLIENT_TAG | SERVER_TAG => content.len() == 2,
        _ => true,
    }
}

/// A code, and text in UTF-8 without a byte order mark (RFC 8914 §2).
fn is_extended_error(content: &[u8]) -> bool {
    let text = content.get(2..).map(str::from_utf8);
    matches!(text, Some(Ok(text)) if !text.starts_with('\u{feff}'))
}

/// As many bytes of the address as the prefix needs, and nothing but zeros behind it (RFC 7871 §6).
fn is_subnet(content: &[u8]) -> bool {
    let Some(([_, family, prefix, scope], address)) = content.split_first_chunk::<DATA>() else {
        return false;
    };
    let longest = match u16::from_be_bytes([content[0], *family]) {
        0 => 0,
        1 => 32,
        2 => 128,
        _ => return false,
    };
    let is_fit = *prefix <= longest
        && *scope <= longest
        && address.len() == usize::from(*prefix).div_ceil(8);
    let behind = (8 - prefix % 8) % 8;
    is_fit
        && address
            .last()
            .is_none_or(|last| last.trailing_zeros() >= behind.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By what BIND 9.20 makes of each, in a namespace of its own.
    #[test]
    fn options_that_bind_takes_for_broken() {
        let broken: &[(u16, &[u8])] = &[
            (1, b"abcd"),
            (8, b""),
            (8, b"\0\x01"),
            (8, b"\0\x01\x18\0\x51\x02\x03\x04"),
            (8, b"\0\x01\x18\0\x51\x02"),
            (8, b"\0\x09\0\0"),
            (8, b"\0\x00\x01\0"),
            (8, b"\0\x01\x21\0\x51\x02\x03\x04\0"),
            (8, b"\0\x01\0\x21"),
            (8, b"\0\x01\x14\0\x51\x02\x03"),
            (9, b"ab"),
            (14, b""),
            (14, b"abc"),
            (15, b""),
            (15, b"\0"),
            (15, b"\0\x16gr\xfcn"),
            (15, b"\0\x16\xef\xbb\xbfx"),
            (16, b"a"),
            (17, b"abc"),
        ];
        let right: &[(u16, &[u8])] = &[
            (2, b"abc"),
            (3, b""),
            (5, b"\x08"),
            (8, b"\0\0\0\0"),
            (8, b"\0\x01\0\0"),
            (8, b"\0\x01\x18\0\x51\x02\x03"),
            (8, b"\0\x01\x14\x18\x51\x02\x30"),
            (8, b"\0\x02\x80\0aaaaaaaaaaaaaaaa"),
            (9, b""),
            (9, b"abcd"),
            (10, b"x"),
            (11, b"\x01"),
            (12, b"\0\0\0"),
            (14, b"ab"),
            (15, b"\0\x16"),
            (15, "\0\x16grün".as_bytes()),
            (15, b"\0\x16x\0"),
            (16, b"ab"),
            (18, b"\x05ab"),
            (65001, b"a"),
        ];
        let option = |(code, data): &(u16, &[u8])| {
            let length = u16::try_from(data.len()).expect("a short one");
            [&code.to_be_bytes()[..], &length.to_be_bytes(), data].concat()
        };
        for one in broken {
            let before = option(&(12, b"\0"));
            assert_eq!(
                malformed(&[before, option(one)].concat()),
                Some(one.0),
                "{one:?}"
            );
        }
        for one in right {
            assert_eq!(malformed(&option(one)), None, "{one:?}");
        }
        assert_eq!(malformed(b""), None);
        assert_eq!(malformed(b"\0\x0c\0"), Some(12));
        assert_eq!(malformed(b"\0\x0c\0\x02a"), Some(12));
    }
}
