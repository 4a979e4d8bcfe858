//! What all requests share.

use std::sync::{Arc, PoisonError, RwLock};

use time::OffsetDateTime;
use tokio::sync::{mpsc, watch};

use super::client::Clients;
use super::current::{Current, Load};
use super::jobs::Jobs;
use super::meters::Meters;
use super::runs::{Begun, Outcome, Runs};
use super::watch::Watch;
use super::words;
use super::{Beginning, News};
use crate::config;
use crate::text::Lang;

pub(super) struct Service {
    load: Load,
    current: RwLock<Arc<Current>>,
    /// Where others reach it, if it needs a lock.
    exposed: Option<String>,
    pub(super) runs: Arc<Runs>,
    pub(super) jobs: Arc<Jobs>,
    pub(super) clients: Clients,
    pub(super) meters: Meters,
    pub(super) watch: Watch,
    /// With pages for people.
    pub(super) has_pages: bool,
    /// Strangers need no token for them.
    pub(super) is_public: bool,
    pub(super) lang: Lang,
    news: mpsc::Sender<News>,
    /// Told whenever another configuration is taken.
    changes: watch::Sender<()>,
    /// True once somebody wants the end.
    ending: watch::Sender<bool>,
}

impl Service {
    pub(super) fn new(beginning: Beginning, news: mpsc::Sender<News>) -> Self {
        Self {
            load: beginning.load,
            current: RwLock::new(Arc::new(beginning.current)),
            exposed: beginning.exposed,
            runs: Arc::new(Runs::new(beginning.jobs)),
            jobs: Arc::new(Jobs::new(beginning.store)),
            clients: Clients::default(),
            meters: Meters::new(OffsetDateTime::now_utc()),
            watch: Watch::default(),
            has_pages: beginning.has_pages,
            is_public: beginning.is_public,
            lang: beginning.lang,
            news,
            changes: watch::Sender::new(()),
            ending: watch::Sender::new(false),
        }
    }

    pub(super) fn current(&self) -> Arc<Current> {
        let current = self.current.read();
        Arc::clone(&current.unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the configuration again; what cannot be used changes nothing, and is told.
    pub(super) fn reload(&self) -> Result<(), String> {
        let fresh = (self.load)().and_then(|fresh| match &self.exposed {
            Some(listen) if !fresh.is_guarded(self.is_public) => {
                Err(config::Error::exposed(self.is_public)(listen.clone()))
            }
            _ => Ok(fresh),
        });
        self.meters
            .note_reload(fresh.is_ok(), OffsetDateTime::now_utc());
        let (news, told) = match fresh {
            Ok(fresh) => {
                self.replace(fresh);
                (News::Reloaded, Ok(()))
            }
            Err(error) => {
                let told = words::with(self.lang, |texts| error.describe(texts));
                (News::NotReloaded(error), Err(told))
            }
        };
        // Whoever has so much to hear already will not miss it.
        let _ = self.news.try_send(news);
        told
    }

    fn replace(&self, fresh: Current) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let edition = current.edition + 1;
        *current = Arc::new(fresh.numbered(edition));
        self.changes.send_replace(());
    }

    /// What comes of a check that somebody waits for, counted once.
    pub(super) async fn outcome(&self, begun: Begun) -> Outcome {
        let is_new = begun.is_new;
        if !is_new {
            self.meters.note_shared();
        }
        let outcome = begun.run.outcome().await;
        if is_new {
            self.meters.note_check(&outcome);
        }
        outcome
    }

    pub(super) fn is_ending(&self) -> bool {
        *self.ending.borrow()
    }

    /// To be told when another configuration holds.
    pub(super) fn until_change(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// To be told when the end is wanted.
    pub(super) fn until_end(&self) -> watch::Receiver<bool> {
        self.ending.subscribe()
    }

    pub(super) fn end(&self) {
        self.ending.send_replace(true);
    }
}
