//! Ctrl-C and SIGTERM: the first ends the checks, so that the reports still hold what is done; the
//! second ends the program at once.

use std::io;
use std::sync::{Arc, OnceLock};
use std::thread;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

/// What ended the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// Whoever runs us wants the end.
    Terminate,
}

impl Signal {
    /// As a shell reports who died of it.
    pub(super) fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// Whether this run is to end early.
#[derive(Clone, Default)]
pub(super) struct Interruption(Arc<State>);

#[derive(Default)]
struct State {
    by: OnceLock<Signal>,
    told: Notify,
}

impl Interruption {
    /// Listens from here on, until the program ends.
    ///
    /// # Errors
    ///
    /// When the system lets nobody listen.
    pub(super) fn listen() -> io::Result<Self> {
        let interruption = Self::default();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        // The signals are caught once this is made, even if the thread has yet to begin.
        let signals = Signals::catch(&runtime)?;
        let told = interruption.clone();
        thread::Builder::new().spawn(move || runtime.block_on(told.follow(signals)))?;
        Ok(interruption)
    }

    /// On a thread of its own: a slow reader of the output must not keep the second signal waiting.
    async fn follow(self, mut signals: Signals) {
        let first = signals.next().await;
        let _ = self.0.by.set(first);
        self.0.told.notify_one();
        let second = signals.next().await;
        std::process::exit(second.exit_code().into());
    }

    /// What asked for the end, if anything has.
    pub(super) fn by(&self) -> Option<Signal> {
        self.0.by.get().copied()
    }

    /// Until something asks for the end.
    pub(super) async fn come(&self) {
        if self.by().is_none() {
            self.0.told.notified().await;
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn catch(runtime: &Runtime) -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let _inside = runtime.enter();
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(windows)]
struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
    terminate: tokio::signal::windows::CtrlBreak,
}

#[cfg(windows)]
impl Signals {
    fn catch(runtime: &Runtime) -> io::Result<Self> {
        let _inside = runtime.enter();
        Ok(Self {
            interrupt: tokio::signal::windows::ctrl_c()?,
            terminate: tokio::signal::windows::ctrl_break()?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}
