//! The classic way to a name server: UDP, and TCP where an answer is too large for it (RFC 1035
//! §4.2). Nothing in here gives up on a silent server: the caller's limit does.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::proto::op::Message;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, Interest};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout_at};

use crate::facts::Unanswered;
use crate::probe::{Context, tcp};
use crate::wire::dns::{Reading, read};

/// How long to wait before the same question is sent again by UDP.
pub(in crate::probe::dns) const RESEND: Duration = Duration::from_secs(1);
/// How long an answer to the question with EDNS is waited for once one without has come.
const EDNS_GRACE: Duration = Duration::from_millis(200);

/// One question, and how else it may be put.
pub(in crate::probe::dns) struct Ways<'a> {
    pub(in crate::probe::dns) query: &'a Message,
    /// Makes the same without EDNS: some servers, and some firewalls before them, drop every question
    /// with it. Sent beside the first where that stays without an answer.
    pub(in crate::probe::dns) plainer: &'a (dyn Fn() -> Option<Message> + Sync),
}

/// What came back, and which of the questions it answers.
pub(in crate::probe::dns) struct Heard {
    pub(in crate::probe::dns) message: Message,
    pub(in crate::probe::dns) plainer: bool,
}

/// Asks by UDP, and by TCP where the answer is truncated.
pub(in crate::probe::dns) async fn ask(
    cx: &Context,
    server: SocketAddr,
    ways: Ways<'_>,
) -> Result<Heard, Unanswered> {
    let datagram = ask_udp(cx, server, &ways).await?;
    let plainer = datagram.plainer;
    if let Some(message) = datagram.message {
        return Ok(Heard { message, plainer });
    }
    let again = if plainer { (ways.plainer)() } else { None };
    match ask_tcp(server, again.as_ref().unwrap_or(ways.query)).await {
        Ok(Reading::Answer(message)) => Ok(Heard { message, plainer }),
        Ok(_) | Err(_) => Err(Unanswered::Truncated),
    }
}

/// An answer by UDP.
struct Datagram {
    /// `None` where it did not fit.
    message: Option<Message>,
    plainer: bool,
}

async fn ask_udp(
    cx: &Context,
    server: SocketAddr,
    ways: &Ways<'_>,
) -> Result<Datagram, Unanswered> {
    let sockets = &cx.shared.sockets;
    let socket = sockets.connected(server).await;
    let socket = socket.map_err(|error| why_unanswered(&error))?;
    let resend = RESEND.min(cx.plan.limits.dns / 3);
    let mut listener = Listener {
        socket: &socket,
        malformed: false,
        grace: EDNS_GRACE.min(resend / 5),
    };
    let mut rounds = 0;
    let mut plainer = None;
    loop {
        send(&socket, ways.query).await?;
        if rounds == 1 {
            plainer = (ways.plainer)();
        }
        if let Some(plainer) = &plainer {
            if rounds == 1 {
                cx.count_question();
            }
            send(&socket, plainer).await?;
        }
        let end = Instant::now() + resend;
        if let Some(answer) = listener.hear(ways.query, plainer.as_ref(), end).await? {
            sockets.keep(server, socket);
            cx.hearing.note_answer(server);
            return Ok(answer);
        }
        if listener.malformed && rounds > 0 {
            return Err(Unanswered::Malformed);
        }
        rounds += 1;
    }
}

/// Whether an answer comes within this time to a datagram that is sent once.
pub(in crate::probe::dns) async fn is_answered(
    cx: &Context,
    server: SocketAddr,
    query: &Message,
    limit: Duration,
) -> bool {
    let asking = async {
        let sockets = &cx.shared.sockets;
        let socket = sockets.connected(server).await.ok()?;
        send(&socket, query).await.ok()?;
        let mut listener = Listener {
            socket: &socket,
            malformed: false,
            grace: Duration::ZERO,
        };
        let end = Instant::now() + limit;
        let answer = listener.hear(query, None, end).await.ok()??;
        sockets.keep(server, socket);
        Some(answer)
    };
    asking.await.is_some()
}

