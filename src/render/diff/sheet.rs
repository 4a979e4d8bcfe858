//! What every format for people says about a comparison, in plain sentences.

use super::{Compared, facts};
use crate::compare::{ALL_VERDICTS, Cause, Difference, Fate, Outcome, Tally, Turned};
use crate::model::finding::Severity;
use crate::model::names::as_written;
use crate::render::words::Words;
use crate::render::{Look, Signs};
use crate::report::Verdict;
use crate::text::{Precision, Texts, printable, time_of_day};

/// More changed facts than this are only counted.
const FEW: usize = 10;
/// Under a finding, so many.
const CAUSES: usize = 3;

/// A comparison in words.
pub(super) struct Sheet {
    pub(super) outcome: Outcome,
    /// The verdicts before and after, in one line.
    pub(super) first: String,
    /// When, and what is to be known about the comparison.
    pub(super) notes: Vec<String>,
    pub(super) sections: Vec<Section>,
    /// How much is the same.
    pub(super) last: Option<String>,
}

/// What became of some findings, or facts that no finding is due to.
pub(super) struct Section {
    pub(super) title: String,
    pub(super) items: Vec<Item>,
}

pub(super) struct Item {
    pub(super) sign: &'static str,
    /// For CI: how an item that is worse weighs.
    pub(super) weight: Option<Severity>,
    /// Where it belongs, for a title.
    pub(super) step: Option<String>,
    pub(super) text: String,
    pub(super) code: Option<&'static str>,
    /// Why, and what to do.
    pub(super) below: Vec<String>,
}

/// What many comparisons come to, in words.
pub(super) struct Summary {
    pub(super) line: String,
    /// The verdicts, as heads of columns.
    pub(super) heads: Vec<String>,
    /// A verdict before, and how many had which verdict after.
    pub(super) rows: Vec<(String, Vec<usize>)>,
    /// What stands in the corner.
    pub(super) corner: String,
    pub(super) worse_title: String,
    pub(super) worse: Vec<String>,
}

impl Sheet {
    pub(super) fn of(compared: &Compared<'_>, texts: &Texts, look: Look) -> Self {
        match compared {
            Compared::Difference(difference) => Self::of_difference(difference, texts, look),
            Compared::NotComparable(report, obstacle) => {
                let domain = domain(report.terms().domain.as_str(), look);
                let named = [("domain", domain.as_str()), ("why", obstacle.id())];
                Self::of_line(texts.say("diff-not-comparable", &named))
            }
            Compared::Alone(report) => {
                let domain = domain(report.terms().domain.as_str(), look);
                let verdict = verdict(report.verdict(), texts);
                let named = [("domain", domain.as_str()), ("verdict", &verdict)];
                Self::of_line(texts.say("diff-alone", &named))
            }
        }
    }

    fn of_line(first: String) -> Self {
        Self {
            outcome: Outcome::NotComparable,
            first,
            notes: Vec::new(),
            sections: Vec::new(),
            last: None,
        }
    }

    fn of_difference(difference: &Difference<'_>, texts: &Texts, look: Look) -> Self {
        let (before, after) = difference.verdicts();
        let domain = domain(difference.new.terms().domain.as_str(), look);
        let named = [
            ("domain", domain.as_str()),
            ("before", &verdict(before, texts)),
            ("after", &verdict(after, texts)),
        ];
        let page = Page {
            difference,
            texts,
            look,
            old: Words::of(difference.old, texts),
            new: Words::of(difference.new, texts),
        };
        Self {
            outcome: difference.outcome(),
            first: texts.say("diff-verdicts", &named),
            notes: page.notes(),
            sections: page.sections(),
            last: Some(page.last()),
        }
    }
}

struct Page<'a> {
    difference: &'a Difference<'a>,
    texts: &'a Texts,
    look: Look,
    old: Words<'a>,
    new: Words<'a>,
}

