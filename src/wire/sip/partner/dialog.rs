//! Dialogs (RFC 3261 §12), by what identifies them and with what it takes to speak within them.

use std::fmt::Write;
use std::time::Duration;

use super::hop::Hop;
use super::{Answer, Identity, Line, Partner, What, tag_of};
use crate::wire::sip::message::Message;
use crate::wire::sip::uri::{NameAddress, parameter};

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

    /// That of the dialog which a request begins, with this tag of ours.
    pub(super) fn begun_by(message: &Message, own: &str) -> Option<Self> {
        // Old senders have no tag (RFC 2543).
        Self::made(message, own, tag_of(message, "From").unwrap_or_default())
    }

    /// That of the dialog which a request began or belongs to, by the answer to it.
    pub(super) fn answered(message: &Message, answer: &str) -> Option<Self> {
        let mut lines = answer.split("\r\n");
        let to = lines.find_map(|line| line.strip_prefix("To: "))?;
        let own = NameAddress::parse(to)?.param("tag")?;
        Self::begun_by(message, own)
    }

    /// That of a request of ours outside of any.
    pub(super) fn made_by_us(call_id: &str, own: &str) -> Self {
        Self {
            call_id: call_id.to_owned(),
            own: own.to_owned(),
            theirs: String::new(),
        }
    }

    fn made(message: &Message, own: &str, theirs: &str) -> Option<Self> {
        Some(Self {
            call_id: message.header("Call-ID")?.to_owned(),
            own: own.to_owned(),
            theirs: theirs.to_owned(),
        })
    }
}

/// What a dialog is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Chat,
    Subscription,
}

/// A dialog.
#[derive(Clone, Debug)]
pub(super) struct Dialog {
    pub(super) kind: Kind,
    /// The connection that it was last heard on.
    pub(super) line: u64,
    /// When it is over, where nobody refreshes it.
    pub(super) until: Option<Duration>,
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
    pub(super) fn begin(
        &mut self,
        kind: Kind,
        answer: Answer,
        message: &Message,
        line: Line,
    ) -> Option<Answer> {
        if self.dialogs.len() >= super::MAX_DIALOGS {
            return None;
        }
        let tag = self.token();
        let key = Key::begun_by(message, &tag)?;
        let contact = message.header("Contact").and_then(NameAddress::parse);
        let dialog = Dialog {
            kind,
            line: line.number,
            until: answer.lasts.map(|lasts| line.at + lasts),
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

    /// Notes what a request within a dialog says of it, and how long its answer has it last (RFC 3261
    /// §12.2.2, RFC 4028).
    pub(super) fn refresh(&mut self, key: &Key, answer: &Answer, message: &Message, line: Line) {
        let Some(dialog) = self.dialogs.get_mut(key).filter(|_| answer.status < 300) else {
            return;
        };
        dialog.line = line.number;
        if let Some(lasts) = answer.lasts {
            dialog.until = Some(line.at + lasts);
        }
        // Others do not say where the next one goes (RFC 3261 §12.2).
        let is_refresh = matches!(message.method(), Some("INVITE" | "UPDATE" | "SUBSCRIBE"));
        let contact = message.header("Contact").and_then(NameAddress::parse);
        if let Some(contact) = contact.filter(|contact| is_refresh && !contact.uri.is_empty()) {
            contact.uri.clone_into(&mut dialog.target);
        }
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
}

/// What stands in for a dialog where a request has none (RFC 3428 §4).
pub(super) fn apart(identity: &Identity, uri: &str, tag: &str) -> Dialog {
    Dialog {
        kind: Kind::Chat,
        line: 0,
        until: None,
        target: uri.to_owned(),
        routes: Vec::new(),
        remote: format!("<{uri}>"),
        local: format!("<sip:{}>;tag={tag}", identity.address()),
        sequence: 0,
    }
}

impl Dialog {
    /// Where the next request within it leads to.
    pub(super) fn hop(&self) -> Hop {
        let first = self.routes.first().map(|route| NameAddress::parse(route));
        match first {
            Some(Some(route)) => Hop::of(route.uri),
            Some(None) => Hop::Nowhere,
            None => Hop::of(&self.target),
        }
    }

    /// Whom a request is for by its first line, and the routes that it takes. A server of before RFC
    /// 3261 wants to stand in the first line itself, and whom it is for at the end (§12.2.1.1).
    fn way(&self) -> (String, Vec<String>) {
        let first = self.routes.first();
        let first = first.and_then(|route| NameAddress::parse(route));
        let strict = first.filter(|route| parameter(route.uri, "lr").is_none());
        match strict {
            Some(strict) => {
                let target = format!("<{}>", self.target);
                let rest = self.routes[1..].iter().cloned();
                (strict.uri.to_owned(), rest.chain([target]).collect())
            }
            None => (self.target.clone(), self.routes.clone()),
        }
    }

    /// A request within the dialog.
    pub(super) fn request(
        &mut self,
        method: &str,
        identity: &Identity,
        branch: &str,
        headers: &[(&str, &str)],
        body: &str,
        key: &Key,
    ) -> String {
        self.sequence += 1;
        let (uri, routes) = self.way();
        let mut text = format!("{method} {uri} SIP/2.0\r\n");
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
        for route in &routes {
            add("Route", route);
        }
        add("From", &self.local);
        add("To", &self.remote);
        add("Call-ID", &key.call_id);
        add("CSeq", &format!("{} {method}", self.sequence));
        for (name, value) in headers {
            add(name, value);
        }
        add("User-Agent", concat!("xfed/", env!("CARGO_PKG_VERSION")));
        add("Content-Length", &body.len().to_string());
        text.push_str("\r\n");
        text.push_str(body);
        text
    }
}
