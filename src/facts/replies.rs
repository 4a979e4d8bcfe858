//! What a test partner sent of its own accord, and how that went: a reply to a text, somebody's
//! presence.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{TcpOutcome, TlsOutcome};

/// A request of ours, and the ways that were tried for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// What it was.
    pub kind: ReplyKind,
    /// Whether it went within a dialog that they began, or by itself.
    pub within: bool,
    /// The ways, in the order in which they were tried; none where listening ended before.
    pub tries: Vec<Try>,
}

impl Reply {
    /// The way by which it was taken.
    pub fn taken(&self) -> Option<&Try> {
        self.tries.iter().find(|tried| tried.is_taken())
    }
}

/// What a request of ours was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReplyKind {
    /// A text, in answer to one.
    Text,
    /// The presence that was asked for.
    Presence,
}

/// One way that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// The server that a connection of our own was for; absent for the connection that the caller has
    /// opened.
    pub server: Option<String>,
    /// Where that connection led to, if it got so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<SocketAddr>,
    /// How it ended.
    pub outcome: TryOutcome,
}

impl Try {
    /// Whether the other side has taken it.
    pub fn is_taken(&self) -> bool {
        matches!(self.outcome, TryOutcome::Answered(200..=299))
    }
}

/// How a try ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TryOutcome {
    /// Nothing was sent, by a rule of ours.
    Withheld(Withheld),
    /// No connection came about.
    NotConnected(TcpOutcome),
    /// No TLS came about on it.
    NoTls(TlsOutcome),
    /// The certificate that was shown there is for other names.
    OtherCertificate,
    /// The caller's connection was closed meanwhile.
    Gone,
    /// The connection ended before there was an answer.
    Ended,
    /// No answer came in time.
    Silent,
    /// The final answer.
    Answered(u16),
}

/// Why nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Withheld {
    /// The caller has not proven by a certificate who it is.
    Unproven,
    /// The server is none that the caller's certificate speaks for.
    Foreign,
    /// The server's address is of an inner network.
    Internal,
    /// The server's name has no address.
    NoAddress,
    /// The domain publishes no server.
    NoServer,
    /// Where the server is could not be found out.
    NoDns,
    /// More than is sent in a minute, or at a time.
    TooMany,
}
