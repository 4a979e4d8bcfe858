//! What the connections of one run do to each other. Many a server or firewall serves so many of one
//! source at a time, or in some seconds, and what the others of a run meet there is no property of their
//! domains: whoever is lost among others is met once more alone, and where even somebody is lost who was
//! served before, nothing is known.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::net::TcpStream;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};
use tokio::time::{Instant, sleep, timeout};

use super::greeting::Greeting;
use super::manners::Host;
use super::{Context, locked, tcp, tls};
use crate::facts::{AgainFacts, EndpointFacts, TcpOutcome, TlsFacts, TlsOutcome};

/// So long what others met says something of now. Limits by rate and bans count in such times.
const LATELY: Duration = Duration::from_secs(120);

/// So much time is spent on being alone in one network without any use: there the others are not it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Who has not accepted by then may be dead.
const PROMPT: Duration = Duration::from_secs(1);

/// So long a connection may be counted after its end.
const SETTLING: Duration = Duration::from_millis(200);

/// Of so many domains it is kept who was there.
const KEPT: usize = 4;

/// From so many networks on, those are forgotten where nobody is.
const MANY: usize = 4096;

/// The networks that a run connects to: behind each is one provider, or one firewall.
#[derive(Debug, Default)]
pub(super) struct Crowds(Mutex<Networks>);

#[derive(Debug, Default)]
struct Networks {
    crowds: HashMap<Host, Arc<Crowd>>,
    many: usize,
}

impl Crowds {
    /// Those who are in the network of this address.
    pub(super) fn of(&self, address: IpAddr) -> Arc<Crowd> {
        let mut networks = locked(&self.0);
        if networks.crowds.len() >= networks.many.max(MANY) {
            let is_used = |crowd: &Arc<Crowd>| {
                Arc::strong_count(crowd) > 1 || !locked(&crowd.state).others("").is_empty()
            };
            networks.crowds.retain(|_, crowd| is_used(crowd));
            networks.many = 2 * networks.crowds.len();
        }
        let crowd = networks.crowds.entry(Host::network_of(address));
        Arc::clone(crowd.or_default())
    }
}

/// Those who connect to one network.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    way: Arc<RwLock<()>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The connections without a longer pause between them, and when the last of them was made.
    connections: (u32, Option<Instant>),
    /// Who was there, at most once for each domain, the latest last.
    visitors: Vec<Visitor>,
    /// Being alone has helped somebody.
    is_narrow: bool,
    /// The time that was spent on being alone since it helped.
    vain: Duration,
    /// Where nobody is served any more, and since when.
    spent: Option<(SocketAddr, Instant)>,
}

/// Somebody who was there.
#[derive(Clone, Debug)]
struct Visitor {
    domain: String,
    came: Instant,
    /// Where TLS was finished, and with which server.
    served: Option<Served>,
}

/// A server that was met, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Served {
    address: SocketAddr,
    host: String,
}

impl State {
    /// The other domains that were there lately.
    fn others(&self, domain: &str) -> Vec<&Visitor> {
        let visitors = self.visitors.iter().rev();
        visitors
            .filter(|it| it.domain != domain && it.came.elapsed() < LATELY)
            .collect()
    }

    fn note(&mut self, domain: &str, served: Option<Served>) {
        let before = self.visitors.iter().position(|it| it.domain == domain);
        let before = before.map(|at| self.visitors.remove(at));
        // Those who were served are of more use.
        if self.visitors.len() >= KEPT {
            let of_no_use = self.visitors.iter().position(|it| it.served.is_none());
            self.visitors.remove(of_no_use.unwrap_or_default());
        }
        self.visitors.push(Visitor {
            domain: domain.to_owned(),
            came: Instant::now(),
            served: served.or(before.and_then(|before| before.served)),
        });
    }

    fn is_careful(&self) -> bool {
        self.is_narrow && self.vain < PATIENCE
    }
}

impl Crowd {
    /// Counts one connection.
    pub(super) fn count(&self) {
        let mut state = locked(&self.state);
        let (count, last) = state.connections;
        let goes_on = last.is_some_and(|last| last.elapsed() < LATELY);
        let count = if goes_on { count } else { 0 };
        state.connections = (count.saturating_add(1), Some(Instant::now()));
    }

    fn connections(&self) -> u32 {
        locked(&self.state).connections.0
    }
}

/// The right to connect to a network, along with others or alone.
#[derive(Debug)]
pub(super) struct Place<'a> {
    cx: &'a Context,
    crowd: &'a Crowd,
    is_alone: bool,
    held: Option<Held>,
}

