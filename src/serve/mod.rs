//! `xfed serve`: checks for colleagues without a terminal, and for Prometheus.
//!
//! A request names a domain and a module of `xfed.toml`, and nothing else: where to connect, whom to
//! ask and whom to trust is for the file to say. A check that somebody asks for while the same one is
//! under way is that one.

mod api;
mod asked;
mod client;
mod crowd;
mod current;
mod door;
mod frozen;
mod jobs;
mod meters;
mod page;
mod refusal;
mod results;
mod rounds;
mod routes;
mod runs;
mod scrape;
mod service;
mod sockets;
mod store;
mod vantage;
mod watch;
mod words;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::config;
use crate::text::Lang;
pub(crate) use current::{Current, Load};
use service::Service;
pub(crate) use sockets::Sockets;
pub(crate) use store::Store;
pub use store::StoreError;

/// What is under way when somebody wants the end has so long.
const GRACE: Duration = Duration::from_secs(60);
/// So much that there is to say may wait to be said.
const UNSAID: usize = 64;

/// What is to be said to whoever runs the service.
#[derive(Debug)]
pub(crate) enum News {
    /// It takes requests.
    Listening,
    /// The configuration was read again, and holds from now on.
    Reloaded,
    /// It could not be used: the one before it still holds.
    NotReloaded(config::Error),
}

/// How the service begins.
pub(crate) struct Beginning {
    /// Reads the configuration again.
    pub(crate) load: Load,
    /// What it says now.
    pub(crate) current: Current,
    /// Others reach it, and nobody said that this needs no lock; where that is.
    pub(crate) exposed: Option<String>,
    /// Where results are kept.
    pub(crate) store: Store,
    /// With pages for people.
    pub(crate) has_pages: bool,
    /// Strangers need no token for them.
    pub(crate) is_public: bool,
    /// The most checks at a time.
    pub(crate) jobs: usize,
    /// The language of its sentences.
    pub(crate) lang: Lang,
}

/// Answers requests until the end is wanted, and then those that are under way.
pub(crate) async fn run(
    beginning: Beginning,
    sockets: Sockets,
    end: impl Future<Output = ()>,
    mut say: impl FnMut(News) -> io::Result<()>,
) -> io::Result<()> {
    let (tell, mut news) = mpsc::channel(UNSAID);
    let service = Arc::new(Service::new(beginning, tell));
    let mut hangups = Hangups::catch()?;
    let mut open = sockets.serve(&service);
    tokio::spawn(rounds::keep(Arc::clone(&service)));
    tell_systemd(Phase::Ready);
    say(News::Listening)?;
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => break,
            () = hangups.next() => drop(service.reload()),
            Some(news) = news.recv() => say(news)?,
        }
    }
    tell_systemd(Phase::Stopping);
    service.end();
    // Whoever is not served by then is slow, or reads nothing.
    let _ = timeout(GRACE, open.recv()).await;
    Ok(())
}

/// What systemd is told, if it is systemd that runs us.
#[derive(Clone, Copy)]
enum Phase {
    Ready,
    Stopping,
}

#[cfg(unix)]
fn tell_systemd(phase: Phase) {
    let state = match phase {
        Phase::Ready => sd_notify::NotifyState::Ready,
        Phase::Stopping => sd_notify::NotifyState::Stopping,
    };
    // It would be told by a socket that only it makes.
    let _ = sd_notify::notify(&[state]);
}

#[cfg(not(unix))]
fn tell_systemd(_phase: Phase) {}

/// The signals by which a service is asked to read its configuration again.
#[cfg(unix)]
struct Hangups(tokio::signal::unix::Signal);

#[cfg(unix)]
impl Hangups {
    fn catch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        signal(SignalKind::hangup()).map(Self)
    }

    async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

/// Windows has none.
#[cfg(not(unix))]
struct Hangups;

#[cfg(not(unix))]
impl Hangups {
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    fn catch() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        std::future::pending::<()>().await;
    }
}
