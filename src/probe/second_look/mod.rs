//! Explains a TLS handshake that ended before the server's first answer: asks again by hand, in
//! what the TLS library does not speak, and in plain text.
//!
//! A few further connections, and all of them within one TLS limit: what hung once must
//! not cost its limit again for every question. A server that is silent is asked while the first
//! connection still waits for it, so that its silence costs one limit and a moment.

mod chance;
mod parts;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::by_hand::Questions;
use super::{Context, elapsed_us};
use crate::facts::{
    Alert, HelloFacts, HelloOutcome, Micros, PlainOutcome, SecondLookFacts, TcpOutcome, TlsFacts,
    TlsOutcome, TlsVersion,
};
use crate::wire::hello::Hello;

use chance::is_wordless;
pub(super) use chance::{further_attempts, may_refuse_modern, serves_by_hand};
pub(super) use parts::with_parts;

/// Silence is looked into after this time, or after so many times what it took to connect, whichever
/// is longer: who is far away is not silent yet.
const PATIENCE: Duration = Duration::from_millis(500);
const ROUND_TRIPS: u32 = 3;

/// How long a server that was connected to in this time may think before it counts as silent.
pub(super) fn patience(cx: &Context, connected: TcpOutcome) -> Duration {
    let far = match connected {
        TcpOutcome::Connected(Micros(time)) => Duration::from_micros(time) * ROUND_TRIPS,
        _ => Duration::ZERO,
    };
    PATIENCE.max(far).min(cx.plan.limits.tls / 2)
}

/// What further connections show of a server that is silent to the first; `None` as soon as anything
/// is heard on that.
pub(super) async fn in_silence(
    cx: &Context,
    host: &str,
    address: SocketAddr,
    connected: TcpOutcome,
    heard: &Notify,
) -> Option<SecondLookFacts> {
    let looking = async {
        sleep(patience(cx, connected)).await;
        let start = Instant::now();
        let all = Questions::within(cx, host, address, cx.plan.limits.tls);
        let mut second_look = side_by_side(all).await;
        second_look.elapsed_us = elapsed_us(start);
        second_look
    };
    tokio::select! {
        second_look = looking => Some(second_look),
        () = heard.notified() => None,
    }
}

/// What further connections show; `None` where this handshake needs no explanation. A server that was
/// silent may have been looked into already.
pub(super) async fn take(
    cx: &Context,
    host: &str,
    address: SocketAddr,
    tls: &TlsFacts,
    in_silence: Option<SecondLookFacts>,
) -> Option<SecondLookFacts> {
    if !is_unexplained(tls) {
        return None;
    }
    let is_silent = tls.outcome == TlsOutcome::Silent;
    if is_silent && in_silence.is_some() {
        return in_silence;
    }
    let start = Instant::now();
    let limit = cx.plan.limits.tls;
    let all = Questions::within(cx, host, address, limit);
    let mut second_look = if is_silent {
        side_by_side(all).await
    } else {
        // Whoever answers does so at once: half of the time is enough, and leaves some for more.
        let first = all.anew(limit / 2);
        one_by_one(all, first, &tls.outcome).await
    };
    second_look.elapsed_us = elapsed_us(start);
    Some(second_look)
}

/// Whether nothing is known of what the server would speak. A ServerHello that the library cannot
/// go on with may name an old version, so it counts as none; and what was too long for it may be
/// read by hand.
fn is_unexplained(tls: &TlsFacts) -> bool {
    let nothing = tls.chain.is_empty() && tls.request.is_none();
    nothing
        && match tls.outcome {
            TlsOutcome::Alert(_) | TlsOutcome::Closed | TlsOutcome::Reset | TlsOutcome::Silent => {
                !tls.server_hello || fails_at_its_turn(tls)
            }
            TlsOutcome::Misbehaved(_) | TlsOutcome::TooMuch => true,
            TlsOutcome::Finished | TlsOutcome::NotTls(_) | TlsOutcome::Deadline => false,
        }
}

/// Whether the server chose, and then found that it could not go on: so do those that look for a signature last.
fn fails_at_its_turn(tls: &TlsFacts) -> bool {
    let is_nothing_shown = tls.chain.is_empty() && tls.request.is_none();
    let is_its_own = matches!(tls.outcome, TlsOutcome::Alert(Alert(40 | 71 | 80)));
    tls.server_hello && is_nothing_shown && is_its_own
}

/// After silence, when each question may cost all of the time.
async fn side_by_side(all: Questions<'_>) -> SecondLookFacts {
    let (wide, old, plain) = tokio::join!(
        all.greet(Hello::Wide),
        all.greet(Hello::Old),
        all.ask_plainly()
    );
    SecondLookFacts {
        wide,
        old,
        plain: Some(plain),
        ..SecondLookFacts::default()
    }
}

/// After a quick end, when the answer to one question decides the next: as Windows where the
/// server chose what Windows might not have or turned the widest away, in TLS 1.3 where a refusal is not
/// explained by the versions before it, or in plain text where nothing speaks TLS.
async fn one_by_one(
    all: Questions<'_>,
    first: Questions<'_>,
    ended: &TlsOutcome,
) -> SecondLookFacts {
    let (wide, old) = tokio::join!(first.greet(Hello::Wide), first.greet(Hello::Old));
    let no_tls = |hello: &HelloFacts| {
        hello.version.is_none() && !matches!(hello.outcome, HelloOutcome::Alert(_))
    };
    let mut second_look = SecondLookFacts {
        wide,
        old,
        ..SecondLookFacts::default()
    };
    let SecondLookFacts { wide, old, .. } = &second_look;
    let is_today = wide.version == Some(TlsVersion::Tls12);
    let none_spoken = second_look.answered().next().is_none();
    if is_today && !wide.is_for_windows() {
        second_look.windows = Some(all.greet(Hello::Windows).await);
    } else if matches!(ended, TlsOutcome::Alert(_)) && (none_spoken || wide.is_ours()) {
        second_look.modern = Some(all.greet(Hello::Modern).await);
    } else if is_wordless(ended) && no_tls(wide) && no_tls(old) {
        second_look.plain = Some(all.ask_plainly().await);
    }
    // The widest has more suites and curves than some servers bear, and ours none with CBC.
    let speaks_tls = !matches!(second_look.plain, Some(PlainOutcome::Said(_)));
    let is_turned_away = matches!(
        second_look.wide.outcome,
        HelloOutcome::Alert(_) | HelloOutcome::Closed | HelloOutcome::Reset | HelloOutcome::Silent
    );
    let is_unspoken = second_look.answered().next().is_none();
    if is_unspoken && is_turned_away && speaks_tls {
        let windows = second_look
            .windows
            .insert(all.greet(Hello::Windows2016).await);
        // It may have been chance.
        if windows.is_served() {
            let again = all.greet(Hello::Wide).await;
            second_look.wide_before = Some(std::mem::replace(&mut second_look.wide, again));
        }
    }
    second_look
}
