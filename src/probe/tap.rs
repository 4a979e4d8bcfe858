//! A stream that remembers how its conversation began and stops one that grows without end.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::model::limits::MAX_ANSWER;
use crate::wire::hello;

/// How many bytes of the beginning are kept: enough to name a protocol.
const KEPT: usize = 256;

/// What came from the peer so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// Its first bytes.
    pub(crate) start: Vec<u8>,
    /// How many bytes it was in all.
    pub(crate) total: usize,
}

impl Heard {
    /// Whether the first record is a TLS handshake that begins with a ServerHello (RFC 8446 §5.1).
    pub(crate) fn is_server_hello(&self) -> bool {
        matches!(self.start.as_slice(), [0x16, 0x03, _, _, _, 0x02, ..])
    }

    /// Whether anything came that is not a TLS record.
    pub(crate) fn is_foreign(&self) -> bool {
        hello::is_foreign(&self.start)
    }

    pub(crate) fn is_too_much(&self) -> bool {
        self.total > MAX_ANSWER
    }
}

/// The stream; what it heard outlives it.
#[derive(Debug)]
pub(crate) struct Tap<S> {
    stream: S,
    heard: Arc<Mutex<Heard>>,
}

impl<S> Tap<S> {
    pub(crate) fn new(stream: S) -> (Self, Arc<Mutex<Heard>>) {
        let heard = Arc::<Mutex<Heard>>::default();
        (
            Self {
                stream,
                heard: Arc::clone(&heard),
            },
            heard,
        )
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        std::task::ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let received = &buffer.filled()[before..];
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let room = KEPT.saturating_sub(heard.start.len()).min(received.len());
        heard.start.extend_from_slice(&received[..room]);
        heard.total += received.len();
        Poll::Ready(if heard.is_too_much() {
            Err(io::ErrorKind::FileTooLarge.into())
        } else {
            Ok(())
        })
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
