//! Annotations of GitHub Actions: one for each finding that is new, and the verdicts as notices.

use std::io::{self, Write};

use super::sheet::{Sheet, Summary};
use crate::compare::Outcome;
use crate::model::finding::Severity;
use crate::render::github::command;

pub(super) fn write(sheet: &Sheet, out: &mut dyn Write) -> io::Result<()> {
    let sections = sheet.sections.iter().flat_map(|section| &section.items);
    for item in sections {
        let Some(weight) = item.weight else {
            continue;
        };
        let kind = match weight {
            Severity::Fail => "error",
            Severity::Warn | Severity::Unknown => "warning",
            Severity::Info => "notice",
        };
        let text = match item.code {
            Some(code) => format!("{} [{code}]", item.text),
            None => item.text.clone(),
        };
        let title = match &item.step {
            Some(step) => format!("{}: {step}", sheet.first),
            None => sheet.first.clone(),
        };
        let lines = [vec![text], item.below.clone()].concat();
        command(kind, &title, &lines, out)?;
    }
    let kind = match sheet.outcome {
        Outcome::NotComparable => "warning",
        Outcome::Same | Outcome::Changed | Outcome::Worse | Outcome::Unknown => "notice",
    };
    let lines: Vec<String> = [vec![sheet.first.clone()], sheet.notes.clone()]
        .concat()
        .into_iter()
        .chain(sheet.last.clone())
        .collect();
    command(kind, env!("CARGO_PKG_NAME"), &lines, out)
}

pub(super) fn write_summary(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = vec![summary.line.clone()];
    lines.extend(summary.worse.iter().cloned());
    command("notice", env!("CARGO_PKG_NAME"), &lines, out)
}
