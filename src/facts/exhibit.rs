//! What a server shows to whoever connects (`xfed cert`). It is printed and not saved.

use std::net::SocketAddr;

use super::{
    Der, Lookup, RevocationFacts, SecondLookFacts, ShownChain, TcpOutcome, TlsFacts, TlsVersion,
};

/// What a server shows, at all of its addresses.
#[derive(Clone, Debug, PartialEq)]
pub struct Exhibit {
    /// Its IPv4 and IPv6 addresses; empty where an address was given.
    pub lookups: Vec<Lookup>,
    /// What each of them shows.
    pub servers: Vec<ServerFacts>,
}

/// What a server shows at one address.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerFacts {
    /// Where the connection went.
    pub address: SocketAddr,
    /// Outcome of the TCP connect.
    pub tcp: TcpOutcome,
    /// TLS handshake; `None` without a TCP connection.
    pub tls: Option<TlsFacts>,
    /// What further connections showed, when TLS ended before it had begun.
    pub second_look: Option<SecondLookFacts>,
    /// The answer of the revocation list that the certificate names, when it was asked.
    pub revocation: Option<RevocationFacts>,
    /// The leaf that is shown to a client without SNI, where that is of interest.
    pub without_sni: Option<Der>,
}

impl ServerFacts {
    /// An address at which nothing is known but how the TCP connect ended.
    pub fn new(address: SocketAddr, tcp: TcpOutcome) -> Self {
        Self {
            address,
            tcp,
            tls: None,
            second_look: None,
            revocation: None,
            without_sni: None,
        }
    }

    /// The certificates that were shown, in whichever handshake.
    pub fn shown(&self) -> Option<ShownChain<'_>> {
        let tls = self.tls.as_ref()?;
        ShownChain::among(tls, self.second_look.as_ref())
    }

    /// The version and the cipher suite that were agreed on, in whichever handshake.
    pub fn agreed(&self) -> (Option<TlsVersion>, Option<&str>) {
        let own = self.tls.as_ref().filter(|tls| tls.version.is_some());
        let by_hand = self.second_look.as_ref();
        let by_hand = by_hand.and_then(|looked| looked.answered().next());
        match (own, by_hand) {
            (Some(tls), _) => (tls.version, tls.cipher.as_deref()),
            (None, Some(hello)) => (hello.version, hello.cipher.as_deref()),
            (None, None) => (None, None),
        }
    }

    /// The authorities named with the demand for a client certificate; `None` where there was none.
    pub fn accepted_authorities(&self) -> Option<&[String]> {
        let own = self.tls.as_ref().and_then(|tls| tls.request.as_ref());
        let answered = self
            .second_look
            .iter()
            .flat_map(SecondLookFacts::answered)
            .find_map(|hello| hello.request.as_ref());
        own.or(answered)
            .map(|request| request.authorities.as_slice())
    }
}
