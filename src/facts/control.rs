//! The host named by `--control`, which shows whether the way out of here is open.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{EndpointFacts, TcpOutcome};

/// What `--control` showed: a host that is known to answer on the federation port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlFacts {
    /// The name or address that was given.
    pub host: String,
    /// Where the connection went; `None` when no address was found.
    pub address: Option<SocketAddr>,
    /// How it ended.
    pub tcp: TcpOutcome,
}

impl ControlFacts {
    /// True if the way out of here is closed: no endpoint accepted a connection, nor did this
    /// host, which is known to accept them.
    pub fn shows_closed_way_out(&self, endpoints: &[&EndpointFacts]) -> bool {
        let is_closed = matches!(
            self.tcp,
            TcpOutcome::TimedOut(_) | TcpOutcome::Refused | TcpOutcome::Unreachable
        );
        is_closed && !endpoints.iter().any(|endpoint| endpoint.is_open())
    }

    /// Whether a way out that is closed as this host shows it explains how a connection ended. Where it is
    /// silent, others may be; where it is rejected on the way, others are in the same manner.
    pub fn explains(&self, outcome: TcpOutcome) -> bool {
        match outcome {
            TcpOutcome::TimedOut(_) => true,
            TcpOutcome::Refused => self.tcp == TcpOutcome::Refused,
            TcpOutcome::Unreachable => self.tcp == TcpOutcome::Unreachable,
            _ => false,
        }
    }
}
