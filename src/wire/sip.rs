//! The two SIP messages that xfed knows: the OPTIONS it sends and the response it reads (RFC 3261).
//! A pure codec; the response parser is bounded by what it is given.

pub mod framer;
pub mod message;
pub mod partner;
pub mod reading;
pub mod shown;
#[cfg(test)]
mod torture;
pub mod uri;

use crate::facts::SipAnswer;
use crate::model::limits::{MAX_WORDS, clipped};

/// An OPTIONS request (RFC 3261 §11.1).
#[derive(Clone, Debug)]
pub struct OptionsRequest<'a> {
    /// The SIP domain that is asked.
    pub domain: &'a str,
    /// The SIP URI of the sender.
    pub from: &'a str,
    /// Letters and digits that no other request has: branch, tag and Call-ID are made of them.
    pub unique: &'a str,
    /// What carries the request.
    pub transport: Transport,
}

/// What carries a SIP message (RFC 3261 §18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in the RFC")]
pub enum Transport {
    Tcp,
    Tls,
}

impl OptionsRequest<'_> {
    /// The request, complete with its empty line (RFC 3261 §8.1.1 and §11.1). It does not tell our
    /// address: the answer comes back on the same connection (RFC 3581 `rport`).
    pub fn to_message(&self) -> String {
        let Self {
            domain,
            from,
            unique,
            transport,
        } = self;
        let (via, contact) = match transport {
            Transport::Tcp => ("TCP", "tcp"),
            Transport::Tls => ("TLS", "tls"),
        };
        let user_agent = concat!("xfed/", env!("CARGO_PKG_VERSION"));
        format!(
            "OPTIONS sip:{domain} SIP/2.0\r\n\
             Via: SIP/2.0/{via} anonymous.invalid;branch=z9hG4bK{unique};rport\r\n\
             Max-Forwards: 70\r\n\
             From: <{from}>;tag={unique}\r\n\
             To: <sip:{domain}>\r\n\
             Call-ID: {unique}@anonymous.invalid\r\n\
             CSeq: 1 OPTIONS\r\n\
             Contact: <sip:xfed@anonymous.invalid;transport={contact}>\r\n\
             Accept: application/sdp\r\n\
             User-Agent: {user_agent}\r\n\
             Content-Length: 0\r\n\
             \r\n"
        )
    }
}

/// What the bytes that have arrived so far are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A final response, with all its headers.
    Response(SipAnswer),
    /// Nothing final yet.
    Incomplete(SoFar),
    /// Not SIP.
    Other,
}

/// What stands if nothing more comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SoFar {
    /// Nothing but line ends.
    Nothing,
    /// A provisional response, or one whose headers have not ended.
    Answer(SipAnswer),
    /// A request of the peer's own, or an answer to another than ours: it speaks SIP, and has not
    /// answered.
    Request,
    /// The beginning of a line that may become SIP.
    Beginning,
    /// What is no message, behind messages of SIP that are no final answer.
    Unreadable,
}

/// Reads responses as far as they have arrived. Line ends before them (keep-alives, RFC 5626),
/// requests of the peer and provisional responses (RFC 3261 §13.2.2.1) are passed over, and so is an
/// answer to somebody else's request, which does not bear what is unique in ours (§17.1.3). After a
/// final answer of SIP nothing makes the peer speak something else.
pub fn read_response(received: &[u8], unique: &str) -> Received {
    reading::read(SoFar::Nothing, received, unique).received
}

fn is_http(message: &[u8]) -> bool {
    message.starts_with(b"HTTP/")
}

impl SoFar {
    /// Whether it is a final answer, as far as it goes.
    fn is_final(&self) -> bool {
        matches!(self, Self::Answer(answer) if answer.status >= 200)
    }

    /// This, unless nothing has come: an answer is not undone by what follows it.
    fn or(self, next: Self) -> Self {
        if self == Self::Nothing { next } else { self }
    }
}

