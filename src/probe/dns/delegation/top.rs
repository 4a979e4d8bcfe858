//! Whether what a signed top-level domain says of a zone below holds.

use hickory_resolver::proto::op::Message;

use crate::facts::{Period, RecordType, ViewAnswer};
use crate::probe::Context;
use crate::probe::dns::common;
use crate::probe::dns::exchange::delivery;
use crate::probe::dns::exchange::transport::{Server, reach};
use crate::wire::dns::announced::{self, Announced, is_signed};
use crate::wire::dns::signatures::{Keys, Wanted, is_error};
use crate::wire::dns::{Question, Role};

/// Whether nothing speaks against the signatures in its referral to this zone, for any resolver. Where the one here
/// checks signatures, it has checked them, and has refused the domain otherwise; else they are compared with the
/// keys of the top-level domain, as far as these are to be had.
pub(in crate::probe::dns) async fn is_sound(
    cx: &Context,
    top: &str,
    server: Server<'_>,
    referral: &Message,
    zone: &str,
) -> bool {
    if !is_signed(referral) || is_checked(cx, top).await {
        return true;
    }
    let question = Question {
        name: top,
        record: RecordType::Ns,
        role: Role::Authority,
    };
    let Some(query) = question.wanting(Wanted::Keys) else {
        return true;
    };
    let limit = cx.plan.limits.dns;
    let (announced, shown) = tokio::join!(
        by_the_root(cx, top),
        cx.within(limit, delivery::put(cx, server, &query))
    );
    let Some((announced, periods)) = announced.filter(|(announced, _)| !announced.is_empty())
    else {
        return true;
    };
    // Without its keys nobody believes it.
    let Ok(Ok(shown)) = shown else {
        return false;
    };
    let now = cx.plan.terms.made_at;
    // By the clock here, nobody believes the root.
    if !periods.is_empty() && !periods.iter().any(|it| it.contains(now)) {
        return false;
    }
    let keys = Keys::of(&shown, top, &announced, now);
    keys.is_some_and(|keys| {
        let mut sets = keys.sets(&shown, top, Wanted::Keys);
        sets.extend(keys.beside(referral, zone));
        sets.iter().all(|set| set.is_sound(now))
    })
}

/// Whether a resolver says of the servers of the top-level domain that it has checked their signature. They
/// were asked for already.
async fn is_checked(cx: &Context, top: &str) -> bool {
    let lookup = common::look_up(cx, top, RecordType::Ns, Role::Resolver).await;
    let is_it = |answer: &ViewAnswer| {
        let marks = answer.marks.as_ref();
        answer.doubt().is_none() && marks.is_some_and(|marks| marks.authenticated)
    };
    lookup.answers.iter().any(is_it)
}

/// The keys that the root announces for a top-level domain, by a resolver's word, and from when until when the root's
/// signatures of them count.
pub(in crate::probe::dns) async fn by_the_root(
    cx: &Context,
    top: &str,
) -> Option<(Announced, Vec<Period>)> {
    let question = Question {
        name: top,
        record: RecordType::Ns,
        role: Role::Resolver,
    };
    let query = question.wanting(Wanted::Announced)?;
    let view = cx.plan.views.first()?;
    let asking = async {
        let (addresses, transport) = reach(cx, view).await.ok()?;
        let address = *addresses.first()?;
        let server = Server {
            address,
            transport: &transport,
        };
        delivery::put(cx, server, &query).await.ok()
    };
    let answer = cx.within(cx.plan.limits.dns, asking).await.ok()??;
    let periods = || announced::periods(&answer, top, cx.plan.terms.made_at);
    (!is_error(&answer)).then(|| (Announced::by(&answer, top), periods()))
}
