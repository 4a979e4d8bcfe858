//! What strangers say in words: only a number is left of what a private view adds to its answer, and
//! whatever else names something local names its stand-in.

use serde::Deserialize;
use serde_json::Value;
use std::net::{IpAddr, SocketAddr};

use super::StandIns;
use super::names::{is_public_server, is_public_view};
use crate::facts::{ServerAnswer, ViewAnswer, near_misses};
use crate::known::microsoft;

/// What is left of a text that says nothing to a judge, before a number.
const LEFT_OUT: char = '…';

/// Takes the words out of the answers of private views: those of extended errors, whose code is
/// enough, and those of texts in the zone.
pub(super) fn hush(value: &mut Value) {
    hush_each(value, &mut Vec::new());
}

fn hush_each(value: &mut Value, texts: &mut Vec<String>) {
    let is_private = is_of_private_view(value) || is_of_private_server(value);
    match value {
        Value::Object(fields) if is_private => {
            for said in ["outcome", "marks"] {
                if let Some(said) = fields.get_mut(said) {
                    hush_outcome(said, texts);
                }
            }
        }
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|value| hush_each(value, texts)),
        Value::Array(values) => values.iter_mut().for_each(|value| hush_each(value, texts)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_of_private_view(value: &Value) -> bool {
    let is_one = value.get("outcome").is_some() && value.get("view").is_some();
    is_one && ViewAnswer::deserialize(value).is_ok_and(|answer| !is_public_view(&answer))
}

fn is_of_private_server(value: &Value) -> bool {
    let is_one = value.get("outcome").is_some() && value.get("server").is_some();
    is_one && ServerAnswer::deserialize(value).is_ok_and(|answer| !is_public_server(&answer))
}

fn hush_outcome(value: &mut Value, texts: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                match (key.as_str(), value) {
                    ("extended", Value::Array(errors)) => {
                        for error in errors {
                            error[1] = "".into();
                        }
                    }
                    ("txt", Value::String(text)) if says_nothing(text) => {
                        // Who else sends mail for the domain is nobody's business.
                        let sender = microsoft::sender(text);
                        *text = sender.unwrap_or_else(|| left_out(text, texts));
                    }
                    (_, value) => hush_outcome(value, texts),
                }
            }
        }
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| hush_outcome(value, texts)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether no judge makes anything of this text.
fn says_nothing(text: &str) -> bool {
    let is_read = microsoft::proof(text).is_some() || near_misses::host_in(text).is_some();
    !is_read && !text.starts_with(LEFT_OUT)
}

/// The same for the same text: whether two views agree is judged.
fn left_out(text: &str, texts: &mut Vec<String>) -> String {
    let known = texts.iter().position(|known| known == text);
    let place = known.unwrap_or_else(|| {
        texts.push(text.to_owned());
        texts.len() - 1
    });
    format!("{LEFT_OUT}{}", place + 1)
}

/// The text with stand-ins for everything local in it; `None` where nothing is.
pub(super) fn without_local(text: &str, stand_ins: &StandIns<'_>) -> Option<String> {
    if let Some(whole) = stand_in(text, stand_ins) {
        return Some(whole);
    }
    let is_part = |c: char| c.is_alphanumeric() || "-_.:".contains(c);
    let mut other = String::new();
    let mut is_changed = false;
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !is_part(c)).unwrap_or(from.len());
        let (word, behind) = from.split_at(end);
        // What ends a sentence or begins a list is no part of a name.
        let bare = word.trim_end_matches(['.', ':', '-']);
        let replaced = stand_in(bare, stand_ins);
        is_changed |= replaced.is_some();
        other.push_str(before);
        other.push_str(replaced.as_deref().unwrap_or(bare));
        other.push_str(&word[bare.len()..]);
        rest = behind;
    }
    other.push_str(rest);
    is_changed.then_some(other)
}

fn stand_in(word: &str, stand_ins: &StandIns<'_>) -> Option<String> {
    if let Ok(address) = word.parse::<IpAddr>() {
        return stand_ins.addresses.get(&address).map(ToString::to_string);
    }
    if let Ok(address) = word.parse::<SocketAddr>() {
        let stand_in = *stand_ins.addresses.get(&address.ip())?;
        return Some(SocketAddr::new(stand_in, address.port()).to_string());
    }
    let dot = if word.ends_with('.') { "." } else { "" };
    let stand_in = word.contains('.').then(|| stand_ins.names.find(word))??;
    Some(format!("{stand_in}{dot}"))
}
