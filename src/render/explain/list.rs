//! Topics in a list: one line each, with the first sentence that there is to say on it.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Form, Topic};
use crate::render::{Look, layout};
use crate::text::Texts;

/// Topics that belong together.
pub struct Group {
    pub title: String,
    pub topics: Vec<Topic>,
}

/// Writes one line for each topic.
pub fn write(
    groups: &[Group],
    form: Form,
    texts: &Texts,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let topics = || groups.iter().flat_map(|group| &group.topics);
    let names: Vec<String> = topics().map(|topic| topic.name()).collect();
    let width = layout::widest(&names);
    for group in groups {
        match form {
            Form::Text => writeln!(out, "{}", layout::fit(&group.title, look))?,
            Form::Markdown => writeln!(out, "## {}\n", super::markdown::escaped(&group.title))?,
        }
        for topic in &group.topics {
            let (name, gist) = (topic.name(), gist(*topic, texts));
            match form {
                Form::Text => {
                    let line =
                        layout::fit(&format!("  {}  {gist}", layout::padded(&name, width)), look);
                    writeln!(out, "{}", clipped(&line, layout::width(look), look))?;
                }
                Form::Markdown => {
                    writeln!(out, "- `{name}`: {}", super::markdown::escaped(&gist))?;
                }
            }
        }
        writeln!(out)?;
    }
    let more = texts.plain("explain-list-hint");
    match form {
        Form::Text => writeln!(out, "{}", layout::fit(&more, look)),
        Form::Markdown => writeln!(out, "{}", super::markdown::escaped(&more)),
    }
}

/// A topic in one line: its headline, or the first sentence on it.
pub(super) fn gist(topic: Topic, texts: &Texts) -> String {
    let headline = match topic {
        Topic::Rule(_, rule) => texts.headline_of_any(rule.code),
        Topic::Step(_) | Topic::Diagnostic(_) => None,
    };
    headline.unwrap_or_else(|| first_sentence(&about(topic, texts)).to_owned())
}

/// The same with the first sentence in any case.
pub(super) fn opening(topic: Topic, texts: &Texts) -> String {
    let about = about(topic, texts);
    format!("{} {}", gist(topic, texts), first_sentence(&about))
}

/// What a topic is, and why it matters.
pub(super) fn about(topic: Topic, texts: &Texts) -> String {
    let say = |id: &str| {
        let parts = ["what", "why"].map(|part| texts.attribute(id, part).unwrap_or_default());
        parts.join(" ")
    };
    match topic {
        Topic::Rule(_, rule) => say(rule.code),
        Topic::Step(step) => say(&format!("step-{}", step.id())),
        Topic::Diagnostic(diagnostic) => texts.plain(diagnostic.text),
    }
}

fn first_sentence(text: &str) -> &str {
    let ends = text.match_indices(". ").map(|(at, _)| at + 1);
    // "z. B." and "e.g." end no sentence: before its full stop stands a word, and the next one begins
    // with a capital.
    let is_end = |at: &usize| {
        let before = text[..*at - 1].rsplit(' ').next().unwrap_or_default();
        let behind = text[*at..].trim_start().chars().next();
        let is_word = before.chars().count() > 1 && !before.contains('.');
        is_word && behind.is_some_and(char::is_uppercase)
    };
    let end = ends.into_iter().find(is_end);
    end.map_or(text, |end| &text[..end])
}

/// The line as far as it goes into this many columns.
fn clipped(line: &str, columns: usize, look: Look) -> String {
    if line.width() <= columns {
        return line.to_owned();
    }
    let more = if look.ascii { "..." } else { "…" };
    let mut left = columns - more.width();
    let mut kept = String::new();
    for character in line.chars() {
        let width = character.width().unwrap_or_default();
        let Some(rest) = left.checked_sub(width) else {
            break;
        };
        left = rest;
        kept.push(character);
    }
    kept.trim_end().trim_end_matches([',', ':', ';']).to_owned() + more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_where_the_next_begins() {
        for (text, first) in [
            ("One thing. Another.", "One thing."),
            (
                "Nur eine, z. B. diese hier. Noch eine.",
                "Nur eine, z. B. diese hier.",
            ),
            ("Only one.", "Only one."),
            (
                "By RFC 2782, sec. 3 of it. More.",
                "By RFC 2782, sec. 3 of it.",
            ),
        ] {
            assert_eq!(first_sentence(text), first);
        }
    }

    #[test]
    fn a_line_ends_at_the_edge() {
        let look = Look::default();
        assert_eq!(clipped("abc def", 7, look), "abc def");
        assert_eq!(clipped("abc, defg", 5, look), "abc…");
        let ascii = Look {
            ascii: true,
            ..look
        };
        assert_eq!(clipped("abcdefgh", 7, ascii), "abcd...");
    }
}
