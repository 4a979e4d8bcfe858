//! `/probe`: a check for a scrape of Prometheus, by the contract that `blackbox_exporter` has made
//! common: the target and a module by the query, and the deadline of the scrape by a header.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use time::OffsetDateTime;
use tokio::time::Instant;

use super::refusal::Refusal;
use super::runs::{Key, Outcome};
use super::service::Service;
use super::words;
use crate::render::{Format, Look, Probed, write_probe};
use crate::report::Report;
use crate::text::Lang;

/// Prometheus' text format.
pub(super) const METRICS: [(header::HeaderName, &str); 1] = [(
    header::CONTENT_TYPE,
    "text/plain; version=0.0.4; charset=utf-8",
)];

/// The header by which Prometheus says how long it waits.
const PATIENCE: &str = "x-prometheus-scrape-timeout-seconds";
/// So much of that is left for the way of the answer.
const WAY: Duration = Duration::from_millis(500);
/// Every server would seem dead with less.
const SHORTEST: Duration = Duration::from_millis(500);

/// All that a scrape may say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    #[serde(default)]
    target: String,
    #[serde(default)]
    module: Option<String>,
    /// With the report for people below the numbers.
    #[serde(default)]
    debug: bool,
}

pub(super) async fn probe(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Refusal> {
    let arrived = Instant::now();
    let Query(asked) = asked.map_err(|error| Refusal::Query(error.body_text()))?;
    let current = service.current();
    let module = asked.module.as_deref().filter(|name| !name.is_empty());
    let way = current.ways.of(module).ok_or_else(|| {
        let known = current.ways.names().map(str::to_owned).collect();
        Refusal::Module(module.unwrap_or_default().to_owned(), known)
    })?;
    if asked.target.is_empty() {
        return Err(Refusal::NoTarget);
    }
    let target = way
        .target(&asked.target)
        .map_err(|error| Refusal::Target(asked.target.clone(), error))?;
    let plan = way
        .plan(&target, OffsetDateTime::now_utc())
        .map_err(|_| Refusal::NeedsFqdn)?;
    let domain = target.domain.to_string();
    let key = Key {
        domain: domain.clone(),
        module: module.map(str::to_owned),
        asked_for: None,
        limit: limit(&headers, plan.limits.deadline)?,
        edition: current.edition,
    };
    let shared = current.shared(module, way);
    let begun = service.runs.begin(key, plan, shared);
    let begun = begun.ok_or(Refusal::Crowded)?;
    let outcome = service.outcome(begun).await;
    let report = match &outcome {
        Outcome::Done(report) => Some(&**report),
        Outcome::Late => None,
        Outcome::Crashed => return Err(Refusal::Crashed),
    };
    let probed = Probed {
        domain: &domain,
        report,
        took: arrived.elapsed(),
    };
    let text = written(&probed, asked.debug, service.lang);
    Ok((METRICS, text).into_response())
}

/// How long a check may take whose answer has to be there in time.
fn limit(headers: &HeaderMap, deadline: Duration) -> Result<Duration, Refusal> {
    let Some(said) = headers.get(PATIENCE) else {
        return Ok(deadline);
    };
    let given = String::from_utf8_lossy(said.as_bytes());
    let patience = given.trim().parse().ok();
    let patience = patience.and_then(|patience| Duration::try_from_secs_f64(patience).ok());
    let left = patience.and_then(|patience| patience.checked_sub(WAY));
    let left = left.filter(|left| *left >= SHORTEST);
    let left = left.ok_or_else(|| Refusal::Hasty(given.into_owned()))?;
    Ok(left.min(deadline))
}

/// The numbers; below them, as comments, the report that they come from.
fn written(probed: &Probed<'_>, with_report: bool, lang: Lang) -> String {
    let mut text = Vec::new();
    // A text in memory takes all there is.
    let _ = write_probe(probed, &mut text);
    if let Some(report) = probed.report.filter(|_| with_report) {
        let look = Look {
            verbose: true,
            ..Look::default()
        };
        let mut table = Vec::new();
        let _ = words::with(lang, |texts| {
            let reports: &[Report] = std::slice::from_ref(report);
            Format::Table.write(reports, texts, look, &mut table)
        });
        for line in String::from_utf8_lossy(&table).lines() {
            text.extend(format!("# {line}").trim_end().bytes());
            text.push(b'\n');
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_there_before_prometheus_goes() {
        let deadline = Duration::from_secs(20);
        let limit = |said: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(said) = said {
                headers.insert(PATIENCE, said.parse().expect("a header"));
            }
            limit(&headers, deadline).ok()
        };
        for (said, expected) in [
            (None, Some(20_000)),
            (Some("10"), Some(9500)),
            (Some("9.75"), Some(9250)),
            (Some("20.5"), Some(20_000)),
            (Some("60"), Some(20_000)),
            (Some("1"), Some(500)),
            (Some("0.9"), None),
            (Some("0"), None),
            (Some("-1"), None),
            (Some("NaN"), None),
            (Some("inf"), None),
            (Some("1e300"), None),
            (Some("ten"), None),
        ] {
            let expected = expected.map(Duration::from_millis);
            assert_eq!(limit(said), expected, "{said:?}");
        }
    }
}
