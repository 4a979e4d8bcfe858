//! One question to one server: asked again where the way it was put may be why it failed.

use std::borrow::Cow;
use std::pin::Pin;
use std::time::Duration;

use hickory_resolver::proto::op::Message;
use tokio::time::Instant;

use super::encrypted::{ask_https, ask_tls};
use super::plain::{self, Heard, RESEND, Ways};
use super::transport::{ResolverTransport, Server};
use crate::facts::{
    DnsOutcome, ExtendedError, Marks, Rcode, RecordType, ToCookie, Unanswered, is_loop,
};
use crate::model::limits::MAX_ALIASES;
use crate::probe::Context;
use crate::wire::dns::{Question, Reading, Role, marks, outcome, read};

/// "Come again with the cookie that is in this answer" (RFC 7873 §8).
const BAD_COOKIE: u16 = 23;

/// What one server said.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) outcome: DnsOutcome,
    /// `None` where there was no answer.
    pub(super) marks: Option<Marks>,
    /// The answer has EDNS data itself.
    has_edns: bool,
}

impl Said {
    pub(super) fn nothing(why: Unanswered) -> Self {
        Self {
            outcome: DnsOutcome::Unanswered(why),
            marks: None,
            has_edns: false,
        }
    }
}

/// One question to one server. Never gives up on a silent server: the caller's limit does.
pub(super) async fn ask(cx: &Context, server: Server<'_>, question: Question<'_>) -> Said {
    let start = Instant::now();
    let mut said = exchange(cx, server, question).await;
    let DnsOutcome::Failed {
        rcode: Rcode::ServFail,
        extended,
        answers_unchecked,
    } = &mut said.outcome
    else {
        return said;
    };
    if question.role != Role::Resolver {
        return said;
    }
    let unchecked = Question {
        role: Role::Unchecking,
        ..question
    };
    let is_answered = async || {
        let said = exchange(cx, server, unchecked).await;
        said.outcome.is_conclusive()
    };
    // What comes only unchecked has broken signatures (RFC 4035 §3.2.2). But the resolver may have
    // found the answer by now, or ask several others, of which one is broken: then it fails now with
    // one way to ask, now with the other.
    *answers_unchecked = is_answered().await;
    let is_blamed = extended.iter().any(ExtendedError::is_about_signatures);
    let tries = match (*answers_unchecked, is_blamed) {
        (true, false) => 5,
        (true, true) | (false, false) => 1,
        (false, true) => 0,
    };
    for number in 0..tries {
        // Who takes long is not kept busy: what it has said would be lost with the time.
        let is_late = start.elapsed() > cx.plan.limits.dns / 3;
        if is_late && (number > 0 || !*answers_unchecked) {
            break;
        }
        let again = exchange(cx, server, question).await;
        if again.outcome.is_conclusive() {
            return again;
        }
        if number % 2 == 1 && !is_answered().await {
            *answers_unchecked = false;
            break;
        }
    }
    said
}

/// Asks on where a resolver names aliases and nothing behind them: not whether there is anything.
/// Some leave that to the asker, above all behind a DNAME.
async fn exchange(cx: &Context, server: Server<'_>, question: Question<'_>) -> Said {
    let mut said = exchange_here(cx, server, question).await;
    let mut asked = question.name.to_owned();
    while let Some(end) = dangling_end(&said.outcome, question.role) {
        let aliases = said.outcome.aliases().to_vec();
        if end.eq_ignore_ascii_case(&asked) {
            break;
        }
        if aliases.len() > MAX_ALIASES {
            said.outcome = DnsOutcome::too_many_aliases();
            break;
        }
        let further = Question {
            name: &end,
            ..question
        };
        said = exchange_here(cx, server, further).await;
        said.outcome = said.outcome.after(&aliases);
        asked = end;
    }
    said
}

/// The name at the end of aliases of which nothing was said.
fn dangling_end(outcome: &DnsOutcome, role: Role) -> Option<String> {
    let DnsOutcome::NoData {
        aliases,
        negative_ttl: None,
        zone: None,
    } = outcome
    else {
        return None;
    };
    let last = aliases.last()?;
    (role != Role::Authority && !is_loop(aliases)).then(|| last.target.clone())
}

