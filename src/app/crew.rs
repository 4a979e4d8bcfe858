//! The checks that are under way: how many there are at a time, and when there is room for one more.

use std::io;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::open_files::{self, Room};
use super::pace::{Pace, Sight};
use crate::engine;
use crate::judge::STEPS;
use crate::model::plan::Plan;
use crate::probe::shared::Shared;
use crate::report::Report;

/// How many domains are checked at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Jobs {
    /// To begin with.
    pub(super) first: usize,
    /// The most of those that do more than wait.
    most: usize,
    /// The most altogether.
    ceiling: usize,
    /// The limit on open files that leaves no room for as many as were asked for.
    pub(super) limit: Option<u64>,
}

impl Jobs {
    /// Where nobody said how many: as many as this to begin with.
    const FIRST: usize = 8;
    /// And more while that is of use. Beyond this, name servers have a say.
    const MOST: usize = 256;
    /// The most altogether. A check that only waits for a silent peer has a socket or two.
    const ALL: usize = 1024;
    /// So many times as many as do something may wait: that a silent peer is waited for takes fifty
    /// times as long as a check that is answered, and there may be one for each ten of those.
    const WAITING_EACH: usize = 32;

    /// As many as were asked for, of so many domains if that is known, as far as this machine has room
    /// for them.
    pub(super) fn new(said: Option<usize>, domains: Option<usize>) -> Self {
        let most = said.unwrap_or(Self::MOST);
        let domains = domains.unwrap_or(usize::MAX);
        let all = match said {
            // One after the other.
            Some(1) => 1,
            Some(said) => (said * Self::WAITING_EACH).min(Self::ALL.max(said)),
            None => Self::ALL,
        };
        let wanted = most.min(domains);
        let waiting = all.min(domains).saturating_sub(wanted);
        let Room {
            jobs,
            waiting,
            limit,
        } = open_files::make(wanted, waiting);
        let ceiling = jobs + waiting;
        let first = said.unwrap_or(Self::FIRST).min(jobs.max(1));
        Self {
            first,
            most: most.min(if limit.is_some() { jobs } else { most }),
            ceiling,
            limit: limit.filter(|_| jobs < said.unwrap_or(Self::FIRST)),
        }
    }
}

/// One thread is faster than many for a handful of round trips. From so many domains on the others pay:
/// crypto is most of a millisecond a domain.
const MANY: usize = 16;

/// For so many domains, or nobody knows how many.
pub(super) fn threads_for(domains: Option<usize>) -> io::Result<Runtime> {
    let mut builder = match domains {
        Some(..MANY) => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.enable_all().build()
}

/// The checks of one run.
pub(super) struct Crew {
    shared: Arc<Shared>,
    places: Arc<Places>,
    ceiling: usize,
    pace: Pace,
    adjusted: Instant,
    tasks: JoinSet<()>,
}

/// What those under way take up.
#[derive(Debug)]
struct Places {
    /// Those that do more than wait.
    active: AtomicUsize,
    /// All whose reports were not taken yet.
    held: AtomicUsize,
    /// Checks that have ended.
    done: AtomicUsize,
    /// Half of the checks take longer than this, in microseconds: it moves towards each that ends, by
    /// the same step whether that took long or very long.
    median_us: AtomicU64,
    freed: Notify,
}

/// The place of a check until its report is taken: a slow reader slows the checks, and nothing piles up.
#[derive(Debug)]
pub(super) struct Place(Arc<Places>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.held.fetch_sub(1, Ordering::Relaxed);
        self.0.freed.notify_one();
    }
}

/// The part of a check among those that do something.
struct Turn(Arc<Places>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Ordering::Relaxed);
        self.0.freed.notify_one();
    }
}

impl Places {
    /// So many times as long as others: then it waits for something that does not come.
    const LONG: u32 = 2;
    /// As long as any check on a good line may take.
    const AT_FIRST_US: u64 = 250_000;
    const SHORTEST: Duration = Duration::from_millis(100);

    fn patience(&self) -> Duration {
        let median = Duration::from_micros(self.median_us.load(Ordering::Relaxed));
        (median * Self::LONG).max(Self::SHORTEST)
    }

