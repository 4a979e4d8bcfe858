//! For people, on a terminal.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::sheet::{Item, Sheet, Summary};
use crate::compare::Outcome;
use crate::render::{Look, layout};

/// How far what belongs to an item is indented.
const INDENT: usize = 2;
/// Between the columns of the verdicts.
const GAP: usize = 2;

pub(super) fn write(sheet: &Sheet, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let colour = match sheet.outcome {
        Outcome::Worse => AnsiColor::Red,
        Outcome::Unknown | Outcome::NotComparable => AnsiColor::Yellow,
        Outcome::Same | Outcome::Changed => AnsiColor::Green,
    };
    let style = colour.on_default().bold();
    if look.quiet {
        return line(&layout::styled(style, &sheet.first, look), look, out);
    }
    for text in layout::wrapped(&sheet.first, look, 0) {
        line(&layout::styled(style, text.trim_end(), look), look, out)?;
    }
    for note in &sheet.notes {
        paragraph(note, 0, look, out)?;
    }
    for section in &sheet.sections {
        writeln!(out)?;
        let title = layout::spelt(&section.title, look);
        line(
            &layout::styled(Style::new().bold(), &title, look),
            look,
            out,
        )?;
        for item in &section.items {
            write_item(item, look, out)?;
        }
    }
    if let Some(last) = &sheet.last {
        writeln!(out)?;
        paragraph(last, 0, look, out)?;
    }
    Ok(())
}

fn write_item(item: &Item, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let text = match item.code {
        Some(code) => format!("{} [{code}]", item.text),
        None => item.text.clone(),
    };
    for text in layout::hanging(item.sign, &text, look, INDENT) {
        line(&text, look, out)?;
    }
    for below in &item.below {
        paragraph(below, INDENT + 4, look, out)?;
    }
    Ok(())
}

/// How many went from which verdict to which, and which domains are worse.
pub(super) fn write_summary(summary: &Summary, look: Look, out: &mut dyn Write) -> io::Result<()> {
    paragraph(&summary.line, 0, look, out)?;
    if look.quiet || summary.rows.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let spelt = |text: &String| layout::spelt(text, look);
    let heads: Vec<String> = summary.heads.iter().map(spelt).collect();
    let names: Vec<String> = summary.rows.iter().map(|(name, _)| spelt(name)).collect();
    let corner = spelt(&summary.corner);
    let first = layout::widest(&[names.clone(), vec![corner.clone()]].concat());
    let gap = " ".repeat(GAP);
    let cells = [vec![layout::padded(&corner, first)], heads.clone()].concat();
    line(&cells.join(&gap), look, out)?;
    for (name, (_, counts)) in names.iter().zip(&summary.rows) {
        let mut cells = vec![layout::padded(name, first)];
        cells.extend(heads.iter().zip(counts).map(|(head, count)| {
            let width = layout::widest(std::slice::from_ref(head));
            format!("{count:>width$}")
        }));
        line(&cells.join(&gap), look, out)?;
    }
    if !summary.worse.is_empty() {
        writeln!(out)?;
        let title = layout::spelt(&summary.worse_title, look);
        line(
            &layout::styled(Style::new().bold(), &title, look),
            look,
            out,
        )?;
        for worse in &summary.worse {
            paragraph(worse, INDENT, look, out)?;
        }
    }
    Ok(())
}

fn paragraph(text: &str, indent: usize, look: Look, out: &mut dyn Write) -> io::Result<()> {
    for text in layout::wrapped(text, look, indent) {
        line(&text, look, out)?;
    }
    Ok(())
}

fn line(text: &str, look: Look, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", layout::fit(text, look))
}
