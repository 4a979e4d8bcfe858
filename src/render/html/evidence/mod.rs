//! What was seen, as it was seen: certificates, DNS answers, connections. All of it is a stranger's
//! and as long as a stranger likes, so all of it is clipped and counted.

mod certificates;
mod connections;
mod dns;

use maud::{Markup, html};

use super::shown;
use crate::facts::EndpointFacts;
use crate::model::finding::Note;
use crate::render::words::Words;

/// More names than this are counted, not shown.
const NAMES: usize = 12;

/// The evidence of a report.
pub(super) fn evidence(words: &Words<'_>, level: u8) -> Markup {
    let texts = words.texts;
    let chains = certificates::chains(words);
    let lookups = dns::lookups(words);
    let endpoints: Vec<&EndpointFacts> = words.report.facts().endpoints.iter().flatten().collect();
    html! {
        @if !chains.is_empty() {
            details {
                summary { (texts.plain("html-certificates")) }
                (certificates::certificates(words, &chains, level))
            }
        }
        @if !lookups.is_empty() {
            details { summary { (texts.plain("html-dns")) } (dns::answers(words, &lookups)) }
        }
        @if !endpoints.is_empty() {
            details { summary { (texts.plain("html-connections")) } (connections::connections(words, &endpoints)) }
        }
    }
}

/// The first of them, and how many there are besides.
pub(super) fn some(words: &Words<'_>, names: &[String]) -> String {
    let mut parts: Vec<String> = names.iter().take(NAMES).map(|name| shown(name)).collect();
    let left = names.len().saturating_sub(NAMES);
    if left > 0 {
        parts.push(count(words, left));
    }
    parts.join(", ")
}

fn more(words: &Words<'_>, left: usize) -> Markup {
    html! { @if left > 0 { p { (count(words, left)) } } }
}

fn count(words: &Words<'_>, left: usize) -> String {
    let left = i64::try_from(left).unwrap_or(i64::MAX);
    let note = Note::new("html-more").with("count", left);
    words.texts.note(&note, &words.context)
}
