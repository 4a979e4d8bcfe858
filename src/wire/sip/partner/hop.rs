//! Where a request of the test partner's own goes next.

use crate::model::limits::FEDERATION_PORT;
use crate::wire::sip::uri::SipUri;

/// Where a request of ours leads to (RFC 3261 §8.1.2, §12.2.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hop {
    /// The server that the dialog names: its topmost route, or its contact.
    Server {
        /// By name or address.
        host: String,
        /// Its port.
        port: u16,
    },
    /// The server that this domain publishes.
    Domain(String),
    /// Nowhere that can be understood.
    Nowhere,
}

impl Hop {
    /// The server that a route or a contact names.
    pub(super) fn of(uri: &str) -> Self {
        match SipUri::parse(uri) {
            Ok(uri) => Self::Server {
                host: uri.host.to_ascii_lowercase(),
                port: uri.port.unwrap_or(FEDERATION_PORT),
            },
            Err(_) => Self::Nowhere,
        }
    }
}