#[derive(Debug)]
#[expect(dead_code, reason = "held, and not read")]
enum Held {
    Along(OwnedRwLockReadGuard<()>, OwnedRwLockReadGuard<()>),
    Alone(OwnedRwLockWriteGuard<()>, OwnedRwLockWriteGuard<()>),
}

impl<'a> Place<'a> {
    /// Along with others, unless that was of harm before.
    fn enter(cx: &'a Context, crowd: &'a Crowd) -> Self {
        let mut state = locked(&crowd.state);
        state.note(cx.plan.terms.domain.as_str(), None);
        Self {
            cx,
            crowd,
            is_alone: state.is_careful(),
            held: None,
        }
    }

    /// Connects. Others are let in where nothing comes of that soon, as it may take all of its time.
    pub(super) async fn reach_now(
        &mut self,
        address: SocketAddr,
    ) -> (TcpOutcome, Option<TcpStream>) {
        let mut reaching = pin!(tcp::reach_now(self.cx, address));
        if let Ok(reached) = timeout(PROMPT, reaching.as_mut()).await {
            return reached;
        }
        self.held = None;
        let (outcome, stream) = reaching.await;
        if is_connected(outcome) {
            self.take().await;
        }
        (outcome, stream)
    }

    /// Waits until it is free; that is no fault of the peers of this check.
    pub(super) async fn take(&mut self) {
        if self.held.is_some() {
            return;
        }
        let Self { cx, crowd, .. } = *self;
        let (own, all) = (Arc::clone(&cx.together), Arc::clone(&crowd.way));
        // The endpoints of the check first, always.
        let held = if self.is_alone {
            let both = async { Held::Alone(own.write_owned().await, all.write_owned().await) };
            let held = cx.uncounted(both).await;
            // What was just closed counts there until that is known there.
            cx.uncounted(sleep(SETTLING)).await;
            held
        } else {
            let both = async { Held::Along(own.read_owned().await, all.read_owned().await) };
            cx.uncounted(both).await
        };
        self.held = Some(held);
    }

    /// Alone, where that may be of use to somebody who was met like this.
    async fn be_alone(&mut self, met: &EndpointFacts) -> bool {
        if self.is_alone || !self.may_be_crowded(met) {
            return false;
        }
        self.held = None;
        self.is_alone = true;
        self.take().await;
        // Others may have found out meanwhile.
        let is_vain = locked(&self.crowd.state).vain >= PATIENCE;
        self.is_alone = !is_vain;
        !is_vain
    }

    fn may_be_crowded(&self, met: &EndpointFacts) -> bool {
        let served = self.served();
        let was_served = || served.iter().any(|it| it.address == met.address);
        let is_late = met.tls.as_ref().is_none_or(|tls| is_late(&tls.outcome));
        let state = locked(&self.crowd.state);
        let is_crowded =
            self.cx.endpoints() > 1 || !state.others(self.cx.plan.terms.domain.as_str()).is_empty();
        // Silence costs all of its time, and most that are silent are so to everybody.
        is_crowded && state.vain < PATIENCE && (was_served() || !is_late)
    }

    /// Who was served lately, at this place or in this check.
    fn served(&self) -> Vec<Served> {
        let mut all = locked(&self.cx.served).clone();
        let state = locked(&self.crowd.state);
        let others = state.others(self.cx.plan.terms.domain.as_str());
        all.extend(others.into_iter().filter_map(|it| it.served.clone()));
        all
    }

    fn note_served(&self, met: &EndpointFacts) {
        let is_finished = |tls: &TlsFacts| tls.outcome == TlsOutcome::Finished;
        if !met.tls.as_ref().is_some_and(is_finished) {
            return;
        }
        let served = Served {
            address: met.address,
            host: met.fqdn.as_str().to_owned(),
        };
        let mut of_check = locked(&self.cx.served);
        if !of_check.contains(&served) {
            of_check.push(served.clone());
        }
        let mut state = locked(&self.crowd.state);
        state.note(self.cx.plan.terms.domain.as_str(), Some(served));
        if state
            .spent
            .is_some_and(|(address, _)| address == met.address)
        {
            state.spent = None;
        }
    }
}

