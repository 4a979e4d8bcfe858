//! `xfed explain`: what a code, a step, a number or another subject means, from the same catalogues
//! as the rules themselves. The contents are gathered here; how they look is up to the two forms.

pub(crate) mod find;
pub(crate) mod list;
mod markdown;
mod text;

use std::io::{self, Write};

use super::{Look, layout};
use crate::judge::{ANY_STEP, PLACES, RENEWAL, all_rules, rules_of};
use crate::known::ms_diagnostics::{self, DIAGNOSTICS, Diagnostic};
use crate::known::subjects::{self, DIFFERENCES, GUIDE, Kind, SUBJECTS, Subject};
use crate::model::finding::{Rule, Severity, StepId};
use crate::text::{Texts, verify_by_rule};

/// A way to write explanations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// For a terminal.
    #[default]
    Text,
    /// For a ticket or a wiki; with --all: the reference.
    Markdown,
}

/// What can be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A finding, and the step it belongs to.
    Rule(Option<StepId>, &'static Rule),
    /// A step of the checklist.
    Step(StepId),
    /// An ms-diagnostics number of Microsoft.
    Diagnostic(&'static Diagnostic),
    /// What is no finding: a symptom, a trap, the guide.
    Subject(&'static Subject),
}

impl Topic {
    /// The topic of this name: a code, a step by its id or number, an ms-diagnostics number, another
    /// subject.
    pub fn find(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        if let Ok(number) = name.parse() {
            let step = StepId::ALL
                .into_iter()
                .find(|step| u16::from(step.number()) == number);
            return step
                .map(Self::Step)
                .or_else(|| ms_diagnostics::find(number).map(Self::Diagnostic));
        }
        let step = every_step().find(|step| step.id() == name).map(Self::Step);
        let subject = || subjects::find(&name).map(Self::Subject);
        step.or_else(subject).or_else(|| {
            all_rules()
                .find(|(_, rule)| rule.code == name)
                .map(|(step, rule)| Self::Rule(step, rule))
        })
    }

    /// The name that [`Topic::find`] knows it by.
    pub fn name(self) -> String {
        match self {
            Self::Rule(_, rule) => rule.code.to_owned(),
            Self::Step(step) => step.id().to_owned(),
            Self::Diagnostic(diagnostic) => diagnostic.number.to_string(),
            Self::Subject(subject) => subject.name.to_owned(),
        }
    }

    /// Every name that [`Topic::find`] knows, codes first.
    pub fn names() -> impl Iterator<Item = String> {
        let codes = all_rules().map(|(step, rule)| Self::Rule(step, rule));
        let steps = every_step().map(Self::Step);
        let numbers = DIAGNOSTICS.iter().map(Self::Diagnostic);
        let subjects = SUBJECTS.iter().map(Self::Subject);
        let all = codes.chain(steps).chain(numbers).chain(subjects);
        all.map(Self::name)
    }

    /// Writes the explanation.
    pub fn write(
        self,
        form: Form,
        texts: &Texts,
        look: Look,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let explanation = Explanation::of(self, texts);
        match form {
            Form::Text => text::write(&explanation, texts, look, out),
            Form::Markdown => layout::in_file_as_wanted(look, out, |out| {
                markdown::write(&explanation, texts, out)
            }),
        }
    }
}

/// Writes all there is to explain: the steps, each with its findings, the ms-diagnostics numbers,
/// the other subjects, and what is never judged.
pub fn write_all(form: Form, texts: &Texts, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let reference = Reference::new(texts);
    match form {
        Form::Text => text::write_all(&reference, texts, look, out),
        Form::Markdown => {
            layout::in_file_as_wanted(look, out, |out| markdown::write_all(&reference, texts, out))
        }
    }
}

/// The sections about a topic, in the order in which they are shown.
struct Explanation {
    topic: Topic,
    sections: Vec<Section>,
}

/// A heading and what stands below it.
struct Section {
    heading: String,
    body: Body,
}

enum Body {
    Prose(String),
    /// The source of the prose.
    Source(String),
    /// Commands to be copied, so they are never wrapped.
    Commands(Vec<String>),
    /// What a step can find.
    Findings(Vec<(Option<StepId>, &'static Rule)>),
    Topics(Vec<Topic>),
    Severity(&'static Rule),
    /// The step that a finding belongs to; `None` if any step can have it.
    Place(Option<StepId>),
    Owners(&'static Rule),
}

impl Explanation {
    fn of(topic: Topic, texts: &Texts) -> Self {
        let sections = match topic {
            Topic::Rule(step, rule) => of_rule(step, rule, texts),
            Topic::Step(step) => of_step(step, texts),
            Topic::Diagnostic(diagnostic) => of_diagnostic(diagnostic, texts),
            Topic::Subject(subject) => of_subject(subject, texts),
        };
        let sections = sections
            .into_iter()
            .map(|(heading, body)| Section {
                heading: texts.plain(heading),
                body,
            })
            .collect();
        Self { topic, sections }
    }
}

fn of_rule(step: Option<StepId>, rule: &'static Rule, texts: &Texts) -> Vec<(&'static str, Body)> {
    let mut sections = prose(rule.code, texts);
    let commands = verify_by_rule(rule.verify);
    if !commands.is_empty() {
        sections.push(("explain-verify", Body::Commands(commands)));
    }
    sections.push(("explain-severity", Body::Severity(rule)));
    // The renewal is no step, and what places show together stands beside several.
    if !RENEWAL.contains(&rule) && !PLACES.contains(&rule) {
        sections.push(("explain-step", Body::Place(step)));
    }
    if !rule.owners.is_empty() {
        sections.push(("explain-owner", Body::Owners(rule)));
    }
    let related = related(rule);
    if !related.is_empty() {
        sections.push(("explain-see", Body::Topics(related)));
    }
    sections.extend(source(rule.code, texts));
    sections
}

/// The numbers and subjects that a finding explains.
fn related(rule: &Rule) -> Vec<Topic> {
    let numbers = DIAGNOSTICS.iter();
    let numbers = numbers.filter(|diagnostic| diagnostic.codes.contains(&rule.code));
    let differs = DIFFERENCES
        .iter()
        .any(|difference| difference.codes.contains(&rule.code));
    let subjects = SUBJECTS
        .iter()
        .filter(|subject| subject.codes.contains(&rule.code) || (differs && subject.name == GUIDE));
    let numbers = numbers.map(Topic::Diagnostic);
    numbers.chain(subjects.map(Topic::Subject)).collect()
}

fn of_step(step: StepId, texts: &Texts) -> Vec<(&'static str, Body)> {
    let id = format!("step-{}", step.id());
    let mut sections = prose(&id, texts);
    let shared = ANY_STEP.iter().map(|rule| (None, *rule));
    let own = rules_of(step).iter().map(|rule| (Some(step), *rule));
    let findings = own.chain(shared);
    sections.push(("explain-findings", Body::Findings(findings.collect())));
    sections.extend(source(&id, texts));
    sections
}

fn of_diagnostic(diagnostic: &'static Diagnostic, texts: &Texts) -> Vec<(&'static str, Body)> {
    let mut sections = vec![("explain-what", Body::Prose(texts.plain(diagnostic.text)))];
    let steps = diagnostic.steps.iter().copied().map(Topic::Step);
    let codes = diagnostic.codes.iter().filter_map(|code| Topic::find(code));
    let more: Vec<Topic> = steps.chain(codes).collect();
    if !more.is_empty() {
        sections.push(("explain-see", Body::Topics(more)));
    }
    sections.push(("explain-source", Body::Source("[MS-OCER] §8.2".to_owned())));
    sections
}

fn of_subject(subject: &'static Subject, texts: &Texts) -> Vec<(&'static str, Body)> {
    let mut sections = prose_under("explain-do", subject.text, texts);
    if !subject.commands.is_empty() {
        let commands = subject.commands.iter().map(|line| (*line).to_owned());
        sections.push(("explain-try", Body::Commands(commands.collect())));
    }
    if let Some(unknown) = texts.attribute(subject.text, "unknown") {
        sections.push(("explain-unknown", Body::Prose(unknown)));
    }
    let mut codes = subject.codes.to_vec();
    if subject.name == GUIDE {
        for difference in &DIFFERENCES {
            let what = texts.attribute(difference.text, "what").unwrap_or_default();
            sections.push((difference.text, Body::Prose(what)));
            codes.extend(difference.codes);
        }
    }
    let codes = codes.into_iter().filter_map(Topic::find);
    let numbers = subject.numbers.iter().copied();
    let numbers = numbers.filter_map(ms_diagnostics::find);
    let more: Vec<Topic> = numbers.map(Topic::Diagnostic).chain(codes).collect();
    if !more.is_empty() {
        sections.push(("explain-see", Body::Topics(more)));
    }
    sections.extend(source(subject.text, texts));
    sections
}

/// The subjects of one kind.
fn subjects_of(kind: Kind) -> impl Iterator<Item = Topic> {
    let subjects = SUBJECTS.iter();
    let of_kind = subjects.filter(move |subject| subject.kind == kind);
    of_kind.map(Topic::Subject)
}

fn prose(id: &str, texts: &Texts) -> Vec<(&'static str, Body)> {
    prose_under("explain-mend", id, texts)
}

/// The same, with another heading over what is to be done.
fn prose_under(mend: &'static str, id: &str, texts: &Texts) -> Vec<(&'static str, Body)> {
    [
        ("what", "explain-what"),
        ("why", "explain-why"),
        ("mend", mend),
    ]
    .into_iter()
    .filter_map(|(part, heading)| Some((heading, Body::Prose(texts.attribute(id, part)?))))
    .collect()
}

fn source(id: &str, texts: &Texts) -> Option<(&'static str, Body)> {
    let source = texts.attribute(id, "source")?;
    Some(("explain-source", Body::Source(source)))
}

/// All explanations, in the order of the checklist.
struct Reference {
    chapters: Vec<Chapter>,
    /// What no check from outside can judge.
    not_judged: Vec<String>,
}

struct Chapter {
    title: String,
    /// The explanation of the chapter's step.
    opening: Option<Explanation>,
    explanations: Vec<Explanation>,
}

impl Reference {
    fn new(texts: &Texts) -> Self {
        let explain = |topic| Explanation::of(topic, texts);
        let of_step = |step: StepId| Chapter {
            title: step_title(step, texts),
            opening: Some(explain(Topic::Step(step))),
            explanations: rules_of(step)
                .iter()
                .map(|rule| explain(Topic::Rule(Some(step), rule)))
                .collect(),
        };
        let mut chapters: Vec<Chapter> = StepId::ALL.into_iter().map(of_step).collect();
        chapters.push(Chapter {
            title: texts.plain("explain-every-step"),
            opening: None,
            explanations: ANY_STEP
                .iter()
                .map(|rule| explain(Topic::Rule(None, rule)))
                .collect(),
        });
        chapters.push(Chapter {
            title: texts.plain("explain-places"),
            opening: None,
            explanations: PLACES
                .iter()
                .map(|rule| explain(Topic::Rule(None, rule)))
                .collect(),
        });
        chapters.push(Chapter {
            title: texts.plain("renewal-title"),
            opening: None,
            explanations: RENEWAL
                .iter()
                .map(|rule| explain(Topic::Rule(None, rule)))
                .collect(),
        });
        chapters.extend(StepId::OUTBOUND.map(of_step));
        chapters.extend(StepId::PAIR.map(of_step));
        chapters.push(Chapter {
            title: texts.plain("explain-diagnostics"),
            opening: None,
            explanations: DIAGNOSTICS
                .iter()
                .map(|diagnostic| explain(Topic::Diagnostic(diagnostic)))
                .collect(),
        });
        chapters.extend(Kind::ALL.map(|kind| Chapter {
            title: texts.plain(kind.title()),
            opening: None,
            explanations: subjects_of(kind).map(explain).collect(),
        }));
        let not_judged = texts.not_judged(false).to_vec();
        Self {
            chapters,
            not_judged,
        }
    }
}

/// The steps of all checklists.
fn every_step() -> impl Iterator<Item = StepId> {
    let beside = StepId::OUTBOUND.into_iter().chain(StepId::PAIR);
    StepId::ALL.into_iter().chain(beside)
}

/// A step with its number in the checklist: "5 Certificate". The other direction has numbers of its
/// own, and says so.
fn step_title(step: StepId, texts: &Texts) -> String {
    let name = texts.plain(&format!("step-{}", step.id()));
    let number = step.number().to_string();
    let named = [("number", number.as_str()), ("step", &name)];
    match step {
        _ if step.is_outbound() => texts.say("explain-outbound-step", &named),
        _ if StepId::PAIR.contains(&step) => texts.say("explain-pair-step", &named),
        _ => format!("{number} {name}"),
    }
}

/// Microsoft's words for a number, as far as they are known.
fn reason(diagnostic: &Diagnostic, texts: &Texts) -> String {
    match diagnostic.reason {
        "" => texts.plain("explain-no-wording"),
        reason => reason.to_owned(),
    }
}

fn severity(rule: &Rule, texts: &Texts) -> String {
    let name = |severity: Severity| texts.plain(&format!("severity-{}", severity.id()));
    if rule.as_partner == rule.severity {
        return name(rule.severity);
    }
    texts.say(
        "explain-severity-partner",
        &[
            ("severity", &name(rule.severity)),
            ("partner", &name(rule.as_partner)),
        ],
    )
}

fn owners(rule: &Rule, texts: &Texts) -> String {
    let owners: Vec<String> = rule
        .owners
        .iter()
        .map(|owner| texts.plain(&format!("owner-{}", owner.id())))
        .collect();
    owners.join(", ")
}
