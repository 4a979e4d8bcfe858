//! Walks through the facts of two checks side by side and notes what is different. What belongs
//! together is found by what it is about: a record by its name and type, an endpoint by its server
//! and address, a certificate by its part in the conversation.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::certificate::{Leaf, Turn, turns};
use super::pairing::{address, moved, pairs, place};
use super::seen::{Seen, Shown, sorted, tcp, tls};
use super::shapes::{ENDPOINT, FACTS, HOST, How, Shape};
use crate::facts::{Der, Facts};
use crate::model::finding::StepId;

/// A fact that is another one now.
#[derive(Clone, Debug)]
pub struct Change {
    /// What it is about.
    pub subject: Subject,
    /// What of it, by the name that the texts select by; empty for a kind of fact without a name.
    pub label: &'static str,
    /// Where it stands in the facts.
    pub path: String,
    /// What was seen before.
    pub before: Seen,
    /// What was seen after.
    pub after: Seen,
    /// What became of a certificate.
    pub turns: Vec<Turn>,
    /// The step that it belongs to.
    pub step: StepId,
    /// The addresses at which it was seen, where there are any.
    pub places: Vec<String>,
}

impl Change {
    /// Whether it is a certificate that is older than the one before.
    pub fn is_step_back(&self) -> bool {
        self.label == "certificate" && self.turns.contains(&Turn::Backwards)
    }
}

/// What a fact is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A DNS question.
    Question {
        /// The name; `*` stands for a label that was made up.
        name: String,
        /// The record type.
        record: String,
        /// The server or view whose answer it is, where it is not the one that counts.
        witness: Option<String>,
    },
    /// A server.
    Server(String),
    /// The domain, or whatever else there is one of.
    Domain,
}

/// What is different, and how much is not.
#[derive(Clone, Debug, Default)]
pub(super) struct Walk {
    pub(super) changes: Vec<Change>,
    pub(super) unchanged: usize,
}

/// Where the walk is.
#[derive(Clone)]
pub(super) struct At {
    pub(super) subject: Subject,
    pub(super) step: StepId,
    pub(super) places: Vec<String>,
    pub(super) path: String,
}

impl At {
    fn top() -> Self {
        Self {
            subject: Subject::Domain,
            step: StepId::Domain,
            places: Vec::new(),
            path: String::new(),
        }
    }

    pub(super) fn below(&self, field: &str) -> Self {
        let path = match self.path.as_str() {
            "" => field.to_owned(),
            path => format!("{path}.{field}"),
        };
        Self {
            path,
            ..self.clone()
        }
    }
}

/// All that is different.
///
/// # Panics
///
/// Never: facts are JSON.
pub(super) fn walk(old: &Facts, new: &Facts) -> Walk {
    let json = |facts| serde_json::to_value(facts).expect("facts are JSON");
    let mut walk = Walk::default();
    walk.fields(&json(old), &json(new), &FACTS, &At::top());
    walk.merge();
    walk
}

/// The same for a part of the facts.
#[cfg(test)]
pub(super) fn of_shape(old: &Value, new: &Value, shape: &Shape) -> Vec<Change> {
    let mut walk = Walk::default();
    walk.fields(old, new, shape, &At::top());
    walk.changes
}

impl Walk {
    pub(super) fn note(&mut self, at: &At, label: &'static str, before: Seen, after: Seen) {
        if before == after {
            // What is there in neither is no fact.
            self.unchanged += usize::from(!before.is_nothing());
            return;
        }
        let turns = match (&before.shown, &after.shown) {
            (Shown::Certificate(old), Shown::Certificate(new)) => turns(old, new),
            _ => Vec::new(),
        };
        self.changes.push(Change {
            subject: at.subject.clone(),
            label,
            path: at.path.clone(),
            before,
            after,
            turns,
            step: step_of(label, at.step),
            places: at.places.clone(),
        });
    }

