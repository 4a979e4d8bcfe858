//! `xfed explain`: what a finding, a step or an ms-diagnostics number means.

use super::console::{Console, ignore_closed_pipe};
use super::error::Error;
use crate::config::{likeness, nearest};
use crate::render::explain::find::{self, Found};
use crate::render::explain::{Form, list, write_all};
use crate::text::Texts;

/// A name less like the one given than this is no suggestion.
const ALIKE: f64 = 0.8;

/// Explains this topic, or lists those that a word leads to; without a word, all there are. `None`
/// explains everything.
pub(super) fn run(
    name: Option<&str>,
    form: Form,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let written = match name {
        Some(name) => match Found::by(name, texts) {
            Found::Topic(topic) => topic.write(form, texts, console.look, console.out),
            Found::Several(groups) => list::write(&groups, form, texts, console.look, console.out),
            Found::Nothing => {
                return Err(Error::UnknownTopic(
                    name.to_owned(),
                    suggestion(name, texts),
                ));
            }
        },
        None => write_all(form, texts, console.look, console.out),
    };
    written
        .and_then(|()| console.out.flush())
        .or_else(ignore_closed_pipe)?;
    Ok(0)
}

fn suggestion(name: &str, texts: &Texts) -> Option<String> {
    let nearest = nearest(name, find::names(texts))?;
    (likeness(&nearest, name) > ALIKE).then_some(nearest)
}
