//! What is kept of the connections: those that may be the partner's, up to a number. The rest is
//! counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::facts::{Call, CallOutcome};
use crate::probe::locked;

/// Connections that showed that they know whom they call.
const MAX_KEPT: usize = 64;
/// Others, of which nobody knows who they are.
const MAX_DOUBTFUL: usize = 16;

/// A call that goes on.
pub(super) type Entry = Arc<Mutex<Call>>;

/// All calls, by their numbers.
#[derive(Default)]
pub(super) struct Book {
    next: u64,
    open: BTreeMap<u64, Entry>,
    /// What is sent to a caller of our own accord is written down after its connection has ended, too.
    kept: BTreeMap<u64, Entry>,
    doubtful: BTreeMap<u64, Entry>,
    strangers: u32,
}

impl Book {
    /// Opens an entry.
    pub(super) fn enter(&mut self, call: Call) -> (u64, Entry) {
        let number = self.next;
        self.next += 1;
        let entry = Arc::new(Mutex::new(call));
        self.open.insert(number, Arc::clone(&entry));
        (number, entry)
    }

    /// The entry of this number, while it is open and after it.
    pub(super) fn entry(&self, number: u64) -> Option<Entry> {
        let mut places = [&self.open, &self.kept, &self.doubtful].into_iter();
        places.find_map(|place| place.get(&number).map(Arc::clone))
    }

    /// A connection was not taken.
    pub(super) fn turn_away(&mut self) {
        self.strangers = self.strangers.saturating_add(1);
    }

    /// The connection of this number has ended.
    pub(super) fn end(&mut self, number: u64, server: &str) {
        let Some(entry) = self.open.remove(&number) else {
            return;
        };
        let knows_whom = knows_whom(&locked(&entry), server);
        let (place, most) = if knows_whom {
            (&mut self.kept, MAX_KEPT)
        } else {
            (&mut self.doubtful, MAX_DOUBTFUL)
        };
        if place.len() < most {
            place.insert(number, entry);
        } else {
            self.turn_away();
        }
    }

    /// The calls in their order, and how many more there were.
    pub(super) fn close(mut self) -> (Vec<Call>, u32) {
        let mut calls = std::mem::take(&mut self.open);
        calls.append(&mut self.kept);
        calls.append(&mut self.doubtful);
        let calls = calls.into_values().map(|entry| locked(&entry).clone());
        (calls.collect(), self.strangers)
    }
}

/// Whether the caller asked for this server, showed a certificate or spoke SIP.
fn knows_whom(call: &Call, server: &str) -> bool {
    let name = call
        .hello
        .as_ref()
        .and_then(|hello| hello.server_name.as_ref());
    let asked = name.is_some_and(|name| name.eq_ignore_ascii_case(server));
    let spoke = call
        .sip
        .as_ref()
        .is_some_and(|talk| !talk.exchanges.is_empty());
    asked || spoke || !call.tls.chain.is_empty()
}

/// Whether this handshake failed.
pub(super) fn failed(outcome: &CallOutcome) -> bool {
    *outcome != CallOutcome::Finished
}
