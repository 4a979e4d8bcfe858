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
    SipFacts, TlsOutcome, WindowsFacts,
};
use crate::wire::hello::Hello;

/// All of a hello at once.
const WHOLE: usize = usize::MAX;

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
    /// What all offer that come like this, where that is turned away at any length.
    pub(super) refused_offer: Option<RefusedOffer>,
}

impl Difference {
    /// Those facts of an endpoint that nothing else shows.
    pub(super) fn noted(&mut self, endpoint: EndpointFacts) -> EndpointFacts {
        EndpointFacts {
            loses_full_size: self.loses_full_size,
            short_prime: self.short_prime.take(),
            oversized: self.oversized.take(),
            refused_offer: self.refused_offer.take(),
            ..endpoint
        }
    }
}

/// What it is that such a client is met otherwise than the first was; nothing where it is not, or by chance
/// only.
pub(super) async fn meet(cx: &Context, first: First<'_>, sip: Option<&SipFacts>) -> Difference {
    // Silence would cost all of its time once more.
    let asks = sip.is_some_and(|sip| !sip.is_silent());
    let long = again::meet_once(cx, first, Greeting::WindowsLong, asks);
    let (long, Some(hello)) = Box::pin(long).await else {
        return Difference::default();
    };
    let is_same = long.is_like(first.tls, sip) || hello.outcome == HelloOutcome::Deadline;
    let mut different = if is_same {
        Difference::default()
    } else {
        Box::pin(look(cx, first, sip, &hello)).await
    };
    different.short_prime = hello.prime_for_some();
    different.oversized = hello.oversized;
    if let Some((windows, once_more)) = again::explain(cx, first, &different.again).await {
        different.windows = Some(windows);
        different.again.push(once_more);
    }
    different
}

async fn long_hello(cx: &Context, first: First<'_>, piece: usize) -> HelloFacts {
    let limit = cx.plan.limits.tls;
    let questions = Questions::within(cx, first.host, first.address, limit);
    questions.greet_in(Hello::Large, piece).await
}

/// What it is that such a hello was not met as the first was.
async fn look(
    cx: &Context,
    first: First<'_>,
    sip: Option<&SipFacts>,
    hello: &HelloFacts,
) -> Difference {
    let is_other = !hello.chain.is_empty() && hello.chain != first.tls.chain;
    let asks = sip.is_some();
    let again = || once_more(cx, first, Greeting::Windows, asks);
    let is_like = |again: &AgainFacts| again.is_like(first.tls, sip);
    // Silence costs all of its time.
    let (one, other) = if hello.outcome == HelloOutcome::Silent {
        join!(again(), again())
    } else {
        let one = again().await;
        // It may only have chosen what the library has not.
        if !hello.is_turned_away() && !is_other && is_like(&one) {
            return Difference::default();
        }
        (one, again().await)
    };
    if is_other || !is_like(&one) || !is_like(&other) {
        return Difference {
            again: vec![one, other, like_first(cx, first).await],
            ..Difference::default()
        };
    }
    by_length(cx, first, hello).await
}

/// Whether it is for its length, or that of its packets: then it is so again.
async fn by_length(cx: &Context, first: First<'_>, hello: &HelloFacts) -> Difference {
    let refused_large = match hello.outcome {
        HelloOutcome::Alert(alert) => TlsOutcome::Alert(alert),
        HelloOutcome::Closed => TlsOutcome::Closed,
        HelloOutcome::Reset => TlsOutcome::Reset,
        HelloOutcome::Silent => TlsOutcome::Silent,
        _ => return Difference::default(),
    };
    let (whole, small) = if hello.outcome == HelloOutcome::Silent {
        join!(long_hello(cx, first, WHOLE), long_hello(cx, first, SMALL))
    } else {
        (
            long_hello(cx, first, WHOLE).await,
            long_hello(cx, first, SMALL).await,
        )
    };
    if !whole.is_turned_away() {
        return Difference::default();
    }
    if let Some(part) = refused_at_any_length(cx, first).await {
        return Difference {
            refused_offer: Some(RefusedOffer {
                outcome: refused_large,
                part,
            }),
            ..Difference::default()
        };
    }
    Difference {
        refused_large: Some(refused_large),
        loses_full_size: hello.outcome == HelloOutcome::Silent && small.version.is_some(),
        ..Difference::default()
    }
}

/// What of the offer it is for, where the same in a short hello is turned away as well: then it is not for
/// the length.
pub(super) async fn refused_at_any_length(cx: &Context, first: First<'_>) -> Option<OfferPart> {
    let limit = cx.plan.limits.tls / 2;
    let greet = |hello| Questions::within(cx, first.host, first.address, limit).greet(hello);
    if !greet(Hello::Windows).await.is_turned_away() {
        return None;
    }
    if !greet(Hello::Windows2016).await.is_turned_away() {
        return Some(OfferPart::Newer);
    }
    let is_dhe = greet(Hello::WindowsWithoutDhe).await.is_served();
    Some(if is_dhe {
        OfferPart::Dhe
    } else {
        OfferPart::Suites
    })
}