async fn exchange_here(cx: &Context, server: Server<'_>, question: Question<'_>) -> Said {
    if question.role == Role::Authority && question.record == RecordType::Soa {
        return Box::pin(with_cookie(cx, server, question)).await;
    }
    exchange_without(cx, server, question).await
}

/// Asks as BIND does, and without its cookie where that leads to nothing: a server that minds is not
/// asked by it any more. One question is enough to see that.
async fn with_cookie(cx: &Context, server: Server<'_>, question: Question<'_>) -> Said {
    let cookie = cx.shared.random();
    let ask = async |limit: Duration| {
        let query = question.with_cookie(cookie).ok_or(Unanswered::Malformed)?;
        let asking = cx.within(limit, put(cx, server, &query)).await;
        asking.unwrap_or(Err(Unanswered::TimedOut))
    };
    let read = |message: &Message| Said {
        outcome: outcome(message, question),
        marks: Some(marks(message)),
        has_edns: message.edns.is_some(),
    };
    let limit = RESEND.min(cx.plan.limits.dns / 3);
    let first = ask(limit).await.map(|message| read(&message));
    if let Ok(said) = &first
        && !matches!(said.outcome, DnsOutcome::Failed { .. })
    {
        return first.unwrap_or_else(Said::nothing);
    }
    let start = Instant::now();
    let mut said = exchange_without(cx, server, question).await;
    if !said.outcome.is_conclusive() {
        return said;
    }
    // It may have been lost, or late; and whoever fails every other time does not fail twice in a row.
    // What was said must not be lost with the time.
    let limit = (start.elapsed() * 2 + RESEND).min(cx.plan.limits.dns / 3);
    let mut again = Err(Unanswered::TimedOut);
    for _ in 0..2 {
        again = ask(limit).await.map(|message| read(&message));
        let is_error = |said: &Said| matches!(said.outcome, DnsOutcome::Failed { .. });
        match &again {
            Ok(again) if !is_error(again) => return said,
            Ok(_) => {}
            Err(_) => break,
        }
    }
    let is_signed = said.marks.as_ref().is_some_and(|marks| marks.signed);
    let to_cookie = match again {
        Ok(again) => match again.outcome {
            // Servers from before EDNS say so, and nobody minds where nothing is signed.
            DnsOutcome::Failed {
                rcode: Rcode::FormErr,
                ..
            } if !again.has_edns && !is_signed => None,
            // It wants its own cookie back (RFC 7873 §5.3).
            DnsOutcome::Failed {
                rcode: Rcode::Other(BAD_COOKIE),
                ..
            } => None,
            DnsOutcome::Failed { rcode, .. } => Some(ToCookie::Error(rcode)),
            _ => None,
        },
        Err(_) => Some(ToCookie::Silence),
    };
    if let Some(marks) = &mut said.marks
        && marks.to_edns.is_none()
    {
        marks.to_cookie = to_cookie;
    }
    said
}

async fn exchange_without(cx: &Context, server: Server<'_>, question: Question<'_>) -> Said {
    if cx.is_without_edns(server.address) {
        return exchange_once(cx, server, question, false).await;
    }
    let said = exchange_once(cx, server, question, true).await;
    // Servers from before EDNS reject what they do not know (RFC 6891 §7).
    match &said.outcome {
        DnsOutcome::Failed { rcode, .. } if rejects_edns(rcode, question.role) => {
            let mut plain = exchange_once(cx, server, question, false).await;
            if (*rcode != Rcode::FormErr || said.has_edns)
                && plain.outcome.is_conclusive()
                && let Some(marks) = &mut plain.marks
            {
                marks.to_edns = Some(rcode.clone());
            }
            plain
        }
        DnsOutcome::Failed {
            rcode: Rcode::ServFail | Rcode::Refused,
            ..
        } if question.role == Role::Authority => {
            Box::pin(again_without_signatures(cx, server, question, said)).await
        }
        _ => said,
    }
}

