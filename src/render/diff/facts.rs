//! Changed facts in words.

use crate::compare::{Change, Leaf, Seen, Shown, Subject, Turn};
use crate::model::limits::{MAX_WORDS, clipped};
use crate::render::outcomes::{Ending, no_answer, tcp};
use crate::text::{Texts, printable};

/// A changed fact in one line: what it is about, what was seen before and what after.
pub(super) fn line(change: &Change, texts: &Texts) -> String {
    let subject = subject(change, texts);
    if let (Shown::Certificate(before), Shown::Certificate(after)) =
        (&change.before.shown, &change.after.shown)
    {
        return certificate(change, &subject, before, after, texts);
    }
    let named = [
        ("subject", subject.as_str()),
        ("before", &seen(&change.before, texts)),
        ("after", &seen(&change.after, texts)),
    ];
    texts.say("diff-fact", &named)
}

/// What became of a certificate, all of it in one line.
fn certificate(
    change: &Change,
    subject: &str,
    before: &Leaf,
    after: &Leaf,
    texts: &Texts,
) -> String {
    let is_back = change.turns.contains(&Turn::Backwards);
    let said = |it: &Turn| turn(it, is_back, texts);
    let turns: Vec<String> = change.turns.iter().map(said).collect();
    let until = |leaf: &Leaf| match &leaf.read {
        Some(read) => texts.date(read.not_after),
        None => "?".to_owned(),
    };
    texts.say(
        "diff-certificate",
        &[
            ("subject", subject),
            ("turns", &turns.join("; ")),
            ("before", &until(before)),
            ("after", &until(after)),
        ],
    )
}

/// One thing that is different about a certificate.
fn turn(turn: &Turn, is_back: bool, texts: &Texts) -> String {
    let (mut before, mut after) = (String::new(), String::new());
    match turn {
        Turn::OtherIssuer {
            before: old,
            after: new,
        } => (before, after) = (old.clone(), new.clone()),
        Turn::Names { lost, gained } => (before, after) = (lost.join(", "), gained.join(", ")),
        Turn::PurposesLost(purposes) | Turn::PurposesGained(purposes) => {
            after = purposes.join(", ");
        }
        Turn::Backwards | Turn::SameKey | Turn::NewKey | Turn::Unreadable => {}
    }
    let which = match (turn, before.is_empty(), after.is_empty()) {
        (Turn::Names { .. }, false, true) => "fewer-names",
        (Turn::Names { .. }, true, false) => "further-names",
        // What went back was not renewed.
        (Turn::SameKey, ..) if is_back => "same-key",
        _ => turn.id(),
    };
    let named = [
        ("which", which),
        ("before", &clipped(&before, MAX_WORDS)),
        ("after", &clipped(&after, MAX_WORDS)),
    ];
    texts.say("diff-turn", &named)
}

/// What a fact is about.
fn subject(change: &Change, texts: &Texts) -> String {
    match &change.subject {
        Subject::Question {
            name,
            record,
            witness,
        } => {
            let asked = format!("{record} {name}");
            let by = witness.as_deref().unwrap_or_default();
            let kind = match change.label {
                "answer" => "counts",
                "witness" => "witness",
                _ => "more",
            };
            let label = label(change, texts);
            let named = [
                ("kind", kind),
                ("asked", &printable(&asked)),
                ("by", by),
                ("label", &label),
            ];
            texts.say("diff-of-question", &named)
        }
        Subject::Server(fqdn) => {
            let label = label(change, texts);
            let places = change.places.join(", ");
            let named = [
                ("server", fqdn.as_str()),
                ("label", &label),
                ("places", &places),
            ];
            if change.places.is_empty() {
                texts.say("diff-of-server", &named[..2])
            } else {
                texts.say("diff-of-endpoint", &named)
            }
        }
        Subject::Domain => label(change, texts),
    }
}

/// The kind of a fact. One without a name of its own is called by its place in the report.
fn label(change: &Change, texts: &Texts) -> String {
    let named = [("label", change.label), ("path", change.path.as_str())];
    texts.say("diff-label", &named)
}

fn seen(seen: &Seen, texts: &Texts) -> String {
    let text = match &seen.shown {
        Shown::Nothing => return texts.plain("diff-nothing-seen"),
        Shown::NoRecords(outcome) => return no_answer(texts, outcome),
        Shown::Tcp(outcome) => return tcp(texts, *outcome),
        Shown::Tls(outcome) => return Ending::of_tls(outcome).said(texts),
        Shown::Sip(outcome) => return Ending::of_sip(outcome).said(texts),
        Shown::Switch(true) => return texts.plain("diff-yes"),
        Shown::Switch(false) => return texts.plain("diff-no"),
        Shown::Certificate(leaf) => match &leaf.read {
            Some(read) => {
                let until = texts.date(read.not_after);
                let named = [("subject", read.subject.as_str()), ("until", &until)];
                return texts.say("diff-seen-certificate", &named);
            }
            None => leaf.fingerprint.clone(),
        },
        Shown::List(list) => list.join(" + "),
        Shown::Text(text) => text.clone(),
    };
    printable(&clipped(&text, MAX_WORDS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::labels;
    use crate::text::Lang;

    /// What has no name is called by its place in the report; what has one is not.
    #[test]
    fn every_kind_of_fact_has_a_name_in_both_languages() {
        for lang in Lang::ALL {
            let texts = Texts::new(lang);
            for label in labels() {
                let named = [("label", label), ("path", "a.b")];
                assert_ne!(texts.say("diff-label", &named), "a.b", "{lang:?}: {label}");
            }
        }
    }
}
