//! Meets an endpoint once more: one connection sees one server, and behind an address there may be
//! several that take turns. And it sees what one client is shown: so the second one is made as the
//! partners of the field make it, which are Windows in TLS 1.2.

use std::net::SocketAddr;

use futures_util::future::OptionFuture;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::channel::Channel;
use super::{Context, second_look, sip, tcp, tls};
use crate::facts::{AgainFacts, SipFacts, TcpOutcome, TlsFacts, WindowsFacts};

/// The endpoint as the first connection met it.
#[derive(Clone, Copy)]
pub(super) struct First<'a> {
    pub(super) host: &'a str,
    pub(super) address: SocketAddr,
    pub(super) tls: &'a TlsFacts,
}

/// All the way, as Windows Server 2016, beside the first connection. Tells as soon as it is connected.
pub(super) async fn beside(cx: &Context, first: First<'_>, connected: &Notify) -> AgainFacts {
    let (tcp, stream) = tcp::connect(cx, first.address).await;
    connected.notify_one();
    let (mut again, session) = Box::pin(meet(cx, first, (tcp, stream), true)).await;
    again.sip = OptionFuture::from(session.map(|session| sip::ask(cx, session))).await;
    again.beside = true;
    again
}

/// After the first connection, where the one beside it was met otherwise: by chance, by the way it
/// introduced itself, or for waiting until the first one was over. It is made once more, and then one
/// like the first: two servers that take turns show both.
pub(super) async fn afterwards(
    cx: &Context,
    first: First<'_>,
    sip: Option<&SipFacts>,
    beside: &AgainFacts,
) -> Vec<AgainFacts> {
    let mut all = Vec::new();
    for as_windows in [true, false] {
        let connected = tcp::connect(cx, first.address).await;
        let (mut again, session) = Box::pin(meet(cx, first, connected, as_windows)).await;
        // What follows the handshake is asked again only where it was the difference.
        if beside.sip.is_some() {
            again.sip = OptionFuture::from(session.map(|session| sip::ask(cx, session))).await;
        }
        let is_chance = as_windows && !beside.is_silent() && again.is_like(first.tls, sip);
        all.push(again);
        if is_chance {
            break;
        }
    }
    all
}

/// Why Windows Server 2016 is turned away, where it is each time, and another client is not.
pub(super) async fn explain(
    cx: &Context,
    first: First<'_>,
    again: &[AgainFacts],
) -> Option<WindowsFacts> {
    let mut afterwards = again.iter().filter(|again| !again.beside);
    let is_refused = afterwards.next().is_some_and(AgainFacts::is_refused)
        && afterwards.next().is_some_and(|again| !again.is_refused());
    if !is_refused {
        return None;
    }
    let is_silent = again
        .iter()
        .all(|again| !again.as_windows || again.is_silent());
    Some(
        Box::pin(second_look::as_windows(
            cx,
            first.host,
            first.address,
            is_silent,
        ))
        .await,
    )
}

async fn meet(
    cx: &Context,
    first: First<'_>,
    (tcp, stream): (TcpOutcome, Option<TcpStream>),
    as_windows: bool,
) -> (AgainFacts, Option<Channel>) {
    let mut again = AgainFacts {
        tcp,
        tls: None,
        same_chain: false,
        sip: None,
        beside: false,
        as_windows,
    };
    let Some(stream) = stream else {
        return (again, None);
    };
    let (mut tls, session) = if as_windows {
        tls::handshake_as_windows(cx, first.host, stream).await
    } else {
        tls::handshake(cx, first.host, stream, &Notify::new()).await
    };
    again.same_chain = !tls.chain.is_empty() && tls.chain == first.tls.chain;
    if again.same_chain {
        tls.chain.clear();
    } else {
        tls.trust = tls::trust_of(cx, &tls.chain).await;
    }
    again.tls = Some(tls);
    (again, session)
}
