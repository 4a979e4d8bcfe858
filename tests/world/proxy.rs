//! Somebody in between: hands bytes on, and spoils what the server says.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::pause;
use super::server::{Server, close, hold};

/// What happens to the server's side of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// This bit of it is turned over.
    Flip(usize),
    /// It ends after so many bytes, …
    Close(usize),
    Reset(usize),
    /// … or as soon as it is accepted, before a word of the client's, …
    ResetAtOnce,
    /// … or nothing more of it comes.
    Stall(usize),
    /// It comes a few bytes at a time.
    Trickle,
    /// Nothing of it comes but this alert, which is fatal.
    Alert(u8),
}

/// Which connections are harmed, by their number from 1 on.
pub type Which = fn(usize) -> bool;

/// Starts somebody in between a client and this server.
pub fn between(server: &Server, which: Which, harm: Harm) -> Server {
    let to = server.address();
    Server::start(([127, 0, 0, 1], 0).into(), move |client, seen| {
        let number = seen.connections.load(Ordering::SeqCst);
        let harm = which(number).then_some(harm);
        pass(client, to, harm)
    })
}

/// Lets so many connections in, before however many servers, and resets the others, or is silent to them.
#[derive(Clone, Debug)]
pub struct Guard {
    room: Arc<Semaphore>,
    at_a_time: bool,
    harm: Harm,
}

impl Guard {
    /// So many at a time.
    pub fn at_a_time(most: usize) -> Self {
        let room = Arc::new(Semaphore::new(most));
        Self {
            room,
            at_a_time: true,
            harm: Harm::ResetAtOnce,
        }
    }

    /// So many, and then none any more.
    pub fn in_all(most: usize) -> Self {
        let room = Arc::new(Semaphore::new(most));
        Self {
            room,
            at_a_time: false,
            harm: Harm::ResetAtOnce,
        }
    }

    /// The others are accepted, and nothing follows.
    pub fn mute(self) -> Self {
        Self {
            harm: Harm::Stall(0),
            ..self
        }
    }

    /// Starts it in front of this server as well.
    pub fn before(&self, server: &Server) -> Server {
        self.before_in(0, server)
    }

    /// The same in another network: 127.N.0.0.
    pub fn before_in(&self, network: u8, server: &Server) -> Server {
        let (to, room, at_a_time) = (server.address(), Arc::clone(&self.room), self.at_a_time);
        let harm = self.harm;
        Server::start(([127, network, 0, 1], 0).into(), move |client, _| {
            let place = Arc::clone(&room).try_acquire_owned();
            async move {
                let harm = place.is_err().then_some(harm);
                let place = match place {
                    Ok(place) if !at_a_time => {
                        place.forget();
                        None
                    }
                    place => place.ok(),
                };
                let done = pass(client, to, harm).await;
                drop(place);
                done
            }
        })
    }
}

/// Starts somebody in front of this server who needs so long for each to come in, one after the other.
pub fn one_by_one(server: &Server, time: Duration) -> Server {
    let (to, door) = (server.address(), Arc::new(Semaphore::new(1)));
    Server::start(([127, 0, 0, 1], 0).into(), move |client, _| {
        let door = Arc::clone(&door);
        async move {
            let place = door.acquire_owned().await;
            tokio::time::sleep(time).await;
            drop(place);
            pass(client, to, None).await
        }
    })
}

/// Starts somebody in front of this server who does not bear the offer of TLS 1.3.
pub fn without_tls13(server: &Server, refusal: Refused) -> Server {
    by_hello(Some(server.address()), None, refusal)
}

/// Starts somebody in front of this server who bears no offer but that of TLS 1.3.
pub fn without_tls12(server: &Server, refusal: Refused) -> Server {
    by_hello(None, Some(server.address()), refusal)
}

/// Starts a balancer that leads whoever offers TLS 1.3 to one server, and the others to another.
pub fn by_version(modern: &Server, old: &Server) -> Server {
    by_hello(Some(old.address()), Some(modern.address()), Refused::Close)
}

/// Starts a server that has more than one cipher suite: whoever offers this one gets to the first server, which
/// prefers it, and the others to the other one.
pub fn by_suite(suite: u16, preferred: &Server, other: &Server) -> Server {
    let (preferred, other) = (preferred.address(), other.address());
    Server::start(([127, 0, 0, 1], 0).into(), move |client, _| async move {
        let mut hello = [0; 4096];
        let count = whole(&client, &mut hello).await?;
        let is_offered = has_suite(&hello[..count], suite.to_be_bytes());
        let to = if is_offered { preferred } else { other };
        pass(client, to, None).await
    })
}