/// What a message is, by its first line.
enum First {
    Answer { answer: SipAnswer, ends: bool },
    Request,
    Beginning,
    Other,
}

fn first_of(message: &[u8], unique: &str) -> First {
    let end = message.iter().position(|byte| *byte == b'\n');
    let line = &message[..end.unwrap_or(message.len())];
    if is_response(line) {
        let headers = end_of_headers(message);
        let text = String::from_utf8_lossy(&message[..headers.unwrap_or(message.len())]);
        return match read_headers(&text) {
            // Three digits are a status once it is seen that no fourth follows.
            Some(_) if is_for_another(&text, unique) => First::Request,
            Some(answer) if end.is_some() || line.get(STATUS_LINE - 1) == Some(&b' ') => {
                let ends = headers.is_some();
                First::Answer { answer, ends }
            }
            None if end.is_some() || !may_become_response(line) => First::Other,
            _ => First::Beginning,
        };
    }
    if end.is_some() {
        let version = line.trim_ascii_end().rsplit(|byte| *byte == b' ').next();
        let is_request = version.is_some_and(|version| version.eq_ignore_ascii_case(b"SIP/2.0"))
            && may_become_request(line);
        return if is_request {
            First::Request
        } else {
            First::Other
        };
    }
    if may_become_response(line) || may_become_request(line) {
        First::Beginning
    } else {
        First::Other
    }
}

/// Whether an answer names the call or the branch of another request. Many a short one names none.
fn is_for_another(headers: &str, unique: &str) -> bool {
    // The last line may go on.
    let (whole, _) = headers.rsplit_once('\n').unwrap_or_default();
    let named = |names: &[&str]| {
        let mut lines = whole.lines().filter_map(|line| line.split_once(':'));
        let found = lines.find(|(name, _)| {
            let name = name.trim();
            names.iter().any(|wanted| name.eq_ignore_ascii_case(wanted))
        });
        found.map(|(_, value)| value.to_ascii_lowercase())
    };
    let call = named(&["Call-ID", "i"]);
    let is_other_call = call.is_some_and(|call| !call.trim().starts_with(unique));
    let branch = named(&["Via", "v"]).filter(|via| via.contains("branch="));
    is_other_call || branch.is_some_and(|via| !via.contains(unique))
}

/// Whether words that ended here were those of SIP, as far as they went.
pub fn was_becoming_sip(received: &[u8]) -> bool {
    let start = received.trim_ascii_start();
    let may_be_method = !start.contains(&b' ');
    may_become_response(start) || may_be_method || start.contains(&b':')
}

const VERSION: &[u8] = b"SIP/2.0 ";
/// As far as the blank after the status code.
const STATUS_LINE: usize = VERSION.len() + 4;

fn is_response(line: &[u8]) -> bool {
    line.get(..VERSION.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(VERSION))
}

fn may_become_response(line: &[u8]) -> bool {
    let arrived = line.len().min(VERSION.len());
    let mut status = line.iter().skip(VERSION.len()).zip(0..);
    line[..arrived].eq_ignore_ascii_case(&VERSION[..arrived])
        && status.all(|(byte, at)| match at {
            0 => (b'1'..=b'6').contains(byte),
            1 | 2 => byte.is_ascii_digit(),
            3 => byte.is_ascii_whitespace(),
            _ => true,
        })
}

/// A method, and the beginning of a URI (RFC 3261 §7.1 and §25.1). All of it can be printed.
fn may_become_request(line: &[u8]) -> bool {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(byte);
    let mut parts = line.splitn(2, |byte| *byte == b' ');
    let method = parts.next().unwrap_or_default();
    let rest = parts.next().unwrap_or_default();
    let scheme = rest.split(|byte| *byte == b':').next().unwrap_or_default();
    !method.is_empty()
        && method.iter().all(is_token)
        && scheme
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
        && String::from_utf8_lossy(rest)
            .trim_end()
            .chars()
            .all(|char| !char.is_control())
}

