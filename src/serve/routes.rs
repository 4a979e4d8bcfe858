//! Which path is answered by what.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::time::Instant;

use super::refusal::Refusal;
use super::scrape::{self, METRICS};
use super::service::Service;
use super::{api, door, page, results, vantage};
use crate::wire::vantage::PATH;

pub(super) fn all(service: &Arc<Service>) -> Router {
    let none = async || Refusal::Method;
    let pages = if service.has_pages {
        Router::new()
            .route("/", get(page::start).fallback(none))
            .route("/check", post(page::check).fallback(none))
    } else {
        Router::new()
    };
    pages
        .route("/healthz", get(healthz).fallback(none))
        .route("/readyz", get(readyz).fallback(none))
        .route("/metrics", get(metrics).fallback(none))
        .route("/probe", get(scrape::probe).fallback(none))
        .route("/api/v1/checks", post(api::begin).fallback(none))
        .route("/api/v1/checks/{id}", get(api::check).fallback(none))
        .route(
            "/api/v1/checks/{id}/events",
            get(api::events).fallback(none),
        )
        .route(PATH, post(vantage::look).fallback(none))
        .route("/api/v1/schema", get(api::schema).fallback(none))
        .route("/r/{name}", get(results::show).fallback(none))
        .route("/-/reload", post(reload).fallback(none))
        .fallback(async || Refusal::Path)
        // Where it stands behind the routes, it knows which path they found.
        .layer(middleware::from_fn_with_state(
            Arc::clone(service),
            door::pass,
        ))
        .with_state(Arc::clone(service))
}

/// The process is alive.
async fn healthz() -> &'static str {
    "ok\n"
}

/// It takes requests.
async fn readyz(State(service): State<Arc<Service>>) -> Result<&'static str, Refusal> {
    if service.is_ending() {
        Err(Refusal::Ending)
    } else {
        Ok("ok\n")
    }
}

async fn metrics(State(service): State<Arc<Service>>) -> Response {
    let own = service.meters.text(&service.runs);
    let interval = service.current().standing.interval;
    let watched = service.watch.text(interval, Instant::now());
    (METRICS, own + &watched).into_response()
}

async fn reload(State(service): State<Arc<Service>>) -> Result<StatusCode, Refusal> {
    match service.reload() {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(why) => Err(Refusal::Unusable(why)),
    }
}
