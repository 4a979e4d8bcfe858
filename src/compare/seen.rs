//! What was seen in the place of a fact, told apart by what it says and not by when or how it came.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::certificate::Leaf;
use crate::facts::{Data, TlsOutcome};
use crate::facts::{DnsOutcome, Record, SipOutcome, StapleFault, StapleOutcome, TcpOutcome};

/// Reads the value of a field.
pub(super) type Read = fn(&Value) -> Seen;

/// What was seen. Two that have the same key say the same.
#[derive(Clone, Debug)]
pub struct Seen {
    key: String,
    /// The same for whoever shows it.
    pub shown: Shown,
}

/// What was seen, as a format shows it.
#[derive(Clone, Debug)]
pub enum Shown {
    /// Nothing.
    Nothing,
    /// An answer of DNS without records.
    NoRecords(DnsOutcome),
    /// How a connection ended.
    Tcp(TcpOutcome),
    /// How a handshake ended.
    Tls(TlsOutcome),
    /// How the question for SIP ended.
    Sip(SipOutcome),
    /// A certificate.
    Certificate(Box<Leaf>),
    /// Names, records: each for itself.
    List(Vec<String>),
    /// Yes or no.
    Switch(bool),
    /// In the words of a protocol, or of the reports.
    Text(String),
}

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Seen {
    pub(super) fn nothing() -> Self {
        Self::new(String::new(), Shown::Nothing)
    }

    pub(super) fn new(key: impl Into<String>, shown: Shown) -> Self {
        let key = key.into();
        Self { key, shown }
    }

    pub(super) fn list(list: Vec<String>) -> Self {
        if list.is_empty() {
            return Self::nothing();
        }
        Self::new(list.join("\n"), Shown::List(list))
    }

    pub(super) fn text(text: &str) -> Self {
        Self::new(text, Shown::Text(text.to_owned()))
    }

    /// Any value, whatever it is.
    pub(super) fn plain(value: &Value) -> Self {
        match in_order(value) {
            Value::Null => Self::nothing(),
            Value::Bool(is) => Self::new(is.to_string(), Shown::Switch(is)),
            Value::String(text) => Self::text(&text),
            Value::Array(items) if items.iter().all(Value::is_string) => {
                let items = items.iter().filter_map(Value::as_str);
                Self::list(items.map(str::to_owned).collect())
            }
            Value::Object(fields) if fields.is_empty() => Self::nothing(),
            other => Self::text(&other.to_string()),
        }
    }

    /// Whether there is nothing.
    pub fn is_nothing(&self) -> bool {
        matches!(self.shown, Shown::Nothing)
    }
}

