//! Probes: everything that touches the network, turned into facts.
//!
//! Each operation is bounded by its own limit and by the deadline of the whole check; running into
//! either is a fact, not an error. No probe judges.

mod again;
mod alone;
mod as_sent;
mod as_windows;
mod by_hand;
mod channel;
mod compare;
mod crl;
mod crowd;
mod dns;
mod endpoint;
pub(crate) mod exhibit;
mod fetched;
pub(crate) mod gather;
mod greeting;
mod hosts_file;
mod in_two;
mod issuer;
mod kept;
pub(crate) mod listen;
mod manners;
mod marks;
mod meeting;
mod named;
mod near;
pub(crate) mod offer;
mod patterns;
mod reached;
pub(crate) mod renewal;
mod responder;
mod revocation;
mod second_look;
pub(crate) mod shared;
mod shares;
mod sip;
pub(crate) mod store;
mod system;
mod tcp;
mod tls;
pub(crate) mod trusted;
pub(crate) mod tunnel;
mod way_out;

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OnceCell, RwLock};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::known::ranges;
use crate::model::plan::{Plan, Rate};
use crowd::Served;
use dns::delegation::link::Link;
use dns::exchange::hearing::Hearing;
use manners::Host;
use shared::Shared;

/// What the probes of one check share: the plan, the time that is left, and what has been done.
#[derive(Debug)]
pub(crate) struct Context {
    plan: Arc<Plan>,
    shared: Arc<Shared>,
    /// What else decides what a look-up for everybody finds: who is asked, and where that leads to.
    way: u64,
    /// When the check has to end, if nothing was waited for that does not count.
    deadline: Instant,
    uncounted: Mutex<Uncounted>,
    /// What of it no single operation is to be charged with either.
    held: Mutex<Uncounted>,
    /// Shared by the endpoints of this check; held by one that has to be alone.
    together: Arc<RwLock<()>>,
    /// The servers that finished TLS so far.
    served: Mutex<Vec<Served>>,
    /// The endpoints connected to so far.
    endpoints: AtomicUsize,
    /// The DNS questions sent so far.
    questions: AtomicU32,
    /// The resolvers that answer only when they are asked without EDNS.
    without_edns: Mutex<HashSet<SocketAddr>>,
    /// The resolvers that kept a question waiting until the next one was asked.
    hesitant: Mutex<HashSet<SocketAddr>>,
    /// The zones from the top-level domain down to that of a name, as far as they were walked.
    walks: Mutex<HashMap<String, Vec<Link>>>,
    /// Some name server on the internet has answered.
    name_servers_heard: AtomicBool,
    /// Which of them were heard, and which were not.
    hearing: Hearing,
    /// Whether it was such a server itself that answered, and no resolver on the way to it.
    hears_servers: OnceCell<bool>,
}

/// The time that a check has waited for others, and not for its peers.
#[derive(Debug, Default)]
struct Uncounted {
    /// What is over.
    past: Duration,
    /// Since when something waits now, and how much does.
    now: Option<(Instant, usize)>,
}

/// How often it is looked whether something waits still.
const MOMENT: Duration = Duration::from_millis(20);

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
            way: way(&plan),
            plan,
            shared,
            deadline,
            uncounted: Mutex::default(),
            held: Mutex::default(),
            together: Arc::default(),
            served: Mutex::default(),
            endpoints: AtomicUsize::default(),
            questions: AtomicU32::default(),
            without_edns: Mutex::default(),
            hesitant: Mutex::default(),
            walks: Mutex::default(),
            name_servers_heard: AtomicBool::default(),
            hearing: Hearing::default(),
            hears_servers: OnceCell::new(),
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

    /// The way to the zone of a name, if it was walked.
    fn walk_to(&self, name: &str) -> Option<Vec<Link>> {
        locked(&self.walks).get(&name.to_ascii_lowercase()).cloned()
    }

    fn remember_walk(&self, name: &str, way: Vec<Link>) {
        locked(&self.walks).insert(name.to_ascii_lowercase(), way);
    }

    /// Counts one endpoint more, and tells how many there were before it.
    fn count_endpoint(&self) -> usize {
        self.endpoints.fetch_add(1, Ordering::Relaxed)
    }

    /// The endpoints connected to so far.
    fn endpoints(&self) -> usize {
        self.endpoints.load(Ordering::Relaxed)
    }

    /// Puts off the end by time that was spent for nothing, and through no fault of the peers.
    fn forgive(&self, time: Duration) {
        locked(&self.uncounted).past += time;
    }

    /// Runs an operation before the deadline; `None` when that came first.
    async fn in_time<T>(&self, operation: impl Future<Output = T>) -> Option<T> {
        self.within(Duration::MAX, operation).await.ok()
    }

    /// Runs an operation within its limit and the deadline.
    async fn within<T>(
        &self,
        allowed: Duration,
        operation: impl Future<Output = T>,
    ) -> Result<T, LimitHit> {
        let watch = self.watch();
        let mut operation = pin!(operation);
        // While something waits, its end goes on with the time: it is looked at now and then.
        let mut next = Duration::ZERO;
        loop {
            let soon = Instant::now() + next;
            next = MOMENT;
            let deadline = self.deadline();
            let limit = watch.end(self, allowed);
            let (end, hit) = match limit {
                Some(limit) if limit <= deadline => (limit, LimitHit::Operation),
                _ => (deadline, LimitHit::Deadline),
            };
            match timeout_at(end.max(soon), operation.as_mut()).await {
                Ok(done) => return Ok(done),
                // Something had to wait meanwhile.
                Err(_) if hit == LimitHit::Deadline && self.deadline() > end => {}
                Err(_) if hit == LimitHit::Operation && watch.end(self, allowed) > limit => {}
                Err(_) => return Err(hit),
            }
        }
    }

    /// When the check has to end.
    fn deadline(&self) -> Instant {
        self.deadline + locked(&self.uncounted).so_far()
    }

    /// Waits until somebody bears to be asked: no question in the same check is charged with that.
    async fn held<T>(&self, waiting: impl Future<Output = T>) -> T {
        let _pause = Pause::begin(&self.held);
        self.uncounted(waiting).await
    }

    /// Begins to measure what an operation takes.
    fn watch(&self) -> Watch {
        Watch {
            start: Instant::now(),
            held: locked(&self.held).so_far(),
        }
    }

    /// Waits for what is no fault of the peers of this check: its time does not count.
    async fn uncounted<T>(&self, waiting: impl Future<Output = T>) -> T {
        let _pause = Pause::begin(&self.uncounted);
        waiting.await
    }

    /// Waits until these may be visited, all of them.
    async fn turn(&self, hosts: impl IntoIterator<Item = Host>) {
        let now = Instant::now();
        if let Some(turn) = self.place(hosts, now).filter(|turn| *turn > now) {
            self.uncounted(sleep_until(turn)).await;
        }
    }

    /// Counts a visit within another operation, which cannot wait: whoever comes next does.
    fn visits(&self, host: Host) {
        let _ = self.place([host], Instant::now());
    }

    /// Takes the next places in the rows of these; the last of them is when all may be visited.
    fn place(&self, hosts: impl IntoIterator<Item = Host>, now: Instant) -> Option<Instant> {
        let rate = self.plan.per_server.unwrap_or(Rate::USUAL);
        let counted = |host: &Host| {
            if let Host::Network(address) = host {
                self.shared.crowds.of(*address).count();
            }
        };
        let hosts = hosts
            .into_iter()
            .inspect(counted)
            .filter(|host| self.is_stranger(host));
        let turns = hosts.map(|host| self.shared.rows.turn(host, rate, now));
        turns.max()
    }

    /// Whoever is not on the internet is the user's own, and visited as often as is needed, unless the
    /// user says how often.
    fn is_stranger(&self, host: &Host) -> bool {
        self.plan.per_server.is_some()
            || match host {
                Host::NameServer(address) | Host::Network(address) => {
                    ranges::special(*address).is_none()
                }
                Host::Lists(_) => true,
            }
    }
}

