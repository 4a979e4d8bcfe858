//! The two SIP messages that xfed knows: the OPTIONS it sends and the response it reads (RFC 3261).
//! A pure codec; the response parser is bounded by what it is given.

use crate::facts::SipAnswer;
use crate::model::limits::clipped;

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
    /// A response, with all its headers.
    Response(SipAnswer),
    /// The beginning of a response, perhaps.
    Incomplete,
    /// Not SIP.
    Other,
}

/// Reads a response as far as it has arrived. Line ends before it (keep-alives, RFC 5626) and
/// requests of the peer are skipped.
pub fn read_response(received: &[u8]) -> Received {
    const START: &[u8] = b"SIP/2.0 ";
    let mut message = received.trim_ascii_start();
    while is_request(message) {
        let Some(rest) = after_message(message) else {
            return Received::Incomplete;
        };
        message = rest.trim_ascii_start();
    }
    let arrived = message.len().min(START.len());
    if !message[..arrived].eq_ignore_ascii_case(&START[..arrived]) {
        return Received::Other;
    }
    let Some(end) = end_of_headers(message) else {
        return Received::Incomplete;
    };
    read_headers(&String::from_utf8_lossy(&message[..end]))
        .map_or(Received::Other, Received::Response)
}

/// Whether the first line is that of a SIP request (RFC 3261 §7.1): the peer speaks SIP, and has
/// not answered.
pub fn is_request(received: &[u8]) -> bool {
    let message = received.trim_ascii_start();
    let line = message
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    line.len() < message.len() && line.trim_ascii_end().ends_with(b" SIP/2.0")
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
    let crlf = message.windows(4).position(|window| window == b"\r\n\r\n");
    let lf = message.windows(2).position(|window| window == b"\n\n");
    crlf.or(lf)
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
        Some(clipped(value.trim()))
    };
    let server = value("Server").or_else(|| value("User-Agent"));
    Some(SipAnswer {
        status,
        reason: clipped(reason.trim()),
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
        for (bytes, expected) in [
            (&b""[..], Received::Incomplete),
            (b"\r\n\r\nSIP", Received::Incomplete),
            (b"SIP/2.0 200 OK\r\nServer: x\r\n", Received::Incomplete),
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
            (b"SIP/2.0 99 No\r\n\r\n", Received::Other),
            (b"SIP/2.0 700 No\r\n\r\n", Received::Other),
            (b"SIP/2.0 +20 No\r\n\r\n", Received::Other),
            (b"SIP/2.0 \xff\xff\r\n\r\n", Received::Other),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", Received::Other),
            (b"SIP/3.0", Received::Other),
            (b"NOTIFY sip:a@b SIP/2.0\r\nl: 2\r\n", Received::Incomplete),
            (
                b"NOTIFY sip:a@b SIP/2.0\r\nl: 2\r\n\r\nhi",
                Received::Incomplete,
            ),
            (
                b"NOTIFY sip:a@b SIP/2.0\r\nl: 2\r\n\r\nhiSIP/2.0 200 OK\r\n\r\n",
                answer(200, "OK", None),
            ),
            (b"GET / HTTP/1.1\r\n\r\n", Received::Other),
        ] {
            assert_eq!(read_response(bytes), expected, "{}", bytes.escape_ascii());
        }
    }
}
