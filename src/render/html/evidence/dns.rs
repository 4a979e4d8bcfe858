//! What DNS answered, and who said so.

use maud::{Markup, html};

use super::super::about::resolver;
use super::super::shown;
use super::{count, more, some};
use crate::facts::{DnsOutcome, Lookup};
use crate::render::words::Words;

/// More answers, or records and aliases of one, than this are counted, not shown.
const ANSWERS: usize = 48;
const RECORDS: usize = 8;

/// The questions that say something: near misses only where there was an answer.
pub(super) fn lookups<'a>(words: &Words<'a>) -> Vec<&'a Lookup> {
    let facts = words.report.facts();
    let near_misses = facts.srv.iter().filter_map(|srv| srv.near_misses.as_ref());
    let misses: Vec<*const Lookup> = near_misses
        .flat_map(|near_misses| {
            near_misses
                .lookups
                .iter()
                .chain(&near_misses.controls)
                .chain(&near_misses.parent)
        })
        .filter(|lookup| lookup.records().is_empty())
        .map(std::ptr::from_ref)
        .collect();
    let mut lookups = facts.lookups();
    lookups.retain(|lookup| !misses.contains(&std::ptr::from_ref(*lookup)));
    lookups
}

pub(super) fn answers(words: &Words<'_>, lookups: &[&Lookup]) -> Markup {
    let texts = words.texts;
    let rows: Vec<(&Lookup, Vec<String>, &DnsOutcome)> = lookups
        .iter()
        .flat_map(|lookup| {
            let answers = agreeing(words, lookup).into_iter();
            answers.map(|(servers, outcome)| (*lookup, servers, outcome))
        })
        .collect();
    html! {
        table.answers {
            thead { tr {
                th scope="col" { (texts.plain("html-question")) }
                th scope="col" { (texts.plain("html-answer")) }
                th scope="col" { (texts.plain("html-from")) }
            } }
            tbody { @for (lookup, servers, outcome) in rows.iter().take(ANSWERS) { tr {
                th scope="row" { (lookup.record.name()) " " code { (shown(&lookup.name)) } }
                td { (answer(words, outcome)) }
                td { (some(words, servers)) }
            } } }
        }
        (more(words, rows.len().saturating_sub(ANSWERS)))
    }
}

/// Who gave which answer, those that agree together. The zone's own servers come first: theirs is
/// the answer that counts.
fn agreeing<'a>(words: &Words<'_>, lookup: &'a Lookup) -> Vec<(Vec<String>, &'a DnsOutcome)> {
    let own = lookup.authority.iter().map(|answer| {
        let name = format!("{} ({})", answer.server.name, answer.server.address.ip());
        (name, &answer.outcome)
    });
    let views = lookup
        .answers
        .iter()
        .map(|answer| (resolver(answer, words.texts), &answer.outcome));
    let mut answers: Vec<(Vec<String>, &DnsOutcome)> = Vec::new();
    for (name, outcome) in own.chain(views) {
        // Caches count the time to live down: what they say is the same.
        let same = |known: &DnsOutcome| match (known, outcome) {
            (DnsOutcome::Records { .. }, DnsOutcome::Records { .. }) => known.agrees_with(outcome),
            (DnsOutcome::NoData { .. }, DnsOutcome::NoData { .. })
            | (DnsOutcome::NoName { .. }, DnsOutcome::NoName { .. }) => true,
            _ => known == outcome,
        };
        match answers.iter_mut().find(|(_, known)| same(known)) {
            Some((names, _)) => names.push(name),
            None => answers.push((vec![name], outcome)),
        }
    }
    answers
}

fn answer(words: &Words<'_>, outcome: &DnsOutcome) -> Markup {
    let DnsOutcome::Records { aliases, records } = outcome else {
        return html! { (no_answer(words, outcome)) };
    };
    html! {
        @for alias in aliases.iter().take(RECORDS) {
            code { (shown(&alias.name)) " CNAME " (shown(&alias.target)) } br;
        }
        @for (index, record) in records.iter().take(RECORDS).enumerate() {
            @if index > 0 { br; }
            code { (shown(&record.data.to_string())) } " "
            small.ttl { (words.texts.say("html-ttl", &[("seconds", &record.ttl.to_string())])) }
        }
        @if records.len() > RECORDS { br; (count(words, records.len() - RECORDS)) }
    }
}

fn no_answer(words: &Words<'_>, outcome: &DnsOutcome) -> String {
    let (kind, detail) = match outcome {
        DnsOutcome::Records { .. } => ("records", String::new()),
        DnsOutcome::NoData { .. } => ("no-data", String::new()),
        DnsOutcome::NoName { .. } => ("no-name", String::new()),
        DnsOutcome::Failed {
            rcode, extended, ..
        } => {
            let reasons = extended
                .iter()
                .map(|(code, text)| format!("EDE {code} {text}"));
            let all: Vec<String> = [rcode.clone()].into_iter().chain(reasons).collect();
            ("failed", all.join(", "))
        }
        DnsOutcome::Elsewhere { servers } => {
            let names: Vec<String> = servers.iter().map(|(name, _)| name.clone()).collect();
            ("elsewhere", some(words, &names))
        }
        DnsOutcome::Unanswered(reason) => (reason.key(), String::new()),
    };
    words.texts.say(
        "html-no-answer",
        &[("kind", kind), ("detail", &shown(&detail))],
    )
}
