//! What one server of a zone says of a name below: to whom it hands it on, or that it does not.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::proto::op::{Message, ResponseCode};
use tokio::time::Instant;

use super::carriers::{Carrier, address_of, believed};
use super::delegated::{Delegated, Heard};
use super::top;
use crate::facts::{
    Alias, DnsOutcome, Marks, Minding, NameServer, Passed, RecordType, ServerAnswer, Unanswered,
    is_within,
};
use crate::model::limits::DNS_PORT;
use crate::probe::dns::exchange::transport::Server;
use crate::probe::dns::exchange::{self, cookie, delivery};
use crate::probe::dns::servers::whereabouts::{self, Known, Place, Whereabouts};
use crate::probe::dns::servers::{may_be_asked, names};
use crate::probe::manners::Host;
use crate::probe::{Context, LimitHit, elapsed_us};
use crate::wire::dns::announced::{Announced, seems_proven};
use crate::wire::dns::{Question, Role, marks, outcome};

/// What one server says of the name.
pub(super) struct Said {
    pub(super) server: NameServer,
    pub(super) heard: Heard,
    pub(super) minding: Option<Minding>,
    /// What its name is one of.
    pub(super) alias: Option<Alias>,
    /// The zones on the way to its name that not every resolver gets past.
    pub(super) passed: Vec<Passed>,
    /// It is known to have no IPv4 address.
    pub(super) is_ipv6_only: bool,
}

/// What this server says, or what else; `None` where it is not known where it is. Each way of asking has this
/// limit.
pub(super) async fn ask(
    cx: &Context,
    zone: &Delegated,
    (server, glue): &Carrier,
    name: &str,
    limit: Duration,
) -> Option<Result<Said, ServerAnswer>> {
    let (address, place) = whereabouts_of(cx, zone, server, glue).await?;
    let is_ipv6_only = is_ipv6_only(zone, server, glue, &place.addresses);
    let server = NameServer {
        name: server.clone(),
        address: SocketAddr::new(address, DNS_PORT),
        beside: false,
    };
    let start = Instant::now();
    Some(match put(cx, zone, &server, name, limit).await {
        Ok((heard, minding)) => Ok(Said {
            server,
            heard,
            minding,
            alias: place.alias,
            passed: place.passed,
            is_ipv6_only,
        }),
        Err(exchange::Said { outcome, marks, .. }) => Err(ServerAnswer {
            server,
            outcome: outcome.within(&zone.apex),
            elapsed_us: elapsed_us(start),
            marks,
            led_by: None,
        }),
    })
}

/// Whether all addresses that lead to this server are of IPv6. The addresses beside a delegation are all there are
/// for a name in the zone that is handed on; of another one, a top-level domain may know only some.
fn is_ipv6_only(zone: &Delegated, server: &str, glue: &[IpAddr], found: &[IpAddr]) -> bool {
    let is_all = is_within(server, &zone.apex) || zone.from.contains('.');
    let known = if found.is_empty() && is_all {
        glue
    } else {
        found
    };
    !known.is_empty() && known.iter().all(IpAddr::is_ipv6)
}

/// Where it is, by the way from the top, as nobody else asks a resolver for it.
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
async fn put(
    cx: &Context,
    zone: &Delegated,
    server: &NameServer,
    name: &str,
    limit: Duration,
) -> Result<(Heard, Option<Minding>), exchange::Said> {
    cx.turn([Host::NameServer(server.address.ip())]).await;
    let question = Question {
        name,
        record: RecordType::Ns,
        role: Role::Authority,
    };
    let to = Server::plain(server.address);
    let (message, to_cookie) = if zone.from == "." {
        let Some(query) = question.message(true) else {
            return Err(exchange::Said::nothing(Unanswered::Malformed));
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
            return Ok((Heard::Redirected, None));
        }
        let marks = Marks {
            to_cookie,
            ..marks(&message)
        };
        let minding = Minding::by(server, &marks);
        let Some(heard) = heard(zone, server, name, &outcome(&message, question)) else {
            return Err(exchange::Said::by(&message, question));
        };
        let heard = match heard {
            Heard::Cut(mut next) if message.answers.is_empty() => {
                let now = cx.plan.terms.made_at;
                let top = zone.apex.as_str();
                next.is_unproven = !seems_proven(&message, &next.apex, top, now)
                    || zone.from == "." && !top::is_sound(cx, top, to, &message, &next.apex).await;
                next.announced = Some(Announced::beside(&message, &next.apex));
                Heard::Cut(next)
            }
            heard => heard,
        };
        return Ok((heard, minding));
    }
    // Not every server understands that signatures are asked for.
    let said = cx.within(limit, exchange::ask(cx, to, question)).await;
    let said = said.map_err(|hit| {
        exchange::Said::nothing(match hit {
            LimitHit::Operation => Unanswered::TimedOut,
            LimitHit::Deadline => Unanswered::Deadline,
        })
    })?;
    let marks = said.marks.as_ref();
    let minding = marks.and_then(|marks| Minding::by(server, marks));
    let heard = heard(zone, server, name, &said.outcome).ok_or(said)?;
    Ok((heard, minding))
}

/// Whether this may be an error because of EDNS.
fn is_about_edns(answer: &Message) -> bool {
    let code = answer.metadata.response_code;
    [ResponseCode::FormErr, ResponseCode::NotImp].contains(&code)
}

/// What this answer says of the name, if anything.
fn heard(zone: &Delegated, server: &NameServer, name: &str, outcome: &DnsOutcome) -> Option<Heard> {
    if !outcome.aliases().is_empty() {
        return Some(Heard::Within(zone.apex.clone()));
    }
    let cut = |apex: &str, servers, is_same| {
        Some(Heard::Cut(Box::new(Delegated {
            apex: apex.to_owned(),
            from: zone.apex.clone(),
            by: Some(server.clone()),
            servers,
            is_same,
            announced: None,
            is_unproven: false,
            way: Vec::new(),
            is_from_top: true,
            dispute: None,
            passed: Vec::new(),
        })))
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
        } if lies_below(apex) => cut(apex, believed(&zone.apex, servers.clone()), false),
        // The same server speaks for the zone below.
        DnsOutcome::Records { .. } => {
            let servers = names(outcome).map(|server| (server, Vec::new()));
            cut(name, servers.collect(), true)
        }
        DnsOutcome::NoData {
            zone: Some(apex), ..
        }
        | DnsOutcome::NoName {
            zone: Some(apex), ..
        } if is_within(apex, &zone.apex) && is_within(name, apex) => {
            Some(Heard::Within(apex.clone()))
        }
        _ => None,
    }
}
