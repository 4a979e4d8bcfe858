//! What every format for people says about a report, in plain sentences: the verdict, what a step
//! saw, what was found, what to do, and who does it. How it looks is up to the format.

use std::cmp::Reverse;

use super::{Look, Signs};
use crate::model::finding::{Finding, Note, Owner, Severity, StepId};
use crate::model::labels::Labels;
use crate::model::names::as_written;
use crate::model::plan::Scope;
use crate::report::{Report, Row, Status, Tasks, Verdict};
use crate::text::{Context, Fix, Line, Texts, capitalised, printable, verify};

/// A report with the texts and the names that put it into words.
pub(super) struct Words<'a> {
    pub(super) report: &'a Report,
    pub(super) texts: &'a Texts,
    pub(super) context: Context,
}

impl<'a> Words<'a> {
    pub(super) fn of(report: &'a Report, texts: &'a Texts) -> Self {
        Self {
            report,
            texts,
            context: Context::of(report),
        }
    }

    /// The verdict and what decided it, in one line.
    pub(super) fn verdict(&self) -> String {
        self.verdict_on(&self.domain())
    }

    /// The same for a terminal. One that shows only ASCII gets the name in DNS: an ä made of two
    /// letters would be another domain.
    pub(super) fn verdict_for(&self, look: Look) -> String {
        self.verdict_on(&self.domain_for(look))
    }

    /// The domain for a terminal.
    pub(super) fn domain_for(&self, look: Look) -> String {
        if look.signs == Signs::Ascii {
            self.subject(Clone::clone)
        } else {
            self.domain()
        }
    }

    /// The domain. One with umlauts has two forms: as people write it, and as it stands in DNS.
    pub(super) fn domain(&self) -> String {
        self.subject(|domain| in_both_forms(domain))
    }

    /// What the report is about: a domain, or one that is to reach another.
    fn subject(&self, name: impl Fn(&String) -> String) -> String {
        let domain = name(&self.context.domain);
        match self.caller() {
            Some(caller) => format!("{} → {domain}", name(&caller)),
            None => domain,
        }
    }

    /// The domain that is to reach this one, where that is the question.
    pub(super) fn caller(&self) -> Option<String> {
        let caller = self.report.terms().caller.as_ref();
        caller.map(ToString::to_string)
    }

    fn verdict_on(&self, domain: &str) -> String {
        let terms = self.report.terms();
        let kind = match terms.scope {
            Scope::ZoneFile => "verdict-zone-file-",
            Scope::Outbound => "verdict-outbound-",
            Scope::Pair => "verdict-pair-",
            Scope::Whole if terms.partner => "verdict-partner-",
            Scope::Whole => "verdict-",
        };
        self.texts.say(
            &format!("{kind}{}", self.report.verdict().id()),
            &[
                ("domain", domain),
                ("cause", &self.cause().unwrap_or_default()),
            ],
        )
    }

    /// What the user knows the domain by, in one line; `None` if by nothing else.
    pub(super) fn labels(&self) -> Option<String> {
        labelled(&self.report.check.labels)
    }

    /// A line about the domain, with its labels behind it: where each domain has one line.
    pub(super) fn labelled(&self, line: String) -> String {
        match self.labels() {
            Some(labels) => format!("{line} [{labels}]"),
            None => line,
        }
    }

    /// What decided the verdict: the finding to begin with, who can mend that, and the steps besides
    /// its own. Where nothing was found, the steps that were not tested.
    fn cause(&self) -> Option<String> {
        let mut rows: Vec<&Row> = self.blamed().collect();
        let first = self.worst().filter(|finding| {
            let own = rows.iter().position(|row| row.findings.contains(finding));
            // What weighs less than the verdict is not its cause.
            own.map(|own| rows.remove(own)).is_some()
        });
        let note = match first {
            Some(first) => Note::new("verdict-cause")
                .with("headline", self.texts.headline(first, &self.context))
                .with("owners", self.owners(first))
                .with("more", self.more(&rows)),
            None if rows.is_empty() => return None,
            None => {
                let steps: Vec<String> = rows.iter().map(|row| self.step(row.step)).collect();
                // There are commas in their names.
                Note::new("verdict-untested").with("steps", steps.join(" + "))
            }
        };
        Some(self.texts.note(&note, &self.context))
    }

