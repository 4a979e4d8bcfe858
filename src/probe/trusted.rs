//! TLS to a server whose word is to count: a resolver, or a place that looks for us. Here, unlike at the
//! servers that are checked, the certificate is verified during the handshake: a user who chooses such a
//! server wants its answers and nobody else's.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{ServerName, UnixTime};
use tokio_rustls::rustls::time_provider::TimeProvider;
use tokio_rustls::rustls::{CertificateError, ClientConfig, Error, RootCertStore, version};

use super::shared::Shared;
use super::tunnel::Tunnel;
use crate::pki::roots::Roots;

/// Whom to believe, and when.
pub(crate) struct Trust<'a> {
    pub(crate) shared: &'a Shared,
    /// What was chosen; where they know no issuer, those of this machine count, too.
    pub(crate) roots: &'a Roots,
    /// Nothing but what was chosen counts.
    pub(crate) strictly: bool,
    pub(crate) now: OffsetDateTime,
}

/// How to get to a server.
#[derive(Clone, Copy)]
pub(crate) enum Way<'a> {
    To(SocketAddr),
    Through(&'a Tunnel),
}

impl Way<'_> {
    async fn connect(self) -> io::Result<TcpStream> {
        match self {
            Self::To(server) => TcpStream::connect(server).await,
            Self::Through(tunnel) => tunnel.open().await,
        }
    }
}

/// The chosen roots first; this machine's own store only where they know no issuer.
pub(crate) async fn connect(
    trust: &Trust<'_>,
    way: Way<'_>,
    name: &ServerName<'static>,
    protocols: &[&[u8]],
) -> io::Result<TlsStream<TcpStream>> {
    let ended = handshake(trust, trust.roots, way, name, protocols).await;
    let unknown = |error| is_about(error, &CertificateError::UnknownIssuer);
    if !ended.as_ref().err().is_some_and(unknown) || trust.strictly {
        return ended;
    }
    let local = trust.shared.local_roots().await;
    handshake(trust, &local, way, name, protocols).await
}

async fn handshake(
    trust: &Trust<'_>,
    roots: &Roots,
    way: Way<'_>,
    name: &ServerName<'static>,
    protocols: &[&[u8]],
) -> io::Result<TlsStream<TcpStream>> {
    let config = configure(trust, roots, protocols).map_err(io::Error::other)?;
    let stream = way.connect().await?;
    // Failing to say so costs time only.
    let _ = stream.set_nodelay(true);
    TlsConnector::from(Arc::new(config))
        .connect(name.clone(), stream)
        .await
}

fn configure(trust: &Trust<'_>, roots: &Roots, protocols: &[&[u8]]) -> Result<ClientConfig, Error> {
    let now = u64::try_from(trust.now.unix_timestamp()).unwrap_or(0);
    let now = Moment(UnixTime::since_unix_epoch(Duration::from_secs(now)));
    let roots = RootCertStore {
        roots: roots.anchors().to_vec(),
    };
    let provider = Arc::clone(&trust.shared.provider);
    let mut config = ClientConfig::builder_with_details(provider, Arc::new(now))
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    Ok(config)
}

/// The moment of the check.
#[derive(Debug)]
struct Moment(UnixTime);

impl TimeProvider for Moment {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.0)
    }
}

/// What TLS says of it, where it is about that.
pub(crate) fn tls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

fn is_about(error: &io::Error, reason: &CertificateError) -> bool {
    matches!(tls_error(error), Some(Error::InvalidCertificate(own)) if own == reason)
}