impl Page<'_> {
    fn notes(&self) -> Vec<String> {
        let (before, after) = self.difference.times();
        let moment = |moment| {
            let time = time_of_day(moment, Precision::Minutes);
            format!("{} {time}", self.texts.date(moment))
        };
        let named = [
            ("before", moment(before).as_str()),
            ("after", &moment(after)),
        ]
        .map(|(name, value)| (name, value.to_owned()));
        let named = named
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let mut notes = vec![self.texts.say("diff-times", &named)];
        if self.difference.is_backwards() {
            notes.push(self.texts.plain("diff-wrong-order"));
        }
        notes
    }

    fn sections(&self) -> Vec<Section> {
        let titles = [
            (Fate::Regressed, "diff-regressed"),
            (Fate::CameToLight, "diff-came-to-light"),
            (Fate::Untested, "diff-untested"),
            (Fate::Mended, "diff-mended"),
            (Fate::OutOfSight, "diff-out-of-sight"),
            (Fate::Tested, "diff-tested"),
            (Fate::Remark, "diff-remarks"),
        ];
        let mut sections = Vec::new();
        for (fate, title) in titles {
            if fate == Fate::Remark && !self.look.verbose {
                continue;
            }
            let mut items: Vec<Item> = Vec::new();
            if fate == Fate::Regressed {
                items.extend(self.steps_back());
            }
            items.extend(self.difference.with(fate).map(|turned| self.item(turned)));
            sections.push((title, items));
        }
        sections.push(("diff-facts", self.facts()));
        let sections = sections.into_iter().filter(|(_, items)| !items.is_empty());
        let sections = sections.map(|(title, items)| Section {
            title: self.texts.plain(title),
            items,
        });
        sections.collect()
    }

    /// Certificates that went backwards, which no rule speaks of.
    fn steps_back(&self) -> Vec<Item> {
        let back = self.difference.steps_back();
        let items = back.map(|change| Item {
            sign: "✘",
            weight: Some(Severity::Warn),
            step: Some(self.new.step(change.step)),
            text: facts::line(change, self.texts),
            code: None,
            below: vec![self.texts.plain("diff-step-back")],
        });
        items.collect()
    }

    fn item(&self, turned: &Turned<'_>) -> Item {
        let is_gone = turned.after.is_none();
        let words = if is_gone { &self.old } else { &self.new };
        let Some(finding) = turned.after.or(turned.before) else {
            unreachable!("what is in neither report has not turned");
        };
        let is_worse = matches!(
            turned.fate,
            Fate::Regressed | Fate::CameToLight | Fate::Untested
        );
        let step = words.step(turned.step);
        let mut below = self.causes(turned);
        if let (Some(before), Some(after)) = (turned.before, turned.after) {
            let name = |severity: Severity| severity.id();
            let named = [
                ("before", name(before.severity)),
                ("after", name(after.severity)),
            ];
            below.push(self.texts.say("diff-weight", &named));
        }
        if is_worse && let Some(fix) = words.fix(finding) {
            let label = self.texts.plain("label-fix");
            below.push(format!("{label}: {}", words.in_one_line(&fix)));
            let owners = words.owners(finding);
            if !owners.is_empty() {
                let label = self.texts.plain("label-owner");
                below.push(format!("{label}: {}", owners.join(", ")));
            }
        }
        Item {
            sign: match turned.fate {
                Fate::Regressed | Fate::CameToLight if finding.severity == Severity::Warn => "!",
                Fate::Regressed | Fate::CameToLight => "✘",
                Fate::Untested | Fate::OutOfSight => "?",
                Fate::Mended | Fate::Tested => "✔",
                Fate::Remark => "i",
            },
            weight: is_worse.then_some(finding.severity),
            text: format!(
                "{}. {step}: {}",
                turned.step.number(),
                words.message(finding)
            ),
            step: Some(step),
            code: Some(finding.rule.code),
            below,
        }
    }

    fn causes(&self, turned: &Turned<'_>) -> Vec<String> {
        let said = turned.causes.iter().take(CAUSES).map(|cause| match cause {
            Cause::Fact(at) => {
                let fact = facts::line(&self.difference.changes[*at], self.texts);
                self.texts.say("diff-cause-fact", &[("fact", &fact)])
            }
            Cause::Clock => self.texts.plain("diff-cause-clock"),
            Cause::Decision => self.texts.plain("diff-cause-decision"),
            Cause::Passing => self.texts.plain("diff-cause-passing"),
        });
        let mut said: Vec<String> = said.collect();
        let more = turned.causes.len().saturating_sub(CAUSES);
        if more > 0 {
            let more = more.to_string();
            said.push(self.texts.say("diff-more", &[("count", &more)]));
        }
        said
    }

    /// The facts that are not shown under a finding; all of them where everything is wanted.
    fn facts(&self) -> Vec<Item> {
        let turns = self.difference.turns.iter();
        let shown = turns.filter(|turned| turned.fate != Fate::Remark);
        let cited: Vec<usize> = shown
            .flat_map(|turned| turned.causes.iter().take(CAUSES))
            .filter_map(|cause| match cause {
                Cause::Fact(at) => Some(*at),
                Cause::Clock | Cause::Decision | Cause::Passing => None,
            })
            .collect();
        let all = self.difference.changes.iter().enumerate();
        let left = all.filter(|(at, change)| {
            let is_said = cited.contains(at) || change.is_step_back();
            self.look.verbose || !is_said
        });
        let item = |text| Item {
            sign: "·",
            weight: None,
            step: None,
            text,
            code: None,
            below: Vec::new(),
        };
        let mut items: Vec<Item> = left
            .map(|(_, change)| item(facts::line(change, self.texts)))
            .collect();
        let more = items.len().saturating_sub(FEW);
        if more > 0 && !self.look.verbose {
            items.truncate(FEW);
            let more = more.to_string();
            items.push(item(self.texts.say("diff-more", &[("count", &more)])));
        }
        items
    }

    fn last(&self) -> String {
        let Difference {
            same_findings,
            same_facts,
            ..
        } = self.difference;
        let named = [
            ("findings", same_findings.to_string()),
            ("facts", same_facts.to_string()),
        ];
        let named = named
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        if self.difference.is_silent() {
            self.texts.say("diff-silent", &named)
        } else {
            self.texts.say("diff-unchanged", &named)
        }
    }
}

