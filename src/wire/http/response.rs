//! A response, read as it arrives.

/// The longest head of a response, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// The longest line between two chunks, in bytes.
const MAX_LINE: usize = 1024;

/// Why a response has no body for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It points elsewhere.
    Redirect,
    /// Another status than 200.
    Status(u16),
    /// More bytes than the limit.
    TooLarge,
    /// No HTTP, or cut off in the middle.
    Malformed,
}

/// Takes a response in as it arrives, never more of it than the limit.
#[derive(Debug)]
pub struct Reader {
    state: State,
    /// Received, and not understood yet.
    pending: Vec<u8>,
    body: Vec<u8>,
    /// The largest body, in bytes.
    limit: usize,
    /// What comes with any status is wanted, not with 200 only.
    any_status: bool,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Head,
    /// So many more bytes of a body of known length.
    Length(usize),
    UntilClose,
    ChunkSize,
    /// So many more bytes of a chunk.
    Chunk(usize),
    ChunkEnd,
    Trailer,
    Complete,
}

impl Reader {
    /// For a response with a body of at most so many bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            state: State::Head,
            pending: Vec::new(),
            body: Vec::new(),
            limit,
            any_status: false,
        }
    }

    /// The same whatever its status, which [`Head`](super::Head) tells.
    pub(crate) fn of_any_status(limit: usize) -> Self {
        Self {
            any_status: true,
            ..Self::new(limit)
        }
    }

    /// Takes in what has arrived; whether the response is complete.
    ///
    /// # Errors
    ///
    /// [`Refused`] as soon as it is certain that there will be no body.
    pub fn take_in(&mut self, bytes: &[u8]) -> Result<bool, Refused> {
        let mut received = std::mem::take(&mut self.pending);
        received.extend_from_slice(bytes);
        let mut rest = received.as_slice();
        while self.state != State::Complete {
            let Some(after) = self.step(rest)? else { break };
            rest = after;
        }
        self.pending = rest.to_vec();
        Ok(self.state == State::Complete)
    }

    /// The body, when the connection has ended or the response is complete.
    ///
    /// # Errors
    ///
    /// [`Refused::Malformed`] when it is cut off.
    pub fn finish(self) -> Result<Vec<u8>, Refused> {
        match self.state {
            State::Complete | State::UntilClose => Ok(self.body),
            _ => Err(Refused::Malformed),
        }
    }

    /// One step on; `None` when more bytes are needed for it.
    fn step<'a>(&mut self, rest: &'a [u8]) -> Result<Option<&'a [u8]>, Refused> {
        match self.state {
            State::Head => self.head(rest),
            State::UntilClose | State::Length(_) | State::Chunk(_) if rest.is_empty() => Ok(None),
            State::UntilClose => self.keep(rest, rest.len()).map(Some),
            State::Length(left) | State::Chunk(left) => {
                self.keep(rest, left.min(rest.len())).map(Some)
            }
            State::ChunkSize => self.line(rest, |line| {
                // Extensions may follow (RFC 9112 §7.1.1).
                let size = line.split(';').next().unwrap_or_default().trim();
                let strict = size.bytes().all(|byte| byte.is_ascii_hexdigit());
                let size = usize::from_str_radix(size, 16).ok().filter(|_| strict)?;
                Some(if size == 0 {
                    State::Trailer
                } else {
                    State::Chunk(size)
                })
            }),
            State::ChunkEnd => self.line(rest, |line| line.is_empty().then_some(State::ChunkSize)),
            State::Trailer => self.line(rest, |line| {
                Some(if line.is_empty() {
                    State::Complete
                } else {
                    State::Trailer
                })
            }),
            State::Complete => Ok(None),
        }
    }

    /// Moves so many bytes into the body.
    fn keep<'a>(&mut self, rest: &'a [u8], count: usize) -> Result<&'a [u8], Refused> {
        let (own, rest) = rest.split_at(count);
        if self.body.len() + own.len() > self.limit {
            return Err(Refused::TooLarge);
        }
        self.body.extend_from_slice(own);
        self.state = match self.state {
            State::Length(left) if left == count => State::Complete,
            State::Length(left) => State::Length(left - count),
            State::Chunk(left) if left == count => State::ChunkEnd,
            State::Chunk(left) => State::Chunk(left - count),
            other => other,
        };
        Ok(rest)
    }

    fn line<'a>(
        &mut self,
        rest: &'a [u8],
        read: impl FnOnce(&str) -> Option<State>,
    ) -> Result<Option<&'a [u8]>, Refused> {
        let Some(end) = rest.iter().take(MAX_LINE).position(|byte| *byte == b'\n') else {
            return if rest.len() < MAX_LINE {
                Ok(None)
            } else {
                Err(Refused::Malformed)
            };
        };
        let line = std::str::from_utf8(&rest[..end]).map_err(|_| Refused::Malformed)?;
        self.state = read(line.trim_end_matches('\r')).ok_or(Refused::Malformed)?;
        Ok(Some(&rest[end + 1..]))
    }

    fn head<'a>(&mut self, rest: &'a [u8]) -> Result<Option<&'a [u8]>, Refused> {
        let looked_at = &rest[..rest.len().min(MAX_HEAD)];
        let Some(end) = looked_at.windows(4).position(|end| end == b"\r\n\r\n") else {
            let begins = b"HTTP/1.".iter().zip(rest).all(|(one, other)| one == other);
            return if begins && rest.len() < MAX_HEAD {
                Ok(None)
            } else {
                Err(Refused::Malformed)
            };
        };
        let head = String::from_utf8_lossy(&rest[..end]);
        self.state = self.framing(&head)?;
        Ok(Some(&rest[end + 4..]))
    }

    /// How the body is delimited (RFC 9112 §6.3).
    fn framing(&self, head: &str) -> Result<State, Refused> {
        let mut lines = head.split("\r\n");
        let status: u16 = lines
            .next()
            .filter(|line| line.starts_with("HTTP/1."))
            .and_then(|line| line.split(' ').nth(1))
            .and_then(|status| status.parse().ok())
            .ok_or(Refused::Malformed)?;
        match status {
            // Interim: the real one follows.
            100..=199 => return Ok(State::Head),
            200 => {}
            204 | 304 if self.any_status => return Ok(State::Complete),
            _ if self.any_status => {}
            301 | 302 | 303 | 307 | 308 => return Err(Refused::Redirect),
            _ => return Err(Refused::Status(status)),
        }
        let fields: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
        let values = |wanted: &str| {
            let same = |(name, value): &(&str, &str)| {
                name.eq_ignore_ascii_case(wanted)
                    .then(|| value.trim().to_owned())
            };
            fields.iter().filter_map(same).collect::<Vec<_>>()
        };
        if let Some(coding) = values("transfer-encoding").first() {
            return if coding.eq_ignore_ascii_case("chunked") {
                Ok(State::ChunkSize)
            } else {
                Err(Refused::Malformed)
            };
        }
        let lengths = values("content-length");
        let Some(length) = lengths.first() else {
            return Ok(State::UntilClose);
        };
        if lengths.iter().any(|other| other != length)
            || !length.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(Refused::Malformed);
        }
        match length.parse::<usize>() {
            Ok(0) => Ok(State::Complete),
            Ok(length) if length <= self.limit => Ok(State::Length(length)),
            // Also what does not fit into a number.
            Ok(_) | Err(_) => Err(Refused::TooLarge),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same response in one piece, and byte by byte.
    fn read(response: &str, limit: usize) -> Result<Vec<u8>, Refused> {
        let feed = |size: usize| {
            let mut reader = Reader::new(limit);
            for part in response.as_bytes().chunks(size) {
                if reader.take_in(part)? {
                    break;
                }
            }
            reader.finish()
        };
        let (whole, trickled) = (feed(response.len().max(1)), feed(1));
        assert_eq!(whole, trickled, "{response:?}");
        whole
    }

    #[test]
    fn bodies_of_every_framing() {
        for (response, body) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", "abc"),
            ("HTTP/1.0 200 OK\r\ncontent-length:3\r\n\r\nabc", "abc"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""),
            ("HTTP/1.1 200 OK\r\n\r\nabc", "abc"),
            ("HTTP/1.1 200\r\nServer: x\r\n\r\nabc", "abc"),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nA: b\r\n\r\n",
                "abc",
            ),
            (
                "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
                "a",
            ),
        ] {
            assert_eq!(read(response, 3), Ok(body.into()), "{response:?}");
        }
    }

    #[test]
    fn a_refusal_has_a_body_too() {
        for (response, body) in [
            (
                "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno",
                Ok(b"no".to_vec()),
            ),
            ("HTTP/1.1 302 Found\r\n\r\nthere", Ok(b"there".to_vec())),
            ("HTTP/1.1 204 No Content\r\n\r\n", Ok(Vec::new())),
            (
                "HTTP/1.1 500 Oh\r\nContent-Length: 9\r\n\r\n",
                Err(Refused::TooLarge),
            ),
        ] {
            let mut reader = Reader::of_any_status(5);
            let taken = reader.take_in(response.as_bytes());
            let read = taken.and_then(|_| reader.finish());
            assert_eq!(read, body, "{response:?}");
        }
    }

    #[test]
    fn no_body_for_us() {
        use Refused::{Malformed, Redirect, Status, TooLarge};
        for (response, refused) in [
            (
                "HTTP/1.1 301 Moved\r\nLocation: http://a/\r\n\r\n",
                Redirect,
            ),
            ("HTTP/1.1 404 Not Found\r\n\r\n", Status(404)),
            ("HTTP/1.1 204 No Content\r\n\r\n", Status(204)),
            ("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", TooLarge),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
                TooLarge,
            ),
            ("HTTP/1.1 200 OK\r\n\r\nabcd", TooLarge),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
                TooLarge,
            ),
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", Malformed),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc",
                Malformed,
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                Malformed,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
                Malformed,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
                Malformed,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
                Malformed,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
                Malformed,
            ),
            ("SSH-2.0-OpenSSH_9.2\r\n", Malformed),
            ("HTTP/1.1 abc\r\n\r\n", Malformed),
            ("", Malformed),
        ] {
            assert_eq!(read(response, 3), Err(refused), "{response:?}");
        }
        let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(MAX_HEAD));
        assert_eq!(read(&endless, 3), Err(Malformed));
    }
}
