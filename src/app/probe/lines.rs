//! Lines of standard input, each of bounded length, waited for no longer than a while.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::wire::vantage::MAX_REQUEST;

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line without its end.
    Whole(Vec<u8>),
    /// A line that goes on where none may; nothing is read behind it.
    TooLong,
    /// The end, or nothing for too long.
    Ended,
}

/// The lines as they come, no more than one ahead.
pub(super) struct Lines(Receiver<Line>);

impl Lines {
    /// Reads on a thread of its own: a read cannot be called off.
    pub(super) fn of_stdin() -> Self {
        let (send, receive) = mpsc::sync_channel(0);
        thread::spawn(move || {
            let mut stdin = io::stdin().lock();
            loop {
                let line = next(&mut stdin);
                let is_last = !matches!(line, Line::Whole(_));
                if send.send(line).is_err() || is_last {
                    break;
                }
            }
        });
        Self(receive)
    }

    pub(super) fn next(&mut self, longest: Duration) -> Line {
        self.0.recv_timeout(longest).unwrap_or(Line::Ended)
    }
}

/// Empty lines are passed over, and a line that the connection broke off is none.
fn next(from: &mut impl BufRead) -> Line {
    loop {
        let mut line = Vec::new();
        let most = MAX_REQUEST as u64 + 1;
        match from.by_ref().take(most).read_until(b'\n', &mut line) {
            Ok(_) if line.last() == Some(&b'\n') => {
                line.truncate(line.trim_ascii_end().len());
                if !line.is_empty() {
                    return Line::Whole(line);
                }
            }
            Ok(_) if line.len() > MAX_REQUEST => return Line::TooLong,
            Ok(_) | Err(_) => return Line::Ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded() {
        let longest = "x".repeat(MAX_REQUEST);
        for (input, expected) in [
            ("", vec![Line::Ended]),
            ("broken off", vec![Line::Ended]),
            (
                "a\r\n\n\nb\n",
                vec![
                    Line::Whole(b"a".into()),
                    Line::Whole(b"b".into()),
                    Line::Ended,
                ],
            ),
            (
                &format!("{longest}\n"),
                vec![Line::Whole(longest.clone().into()), Line::Ended],
            ),
            (&format!("{longest}x\n"), vec![Line::TooLong]),
            (&"x".repeat(100_000), vec![Line::TooLong]),
        ] {
            let mut input = input.as_bytes();
            for expected in expected {
                assert_eq!(next(&mut input), expected);
            }
        }
    }
}
