//! Where requests come in: sockets, TLS, and limits for those who are slow or many.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use super::client::{Peer, is_among};
use super::crowd::{Crowd, Held};
use super::routes;
use super::service::Service;
use crate::config::Listen;

/// The most connections at a time; who comes then waits until one is closed.
const MOST: usize = 512;
/// For a handshake, and for the head of a request, which may be long in coming on a connection that is
/// kept.
const HANDSHAKE: Duration = Duration::from_secs(10);
const HEAD: Duration = Duration::from_secs(15);
/// Nobody keeps a connection longer, however slowly it is read.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// What the head of a request may take up, in bytes.
const MOST_HEAD: usize = 16 * 1024;
/// Where a connection cannot be taken: for want of open files, say.
const PAUSE: Duration = Duration::from_millis(100);

/// Sockets that listen.
pub(crate) struct Sockets(Vec<Socket>);

enum Socket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixSocket),
}

/// A socket in the file system; made by us, it goes with us.
#[cfg(unix)]
struct UnixSocket {
    listener: tokio::net::UnixListener,
    _file: Option<OwnFile>,
}

#[cfg(unix)]
struct OwnFile(std::path::PathBuf);

#[cfg(unix)]
impl Drop for OwnFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Sockets {
    /// Listens there.
    ///
    /// # Errors
    ///
    /// Those of the system; [`io::ErrorKind::NotConnected`] where systemd hands over none.
    pub(crate) async fn open(listen: &Listen) -> io::Result<Self> {
        let one = match listen {
            Listen::Tcp(address) => Socket::Tcp(TcpListener::bind(address).await?),
            #[cfg(unix)]
            Listen::Unix(file) => Socket::Unix(UnixSocket::make(file)?),
            #[cfg(unix)]
            Listen::Systemd => return Self::handed_over(),
            #[cfg(not(unix))]
            Listen::Unix(_) | Listen::Systemd => return Err(io::ErrorKind::Unsupported.into()),
        };
        Ok(Self(vec![one]))
    }

    #[cfg(unix)]
    fn handed_over() -> io::Result<Self> {
        let mut handed = listenfd::ListenFd::from_env();
        let mut sockets = Vec::new();
        for index in 0..handed.len() {
            if let Ok(Some(listener)) = handed.take_unix_listener(index) {
                listener.set_nonblocking(true)?;
                sockets.push(Socket::Unix(UnixSocket {
                    listener: tokio::net::UnixListener::from_std(listener)?,
                    _file: None,
                }));
            } else if let Some(listener) = handed.take_tcp_listener(index)? {
                listener.set_nonblocking(true)?;
                sockets.push(Socket::Tcp(TcpListener::from_std(listener)?));
            }
        }
        if sockets.is_empty() {
            return Err(io::ErrorKind::NotConnected.into());
        }
        Ok(Self(sockets))
    }

    /// Where it listens, as it is called up.
    pub(crate) fn places(&self, has_tls: bool) -> Vec<String> {
        let scheme = if has_tls { "https" } else { "http" };
        let place = |socket: &Socket| match socket {
            Socket::Tcp(listener) => listener
                .local_addr()
                .map_or_else(|_| scheme.to_owned(), |at| format!("{scheme}://{at}")),
            #[cfg(unix)]
            Socket::Unix(socket) => {
                let at = socket.listener.local_addr().ok();
                let file = at.as_ref().and_then(|at| at.as_pathname());
                file.map_or_else(
                    || "unix".to_owned(),
                    |file| format!("unix:{}", file.display()),
                )
            }
        };
        self.0.iter().map(place).collect()
    }

    /// The first address that other machines reach.
    pub(crate) fn exposed(&self) -> Option<SocketAddr> {
        let address = |socket: &Socket| match socket {
            Socket::Tcp(listener) => listener.local_addr().ok(),
            #[cfg(unix)]
            Socket::Unix(_) => None,
        };
        let mut addresses = self.0.iter().filter_map(address);
        addresses.find(|at| !at.ip().is_loopback())
    }

