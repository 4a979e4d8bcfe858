//! Carries requests of the test partner's own: first on a new connection to the server that the dialog
//! or DNS names, as partners do it, then on the one that the caller has opened.
//!
//! A stranger says where to. So a new connection goes only to a server that the caller has proven by
//! a trusted certificate to speak for, and not into an inner network where the caller is not; and
//! nothing that the caller wrote is in what is sent.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, timeout};

use super::book::Entry;
use super::transcript::{write_down, write_down_own};
use super::{Awaited, Room};
use crate::facts::{
    ChainVerdict, Der, Lookup, RecordType, Reply, ReplyKind, SrvFacts, Try, TryOutcome, Withheld,
};
use crate::known::ranges;
use crate::model::names::Domain;
use crate::pki::x509::Certificate;
use crate::probe::channel::Channel;
use crate::probe::{Context, dns, locked, tcp, tls};
use crate::wire::sip::framer::{Framed, Framer};
use crate::wire::sip::partner::{Composed, Errand, Hop, Line, Purpose};

/// An answer comes within this.
const ANSWER: Duration = Duration::from_secs(10);
/// So many texts are replied to in a minute.
const MAX_ECHOES: usize = 5;
const MINUTE: Duration = Duration::from_secs(60);
/// So many new connections are under way at a time.
pub(super) const MAX_UNDER_WAY: usize = 16;
/// Of the addresses of a server so many are tried.
const MAX_ADDRESSES: usize = 4;
/// So many are written down of one connection.
const MAX_REPLIES: usize = 16;

/// Sends these, each by itself. It is written down at once that they are owed: the end may come before their turn.
pub(super) fn send(room: &Arc<Room>, entry: &Entry, errands: Vec<Errand>) {
    for errand in errands {
        let Purpose::Reply(kind) = errand.purpose else {
            continue;
        };
        let slot = begin(entry, kind, errand.is_within());
        let mut under_way = locked(&room.under_way);
        while under_way.try_join_next().is_some() {}
        under_way.spawn(carry(
            Arc::clone(room),
            Arc::clone(entry),
            errand,
            kind,
            slot,
        ));
    }
}

/// Hands it to the connection of this number; whether there is one.
pub(super) async fn say_on_line(room: &Room, line: u64, text: String) -> bool {
    let outbox = locked(&room.lines).get(&line).cloned();
    match outbox {
        Some(outbox) => outbox.send(text).await.is_ok(),
        None => false,
    }
}

async fn carry(
    room: Arc<Room>,
    entry: Entry,
    errand: Errand,
    kind: ReplyKind,
    slot: Option<usize>,
) {
    let note = |tried: Try| {
        let mut call = locked(&entry);
        let replies = &mut call.sip.get_or_insert_default().replies;
        if let Some(reply) = slot.and_then(|slot| replies.get_mut(slot)) {
            reply.tries.push(tried);
        }
    };
    let withheld = may_go(&room, &entry, kind).await;
    match withheld {
        Some(why) if kind == ReplyKind::Text => note(Try {
            server: None,
            address: None,
            outcome: TryOutcome::Withheld(why),
        }),
        withheld => {
            let first = match withheld {
                Some(_) => None,
                None => Some(go_anew(&room, &entry, &errand).await),
            };
            let is_taken = first.as_ref().is_some_and(Try::is_taken);
            first.into_iter().for_each(&note);
            if !is_taken {
                note(go_back(&room, &errand).await);
            }
        }
    }
    locked(&room.partner).done(&errand);
    if room.post.once && kind == ReplyKind::Text {
        room.enough.notify_one();
    }
}

/// Opens its place in what is written down.
fn begin(entry: &Entry, kind: ReplyKind, within: bool) -> Option<usize> {
    let mut call = locked(entry);
    let replies = &mut call.sip.get_or_insert_default().replies;
    let has_room = replies.len() < MAX_REPLIES;
    if has_room {
        replies.push(Reply {
            kind,
            within,
            tries: Vec::new(),
        });
    }
    has_room.then(|| replies.len() - 1)
}

/// Why no connection of our own is opened for this caller, if it is not.
pub(super) async fn may_go(room: &Room, entry: &Entry, kind: ReplyKind) -> Option<Withheld> {
    let (chain, proven) = {
        let call = locked(entry);
        (call.tls.chain.clone(), call.tls.key_proven == Some(true))
    };
    let cx = room.context();
    if !proven || !is_trusted(&cx, &chain).await {
        return Some(Withheld::Unproven);
    }
    (kind == ReplyKind::Text && !has_turn(room)).then_some(Withheld::TooMany)
}

