//! For a ticket, or the summary of a CI job.

use std::io::{self, Write};

use super::sheet::{Sheet, Summary};
use crate::render::markdown::inline;
use crate::render::{Look, layout};
use crate::text::Texts;

pub(super) fn write(
    sheet: &Sheet,
    _texts: &Texts,
    look: Look,
    is_first: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    layout::in_file_as_wanted(look, out, |out| {
        if !is_first {
            writeln!(out)?;
        }
        writeln!(out, "## {}", inline(&sheet.first))?;
        for note in &sheet.notes {
            writeln!(out, "\n{}", inline(note))?;
        }
        for section in &sheet.sections {
            writeln!(out, "\n### {}\n", inline(&section.title))?;
            for item in &section.items {
                let code = item.code.map(|code| format!(" `{code}`"));
                let code = code.unwrap_or_default();
                writeln!(out, "- {} {}{code}", item.sign, inline(&item.text))?;
                for below in &item.below {
                    writeln!(out, "  - {}", inline(below))?;
                }
            }
        }
        if let Some(last) = &sheet.last {
            writeln!(out, "\n{}", inline(last))?;
        }
        Ok(())
    })
}

pub(super) fn write_summary(summary: &Summary, look: Look, out: &mut dyn Write) -> io::Result<()> {
    layout::in_file_as_wanted(look, out, |out| {
        writeln!(out, "\n## {}", inline(&summary.line))?;
        if !summary.rows.is_empty() {
            let heads: Vec<String> = summary.heads.iter().map(|head| inline(head)).collect();
            writeln!(
                out,
                "\n| {} | {} |",
                inline(&summary.corner),
                heads.join(" | ")
            )?;
            writeln!(out, "|---|{}", "---:|".repeat(heads.len()))?;
            for (name, counts) in &summary.rows {
                let counts: Vec<String> = counts.iter().map(usize::to_string).collect();
                writeln!(out, "| {} | {} |", inline(name), counts.join(" | "))?;
            }
        }
        if !summary.worse.is_empty() {
            writeln!(out, "\n### {}\n", inline(&summary.worse_title))?;
            for worse in &summary.worse {
                writeln!(out, "- {}", inline(worse))?;
            }
        }
        Ok(())
    })
}
