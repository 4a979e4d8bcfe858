//! Meets an endpoint once more: one connection sees one server, and behind an address there may be
//! several that take turns. And it sees what one client is shown: so the second one is made as the
//! partners of the field make it, which are Windows in TLS 1.2.

use std::net::SocketAddr;

use futures_util::future::OptionFuture;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::channel::Channel;
use super::greeting::Greeting;
use super::{Context, as_windows, sip, tcp, tls};
use crate::facts::{
    AgainFacts, BareFacts, ChainVerdict, HelloFacts, OtherChain, SipFacts, TcpOutcome, TlsFacts,
    WindowsFacts,
};
use crate::pki::x509::Certificate;

/// How often one that was lost is made once more, where others are served and what they show is of no use
/// without it: a server that loses each second one serves the second of these.
const MORE: usize = 2;

/// The endpoint as the first connection met it.
#[derive(Clone, Copy)]
pub(super) struct First<'a> {
    pub(super) host: &'a str,
    pub(super) address: SocketAddr,
    pub(super) tls: &'a TlsFacts,
}

/// What was made already of what follows one that was lost beside the first.
#[derive(Default)]
pub(super) struct Next {
    pub(super) same: Option<AgainFacts>,
    pub(super) usual: Option<AgainFacts>,
}

/// After the first connection, where the one beside it was met otherwise: by chance, by the way it
/// introduced itself, or for coming while the first one was open. It is made once more; where that was
/// no chance, with the name, and where that is not it, like the first: two servers that take turns show
/// both. Where the name seems to be it, they go on in turns. Where the one with the name was lost, and nothing
/// shows whether it is the name, it is made again. Some of it may have been made already.
pub(super) async fn afterwards(
    cx: &Context,
    first: First<'_>,
    sip: Option<&SipFacts>,
    beside: &AgainFacts,
    next: Next,
) -> Vec<AgainFacts> {
    // What follows the handshake is asked again only where it was the difference.
    let asks = beside.sip.is_some();
    let is_like = |again: &AgainFacts| again.is_like(first.tls, sip);
    let again = |greeting| once_more(cx, first, greeting, asks);
    // Silence costs all of its time: there they are made side by side.
    let (same, named) = if let Some(same) = next.same {
        let named = OptionFuture::from(beside.is_silent().then(|| again(Greeting::Windows)));
        (same, named.await)
    } else if beside.is_silent() {
        let both = (Greeting::WindowsWithoutName, Greeting::Windows);
        let (same, named) = tokio::join!(again(both.0), again(both.1));
        (same, Some(named))
    } else {
        (again(Greeting::WindowsWithoutName).await, None)
    };
    if is_like(&same) {
        let mut all = vec![same];
        all.extend(named);
        if beside.is_refused() {
            all.push(match next.usual {
                Some(usual) => usual,
                None => again(Greeting::Usual).await,
            });
        }
        return all;
    }
    let named = match named {
        Some(named) => named,
        None => again(Greeting::Windows).await,
    };
    let is_by_name = is_like(&named);
    let may_be_other = named.is_lost() && [beside, &same].iter().any(|met| !met.is_lost());
    let is_right = is_shown_a_right_one(cx, first, sip, &same);
    let mut all = vec![same, named];
    if !is_by_name {
        let usual = again(Greeting::Usual).await;
        let mut is_missing = may_be_other && is_like(&usual);
        all.push(usual);
        for _ in 0..MORE {
            if is_missing {
                let named = again(Greeting::Windows).await;
                is_missing = named.is_lost();
                all.push(named);
            }
        }
    } else if !is_right {
        all.extend(Box::pin(in_turns(cx, first, sip, beside)).await);
    }
    all
}