/// Whether one more text may be replied to now; counts it if so.
fn has_turn(room: &Room) -> bool {
    let mut echoes = locked(&room.echoes);
    let now = Instant::now();
    while echoes
        .front()
        .is_some_and(|first| now.duration_since(*first) >= MINUTE)
    {
        echoes.pop_front();
    }
    let may = echoes.len() < MAX_ECHOES;
    if may {
        echoes.push_back(now);
    }
    may
}

async fn is_trusted(cx: &Context, chain: &[Der]) -> bool {
    let trust = tls::trust_of(cx, chain).await;
    trust.is_some_and(|trust| {
        trust.verdict == ChainVerdict::Trusted || trust.local == Some(ChainVerdict::Trusted)
    })
}

/// On a new connection, with our certificate.
pub(super) async fn go_anew(room: &Arc<Room>, entry: &Entry, errand: &Errand) -> Try {
    let cx = room.context();
    let server = server(&cx, &errand.hop).await;
    let tried = |address: Option<SocketAddr>, outcome| Try {
        server: server.as_ref().ok().map(|(host, _)| host.clone()),
        address,
        outcome,
    };
    let (host, port) = match &server {
        Ok(server) => server,
        Err(why) => return tried(None, TryOutcome::Withheld(*why)),
    };
    let (chain, caller) = {
        let call = locked(entry);
        (call.tls.chain.clone(), call.from.ip())
    };
    if !speaks_for(&chain, caller, host) {
        return tried(None, TryOutcome::Withheld(Withheld::Foreign));
    }
    let Ok(_turn) = room.connecting.try_acquire() else {
        return tried(None, TryOutcome::Withheld(Withheld::TooMany));
    };
    let addresses = match addresses(&cx, host, *port, caller).await {
        Ok(addresses) => addresses,
        Err(outcome) => return tried(None, outcome),
    };
    let mut last = tried(None, TryOutcome::Withheld(Withheld::NoAddress));
    for address in addresses {
        let (outcome, stream) = tcp::connect(&cx, address).await;
        let Some(stream) = stream else {
            last = tried(Some(address), TryOutcome::NotConnected(outcome));
            continue;
        };
        let line = Line {
            from: address,
            to: stream.local_addr().map_or(address, |own| own).ip(),
            number: errand.line,
            at: room.begun.elapsed(),
        };
        let (facts, channel) = tls::handshake(&cx, host, stream, &Notify::new()).await;
        let outcome = match channel {
            None => TryOutcome::NoTls(facts.outcome),
            // Whom else it is for may read what is for them.
            Some(_) if !is_for(&facts.chain, host) => TryOutcome::OtherCertificate,
            Some(channel) => converse(room, channel, line, errand).await,
        };
        return tried(Some(address), outcome);
    }
    last
}

/// The server that it is for.
async fn server(cx: &Context, hop: &Hop) -> Result<(String, u16), Withheld> {
    let domain = match hop {
        Hop::Server { host, port } => return Ok((host.clone(), *port)),
        Hop::Nowhere => return Err(Withheld::Foreign),
        Hop::Domain(domain) => Domain::parse(domain).map_err(|_| Withheld::Foreign)?,
    };
    let lookup = dns::look_up(cx, &domain.srv_name(), RecordType::Srv).await;
    let none = nothing(&[&lookup], Withheld::NoServer);
    let srv = SrvFacts {
        lookup,
        near_misses: None,
    };
    let first = srv.in_order().first().map(|record| {
        let host = record.target.trim_end_matches('.').to_ascii_lowercase();
        (host, record.port)
    });
    first.ok_or(none)
}

/// What follows where nothing was found: that there is nothing only where DNS has said so.
fn nothing(lookups: &[&Lookup], is_so: Withheld) -> Withheld {
    let has_said_so = lookups.iter().all(|lookup| lookup.answer().is_no());
    if has_said_so { is_so } else { Withheld::NoDns }
}

/// Whether the certificate that the caller has shown speaks for this server, or it is the caller's own
/// address. A name beside it would be anybody's where everybody has names: `a.co.uk`, `b.co.uk`.
fn speaks_for(chain: &[Der], caller: IpAddr, host: &str) -> bool {
    match address_in(host) {
        Some(address) => address.to_canonical() == caller,
        None => is_for(chain, host),
    }
}

/// Whether the first of these certificates is for this server.
fn is_for(chain: &[Der], host: &str) -> bool {
    let leaf = chain.first();
    let leaf = leaf.and_then(|leaf| Certificate::parse(&leaf.0).ok());
    // One for an address is asked of nobody.
    address_in(host).is_some() || leaf.is_some_and(|leaf| names(&leaf, host))
}

