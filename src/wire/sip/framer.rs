//! Takes SIP messages out of a stream (RFC 3261 §18.3), within bounds.
//!
//! A stranger writes the stream. What is no SIP is said to be none, what is too large is refused
//! before it is held, and blank lines between messages are borne: they keep connections alive.

use super::message::{Message, Start, is_token, long_name};
use crate::model::limits::MAX_ANSWER;

/// No message has more header lines than this.
const MAX_HEADERS: usize = 256;
/// A start line ends within so many bytes.
const MAX_START: usize = 4096;
/// So much is kept of what is no SIP: enough to name a protocol.
const KEPT: usize = 64;

/// What has come so far.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    blank: u32,
    /// A message was read before. What follows and is none may be the rest of one whose length was
    /// wrong: a text, which nobody keeps.
    has_read: bool,
    /// So many bytes hold no end of the headers: they are not searched again.
    searched: usize,
    /// So long is the message that has begun, where that is known.
    wanted: usize,
}

/// What the stream holds next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framed {
    /// Nothing whole yet.
    Incomplete,
    /// A message.
    Message(Message),
    /// A message that cannot be read as one.
    Refused(Refused),
    /// Not SIP: its first bytes, unless messages came before them. Nothing after them can be read.
    NotSip(Vec<u8>),
}

/// A message that cannot be read as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The status that says so.
    pub status: u16,
    /// What could be read of it: enough to answer.
    pub head: Message,
    /// It is not known where the next message begins.
    pub is_last: bool,
}

