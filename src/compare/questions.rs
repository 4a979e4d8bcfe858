//! DNS questions side by side: the answer that counts, and whoever says otherwise.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::pairing::pairs;
use super::seen::{Seen, dns};
use super::shapes::{LOOKUP, SERVER_ANSWER, Shape, VIEW_ANSWER};
use super::walk::{At, Subject, Walk};
use crate::facts::{DnsOutcome, Lookup, Record};

impl Walk {
    /// The answer that counts, and whoever says otherwise.
    pub(super) fn question(&mut self, old: &Value, new: &Value, name: Option<&str>, at: &At) {
        let read = |value: &Value| Lookup::deserialize(value).ok();
        let (before, after) = (read(old), read(new));
        let Some(either) = after.as_ref().or(before.as_ref()) else {
            return;
        };
        let named = |witness: Option<String>| Subject::Question {
            name: name.map_or_else(|| either.name.to_lowercase(), str::to_owned),
            record: either.record.name().to_owned(),
            witness,
        };
        let at = At {
            subject: named(None),
            ..at.clone()
        };
        // A question that was asked in one of the two only: its answer is no news.
        let (Some(before), Some(after)) = (&before, &after) else {
            return;
        };
        let counted = |lookup: &Lookup| dns(lookup.answer(), &lookup.records());
        self.note(&at, "answer", counted(before), counted(after));
        let (old_others, new_others) = (witnesses(before), witnesses(after));
        let all: BTreeSet<&String> = old_others.keys().chain(new_others.keys()).collect();
        for witness in all {
            let said = |others: &BTreeMap<String, Seen>| {
                others.get(witness).cloned().unwrap_or_else(Seen::nothing)
            };
            let at = At {
                subject: named(Some(witness.clone())),
                ..at.clone()
            };
            self.note(&at, "witness", said(&old_others), said(&new_others));
        }
        self.fields(old, new, &LOOKUP, &at);
        self.answers(old, new, ("answers", &VIEW_ANSWER), &at);
        self.answers(old, new, ("authority", &SERVER_ANSWER), &at);
    }

    /// What else is known of each answer, where both have one of the same server.
    fn answers(&mut self, old: &Value, new: &Value, of: (&str, &Shape), at: &At) {
        let (field, shape) = of;
        let by_witness = |value: &Value| -> BTreeMap<String, Value> {
            let answers = value[field].as_array().into_iter().flatten();
            let key = |answer: &Value| match field {
                "answers" => answer["view"].to_string(),
                _ => answer["server"].to_string(),
            };
            answers
                .map(|answer| (key(answer), answer.clone()))
                .collect()
        };
        let (old, new) = (by_witness(old), by_witness(new));
        for (witness, old) in &old {
            if let Some(new) = new.get(witness) {
                self.fields(old, new, shape, &at.below(field));
            }
        }
    }

    pub(super) fn questions(&mut self, old: &Value, new: &Value, at: &At) {
        let key = |question: &Value| format!("{} {}", question["name"], question["record"]);
        for (old, new) in pairs(old, new, |question| key(question).to_lowercase()) {
            self.question(
                old.unwrap_or(&Value::Null),
                new.unwrap_or(&Value::Null),
                None,
                at,
            );
        }
    }

    /// The labels that are made up differ each time; what stands above them does not.
    pub(super) fn made_up(&mut self, old: &Value, new: &Value, at: &At) {
        let name = |question: &Value| {
            let name = question["name"].as_str().unwrap_or_default();
            let above = name.split_once('.').map_or(name, |(_, above)| above);
            format!("*.{}", above.to_lowercase())
        };
        if old.is_object() && new.is_object() {
            self.question(old, new, Some(&name(new)), at);
            return;
        }
        let key = |question: &Value| format!("{} {}", name(question), question["record"]);
        for (old, new) in pairs(old, new, key) {
            if let (Some(old), Some(new)) = (old, new) {
                self.question(old, new, Some(&name(new)), at);
            }
        }
    }
}

/// The servers and views that do not say what counts.
fn witnesses(lookup: &Lookup) -> BTreeMap<String, Seen> {
    let counted = dns(lookup.answer(), &lookup.records());
    let said = |outcome: &DnsOutcome| {
        let records: Vec<&Record> = outcome.records().iter().collect();
        dns(outcome, &records)
    };
    let views = lookup.answers.iter();
    let views = views.map(|answer| (answer.view.to_string(), said(&answer.outcome)));
    let servers = lookup.authority.iter();
    let servers = servers.map(|answer| {
        let name = answer.server.name.to_lowercase();
        (
            format!("{name} ({})", answer.server.address),
            said(&answer.outcome),
        )
    });
    views
        .chain(servers)
        .filter(|(_, said)| *said != counted)
        .collect()
}
