//! Asks one view: its servers one after the other, until one of them says yes or no.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep};

use super::exchange::{self, Said};
use super::transport::{Server, reach};
use crate::facts::{DnsOutcome, Unanswered, ViewAnswer};
use crate::model::plan::View;
use crate::probe::{Context, LimitHit, elapsed_us};
use crate::wire::dns::Question;

/// How long one server of a view may think before the next is asked too.
const STAGGER: Duration = Duration::from_millis(400);

/// What a view answers.
pub(super) async fn ask(cx: &Context, view: &View, question: Question<'_>) -> ViewAnswer {
    let start = Instant::now();
    let mut best = Best::default();
    let asking = async {
        let (addresses, transport) = reach(cx, view).await?;
        best.server = addresses.first().copied();
        let servers = addresses.iter().map(|address| Server {
            address: *address,
            transport: &transport,
        });
        ask_servers(cx, &servers.collect::<Vec<_>>(), question, &mut best).await;
        Ok(())
    };
    let ended = cx.within(cx.plan.limits.dns, asking).await;
    let silence = match ended {
        Ok(Err(reason)) => reason,
        Err(LimitHit::Deadline) => Unanswered::Deadline,
        Ok(Ok(())) | Err(LimitHit::Operation) => Unanswered::TimedOut,
    };
    let Said { outcome, marks, .. } = best.said.unwrap_or_else(|| Said::nothing(silence));
    ViewAnswer {
        view: view.clone(),
        server: best.server,
        outcome,
        elapsed_us: elapsed_us(start),
        internal: false,
        marks,
    }
}

/// Asks one server after the other, the next as soon as one fails or takes long, until one says
/// yes or no. `best` keeps what was said, also when this is cut short.
async fn ask_servers(
    cx: &Context,
    servers: &[Server<'_>],
    question: Question<'_>,
    best: &mut Best,
) {
    let mut waiting = servers.iter();
    let mut asked = FuturesUnordered::new();
    loop {
        match waiting.next() {
            Some(server) => asked.push(async move {
                let said = exchange::ask(cx, *server, question).await;
                (server.address, said)
            }),
            None if asked.is_empty() => return,
            None => {}
        }
        let more = !waiting.as_slice().is_empty();
        tokio::select! {
            Some((server, said)) = asked.next() => {
                let conclusive = said.outcome.is_conclusive();
                best.offer(server, said);
                if conclusive {
                    return;
                }
            }
            () = sleep(STAGGER), if more => {}
        }
    }
}

/// The most telling answer of a view so far.
#[derive(Debug, Default)]
struct Best {
    /// Who gave it; the first server while nobody has answered.
    server: Option<SocketAddr>,
    said: Option<Said>,
}

impl Best {
    /// Takes what tells more; among equals the first stays.
    fn offer(&mut self, server: SocketAddr, said: Said) {
        let best = self.said.as_ref();
        if best.is_none_or(|best| rank(&best.outcome) < rank(&said.outcome)) {
            self.server = Some(server);
            self.said = Some(said);
        }
    }
}

/// A yes or no beats a server's refusal, which beats no answer.
fn rank(outcome: &DnsOutcome) -> u8 {
    match outcome {
        DnsOutcome::Records { .. } | DnsOutcome::NoData { .. } | DnsOutcome::NoName { .. } => 2,
        DnsOutcome::Failed { .. } => 1,
        DnsOutcome::Elsewhere { .. } | DnsOutcome::Unanswered(_) => 0,
    }
}