impl Framer {
    /// Takes bytes in. They have to be asked for with [`Framer::read`] before more are given: what
    /// is kept is bounded by that.
    pub fn take(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// How many blank lines stood between messages.
    pub fn blank_lines(&self) -> u32 {
        self.blank
    }

    /// Whether a message has begun that is not whole.
    pub fn is_within_message(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// The next message, if it is whole.
    pub fn read(&mut self) -> Framed {
        if self.buffer.len() < self.wanted {
            return Framed::Incomplete;
        }
        self.skip_blank_lines();
        let Some(end_of_line) = self.buffer.iter().position(|byte| *byte == b'\n') else {
            return self.without_line();
        };
        let line = &self.buffer[..end_of_line];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if end_of_line > MAX_START || line.iter().any(|byte| *byte == b'\r' || !is_text(*byte)) {
            return self.foreign();
        }
        let Some((start, fault)) = read_start(&String::from_utf8_lossy(line)) else {
            return self.foreign();
        };
        let Some((end_of_headers, body_at)) = self.headers_end(end_of_line) else {
            if self.buffer.len() <= MAX_ANSWER {
                self.searched = self.buffer.len();
                return Framed::Incomplete;
            }
            let head = self.head(start, end_of_line, self.buffer.len()).0;
            return refused(513, head, true);
        };
        let (head, is_well_formed) = self.head(start, end_of_line, end_of_headers);
        if body_at > MAX_ANSWER {
            return refused(513, head, true);
        }
        let Ok(length) = content_length(&head) else {
            return refused(400, head, true);
        };
        if body_at.saturating_add(length) > MAX_ANSWER {
            return refused(513, head, true);
        }
        let Some(body) = self.buffer.get(body_at..body_at + length) else {
            self.wanted = body_at + length;
            return Framed::Incomplete;
        };
        let body = body.to_vec();
        self.buffer.drain(..body_at + length);
        (self.searched, self.wanted) = (0, 0);
        self.has_read = true;
        match fault {
            Some(status) => refused(status, head, false),
            None if !is_well_formed => refused(400, head, false),
            None => Framed::Message(Message { body, ..head }),
        }
    }

    fn skip_blank_lines(&mut self) {
        let is_blank = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let blank = self.buffer.iter().take_while(|byte| is_blank(byte));
        let (count, lines) = blank.fold((0, 0_u32), |(count, lines), byte| {
            (count + 1, lines + u32::from(*byte == b'\n'))
        });
        self.buffer.drain(..count);
        self.blank = self.blank.saturating_add(lines);
    }

    /// A first line that has not come to its end.
    fn without_line(&self) -> Framed {
        let is_over = self.buffer.len() > MAX_START;
        if is_over || !self.buffer.iter().all(|byte| is_text(*byte)) {
            self.foreign()
        } else {
            Framed::Incomplete
        }
    }

    fn foreign(&self) -> Framed {
        let kept = if self.has_read {
            0
        } else {
            self.buffer.len().min(KEPT)
        };
        Framed::NotSip(self.buffer[..kept].to_vec())
    }

    /// Where the headers end, and where the body begins.
    fn headers_end(&self, end_of_line: usize) -> Option<(usize, usize)> {
        let bytes = &self.buffer;
        // Three bytes may be the beginning of the end.
        let from = end_of_line.max(self.searched.saturating_sub(3));
        (from..bytes.len()).find_map(|at| {
            if bytes[at] != b'\n' {
                return None;
            }
            match bytes.get(at + 1..)? {
                [b'\n', ..] => Some((at + 1, at + 2)),
                [b'\r', b'\n', ..] => Some((at + 1, at + 3)),
                _ => None,
            }
        })
    }

    /// The message without its body, and whether its headers are well formed.
    fn head(&self, start: Start, end_of_line: usize, end: usize) -> (Message, bool) {
        let text = String::from_utf8_lossy(&self.buffer[end_of_line + 1..end.max(end_of_line + 1)]);
        let mut headers: Vec<(String, String)> = Vec::new();
        let mut is_well_formed = true;
        for line in text.lines() {
            if line.starts_with([' ', '\t']) {
                // Folded: it goes on with the header before it (RFC 3261 §7.3.1).
                match headers.last_mut() {
                    Some((_, value)) => {
                        is_well_formed &= !line.contains(is_control);
                        value.push(' ');
                        value.push_str(&line.trim().replace(is_control, " "));
                    }
                    None => is_well_formed = false,
                }
                continue;
            }
            // What may be taken for the end of a line is copied nowhere.
            is_well_formed &= !line.contains(is_control);
            let named = line.split_once(':');
            let named = named.map(|(name, value)| (name.trim_end(), value.trim()));
            match named.filter(|(name, _)| is_token(name) && headers.len() < MAX_HEADERS) {
                Some((name, value)) => {
                    let value = value.replace(is_control, " ");
                    headers.push((long_name(name).to_owned(), value));
                }
                None => is_well_formed = false,
            }
        }
        let body = Vec::new();
        let head = Message {
            start,
            headers,
            body,
        };
        (head, is_well_formed)
    }
}

/// What a header may not hold; a blank may be a tab.
fn is_control(letter: char) -> bool {
    letter.is_control() && letter != '\t'
}

/// What may stand in a line.
fn is_text(byte: u8) -> bool {
    byte >= b' ' || matches!(byte, b'\t' | b'\r')
}

fn refused(status: u16, head: Message, is_last: bool) -> Framed {
    Framed::Refused(Refused {
        status,
        head,
        is_last,
    })
}

/// The first line, and the status that refuses it; `None` where it is no line of SIP.
fn read_start(line: &str) -> Option<(Start, Option<u16>)> {
    if let Some(rest) = line.strip_prefix("SIP/2.0 ") {
        let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        let status = code.parse().ok().filter(|_| code.len() == 3);
        let status = status.filter(|status| (100..=699).contains(status));
        let start = Start::Response {
            status: status.unwrap_or_default(),
            reason: reason.to_owned(),
        };
        return Some((start, None));
    }
    let whole = line.trim_end_matches([' ', '\t']);
    let (method, rest) = whole.split_once(' ')?;
    let (uri, version) = rest.rsplit_once(' ')?;
    let is_sip = version.get(..4)?.eq_ignore_ascii_case("SIP/");
    if !is_token(method) || !is_sip {
        return None;
    }
    let start = Start::Request {
        method: method.to_owned(),
        uri: uri.to_owned(),
    };
    let is_known = version.eq_ignore_ascii_case("SIP/2.0");
    let is_whole = whole == line && !uri.is_empty() && !uri.contains([' ', '\t']);
    let fault = match (is_known, is_whole) {
        (false, _) => Some(505),
        (true, false) => Some(400),
        (true, true) => None,
    };
    Some((start, fault))
}

/// How long the body is. Without a word on that there is none: a stream would have no other end.
fn content_length(head: &Message) -> Result<usize, ()> {
    let mut lengths = head.all("Content-Length").map(|value| {
        let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        let length = value.parse::<usize>().unwrap_or(usize::MAX);
        if is_number { Ok(length) } else { Err(()) }
    });
    let first = lengths.next().unwrap_or(Ok(0))?;
    for further in lengths {
        if further? != first {
            return Err(());
        }
    }
    Ok(first)
}
