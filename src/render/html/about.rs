//! How the report came about: what was asked for, whom DNS was asked of, and what is passed on with
//! the page.

use maud::{Markup, html};

use super::evidence::some;
use super::{program, shown};
use crate::facts::ViewAnswer;
use crate::model::finding::Note;
use crate::model::plan::View;
use crate::render::contents::Holds;
use crate::render::words::Words;
use crate::text::Texts;

/// How the report came about, and what is passed on with it.
pub(super) fn about(words: &Words<'_>) -> Markup {
    let Words { report, texts, .. } = words;
    let milliseconds = (report.check.elapsed_us / 1000).to_string();
    let holds: Vec<String> = Holds::of(report)
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
                dt { (texts.plain("html-typed")) } dd { code { (shown(&report.check.input)) } }
                dt { (texts.plain("html-took")) } dd { (milliseconds) " ms" }
                dt { (texts.plain("html-asked")) }
                dd {
                    (some(words, &asked(words)))
                    @if let Some(questions) = questions { br; (questions) }
                }
                dt { (texts.plain("html-holds")) } dd { (holds.join(", ")) }
                dt { (texts.plain("html-program")) } dd { (program()) }
            }
        }
    }
}

/// Whom DNS was asked of.
fn asked(words: &Words<'_>) -> Vec<String> {
    let mut asked: Vec<String> = Vec::new();
    for lookup in words.report.facts().lookups() {
        let views = lookup
            .answers
            .iter()
            .map(|answer| resolver(answer, words.texts));
        let own = lookup.authority.iter().map(|answer| {
            format!(
                "{} ({})",
                shown(&answer.server.name),
                answer.server.address.ip()
            )
        });
        for name in views.chain(own) {
            if !asked.contains(&name) {
                asked.push(name);
            }
        }
    }
    asked
}

/// A view by its name, and by the server that answered for it.
pub(super) fn resolver(answer: &ViewAnswer, texts: &Texts) -> String {
    let server = answer.server.map(|server| server.to_string());
    let name = match &answer.view {
        View::System => texts.plain("html-system-resolver"),
        View::Resolver(_) | View::Tls { .. } | View::Https { .. } => {
            shown(&answer.view.to_string())
        }
    };
    match server {
        Some(server) if server != name => format!("{name} ({server})"),
        _ => name,
    }
}
