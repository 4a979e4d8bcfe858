//! How zones sign, as a resolver passes it on, where none of their servers can be asked from here: one that checks
//! nothing itself hands out what others refuse.

use std::net::SocketAddr;

use super::Signings;
use super::showing::Want;
use super::signed_zone::Zone;
use super::source::Source;
use crate::facts::{Lookup, RecordType, SigningFacts, Standing, ViewAnswer, is_within};
use crate::probe::Context;
use crate::probe::dns::delegation::carriers::ROOT;
use crate::probe::dns::delegation::top::by_the_root;
use crate::probe::dns::servers::authority::{self, Found};
use crate::wire::dns::announced::{Announced, announcer};
use crate::wire::dns::signatures::{Wanted, is_error};

/// No more zones are looked at than these.
const MAX_ZONES: usize = 3;

/// What a resolver passes on of the zones of these questions, whose answers rest on its word alone.
pub(super) async fn look(cx: &Context, found: &Found, lookups: &[&Lookup]) -> Signings {
    let mut signings = Signings::default();
    // It keeps whoever asks for name servers waiting.
    if found.silent {
        return signings;
    }
    let mut standings = lookups.iter().map(|lookup| lookup.standing());
    if standings.any(|standing| standing == Standing::Resolver) {
        signings.elsewhere.extend(top(cx).await);
    }
    for (source, mut zone) in zones(cx, found, lookups).await {
        let Some((from, announced)) = announced(cx, &source, &zone.apex).await else {
            continue;
        };
        zone.from = from;
        zone.announced = Some(announced.clone());
        zone.look_at(cx, &[source], &announced).await;
        let is_own = found.apex.as_deref() == Some(zone.apex.as_str());
        let facts = zone.into_facts();
        if is_own {
            signings.own = facts;
        } else {
            signings.elsewhere.extend(facts);
        }
    }
    signings
}

/// The top-level domain, where the root's signatures of its keys do not count at this moment. As all resolvers go by
/// them, that tells of the clock here, and of nothing else.
async fn top(cx: &Context) -> Option<SigningFacts> {
    let view = cx.plan.views.first().filter(|view| !view.is_stand_in())?;
    let (_, top) = cx.plan.terms.domain.as_str().rsplit_once('.')?;
    let (announced, periods) = by_the_root(cx, top).await?;
    let mut zone = Zone::through(view, top);
    ROOT.clone_into(&mut zone.from);
    zone.announced = Some(announced);
    zone.announced_between = periods;
    let now = cx.plan.terms.made_at;
    let facts = zone.into_facts()?;
    facts
        .announced_at_another_time(now)
        .is_some()
        .then_some(facts)
}

/// The keys that are announced for a zone, and which one announces them. `None` where no signature comes with them:
/// then the resolver passes none on, and says nothing of whether there are any.
async fn announced(cx: &Context, source: &Source, apex: &str) -> Option<(String, Announced)> {
    let answer = source.put(cx, apex, Wanted::Announced).await?;
    if is_error(&answer) {
        return None;
    }
    let announced = Announced::by(&answer, apex);
    let from = announcer(&answer, apex)?;
    (!announced.is_empty()).then_some((from, announced))
}

/// The zones that the views have these names in, and those at the ends of their aliases.
async fn zones(cx: &Context, found: &Found, lookups: &[&Lookup]) -> Vec<(Source, Zone)> {
    let mut zones: Vec<(Source, Zone)> = Vec::new();
    for lookup in lookups {
        let Some((answer, address)) = unchecked(lookup) else {
            continue;
        };
        let aliases = answer.outcome.aliases().iter();
        let ends = aliases.map(|alias| alias.target.as_str());
        for name in ends.chain([lookup.name.as_str()]) {
            let own = found.apex.as_ref().filter(|apex| is_within(name, apex));
            let apex = match own {
                Some(apex) => Some(apex.clone()),
                None => authority::apex(cx, name).await,
            };
            let Some(apex) = apex else {
                continue;
            };
            let want = Want {
                name: name.to_owned(),
                wanted: Wanted::Records(lookup.record),
                lesser: lookup.record == RecordType::Aaaa,
            };
            let is_it = |(_, zone): &&mut (Source, Zone)| zone.apex.eq_ignore_ascii_case(&apex);
            if let Some((_, known)) = zones.iter_mut().find(is_it) {
                known.wants(want);
                continue;
            }
            let mut zone = Zone::through(&answer.view, &apex);
            zone.wants(want);
            zones.push((Source::resolver(&answer.view, address), zone));
        }
    }
    zones.truncate(MAX_ZONES);
    zones
}

/// The answer of a view on which this question rests, where that view neither has checked its signatures nor has
/// the zone itself.
fn unchecked(lookup: &Lookup) -> Option<(&ViewAnswer, SocketAddr)> {
    if lookup.standing() != Standing::Resolver {
        return None;
    }
    let mut answers = lookup.answers.iter();
    let answer = answers.find(|answer| {
        let marks = answer.marks.as_ref();
        let is_passed_on = marks.is_none_or(|it| !it.authenticated);
        let is_word = !answer.internal && answer.doubt().is_none() && !answer.view.is_stand_in();
        is_passed_on && is_word && answer.outcome.is_conclusive()
    })?;
    Some((answer, answer.server?))
}
