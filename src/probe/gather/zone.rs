//! The domain itself: its zone, its mail, and what answers below it.

use std::iter::once;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::sleep;

use super::{Cell, Crashed, Gatherer, Host, random_label};
use crate::facts::{
    DnsOutcome, Lookup, Pace, RecordType, SrvFacts, Unanswered, Unheard, ViewAnswer, ZoneFacts,
};
use crate::model::plan::{Authority, Federation};
use crate::probe::dns::servers::authority::Found;
use crate::probe::dns::signing::Signings;
use crate::probe::{Context, dns};

/// How long the views may think about the domain until they are asked something else.
const PATIENCE: Duration = Duration::from_millis(700);
/// The signatures of no more servers' addresses are looked at.
const MAX_SIGNED: usize = 3;
/// Names that Microsoft's clients look for below their domain: mail, and chat.
const SERVICES: [&str; 2] = ["autodiscover", "lyncdiscover"];

/// The facts of the zone, with what its own servers publish.
pub(super) async fn zone(
    gatherer: Gatherer,
    srv: Cell<Arc<SrvFacts>>,
    hosts: Cell<Arc<Vec<Host>>>,
) -> Result<Arc<ZoneFacts>, Crashed> {
    let cx = &*gatherer.cx;
    let domain = cx.plan.terms.domain.as_str();
    let ((soa, answered_above), mx, (txt, services), published, wildcard) = tokio::join!(
        soa(&gatherer),
        dns::look_up(cx, domain, RecordType::Mx),
        traces_of_microsoft(cx),
        gatherer.published(domain, RecordType::Soa),
        gatherer.wildcard.get()
    );
    let soa = gatherer.heard(published?.beside(soa)).await?;
    let mut soa = gatherer.marked(soa, None).await?;
    // A resolver that has none may be out of date, or stand before a zone of its own.
    let mx = if mx.answer().is_no() {
        Box::pin(gatherer.published(domain, RecordType::Mx))
            .await?
            .beside(mx)
    } else {
        mx
    };
    // Only supports a remark, so a crash here is ignored.
    let wildcard = match wildcard.ok().map(Arc::unwrap_or_clone) {
        Some(mut wildcard) => {
            gatherer.disprove(&mut wildcard).await?;
            Some(wildcard)
        }
        None => None,
    };
    let mut found = gatherer.authority.get().await?;
    if !found.unproven.is_empty() {
        for host in hosts.get().await?.iter() {
            host.addresses.get().await.ok();
        }
        found = gatherer.counting().await?;
    }
    let mut internal = found.internal.clone();
    if internal.is_none() && soa.answers.iter().any(|answer| answer.internal) {
        internal = gatherer.suspect().await?.cloned();
    }
    if let Some(apex) = shown_inside(&gatherer, &srv, &hosts).await? {
        soa.take_as_inside(&apex);
    }
    // What some network alone is shown carries no signatures of the public zone.
    let is_inside = soa.unheard == Some(Unheard::Inside);
    let signings = if is_inside || is_not_handed_on(&soa, &found) {
        Signings::default()
    } else {
        signings(cx, &found, &srv, &hosts).await?
    };
    let controls = controls(cx, &srv, &hosts).await?;
    let is_open = !found.way.is_empty() || cx.hears_name_servers();
    let pace = pace(cx, &soa, &srv, &hosts, is_open).await?;
    let file = cx.shared.zone_file.as_ref();
    let of_file = file.filter(|_| !cx.plan.terms.allow_private);
    let internal = internal.or_else(|| of_file.and_then(super::file::internal));
    Ok(Arc::new(ZoneFacts {
        soa,
        mx,
        txt,
        services,
        wildcard,
        authority: found.authority.clone(),
        answered_above,
        internal,
        signing: signings.own,
        signing_elsewhere: signings.elsewhere,
        pace,
        refusals: file.map_or_else(Vec::new, |file| file.refusals().to_vec()),
        controls,
    }))
}

/// Whether the domain has a zone of its own on servers that the user named, and the zone above knows of
/// none yet: which keys it will announce nobody can say.
fn is_not_handed_on(soa: &Lookup, found: &Found) -> bool {
    let has_own = soa
        .published()
        .is_some_and(|outcome| !outcome.records().is_empty());
    soa.given && has_own && !found.leads_to(&soa.name)
}

/// The zone that the servers show this network alone, as one of the answers has shown.
async fn shown_inside(
    gatherer: &Gatherer,
    srv: &Cell<Arc<SrvFacts>>,
    hosts: &Cell<Arc<Vec<Host>>>,
) -> Result<Option<String>, Crashed> {
    srv.get().await.ok();
    for host in hosts.get().await?.iter() {
        host.addresses.get().await.ok();
    }
    Ok(gatherer.signs.inside.get().cloned().flatten())
}

/// The signatures of the records that the verdict rests on, where a zone above announces keys.
async fn signings(
    cx: &Context,
    found: &Found,
    srv: &Cell<Arc<SrvFacts>>,
    hosts: &Cell<Arc<Vec<Host>>>,
) -> Result<Signings, Crashed> {
    let hosts = hosts.get().await?;
    // A crash there costs this step nothing, and nobody asks for the record in direct federation.
    let is_open = cx.plan.terms.federation == Federation::Open;
    let srv = srv.get().await.ok().filter(|_| is_open);
    let mut addresses = Vec::new();
    for host in hosts.iter().take(MAX_SIGNED) {
        addresses.extend(host.addresses.get().await.ok());
    }
    let of_hosts = addresses.iter().flat_map(|host| [&host.a, &host.aaaa]);
    let lookups: Vec<&Lookup> = srv.iter().map(|srv| &srv.lookup).chain(of_hosts).collect();
    Ok(Box::pin(dns::signing::look(cx, found, &lookups)).await)
}

