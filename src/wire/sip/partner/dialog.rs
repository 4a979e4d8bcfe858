//! Dialogs (RFC 3261 §12), by what identifies them and with what it takes to speak within them.

use std::fmt::Write;

use super::session::presence;
use super::{Answer, Identity, Partner, What, tag_of};
use crate::wire::sip::message::Message;
use crate::wire::sip::uri::NameAddress;

/// What identifies a dialog.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    call_id: String,
    own: String,
    theirs: String,
}

impl Key {
    /// That of a request within a dialog.
    pub(super) fn of(message: &Message) -> Option<Self> {
        Self::made(message, tag_of(message, "To")?, tag_of(message, "From")?)
    }

    /// That of an answer to a request of ours.
    pub(super) fn of_answer(message: &Message) -> Option<Self> {
        Self::made(message, tag_of(message, "From")?, tag_of(message, "To")?)
    }

    /// That of the dialog which a request begins, with this tag of ours.
    pub(super) fn begun_by(message: &Message, own: &str) -> Option<Self> {
        // Old senders have no tag (RFC 2543).
        Self::made(message, own, tag_of(message, "From").unwrap_or_default())
    }

    fn made(message: &Message, own: &str, theirs: &str) -> Option<Self> {
        Some(Self {
            call_id: message.header("Call-ID")?.to_owned(),
            own: own.to_owned(),
            theirs: theirs.to_owned(),
        })
    }
}

/// A dialog.
#[derive(Clone, Debug)]
pub(super) struct Dialog {
    /// Whom requests of ours are for.
    target: String,
    /// The way there: their Record-Routes in the order in which they came.
    routes: Vec<String>,
    /// Their From, our To.
    remote: String,
    /// Their To, our From.
    local: String,
    /// The number of our last request.
    sequence: u32,
}

impl Partner {
    /// Begins a dialog, and puts into its answer what makes it one; `None` where there are too many.
    pub(super) fn begin(&mut self, answer: Answer, message: &Message) -> Option<Answer> {
        if self.dialogs.len() >= super::MAX_DIALOGS {
            return None;
        }
        let tag = self.token();
        let key = Key::begun_by(message, &tag)?;
        let contact = message.header("Contact").and_then(NameAddress::parse);
        let dialog = Dialog {
            target: contact?.uri.to_owned(),
            routes: message.all("Record-Route").map(str::to_owned).collect(),
            remote: message.header("From")?.to_owned(),
            local: format!("{};tag={tag}", message.header("To")?),
            sequence: 0,
        };
        self.dialogs.insert(key, dialog);
        let mut answer = self.within_route(answer, message);
        answer.tag = Some(tag);
        Some(answer)
    }

    /// With our route in front of theirs, and our contact.
    pub(super) fn within_route(&self, answer: Answer, message: &Message) -> Answer {
        if answer.status >= 300 {
            return answer;
        }
        let own = answer.with("Record-Route", &self.identity.route());
        let routes = message.all("Record-Route");
        let answer = routes.fold(own, |answer, route| answer.with("Record-Route", route));
        answer.with("Contact", &self.identity.contact())
    }

    /// The chat is confirmed.
    pub(super) fn confirmed(&self, message: &Message) -> What {
        let is_known = Key::of(message).is_some_and(|key| self.dialogs.contains_key(&key));
        if is_known {
            What::Confirmed
        } else {
            What::NoDialog
        }
    }

    /// The NOTIFY that follows an accepted SUBSCRIBE, unless its answer holds the document already
    /// (RFC 6665 §4.2.1.2).
    pub(super) fn notify(&mut self, message: &Message, sent: &[String]) -> Option<String> {
        let answer = sent.first()?;
        if !answer.starts_with("SIP/2.0 200 ") || answer.contains("\r\nms-piggyback-cseq:") {
            return None;
        }
        let tag = tag_of(message, "To").map(str::to_owned).or_else(|| {
            let to = answer
                .split("\r\n")
                .find_map(|line| line.strip_prefix("To: "));
            let tag = NameAddress::parse(to?)?.param("tag")?;
            Some(tag.to_owned())
        });
        let key = Key::begun_by(message, &tag?)?;
        let is_fetch = message.header("Expires").map(str::trim) == Some("0");
        let state = if is_fetch {
            "terminated;reason=timeout"
        } else {
            "active;expires=3600"
        };
        let branch = self.token();
        let identity = self.identity.clone();
        let dialog = self.dialogs.get_mut(&key)?;
        let body = presence(&identity);
        let headers = [
            ("Event", "presence"),
            ("Subscription-State", state),
            ("Content-Type", "application/pidf+xml"),
        ];
        let notify = dialog.request("NOTIFY", &identity, &branch, &headers, &body, &key);
        if is_fetch {
            self.dialogs.remove(&key);
        }
        Some(notify)
    }
}

impl Dialog {
    /// A request within the dialog.
    fn request(
        &mut self,
        method: &str,
        identity: &Identity,
        branch: &str,
        headers: &[(&str, &str)],
        body: &str,
        key: &Key,
    ) -> String {
        self.sequence += 1;
        let mut text = format!("{method} {} SIP/2.0\r\n", self.target);
        let mut add = |name: &str, value: &str| {
            // Writing to a string does not fail.
            let _ = write!(text, "{name}: {value}\r\n");
        };
        let (fqdn, port) = (&identity.fqdn, identity.port);
        add(
            "Via",
            &format!("SIP/2.0/TLS {fqdn}:{port};branch=z9hG4bK{branch}"),
        );
        add("Max-Forwards", "70");
        for route in &self.routes {
            add("Route", route);
        }
        add("From", &self.local);
        add("To", &self.remote);
        add("Call-ID", &key.call_id);
        add("CSeq", &format!("{} {method}", self.sequence));
        for (name, value) in headers {
            add(name, value);
        }
        add("Contact", &identity.contact());
        add("Content-Length", &body.len().to_string());
        text.push_str("\r\n");
        text.push_str(body);
        text
    }
}
