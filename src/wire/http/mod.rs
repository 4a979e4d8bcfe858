//! As much of HTTP/1.1 as one bounded GET or POST needs (RFC 9110, RFC 9112): the request for a URL,
//! and the body out of the response. A pure codec: what is malformed, too large or not plainly there
//! is an answer, never a panic. No redirects, no compression; a GET for a stranger's URL goes to no
//! other port than 80, and TLS is its user's business.

use std::net::IpAddr;

/// Longer URLs are refused (RFC 9110 §4.1 asks for 8000 octets; no CA comes near a quarter of it).
const MAX_URL: usize = 2048;
/// The longest head of a response, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// The longest line between two chunks, in bytes.
const MAX_LINE: usize = 1024;

/// A URL that can be fetched without thinking: `http`, port 80, nobody's credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// Host name, or address in square brackets where it has colons.
    host: String,
    /// Path and query.
    target: String,
}

impl Url {
    /// Reads a URL; `None` for anything else than plain HTTP on port 80.
    pub fn parse(text: &str) -> Option<Self> {
        // Nothing but visible ASCII: no line end can sneak into the request.
        if text.len() > MAX_URL || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let host = authority.strip_suffix(":80").unwrap_or(authority);
        let host = host.strip_suffix('.').unwrap_or(host);
        let known = scheme.eq_ignore_ascii_case("http") && (is_name(host) || is_bracketed(host));
        known.then(|| Self {
            host: host.to_ascii_lowercase(),
            target: if target.starts_with('/') {
                target.to_owned()
            } else {
                format!("/{target}")
            },
        })
    }

    /// The host name, or the address as it stands in the URL.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address, where the URL names one instead of a host.
    pub fn address(&self) -> Option<IpAddr> {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        bare.parse().ok()
    }

    /// The GET for it. The connection carries nothing else.
    pub fn request(&self) -> String {
        format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: xfed/{}\r\nAccept: */*\r\n\
             Accept-Encoding: identity\r\nConnection: close\r\n\r\n",
            self.target,
            self.host,
            env!("CARGO_PKG_VERSION")
        )
    }
}

fn is_name(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= 253
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn is_bracketed(host: &str) -> bool {
    host.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

/// What DNS questions and answers are called in HTTP (RFC 8484 §6).
pub(crate) const MEDIA_TYPE_DNS: &str = "application/dns-message";

/// Where to send something, and get something of the same type back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Post {
    /// Host and port as the Host field wants them.
    authority: String,
    path: String,
}

impl Post {
    /// To this host name or address, the port where it is not the usual one, and this path.
    pub(crate) fn new(host: &str, port: Option<u16>, path: &str) -> Self {
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.to_owned()
        };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        Self {
            authority: host + &port,
            path: path.to_owned(),
        }
    }

    /// The request. The connection carries nothing else.
    pub(crate) fn request(&self, media_type: &str, body: &[u8]) -> Vec<u8> {
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: xfed/{}\r\nAccept: {media_type}\r\n\
             Accept-Encoding: identity\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n",
            self.path,
            self.authority,
            env!("CARGO_PKG_VERSION"),
            body.len()
        );
        [head.as_bytes(), body].concat()
    }
}

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

    #[test]
    fn urls_that_can_be_fetched() {
        for (text, host, target) in [
            ("http://crl.example/a.crl", "crl.example", "/a.crl"),
            ("HTTP://CRL.Example:80/a?b=c#d", "crl.example", "/a?b=c"),
            ("http://crl.example", "crl.example", "/"),
            ("http://crl.example.?x", "crl.example", "/?x"),
            ("http://81.2.3.9/a", "81.2.3.9", "/a"),
            ("http://[2a00:1450::1]:80/a", "[2a00:1450::1]", "/a"),
        ] {
            let url = Url::parse(text).expect(text);
            assert_eq!((url.host(), url.target.as_str()), (host, target), "{text}");
            assert_eq!(
                url.address().is_some(),
                !host.ends_with("example"),
                "{text}"
            );
        }
    }

    #[test]
    fn urls_that_cannot() {
        for text in [
            "",
            "crl.example/a.crl",
            "https://crl.example/a.crl",
            "ldap://crl.example/a",
            "http:///a.crl",
            "http://crl.example:8080/a.crl",
            "http://crl.example:/a.crl",
            "http://user@crl.example/a.crl",
            "http://crl.example/a b",
            "http://crl.example/a\r\nHost: other",
            "http://crl.exämple/a",
            "http://[::1/a",
            "http://[crl.example]/a",
        ] {
            assert_eq!(Url::parse(text), None, "{text:?}");
        }
        assert_eq!(Url::parse(&format!("http://a/{}", "a".repeat(2048))), None);
    }

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