/// Finds out whether it is the wish for signatures that a server of a zone fails at: Unbound and BIND do
/// not ask again without. What was said stands where it fails now and then, whatever is asked.
async fn again_without_signatures(
    cx: &Context,
    server: Server<'_>,
    question: Question<'_>,
    said: Said,
) -> Said {
    let Some(plain) = question.without_signatures() else {
        return said;
    };
    // Twice, so that one who fails every other time is not taken for one who fails at this.
    for _ in 0..2 {
        let answer = put(cx, server, &plain).await;
        if !answer.is_ok_and(|answer| outcome(&answer, question).is_conclusive()) {
            return said;
        }
    }
    let again = exchange_once(cx, server, question, true).await;
    match again.outcome {
        DnsOutcome::Failed { .. } => Said {
            outcome: DnsOutcome::failed(Rcode::NoSignatures),
            ..said
        },
        _ => again,
    }
}

/// Whether the same question without EDNS may be answered: by what resolvers do, where the server is
/// a zone's own.
fn rejects_edns(rcode: &Rcode, role: Role) -> bool {
    match rcode {
        Rcode::FormErr | Rcode::NotImp => true,
        Rcode::BadVers => role != Role::Authority,
        _ => false,
    }
}

async fn exchange_once(
    cx: &Context,
    server: Server<'_>,
    question: Question<'_>,
    edns: bool,
) -> Said {
    let Some(query) = question.message(edns) else {
        return Said::nothing(Unanswered::Malformed);
    };
    let plainer = || question.message(false).filter(|_| edns);
    cx.count_question();
    let ways = Ways {
        query: &query,
        plainer: &plainer,
    };
    match send(cx, server, ways).await {
        Ok(Heard { message, plainer }) => {
            let outcome = outcome(&message, question);
            let marks = Marks {
                without_edns: plainer || !edns,
                ..marks(&message)
            };
            let outcome = if plainer {
                without_edns(cx, server, question.role, outcome)
            } else {
                outcome
            };
            Said {
                outcome,
                marks: Some(marks),
                has_edns: message.edns.is_some(),
            }
        }
        Err(reason) => Said::nothing(reason),
    }
}

/// The whole answer to a question of any kind, where another one would say less.
pub(super) async fn put(
    cx: &Context,
    server: Server<'_>,
    query: &Message,
) -> Result<Message, Unanswered> {
    cx.count_question();
    let ways = Ways {
        query,
        plainer: &|| None,
    };
    send(cx, server, ways).await.map(|heard| heard.message)
}

/// The outcome from a server that answered only without EDNS. From a resolver it is as good as any.
/// What a zone's own server says so does not reach those who ask with EDNS.
fn without_edns(cx: &Context, server: Server<'_>, role: Role, outcome: DnsOutcome) -> DnsOutcome {
    match role {
        Role::Resolver | Role::Unchecking => {
            cx.remember_without_edns(server.address);
            outcome
        }
        Role::Interceptor => outcome,
        Role::Authority => match outcome {
            failed @ DnsOutcome::Failed { .. } => failed,
            _ => DnsOutcome::failed(Rcode::NoEdns),
        },
    }
}

/// The way through TLS is long, and of a type of its own that few need.
type Encrypted<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, Unanswered>> + Send + 'a>>;

async fn send(
    cx: &Context,
    Server { address, transport }: Server<'_>,
    ways: Ways<'_>,
) -> Result<Heard, Unanswered> {
    let mut query = Cow::Borrowed(ways.query);
    let answer = match transport {
        ResolverTransport::Plain => return plain::ask(cx, address, ways).await,
        ResolverTransport::Tls(name) => {
            let query = bytes(&query)?;
            let asking: Encrypted<'_> = Box::pin(ask_tls(cx, address, name, &query));
            asking.await?
        }
        ResolverTransport::Https(name, post) => {
            // HTTP itself says which answer belongs to which question (RFC 8484 §4.1).
            query.to_mut().metadata.id = 0;
            let query = bytes(&query)?;
            let asking: Encrypted<'_> = Box::pin(ask_https(cx, address, name, post, &query));
            asking.await?
        }
    };
    match read(&answer, &query) {
        Reading::Answer(message) => Ok(Heard {
            message,
            plainer: false,
        }),
        Reading::Truncated => Err(Unanswered::Truncated),
        Reading::Foreign | Reading::Malformed => Err(Unanswered::Malformed),
    }
}

fn bytes(query: &Message) -> Result<Vec<u8>, Unanswered> {
    query.to_vec().map_err(|_| Unanswered::Malformed)
}
