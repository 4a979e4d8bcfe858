//! Markdown for a ticket or the summary of a CI job: verdict, checklist and what to do. Remarks are
//! folded away.
//!
//! GitHub and GitLab turn plain text into mentions, references and links after they have parsed the
//! Markdown. Whatever could become one is broken by an invisible character.

use std::io::{self, Write};

use super::places::Grid;
use super::words::{Words, as_status, sign};
use super::{Look, layout, origin, overview};
use crate::model::finding::{Finding, Severity};
use crate::report::{Report, Row};
use crate::text::{Fix, Line, Texts};

/// Writes one section per report.
pub(super) fn write(
    reports: &[Report],
    texts: &Texts,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let look = look.in_file();
    layout::in_file_as_wanted(look, out, |out| write_sections(reports, texts, look, out))
}

fn write_sections(
    reports: &[Report],
    texts: &Texts,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    if look.has_overview(reports) {
        let summary = overview::summary(reports, look.missing, texts);
        writeln!(out, "# {}\n", inline(&summary))?;
        for (_, line) in overview::lines(reports, texts, look) {
            writeln!(out, "- {}", inline(&line))?;
        }
        writeln!(out)?;
    }
    for (index, report) in reports.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        Section {
            words: Words::of(report, texts),
            look,
        }
        .write(out)?;
    }
    Ok(())
}

struct Section<'a> {
    words: Words<'a>,
    look: Look,
}

impl Section<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let words = &self.words;
        let sign = overview::sign(words.report.verdict());
        writeln!(out, "## {sign} {}\n", inline(&words.verdict_for(self.look)))?;
        if let Some(labels) = words.labels() {
            writeln!(out, "{}\n", inline(&labels))?;
        }
        for reservation in words.reservations() {
            writeln!(out, "> {}\n", inline(&reservation))?;
        }
        self.todo(out)?;
        self.checklist(out)?;
        if let Some(grid) = Grid::of(words) {
            grid.markdown(words, inline, out)?;
        }
        for row in &words.report.rows {
            self.row(row, out)?;
        }
        self.renewal(out)?;
        self.folded(out)
    }

    /// What each owner has to do, before what it follows from.
    fn todo(&self, out: &mut dyn Write) -> io::Result<()> {
        let words = &self.words;
        for list in words.todo() {
            let domain = words.domain_for(self.look);
            let named = [("owner", list.name.as_str()), ("domain", &domain)];
            let title = words.texts.say("todo-of", &named);
            writeln!(out, "**{}**\n", inline(&title))?;
            for (index, task) in list.tasks.iter().enumerate() {
                let headline = inline(&task.headline);
                writeln!(out, "{}. {headline} `{}`\n", index + 1, task.code)?;
                self.lines(&task.lines, "   ", "   ", out)?;
                writeln!(out)?;
            }
        }
        Ok(())
    }

    fn checklist(&self, out: &mut dyn Write) -> io::Result<()> {
        let column = |id| inline(&self.words.texts.plain(id));
        let [step, status, seen] = ["column-step", "column-status", "column-seen"].map(column);
        writeln!(out, "| # | {step} | {status} | {seen} |")?;
        writeln!(out, "|--:|---|---|---|")?;
        for row in &self.words.report.rows {
            writeln!(
                out,
                "| {} | {} | {} {} | {} |",
                row.step.number(),
                inline(&self.words.step(row.step)),
                sign(row.status),
                inline(&self.words.status(row.status)),
                inline(&self.words.seen(row)),
            )?;
        }
        Ok(())
    }

    /// The findings of a step and what to do about them, without remarks.
    fn row(&self, row: &Row, out: &mut dyn Write) -> io::Result<()> {
        let is_no_remark = |finding: &&Finding| finding.severity > Severity::Info;
        let findings: Vec<&Finding> = row.findings.iter().filter(is_no_remark).collect();
        if findings.is_empty() {
            return Ok(());
        }
        let step = inline(&self.words.step(row.step));
        let sign = sign(row.status);
        writeln!(out, "\n### {sign} {}. {step}", row.step.number())?;
        for finding in findings {
            self.finding(finding, out)?;
        }
        Ok(())
    }

    /// What was found about the renewal, remarks included: it was asked for.
    fn renewal(&self, out: &mut dyn Write) -> io::Result<()> {
        let Some(findings) = &self.words.report.renewal else {
            return Ok(());
        };
        let text = |id| inline(&self.words.texts.plain(id));
        writeln!(
            out,
            "\n### {}\n\n{}",
            text("renewal-title"),
            text("renewal-about")
        )?;
        findings
            .iter()
            .try_for_each(|finding| self.finding(finding, out))
    }

    fn finding(&self, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
        let words = &self.words;
        let sign = sign(as_status(finding.severity));
        let message = inline(&words.message(finding));
        writeln!(out, "\n{sign} {message} `{}`\n", finding.rule.code)?;
        let item = |out: &mut dyn Write, label, text: &str| {
            let label = words.texts.plain(label);
            let line = format!("- **{}:** {}", inline(&label), inline(text));
            writeln!(out, "{}", line.trim_end())
        };
        if let Some(fix) = words.fix(finding) {
            self.fix(&fix, out)?;
        }
        let owners = words.owners(finding);
        if !owners.is_empty() {
            item(out, "label-owner", &owners.join(", "))?;
        }
        let commands = words.commands(finding);
        if !commands.is_empty() {
            item(out, "label-check", "")?;
            copied(&commands, "  ", out)?;
        }
        Ok(())
    }

    fn fix(&self, fix: &Fix, out: &mut dyn Write) -> io::Result<()> {
        let label = inline(&self.words.texts.plain("label-fix"));
        self.lines(fix.lines(), &format!("- **{label}:** "), "  ", out)
    }

    /// Sentences, and blocks to be copied, as the content of an item of a list. `first` stands
    /// before the first line, `indent` before all others.
    fn lines(
        &self,
        lines: &[Line],
        first: &str,
        indent: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut before = first.to_owned();
        for piece in lines.chunk_by(|one, next| one.is_entry == next.is_entry) {
            if piece.iter().any(|line| line.is_entry) {
                let entries: Vec<String> = piece.iter().map(|line| line.text.clone()).collect();
                copied(&entries, indent, out)?;
            } else {
                for line in piece {
                    writeln!(out, "{before}{}", inline(&self.words.texts.line(line)))?;
                    before = format!("\n{indent}");
                }
            }
        }
        Ok(())
    }

    fn folded(&self, out: &mut dyn Write) -> io::Result<()> {
        let words = &self.words;
        let remarks: Vec<String> = words
            .report
            .findings()
            .filter(|finding| finding.severity == Severity::Info)
            .map(|finding| {
                let message = inline(&words.message(finding));
                format!("{message} `{}`", finding.rule.code)
            })
            .collect();
        self.details("remarks-title", &remarks, self.look.verbose, out)?;
        let not_judged = words.not_judged();
        let not_judged: Vec<String> = not_judged.iter().map(|text| inline(text)).collect();
        self.details("not-judged-title", &not_judged, false, out)?;
        writeln!(out, "\n{}", inline(&origin::line(words)))
    }

    fn details(
        &self,
        title: &str,
        items: &[String],
        open: bool,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        let open = if open { " open" } else { "" };
        let title = inline(&self.words.texts.plain(title));
        // After an empty line, Markdown is parsed again.
        writeln!(out, "\n<details{open}><summary>{title}</summary>\n")?;
        for item in items {
            writeln!(out, "- {item}")?;
        }
        writeln!(out, "\n</details>")
    }
}

