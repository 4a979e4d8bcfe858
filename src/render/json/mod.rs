//! The machine contract: one object with all reports, versioned. Within one version of the schema
//! fields are only added. These types are the contract; the internal ones may change freely.

pub mod lines;

use std::collections::BTreeMap;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::contents::Holds;
use crate::model::finding::{Finding, Severity, Value};
use crate::model::plan::Federation;
use crate::model::policy::AcceptanceState;
use crate::report::{FACTS_SCHEMA, Report, Row, SCHEMA};
use crate::text::{Context, Texts, is_harmful, verify};
use lines::JsonLine;

/// The output of `xfed check --format json`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "xfed report")]
pub struct Document {
    /// Version of this contract; within it, fields are only added.
    schema: u32,
    /// The program that wrote it.
    tool: Tool,
    /// One report per domain, in the order asked for.
    reports: Vec<JsonReport>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    pub(super) fn this() -> Self {
        Self {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// The checklist of one domain.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonReport {
    /// The XPhone domain, as A-labels.
    domain: String,
    /// What was typed.
    input: String,
    /// `partner` wins over the other two; see `direct`.
    mode: Mode,
    /// Judged by the rules of direct federation.
    direct: bool,
    /// The public names of the servers that were looked at.
    fqdns: Vec<String>,
    /// When the check was made, RFC 3339, to the second. Judged again, `terms.now` may be another moment.
    made_at: String,
    verdict: VerdictId,
    /// What the verdict rests on, where that is less than it seems.
    reservations: Vec<String>,
    /// Findings that are accepted for this domain, and what became of each acceptance.
    acceptances: Vec<JsonAcceptance>,
    /// How long the check took, in milliseconds.
    elapsed_ms: u64,
    /// The six steps of the guide, in its order.
    steps: Vec<JsonStep>,
    /// What `facts` hold, so that it is known what is passed on with them. Never a private key.
    holds: Vec<Holds>,
    /// What is local to the machine that made the report was left out (`--redact`): local addresses
    /// are replaced by documentation addresses.
    redacted: bool,
    /// Version of `facts` and `terms`.
    facts_schema: u32,
    /// What was to be judged, and how: with `facts`, all that `xfed replay` needs.
    terms: serde_json::Value,
    /// What was seen on the network.
    facts: serde_json::Value,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    Open,
    Direct,
    Partner,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum VerdictId {
    Ready,
    ReadyWithWarnings,
    NotReady,
    Inconclusive,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum StatusId {
    Pass,
    Warn,
    Fail,
    Skip,
    Unknown,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum SeverityId {
    Fail,
    Warn,
    Info,
    Unknown,
}

#[derive(Debug, Serialize, JsonSchema)]
struct JsonAcceptance {
    /// The code that is accepted.
    code: String,
    /// Why; empty with `--redact`.
    reason: String,
    /// The last day, in UTC.
    until: String,
    state: StateId,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum StateId {
    /// It matches a finding of this report.
    Applied,
    /// It matches a finding of another report of the run.
    Elsewhere,
    /// The step it is about was not tested.
    Untested,
    /// It matches nothing.
    Unused,
    /// Its day has passed.
    Expired,
}

#[derive(Debug, Serialize, JsonSchema)]
struct JsonAccepted {
    /// Why; empty with `--redact`.
    reason: String,
    /// The last day, in UTC.
    until: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct JsonStep {
    /// The guide's number, 1 to 6.
    number: u8,
    /// `domain`, `address`, `srv`, `tcp`, `certificate` or `federation`.
    id: &'static str,
    status: StatusId,
    /// What was seen, for people.
    summary: String,
    /// The step that a skipped one waits for; `null` when it does not apply.
    needs: Option<&'static str>,
    /// Who has something to mend: `xphone-admin`, `dns-admin`, `network`, `partner`.
    owners: Vec<&'static str>,
    findings: Vec<JsonFinding>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct JsonFinding {
    /// Stable code; `xfed explain CODE` says more.
    code: &'static str,
    severity: SeverityId,
    /// What it would weigh without `[severity]` and `[[accept]]` of the configuration.
    default_severity: SeverityId,
    /// Set where it is accepted: a failure then weighs as a warning.
    accepted: Option<JsonAccepted>,
    owners: Vec<&'static str>,
    /// What was observed and what was expected, for people.
    message: String,
    /// What to do, for people; `null` where there is nothing to do.
    fix: Option<String>,
    /// Commands that show the same thing.
    verify: Vec<String>,
    /// The endpoint it was seen at, `ADDRESS:PORT`; `null` when it holds for all.
    endpoint: Option<String>,
    /// The values that the message names.
    args: BTreeMap<&'static str, serde_json::Value>,
}

/// Writes one document with all reports.
///
/// # Errors
///
/// Those of the writer.
pub fn write(reports: &[Report], texts: &Texts, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        tool: Tool::this(),
        reports: reports
            .iter()
            .map(|report| json_report(report, texts))
            .collect::<io::Result<_>>()?,
    };
    let harmless = Harmless(PrettyFormatter::new());
    let mut json = serde_json::Serializer::with_formatter(&mut *out, harmless);
    document.serialize(&mut json)?;
    writeln!(out)
}

/// JSON in which what could harm a terminal is escaped. serde_json escapes what JSON
/// demands, which leaves C1 controls and direction marks as they are.
pub(super) struct Harmless<F>(pub(super) F);

impl<F: Formatter> Formatter for Harmless<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((index, harmful)) = rest
            .char_indices()
            .find(|(_, character)| is_harmful(*character))
        {
            out.write_all(&rest.as_bytes()[..index])?;
            for unit in harmful.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[index + harmful.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

/// Writes the JSON Schema of the contract: of the document, and among its definitions of a line of
/// `jsonl`.
///
/// # Errors
///
/// Those of the writer.
pub fn write_schema(out: &mut dyn Write) -> io::Result<()> {
    let mut generator = schemars::SchemaGenerator::default();
    generator.subschema_for::<JsonLine>();
    let schema = generator.into_root_schema_for::<Document>();
    serde_json::to_writer_pretty(&mut *out, &schema)?;
    writeln!(out)
}

pub(super) fn json_report(report: &Report, texts: &Texts) -> io::Result<JsonReport> {
    let context = Context::of(report);
    Ok(JsonReport {
        domain: report.terms().domain.to_string(),
        input: report.check.input.clone(),
        mode: match report.terms().federation {
            _ if report.terms().partner => Mode::Partner,
            Federation::Open => Mode::Open,
            Federation::Direct => Mode::Direct,
        },
        direct: report.terms().federation == Federation::Direct,
        fqdns: report.fqdns.iter().map(ToString::to_string).collect(),
        made_at: to_the_second(report.terms().made_at)
            .format(&Rfc3339)
            .map_err(io::Error::other)?,
        verdict: verdict_id(report),
        reservations: report
            .reservations()
            .iter()
            .map(|note| texts.note(note, &context))
            .collect(),
        acceptances: acceptances(report),
        elapsed_ms: report.check.elapsed_us / 1000,
        steps: report
            .rows
            .iter()
            .map(|row| step(row, report, texts, &context))
            .collect(),
        holds: Holds::of(report),
        redacted: report.check.redacted,
        facts_schema: FACTS_SCHEMA,
        terms: serde_json::to_value(report.terms())?,
        facts: serde_json::to_value(report.facts())?,
    })
}

fn to_the_second(moment: OffsetDateTime) -> OffsetDateTime {
    moment.replace_nanosecond(0).unwrap_or(moment)
}

fn verdict_id(report: &Report) -> VerdictId {
    use crate::report::Verdict;
    match report.verdict() {
        Verdict::Ready => VerdictId::Ready,
        Verdict::ReadyWithWarnings => VerdictId::ReadyWithWarnings,
        Verdict::NotReady => VerdictId::NotReady,
        Verdict::Inconclusive => VerdictId::Inconclusive,
    }
}

fn step(row: &Row, report: &Report, texts: &Texts, context: &Context) -> JsonStep {
    use crate::report::Status;
    JsonStep {
        number: row.step.number(),
        id: row.step.id(),
        status: match row.status {
            Status::Pass => StatusId::Pass,
            Status::Warn => StatusId::Warn,
            Status::Fail => StatusId::Fail,
            Status::Skip => StatusId::Skip,
            Status::Unknown => StatusId::Unknown,
        },
        summary: texts.note(&row.seen, context),
        needs: row.needs.map(crate::model::finding::StepId::id),
        owners: row
            .owners(report.terms().partner)
            .iter()
            .map(|owner| owner.id())
            .collect(),
        findings: row
            .findings
            .iter()
            .map(|one| finding(one, report, texts, context))
            .collect(),
    }
}

fn finding(finding: &Finding, report: &Report, texts: &Texts, context: &Context) -> JsonFinding {
    JsonFinding {
        code: finding.rule.code,
        severity: severity_id(finding.severity),
        default_severity: severity_id(finding.by_default()),
        accepted: finding.accepted().map(|accepted| JsonAccepted {
            reason: accepted.reason.clone(),
            until: accepted.until.to_string(),
        }),
        owners: finding
            .owners(report.terms().partner)
            .iter()
            .map(|owner| owner.id())
            .collect(),
        message: texts.message(finding, context),
        fix: texts.fix(finding, context),
        verify: verify(finding, context),
        endpoint: finding.endpoint.map(|endpoint| endpoint.to_string()),
        args: finding
            .args
            .iter()
            .map(|(name, value)| (name, json_value(value)))
            .collect(),
    }
}

fn severity_id(severity: Severity) -> SeverityId {
    match severity {
        Severity::Fail => SeverityId::Fail,
        Severity::Warn => SeverityId::Warn,
        Severity::Info => SeverityId::Info,
        Severity::Unknown => SeverityId::Unknown,
    }
}

fn acceptances(report: &Report) -> Vec<JsonAcceptance> {
    let all = report.terms().policy.accept.iter().zip(&report.acceptances);
    all.map(|(acceptance, state)| JsonAcceptance {
        code: acceptance.code.clone(),
        reason: acceptance.reason.clone(),
        until: acceptance.until.to_string(),
        state: match state {
            AcceptanceState::Applied => StateId::Applied,
            AcceptanceState::Elsewhere => StateId::Elsewhere,
            AcceptanceState::Untested => StateId::Untested,
            AcceptanceState::Unused => StateId::Unused,
            AcceptanceState::Expired => StateId::Expired,
        },
    })
    .collect()
}

/// Arguments as they are: JSON escapes what a terminal must not see.
fn json_value(value: &Value) -> serde_json::Value {
    match value {
        Value::Text(text) => text.as_str().into(),
        Value::Number(number) => (*number).into(),
        Value::List(list) => list.as_slice().into(),
        Value::Date(moment) | Value::Time(moment) => {
            moment.format(&Rfc3339).unwrap_or_default().into()
        }
    }
}
