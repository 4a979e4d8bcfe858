//! What is checked of what was read, and when: each target once, only those of the part that is
//! wanted, and not what an earlier run has done.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use tokio::sync::mpsc as queue;

use super::super::crew::{Crew, Jobs, Place};
use super::super::error::Error;
use super::super::here;
use super::super::interrupt::Interruption;
use crate::config::{self, Fingerprint, Listed, Planner, Shard};
use crate::engine;
use crate::model::plan::Plan;
use crate::probe::shared::Shared;
use crate::report::{Report, Verdict};

/// Targets that are read ahead.
const AHEAD: usize = 256;

/// The most that wait to be checked again. When there are more, the first of them does not wait for
/// the end of the list.
const AGAIN: usize = 1024;

/// How many of which fate. What was read is one of the others, once the run has ended.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) read: AtomicUsize,
    /// The file of results holds them already.
    pub(super) known: AtomicUsize,
    /// They stood in the list before.
    pub(super) repeated: AtomicUsize,
    /// In another part of the list.
    pub(super) elsewhere: AtomicUsize,
    /// Not targets.
    pub(super) refused: AtomicUsize,
    /// Reports that were written.
    pub(super) written: AtomicUsize,
    /// Checks under way, with those whose reports wait to be written.
    pub(super) under_way: AtomicUsize,
    /// To be checked again.
    pub(super) waiting: AtomicUsize,
}

impl Counts {
    /// All that became of what was read.
    pub(super) fn settled(&self) -> usize {
        let fates = [
            &self.known,
            &self.repeated,
            &self.elsewhere,
            &self.refused,
            &self.written,
        ];
        fates.iter().map(|fate| fate.load(Ordering::Relaxed)).sum()
    }
}

fn count(of: &AtomicUsize) {
    of.fetch_add(1, Ordering::Relaxed);
}

/// Something to be written.
pub(super) enum Came {
    Report {
        report: Box<Report>,
        key: Fingerprint,
        place: Place,
    },
    /// A line that is no target.
    Refused {
        text: String,
        why: config::Error,
        place: Place,
    },
}

/// What decides about targets.
pub(super) struct Intake<'a> {
    pub(super) planner: &'a Planner<'a>,
    pub(super) shared: Arc<Shared>,
    pub(super) jobs: Jobs,
    pub(super) shard: Option<Shard>,
    /// How often what could not be tested is checked again.
    pub(super) retry: u8,
    /// Leave out what is local to this machine.
    pub(super) redact: bool,
    /// What need not be checked.
    pub(super) known: HashSet<Fingerprint>,
    pub(super) counts: Arc<Counts>,
    /// Somebody who wants the end gets what is under way.
    pub(super) drains: bool,
}

/// A check, and how often it was made before.
struct Job {
    plan: Arc<Plan>,
    key: Fingerprint,
    round: u8,
}

type Again = Arc<Mutex<VecDeque<Job>>>;

impl Intake<'_> {
    /// Begins the checks of all these targets, and hands over what comes of them.
    ///
    /// # Errors
    ///
    /// [`Error`] for a list that cannot be read on.
    pub(super) async fn work_off(
        self,
        targets: impl Iterator<Item = Result<Listed, config::Error>> + Send + 'static,
        interruption: &Interruption,
        sender: mpsc::Sender<Came>,
    ) -> Result<(), Error> {
        let mut targets = read_ahead(targets);
        let mut crew = Crew::new(Arc::clone(&self.shared), self.jobs);
        let again = Again::default();
        let mut seen = HashSet::new();
        let working = async {
            loop {
                crew.room().await;
                self.counts.under_way.store(crew.held(), Ordering::Relaxed);
                let overdue = take(&again, AGAIN, &self.counts);
                let job = match overdue {
                    Some(job) => job,
                    None => match targets.recv().await {
                        Some(listed) => match self.decide(listed?, &mut seen, &crew, &sender) {
                            Some(job) => job,
                            None => continue,
                        },
                        None => match take(&again, 1, &self.counts) {
                            Some(job) => job,
                            // One of those under way may have to be checked again.
                            None if crew.one_ended().await => continue,
                            None => return Ok(()),
                        },
                    },
                };
                self.begin(job, &mut crew, &again, &sender);
            }
        };
        tokio::select! {
            biased;
            () = interruption.come() => {}
            read = working => return read,
        }
        if self.drains {
            crew.finish().await;
        }
        crew.abandon().await;
        Ok(())
    }

    /// What is to be done about a line, if anything is.
    fn decide(
        &self,
        listed: Listed,
        seen: &mut HashSet<Fingerprint>,
        crew: &Crew,
        sender: &mpsc::Sender<Came>,
    ) -> Option<Job> {
        count(&self.counts.read);
        let Listed { text, target } = listed;
        let accepted = target
            .map_err(|fault| config::Error::Faults(fault.into()))
            .and_then(|target| Ok((self.planner.plan(&target)?, target)));
        let (mut plan, target) = match accepted {
            Ok(accepted) => accepted,
            Err(_) if self.known.contains(&Fingerprint::of_refused(&text)) => {
                count(&self.counts.known);
                return None;
            }
            Err(why) => {
                let place = crew.place();
                let _ = sender.send(Came::Refused { text, why, place });
                return None;
            }
        };
        if self.shard.is_some_and(|shard| !shard.holds(&target.domain)) {
            count(&self.counts.elsewhere);
            return None;
        }
        let key = self.planner.key(&target);
        if !seen.insert(key) {
            count(&self.counts.repeated);
            return None;
        }
        if self.known.contains(&key) {
            count(&self.counts.known);
            return None;
        }
        // Whose way out it is matters only where that is the question.
        if plan.terms.partner {
            plan.here = Some(here::look());
        }
        Some(Job {
            plan: Arc::new(plan),
            key,
            round: 0,
        })
    }

    fn begin(&self, job: Job, crew: &mut Crew, again: &Again, sender: &mpsc::Sender<Came>) {
        let plan = Arc::clone(&job.plan);
        let (again, sender) = (Arc::clone(again), sender.clone());
        let (rounds, counts) = (self.retry, Arc::clone(&self.counts));
        let redact = self.redact;
        crew.start(&plan, move |report, place| {
            if job.round < rounds && report.verdict() == Verdict::Inconclusive {
                count(&counts.waiting);
                let mut again = again.lock().unwrap_or_else(PoisonError::into_inner);
                again.push_back(Job {
                    round: job.round + 1,
                    ..job
                });
                return;
            }
            let report = if redact {
                engine::replay(report.check.redacted())
            } else {
                report
            };
            // Fails when the rest is not wanted: then this ends anyway.
            let _ = sender.send(Came::Report {
                report: Box::new(report),
                key: job.key,
                place,
            });
        });
    }
}

/// The next that is to be checked again, if at least so many are.
fn take(again: &Again, least: usize, counts: &Counts) -> Option<Job> {
    let mut again = again.lock().unwrap_or_else(PoisonError::into_inner);
    let job = (again.len() >= least)
        .then(|| again.pop_front())
        .flatten()?;
    counts.waiting.fetch_sub(1, Ordering::Relaxed);
    Some(job)
}

/// On a thread of its own, which nobody waits for: a pipe may be silent forever.
fn read_ahead<T: Send + 'static>(
    items: impl Iterator<Item = T> + Send + 'static,
) -> queue::Receiver<T> {
    let (sender, receiver) = queue::channel(AHEAD);
    thread::spawn(move || {
        for item in items {
            if sender.blocking_send(item).is_err() {
                return;
            }
        }
    });
    receiver
}