/// What an offer meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    Alert(u8),
    Close,
    Reset,
    Silence,
}

fn by_hello(old: Option<SocketAddr>, modern: Option<SocketAddr>, refusal: Refused) -> Server {
    Server::start(([127, 0, 0, 1], 0).into(), move |client, _| {
        screen(client, [old, modern], refusal)
    })
}

async fn screen(
    client: TcpStream,
    [old, modern]: [Option<SocketAddr>; 2],
    refusal: Refused,
) -> io::Result<()> {
    let mut hello = [0; 4096];
    let count = whole(&client, &mut hello).await?;
    // supported_versions, with one or two of them.
    let is_offer = |part: &[u8]| matches!(part, [0, 43, 0, 3 | 5, 2 | 4, 3, 4]);
    let is_modern = hello[..count].windows(7).any(is_offer);
    if let Some(to) = if is_modern { modern } else { old } {
        return pass(client, to, None).await;
    }
    refuse(client, refusal).await
}

async fn refuse(mut client: TcpStream, refusal: Refused) -> io::Result<()> {
    whole(&client, &mut [0; 4096]).await?;
    let _hello = client.read(&mut [0; 4096]).await?;
    match refusal {
        Refused::Alert(code) => {
            client.write_all(&[21, 3, 3, 0, 2, 2, code]).await?;
            close(&mut client).await
        }
        Refused::Close => close(&mut client).await,
        Refused::Reset => client.set_zero_linger(),
        Refused::Silence => hold(&mut client).await,
    }
}

/// Starts somebody who leads whoever names the server (SNI) to one of them, and the others to another, or
/// refuses those.
pub fn by_name(named: Option<&Server>, nameless: Option<&Server>, refusal: Refused) -> Server {
    let [named, nameless] = [named, nameless].map(|server| server.map(Server::address));
    Server::start(([127, 0, 0, 1], 0).into(), move |client, _| async move {
        let mut hello = [0; 4096];
        let count = whole(&client, &mut hello).await?;
        let to = if names_server(&hello[..count]) {
            named
        } else {
            nameless
        };
        match to {
            Some(to) => pass(client, to, None).await,
            None => refuse(client, refusal).await,
        }
    })
}

/// Starts somebody who leads whoever names one of these hosts to its server, hangs up on whoever names
/// another, and leads those who name nobody to the first.
pub fn router(hosts: &[(String, &Server)]) -> Server {
    routed(hosts, true)
}

/// The same, and hangs up on those who name nobody.
pub fn strict_router(hosts: &[(String, &Server)]) -> Server {
    routed(hosts, false)
}

fn routed(hosts: &[(String, &Server)], has_default: bool) -> Server {
    let of = |(host, server): &(String, &Server)| (host.clone(), server.address());
    let hosts: Vec<(String, SocketAddr)> = hosts.iter().map(of).collect();
    Server::start(([127, 0, 0, 1], 0).into(), move |client, _| {
        let hosts = hosts.clone();
        async move {
            let mut hello = [0; 4096];
            let count = whole(&client, &mut hello).await?;
            let hello = &hello[..count];
            let is_named = |(host, _): &&(String, SocketAddr)| {
                let mut names = hello.windows(host.len());
                names.any(|name| name == host.as_bytes())
            };
            match hosts.iter().find(is_named) {
                Some((_, to)) => pass(client, *to, None).await,
                None if !has_default || names_server(hello) => refuse(client, Refused::Close).await,
                None => pass(client, hosts[0].1, None).await,
            }
        }
    })
}

/// Whether this is a hello with the extension server_name.
fn names_server(hello: &[u8]) -> bool {
    hello.first() == Some(&22) && extensions(hello).any(|(kind, _)| kind == 0)
}

/// Waits until the first record is whole, which may come in pieces; how many bytes there are then.
async fn whole(client: &TcpStream, bytes: &mut [u8]) -> io::Result<usize> {
    loop {
        let count = client.peek(bytes).await?;
        let length = |start: &[u8]| 5 + usize::from(u16::from_be_bytes([start[3], start[4]]));
        if count == 0 || bytes[0] != 22 || count >= 5 && count >= length(bytes) {
            return Ok(count);
        }
        pause(Duration::from_millis(1)).await;
    }
}