    pub(super) fn fields(&mut self, old: &Value, new: &Value, shape: &Shape, at: &At) {
        let keys = |value: &Value| -> Vec<String> {
            let fields = value.as_object().into_iter();
            fields.flat_map(|fields| fields.keys().cloned()).collect()
        };
        let names: BTreeSet<String> = keys(old).into_iter().chain(keys(new)).collect();
        // In the order of the shape; what it does not know comes last.
        let place = |name: &String| {
            let known = shape.fields.iter().position(|(field, _)| field == name);
            known.unwrap_or(usize::MAX)
        };
        let mut names: Vec<String> = names.into_iter().collect();
        names.sort_by_key(place);
        for name in names {
            let mut fields = shape.fields.iter();
            let how = fields.find(|(field, _)| *field == name).map(|(_, how)| how);
            self.field(&old[&name], &new[&name], how, &at.below(&name));
        }
    }

    fn field(&mut self, old: &Value, new: &Value, how: Option<&How>, at: &At) {
        let is_later = old.is_null() != new.is_null();
        match how {
            Some(How::Passing | How::Known) => {}
            Some(How::SinceLater(_) | How::WhereBoth(..)) if is_later => {}
            None => self.note(at, "", Seen::plain(old), Seen::plain(new)),
            Some(How::Plain(label) | How::SinceLater(label)) => {
                self.note(at, label, Seen::plain(old), Seen::plain(new));
            }
            Some(How::By(label, read) | How::WhereBoth(label, read)) => {
                let read = |value: &Value| match value {
                    Value::Null => Seen::nothing(),
                    value => read(value),
                };
                self.note(at, label, read(old), read(new));
            }
            Some(How::Within(label, shape)) => self.within(old, new, label, shape, at),
            Some(How::Question) => self.question(old, new, None, at),
            Some(How::MadeUp) => self.made_up(old, new, at),
            Some(How::Questions) => self.questions(old, new, at),
            Some(How::Hosts) => self.hosts(old, new, at),
            Some(How::Endpoints) => self.endpoints(old, new, at),
            Some(How::Chain) => self.chain(old, new, at),
            Some(How::Certificate(label)) => self.note(at, label, leaf(old), leaf(new)),
        }
    }

    /// Where a structure is there in one of the two only, that is the one difference.
    fn within(&mut self, old: &Value, new: &Value, label: &'static str, shape: &Shape, at: &At) {
        let at = match label {
            "srv" => &At {
                step: StepId::Srv,
                ..at.clone()
            },
            _ => at,
        };
        match (old.is_null(), new.is_null()) {
            (false, false) => self.fields(old, new, shape, at),
            (true, true) => {}
            _ if ON_OCCASION.contains(&label) => {}
            _ => self.note(at, label, presence(old), presence(new)),
        }
    }

    fn hosts(&mut self, old: &Value, new: &Value, at: &At) {
        let at = At {
            step: StepId::Address,
            ..at.clone()
        };
        let key = |host: &Value| host["fqdn"].as_str().unwrap_or_default().to_owned();
        for (old, new) in pairs(old, new, key) {
            if let (Some(old), Some(new)) = (old, new) {
                self.fields(old, new, &HOST, &at);
                continue;
            }
            let either = new.or(old).unwrap_or(&Value::Null);
            let at = At {
                subject: Subject::Server(key(either)),
                ..at.clone()
            };
            let there = |host: Option<&Value>| presence(host.unwrap_or(&Value::Null));
            self.note(&at, "host", there(old), there(new));
        }
    }

    fn endpoints(&mut self, old: &Value, new: &Value, at: &At) {
        for (old, new) in moved(pairs(old, new, place)) {
            let either = new.or(old).unwrap_or(&Value::Null);
            let fqdn = either["fqdn"].as_str().unwrap_or_default();
            let mut at = At {
                subject: Subject::Server(fqdn.to_owned()),
                step: StepId::Tcp,
                places: vec![address(either)],
                path: at.path.clone(),
            };
            if let (Some(old), Some(new)) = (old, new) {
                self.endpoint(old, new, &at);
            } else {
                let shown = |endpoint: Option<&Value>| {
                    endpoint.map_or_else(Seen::nothing, |it| Seen::text(&address(it)))
                };
                at.places.clear();
                self.note(&at, "endpoint", shown(old), shown(new));
            }
        }
    }

