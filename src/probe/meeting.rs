//! The handshake with one endpoint, in as many attempts as it takes: one that ends before it has begun is
//! looked into, and tried in the ways in which it may fare better.

use std::net::SocketAddr;

use futures_util::future::select;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::again::First;
use super::channel::Channel;
use super::greeting::Greeting;
use super::{Context, again, second_look, tcp, tls};
use crate::facts::{AgainFacts, Der, HelloPart, SecondLookFacts, TcpOutcome, TlsFacts, TlsOutcome};
use crate::pki::kinds::Key;
use crate::pki::x509::Certificate;

/// What TLS showed at one endpoint, in as many connections as that took.
pub(super) struct Meeting {
    /// The handshake that counts, its trust not yet looked at.
    pub(super) tls: TlsFacts,
    /// Its connection, where it is still of use.
    pub(super) session: Option<Channel>,
    pub(super) second_look: Option<SecondLookFacts>,
    /// How the other attempts at a handshake ended.
    pub(super) other_attempts: Vec<TlsOutcome>,
    /// How the handshake ended that offers TLS 1.3, where only one that does not is served.
    pub(super) refused_modern: Option<TlsOutcome>,
}

/// Shakes hands with a server of this name, or at this address where it has none; looks again where
/// that ended before it had begun.
pub(super) async fn meet(
    cx: &Context,
    host: &str,
    address: SocketAddr,
    connected: TcpOutcome,
    stream: impl Into<Option<TcpStream>>,
) -> Meeting {
    let heard = Notify::new();
    let ((tls, session), in_silence) = tokio::join!(
        tls::handshake(cx, host, stream, &heard),
        Box::pin(second_look::in_silence(
            cx, host, address, connected, &heard
        ))
    );
    let second_look = second_look::take(cx, host, address, &tls, in_silence).await;
    let mut meeting = Meeting {
        tls,
        session,
        second_look: None,
        other_attempts: Vec::new(),
        refused_modern: None,
    };
    if let Some(mut second_look) = second_look {
        let server = Server { cx, host, address };
        meeting.try_again(server, &second_look).await;
        meeting.try_without_tls13(server, &second_look).await;
        meeting.try_without_name(server, &mut second_look).await;
        let parts = meeting.suspects(&second_look);
        second_look.with_part = second_look::with_parts(cx, host, address, parts).await;
        meeting.second_look = Some(second_look);
    }
    meeting
}

impl Meeting {
    /// In the same way, for it may have been chance.
    async fn try_again(&mut self, server: Server<'_>, second_look: &SecondLookFacts) {
        let attempts = second_look::further_attempts(&self.tls.outcome, second_look);
        let is_silent = self.tls.outcome == TlsOutcome::Silent;
        for again in server.attempt(attempts, is_silent).await {
            if again.0.server_hello {
                let before = self.replace(again);
                self.other_attempts.push(before);
            } else {
                self.other_attempts.push(again.0.outcome);
            }
        }
    }

    /// It may serve whoever does not know TLS 1.3, and nobody else: each time, or it was chance.
    async fn try_without_tls13(&mut self, server: Server<'_>, second_look: &SecondLookFacts) {
        if !second_look::may_refuse_modern(&self.tls, second_look) {
            return;
        }
        let greeting = Greeting::WithoutTls13;
        let Some((before, once_more)) = self.try_as(server, greeting, greeting).await else {
            return;
        };
        match once_more {
            Some(once_more) if !once_more.server_hello => {
                self.other_attempts.extend([before, once_more.outcome]);
            }
            _ => {
                self.refused_modern = Some(before);
                self.other_attempts.clear();
            }
        }
    }

    /// It may serve whoever does not name it, and nobody else.
    async fn try_without_name(&mut self, server: Server<'_>, second_look: &mut SecondLookFacts) {
        let has_hung_up = matches!(self.tls.outcome, TlsOutcome::Closed | TlsOutcome::Reset);
        if !has_hung_up || self.tls.server_hello || !second_look.is_without_answer() {
            return;
        }
        let (nameless, usual) = (Greeting::WithoutName, Greeting::Usual);
        let Some((before, once_more)) = self.try_as(server, nameless, usual).await else {
            return;
        };
        match once_more {
            Some(once_more) if !once_more.server_hello => {
                second_look.refuses_name = true;
                second_look.serves_another_name = server.serves_another(&self.tls).await;
                self.other_attempts.clear();
            }
            Some(once_more) => self.other_attempts.extend([before, once_more.outcome]),
            None => self.other_attempts.push(before),
        }
    }

    /// Goes on with a handshake that begins like this, where that is served: how the one before it had ended,
    /// and how one after it fares that begins in the other way.
    async fn try_as(
        &mut self,
        server: Server<'_>,
        greeting: Greeting,
        then: Greeting,
    ) -> Option<(TlsOutcome, Option<TlsFacts>)> {
        let again = server.greeted(greeting).await?;
        if !again.0.server_hello {
            return None;
        }
        let once_more = server.greeted(then).await;
        let before = self.replace(again);
        Some((before, once_more.map(|(once_more, _)| once_more)))
    }

