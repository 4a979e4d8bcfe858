//! Which name servers have answered anything in a check, and which were waited for in vain.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Mutex;

use crate::probe::locked;

/// Who has answered before is waited for in vain so often, and then no longer than any other.
const MAX_MISSED: u8 = 2;

#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    answers: bool,
    missed: u8,
}

/// By the address of the server.
#[derive(Debug, Default)]
pub(in crate::probe) struct Hearing(Mutex<HashMap<SocketAddr, Heard>>);

impl Hearing {
    /// Something came from it, whatever was asked.
    pub(in crate::probe::dns) fn note_answer(&self, server: SocketAddr) {
        locked(&self.0).entry(server).or_default().answers = true;
    }

    /// It was not waited for any longer.
    pub(in crate::probe::dns) fn note_silence(&self, server: SocketAddr) {
        let mut known = locked(&self.0);
        let heard = known.entry(server).or_default();
        heard.missed = heard.missed.saturating_add(1);
    }

    /// Whether it has answered something, so that it may only be late.
    pub(in crate::probe::dns) fn may_be_late(&self, server: SocketAddr) -> bool {
        let known = locked(&self.0);
        let heard = known.get(&server);
        heard.is_some_and(|heard| heard.answers && heard.missed < MAX_MISSED)
    }

    /// Whether it was waited for in vain, and is not any more.
    pub(in crate::probe::dns) fn is_given_up(&self, server: SocketAddr) -> bool {
        let known = locked(&self.0);
        let heard = known.get(&server).copied().unwrap_or_default();
        heard.missed >= if heard.answers { MAX_MISSED } else { 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_answers_is_waited_for_longer() {
        let hearing = Hearing::default();
        let server: SocketAddr = "192.0.2.53:53".parse().expect("an address");
        assert!(!hearing.may_be_late(server) && !hearing.is_given_up(server));
        hearing.note_silence(server);
        assert!(!hearing.may_be_late(server) && hearing.is_given_up(server));
        hearing.note_answer(server);
        assert!(hearing.may_be_late(server) && !hearing.is_given_up(server));
        hearing.note_silence(server);
        assert!(!hearing.may_be_late(server) && hearing.is_given_up(server));
    }
}
