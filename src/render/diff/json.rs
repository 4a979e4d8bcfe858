//! For programs: one object, a line for each domain, so that it can be written as it is found.

use std::io::{self, Write};

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Compared;
use super::contract::{
    Document, JsonCause, JsonChange, JsonDifference, JsonSide, JsonSummary, JsonTransition,
    JsonTurned, OutcomeId, Tool,
};
use crate::compare::{
    ALL_VERDICTS, Cause, Change, Difference, Leaf, Outcome, Seen, Shown, Subject, Tally, Turn,
    Turned,
};
use crate::render::json::harmless::{self, Layout};
use crate::render::outcomes::{Ending, no_answer_key, tcp_key};
use crate::render::words::Words;
use crate::report::Report;
use crate::text::Texts;

/// The version of the contract.
const SCHEMA: u32 = 1;

pub(super) fn begin(out: &mut dyn Write) -> io::Result<()> {
    let tool = Tool {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
    };
    write!(out, "{{\"schema\":{SCHEMA},\"tool\":")?;
    harmless::write(&tool, Layout::Line, out)?;
    write!(out, ",\"differences\":[")
}

pub(super) fn write(
    compared: &Compared<'_>,
    texts: &Texts,
    is_first: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{}", if is_first { "" } else { "," })?;
    harmless::write(&difference(compared, texts)?, Layout::Line, out)
}

pub(super) fn end(tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "\n],\"summary\":")?;
    harmless::write(&summary(tally), Layout::Line, out)?;
    writeln!(out, "}}")
}

/// Writes the JSON Schema of the document.
pub(crate) fn write_schema(out: &mut dyn Write) -> io::Result<()> {
    let schema = schemars::schema_for!(Document);
    serde_json::to_writer_pretty(&mut *out, &schema)?;
    writeln!(out)
}

fn difference(compared: &Compared<'_>, texts: &Texts) -> io::Result<JsonDifference> {
    let alone = |report: &Report, obstacle| -> io::Result<JsonDifference> {
        Ok(JsonDifference {
            domain: report.terms().domain.to_string(),
            outcome: OutcomeId::NotComparable,
            obstacle: Some(obstacle),
            before: None,
            after: side(report)?,
            findings: Vec::new(),
            facts: Vec::new(),
            same_findings: 0,
            same_facts: 0,
        })
    };
    let difference = match compared {
        Compared::Difference(difference) => *difference,
        Compared::NotComparable(report, obstacle) => return alone(report, obstacle.id()),
        Compared::Alone(report) => return alone(report, "no-earlier-report"),
    };
    let Difference {
        old,
        new,
        turns,
        changes,
        same_findings,
        same_facts,
    } = difference;
    Ok(JsonDifference {
        domain: new.terms().domain.to_string(),
        outcome: match difference.outcome() {
            Outcome::Same => OutcomeId::Same,
            Outcome::Changed => OutcomeId::Changed,
            Outcome::Worse => OutcomeId::Worse,
            Outcome::Unknown => OutcomeId::Unknown,
            Outcome::NotComparable => OutcomeId::NotComparable,
        },
        obstacle: None,
        before: Some(side(old)?),
        after: side(new)?,
        findings: turns
            .iter()
            .map(|it| turned(it, difference, texts))
            .collect(),
        facts: changes.iter().map(change).collect::<io::Result<_>>()?,
        same_findings: *same_findings,
        same_facts: *same_facts,
    })
}

fn side(report: &Report) -> io::Result<JsonSide> {
    Ok(JsonSide {
        at: moment(report.terms().now)?,
        verdict: report.verdict().id(),
    })
}

fn moment(moment: OffsetDateTime) -> io::Result<String> {
    moment.format(&Rfc3339).map_err(io::Error::other)
}

