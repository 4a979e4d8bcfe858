//! The way out of the network that this machine is in: where nobody gets out, nothing was tested.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{EndpointFacts, Loss, TcpOutcome};

/// What `--control` showed: a host that is known to answer on the federation port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlFacts {
    /// The name or address that was given.
    pub host: String,
    /// Where the connection went; `None` when no address was found.
    pub address: Option<SocketAddr>,
    /// How it ended.
    pub tcp: TcpOutcome,
    /// How a TLS handshake was lost there before a word of the host's, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Loss>,
}

impl ControlFacts {
    /// How this host was lost, which is known to answer.
    pub fn loss(&self) -> Option<Loss> {
        self.tcp.loss().or(self.tls)
    }

    /// Whether the way out, closed as this host shows it, explains such a loss: silence, and the word of a
    /// router on the way. What looks like an answer of the server's is one unless this host has the same.
    pub fn explains(&self, loss: Loss) -> bool {
        let closed = self.loss();
        match loss {
            Loss::Silent | Loss::Unreachable => closed.is_some_and(|closed| !closed.is_after_tcp()),
            Loss::Refused | Loss::Mute | Loss::Ended => closed == Some(loss),
        }
    }

    /// True if the way out is closed, as far as this host got: none of these got further, and it is known to.
    pub fn shows_closed_way_out<'a>(
        &self,
        endpoints: impl IntoIterator<Item = &'a EndpointFacts>,
    ) -> bool {
        let mut endpoints = endpoints.into_iter();
        self.loss().is_some_and(|closed| {
            let got_further = if closed.is_after_tcp() {
                EndpointFacts::is_met
            } else {
                EndpointFacts::is_open
            };
            !endpoints.any(got_further)
        })
    }

    /// The endpoints as they count for a verdict: one that was lost as this host was, where none was met, was
    /// not tested.
    pub fn beside(&self, endpoints: &[EndpointFacts]) -> Vec<EndpointFacts> {
        let is_closed = self.shows_closed_way_out(endpoints);
        let beside = endpoints.iter().map(|endpoint| match endpoint.loss() {
            Some(loss) if is_closed && self.explains(loss) => {
                endpoint.untested(TcpOutcome::WayOutClosed(loss))
            }
            _ => endpoint.clone(),
        });
        beside.collect()
    }
}
