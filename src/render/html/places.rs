//! What several places saw, side by side.

use maud::{Markup, html};

use super::signs::mark;
use super::{clip, headed};
use crate::render::places::Grid;
use crate::render::words::Words;

pub(super) fn places(words: &Words<'_>, level: u8) -> Markup {
    let Some(grid) = Grid::of(words) else {
        return Markup::default();
    };
    let title = words.texts.plain(grid.title());
    html! {
        @if grid.steps.is_empty() { p { (title) } } @else {
            section.places {
                (headed(level, None, &html! { (title) }))
                table {
                    thead { tr {
                        td {}
                        @for place in &grid.places { th scope="col" { (clip(place)) } }
                    } }
                    tbody { @for (step, statuses) in &grid.steps { tr {
                        th scope="row" { (step) }
                        @for (place, status) in grid.places.iter().zip(statuses) {
                            td { span.of { (clip(place)) ": " } (mark(*status)) " " (words.status(*status)) }
                        }
                    } } }
                }
            }
        }
    }
}
