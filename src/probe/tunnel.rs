//! The way through the proxy of a network: it is asked for a tunnel to a host (CONNECT, RFC 9110
//! §9.3.6), and whatever is said afterwards is between the two ends.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use hyper_util::client::proxy::matcher::Intercept;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::wire::http::{Connect, Head, MAX_HEAD, SoFar};

/// Where a proxy listens that says nothing of a port: as curl has it.
const PORT: u16 = 1080;

/// A proxy, and what it is asked for.
pub(crate) struct Tunnel {
    host: String,
    port: u16,
    request: Vec<u8>,
}

/// Why there is no tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoTunnel {
    /// The proxy cannot be reached, or what answers there is none.
    #[error("no proxy answers")]
    Unanswered,
    /// It wants to know who asks.
    #[error("the proxy asks for a login")]
    Login,
    /// It says no, by this status.
    #[error("the proxy refuses with the status {0}")]
    Refused(u16),
}

impl Tunnel {
    /// Through this proxy to this host; `None` for a proxy that speaks something else than HTTP.
    pub(crate) fn new(proxy: &Intercept, host: &str, port: u16) -> Option<Self> {
        let uri = proxy.uri();
        if uri.scheme_str() != Some("http") {
            return None;
        }
        let login = proxy.basic_auth().and_then(|login| login.to_str().ok());
        let bare = uri.host()?.trim_matches(['[', ']']);
        Some(Self {
            host: bare.to_owned(),
            port: uri.port_u16().unwrap_or(PORT),
            request: Connect { host, port, login }.request(),
        })
    }

    /// A connection that leads to the host.
    ///
    /// # Errors
    ///
    /// [`NoTunnel`], in an error of the system.
    pub(super) async fn open(&self) -> io::Result<TcpStream> {
        let mut stream = self.ask().await.map_err(|_| NoTunnel::Unanswered)?;
        // Failing to say so costs time only.
        let _ = stream.set_nodelay(true);
        let mut received = Vec::new();
        let mut buffer = [0; 1024];
        loop {
            match Head::read(&received) {
                SoFar::Head(head) => return head.opens().map(|()| stream).map_err(Into::into),
                SoFar::More if received.len() < MAX_HEAD => {}
                SoFar::More | SoFar::NotHttp => return Err(NoTunnel::Unanswered.into()),
            }
            // TLS is begun by us: nothing comes behind the head that could be lost.
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return Err(NoTunnel::Unanswered.into()),
                Ok(count) => received.extend_from_slice(&buffer[..count]),
            }
        }
    }

    async fn ask(&self) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.write_all(&self.request).await?;
        Ok(stream)
    }
}

impl Head {
    /// Whether the tunnel is open.
    fn opens(&self) -> Result<(), NoTunnel> {
        match self.status {
            200..=299 => Ok(()),
            407 => Err(NoTunnel::Login),
            status => Err(NoTunnel::Refused(status)),
        }
    }
}

/// The proxy, without what it is told of who asks.
impl fmt::Display for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.parse() {
            Ok(address) => SocketAddr::new(address, self.port).fmt(f),
            Err(_) => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

impl From<NoTunnel> for io::Error {
    fn from(why: NoTunnel) -> Self {
        Self::other(why)
    }
}

/// Why there is no tunnel, where it is about that.
pub(crate) fn no_tunnel(error: &io::Error) -> Option<NoTunnel> {
    error.get_ref()?.downcast_ref().copied()
}
