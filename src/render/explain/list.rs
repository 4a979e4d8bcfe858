//! Topics in a list: one line each, with the first sentence that there is to say on it.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::markdown::escaped;
use super::{Form, Topic};
use crate::render::{Look, layout};
use crate::text::Texts;

/// What to do with the list.
const HINT: &str = "explain-list-hint";

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
    match form {
        Form::Text => write_text(groups, texts, look, out),
        Form::Markdown => {
            layout::in_file_as_wanted(look, out, |out| write_markdown(groups, texts, out))
        }
    }
}

fn write_text(groups: &[Group], texts: &Texts, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let topics = groups.iter().flat_map(|group| &group.topics);
    let names: Vec<String> = topics.map(|topic| topic.name()).collect();
    let width = layout::widest(&names);
    for group in groups {
        writeln!(out, "{}", layout::fit(&group.title, look))?;
        for topic in &group.topics {
            let (name, gist) = (topic.name(), gist(*topic, texts));
            let line = format!("  {}  {gist}", layout::padded(&name, width));
            writeln!(out, "{}", clipped(&line, look))?;
        }
        writeln!(out)?;
    }
    writeln!(out, "{}", layout::fit(&texts.plain(HINT), look))
}

fn write_markdown(groups: &[Group], texts: &Texts, out: &mut dyn Write) -> io::Result<()> {
    for group in groups {
        writeln!(out, "## {}\n", escaped(&group.title))?;
        for topic in &group.topics {
            let (name, gist) = (topic.name(), gist(*topic, texts));
            writeln!(out, "- `{name}`: {}", escaped(&gist))?;
        }
        writeln!(out)?;
    }
    writeln!(out, "{}", escaped(&texts.plain(HINT)))
}

/// A topic in one line: its headline, or the first sentence on it.
pub(super) fn gist(topic: Topic, texts: &Texts) -> String {
    let headline = match topic {
        Topic::Rule(_, rule) => texts.headline_of_any(rule.code),
        Topic::Subject(subject) => Some(texts.plain(subject.text)),
        Topic::Step(_) | Topic::Diagnostic(_) => None,
    };
    headline.unwrap_or_else(|| first_sentence(&about(topic, texts)).to_owned())
}

/// The same with the first sentence in any case.
pub(super) fn opening(topic: Topic, texts: &Texts) -> String {
    let about = about(topic, texts);
    format!("{} {}", gist(topic, texts), first_sentence(&about))
}

/// Its line in the list, what it is, and why it matters.
pub(super) fn whole(topic: Topic, texts: &Texts) -> String {
    format!("{} {}", gist(topic, texts), about(topic, texts))
}

/// What a topic is, and why it matters.
fn about(topic: Topic, texts: &Texts) -> String {
    let say = |id: &str| {
        let parts = ["what", "why"].map(|part| texts.attribute(id, part).unwrap_or_default());
        parts.join(" ")
    };
    match topic {
        Topic::Rule(_, rule) => say(rule.code),
        Topic::Step(step) => say(&format!("step-{}", step.id())),
        Topic::Diagnostic(diagnostic) => texts.plain(diagnostic.text),
        Topic::Subject(subject) => say(subject.text),
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

/// The line as far as the terminal is wide.
fn clipped(line: &str, look: Look) -> String {
    let columns = layout::width(look);
    let line = layout::fit(line, look);
    if line.width() <= columns {
        return line;
    }
    let more = layout::spelt("…", look);
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
    kept.trim_end().trim_end_matches([',', ':', ';']).to_owned() + &more
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Signs;

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
        let look = Look {
            width: 40,
            ..Look::default()
        };
        let (fits, ends) = ("a".repeat(40), "a".repeat(38) + ", and more");
        assert_eq!(clipped(&fits, look), fits);
        assert_eq!(clipped(&ends, look), "a".repeat(38) + "…");
        let ascii = Look {
            signs: Signs::Ascii,
            ..look
        };
        assert_eq!(clipped(&ends, ascii), "a".repeat(37) + "...");
        let umlauts = "ü".repeat(20);
        assert_eq!(clipped(&umlauts, ascii), "ue".repeat(20));
    }
}
