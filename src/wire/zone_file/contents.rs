//! The content of records that federation does not need, as far as every name server reads it before it
//! loads the file: numbers, names, and bytes in digits or in letters.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hickory_resolver::proto::rr::Name;

use super::entries::Word;
use super::generic::bytes;
use super::values::{name, number, seconds};
use crate::facts::Refused;

/// What stands in one place of the content.
#[derive(Clone, Copy)]
enum Field {
    /// A number of one byte.
    Byte,
    /// A number of two bytes.
    Short,
    /// A number of one or two bytes, or a word for it: an algorithm, a type.
    Known,
    /// A number of four bytes.
    Long,
    /// A moment: fourteen digits, or seconds.
    Moment,
    /// A time to live.
    Ttl,
    Name,
    Text,
    /// All that follows: bytes in hexadecimal digits.
    Hex,
    /// All that follows: bytes in base64.
    Base64,
    /// Bytes in hexadecimal digits in one word, or `-` for none.
    Salt,
    /// All that follows: whatever it is.
    Rest,
    /// All that follows: a place on the earth (RFC 1876 §3).
    Place,
    /// All that follows: keys with values (RFC 9460 §2.1).
    Parameters,
}

use Field::{
    Base64, Byte, Hex, Known, Long, Moment, Parameters, Place, Rest, Salt, Short, Text, Ttl,
};

/// The types whose content is read; that of others is passed over.
fn fields(record: &str) -> Option<&'static [Field]> {
    const NAME: Field = Field::Name;
    Some(match record {
        "PTR" | "MB" | "MG" | "MR" => &[NAME],
        "RP" | "MINFO" => &[NAME, NAME],
        "AFSDB" | "RT" | "KX" | "LP" => &[Short, NAME],
        "HINFO" => &[Text, Text],
        "NAPTR" => &[Short, Short, Text, Text, Text, NAME],
        "DS" | "CDS" | "DLV" => &[Short, Known, Known, Hex],
        "DNSKEY" | "CDNSKEY" => &[Short, Byte, Known, Base64],
        "TLSA" | "SMIMEA" => &[Byte, Byte, Byte, Hex],
        "SSHFP" => &[Byte, Byte, Hex],
        "ZONEMD" => &[Long, Byte, Byte, Hex],
        "OPENPGPKEY" | "DHCID" => &[Base64],
        "CERT" => &[Known, Short, Known, Base64],
        "RRSIG" => &[Known, Known, Byte, Ttl, Moment, Moment, Short, NAME, Base64],
        "NSEC" => &[NAME, Rest],
        "NSEC3" => &[Byte, Byte, Short, Salt, Text, Rest],
        "NSEC3PARAM" => &[Byte, Byte, Short, Salt],
        "URI" => &[Short, Short, Text],
        "LOC" => &[Place],
        "HTTPS" | "SVCB" => &[Short, NAME, Parameters],
        _ => return None,
    })
}

/// Whether every name server refuses this as the content of a record of this type.
pub(super) fn is_wrong(record: &str, words: &[&Word], origin: Option<&Name>) -> bool {
    if let Some((first, rest)) = words.split_first()
        && first.text == r"\#"
    {
        let rest: Vec<&str> = rest.iter().map(|word| word.text.as_str()).collect();
        return bytes(&rest).is_none();
    }
    let Some(fields) = fields(record) else {
        return false;
    };
    let mut rest = words;
    for field in fields {
        let is_right = match field {
            Field::Hex => return !is_hex(&joined(rest)),
            Field::Base64 => return !is_base64(&joined(rest)),
            Field::Rest => return false,
            Field::Place => return !is_place(rest),
            Field::Parameters => return !are_parameters(rest),
            field => {
                let Some((first, after)) = rest.split_first() else {
                    return true;
                };
                rest = after;
                field.takes(first, origin)
            }
        };
        if !is_right {
            return true;
        }
    }
    !rest.is_empty()
}

