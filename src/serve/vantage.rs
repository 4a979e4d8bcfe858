//! `POST /api/v1/probe`: looks for an xfed in another place, which judges. What may be asked, and what is
//! answered, is in `wire::vantage`, as for `xfed probe`; how this machine looks is for its own `xfed.toml`
//! alone to say.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use time::OffsetDateTime;
use tokio::time::Instant;

use super::asked;
use super::client::Peer;
use super::refusal::Refusal;
use super::runs::{Key, Outcome};
use super::service::Service;
use crate::config::Target;
use crate::report::FACTS_SCHEMA;
use crate::wire::vantage::{self, Answer, Hello, Request, Seen};

const LINES: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, vantage::MEDIA_TYPE_LINES)];

/// `POST /api/v1/probe`
pub(super) async fn look(
    State(service): State<Arc<Service>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let request: Request = asked::json(&headers, body).await?;
    let current = service.current();
    let from = peer.client(&headers, &current.web.proxies);
    service
        .clients
        .admit(from, Instant::now())
        .map_err(Refusal::TooOften)?;
    let hello = Hello::own(FACTS_SCHEMA, OffsetDateTime::now_utc());
    let Request {
        domain,
        federation,
        partner,
        fqdn,
    } = &request;
    let target = Target::asked_for(domain, *federation, *partner, fqdn.as_ref());
    let way = current.ways.plain();
    let plan = way
        .plan(&target, OffsetDateTime::now_utc())
        .map_err(|_| Refusal::NeedsFqdn)?;
    let key = Key {
        domain: domain.to_string(),
        module: None,
        asked_for: Some(request),
        limit: plan.limits.deadline,
        edition: current.edition,
    };
    let shared = current.shared(None, way);
    let begun = service.runs.begin(key, plan, shared);
    let begun = begun.ok_or(Refusal::Crowded)?;
    match service.outcome(begun).await {
        Outcome::Done(report) => {
            let check = report.check.clone();
            let seen = Seen::by(check.terms, check.elapsed_us, check.facts);
            let answer = Answer::Seen(Box::new(seen));
            let lines = vantage::write(&hello).and_then(|hello| {
                let answer = vantage::write(&answer)?;
                Ok([hello, answer].concat())
            });
            let lines = lines.map_err(|_| Refusal::Crashed)?;
            Ok((LINES, lines).into_response())
        }
        Outcome::Late => Err(Refusal::Late),
        Outcome::Crashed => Err(Refusal::Crashed),
    }
}
