//! Meets an endpoint as partners on Windows Server 2016 and 2019 do: in TLS 1.2, and naming the server (SNI).
//! A proxy that chooses by both may serve neither as it serves TLS 1.3, nor as it serves those without a
//! name, and these are what the first two connections see.
//!
//! Its hello is a long one, sent at once, so that its first packet is as large as the way bears them (1,500
//! bytes on Ethernet): where such packets are lost, small ones are all that the first two connections send, and
//! partners send large ones with their certificate at the latest. It goes all the way to OPTIONS, since what
//! stands behind may be another program, too.

use tokio::join;

use super::Context;
use super::again::{self, First, like_first, once_more};
use super::by_hand::Questions;
use super::greeting::Greeting;
use crate::facts::{
    AgainFacts, EndpointFacts, HelloFacts, HelloOutcome, OfferPart, PrimeFacts, RefusedOffer,
    SipFacts, TcpOutcome, TlsOutcome, WindowsFacts,
};
use crate::wire::hello::Hello;

/// So many bytes fit through every tunnel.
const SMALL: usize = 500;

/// What is different for such clients, or for long hellos.
#[derive(Default)]
pub(super) struct Difference {
    /// How such clients fare, and one like the first among them.
    pub(super) again: Vec<AgainFacts>,
    /// What hellos by hand show, where such clients are turned away.
    pub(super) windows: Option<WindowsFacts>,
    /// How long hellos fare where they are turned away, and short ones are not.
    pub(super) refused_large: Option<TlsOutcome>,
    /// Whether a long hello is turned away only where its packets are of full size.
    pub(super) loses_full_size: bool,
    /// What of the server's answer some partners hang up on.
    pub(super) short_prime: Option<PrimeFacts>,
    pub(super) oversized: Option<String>,
    /// An extension that is sent to those as well that do not ask for it.
    pub(super) unasked: Option<u16>,
    /// What all offer that come like this, where that is turned away at any length.
    pub(super) refused_offer: Option<RefusedOffer>,
}

impl Difference {
    /// Whether such clients, and their long hellos, are met as others are.
    pub(super) fn is_nothing(&self) -> bool {
        self.again.is_empty() && self.refused_large.is_none() && self.refused_offer.is_none()
    }

    /// Those facts of an endpoint that nothing else shows.
    pub(super) fn noted(&mut self, endpoint: EndpointFacts) -> EndpointFacts {
        EndpointFacts {
            loses_full_size: self.loses_full_size,
            short_prime: self.short_prime.take(),
            oversized: self.oversized.take(),
            unasked: self.unasked.take(),
            refused_offer: self.refused_offer.take(),
            ..endpoint
        }
    }
}

/// What it is that such a client is met otherwise than the first was; nothing where it is not.
pub(super) async fn meet(cx: &Context, first: First<'_>, sip: Option<&SipFacts>) -> Difference {
    let client = Client { cx, first, sip };
    let long = Box::pin(client.meet_long()).await;
    if long.tells_nothing() {
        return Difference::default();
    }
    let (short_prime, oversized) = (long.hello.prime_for_some(), long.hello.oversized.clone());
    let unasked = long.again.tls.as_ref().and_then(|tls| tls.unasked);
    let mut different = if client.is_like_first(&long.again) {
        Difference::default()
    } else {
        Box::pin(client.look(long)).await
    };
    (different.short_prime, different.oversized) = (short_prime, oversized);
    different.unasked = unasked;
    if let Some((windows, once_more)) = again::explain(cx, first, &different.again).await {
        different.windows = Some(windows);
        different.again.push(once_more);
    }
    different
}

/// A long hello, as the endpoint met it.
struct Long {
    again: AgainFacts,
    /// What was said to it, in the clear.
    hello: HelloFacts,
    /// Whether it was met otherwise than the first, and not only for what the library has not.
    is_other: bool,
}

impl Long {
    /// Whether it was for something that lies here.
    fn tells_nothing(&self) -> bool {
        let is_tried = matches!(
            self.again.tcp,
            TcpOutcome::Connected(_) | TcpOutcome::Refused | TcpOutcome::TimedOut(_)
        );
        !is_tried || self.hello.outcome == HelloOutcome::Deadline
    }

    fn is_silent(&self) -> bool {
        self.hello.outcome == HelloOutcome::Silent
    }

    /// How the server ended it before it had begun, if it did.
    fn turned_away(&self) -> Option<TlsOutcome> {
        match &self.hello.outcome {
            _ if self.hello.version.is_some() => None,
            HelloOutcome::Alert(alert) => Some(TlsOutcome::Alert(*alert)),
            HelloOutcome::Closed => Some(TlsOutcome::Closed),
            HelloOutcome::Reset => Some(TlsOutcome::Reset),
            HelloOutcome::Silent => Some(TlsOutcome::Silent),
            _ => None,
        }
    }
}

/// Such a client, and the endpoint as the first connection met it.
#[derive(Clone, Copy)]
struct Client<'a> {
    cx: &'a Context,
    first: First<'a>,
    sip: Option<&'a SipFacts>,
}

