//! `/r/…`: what came of a check, frozen as facts. Whoever has the link sees what was seen then, judged
//! by today's rules at that time, in the language that is wanted.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::frozen::{Wanted, judged, written};
use super::jobs::Found;
use super::page;
use super::refusal::{JSON, Refusal};
use super::service::Service;
use super::store::{Id, Kept};
use crate::render::Format;

/// What a page may do: it has its own style, and nothing else.
const POLICY: (HeaderName, HeaderValue) = (
    header::CONTENT_SECURITY_POLICY,
    HeaderValue::from_static(
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
    ),
);

/// `GET /r/{id}`, with `.json` or `.md` behind it in another format.
pub(super) async fn show(
    State(service): State<Arc<Service>>,
    name: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Path(name) = name.map_err(|_| Refusal::NoResult)?;
    let Query(wanted) = wanted.map_err(|error| Refusal::Wanted(error.body_text()))?;
    let (id, format) = match name.split_once('.') {
        None => (name.as_str(), Format::Html),
        Some((id, "json")) => (id, Format::Json),
        Some((id, "md")) => (id, Format::Markdown),
        Some(_) => return Err(Refusal::NoResult),
    };
    let id = Id::parse(id).ok_or(Refusal::NoResult)?;
    let lang = wanted.language(&headers, service.lang);
    if service.has_pages && format == Format::Html {
        return Ok(if wanted.waits() {
            page::wait(&service, id, &wanted).await
        } else {
            page::show(&service, id, lang, &wanted).await
        });
    }
    let kept = settled(&service, id).await?;
    let report = judged(&kept, wanted.as_of()).ok_or(Refusal::Store)?;
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

/// What was kept. Whoever comes too early waits for it: it is under way, and bounded in time.
async fn settled(service: &Service, id: Id) -> Result<Kept, Refusal> {
    let find = async || service.jobs.find(id).await.map_err(|_| Refusal::Store);
    let mut found = find().await?;
    if let Found::UnderWay(_, run) = found {
        let _ = run.outcome().await;
        service.jobs.settled(id).await;
        found = find().await?;
    }
    match found {
        Found::Kept(kept) => Ok(kept),
        Found::Failed(failed) => Err(failed.into()),
        Found::UnderWay(..) | Found::Nothing => Err(Refusal::NoResult),
    }
}
