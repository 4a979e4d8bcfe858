//! What single words of a zone file say: names, bytes, numbers and times.

use hickory_resolver::proto::rr::Name;

use super::WrongInZone;
use crate::model::limits::{MAX_TEXT, clipped};

/// A name, absolute.
pub(super) fn name(text: &str, origin: Option<&Name>) -> Result<Name, WrongInZone> {
    let bad = || WrongInZone::Name(clipped(text, MAX_TEXT));
    match text {
        "@" => return origin.cloned().ok_or(WrongInZone::NoOrigin),
        "." => return Ok(Name::root()),
        "" => return Err(bad()),
        _ => {}
    }
    let mut labels: Vec<Vec<u8>> = Vec::new();
    let mut label = Vec::new();
    let mut is_absolute = false;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        is_absolute = false;
        match byte {
            b'.' if label.is_empty() => return Err(bad()),
            b'.' => {
                labels.push(std::mem::take(&mut label));
                is_absolute = true;
            }
            b'\\' => label.push(escaped(&mut bytes).ok_or_else(bad)?),
            byte => label.push(byte),
        }
    }
    if !label.is_empty() {
        labels.push(label);
    }
    let name = Name::from_labels(labels.iter().map(Vec::as_slice)).map_err(|_| bad())?;
    if is_absolute {
        return Ok(name);
    }
    let origin = origin.ok_or(WrongInZone::NoOrigin)?;
    name.append_domain(origin).map_err(|_| bad())
}

/// The byte behind a backslash: itself, or three digits (RFC 1035 §5.1).
fn escaped(bytes: &mut std::str::Bytes<'_>) -> Option<u8> {
    let first = bytes.next()?;
    if !first.is_ascii_digit() {
        return Some(first);
    }
    let digits = [first, bytes.next()?, bytes.next()?];
    let text = std::str::from_utf8(&digits).ok()?;
    let is_number = digits.iter().all(u8::is_ascii_digit);
    text.parse().ok().filter(|_| is_number)
}

/// The bytes of a string.
pub(super) fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => plain.push(escaped(&mut bytes)?),
            byte => plain.push(byte),
        }
    }
    Some(plain)
}

/// Whether this is a class.
pub(super) fn is_class(text: &str) -> bool {
    let mut classes = ["IN", "CLASS1", "CH", "HS", "CS"].into_iter();
    classes.any(|class| text.eq_ignore_ascii_case(class))
}

/// A time as BIND takes it, too: `3600`, `1h`, `1h30m`.
pub(super) fn seconds(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    let mut total: u32 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit())?;
        let (number, unit) = rest.split_at_checked(digits)?;
        let factor = match unit.bytes().next()?.to_ascii_lowercase() {
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            b'd' => 86_400,
            b'w' => 604_800,
            _ => return None,
        };
        let part = number.parse::<u32>().ok()?.checked_mul(factor)?;
        total = total.checked_add(part)?;
        rest = &unit[1..];
    }
    (!text.is_empty()).then_some(total)
}

/// When a Windows server last saw the record: `[AGE:3712345]`.
pub(super) fn is_age(text: &str) -> bool {
    text.starts_with("[AGE:") && text.ends_with(']')
}

/// A number without a sign.
pub(super) fn number(text: &str) -> Option<u64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}
