//! The servers that a zone hands another one on to, each where whoever remembers nothing finds it.

use std::net::IpAddr;

use futures_util::future::join_all;

use super::by_zone::told_by;
use super::told::Told;
use super::whereabouts::{DEPTH_OF_ALL, Known, Whereabouts, find};
use super::{Located, MAX_SERVERS, among, may_be_asked, seen};
use crate::facts::{Losing, LostServer, Unasked, is_within};
use crate::known::ranges;
use crate::probe::Context;
use crate::probe::dns::delegation::delegated::Delegated;

/// How closely is looked at where servers in other zones are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// Those in one top-level domain stand for all: that of the zone itself, if there are such.
    Some,
    All,
}

/// The servers, and whether they are where `remembered` has them; `told` is what some of them have said already.
pub(in crate::probe::dns) async fn of(
    cx: &Context,
    zone: &Delegated,
    remembered: &[Unasked],
    (care, told): (Care, Told),
) -> Vec<Located> {
    let picked = picked(zone, care);
    let servers = zone.servers.iter().take(MAX_SERVERS);
    let locating = servers.map(|(name, glue)| {
        let of_name = remembered
            .iter()
            .filter(|it| it.name.eq_ignore_ascii_case(name));
        let known = Known {
            addresses: of_name.filter_map(|it| it.address).collect(),
        };
        let is_picked = picked.contains(&name.as_str());
        one(cx, zone, (name, glue), known, is_picked)
    });
    let located = join_all(locating).await;
    let located = located.into_iter().zip(&zone.servers);
    let parted = located.flat_map(|(server, (_, glue))| past_glue(cx, zone, server, glue));
    let mut located = by_the_others(cx, zone, parted.collect()).await;
    if zone.from != "." && !zone.is_same {
        Box::pin(told.add_to(cx, &zone.apex, &mut located)).await;
    }
    located
}

/// A server in another zone, apart from the addresses that its own zone gives beside those that came with the
/// delegation: whoever remembers nothing goes by the latter.
fn past_glue(cx: &Context, zone: &Delegated, server: Located, glue: &[IpAddr]) -> Vec<Located> {
    let has_glue = glue.iter().any(|address| may_be_asked(cx, *address));
    if !has_glue || is_within(&server.name, &zone.apex) {
        return vec![server];
    }
    let addresses = server.addresses.iter().copied();
    let (by_glue, past): (Vec<_>, Vec<_>) = addresses.partition(|it| glue.contains(it));
    if past.is_empty() {
        return vec![server];
    }
    let beside = Located {
        beside: true,
        ..Located::at(&server.name, past)
    };
    let led_to = Located {
        addresses: by_glue,
        ..server
    };
    vec![led_to, beside]
}

/// Which servers in other zones are looked for.
fn picked(zone: &Delegated, care: Care) -> Vec<&str> {
    let top_of = |name: &str| {
        let top = name.rsplit_once('.').map_or(name, |(_, top)| top);
        top.to_ascii_lowercase()
    };
    let names = zone.servers.iter().map(|(name, _)| name.as_str());
    let mut outside: Vec<&str> = names.filter(|name| !is_within(name, &zone.apex)).collect();
    let own = top_of(&zone.apex);
    let is_own = outside.iter().any(|name| top_of(name) == own);
    let first = outside.first().map_or(String::new(), |name| top_of(name));
    let top = if is_own { own } else { first };
    outside.retain(|name| care == Care::All || top_of(name) == top);
    outside
}

async fn one(
    cx: &Context,
    zone: &Delegated,
    (name, glue): (&str, &[IpAddr]),
    known: Known,
    is_picked: bool,
) -> Located {
    let by_views = async |known: Known| {
        if known.addresses.is_empty() {
            seen(cx, name).await
        } else {
            Located::at(name, known.addresses)
        }
    };
    // Whoever remembers nothing is led into a network of somebody's own, and to nobody there.
    let is_private = |address: &IpAddr| ranges::special(*address).is_some();
    let has_glue = glue.iter().any(|address| may_be_asked(cx, *address));
    // Servers of a top-level domain, and of whoever is asked anyway.
    if zone.from == "." || zone.is_same {
        return by_views(known).await;
    }
    let mut located = Located::at(name, glue.to_vec());
    // What a zone that hands this one on says of its own names is so.
    let is_own = zone.from.contains('.') && is_within(name, &zone.from);
    if has_glue && (is_within(name, &zone.apex) || is_own) {
        return located;
    }
    if is_within(name, &zone.apex) {
        if glue.is_empty() {
            located.lost = Some(LostServer {
                name: name.to_owned(),
                zone: zone.apex.clone(),
                how: Losing::NoGlue,
                by: zone.by.iter().cloned().collect(),
            });
        } else if !zone.is_from_top || !glue.iter().all(is_private) {
            located.add(by_views(known).await.addresses);
        } else if !has_glue {
            located.lost = Some(LostServer {
                name: name.to_owned(),
                zone: zone.from.clone(),
                how: Losing::Private,
                by: zone.by.iter().cloned().collect(),
            });
        }
        return located;
    }
    let found = if is_picked {
        find(cx, name, &known, &[&zone.apex]).await
    } else {
        located.unproven = true;
        Whereabouts::Unknown
    };
    match found {
        Whereabouts::At(place) => {
            located.add(place.addresses);
            let is_too_far = place.depth > DEPTH_OF_ALL;
            let too_far = is_too_far.then(|| LostServer {
                name: name.to_owned(),
                zone: zone.apex.clone(),
                how: Losing::TooFar,
                by: Vec::new(),
            });
            let disputed = place.disputed.map(|lost| LostServer {
                name: name.to_owned(),
                ..lost
            });
            located.lost = too_far.or(disputed);
            located.alias = place.alias;
            located.passed = place.passed;
            located.parted = place.parted;
            located.complete = true;
        }
        Whereabouts::Lost(lost) => located.lost = Some(lost),
        Whereabouts::Unknown => {
            let seen = by_views(known).await;
            located.add(seen.addresses);
            located.alias = seen.alias;
        }
    }
    located
}

/// Servers within the zone that came without an address: whoever finds another one is told by that.
async fn by_the_others(cx: &Context, zone: &Delegated, mut located: Vec<Located>) -> Vec<Located> {
    let has_no_glue = |server: &Located| {
        let lost = server.lost.as_ref();
        lost.is_some_and(|lost| lost.how == Losing::NoGlue && lost.zone == zone.apex)
    };
    if !located.iter().any(has_no_glue) {
        return located;
    }
    let others = among(cx, &zone.apex, located.clone());
    if others.servers.is_empty() {
        return located;
    }
    for server in located.iter_mut().filter(|server| has_no_glue(server)) {
        let addresses = told_by(cx, &others, &server.name).await;
        if !addresses.is_empty() {
            server.lost = None;
            server.add(addresses);
        }
    }
    located
}
