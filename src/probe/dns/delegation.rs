//! Walks from the top-level domain down to the zone of a name, by what each zone says of the next:
//! so do the resolvers of partners that remember nothing. A resolver that remembers the servers of
//! a zone may go on asking them for years after the zone was moved or given up.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hickory_resolver::proto::op::ResponseCode;

use super::carriers::{
    Carrier, MAX_ASKED, MAX_CUTS, PATIENCE, address_of, believed, in_turn, servers_of_top,
};
use super::delegated::{Delegated, Heard};
use super::servers::{may_be_asked, names};
use super::whereabouts::{self, Known, Whereabouts};
use super::{GRACE, Question, Server, delivery, dispute, exchange, top};
use crate::facts::{DnsOutcome, NameServer, RecordType, is_within};
use crate::model::limits::DNS_PORT;
use crate::probe::Context;
use crate::probe::manners::Host;
use crate::wire::dns::announced::{Announced, seems_proven};
use crate::wire::dns::{Role, outcome};

/// So many servers of a zone are asked for the next one at the same time: they should say the same.
const AT_ONCE: usize = 2;

/// What a walk from the top comes to.
#[derive(Clone, Debug)]
pub(super) enum Walk {
    To(Box<Delegated>),
    /// Whoever is asked, a resolver on the way answers.
    Redirected,
    Nowhere,
}

/// The zone that the name is in. Where the top-level domain itself says that there is no other, it is
/// that.
pub(super) async fn walk(cx: &Context, name: &str) -> Walk {
    let walk = go(cx, name).await;
    if let Walk::To(delegated) = &walk {
        cx.remember_walk(name, delegated.links());
    }
    walk
}

