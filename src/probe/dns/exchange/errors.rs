//! Servers that answer with errors, asked again: one that has just been started, or that counts questions,
//! answers the next one; of a pool, one may be broken.

use futures_util::future::join_all;
use tokio::time::Instant;

use super::cookie;
use super::pause::pause;
use super::transport::Server;
use crate::facts::{AuthorityFacts, DnsOutcome, Rcode, RecordType, ServerAnswer};
use crate::probe::Context;
use crate::probe::dns::claims::counted;
use crate::probe::dns::delegation::carriers::turn_of;
use crate::probe::dns::exchange;
use crate::probe::manners::Host;
use crate::wire::dns::{Question, Role};

/// How often servers that answer with an error are asked again, while they do so quickly.
const MORE_TRIES: usize = 4;
/// Where all that came are errors, asks a few times more, as resolvers do; and once again when the servers
/// have been left alone for a moment.
pub(in crate::probe::dns) async fn ask_again(
    cx: &Context,
    authority: &AuthorityFacts,
    answers: &mut [ServerAnswer],
    (name, record): (&str, RecordType),
) {
    let start = Instant::now();
    for number in 0..MORE_TRIES {
        let is_late = number > 1 && start.elapsed() > cx.plan.limits.dns / 6;
        if is_late || !all_fail(answers) {
            break;
        }
        let failed = answers.iter_mut().filter(|answer| passes(answer));
        join_all(failed.map(|answer| ask_one(cx, authority, answer, (name, record)))).await;
    }
    let may_count = |answer: &ServerAnswer| match &answer.outcome {
        DnsOutcome::Failed { rcode, .. } => matches!(rcode, Rcode::ServFail | Rcode::Refused),
        _ => false,
    };
    if !all_fail(answers) || !answers.iter().any(may_count) {
        return;
    }
    pause(cx).await;
    let start = Instant::now();
    // Not all questions to the same server first, nor to all servers at once.
    let first = turn_of((name, record)).checked_rem(answers.len());
    answers.rotate_left(first.unwrap_or_default());
    for answer in answers.iter_mut().filter(|answer| may_count(answer)) {
        if start.elapsed() < cx.plan.limits.dns {
            ask_one(cx, authority, answer, (name, record)).await;
        }
    }
    answers.rotate_right(first.unwrap_or_default());
}

pub(super) fn all_fail(answers: &[ServerAnswer]) -> bool {
    let mut all = answers.iter();
    !all.any(|answer| exchange::tells(&answer.outcome)) && answers.iter().any(passes)
}

/// Whether it may be over with the next question.
fn passes(answer: &ServerAnswer) -> bool {
    match &answer.outcome {
        DnsOutcome::Failed { rcode, .. } => {
            matches!(rcode, Rcode::ServFail | Rcode::Refused | Rcode::Lame)
        }
        _ => false,
    }
}

pub(super) async fn ask_one(
    cx: &Context,
    authority: &AuthorityFacts,
    answer: &mut ServerAnswer,
    (name, record): (&str, RecordType),
) {
    let question = Question {
        name,
        record,
        role: Role::Authority,
    };
    cx.turn([Host::NameServer(answer.server.address.ip())])
        .await;
    let watch = cx.watch();
    let server = Server::plain(answer.server.address);
    let asking = cookie::ask_own(cx, &authority.apex, server, question);
    if let Ok(said) = cx.within(cx.plan.limits.dns, asking).await
        && !matches!(said.outcome, DnsOutcome::Unanswered(_))
    {
        let said = counted(cx, authority, said).await;
        answer.outcome = said.outcome;
        answer.marks = said.marks;
        answer.elapsed_us = watch.elapsed_us(cx);
    }
}
