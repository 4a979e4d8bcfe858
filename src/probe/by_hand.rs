//! Questions to one endpoint that the TLS library does not ask: hellos written by hand, and plain text.
//! Each takes a connection of its own.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::channel::{BETWEEN_SEGMENTS, is_reset};
use super::manners::Host;
use super::sip::{request, unique};
use super::{Context, LimitHit};
use crate::facts::{HelloFacts, HelloOutcome, PlainOutcome};
use crate::wire::hello::{Hello, Reader, is_foreign};
use crate::wire::sip::Transport;

/// A plain-text answer is named by its first line, and that by so many bytes.
const KEPT: usize = 256;

/// So many bytes go in one TCP segment on every way; the hello that is longer arrives in two.
pub(super) const SEGMENT: usize = 1400;

/// A server that speaks first does so within this time, or it is spoken to.
const BANNER: Duration = Duration::from_secs(1);

/// The questions to one endpoint, and when there is no more time for answers.
#[derive(Clone, Copy)]
pub(super) struct Questions<'a> {
    cx: &'a Context,
    host: &'a str,
    address: SocketAddr,
    end: Instant,
}

impl<'a> Questions<'a> {
    /// The answers are waited for until this time from now.
    pub(super) fn within(
        cx: &'a Context,
        host: &'a str,
        address: SocketAddr,
        limit: Duration,
    ) -> Self {
        Self {
            cx,
            host,
            address,
            end: Instant::now() + limit,
        }
    }

    /// The same once more, with so much time from now.
    pub(super) fn anew(self, limit: Duration) -> Self {
        Self::within(self.cx, self.host, self.address, limit)
    }

    /// Sends a hello, and reads what comes for it.
    pub(super) async fn greet(self, hello: Hello) -> HelloFacts {
        self.greet_in(hello, SEGMENT).await
    }

    /// Sends a hello in pieces of so many bytes, each in a TCP segment of its own, and reads what comes for
    /// it.
    pub(super) async fn greet_in(self, hello: Hello, piece: usize) -> HelloFacts {
        let random = self.cx.shared.random();
        let record = hello.to_record(self.host, random);
        let mut reader = Reader::answering(random);
        let conversation = async {
            let mut stream = match TcpStream::connect(self.address).await {
                Ok(stream) => stream,
                // It was accepted before.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                    return HelloOutcome::Reset;
                }
                Err(_) => return HelloOutcome::NotConnected,
            };
            for (number, piece) in record.chunks(piece).enumerate() {
                if number > 0 {
                    sleep(BETWEEN_SEGMENTS).await;
                }
                // A write that fails says less than what may still be read.
                let _ = stream.write_all(piece).await;
            }
            match read(&mut stream, |bytes| reader.take(bytes)).await {
                Err(error) if is_reset(&error) => HelloOutcome::Reset,
                Ok(()) | Err(_) => HelloOutcome::Closed,
            }
        };
        let ended = match self.in_time(conversation).await {
            Ok(ended) => ended,
            Err(LimitHit::Operation) => HelloOutcome::Silent,
            Err(LimitHit::Deadline) => HelloOutcome::Deadline,
        };
        reader.finish(ended)
    }

    /// Listens for a banner a moment, then asks OPTIONS without TLS: a SIP server answers it, and
    /// so do web servers, in their way.
    pub(super) async fn ask_plainly(self) -> PlainOutcome {
        let mut said = Vec::new();
        let conversation = async {
            let mut stream = match TcpStream::connect(self.address).await {
                Ok(stream) => stream,
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                    return PlainOutcome::Reset;
                }
                Err(_) => return PlainOutcome::NotConnected,
            };
            let moment = BANNER.min(self.cx.plan.limits.tls / 4);
            let banner = tokio::time::timeout(moment, hear(&mut stream, &mut said)).await;
            let heard = match banner {
                Ok(heard) => heard,
                // Half a banner is one, and wants no question.
                Err(_) if !said.is_empty() => hear(&mut stream, &mut said).await,
                Err(_) => {
                    let options = request(self.cx, Transport::Tcp, &unique(self.cx));
                    let _ = stream.write_all(options.as_bytes()).await;
                    hear(&mut stream, &mut said).await
                }
            };
            match heard {
                Err(error) if is_reset(&error) => PlainOutcome::Reset,
                Ok(()) | Err(_) => PlainOutcome::Closed,
            }
        };
        let ended = match self.in_time(conversation).await {
            Ok(ended) => ended,
            Err(LimitHit::Operation) => PlainOutcome::Silent,
            Err(LimitHit::Deadline) => PlainOutcome::Deadline,
        };
        match said.as_slice() {
            [] => ended,
            said if is_foreign(said) => PlainOutcome::Said(said.to_vec()),
            _ => PlainOutcome::Tls,
        }
    }

    async fn in_time<T>(self, operation: impl Future<Output = T>) -> Result<T, LimitHit> {
        self.cx.visits(Host::network_of(self.address.ip()));
        let left = self.end.saturating_duration_since(Instant::now());
        self.cx.within(left, operation).await
    }
}

/// Keeps what comes, up to the end of the first line: the rest of a SIP answer tells our own
/// address, which is nobody's business.
async fn hear(stream: &mut TcpStream, said: &mut Vec<u8>) -> io::Result<()> {
    read(stream, |bytes| {
        for byte in bytes {
            let ends = *byte == b'\n' && !said.trim_ascii().is_empty();
            said.push(*byte);
            if ends || said.len() == KEPT {
                return false;
            }
        }
        true
    })
    .await
}

/// Reads until there is nothing more, or nothing more is wanted.
async fn read(stream: &mut TcpStream, mut wanted: impl FnMut(&[u8]) -> bool) -> io::Result<()> {
    let mut buffer = vec![0; 4096];
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 || !wanted(&buffer[..count]) {
            return Ok(());
        }
    }
}
