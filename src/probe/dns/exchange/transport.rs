//! The servers of a view, and how they are asked.

use std::net::{IpAddr, SocketAddr};

use tokio_rustls::rustls::pki_types::ServerName;

use crate::facts::Unanswered;
use crate::model::plan::View;
use crate::probe::Context;
use crate::wire::http::Post;

/// DNS over TLS (RFC 7858 §3.1).
const TLS_PORT: u16 = 853;
/// DNS over HTTPS.
const HTTPS_PORT: u16 = 443;

/// How a resolver is asked.
#[derive(Clone, Debug)]
pub(in crate::probe::dns) enum ResolverTransport {
    /// By UDP, and TCP where that is too small.
    Plain,
    /// By TLS; the certificate must be issued to this name.
    Tls(ServerName<'static>),
    /// By HTTPS; the certificate must be issued to this name.
    Https(ServerName<'static>, Post),
}

/// One name server, and how it is asked.
#[derive(Clone, Copy, Debug)]
pub(in crate::probe::dns) struct Server<'a> {
    pub(in crate::probe::dns) address: SocketAddr,
    pub(in crate::probe::dns) transport: &'a ResolverTransport,
}

impl Server<'static> {
    /// One that is asked by UDP, and TCP where that is too small.
    pub(in crate::probe::dns) fn plain(address: SocketAddr) -> Self {
        Self {
            address,
            transport: &ResolverTransport::Plain,
        }
    }
}

/// The servers of a view, and how they are asked.
pub(in crate::probe::dns) async fn reach(
    cx: &Context,
    view: &View,
) -> Result<(Vec<SocketAddr>, ResolverTransport), Unanswered> {
    match view {
        // It is no server.
        View::ZoneFile => Err(Unanswered::NoResolver),
        View::System => {
            let servers = cx.shared.system_resolvers().await;
            if servers.is_empty() {
                return Err(Unanswered::NoResolver);
            }
            Ok((servers.to_vec(), ResolverTransport::Plain))
        }
        View::Resolver(server) => Ok((vec![*server], ResolverTransport::Plain)),
        View::Tls {
            address,
            port,
            name,
        } => {
            let name = match name {
                Some(name) => server_name(name)?,
                None => ServerName::from(*address),
            };
            let server = SocketAddr::new(*address, port.unwrap_or(TLS_PORT));
            Ok((vec![server], ResolverTransport::Tls(name)))
        }
        View::Https { host, port, path } => {
            let servers = addresses(cx, host)
                .await?
                .into_iter()
                .map(|address| SocketAddr::new(address, port.unwrap_or(HTTPS_PORT)));
            let post = Post::new(host, *port, path);
            Ok((
                servers.collect(),
                ResolverTransport::Https(server_name(host)?, post),
            ))
        }
    }
}

/// A name that no certificate can be issued to fits none.
fn server_name(name: &str) -> Result<ServerName<'static>, Unanswered> {
    ServerName::try_from(name.to_owned()).map_err(|_| Unanswered::Certificate)
}

async fn addresses(cx: &Context, host: &str) -> Result<Vec<IpAddr>, Unanswered> {
    match host.parse() {
        Ok(address) => Ok(vec![address]),
        Err(_) => cx
            .shared
            .look_up_host(host)
            .await
            .ok_or(Unanswered::NoAddress),
    }
}