/// Starts somebody in front of this server who has forgotten every session, and fails for whoever wants
/// to go on with one.
pub fn without_resumption(server: &Server) -> Server {
    let to = server.address();
    Server::start(
        ([127, 0, 0, 1], 0).into(),
        move |mut client, _| async move {
            let mut hello = [0; 4096];
            let count = whole(&client, &mut hello).await?;
            if !wants_resumption(&hello[..count]) {
                return pass(client, to, None).await;
            }
            client.write_all(&[21, 3, 3, 0, 2, 2, 80]).await?;
            close(&mut client).await
        },
    )
}

/// What some do not bear in a hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelloPart {
    SessionTicket,
    StatusRequest,
    /// From 256 to 511 bytes.
    Length,
    /// More than twenty cipher suites.
    Suites,
    /// The curve P-521.
    P521,
    /// The extension supported_versions, with TLS 1.3 in it or not.
    SupportedVersions,
    /// Signatures with RSA-PSS.
    Pss,
    /// The cipher suite that is a signal for secure renegotiation.
    Signal,
    /// The cipher suite TLS_AES_128_GCM_SHA256.
    ModernSuite,
    /// A cipher suite with DHE, or with CBC, that Windows offers.
    Dhe,
    Cbc,
    /// More than what comes first.
    SecondSegment,
    /// A packet of full size: more than 1,400 bytes at once.
    FullPacket,
    /// The name of the server without TLS 1.3, or more than what comes first.
    NamedInTls12,
}

/// Starts somebody in front of this server who turns away whoever has this in the hello.
pub fn turning_away(server: &Server, part: HelloPart, refusal: Refused) -> Server {
    let to = server.address();
    Server::start(([127, 0, 0, 1], 0).into(), move |client, _| async move {
        if part.is_in_hello(&client).await? {
            refuse(client, refusal).await
        } else {
            pass(client, to, None).await
        }
    })
}

/// Starts somebody in front of this server who leads whoever has this in the hello to another one.
pub fn leading_away(server: &Server, part: HelloPart, other: &Server) -> Server {
    let (to, other) = (server.address(), other.address());
    Server::start(([127, 0, 0, 1], 0).into(), move |client, _| async move {
        let is_led_away = part.is_in_hello(&client).await?;
        pass(client, if is_led_away { other } else { to }, None).await
    })
}

impl HelloPart {
    async fn is_in_hello(self, client: &TcpStream) -> io::Result<bool> {
        let mut hello = [0; 4096];
        let first = client.peek(&mut hello).await?;
        let count = whole(client, &mut hello).await?;
        let hello = &hello[..count];
        let has = |wanted| {
            hello.first() == Some(&22) && extensions(hello).any(|(kind, _)| kind == wanted)
        };
        Ok(match self {
            Self::SessionTicket => has(35),
            Self::StatusRequest => has(5),
            Self::Length => hello[0] == 22 && hello[3] == 1,
            Self::Suites => hello[0] == 22 && suites(hello) > 20,
            Self::P521 => lists(hello, 10, [0, 25]),
            Self::SupportedVersions => has(43),
            Self::Pss => lists(hello, 13, [8, 4]),
            Self::Signal => has_suite(hello, [0, 0xff]),
            Self::ModernSuite => has_suite(hello, [0x13, 1]),
            Self::Dhe => has_suite(hello, [0, 0x9e]),
            Self::Cbc => has_suite(hello, [0xc0, 0x27]),
            Self::SecondSegment => hello.len() > first,
            Self::FullPacket => first > 1400,
            Self::NamedInTls12 => !has_suite(hello, [0x13, 1]) && (has(0) || hello.len() > first),
        })
    }
}

/// A key agreed on before, a ticket, or in TLS 1.2 a session identifier.
fn wants_resumption(hello: &[u8]) -> bool {
    let session = usize::from(hello[SESSION]);
    let is_modern = extensions(hello).any(|(kind, _)| kind == 43);
    let wants = extensions(hello).any(|(kind, length)| kind == 41 || kind == 35 && length > 0);
    wants || session > 0 && !is_modern
}

/// Where the length of the session identifier stands: behind record, message, version, random number.
const SESSION: usize = 43;

/// Whether this is a hello that has an extension of this kind with this among its pairs of bytes.
fn lists(hello: &[u8], kind: usize, wanted: [u8; 2]) -> bool {
    let mut bodies = bodies(hello).filter(|(its, _)| *its == kind);
    hello[0] == 22 && bodies.any(|(_, body)| body.chunks(2).any(|pair| pair == wanted))
}

