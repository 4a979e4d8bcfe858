//! An endpoint met once more. One connection sees one server, and behind an address there may be
//! several that take turns.

use serde::{Deserialize, Serialize};

use super::{EndpointFacts, SipFacts, TcpOutcome, TlsFacts, TlsOutcome};

/// A further connection to an endpoint, as far as it got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgainFacts {
    /// Outcome of the TCP connect.
    pub tcp: TcpOutcome,
    /// TLS handshake; `None` without a TCP connection.
    pub tls: Option<TlsFacts>,
    /// Whether the certificates are those of the first connection. They are left out here then.
    pub same_chain: bool,
    /// Answer to OPTIONS; `None` where it was not asked.
    pub sip: Option<SipFacts>,
    /// Whether the first connection was still open.
    pub beside: bool,
}

impl AgainFacts {
    /// Whether nothing at all came.
    pub fn is_silent(&self) -> bool {
        let tls = self.tls.as_ref();
        tls.is_some_and(|tls| {
            tls.outcome == TlsOutcome::Silent
                && !tls.server_hello
                && tls.warning.is_none()
                && tls.cut.is_none()
        })
    }
}

impl EndpointFacts {
    /// The further connections that say something. A server that serves one client at a time keeps
    /// the second one waiting: that counts only where a third or a fourth was not served either.
    pub fn met_again(&self) -> impl Iterator<Item = &AgainFacts> {
        let waited = self.again.iter().filter(|again| !again.beside);
        let is_served = |again: &AgainFacts| !again.is_silent() && again.tls.is_some();
        let is_kept_waiting = waited.clone().next().is_some() && waited.clone().all(is_served);
        let again = self.again.iter();
        again.filter(move |again| !(again.beside && is_kept_waiting))
    }

    /// This endpoint as if such a connection had been the first.
    pub fn as_met(&self, again: &AgainFacts) -> Self {
        let mut tls = again.tls.clone();
        if let (true, Some(tls), Some(first)) = (again.same_chain, &mut tls, &self.tls) {
            tls.chain.clone_from(&first.chain);
            tls.trust.clone_from(&first.trust);
        }
        let fqdn = self.fqdn.clone();
        Self {
            tls,
            sip: again.sip.clone(),
            issuer: self.issuer.clone(),
            ..Self::new(fqdn, self.published, self.address, again.tcp)
        }
    }
}