impl Uncounted {
    fn so_far(&self) -> Duration {
        let now = self.now.map(|(since, _)| since.elapsed());
        self.past + now.unwrap_or_default()
    }
}

/// The time of an operation, without that for which the check was held up since.
#[derive(Clone, Copy, Debug)]
struct Watch {
    start: Instant,
    held: Duration,
}

impl Watch {
    fn held(&self, cx: &Context) -> Duration {
        locked(&cx.held).so_far().saturating_sub(self.held)
    }

    fn elapsed(&self, cx: &Context) -> Duration {
        self.start.elapsed().saturating_sub(self.held(cx))
    }

    fn elapsed_us(&self, cx: &Context) -> u64 {
        u64::try_from(self.elapsed(cx).as_micros()).unwrap_or(u64::MAX)
    }

    /// When this much will have passed, as far as is known now.
    fn end(&self, cx: &Context, allowed: Duration) -> Option<Instant> {
        self.start.checked_add(allowed)?.checked_add(self.held(cx))
    }
}

/// Something that waits without being counted.
struct Pause<'a>(&'a Mutex<Uncounted>);

impl<'a> Pause<'a> {
    fn begin(of: &'a Mutex<Uncounted>) -> Self {
        let mut uncounted = locked(of);
        let (since, many) = uncounted.now.unwrap_or((Instant::now(), 0));
        uncounted.now = Some((since, many + 1));
        Self(of)
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        let mut uncounted = locked(self.0);
        if let Some((since, many)) = uncounted.now {
            uncounted.now = (many > 1).then_some((since, many - 1));
            if many == 1 {
                uncounted.past += since.elapsed();
            }
        }
    }
}

/// What else than the question decides what a look-up finds that others share.
fn way(plan: &Plan) -> u64 {
    let mut hasher = DefaultHasher::new();
    let terms = &plan.terms;
    let look = plan.anew.then_some(terms.made_at);
    (&plan.views, &plan.redirects, terms.family, look).hash(&mut hasher);
    hasher.finish()
}

fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
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

#[cfg(test)]
mod tests {
    use std::future::pending;

    use time::OffsetDateTime;

    use super::*;
    use crate::model::names::Domain;
    use crate::model::plan::Limits;

    fn context(deadline: Duration) -> Arc<Context> {
        let domain = Domain::parse("zahnfee.de").expect("a domain");
        let mut plan = Plan::new(domain, OffsetDateTime::UNIX_EPOCH);
        plan.limits = Limits {
            deadline,
            ..plan.limits
        };
        Context::new(Arc::new(plan), Arc::new(Shared::new(None, None)))
    }

    /// What is waited for by the way puts off the end, however much goes on at the same time.
    #[tokio::test]
    async fn uncounted_time_is_added_once() {
        let cx = context(Duration::from_millis(50));
        let end = cx.deadline();
        let pause = || cx.uncounted(tokio::time::sleep(Duration::from_millis(100)));
        let in_time = cx.in_time(async { tokio::join!(pause(), pause(), pause()) });
        assert!(in_time.await.is_some());
        assert!(cx.deadline() >= end + Duration::from_millis(100));
        let before = Instant::now();
        assert!(cx.in_time(pending::<()>()).await.is_none(), "it does end");
        assert!(cx.deadline() <= before + Duration::from_millis(50));
    }
}