/// What follows a message with its headers and its body, once all of it has arrived.
fn after_message(message: &[u8]) -> Option<&[u8]> {
    let end = end_of_headers(message)?;
    let (headers, rest) = message.split_at(end);
    let rest = rest.trim_ascii_start();
    let headers = String::from_utf8_lossy(headers).into_owned();
    let length = headers.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = ["Content-Length", "l"]
            .iter()
            .any(|length| name.trim().eq_ignore_ascii_case(length));
        is_length
            .then(|| value.trim().parse::<usize>().ok())
            .flatten()
    });
    rest.get(length.unwrap_or(0)..)
}

fn end_of_headers(message: &[u8]) -> Option<usize> {
    let mut ends = message.iter().enumerate();
    ends.find_map(|(at, byte)| {
        let rest = message.get(at + 1..).filter(|_| *byte == b'\n')?;
        let next = rest.strip_prefix(b"\r").unwrap_or(rest);
        next.starts_with(b"\n").then_some(at + 1)
    })
}

/// Status line and the headers of interest; `None` without a proper status line.
pub fn read_headers(message: &str) -> Option<SipAnswer> {
    let mut lines = message.lines();
    let (_, status_line) = lines.next()?.split_once(' ')?;
    let (code, reason) = status_line.split_once(' ').unwrap_or((status_line, ""));
    let status: u16 = code.parse().ok()?;
    if code.len() != 3 || !(100..=699).contains(&status) {
        return None;
    }
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
    let value = |wanted: &str| {
        let (_, value) = headers
            .iter()
            .find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))?;
        Some(clipped(value.trim(), MAX_WORDS))
    };
    let server = value("Server").or_else(|| value("User-Agent"));
    Some(SipAnswer {
        status,
        reason: clipped(reason.trim(), MAX_WORDS),
        server,
        allow: value("Allow"),
        diagnostics: value("ms-diagnostics"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_is_a_complete_request() {
        let options = OptionsRequest {
            domain: "zahnfee.de",
            from: "sip:xfed@anonymous.invalid",
            unique: "abc",
            transport: Transport::Tls,
        };
        let message = options.to_message();
        assert!(message.starts_with("OPTIONS sip:zahnfee.de SIP/2.0\r\n"));
        assert!(message.ends_with("Content-Length: 0\r\n\r\n"));
        for header in [
            "Via: SIP/2.0/TLS anonymous.invalid;branch=z9hG4bKabc;rport",
            "Max-Forwards: 70",
            "CSeq: 1 OPTIONS",
        ] {
            assert!(message.contains(header), "{header}");
        }
        let plain = OptionsRequest {
            transport: Transport::Tcp,
            ..options
        };
        assert!(plain.to_message().contains("\r\nVia: SIP/2.0/TCP "));
    }

    #[track_caller]
    fn reads(bytes: &[u8], expected: &Received) {
        let read = read_response(bytes, "");
        assert_eq!(read, *expected, "{}", bytes.escape_ascii());
    }

    #[test]
    fn responses_as_far_as_they_have_arrived() {
        let answer = |status, reason: &str, server: Option<&str>| {
            Received::Response(SipAnswer {
                status,
                reason: reason.into(),
                server: server.map(Into::into),
                allow: None,
                diagnostics: None,
            })
        };
        let so_far = |so_far| Received::Incomplete(so_far);
        let unfinished = |answered| match answered {
            Received::Response(answer) => so_far(SoFar::Answer(answer)),
            other => other,
        };
        let provisional = |reason| unfinished(answer(100, reason, None));
        for (bytes, expected) in [
            (&b""[..], so_far(SoFar::Nothing)),
            (b"\r\n\r\n", so_far(SoFar::Nothing)),
            (b"\r\n\r\nSIP", so_far(SoFar::Beginning)),
            (b"SIP/2.0 2", so_far(SoFar::Beginning)),
            (b"SIP/2.0 200", so_far(SoFar::Beginning)),
            (b"SIP/2.0 200 ", unfinished(answer(200, "", None))),
            (
                b"SIP/2.0 200 OK\r\nServer: x\r\n",
                unfinished(answer(200, "OK", Some("x"))),
            ),
            (b"SIP/2.0 200 OK\r\n\r\n", answer(200, "OK", None)),
            (
                b"SIP/2.0 200 OK\nServer: x\n\n",
                answer(200, "OK", Some("x")),
            ),
            (
                b"\r\nSIP/2.0 403 Not allowed\r\nUser-Agent: a b\r\n\r\nbody",
                answer(403, "Not allowed", Some("a b")),
            ),
            (b"SIP/2.0 503\r\n\r\n", answer(503, "", None)),
            (b"SIP/2.0 100 Trying\r\n\r\n", provisional("Trying")),
            (b"SIP/2.0 100 Trying\r\n\r\nHTTP/1.1 4", Received::Other),
            (
                b"SIP/2.0 100 Trying\r\n\r\n<html>",
                so_far(SoFar::Unreadable),
            ),
            (b"SIP/2.0 200 OK\r\n\r\nHTTP/1.1 4", answer(200, "OK", None)),
            (
                b"SIP/2.0 100 Trying\r\n\r\nSIP/2.0 5",
                provisional("Trying"),
            ),
            (
                b"SIP/2.0 100 Trying\r\n\r\nSIP/2.0 503 No\r\n\r\n",
                answer(503, "No", None),
            ),
            (
                b"SIP/2.0 183 Wait\r\nl: 2\r\n\r\nhiSIP/2.0 200 OK\r\n\r\n",
                answer(200, "OK", None),
            ),
        ] {
            reads(bytes, &expected);
        }
    }

    #[test]
    fn what_is_no_response() {
        let so_far = Received::Incomplete;
        let answered = Received::Response(SipAnswer {
            status: 200,
            reason: "OK".into(),
            server: None,
            allow: None,
            diagnostics: None,
        });
        for (bytes, expected) in [
            (&b"SIP/2.0 99 No\r\n\r\n"[..], Received::Other),
            (b"SIP/2.0 700 No\r\n\r\n", Received::Other),
            (b"SIP/2.0 +20 No\r\n\r\n", Received::Other),
            (b"SIP/2.0 2000", Received::Other),
            (b"SIP/2.0 \xff\xff\r\n\r\n", Received::Other),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", Received::Other),
            (b"HTTP/", Received::Other),
            (b"<html>", Received::Other),
            (b"\x15\x03", Received::Other),
            (b"SIP/3.0", Received::Other),
            (b"OPTIONS sip:a@b SI", so_far(SoFar::Beginning)),
            (b"OPT", so_far(SoFar::Beginning)),
            (
                b"NOTIFY sip:a@b SIP/2.0\r\nl: 2\r\n",
                so_far(SoFar::Request),
            ),
            (
                b"NOTIFY sip:a@b SIP/2.0\r\nl: 2\r\n\r\nhi",
                so_far(SoFar::Request),
            ),
            (
                b"NOTIFY sip:a@b SIP/2.0\r\nl: 2\r\n\r\nhiSIP/2.0 200 OK\r\n\r\n",
                answered,
            ),
            (b"GET / HTTP/1.1\r\n\r\n", Received::Other),
            (
                b"OPTIONS sip:a@b SIP/2.0\r\nl: 0\r\n\r\nHTTP/1.1 4",
                Received::Other,
            ),
            (
                b"OPTIONS sip:a@b SIP/2.0\r\nl: 0\r\n\r\nHTT",
                so_far(SoFar::Request),
            ),
            (
                b"NOTIFY sip:a@b SIP/2.0\r\nl: 8\r\n\r\nHTTP/1.1",
                so_far(SoFar::Request),
            ),
            (
                b"NOTIFY sip:a@b SIP/2.0\r\n\r\n<presence/>",
                so_far(SoFar::Unreadable),
            ),
        ] {
            reads(bytes, &expected);
        }
    }
}
