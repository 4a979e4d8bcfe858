//! Two key shares in one hello of TLS 1.3, so that it has the length of those of today.
//!
//! Windows Server 2022, OpenSSL and GnuTLS send hellos of 256 to 511 bytes, and some old devices hang on
//! just these (RFC 7685). With one share a hello of this library is shorter than that, unless the name of
//! the server is long. The second share is for P-256, as in the hello of GnuTLS: one for P-384 costs a
//! check among thousands a seventh of its CPU.

use tokio_rustls::rustls::crypto::ring::kx_group::{SECP256R1, X25519};
use tokio_rustls::rustls::crypto::{ActiveKeyExchange, SharedSecret, SupportedKxGroup};
use tokio_rustls::rustls::ffdhe_groups::FfdheGroup;
use tokio_rustls::rustls::{Error, NamedGroup};

/// X25519, with a share for P-256 beside it.
pub(super) static X25519_AND_P256: &dyn SupportedKxGroup = &Both;

#[derive(Debug)]
struct Both;

impl SupportedKxGroup for Both {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        Ok(Box::new(Shares {
            first: X25519.start()?,
            second: SECP256R1.start()?,
        }))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        X25519.name()
    }
}

struct Shares {
    first: Box<dyn ActiveKeyExchange>,
    second: Box<dyn ActiveKeyExchange>,
}

impl ActiveKeyExchange for Shares {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        self.first.complete(peer)
    }

    fn hybrid_component(&self) -> Option<(NamedGroup, &[u8])> {
        Some((self.second.group(), self.second.pub_key()))
    }

    fn complete_hybrid_component(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        self.second.complete(peer)
    }

    fn pub_key(&self) -> &[u8] {
        self.first.pub_key()
    }

    fn group(&self) -> NamedGroup {
        self.first.group()
    }
}