    /// Takes requests from here on. The receiver ends with the last connection, once the end is
    /// wanted.
    pub(super) fn serve(self, service: &Arc<Service>) -> mpsc::Receiver<()> {
        let (open, all_closed) = mpsc::channel(1);
        let door = Door {
            routes: routes::all(service),
            service: Arc::clone(service),
            room: Arc::new(Semaphore::new(MOST)),
            crowd: Crowd::default(),
            _open: open,
        };
        for socket in self.0 {
            tokio::spawn(door.clone().watch(socket));
        }
        all_closed
    }
}

#[cfg(unix)]
impl UnixSocket {
    /// Of one that was left behind nobody answers; one in use is somebody's.
    fn make(file: &std::path::Path) -> io::Result<Self> {
        use std::os::unix::fs::FileTypeExt;

        let is_socket = file
            .symlink_metadata()
            .is_ok_and(|found| found.file_type().is_socket());
        if is_socket && std::os::unix::net::UnixStream::connect(file).is_err() {
            std::fs::remove_file(file)?;
        }
        Ok(Self {
            listener: tokio::net::UnixListener::bind(file)?,
            _file: Some(OwnFile(file.to_owned())),
        })
    }
}

/// What each socket and each connection needs.
#[derive(Clone)]
struct Door {
    routes: Router,
    service: Arc<Service>,
    room: Arc<Semaphore>,
    crowd: Crowd,
    /// Held by whatever is still open.
    _open: mpsc::Sender<()>,
}

impl Door {
    async fn watch(self, socket: Socket) {
        let mut end = self.service.until_end();
        loop {
            let Ok(room) = Arc::clone(&self.room).acquire_owned().await else {
                return;
            };
            let taken = tokio::select! {
                _ = end.wait_for(|is_wanted| *is_wanted) => return,
                taken = socket.accept() => taken,
            };
            match taken {
                Ok(Connection::Tcp(stream, peer)) => {
                    let client = peer.ip().to_canonical();
                    if let Some(place) = self.admit(client, room) {
                        tokio::spawn(self.clone().tcp(stream, Peer(Some(client)), place));
                    }
                }
                #[cfg(unix)]
                Ok(Connection::Unix(stream)) => {
                    let door = self.clone();
                    let room = Room {
                        _room: room,
                        _held: None,
                    };
                    tokio::spawn(async move { door.talk(stream, Peer(None), room).await });
                }
                Err(_) => sleep(PAUSE).await,
            }
        }
    }

    /// Room for a connection, unless this client has enough of them.
    fn admit(&self, client: IpAddr, room: OwnedSemaphorePermit) -> Option<Room> {
        let is_many = is_among(client, &self.service.current().web.proxies);
        let held = if is_many {
            None
        } else {
            Some(self.crowd.admit(client)?)
        };
        Some(Room {
            _room: room,
            _held: held,
        })
    }

    async fn tcp(self, stream: TcpStream, peer: Peer, room: Room) {
        // A small answer must not wait for a large one.
        let _ = stream.set_nodelay(true);
        let Some(tls) = self.service.current().tls.clone() else {
            return self.talk(stream, peer, room).await;
        };
        if let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.accept(stream)).await {
            self.talk(stream, peer, room).await;
        }
    }

    /// Answers the requests of one connection.
    async fn talk(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: Peer,
        _room: Room,
    ) {
        let _counted = self.service.meters.connection();
        let routes = TowerToHyperService::new(self.routes.clone());
        let answer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            routes.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_buf_size(MOST_HEAD)
            .serve_connection(TokioIo::new(stream), answer);
        tokio::pin!(connection);
        let mut end = self.service.until_end();
        tokio::select! {
            _ = connection.as_mut() => return,
            _ = end.wait_for(|is_wanted| *is_wanted) => {}
            () = sleep(LONGEST) => {}
        }
        connection.as_mut().graceful_shutdown();
        // Who does not read what it asked for is left alone with it.
        let _ = timeout(super::GRACE, connection).await;
    }
}

/// What a connection takes up, for as long as it is open.
struct Room {
    _room: OwnedSemaphorePermit,
    _held: Option<Held>,
}

enum Connection {
    Tcp(TcpStream, SocketAddr),
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
}

impl Socket {
    async fn accept(&self) -> io::Result<Connection> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok(Connection::Tcp(stream, peer))
            }
            #[cfg(unix)]
            Self::Unix(socket) => {
                let (stream, _) = socket.listener.accept().await?;
                Ok(Connection::Unix(stream))
            }
        }
    }
}
