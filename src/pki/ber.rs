//! Elements of BER (X.690 §8.1), as the libraries of the field read them: a length may have more bytes
//! than it needs, or be left open and ended by a mark. DER, which certificates are written in, has one
//! way only; what is written otherwise is rewritten here for those who read nothing else.

use std::borrow::Cow;

use super::der;

/// How an element says where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Length {
    /// As DER has it.
    Shortest,
    /// With more bytes than needed.
    Long,
    /// Not at all: a mark follows (indefinite form).
    Open,
}

/// One element.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    /// Tag, length and content, with the mark.
    pub(super) whole: &'a [u8],
    pub(super) length: Length,
}

impl Element<'_> {
    /// Is made of other elements.
    pub(super) fn is_constructed(self) -> bool {
        self.tag & 0x20 != 0
    }
}

/// Elements within elements without lengths are followed so deep; certificates need ten.
const MOST_DEPTH: usize = 16;

/// The first element of these bytes, and what follows it.
pub(super) fn next(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    next_at(bytes, 0)
}

fn next_at(bytes: &[u8], depth: usize) -> Option<(Element<'_>, &[u8])> {
    const OPEN: u8 = 0x80;
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    // Tags of more than one byte stand in no certificate, and no element is a mark.
    if tag & 0x1f == 0x1f || tag == 0 {
        return None;
    }
    if first == OPEN {
        let content = content_before_mark(rest, depth)?;
        let after = rest.get(content.len() + 2..)?;
        let element = Element {
            tag,
            content,
            whole: &bytes[..bytes.len() - after.len()],
            length: Length::Open,
        };
        return element.is_constructed().then_some((element, after));
    }
    let (length, form, rest) = if first < OPEN {
        (usize::from(first), Length::Shortest, rest)
    } else {
        let (written, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        let needed = written.iter().skip_while(|byte| **byte == 0);
        let needed: Vec<u8> = needed.copied().collect();
        if needed.len() > 3 {
            return None;
        }
        let fold = |length: usize, byte: &u8| length << 8 | usize::from(*byte);
        let length = needed.iter().fold(0, fold);
        let is_shortest = length > 0x7f && needed.len() == written.len();
        let form = if is_shortest {
            Length::Shortest
        } else {
            Length::Long
        };
        (length, form, rest)
    };
    let (content, after) = rest.split_at_checked(length)?;
    let element = Element {
        tag,
        content,
        whole: &bytes[..bytes.len() - after.len()],
        length: form,
    };
    Some((element, after))
}

/// What stands before the mark that ends an element without a length.
fn content_before_mark(bytes: &[u8], depth: usize) -> Option<&[u8]> {
    if depth == MOST_DEPTH {
        return None;
    }
    let mut rest = bytes;
    while !rest.starts_with(&[0, 0]) {
        (_, rest) = next_at(rest, depth + 1)?;
    }
    Some(&bytes[..bytes.len() - rest.len()])
}

/// The same in DER, as far as lengths go, where these bytes are one element. What is in strings stays as
/// it is, and so does what is none.
pub(crate) fn in_der(bytes: &[u8]) -> Cow<'_, [u8]> {
    match next(bytes) {
        Some((element, [])) => match rewritten(element, 0) {
            Some(other) if other != bytes => Cow::Owned(other),
            _ => Cow::Borrowed(bytes),
        },
        _ => Cow::Borrowed(bytes),
    }
}

/// What of a certificate is signed, as it was sent; nothing where there is no certificate.
pub(crate) fn signed(certificate: &[u8]) -> &[u8] {
    let outer = next(certificate).map(|(outer, _)| outer.content);
    let inner = outer.and_then(next);
    inner.map_or(&[], |(inner, _)| inner.whole)
}

fn rewritten(element: Element<'_>, depth: usize) -> Option<Vec<u8>> {
    // What is longer is no certificate of anybody.
    const LONGEST: usize = 0xffff;
    if element.content.len() > LONGEST || depth == MOST_DEPTH {
        return None;
    }
    if !element.is_constructed() {
        return Some(der::element(element.tag, element.content));
    }
    let mut content = Vec::new();
    let mut rest = element.content;
    while !rest.is_empty() {
        // Parameters may be of any kind, and nobody looks into those that he does not know.
        let Some((part, after)) = next(rest) else {
            return Some(der::element(element.tag, element.content));
        };
        content.extend(rewritten(part, depth + 1)?);
        rest = after;
    }
    Some(der::element(element.tag, &content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_all_forms() {
        for (bytes, content, form) in [
            (&[4, 1, 7][..], &[7][..], Length::Shortest),
            (&[4, 0x81, 1, 7], &[7], Length::Long),
            (&[4, 0x84, 0, 0, 0, 1, 7], &[7], Length::Long),
            (&[0x30, 0x80, 4, 1, 7, 0, 0], &[4, 1, 7], Length::Open),
            (
                &[0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0],
                &[0x30, 0x80, 0, 0],
                Length::Open,
            ),
        ] {
            let (element, rest) = next(bytes).expect("an element");
            assert_eq!((element.content, element.length), (content, form));
            assert!(rest.is_empty(), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_no_element() {
        for bytes in [
            &[][..],
            &[4],
            &[4, 2, 7],
            &[4, 0x80, 7, 0, 0],
            &[0x30, 0x80, 4, 1, 7],
            &[0x30, 0x80, 0],
            &[4, 0x84, 1, 0, 0, 0, 7],
            &[0x1f, 1, 7],
            &[0, 0],
        ] {
            assert!(next(bytes).is_none(), "{bytes:?}");
        }
        // However deep they stand in each other.
        let deep = [0x30, 0x80].repeat(10_000);
        assert!(next(&deep).is_none());
    }

    #[test]
    fn rewriting_changes_lengths_only() {
        for (bytes, expected) in [
            (&[0x30, 3, 4, 1, 7][..], &[0x30, 3, 4, 1, 7][..]),
            (&[0x30, 0x81, 4, 4, 0x81, 1, 7], &[0x30, 3, 4, 1, 7]),
            (&[0x30, 0x80, 4, 1, 7, 0, 0], &[0x30, 3, 4, 1, 7]),
            // Within a string everything stays.
            (&[4, 4, 4, 0x81, 1, 7], &[4, 4, 4, 0x81, 1, 7]),
            (&[0x30, 0x81, 2, 4, 9], &[0x30, 2, 4, 9]),
            // Not one element, or more than one.
            (b"abc", b"abc"),
            (&[4, 0x81, 0, 5, 0], &[4, 0x81, 0, 5, 0]),
        ] {
            assert_eq!(&*in_der(bytes), expected, "{bytes:?}");
        }
    }
}
