//! The pages for people (`--ui`): one field, the check as it goes on, and its result, which stays as it
//! is. All of it is complete without a script.

mod policy;
mod sheet;

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use self::sheet::{Sheet, Shown, UnderWay};
use super::client::Peer;
use super::frozen::{self, Wanted, judged};
use super::jobs::{Found, Subject};
use super::refusal::Refusal;
use super::service::Service;
use super::store::{Entry, Id};
use super::{asked, words};
use crate::compare::{Sides, compare};
use crate::engine;
use crate::render::diff::{Compared, markup};
use crate::report::{Report, SavedCheck};
use crate::text::{Lang, Texts};

/// A browser without scripts waits so long for a result; proxies would not wait for ever.
const WAIT: Duration = Duration::from_secs(20);
/// So many other results of a domain are named.
const OTHERS: u32 = 10;

/// `GET /`
pub(super) async fn start(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    let wanted = wanted.map(|Query(wanted)| wanted).unwrap_or_default();
    let lang = wanted.language(&headers, service.lang);
    let page = on_sheet(&service, lang, |sheet| sheet.start("", None));
    (policy::headers(), page).into_response()
}

/// `POST /check`, by the form of the page.
pub(super) async fn check(
    State(service): State<Arc<Service>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let lang = Wanted::default().language(&headers, service.lang);
    let form = match asked::whole(body).await {
        Ok(body) => Form::of(&body),
        Err(refusal) => return refused(&service, lang, &refusal, ""),
    };
    let from = peer.client(&headers, &service.current().web.proxies);
    match asked::begin(&service, from, &form.domain, Some(&form.module)).await {
        Ok(id) => {
            let asked = is_other(&service, &form.domain).then(|| form.domain.clone());
            let query = Wanted::typed(asked).query(false);
            let at = [(header::LOCATION, format!("/r/{id}{query}"))];
            (StatusCode::SEE_OTHER, at).into_response()
        }
        Err(refusal) => refused(&service, lang, &refusal, &form.domain),
    }
}

/// The domain that is meant by what was typed.
fn meant(service: &Service, typed: &str) -> Option<String> {
    let target = service.current().ways.plain().target(typed).ok()?;
    Some(target.domain.to_string())
}

/// Whether something else than the domain was typed that is meant by it.
fn is_other(service: &Service, typed: &str) -> bool {
    meant(service, typed).is_some_and(|domain| domain != typed)
}

/// What was typed, where that was something else than this domain, and means it.
fn taken<'a>(service: &Service, wanted: &'a Wanted, domain: &str) -> Option<&'a str> {
    let asked = wanted.asked().filter(|asked| *asked != domain)?;
    (meant(service, asked)? == domain).then_some(asked)
}

/// What the form says; what else is in it is nobody's.
#[derive(Default)]
struct Form {
    domain: String,
    module: String,
}

impl Form {
    fn of(body: &[u8]) -> Self {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            match &*name {
                "domain" => value.trim().clone_into(&mut form.domain),
                "module" => form.module = value.into_owned(),
                _ => {}
            }
        }
        form
    }
}

/// `GET /r/{id}?wait=1`: the same page, as soon as there is a result or it has waited long enough. The
/// page that a browser without scripts shows meanwhile is the one that it comes from.
pub(super) async fn wait(service: &Service, id: Id, wanted: &Wanted) -> Response {
    if let Ok(Found::UnderWay(_, run)) = service.jobs.find(id).await {
        let _ = timeout(WAIT, async {
            let _ = run.outcome().await;
            service.jobs.settled(id).await;
        })
        .await;
    }
    let at = [(header::LOCATION, format!("/r/{id}{}", wanted.query(false)))];
    (StatusCode::SEE_OTHER, at).into_response()
}

/// `GET /r/{id}`
pub(super) async fn show(service: &Service, id: Id, lang: Lang, wanted: &Wanted) -> Response {
    match found(service, id, lang, wanted).await {
        Ok(page) => (policy::headers(), page).into_response(),
        Err(refusal) => refused(service, lang, &refusal, ""),
    }
}

