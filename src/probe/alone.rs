//! Connecting to a network along with the other checks of a run, or alone: whoever is lost among others is
//! met once more alone, and where even somebody is lost who was served before, nothing is known.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::net::TcpStream;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard};
use tokio::time::{Instant, sleep, timeout};

use super::crowd::{Crowd, LATELY, Served};
use super::greeting::Greeting;
use super::{Context, locked, tcp, tls};
use crate::facts::{AgainFacts, EndpointFacts, TcpOutcome, TlsFacts, TlsOutcome};

/// Who has not accepted by then may be dead.
const PROMPT: Duration = Duration::from_secs(1);

/// So long a connection may be counted after its end.
const SETTLING: Duration = Duration::from_millis(200);

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
    fn enter(cx: &'a Context, crowd: &'a Crowd, address: SocketAddr) -> Self {
        let mut state = locked(&crowd.state);
        state.note(cx.plan.terms.domain.as_str(), address, None);
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
        if self.is_alone {
            let (own, all) = (Arc::clone(&own), Arc::clone(&all));
            let both = async { Held::Alone(own.write_owned().await, all.write_owned().await) };
            let held = cx.uncounted(both).await;
            // Others may have found out meanwhile.
            self.is_alone = !locked(&crowd.state).is_vain();
            if self.is_alone {
                // What was just closed counts there until that is known there.
                cx.uncounted(sleep(SETTLING)).await;
                self.held = Some(held);
                return;
            }
        }
        let both = async { Held::Along(own.read_owned().await, all.read_owned().await) };
        self.held = Some(cx.uncounted(both).await);
    }

    /// Alone, where that may be of use to somebody who was met like this.
    async fn be_alone(&mut self, met: &EndpointFacts) -> bool {
        if self.is_alone || !self.may_be_crowded(met) {
            return false;
        }
        self.held = None;
        self.is_alone = true;
        self.take().await;
        if self.is_alone && is_silent(met) {
            // Whom we gave up may still be served there, one after the other.
            self.cx.uncounted(sleep(self.cx.plan.limits.tls)).await;
        }
        self.is_alone
    }

    fn may_be_crowded(&self, met: &EndpointFacts) -> bool {
        let was_served = !self.served_beside(met).is_empty();
        let state = locked(&self.crowd.state);
        let others = state.others(self.cx.plan.terms.domain.as_str());
        let is_crowded = self.cx.endpoints() > 1 || !others.is_empty();
        let is_shared = || others.iter().any(|it| it.address == met.address);
        // Silence costs all of its time, and most that are silent are so to everybody.
        let is_silent =
            is_silent(met) || matches!(met.tcp, TcpOutcome::TimedOut(_) | TcpOutcome::Deadline);
        is_crowded && !state.is_vain() && (!is_silent || was_served || is_shared())
    }

    /// Who else was served lately, in this check or in this network.
    fn served_beside(&self, met: &EndpointFacts) -> Vec<Served> {
        let mut all = locked(&self.cx.served).clone();
        all.retain(|it| *it != Served::at(met));
        let state = locked(&self.crowd.state);
        let others = state.others(self.cx.plan.terms.domain.as_str());
        all.extend(others.into_iter().filter_map(|it| it.served.clone()));
        all
    }

    fn serves_another_name(&self, met: &EndpointFacts) -> bool {
        let host = met.fqdn.as_str();
        let served = self.served_beside(met);
        let mut there = served.iter().filter(|it| it.address == met.address);
        there.any(|it| !it.host.eq_ignore_ascii_case(host))
    }

    /// Whether it is for the connections of this run that somebody was met like this.
    async fn is_served_no_more(&mut self, met: &EndpointFacts, was_open: bool) -> bool {
        if !self.is_alone && locked(&self.crowd.state).is_narrow {
            return true;
        }
        let served = self.served_beside(met);
        let is_served_there = || served.iter().any(|it| it.address == met.address);
        if !met.is_open() && (was_open || is_served_there()) {
            return true;
        }
        self.take().await;
        Box::pin(is_anybody_lost(self.cx, &served, met)).await
    }

    fn note_served(&self, met: &EndpointFacts) {
        let is_finished = |tls: &TlsFacts| tls.outcome == TlsOutcome::Finished;
        // Served without being named says nothing of the name.
        if !met.tls.as_ref().is_some_and(is_finished) || refuses_name(met) {
            return;
        }
        let served = Served::at(met);
        let mut of_check = locked(&self.cx.served);
        if !of_check.contains(&served) {
            of_check.push(served.clone());
        }
        drop(of_check);
        self.cx.shared.way_out.note(served.clone());
        let mut state = locked(&self.crowd.state);
        let domain = self.cx.plan.terms.domain.as_str();
        state.note(domain, met.address, Some(served));
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
    address: SocketAddr,
    attempt: impl Fn(Place<'a>) -> BoxFuture<'a, (EndpointFacts, Place<'a>)>,
) -> EndpointFacts {
    let place = Place::enter(cx, crowd, address);
    let start = Instant::now();
    let (met, mut place) = attempt(place).await;
    place.note_served(&met);
    if !is_lost(&met) {
        return met;
    }
    let is_spent = is_spent(crowd, &met);
    let was_open = is_spent || met.is_open();
    let met = if !is_spent && place.be_alone(&met).await {
        cx.forgive(start.elapsed());
        let start = Instant::now();
        let alone;
        (alone, place) = attempt(place).await;
        place.note_served(&alone);
        let is_of_use = !is_lost(&alone) || is_turned_away(&met) && !is_turned_away(&alone);
        locked(&crowd.state).learn(is_of_use, start.elapsed());
        // What was seen at first is seen, even if nothing is any more.
        if is_turned_away(&met) || !is_turned_away(&alone) {
            alone
        } else {
            met
        }
    } else {
        met
    };
    if is_lost(&met) && place.is_served_no_more(&met, was_open).await {
        if !met.is_open() {
            locked(&crowd.state).spent = Some((met.address, Instant::now()));
        }
        let limited = TcpOutcome::AfterOthers(crowd.connections());
        return EndpointFacts::new(met.fqdn, met.published, met.address, limited);
    }
    // Who was served there by another name was met once more just now.
    let is_chosen = met.is_open() && is_turned_away(&met) && place.serves_another_name(&met);
    let mut met = met;
    if is_chosen && let Some(second_look) = &mut met.second_look {
        second_look.serves_another_name = true;
    }
    met
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
    // The same server, by the same name, and by another domain.
    if is_turned_away(met) && served.contains(&Served::at(met)) {
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
                || met.refused_large.as_ref().is_some_and(is_cut)
                || refuses_name(met)
        }
        TcpOutcome::Refused
        | TcpOutcome::Unreachable
        | TcpOutcome::TimedOut(_)
        | TcpOutcome::Deadline => true,
        TcpOutcome::NoRoute
        | TcpOutcome::NotAttempted
        | TcpOutcome::TooManyFiles
        | TcpOutcome::AfterOthers(_)
        | TcpOutcome::WayOutClosed(_)
        | TcpOutcome::AllLost(_)
        | TcpOutcome::OverLimit => false,
    }
}

/// Whether it took us in and then said nothing.
fn is_silent(met: &EndpointFacts) -> bool {
    met.tls.as_ref().is_some_and(|tls| is_late(&tls.outcome))
}

fn refuses_name(met: &EndpointFacts) -> bool {
    met.second_look
        .as_ref()
        .is_some_and(|look| look.refuses_name)
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
