//! How steadily and how fast a name server answers.

use serde::{Deserialize, Serialize};

use super::NameServer;

/// What came of a row of questions to one server, each sent once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// The server.
    pub server: NameServer,
    /// How many questions it was sent by UDP.
    pub asked: u32,
    /// How many of them it answered.
    pub answered: u32,
    /// How long its answers took, in milliseconds: the median.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_ms: Option<u64>,
}

/// What a pace means for resolvers that have no other server to go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pacing {
    /// They get their answer.
    Fine,
    /// They lose time, and some give up: measured with one answer in two and fewer (BIND 9.18).
    Unsteady,
    /// The same, from about a second for each answer on.
    Slow,
    /// So long that Unbound 1.17 and BIND 9.18 give up, or whoever asks them: measured between 2.6 and 3.5
    /// seconds.
    TooSlow,
    /// It answered nothing.
    Silent,
}

/// Milliseconds from which on an answer is slow, and too slow.
const SLOW_MS: u64 = 1000;
const TOO_SLOW_MS: u64 = 3000;

impl Pace {
    /// What it means.
    pub fn pacing(&self) -> Pacing {
        match self.median_ms {
            _ if self.answered == 0 => Pacing::Silent,
            Some(TOO_SLOW_MS..) => Pacing::TooSlow,
            Some(SLOW_MS..) => Pacing::Slow,
            _ if self.answered * 2 <= self.asked => Pacing::Unsteady,
            _ => Pacing::Fine,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pace_means() {
        let pacing = |answered, median_ms| {
            let server = NameServer {
                name: "ns1.provider.net".to_owned(),
                address: ([81, 2, 3, 53], 53).into(),
                beside: false,
            };
            let pace = Pace {
                server,
                asked: 10,
                answered,
                median_ms,
            };
            pace.pacing()
        };
        for (answered, median_ms, expected) in [
            (10, Some(20), Pacing::Fine),
            (10, Some(999), Pacing::Fine),
            (6, Some(20), Pacing::Fine),
            (5, Some(20), Pacing::Unsteady),
            (1, Some(20), Pacing::Unsteady),
            (10, Some(1000), Pacing::Slow),
            (10, Some(2999), Pacing::Slow),
            (3, Some(3000), Pacing::TooSlow),
            (0, None, Pacing::Silent),
        ] {
            assert_eq!(
                pacing(answered, median_ms),
                expected,
                "{answered} {median_ms:?}"
            );
        }
    }
}
