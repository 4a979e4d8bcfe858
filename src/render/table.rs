//! The checklist for people: the verdict, the six rows, and under each row that is not well what
//! was found, what to do, who does it, and a command that shows the same thing.

use std::cmp::Reverse;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, Color};

use super::{Look, layout};
use crate::catalogue::{Finding, Note, Severity, StepId};
use crate::report::{Report, Row, Status, Verdict};
use crate::text::{Context, Texts, verify};

/// Blanks between the columns of the checklist.
const GAP: u16 = 2;
/// A column that is narrower than this is none.
const NARROW: usize = 24;
/// Where findings begin: below the step's name.
const INDENT: usize = 3;

/// Writes one checklist after the other.
///
/// # Errors
///
/// Those of the writer.
pub fn write(reports: &[Report], texts: &Texts, look: Look, out: &mut dyn Write) -> io::Result<()> {
    for (index, report) in reports.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let page = Page::new(report, texts, look);
        out.write_all(page.render().as_bytes())?;
    }
    Ok(())
}

/// One report on its way to text.
struct Page<'a> {
    report: &'a Report,
    texts: &'a Texts,
    context: Context,
    look: Look,
}

impl<'a> Page<'a> {
    fn new(report: &'a Report, texts: &'a Texts, look: Look) -> Self {
        Self {
            report,
            texts,
            context: Context::of(report),
            look,
        }
    }

    fn render(&self) -> String {
        let mut lines = self.verdict();
        lines.push(String::new());
        lines.extend(self.header());
        for row in &self.report.rows {
            lines.extend(self.row(row));
            let findings = row.findings.iter().filter(|finding| self.is_shown(finding));
            for finding in findings {
                lines.extend(self.finding(finding));
                lines.push(String::new());
            }
        }
        // The last row may have brought its own empty line.
        if lines.last().is_some_and(|line| !line.is_empty()) {
            lines.push(String::new());
        }
        lines.extend(self.footer());
        let lines: Vec<String> = lines
            .iter()
            .map(|line| layout::fit(line, self.look))
            .collect();
        lines.join(
            "
",
        ) + "
"
    }

    fn verdict(&self) -> Vec<String> {
        let verdict = self.report.verdict();
        let untested = self
            .report
            .rows
            .iter()
            .any(|row| row.status == Status::Unknown);
        let blamed = |status: Status| match verdict {
            Verdict::NotReady => status == Status::Fail,
            // What merely waits follows from it, and is named only where nothing else is open.
            Verdict::Inconclusive if untested => status == Status::Unknown,
            Verdict::Inconclusive => status == Status::Skip,
            Verdict::ReadyWithWarnings => status == Status::Warn,
            Verdict::Ready => false,
        };
        let rows = self
            .report
            .rows
            .iter()
            .filter(|row| blamed(row.status) && is_open(row));
        let steps: Vec<String> = rows.map(|row| self.step_name(row.step)).collect();
        let kind = if self.report.terms.partner {
            "verdict-partner-"
        } else {
            "verdict-"
        };
        let id = format!("{kind}{}", verdict.id());
        let line = self.texts.say(
            &id,
            &[
                ("domain", &self.context.domain),
                ("steps", &steps.join("; ")),
            ],
        );
        let style = Style::new().bold().fg_color(Some(
            match verdict {
                Verdict::Ready => AnsiColor::Green,
                Verdict::ReadyWithWarnings | Verdict::Inconclusive => AnsiColor::Yellow,
                Verdict::NotReady => AnsiColor::Red,
            }
            .into(),
        ));
        let mut lines = vec![self.styled(style, &line)];
        for reservation in self.report.reservations() {
            let text = self.texts.note(&reservation, &self.context);
            lines.extend(layout::wrapped(&text, self.look, 0));
        }
        lines
    }

    fn header(&self) -> Vec<String> {
        let names = ["column-step", "column-status", "column-seen"].map(|id| self.texts.plain(id));
        let [step, status, seen] = names;
        let lines = self.columns([Cell::new("#"), Cell::new(step), Cell::new(status)], &seen);
        let rule = if self.look.ascii { "-" } else { "─" };
        let dim = Style::new().dimmed();
        let mut lines: Vec<String> = lines
            .iter()
            .map(|line| self.styled(dim, line.trim_end()))
            .collect();
        lines.push(self.styled(dim, &rule.repeat(layout::width(self.look))));
        lines
    }

    fn row(&self, row: &Row) -> Vec<String> {
        let status = format!(
            "{} {}",
            sign(row.status, self.look.ascii),
            self.status_name(row.status)
        );
        let mut status = Cell::new(status);
        if self.look.colour {
            status = status.fg(colour(row.status));
        }
        self.columns(
            [
                Cell::new(row.step.number()),
                Cell::new(self.step_name(row.step)),
                status,
            ],
            &self.texts.note(&row.seen, &self.context),
        )
    }

    /// Remarks on a step that is fine are for those who ask for them.
    fn is_shown(&self, finding: &Finding) -> bool {
        self.look.verbose || finding.severity > Severity::Info
    }

