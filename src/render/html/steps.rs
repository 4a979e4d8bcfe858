//! The six steps in the guide's order: the status of each, what it saw, and its findings with what
//! to do, who does it, and the commands that show the same thing.

use maud::{Markup, html};

use super::signs::mark;
use super::{clip_to, headed, todo};
use crate::model::finding::{Finding, Note, Severity};
use crate::render::words::{Words, as_status};
use crate::report::Row;

/// Messages are clipped here, in characters: they quote what strangers wrote.
const MESSAGE: usize = 1200;

/// How many findings of one code are shown in full. What to do is the same for the others, so only
/// their messages are shown.
const WHOLE: usize = 6;

/// The steps with their findings.
pub(super) fn steps(words: &Words<'_>, id: &str, level: u8) -> Markup {
    html! {
        section.steps {
            (headed(level, None, &html! { (words.texts.plain("html-steps")) }))
            ol { @for row in &words.report.rows { (step(words, row, id, level + 1)) } }
            @if let Some(worst) = words.worst() {
                p.hint { (words.texts.say("explain-hint", &[("code", worst.rule.code)])) }
            }
        }
    }
}

/// What was found about the renewal of the certificate, below the steps: it is none.
pub(super) fn renewal(words: &Words<'_>, level: u8) -> Markup {
    let Some(findings) = &words.report.renewal else {
        return Markup::default();
    };
    html! {
        section.steps {
            (headed(level, None, &html! { (words.texts.plain("renewal-title")) }))
            p.hint { (words.texts.plain("renewal-about")) }
            @for one in findings { (finding(words, one, true)) }
        }
    }
}

fn step(words: &Words<'_>, row: &Row, id: &str, level: u8) -> Markup {
    let is_remark = |finding: &&Finding| finding.severity == Severity::Info;
    let (remarks, findings): (Vec<&Finding>, Vec<&Finding>) =
        row.findings.iter().partition(is_remark);
    html! {
        li.step.(row.status.id()) id={ (id) "-" (row.step.id()) } {
            (headed(level, None, &html! {
                span.number { (row.step.number()) } " " (words.step(row.step)) " "
                span.chip.(row.status.id()) { (mark(row.status)) (words.status(row.status)) }
            }))
            p.seen { (clip_to(&words.seen(row), MESSAGE)) }
            @for (index, finding) in findings.iter().enumerate() {
                (self::finding(words, finding, repeats(&findings[..index], finding) < WHOLE))
            }
            @if !remarks.is_empty() { (self::remarks(words, &remarks)) }
        }
    }
}

/// How many of these findings have the same code as this one.
fn repeats(findings: &[&Finding], finding: &Finding) -> usize {
    let has_same_code = |earlier: &&&Finding| earlier.rule.code == finding.rule.code;
    findings.iter().filter(has_same_code).count()
}

fn remarks(words: &Words<'_>, remarks: &[&Finding]) -> Markup {
    let count = i64::try_from(remarks.len()).unwrap_or(i64::MAX);
    let note = Note::new("html-remarks").with("count", count);
    html! {
        details {
            summary { (words.texts.note(&note, &words.context)) }
            @for (index, remark) in remarks.iter().enumerate() {
                (finding(words, remark, repeats(&remarks[..index], remark) < WHOLE))
            }
        }
    }
}

fn finding(words: &Words<'_>, finding: &Finding, whole: bool) -> Markup {
    let status = as_status(finding.severity);
    let severity = words
        .texts
        .plain(&format!("severity-{}", finding.severity.id()));
    let class = finding.severity.id();
    html! {
        div.finding.(class) {
            p.message {
                strong { @if finding.severity > Severity::Info { (mark(status)) } (severity) ":" }
                " " (clip_to(&words.message(finding), MESSAGE)) " "
                code.code { (finding.rule.code) }
            }
            @if whole { (remedy(words, finding)) }
        }
    }
}

fn remedy(words: &Words<'_>, finding: &Finding) -> Markup {
    let fix = words.fix(finding);
    let owners = words.owners(finding);
    let commands = words.commands(finding);
    if fix.is_none() && owners.is_empty() && commands.is_empty() {
        return Markup::default();
    }
    html! {
        dl {
            @if let Some(fix) = fix {
                dt { (words.texts.plain("label-fix")) }
                dd.fix { (todo::lines(words, fix.lines())) }
            }
            @if !owners.is_empty() {
                dt { (words.texts.plain("label-owner")) }
                dd { (owners.join(", ")) }
            }
            @if !commands.is_empty() {
                dt { (words.texts.plain("label-check")) }
                dd { @for command in commands { pre { code { (command) } } } }
            }
        }
    }
}