fn turned(turned: &Turned<'_>, difference: &Difference<'_>, texts: &Texts) -> JsonTurned {
    let (report, finding) = match (turned.after, turned.before) {
        (Some(after), _) => (difference.new, after),
        (None, Some(before)) => (difference.old, before),
        (None, None) => unreachable!("what is in neither report has not turned"),
    };
    let causes = turned.causes.iter().map(|cause| {
        let (kind, fact) = match cause {
            Cause::Fact(at) => ("fact", Some(*at)),
            Cause::Clock => ("clock", None),
            Cause::Decision => ("decision", None),
            Cause::Passing => ("passing", None),
        };
        JsonCause { kind, fact }
    });
    JsonTurned {
        fate: turned.fate.id(),
        step: turned.step.id(),
        code: finding.rule.code,
        before: turned.before.map(|before| before.severity.id()),
        after: turned.after.map(|after| after.severity.id()),
        endpoint: finding.endpoint.map(|endpoint| endpoint.to_string()),
        message: Words::of(report, texts).message(finding),
        causes: causes.collect(),
    }
}

fn change(change: &Change) -> io::Result<JsonChange> {
    let (about, name, record, witness) = match &change.subject {
        Subject::Question {
            name,
            record,
            witness,
        } => (
            "record",
            Some(name.clone()),
            Some(record.clone()),
            witness.clone(),
        ),
        Subject::Server(fqdn) => ("server", Some(fqdn.clone()), None, None),
        Subject::Domain => ("domain", None, None, None),
    };
    Ok(JsonChange {
        about,
        name,
        record,
        witness,
        addresses: change.places.clone(),
        kind: change.label,
        path: change.path.clone(),
        step: change.step.id(),
        before: seen(&change.before)?,
        after: seen(&change.after)?,
        certificate: change.turns.iter().map(Turn::id).collect(),
    })
}

/// In the words of the reports, the same in every language.
fn seen(seen: &Seen) -> io::Result<Value> {
    let ending = |ending: Ending| match ending.detail.as_str() {
        "" => ending.how.to_owned(),
        detail => format!("{}: {detail}", ending.how),
    };
    Ok(match &seen.shown {
        Shown::Nothing => Value::Null,
        Shown::NoRecords(outcome) => {
            let (key, detail) = no_answer_key(outcome);
            match detail.as_str() {
                "" => json!(key),
                detail => json!(format!("{key}: {detail}")),
            }
        }
        Shown::Tcp(outcome) => json!(tcp_key(*outcome)),
        Shown::Tls(outcome) => json!(ending(Ending::of_tls(outcome))),
        Shown::Sip(outcome) => json!(ending(Ending::of_sip(outcome))),
        Shown::Certificate(leaf) => certificate(leaf)?,
        Shown::List(list) => json!(list),
        Shown::Switch(is) => json!(is),
        Shown::Text(text) => json!(text),
    })
}

fn certificate(leaf: &Leaf) -> io::Result<Value> {
    let mut value = json!({ "sha256": leaf.fingerprint, "serial": leaf.serial });
    if let Some(read) = &leaf.read {
        value["subject"] = json!(read.subject);
        value["issuer"] = json!(read.issuer);
        value["names"] = json!(read.dns_names());
        value["not_before"] = json!(moment(read.not_before)?);
        value["not_after"] = json!(moment(read.not_after)?);
    }
    Ok(value)
}

fn summary(tally: &Tally) -> JsonSummary {
    let rows = ALL_VERDICTS.into_iter().zip(tally.transitions());
    let transitions = rows.flat_map(|(before, counts)| {
        let counts = ALL_VERDICTS.into_iter().zip(counts);
        counts.map(move |(after, count)| JsonTransition {
            before: before.id(),
            after: after.id(),
            count: *count,
        })
    });
    JsonSummary {
        compared: tally.compared(),
        worse: tally.worse(),
        changed: tally.changed(),
        unknown: tally.unknown(),
        same: tally.same(),
        not_comparable: tally.not_comparable,
        only_old: tally.only_old,
        only_new: tally.only_new,
        transitions: transitions.filter(|it| it.count > 0).collect(),
    }
}
