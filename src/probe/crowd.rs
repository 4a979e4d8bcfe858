//! What the connections of one run do to each other. Many a server or firewall serves so many of one
//! source at a time, or in some seconds, and what the others of a run meet there is no property of their
//! domains. Here it is kept, for each network, who was there and who was served.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::RwLock;
use tokio::time::Instant;

use super::locked;
use super::manners::Host;
use crate::facts::EndpointFacts;

/// So long what others met says something of now. Limits by rate and bans count in such times.
pub(super) const LATELY: Duration = Duration::from_secs(120);

/// So much time is spent on being alone in one network without any use: there the others are not it.
const PATIENCE: Duration = Duration::from_secs(20);

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
    pub(super) way: Arc<RwLock<()>>,
    pub(super) state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// The connections without a longer pause between them, and when the last of them was made.
    connections: (u32, Option<Instant>),
    /// Who was there, at most once for each domain, the latest last.
    visitors: Vec<Visitor>,
    /// Being alone has helped somebody.
    pub(super) is_narrow: bool,
    /// The time that was spent on being alone since it helped.
    vain: Duration,
    /// Where nobody is served any more, and since when.
    pub(super) spent: Option<(SocketAddr, Instant)>,
}

/// Somebody who was there.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    domain: String,
    pub(super) address: SocketAddr,
    came: Instant,
    /// Where TLS was finished, and with which server.
    pub(super) served: Option<Served>,
}

/// A server that was met, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) address: SocketAddr,
    pub(super) host: String,
}

impl Served {
    pub(super) fn at(met: &EndpointFacts) -> Self {
        Self {
            address: met.address,
            host: met.fqdn.as_str().to_owned(),
        }
    }
}

impl State {
    /// The other domains that were there lately.
    pub(super) fn others(&self, domain: &str) -> Vec<&Visitor> {
        let visitors = self.visitors.iter().rev();
        visitors
            .filter(|it| it.domain != domain && it.came.elapsed() < LATELY)
            .collect()
    }

    pub(super) fn note(&mut self, domain: &str, address: SocketAddr, served: Option<Served>) {
        let before = self.visitors.iter().position(|it| it.domain == domain);
        let before = before.map(|at| self.visitors.remove(at));
        // Those who were served are of more use.
        if self.visitors.len() >= KEPT {
            let of_no_use = self.visitors.iter().position(|it| it.served.is_none());
            self.visitors.remove(of_no_use.unwrap_or_default());
        }
        self.visitors.push(Visitor {
            domain: domain.to_owned(),
            address,
            came: Instant::now(),
            served: served.or(before.and_then(|before| before.served)),
        });
    }

    /// Somebody was alone, for this time.
    pub(super) fn learn(&mut self, is_of_use: bool, time: Duration) {
        if is_of_use {
            self.is_narrow = true;
            self.vain = Duration::ZERO;
        } else {
            self.vain += time;
        }
    }

    pub(super) fn is_careful(&self) -> bool {
        self.is_narrow && !self.is_vain()
    }

    /// Whether being alone is not tried any more.
    pub(super) fn is_vain(&self) -> bool {
        self.vain >= PATIENCE
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

    pub(super) fn connections(&self) -> u32 {
        locked(&self.state).connections.0
    }
}