    /// What else decided the verdict: of one step what is wrong, of several their numbers. What goes
    /// away with something else is not counted.
    fn more(&self, rows: &[&Row]) -> String {
        let weight = rows.first().map(|row| row.status);
        let of_row = |row: &&&Row| {
            let mut findings = row.findings.iter();
            findings.any(|finding| {
                Some(as_status(finding.severity)) == weight && finding.settled_by.is_none()
            })
        };
        let rows: Vec<&&Row> = rows.iter().filter(of_row).collect();
        match rows.as_slice() {
            [] => "none".to_owned(),
            [row] => {
                let worst = row.findings.iter().find(|found| found.settled_by.is_none());
                let headline = worst.map(|worst| self.texts.headline(worst, &self.context));
                headline.unwrap_or_else(|| self.step(row.step))
            }
            several => {
                let numbers = several.iter().map(|row| row.step.number().to_string());
                let numbers = numbers.collect::<Vec<_>>().join(", ");
                self.texts.say("verdict-steps", &[("numbers", &numbers)])
            }
        }
    }

    /// The rows that caused the verdict.
    pub(super) fn blamed(&self) -> impl Iterator<Item = &'a Row> {
        let rows = &self.report.rows;
        let verdict = self.report.verdict();
        let untested = rows.iter().any(|row| row.status == Status::Unknown);
        rows.iter().filter(move |row| match verdict {
            Verdict::NotReady => row.status == Status::Fail,
            // Steps that only wait for others are named only if nothing else is open.
            Verdict::Inconclusive if untested => row.status == Status::Unknown,
            // A skip that does not apply speaks against nothing.
            Verdict::Inconclusive => row.status == Status::Skip && row.needs.is_some(),
            Verdict::ReadyWithWarnings => row.status == Status::Warn,
            Verdict::Ready => false,
        })
    }

    /// What weakens the verdict: what was not seen, not tested, lowered or accepted.
    pub(super) fn reservations(&self) -> Vec<String> {
        self.report
            .reservations()
            .iter()
            .map(|note| self.texts.note(note, &self.context))
            .collect()
    }

    /// A verdict with what weakens it, in a few words each.
    pub(super) fn with_reservations(&self, verdict: String) -> String {
        let brief = self.brief_reservations();
        if brief.is_empty() {
            verdict
        } else {
            format!("{verdict} [{}]", brief.join(", "))
        }
    }

    /// What weakens the verdict, in a few words each.
    pub(super) fn brief_reservations(&self) -> Vec<String> {
        let notes = self.report.reservations();
        let notes = notes.iter();
        notes
            .filter_map(|note| self.texts.brief(note, &self.context))
            .collect()
    }

    pub(super) fn step(&self, step: StepId) -> String {
        self.texts.plain(&format!("step-{}", step.id()))
    }

    pub(super) fn status(&self, status: Status) -> String {
        self.texts.plain(&format!("status-{}", status.id()))
    }

    /// What the step saw.
    pub(super) fn seen(&self, row: &Row) -> String {
        self.texts.note(&row.seen, &self.context)
    }

    /// A step and what it saw, in one line.
    pub(super) fn row(&self, row: &Row) -> String {
        let (number, step) = (row.step.number(), self.step(row.step));
        format!("{number}. {step}: {}", self.seen(row))
    }

    /// A finding in plain lines: what was found, what to do, who does it, and commands.
    pub(super) fn finding(&self, finding: &Finding) -> Vec<String> {
        let labelled = |label, text: &str| format!("{}: {text}", self.texts.plain(label));
        let mut lines = vec![format!("{} [{}]", self.message(finding), finding.rule.code)];
        let fix = self.fix(finding).map(|fix| self.in_one_line(&fix));
        lines.extend(fix.map(|fix| labelled("label-fix", &fix)));
        let owners = self.owners(finding);
        if !owners.is_empty() {
            lines.push(labelled("label-owner", &owners.join(", ")));
        }
        let commands = self.commands(finding);
        lines.extend(commands.iter().map(|line| labelled("label-check", line)));
        lines
    }

    /// All findings of a step that are shown, in plain lines.
    pub(super) fn findings(&self, row: &Row, look: Look) -> Vec<String> {
        let shown = row.findings.iter().filter(|finding| look.shows(finding));
        shown.flat_map(|finding| self.finding(finding)).collect()
    }

    /// What was found, and where.
    pub(super) fn message(&self, finding: &Finding) -> String {
        // A message that names an address needs no endpoint in front of it.
        let unnamed = finding.address().is_none();
        let Some(endpoint) = finding.endpoint.filter(|_| unnamed) else {
            return self.texts.message(finding, &self.context);
        };
        let endpoint = endpoint.to_string();
        let place = match finding.host() {
            Some(host) => {
                let named = [("host", host), ("endpoint", endpoint.as_str())];
                self.texts.say("at-host", &named)
            }
            None => self.texts.say("at-endpoint", &[("endpoint", &endpoint)]),
        };
        let message = self.texts.bare_message(finding, &self.context);
        format!("{place}: {message}")
    }

    /// What to do about it.
    pub(super) fn fix(&self, finding: &Finding) -> Option<Fix> {
        self.texts.fix(finding, &self.context)
    }

    /// What to do where there is only one line for it.
    pub(super) fn in_one_line(&self, fix: &Fix) -> String {
        let mut whole = String::new();
        for line in fix.lines() {
            if !whole.is_empty() {
                // A command has no end of its own.
                let is_ended = whole.ends_with(['.', ':', '?']);
                whole.push_str(if is_ended { " " } else { ". " });
            }
            whole.push_str(&self.texts.line(line));
        }
        whole
    }

    /// Who can mend it. Nobody has to mend a remark.
    pub(super) fn owners(&self, finding: &Finding) -> Vec<String> {
        if finding.severity == Severity::Info {
            return Vec::new();
        }
        let side = self.report.side_of(finding);
        finding
            .owners(self.report.terms().partner)
            .iter()
            .map(|owner| self.owner(*owner, side))
            .collect()
    }

    /// Somebody by the part that is theirs, and by the domain where there are two.
    fn owner(&self, owner: Owner, side: Option<&str>) -> String {
        let name = self.texts.plain(&format!("owner-{}", owner.id()));
        match side {
            Some(side) => {
                let (name, kind) = (name.as_str(), owner.id());
                let named = [("owner", name), ("kind", kind), ("domain", side)];
                self.texts.say("owner-of-side", &named)
            }
            None => name,
        }
    }

    /// Commands that show the same thing. They are there to be copied, so they are never clipped.
    pub(super) fn commands(&self, finding: &Finding) -> Vec<String> {
        verify(finding, &self.context)
    }

    /// The finding to begin with: the first of the worst, since later ones often follow from it.
    /// `None` if there are only remarks.
    pub(super) fn worst(&self) -> Option<&'a Finding> {
        self.report
            .findings()
            .min_by_key(|finding| Reverse(finding.severity))
            .filter(|finding| finding.severity > Severity::Info)
    }

    /// What each owner has to do.
    pub(super) fn todo(&self) -> Vec<Todo> {
        let lists = self.report.tasks().into_iter();
        let lists = lists.map(|tasks| {
            let Tasks {
                owner,
                side,
                findings,
            } = tasks;
            let name = match owner {
                Some(owner) => capitalised(&self.owner(owner, side)),
                None => self.texts.plain("todo-here"),
            };
            let mut tasks: Vec<Task> = Vec::new();
            for task in findings.iter().filter_map(|found| self.task(found, owner)) {
                let same = |known: &&mut Task| known.code == task.code && known.lines == task.lines;
                // Seen at several addresses, it is still one thing to do.
                match tasks.iter_mut().find(same) {
                    Some(known) => known.commands.extend(task.commands),
                    None => tasks.push(task),
                }
            }
            for task in &mut tasks {
                task.commands.dedup();
            }
            Todo { owner, name, tasks }
        });
        lists.filter(|list| !list.tasks.is_empty()).collect()
    }

    /// What this one of its owners has to do about a finding, if anything.
    fn task(&self, finding: &Finding, owner: Option<Owner>) -> Option<Task> {
        let owners = finding.owners(self.report.terms().partner);
        let lines = match self.fix(finding) {
            Some(fix) => fix.of(owner, owners)?.lines().to_vec(),
            None => Vec::new(),
        };
        let lines = lines.into_iter().map(|line| Line {
            // Whose list it is needs no saying in it.
            owner: line.owner.filter(|named| owner != Some(*named)),
            ..line
        });
        Some(Task {
            code: finding.rule.code,
            headline: capitalised(&self.texts.headline(finding, &self.context)),
            lines: lines.collect(),
            commands: self.commands(finding),
        })
    }

    /// Whether so much is to be done that a list of it is easier to follow than the findings.
    pub(super) fn has_much_to_do(&self) -> bool {
        let todo = self.todo();
        let mut codes = todo
            .iter()
            .flat_map(|list| &list.tasks)
            .map(|task| task.code);
        let first = codes.next();
        codes.any(|code| Some(code) != first)
    }

    /// What no check from outside can judge. None of it is a matter of a zone file, nor of what calls.
    pub(super) fn not_judged(&self) -> Vec<String> {
        match self.report.terms().scope {
            Scope::Whole => self.texts.not_judged(self.report.terms().partner).into(),
            Scope::Pair => self.not_judged_of_pair(),
            Scope::ZoneFile | Scope::Outbound => Vec::new(),
        }
    }

    /// What only one of the two sides can show.
    fn not_judged_of_pair(&self) -> Vec<String> {
        let caller = self.caller().unwrap_or_default();
        let facts = self.report.facts().caller.as_ref();
        let is_heard = facts.is_some_and(|caller| !caller.evidence.is_empty());
        let named = [
            ("caller", caller.as_str()),
            ("domain", &self.context.domain),
        ];
        let heard = (!is_heard).then_some("not-judged-pair-way-out");
        let all = heard
            .into_iter()
            .chain(["not-judged-pair-policy", "not-judged-pair-licences"]);
        all.map(|id| self.texts.say(id, &named)).collect()
    }

    /// Whether that is the next question: it is where nothing else stands in the way.
    pub(super) fn is_not_judged_next(&self) -> bool {
        let verdict = self.report.verdict();
        matches!(self.report.terms().scope, Scope::Whole | Scope::Pair)
            && matches!(verdict, Verdict::Ready | Verdict::ReadyWithWarnings)
    }
}

