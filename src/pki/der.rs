//! A reader of DER (X.690), as far as certificates need one that looks at the bytes themselves: one
//! element after the other, borrowed from the input.

use time::{Date, Month, OffsetDateTime, Time};

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;

/// What is left to read.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

/// One element.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// Tag, length and content.
    pub(crate) whole: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The next element; `None` at the end, or where there is no DER.
    pub(crate) fn next(&mut self) -> Option<Element<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let length = bytes
                    .iter()
                    .fold(0, |length, byte| length << 8 | usize::from(*byte));
                let shortest = length > 0x7f && bytes.first() != Some(&0);
                (shortest.then_some(length)?, rest)
            }
            _ => return None,
        };
        // Tags of more than one byte stand in no certificate.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (content, rest) = rest.split_at_checked(length)?;
        let whole = self.0.get(..self.0.len() - rest.len())?;
        self.0 = rest;
        Some(Element {
            tag,
            content,
            whole,
        })
    }

    /// The next element, if it has this tag.
    pub(crate) fn take(&mut self, tag: u8) -> Option<Element<'a>> {
        if self.0.first() != Some(&tag) {
            return None;
        }
        self.next()
    }

    /// The content of the next element, if it has this tag.
    pub(crate) fn content(&mut self, tag: u8) -> Option<&'a [u8]> {
        Some(self.take(tag)?.content)
    }

    /// Goes into the next element, if it has this tag.
    pub(crate) fn enter(&mut self, tag: u8) -> Option<Self> {
        self.content(tag).map(Reader)
    }
}

/// One element, of less than 64 KiB.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap_or(u16::MAX);
    let [high, low] = length.to_be_bytes();
    let header = match length {
        0..=0x7f => vec![tag, low],
        0x80..=0xff => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [header, content.to_vec()].concat()
}

/// The bytes of a BIT STRING of whole bytes.
pub(crate) fn bits(content: &[u8]) -> Option<&[u8]> {
    content.strip_prefix(&[0])
}

/// The bytes of an unsigned INTEGER, without the leading zero that DER may need.
pub(crate) fn unsigned(content: &[u8]) -> &[u8] {
    content.strip_prefix(&[0]).unwrap_or(content)
}

/// A moment in seconds since 1970, as RFC 5280 §4.1.2.5 wants it: with seconds, without a fraction,
/// in UTC.
pub(crate) fn moment(element: Element<'_>) -> Option<i64> {
    let digits = element.content.strip_suffix(b"Z")?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let pair = |at: usize| -> Option<u8> {
        Some((digits.get(at)? - b'0') * 10 + (digits.get(at + 1)? - b'0'))
    };
    let (year, rest) = match (element.tag, digits.len()) {
        (UTC_TIME, 12) => {
            let short = i32::from(pair(0)?);
            (if short < 50 { 2000 } else { 1900 } + short, 2)
        }
        (GENERALIZED_TIME, 14) => (i32::from(pair(0)?) * 100 + i32::from(pair(2)?), 4),
        _ => return None,
    };
    let month = Month::try_from(pair(rest)?).ok()?;
    let date = Date::from_calendar_date(year, month, pair(rest + 2)?).ok()?;
    let time = Time::from_hms(pair(rest + 4)?, pair(rest + 6)?, pair(rest + 8)?).ok()?;
    Some(OffsetDateTime::new_utc(date, time).unix_timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tag: u8, text: &str) -> Option<i64> {
        moment(Element {
            tag,
            content: text.as_bytes(),
            whole: &[],
        })
    }

    #[test]
    fn moments() {
        assert_eq!(read(UTC_TIME, "700101000000Z"), Some(0));
        assert_eq!(read(GENERALIZED_TIME, "19700101000001Z"), Some(1));
        assert_eq!(read(UTC_TIME, "500101000000Z"), Some(-631_152_000));
        assert_eq!(read(UTC_TIME, "491231235959Z"), Some(2_524_607_999));
        for broken in [
            "7001010000Z",
            "700101000000",
            "700101000000+0100",
            "701301000000Z",
        ] {
            assert_eq!(read(UTC_TIME, broken), None, "{broken}");
        }
        assert_eq!(read(GENERALIZED_TIME, "19700101000000.5Z"), None);
    }

    #[test]
    fn lengths() {
        let long = [&[0x04, 0x81, 0x80][..], &[7; 0x80]].concat();
        let element = Reader(&long).next().expect("an element");
        assert_eq!((element.content.len(), element.whole.len()), (0x80, 0x83));
        for broken in [
            &[0x04, 0x81, 0x01, 7][..],
            &[0x04, 0x02, 7],
            &[0x04],
            &[0x04, 0x80, 0, 0],
            &[0x1f, 0x01, 7],
        ] {
            assert!(Reader(broken).next().is_none(), "{broken:?}");
        }
    }
}
