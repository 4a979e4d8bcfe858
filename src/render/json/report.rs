//! Fills the types of the contract from a report.

use std::collections::BTreeMap;
use std::io;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::contract::{
    JsonAcceptance, JsonAccepted, JsonCertificate, JsonFinding, JsonPlace, JsonPlaceFailure,
    JsonReport, JsonSight, JsonSightStep, JsonStep, Mode, ScopeId, SeverityId, StateId, StatusId,
    VerdictId,
};
use crate::facts::{Outlook, Sight};
use crate::model::finding::{Finding, Severity, StepId, Value};
use crate::model::plan::{Federation, Scope};
use crate::model::policy::AcceptanceState;
use crate::pki::prints::Prints;
use crate::pki::x509::Certificate;
use crate::render::contents::Contents;
use crate::render::leaves::{self, Leaf};
use crate::render::words::Words;
use crate::report::FACTS_SCHEMA;
use crate::report::{Report, Row, Status, Verdict};
use crate::text::{Texts, Told, verify};

/// The report as the contract has it.
///
/// # Errors
///
/// If a moment cannot be written, which no report has shown yet.
pub(super) fn json_report<'a>(report: &'a Report, texts: &Texts) -> io::Result<JsonReport<'a>> {
    let words = Words::of(report, texts);
    let terms = report.terms();
    Ok(JsonReport {
        domain: terms.domain.to_string(),
        caller: words.caller(),
        input: report.check.input.clone(),
        labels: labels(report),
        mode: match terms.federation {
            _ if terms.partner => Mode::Partner,
            Federation::Open => Mode::Open,
            Federation::Direct => Mode::Direct,
        },
        direct: terms.federation == Federation::Direct,
        fqdns: report.fqdns.iter().map(ToString::to_string).collect(),
        made_at: to_the_second(terms.made_at)
            .format(&Rfc3339)
            .map_err(io::Error::other)?,
        verdict: verdict(report.verdict()),
        scope: match terms.scope {
            Scope::Whole => None,
            Scope::ZoneFile => Some(ScopeId::ZoneFile),
            Scope::Outbound => Some(ScopeId::Outbound),
            Scope::Pair => Some(ScopeId::Pair),
        },
        headline: words.verdict(),
        reservations: words.reservations(),
        acceptances: acceptances(report),
        elapsed_ms: report.check.elapsed_us / 1000,
        steps: report.rows.iter().map(|row| step(row, &words)).collect(),
        renewal: report.renewal.as_ref().map(|findings| {
            let findings = findings.iter();
            findings.map(|found| finding(found, &words)).collect()
        }),
        certificates: leaves::of(report)
            .into_iter()
            .map(|leaf| certificate(&leaf))
            .collect(),
        place: report.check.place.as_ref().map(place).transpose()?,
        beside: Some(beside(report)?).filter(|beside| !beside.is_empty()),
        holds: Contents::of(report),
        redacted: report.check.redacted,
        facts_schema: FACTS_SCHEMA,
        terms,
        facts: report.facts(),
    })
}

fn place(place: &Outlook) -> io::Result<JsonPlace> {
    let clock = place.clock.map(|clock| clock.format(&Rfc3339));
    Ok(JsonPlace {
        at: place.at.to_string(),
        version: place.version.clone(),
        clock: clock.transpose().map_err(io::Error::other)?,
        failure: place.failure.as_ref().map(|failure| JsonPlaceFailure {
            why: failure.why.id(),
            detail: Some(failure.detail.clone()).filter(|detail| !detail.is_empty()),
        }),
    })
}

fn beside(report: &Report) -> io::Result<Vec<JsonSight<'_>>> {
    let sights = report.check.beside.iter().zip(&report.beside);
    sights.map(|(seen, rows)| sight(seen, rows)).collect()
}

fn sight<'a>(sight: &'a Sight, rows: &[Row]) -> io::Result<JsonSight<'a>> {
    let step = |row: &Row| JsonSightStep {
        id: row.step.id(),
        status: status(row.status),
        codes: row.findings.iter().map(|found| found.rule.code).collect(),
    };
    Ok(JsonSight {
        place: place(&sight.place)?,
        steps: rows.iter().map(step).collect(),
        terms: sight.terms.as_ref(),
        facts: sight.facts.as_ref(),
    })
}

