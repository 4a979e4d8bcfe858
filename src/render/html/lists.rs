//! Lists of what strangers named: the first few items, clipped, and a count of the rest.

use maud::{Markup, html};

use super::clip;
use crate::model::finding::Note;
use crate::render::words::Words;

/// More names than this are counted, not shown.
const NAMES: usize = 12;

/// The first names, and how many there are besides.
pub(super) fn some(words: &Words<'_>, names: &[String]) -> String {
    let mut parts: Vec<String> = names.iter().take(NAMES).map(|name| clip(name)).collect();
    let left = names.len().saturating_sub(NAMES);
    if left > 0 {
        parts.push(count(words, left));
    }
    parts.join(", ")
}

/// A paragraph that says how many rows are left out, if any are.
pub(super) fn more(words: &Words<'_>, left: usize) -> Markup {
    html! { @if left > 0 { p { (count(words, left)) } } }
}

/// `and 3 more`
pub(super) fn count(words: &Words<'_>, left: usize) -> String {
    let left = i64::try_from(left).unwrap_or(i64::MAX);
    let note = Note::new("html-more").with("count", left);
    words.texts.note(&note, &words.context)
}
