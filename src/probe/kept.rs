//! What is looked up once for all checks of a run that want the same. Who asks while it is on its way
//! waits for that answer; who comes later gets it as long as it may be kept.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex as Lock};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Context, locked};

/// What came of a look-up.
pub(super) struct Fresh<V> {
    pub(super) value: V,
    /// How long others may have it; `None` where it says more of the check that asked than of what
    /// was asked for.
    pub(super) keep: Option<Duration>,
    /// How much room it takes, measured as the whole room is.
    pub(super) weight: usize,
}

/// Answers by question, in bounded room.
pub(super) struct Kept<K, V> {
    shelf: Lock<Shelf<K, V>>,
}

/// One answer; locked while it is on its way.
type Slot<V> = Arc<Mutex<Option<Known<V>>>>;

struct Known<V> {
    value: V,
    came: Instant,
    until: Instant,
}

impl<K: Clone + Eq + Hash, V: Clone> Kept<K, V> {
    /// With room for this weight, twice.
    pub(super) fn new(room: usize) -> Self {
        let shelf = Shelf {
            room,
            weight: 0,
            young: HashMap::new(),
            old: HashMap::new(),
        };
        Self {
            shelf: Lock::new(shelf),
        }
    }

    /// The answer that is kept, or the one that is on its way, or that of this look-up. What another
    /// check takes for it is not counted as time of this one. If that is given up, the next who waits
    /// begins anew.
    pub(super) async fn get(
        &self,
        cx: &Context,
        key: K,
        look_up: impl Future<Output = Fresh<V>>,
    ) -> V {
        let arrived = Instant::now();
        let slot = locked(&self.shelf).slot(&key);
        let mut slot = match slot.try_lock() {
            Ok(slot) => slot,
            Err(_) => cx.uncounted(slot.lock()).await,
        };
        if let Some(known) = &*slot
            // Who waited for it takes it, however briefly it may be kept.
            && (known.until > arrived || known.came >= arrived)
        {
            return known.value.clone();
        }
        let Fresh {
            value,
            keep,
            weight,
        } = look_up.await;
        if let Some(keep) = keep {
            let came = Instant::now();
            *slot = Some(Known {
                value: value.clone(),
                came,
                until: came + keep,
            });
            locked(&self.shelf).weigh(&key, weight);
        }
        value
    }

    /// The answer that is kept, without a look-up.
    pub(super) async fn known(&self, cx: &Context, key: &K) -> Option<V> {
        let slot = locked(&self.shelf).known(key)?;
        let slot = cx.uncounted(slot.lock()).await;
        let known = slot.as_ref()?;
        (known.until > Instant::now()).then(|| known.value.clone())
    }
}

/// Two generations. When the young one is full it becomes the old one, which is forgotten; what is
/// asked for of the old one moves to the young. So what many want stays, and what one wanted goes.
struct Shelf<K, V> {
    room: usize,
    /// That of the young.
    weight: usize,
    young: HashMap<K, Place<V>>,
    old: HashMap<K, Place<V>>,
}

struct Place<V> {
    slot: Slot<V>,
    weight: usize,
}

impl<K: Clone + Eq + Hash, V> Shelf<K, V> {
    fn slot(&mut self, key: &K) -> Slot<V> {
        if let Some(place) = self.young.get(key) {
            return Arc::clone(&place.slot);
        }
        let place = self.old.remove(key).unwrap_or_else(|| Place {
            slot: Slot::default(),
            weight: 1,
        });
        let slot = Arc::clone(&place.slot);
        self.make_room(place.weight);
        self.weight += place.weight;
        self.young.insert(key.clone(), place);
        slot
    }

    fn known(&self, key: &K) -> Option<Slot<V>> {
        let place = self.young.get(key).or_else(|| self.old.get(key))?;
        Some(Arc::clone(&place.slot))
    }

    /// Says how much room it takes, which nobody knew before it came.
    fn weigh(&mut self, key: &K, weight: usize) {
        if let Some(mut place) = self.young.remove(key) {
            self.weight -= place.weight;
            place.weight = weight.max(1);
            self.make_room(place.weight);
            self.weight += place.weight;
            self.young.insert(key.clone(), place);
        }
    }

