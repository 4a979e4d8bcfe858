//! Requests of the test partner's own: a reply, presence, a farewell. Whoever carries them says by
//! which way they went; each way is another request, so that nothing is taken for a copy.

use std::time::Duration;

use super::dialog::{Key, Kind};
use super::hop::Hop;
use super::session::presence;
use super::{Line, Partner, from_domain};
use crate::facts::ReplyKind;
use crate::wire::sip::message::Message;
use crate::wire::sip::uri::{NameAddress, SipUri};

/// So many may be on their way at a time.
const MAX_AWAITED: usize = 64;

/// A request of ours that is to be sent.
#[derive(Clone, Debug)]
pub struct Errand {
    /// What it is.
    pub purpose: Purpose,
    /// Where it leads to.
    pub hop: Hop,
    /// The connection that it follows from.
    pub line: u64,
    speech: Speech,
}

/// What a request of ours is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Something that is written down.
    Reply(ReplyKind),
    /// The end of a dialog.
    Farewell,
}

/// Within what it is said.
#[derive(Clone, Debug)]
enum Speech {
    /// A dialog.
    Within {
        key: Key,
        /// The state of a subscription.
        state: Option<&'static str>,
        /// The dialog ends with it.
        is_last: bool,
    },
    /// Nothing: to this URI.
    Apart(String),
}

/// A request of ours, ready to be sent once.
#[derive(Clone, Debug)]
pub struct Composed {
    /// The message.
    pub text: String,
    /// What its answer is known by.
    pub branch: String,
}

impl Errand {
    /// Whether it is said within a dialog.
    pub fn is_within(&self) -> bool {
        matches!(self.speech, Speech::Within { .. })
    }
}

impl Partner {
    /// The reply to a text, where texts are replied to.
    pub(super) fn reply_to(&self, message: &Message, line: Line) -> Option<Errand> {
        self.identity.echo.as_ref()?;
        let key = Key::of(message).filter(|key| self.dialogs.contains_key(key));
        let (hop, speech) = if let Some(key) = key {
            (self.dialogs.get(&key)?.hop(), Speech::within(key))
        } else {
            let from = NameAddress::parse(message.header("From")?)?;
            // Who is to read it has to have a name.
            SipUri::parse(from.uri).ok()?.user?;
            let domain = from_domain(message)?;
            (Hop::Domain(domain), Speech::Apart(from.uri.to_owned()))
        };
        Some(Errand {
            purpose: Purpose::Reply(ReplyKind::Text),
            hop,
            line: line.number,
            speech,
        })
    }

    /// The NOTIFY that follows an accepted SUBSCRIBE, unless its answer holds the document already
    /// (RFC 6665 §4.2.1.2).
    pub(super) fn notify(&self, message: &Message, sent: &[String], line: Line) -> Option<Errand> {
        let answer = sent.first()?;
        if !answer.starts_with("SIP/2.0 200 ") || answer.contains("\r\nms-piggyback-cseq:") {
            return None;
        }
        let key = Key::answered(message, answer)?;
        let is_last = message.header("Expires").map(str::trim) == Some("0");
        let state = if is_last {
            "terminated;reason=timeout"
        } else {
            "active;expires=3600"
        };
        Some(Errand {
            purpose: Purpose::Reply(ReplyKind::Presence),
            hop: self.dialogs.get(&key)?.hop(),
            line: line.number,
            speech: Speech::Within {
                key,
                state: Some(state),
                is_last,
            },
        })
    }

    /// What ends dialogs whose time has come by now; each once.
    pub fn due(&mut self, now: Duration) -> Vec<Errand> {
        let is_over = |until: Option<Duration>| until.is_some_and(|until| until <= now);
        let due = self.farewells("terminated;reason=timeout", is_over);
        for dialog in self.dialogs.values_mut() {
            dialog.until = dialog.until.filter(|until| *until > now);
        }
        due
    }

    /// What ends all dialogs.
    pub fn farewell(&self) -> Vec<Errand> {
        self.farewells("terminated;reason=noresource", |_| true)
    }

    fn farewells(
        &self,
        state: &'static str,
        is_over: impl Fn(Option<Duration>) -> bool,
    ) -> Vec<Errand> {
        let over = self
            .dialogs
            .iter()
            .filter(|(_, dialog)| is_over(dialog.until));
        let errands = over.map(|(key, dialog)| Errand {
            purpose: Purpose::Farewell,
            hop: dialog.hop(),
            line: dialog.line,
            speech: Speech::Within {
                key: key.clone(),
                state: (dialog.kind == Kind::Subscription).then_some(state),
                is_last: true,
            },
        });
        errands.collect()
    }

    /// The request, made anew for each way; `None` where its dialog has ended meanwhile, or too many
    /// wait for their answers.
    pub fn compose(&mut self, errand: &Errand) -> Option<Composed> {
        if self.awaited.len() >= MAX_AWAITED {
            return None;
        }
        let branch = self.token();
        let identity = self.identity.clone();
        let echo = identity.echo.as_deref().unwrap_or_default();
        let of_text = [("Content-Type", "text/plain; charset=UTF-8")];
        let text = match &errand.speech {
            Speech::Within { key, state, .. } => {
                let dialog = self.dialogs.get_mut(key)?;
                let mut say = |method, headers: &[(&str, &str)], body: &str| {
                    dialog.request(method, &identity, &branch, headers, body, key)
                };
                match (state, errand.purpose) {
                    (Some(state), _) => {
                        let contact = identity.contact();
                        let headers = [
                            ("Event", "presence"),
                            ("Subscription-State", *state),
                            ("Content-Type", "application/pidf+xml"),
                            ("Contact", &contact),
                        ];
                        say("NOTIFY", &headers, &presence(&identity))
                    }
                    (None, Purpose::Farewell) => say("BYE", &[], ""),
                    (None, Purpose::Reply(_)) => say("MESSAGE", &of_text, echo),
                }
            }
            Speech::Apart(uri) => {
                let (tag, call) = (self.token(), self.token());
                let dialog = super::dialog::apart(&identity, uri, &tag);
                let key = Key::made_by_us(&format!("{call}@{}", identity.fqdn), &tag);
                let mut dialog = dialog;
                dialog.request("MESSAGE", &identity, &branch, &of_text, echo, &key)
            }
        };
        self.awaited.insert(branch.clone());
        Some(Composed { text, branch })
    }

    /// Nobody waits for this answer any more.
    pub fn give_up(&mut self, composed: &Composed) {
        self.awaited.remove(&composed.branch);
    }

    /// The errand is done, by whatever way.
    pub fn done(&mut self, errand: &Errand) {
        if let Speech::Within {
            key, is_last: true, ..
        } = &errand.speech
        {
            self.dialogs.remove(key);
        }
    }
}

impl Speech {
    fn within(key: Key) -> Self {
        Self::Within {
            key,
            state: None,
            is_last: false,
        }
    }
}
