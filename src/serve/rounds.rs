//! Makes the checks of the domains that are watched, each when it is due.

use std::sync::Arc;

use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

use super::runs::{Key, Outcome};
use super::service::Service;
use super::watch::LONGEST;
use crate::render::Numbers;

/// At most so many of the checks are made for this: whoever asks must not wait for all of them.
const MOST: usize = 8;

/// Checks what is due, until the end is wanted.
pub(super) async fn keep(service: Arc<Service>) {
    let turns = Arc::new(Semaphore::new(MOST));
    let mut replaced = service.until_change();
    let mut end = service.until_end();
    loop {
        let current = service.current();
        let interval = current.standing.interval;
        let names = interval.map_or(&[][..], |_| &current.domains);
        let interval = interval.unwrap_or(LONGEST);
        service.watch.settle(names, interval, Instant::now());
        let mut next = Instant::now();
        loop {
            tokio::select! {
                _ = end.wait_for(|is_wanted| *is_wanted) => return,
                change = replaced.changed() => match change {
                    Ok(()) => break,
                    Err(_) => return,
                },
                () = sleep_until(next) => {}
            }
            let (due, at) = service.watch.due(interval, Instant::now());
            next = at;
            for name in due {
                tokio::spawn(look(Arc::clone(&service), Arc::clone(&turns), name));
            }
        }
    }
}

/// A check of a domain, by its own table in the file.
async fn look(service: Arc<Service>, turns: Arc<Semaphore>, name: String) {
    let mut end = service.until_end();
    let numbers = tokio::select! {
        _ = end.wait_for(|is_wanted| *is_wanted) => None,
        numbers = checked(&service, &turns, &name) => numbers,
    };
    service.watch.note(&name, numbers, Instant::now());
}

async fn checked(service: &Arc<Service>, turns: &Semaphore, name: &str) -> Option<Numbers> {
    let _turn = turns.acquire().await.ok()?;
    let current = service.current();
    let way = current.ways.plain();
    let target = way.target(name).ok()?;
    let plan = way.plan(&target, OffsetDateTime::now_utc()).ok()?;
    let key = Key {
        domain: name.to_owned(),
        module: None,
        asked_for: None,
        limit: plan.limits.deadline,
        edition: current.edition,
    };
    let shared = current.shared(None, way);
    let begun = service.runs.begin(key, plan, shared)?;
    match service.outcome(begun).await {
        Outcome::Done(report) => Some(Numbers::of(&report)),
        Outcome::Late | Outcome::Crashed => None,
    }
}
