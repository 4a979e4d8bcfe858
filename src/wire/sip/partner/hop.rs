//! Where a request of the test partner's own goes next.

use crate::model::limits::FEDERATION_PORT;
use crate::wire::sip::uri::{SipUri, parameter};

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
    /// The server that a route or a contact names: in the place of the host stands `maddr`, where there
    /// is one (RFC 3261 §19.1.1).
    pub(super) fn of(uri: &str) -> Self {
        match SipUri::parse(uri) {
            Ok(read) => Self::Server {
                host: parameter(uri, "maddr")
                    .filter(|instead| !instead.is_empty())
                    .unwrap_or(read.host)
                    .to_ascii_lowercase(),
                port: read.port.unwrap_or(FEDERATION_PORT),
            },
            Err(_) => Self::Nowhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_route_leads_to() {
        for (uri, host, port) in [
            ("sip:Edge.a.example;lr", "edge.a.example", FEDERATION_PORT),
            ("sip:ann@a.example:5062;transport=tls", "a.example", 5062),
            (
                "sip:ann@a.example;maddr=EDGE.a.example",
                "edge.a.example",
                FEDERATION_PORT,
            ),
            ("sip:a.example:5062;maddr=;lr", "a.example", 5062),
        ] {
            let host = host.to_owned();
            assert_eq!(Hop::of(uri), Hop::Server { host, port }, "{uri}");
        }
        assert_eq!(Hop::of("tel:+4930"), Hop::Nowhere);
    }
}
