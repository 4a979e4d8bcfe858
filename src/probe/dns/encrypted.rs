//! The encrypted ways to a resolver: DNS over TLS (RFC 7858) and DNS over HTTPS (RFC 8484), each
//! question on a connection of its own.
//!
//! Here, unlike at the servers that are checked, the certificate is verified during the handshake:
//! a user who chooses such a resolver wants its answers and nobody else's.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{ServerName, UnixTime};
use tokio_rustls::rustls::time_provider::TimeProvider;
use tokio_rustls::rustls::{
    AlertDescription, CertificateError, ClientConfig, Error, RootCertStore, version,
};

use super::plain::{ask_stream, why_unanswered};
use crate::facts::Unanswered;
use crate::pki::roots::Roots;
use crate::probe::Context;
use crate::wire::http::{MEDIA_TYPE_DNS, Post, Reader};

/// No answer is larger, in bytes.
const MAX_ANSWER: usize = 64 * 1024;
/// By HTTPS: with its head and the marks between chunks, however small these are.
const MAX_RECEIVED: u64 = 256 * 1024;

/// The answer by TLS, as it came.
pub(crate) async fn ask_tls(
    cx: &Context,
    server: SocketAddr,
    name: &ServerName<'static>,
    question: &[u8],
) -> Result<Vec<u8>, Unanswered> {
    // No ALPN: "dot" is optional (RFC 7858 §3.2), and servers that know other names only refuse it.
    let mut session = connect(cx, server, name, &[]).await?;
    ask_stream(&mut session, question)
        .await
        .map_err(|error| why_broken(&error))
}

/// The answer by HTTPS, as it came.
pub(crate) async fn ask_https(
    cx: &Context,
    server: SocketAddr,
    name: &ServerName<'static>,
    post: &Post,
    question: &[u8],
) -> Result<Vec<u8>, Unanswered> {
    let session = connect(cx, server, name, &[b"http/1.1"]).await?;
    let mut session = session.take(MAX_RECEIVED);
    let request = post.request(MEDIA_TYPE_DNS, question);
    let sent = session.get_mut().write_all(&request).await;
    sent.map_err(|error| why_broken(&error))?;
    let mut reader = Reader::new(MAX_ANSWER);
    let mut buffer = vec![0; 4096];
    let mut heard = false;
    loop {
        let count = match session.read(&mut buffer).await {
            // Many end the connection without TLS's farewell; what is there decides.
            Err(error) if heard && error.kind() == ErrorKind::UnexpectedEof => 0,
            Err(error) => return Err(why_broken(&error)),
            Ok(0) if !heard => return Err(Unanswered::Closed),
            Ok(count) => count,
        };
        heard = true;
        match reader.take_in(&buffer[..count]) {
            Ok(false) if count > 0 => {}
            Ok(_) => return reader.finish().map_err(|_| Unanswered::Http),
            Err(_) => return Err(Unanswered::Http),
        }
    }
}

/// The public roots first; this machine's own store only where they know no issuer.
async fn connect(
    cx: &Context,
    server: SocketAddr,
    name: &ServerName<'static>,
    protocols: &[&[u8]],
) -> Result<TlsStream<TcpStream>, Unanswered> {
    let shared = &cx.shared;
    let mut ended = handshake(cx, &shared.roots, server, name, protocols).await;
    let unknown = |error| is_about(error, &CertificateError::UnknownIssuer);
    if ended.as_ref().err().is_some_and(unknown) && !cx.plan.terms.own_roots {
        let local = shared.local_roots().await;
        ended = handshake(cx, &local, server, name, protocols).await;
    }
    ended.map_err(|error| match tls_error(&error) {
        Some(Error::InvalidCertificate(_)) => Unanswered::Certificate,
        // It speaks TLS, but not HTTP/1.1 in it.
        Some(Error::AlertReceived(AlertDescription::NoApplicationProtocol)) => Unanswered::Http,
        Some(_) => Unanswered::Tls,
        None => match error.kind() {
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => Unanswered::Tls,
            _ => why_unanswered(&error),
        },
    })
}

async fn handshake(
    cx: &Context,
    roots: &Roots,
    server: SocketAddr,
    name: &ServerName<'static>,
    protocols: &[&[u8]],
) -> io::Result<TlsStream<TcpStream>> {
    let config = configure(cx, roots, protocols).map_err(io::Error::other)?;
    let stream = TcpStream::connect(server).await?;
    // Failing to say so costs time only.
    let _ = stream.set_nodelay(true);
    TlsConnector::from(Arc::new(config))
        .connect(name.clone(), stream)
        .await
}

fn configure(cx: &Context, roots: &Roots, protocols: &[&[u8]]) -> Result<ClientConfig, Error> {
    let now = u64::try_from(cx.plan.terms.now.unix_timestamp()).unwrap_or(0);
    let now = Moment(UnixTime::since_unix_epoch(Duration::from_secs(now)));
    let roots = RootCertStore {
        roots: roots.anchors().to_vec(),
    };
    let provider = Arc::clone(&cx.shared.provider);
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

fn tls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

fn is_about(error: &io::Error, reason: &CertificateError) -> bool {
    matches!(tls_error(error), Some(Error::InvalidCertificate(own)) if own == reason)
}

/// Why there was no answer on a connection that was there.
fn why_broken(error: &io::Error) -> Unanswered {
    match (tls_error(error), error.kind()) {
        (Some(_), _) => Unanswered::Tls,
        (None, ErrorKind::TimedOut) => Unanswered::TimedOut,
        (None, _) => Unanswered::Closed,
    }
}