    /// What hellos have in common that are turned away, and those by hand have not: it may be the reason.
    fn suspects(&self, second_look: &SecondLookFacts) -> &'static [HelloPart] {
        if !second_look::serves_by_hand(second_look) || !second_look.wide.is_served() {
            return &[];
        }
        match self.refused_modern {
            Some(_) => &[HelloPart::Length, HelloPart::OnlyPss],
            None if self.tls.server_hello => &[],
            None => &[
                HelloPart::SessionTicket,
                HelloPart::StatusRequest,
                HelloPart::Length,
                HelloPart::SupportedVersions,
                HelloPart::RenegotiationSignal,
            ],
        }
    }

    /// Goes on with this handshake instead; how the one before it ended.
    fn replace(&mut self, (tls, session): Met) -> TlsOutcome {
        self.session = session;
        std::mem::replace(&mut self.tls, tls).outcome
    }

    /// The certificates that were shown, in whichever handshake.
    pub(super) fn chain(&self) -> &[Der] {
        let by_hand = self.second_look.as_ref().and_then(SecondLookFacts::chain);
        by_hand.unwrap_or(&self.tls.chain)
    }

    /// Whether the certificate is issued to this name, or none was shown.
    pub(super) fn is_named(&self, host: &str) -> bool {
        let leaf = self.tls.chain.first();
        let leaf = leaf.and_then(|leaf| Certificate::parse(&leaf.0).ok());
        leaf.is_none_or(|leaf| leaf.names_exactly(host))
    }

    /// What is shown without SNI: one more connection at most, and none beside those of the second
    /// look.
    pub(super) async fn without_sni(
        &self,
        cx: &Context,
        host: &str,
        address: SocketAddr,
    ) -> Option<Der> {
        if self.second_look.is_some() {
            return None;
        }
        Box::pin(tls::without_sni(cx, host, address, &self.tls.chain)).await
    }

    /// Whether another connection may show something else. Where there was a second look, there were
    /// other connections.
    pub(super) fn wants_another(&self) -> bool {
        self.tls.server_hello && self.second_look.is_none()
    }

    /// How a client is met that can use RSA certificates only, where it gets another leaf. Asked only where the
    /// certificate shown has another key: some servers have two.
    pub(super) async fn with_rsa(
        &self,
        cx: &Context,
        host: &str,
        address: SocketAddr,
    ) -> Option<AgainFacts> {
        let leaf = Certificate::parse(&self.tls.chain.first()?.0).ok()?;
        if self.second_look.is_some() || !matches!(leaf.key, Key::Ec(_)) {
            return None;
        }
        let first = First {
            host,
            address,
            tls: &self.tls,
        };
        Box::pin(again::with_rsa(cx, first)).await
    }
}

/// A handshake, and its connection where it is still of use.
type Met = (TlsFacts, Option<Channel>);

/// Whom to shake hands with.
#[derive(Clone, Copy)]
struct Server<'a> {
    cx: &'a Context,
    host: &'a str,
    address: SocketAddr,
}

impl Server<'_> {
    /// So many more handshakes like the first, until one is served. Silence costs its limit once: there
    /// they are made side by side.
    async fn attempt(self, attempts: usize, is_silent: bool) -> Vec<Met> {
        let once = || {
            Box::pin(async move {
                let stream = self.reached().await?;
                Some(tls::handshake(self.cx, self.host, stream, &Notify::new()).await)
            })
        };
        let mut met: Vec<Met> = Vec::new();
        let is_served = |met: &[Met]| met.last().is_some_and(|(tls, _)| tls.server_hello);
        let mut left = attempts;
        while left > 0 && !is_served(&met) {
            if is_silent && left > 1 {
                left -= 2;
                let (first, other) = select(once(), once()).await.factor_first();
                met.extend(first);
                if !is_served(&met) {
                    met.extend(other.await);
                }
            } else {
                left -= 1;
                let Some(again) = once().await else { break };
                met.push(again);
            }
        }
        met
    }

    /// One more handshake, by a client that introduces itself like this.
    async fn greeted(self, greeting: Greeting) -> Option<Met> {
        let stream = self.reached().await?;
        Some(Box::pin(tls::handshake_as(self.cx, self.host, stream, greeting)).await)
    }

    /// Whether whoever names another server is served, where whoever names this one is not: the one that is
    /// shown to those who name nobody.
    async fn serves_another(self, shown: &TlsFacts) -> bool {
        let leaf = shown.chain.first();
        let Some(leaf) = leaf.and_then(|leaf| Certificate::parse(&leaf.0).ok()) else {
            return false;
        };
        let is_other = |name: &str| !name.contains('*') && !name.eq_ignore_ascii_case(self.host);
        let mut names = leaf.dns_names().iter();
        let Some(other) = names.find(|name| is_other(name)) else {
            return false;
        };
        if leaf.names_exactly(self.host) {
            return false;
        }
        let other = Server {
            cx: self.cx,
            host: other,
            address: self.address,
        };
        let met = other.greeted(Greeting::Usual).await;
        met.is_some_and(|(met, _)| met.server_hello)
    }

    /// A connection, which may have been reset already; `None` where there was none.
    async fn reached(self) -> Option<Option<TcpStream>> {
        let (outcome, stream) = tcp::reach(self.cx, self.address).await;
        matches!(outcome, TcpOutcome::Connected(_)).then_some(stream)
    }
}