    fn make_room(&mut self, weight: usize) {
        if self.weight + weight > self.room {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
    }
}

impl<K, V> fmt::Debug for Kept<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use time::OffsetDateTime;
    use tokio::sync::Notify;

    use super::*;
    use crate::model::names::Domain;
    use crate::model::plan::Plan;
    use crate::probe::shared::Shared;

    const HOUR: Duration = Duration::from_secs(3600);

    fn context() -> Arc<Context> {
        let domain = Domain::parse("zahnfee.de").expect("a domain");
        let plan = Plan::new(domain, OffsetDateTime::UNIX_EPOCH);
        Context::new(Arc::new(plan), Arc::new(Shared::new(None, None)))
    }

    /// Counts the look-ups, and answers with their number.
    async fn look_up(count: &AtomicUsize, keep: Option<Duration>) -> Fresh<usize> {
        tokio::task::yield_now().await;
        Fresh {
            value: count.fetch_add(1, Ordering::Relaxed) + 1,
            keep,
            weight: 1,
        }
    }

    #[tokio::test]
    async fn many_who_ask_at_once_make_one_question() {
        let (cx, kept, count) = (context(), Kept::new(10), AtomicUsize::new(0));
        // However briefly it may be kept: it is what each of them would have got.
        for keep in [HOUR, Duration::ZERO] {
            let before = count.load(Ordering::Relaxed);
            let asking = (0..50).map(|_| kept.get(&cx, keep, look_up(&count, Some(keep))));
            assert_eq!(join_all(asking).await, [before + 1; 50]);
        }
        let later = kept.get(&cx, HOUR, look_up(&count, Some(HOUR))).await;
        assert_eq!(later, 1, "kept");
        let later = kept.get(&cx, Duration::ZERO, look_up(&count, None)).await;
        assert_eq!(later, 3, "not kept");
    }

    #[tokio::test]
    async fn what_went_wrong_for_one_is_no_answer_for_others() {
        let (cx, kept, count) = (context(), Kept::new(10), AtomicUsize::new(0));
        let asking = (0..3).map(|_| kept.get(&cx, (), look_up(&count, None)));
        assert_eq!(join_all(asking).await, [1, 2, 3]);
    }

    #[tokio::test]
    async fn who_gives_up_leaves_it_to_the_next() {
        let (cx, kept, count) = (context(), Kept::new(10), AtomicUsize::new(0));
        let begun = Notify::new();
        let giving_up = async {
            let endless = async {
                begun.notify_one();
                std::future::pending().await
            };
            tokio::select! {
                _ = kept.get(&cx, (), endless) => unreachable!("it never ends"),
                () = async { begun.notified().await; tokio::task::yield_now().await } => {}
            }
        };
        let next = kept.get(&cx, (), look_up(&count, Some(HOUR)));
        let ((), found) = tokio::join!(giving_up, next);
        assert_eq!(found, 1);
    }

    #[tokio::test]
    async fn the_room_is_bounded_and_what_is_in_use_stays() {
        let (cx, kept, count) = (context(), Kept::new(100), AtomicUsize::new(0));
        let popular = kept.get(&cx, 0, look_up(&count, Some(HOUR))).await;
        for number in 1..1000 {
            kept.get(&cx, number, look_up(&count, Some(HOUR))).await;
            let again = kept.get(&cx, 0, look_up(&count, Some(HOUR))).await;
            assert_eq!(again, popular);
            let shelf = locked(&kept.shelf);
            assert!(shelf.young.len() + shelf.old.len() <= 200);
        }
        let heavy = async {
            Fresh {
                value: 0,
                keep: Some(HOUR),
                weight: 90,
            }
        };
        kept.get(&cx, 1000, heavy).await;
        for number in 1001..1020 {
            kept.get(&cx, number, look_up(&count, Some(HOUR))).await;
        }
        let shelf = locked(&kept.shelf);
        assert!(shelf.weight < 100);
        assert!(!shelf.young.contains_key(&1000));
    }
}
