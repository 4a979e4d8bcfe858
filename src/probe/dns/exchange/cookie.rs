//! Questions with a cookie, as BIND puts them (RFC 7873), and without where that leads to nothing: a server that
//! minds is not asked by BIND any more. One question is enough to see that it does not.

use std::ops::RangeInclusive;
use std::time::Duration;

use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::RecordType as Type;

use super::comparison::{Compared, Pair, compare};
use super::delivery;
use super::plain::{RESEND, ask_tcp};
use super::transport::Server;
use super::{Said, exchange_without, is_failure};
use crate::facts::{DnsOutcome, Rcode, RecordType, ToCookie, Unanswered, is_within};
use crate::probe::Context;
use crate::probe::dns::exchange;
use crate::wire::dns::{Question, Reading, cookies};

/// How long a server on the way to a zone is waited for that is asked with a cookie.
pub(in crate::probe::dns) const BRIEFLY: Duration = Duration::from_millis(400);
/// "Come again with the cookie that is in this answer" (RFC 7873 §8).
const BAD_COOKIE: u16 = 23;
/// The length of a client's cookie, and those of it with the server's behind it (RFC 7873 §4).
const CLIENT: usize = 8;
const WITH_SERVER: RangeInclusive<usize> = 16..=40;

/// Asks a server of a zone, so where that is the question by which it is told: of the domain's own zone those for
/// the SOA record and the SRV record, and of any other zone all that is asked of it.
pub(in crate::probe::dns) async fn ask_own(
    cx: &Context,
    apex: &str,
    server: Server<'_>,
    question: Question<'_>,
) -> Said {
    let is_domain = is_within(cx.plan.terms.domain.as_str(), apex);
    let is_telling = [RecordType::Soa, RecordType::Srv].contains(&question.record);
    if is_domain && !is_telling {
        return exchange::ask(cx, server, question).await;
    }
    let patience = RESEND.min(cx.plan.limits.dns / 4);
    Box::pin(ask(cx, server, question, patience)).await
}

/// Asks so, for what it means.
pub(in crate::probe::dns) async fn ask(
    cx: &Context,
    server: Server<'_>,
    question: Question<'_>,
    patience: Duration,
) -> Said {
    let Some(query) = question.with_cookie(&cx.shared.random::<CLIENT>()) else {
        return Said::nothing(Unanswered::Malformed);
    };
    if let Some(message) = answer(cx, server, &query, patience).await
        && !is_failure(&message, question)
    {
        let mut said = Said::by(&message, question);
        if let Some(marks) = &mut said.marks {
            marks.to_cookie = fault(&message, &query);
        }
        return said;
    }
    let mut said = exchange_without(cx, server, question).await;
    if !said.tells() {
        return said;
    }
    let is_signed = said.marks.as_ref().is_some_and(|marks| marks.signed);
    let to_cookie = minds(cx, server, &query, question, is_signed).await;
    if let Some(marks) = &mut said.marks
        && marks.to_edns.is_none()
    {
        marks.to_cookie = to_cookie;
    }
    said
}

/// Asks so, for the whole answer; without the cookie, the server is waited for so long.
pub(in crate::probe::dns) async fn put(
    cx: &Context,
    server: Server<'_>,
    question: Question<'_>,
    limit: Duration,
) -> (Option<Message>, Option<ToCookie>) {
    let queries = question.with_cookie(&cx.shared.random::<CLIENT>());
    let Some((query, plain)) = queries.zip(question.message(true)) else {
        return (None, None);
    };
    if let Some(message) = answer(cx, server, &query, BRIEFLY.min(limit)).await
        && !is_failure(&message, question)
    {
        let fault = fault(&message, &query);
        return (Some(message), fault);
    }
    let message = answer(cx, server, &plain, limit).await;
    let said = message.as_ref().filter(|it| !is_failure(it, question));
    let to_cookie = match said {
        Some(said) => {
            let mut records = said.answers.iter().chain(&said.authorities);
            let is_signed = records.any(|record| record.record_type() == Type::RRSIG);
            minds(cx, server, &query, question, is_signed).await
        }
        None => None,
    };
    (message, to_cookie)
}

async fn answer(
    cx: &Context,
    server: Server<'_>,
    query: &Message,
    limit: Duration,
) -> Option<Message> {
    let asking = delivery::put(cx, server, query);
    cx.within(limit, asking).await.ok()?.ok()
}

/// What a server does to this question that it has answered without the cookie.
async fn minds(
    cx: &Context,
    server: Server<'_>,
    query: &Message,
    question: Question<'_>,
    is_signed: bool,
) -> Option<ToCookie> {
    let plain = question.message(true)?;
    let pair = Pair {
        suspect: query,
        plain: &plain,
    };
    let Compared::Fails(again) = compare(cx, server, pair, &|it| is_failure(it, question)).await
    else {
        return None;
    };
    let Some(refusal) = again else {
        return Some(ToCookie::Silence);
    };
    let again = Said::by(&refusal, question);
    match again.outcome {
        // Servers from before EDNS say so, and nobody minds where nothing is signed.
        DnsOutcome::Failed {
            rcode: Rcode::FormErr,
            ..
        } if !again.has_edns && !is_signed => None,
        DnsOutcome::Failed {
            rcode: Rcode::Other(BAD_COOKIE),
            ..
        } if !insists(cx, server, query, question, &refusal).await => None,
        DnsOutcome::Failed { rcode, .. } => Some(ToCookie::Error(rcode)),
        _ => None,
    }
}

/// What is wrong with the cookie in an answer, where there is one.
fn fault(answer: &Message, query: &Message) -> Option<ToCookie> {
    let client = cookies(query).next()?.get(..CLIENT)?;
    cookies(answer).find_map(|cookie| {
        if cookie.len() != CLIENT && !WITH_SERVER.contains(&cookie.len()) {
            Some(ToCookie::Malformed)
        } else if !cookie.starts_with(client) {
            Some(ToCookie::Foreign)
        } else {
            None
        }
    })
}

/// Whether a server that wants its own cookie back (RFC 7873 §5.3) has named none, or does not take it, as BIND
/// would come again: at last by TCP.
async fn insists(
    cx: &Context,
    server: Server<'_>,
    query: &Message,
    question: Question<'_>,
    refusal: &Message,
) -> bool {
    let Some(own) = cookies(refusal).next() else {
        return true;
    };
    if fault(refusal, query).is_some() {
        return true;
    }
    let Some(query) = question.with_cookie(own) else {
        return false;
    };
    let is_refused = |answer: &Message| {
        let outcome = Said::by(answer, question).outcome;
        matches!(
            outcome,
            DnsOutcome::Failed {
                rcode: Rcode::Other(BAD_COOKIE),
                ..
            }
        )
    };
    let limit = cx.plan.limits.dns / 12;
    let again = answer(cx, server, &query, limit).await;
    if !again.is_some_and(|again| is_refused(&again)) {
        return false;
    }
    cx.count_question();
    let by_tcp = cx.within(limit, ask_tcp(server.address, &query)).await;
    matches!(by_tcp, Ok(Ok(Reading::Answer(answer))) if is_refused(&answer))
}
