//! Answers to one request as they come, piece by piece.

use super::{First, Received, SoFar, after_message, end_of_headers, first_of, is_http};

/// The answers to one request, read as they come. What has been passed over is not kept, so that only time
/// bounds how much of it there may be.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    unique: &'a str,
    /// What came before `rest`, as far as it counts.
    so_far: SoFar,
    /// From the message on that decides.
    rest: Vec<u8>,
    /// The first bytes of all.
    start: Vec<u8>,
    /// How many of them are kept.
    kept: usize,
}

impl<'a> Reading<'a> {
    /// Of answers to the request that bears this; so many of the first bytes are kept.
    pub fn new(unique: &'a str, kept: usize) -> Self {
        Self {
            unique,
            so_far: SoFar::Nothing,
            rest: Vec::new(),
            start: Vec::new(),
            kept,
        }
    }

    /// Takes in what has come, and tells what all of it is.
    pub fn take(&mut self, came: &[u8]) -> Received {
        let room = (self.kept - self.start.len()).min(came.len());
        self.start.extend_from_slice(&came[..room]);
        self.rest.extend_from_slice(came);
        let read = read(self.so_far.clone(), &self.rest, self.unique);
        let (received, passed) = (read.received, self.rest.len() - read.message.len());
        self.so_far = read.before;
        self.rest.drain(..passed);
        received
    }

    /// What all of it is.
    pub fn received(&self) -> Received {
        read(self.so_far.clone(), &self.rest, self.unique).received
    }

    /// The message that decides, and what came behind it.
    pub fn rest(&self) -> &[u8] {
        &self.rest
    }

    /// The first bytes of all.
    pub fn start(&self) -> &[u8] {
        &self.start
    }
}

/// What has come, the message that decided it, and what came before that.
pub(super) struct Read<'a> {
    pub(super) received: Received,
    message: &'a [u8],
    before: SoFar,
}

/// Goes on from what came before.
pub(super) fn read<'a>(mut before: SoFar, received: &'a [u8], unique: &str) -> Read<'a> {
    let mut message = received.trim_ascii_start();
    loop {
        let so_far = before.clone();
        let (received, goes_on) = if message.is_empty() {
            (Received::Incomplete(so_far), false)
        } else {
            match first_of(message, unique) {
                First::Answer { answer, ends: true } if answer.status >= 200 => {
                    (Received::Response(answer), false)
                }
                First::Answer { answer, .. } => (Received::Incomplete(SoFar::Answer(answer)), true),
                First::Request => (Received::Incomplete(so_far.or(SoFar::Request)), true),
                First::Beginning => (Received::Incomplete(so_far.or(SoFar::Beginning)), false),
                First::Other if so_far == SoFar::Nothing => (Received::Other, false),
                // Whoever answers a request of SIP with HTTP does not speak SIP, whatever it asks itself, or
                // says before.
                First::Other if so_far.is_final() => (Received::Incomplete(so_far), false),
                First::Other if is_http(message) => (Received::Other, false),
                First::Other => (Received::Incomplete(SoFar::Unreadable), false),
            }
        };
        let behind = after_message(message).filter(|_| goes_on);
        if goes_on && swallows(message, behind, unique) {
            return Read {
                received: Received::Incomplete(SoFar::Unreadable),
                message,
                before,
            };
        }
        match (received, behind) {
            (Received::Incomplete(so_far), Some(rest)) => {
                before = so_far;
                message = rest.trim_ascii_start();
            }
            (received, _) => {
                return Read {
                    received,
                    message,
                    before,
                };
            }
        }
    }
}

/// Whether the body of this message, as far as it is here, holds what is in answers to us only: its length is
/// wrong then, and whoever goes by it sees no answer.
fn swallows(message: &[u8], behind: Option<&[u8]>, unique: &str) -> bool {
    let length = message.len() - behind.map_or(0, <[u8]>::len);
    let body = end_of_headers(message).and_then(|end| message.get(end..length));
    let wanted = unique.as_bytes();
    body.is_some_and(|body| {
        !wanted.is_empty() && body.windows(wanted.len()).any(|part| part == wanted)
    })
}

#[cfg(test)]
mod tests {
    use super::super::read_response;
    use super::*;

    #[test]
    fn what_is_not_sip_begins_where_sip_ends() {
        let rest = |came: &[u8]| {
            let mut reading = Reading::new("", 16);
            assert_eq!(reading.take(came), Received::Other);
            reading.rest().to_vec()
        };
        let received = b"OPTIONS sip:a@b SIP/2.0\r\nl: 0\r\n\r\nHTTP/1.1 400 Bad Request\r\n";
        assert_eq!(rest(received), b"HTTP/1.1 400 Bad Request\r\n");
        assert_eq!(rest(b"\r\n<html>"), b"<html>");
    }

    /// Whoever goes by a length that is wrong sees no answer.
    #[test]
    fn an_answer_within_a_body_is_none() {
        let answer = "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS a;branch=z9hG4bKours\r\nl: 0\r\n\r\n";
        let requests = "OPTIONS sip:a@b SIP/2.0";
        for (before, length) in [(requests, 500), (requests, 63), ("SIP/2.0 100 Trying", 500)] {
            let all = format!("{before}\r\nl: {length}\r\n\r\n{answer}");
            let read = |unique| read_response(all.as_bytes(), unique);
            assert_eq!(read("ours"), Received::Incomplete(SoFar::Unreadable));
            assert_ne!(read("theirs"), Received::Incomplete(SoFar::Unreadable));
        }
    }

    /// However it is cut, the same is read, and what is over is not kept.
    #[test]
    fn what_is_passed_over_is_not_kept() {
        let trying = b"SIP/2.0 100 Trying\r\nl: 2\r\n\r\nhi".repeat(300);
        let ping = b"\r\n\r\nOPTIONS sip:a@b SIP/2.0\r\nl: 0\r\n\r\n".repeat(300);
        let last = b"SIP/2.0 503 No\r\n\r\n";
        let all = [&ping[..], &trying, last].concat();
        for size in [1, 7, 50, 4096, all.len()] {
            let mut reading = Reading::new("", 16);
            let mut received = Received::Incomplete(SoFar::Nothing);
            let mut most = 0;
            for part in all.chunks(size) {
                received = reading.take(part);
                most = most.max(reading.rest().len());
            }
            assert_eq!(received, read_response(&all, ""), "{size}");
            assert!(matches!(received, Received::Response(answer) if answer.status == 503));
            assert!(most < 64 + size, "{most} of {size}");
            assert_eq!(reading.start(), &all[..16]);
        }
    }
}