async fn found(service: &Service, id: Id, lang: Lang, wanted: &Wanted) -> Result<String, Refusal> {
    let as_of = wanted.as_of();
    let kept = match service.jobs.find(id).await.map_err(|_| Refusal::Store)? {
        Found::Kept(kept) => kept,
        Found::UnderWay((domain, _), run) => {
            let progress = run.progress.borrow().clone();
            let under_way = UnderWay {
                id,
                domain: &domain,
                asked: taken(service, wanted, &domain),
                wait: format!("/r/{id}{}", wanted.query(true)),
                before: progress.number().map(|number| service.runs.before(number)),
                progress: &progress,
            };
            return Ok(on_sheet(service, lang, |sheet| sheet.running(&under_way)));
        }
        Found::Failed(failed) => return Err(failed.into()),
        Found::Nothing => return Err(Refusal::NoResult),
    };
    let report = judged(&kept, as_of).ok_or(Refusal::Store)?;
    let subject = (kept.domain.clone(), kept.module.clone());
    let (others, before) = around(service, id, &subject).await?;
    let page = on_sheet(service, lang, |sheet| {
        let difference = before.and_then(|before| difference(before, &report, sheet.texts));
        sheet.result(&Shown {
            id,
            report: &report,
            verdict_then: &kept.verdict,
            as_of_now: as_of.is_some(),
            asked: taken(service, wanted, &kept.domain),
            others: &others,
            difference,
        })
    });
    Ok(page)
}

/// The other results of a domain, and the facts of the one before this.
async fn around(
    service: &Service,
    id: Id,
    subject: &Subject,
) -> Result<(Vec<Entry>, Option<SavedCheck>), Refusal> {
    let entries = service.jobs.newest(subject, OTHERS + 1).await;
    let mut entries = entries.map_err(|_| Refusal::Store)?;
    let own = entries.iter().position(|entry| entry.id == id);
    let before = own
        .and_then(|own| entries.get(own + 1))
        .map(|entry| entry.id);
    entries.retain(|entry| entry.id != id);
    entries.truncate(usize::try_from(OTHERS).unwrap_or(usize::MAX));
    let Some(before) = before else {
        return Ok((entries, None));
    };
    let found = service.jobs.find(before).await;
    let before = match found.map_err(|_| Refusal::Store)? {
        Found::Kept(kept) => frozen::check(&kept),
        Found::UnderWay(..) | Found::Failed(_) | Found::Nothing => None,
    };
    Ok((entries, before))
}

/// What changed since that check; nothing, where the two cannot be compared.
fn difference(before: SavedCheck, new: &Report, texts: &Texts) -> Option<maud::Markup> {
    let again = |by_new_decisions: bool| {
        let mut check = before.clone();
        check.terms.now = new.terms().now;
        if by_new_decisions {
            check.terms.policy = new.terms().policy.clone();
        }
        engine::replay(check)
    };
    let (later, decided) = (again(false), again(true));
    let old = engine::replay(before);
    let sides = Sides {
        old: &old,
        new,
        later: &later,
        decided: &decided,
    };
    let difference = compare(sides).ok()?;
    Some(markup(&Compared::Difference(&difference), texts))
}

/// A refusal for people, with the form to try again.
fn refused(service: &Service, lang: Lang, refusal: &Refusal, typed: &str) -> Response {
    let mut sentence = refusal.sentence(lang) + ".";
    let page = on_sheet(service, lang, |sheet| match refusal {
        // What is wrong with what was typed stands beside it, and begins with that.
        Refusal::Target(..) => sheet.start(typed, Some(&sentence)),
        Refusal::NoTarget => sheet.start(typed, Some(capitalised(&mut sentence))),
        Refusal::TooSoon { last, age, .. } => {
            sheet.refused(capitalised(&mut sentence), typed, Some((last, *age)))
        }
        _ => sheet.refused(capitalised(&mut sentence), typed, None),
    });
    let mut response = refusal.said(lang, false);
    *response.body_mut() = Body::from(page);
    for (name, value) in policy::headers() {
        response.headers_mut().insert(name, value);
    }
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}

/// A sentence that stands by itself. Those of refusals begin as behind a name.
fn capitalised(sentence: &mut str) -> &str {
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence
}

fn on_sheet(service: &Service, lang: Lang, write: impl FnOnce(&Sheet<'_>) -> String) -> String {
    let modules: Vec<String> = service.current().ways.names().map(str::to_owned).collect();
    words::with(lang, |texts| {
        write(&Sheet {
            texts,
            modules: &modules,
        })
    })
}