async fn go(cx: &Context, name: &str) -> Walk {
    let Some((_, top)) = name.rsplit_once('.') else {
        return Walk::Nowhere;
    };
    let mut zone = Delegated {
        apex: top.to_owned(),
        from: ".".to_owned(),
        by: None,
        servers: servers_of_top(cx, top).await,
        is_same: false,
        announced: None,
        is_unproven: false,
        way: Vec::new(),
        is_from_top: true,
        dispute: None,
    };
    for _ in 0..MAX_CUTS {
        match ask_below(cx, &zone, name).await {
            Heard::Cut(next) => {
                let next = next.after(&zone);
                if next.apex.eq_ignore_ascii_case(name) {
                    return Walk::To(Box::new(next));
                }
                zone = next;
            }
            Heard::Within(apex) if apex.eq_ignore_ascii_case(&zone.apex) => {
                return Walk::To(Box::new(zone));
            }
            // The same servers speak for a zone below.
            Heard::Within(apex) => {
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
            Heard::Redirected => return Walk::Redirected,
            Heard::Nothing => break,
        }
    }
    if zone.from == "." {
        Walk::Nowhere
    } else {
        Walk::To(Box::new(zone))
    }
}

/// Asks two servers of a zone at once, and further ones where these do not say. A top-level domain's word
/// that there is nothing needs the word of others: one of its servers may lag behind.
async fn ask_below(cx: &Context, zone: &Delegated, name: &str) -> Heard {
    let mut waiting = in_turn(&zone.servers, name).take(MAX_ASKED);
    let ask = |carrier| ask_one(cx, zone, carrier, name);
    let mut asking: FuturesUnordered<_> = waiting.by_ref().take(AT_ONCE).map(ask).collect();
    let mut heard = Vec::new();
    let (mut is_cut, mut left) = (false, Duration::MAX);
    while let Ok(Some(said)) = cx.within(left, asking.next()).await {
        let is_denied = matches!(said, Some((_, Heard::Within(_))));
        match said {
            Some((_, Heard::Redirected)) => return Heard::Redirected,
            None | Some((_, Heard::Nothing)) => {}
            Some(said) => {
                is_cut |= matches!(said.1, Heard::Cut(_));
                heard.push(said);
            }
        }
        let is_enough = is_cut || !heard.is_empty() && (!is_denied || zone.from != ".");
        if is_enough {
            left = GRACE;
        } else if let Some(next) = waiting.next() {
            asking.push(ask(next));
        }
    }
    dispute::settled(&zone.apex, heard)
}

async fn ask_one(
    cx: &Context,
    zone: &Delegated,
    (server, glue): &Carrier,
    name: &str,
) -> Option<(NameServer, Heard)> {
    let address = whereabouts_of(cx, zone, server, glue).await?;
    let server = NameServer {
        name: server.clone(),
        address: SocketAddr::new(address, DNS_PORT),
        beside: false,
    };
    let heard = ask(cx, zone, server.clone(), name).await;
    Some((server, heard))
}

/// The same by the way from the top, as nobody else asks a resolver for it.
async fn whereabouts_of(
    cx: &Context,
    zone: &Delegated,
    server: &str,
    glue: &[IpAddr],
) -> Option<IpAddr> {
    if zone.from == "." || zone.is_same || !glue.is_empty() {
        return address_of(cx, server, glue).await;
    }
    match whereabouts::find(cx, server, &Known::default(), &[&zone.apex]).await {
        Whereabouts::At(addresses, ..) => {
            let mut addresses = addresses.into_iter();
            addresses.find(|address| may_be_asked(cx, *address))
        }
        Whereabouts::Lost(_) => None,
        Whereabouts::Unknown => address_of(cx, server, glue).await,
    }
}

async fn ask(cx: &Context, zone: &Delegated, server: NameServer, name: &str) -> Heard {
    cx.turn([Host::NameServer(server.address.ip())]).await;
    let question = Question {
        name,
        record: RecordType::Ns,
        role: Role::Authority,
    };
    let Some(query) = question.message(true) else {
        return Heard::Nothing;
    };
    let to = Server::plain(server.address);
    let limit = PATIENCE.min(cx.plan.limits.dns);
    let said = cx.within(limit, delivery::put(cx, to, &query)).await;
    if let Ok(Ok(message)) = said
        && message.metadata.response_code != ResponseCode::FormErr
    {
        // The servers of a top-level domain ask nobody else, and refer to those who have the records.
        // Many networks redirect whatever goes to port 53, and some pretend to be whoever was asked.
        if zone.from == "." && message.metadata.recursion_available && !message.answers.is_empty() {
            return Heard::Redirected;
        }
        return match heard(zone, server, name, outcome(&message, question)) {
            Heard::Cut(mut next) if message.answers.is_empty() => {
                let now = cx.plan.terms.made_at;
                let top = zone.apex.as_str();
                next.is_unproven = !seems_proven(&message, &next.apex, top, now)
                    || zone.from == "." && !top::may_hold(cx, top, to, &message, &next.apex).await;
                next.announced = Some(Announced::beside(&message, &next.apex));
                Heard::Cut(next)
            }
            heard => heard,
        };
    }
    // Not every server understands that signatures are asked for.
    let Ok(said) = cx.within(limit, exchange::ask(cx, to, question)).await else {
        return Heard::Nothing;
    };
    heard(zone, server, name, said.outcome)
}

fn heard(zone: &Delegated, server: NameServer, name: &str, outcome: DnsOutcome) -> Heard {
    if !outcome.aliases().is_empty() {
        return Heard::Within(zone.apex.clone());
    }
    let cut = |apex: String, servers, is_same| {
        Heard::Cut(Box::new(Delegated {
            apex,
            from: zone.apex.clone(),
            by: Some(server),
            servers,
            is_same,
            announced: None,
            is_unproven: false,
            way: Vec::new(),
            is_from_top: true,
            dispute: None,
        }))
    };
    let lies_below = |apex: &str| {
        is_within(apex, &zone.apex)
            && !apex.eq_ignore_ascii_case(&zone.apex)
            && is_within(name, apex)
    };
    match outcome {
        DnsOutcome::Elsewhere {
            zone: Some(apex),
            servers,
            ..
        } if lies_below(&apex) => cut(apex, believed(&zone.apex, servers), false),
        // The same server speaks for the zone below.
        DnsOutcome::Records { .. } => {
            let servers = names(&outcome).map(|server| (server, Vec::new()));
            cut(name.to_owned(), servers.collect(), true)
        }
        DnsOutcome::NoData {
            zone: Some(apex), ..
        }
        | DnsOutcome::NoName {
            zone: Some(apex), ..
        } if is_within(&apex, &zone.apex) && is_within(name, &apex) => Heard::Within(apex),
        _ => Heard::Nothing,
    }
}
