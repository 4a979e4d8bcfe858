//! Meets an endpoint with a hello in two TCP segments. Those of OpenSSL 3.5 and later, of Chrome, and of
//! whoever else has a share of X25519MLKEM768 come so, and some servers and firewalls want a hello in one
//! piece (<https://tldr.fail>).
//!
//! The library has no long hello to send, and a short one in two segments shows the same: where it is turned
//! away, and in one segment is not, a long one by hand decides.

use tokio::sync::Notify;
use tokio::time::sleep;

use super::again::{self, First, Next};
use super::by_hand::Questions;
use super::greeting::Greeting;
use super::named::refuses_short_hellos;
use super::{Context, second_look, tcp};
use crate::facts::{AgainFacts, TcpOutcome, TlsOutcome};
use crate::wire::hello::Hello;

/// How the endpoint was met beside the first connection.
pub(super) struct Beside {
    /// With a hello in two segments; where that is turned away for its length, in one.
    pub(super) met: AgainFacts,
    /// Those after it, where it was turned away: the first with its hello in one segment, the other like the
    /// very first connection.
    pub(super) next: Next,
    /// How the hello in two segments fared where long ones are turned away, and the others are not.
    pub(super) refused_large: Option<TlsOutcome>,
    /// The one in two segments, where those that name the server are turned away in one segment as well: then
    /// it counts where that explains nothing.
    pub(super) set_aside: Option<AgainFacts>,
}

/// All the way, as [`Greeting::WindowsInTwo`]. Tells as soon as it is connected.
pub(super) async fn beside(cx: &Context, first: First<'_>, connected: &Notify) -> Beside {
    let (tcp, stream) = tcp::reach(cx, first.address).await;
    connected.notify_one();
    let heard = Notify::new();
    if stream.is_none() {
        heard.notify_one();
    }
    let in_two = async {
        let greeting = Greeting::WindowsInTwo;
        let met = again::meet(cx, first, (tcp, stream), greeting, &heard);
        let met = Box::pin(met).await;
        let (mut in_two, _) = Box::pin(met.asked(cx, true)).await;
        in_two.beside = true;
        in_two
    };
    // Silence costs all of its time once.
    let in_one = async {
        tokio::select! {
            in_one = in_one_segment(cx, first, Some(tcp)) => Some(in_one),
            () = heard.notified() => None,
        }
    };
    let (met, same) = tokio::join!(in_two, Box::pin(in_one));
    let mut beside = Beside {
        met,
        next: Next::default(),
        refused_large: None,
        set_aside: None,
    };
    let Some(outcome) = turned_away(&beside.met).cloned() else {
        return beside;
    };
    let mut same = match same {
        Some(same) => same,
        None => Box::pin(in_one_segment(cx, first, None)).await,
    };
    let sip = same.sip.take();
    if same.is_like(first.tls, None) {
        let usual = Box::pin(again::like_first(cx, first)).await;
        let is_silent = outcome == TlsOutcome::Silent;
        if is_served(&usual) && refuses_long_hellos(cx, first, is_silent).await {
            (same.sip, same.beside) = (sip, true);
            let in_two = std::mem::replace(&mut beside.met, same);
            // What it offers may be the reason, or that it names the server.
            if Box::pin(refuses_short_hellos(cx, first)).await {
                beside.set_aside = Some(in_two);
            } else {
                beside.refused_large = Some(outcome);
            }
            return beside;
        }
        beside.next.usual = Some(usual);
    }
    beside.next.same = Some(same);
    beside
}

fn is_served(again: &AgainFacts) -> bool {
    again.tls.as_ref().is_some_and(|tls| tls.server_hello)
}

/// The same with the hello in one segment, at once or when the other one counts as silent.
async fn in_one_segment(cx: &Context, first: First<'_>, waiting: Option<TcpOutcome>) -> AgainFacts {
    if let Some(tcp) = waiting {
        sleep(second_look::patience(cx, tcp)).await;
    }
    let connected = tcp::reach(cx, first.address).await;
    let greeting = Greeting::WindowsWithoutName;
    let heard = Notify::new();
    let met = again::meet(cx, first, connected, greeting, &heard);
    let met = Box::pin(met).await;
    Box::pin(met.asked(cx, true)).await.0
}

/// How the server ended it before it had begun, if it did, and gave no reason that is another than the
/// length.
fn turned_away(again: &AgainFacts) -> Option<&TlsOutcome> {
    let tls = again.tls.as_ref().filter(|tls| !tls.server_hello)?;
    let may_be_length = match tls.outcome {
        TlsOutcome::Alert(alert) => alert.may_be_about_pieces(),
        TlsOutcome::Closed | TlsOutcome::Reset | TlsOutcome::Silent => true,
        _ => false,
    };
    may_be_length.then_some(&tls.outcome)
}

/// Whether the server turns long hellos away. After two that were short and served, one that loses each second
/// connection, or each third, is not taken for one that does.
async fn refuses_long_hellos(cx: &Context, first: First<'_>, is_silent: bool) -> bool {
    let limit = cx.plan.limits.tls / 2;
    let hello = || Questions::within(cx, first.host, first.address, limit).greet(Hello::Large);
    if is_silent {
        let (one, other) = tokio::join!(hello(), hello());
        one.is_turned_away() && other.is_turned_away()
    } else {
        hello().await.is_turned_away() && hello().await.is_turned_away()
    }
}
