//! The encrypted ways to a resolver: DNS over TLS (RFC 7858) and DNS over HTTPS (RFC 8484), each
//! question on a connection of its own.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{AlertDescription, Error};

use super::plain::{ask_stream, why_unanswered};
use crate::facts::Unanswered;
use crate::probe::Context;
use crate::probe::trusted::{self, Trust, Way, tls_error};
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

async fn connect(
    cx: &Context,
    server: SocketAddr,
    name: &ServerName<'static>,
    protocols: &[&[u8]],
) -> Result<TlsStream<TcpStream>, Unanswered> {
    let trust = Trust {
        shared: &cx.shared,
        roots: &cx.shared.roots,
        strictly: cx.plan.terms.own_roots,
        now: cx.plan.terms.now,
    };
    let ended = trusted::connect(&trust, Way::To(server), name, protocols).await;
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

/// Why there was no answer on a connection that was there.
fn why_broken(error: &io::Error) -> Unanswered {
    match (tls_error(error), error.kind()) {
        (Some(_), _) => Unanswered::Tls,
        (None, ErrorKind::TimedOut) => Unanswered::TimedOut,
        (None, _) => Unanswered::Closed,
    }
}
