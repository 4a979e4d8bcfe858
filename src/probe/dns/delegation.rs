//! Walks from the top-level domain down to the zone of a name, by what each zone says of the next:
//! so do the resolvers of partners that remember nothing. A resolver that remembers the servers of
//! a zone may go on asking them for years after the zone was moved or given up.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hickory_resolver::proto::op::{Message, ResponseCode};

use super::carriers::{
    Carrier, MAX_ASKED, MAX_CUTS, PATIENCE, address_of, believed, in_turn, servers_of_top,
};
use super::delegated::{Delegated, Heard};
use super::passing::Passing;
use super::servers::{may_be_asked, names};
use super::whereabouts::{self, Known, Place, Whereabouts};
use super::{GRACE, Question, Server, cookie, delivery, dispute, exchange, top};
use crate::facts::{Alias, DnsOutcome, Minding, NameServer, Passed, RecordType, is_within};
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
        passed: Vec::new(),
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
    let mut passing = Passing::at(&zone.apex);
    let (mut is_cut, mut left) = (false, Duration::MAX);
    while let Ok(Some(said)) = cx.within(left, asking.next()).await {
        let is_denied = said
            .as_ref()
            .is_some_and(|it| matches!(it.heard, Heard::Within(_)));
        match said {
            Some(Said {
                heard: Heard::Redirected,
                ..
            }) => return Heard::Redirected,
            None
            | Some(Said {
                heard: Heard::Nothing,
                ..
            }) => {}
            Some(said) => {
                is_cut |= matches!(said.heard, Heard::Cut(_));
                passing.note(said.minding, said.alias, said.passed);
                heard.push((said.server, said.heard));
            }
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
    let mut settled = dispute::settled(&zone.apex, heard);
    if let Heard::Cut(next) = &mut settled {
        next.passed = passing.found();
    }
    settled
}

/// What one server says.
struct Said {
    server: NameServer,
    heard: Heard,
    minding: Option<Minding>,
    /// What its name is one of.
    alias: Option<Alias>,
    /// The zones on the way to its name that not every resolver gets past.
    passed: Vec<Passed>,
}

async fn ask_one(
    cx: &Context,
    zone: &Delegated,
    (server, glue): &Carrier,
    name: &str,
) -> Option<Said> {
    let (address, place) = whereabouts_of(cx, zone, server, glue).await?;
    let server = NameServer {
        name: server.clone(),
        address: SocketAddr::new(address, DNS_PORT),
        beside: false,
    };
    let (heard, minding) = ask(cx, zone, server.clone(), name).await;
    Some(Said {
        server,
        heard,
        minding,
        alias: place.alias,
        passed: place.passed,
    })
}

/// The same by the way from the top, as nobody else asks a resolver for it.
async fn whereabouts_of(
    cx: &Context,
    zone: &Delegated,
    server: &str,
    glue: &[IpAddr],
) -> Option<(IpAddr, Place)> {
    let near = async || {
        let address = address_of(cx, server, glue).await?;
        Some((address, Place::default()))
    };
    if zone.from == "." || zone.is_same || !glue.is_empty() {
        return near().await;
    }
    match whereabouts::find(cx, server, &Known::default(), &[&zone.apex]).await {
        Whereabouts::At(place) => {
            let mut addresses = place.addresses.iter().copied();
            let address = addresses.find(|address| may_be_asked(cx, *address))?;
            Some((address, place))
        }
        Whereabouts::Lost(_) => None,
        Whereabouts::Unknown => near().await,
    }
}

/// What it says, and what it minds.
async fn ask(
    cx: &Context,
    zone: &Delegated,
    server: NameServer,
    name: &str,
) -> (Heard, Option<Minding>) {
    cx.turn([Host::NameServer(server.address.ip())]).await;
    let question = Question {
        name,
        record: RecordType::Ns,
        role: Role::Authority,
    };
    let to = Server::plain(server.address);
    let limit = PATIENCE.min(cx.plan.limits.dns);
    let (message, to_cookie) = if zone.from == "." {
        let Some(query) = question.message(true) else {
            return (Heard::Nothing, None);
        };
        let said = cx.within(limit, delivery::put(cx, to, &query)).await;
        (said.ok().and_then(Result::ok), None)
    } else {
        cookie::put(cx, to, question, limit).await
    };
    if let Some(message) = message
        && !is_about_edns(&message)
    {
        // The servers of a top-level domain ask nobody else, and refer to those who have the records.
        // Many networks redirect whatever goes to port 53, and some pretend to be whoever was asked.
        if zone.from == "." && message.metadata.recursion_available && !message.answers.is_empty() {
            return (Heard::Redirected, None);
        }
        let minding = to_cookie.map(|to_cookie| Minding {
            server: server.clone(),
            to_edns: None,
            to_cookie: Some(to_cookie),
        });
        let heard = match heard(zone, server, name, outcome(&message, question)) {
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
        return (heard, minding);
    }
    // Not every server understands that signatures are asked for.
    let Ok(said) = cx.within(limit, exchange::ask(cx, to, question)).await else {
        return (Heard::Nothing, None);
    };
    let marks = said.marks.as_ref();
    let minding = marks.and_then(|marks| Minding::by(&server, marks));
    (heard(zone, server, name, said.outcome), minding)
}

/// Whether this may be an error because of EDNS.
fn is_about_edns(answer: &Message) -> bool {
    let code = answer.metadata.response_code;
    [ResponseCode::FormErr, ResponseCode::NotImp].contains(&code)
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
            passed: Vec::new(),
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