/// How many cipher suites a hello has, without the one that is a sign (RFC 5746 §3.3).
fn suites(hello: &[u8]) -> usize {
    let suites = all_suites(hello);
    suites.filter(|suite| *suite != [0, 0xff]).count()
}

/// Whether this is a hello with this cipher suite.
fn has_suite(hello: &[u8], wanted: [u8; 2]) -> bool {
    hello[0] == 22 && all_suites(hello).any(|suite| suite == wanted)
}

fn all_suites(hello: &[u8]) -> impl Iterator<Item = &[u8]> {
    let at = SESSION + 1 + usize::from(hello[SESSION]);
    let length = usize::from(u16::from_be_bytes([hello[at], hello[at + 1]]));
    hello[at + 2..at + 2 + length].chunks(2)
}

/// The kinds of the extensions of a hello, and their lengths.
fn extensions(hello: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    bodies(hello).map(|(kind, body)| (kind, body.len()))
}

/// The kinds of the extensions of a hello, and what stands in them.
fn bodies(hello: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let pair = |at: usize| usize::from(u16::from_be_bytes([hello[at], hello[at + 1]]));
    let suites = SESSION + 1 + usize::from(hello[SESSION]);
    let compressions = suites + 2 + pair(suites);
    let mut at = compressions + 1 + usize::from(hello[compressions]) + 2;
    std::iter::from_fn(move || {
        let has_more = at + 4 <= hello.len();
        has_more.then(|| {
            let (kind, length) = (pair(at), pair(at + 2));
            let body = &hello[at + 4..at + 4 + length];
            at += 4 + length;
            (kind, body)
        })
    })
}

/// Starts a balancer that leads one connection after the other to the next of these servers.
pub fn balancer(servers: &[&Server]) -> Server {
    let addresses: Vec<SocketAddr> = servers.iter().map(|server| server.address()).collect();
    Server::start(([127, 0, 0, 1], 0).into(), move |client, seen| {
        let number = seen.connections.load(Ordering::SeqCst) - 1;
        pass(client, addresses[number % addresses.len()], None)
    })
}

pub(super) async fn pass(
    mut client: TcpStream,
    to: SocketAddr,
    harm: Option<Harm>,
) -> io::Result<()> {
    if matches!(harm, Some(Harm::Close(0) | Harm::Reset(0))) {
        // Not before the client has begun.
        if client.read(&mut [0; 4096]).await? == 0 {
            return Ok(());
        }
    }
    if harm == Some(Harm::ResetAtOnce) {
        return client.set_zero_linger();
    }
    if let Some(Harm::Alert(code)) = harm {
        if client.read(&mut [0; 4096]).await? > 0 {
            client.write_all(&[21, 3, 3, 0, 2, 2, code]).await?;
        }
        return close(&mut client).await;
    }
    let mut server = TcpStream::connect(to).await?;
    server.set_nodelay(true)?;
    let (mut passed, mut up, mut down) = (0, [0; 4096], [0; 4096]);
    loop {
        let (stop, ending) = match harm {
            Some(ending @ (Harm::Close(stop) | Harm::Reset(stop) | Harm::Stall(stop))) => {
                (stop, ending)
            }
            _ => (usize::MAX, Harm::Close(0)),
        };
        if passed >= stop {
            return match ending {
                Harm::Close(_) => close(&mut client).await,
                Harm::Reset(_) => client.set_zero_linger(),
                Harm::Stall(_)
                | Harm::ResetAtOnce
                | Harm::Flip(_)
                | Harm::Trickle
                | Harm::Alert(_) => hold(&mut client).await,
            };
        }
        tokio::select! {
            read = client.read(&mut up) => match read? {
                0 => return Ok(()),
                count => server.write_all(&up[..count]).await?,
            },
            read = server.read(&mut down) => {
                let count = match read {
                    // What a reset took away is not to come back as an end in good order.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                        return client.set_zero_linger();
                    }
                    read => read?,
                };
                if count == 0 {
                    return close(&mut client).await;
                }
                let part = &mut down[..count.min(stop - passed)];
                if let Some(Harm::Flip(bit)) = harm
                    && let Some(byte) = (bit / 8).checked_sub(passed).and_then(|at| part.get_mut(at))
                {
                    *byte ^= 1 << (bit % 8);
                }
                if harm == Some(Harm::Trickle) {
                    for few in part.chunks(40) {
                        client.write_all(few).await?;
                        pause(Duration::from_millis(50)).await;
                    }
                } else {
                    client.write_all(part).await?;
                }
                passed += part.len();
            }
        }
    }
}
