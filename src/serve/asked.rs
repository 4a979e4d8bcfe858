//! A check that somebody asks for, by a program or on the page: who may have it made, and how often.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use tokio::time::{Instant, timeout};

use super::jobs::{Keeping, Subject};
use super::refusal::Refusal;
use super::runs::Key;
use super::service::Service;
use super::store::Id;
use crate::model::json;

/// The most that is read of a request, in bytes, and how long that may take.
const MOST_BODY: usize = 4096;
const BODY: Duration = Duration::from_secs(10);
/// A domain is not checked again before.
const PAUSE: Duration = Duration::from_secs(20);

/// A body of a size that can be read at once.
pub(super) async fn whole(body: Body) -> Result<Bytes, Refusal> {
    let body = timeout(BODY, to_bytes(body, MOST_BODY)).await;
    let body = body.map_err(|_| Refusal::SlowBody)?;
    body.map_err(|_| Refusal::LongBody)
}

/// A body in JSON, of a size that can be read at once.
pub(super) async fn json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
) -> Result<T, Refusal> {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    // Without it, any web site could make a browser ask.
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::Kind);
    }
    let body = whole(body).await?;
    serde_json::from_slice(&body).map_err(|error| Refusal::Body(json::complaint(&error)))
}

/// Has a domain checked by a module. The name that the result will have; that of the check which is
/// under way, if there is one.
pub(super) async fn begin(
    service: &Arc<Service>,
    from: IpAddr,
    asked: &str,
    module: Option<&str>,
) -> Result<Id, Refusal> {
    let current = service.current();
    let module = module.filter(|name| !name.is_empty());
    let way = current.ways.of(module).ok_or_else(|| {
        let known = current.ways.names().map(str::to_owned).collect();
        Refusal::Module(module.unwrap_or_default().to_owned(), known)
    })?;
    let target = way
        .target(asked)
        .map_err(|error| Refusal::Target(asked.to_owned(), error))?;
    let now = OffsetDateTime::now_utc();
    let plan = way.plan(&target, now).map_err(|_| Refusal::NeedsFqdn)?;
    let domain = target.domain.to_string();
    let subject: Subject = (domain.clone(), module.unwrap_or_default().to_owned());
    if let Some(id) = service.jobs.under_way(&subject) {
        return Ok(id);
    }
    let last = service.jobs.last(&subject, now).await;
    if let Some((last, age)) = last.map_err(|_| Refusal::Store)?
        && let Some(wait) = PAUSE.checked_sub(age)
    {
        let wait = Duration::from_secs(wait.as_secs() + 1);
        return Err(Refusal::TooSoon { wait, age, last });
    }
    let admitted = service.clients.admit(from, Instant::now());
    admitted.map_err(Refusal::TooOften)?;
    let id = Id::unused().map_err(|_| Refusal::Store)?;
    let key = Key {
        domain,
        module: module.map(str::to_owned),
        asked_for: None,
        limit: plan.limits.deadline,
        edition: current.edition,
    };
    let shared = current.shared(module, way);
    let begun = service.runs.begin(key, plan, shared);
    let begun = begun.ok_or(Refusal::Crowded)?;
    if begun.is_new {
        let (service, run) = (Arc::clone(service), begun.run.clone());
        tokio::spawn(async move { service.meters.note_check(&run.outcome().await) });
    } else {
        service.meters.note_shared();
    }
    let keeping = Keeping {
        id,
        limits: current.retention(service.jobs.are_in_memory()),
        place: current.place(),
    };
    Ok(service.jobs.add(subject, keeping, begun.run))
}
