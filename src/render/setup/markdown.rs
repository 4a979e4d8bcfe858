//! Plans as Markdown, for a ticket: one that is read by several people, of whom each does a part.

use std::io::{self, Write};

use super::{Block, Field, Page, Plan, Section};
use crate::render::markdown::{copied, inline};
use crate::render::{Look, layout};
use crate::text::Texts;

/// Writes the plans, each below a heading of its own.
pub(super) fn write(
    plans: &[&Plan],
    texts: &Texts,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let look = look.in_file();
    layout::in_file_as_wanted(look, out, |out| {
        for (number, plan) in plans.iter().enumerate() {
            if number > 0 {
                writeln!(out)?;
            }
            write_page(&Page::new(plan, texts, look), out)?;
        }
        Ok(())
    })
}

fn write_page(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# {}", inline(&page.title()))?;
    for section in page.sections() {
        writeln!(out, "\n## {}", inline(&page.heading(&section)))?;
        write_section(&section, out)?;
    }
    Ok(())
}

fn write_section(section: &Section, out: &mut dyn Write) -> io::Result<()> {
    let mut was_item = false;
    for block in &section.blocks {
        let is_item = matches!(block, Block::Item(_) | Block::Warning { .. });
        // The items of a list stand close together.
        if !(was_item && is_item) {
            writeln!(out)?;
        }
        was_item = is_item;
        write_block(block, out)?;
    }
    Ok(())
}

fn write_block(block: &Block, out: &mut dyn Write) -> io::Result<()> {
    match block {
        Block::Text(text) => writeln!(out, "{}", inline(text)),
        Block::Question {
            number,
            question,
            answer,
        } => writeln!(
            out,
            "{number}. {}\n\n   {}",
            inline(question),
            inline(answer)
        ),
        Block::Item(text) | Block::Warning { text, .. } => writeln!(out, "- {}", inline(text)),
        Block::Result(text) => writeln!(out, "**{}**", inline(text)),
        Block::Fields(fields) => write_fields(fields, out),
        Block::Copy { text, lines, .. } => {
            writeln!(out, "{}", inline(text))?;
            copied(lines, "", out)
        }
    }
}

fn write_fields(fields: &[Field], out: &mut dyn Write) -> io::Result<()> {
    for field in fields {
        let label = inline(&field.label);
        if field.is_copied {
            // No name, number or placeholder contains a backtick.
            writeln!(out, "- {label}: `{}`", field.value)?;
        } else {
            writeln!(out, "- {label}: {}", inline(&field.value))?;
        }
    }
    Ok(())
}