    fn finding(&self, finding: &Finding) -> Vec<String> {
        let status = match finding.severity {
            Severity::Fail => Status::Fail,
            Severity::Warn => Status::Warn,
            Severity::Unknown => Status::Unknown,
            Severity::Info => Status::Pass,
        };
        let sign = if finding.severity == Severity::Info {
            "i"
        } else {
            sign(status, self.look.ascii)
        };
        let mut message = self.texts.message(finding, &self.context);
        // A message that names an address needs no other to go by.
        let unnamed = finding.args.find("address").is_none();
        if let Some(endpoint) = finding.endpoint.filter(|_| unnamed) {
            let place = self
                .texts
                .say("at-endpoint", &[("endpoint", &endpoint.to_string())]);
            message = format!("{place}: {message}");
        }
        let mut lines = layout::hanging(
            sign,
            &format!("{message} [{}]", finding.rule.code),
            self.look,
            INDENT,
        );
        if let Some(fix) = self.texts.fix(finding, &self.context) {
            lines.extend(self.labelled("label-fix", &fix));
        }
        let owners = finding.owners(self.report.terms.partner);
        if !owners.is_empty() && finding.severity > Severity::Info {
            let owners: Vec<String> = owners
                .iter()
                .map(|owner| self.texts.plain(&format!("owner-{}", owner.id())))
                .collect();
            lines.extend(self.labelled("label-owner", &owners.join(", ")));
        }
        for command in verify(finding, &self.context) {
            // Never wrapped: a command is there to be copied.
            let label = self.label("label-check");
            lines.push(format!("{}{label} {command}", " ".repeat(INDENT + 2)));
        }
        lines
    }

    fn footer(&self) -> Vec<String> {
        let mut lines = layout::wrapped(
            &format!("{}:", self.texts.plain("not-judged-title")),
            self.look,
            0,
        );
        for id in [
            "not-judged-outbound",
            "not-judged-policy",
            "not-judged-licences",
        ] {
            lines.extend(layout::hanging("-", &self.texts.plain(id), self.look, 1));
        }
        let hidden = self
            .report
            .findings()
            .filter(|finding| !self.is_shown(finding));
        let hidden = i64::try_from(hidden.count()).unwrap_or(i64::MAX);
        if hidden > 0 {
            let note = Note::new("notes-hidden").with("count", hidden);
            lines.extend(layout::wrapped(
                &self.texts.note(&note, &self.context),
                self.look,
                0,
            ));
        }
        if let Some(count) = self.report.facts.questions.filter(|_| self.look.verbose) {
            let note = Note::new("questions-asked").with("count", count);
            lines.extend(layout::wrapped(
                &self.texts.note(&note, &self.context),
                self.look,
                0,
            ));
        }
        // The first of the worst: what stands further down often follows from it.
        let worst = self
            .report
            .findings()
            .min_by_key(|finding| Reverse(finding.severity));
        if let Some(worst) = worst.filter(|finding| finding.severity > Severity::Info) {
            lines.extend(layout::wrapped(
                &self.texts.say("explain-hint", &[("code", worst.rule.code)]),
                self.look,
                0,
            ));
        }
        lines
    }

    fn step_name(&self, step: StepId) -> String {
        self.texts.plain(&format!("step-{}", step.id()))
    }

    fn status_name(&self, status: Status) -> String {
        self.texts.plain(&format!("status-{}", status.id()))
    }

    /// The columns of the checklist. What was seen takes what is left of the line, or the next
    /// one where that is too little.
    fn columns(&self, cells: [Cell; 3], seen: &str) -> Vec<String> {
        let step = widest(&StepId::ALL.map(|step| self.step_name(step)));
        let statuses = [
            Status::Pass,
            Status::Warn,
            Status::Fail,
            Status::Skip,
            Status::Unknown,
        ];
        let status = widest(&statuses.map(|status| self.status_name(status))) + 2;
        let taken = 1 + step + status + 3 * usize::from(GAP);
        let left = layout::width(self.look).saturating_sub(taken);
        let [number, name, sign] = cells;
        if left < NARROW {
            let mut lines =
                layout::columns([1, step, status], GAP, [number, name, sign], self.look);
            lines.extend(layout::wrapped(seen, self.look, INDENT));
            return lines;
        }
        let cells = [number, name, sign, Cell::new(seen)];
        layout::columns([1, step, status, left], GAP, cells, self.look)
    }

    /// Text behind a label; the labels of a finding are all as wide as the widest of them.
    fn labelled(&self, id: &str, text: &str) -> Vec<String> {
        layout::hanging(&self.label(id), text, self.look, INDENT + 2)
    }

    fn label(&self, id: &str) -> String {
        let width =
            widest(&["label-fix", "label-owner", "label-check"].map(|id| self.texts.plain(id)));
        format!("{:width$}", self.texts.plain(id))
    }

    fn styled(&self, style: Style, text: &str) -> String {
        if self.look.colour {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

/// A row that speaks against the verdict; a skip that does not apply does not.
fn is_open(row: &Row) -> bool {
    row.status != Status::Skip || row.needs.is_some()
}

fn widest(texts: &[String]) -> usize {
    texts
        .iter()
        .map(|text| text.chars().count())
        .max()
        .unwrap_or(0)
}

fn sign(status: Status, ascii: bool) -> &'static str {
    match (status, ascii) {
        (Status::Pass, false) => "✔",
        (Status::Pass, true) => "+",
        (Status::Warn, _) => "!",
        (Status::Fail, false) => "✘",
        (Status::Fail, true) => "x",
        (Status::Skip, false) => "–",
        (Status::Skip, true) => "-",
        (Status::Unknown, _) => "?",
    }
}

/// The basic colours, which every scheme keeps readable on its own background.
fn colour(status: Status) -> Color {
    match status {
        Status::Pass => Color::DarkGreen,
        Status::Warn => Color::DarkYellow,
        Status::Fail => Color::DarkRed,
        Status::Skip => Color::DarkGrey,
        Status::Unknown => Color::DarkMagenta,
    }
}
