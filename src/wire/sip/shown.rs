//! A message as a transcript shows it: who wrote and what stays out of it.

use std::fmt::Write;

use ring::digest::{SHA256, digest};

use super::message::{Message, Start, known_method};
use super::uri::SipUri;

/// Headers whose values say nothing of people.
const OPEN: [&str; 27] = [
    "Via",
    "CSeq",
    "Max-Forwards",
    "Content-Type",
    "Content-Length",
    "Supported",
    "Require",
    "Proxy-Require",
    "Unsupported",
    "Allow",
    "Allow-Events",
    "Event",
    "Accept",
    "Expires",
    "Subscription-State",
    "Session-Expires",
    "Min-SE",
    "Compression",
    "User-Agent",
    "Server",
    "ms-keep-alive",
    "ms-piggyback-cseq",
    "ms-diagnostics",
    "ms-diagnostics-public",
    "Date",
    "Call-ID",
    "Contact",
];
/// Headers that name people by URI: of these the user part is hashed, and the name before it left out.
const NAMING: [&str; 6] = ["From", "To", "Contact", "Record-Route", "Route", "Call-ID"];

/// Further names that are shown; of these the values may be anything. A name that is none of all these may be
/// text of somebody whose messages do not end where they say.
const NAMES: [&str; 43] = [
    "Accept-Encoding",
    "Accept-Language",
    "Alert-Info",
    "Authentication-Info",
    "Authorization",
    "Call-Info",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Conversation-ID",
    "Error-Info",
    "Identity",
    "In-Reply-To",
    "MIME-Version",
    "Organization",
    "P-Asserted-Identity",
    "P-Preferred-Identity",
    "Path",
    "Priority",
    "Privacy",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "RAck",
    "RSeq",
    "Reason",
    "Refer-To",
    "Referred-By",
    "Replaces",
    "Reply-To",
    "Retry-After",
    "Roster-Manager",
    "SIP-ETag",
    "SIP-If-Match",
    "Service-Route",
    "Subject",
    "Timestamp",
    "WWW-Authenticate",
    "Warning",
    "ms-asserted-verification-level",
    "ms-conversation-id",
    "ms-edge-proxy-message-trust",
    "ms-text-format",
    "ms-user-data",
];

/// The message without text, display names and user parts. `salt` is another one each run, so that
/// nobody finds a name by trying.
pub fn shown(message: &Message, salt: &[u8]) -> String {
    let count = |text: &str| format!("[{} characters]", text.chars().count());
    let mut text = match &message.start {
        Start::Request { method, uri } => {
            let method = known_method(method).map_or_else(|| count(method), str::to_owned);
            let uri = match SipUri::parse(uri) {
                Ok(_) if !uri.contains(char::is_whitespace) => hashed(uri, salt),
                _ => count(uri),
            };
            format!("{method} {uri} SIP/2.0\n")
        }
        Start::Response { status, reason } => format!("SIP/2.0 {status} {reason}\n"),
    };
    for (name, value) in &message.headers {
        let is = |list: &[&str]| list.iter().any(|own| own.eq_ignore_ascii_case(name));
        let value = if is(&NAMING) && is_uri(without_name(value)) {
            hashed(without_name(value), salt)
        } else if is(&NAMING) {
            count(value)
        } else if is(&OPEN) {
            value.clone()
        } else {
            count(value)
        };
        let is_known = is(&NAMING) || is(&OPEN) || is(&NAMES);
        let name = if is_known { name.clone() } else { count(name) };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name}: {value}");
    }
    if !message.body.is_empty() {
        let _ = writeln!(text, "\n[{} bytes]", message.body.len());
    }
    text
}

/// What stands from the URI on.
fn without_name(value: &str) -> &str {
    value.find('<').map_or(value, |at| &value[at..])
}

/// Whether no text stands where the URI should, nor beside it: neither has a space in it.
fn is_uri(value: &str) -> bool {
    let mut parts = value.split([',', ';']);
    parts.all(|part| !part.trim().contains(char::is_whitespace))
}

/// With a hash in the place of every user part.
fn hashed(value: &str, salt: &[u8]) -> String {
    let mut shown = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('@') {
        let start = rest[..at]
            .rfind([':', '<', ' '])
            .map_or(0, |start| start + 1);
        let user = &rest[start..at];
        let salted = [salt, user.to_ascii_lowercase().as_bytes()].concat();
        let hash = digest(&SHA256, &salted);
        shown.push_str(&rest[..start]);
        shown.push('#');
        for byte in &hash.as_ref()[..3] {
            let _ = write!(shown, "{byte:02x}");
        }
        shown.push('@');
        rest = &rest[at + 1..];
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_became_a_header_is_not_shown() {
        let start = Start::Response {
            status: 200,
            reason: "OK".to_owned(),
        };
        let headers = [("Morgen um acht", "gern"), ("subject", "Termin")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let message = Message {
            start,
            headers: headers.to_vec(),
            body: Vec::new(),
        };
        let text = "SIP/2.0 200 OK\n[14 characters]: [4 characters]\nsubject: [6 characters]\n";
        assert_eq!(shown(&message, b""), text);
    }
    #[test]
    fn text_that_became_a_uri_is_not_shown() {
        let start = Start::Response {
            status: 200,
            reason: "OK".to_owned(),
        };
        let headers = [
            ("From", "\"Ann\" <morgen um acht sip:ann@zahnfee.de>"),
            ("To", "Ann <sip:zahnfee.de>;tag=1"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let message = Message {
            start,
            headers: headers.to_vec(),
            body: Vec::new(),
        };
        let text = "SIP/2.0 200 OK\nFrom: [41 characters]\nTo: <sip:zahnfee.de>;tag=1\n";
        assert_eq!(shown(&message, b""), text);
    }
}