/// Where it seems to be the name that makes the difference: with it and without, in another order than servers
/// that take turns would show, until one is met otherwise than the name says.
async fn in_turns(
    cx: &Context,
    first: First<'_>,
    sip: Option<&SipFacts>,
    beside: &AgainFacts,
) -> Vec<AgainFacts> {
    let again = |greeting| once_more(cx, first, greeting, beside.sip.is_some());
    let (with, without) = (Greeting::Windows, Greeting::WindowsWithoutName);
    // Silence costs all of its time.
    if beside.is_silent() {
        let (one, named, other) = tokio::join!(again(without), again(with), again(without));
        return vec![one, named, other];
    }
    let mut all = Vec::new();
    for greeting in [without, with, without] {
        let met = again(greeting).await;
        let is_like = met.is_like(first.tls, sip);
        let is_chance = if met.nameless {
            is_like
        } else {
            !is_like && !met.is_lost()
        };
        all.push(met);
        if is_chance {
            break;
        }
    }
    all
}

/// Whether it was met as the first was, but for its certificate, and that is right as well.
fn is_shown_a_right_one(
    cx: &Context,
    first: First<'_>,
    sip: Option<&SipFacts>,
    again: &AgainFacts,
) -> bool {
    let now = cx.plan.terms.now;
    let leaf = again.other_leaf();
    let leaf = leaf.and_then(|leaf| Certificate::parse(&leaf.0).ok());
    let is_right = |leaf: Certificate| {
        leaf.names_exactly(first.host) && (leaf.not_before..=leaf.not_after).contains(&now)
    };
    let trust = again.tls.as_ref().and_then(|tls| tls.trust.as_ref());
    let is_trusted = trust.is_some_and(|trust| trust.verdict == ChainVerdict::Trusted);
    let with_the_same = AgainFacts {
        same_chain: true,
        ..again.clone()
    };
    is_trusted && leaf.is_some_and(is_right) && with_the_same.is_like(first.tls, sip)
}

/// How a client like the first one is met, at the end of all.
pub(super) async fn like_first(cx: &Context, first: First<'_>) -> AgainFacts {
    once_more(cx, first, Greeting::Usual, false).await
}

/// How a client is met once more that introduces itself like this.
pub(super) async fn once_more(
    cx: &Context,
    first: First<'_>,
    greeting: Greeting,
    asks: bool,
) -> AgainFacts {
    meet_once(cx, first, greeting, asks).await.0
}

/// The same, with what was said to a long hello.
pub(super) async fn meet_once(
    cx: &Context,
    first: First<'_>,
    greeting: Greeting,
    asks: bool,
) -> (AgainFacts, Option<HelloFacts>) {
    let connected = tcp::reach(cx, first.address).await;
    let heard = Notify::new();
    let meeting = meet(cx, first, connected, greeting, &heard);
    let met = Box::pin(meeting).await;
    Box::pin(met.asked(cx, asks)).await
}

/// Why Windows Server 2016 is turned away, where it is each time, and another client is not; and how it is
/// met once more, as all of this may be chance.
pub(super) async fn explain(
    cx: &Context,
    first: First<'_>,
    again: &[AgainFacts],
) -> Option<(WindowsFacts, AgainFacts)> {
    let afterwards = again.iter().filter(|again| !again.beside);
    // What is shown without the name says nothing of those that have it.
    let named = afterwards.filter(|again| !again.nameless);
    let (windows, others): (Vec<&AgainFacts>, Vec<_>) = named.partition(|again| again.as_windows);
    let is_refused = |again: &&AgainFacts| again.is_refused();
    if windows.is_empty() || !windows.iter().all(is_refused) {
        return None;
    }
    if others.is_empty() || others.iter().any(is_refused) {
        return None;
    }
    let is_silent = again
        .iter()
        .all(|again| !again.as_windows || again.is_silent());
    let asking = as_windows::look(cx, first.host, first.address, is_silent);
    let asking = Box::pin(asking);
    let once_more = once_more(cx, first, Greeting::Windows, false);
    Some(if is_silent {
        tokio::join!(asking, once_more)
    } else {
        (asking.await, once_more.await)
    })
}

