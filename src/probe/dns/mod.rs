//! Asks DNS questions, of the views and of the zone's own servers. Names are always absolute: no
//! search suffix is ever appended (guide, chapter 13).
//!
//! Not hickory's `Resolver`: it hides what has to be reported – which server said what, refusals,
//! extended errors, closed ports. Its codec and its reader of the system's configuration are used.

pub(super) mod authority;
mod encrypted;
mod exchange;
mod plain;
mod transport;
mod view;

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use super::{Context, LimitHit, elapsed_us};
use crate::facts::{AuthorityFacts, DnsOutcome, Lookup, RecordType, ServerAnswer, Unanswered};
use crate::wire::dns::{Question, Role};
use plain::RESEND;
use transport::{ResolverTransport, Server};

/// How long the zone's other servers may think once one of them has answered.
const GRACE: Duration = Duration::from_millis(500);

/// Asks every view at once.
pub(crate) async fn look_up(cx: &Context, name: &str, record: RecordType) -> Lookup {
    let question = Question {
        name,
        record,
        role: Role::Resolver,
    };
    let views = cx.plan.views.iter();
    let answers = join_all(views.map(|view| view::ask(cx, view, question))).await;
    Lookup {
        name: name.to_owned(),
        record,
        answers,
        authority: Vec::new(),
    }
}

/// Asks every view and the zone's own servers at once.
pub(crate) async fn look_up_everywhere(
    cx: &Context,
    authority: Option<&AuthorityFacts>,
    name: &str,
    record: RecordType,
) -> Lookup {
    let (seen, authority) = tokio::join!(
        look_up(cx, name, record),
        published(cx, authority, name, record)
    );
    Lookup { authority, ..seen }
}

/// What the zone's own servers answer; nothing where they do not speak for the name.
pub(crate) async fn published(
    cx: &Context,
    authority: Option<&AuthorityFacts>,
    name: &str,
    record: RecordType,
) -> Vec<ServerAnswer> {
    match authority {
        Some(authority) if authority.speaks_for(name) => {
            ask_authority(cx, authority, name, record).await
        }
        _ => Vec::new(),
    }
}

/// Asks each of the zone's own servers, all at once and without recursion. Once one has said yes
/// or no, the others get a little while longer: a dead one among them must not cost its limit.
async fn ask_authority(
    cx: &Context,
    authority: &AuthorityFacts,
    name: &str,
    record: RecordType,
) -> Vec<ServerAnswer> {
    let start = Instant::now();
    let question = Question {
        name,
        record,
        role: Role::Authority,
    };
    let servers = authority.servers.iter().enumerate();
    let mut asking: FuturesUnordered<_> = servers
        .map(|(index, server)| async move {
            let server = Server {
                address: server.address,
                transport: &ResolverTransport::Plain,
            };
            let outcome = exchange::ask(cx, server, question).await;
            (index, (outcome, elapsed_us(start)))
        })
        .collect();
    let mut outcomes = vec![None; authority.servers.len()];
    let mut left = cx.plan.limits.dns;
    let silence = loop {
        let begun = Instant::now();
        match cx.within(left, asking.next()).await {
            Ok(Some((index, answer))) => {
                left = left.saturating_sub(begun.elapsed());
                left = left.min(patience_after(&answer.0).unwrap_or(left));
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
            let silent = || (DnsOutcome::Unanswered(silence), elapsed_us(start));
            let (outcome, elapsed_us) = answer.unwrap_or_else(silent);
            ServerAnswer {
                server: server.clone(),
                outcome,
                elapsed_us,
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
