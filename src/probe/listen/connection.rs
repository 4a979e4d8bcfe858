//! One connection: the hello, the handshake, and then SIP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::book::{Entry, failed};
use super::stream::Begun;
use super::{Room, talk, tls};
use crate::facts::{Call, CallOutcome, CallTls, Talk};
use crate::probe::locked;
use crate::wire::hello::{Greeted, greeting};
use crate::wire::sip::partner::Line;

/// A handshake is over after this, from the first byte on or without one.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// So much is kept of what is not TLS.
const KEPT: usize = 64;

/// Serves it, and writes it down.
pub(super) async fn serve(
    room: &Arc<Room>,
    stream: TcpStream,
    from: SocketAddr,
    over: watch::Receiver<bool>,
) {
    let call = Call {
        from: SocketAddr::new(from.ip().to_canonical(), from.port()),
        after: crate::probe::tcp::millis(room.begun.elapsed()),
        hello: None,
        tls: CallTls::ended(CallOutcome::Silent),
        sip: None,
    };
    let (number, entry) = locked(&room.book).enter(call);
    meet(room, stream, number, &entry, over).await;
    locked(&room.book).end(number, &room.post.identity.fqdn);
    if room.post.once && is_decided(&entry, &room.post.identity.fqdn) {
        room.enough.notify_one();
    }
}

async fn meet(
    room: &Arc<Room>,
    stream: TcpStream,
    number: u64,
    entry: &Entry,
    mut over: watch::Receiver<bool>,
) {
    let deadline = Instant::now() + HANDSHAKE;
    let Ok(to) = stream.local_addr() else {
        return;
    };
    let line = Line {
        from: locked(entry).from,
        to: to.ip(),
        number,
        at: room.begun.elapsed(),
    };
    let handshake = async {
        let stream = begin(stream, entry).await?;
        let hello = locked(entry).hello.clone();
        let (facts, stream) = tls::accept(&room.tls, stream, hello.as_ref()).await;
        locked(entry).tls = facts;
        stream
    };
    let shaken = tokio::select! {
        shaken = timeout_at(deadline, handshake) => shaken.ok().flatten(),
        _ = over.changed() => None,
    };
    if let Some(stream) = shaken {
        locked(entry).sip = Some(Talk::default());
        talk::hold(room, stream, line, entry, over).await;
    }
}

/// Reads the hello, and gives the connection back with it; `None` where there is none.
async fn begin(mut stream: TcpStream, entry: &Entry) -> Option<Begun> {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    let ended = loop {
        match stream.read(&mut buffer).await {
            Ok(0) => break CallOutcome::Closed,
            Ok(count) => read.extend_from_slice(&buffer[..count]),
            Err(_) => break CallOutcome::Reset,
        }
        match greeting(&read) {
            Greeted::Incomplete => {}
            Greeted::Hello(hello) => {
                locked(entry).hello = Some(hello);
                return Some(Begun::new(read, stream));
            }
            // The library has the alert for it.
            Greeted::Unreadable => return Some(Begun::new(read, stream)),
            Greeted::Foreign => {
                read.truncate(KEPT);
                break CallOutcome::NotTls(read);
            }
        }
    };
    locked(entry).tls = CallTls::ended(ended);
    None
}

/// Whether somebody who called this server failed before anything was said.
fn is_decided(entry: &Entry, server: &str) -> bool {
    let call = locked(entry);
    let name = call
        .hello
        .as_ref()
        .and_then(|hello| hello.server_name.as_ref());
    let is_for_us = name.is_some_and(|name| name.eq_ignore_ascii_case(server));
    failed(&call.tls.outcome) && (is_for_us || !call.tls.chain.is_empty())
}
