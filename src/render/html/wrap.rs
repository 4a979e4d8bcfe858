//! Breaks text into lines for a drawing, where nothing else does.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Breaks text into as few lines as possible, all of about the same length.
pub(super) fn balanced(text: &str, columns: usize) -> Vec<String> {
    let widest = wrap(text, columns);
    let least = text.width().div_ceil(widest.len().max(1));
    (least..columns)
        .map(|narrower| wrap(text, narrower))
        .find(|lines| lines.len() == widest.len())
        .unwrap_or(widest)
}

/// Breaks text after the characters that separate the parts of names and addresses. A part that is
/// longer than a line is broken anywhere.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut room = columns;
    for part in text.split_inclusive([' ', '.', ':', '-', '/', '@', '_', ',']) {
        if part.trim_end().width() > room && room < columns {
            lines.push(String::new());
            room = columns;
        }
        for letter in part.chars() {
            let width = letter.width().unwrap_or(0);
            if width > room {
                // A blank that no longer fits becomes the line break.
                if letter == ' ' {
                    continue;
                }
                lines.push(String::new());
                room = columns;
            }
            lines
                .last_mut()
                .expect("there is a line from the start")
                .push(letter);
            room = room.saturating_sub(width);
        }
    }
    lines
        .into_iter()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

/// Shortens a line to this many columns, of which the last is an ellipsis.
pub(super) fn cut(line: &str, columns: usize) -> String {
    let mut room = columns.saturating_sub(1);
    let fits = |letter: &char| {
        let left = room.checked_sub(letter.width().unwrap_or(0));
        room = left.unwrap_or(0);
        left.is_some()
    };
    let start: String = line.chars().take_while(fits).collect();
    start + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_break_between_their_parts() {
        for (text, lines) in [
            ("81.2.3.4", &["81.2.3.4"][..]),
            ("xphone.zahnfee.de", &["xphone.zahnfee.", "de"]),
            (
                "2001:db8:1234:5678:9abc:def0:1:2",
                &["2001:db8:1234:", "5678:9abc:def0:", "1:2"],
            ),
            ("no SRV record at all", &["no SRV record", "at all"]),
            (
                "abcdefghijklmnopqrstuvwxyz",
                &["abcdefghijklmno", "pqrstuvwxyz"],
            ),
            ("fifteen letters", &["fifteen letters"]),
            ("fourteen abcdef ghi", &["fourteen abcdef", "ghi"]),
            ("fifteenletters1 2", &["fifteenletters1", "2"]),
            ("歯の妖精歯の妖精", &["歯の妖精歯の妖", "精"]),
            ("", &[]),
        ] {
            assert_eq!(wrap(text, 15), lines, "{text}");
        }
    }

    #[test]
    fn lines_are_about_as_long_as_each_other() {
        for (text, lines) in [
            ("xphone.zahnfee.de", &["xphone.", "zahnfee.de"][..]),
            (
                "needs an open port (step 4)",
                &["needs an open", "port (step 4)"],
            ),
            ("zahnfee.de", &["zahnfee.de"]),
            ("", &[]),
        ] {
            assert_eq!(balanced(text, 16), lines, "{text}");
        }
    }

    #[test]
    fn a_cut_line_fits_with_its_ellipsis() {
        for (line, expected) in [
            ("label.label.label", "label.…"),
            ("zahnfee", "zahnfe…"),
            ("歯の妖精歯の妖精", "歯の妖…"),
            ("a歯の妖精", "a歯の…"),
            ("", "…"),
        ] {
            assert_eq!(cut(line, 7), expected, "{line}");
        }
    }
}