    /// Where the connection ended otherwise, all else that is there in one of the two only follows
    /// from that.
    fn endpoint(&mut self, old: &Value, new: &Value, at: &At) {
        let known = self.changes.len();
        self.fields(old, new, &ENDPOINT, at);
        if old["tls"]["chain"][0] != new["tls"]["chain"][0] {
            // Another certificate names another list.
            let found = self.changes.split_off(known).into_iter();
            let own = found.filter(|change| change.label != "revocation-url");
            self.changes.extend(own);
        }
        let by_tcp = tcp(&old["tcp"]) != tcp(&new["tcp"]);
        let handshake = |value: &Value| tls(&value["tls"]["outcome"]);
        if !by_tcp && handshake(old) == handshake(new) {
            return;
        }
        let found = self.changes.split_off(known);
        let follows = |change: &Change| {
            let one_sided = change.before.is_nothing() != change.after.is_nothing();
            let is_end = match change.label {
                "tcp" => true,
                "tls" => !by_tcp,
                _ => false,
            };
            one_sided && !is_end
        };
        let own = found.into_iter().filter(|change| !follows(change));
        self.changes.extend(own);
    }

    /// The leaf, and what was sent with it.
    fn chain(&mut self, old: &Value, new: &Value, at: &At) {
        self.note(at, "certificate", leaf(&old[0]), leaf(&new[0]));
        let rest = |chain: &Value| {
            let sent = chain.as_array().into_iter().flatten().skip(1);
            sorted(sent.filter_map(certificate).map(|sent| sent.name()))
        };
        if !old[0].is_null() && !new[0].is_null() {
            self.note(at, "sent-with-it", rest(old), rest(new));
        }
    }

    /// What is the same at several addresses of a server is one change.
    fn merge(&mut self) {
        let mut merged: Vec<Change> = Vec::new();
        for change in std::mem::take(&mut self.changes) {
            let same = merged.iter_mut().find(|known| {
                known.subject == change.subject
                    && known.label == change.label
                    && known.path == change.path
                    && known.before == change.before
                    && known.after == change.after
            });
            match same {
                Some(known) => known.places.extend(change.places),
                None => merged.push(change),
            }
        }
        self.changes = merged;
    }
}

/// What is looked at only where something else calls for it, or an option does.
const ON_OCCASION: [&str; 6] = [
    "second-look",
    "near-misses",
    "path",
    "compared",
    "revocation",
    "issuer-fetched",
];

/// The step that a fact of an endpoint belongs to.
fn step_of(label: &str, step: StepId) -> StepId {
    match label {
        "certificate" | "sent-with-it" | "without-name" | "issuer-fetched" | "issuer-url"
        | "compared" | "compared-trust" | "trust" | "trust-here" | "path" | "path-remarks"
        | "revocation" | "revocation-url" | "staple" | "issuer-revocations" | "for-rsa" => {
            StepId::Certificate
        }
        "tcp" | "endpoint" | "published" | "control" | "control-address" | "control-tls" => {
            StepId::Tcp
        }
        _ if step == StepId::Tcp => StepId::Federation,
        _ => step,
    }
}

fn presence(value: &Value) -> Seen {
    if value.is_null() {
        Seen::nothing()
    } else {
        Seen::new("there", Shown::Switch(true))
    }
}

fn certificate(value: &Value) -> Option<Leaf> {
    let der = Der::deserialize(value).ok()?;
    Some(Leaf::of(&der))
}

fn leaf(value: &Value) -> Seen {
    match certificate(value) {
        Some(leaf) => Seen::new(leaf.fingerprint.clone(), Shown::Certificate(Box::new(leaf))),
        None => Seen::nothing(),
    }
}
