//! A comparison as part of a page.

use maud::{Markup, html};

use super::Compared;
use super::sheet::Sheet;
use crate::render::Look;
use crate::text::Texts;

/// What is different, below a heading of the second level.
pub(crate) fn markup(compared: &Compared<'_>, texts: &Texts) -> Markup {
    let sheet = Sheet::of(compared, texts, Look::default());
    html! {
        p { strong { (sheet.first) } }
        @for note in &sheet.notes { p.hint { (note) } }
        @for section in &sheet.sections {
            h3 { (section.title) }
            ul {
                @for item in &section.items {
                    li {
                        (item.text)
                        @if let Some(code) = item.code { " " code { (code) } }
                        @for below in &item.below { p.hint { (below) } }
                    }
                }
            }
        }
        @if let Some(last) = &sheet.last { p.hint { (last) } }
    }
}
