//! What is asked of a partner: a chat, a text, presence; and what is not for a test.

use std::time::Duration;

use super::{Answer, Identity, Kind, Line, Partner, TIMER, What};
use crate::wire::sip::message::Message;
use crate::wire::sip::uri::parameter;

/// What a text may be written in.
const ACCEPT: &str = "text/plain, text/html, text/rtf, multipart/alternative, multipart/related, \
                      application/im-iscomposing+xml, application/sdp";
/// What says that somebody is typing, or has read (RFC 3994, [MS-IMDN]).
const SIGNS: [&str; 3] = [
    "application/im-iscomposing+xml",
    "application/ms-imdn+xml",
    "message/imdn+xml",
];
/// The shortest session interval (RFC 4028 §4), in seconds.
const SHORTEST_SESSION: u32 = 90;
/// A subscription lasts so long, in seconds.
const LONGEST_SUBSCRIPTION: u32 = 3600;
/// The presence document in the answer, where the sender knows that ([MS-SIP] §3.4).
const PIGGYBACK: &str = "ms-piggyback-first-notify";
const PIDF: &str = "application/pidf+xml";
const SDP: &str = "application/sdp";

/// What an INVITE, a SUBSCRIBE or a MESSAGE is for, however it is answered.
pub(super) fn kind(method: &str, message: &Message) -> What {
    match method {
        "INVITE" if media(message) == Media::Other => What::Media,
        "INVITE" => What::ChatOpened,
        "SUBSCRIBE" => What::Presence,
        _ => What::Other,
    }
}

/// The answer to OPTIONS (RFC 3261 §11.2).
pub(super) fn capabilities() -> Answer {
    let answer = Answer::new(200).with("Allow", super::ALLOW);
    let answer = answer.with("Accept", ACCEPT).with("Supported", TIMER);
    answer.with("Allow-Events", "presence")
}

/// A text, or a sign that somebody is writing one.
pub(super) fn text(message: &Message) -> (What, Option<Answer>) {
    let content = message.content_type().unwrap_or_default();
    if SIGNS.contains(&content.as_str()) {
        return (What::Typing, Some(Answer::new(200)));
    }
    let is_text = content.starts_with("text/")
        || matches!(
            content.as_str(),
            "multipart/alternative" | "multipart/related" | "multipart/mixed"
        );
    if !is_text || message.body.is_empty() {
        let answer = Answer::new(415).with("Accept", ACCEPT);
        return (What::Other, Some(answer.because(61_415, "no text")));
    }
    (What::Chat, Some(Answer::new(200)))
}

/// What an offer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Media {
    Chat,
    Other,
    None,
}

fn media(message: &Message) -> Media {
    let body = String::from_utf8_lossy(&message.body);
    let mut lines = body.lines().filter(|line| line.starts_with("m="));
    match (lines.clone().next(), lines.any(is_chat)) {
        (None, _) if message.body.is_empty() => Media::None,
        (_, true) => Media::Chat,
        (_, false) => Media::Other,
    }
}

/// `m=message 5060 sip null`; `x-ms-message` is the old word ([MS-SDP] §3.1.5.3).
fn is_chat(line: &str) -> bool {
    let mut words = line.trim_start_matches("m=").split_whitespace();
    let media = words.next();
    let protocol = words.nth(1);
    matches!(media, Some("message" | "x-ms-message")) && protocol == Some("sip")
}

/// Whether an answer may hold this.
fn accepts(message: &Message, content: &str) -> bool {
    let mut accepted = message.list("Accept").peekable();
    accepted.peek().is_none()
        || accepted.any(|own| {
            let own = own.split(';').next().unwrap_or_default().trim();
            own.eq_ignore_ascii_case(content) || own == "*/*" || own == "application/*"
        })
}

/// The answer to an offer; `None` for our address leaves the connection line as it was offered.
///
/// # Errors
///
/// The answer that refuses it.
pub(super) fn answer_offer(
    identity: &Identity,
    message: &Message,
    line: Option<Line>,
) -> Result<Answer, Answer> {
    let content = message.content_type();
    match (media(message), content.as_deref()) {
        (Media::Chat, Some(SDP) | None) | (Media::None, _) => {}
        (Media::Other, Some(content)) if !content.starts_with(SDP) => {
            let is_meeting =
                content == "application/ms-conf-invite+xml" || content.starts_with("multipart/");
            let status = if is_meeting { 488 } else { 415 };
            let answer = Answer::new(status).with("Accept", SDP);
            return Err(answer.because(61_488, "only chat can be tested here"));
        }
        _ => {
            return Err(Answer::new(488).because(61_488, "only chat can be tested here"));
        }
    }
    if !accepts(message, SDP) {
        return Err(Answer::new(406).with("Accept", SDP));
    }
    let timer = session_timer(message)?;
    let offer = String::from_utf8_lossy(&message.body);
    // Without an offer, the answer holds one (RFC 3261 §13.2.1).
    let offer = match media(message) {
        Media::None => "m=message 5060 sip null".into(),
        Media::Chat | Media::Other => offer,
    };
    let (kind, address) = match line.map(|line| line.to.to_canonical()) {
        Some(address) if address.is_ipv6() => ("IP6", address.to_string()),
        Some(address) => ("IP4", address.to_string()),
        None => ("IP4", "0.0.0.0".to_owned()),
    };
    let mut sdp = format!(
        "v=0\r\no=- 0 0 IN {kind} {address}\r\ns=session\r\nc=IN {kind} {address}\r\nt=0 0\r\n"
    );
    let lines = offer.lines().filter(|line| line.starts_with("m="));
    sdp.extend(lines.map(|offered| answer_line(identity, offered)));
    let answer = Answer::new(200).with("Allow", super::ALLOW);
    Ok(agreed(answer, timer).holding(SDP, sdp))
}