/// A block below an item of a list, to be copied as it is.
pub(super) fn copied(lines: &[String], indent: &str, out: &mut dyn Write) -> io::Result<()> {
    // No name in a record or a command contains a character that could end the block.
    writeln!(out, "\n{indent}```text")?;
    for line in lines {
        writeln!(out, "{indent}{line}")?;
    }
    writeln!(out, "{indent}```")
}

/// Escapes text, so that it stays text.
pub(in crate::render) fn inline(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        let links = match character {
            ':' => next == Some('/'),
            '.' => text[..at].to_ascii_lowercase().ends_with("www"),
            _ => false,
        };
        if links || r"\`*_[]<>|~&#@!$%^".contains(character) {
            safe.push('\\');
        }
        safe.push(character);
        // Mentions and references are found after unescaping: an invisible character keeps the sign
        // and the name apart.
        if "@#!$%&~".contains(character) && next.is_some_and(char::is_alphanumeric) {
            safe.push_str("&#8203;");
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        for (text, markdown) in [
            (
                "xphone.zahnfee.de → 81.2.3.4",
                "xphone.zahnfee.de → 81.2.3.4",
            ),
            ("a|b `c` *d*", r"a\|b \`c\` \*d\*"),
            ("[x](javascript:alert)", r"\[x\](javascript:alert)"),
            ("<img src=x>", r"\<img src=x\>"),
            ("info@zahnfee.de", r"info\@&#8203;zahnfee.de"),
            ("#123, # 1", r"\#&#8203;123, \# 1"),
            ("https://a.de WWW.a.de", r"https\://a.de WWW\.a.de"),
            ("&lt;", r"\&&#8203;lt;"),
            ("*.zahnfee.de, _sip", r"\*.zahnfee.de, \_sip"),
        ] {
            assert_eq!(inline(text), markdown);
        }
    }
}