impl Field {
    fn takes(self, word: &Word, origin: Option<&Name>) -> bool {
        let text = word.text.as_str();
        if word.is_quoted {
            return matches!(self, Self::Text);
        }
        let most = |most: u64| number(text).is_some_and(|number| number <= most);
        match self {
            Self::Byte => most(0xff),
            Self::Short => most(0xffff),
            Self::Long => most(0xffff_ffff),
            Self::Moment => most(0xffff_ffff) || text.len() == 14 && number(text).is_some(),
            Self::Ttl => seconds(text).is_some(),
            Self::Known => most(0xffff) || text.starts_with(|it: char| it.is_ascii_alphabetic()),
            Self::Name => name(text, origin).is_ok(),
            Self::Salt => text == "-" || is_hex(text),
            Self::Text | Self::Hex | Self::Base64 | Self::Rest | Self::Place | Self::Parameters => {
                true
            }
        }
    }
}

fn joined(words: &[&Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect()
}

fn is_hex(digits: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_hexdigit();
    !digits.is_empty() && digits.len().is_multiple_of(2) && digits.bytes().all(is_digit)
}

fn is_base64(letters: &str) -> bool {
    !letters.is_empty() && BASE64_STANDARD.decode(letters).is_ok()
}

/// Degrees, minutes and seconds to the north or south, to the east or west, and how high.
fn is_place(words: &[&Word]) -> bool {
    let is = |word: &&&Word, letters: &str| {
        word.text.len() == 1 && letters.contains(word.text.to_ascii_uppercase().as_str())
    };
    let find = |words: &[&Word], letters| words.iter().take(4).position(|word| is(&word, letters));
    let Some(latitude) = find(words, "NS").filter(|at| *at > 0) else {
        return false;
    };
    let rest = &words[latitude + 1..];
    find(rest, "EW").is_some_and(|at| at > 0 && rest.len() > at + 1)
}

fn are_parameters(words: &[&Word]) -> bool {
    const KEYS: [&str; 10] = [
        "mandatory",
        "alpn",
        "no-default-alpn",
        "port",
        "ipv4hint",
        "ech",
        "ipv6hint",
        "dohpath",
        "ohttp",
        "tls-supported-groups",
    ];
    let mut seen = BTreeSet::new();
    words.iter().all(|word| {
        let text = word.text.as_str();
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        let values = value.trim_matches('"').split(',');
        let is_known = KEYS.contains(&key) || key.strip_prefix("key").is_some_and(is_short);
        let is_right = match key {
            // What stood in quotation marks is the next word.
            _ if word.is_quoted => return true,
            _ if text.ends_with('=') => true,
            "port" => is_short(value),
            "ipv4hint" => values.into_iter().all(|it| it.parse::<Ipv4Addr>().is_ok()),
            "ipv6hint" => values.into_iter().all(|it| it.parse::<Ipv6Addr>().is_ok()),
            _ => true,
        };
        is_known && is_right && seen.insert(key)
    })
}

fn is_short(text: &str) -> bool {
    number(text).is_some_and(|number| number <= 0xffff)
}

/// What not every name server takes in such a content.
pub(super) fn refused(record: &str, words: &[&Word]) -> Option<Refused> {
    match (record, words) {
        ("URI", [_, _, target]) if !target.is_quoted => Some(Refused::Quotes),
        ("CAA", [_, tag, _]) if tag.is_quoted => Some(Refused::Quotes),
        ("DS" | "CDS", [_, _, digest, rest @ ..]) => {
            let length = match digest.text.as_str() {
                "1" => 40,
                "2" | "3" => 64,
                "4" => 96,
                _ => return None,
            };
            (joined(rest).len() != length).then_some(Refused::Digest)
        }
        ("SSHFP", [_, digest, rest @ ..]) => {
            let length = match digest.text.as_str() {
                "1" => 40,
                "2" => 64,
                _ => return None,
            };
            (joined(rest).len() != length).then_some(Refused::Digest)
        }
        _ => None,
    }
}
