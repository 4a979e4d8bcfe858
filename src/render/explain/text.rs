//! Explanations for a terminal.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::{Body, Explanation, Reference, Section, Topic, owners, reason, severity, step_title};
use crate::judge::{PLACES, RENEWAL};
use crate::model::finding::Rule;
use crate::render::{Look, layout};
use crate::text::Texts;

pub(super) fn write(
    explanation: &Explanation,
    texts: &Texts,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = Page { texts, look };
    put(&page.explanation(explanation), look, out)
}

pub(super) fn write_all(
    reference: &Reference,
    texts: &Texts,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = Page { texts, look };
    for chapter in &reference.chapters {
        for explanation in chapter.opening.iter().chain(&chapter.explanations) {
            put(&page.explanation(explanation), look, out)?;
            writeln!(out)?;
        }
    }
    let mut lines = page.title(&texts.plain("not-judged-title"));
    lines.push(String::new());
    for text in &reference.not_judged {
        lines.extend(layout::hanging("-", text, look, 1));
    }
    put(&lines, look, out)
}

fn put(lines: &[String], look: Look, out: &mut dyn Write) -> io::Result<()> {
    lines
        .iter()
        .try_for_each(|line| writeln!(out, "{}", layout::fit(line, look)))
}

struct Page<'a> {
    texts: &'a Texts,
    look: Look,
}

impl Page<'_> {
    fn explanation(&self, explanation: &Explanation) -> Vec<String> {
        let title = match explanation.topic {
            Topic::Rule(step, rule) => {
                let place = match step {
                    Some(step) => step_title(step, self.texts),
                    None if RENEWAL.contains(&rule) => self.texts.plain("renewal-title"),
                    None if PLACES.contains(&rule) => self.texts.plain("explain-places"),
                    None => self.texts.plain("explain-any-step"),
                };
                format!("{} · {place}", rule.code)
            }
            Topic::Step(step) => step_title(step, self.texts),
            Topic::Diagnostic(diagnostic) => format!(
                "ms-diagnostics {} · {}",
                diagnostic.number,
                reason(diagnostic, self.texts)
            ),
            Topic::Subject(subject) => {
                format!("{} · {}", subject.name, self.texts.plain(subject.text))
            }
        };
        let mut lines = self.title(&title);
        for section in &explanation.sections {
            lines.extend(self.section(section));
        }
        lines
    }

    fn title(&self, title: &str) -> Vec<String> {
        let title = layout::spelt(title, self.look);
        let rule = layout::rule(title.width());
        vec![title, rule]
    }

    fn section(&self, section: &Section) -> Vec<String> {
        let wrapped = |text: &str| layout::wrapped(text, self.look, 2);
        let body = match &section.body {
            Body::Prose(text) | Body::Source(text) => wrapped(text),
            Body::Severity(rule) => wrapped(&severity(rule, self.texts)),
            Body::Owners(rule) => wrapped(&owners(rule, self.texts)),
            // The step is in the title already.
            Body::Place(_) => return Vec::new(),
            Body::Commands(commands) => commands.iter().map(indented).collect(),
            Body::Findings(findings) => findings
                .iter()
                .map(|(_, rule)| self.finding(rule))
                .collect(),
            Body::Topics(topics) => topics
                .iter()
                .map(|topic| indented(&format!("xfed explain {}", topic.name())))
                .collect(),
        };
        let mut lines = vec![String::new(), section.heading.clone()];
        lines.extend(body);
        lines
    }

    fn finding(&self, rule: &Rule) -> String {
        let severity = severity(rule, self.texts);
        indented(&format!("{:26} {severity}", rule.code))
    }
}

fn indented(line: &String) -> String {
    format!("  {line}")
}
