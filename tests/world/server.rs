//! The SIP server behind port 5061, by mutual TLS, and plain TCP peers that are no SIP servers: each
//! with every bad habit that was seen in the field.

mod acts;
mod old;
mod session;
mod unasked;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc as blocking};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{SignatureScheme, SupportedProtocolVersion, version};

pub use self::acts::Act;
pub use self::old::Old;
use super::{Authority, Background, Identity, PATIENCE, listen};

/// Whether the server asks for a client certificate, and insists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    Off,
    Optional,
    Required,
}

/// How the server turns away a client whose certificate is missing or not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// With the alert that OpenSSL and Kamailio send: 40 (TLS 1.2) or 116 (TLS 1.3) without a
    /// certificate.
    Alert,
    /// With the alert of GnuTLS in TLS 1.2: 50.
    GnuTls,
    /// Without a word, as Windows does. In TLS 1.2 this is inside the handshake, in TLS 1.3 after
    /// it.
    Close,
    Reset,
}

/// The end of a connection right behind the server's last words of the handshake.
#[derive(Clone, Copy, Debug)]
pub struct Farewell {
    /// The alert: its level and description.
    pub alert: [u8; 2],
    /// So much later; at once, it goes out in one piece with those words.
    pub after: Duration,
    /// Whether whoever shows a certificate meets it, too.
    pub to_all: bool,
}

/// Methods of TLS that a server may have and no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Methods {
    /// In TLS 1.2, the cipher suites with ChaCha20.
    ChaCha,
    /// The curve X25519.
    X25519,
    /// The curve P-256.
    P256,
    /// The curve P-384.
    P384,
    /// Signatures with RSA-PSS.
    Pss,
    /// Signatures with RSA, and not with PSS.
    Pkcs1,
}

/// What follows upon a SIP request. Unless it ends the connection, the next request gets the same.
#[derive(Clone, Debug)]
pub enum Sip {
    Ok,
    Status(u16, &'static str),
    Silent,
    Close,
    Reset,
    /// The answer of a web server.
    Http,
    /// These bytes as they are.
    Raw(Vec<u8>),
    /// A 200 whose headers go on for this many megabytes.
    Flood(usize),
    /// All of this, whatever else the client says.
    Acts(Vec<Act>),
}

/// A peer without TLS. All but the banners wait for the first bytes of the client.
#[derive(Clone, Debug)]
pub enum Raw {
    Silent,
    Close,
    Reset,
    /// Speaks first, as SSH and SMTP do, and then holds the connection.
    Banner(Vec<u8>),
    /// Answers, and holds the connection.
    Bytes(Vec<u8>),
    BytesThenClose(Vec<u8>),
    /// Repeats the bytes until the client has enough.
    Flood(Vec<u8>),
    /// A TLS alert of this level and description, and the end.
    Alert(u8, u8),
    /// Silent to the start of TLS, these bytes for a line of text.
    PlainText(Vec<u8>),
    /// Hangs up at the start of TLS, these bytes for a line of text.
    PlainTextOnly(Vec<u8>),
    /// Hangs up on clients that speak first, and greets those that wait a little.
    Shy(Vec<u8>),
}

/// A running server.
pub struct Server {
    address: SocketAddr,
    seen: Arc<Seen>,
    settle: mpsc::UnboundedSender<blocking::Sender<()>>,
    _background: Background,
}

#[derive(Default)]
pub(in crate::world) struct Seen {
    pub(in crate::world) connections: AtomicUsize,
    requests: Mutex<Vec<String>>,
    visits: Mutex<Vec<Visit>>,
    visit_ended: Condvar,
}

/// The life of one connection.
struct Visit {
    begun: Instant,
    ended: Option<Instant>,
}

impl Seen {
    pub(super) fn note(&self, request: String) {
        self.requests
            .lock()
            .expect("nothing panics while it holds it")
            .push(request);
    }

    /// Notes that a connection was accepted, and returns its index.
    fn begin(&self) -> usize {
        self.connections.fetch_add(1, Ordering::SeqCst);
        let mut visits = self
            .visits
            .lock()
            .expect("nothing panics while it holds it");
        visits.push(Visit {
            begun: Instant::now(),
            ended: None,
        });
        visits.len() - 1
    }

    fn end(&self, index: usize) {
        let mut visits = self
            .visits
            .lock()
            .expect("nothing panics while it holds it");
        visits[index].ended = Some(Instant::now());
        self.visit_ended.notify_all();
    }
}

impl Server {
    /// Begins a SIP server: asks for a client certificate without insisting, TLS 1.2 and 1.3,
    /// answers 200.
    pub fn tls(identity: Identity) -> Tls {
        Tls {
            host: (Ipv4Addr::LOCALHOST, 0).into(),
            identity,
            nameless: None,
            for_rsa: None,
            client_auth: ClientAuth::Optional,
            staple: None,
            trusted: None,
            accepts: None,
            refusal: Refusal::Alert,
            versions: vec![&version::TLS13, &version::TLS12],
            only: None,
            sip: Sip::Ok,
            header: None,
            delay: Duration::ZERO,
            tickets: 2,
            fragment: None,
            farewell: None,
            staples_to_all: false,
        }
    }

