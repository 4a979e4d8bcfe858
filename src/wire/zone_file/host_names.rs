//! Names that have to be those of hosts: BIND refuses a file with others, unless its settings say
//! `check-names … ignore`; hardly anybody else minds.

use hickory_resolver::proto::rr::Name;

use super::entries::Word;
use super::values::name;
use crate::facts::{Refusal, Refused};

/// The types whose owners have to be hosts.
const OF_HOSTS: [&str; 5] = ["A", "AAAA", "A6", "MX", "WKS"];
/// Where the name stands that a record of this type leads to.
const TARGETS: [(&str, usize); 8] = [
    ("NS", 0),
    ("SOA", 0),
    ("MX", 1),
    ("AFSDB", 1),
    ("RT", 1),
    ("HTTPS", 1),
    ("SVCB", 1),
    ("SRV", 3),
];

/// What of this record BIND does not take for hosts. `shown` is its owner as it stands in the file.
pub(super) fn refusals(
    record: &str,
    owner: &Name,
    shown: &str,
    words: &[&Word],
    origin: Option<&Name>,
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if OF_HOSTS.contains(&record) && !is_owner(record, owner) {
        let refusal = Refused::Owner.of(record, shown);
        refusals.push(refusal.or_rather(instead(owner, shown)));
    }
    if words.first().is_some_and(|word| word.text == r"\#") {
        return refusals;
    }
    let mut targets = TARGETS.iter().filter(|(of, _)| *of == record);
    let target = targets.next().and_then(|(_, at)| words.get(*at));
    if let Some(word) = target
        && let Ok(target) = name(&word.text, origin)
        && !is_host(&target)
    {
        let refusal = Refused::Target.of(record, word.text.as_str());
        refusals.push(refusal.or_rather(instead(&target, &word.text)));
    } else if record == "SOA"
        && let Some(word) = words.get(1)
        && let Ok(contact) = name(&word.text, origin)
        && !is_mailbox(&contact)
    {
        refusals.push(Refused::Target.of(record, word.text.as_str()));
    }
    refusals
}

/// Whether the owner of such a record passes: a host, a wildcard, or what an Active Directory has for its
/// global catalogues.
fn is_owner(record: &str, owner: &Name) -> bool {
    let labels: Vec<&[u8]> = owner.iter().collect();
    match labels.as_slice() {
        [b"*", rest @ ..] => are_host(rest),
        [first, second, rest @ ..]
            if record != "MX"
                && first.eq_ignore_ascii_case(b"gc")
                && second.eq_ignore_ascii_case(b"_msdcs") =>
        {
            are_host(rest)
        }
        labels => are_host(labels),
    }
}

fn is_host(name: &Name) -> bool {
    let labels: Vec<&[u8]> = name.iter().collect();
    are_host(&labels)
}

/// What stands before the first dot of a contact is the local part of a mail address.
fn is_mailbox(name: &Name) -> bool {
    let labels: Vec<&[u8]> = name.iter().collect();
    labels
        .split_first()
        .is_none_or(|(local, host)| local.iter().all(u8::is_ascii_graphic) && are_host(host))
}

/// RFC 952, RFC 1123 §2.1.
fn are_host(labels: &[&[u8]]) -> bool {
    let is_label = |label: &&[u8]| {
        let is_border = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let is_middle = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        is_border(label.first()) && is_border(label.last()) && label.iter().all(is_middle)
    };
    labels.iter().all(is_label)
}

/// The name of a host that could stand there instead, as far as it stands there: the same in punycode, or
/// with hyphens.
fn instead(name: &Name, shown: &str) -> Option<String> {
    let dots = shown.trim_end_matches('.').matches('.').count();
    let labels: Option<Vec<String>> = name.iter().take(dots + 1).map(mended).collect();
    let end = if shown.ends_with('.') { "." } else { "" };
    labels.map(|labels| labels.join(".") + end)
}

fn mended(label: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(label).ok()?;
    let hyphen = |character: char| {
        let is_fit = !character.is_ascii() || character.is_ascii_alphanumeric();
        if is_fit { character } else { '-' }
    };
    let text: String = text.chars().map(hyphen).collect();
    let written = idna::domain_to_ascii(text.trim_matches('-')).ok()?;
    (!written.is_empty()).then_some(written)
}

/// Knot takes nothing else in a name but behind a backslash, and no umlaut in a text.
pub(super) fn characters(
    record: &str,
    owner: Option<&Word>,
    shown: &str,
    words: &[&Word],
) -> Option<Refusal> {
    let is_name = |at: usize| {
        let mut targets = TARGETS.iter();
        matches!(record, "CNAME" | "DNAME" | "PTR")
            || record == "SOA" && at < 2
            || targets.any(|target| *target == (record, at))
    };
    let names = words.iter().enumerate().filter(|(at, _)| is_name(*at));
    let mut names = owner.into_iter().chain(names.map(|(_, word)| *word));
    let odd = names.find(|word| word.text != "@" && !is_plain(&word.text));
    let is_ascii = words.iter().all(|word| word.text.is_ascii());
    let shown = odd.map_or(shown, |word| word.text.as_str());
    (odd.is_some() || !is_ascii).then(|| Refused::Characters.of(record, shown))
}

fn is_plain(text: &str) -> bool {
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let is_plain = match character {
            '\\' => characters.next().is_none_or(|escaped| escaped.is_ascii()),
            '-' | '_' | '*' | '/' | '.' | '$' => true,
            other => other.is_ascii_alphanumeric(),
        };
        if !is_plain {
            return false;
        }
    }
    true
}
