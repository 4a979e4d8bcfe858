//! Plans for people. Zone lines and commands are there to be copied, so they are never wrapped.

use std::io::{self, Write};

use anstyle::Style;

use super::{Block, Field, Page, Plan, Section};
use crate::render::{Look, layout};
use crate::text::Texts;

/// How far text below a heading is indented.
const INDENT: usize = 2;
/// How far what is to be copied is indented.
const COPY: usize = 4;

/// Writes the plans one below the other.
pub(super) fn write(
    plans: &[&Plan],
    texts: &Texts,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (number, plan) in plans.iter().enumerate() {
        if number > 0 {
            writeln!(
                out,
                "\n{}\n",
                layout::fit(&layout::rule(layout::width(look)), look)
            )?;
        }
        for line in lines(&Page::new(plan, texts, look)) {
            writeln!(out, "{}", layout::fit(&line, look))?;
        }
    }
    Ok(())
}

fn lines(page: &Page<'_>) -> Vec<String> {
    let mut lines = vec![bold(&page.title(), page.look)];
    for section in page.sections() {
        lines.push(String::new());
        lines.push(bold(&page.heading(&section), page.look));
        lines.extend(body(&section, page.look));
    }
    lines
}

fn body(section: &Section, look: Look) -> Vec<String> {
    let mut lines = Vec::new();
    let mut blocks = section.blocks.iter().peekable();
    while let Some(block) = blocks.next() {
        lines.extend(block_lines(block, look));
        // What is copied stands apart from what is said next.
        let is_apart = matches!(block, Block::Copy { .. } | Block::Fields(_));
        if is_apart && blocks.peek().is_some() {
            lines.push(String::new());
        }
    }
    lines
}

fn block_lines(block: &Block, look: Look) -> Vec<String> {
    match block {
        Block::Text(text) => layout::wrapped(text, look, INDENT),
        Block::Question {
            number,
            question,
            answer,
        } => {
            let mut lines = layout::hanging(&format!("{number}."), question, look, INDENT);
            lines.extend(layout::wrapped(answer, look, INDENT + 3));
            lines
        }
        Block::Item(text) => layout::hanging("-", text, look, INDENT),
        Block::Result(text) => layout::hanging("→", text, look, INDENT),
        Block::Warning { text, .. } => layout::hanging("!", text, look, INDENT),
        Block::Fields(fields) => fields_lines(fields, look),
        Block::Copy { text, lines, .. } => {
            let margin = " ".repeat(COPY);
            let mut all = layout::wrapped(text, look, INDENT);
            all.extend(lines.iter().map(|line| format!("{margin}{line}")));
            all
        }
    }
}

/// Texts behind labels that are all as wide as the widest of them.
fn fields_lines(fields: &[Field], look: Look) -> Vec<String> {
    let labels = fields.iter().map(|field| layout::spelt(&field.label, look));
    let labels: Vec<String> = labels.collect();
    let width = layout::widest(&labels) + 1;
    let rows = labels.iter().zip(fields);
    rows.flat_map(|(label, field)| {
        let indent = if field.is_copied { COPY } else { INDENT };
        layout::hanging(&layout::padded(label, width), &field.value, look, indent)
    })
    .collect()
}

fn bold(text: &str, look: Look) -> String {
    layout::styled(Style::new().bold(), text, look)
}
