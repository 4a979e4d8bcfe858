//! The test partner's side of SIP (RFC 3261 §8.2, RFC 3428, RFC 6665): messages in, messages out, and
//! what each was for. No socket, no clock.
//!
//! It answers as the Edge of another company does that has its user behind it: with a route of its own
//! in front, so that whoever chats sends the text to the name that DNS led to. It takes one address,
//! forwards nothing, and keeps no text.

mod answer;
mod dialog;
mod errand;
mod hop;
mod session;
mod validity;

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::framer::Refused;
use super::message::{Message, Start, known_method};
use super::uri::{NameAddress, SipUri, parameter};
use crate::facts::{Exchange, What};
use crate::model::limits::{MAX_WORDS, clipped};
use answer::Answer;
use dialog::{Dialog, Key, Kind};

pub use errand::{Composed, Errand, Purpose};
pub use hop::Hop;

/// What a partner may ask for.
const ALLOW: &str =
    "INVITE, ACK, CANCEL, BYE, UPDATE, MESSAGE, INFO, OPTIONS, SUBSCRIBE, NOTIFY, BENOTIFY";
/// Methods that SIP knows and a partner of a chat does not need.
const OTHER_METHODS: [&str; 5] = ["NEGOTIATE", "PRACK", "PUBLISH", "REFER", "REGISTER"];
/// The only option that may be required.
const TIMER: &str = "timer";
/// No more dialogs are held at a time.
const MAX_DIALOGS: usize = 256;

/// Who the test partner is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The name that partners are led to.
    pub fqdn: String,
    /// Its domain.
    pub domain: String,
    /// Its only user.
    pub user: String,
    /// Its port.
    pub port: u16,
    /// The only domain that may write to it, where one is expected.
    pub expected: Option<String>,
    /// What texts are replied to with, where they are.
    pub echo: Option<String>,
}

impl Identity {
    /// The address to write to.
    pub fn address(&self) -> String {
        format!("{}@{}", self.user, self.domain)
    }

    /// The URI that requests within a dialog are for.
    fn contact(&self) -> String {
        format!("<sip:{}:{};transport=tls>", self.fqdn, self.port)
    }

    /// The route to it: without a name in it, a Skype for Business server sends nothing more.
    fn route(&self) -> String {
        format!("<sip:{}:{};transport=tls;lr>", self.fqdn, self.port)
    }
}

/// Where a message came from.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// The caller.
    pub from: SocketAddr,
    /// The address of ours that it was sent to.
    pub to: IpAddr,
    /// The number of the connection.
    pub number: u64,
    /// When it came, since the beginning.
    pub at: Duration,
}

/// What becomes of a message.
#[derive(Debug, Default)]
pub struct Reaction {
    /// What is sent back on the same connection, in this order.
    pub send: Vec<String>,
    /// What is to be sent of our own accord.
    pub errands: Vec<Errand>,
    /// The request of ours that is answered, by its branch, with the final status.
    pub answered: Option<(String, u16)>,
    /// What it was; absent for an answer to nothing of ours.
    pub exchange: Option<Exchange>,
    /// The domain it came from.
    pub from_domain: Option<String>,
    /// What the sender calls itself.
    pub agent: Option<String>,
    /// The connection is of no use any more.
    pub closes: bool,
}

/// The test partner. Dialogs are of the process, not of a connection: partners open several.
#[derive(Debug)]
pub struct Partner {
    identity: Identity,
    dialogs: HashMap<Key, Dialog>,
    /// The branches of our requests that are not answered yet.
    awaited: HashSet<String>,
    /// Makes tags and branches that nobody guesses.
    random: u64,
    made: u64,
}

impl Partner {
    /// A partner without any dialog.
    pub fn new(identity: Identity, random: u64) -> Self {
        Self {
            identity,
            dialogs: HashMap::new(),
            awaited: HashSet::new(),
            random,
            made: 0,
        }
    }

    /// Whether a dialog lives, so that silence is no reason to hang up.
    pub fn has_dialogs(&self) -> bool {
        !self.dialogs.is_empty()
    }