async fn send(socket: &UdpSocket, query: &Message) -> Result<(), Unanswered> {
    let bytes = query.to_vec().map_err(|_| Unanswered::Malformed)?;
    let sent = socket.send(&bytes).await;
    sent.map(|_| ()).map_err(|error| why_unanswered(&error))
}

struct Listener<'a> {
    socket: &'a UdpSocket,
    /// Something came that is no DNS answer.
    malformed: bool,
    /// How long an answer with EDNS is waited for where both were asked.
    grace: Duration,
}

impl Listener<'_> {
    /// The answer to either question; `None` when none came in time. One with EDNS says more, so it
    /// is waited for a little where both were asked.
    async fn hear(
        &mut self,
        query: &Message,
        plainer: Option<&Message>,
        mut end: Instant,
    ) -> Result<Option<Datagram>, Unanswered> {
        let mut kept = None;
        loop {
            let Ok(received) = timeout_at(end, receive(self.socket)).await else {
                return Ok(kept);
            };
            let bytes = &received.map_err(|error| why_unanswered(&error))?;
            let reading = read(bytes, query);
            // A broken packet may be a forged one: wait on, and say so when nothing better comes.
            self.malformed |= matches!(reading, Reading::Malformed);
            if let Some(answer) = taken(reading, false) {
                return Ok(Some(answer));
            }
            let Some(reading) = plainer.map(|plainer| read(bytes, plainer)) else {
                continue;
            };
            self.malformed |= matches!(reading, Reading::Malformed);
            if let Some(answer) = taken(reading, true) {
                kept = Some(answer);
                end = end.min(Instant::now() + self.grace);
            }
        }
    }
}

thread_local! {
    /// Room for the largest datagram. A check asks a dozen questions at a time: each with room of its own
    /// would clear a megabyte, for answers of a hundred bytes.
    static DATAGRAM: RefCell<Vec<u8>> = RefCell::new(vec![0; usize::from(u16::MAX)]);
}

/// The next datagram, whole.
async fn receive(socket: &UdpSocket) -> io::Result<Vec<u8>> {
    let read = || {
        DATAGRAM.with_borrow_mut(|room| socket.try_recv(room).map(|length| room[..length].to_vec()))
    };
    // A closed port is an error and nothing to read: who waits for that alone hears of it when it sends
    // again.
    let ready = socket.ready(Interest::READABLE | Interest::ERROR).await?;
    if ready.is_error()
        && let Some(error) = socket.take_error()?
    {
        return Err(error);
    }
    loop {
        socket.readable().await?;
        match read() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            received => return received,
        }
    }
}

/// The answer, or that it did not fit; `None` for anything else.
fn taken(reading: Reading, plainer: bool) -> Option<Datagram> {
    let message = match reading {
        Reading::Answer(message) => Some(message),
        Reading::Truncated => None,
        Reading::Foreign | Reading::Malformed => return None,
    };
    Some(Datagram { message, plainer })
}

/// The same question by TCP.
pub(in crate::probe::dns) async fn ask_tcp(
    server: SocketAddr,
    query: &Message,
) -> io::Result<Reading> {
    let bytes = query.to_vec().map_err(io::Error::other)?;
    let mut stream = TcpStream::connect(server).await?;
    let answer = ask_stream(&mut stream, &bytes).await?;
    Ok(read(&answer, query))
}

/// A question on a stream and what comes back, each message behind its length (RFC 1035 §4.2.2).
pub(in crate::probe::dns) async fn ask_stream(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    question: &[u8],
) -> io::Result<Vec<u8>> {
    let length = u16::try_from(question.len()).map_err(io::Error::other)?;
    stream
        .write_all(&[&length.to_be_bytes()[..], question].concat())
        .await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

/// Why there was no answer, where the system says so.
pub(in crate::probe::dns) fn why_unanswered(error: &io::Error) -> Unanswered {
    match error.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => Unanswered::PortClosed,
        ErrorKind::TimedOut => Unanswered::TimedOut,
        _ if tcp::is_out_of_files(error) => Unanswered::TooManyFiles,
        _ => Unanswered::Unreachable,
    }
}
