//! Lines for terminals: borderless columns, wrapped paragraphs, styles, and other signs for terminals
//! that do not show all of them.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::presets::NOTHING;
use comfy_table::{Cell, ColumnConstraint, Row, Table, Width};
use unicode_width::UnicodeWidthStr;

use super::{Look, Signs};

/// Narrower than this, lines break within words.
const MIN_WIDTH: usize = 40;
/// Wider than this, lines are hard to read.
const MAX_WIDTH: usize = 120;

/// The style of what is there to be copied.
pub(super) const COMMAND: Style = AnsiColor::Cyan.on_default();

/// How many columns a line may have.
pub(super) fn width(look: Look) -> usize {
    look.width.clamp(MIN_WIDTH, MAX_WIDTH)
}

/// Cells side by side in columns of these widths, separated by this many blanks, wrapped at words.
pub(super) fn columns<const N: usize>(
    widths: [usize; N],
    gap: u16,
    cells: [&str; N],
    look: Look,
) -> Vec<String> {
    let mut table = Table::new();
    let cells = cells.map(|text| Cell::new(spelt(text, look)));
    table.load_style(NOTHING).add_row(Row::from(cells));
    for (column, width) in table.column_iter_mut().zip(widths) {
        column.set_padding((0, gap));
        let width = u16::try_from(width).unwrap_or(u16::MAX).saturating_add(gap);
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
    }
    table.lines().collect()
}

/// A paragraph, indented and wrapped.
pub(super) fn wrapped(text: &str, look: Look, indent: usize) -> Vec<String> {
    hanging("", text, look, indent)
}

/// A paragraph behind a label; all its lines begin in the same column.
pub(super) fn hanging(label: &str, text: &str, look: Look, indent: usize) -> Vec<String> {
    let room = width(look).saturating_sub(indent);
    let lines = if label.is_empty() {
        columns([room], 0, [text], look)
    } else {
        let label_width = spelt(label, look).width();
        columns(
            [label_width, room.saturating_sub(label_width + 1)],
            1,
            [label, text],
            look,
        )
    };
    lines
        .into_iter()
        .map(|line| format!("{}{line}", " ".repeat(indent)))
        .collect()
}

/// Digits in pairs, in lines that break between pairs.
pub(super) fn in_pairs(digits: &str, room: usize) -> String {
    const PAIR: usize = 3;
    let pairs: Vec<&str> = digits.split(':').collect();
    let most = match room / PAIR {
        32.. => 32,
        16.. => 16,
        _ => 8,
    };
    let lines: Vec<String> = pairs.chunks(most).map(|line| line.join(":")).collect();
    lines.join("\n")
}

/// A record or a command, which is there to be copied and therefore never wrapped. It is indented
/// less where that makes it fit.
pub(super) fn entry(text: &str, indent: usize, look: Look) -> String {
    let room = width(look).checked_sub(text.width());
    let indent = " ".repeat(room.map_or(indent, |room| indent.min(room)));
    format!("{indent}{}", styled(COMMAND, text, look))
}

/// The columns that the widest of these texts takes.
pub(super) fn widest(texts: &[String]) -> usize {
    texts.iter().map(|text| text.width()).max().unwrap_or(0)
}

/// Text, followed by blanks up to this width.
pub(super) fn padded(text: &str, width: usize) -> String {
    text.to_owned() + &" ".repeat(width.saturating_sub(text.width()))
}

/// Text in this style, if the terminal has any.
pub(super) fn styled(style: Style, text: &str, look: Look) -> String {
    if look.colour && !text.is_empty() {
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}

/// A line of dashes.
pub(super) fn rule(width: usize) -> String {
    "─".repeat(width)
}

/// A line as the terminal can show it, without blanks at its end.
pub(super) fn fit(line: &str, look: Look) -> String {
    spelt(line.trim_end(), look)
}

/// Text in signs that can be shown. Whatever is measured is converted first: an umlaut takes two
/// columns in ASCII.
pub(super) fn spelt(text: &str, look: Look) -> String {
    match look.signs {
        Signs::All => text.to_owned(),
        // What is left of them is in the fonts of all these consoles.
        Signs::Classic => text.replace('✔', "√").replace('✘', "×"),
        Signs::Ascii => to_ascii(text),
    }
}

/// Lets a format for files write, and converts that where ASCII is wanted even there.
pub(super) fn in_file_as_wanted(
    look: Look,
    out: &mut dyn Write,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    if !look.ascii_in_files {
        return write(out);
    }
    let mut written = Vec::new();
    write(&mut written)?;
    out.write_all(to_ascii(&String::from_utf8_lossy(&written)).as_bytes())
}

fn to_ascii(text: &str) -> String {
    let mut ascii = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            'ä' => ascii.push_str("ae"),
            'ö' => ascii.push_str("oe"),
            'ü' => ascii.push_str("ue"),
            'Ä' => ascii.push_str("Ae"),
            'Ö' => ascii.push_str("Oe"),
            'Ü' => ascii.push_str("Ue"),
            'ß' => ascii.push_str("ss"),
            '✔' => ascii.push('+'),
            '✘' => ascii.push('x'),
            '→' => ascii.push_str("->"),
            '…' => ascii.push_str("..."),
            '–' | '—' | '─' => ascii.push('-'),
            '„' | '“' | '”' => ascii.push('"'),
            '‚' | '‘' | '’' => ascii.push('\''),
            '·' => ascii.push('*'),
            '§' => ascii.push_str("sec. "),
            character if character.is_ascii() => ascii.push(character),
            _ => ascii.push('?'),
        }
    }
    ascii
}
