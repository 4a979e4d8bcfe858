//! Responses (RFC 3261 §8.2.6).

use std::fmt::Write;
use std::time::Duration;

use super::Line;
use crate::wire::sip::message::Message;
use crate::wire::sip::uri::parameter;

/// What a response adds to what it copies from its request.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The tag of a dialog that it makes or belongs to; another one otherwise.
    pub(super) tag: Option<String>,
    /// How long what it grants lasts, if nobody refreshes it.
    pub(super) lasts: Option<Duration>,
    headers: Vec<(&'static str, String)>,
    /// The media type, and the content.
    body: Option<(&'static str, String)>,
}

impl Answer {
    pub(super) fn new(status: u16) -> Self {
        Self {
            status,
            tag: None,
            lasts: None,
            headers: Vec::new(),
            body: None,
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(super) fn holding(mut self, media_type: &'static str, content: String) -> Self {
        self.body = Some((media_type, content));
        self
    }

    /// With a reason that the sender's own server shows: the only diagnostics that cross from one
    /// company to another ([MS-OCER] §2.2.1.2). Applications have 60000 to 62999.
    pub(super) fn because(self, number: u16, reason: &str) -> Self {
        let value = format!("{number};reason=\"xfed: {reason}\"");
        self.with("ms-diagnostics-public", &value)
    }

    /// That the request cannot be taken as it is.
    pub(super) fn unreadable(status: u16) -> Self {
        let reason = match status {
            416 => "only sip: addresses can be written to",
            505 => "only SIP/2.0 is spoken here",
            513 => "message is larger than a test takes",
            _ => "message cannot be read",
        };
        Self::new(status).because(61_000 + status % 1000, reason)
    }

    /// The response to this request. The tag goes to whoever has none.
    pub(super) fn to_message(&self, request: &Message, tag: &str, line: Line) -> String {
        let mut text = format!("SIP/2.0 {} {}\r\n", self.status, reason(self.status));
        let mut add = |name: &str, value: &str| {
            // Writing to a string does not fail.
            let _ = write!(text, "{name}: {value}\r\n");
        };
        for (index, via) in request.all("Via").enumerate() {
            match index {
                0 => add("Via", &received(via, line)),
                _ => add("Via", via),
            }
        }
        for name in ["From", "To", "Call-ID", "CSeq"] {
            let Some(value) = request.header(name) else {
                continue;
            };
            if name == "To" && !has_tag(value) {
                add(name, &format!("{value};tag={tag}"));
            } else {
                add(name, value);
            }
        }
        for (name, value) in &self.headers {
            add(name, value);
        }
        let (media_type, body) = match &self.body {
            Some((media_type, body)) => (Some(media_type), body.as_str()),
            None => (None, ""),
        };
        if let Some(media_type) = media_type {
            add("Content-Type", media_type);
        }
        add("Content-Length", &body.len().to_string());
        text.push_str("\r\n");
        text.push_str(body);
        text
    }
}

/// The topmost Via, with where the request really came from (RFC 3261 §18.2.1, RFC 3581).
fn received(via: &str, line: Line) -> String {
    // Several may stand in one line; the first is the sender's.
    let (first, rest) = match via.split_once(',') {
        Some((first, rest)) => (first.trim_end(), Some(rest)),
        None => (via, None),
    };
    let (address, port) = (line.from.ip().to_canonical(), line.from.port());
    let sent_by = first.split(';').next().unwrap_or_default();
    let host = sent_by.split_whitespace().last().unwrap_or_default();
    let mut own = first.to_owned();
    if parameter(first, "rport").is_some_and(str::is_empty) {
        own = own.replacen(";rport", &format!(";rport={port}"), 1);
    }
    let named = host.rsplit_once(':').map_or(host, |(host, _)| host);
    if named != address.to_string() && parameter(first, "received").is_none() {
        let _ = write!(own, ";received={address}");
    }
    match rest {
        Some(rest) => format!("{own},{rest}"),
        None => own,
    }
}

fn has_tag(value: &str) -> bool {
    let params = value.rsplit_once('>').map_or(value, |(_, params)| params);
    parameter(params, "tag").is_some()
}

/// The reason phrase of a status (RFC 3261 §21).
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        422 => "Session Interval Too Small",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        501 => "Not Implemented",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        _ => "Refused",
    }
}
