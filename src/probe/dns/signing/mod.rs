//! How the servers of a zone sign, and those of the zones on the way to it: from the top-level domain
//! down by what each announces of the next, past delegations and aliases to the zone of every
//! name that the verdict rests on.

mod announcing;
mod passed_on;
mod rejoined;
mod showing;
mod signed_zone;
mod source;

use std::iter::once;

use super::delegation::link::Link;
use super::delegation::top;
use super::servers::authority::Found;
use crate::facts::{
    Alias, AuthorityFacts, DnsOutcome, HandedBy, Lookup, Marks, RecordType, SigningFacts, is_within,
};
use crate::probe::Context;
use crate::wire::dns::signatures::Wanted;
use showing::Want;
use signed_zone::{Servers, Zone};

/// No more zones are looked at than these.
const MAX_ZONES: usize = 8;

/// How the domain's own zone is signed, and those around it.
#[derive(Debug, Default)]
pub(crate) struct Signings {
    pub(crate) own: Option<SigningFacts>,
    pub(crate) elsewhere: Vec<SigningFacts>,
}

/// What all these zones show for the answers to these questions.
pub(crate) async fn look(cx: &Context, found: &Found, lookups: &[&Lookup]) -> Signings {
    let (Some(own), Some(authority)) = (found.way.last(), &found.authority) else {
        return passed_on::look(cx, found, lookups).await;
    };
    let mut signings = Signings::default();
    let mut zones = zones(cx, found, authority, lookups);
    let mut otherwise = Vec::new();
    let mut index = 0;
    while index < zones.len().min(MAX_ZONES) {
        let announced = if zones[index].is_top() {
            let found = top::by_the_root(cx, &zones[index].apex).await;
            found.map(|(announced, periods)| {
                zones[index].announced_between = periods;
                announced
            })
        } else {
            announcing::announced(&zones, &zones[index])
        };
        zones[index].announced.clone_from(&announced);
        otherwise.extend(Box::pin(announcing::otherwise(cx, &mut zones, index)).await);
        if let Some(announced) = announced.filter(|announced| !announced.is_empty()) {
            Box::pin(zones[index].look(cx, &announced)).await;
            let hidden = Box::pin(zones[index].hidden(cx)).await;
            add(&mut zones, hidden);
        }
        index += 1;
    }
    rejoined::rejoin(cx, &mut zones).await;
    announcing::note_unheard(&mut zones);
    for lookup in lookups {
        doubt(&mut zones, lookup);
    }
    for zone in otherwise {
        signings.elsewhere.extend(zone.into_facts());
    }
    for zone in zones {
        let is_own = zone.apex.eq_ignore_ascii_case(&own.apex);
        let Some(facts) = zone.into_facts() else {
            continue;
        };
        if is_own {
            signings.own = Some(facts);
        } else if !facts.announced.is_empty() {
            signings.elsewhere.push(facts);
        }
    }
    signings
}

/// A server that signs an answer now, and did not before, though the question was the same.
fn doubt(zones: &mut [Zone], lookup: &Lookup) {
    for answer in &lookup.authority {
        let is_unsigned = |marks: &Marks| !marks.signed && !marks.without_edns;
        let has_records = matches!(answer.outcome, DnsOutcome::Records { .. });
        if !has_records || !answer.marks.as_ref().is_some_and(is_unsigned) {
            continue;
        }
        for showing in zones.iter_mut().flat_map(|zone| &mut zone.shown) {
            showing.doubt(&answer.server, &lookup.name, lookup.record.name());
        }
    }
}

/// The zones that the questions lead through, each behind the one above it.
fn zones(
    cx: &Context,
    found: &Found,
    authority: &AuthorityFacts,
    lookups: &[&Lookup],
) -> Vec<Zone> {
    let mut zones = Vec::new();
    let own = || way(&found.way, authority);
    add(&mut zones, own());
    for lookup in lookups {
        let lesser = lookup.record == RecordType::Aaaa;
        let ends = lookup.answer().aliases().iter().map(|alias| &alias.target);
        for name in once(&lookup.name).chain(ends) {
            let mut way = if authority.speaks_for(name) {
                own()
            } else {
                let links = cx.walk_to(name).unwrap_or_default();
                links.into_iter().map(Zone::of).collect()
            };
            extend(&mut way, lookup, name);
            let Some(last) = way.last_mut() else {
                continue;
            };
            last.wants(Want {
                name: name.clone(),
                wanted: Wanted::Records(lookup.record),
                lesser,
            });
            want_keys(&mut way, lesser);
            add(&mut zones, way);
        }
    }
    for lookup in lookups {
        add_led(cx, authority, lookup, &mut zones);
    }
    zones
}