    fn note(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let median = self.median_us.load(Ordering::Relaxed);
        let step = median / 16 + 1;
        let moved = if took > median {
            median + step
        } else {
            median - step.min(median)
        };
        self.median_us.store(moved, Ordering::Relaxed);
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

impl Crew {
    pub(super) fn new(shared: Arc<Shared>, jobs: Jobs) -> Self {
        let places = Places {
            active: AtomicUsize::new(0),
            held: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            median_us: AtomicU64::new(Places::AT_FIRST_US),
            freed: Notify::new(),
        };
        Self {
            shared,
            places: Arc::new(places),
            ceiling: jobs.ceiling,
            pace: Pace::new(jobs.first, jobs.most),
            adjusted: Instant::now(),
            tasks: JoinSet::new(),
        }
    }

    /// How many are under way, those included whose reports wait to be taken.
    pub(super) fn held(&self) -> usize {
        self.places.held.load(Ordering::Relaxed)
    }

    /// Until there is room for one more check.
    pub(super) async fn room(&mut self) {
        loop {
            self.reap();
            let active = self.places.active.load(Ordering::Relaxed);
            let is_full = active >= self.pace.jobs();
            self.adjust(is_full);
            if active < self.pace.jobs() && self.held() < self.ceiling {
                return;
            }
            tokio::select! {
                () = self.places.freed.notified() => {}
                () = sleep_until(self.adjusted + Pace::INTERVAL) => {}
            }
        }
    }

    /// A place for something that is no check, but is to be written in its turn.
    pub(super) fn place(&self) -> Place {
        self.places.held.fetch_add(1, Ordering::Relaxed);
        Place(Arc::clone(&self.places))
    }

    /// Begins a check, and hands its report over when it has ended.
    pub(super) fn start(&mut self, plan: &Plan, then: impl FnOnce(Report, Place) + Send + 'static) {
        let place = self.place();
        self.places.active.fetch_add(1, Ordering::Relaxed);
        let turn = Turn(Arc::clone(&self.places));
        let places = Arc::clone(&self.places);
        let plan = plan.at(OffsetDateTime::now_utc());
        let check = engine::run(&STEPS, Arc::new(plan), Arc::clone(&self.shared));
        self.tasks.spawn(async move {
            let began = Instant::now();
            tokio::pin!(check);
            let report = tokio::select! {
                report = &mut check => report,
                () = sleep(places.patience()) => {
                    drop(turn);
                    check.await
                }
            };
            places.note(began.elapsed());
            then(report, place);
        });
    }

    /// Until one of those under way ends; false if there is none.
    pub(super) async fn one_ended(&mut self) -> bool {
        let ended = self.tasks.join_next().await;
        let is_one = ended.is_some();
        ended.into_iter().for_each(pass_on);
        is_one
    }

    /// Ends all at once. Left to themselves they would end with the runtime, and keep until then whom
    /// they report to waiting.
    pub(super) async fn abandon(mut self) {
        self.tasks.shutdown().await;
    }

    /// Until all have ended.
    pub(super) async fn finish(&mut self) {
        while let Some(ended) = self.tasks.join_next().await {
            pass_on(ended);
        }
    }

    fn reap(&mut self) {
        while let Some(ended) = self.tasks.try_join_next() {
            pass_on(ended);
        }
    }

    fn adjust(&mut self, is_full: bool) {
        let elapsed = self.adjusted.elapsed();
        if elapsed < Pace::INTERVAL {
            return;
        }
        self.adjusted = Instant::now();
        let metrics = Handle::current().metrics();
        let workers = metrics.num_workers();
        let busy = (0..workers).map(|worker| metrics.worker_total_busy_duration(worker));
        self.pace.adjust(Sight {
            is_full,
            done: self.places.done.load(Ordering::Relaxed),
            busy: busy.sum(),
            workers,
            elapsed,
        });
    }
}

/// A check that panicked is a bug, and no result.
fn pass_on(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        panic::resume_unwind(error.into_panic());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_kept_to() {
        for (said, domains, first, most, ceiling) in [
            (Some(1), None, 1, 1, 1),
            (Some(4), None, 4, 4, 128),
            (Some(4), Some(2), 2, 4, 2),
            (Some(64), Some(100), 64, 64, 100),
            (Some(64), None, 64, 64, 1024),
            (None, Some(1), 1, 256, 1),
            (None, None, 8, 256, 1024),
        ] {
            let jobs = Jobs::new(said, domains);
            assert_eq!((jobs.first, jobs.limit), (first, None), "{said:?}");
            assert_eq!((jobs.most, jobs.ceiling), (most, ceiling), "{said:?}");
        }
    }

    #[test]
    fn a_few_that_take_long_do_not_make_it_the_rule() {
        let places = Crew::new(Arc::new(Shared::new(None, None)), Jobs::new(None, Some(1))).places;
        for index in 0..1000 {
            let took = if index % 10 == 0 { 5000 } else { 20 };
            places.note(Duration::from_millis(took));
        }
        let median = Duration::from_micros(places.median_us.load(Ordering::Relaxed));
        let around = Duration::from_millis(15)..Duration::from_millis(30);
        assert!(around.contains(&median), "{median:?}");
        assert_eq!(places.patience(), Places::SHORTEST);
    }
}
