//! Listens as a partner's server does, and writes down what calls.
//!
//! Whoever calls is a stranger: connections are bounded for each address and altogether, a handshake
//! in time, messages in size and number, and what is kept in all three. Nothing is forwarded.

mod book;
pub(crate) mod caller;
mod connection;
mod errands;
mod farewell;
mod stream;
mod talk;
mod tls;
mod transcript;

use std::collections::{HashMap, VecDeque};
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use time::OffsetDateTime;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_rustls::rustls::sign::CertifiedKey;

use self::book::Book;
use super::shared::Shared;
use super::{Context, locked};
use crate::facts::{Call, Demand, Millis};
use crate::model::plan::Plan;
use crate::wire::sip::partner::{Identity, Partner};

/// A partner opens up to four connections and may come from several processes at a time.
const MAX_OF_ADDRESS: usize = 8;
/// All connections together.
const MAX_CONNECTIONS: usize = 256;
/// What is left to say when it is over.
const FAREWELL: Duration = Duration::from_secs(2);
/// After an error of the system, such as too many open files, it is tried again.
const PAUSE: Duration = Duration::from_millis(200);

/// What a transcript is written to.
pub(crate) type Transcript = Arc<Mutex<dyn Write + Send>>;

/// How it is listened.
pub(crate) struct Post {
    /// Who listens.
    pub(crate) identity: Identity,
    /// The certificate that is shown.
    pub(crate) certificate: Arc<CertifiedKey>,
    /// Whom to ask where requests of our own go, and the limits.
    pub(crate) plan: Arc<Plan>,
    /// Whether one is asked for.
    pub(crate) demand: Demand,
    /// The demand names the authorities that are accepted.
    pub(crate) names_authorities: bool,
    /// It is over with the first chat, or the first partner that fails.
    pub(crate) once: bool,
    /// Where messages are written down.
    pub(crate) transcript: Option<Transcript>,
}

impl Post {
    /// Whether it is over as soon as a text has come. Where it is replied to, that is waited for.
    fn is_enough_with_chat(&self) -> bool {
        self.once && self.identity.echo.is_none()
    }
}

/// What came.
pub(crate) struct Heard {
    pub(crate) calls: Vec<Call>,
    pub(crate) strangers: u32,
    pub(crate) listened: Millis,
}

/// What the connections share.
struct Room {
    post: Post,
    shared: Arc<Shared>,
    tls: tls::Terms,
    partner: Mutex<Partner>,
    book: Mutex<Book>,
    /// The connections that are open, and how something is said on them.
    lines: Mutex<HashMap<u64, mpsc::Sender<String>>>,
    /// Requests of ours on connections of theirs, and who waits for the answer.
    awaited: Mutex<HashMap<String, Awaited>>,
    /// Requests of ours that are on their way.
    under_way: Mutex<JoinSet<()>>,
    /// How many new connections are opened for them at a time.
    connecting: Semaphore,
    /// When texts were replied to.
    echoes: Mutex<VecDeque<Instant>>,
    /// There is what was waited for.
    enough: Notify,
    begun: Instant,
    salt: [u8; 16],
}

/// A request of ours on a connection of theirs.
struct Awaited {
    /// The number of the connection.
    line: u64,
    /// Who waits for the answer.
    told: oneshot::Sender<u16>,
}

impl Room {
    /// What is needed to reach somebody now.
    fn context(&self) -> Arc<Context> {
        let plan = self.post.plan.at(OffsetDateTime::now_utc());
        Context::new(Arc::new(plan), Arc::clone(&self.shared))
    }
}

/// Listens until then, or until there is enough.
pub(crate) async fn listen(
    sockets: Vec<TcpListener>,
    post: Post,
    shared: &Arc<Shared>,
    until: impl Future<Output = ()>,
) -> Heard {
    let random = u64::from_be_bytes(shared.random());
    let room = Arc::new(Room {
        tls: tls::Terms::new(&post, shared),
        partner: Mutex::new(Partner::new(post.identity.clone(), random)),
        book: Mutex::default(),
        lines: Mutex::default(),
        awaited: Mutex::default(),
        under_way: Mutex::default(),
        connecting: Semaphore::new(errands::MAX_UNDER_WAY),
        echoes: Mutex::default(),
        enough: Notify::new(),
        begun: Instant::now(),
        salt: shared.random(),
        shared: Arc::clone(shared),
        post,
    });
    let (ending, over) = watch::channel(false);
    let mut connections = JoinSet::new();
    let accepting = accept_all(&sockets, &room, &over, &mut connections);
    tokio::select! {
        () = accepting => {}
        () = until => {}
        () = farewell::end_in_time(&room) => {}
        () = room.enough.notified() => {}
    }
    drop(sockets);
    let listened = super::tcp::millis(room.begun.elapsed());
    let _ = timeout(FAREWELL, farewell::end_all(&room)).await;
    // Nobody listens where all connections have ended.
    let _ = ending.send(true);
    let _ = timeout(FAREWELL, async {
        while connections.join_next().await.is_some() {}
    })
    .await;
    connections.abort_all();
    locked(&room.under_way).abort_all();
    let book = std::mem::take(&mut *locked(&room.book));
    let (calls, strangers) = book.close();
    Heard {
        calls,
        strangers,
        listened,
    }
}

async fn accept_all(
    sockets: &[TcpListener],
    room: &Arc<Room>,
    over: &watch::Receiver<bool>,
    connections: &mut JoinSet<IpAddr>,
) {
    let mut of_address: HashMap<IpAddr, usize> = HashMap::new();
    loop {
        let mut accepting: FuturesUnordered<_> = sockets
            .iter()
            .map(|socket| socket.accept().boxed())
            .collect();
        tokio::select! {
            Some(ended) = connections.join_next(), if !connections.is_empty() => {
                drop(accepting);
                // None of them panics; whoever does is not counted any more.
                if let Ok(address) = ended {
                    forget(&mut of_address, address);
                }
            }
            Some(accepted) = accepting.next() => {
                drop(accepting);
                match accepted {
                    Ok((stream, from)) => {
                        let open = connections.len();
                        if admits(&mut of_address, open, from) {
                            connections.spawn(one(Arc::clone(room), stream, from, over.clone()));
                        } else {
                            locked(&room.book).turn_away();
                        }
                    }
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            }
        }
    }
}

/// Whether there is room for one more connection of this address; counts it if so.
fn admits(of_address: &mut HashMap<IpAddr, usize>, open: usize, from: SocketAddr) -> bool {
    let count = of_address.entry(from.ip()).or_default();
    let admitted = *count < MAX_OF_ADDRESS && open < MAX_CONNECTIONS;
    if admitted {
        *count += 1;
    } else if *count == 0 {
        of_address.remove(&from.ip());
    }
    admitted
}

fn forget(of_address: &mut HashMap<IpAddr, usize>, address: IpAddr) {
    if let Some(count) = of_address.get_mut(&address) {
        *count -= 1;
        if *count == 0 {
            of_address.remove(&address);
        }
    }
}

/// One connection, from its first byte to its last.
async fn one(
    room: Arc<Room>,
    stream: TcpStream,
    from: SocketAddr,
    over: watch::Receiver<bool>,
) -> IpAddr {
    connection::serve(&room, stream, from, over).await;
    from.ip()
}
