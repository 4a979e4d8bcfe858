//! Explanations as Markdown. All of them together are the reference: it has one heading per code,
//! whose anchor on GitHub is the code itself, and links every code, number and step that it
//! mentions to its heading.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{
    Body, Chapter, Explanation, Reference, Section, Topic, owners, reason, severity, step_title,
};
use crate::text::Texts;

/// A single explanation. It has no links, because the other headings are not in the document.
pub(super) fn write(
    explanation: &Explanation,
    texts: &Texts,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = Page {
        texts,
        linked: false,
    };
    let text = page.explanation("#", explanation);
    writeln!(out, "{}", text.trim_end())
}

pub(super) fn write_all(
    reference: &Reference,
    texts: &Texts,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = Page {
        texts,
        linked: true,
    };
    writeln!(out, "{}", page.reference(reference).trim_end())
}

struct Page<'a> {
    texts: &'a Texts,
    /// Whether every topic has its heading in the same document.
    linked: bool,
}

impl Page<'_> {
    fn reference(&self, reference: &Reference) -> String {
        let say = |id| escaped(&self.texts.plain(id));
        let mut text = format!("# {}\n\n", say("explain-all-title"));
        let _ = writeln!(text, "{}\n", say("explain-all-about"));
        let titles = reference
            .chapters
            .iter()
            .map(|chapter| chapter.title.clone());
        let last = self.texts.plain("not-judged-title");
        for title in titles.chain([last.clone()]) {
            let _ = writeln!(text, "- [{}](#{})", escaped(&title), anchor(&title));
        }
        text.push('\n');
        for chapter in &reference.chapters {
            text += &self.chapter(chapter);
        }
        let _ = writeln!(text, "## {}\n", escaped(&last));
        for not_judged in &reference.not_judged {
            let _ = writeln!(text, "- {}", self.prose(not_judged));
        }
        text
    }

    fn chapter(&self, chapter: &Chapter) -> String {
        let mut text = match &chapter.opening {
            Some(opening) => self.explanation("##", opening),
            None => format!("## {}\n\n", escaped(&chapter.title)),
        };
        for explanation in &chapter.explanations {
            text += &self.explanation("###", explanation);
        }
        text
    }

    fn explanation(&self, level: &str, explanation: &Explanation) -> String {
        let title = self.heading(explanation.topic);
        let mut text = format!("{level} {}\n\n", escaped(&title));
        if let Topic::Diagnostic(diagnostic) = explanation.topic {
            let reason = reason(diagnostic, self.texts);
            let _ = writeln!(text, "*{}*\n", escaped(&reason));
        }
        if let Topic::Subject(subject) = explanation.topic {
            let _ = writeln!(text, "*{}*\n", escaped(&self.texts.plain(subject.text)));
        }
        let (facts, sections): (Vec<_>, Vec<_>) = explanation
            .sections
            .iter()
            .partition(|section| self.fact(&section.body).is_some());
        for section in &facts {
            let fact = self.fact(&section.body).unwrap_or_default();
            let _ = writeln!(text, "- {}: {fact}", escaped(&section.heading));
        }
        if !facts.is_empty() {
            text.push('\n');
        }
        for section in sections {
            text += &self.section(section);
        }
        text
    }

    /// A body of a few words, which becomes an item of the list at the top.
    fn fact(&self, body: &Body) -> Option<String> {
        match body {
            Body::Severity(rule) => Some(escaped(&severity(rule, self.texts))),
            Body::Owners(rule) => Some(escaped(&owners(rule, self.texts))),
            Body::Place(Some(step)) => Some(self.link(Topic::Step(*step))),
            Body::Place(None) => Some(escaped(&self.texts.plain("explain-any-step"))),
            Body::Prose(_)
            | Body::Source(_)
            | Body::Commands(_)
            | Body::Findings(_)
            | Body::Topics(_) => None,
        }
    }

    fn section(&self, section: &Section) -> String {
        let body = match &section.body {
            Body::Commands(commands) => format!("\n\n```text\n{}\n```", commands.join("\n")),
            Body::Findings(findings) => findings.iter().fold("\n".to_owned(), |list, finding| {
                let (step, rule) = *finding;
                let link = self.link(Topic::Rule(step, rule));
                format!("{list}\n- {link}: {}", escaped(&severity(rule, self.texts)))
            }),
            Body::Topics(topics) => {
                let links: Vec<String> = topics.iter().map(|topic| self.see(*topic)).collect();
                format!(" {}", links.join(", "))
            }
            Body::Prose(text) | Body::Source(text) => format!(" {}", self.prose(text)),
            // These are in the list at the top.
            Body::Severity(_) | Body::Owners(_) | Body::Place(_) => return String::new(),
        };
        format!("**{}:**{body}\n\n", escaped(&section.heading))
    }

    fn heading(&self, topic: Topic) -> String {
        match topic {
            Topic::Rule(_, rule) => rule.code.to_owned(),
            Topic::Step(step) => step_title(step, self.texts),
            Topic::Diagnostic(diagnostic) => format!("ms-diagnostics {}", diagnostic.number),
            Topic::Subject(subject) => subject.name.to_owned(),
        }
    }

    fn see(&self, topic: Topic) -> String {
        if self.linked {
            self.link(topic)
        } else {
            format!("`xfed explain {}`", topic.name())
        }
    }

    fn link(&self, topic: Topic) -> String {
        let heading = self.heading(topic);
        let shown = match topic {
            Topic::Rule(..) | Topic::Subject(_) => format!("`{heading}`"),
            Topic::Step(_) | Topic::Diagnostic(_) => escaped(&heading),
        };
        if self.linked {
            format!("[{shown}](#{})", anchor(&heading))
        } else {
            shown
        }
    }

    /// A paragraph. Mentions of RFCs and of topics in the reference become links.
    fn prose(&self, text: &str) -> String {
        let mut marked = String::new();
        let mut rest = text;
        while let Some(mention) = self.mention(rest) {
            let (before, tail) = rest.split_at(mention.start);
            let (mentioned, behind) = tail.split_at(mention.length);
            marked += &escaped(before);
            let _ = write!(marked, "[{}]({})", escaped(mentioned), mention.target);
            rest = behind;
        }
        marked + &escaped(rest)
    }

    /// The first mention of an RFC or a topic.
    fn mention(&self, text: &str) -> Option<Mention> {
        let rfc = numbered(text, "RFC ", |number| {
            Some(format!("https://www.rfc-editor.org/rfc/rfc{number}"))
        });
        let step = self.texts.plain("explain-step");
        let inside = [step.to_lowercase(), step, "ms-diagnostics".to_owned()]
            .map(|word| numbered(text, &format!("{word} "), |number| self.target(number)));
        inside
            .into_iter()
            .chain([rfc])
            .flatten()
            .min_by_key(|mention| mention.start)
    }

    /// The anchor of this step or ms-diagnostics number, if it is in the same document.
    fn target(&self, number: &str) -> Option<String> {
        let topic = Topic::find(number).filter(|_| self.linked)?;
        Some(format!("#{}", anchor(&self.heading(topic))))
    }
}

struct Mention {
    start: usize,
    length: usize,
    target: String,
}

/// The first place where this word is followed by a number that has a target.
fn numbered(text: &str, word: &str, target: impl Fn(&str) -> Option<String>) -> Option<Mention> {
    text.match_indices(word).find_map(|(start, _)| {
        let behind = &text[start + word.len()..];
        let end = behind
            .find(|character: char| !character.is_ascii_digit())
            .unwrap_or(behind.len());
        let number = behind.get(..end).filter(|number| !number.is_empty())?;
        Some(Mention {
            start,
            length: word.len() + end,
            target: target(number)?,
        })
    })
}

/// The anchor that GitHub derives from a heading.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|character| character.is_alphanumeric() || " -_".contains(*character))
        .map(|character| if character == ' ' { '-' } else { character })
        .collect()
}

/// Escapes text for use within a line. The start of a block is not escaped, because text never
/// stands at the start of a line here.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if "\\`*_[]<>&|~".contains(character) {
            safe.push('\\');
        }
        safe.push(character);
    }
    safe
}