/// Adds the zones into which only some servers lead, by aliases that others do not give, where nothing else does.
fn add_led(cx: &Context, authority: &AuthorityFacts, lookup: &Lookup, zones: &mut Vec<Zone>) {
    let given = lookup.answer().aliases();
    for answer in &lookup.authority {
        for alias in answer.outcome.aliases() {
            let is_it = |it: &Alias| it.target.eq_ignore_ascii_case(&alias.target);
            if authority.speaks_for(&alias.target) || given.iter().any(is_it) {
                continue;
            }
            let lesser = lookup.record == RecordType::Aaaa;
            let links = cx.walk_to(&alias.target).unwrap_or_default();
            let mut way: Vec<Zone> = links.into_iter().map(Zone::of).collect();
            let Some(last) = way.last_mut() else {
                continue;
            };
            last.wants(Want {
                name: alias.target.clone(),
                wanted: Wanted::Records(lookup.record),
                lesser,
            });
            want_keys(&mut way, lesser);
            let leading = answer.led_by.as_ref().unwrap_or(&answer.server);
            for mut zone in way {
                let is_known = |known: &&mut Zone| known.apex.eq_ignore_ascii_case(&zone.apex);
                match zones.iter_mut().find(is_known) {
                    // Others lead there as well: what is wanted by the way is not needed by all.
                    Some(known) if known.led_by.is_empty() => continue,
                    Some(known) if !known.led_by.contains(leading) => {
                        known.led_by.push(leading.clone());
                    }
                    _ => {}
                }
                zone.led_by = vec![leading.clone()];
                add(zones, vec![zone]);
            }
        }
    }
}

/// The way to the domain's own zone, whose servers are found already.
fn way(links: &[Link], authority: &AuthorityFacts) -> Vec<Zone> {
    let mut way: Vec<Zone> = links.iter().cloned().map(Zone::of).collect();
    want_keys(&mut way, false);
    if let Some(own) = way.last_mut() {
        // The zone of servers that the user named may begin above the domain.
        let is_above = authority.given && is_within(&authority.apex, &own.apex);
        let is_it = own.apex.eq_ignore_ascii_case(&authority.apex) || is_above;
        let servers = authority.servers.iter().filter(|_| is_it);
        own.servers = Servers::Found(servers.cloned().collect());
    }
    way
}

/// Each zone on a way has to announce the keys of the next.
fn want_keys(way: &mut [Zone], lesser: bool) {
    let below: Vec<String> = way.iter().skip(1).map(|zone| zone.apex.clone()).collect();
    for (above, name) in way.iter_mut().zip(below) {
        above.wants(Want {
            name,
            wanted: Wanted::Announced,
            lesser,
        });
    }
    for zone in way {
        zone.lesser = lesser;
    }
}

/// Adds the zones below to which servers have handed the question for this name on.
fn extend(way: &mut Vec<Zone>, lookup: &Lookup, name: &str) {
    for handover in &lookup.handovers {
        let Some(last) = way.last() else {
            return;
        };
        let is_below = handover.by == HandedBy::Delegation
            && is_within(name, &handover.at)
            && is_within(&handover.at, &last.apex)
            && !handover.at.eq_ignore_ascii_case(&last.apex);
        if let Some(to) = handover.to.as_ref().filter(|_| is_below) {
            let servers = Servers::Found(to.servers.clone());
            way.push(Zone::below(last, &handover.at, servers));
        }
    }
}

/// Adds zones, and what is wanted of those that are known already.
fn add(zones: &mut Vec<Zone>, more: Vec<Zone>) {
    for zone in more {
        let is_it = |known: &&mut Zone| known.apex.eq_ignore_ascii_case(&zone.apex);
        if let Some(known) = zones.iter_mut().find(is_it) {
            known.lesser &= zone.lesser;
            for want in zone.wanted {
                known.wants(want);
            }
        } else {
            zones.push(zone);
        }
    }
}