/// How the same client is met without the certificate, where it is turned away with it each time, and the
/// first one was answered with it: whether it is for that certificate.
pub(super) async fn without_certificate(
    cx: &Context,
    first: First<'_>,
    sip: Option<&SipFacts>,
    again: &[AgainFacts],
) -> Option<BareFacts> {
    let mut windows = again.iter().filter(|again| again.as_windows);
    let is_refused = |again: &AgainFacts| again.ending_with_certificate().is_some();
    if !first.tls.presented || !sip.is_some_and(SipFacts::is_answered) || !windows.all(is_refused) {
        return None;
    }
    let met = once_more(cx, first, Greeting::WindowsWithoutCertificate, true).await;
    Some(BareFacts {
        tls: met.tls.map(|tls| tls.outcome),
        sip: met.sip.map(|sip| sip.outcome),
    })
}

/// How a client is met that can use RSA certificates only, where it gets another leaf than the first one, or would
/// have got it.
pub(super) async fn with_rsa(cx: &Context, first: First<'_>) -> Option<AgainFacts> {
    let met = once_more(cx, first, Greeting::RsaOnly, true).await;
    let is_other = met.other_leaf().map_or(met.breaks_what_it_chose(), |leaf| {
        first.tls.chain.first() != Some(leaf)
    });
    is_other.then_some(AgainFacts {
        as_windows: false,
        ..met
    })
}

/// The same, with how it was met; once more, where that was not like the first, as it may be chance: what is not so
/// each time is not told.
pub(super) async fn confirmed_with_rsa(
    cx: &Context,
    first: First<'_>,
    sip: Option<&SipFacts>,
    met: AgainFacts,
) -> (Option<OtherChain>, Option<AgainFacts>) {
    let is_like = |met: &AgainFacts| {
        let with_the_same = AgainFacts {
            same_chain: true,
            ..met.clone()
        };
        with_the_same.is_like(first.tls, sip)
    };
    let mut last = met;
    let mut is_each_time = true;
    if !is_like(&last) {
        let once_more = with_rsa(cx, first).await;
        match once_more.filter(|other| other.other_leaf() == last.other_leaf()) {
            Some(other) if !is_like(&other) => last = other,
            _ => is_each_time = false,
        }
    }
    let mut shown = OtherChain {
        chain: Vec::new(),
        trust: None,
        staple: None,
    };
    if let Some(tls) = &mut last.tls {
        shown.staple.clone_from(&tls.staple);
        shown.chain = std::mem::take(&mut tls.chain);
        shown.trust = tls.trust.take();
    }
    let shown = Some(shown).filter(|shown| !shown.chain.is_empty());
    (shown, is_each_time.then_some(last))
}

/// How a client is met that introduces itself like this; tells as soon as anything was heard.
pub(super) async fn meet(
    cx: &Context,
    first: First<'_>,
    (tcp, stream): (TcpOutcome, Option<TcpStream>),
    greeting: Greeting,
    heard: &Notify,
) -> Met {
    let mut again = AgainFacts {
        tcp,
        tls: None,
        same_chain: false,
        sip: None,
        beside: false,
        as_windows: greeting != Greeting::Usual,
        nameless: !greeting.names_server(),
        long: greeting.is_long(),
    };
    let Some(stream) = stream else {
        return Met {
            again,
            hello: None,
            session: None,
        };
    };
    let shaken = tls::shake_hands(cx, first.host, Some(stream), heard, greeting).await;
    let mut tls = shaken.facts;
    again.same_chain = !tls.chain.is_empty() && tls.chain == first.tls.chain;
    if again.same_chain {
        tls.chain.clear();
    } else {
        tls.trust = tls::trust_of(cx, &tls.chain).await;
    }
    again.tls = Some(tls);
    Met {
        again,
        hello: shaken.hello,
        session: shaken.session,
    }
}

/// A further connection, before anything was asked.
pub(super) struct Met {
    pub(super) again: AgainFacts,
    hello: Option<HelloFacts>,
    session: Option<Channel>,
}

impl Met {
    /// With the answer to OPTIONS, where that is asked; and what was said to a long hello.
    pub(super) async fn asked(self, cx: &Context, asks: bool) -> (AgainFacts, Option<HelloFacts>) {
        let mut again = self.again;
        let session = self.session.filter(|_| asks);
        again.sip = OptionFuture::from(session.map(|session| sip::ask(cx, session))).await;
        (again, self.hello)
    }
}
