//! Which keys the zone above announces for a zone (DS), by each of its servers: one that was left behind when the
//! keys were changed leads whoever asks it to refuse the zone.

use super::signed_zone::Zone;
use crate::facts::{NameServer, Proof};
use crate::probe::Context;
use crate::wire::dns::announced::Announced;
use crate::wire::dns::signatures::Wanted;

/// No more announcements are followed beside the first.
const MAX_OTHERS: usize = 2;

/// The keys that are announced for a zone, as far as it was heard: nobody expects any below a zone
/// without them.
pub(super) fn announced(zones: &[Zone], zone: &Zone) -> Option<Announced> {
    let Some(above) = above(zones, zone) else {
        return zone.announced.clone();
    };
    match &above.announced {
        // A top-level domain announces none while it has none itself: what the root says is a resolver's word.
        Some(announced) if announced.is_empty() && above.is_top() => {
            return zone.announced.clone();
        }
        Some(announced) if announced.is_empty() => return Some(Announced::default()),
        // What the top-level domain said stands, whatever the root says of it.
        None if above.is_top() => return zone.announced.clone(),
        None => return None,
        Some(_) => {}
    }
    let heard = || {
        let shown = above.shown.iter();
        shown.filter_map(|it| Some((it, it.set(&zone.apex, Wanted::Announced)?)))
    };
    if heard().next().is_none() {
        return zone.announced.clone();
    }
    heard().find_map(|(showing, set)| match set.proof {
        _ if !set.absent => showing.announced(&zone.apex),
        Some(Proof::HandedOn) => Some(Announced::default()),
        _ => None,
    })
}

/// The zone as those are led to it who ask the servers of the zone above that announce other keys than the first
/// one does. Notes on the zone itself which of them announce what counts there.
pub(super) async fn otherwise(cx: &Context, zones: &mut [Zone], index: usize) -> Vec<Zone> {
    let zone = &zones[index];
    let Some(above) = above(zones, zone) else {
        return Vec::new();
    };
    let now = cx.plan.terms.made_at;
    let mut others: Vec<(Announced, Vec<NameServer>)> = Vec::new();
    let mut same = Vec::new();
    for showing in above.shown.iter().chain(&above.announcing) {
        let set = showing.set(&zone.apex, Wanted::Announced);
        let holds = set.is_some_and(|set| set.may_hold(now));
        let Some(announced) = showing.announced(&zone.apex).filter(|_| holds) else {
            continue;
        };
        let server = showing.source.server.clone();
        if zone
            .announced
            .as_ref()
            .is_none_or(|it| it.is_same(&announced))
        {
            same.push(server);
        } else if let Some((_, by)) = others.iter_mut().find(|(it, _)| it.is_same(&announced)) {
            by.push(server);
        } else {
            others.push((announced, vec![server]));
        }
    }
    if others.is_empty() {
        return Vec::new();
    }
    // Whoever hears of none expects no signatures.
    let others = others.into_iter().filter(|(it, _)| !it.is_empty());
    let mut led: Vec<Zone> = others
        .take(MAX_OTHERS)
        .map(|(announced, by)| zone.announced_by(announced, by))
        .collect();
    for zone in &mut led {
        if let Some(announced) = zone.announced.clone() {
            Box::pin(zone.look(cx, &announced)).await;
        }
    }
    zones[index].announcers = same;
    led
}

/// Notes in the zones above that none of their servers said whether there are keys for one below: nor did a referral,
/// where the same servers speak for both. Without that nobody who checks believes anything in it.
pub(super) fn note_unheard(zones: &mut [Zone]) {
    for index in 0..zones.len() {
        let zone = &zones[index];
        if zone.announced.is_some() {
            continue;
        }
        let apex = zone.apex.clone();
        let is_above = |it: &Zone| it.apex.eq_ignore_ascii_case(&zone.from);
        if let Some(above) = zones.iter().position(is_above) {
            zones[above].note_unheard(&apex);
        }
    }
}

fn above<'a>(zones: &'a [Zone], zone: &Zone) -> Option<&'a Zone> {
    let mut all = zones.iter();
    all.find(|it| it.apex.eq_ignore_ascii_case(&zone.from))
}
