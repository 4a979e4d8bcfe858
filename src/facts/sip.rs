//! What a server answered to OPTIONS.

use serde::{Deserialize, Serialize};

use super::{Alert, Breach, Millis};

/// What came back for OPTIONS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SipFacts {
    /// What came.
    pub outcome: SipOutcome,
    /// How long it took, in microseconds.
    pub elapsed_us: u64,
    /// How long an answer was waited for.
    #[serde(default)]
    pub limit: Option<Millis>,
    /// True if the server asked for a new handshake (HelloRequest, TLS 1.2), in which it may ask for
    /// a client certificate. That request is not followed.
    #[serde(default)]
    pub renegotiation: bool,
}

impl SipFacts {
    /// Whether there was an answer.
    pub fn is_answered(&self) -> bool {
        matches!(self.outcome, SipOutcome::Answered(_))
    }

    /// Whether nothing came.
    pub fn is_silent(&self) -> bool {
        matches!(self.outcome, SipOutcome::Silent | SipOutcome::Deadline)
    }
}

/// How the question for SIP ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SipOutcome {
    /// A SIP status line came: the final one, or a provisional one that nothing followed.
    Answered(SipAnswer),
    /// A TLS alert came in the answer's place.
    Alert(Alert),
    /// The server closed the connection.
    Closed,
    /// The server reset the connection.
    Reset,
    /// Nothing came in time.
    Silent,
    /// Something came that is not SIP: its first bytes.
    NotSip(Vec<u8>),
    /// Something came, and ended before it was an answer: its first bytes, none when not even the
    /// first record was complete.
    Unfinished(Vec<u8>),
    /// It is SIP, and no answer to this: the first bytes of a request of the server's own, or of an answer
    /// to another request.
    Unrelated(Vec<u8>),
    /// What came in the answer's place is not TLS as it should be.
    Misbehaved(Breach),
    /// More than this client reads, without an answer in it: a limit of ours.
    TooMuch,
    /// The deadline of the whole check came first.
    Deadline,
}

/// A SIP response, as far as xfed reads it (RFC 3261 §7.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SipAnswer {
    /// The status code, 100 to 699.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// `Server`, else `User-Agent`.
    pub server: Option<String>,
    /// The methods it allows, where it says so.
    #[serde(default)]
    pub allow: Option<String>,
    /// Microsoft's reason, where there is one ([MS-OCER] §8.2).
    #[serde(default)]
    pub diagnostics: Option<String>,
}

impl SipAnswer {
    /// Whether nothing serves behind it: a gateway gets no answer, or a wrong one, or the service is not there.
    /// Microsoft's edge says 504 as well to whoever it does not know as a partner, and why ([MS-OCER]).
    pub fn is_unavailable(&self) -> bool {
        match self.status {
            503 => true,
            502 | 504 => self.diagnostics.is_none(),
            _ => false,
        }
    }
}