/// Whether it names this host, itself or by a wildcard in the place of its first label.
fn names(leaf: &Certificate, host: &str) -> bool {
    let above = host.split_once('.').map(|(_, above)| above);
    let is_by_wildcard = |name: &String| {
        let under = name.strip_prefix("*.");
        above
            .zip(under)
            .is_some_and(|(above, under)| under.eq_ignore_ascii_case(above))
    };
    leaf.names_exactly(host) || leaf.dns_names().iter().any(is_by_wildcard)
}

fn address_in(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

/// Where to connect.
async fn addresses(
    cx: &Context,
    host: &str,
    port: u16,
    caller: IpAddr,
) -> Result<Vec<SocketAddr>, TryOutcome> {
    let plan = &cx.plan;
    let mut everywhere = plan
        .redirects
        .iter()
        .filter(|redirect| redirect.published.is_none())
        .map(|redirect| redirect.to);
    if let Some(address) = everywhere.next() {
        return Ok(vec![address]);
    }
    let mut none = Withheld::NoAddress;
    let found: Vec<IpAddr> = if let Some(address) = address_in(host) {
        vec![address]
    } else {
        let (a, aaaa) = tokio::join!(
            dns::look_up(cx, host, RecordType::A),
            dns::look_up(cx, host, RecordType::Aaaa)
        );
        none = nothing(&[&a, &aaaa], none);
        a.addresses().chain(aaaa.addresses()).collect()
    };
    if found.is_empty() {
        return Err(TryOutcome::Withheld(none));
    }
    let reached = found.into_iter().filter_map(|address| {
        let is_open = ranges::special(address).is_none() || address.to_canonical() == caller;
        let redirect = plan.redirect(address);
        redirect.or(is_open.then_some(SocketAddr::new(address, port)))
    });
    let reached: Vec<SocketAddr> = reached.take(MAX_ADDRESSES).collect();
    if reached.is_empty() {
        return Err(TryOutcome::Withheld(Withheld::Internal));
    }
    Ok(reached)
}

/// Says it on a connection of our own, and hears the answer.
async fn converse(
    room: &Arc<Room>,
    mut channel: Channel,
    line: Line,
    errand: &Errand,
) -> TryOutcome {
    let Some(composed) = locked(&room.partner).compose(errand) else {
        return TryOutcome::Gone;
    };
    write_down_own(room, &composed.text);
    let hearing = async {
        channel.send(composed.text.as_bytes()).await;
        hear(room, &mut channel, line, &composed).await
    };
    let heard = timeout(ANSWER, hearing).await;
    locked(&room.partner).give_up(&composed);
    match heard {
        Ok(Some(status)) => TryOutcome::Answered(status),
        Ok(None) => TryOutcome::Ended,
        Err(_) => TryOutcome::Silent,
    }
}

/// The final answer; nothing where the connection ends before. What the other side asks meanwhile is
/// answered.
async fn hear(
    room: &Arc<Room>,
    channel: &mut Channel,
    line: Line,
    composed: &Composed,
) -> Option<u16> {
    let mut framer = Framer::default();
    loop {
        let mut received = Vec::new();
        channel.receive(&mut received).await.ok()?;
        framer.take(&received);
        loop {
            let message = match framer.read() {
                Framed::Incomplete => break,
                Framed::Message(message) => message,
                Framed::Refused(_) | Framed::NotSip(_) => return None,
            };
            write_down(room, '<', &message);
            let reaction = locked(&room.partner).receive(&message, line);
            if let Some((branch, status)) = reaction.answered
                && branch == composed.branch
            {
                return Some(status);
            }
            for text in reaction.send {
                write_down_own(room, &text);
                channel.send(text.as_bytes()).await;
            }
        }
    }
}

/// On the connection that the caller has opened.
async fn go_back(room: &Room, errand: &Errand) -> Try {
    let tried = |outcome| Try {
        server: None,
        address: None,
        outcome,
    };
    let Some(composed) = locked(&room.partner).compose(errand) else {
        return tried(TryOutcome::Gone);
    };
    let (tell, told) = oneshot::channel();
    let waiting = Awaited {
        line: errand.line,
        told: tell,
    };
    locked(&room.awaited).insert(composed.branch.clone(), waiting);
    let is_said = say_on_line(room, errand.line, composed.text.clone()).await;
    let outcome = if is_said {
        match timeout(ANSWER, told).await {
            Ok(Ok(status)) => TryOutcome::Answered(status),
            Ok(Err(_)) => TryOutcome::Ended,
            Err(_) => TryOutcome::Silent,
        }
    } else {
        TryOutcome::Gone
    };
    locked(&room.awaited).remove(&composed.branch);
    locked(&room.partner).give_up(&composed);
    tried(outcome)
}
