//! The classic way to a name server: UDP, and TCP where an answer is too large for it (RFC 1035
//! §4.2). Nothing in here gives up on a silent server: the caller's limit does.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::proto::op::Message;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use crate::facts::Unanswered;
use crate::probe::tcp;
use crate::wire::dns::answers;

/// How long to wait before the same question is sent again by UDP.
pub(super) const RESEND: Duration = Duration::from_secs(1);

/// Asks by UDP, and by TCP where the answer is truncated.
pub(super) async fn ask(server: SocketAddr, query: &Message) -> Result<Message, Unanswered> {
    let answer = ask_udp(server, query).await?;
    if !answer.metadata.truncation {
        return Ok(answer);
    }
    let whole = ask_tcp(server, query).await;
    whole.map_err(|_| Unanswered::Truncated)
}

/// A connected socket: it takes answers from this server only, and hears of a closed port.
async fn ask_udp(server: SocketAddr, query: &Message) -> Result<Message, Unanswered> {
    let bytes = query.to_vec().map_err(|_| Unanswered::Malformed)?;
    let any: IpAddr = if server.is_ipv4() {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    let socket = UdpSocket::bind((any, 0))
        .await
        .map_err(|error| why_unanswered(&error))?;
    socket
        .connect(server)
        .await
        .map_err(|error| why_unanswered(&error))?;
    let mut buffer = vec![0; usize::from(u16::MAX)];
    let mut malformed = false;
    let mut resends = 0;
    loop {
        socket
            .send(&bytes)
            .await
            .map_err(|error| why_unanswered(&error))?;
        // A broken packet may be a forged one: wait on, and say so when nothing better comes.
        let answer = timeout(RESEND, async {
            loop {
                let length = socket
                    .recv(&mut buffer)
                    .await
                    .map_err(|error| why_unanswered(&error))?;
                match Message::from_vec(&buffer[..length]) {
                    Ok(message) if answers(&message, query) => return Ok(message),
                    Ok(_) => {}
                    Err(_) => malformed = true,
                }
            }
        });
        match answer.await {
            Ok(answer) => return answer,
            Err(_) if malformed && resends > 0 => return Err(Unanswered::Malformed),
            Err(_) => resends += 1,
        }
    }
}

/// The same question by TCP.
async fn ask_tcp(server: SocketAddr, query: &Message) -> io::Result<Message> {
    let bytes = query.to_vec().map_err(io::Error::other)?;
    let mut stream = TcpStream::connect(server).await?;
    let answer = ask_stream(&mut stream, &bytes).await?;
    let message = Message::from_vec(&answer).map_err(io::Error::other)?;
    if answers(&message, query) {
        Ok(message)
    } else {
        Err(ErrorKind::InvalidData.into())
    }
}

/// A question on a stream and what comes back, each message behind its length (RFC 1035 §4.2.2).
pub(super) async fn ask_stream(
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
pub(super) fn why_unanswered(error: &io::Error) -> Unanswered {
    match error.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => Unanswered::PortClosed,
        ErrorKind::TimedOut => Unanswered::TimedOut,
        _ if tcp::is_out_of_files(error) => Unanswered::TooManyFiles,
        _ => Unanswered::Unreachable,
    }
}
