//! Remarks that are no findings, and the judgement that both make up.

use super::{Args, Finding, StepId, Value};

/// A remark that is no finding: what a step saw, what a verdict rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// The message in the texts.
    pub id: &'static str,
    /// Its arguments.
    pub args: Args,
}

impl Note {
    /// A note without arguments.
    pub fn new(id: &'static str) -> Self {
        Self {
            id,
            args: Args::default(),
        }
    }

    /// With one more named argument.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.args.push(name, value);
        self
    }
}

/// What a judge makes of the facts.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// What the step saw, in one line.
    pub seen: Note,
    /// What it found.
    pub findings: Vec<Finding>,
    /// Set when there was nothing to judge.
    pub skip: Option<Skip>,
    /// What was found, but follows from something else.
    pub folded: Vec<Folded>,
}

/// A finding that is not shown, because it follows from another.
#[derive(Clone, Debug, PartialEq)]
pub struct Folded {
    /// The step of the finding that it follows from.
    pub cause: StepId,
    /// The finding.
    pub finding: Finding,
}

/// Why a step was not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// It waits for this step.
    Needs(StepId),
    /// It does not apply.
    NotApplicable,
}

impl Judged {
    /// A judged step.
    pub fn new(seen: Note, findings: Vec<Finding>) -> Self {
        Self {
            seen,
            findings,
            skip: None,
            folded: Vec::new(),
        }
    }

    /// A step that waits for another.
    pub fn waits_for(step: StepId, seen: Note) -> Self {
        Self {
            seen,
            findings: Vec::new(),
            skip: Some(Skip::Needs(step)),
            folded: Vec::new(),
        }
    }
}
