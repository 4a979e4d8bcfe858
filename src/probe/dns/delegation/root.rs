//! What the root says of a top-level domain, where the resolver here does not lead to its servers, or has it
//! itself: such as a company's own DNS makes up has no place on the internet.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};

use super::carriers::{Carrier, MAX_ASKED, PATIENCE, ROOT, address_of, in_turn};
use super::step::{ask_one, asked_of, read};
use super::steps::{Step, Stepped};
use crate::facts::{DnsOutcome, Lookup, RecordType, ViewAnswer};
use crate::known::inside;
use crate::model::plan::{Authority, View};
use crate::probe::Context;
use crate::probe::dns::common;
use crate::probe::dns::servers::names;
use crate::wire::dns::Role;

/// What is known of a top-level domain.
pub(in crate::probe::dns) enum Top {
    /// Its servers; none where nobody says who they are.
    Served(Vec<Carrier>),
    /// These servers of the root deny it: nothing below exists for whoever remembers nothing.
    Denied(Vec<Carrier>),
    /// All that is known of it comes from some network's own DNS, and the root could not be asked.
    Inside,
}

/// The servers of a top-level domain by a resolver's word. The root is asked where it denies the domain, or is no
/// witness because it has it itself.
pub(in crate::probe::dns) fn top<'a>(cx: &'a Context, top: &'a str) -> BoxFuture<'a, Top> {
    // Without its type: ways lead here through each other, and the compiler would follow each of them.
    look_for(cx, top).boxed()
}

async fn look_for(cx: &Context, top: &str) -> Top {
    let seen = common::look_up(cx, top, RecordType::Ns, Role::Resolver).await;
    let named = carriers(&seen);
    // Every one that there is has name servers: so says nobody but who makes it up.
    let denies = |answer: &ViewAnswer| {
        matches!(answer.outcome, DnsOutcome::NoName { .. }) || answer.outcome.is_unproven()
    };
    let is_doubtful = seen.answers.iter().any(denies) || is_own(&seen);
    if !is_doubtful && !inside::is_top_level(top) {
        return Top::Served(named);
    }
    let root = servers(cx, top).await;
    let asked = (ROOT, top, RecordType::Ns);
    let asking = Box::pin(ask(cx, &root, top));
    let stepped = Box::pin(cx.shared.steps.get(cx, asked, asking)).await;
    match &stepped.step {
        Step::Cut(_, referred) if named.is_empty() => Top::Served(referred.clone()),
        Step::Said(_) => Top::Denied(root),
        Step::Failed(..) | Step::Unknown if inside::is_top_level(top) || is_denied(&seen) => {
            Top::Inside
        }
        Step::Cut(..) | Step::Same(_) | Step::Failed(..) | Step::Unknown => Top::Served(named),
    }
}

/// Some servers of the root that may be asked, with their addresses by a resolver's word.
async fn servers(cx: &Context, top: &str) -> Vec<Carrier> {
    if cx.plan.authority == Authority::Off || cx.plan.views.contains(&View::ZoneFile) {
        return Vec::new();
    }
    let named = carriers(&common::look_up(cx, ROOT, RecordType::Ns, Role::Resolver).await);
    let located = in_turn(&named, top).take(MAX_ASKED).map(async |carrier| {
        let (name, glue) = carrier;
        let address = address_of(cx, name, glue).await?;
        Some((name.clone(), vec![address]))
    });
    join_all(located).await.into_iter().flatten().collect()
}

/// What they say of a top-level domain, all at once. One that hands it on is right; one that denies it needs
/// to show that it is the root that does.
async fn ask(cx: &Context, root: &[Carrier], top: &str) -> Stepped {
    let servers = asked_of(root);
    let question = (top, RecordType::Ns);
    let asking = servers
        .iter()
        .map(|server| ask_one(cx, ROOT, server, question, PATIENCE));
    let said = join_all(asking).await;
    let steps = said
        .into_iter()
        .map(|(outcome, _)| read(ROOT, top, outcome));
    let mut denied = Step::Unknown;
    for step in steps {
        match step {
            Step::Cut(..) | Step::Same(_) => return Stepped::to(step),
            Step::Said(ref outcome) if is_denial(outcome) => denied = step,
            Step::Said(_) | Step::Failed(..) | Step::Unknown => {}
        }
    }
    Stepped::to(denied)
}

fn carriers(lookup: &Arc<Lookup>) -> Vec<Carrier> {
    let names = names(lookup.leading());
    names.map(|name| (name, Vec::new())).collect()
}

/// Whether a view says that it has the top-level domain itself (AA).
fn is_own(seen: &Lookup) -> bool {
    let mut marks = seen.answers.iter().filter_map(|it| it.marks.as_ref());
    marks.any(|marks| marks.authoritative)
}

/// Whether a view passes on that the root denies it.
fn is_denied(seen: &Lookup) -> bool {
    let mut answers = seen.answers.iter();
    answers.any(|answer| answer.doubt().is_none() && is_denial(&answer.outcome))
}

/// Whether it is the root that denies the name.
pub(in crate::probe::dns) fn is_denial(outcome: &DnsOutcome) -> bool {
    matches!(outcome, DnsOutcome::NoName { .. }) && outcome.zone() == Some(ROOT)
}