/// Whether resolvers that have no answer to what partners ask for answer other questions of its kind.
async fn controls(
    cx: &Context,
    srv: &Cell<Arc<SrvFacts>>,
    hosts: &Cell<Arc<Vec<Host>>>,
) -> Result<Vec<Lookup>, Crashed> {
    let terms = &cx.plan.terms;
    let is_open = terms.federation == Federation::Open;
    let srv = srv.get().await.ok().filter(|_| is_open);
    let mut addresses = Vec::new();
    for host in hosts.get().await?.iter() {
        addresses.extend(host.addresses.get().await.ok());
    }
    let of_srv = srv.iter().map(|srv| &srv.lookup);
    let lookups = of_srv.chain(addresses.iter().map(|host| &host.a));
    let mut questions = Vec::new();
    for lookup in lookups.filter(|lookup| !lookup.in_vain().is_empty()) {
        let control = lookup.control().map(|name| (name, lookup.record));
        questions.extend(control.filter(|it| !terms.partner && !questions.contains(it)));
    }
    let asking = questions
        .iter()
        .map(|(name, record)| dns::look_up(cx, name, *record));
    Ok(join_all(asking).await)
}

/// How servers answer that kept the questions waiting on which the verdict rests.
async fn pace(
    cx: &Context,
    soa: &Lookup,
    srv: &Cell<Arc<SrvFacts>>,
    hosts: &Cell<Arc<Vec<Host>>>,
    is_open: bool,
) -> Result<Vec<Pace>, Crashed> {
    let srv = srv.get().await.ok();
    let mut addresses = Vec::new();
    for host in hosts.get().await?.iter() {
        addresses.extend(host.addresses.get().await.ok());
    }
    let of_hosts = addresses.iter().map(|host| &host.a);
    let of_srv = srv.iter().map(|srv| &srv.lookup);
    let lookups: Vec<&Lookup> = once(soa).chain(of_srv).chain(of_hosts).collect();
    Ok(Box::pin(dns::exchange::pace::measure(cx, &lookups, is_open)).await)
}

/// SOA of the domain, and the top-level domain where the views answer for that alone.
async fn soa(gatherer: &Gatherer) -> (Lookup, Option<String>) {
    let cx = &*gatherer.cx;
    let domain = cx.plan.terms.domain.as_str();
    let mut asking = pin!(dns::look_up(cx, domain, RecordType::Soa));
    let soa = tokio::select! {
        soa = &mut asking => return (soa, None),
        () = sleep(PATIENCE) => async { tokio::join!(asking, gatherer.top()) },
    };
    let (soa, top) = soa.await;
    let is_silent = matches!(soa.seen(), DnsOutcome::Unanswered(Unanswered::TimedOut));
    let answers = is_silent && top.seen().is_conclusive();
    (soa, answers.then(|| top.name.clone()))
}

/// Traces of Microsoft 365, where an SRV record says who answers chat.
async fn traces_of_microsoft(cx: &Context) -> (Option<Lookup>, Vec<Lookup>) {
    if cx.plan.terms.federation == Federation::Direct {
        return (None, Vec::new());
    }
    let domain = &cx.plan.terms.domain;
    let names = SERVICES.map(|service| format!("{service}.{domain}"));
    let services = names
        .iter()
        .map(|name| dns::look_up(cx, name, RecordType::A));
    let (txt, services) = tokio::join!(
        dns::look_up(cx, domain.as_str(), RecordType::Txt),
        join_all(services)
    );
    (Some(txt), services)
}

/// A of a random name below the domain. Where the user named the servers, no other word on it counts.
pub(super) async fn wildcard(
    cx: Arc<Context>,
    authority: Cell<Arc<Found>>,
) -> Result<Arc<Lookup>, Crashed> {
    let name = format!("{}.{}", random_label(&cx), cx.plan.terms.domain);
    if let Authority::Given(_) = cx.plan.authority {
        let found = authority.get().await?;
        let asking = dns::entitled::ask(&cx, found.authority.as_ref(), &name, RecordType::A);
        let published = asking.await;
        return Ok(Arc::new(published.beside(Lookup::of(&name, RecordType::A))));
    }
    let seen = dns::look_up(&cx, &name, RecordType::A).await;
    // Nobody has asked for this name before, so what denies it now is what the zone's servers say.
    let is_denied = |answer: &ViewAnswer| answer.outcome.is_no() && answer.doubt().is_none();
    let found = authority.get().await?;
    let authority = found.authority.as_ref();
    if !seen.answers.is_empty() && seen.answers.iter().all(is_denied) {
        return Ok(Arc::new(seen));
    }
    let asking = dns::entitled::ask(&cx, authority, &name, RecordType::A);
    let published = asking.await;
    Ok(Arc::new(published.beside(seen)))
}

/// The same with what the views see, where they were not asked for it.
pub(super) async fn seen_too(cx: &Context, wildcard: Lookup) -> Lookup {
    if !wildcard.answers.is_empty() {
        return wildcard;
    }
    let seen = dns::look_up(cx, &wildcard.name, wildcard.record).await;
    Lookup {
        answers: seen.answers,
        ..wildcard
    }
}
