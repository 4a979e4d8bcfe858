//! Content that is written as for a type that nobody knows (RFC 3597 §5): `\# 4 51020304`.

use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::proto::serialize::binary::{BinDecodable, BinDecoder, Restrict};

/// Longer than any content (RFC 1035 §3.2.1).
const MAX_CONTENT: usize = 65_535;

/// The words of the usual form; `None` for what is no content of this type.
pub(super) fn written_out(record: &str, words: &[&str]) -> Option<Vec<String>> {
    let bytes = bytes(words)?;
    let length = bytes.len();
    if record == "TXT" {
        return strings(&bytes);
    }
    let mut decoder = BinDecoder::new(&bytes);
    let text = if record == "DNAME" {
        Name::read(&mut decoder).ok()?.to_string()
    } else {
        let kind: RecordType = record.parse().ok()?;
        let length = Restrict::new(u16::try_from(length).ok()?);
        RData::read(&mut decoder, kind, length).ok()?.to_string()
    };
    let words = text.split_ascii_whitespace();
    decoder
        .is_empty()
        .then(|| words.map(str::to_owned).collect())
}

/// What stands behind `\#`: how many bytes there are, and these.
pub(super) fn bytes(words: &[&str]) -> Option<Vec<u8>> {
    let [length, digits @ ..] = words else {
        return None;
    };
    let length: usize = length
        .parse()
        .ok()
        .filter(|length| *length <= MAX_CONTENT)?;
    let digits = digits.concat();
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| match pair {
        [high, low] => {
            let digit = |digit: u8| char::from(digit).to_digit(16);
            u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
        }
        _ => None,
    };
    let bytes: Option<Vec<u8>> = pairs.map(byte).collect();
    bytes.filter(|bytes| bytes.len() == length)
}

/// The strings of a TXT record, each behind its length, in the escapes of a file.
fn strings(mut bytes: &[u8]) -> Option<Vec<String>> {
    let mut strings = Vec::new();
    while let Some((length, rest)) = bytes.split_first() {
        let (string, rest) = rest.split_at_checked(usize::from(*length))?;
        let escaped: Vec<String> = string.iter().map(|byte| format!("\\{byte:03}")).collect();
        strings.push(escaped.concat());
        bytes = rest;
    }
    Some(strings)
}
