//! Meets an endpoint once more: one connection sees one server, and behind an address there may be
//! several that take turns.

use std::net::SocketAddr;

use futures_util::future::OptionFuture;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::channel::Channel;
use super::{Context, sip, tcp, tls};
use crate::facts::{AgainFacts, TcpOutcome, TlsFacts};

/// How often it is met anew once the first connection is over, where the second one was kept waiting
/// beside it: two servers that take turns show both.
const TURNS: usize = 2;

/// All the way, beside the first connection. Tells as soon as it is connected.
pub(super) async fn beside(
    cx: &Context,
    host: &str,
    address: SocketAddr,
    first: &TlsFacts,
    connected: &Notify,
) -> AgainFacts {
    let (tcp, stream) = tcp::connect(cx, address).await;
    connected.notify_one();
    let (mut again, session) = Box::pin(meet(cx, host, tcp, stream, first)).await;
    again.sip = OptionFuture::from(session.map(|session| sip::ask(cx, session))).await;
    again.beside = true;
    again
}

/// After the first connection, up to the end of the handshake.
pub(super) async fn afterwards(
    cx: &Context,
    host: &str,
    address: SocketAddr,
    first: &TlsFacts,
) -> Vec<AgainFacts> {
    let mut all = Vec::new();
    for _ in 0..TURNS {
        let (tcp, stream) = tcp::connect(cx, address).await;
        let (again, _) = Box::pin(meet(cx, host, tcp, stream, first)).await;
        let is_silent = again.is_silent();
        all.push(again);
        if is_silent {
            break;
        }
    }
    all
}

async fn meet(
    cx: &Context,
    host: &str,
    tcp: TcpOutcome,
    stream: Option<TcpStream>,
    first: &TlsFacts,
) -> (AgainFacts, Option<Channel>) {
    let mut again = AgainFacts {
        tcp,
        tls: None,
        same_chain: false,
        sip: None,
        beside: false,
    };
    let Some(stream) = stream else {
        return (again, None);
    };
    let (mut tls, session) = tls::handshake(cx, host, stream, &Notify::new()).await;
    again.same_chain = !tls.chain.is_empty() && tls.chain == first.chain;
    if again.same_chain {
        tls.chain.clear();
    } else {
        tls.trust = tls::trust_of(cx, &tls.chain).await;
    }
    again.tls = Some(tls);
    (again, session)
}
