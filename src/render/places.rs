//! What several places saw, side by side: the steps in which they differ, a column a place.

use std::io::{self, Write};

use super::words::{Words, sign};
use super::{Look, layout};
use crate::judge::PLACES;
use crate::model::finding::Severity;
use crate::report::{Row, Status};
use crate::text::Texts;

/// Blanks between the columns.
const GAP: usize = 2;

/// The places, and the steps in which not all of them see the same.
pub(super) struct Grid {
    /// The place that the verdict rests on first.
    pub(super) places: Vec<String>,
    pub(super) steps: Vec<(String, Vec<Status>)>,
}

impl Grid {
    /// `None` where only one place was asked.
    pub(super) fn of(words: &Words<'_>) -> Option<Self> {
        let report = words.report;
        let own = report.check.place.as_ref()?;
        if report.beside.is_empty() {
            return None;
        }
        let name = |at: &crate::model::vantage::Vantage| called(&at.to_string(), words.texts);
        let beside = report.check.beside.iter();
        let places =
            std::iter::once(name(&own.at)).chain(beside.map(|sight| name(&sight.place.at)));
        let of_step = |row: &Row| {
            // A place that could not look says nothing of any step.
            let of_place = |rows: &Vec<Row>| {
                let same = rows.iter().find(|other| other.step == row.step);
                same.map_or(Status::Unknown, |row| row.status)
            };
            let beside = report.beside.iter().map(of_place);
            let statuses: Vec<Status> = std::iter::once(row.status).chain(beside).collect();
            let title = format!("{}  {}", row.step.number(), words.step(row.step));
            (title, statuses)
        };
        let steps = report.rows.iter().map(of_step);
        let differ =
            |(_, statuses): &(String, Vec<Status>)| statuses.windows(2).any(|two| two[0] != two[1]);
        Some(Self {
            places: places.collect(),
            steps: steps.filter(differ).collect(),
        })
    }

    /// For a terminal; one under the other where they do not fit beside each other.
    pub(super) fn lines(&self, words: &Words<'_>, look: Look) -> Vec<String> {
        let mut lines = vec![words.texts.plain(self.title())];
        if self.steps.is_empty() {
            return layout::wrapped(&lines.remove(0), look, 0);
        }
        let spelt = |text: &str| layout::spelt(text, look);
        let first: Vec<String> = self.steps.iter().map(|(step, _)| spelt(step)).collect();
        let cell = |status: &Status| spelt(&format!("{} {}", sign(*status), words.status(*status)));
        let cells = self
            .steps
            .iter()
            .flat_map(|(_, statuses)| statuses.iter().map(cell));
        let widest_cell = layout::widest(&cells.collect::<Vec<_>>());
        let widths: Vec<usize> = self
            .places
            .iter()
            .map(|place| layout::widest(&[spelt(place)]).max(widest_cell))
            .collect();
        let step = layout::widest(&first);
        let whole = step + widths.iter().map(|width| width + GAP).sum::<usize>();
        if whole > layout::width(look) {
            for (step, statuses) in &self.steps {
                lines.push(spelt(step));
                for (place, status) in self.places.iter().zip(statuses) {
                    lines.extend(layout::hanging(&cell(status), place, look, 3));
                }
            }
            return lines;
        }
        let row = |first: &str, cells: Vec<String>| {
            let mut line = layout::padded(first, step);
            for (cell, width) in cells.iter().zip(&widths) {
                line += &" ".repeat(GAP);
                line += &layout::padded(cell, *width);
            }
            line.trim_end().to_owned()
        };
        lines.push(row(
            "",
            self.places.iter().map(|place| spelt(place)).collect(),
        ));
        for (first, (_, statuses)) in first.iter().zip(&self.steps) {
            lines.push(row(first, statuses.iter().map(cell).collect()));
        }
        lines
    }

    /// What is said of the difference beside the findings: remarks that the places alone explain.
    pub(super) fn remarks(words: &Words<'_>) -> Vec<String> {
        let findings = words.report.findings();
        let remarks = findings
            .filter(|finding| finding.severity == Severity::Info && PLACES.contains(&finding.rule));
        remarks.map(|remark| words.message(remark)).collect()
    }

    /// The heading, or the sentence in its place.
    pub(super) fn title(&self) -> &'static str {
        if self.steps.is_empty() {
            "places-agree"
        } else {
            "places-title"
        }
    }

    /// For Markdown; `inline` escapes.
    pub(super) fn markdown(
        &self,
        words: &Words<'_>,
        inline: impl Fn(&str) -> String,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let title = inline(&words.texts.plain(self.title()));
        if self.steps.is_empty() {
            return writeln!(out, "\n{title}");
        }
        let places: Vec<String> = self.places.iter().map(|place| inline(place)).collect();
        writeln!(out, "\n**{title}**\n\n| | {} |", places.join(" | "))?;
        writeln!(out, "|---|{}", "---|".repeat(places.len()))?;
        for (step, statuses) in &self.steps {
            let cell =
                |status: &Status| format!("{} {}", sign(*status), inline(&words.status(*status)));
            let cells: Vec<String> = statuses.iter().map(cell).collect();
            writeln!(out, "| {} | {} |", inline(step), cells.join(" | "))?;
        }
        Ok(())
    }
}

/// A place as people call it.
pub(super) fn called(at: &str, texts: &Texts) -> String {
    match at {
        "here" => texts.plain("place-here"),
        at => at.to_owned(),
    }
}