    /// Begins a server that speaks this version of TLS (`0x0301` is TLS 1.0) and nothing newer,
    /// with these cipher suites, the first one that the client has. It says all that is said in
    /// plain text, and then waits.
    pub fn old(identity: Identity, version: u16, suites: &[u16]) -> Old {
        Old::new(identity, version, suites)
    }

    /// A plain TCP peer on 127.0.0.1.
    pub fn raw(raw: Raw) -> Self {
        Self::raw_on("127.0.0.1", raw)
    }

    /// A plain TCP peer at an address as for [`Tls::listen`].
    pub fn raw_on(host: &str, raw: Raw) -> Self {
        Self::start(address(host), move |stream, _| {
            misbehave(stream, raw.clone())
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were made so far, those that the server has yet to accept included.
    pub fn connections(&self) -> usize {
        let (settled, wait) = blocking::channel();
        // Neither fails unless the server's thread has panicked, which its drop reports.
        let _ = self.settle.send(settled);
        let _ = wait.recv();
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// The SIP (or HTTP) requests received so far. A request is here before its answer is sent.
    pub fn requests(&self) -> Vec<String> {
        let requests = self.seen.requests.lock();
        requests.expect("nothing panics while it holds it").clone()
    }

    /// When each connection began and ended, in the order of their beginnings. Waits until the last
    /// one has ended.
    pub fn visits(&self) -> Vec<Range<Instant>> {
        self.connections();
        let visits = self.seen.visits.lock();
        let visits = visits.expect("nothing panics while it holds it");
        let is_open = |visits: &mut Vec<Visit>| visits.iter().any(|visit| visit.ended.is_none());
        let ended = &self.seen.visit_ended;
        let (visits, _) = ended
            .wait_timeout_while(visits, PATIENCE, is_open)
            .expect("nothing panics while it holds it");
        let ended = |visit: &Visit| visit.ended.expect("every client hangs up in the end");
        visits
            .iter()
            .map(|visit| visit.begun..ended(visit))
            .collect()
    }

    pub(in crate::world) fn start<F>(
        address: SocketAddr,
        serve: impl Fn(TcpStream, Arc<Seen>) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let (listener, address) = listen(address);
        let (settle, settling) = mpsc::unbounded_channel();
        let seen = Arc::new(Seen::default());
        let shared = Arc::clone(&seen);
        Self {
            address,
            seen,
            settle,
            _background: Background::start(move || accept(listener, settling, shared, serve)),
        }
    }
}

/// Accepts forever. Whoever asks to settle hears back once all earlier connections are accepted.
async fn accept<F>(
    listener: std::net::TcpListener,
    mut settling: mpsc::UnboundedReceiver<blocking::Sender<()>>,
    seen: Arc<Seen>,
    serve: impl Fn(TcpStream, Arc<Seen>) -> F,
) where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::from_std(listener).expect("the runtime has an event queue");
    let mut settled = None;
    loop {
        tokio::select! {
            biased;
            Ok((stream, _)) = listener.accept() => {
                let index = seen.begin();
                let _ = stream.set_nodelay(true);
                let served = serve(stream, Arc::clone(&seen));
                let seen = Arc::clone(&seen);
                tokio::spawn(async move {
                    let _ = served.await;
                    seen.end(index);
                });
            }
            // To yield is to have the runtime look for events, so that accept above then knows of
            // every connection.
            Some(asker) = settling.recv(), if settled.is_none() => {
                tokio::task::yield_now().await;
                settled = Some(asker);
            }
            () = std::future::ready(()), if settled.is_some() => {
                let _ = settled.take().map(|asker: blocking::Sender<()>| asker.send(()));
            }
        }
    }
}

/// A SIP server not yet started.
pub struct Tls {
    host: SocketAddr,
    identity: Identity,
    nameless: Option<Identity>,
    for_rsa: Option<Identity>,
    client_auth: ClientAuth,
    staple: Option<Vec<u8>>,
    trusted: Option<CertificateDer<'static>>,
    accepts: Option<Vec<SignatureScheme>>,
    refusal: Refusal,
    versions: Vec<&'static SupportedProtocolVersion>,
    only: Option<Methods>,
    sip: Sip,
    header: Option<String>,
    delay: Duration,
    tickets: usize,
    fragment: Option<usize>,
    farewell: Option<Farewell>,
    staples_to_all: bool,
}

impl Tls {
    pub fn client_auth(mut self, client_auth: ClientAuth) -> Self {
        self.client_auth = client_auth;
        self
    }

    /// Shown to a client that names no server (SNI).
    pub fn without_sni(mut self, identity: Identity) -> Self {
        self.nameless = Some(identity);
        self
    }

    /// Shown to a client that can use RSA keys only.
    pub fn for_rsa(mut self, identity: Identity) -> Self {
        self.for_rsa = Some(identity);
        self
    }

    /// Staples this OCSP response to its certificate.
    pub fn stapling(mut self, response: Vec<u8>) -> Self {
        self.staple = Some(response);
        self
    }

    /// Staples it for those as well that do not ask for it.
    pub fn stapling_unasked(mut self) -> Self {
        self.staples_to_all = true;
        self
    }

    /// Accepts client certificates of this authority only, and names it in its request. Without,
    /// any will do.
    pub fn trusting(mut self, authority: &Authority) -> Self {
        self.trusted = Some(authority.root_der());
        self
    }

    /// Accepts signatures of clients in these schemes only.
    pub fn accepting(mut self, schemes: &[u16]) -> Self {
        let schemes = schemes.iter().copied().map(SignatureScheme::from);
        self.accepts = Some(schemes.collect());
        self
    }

    /// Requires a client certificate and turns others away like this.
    pub fn refuse(mut self, refusal: Refusal) -> Self {
        self.refusal = refusal;
        self.client_auth(ClientAuth::Required)
    }

    /// Speaks TLS 1.2 only.
    pub fn tls12(mut self) -> Self {
        self.versions = vec![&version::TLS12];
        self
    }

    /// Speaks TLS 1.3 only.
    pub fn tls13(mut self) -> Self {
        self.versions = vec![&version::TLS13];
        self
    }

    /// Has no other methods of that kind.
    pub fn only(mut self, methods: Methods) -> Self {
        self.only = Some(methods);
        self
    }

    pub fn sip(mut self, sip: Sip) -> Self {
        self.sip = sip;
        self
    }

    /// Names its software in a Server header.
    pub fn server_header(mut self, software: &str) -> Self {
        self.header = Some(software.to_owned());
        self
    }

    /// Waits before each flight of the handshake and each answer, as if the way were long.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Gives the client this many tickets in TLS 1.3, instead of two.
    pub fn tickets(mut self, tickets: usize) -> Self {
        self.tickets = tickets;
        self
    }

    /// Sends records of at most `size` bytes.
    pub fn fragment(mut self, size: usize) -> Self {
        self.fragment = Some(size);
        self
    }

    /// Ends the connection as soon as its side of the handshake is over.
    pub fn farewell(mut self, farewell: Farewell) -> Self {
        self.farewell = Some(farewell);
        self
    }

    /// Listens there instead of on 127.0.0.1: `::1`, `[::1]`, `127.0.0.2`, each with `:port` if
    /// need be.
    pub fn listen(mut self, host: &str) -> Self {
        self.host = address(host);
        self
    }

    pub fn start(self) -> Server {
        let config = Arc::new(session::config(&self));
        let host = self.host;
        let habits = Arc::new(self);
        Server::start(host, move |stream, seen| {
            session::serve(stream, Arc::clone(&config), Arc::clone(&habits), seen)
        })
    }
}

fn address(host: &str) -> SocketAddr {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.parse()
        .or_else(|_| bare.parse::<IpAddr>().map(|ip| (ip, 0).into()))
        .unwrap_or_else(|_| panic!("{host:?} is no address"))
}

async fn misbehave(mut stream: TcpStream, raw: Raw) -> io::Result<()> {
    if let Raw::Banner(bytes) = &raw {
        stream.write_all(bytes).await?;
        return hold(&mut stream).await;
    }
    let mut start = [0; 4096];
    let length = if let Raw::Shy(bytes) = &raw {
        let Ok(read) = timeout(Duration::from_millis(50), stream.read(&mut start)).await else {
            stream.write_all(bytes).await?;
            return hold(&mut stream).await;
        };
        read?
    } else {
        stream.read(&mut start).await?
    };
    if length == 0 {
        return Ok(());
    }
    let is_text = start[0].is_ascii_graphic();
    match raw {
        Raw::PlainText(bytes) | Raw::PlainTextOnly(bytes) if is_text => {
            stream.write_all(&bytes).await?;
            hold(&mut stream).await
        }
        Raw::Silent | Raw::Banner(_) | Raw::PlainText(_) => hold(&mut stream).await,
        Raw::Close | Raw::PlainTextOnly(_) | Raw::Shy(_) => close(&mut stream).await,
        Raw::Reset => stream.set_zero_linger(),
        Raw::Bytes(bytes) => {
            stream.write_all(&bytes).await?;
            hold(&mut stream).await
        }
        Raw::BytesThenClose(bytes) => {
            stream.write_all(&bytes).await?;
            close(&mut stream).await
        }
        Raw::Flood(bytes) => loop {
            stream.write_all(&bytes).await?;
        },
        Raw::Alert(level, description) => {
            stream.write_all(&alert(level, description)).await?;
            close(&mut stream).await
        }
    }
}

/// A TLS alert in the clear.
fn alert(level: u8, description: u8) -> [u8; 7] {
    [21, 3, 3, 0, 2, level, description]
}

/// Keeps the connection until the client ends it.
pub(in crate::world) async fn hold(stream: &mut TcpStream) -> io::Result<()> {
    tokio::io::copy(stream, &mut tokio::io::sink()).await?;
    Ok(())
}

/// Ends the connection in order. What the client still sends is read: unread bytes would turn the
/// end into a reset.
pub(in crate::world) async fn close(stream: &mut TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    hold(stream).await
}