fn certificate(leaf: &Leaf<'_>) -> JsonCertificate {
    let read = Certificate::parse(&leaf.certificate.0).ok();
    let prints = Prints::of(&leaf.certificate.0);
    let moment = |of: fn(&Certificate) -> OffsetDateTime| {
        let moment = read.as_ref().map(of)?;
        moment.format(&Rfc3339).ok()
    };
    let (not_before, not_after) = (
        moment(|read| read.not_before),
        moment(|read| read.not_after),
    );
    let (subject, issuer) = read.map_or_else(Default::default, |read| (read.subject, read.issuer));
    JsonCertificate {
        endpoints: leaf.endpoints.clone(),
        subject,
        issuer,
        not_before,
        not_after,
        serial: prints.serial,
        sha1: prints.sha1,
        sha256: prints.sha256,
    }
}

fn labels(report: &Report) -> BTreeMap<String, String> {
    let labels = report.check.labels.iter();
    labels
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn to_the_second(moment: OffsetDateTime) -> OffsetDateTime {
    moment.replace_nanosecond(0).unwrap_or(moment)
}

fn step(row: &Row, words: &Words<'_>) -> JsonStep {
    let owners = row.owners(words.report.terms().partner);
    JsonStep {
        number: row.step.number(),
        id: row.step.id(),
        status: status(row.status),
        summary: words.seen(row),
        needs: row.needs.map(StepId::id),
        owners: owners.iter().map(|owner| owner.id()).collect(),
        findings: row
            .findings
            .iter()
            .map(|found| finding(found, words))
            .collect(),
    }
}

fn finding(finding: &Finding, words: &Words<'_>) -> JsonFinding {
    let Words {
        report,
        texts,
        context,
    } = words;
    let owners = finding.owners(report.terms().partner);
    let Told {
        headline,
        message,
        fix,
    } = texts.told(finding, context);
    JsonFinding {
        code: finding.rule.code,
        severity: severity(finding.severity),
        default_severity: severity(finding.by_default()),
        accepted: finding.accepted().map(|accepted| JsonAccepted {
            reason: accepted.reason.clone(),
            until: accepted.until.to_string(),
        }),
        owners: owners.iter().map(|owner| owner.id()).collect(),
        side: report.side_of(finding).map(str::to_owned),
        headline,
        message,
        fix: fix.as_ref().map(|fix| words.in_one_line(fix)),
        enter: fix.map(|fix| fix.entries()).unwrap_or_default(),
        verify: verify(finding, context),
        endpoint: finding.endpoint.map(|endpoint| endpoint.to_string()),
        args: finding
            .args
            .iter()
            .map(|(name, value)| (name, argument(value)))
            .collect(),
    }
}

/// An argument as it is: JSON escapes what a terminal must not see.
fn argument(value: &Value) -> serde_json::Value {
    match value {
        Value::Text(text) => text.as_str().into(),
        Value::Number(number) => (*number).into(),
        Value::List(list) | Value::Names(list) | Value::Codes(list) => list.as_slice().into(),
        Value::Said(said) => said.iter().map(|said| said.called(&said.what)).collect(),
        Value::Date(moment) | Value::Time(moment) => {
            moment.format(&Rfc3339).unwrap_or_default().into()
        }
    }
}

fn acceptances(report: &Report) -> Vec<JsonAcceptance> {
    let all = report.terms().policy.accept.iter().zip(&report.acceptances);
    all.map(|(acceptance, acceptance_state)| JsonAcceptance {
        code: acceptance.code.clone(),
        reason: acceptance.reason.clone(),
        until: acceptance.until.to_string(),
        state: state(*acceptance_state),
    })
    .collect()
}

fn verdict(verdict: Verdict) -> VerdictId {
    match verdict {
        Verdict::Ready => VerdictId::Ready,
        Verdict::ReadyWithWarnings => VerdictId::ReadyWithWarnings,
        Verdict::NotReady => VerdictId::NotReady,
        Verdict::Inconclusive => VerdictId::Inconclusive,
    }
}

fn status(status: Status) -> StatusId {
    match status {
        Status::Pass => StatusId::Pass,
        Status::Warn => StatusId::Warn,
        Status::Fail => StatusId::Fail,
        Status::Skip => StatusId::Skip,
        Status::Unknown => StatusId::Unknown,
    }
}

fn severity(severity: Severity) -> SeverityId {
    match severity {
        Severity::Fail => SeverityId::Fail,
        Severity::Warn => SeverityId::Warn,
        Severity::Info => SeverityId::Info,
        Severity::Unknown => SeverityId::Unknown,
    }
}

fn state(state: AcceptanceState) -> StateId {
    match state {
        AcceptanceState::Applied => StateId::Applied,
        AcceptanceState::Elsewhere => StateId::Elsewhere,
        AcceptanceState::Untested => StateId::Untested,
        AcceptanceState::Unused => StateId::Unused,
        AcceptanceState::Expired => StateId::Expired,
    }
}