/// As people write it, and as it stands in DNS, where that is not the same.
pub(super) fn in_both_forms(domain: &str) -> String {
    match as_written(domain) {
        Some(written) => format!("{} ({domain})", printable(&written)),
        None => domain.to_owned(),
    }
}

/// What one owner has to do.
pub(super) struct Todo {
    /// Who; `None` is whoever runs the check.
    pub(super) owner: Option<Owner>,
    /// The same in words.
    pub(super) name: String,
    pub(super) tasks: Vec<Task>,
}

/// One thing to do.
pub(super) struct Task {
    pub(super) code: &'static str,
    pub(super) headline: String,
    pub(super) lines: Vec<Line>,
    /// Commands that show whether it is done.
    pub(super) commands: Vec<String>,
}

/// What a domain goes by in a list, in one line.
pub(super) fn labelled(labels: &Labels) -> Option<String> {
    let each = labels.iter();
    let each = each.map(|(name, value)| format!("{name}: {}", printable(value)));
    (!labels.is_empty()).then(|| each.collect::<Vec<_>>().join(", "))
}

/// The status that a finding alone would give its step. Formats show the sign of this status.
pub(super) fn as_status(severity: Severity) -> Status {
    match severity {
        Severity::Fail => Status::Fail,
        Severity::Warn => Status::Warn,
        Severity::Unknown => Status::Unknown,
        Severity::Info => Status::Pass,
    }
}

/// One sign per status, so that colour is only the second signal.
pub(super) fn sign(status: Status) -> &'static str {
    match status {
        Status::Pass => "✔",
        Status::Warn => "!",
        Status::Fail => "✘",
        Status::Skip => "–",
        Status::Unknown => "?",
    }
}
