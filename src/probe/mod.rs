//! Probes: everything that touches the network, turned into facts.
//!
//! Each operation is bounded by its own limit and by the deadline of the whole check; running into
//! either is a fact, not an error. No probe judges.

mod channel;
mod compare;
mod crl;
mod dns;
mod endpoint;
pub(crate) mod exhibit;
pub(crate) mod gather;
mod issuer;
pub(crate) mod offer;
mod renewal;
mod second_look;
pub(crate) mod shared;
mod sip;
pub(crate) mod store;
pub(crate) mod survey;
mod system;
mod tcp;
mod tls;

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::model::plan::Plan;
use shared::Shared;

/// What the probes of one check share: the plan, the time that is left, and what has been done.
#[derive(Debug)]
pub(crate) struct Context {
    plan: Arc<Plan>,
    shared: Arc<Shared>,
    deadline: Instant,
    /// The endpoints connected to so far.
    endpoints: AtomicUsize,
    /// The DNS questions sent so far.
    questions: AtomicU32,
    /// The resolvers that answer only when they are asked without EDNS.
    without_edns: Mutex<HashSet<SocketAddr>>,
    /// The resolvers that kept a question waiting until the next one was asked.
    hesitant: Mutex<HashSet<SocketAddr>>,
    /// Some name server on the internet has answered.
    name_servers_heard: AtomicBool,
    crls: crl::Cache,
}

/// Which limit an operation ran into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LimitHit {
    /// Its own.
    Operation,
    /// That of the whole check.
    Deadline,
}

impl Context {
    /// For one plan; its deadline runs from now.
    pub(crate) fn new(plan: Arc<Plan>, shared: Arc<Shared>) -> Arc<Self> {
        let deadline = Instant::now() + plan.limits.deadline;
        Arc::new(Self {
            plan,
            shared,
            deadline,
            endpoints: AtomicUsize::default(),
            questions: AtomicU32::default(),
            without_edns: Mutex::default(),
            hesitant: Mutex::default(),
            name_servers_heard: AtomicBool::default(),
            crls: crl::Cache::default(),
        })
    }

    /// The DNS questions sent so far. Each counts once for each server that was asked it, however
    /// many packets that took, and again where it was put differently: without EDNS, or with
    /// checking disabled.
    pub(crate) fn questions(&self) -> u32 {
        self.questions.load(Ordering::Relaxed)
    }

    fn count_question(&self) {
        self.questions.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether this server is known to answer only when it is asked without EDNS.
    fn is_without_edns(&self, server: SocketAddr) -> bool {
        locked(&self.without_edns).contains(&server)
    }

    fn remember_without_edns(&self, server: SocketAddr) {
        locked(&self.without_edns).insert(server);
    }

    /// Whether this resolver has kept a question waiting.
    fn is_hesitant(&self, server: SocketAddr) -> bool {
        locked(&self.hesitant).contains(&server)
    }

    /// Whether some name server on the internet has answered: the way to them is open from here.
    fn hears_name_servers(&self) -> bool {
        self.name_servers_heard.load(Ordering::Relaxed)
    }

    fn remember_name_servers(&self) {
        self.name_servers_heard.store(true, Ordering::Relaxed);
    }

    fn remember_hesitant(&self, server: SocketAddr) {
        locked(&self.hesitant).insert(server);
    }

    /// Counts one endpoint more, and tells how many there were before it.
    fn count_endpoint(&self) -> usize {
        self.endpoints.fetch_add(1, Ordering::Relaxed)
    }

    /// Runs an operation before the deadline; `None` when that came first.
    async fn in_time<T>(&self, operation: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout_at(self.deadline, operation).await.ok()
    }

    /// Runs an operation within its limit and the deadline.
    async fn within<T>(
        &self,
        limit: Duration,
        operation: impl Future<Output = T>,
    ) -> Result<T, LimitHit> {
        let end = Instant::now() + limit;
        let (end, hit) = if self.deadline < end {
            (self.deadline, LimitHit::Deadline)
        } else {
            (end, LimitHit::Operation)
        };
        tokio::time::timeout_at(end, operation)
            .await
            .map_err(|_elapsed| hit)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Microseconds since then.
pub(crate) fn elapsed_us(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// Where a connection goes, and which published address it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Destination {
    /// What DNS publishes.
    pub(super) published: Option<IpAddr>,
    /// Where to connect.
    pub(super) address: SocketAddr,
}