    /// Takes a message.
    pub fn receive(&mut self, message: &Message, line: Line) -> Reaction {
        let mut reaction = match &message.start {
            Start::Request { method, uri } => self.request(method, uri, message, line),
            Start::Response { status, .. } => self.response(*status, message),
        };
        let agent = message.header("User-Agent").or(message.header("Server"));
        reaction.agent = agent.map(|agent| clipped(agent, MAX_WORDS));
        reaction
    }

    /// Says no to what cannot be read.
    pub fn refuse(&mut self, refused: &Refused, line: Line) -> Reaction {
        let Some(method) = refused.head.method().filter(|method| *method != "ACK") else {
            return Reaction {
                closes: refused.is_last,
                ..Reaction::default()
            };
        };
        let answer = Answer::unreadable(refused.status);
        Reaction {
            closes: refused.is_last,
            ..self.answered(method, What::Unreadable, &answer, &refused.head, line)
        }
    }

    fn request(&mut self, method: &str, uri: &str, message: &Message, line: Line) -> Reaction {
        if let Some(status) = validity::fault(method, uri, message) {
            if method == "ACK" {
                return Reaction::default();
            }
            let answer = Answer::unreadable(status);
            return self.answered(method, What::Unreadable, &answer, message, line);
        }
        let (what, answer) = self.decide(method, uri, message, line);
        let mut reaction = match answer {
            Some(answer) => self.answered(method, what, &answer, message, line),
            None => Reaction {
                exchange: Some(exchange(method, None, what, message)),
                ..Reaction::default()
            },
        };
        reaction.from_domain = from_domain(message);
        let errand = match what {
            What::Presence => self.notify(message, &reaction.send, line),
            What::Chat => self.reply_to(message, line),
            _ => None,
        };
        reaction.errands.extend(errand);
        reaction
    }

    /// What a request is for, and its answer.
    fn decide(
        &mut self,
        method: &str,
        uri: &str,
        message: &Message,
        line: Line,
    ) -> (What, Option<Answer>) {
        let allowed = |status| Answer::new(status).with("Allow", ALLOW);
        let within = tag_of(message, "To").is_some();
        match method {
            "ACK" => return (self.confirmed(message), None),
            "BENOTIFY" => return (What::Other, None),
            "NEGOTIATE" => return (What::Compression, Some(allowed(405))),
            _ if OTHER_METHODS.contains(&method) => return (What::Other, Some(allowed(405))),
            "INVITE" | "BYE" | "CANCEL" | "UPDATE" | "MESSAGE" | "INFO" | "OPTIONS"
            | "SUBSCRIBE" | "NOTIFY" => {}
            _ => return (What::Other, Some(allowed(501))),
        }
        let unknown: Vec<&str> = message
            .list("Require")
            .filter(|option| !option.eq_ignore_ascii_case(TIMER))
            .collect();
        if !unknown.is_empty() && method != "CANCEL" {
            let answer = Answer::new(420).with("Unsupported", &unknown.join(", "));
            let answer = answer.because(61_420, "an option is required that a test has not");
            return (session::kind(method, message), Some(answer));
        }
        if method == "OPTIONS" {
            return (What::Options, Some(session::capabilities()));
        }
        if within {
            return self.within_dialog(method, message, line);
        }
        if let Some(refusal) = self.refusal(uri, message) {
            return refusal;
        }
        match method {
            "INVITE" => self.invite(message, line),
            "SUBSCRIBE" => self.subscribe(message, line),
            "MESSAGE" => session::text(message),
            // The final answer was given at once, so there is nothing to cancel.
            "CANCEL" => (What::Ended, Some(Answer::new(200))),
            _ => (What::NoDialog, Some(Answer::new(481))),
        }
    }

    /// Whether a new request is for somebody else, or of somebody else than is expected.
    fn refusal(&self, uri: &str, message: &Message) -> Option<(What, Option<Answer>)> {
        let from = from_domain(message);
        let is_other = self.identity.expected.as_ref().is_some_and(|expected| {
            from.as_ref()
                .is_none_or(|from| !from.eq_ignore_ascii_case(expected))
        });
        if is_other {
            let answer = Answer::new(403).because(61_403, "not the domain that is expected here");
            return Some((What::WrongDomain, Some(answer)));
        }
        let to = message.header("To").and_then(NameAddress::parse);
        let asked = [Some(uri), to.map(|to| to.uri)];
        let is_own = asked.into_iter().flatten().any(|uri| {
            SipUri::parse(uri).is_ok_and(|uri| {
                let user = uri.user.unwrap_or_default();
                user.eq_ignore_ascii_case(&self.identity.user)
                    && uri.host.eq_ignore_ascii_case(&self.identity.domain)
            })
        });
        let answer = || Answer::new(404).because(61_404, "no such test address");
        (!is_own).then(|| (What::WrongAddress, Some(answer())))
    }