/// The answer to what keeps a chat alive: INVITE once more, or UPDATE, with an offer or without (RFC
/// 3311 §5.2).
pub(super) fn refresh(identity: &Identity, method: &str, message: &Message) -> Answer {
    if method == "UPDATE" && message.body.is_empty() {
        let answer = Answer::new(200).with("Allow", super::ALLOW);
        return session_timer(message)
            .map_or_else(|refusal| refusal, |timer| agreed(answer, timer));
    }
    answer_offer(identity, message, None).unwrap_or_else(|refusal| refusal)
}

/// With the session interval that was agreed on.
fn agreed(answer: Answer, timer: Option<Timer>) -> Answer {
    let answer = answer.with("Supported", TIMER);
    let Some(timer) = timer else {
        return answer;
    };
    let mut answer = answer
        .with("Session-Expires", &timer.header)
        .with("Require", TIMER);
    answer.lasts = Some(timer.lasts);
    answer
}

/// The line that answers one of an offer: chat is taken, the rest declined (RFC 3264 §6).
fn answer_line(identity: &Identity, offered: &str) -> String {
    let mut words = offered.trim_start_matches("m=").split_whitespace();
    let media = words.next().unwrap_or_default();
    if is_chat(offered) {
        let (port, address) = (identity.port, identity.address());
        return format!("m={media} {port} sip sip:{address}\r\na=accept-types:text/plain\r\n");
    }
    let protocol = words.nth(1).unwrap_or("sip");
    let format = words.next().unwrap_or("null");
    format!("m={media} 0 {protocol} {format}\r\n")
}

/// A session interval.
struct Timer {
    /// As it is said.
    header: String,
    /// After this the chat is ended.
    lasts: Duration,
}

/// The session interval as it is agreed on (RFC 4028 §9): the sender refreshes, unless it wants us to.
/// We do not: such a chat is ended before its half. One that the sender does not refresh in time is
/// ended shortly before it is over (§10).
fn session_timer(message: &Message) -> Result<Option<Timer>, Answer> {
    let Some(value) = message.header("Session-Expires") else {
        return Ok(None);
    };
    let seconds = value.split(';').next().unwrap_or_default().trim();
    let seconds: u32 = seconds.parse().map_err(|_| Answer::new(400))?;
    if seconds < SHORTEST_SESSION {
        return Err(Answer::new(422).with("Min-SE", &SHORTEST_SESSION.to_string()));
    }
    let asked = parameter(value, "refresher").unwrap_or("uac");
    let (refresher, lasts) = if asked.eq_ignore_ascii_case("uas") {
        ("uas", seconds / 2 - seconds / 20)
    } else {
        ("uac", seconds - (seconds / 3).min(32))
    };
    Ok(Some(Timer {
        header: format!("{seconds};refresher={refresher}"),
        lasts: Duration::from_secs(lasts.into()),
    }))
}

/// The presence of whoever is tested with: there.
pub(super) fn presence(identity: &Identity) -> String {
    let address = identity.address();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
         <presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:{address}\">\r\n \
         <tuple id=\"t1\"><status><basic>open</basic></status></tuple>\r\n\
         </presence>\r\n"
    )
}

impl Partner {
    pub(super) fn invite(&mut self, message: &Message, line: Line) -> (What, Option<Answer>) {
        let what = kind("INVITE", message);
        let answer = match answer_offer(&self.identity, message, Some(line)) {
            Ok(answer) => self
                .begin(Kind::Chat, answer, message, line)
                .unwrap_or_else(too_many),
            Err(answer) => answer,
        };
        (what, Some(answer))
    }

    /// Presence is given to everybody who asks: it is that of a test.
    pub(super) fn subscribe(&mut self, message: &Message, line: Line) -> (What, Option<Answer>) {
        let event = message.header("Event").unwrap_or_default();
        let package = event.split(';').next().unwrap_or_default().trim();
        if package != "presence" {
            let answer = Answer::new(489).with("Allow-Events", "presence");
            return (What::OtherEvent, Some(answer));
        }
        if !accepts(message, PIDF) {
            return (What::Presence, Some(Answer::new(406).with("Accept", PIDF)));
        }
        let asked = message.header("Expires").map(|value| value.trim().parse());
        let expires = match asked {
            None => LONGEST_SUBSCRIPTION,
            Some(asked) => asked
                .unwrap_or(LONGEST_SUBSCRIPTION)
                .min(LONGEST_SUBSCRIPTION),
        };
        let mut answer = Answer::new(200)
            .with("Expires", &expires.to_string())
            .with("Event", "presence");
        answer.lasts = Some(Duration::from_secs(expires.into()));
        if message.names("Supported", PIGGYBACK) && expires > 0 {
            let number = message
                .sequence()
                .map_or(1, |(number, _)| number)
                .to_string();
            answer = answer
                .with("Subscription-State", &format!("active;expires={expires}"))
                .with("Supported", PIGGYBACK)
                .with("ms-piggyback-cseq", &number)
                .holding(PIDF, presence(&self.identity));
        }
        let answer = if super::tag_of(message, "To").is_some() {
            self.within_route(answer, message)
        } else {
            self.begin(Kind::Subscription, answer, message, line)
                .unwrap_or_else(too_many)
        };
        (What::Presence, Some(answer))
    }
}

/// Too many dialogs, or a request that no dialog can come of.
fn too_many() -> Answer {
    Answer::new(480).because(61_480, "no dialog can be held")
}
