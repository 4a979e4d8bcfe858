//! What the servers of a zone publish in it: each is asked, all at once.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use super::GRACE;
use super::claims::counted;
use super::exchange::plain::RESEND;
use super::exchange::transport::Server;
use super::exchange::{self, Said};
use crate::facts::{AuthorityFacts, DnsOutcome, RecordType, ServerAnswer, Unanswered, is_within};
use crate::probe::manners::Host;
use crate::probe::{Context, LimitHit, elapsed_us};
use crate::wire::dns::{Question, Role};

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
/// or no, the others get a little while longer: a dead one among them must not cost its limit.
async fn ask_authority(
    cx: &Context,
    authority: &AuthorityFacts,
    name: &str,
    record: RecordType,
) -> Vec<ServerAnswer> {
    let visited = authority.servers.iter().map(|server| server.address.ip());
    cx.turn(visited.map(Host::NameServer)).await;
    let start = Instant::now();
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
            let elapsed_us = elapsed_us(start);
            (index, (counted(cx, authority, said).await, elapsed_us))
        })
        .collect();
    let mut outcomes = vec![None; authority.servers.len()];
    let mut left = cx.plan.limits.dns;
    let silence = loop {
        let begun = Instant::now();
        match cx.within(left, asking.next()).await {
            Ok(Some((index, answer))) => {
                left = left.saturating_sub(begun.elapsed());
                if !matches!(answer.0.outcome, DnsOutcome::Unanswered(_)) {
                    cx.remember_name_servers();
                }
                left = left.min(patience_after(&answer.0.outcome).unwrap_or(left));
                outcomes[index] = Some(answer);
            }
            // All have answered.
            Ok(None) | Err(LimitHit::Operation) => break Unanswered::TimedOut,
            Err(LimitHit::Deadline) => break Unanswered::Deadline,
        }
    };
    let servers = authority.servers.iter().zip(outcomes);
    servers
        .map(|(server, answer)| {
            let silent = || (Said::nothing(silence), elapsed_us(start));
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

/// How much longer the other servers of a zone are waited for after this answer.
fn patience_after(outcome: &DnsOutcome) -> Option<Duration> {
    match outcome {
        DnsOutcome::Records { .. } => Some(GRACE),
        // A "no" may come from a server that lags behind: a lost packet must not decide then.
        DnsOutcome::NoData { .. } | DnsOutcome::NoName { .. } => Some(RESEND + GRACE),
        DnsOutcome::Failed { .. } | DnsOutcome::Elsewhere { .. } | DnsOutcome::Unanswered(_) => {
            None
        }
    }
}
