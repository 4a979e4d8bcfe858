//! The checks that somebody wants to come back to: each has a name, under way and afterwards.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::Notify;

use super::runs::{Outcome, Run};
use super::store::{Entry, Id, Kept, Limits, Store, StoreError};
use super::words;
use crate::engine;
use crate::facts::Outlook;
use crate::render::{Format, Look};
use crate::report::Report;
use crate::text::Lang;

/// A domain and the module that it is checked by.
pub(super) type Subject = (String, String);

/// Of those that came to nothing, so many are remembered.
const MOST_FAILED: usize = 256;

pub(super) struct Jobs {
    store: Arc<Store>,
    books: Mutex<Books>,
    /// One more is closed.
    closed: Notify,
}

#[derive(Default)]
struct Books {
    by_subject: HashMap<Subject, Id>,
    under_way: HashMap<Id, (Subject, Run)>,
    /// Those that came to nothing, the oldest first.
    failed: VecDeque<(Id, Failed)>,
}

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    Late,
    Crashed,
    /// It could not be kept.
    Lost,
}

/// How a result is to be kept.
pub(super) struct Keeping {
    /// Under this name.
    pub(super) id: Id,
    /// Within these limits of them all.
    pub(super) limits: Limits,
    /// As seen from here, where this place has a name.
    pub(super) place: Option<Outlook>,
}

/// What there is under a name.
pub(super) enum Found {
    UnderWay(Subject, Run),
    Failed(Failed),
    Kept(Kept),
    Nothing,
}

impl Jobs {
    pub(super) fn new(store: Store) -> Self {
        Self {
            store: Arc::new(store),
            books: Mutex::default(),
            closed: Notify::new(),
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what is kept is gone with the process.
    pub(super) fn are_in_memory(&self) -> bool {
        self.store.is_in_memory()
    }

    /// The check of this that is under way.
    pub(super) fn under_way(&self, subject: &Subject) -> Option<Id> {
        self.books().by_subject.get(subject).copied()
    }

    /// Gives a check a name, under which its result will be kept; the name that it has, if somebody was
    /// faster.
    pub(super) fn add(self: &Arc<Self>, subject: Subject, keeping: Keeping, run: Run) -> Id {
        let id = keeping.id;
        let mut books = self.books();
        if let Some(known) = books.by_subject.get(&subject) {
            return *known;
        }
        books.by_subject.insert(subject.clone(), id);
        books.under_way.insert(id, (subject.clone(), run.clone()));
        drop(books);
        let jobs = Arc::clone(self);
        tokio::spawn(async move {
            let failed = match run.outcome().await {
                Outcome::Done(report) => {
                    let kept = jobs.keep(keeping, subject.clone(), report).await;
                    kept.err().map(|_| Failed::Lost)
                }
                Outcome::Late => Some(Failed::Late),
                Outcome::Crashed => Some(Failed::Crashed),
            };
            jobs.close(&subject, id, failed);
        });
        id
    }

    fn close(&self, subject: &Subject, id: Id, failed: Option<Failed>) {
        let mut books = self.books();
        books.by_subject.remove(subject);
        books.under_way.remove(&id);
        if let Some(failed) = failed {
            books.failed.push_back((id, failed));
            if books.failed.len() > MOST_FAILED {
                books.failed.pop_front();
            }
        }
        drop(books);
        self.closed.notify_waiters();
    }

    /// Keeps a result without what is local: whoever knows its name may read it.
    async fn keep(
        &self,
        keeping: Keeping,
        (domain, module): Subject,
        report: Arc<Report>,
    ) -> Result<(), StoreError> {
        let store = Arc::clone(&self.store);
        self.blocking(move || {
            let mut check = report.check.clone().redacted();
            check.place = keeping.place;
            let report = engine::replay(check);
            let mut line = Vec::new();
            // A line in memory takes all there is.
            let _ = words::with(Lang::En, |texts| {
                let reports = std::slice::from_ref(&report);
                Format::Jsonl.write(reports, texts, Look::default(), &mut line)
            });
            let kept = Kept {
                domain,
                module,
                made_at: report.terms().made_at,
                verdict: report.verdict().id().to_owned(),
                report: line,
            };
            store.keep(keeping.id, &kept, keeping.limits)
        })
        .await
    }

    pub(super) async fn find(&self, id: Id) -> Result<Found, StoreError> {
        {
            let books = self.books();
            if let Some((subject, run)) = books.under_way.get(&id) {
                return Ok(Found::UnderWay(subject.clone(), run.clone()));
            }
            let mut failed = books.failed.iter();
            if let Some((_, failed)) = failed.find(|(failed, _)| *failed == id) {
                return Ok(Found::Failed(*failed));
            }
        }
        let store = Arc::clone(&self.store);
        let kept = self.blocking(move || store.find(id)).await?;
        Ok(kept.map_or(Found::Nothing, Found::Kept))
    }

    /// Until what came of it is kept.
    pub(super) async fn settled(&self, id: Id) {
        loop {
            let closed = self.closed.notified();
            if !self.books().under_way.contains_key(&id) {
                return;
            }
            closed.await;
        }
    }

    /// The last result of this, and how old it is.
    pub(super) async fn last(
        &self,
        subject: &Subject,
        now: OffsetDateTime,
    ) -> Result<Option<(Entry, Duration)>, StoreError> {
        let last = self.newest(subject, 1).await?.into_iter().next();
        Ok(last.map(|last| {
            let age = (now - last.made_at).try_into().unwrap_or_default();
            (last, age)
        }))
    }

    /// The newest results of this, the last one first.
    pub(super) async fn newest(
        &self,
        (domain, module): &Subject,
        most: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let store = Arc::clone(&self.store);
        let (domain, module) = (domain.clone(), module.clone());
        self.blocking(move || store.of_domain(&domain, &module, most))
            .await
    }

    /// The disk may take its time, and others must not wait for it.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or(Err(StoreError::Crashed))
    }
}
