//! What the servers of a zone publish in it: each is asked, all at once.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::GRACE;
use super::claims::counted;
use super::exchange::plain::RESEND;
use super::exchange::transport::Server;
use super::exchange::{self, Said};
use crate::facts::{AuthorityFacts, DnsOutcome, RecordType, ServerAnswer, Unanswered, is_within};
use crate::probe::manners::Host;
use crate::probe::{Context, LimitHit};
use crate::wire::dns::{Question, Role};

/// How long those are waited for that have answered something else in this check, once another one has said yes or
/// no. Unbound and BIND give up after about as long.
const LONGEST: Duration = Duration::from_secs(4);

/// What these servers answer, as far as they may: of their own zone.
pub(super) async fn published_by(
    cx: &Context,
    authority: &AuthorityFacts,
    name: &str,
    record: RecordType,
) -> Vec<ServerAnswer> {
    let mut answers = ask_authority(cx, authority, name, record).await;
    exchange::errors::ask_again(cx, authority, &mut answers, (name, record)).await;
    answers
        .into_iter()
        .map(|answer| ServerAnswer {
            outcome: said_by(authority, name, answer.outcome),
            ..answer
        })
        .collect()
}

/// What of this these servers may say. The zone of servers that the user named may begin above the domain.
pub(super) fn said_by(authority: &AuthorityFacts, name: &str, outcome: DnsOutcome) -> DnsOutcome {
    let apex = match outcome.zone() {
        Some(zone) if authority.given && is_within(name, zone) && outcome.is_no() => {
            zone.to_owned()
        }
        _ => authority.apex.clone(),
    };
    outcome.within(&apex)
}

/// Asks each of the zone's own servers, all at once and without recursion. Once one has said yes
/// or no, the others get a while longer, and those that were waited for in vain before a little one: a dead one among
/// them must not cost its limit.
async fn ask_authority(
    cx: &Context,
    authority: &AuthorityFacts,
    name: &str,
    record: RecordType,
) -> Vec<ServerAnswer> {
    let visited = authority.servers.iter().map(|server| server.address.ip());
    cx.turn(visited.map(Host::NameServer)).await;
    let watch = cx.watch();
    let question = Question {
        name,
        record,
        role: Role::Authority,
    };
    let servers = authority.servers.iter().enumerate();
    let mut asking: FuturesUnordered<_> = servers
        .map(|(index, server)| async move {
            let server = Server::plain(server.address);
            let said = exchange::cookie::ask_own(cx, &authority.apex, server, question).await;
            let elapsed_us = watch.elapsed_us(cx);
            (index, (counted(cx, authority, said).await, elapsed_us))
        })
        .collect();
    let mut outcomes = vec![None; authority.servers.len()];
    let pending = |outcomes: &[Option<_>]| {
        let servers = authority.servers.iter().zip(outcomes);
        let pending = servers.filter(|(_, answer)| answer.is_none());
        let pending: Vec<SocketAddr> = pending.map(|(server, _)| server.address).collect();
        pending.into_iter()
    };
    let is_given_up = |server| cx.hearing.is_given_up(server);
    let mut left = cx.plan.limits.dns;
    // Nothing has come from any of them in as long: another question does not wait for that again.
    if pending(&outcomes).all(is_given_up) {
        left = left.min(RESEND + GRACE);
    }
    let silence = loop {
        let begun = cx.watch();
        match cx.within(left, asking.next()).await {
            Ok(Some((index, answer))) => {
                left = left.saturating_sub(begun.elapsed(cx));
                if !matches!(answer.0.outcome, DnsOutcome::Unanswered(_)) {
                    cx.remember_name_servers();
                }
                let patience = patience_after(&answer.0.outcome);
                let is_no = answer.0.outcome.is_no();
                outcomes[index] = Some(answer);
                left = left.min(patience.unwrap_or(left));
                // A "no" may come from a server that lags behind: a lost packet must not decide then.
                if patience.is_some() && !is_no && pending(&outcomes).all(is_given_up) {
                    left = left.min(GRACE);
                }
            }
            // All have answered.
            Ok(None) => break Unanswered::TimedOut,
            Err(LimitHit::Operation) => {
                let longest = LONGEST.min(cx.plan.limits.dns);
                let rest = longest.saturating_sub(watch.elapsed(cx));
                if rest.is_zero() || !pending(&outcomes).any(|it| cx.hearing.may_be_late(it)) {
                    pending(&outcomes).for_each(|it| cx.hearing.note_silence(it));
                    break Unanswered::TimedOut;
                }
                left = rest;
            }
            Err(LimitHit::Deadline) => break Unanswered::Deadline,
        }
    };
    let servers = authority.servers.iter().zip(outcomes);
    servers
        .map(|(server, answer)| {
            let silent = || (Said::nothing(silence), watch.elapsed_us(cx));
            let (Said { outcome, marks, .. }, elapsed_us) = answer.unwrap_or_else(silent);
            ServerAnswer {
                server: server.clone(),
                outcome,
                elapsed_us,
                marks,
                led_by: None,
            }
        })
        .collect()
}

/// How much longer the other servers of a zone are waited for after this answer: until a lost packet was sent
/// again. Any of them may have something else.
fn patience_after(outcome: &DnsOutcome) -> Option<Duration> {
    match outcome {
        DnsOutcome::Records { .. } | DnsOutcome::NoData { .. } | DnsOutcome::NoName { .. } => {
            Some(RESEND + GRACE)
        }
        DnsOutcome::Failed { .. } | DnsOutcome::Elsewhere { .. } | DnsOutcome::Unanswered(_) => {
            None
        }
    }
}