impl Client<'_> {
    fn is_like_first(&self, again: &AgainFacts) -> bool {
        again.is_like(self.first.tls, self.sip)
    }

    async fn meet_long(&self) -> Long {
        // Silence would cost all of its time once more.
        let asks = self.sip.is_some_and(|sip| !sip.is_silent());
        let meeting = again::meet_once(self.cx, self.first, Greeting::WindowsLong, asks);
        let (again, hello) = Box::pin(meeting).await;
        // It may have been over before anything was sent.
        let hello = hello.unwrap_or_else(|| HelloFacts {
            outcome: match again.tls {
                Some(_) => HelloOutcome::Reset,
                None => HelloOutcome::NotConnected,
            },
            ..HelloFacts::default()
        });
        let is_ours = hello.version.is_none() || hello.has_our_suite();
        let is_other = is_ours && !self.is_like_first(&again);
        Long {
            again,
            hello,
            is_other,
        }
    }

    async fn meet_short(&self) -> AgainFacts {
        once_more(self.cx, self.first, Greeting::Windows, self.sip.is_some()).await
    }

    /// What it is that such a hello was not met as the first was: for its length, where short ones are; for how
    /// the client introduces itself, or by turns. Whatever it was met with, others are met with that, too.
    async fn look(&self, long: Long) -> Difference {
        // Silence costs all of its time.
        let mut short = if long.is_silent() {
            let (one, other) = join!(self.meet_short(), self.meet_short());
            vec![one, other]
        } else {
            vec![self.meet_short().await]
        };
        let is_like = |again: &AgainFacts| self.is_like_first(again);
        let is_shown_another =
            !long.hello.chain.is_empty() && long.hello.chain != self.first.tls.chain;
        if short.iter().all(is_like) {
            if long.is_other {
                return Box::pin(self.by_length(long, short)).await;
            }
            // It may only have chosen what the library has not.
            if !is_shown_another {
                return Difference::default();
            }
        }
        if !long.is_silent() {
            short.push(self.meet_short().await);
        }
        let mut again = Vec::from_iter(long.is_other.then_some(long.again));
        again.extend(short);
        again.push(like_first(self.cx, self.first).await);
        Difference {
            again,
            ..Difference::default()
        }
    }

    /// Whether it is for its length, or that of its packets: then it is so each time, and never with a short
    /// one, in whatever order they come. Servers that take turns show both to either.
    async fn by_length(&self, long: Long, short: Vec<AgainFacts>) -> Difference {
        let mut small = None;
        let more = if long.is_silent() {
            let in_pieces = self.long_in_pieces();
            let (one, other, in_pieces) = join!(self.meet_long(), self.meet_long(), in_pieces);
            small = Some(in_pieces);
            vec![one, other]
        } else {
            let one = self.meet_long().await;
            if one.is_other {
                vec![one, self.meet_long().await]
            } else {
                vec![one]
            }
        };
        let is_each_time = more.len() > 1 && more.iter().all(|long| long.is_other);
        let is_turned_away = more.iter().all(|long| long.turned_away().is_some());
        let refused_large = long.turned_away().filter(|_| is_turned_away);
        let mut again = vec![long.again];
        again.extend(short);
        // What the library has not says nothing.
        let is_told = |long: &Long| long.is_other || self.is_like_first(&long.again);
        again.extend(more.into_iter().filter(is_told).map(|long| long.again));
        if is_each_time {
            let last = self.meet_short().await;
            let is_by_length = self.is_like_first(&last);
            again.push(last);
            if let Some(outcome) = refused_large.filter(|_| is_by_length) {
                return self.refused(outcome, small).await;
            }
        }
        Difference {
            again,
            ..Difference::default()
        }
    }

    /// What those that are turned away lack, each of them.
    async fn refused(&self, outcome: TlsOutcome, small: Option<HelloFacts>) -> Difference {
        if refuses_short_hellos(self.cx, self.first).await {
            let part = refused_part(self.cx, self.first).await;
            return Difference {
                refused_offer: Some(RefusedOffer { outcome, part }),
                ..Difference::default()
            };
        }
        Difference {
            loses_full_size: small.is_some_and(|small| small.version.is_some()),
            refused_large: Some(outcome),
            ..Difference::default()
        }
    }

    async fn long_in_pieces(&self) -> HelloFacts {
        let First { host, address, .. } = self.first;
        let questions = Questions::within(self.cx, host, address, self.cx.plan.limits.tls);
        questions.greet_in(Hello::Large, SMALL).await
    }
}

/// Whether whoever offers all that Windows does, and names the server, is turned away with a short hello as
/// well: then it is not for the length.
pub(super) async fn refuses_short_hellos(cx: &Context, first: First<'_>) -> bool {
    greet(cx, first, Hello::Windows).await.is_turned_away()
}

/// What of that offer it is for.
async fn refused_part(cx: &Context, first: First<'_>) -> OfferPart {
    if !greet(cx, first, Hello::Windows2016).await.is_turned_away() {
        return OfferPart::Newer;
    }
    let without_dhe = greet(cx, first, Hello::WindowsWithoutDhe).await;
    if without_dhe.is_served() {
        OfferPart::Dhe
    } else {
        OfferPart::Suites
    }
}

async fn greet(cx: &Context, first: First<'_>, hello: Hello) -> HelloFacts {
    let limit = cx.plan.limits.tls / 2;
    let questions = Questions::within(cx, first.host, first.address, limit);
    questions.greet(hello).await
}
