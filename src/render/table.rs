//! The checklist for people: the verdict, the six rows, and under each row its findings with what
//! to do, who does it, and a command that shows the same thing.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::places::Grid;
use super::words::{Words, as_status, sign};
use super::{Look, layout, leaves, origin, overview, todo};
use crate::model::finding::{Finding, Note, Severity, StepId};
use crate::pki::prints::Prints;
use crate::report::{Report, Row, Status, Verdict};
use crate::text::{Fix, Texts};

/// Blanks between the columns of the checklist.
const GAP: u16 = 2;
/// What was seen gets a column of its own only if the column is at least this wide.
const NARROW: usize = 24;
/// How far findings are indented: they begin below the step's name.
const INDENT: usize = 3;

const DIM: Style = Style::new().dimmed();

/// Writes one checklist after the other.
pub(super) fn write(
    reports: &[Report],
    texts: &Texts,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let has_overview = look.has_overview(reports) && !look.quiet;
    if has_overview && overview::are_directions(reports) {
        // Which of the two it is that fails is what whoever asks wants to know first.
        write_lines(reports, texts, look, out)?;
        writeln!(out)?;
    } else if has_overview {
        write_summary(reports, texts, look, out)?;
        writeln!(out)?;
    }
    for (index, report) in reports.iter().enumerate() {
        if index > 0 && !look.quiet {
            writeln!(out)?;
        }
        let page = Page::new(report, texts, look);
        out.write_all(page.render().as_bytes())?;
    }
    if has_overview {
        writeln!(out)?;
        write_lines(reports, texts, look, out)?;
        // Again, since this is what stands before whoever ran it.
        write_summary(reports, texts, look, out)?;
    }
    Ok(())
}

fn write_lines(
    reports: &[Report],
    texts: &Texts,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let are_directions = overview::are_directions(reports);
    for (verdict, line) in overview::lines(reports, texts, look) {
        // There are two of these only; of many domains each has one line, for whoever filters them.
        let lines = match line.split_once(' ') {
            Some((sign, rest)) if are_directions => layout::hanging(sign, rest, look, 0),
            _ => vec![layout::fit(&line, look)],
        };
        for line in lines {
            let line = line.trim_end();
            writeln!(out, "{}", layout::styled(style_of(verdict), line, look))?;
        }
    }
    Ok(())
}

fn write_summary(
    reports: &[Report],
    texts: &Texts,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let summary = layout::fit(&overview::summary(reports, look.missing, texts), look);
    writeln!(
        out,
        "{}",
        layout::styled(Style::new().bold(), &summary, look)
    )
}

fn style_of(verdict: Verdict) -> Style {
    let colour = match verdict {
        Verdict::Ready => AnsiColor::Green,
        Verdict::ReadyWithWarnings | Verdict::Inconclusive => AnsiColor::Yellow,
        Verdict::NotReady => AnsiColor::Red,
    };
    Style::new().fg_color(Some(colour.into()))
}

/// The checklist of one report.
struct Page<'a> {
    words: Words<'a>,
    look: Look,
}

impl<'a> Page<'a> {
    fn new(report: &'a Report, texts: &'a Texts, look: Look) -> Self {
        Self {
            words: Words::of(report, texts),
            look,
        }
    }

    fn render(&self) -> String {
        let mut lines = self.verdict();
        if !self.look.quiet {
            lines.extend(self.checklist());
        }
        let lines: Vec<String> = lines
            .iter()
            .map(|line| layout::fit(line, self.look))
            .collect();
        lines.join("\n") + "\n"
    }

    fn checklist(&self) -> Vec<String> {
        let mut lines = vec![String::new()];
        lines.extend(self.header());
        for row in &self.words.report.rows {
            lines.extend(self.row(row));
            if row.step == StepId::Certificate && self.look.verbose {
                lines.extend(self.prints());
            }
            let findings = row
                .findings
                .iter()
                .filter(|finding| self.look.shows(finding));
            for finding in findings {
                lines.extend(self.finding(finding));
                lines.push(String::new());
            }
        }
        if let Some(grid) = Grid::of(&self.words) {
            let lines_of = grid.lines(&self.words, self.look);
            lines.extend([String::new()].into_iter().chain(lines_of));
            // With -v they stand below their steps.
            let remarks = Grid::remarks(&self.words).into_iter();
            for remark in remarks.filter(|_| !self.look.verbose) {
                lines.extend(layout::hanging("-", &remark, self.look, 1));
            }
            lines.push(String::new());
        }
        lines.extend(self.renewal());
        // The last finding is followed by an empty line already.
        if lines.last().is_some_and(|line| !line.is_empty()) {
            lines.push(String::new());
        }
        if self.words.has_much_to_do() {
            lines.extend(todo::lines(&self.words, self.look));
        }
        lines.extend(self.footer());
        lines
    }

