//! A Markdown document as its reader sees it, by a parser that is not our own.

use std::collections::HashMap;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

#[derive(Default)]
pub struct Document {
    pub headings: Vec<Heading>,
    /// Where links lead to.
    pub links: Vec<String>,
    /// What is marked as code within the text.
    pub code: Vec<String>,
    /// Language and text of every code block.
    pub blocks: Vec<(String, String)>,
    /// The cells of every table, row by row.
    pub rows: Vec<Vec<String>>,
    /// Paragraphs and list items, as plain text.
    pub paragraphs: Vec<String>,
    /// HTML, which the reader does not see as text.
    pub html: Vec<String>,
}

pub struct Heading {
    pub level: HeadingLevel,
    pub text: String,
    /// What a link on GitHub says behind the `#`.
    pub anchor: String,
}

impl Document {
    pub fn parse(markdown: &str) -> Self {
        let mut document = Self::default();
        let mut text = String::new();
        for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
            match event {
                Event::Text(more) => text += &more,
                Event::Code(more) => {
                    text += &more;
                    document.code.push(more.to_string());
                }
                Event::SoftBreak | Event::HardBreak => text.push(' '),
                Event::Html(html) | Event::InlineHtml(html) => document.html.push(html.to_string()),
                Event::Start(tag) => document.start(&tag, &mut text),
                Event::End(tag) => document.end(tag, &mut text),
                _ => {}
            }
        }
        document.name_anchors();
        document
    }

    fn start(&mut self, tag: &Tag<'_>, text: &mut String) {
        match tag {
            Tag::Link { dest_url, .. } => self.links.push(dest_url.to_string()),
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.blocks.push((language, String::new()));
                text.clear();
            }
            Tag::TableHead | Tag::TableRow => self.rows.push(Vec::new()),
            Tag::Heading { .. } | Tag::Paragraph | Tag::Item | Tag::TableCell => text.clear(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, text: &mut String) {
        let taken = |text: &mut String| std::mem::take(text);
        match tag {
            TagEnd::Heading(level) => self.headings.push(Heading {
                level,
                text: taken(text),
                anchor: String::new(),
            }),
            TagEnd::CodeBlock => {
                self.blocks.last_mut().expect("it was started").1 = taken(text);
            }
            TagEnd::TableCell => {
                let row = self.rows.last_mut().expect("it was started");
                row.push(taken(text));
            }
            TagEnd::Paragraph | TagEnd::Item => self.paragraphs.push(taken(text)),
            _ => {}
        }
    }

    /// As GitHub does it: letters, digits, hyphens and underscores stay, and whoever comes later
    /// under a name that is taken gets a number.
    fn name_anchors(&mut self) {
        let mut taken: HashMap<String, usize> = HashMap::new();
        for heading in &mut self.headings {
            let kept = heading.text.to_lowercase().replace(' ', "-");
            let name: String = kept
                .chars()
                .filter(|character| character.is_alphanumeric() || "-_".contains(*character))
                .collect();
            let count = taken.entry(name.clone()).or_default();
            heading.anchor = match *count {
                0 => name,
                count => format!("{name}-{count}"),
            };
            *count += 1;
        }
    }

    pub fn has_anchor(&self, anchor: &str) -> bool {
        self.headings.iter().any(|heading| heading.anchor == anchor)
    }
}