    fn within_dialog(
        &mut self,
        method: &str,
        message: &Message,
        line: Line,
    ) -> (What, Option<Answer>) {
        let Some(key) = Key::of(message).filter(|key| self.dialogs.contains_key(key)) else {
            let answer = Answer::new(481).because(61_481, "no such dialog");
            return (What::NoDialog, Some(answer));
        };
        let (what, answer) = match method {
            "BYE" => {
                self.dialogs.remove(&key);
                (What::Ended, Some(Answer::new(200)))
            }
            "MESSAGE" => session::text(message),
            "INFO" => (What::Typing, Some(Answer::new(200))),
            "SUBSCRIBE" => self.subscribe(message, line),
            // The same chat once more, to keep it alive (RFC 4028 §7.4).
            "INVITE" | "UPDATE" => {
                let answer = session::refresh(&self.identity, method, message);
                (What::Refreshed, Some(self.within_route(answer, message)))
            }
            "CANCEL" => (What::Ended, Some(Answer::new(200))),
            _ => (What::Other, Some(Answer::new(200))),
        };
        if let Some(answer) = &answer {
            self.refresh(&key, answer, message, line);
        }
        (what, answer)
    }

    /// An answer to a request of ours.
    fn response(&mut self, status: u16, message: &Message) -> Reaction {
        let via = message.header("Via").unwrap_or_default();
        let branch = parameter(via, "branch").and_then(|branch| branch.strip_prefix(COOKIE));
        let method = message.sequence().map(|(_, method)| method);
        let known = branch.filter(|branch| status >= 200 && self.awaited.remove(*branch));
        let (Some(method), Some(branch)) = (method, known) else {
            return Reaction::default();
        };
        Reaction {
            answered: Some((branch.to_owned(), status)),
            exchange: Some(Exchange {
                method: known_method(method).unwrap_or(UNKNOWN).to_owned(),
                status: Some(status),
                what: What::Ours,
                content: None,
            }),
            ..Reaction::default()
        }
    }

    /// The reaction that consists of an answer.
    fn answered(
        &mut self,
        method: &str,
        what: What,
        answer: &Answer,
        message: &Message,
        line: Line,
    ) -> Reaction {
        let tag = answer.tag.clone().unwrap_or_else(|| self.token());
        Reaction {
            send: vec![answer.to_message(message, &tag, line)],
            exchange: Some(exchange(method, Some(answer.status), what, message)),
            ..Reaction::default()
        }
    }

    /// A word that was not used before.
    fn token(&mut self) -> String {
        self.made += 1;
        format!("{:016x}{:x}", self.random, self.made)
    }
}

/// What a branch begins with (RFC 3261 §8.1.1.7).
const COOKIE: &str = "z9hG4bK";
/// What stands for a method that is none.
const UNKNOWN: &str = "?";
/// A media type is kept up to this length.
const MEDIA_TYPE: usize = 80;

fn exchange(method: &str, status: Option<u16>, what: What, message: &Message) -> Exchange {
    let content = message.content_type().filter(|_| !message.body.is_empty());
    Exchange {
        method: known_method(method).unwrap_or(UNKNOWN).to_owned(),
        status,
        what,
        content: content.map(|content| clipped(&content, MEDIA_TYPE)),
    }
}

/// The domain of whoever it is from, as far as it can be one.
fn from_domain(message: &Message) -> Option<String> {
    let from = NameAddress::parse(message.header("From")?)?;
    let uri = SipUri::parse(from.uri).ok()?;
    Some(clipped(&uri.host.to_ascii_lowercase(), MAX_WORDS))
}

fn tag_of<'a>(message: &'a Message, header: &'a str) -> Option<&'a str> {
    let tag = NameAddress::parse(message.header(header)?)?.param("tag")?;
    (!tag.is_empty()).then_some(tag)
}