impl Summary {
    pub(super) fn of(tally: &Tally, worse: Vec<String>, texts: &Texts) -> Self {
        let counts = [
            ("diff-count-worse", tally.worse()),
            ("diff-count-unknown", tally.unknown()),
            ("diff-count-changed", tally.changed()),
            ("diff-count-same", tally.same()),
            ("diff-count-not-comparable", tally.not_comparable),
            ("diff-count-only-old", tally.only_old),
            ("diff-count-only-new", tally.only_new),
        ];
        let parts: Vec<String> = counts
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(id, count)| texts.say(id, &[("count", &count.to_string())]))
            .collect();
        let compared = tally.compared().to_string();
        let named = [("count", compared.as_str()), ("parts", &parts.join(", "))];
        let rows = ALL_VERDICTS.into_iter().zip(tally.transitions());
        let rows = rows.filter(|(_, counts)| counts.iter().any(|count| *count > 0));
        Self {
            line: texts.say("diff-summary", &named),
            heads: ALL_VERDICTS.map(|it| verdict(it, texts)).to_vec(),
            rows: rows
                .map(|(from, counts)| (verdict(from, texts), counts.to_vec()))
                .collect(),
            corner: texts.plain("diff-corner"),
            worse_title: texts.plain("diff-regressed"),
            worse,
        }
    }
}

/// A verdict in a word or two.
fn verdict(verdict: Verdict, texts: &Texts) -> String {
    texts.say("diff-verdict", &[("verdict", verdict.id())])
}

/// A domain with umlauts has two forms: as people write it, and as it stands in DNS.
fn domain(domain: &str, look: Look) -> String {
    match as_written(domain) {
        Some(written) if look.signs != Signs::Ascii => {
            format!("{} ({domain})", printable(&written))
        }
        _ => domain.to_owned(),
    }
}
