//! What each owner has to do, above everything that it follows from: each list can be copied into a
//! mail, each record with one click.

use maud::{Markup, html};

use super::{clip_to, headed};
use crate::render::words::{Task, Words};
use crate::text::Line;

/// Instructions are clipped here, in characters: they name what strangers chose.
const INSTRUCTION: usize = 1200;

/// More tasks than this are counted, not shown: the steps have them all.
const TASKS: usize = 12;

pub(super) fn todo(words: &Words<'_>, level: u8) -> Markup {
    let lists = words.todo();
    if lists.is_empty() {
        return Markup::default();
    }
    html! {
        section.todo {
            (headed(level, None, &html! { (words.texts.plain("todo-title")) }))
            @for list in lists {
                div.owner {
                    (headed(level + 1, None, &html! { (list.name) }))
                    ol { @for task in list.tasks.iter().take(TASKS) { li { (one(words, task)) } } }
                    (super::lists::more(words, list.tasks.len().saturating_sub(TASKS)))
                }
            }
        }
    }
}

fn one(words: &Words<'_>, task: &Task) -> Markup {
    html! {
        p { strong { (task.headline) } " " code.code { (task.code) } }
        (lines(words, &task.lines))
    }
}

/// Sentences, and blocks to be copied.
pub(super) fn lines(words: &Words<'_>, lines: &[Line]) -> Markup {
    html! {
        @for line in lines {
            @if line.is_entry {
                pre { code { (clip_to(&line.text, INSTRUCTION)) } }
            } @else {
                p { (clip_to(&words.texts.line(line), INSTRUCTION)) }
            }
        }
    }
}
