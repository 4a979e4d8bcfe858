//! The checks that are under way. There are only so many at a time, the others wait; and one that is
//! asked for twice is made once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared as SharedFuture};
use time::OffsetDateTime;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout_at};

use crate::engine;
use crate::judge::STEPS;
use crate::model::finding::StepId;
use crate::model::plan::Plan;
use crate::probe::shared::Shared;
use crate::report::Report;
use crate::wire::vantage::Request;

/// No more than these wait for their turn.
const MOST_WAITING: usize = 1000;
/// With less time than this, every server would seem dead.
const SHORTEST: Duration = Duration::from_millis(100);
/// A check that has run into its limit still has to be judged.
const SLACK: Duration = Duration::from_millis(300);

/// What makes two checks the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) domain: String,
    pub(super) module: Option<String>,
    /// What an xfed in another place asks for.
    pub(super) asked_for: Option<Request>,
    /// How long it may take.
    pub(super) limit: Duration,
    /// The reading of the configuration that it goes by.
    pub(super) edition: u64,
}

/// What came of a check.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    Done(Arc<Report>),
    /// Its turn did not come in time, or it took too long.
    Late,
    /// It crashed: a bug.
    Crashed,
}

/// How far a check is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It has drawn this number.
    Waiting(u64),
    /// These steps have all they need, in the order in which they got it.
    Working(Vec<StepId>),
}

impl Progress {
    /// The number that it has drawn, as long as it waits.
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Self::Waiting(number) => Some(*number),
            Self::Working(_) => None,
        }
    }
}

/// A check that is under way, for whoever waits for it or watches.
#[derive(Clone, Debug)]
pub(super) struct Run {
    outcome: SharedFuture<BoxFuture<'static, Outcome>>,
    pub(super) progress: watch::Receiver<Progress>,
}

impl Run {
    pub(super) async fn outcome(self) -> Outcome {
        self.outcome.await
    }
}

/// The checks that are under way, and those that wait.
#[derive(Debug)]
pub(super) struct Runs {
    under_way: Mutex<HashMap<Key, Run>>,
    turns: Semaphore,
    jobs: usize,
    waiting: AtomicUsize,
    /// Numbers that were drawn, and how many of those have had their turn.
    drawn: AtomicU64,
    served: AtomicU64,
}

impl Runs {
    /// With room for so many at a time.
    pub(super) fn new(jobs: usize) -> Self {
        Self {
            under_way: Mutex::default(),
            turns: Semaphore::new(jobs),
            jobs,
            waiting: AtomicUsize::new(0),
            drawn: AtomicU64::new(0),
            served: AtomicU64::new(0),
        }
    }

    /// How many are being made now.
    pub(super) fn working(&self) -> usize {
        self.jobs - self.turns.available_permits()
    }

    /// How many wait for their turn.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// How many are before whoever has drawn this number.
    pub(super) fn before(&self, number: u64) -> u64 {
        number.saturating_sub(self.served.load(Ordering::Relaxed))
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<Key, Run>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The check that is under way already, or this one; `None` where too many wait.
    ///
    /// It goes on when nobody waits for it any more: the next who asks will.
    pub(super) fn begin(
        self: &Arc<Self>,
        key: Key,
        plan: Plan,
        shared: Arc<Shared>,
    ) -> Option<Begun> {
        let mut under_way = self.under_way();
        if let Some(run) = under_way.get(&key) {
            let run = run.clone();
            return Some(Begun { run, is_new: false });
        }
        if self.waiting() >= MOST_WAITING {
            return None;
        }
        let waiting = Waiting::new(self);
        let until = Instant::now() + key.limit;
        let number = self.drawn.fetch_add(1, Ordering::Relaxed);
        let (tell, progress) = watch::channel(Progress::Waiting(number));
        let (runs, own) = (Arc::clone(self), key.clone());
        let task = tokio::spawn(async move {
            let outcome = runs.make((plan, shared), until, waiting, &tell).await;
            runs.under_way().remove(&own);
            outcome
        });
        let (runs, own) = (Arc::clone(self), key.clone());
        let outcome = async move {
            let ended = task.await;
            ended.unwrap_or_else(|_| {
                runs.under_way().remove(&own);
                Outcome::Crashed
            })
        };
        let run = Run {
            outcome: outcome.boxed().shared(),
            progress,
        };
        under_way.insert(key, run.clone());
        Some(Begun { run, is_new: true })
    }

    async fn make(
        &self,
        (mut plan, shared): (Plan, Arc<Shared>),
        until: Instant,
        waiting: Waiting,
        tell: &watch::Sender<Progress>,
    ) -> Outcome {
        let turn = timeout_at(until - SHORTEST, self.turns.acquire()).await;
        drop(waiting);
        self.served.fetch_add(1, Ordering::Relaxed);
        let Ok(Ok(_turn)) = turn else {
            return Outcome::Late;
        };
        plan.limits.deadline = until.saturating_duration_since(Instant::now());
        let plan = plan.at(OffsetDateTime::now_utc());
        tell.send_replace(Progress::Working(Vec::new()));
        let tell = |step| {
            tell.send_modify(|progress| {
                if let Progress::Working(steps) = progress {
                    steps.push(step);
                }
            });
        };
        let check = engine::watched(&STEPS, Arc::new(plan), shared, &tell);
        match timeout_at(until + SLACK, check).await {
            Ok(report) => Outcome::Done(Arc::new(report)),
            Err(_) => Outcome::Late,
        }
    }
}

/// A check that somebody waits for.
pub(super) struct Begun {
    pub(super) run: Run,
    /// Nobody had asked for it before.
    pub(super) is_new: bool,
}

/// One that waits, counted as long as it does: from when it is asked for, or many who ask at once would
/// all find room.
struct Waiting(Arc<Runs>);

impl Waiting {
    fn new(runs: &Arc<Runs>) -> Self {
        runs.waiting.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(runs))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::names::Domain;

    /// However many ask, only so many wait, and whoever asks for the same takes up no room.
    #[tokio::test]
    async fn a_hundred_thousand_who_ask_find_a_thousand_places() {
        let runs = Arc::new(Runs::new(0));
        let shared = Arc::new(Shared::new(None, None));
        let ask = |name: &str| {
            let domain = Domain::parse(name).expect("a domain");
            let plan = Plan::new(domain, OffsetDateTime::UNIX_EPOCH);
            let key = Key {
                domain: name.to_owned(),
                module: None,
                asked_for: None,
                limit: Duration::from_secs(3600),
                edition: 0,
            };
            runs.begin(key, plan, Arc::clone(&shared))
        };
        let begun = (0..100_000).filter_map(|number| ask(&format!("n{number}.example")));
        let begun: Vec<Begun> = begun.collect();
        assert_eq!(begun.len(), MOST_WAITING);
        assert_eq!(runs.waiting(), MOST_WAITING);
        assert!(runs.under_way().len() <= MOST_WAITING);
        let again = ask("n0.example").expect("it is under way");
        assert!(!again.is_new);
        assert_eq!(again.run.progress.borrow().number(), Some(0));
    }
}
