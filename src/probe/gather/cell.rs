//! Facts that are gathered once and awaited by many.

use futures_util::FutureExt;
use futures_util::future::{self, BoxFuture, Shared};

/// A fact that a task of its own gathers once, for everybody who asks.
#[derive(Clone)]
pub(crate) struct Cell<T>(Shared<BoxFuture<'static, Result<T, Crashed>>>)
where
    T: Clone;

/// The task that owed a fact panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Crashed;

impl<T: Clone + Send + Sync + 'static> Cell<T> {
    /// Starts gathering at once, in a task of its own, so that a panic stays there.
    pub(super) fn spawn<F>(gather: F) -> Self
    where
        F: Future<Output = Result<T, Crashed>> + Send + 'static,
    {
        let task = tokio::spawn(gather);
        let fact = async { task.await.map_err(|_panic| Crashed)? };
        Self(fact.boxed().shared())
    }

    /// A fact that is there already; an absent one crashed when it was gathered.
    pub(super) fn ready(fact: Option<T>) -> Self {
        Self(future::ready(fact.ok_or(Crashed)).boxed().shared())
    }

    /// The fact, as soon as it is there.
    pub(crate) async fn get(&self) -> Result<T, Crashed> {
        self.0.clone().await
    }
}
