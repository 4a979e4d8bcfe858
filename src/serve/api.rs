//! `/api/v1/`: checks that are asked for, watched and read by programs.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};

use super::asked;
use super::client::Peer;
use super::frozen;
use super::jobs::{Failed, Found};
use super::refusal::{JSON, Refusal};
use super::runs::{Progress, Run, Runs};
use super::service::Service;
use super::store::Id;
use crate::model::finding::StepId;
use crate::render::{Format, json as reports};

/// All that may be asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    domain: String,
    #[serde(default)]
    module: Option<String>,
}

/// `POST /api/v1/checks`
pub(super) async fn begin(
    State(service): State<Arc<Service>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let wanted: Wanted = asked::json(&headers, body).await?;
    let from = peer.client(&headers, &service.current().web.proxies);
    let id = asked::begin(&service, from, &wanted.domain, wanted.module.as_deref()).await?;
    Ok(accepted(id))
}

fn accepted(id: Id) -> Response {
    let at = format!("/api/v1/checks/{id}");
    let said = json!({
        "id": id.to_string(),
        "check": at,
        "events": format!("{at}/events"),
        "result": format!("/r/{id}"),
    });
    let headers = [(header::LOCATION, at)];
    (StatusCode::ACCEPTED, headers, JSON, said.to_string() + "\n").into_response()
}

/// `GET /api/v1/checks/{id}`
pub(super) async fn check(
    State(service): State<Arc<Service>>,
    id: Named,
) -> Result<Response, Refusal> {
    let id = named_id(id)?;
    let kept = match find(&service, id).await? {
        Found::UnderWay(_, run) => {
            let said = state(&run.progress.borrow(), &service.runs);
            let said = said.to_string() + "\n";
            return Ok((StatusCode::ACCEPTED, JSON, said).into_response());
        }
        Found::Failed(failed) => return Err(failed.into()),
        Found::Nothing => return Err(Refusal::NoResult),
        Found::Kept(kept) => kept,
    };
    let report = frozen::judged(&kept, None).ok_or(Refusal::Store)?;
    let text = frozen::written(&report, Format::Json, service.lang);
    Ok((JSON, text).into_response())
}

/// The name of a check, as it stands in the path.
type Named = Result<Path<String>, PathRejection>;

fn named_id(name: Named) -> Result<Id, Refusal> {
    let id = name.ok().and_then(|Path(name)| Id::parse(&name));
    id.ok_or(Refusal::NoResult)
}

async fn find(service: &Service, id: Id) -> Result<Found, Refusal> {
    service.jobs.find(id).await.map_err(|_| Refusal::Store)
}

impl From<Failed> for Refusal {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Late => Self::Late,
            Failed::Crashed => Self::Crashed,
            Failed::Lost => Self::Store,
        }
    }
}

fn state(progress: &Progress, runs: &Runs) -> Value {
    match progress {
        Progress::Waiting(number) => json!({"state": "waiting", "before": runs.before(*number)}),
        Progress::Working(steps) => {
            let steps: Vec<Value> = steps.iter().map(|step| named(*step)).collect();
            json!({"state": "working", "steps": steps})
        }
    }
}

fn named(step: StepId) -> Value {
    json!({"number": step.number(), "id": step.id()})
}

/// `GET /api/v1/checks/{id}/events`
pub(super) async fn events(
    State(service): State<Arc<Service>>,
    id: Named,
) -> Result<Response, Refusal> {
    let id = named_id(id)?;
    let watched = match find(&service, id).await? {
        Found::UnderWay(_, run) => Watched::Run(Box::new(run), 0),
        Found::Failed(failed) => return Err(failed.into()),
        Found::Nothing => return Err(Refusal::NoResult),
        Found::Kept(_) => Watched::Done,
    };
    let events = happening(service, id, watched);
    let events = Sse::new(events).keep_alive(KeepAlive::default());
    Ok(events.into_response())
}

/// What is watched: a check, of which so many events were told, or nothing any more.
enum Watched {
    Run(Box<Run>, usize),
    Done,
    Told,
}

fn happening(
    service: Arc<Service>,
    id: Id,
    watched: Watched,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(watched, move |watched| {
        let service = Arc::clone(&service);
        async move {
            let (name, said, next) = match watched {
                Watched::Told => return None,
                Watched::Done => done(id),
                Watched::Run(run, told) => next(&service, id, run, told).await,
            };
            let event = Event::default().event(name).data(said.to_string());
            Some((Ok(event), next))
        }
    })
}

type Happened = (&'static str, Value, Watched);

fn done(id: Id) -> Happened {
    let said = json!({"check": format!("/api/v1/checks/{id}"), "result": format!("/r/{id}")});
    ("done", said, Watched::Told)
}

/// The next step, or the end.
async fn next(service: &Service, id: Id, mut run: Box<Run>, told: usize) -> Happened {
    loop {
        let progress = run.progress.borrow_and_update().clone();
        let said = match &progress {
            Progress::Waiting(_) if told > 0 => None,
            Progress::Waiting(_) => Some(("waiting", state(&progress, &service.runs), 1)),
            Progress::Working(steps) => {
                // Whether it was told that it waits or not.
                let step = steps.get(told.saturating_sub(1));
                step.map(|step| ("step", named(*step), told.max(1) + 1))
            }
        };
        match said {
            Some((name, said, told)) => return (name, said, Watched::Run(run, told)),
            None if run.progress.changed().await.is_ok() => {}
            None => break,
        }
    }
    // The result is kept before it is told that there is one.
    let _ = run.outcome().await;
    service.jobs.settled(id).await;
    done(id)
}

/// `GET /api/v1/schema`
pub(super) async fn schema() -> Response {
    let mut schema = Vec::new();
    // A text in memory takes all there is.
    let _ = reports::write_schema(&mut schema);
    (JSON, schema).into_response()
}
