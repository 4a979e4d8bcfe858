//! One question to one server: asked again where the way it was put may be why it failed.

use hickory_resolver::proto::op::Message;

use super::encrypted::{ask_https, ask_tls};
use super::plain;
use super::transport::{ResolverTransport, Server};
use crate::facts::{DnsOutcome, Rcode, Unanswered};
use crate::probe::Context;
use crate::wire::dns::{Question, Role, answers, outcome};

/// One question to one server. Never gives up on a silent server: the caller's limit does.
pub(super) async fn ask(cx: &Context, server: Server<'_>, question: Question<'_>) -> DnsOutcome {
    let mut outcome = exchange(cx, server, question).await;
    if let DnsOutcome::Failed {
        rcode: Rcode::ServFail,
        answers_unchecked,
        ..
    } = &mut outcome
        && question.role == Role::Resolver
    {
        // What comes only unchecked has broken signatures (RFC 4035 §3.2.2).
        let unchecked = Question {
            role: Role::Unchecking,
            ..question
        };
        *answers_unchecked = exchange(cx, server, unchecked).await.is_conclusive();
        if *answers_unchecked {
            // The resolver may have found the answer by now; only a second SERVFAIL proves that it
            // rejects the signatures.
            let again = exchange(cx, server, question).await;
            if again.is_conclusive() {
                return again;
            }
        }
    }
    outcome
}

async fn exchange(cx: &Context, server: Server<'_>, question: Question<'_>) -> DnsOutcome {
    let outcome = exchange_once(cx, server, question, true).await;
    // Servers from before EDNS reject what they do not know (RFC 6891 §7).
    match &outcome {
        DnsOutcome::Failed { rcode, .. } if rcode.may_reject_edns() => {
            exchange_once(cx, server, question, false).await
        }
        _ => outcome,
    }
}

async fn exchange_once(
    cx: &Context,
    server: Server<'_>,
    question: Question<'_>,
    edns: bool,
) -> DnsOutcome {
    let Some(query) = question.message(edns) else {
        return DnsOutcome::Unanswered(Unanswered::Malformed);
    };
    cx.count_question();
    match send(cx, server, query).await {
        Ok(message) => outcome(&message, question),
        Err(reason) => DnsOutcome::Unanswered(reason),
    }
}

async fn send(
    cx: &Context,
    Server { address, transport }: Server<'_>,
    mut query: Message,
) -> Result<Message, Unanswered> {
    match transport {
        ResolverTransport::Plain => plain::ask(address, &query).await,
        ResolverTransport::Tls(name) => {
            let answer = ask_tls(cx, address, name, &bytes(&query)?).await?;
            read(&answer, &query)
        }
        ResolverTransport::Https(name, post) => {
            // HTTP itself says which answer belongs to which question (RFC 8484 §4.1).
            query.metadata.id = 0;
            let answer = ask_https(cx, address, name, post, &bytes(&query)?).await?;
            read(&answer, &query)
        }
    }
}

fn bytes(query: &Message) -> Result<Vec<u8>, Unanswered> {
    query.to_vec().map_err(|_| Unanswered::Malformed)
}

fn read(answer: &[u8], query: &Message) -> Result<Message, Unanswered> {
    match Message::from_vec(answer) {
        Ok(message) if answers(&message, query) => Ok(message),
        Ok(_) | Err(_) => Err(Unanswered::Malformed),
    }
}
