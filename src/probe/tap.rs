//! A stream that remembers how its conversation began and stops one that grows without end.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::model::limits::MAX_ANSWER;
use crate::wire::hello;

/// How many of the first bytes are kept: enough to name a protocol.
const KEPT: usize = 256;

/// How the peer's side of a conversation opened.
#[derive(Clone, Debug, Default)]
pub(super) struct Opening {
    /// Its first bytes.
    pub(super) start: Vec<u8>,
    /// How many bytes have come in all.
    total: usize,
}

impl Opening {
    /// Whether the first record is a TLS handshake that begins with a ServerHello (RFC 8446 §5.1).
    pub(super) fn is_server_hello(&self) -> bool {
        hello::is_server_hello(&self.start)
    }

    /// Whether anything came that is not a TLS record.
    pub(super) fn is_foreign(&self) -> bool {
        hello::is_foreign(&self.start)
    }

    pub(super) fn is_too_much(&self) -> bool {
        self.total > MAX_ANSWER
    }
}

/// The stream; the record of its opening outlives it.
#[derive(Debug)]
pub(super) struct Tap<S> {
    stream: S,
    opening: Arc<Mutex<Opening>>,
}

impl<S> Tap<S> {
    pub(super) fn new(stream: S) -> (Self, Arc<Mutex<Opening>>) {
        let opening = Arc::<Mutex<Opening>>::default();
        (
            Self {
                stream,
                opening: Arc::clone(&opening),
            },
            opening,
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
        let mut opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        let room = KEPT.saturating_sub(opening.start.len()).min(received.len());
        opening.start.extend_from_slice(&received[..room]);
        opening.total += received.len();
        Poll::Ready(if opening.is_too_much() {
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
