//! How TLS is begun: what is the same for all connections with one greeting.

use std::sync::Mutex;

use tokio_rustls::rustls::client::{Resumption, Tls12Resumption};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::greeting::Greeting;
use super::{Context, locked};

/// A pattern for each greeting, made once. rustls makes room for hundreds of sessions each time, before
/// anybody can say that none is resumed.
#[derive(Debug, Default)]
pub(super) struct Patterns(Mutex<Vec<(Greeting, ClientConfig)>>);

impl Patterns {
    /// To be completed by what looks at the certificates, and by ours.
    pub(super) fn of(&self, greeting: Greeting, cx: &Context) -> ClientConfig {
        let mut made = locked(&self.0);
        if let Some((_, pattern)) = made.iter().find(|(its, _)| *its == greeting) {
            return pattern.clone();
        }
        let mut pattern = ClientConfig::builder_with_provider(greeting.provider(cx))
            .with_protocol_versions(greeting.versions())
            .expect("ring speaks both")
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        // A resumed session shows no certificates, so that none is kept; but a ticket is asked for, as
        // Windows, OpenSSL and GnuTLS ask for one.
        pattern.resumption =
            Resumption::disabled().tls12_resumption(Tls12Resumption::SessionIdOrTickets);
        pattern.enable_sni = greeting.names_server();
        made.push((greeting, pattern.clone()));
        pattern
    }
}