/// The same value with its lists in an order of their own.
fn in_order(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(in_order).collect();
            items.sort_by_key(ToString::to_string);
            Value::Array(items)
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            Value::Object(
                fields
                    .map(|(key, value)| (key.clone(), in_order(value)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

pub(super) fn sorted(items: impl Iterator<Item = String>) -> Seen {
    let mut items: Vec<String> = items.collect();
    items.sort_unstable();
    items.dedup();
    Seen::list(items)
}

/// A value of this type. Facts are compared that were written a moment ago.
fn typed<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}

/// Records without their age, in an order of their own; the serial number of a zone counts its
/// changes, and is none by itself.
pub(super) fn records<'a>(records: impl Iterator<Item = &'a Record>) -> Vec<String> {
    let mut lines: Vec<String> = records
        .map(|record| match record.data.lowercase() {
            Data::Soa(primary, _) => format!("{primary}."),
            data => data.to_string(),
        })
        .collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}

/// An answer of DNS, where `counted` are the records to take it for. Made-up names stay out of it.
pub(super) fn dns(outcome: &DnsOutcome, counted: &[&Record]) -> Seen {
    let aliases = outcome.aliases().iter();
    let mut lines: Vec<String> = aliases
        .map(|alias| format!("CNAME {}.", alias.target.to_lowercase()))
        .collect();
    match outcome {
        DnsOutcome::Records { .. } => {
            lines.extend(records(counted.iter().copied()));
            return Seen::list(lines);
        }
        DnsOutcome::NoData { .. } => lines.push("no-data".to_owned()),
        DnsOutcome::NoName { .. } => lines.push("no-name".to_owned()),
        DnsOutcome::Failed {
            rcode,
            extended,
            answers_unchecked,
        } => {
            lines.push(rcode.to_string());
            // Their words may hold times, and their order is chance.
            let mut codes: Vec<u16> = extended.iter().map(|reason| reason.code).collect();
            codes.sort_unstable();
            lines.extend(codes.iter().map(u16::to_string));
            lines.push(answers_unchecked.to_string());
        }
        DnsOutcome::Elsewhere { zone, servers, .. } => {
            let mut names: Vec<String> = servers
                .iter()
                .map(|(name, _)| name.to_lowercase())
                .collect();
            names.sort_unstable();
            lines.push(format!("elsewhere {zone:?} {names:?}"));
        }
        DnsOutcome::Unanswered(reason) => lines.push(reason.key().to_owned()),
    }
    Seen::new(lines.join("\n"), Shown::NoRecords(outcome.clone()))
}

/// Without the time it took.
pub(super) fn tcp(value: &Value) -> Seen {
    let Some(outcome) = typed::<TcpOutcome>(value) else {
        return Seen::plain(value);
    };
    Seen::new(kind(value), Shown::Tcp(outcome))
}

pub(super) fn tls(value: &Value) -> Seen {
    match typed::<TlsOutcome>(value) {
        Some(outcome) => Seen::new(without_bytes(value), Shown::Tls(outcome)),
        None => Seen::plain(value),
    }
}

pub(super) fn sip(value: &Value) -> Seen {
    match typed::<SipOutcome>(value) {
        Some(outcome) => Seen::new(without_bytes(value), Shown::Sip(outcome)),
        None => Seen::plain(value),
    }
}

/// Without the moment since which a staple is too old: each is replaced by the next.
pub(super) fn staple(value: &Value) -> Seen {
    match typed::<StapleOutcome>(value) {
        Some(StapleOutcome::Unusable(StapleFault::Expired(_))) => Seen::text("expired"),
        Some(StapleOutcome::Unusable(StapleFault::NotYetValid(_))) => Seen::text("not-yet-valid"),
        _ => Seen::plain(value),
    }
}

/// How something ended, with the first words of what came.
pub(super) fn first_words(value: &Value) -> Seen {
    if value.is_null() {
        return Seen::nothing();
    }
    Seen::text(&without_bytes(value))
}

/// The name of a variant.
fn kind(value: &Value) -> String {
    match value {
        Value::Object(fields) => fields.keys().next().cloned().unwrap_or_default(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The name of a variant, and what it holds. Of the bytes that a stranger sent only the words count
/// that are no date and no number: a greeting may tell the time.
fn without_bytes(value: &Value) -> String {
    let Value::Object(fields) = value else {
        return kind(value);
    };
    let Some((name, held)) = fields.iter().next() else {
        return String::new();
    };
    let bytes = held.as_array().map(|bytes| {
        let bytes = bytes.iter().filter_map(Value::as_u64);
        bytes.filter_map(|byte| u8::try_from(byte).ok()).collect()
    });
    match bytes {
        Some(bytes) => {
            let bytes: Vec<u8> = bytes;
            format!("{name} {}", lasting_words(&String::from_utf8_lossy(&bytes)))
        }
        None => format!("{name} {}", in_order(held)),
    }
}

const DAYS_AND_MONTHS: [&str; 19] = [
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "jan", "feb", "mar", "apr", "may", "jun",
    "jul", "aug", "sep", "oct", "nov", "dec",
];

fn lasting_words(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let lasts = |word: &&str| {
        let bare = word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
        let is_date = DAYS_AND_MONTHS.contains(&bare.to_ascii_lowercase().as_str());
        !is_date && !bare.contains(|letter: char| letter.is_ascii_digit())
    };
    line.split_whitespace()
        .filter(lasts)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_passes_makes_no_difference() {
        let banner = |text: &str| json!({"not-tls": text.as_bytes()});
        for (read, one, other, same) in [
            (
                tcp as Read,
                json!({"connected": 1}),
                json!({"connected": 2}),
                true,
            ),
            (
                tcp,
                json!({"timed-out": 5000}),
                json!({"timed-out": 3000}),
                true,
            ),
            (tcp, json!({"connected": 1}), json!("refused"), false),
            (
                tls,
                banner("220 mx.zahnfee.de ready Sat, 28 Nov 2026 10:00:00"),
                banner("220 mx.zahnfee.de ready Sun, 29 Nov 2026 09:00:01"),
                true,
            ),
            (tls, banner("220 mx ready"), banner("HTTP/1.1 400"), false),
            (tls, json!({"alert": 40}), json!({"alert": 48}), false),
            (
                staple,
                json!({"unusable": {"expired": 1}}),
                json!({"unusable": {"expired": 2}}),
                true,
            ),
            (
                staple,
                json!("good"),
                json!({"unusable": {"expired": 2}}),
                false,
            ),
        ] {
            assert_eq!(read(&one) == read(&other), same, "{one} {other}");
        }
    }

    #[test]
    fn order_makes_no_difference() {
        assert_eq!(
            Seen::plain(&json!(["b", "a"])),
            Seen::plain(&json!(["a", "b"]))
        );
        assert_ne!(Seen::plain(&json!(["b", "a"])), Seen::plain(&json!(["a"])));
        let nested = |list: [u8; 2]| json!({"x": [{"y": list}]});
        assert_eq!(Seen::plain(&nested([1, 2])), Seen::plain(&nested([2, 1])));
    }
}
