//! What the servers of a zone say of where those among them are whose names lie in it. Whoever has asked one of them
//! goes on by that, and not by the addresses beside the delegation alone.

use std::net::{IpAddr, SocketAddr};

use futures_util::future::join_all;
use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::RecordType as Type;

use super::by_zone::told_by_each;
use super::{Located, MAX_SERVERS, among, may_be_asked, names};
use crate::facts::{AuthorityFacts, RecordType, is_within};
use crate::known::ranges;
use crate::probe::Context;
use crate::probe::dns::GRACE;
use crate::probe::dns::exchange::delivery;
use crate::probe::dns::exchange::plain::RESEND;
use crate::probe::dns::exchange::transport::Server;
use crate::probe::manners::Host;
use crate::wire::dns::{Question, Role, beside, outcome};

/// A server that one of them tells of may tell of another one.
const ROUNDS: usize = 3;

/// What some servers of a zone have said.
#[derive(Clone, Debug, Default)]
pub(in crate::probe::dns) struct Told {
    asked: Vec<SocketAddr>,
    places: Vec<Place>,
}

/// Where one of them says that one of them is.
#[derive(Clone, Debug)]
struct Place {
    by: SocketAddr,
    name: String,
    address: IpAddr,
}

impl Told {
    /// By those of these servers that were not asked yet, if the name of any is in the zone.
    pub(super) async fn ask(&mut self, cx: &Context, servers: &AuthorityFacts) {
        let mut asked = servers.servers.iter();
        if !asked.any(|server| is_within(&server.name, &servers.apex)) {
            return;
        }
        let mut fresh = servers.clone();
        fresh.servers.retain(|it| !self.asked.contains(&it.address));
        let addresses = fresh.servers.iter().map(|server| server.address);
        self.asked.extend(addresses.clone());
        let asking = addresses.map(|server| say(cx, &servers.apex, server));
        let said: Vec<(SocketAddr, Message)> =
            join_all(asking).await.into_iter().flatten().collect();
        let own = named_within(&servers.apex, &said);
        let telling = own.iter().map(|name| tell(cx, &fresh, &said, name));
        self.places
            .extend(join_all(telling).await.into_iter().flatten());
    }

    /// Adds where those that count say that these servers are as well.
    pub(super) async fn add_to(mut self, cx: &Context, apex: &str, located: &mut Vec<Located>) {
        for _ in 0..ROUNDS {
            let counting = among(cx, apex, located.clone());
            self.ask(cx, &counting).await;
            let many = located.len();
            let counts = |place: &&Place| {
                let mut servers = counting.servers.iter();
                servers.any(|server| server.address == place.by)
            };
            for Place { name, address, .. } in self.places.iter().filter(counts) {
                let of_name = || {
                    let servers = located.iter();
                    servers.filter(|it| it.name.eq_ignore_ascii_case(name))
                };
                let is_known = of_name().any(|it| it.addresses.contains(address));
                // Nobody outside is led into a network of somebody's own.
                let is_open = may_be_asked(cx, *address) || ranges::special(*address).is_none();
                if of_name().next().is_some() && !is_known && is_open {
                    located.push(Located {
                        beside: true,
                        ..Located::at(name, vec![*address])
                    });
                }
            }
            if located.len() == many {
                break;
            }
        }
    }
}

fn question(apex: &str) -> Question<'_> {
    Question {
        name: apex,
        record: RecordType::Ns,
        role: Role::Authority,
    }
}

/// What one of them says of the name servers of its zone.
async fn say(cx: &Context, apex: &str, server: SocketAddr) -> Option<(SocketAddr, Message)> {
    cx.turn([Host::NameServer(server.ip())]).await;
    let query = question(apex).message(true)?;
    let limit = (RESEND + GRACE).min(cx.plan.limits.dns);
    let asking = delivery::put(cx, Server::plain(server), &query);
    let said = cx.within(limit, asking).await.ok()?.ok()?;
    Some((server, said))
}

/// The names of servers in the zone, as these name them.
fn named_within(apex: &str, said: &[(SocketAddr, Message)]) -> Vec<String> {
    let mut own: Vec<String> = Vec::new();
    for (_, said) in said {
        for name in names(&outcome(said, question(apex))) {
            let is_known = own.iter().any(|known| known.eq_ignore_ascii_case(&name));
            if is_within(&name, apex) && !is_known && own.len() < MAX_SERVERS {
                own.push(name);
            }
        }
    }
    own
}

/// Where they say that this one is: by what came along, or as many servers add nothing to an answer that they need
/// not, by another question.
async fn tell(
    cx: &Context,
    servers: &AuthorityFacts,
    said: &[(SocketAddr, Message)],
    name: &str,
) -> Vec<Place> {
    let told: Vec<(SocketAddr, IpAddr)> = if said.iter().all(|(_, it)| is_whole(it, name)) {
        let all = said.iter().flat_map(|(by, said)| {
            let given = beside(said, name).into_iter();
            given.map(|address| (*by, address))
        });
        all.collect()
    } else {
        told_by_each(cx, servers, name).await
    };
    let places = told.into_iter().map(|(by, address)| Place {
        by,
        name: name.to_owned(),
        address,
    });
    places.collect()
}

/// Whether all addresses of the name come along. Signatures may have left no room for some of them.
fn is_whole(said: &Message, name: &str) -> bool {
    let mut answers = said.answers.iter();
    let is_signed = answers.any(|record| record.record_type() == Type::RRSIG);
    let given = beside(said, name);
    if is_signed {
        given.iter().any(IpAddr::is_ipv4) && given.iter().any(IpAddr::is_ipv6)
    } else {
        !given.is_empty()
    }
}
