//! Walks from the top-level domain down to the zone of a name, by what each zone says of the next:
//! so do the resolvers of partners that remember nothing. A resolver that remembers the servers of
//! a zone may go on asking them for years after the zone was moved or given up.

pub(super) mod carriers;
pub(super) mod delegated;
pub(super) mod dispute;
pub(super) mod impasse;
pub(in crate::probe) mod link;
pub(super) mod passing;
mod referral;
pub(super) mod root;
pub(super) mod step;
pub(in crate::probe) mod steps;
pub(super) mod top;

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::GRACE;
use super::servers::MAX_SERVERS;
use crate::facts::{Impasse, NameServer, ServerAnswer};
use crate::probe::Context;
use carriers::{Carrier, MAX_ASKED, MAX_CUTS, PATIENCE, in_turn};
use delegated::{Delegated, Heard};
use passing::Passing;
use referral::Said;
use root::Top;

/// So many servers of a zone are asked for the next one at the same time: they should say the same.
const AT_ONCE: usize = 2;

/// What a walk from the top comes to.
#[derive(Clone, Debug)]
pub(super) enum Walk {
    To(Box<Delegated>),
    /// To this zone, whose servers do not say where the name is. Nobody may have been asked.
    Stuck(Box<Delegated>, Impasse),
    /// Whoever is asked, a resolver on the way answers.
    Redirected,
    /// These servers of the root deny the top-level domain.
    Denied(Vec<Carrier>),
    /// To a top-level domain of somebody's own, as far as can be seen from here.
    Inside,
    Nowhere,
}

/// The zone that the name is in. Where the top-level domain itself says that there is no other, it is
/// that.
pub(super) async fn walk(cx: &Context, name: &str) -> Walk {
    let walk = go(cx, name).await;
    if let Walk::To(zone) | Walk::Stuck(zone, _) = &walk {
        cx.remember_walk(name, zone.links());
    }
    walk
}

async fn go(cx: &Context, name: &str) -> Walk {
    // Somebody's NS record may name a host without its domain: it is a top-level domain then.
    let top = name.rsplit_once('.').map_or(name, |(_, top)| top);
    let servers = match root::top(cx, top).await {
        Top::Served(servers) => servers,
        Top::Denied(by) => return Walk::Denied(by),
        Top::Inside => return Walk::Inside,
    };
    let mut zone = Delegated {
        apex: top.to_owned(),
        from: ".".to_owned(),
        by: None,
        servers,
        is_same: false,
        announced: None,
        is_unproven: false,
        way: Vec::new(),
        is_from_top: true,
        dispute: None,
        passed: Vec::new(),
    };
    for _ in 0..MAX_CUTS {
        match ask_below(cx, &zone, name).await {
            Ok(Heard::Cut(next)) => {
                let next = next.after(&zone);
                if next.apex.eq_ignore_ascii_case(name) {
                    return Walk::To(Box::new(next));
                }
                zone = next;
            }
            Ok(Heard::Within(apex)) if apex.eq_ignore_ascii_case(&zone.apex) => {
                return Walk::To(Box::new(zone));
            }
            // The same servers speak for a zone below.
            Ok(Heard::Within(apex)) => {
                let way = zone.links();
                let from = if way.is_empty() { zone.from } else { zone.apex };
                return Walk::To(Box::new(Delegated {
                    apex,
                    from,
                    is_same: true,
                    announced: None,
                    way,
                    ..zone
                }));
            }
            Ok(Heard::Redirected) => return Walk::Redirected,
            Err(said) => {
                let impasse = impasse::at(cx, &zone, name, said).await;
                let stuck = impasse.map(|impasse| Walk::Stuck(Box::new(zone), impasse));
                return stuck.unwrap_or(Walk::Nowhere);
            }
        }
    }
    Walk::To(Box::new(zone))
}

/// How hard the servers of a zone are asked.
#[derive(Clone, Copy, Debug)]
struct Effort {
    at_once: usize,
    servers: usize,
    patience: Duration,
}

/// What the servers of a zone say of the name; what each said instead, where none says where it is. They
/// are asked once more then, all of them and for longer: a lost packet must not decide, nor one that is
/// out of order, or counts questions.
async fn ask_below(cx: &Context, zone: &Delegated, name: &str) -> Result<Heard, Vec<ServerAnswer>> {
    let limit = cx.plan.limits.dns;
    let patience = PATIENCE.min(limit);
    let few = Effort {
        at_once: AT_ONCE,
        servers: MAX_ASKED,
        patience,
    };
    let all = Effort {
        at_once: MAX_SERVERS,
        servers: MAX_SERVERS,
        patience: patience.max(limit / 4),
    };
    match ask_with(cx, zone, name, few).await {
        Err(said) if impasse::is_heard(cx, zone, &said) => ask_with(cx, zone, name, all).await,
        told => told,
    }
}

/// Asks some servers of a zone at once, and further ones where these do not say. A top-level domain's word
/// that there is nothing needs the word of others: one of its servers may lag behind.
async fn ask_with(
    cx: &Context,
    zone: &Delegated,
    name: &str,
    effort: Effort,
) -> Result<Heard, Vec<ServerAnswer>> {
    let mut waiting = in_turn(&zone.servers, name).take(effort.servers);
    let ask = |carrier| referral::ask(cx, zone, carrier, name, effort.patience);
    let mut asking: FuturesUnordered<_> = waiting.by_ref().take(effort.at_once).map(ask).collect();
    let (mut heard, mut others) = (Vec::new(), Vec::new());
    let mut passing = Passing::at(&zone.apex);
    let (mut is_cut, mut left) = (false, Duration::MAX);
    while let Ok(Some(said)) = cx.within(left, asking.next()).await {
        let mut is_denied = false;
        match said {
            Some(Ok(said)) => {
                let Said {
                    server,
                    heard: word,
                    is_ipv6_only,
                    ..
                } = said;
                match word {
                    Heard::Redirected => return Ok(word),
                    Heard::Cut(_) => is_cut = true,
                    Heard::Within(_) => is_denied = true,
                }
                passing.note(said.minding, said.alias, said.passed);
                passing.note_family(&server, is_ipv6_only);
                heard.push((server, word));
            }
            Some(Err(said)) => others.push(said),
            None => {}
        }
        let is_enough = is_cut || !heard.is_empty() && (!is_denied || zone.from != ".");
        // It may be that another one stops nobody.
        if is_enough && passing.is_free() {
            left = GRACE;
        } else if let Some(next) = waiting.next() {
            asking.push(ask(next));
        } else if is_enough {
            left = GRACE;
        }
    }
    let announces_alike = announces_alike(&heard);
    let mut settled = dispute::settled(&zone.apex, heard).ok_or(others)?;
    if let Heard::Cut(next) = &mut settled {
        next.is_unproven |= !announces_alike;
        next.passed = passing.found_among(zone.servers.len());
    }
    Ok(settled)
}

/// Whether all of them that hand the name on announce the same keys for the zone that they hand it on to.
fn announces_alike(heard: &[(NameServer, Heard)]) -> bool {
    let mut announced = heard.iter().filter_map(|(_, heard)| match heard {
        Heard::Cut(next) => next.announced.as_ref(),
        Heard::Within(_) | Heard::Redirected => None,
    });
    let first = announced.next();
    announced.all(|other| first.is_none_or(|first| first.is_same(other)))
}
