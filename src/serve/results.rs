//! `/r/…`: what came of a check, frozen as facts. Whoever has the link sees what was seen then, judged
//! by today's rules at that time, in the language that is wanted.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::jobs::Found;
use super::refusal::{JSON, Refusal};
use super::service::Service;
use super::store::{Id, Kept};
use super::words;
use crate::engine;
use crate::render::{Format, Look};
use crate::report::{Report, saved};
use crate::text::Lang;

/// What a page may do: it has its own style, and nothing else.
const POLICY: (HeaderName, HeaderValue) = (
    header::CONTENT_SECURITY_POLICY,
    HeaderValue::from_static(
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
    ),
);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(default)]
    lang: Option<String>,
}

/// `GET /r/{id}`, with `.json` or `.md` behind it in another format.
pub(super) async fn show(
    State(service): State<Arc<Service>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(wanted) = wanted.map_err(|error| Refusal::Query(error.body_text()))?;
    let (id, format) = match name.split_once('.') {
        None => (name.as_str(), Format::Html),
        Some((id, "json")) => (id, Format::Json),
        Some((id, "md")) => (id, Format::Markdown),
        Some(_) => return Err(Refusal::NoResult),
    };
    let id = Id::parse(id).ok_or(Refusal::NoResult)?;
    let found = service.jobs.find(id).await.map_err(|_| Refusal::Store)?;
    let kept = match found {
        Found::Kept(kept) => kept,
        Found::UnderWay(run) => {
            // Whoever opens it too early waits for it: it is under way, and bounded in time.
            let _ = run.outcome().await;
            service.jobs.settled(id).await;
            match service.jobs.find(id).await.map_err(|_| Refusal::Store)? {
                Found::Kept(kept) => kept,
                Found::Failed(failed) => return Err(failed.into()),
                Found::UnderWay(_) | Found::Nothing => return Err(Refusal::NoResult),
            }
        }
        Found::Failed(failed) => return Err(failed.into()),
        Found::Nothing => return Err(Refusal::NoResult),
    };
    let report = judged(&kept).ok_or(Refusal::Store)?;
    let lang = language(&wanted, &headers, service.lang);
    let text = written(&report, format, lang);
    Ok(match format {
        Format::Json => (JSON, text).into_response(),
        Format::Markdown => {
            let kind = [(header::CONTENT_TYPE, "text/markdown; charset=utf-8")];
            (kind, text).into_response()
        }
        _ => {
            let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
            (kind, [POLICY], text).into_response()
        }
    })
}

/// The one that is asked for, else the first that the browser names, else that of the service.
fn language(wanted: &Wanted, headers: &HeaderMap, own: Lang) -> Lang {
    let accepted = headers.get(header::ACCEPT_LANGUAGE);
    let accepted = accepted.and_then(|accepted| accepted.to_str().ok());
    let first = accepted.and_then(|accepted| accepted.split([',', ';']).next());
    let wanted = wanted.lang.as_deref().or(first).map(str::trim);
    let wanted = wanted.filter(|wanted| !wanted.is_empty() && *wanted != "*");
    wanted.map_or(own, Lang::of_locale)
}

/// The report of what was kept.
pub(super) fn judged(kept: &Kept) -> Option<Report> {
    let check = saved::read(&kept.report).ok()?.into_iter().next()?;
    Some(engine::replay(check))
}

pub(super) fn written(report: &Report, format: Format, lang: Lang) -> Vec<u8> {
    let mut text = Vec::new();
    // A text in memory takes all there is.
    let _ = words::with(lang, |texts| {
        let reports = std::slice::from_ref(report);
        format.write(reports, texts, Look::default(), &mut text)
    });
    text
}
