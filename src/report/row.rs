//! Rows: one step each, with its findings weighed and sorted.

use std::cmp::Reverse;

use strum::{IntoStaticStr, VariantArray};

use crate::model::finding::{Finding, Folded, Judged, Note, Owner, Rule, Severity, Skip, StepId};

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Status {
    /// Judged, nothing wrong.
    Pass,
    /// Works today, or for some partners only.
    Warn,
    /// A partner cannot federate because of this.
    Fail,
    /// Waits for an earlier step, or does not apply.
    Skip,
    /// We could not find out.
    Unknown,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; Self::VARIANTS.len()] =
        *Self::VARIANTS.first_chunk().expect("it has its own length");

    /// The status by its name in the machine formats.
    pub fn id(self) -> &'static str {
        self.into()
    }
}

/// One row of the checklist.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The step.
    pub step: StepId,
    /// Its result.
    pub status: Status,
    /// What it saw, in one line.
    pub seen: Note,
    /// The step it waits for.
    pub needs: Option<StepId>,
    /// What it found, the worst first.
    pub findings: Vec<Finding>,
    /// What it found that follows from something else, and is not shown.
    pub folded: Vec<Folded>,
}

impl Row {
    /// The row of a judged step.
    pub fn new(step: StepId, judged: Judged) -> Self {
        let Judged {
            seen,
            mut findings,
            skip,
            folded,
        } = judged;
        // Stable: within a severity the judge's order stays.
        findings.sort_by_key(|finding| Reverse(finding.severity));
        let needs = match skip {
            Some(Skip::Needs(step)) => Some(step),
            Some(Skip::NotApplicable) | None => None,
        };
        Self {
            step,
            status: status(&findings, skip),
            seen,
            needs,
            findings,
            folded,
        }
    }

    /// Makes a remark of a warning that is none for whoever asks.
    pub fn lower(&mut self, rule: &Rule) {
        let findings = self.findings.iter_mut();
        let warnings =
            findings.filter(|finding| finding.rule == rule && finding.severity == Severity::Warn);
        let mut any = false;
        for finding in warnings {
            finding.severity = Severity::Info;
            any = true;
        }
        if any {
            self.findings
                .sort_by_key(|finding| Reverse(finding.severity));
            self.status = status(&self.findings, self.needs.map(Skip::Needs));
        }
    }

    /// What it found, shown or not.
    pub fn all_findings(&self) -> impl Iterator<Item = &Finding> {
        let folded = self.folded.iter().map(|folded| &folded.finding);
        self.findings.iter().chain(folded)
    }

    /// Who has something to mend here, each once.
    pub fn owners(&self, partner: bool) -> Vec<Owner> {
        let mut owners = Vec::new();
        let findings = self.findings.iter();
        for finding in findings.filter(|finding| finding.severity > Severity::Info) {
            for owner in finding.owners(partner) {
                if !owners.contains(owner) {
                    owners.push(*owner);
                }
            }
        }
        owners
    }
}

/// The status of a step with these findings.
pub(super) fn status(findings: &[Finding], skip: Option<Skip>) -> Status {
    match (findings.iter().map(|finding| finding.severity).max(), skip) {
        (Some(Severity::Fail), _) => Status::Fail,
        (Some(Severity::Unknown), _) => Status::Unknown,
        (Some(Severity::Warn), _) => Status::Warn,
        (Some(Severity::Info) | None, Some(_)) => Status::Skip,
        (Some(Severity::Info) | None, None) => Status::Pass,
    }
}