/// Meets an endpoint; alone, where it was lost among others; and not at all, where that is lost which was
/// served before.
pub(super) async fn meet<'a>(
    cx: &'a Context,
    crowd: &'a Crowd,
    attempt: impl Fn(Place<'a>) -> BoxFuture<'a, (EndpointFacts, Place<'a>)>,
) -> EndpointFacts {
    let place = Place::enter(cx, crowd);
    let start = Instant::now();
    let (mut met, mut place) = attempt(place).await;
    place.note_served(&met);
    if !is_lost(&met) {
        return met;
    }
    let is_spent = is_spent(crowd, &met);
    let was_connected = met.is_open();
    if !is_spent && place.be_alone(&met).await {
        cx.forgive(start.elapsed());
        let was_turned_away = is_turned_away(&met);
        let start = Instant::now();
        (met, place) = attempt(place).await;
        place.note_served(&met);
        let mut state = locked(&crowd.state);
        if !is_lost(&met) || was_turned_away && !is_turned_away(&met) {
            state.is_narrow = true;
            state.vain = Duration::ZERO;
        } else {
            state.vain += start.elapsed();
        }
        if !is_lost(&met) {
            return met;
        }
    }
    let served = place.served();
    let is_among_others = !place.is_alone && locked(&crowd.state).is_narrow;
    let is_served_no_more = is_among_others
        || if met.is_open() {
            place.take().await;
            Box::pin(is_anybody_lost(cx, &served, &met)).await
        } else {
            was_connected || is_spent || served.iter().any(|it| it.address == met.address)
        };
    if !is_served_no_more {
        return met;
    }
    if !met.is_open() {
        locked(&crowd.state).spent = Some((met.address, Instant::now()));
    }
    let limited = TcpOutcome::AfterOthers(crowd.connections());
    EndpointFacts::new(met.fqdn, met.published, met.address, limited)
}

/// Whether nobody gets there any more, as others have found out.
fn is_spent(crowd: &Crowd, met: &EndpointFacts) -> bool {
    let state = locked(&crowd.state);
    let is_there = |(address, since): (SocketAddr, Instant)| {
        address == met.address && since.elapsed() < LATELY
    };
    !met.is_open() && state.spent.is_some_and(is_there)
}

/// Whether somebody is lost now who was served before.
async fn is_anybody_lost(cx: &Context, served: &[Served], met: &EndpointFacts) -> bool {
    let is_same = |it: &&Served| it.address == met.address && it.host == met.fqdn.as_str();
    // The same server, by the same name, and by another domain.
    if is_turned_away(met) && served.iter().any(|it| is_same(&it)) {
        return true;
    }
    let nearest = served.iter().find(|it| it.address == met.address);
    let Some(served) = nearest.or(served.first()) else {
        return false;
    };
    // One of them may be lost by chance.
    for _ in 0..2 {
        let (_, stream) = tcp::reach(cx, served.address).await;
        let Some(stream) = stream else { continue };
        let (tls, _) = tls::handshake_as(cx, &served.host, stream, Greeting::Usual).await;
        if !is_cut(&tls.outcome) {
            return false;
        }
    }
    true
}

fn is_turned_away(met: &EndpointFacts) -> bool {
    let tls = met.tls.as_ref();
    tls.is_none_or(|tls| is_cut(&tls.outcome) && !tls.server_hello)
}

/// Whether some connection ended as those do that are too many.
fn is_lost(met: &EndpointFacts) -> bool {
    let is_cut_off = |tls: &Option<TlsFacts>| tls.as_ref().is_some_and(|tls| is_cut(&tls.outcome));
    let is_again_lost = |again: &AgainFacts| !is_connected(again.tcp) || is_cut_off(&again.tls);
    match met.tcp {
        TcpOutcome::Connected(_) => {
            is_cut_off(&met.tls)
                || met.other_attempts.iter().any(is_cut)
                || met.again.iter().any(is_again_lost)
                // Some way or other of asking was turned away, and another one was not.
                || met.refused_modern.as_ref().is_some_and(is_cut)
                || met.second_look.as_ref().is_some_and(|look| look.refuses_name)
        }
        TcpOutcome::Refused | TcpOutcome::TimedOut(_) | TcpOutcome::Deadline => true,
        TcpOutcome::Unreachable
        | TcpOutcome::NoRoute
        | TcpOutcome::NotAttempted
        | TcpOutcome::TooManyFiles
        | TcpOutcome::AfterOthers(_)
        | TcpOutcome::OverLimit => false,
    }
}

fn is_connected(tcp: TcpOutcome) -> bool {
    matches!(tcp, TcpOutcome::Connected(_))
}

/// Without a word of why.
fn is_cut(outcome: &TlsOutcome) -> bool {
    matches!(outcome, TlsOutcome::Closed | TlsOutcome::Reset) || is_late(outcome)
}

fn is_late(outcome: &TlsOutcome) -> bool {
    matches!(outcome, TlsOutcome::Silent | TlsOutcome::Deadline)
}