    fn verdict(&self) -> Vec<String> {
        let style = style_of(self.words.report.verdict()).bold();
        let verdict = self.words.verdict_for(self.look);
        // One line is one domain for whoever asks for no more than that.
        let verdict = if self.look.quiet {
            vec![self.words.labelled(verdict)]
        } else {
            layout::wrapped(&verdict, self.look, 0)
        };
        let mut lines: Vec<String> = verdict
            .iter()
            .map(|line| layout::styled(style, line.trim_end(), self.look))
            .collect();
        if let Some(labels) = self.words.labels().filter(|_| !self.look.quiet) {
            lines.extend(layout::wrapped(&labels, self.look, 0));
        }
        for reservation in self.words.reservations() {
            lines.extend(layout::wrapped(&reservation, self.look, 0));
        }
        lines
    }

    fn header(&self) -> Vec<String> {
        let [step, status, seen] =
            ["column-step", "column-status", "column-seen"].map(|id| self.words.texts.plain(id));
        let mut lines = self.columns(["#", &step, &status], &seen);
        lines.push(layout::rule(layout::width(self.look)));
        let dim = Style::new().dimmed();
        lines
            .iter()
            .map(|line| layout::styled(dim, line.trim_end(), self.look))
            .collect()
    }

    fn row(&self, row: &Row) -> Vec<String> {
        let status = format!("{} {}", sign(row.status), self.words.status(row.status));
        let status = layout::spelt(&status, self.look);
        let number = row.step.number().to_string();
        let cells = [number.as_str(), &self.words.step(row.step), &status];
        let mut lines = self.columns(cells, &self.words.seen(row));
        if let Some(first) = lines.first_mut() {
            let styled = layout::styled(colour(row.status).on_default(), &status, self.look);
            *first = first.replacen(&status, &styled, 1);
        }
        lines
    }

    /// By what the certificates are told from others, as they are looked for in Windows.
    fn prints(&self) -> Vec<String> {
        let texts = self.words.texts;
        let mut lines = Vec::new();
        let leaves = leaves::of(self.words.report);
        let several = leaves.len() > 1;
        for leaf in leaves {
            let Prints {
                serial,
                sha1,
                sha256,
            } = Prints::of(&leaf.certificate.0);
            if several {
                lines.extend(layout::wrapped(
                    &leaf.endpoints.join(", "),
                    self.look,
                    INDENT,
                ));
            }
            for (label, digits) in [
                (texts.plain("exhibit-serial"), serial),
                ("SHA-1".to_owned(), sha1),
                ("SHA-256".to_owned(), sha256),
            ] {
                let label = format!("{label}:");
                let room = layout::width(self.look).saturating_sub(INDENT + label.len() + 1);
                let digits = layout::in_pairs(&digits, room);
                lines.extend(layout::hanging(&label, &digits, self.look, INDENT));
            }
        }
        lines
    }

    /// What was found about the renewal, below the checklist: it is no step.
    fn renewal(&self) -> Vec<String> {
        let Some(findings) = &self.words.report.renewal else {
            return Vec::new();
        };
        let title = self.words.texts.plain("renewal-title");
        let title = layout::styled(Style::new().bold(), &title, self.look);
        let mut lines = vec![String::new(), title];
        lines.extend(self.paragraph(&self.words.texts.plain("renewal-about")));
        for finding in findings {
            lines.extend(self.finding(finding));
            lines.push(String::new());
        }
        lines
    }

    fn finding(&self, finding: &Finding) -> Vec<String> {
        let sign = if finding.severity == Severity::Info {
            "i"
        } else {
            sign(as_status(finding.severity))
        };
        let message = self.words.message(finding);
        let code = format!("[{}]", finding.rule.code);
        let message = layout::hanging(sign, &format!("{message} {code}"), self.look, INDENT);
        let mut lines: Vec<String> = message
            .iter()
            .map(|line| self.message_line(line, &code))
            .collect();
        if let Some(fix) = self.words.fix(finding) {
            lines.extend(self.fix(&fix));
        }
        let owners = self.words.owners(finding);
        if !owners.is_empty() {
            lines.extend(self.labelled("label-owner", &owners.join(", ")));
        }
        for command in self.words.commands(finding) {
            // Not wrapped, because a command is there to be copied.
            let label = self.styled_label("label-check");
            let command = layout::styled(layout::COMMAND, &command, self.look);
            lines.push(format!("{}{label} {command}", " ".repeat(INDENT + 2)));
        }
        lines
    }

    /// A line of a message. Its code is there for those who look for it.
    fn message_line(&self, line: &str, code: &str) -> String {
        let line = line.trim_end();
        let (message, code) = match line.strip_suffix(code) {
            Some(message) => (message, code),
            None => (line, ""),
        };
        let text = message.trim_start();
        let indent = &message[..message.len() - text.len()];
        let text = layout::styled(Style::new().bold(), text, self.look);
        format!("{indent}{text}{}", layout::styled(DIM, code, self.look))
    }

