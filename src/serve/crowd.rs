//! How many connections one client may hold: half of all at most, so that nobody alone shuts out the
//! others. Whoever comes through a proxy that is trusted is many.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::client::household;

/// As many at once are one client's. Prometheus may scrape a few hundred domains at a time.
const MOST: usize = 256;

/// Who holds how many; whoever holds none is not remembered.
#[derive(Clone, Debug, Default)]
pub(super) struct Crowd(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A connection of somebody, for as long as it is held.
#[derive(Debug)]
pub(super) struct Held {
    crowd: Crowd,
    client: IpAddr,
}

impl Crowd {
    /// One more of this client's, unless it holds too many.
    pub(super) fn admit(&self, client: IpAddr) -> Option<Held> {
        let client = household(client);
        let mut held = self.held();
        let count = held.entry(client).or_default();
        if *count >= MOST {
            return None;
        }
        *count += 1;
        Some(Held {
            crowd: self.clone(),
            client,
        })
    }

    fn held(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self.crowd.held();
        if let Some(count) = held.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_holds_half_and_leaves_no_trace() {
        let crowd = Crowd::default();
        let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse().expect("an address"));
        let mut held: Vec<Held> = (0..MOST).filter_map(|_| crowd.admit(one)).collect();
        assert_eq!(held.len(), MOST);
        assert!(crowd.admit(one).is_none());
        assert!(crowd.admit(other).is_some());
        held.pop();
        let last = crowd.admit(one);
        assert!(last.is_some());
        drop((held, last));
        assert!(crowd.held().is_empty());
    }
}
