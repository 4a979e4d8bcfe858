//! Text files as people have them: Windows PowerShell writes UTF-16 where a command is redirected,
//! and editors put a mark in front.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

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

/// The lines of such a text, for whoever cannot hold all of it.
pub(crate) struct Lines<R> {
    source: R,
    /// The mark in front: it says for all lines how they are written.
    mark: Option<[u8; 2]>,
    /// The rest of a line that was too long is still to come.
    is_within: bool,
}

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// As lines do.
    ByItself,
    /// With the text. If nothing was read, there was no further line.
    WithText,
    /// It is longer than wanted; its rest was left out.
    TooLong,
}

const LITTLE: [u8; 2] = [0xff, 0xfe];
const BIG: [u8; 2] = [0xfe, 0xff];

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(source: R) -> Self {
        Self {
            source,
            mark: None,
            is_within: false,
        }
    }

    /// Appends the next line, its end included, in UTF-8.
    ///
    /// # Errors
    ///
    /// Those of the source.
    pub(crate) fn append_to(&mut self, text: &mut Vec<u8>, most: usize) -> io::Result<Ended> {
        if std::mem::take(&mut self.is_within) {
            self.source.skip_until(b'\n')?;
        }
        let mut line = Vec::new();
        let first = self.mark.is_none();
        let mut ended = self.read(&mut line, most)?;
        let mark = *self.mark.get_or_insert_with(|| match *line {
            [0xff, 0xfe, ..] => LITTLE,
            [0xfe, 0xff, ..] => BIG,
            _ => [0, 0],
        });
        while [LITTLE, BIG].contains(&mark) && ended == Ended::ByItself {
            // The byte of a newline may be half of another sign.
            let is_whole = line.len() % 2 == 0;
            if mark == LITTLE && !is_whole {
                let begun = line.len();
                self.source.by_ref().take(1).read_to_end(&mut line)?;
                if line.len() == begun || line.last() == Some(&0) {
                    break;
                }
            } else if mark == BIG && is_whole && line[line.len() - 2] == 0 {
                break;
            }
            ended = self.read(&mut line, most)?;
        }
        if [LITTLE, BIG].contains(&mark) && !first {
            line.splice(0..0, mark);
        }
        text.extend_from_slice(&decoded(&line));
        Ok(ended)
    }

    /// Appends all that is left; false where that makes more than so many bytes.
    ///
    /// # Errors
    ///
    /// Those of the source.
    pub(crate) fn append_rest_to(&mut self, text: &mut Vec<u8>, most: usize) -> io::Result<bool> {
        while text.len() <= most {
            let begun = text.len();
            self.append_to(text, most + 1)?;
            if text.len() == begun {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn read(&mut self, line: &mut Vec<u8>, most: usize) -> io::Result<Ended> {
        let room = most.saturating_sub(line.len());
        let read = self
            .source
            .by_ref()
            .take(room as u64)
            .read_until(b'\n', line)?;
        Ok(match line.last() {
            Some(b'\n') if read > 0 => Ended::ByItself,
            _ if read < room => Ended::WithText,
            _ => {
                self.is_within = true;
                Ended::TooLong
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8], most: usize) -> Vec<(String, Ended)> {
        let mut lines = Lines::new(text);
        let mut all = Vec::new();
        loop {
            let mut line = Vec::new();
            let ended = lines.append_to(&mut line, most).expect("bytes in memory");
            if line.is_empty() {
                return all;
            }
            all.push((String::from_utf8(line).expect("UTF-8"), ended));
        }
    }

    /// U+0A00 and U+000A differ by the place of a byte only, and so do U+0A0A and two of these.
    #[test]
    fn lines_in_every_encoding() {
        let text = "zähne\r\n\n\u{0a00}\u{0a0a}\u{000a}\u{0d0a}\u{0a0d}.";
        let utf16 = || std::iter::once(0xfeff).chain(text.encode_utf16());
        let expected = vec![
            ("zähne\r\n".to_owned(), Ended::ByItself),
            ("\n".to_owned(), Ended::ByItself),
            ("\u{0a00}\u{0a0a}\n".to_owned(), Ended::ByItself),
            ("\u{0d0a}\u{0a0d}.".to_owned(), Ended::WithText),
        ];
        for document in [
            text.as_bytes().to_vec(),
            format!("\u{feff}{text}").into_bytes(),
            utf16().flat_map(u16::to_le_bytes).collect(),
            utf16().flat_map(u16::to_be_bytes).collect(),
        ] {
            assert_eq!(lines(&document, 1000), expected, "{document:x?}");
        }
        assert_eq!(lines(b"", 1000), []);
    }

    #[test]
    fn a_line_without_an_end_fills_no_memory() {
        let text = [&[b'x'; 100][..], b"\nshort\n"].concat();
        let expected = [
            ("xxxxxxxxxx".to_owned(), Ended::TooLong),
            ("short\n".to_owned(), Ended::ByItself),
        ];
        assert_eq!(lines(&text, 10), expected);
    }
}
