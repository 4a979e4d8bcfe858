//! What the report rests on: what was asked for, which servers answered for DNS, and which data of
//! others the page passes on.

use maud::{Markup, html};

use super::clip;
use super::lists::some;
use crate::model::finding::Note;
use crate::render::contents::Contents;
use crate::render::origin::{from, program, resolver};
use crate::render::words::Words;

pub(super) fn about(words: &Words<'_>) -> Markup {
    let Words { report, texts, .. } = words;
    let milliseconds = (report.check.elapsed_us / 1000).to_string();
    let contents: Vec<String> = Contents::of(report)
        .into_iter()
        .map(|kind| texts.plain(kind.key()))
        .collect();
    let questions = report.facts().questions.map(|count| {
        let note = Note::new("questions-asked").with("count", count);
        texts.note(&note, &words.context)
    });
    html! {
        details {
            summary { (texts.plain("html-about")) }
            dl {
                dt { (texts.plain("html-typed")) } dd { code { (clip(&report.check.input)) } }
                dt { (texts.plain("html-took")) } dd { (milliseconds) " ms" }
                dt { (texts.plain("html-asked")) }
                dd {
                    (some(words, &asked(words)))
                    @if let Some(questions) = questions { br; (questions) }
                }
                dt { (texts.plain("html-holds")) } dd { (contents.join(", ")) }
                dt { (texts.plain("html-program")) } dd {
                    (program())
                    @if let Some(from) = from(words) { br; (from) }
                }
            }
        }
    }
}

/// The servers that DNS was asked of, each once.
fn asked(words: &Words<'_>) -> Vec<String> {
    let mut asked: Vec<String> = Vec::new();
    for lookup in words.report.facts().lookups() {
        let views = lookup
            .answers
            .iter()
            .map(|answer| resolver(answer, words.texts));
        let name_servers = lookup.authority.iter().map(|answer| {
            format!(
                "{} ({})",
                clip(&answer.server.name),
                answer.server.address.ip()
            )
        });
        for name in views.chain(name_servers) {
            if !asked.contains(&name) {
                asked.push(name);
            }
        }
    }
    asked
}
