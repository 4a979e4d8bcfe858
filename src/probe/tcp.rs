//! Connects by TCP, and distinguishes a refusal by the peer, by the network and by this machine.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Instant;

use super::manners::Host;
use super::{Context, LimitHit, elapsed_us};
use crate::facts::{Micros, Millis, TcpOutcome};

/// One connect, when it is the turn of this address: how it ended, and the connection.
pub(super) async fn connect(cx: &Context, address: SocketAddr) -> (TcpOutcome, Option<TcpStream>) {
    cx.turn([Host::network_of(address.ip())]).await;
    connect_now(cx, address).await
}

/// The same at once, where the turn was waited for.
pub(super) async fn connect_now(
    cx: &Context,
    address: SocketAddr,
) -> (TcpOutcome, Option<TcpStream>) {
    match reach_now(cx, address).await {
        (TcpOutcome::Connected(_), None) => (TcpOutcome::Refused, None),
        reached => reached,
    }
}

/// The same, where a connection that was accepted and reset before it could be used counts as one.
pub(super) async fn reach(cx: &Context, address: SocketAddr) -> (TcpOutcome, Option<TcpStream>) {
    cx.turn([Host::network_of(address.ip())]).await;
    reach_now(cx, address).await
}

/// The same at once.
pub(super) async fn reach_now(
    cx: &Context,
    address: SocketAddr,
) -> (TcpOutcome, Option<TcpStream>) {
    let limit = cx.plan.limits.connect;
    let start = Instant::now();
    match cx.within(limit, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => {
            let outcome = TcpOutcome::Connected(Micros(elapsed_us(start)));
            // A handshake is small messages back and forth. Without this it is slower, no more.
            let _ = stream.set_nodelay(true);
            (outcome, Some(stream))
        }
        // Whoever refuses answers to the first packet with the other error.
        Ok(Err(error)) if error.kind() == ErrorKind::ConnectionReset => {
            (TcpOutcome::Connected(Micros(elapsed_us(start))), None)
        }
        // What this machine has no route for has not left it, and says nothing of the peer.
        Ok(Err(error)) => match route_to(address) {
            Err(error) => (local_failure(&error), None),
            Ok(()) => (failure(&error, start.elapsed()), None),
        },
        Err(LimitHit::Operation) => (TcpOutcome::TimedOut(millis(limit)), None),
        Err(LimitHit::Deadline) => (TcpOutcome::Deadline, None),
    }
}

pub(super) fn millis(duration: Duration) -> Millis {
    Millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

/// Asks this machine for a route, without sending anything: connecting a UDP socket looks one up.
fn route_to(address: SocketAddr) -> io::Result<()> {
    let any: SocketAddr = match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    UdpSocket::bind(any)?.connect(address)
}

fn local_failure(error: &io::Error) -> TcpOutcome {
    match error.kind() {
        ErrorKind::NetworkUnreachable
        | ErrorKind::HostUnreachable
        | ErrorKind::AddrNotAvailable => TcpOutcome::NoRoute,
        // No IPv6 in this kernel at all: the address family itself is unknown.
        _ if error.raw_os_error().is_some_and(is_family_unsupported) => TcpOutcome::NoRoute,
        _ if is_out_of_files(error) => TcpOutcome::TooManyFiles,
        _ => TcpOutcome::NotAttempted,
    }
}

/// Whether this process, or this machine, may open nothing further: `EMFILE` and `ENFILE`, on Windows
/// `WSAEMFILE`.
pub(super) fn is_out_of_files(error: &io::Error) -> bool {
    let codes: &[i32] = if cfg!(windows) { &[10024] } else { &[23, 24] };
    error
        .raw_os_error()
        .is_some_and(|code| codes.contains(&code))
}

/// `EAFNOSUPPORT` on Linux, macOS and Windows.
fn is_family_unsupported(code: i32) -> bool {
    matches!(code, 97 | 47 | 10047)
}

fn failure(error: &io::Error, after: Duration) -> TcpOutcome {
    match error.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => TcpOutcome::Refused,
        ErrorKind::TimedOut => TcpOutcome::TimedOut(millis(after)),
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => TcpOutcome::Unreachable,
        _ if is_out_of_files(error) => TcpOutcome::TooManyFiles,
        _ => TcpOutcome::NotAttempted,
    }
}
