//! What DNS answered, and which servers said so.

use maud::{Markup, html};

use super::super::clip;
use super::super::lists::{count, more, some};
use crate::facts::{DnsOutcome, Lookup};
use crate::render::origin::resolver;
use crate::render::outcomes;
use crate::render::words::Words;

/// More answers than this are counted, not shown.
const ANSWERS: usize = 48;
/// More records or aliases of one answer than this are counted, not shown.
const RECORDS: usize = 8;

/// The lookups worth showing: those of near misses only if there are records.
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
                th scope="row" { (lookup.record.name()) " " code { (clip(&lookup.name)) } }
                td { (answer(words, outcome)) }
                td { (some(words, servers)) }
            } } }
        }
        (more(words, rows.len().saturating_sub(ANSWERS)))
    }
}

/// Each different answer with the servers that gave it. The zone's own servers come first, since
/// their answer counts.
fn agreeing<'a>(words: &Words<'_>, lookup: &'a Lookup) -> Vec<(Vec<String>, &'a DnsOutcome)> {
    let name_servers = lookup.authority.iter().map(|answer| {
        let name = format!("{} ({})", answer.server.name, answer.server.address.ip());
        (name, &answer.outcome)
    });
    let views = lookup
        .answers
        .iter()
        .map(|answer| (resolver(answer, words.texts), &answer.outcome));
    let mut answers: Vec<(Vec<String>, &DnsOutcome)> = Vec::new();
    for (name, outcome) in name_servers.chain(views) {
        // Caches count the time to live down, so it does not make answers differ.
        let is_same = |earlier: &DnsOutcome| match (earlier, outcome) {
            (DnsOutcome::Records { .. }, DnsOutcome::Records { .. }) => {
                earlier.agrees_with(outcome)
            }
            (DnsOutcome::NoData { .. }, DnsOutcome::NoData { .. })
            | (DnsOutcome::NoName { .. }, DnsOutcome::NoName { .. }) => true,
            _ => earlier == outcome,
        };
        match answers.iter_mut().find(|(_, earlier)| is_same(earlier)) {
            Some((names, _)) => names.push(name),
            None => answers.push((vec![name], outcome)),
        }
    }
    answers
}

fn answer(words: &Words<'_>, outcome: &DnsOutcome) -> Markup {
    let DnsOutcome::Records { aliases, records } = outcome else {
        return html! { (outcomes::no_answer(words.texts, outcome)) };
    };
    html! {
        @for alias in aliases.iter().take(RECORDS) {
            code { (clip(&alias.name)) " CNAME " (clip(&alias.target)) } br;
        }
        @for (index, record) in records.iter().take(RECORDS).enumerate() {
            @if index > 0 { br; }
            code { (clip(&record.data.to_string())) } " "
            small.ttl { (words.texts.say("html-ttl", &[("seconds", &record.ttl.to_string())])) }
        }
        @if records.len() > RECORDS { br; (count(words, records.len() - RECORDS)) }
    }
}