    /// What is said in every report, and is not about this domain.
    fn footer(&self) -> Vec<String> {
        let lines = self.footnotes();
        let dimmed = lines
            .iter()
            .map(|line| layout::styled(DIM, line.trim_end(), self.look));
        dimmed.collect()
    }

    fn footnotes(&self) -> Vec<String> {
        let Words { report, texts, .. } = self.words;
        let mut lines = Vec::new();
        let not_judged = self.words.not_judged();
        if not_judged.is_empty() {
            // It is no matter of what was judged.
        } else if self.look.verbose || self.words.is_not_judged_next() {
            lines.extend(self.paragraph(&format!("{}:", texts.plain("not-judged-title"))));
            for line in not_judged {
                lines.extend(layout::hanging("-", &line, self.look, 1));
            }
        } else {
            lines.extend(self.paragraph(&texts.plain("not-judged-brief")));
        }
        let is_hidden = |finding: &&Finding| !self.look.shows(finding);
        let hidden = report.findings().filter(is_hidden).count();
        if hidden > 0 {
            let count = i64::try_from(hidden).unwrap_or(i64::MAX);
            lines.extend(self.count("notes-hidden", count));
        }
        if let Some(count) = report.facts().questions.filter(|_| self.look.verbose) {
            lines.extend(self.count("questions-asked", count.into()));
        }
        if let Some(worst) = self.words.worst() {
            let hint = texts.say("explain-hint", &[("code", worst.rule.code)]);
            lines.extend(self.paragraph(&hint));
        }
        lines.extend(self.paragraph(&origin::line(&self.words)));
        lines
    }

    fn count(&self, id: &'static str, count: i64) -> Vec<String> {
        let note = Note::new(id).with("count", count);
        self.paragraph(&self.words.texts.note(&note, &self.words.context))
    }

    fn paragraph(&self, text: &str) -> Vec<String> {
        layout::wrapped(text, self.look, 0)
    }

    /// A row of the checklist. What was seen takes the rest of the line, or the next line if too
    /// little is left.
    fn columns(&self, cells: [&str; 3], seen: &str) -> Vec<String> {
        let widest = |texts: &[String]| {
            let texts = texts.iter().map(|text| layout::spelt(text, self.look));
            layout::widest(&texts.collect::<Vec<_>>())
        };
        let rows = self.words.report.rows.iter();
        let step = widest(
            &rows
                .map(|row| self.words.step(row.step))
                .collect::<Vec<_>>(),
        );
        let status = widest(&Status::ALL.map(|status| self.words.status(status))) + 2;
        let taken = 1 + step + status + 3 * usize::from(GAP);
        let left = layout::width(self.look).saturating_sub(taken);
        let [number, name, sign] = cells;
        if left < NARROW {
            let mut lines =
                layout::columns([1, step, status], GAP, [number, name, sign], self.look);
            lines.extend(layout::wrapped(seen, self.look, INDENT));
            return lines;
        }
        layout::columns(
            [1, step, status, left],
            GAP,
            [number, name, sign, seen],
            self.look,
        )
    }

    /// Text behind a label; the labels of a finding are all as wide as the widest of them.
    fn labelled(&self, id: &str, text: &str) -> Vec<String> {
        let label = self.label(id);
        let lines = layout::hanging(&label, text, self.look, INDENT + 2);
        let styled = self.styled_label(id);
        let mut lines = lines.into_iter();
        let first = lines.next().map(|line| line.replacen(&label, &styled, 1));
        first.into_iter().chain(lines).collect()
    }

    fn styled_label(&self, id: &str) -> String {
        layout::styled(Style::new().bold(), &self.label(id), self.look)
    }

    /// What to do, sentence by sentence. Not wrapped is what is there to be copied.
    fn fix(&self, fix: &Fix) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let beside = INDENT + 2 + layout::widest(&[self.label("label-fix")]) + 1;
        for line in fix.lines() {
            if line.is_entry {
                lines.push(layout::entry(&line.text, beside, self.look));
            } else if lines.is_empty() {
                lines = self.labelled("label-fix", &self.words.texts.line(line));
            } else {
                let text = self.words.texts.line(line);
                lines.extend(layout::wrapped(&text, self.look, beside));
            }
        }
        lines
    }

    fn label(&self, id: &str) -> String {
        let spelt = |id| layout::spelt(&self.words.texts.plain(id), self.look);
        let width = layout::widest(&["label-fix", "label-owner", "label-check"].map(spelt));
        layout::padded(&spelt(id), width)
    }
}

/// The basic colours, which every colour scheme keeps readable on its background.
fn colour(status: Status) -> AnsiColor {
    match status {
        Status::Pass => AnsiColor::Green,
        Status::Warn => AnsiColor::Yellow,
        Status::Fail => AnsiColor::Red,
        Status::Skip => AnsiColor::BrightBlack,
        Status::Unknown => AnsiColor::Magenta,
    }
}
