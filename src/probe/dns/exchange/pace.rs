//! How steadily and how fast servers answer that kept their questions waiting. One lost packet says nothing
//! of that, so it is measured where all that could answer a question were late with most of theirs.

use std::time::Duration;

use futures_util::future::join_all;
use hickory_resolver::proto::op::Message;
use tokio::time::{Instant, sleep};

use super::plain;
use crate::facts::{DnsOutcome, Lookup, NameServer, Pace, RecordType, ServerAnswer, Unanswered};
use crate::probe::Context;
use crate::probe::manners::Host;
use crate::wire::dns::{Question, Role};

/// So many questions are sent to each, so far apart: limits that count answers bear more than that.
const QUESTIONS: u32 = 10;
const APART: Duration = Duration::from_millis(200);
/// No more servers are measured.
const MAX_SERVERS: usize = 4;

/// The servers whose answers to one of these questions came late, each with what it does with a row of
/// them. Whether the way from here to name servers is open is known: else silence says nothing.
pub(crate) async fn measure(cx: &Context, lookups: &[&Lookup], is_open: bool) -> Vec<Pace> {
    let late = late(cx, lookups, is_open);
    let measuring = late
        .iter()
        .map(|(server, lookup)| measure_one(cx, server, lookup));
    join_all(measuring).await.into_iter().flatten().collect()
}

/// The servers of each question to which none of them answers most of theirs in time, with a question that
/// each was asked.
fn late<'a>(
    cx: &Context,
    lookups: &[&'a Lookup],
    is_open: bool,
) -> Vec<(&'a NameServer, &'a Lookup)> {
    let resend = plain::RESEND.min(cx.plan.limits.dns / 3);
    let is_late = |answer: &ServerAnswer| {
        let elapsed = Duration::from_micros(answer.elapsed_us);
        elapsed >= resend || answer.outcome == DnsOutcome::Unanswered(Unanswered::TimedOut)
    };
    let all = || lookups.iter().flat_map(|lookup| &lookup.authority);
    let is_prompt = |answer: &ServerAnswer| {
        let own = || all().filter(|it| it.server.address == answer.server.address);
        own().filter(|it| is_late(it)).count() * 2 < own().count()
    };
    let mut found: Vec<(&NameServer, &Lookup)> = Vec::new();
    for lookup in lookups {
        let counting = || lookup.counting().filter(|answer| answer.led_by.is_none());
        // Where nobody answers, it may be the way from here that is closed.
        let is_heard = is_open || counting().any(|it| !it.outcome.is_silence());
        if counting().any(is_prompt) || !is_heard {
            continue;
        }
        for answer in counting() {
            let is_known =
                |(known, _): &(&NameServer, &Lookup)| known.address == answer.server.address;
            if found.len() < MAX_SERVERS && !found.iter().any(is_known) {
                found.push((&answer.server, lookup));
            }
        }
    }
    found
}

async fn measure_one(cx: &Context, server: &NameServer, lookup: &Lookup) -> Option<Pace> {
    // The name at the end of aliases is not needed: any answer will do.
    let question = Question {
        name: &lookup.name,
        record: RecordType::Soa,
        role: Role::Authority,
    };
    let queries: Option<Vec<Message>> = (0..QUESTIONS).map(|_| question.message(true)).collect();
    let queries = queries?;
    let asking = (0..).zip(&queries).map(|(number, query)| async move {
        sleep(APART * number).await;
        answered_after(cx, server, query).await
    });
    let mut times: Vec<Duration> = join_all(asking).await.into_iter().flatten().collect();
    times.sort_unstable();
    let median = times.get(times.len() / 2);
    Some(Pace {
        server: server.clone(),
        asked: QUESTIONS,
        answered: u32::try_from(times.len()).unwrap_or(QUESTIONS),
        median_ms: median.map(|median| u64::try_from(median.as_millis()).unwrap_or(u64::MAX)),
    })
}

/// When this very question was answered, if it was.
async fn answered_after(cx: &Context, server: &NameServer, query: &Message) -> Option<Duration> {
    cx.turn([Host::NameServer(server.address.ip())]).await;
    cx.count_question();
    let start = Instant::now();
    // Longer than else: who is so slow that nobody waits for it is no silent one.
    let limit = cx.plan.limits.dns * 5 / 3;
    let asking = plain::is_answered(cx, server.address, query, limit);
    let is_answered = cx.within(limit, asking).await.unwrap_or_default();
    is_answered.then(|| start.elapsed())
}
