//! One question to one server: asked again where the way it was put may be why it failed.

mod comparison;
pub(super) mod cookie;
pub(super) mod delivery;
mod encrypted;
pub(super) mod errors;
pub(in crate::probe) mod hearing;
pub(in crate::probe) mod limited;
pub(in crate::probe) mod pace;
pub(super) mod pause;
pub(super) mod plain;
pub(in crate::probe) mod sockets;
pub(super) mod transport;
pub(in crate::probe) mod turns;

use hickory_resolver::proto::op::{Message, ResponseCode};
use tokio::time::Instant;

use crate::facts::{DnsOutcome, ExtendedError, Marks, Rcode, Unanswered, is_loop};
use crate::model::limits::MAX_ALIASES;
use crate::probe::Context;
use crate::wire::dns::{Question, Role, marks, outcome, unclaimed};
use comparison::{Compared, Pair, compare};
use delivery::send;
use plain::{Heard, Ways};
use transport::Server;

/// What one server said.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) outcome: DnsOutcome,
    /// What a server of a zone says without a claim to speak for it (AA).
    pub(super) unclaimed: Option<Box<DnsOutcome>>,
    /// `None` where there was no answer.
    pub(super) marks: Option<Marks>,
    /// The answer has EDNS data itself.
    pub(super) has_edns: bool,
}

impl Said {
    pub(super) fn nothing(why: Unanswered) -> Self {
        Self {
            outcome: DnsOutcome::Unanswered(why),
            unclaimed: None,
            marks: None,
            has_edns: false,
        }
    }

    pub(super) fn by(message: &Message, question: Question<'_>) -> Self {
        if let Some(plain) = beside_bad_version(message, question.role) {
            let said = Self::by(&plain, question);
            let marks = said.marks.map(|marks| Marks {
                to_edns: Some(Rcode::BadVers),
                ..marks
            });
            return Self { marks, ..said };
        }
        Self {
            outcome: outcome(message, question),
            unclaimed: unclaimed(message, question).map(Box::new),
            marks: Some(marks(message)),
            has_edns: message.edns.is_some(),
        }
    }

    /// Whether it says yes or no, or who is to be asked, with or without a claim to speak for the zone.
    fn tells(&self) -> bool {
        tells(&self.outcome) || self.unclaimed.is_some()
    }
}

/// The answer of a server of a zone without the complaint beside it that it knows another version of EDNS only:
/// Unbound takes it so, BIND does not.
fn beside_bad_version(message: &Message, role: Role) -> Option<Message> {
    // Another meaning has the same number.
    let is_bad = matches!(
        message.metadata.response_code,
        ResponseCode::BADVERS | ResponseCode::BADSIG
    );
    let has_answer = !message.answers.is_empty() || !message.authorities.is_empty();
    (role == Role::Authority && is_bad && has_answer).then(|| {
        let mut plain = message.clone();
        plain.metadata.response_code = ResponseCode::NoError;
        plain
    })
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
    let mut said = exchange_without(cx, server, question).await;
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
        said = exchange_without(cx, server, further).await;
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

pub(super) async fn exchange_without(
    cx: &Context,
    server: Server<'_>,
    question: Question<'_>,
) -> Said {
    if cx.is_without_edns(server.address) {
        return exchange_once(cx, server, question, false).await;
    }
    let said = exchange_once(cx, server, question, true).await;
    // Servers from before EDNS reject what they do not know (RFC 6891 §7).
    match &said.outcome {
        DnsOutcome::Failed { rcode, .. } if rejects_edns(rcode, question.role) => {
            let mut plain = exchange_once(cx, server, question, false).await;
            if (*rcode == Rcode::FormErr && !said.has_edns) || !plain.tells() {
                return plain;
            }
            let is_rejection = |answer: &Message| {
                let outcome = outcome(answer, question);
                matches!(outcome, DnsOutcome::Failed { rcode, .. } if rejects_edns(&rcode, question.role))
            };
            match Box::pin(by_edns(cx, server, question, &is_rejection)).await {
                Compared::Fails(_) => {
                    if let Some(marks) = &mut plain.marks {
                        marks.to_edns = Some(rcode.clone());
                    }
                    plain
                }
                Compared::Answers(answer) => Said::by(&answer, question),
                Compared::Unclear => plain,
            }
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
    let Some((suspect, plain)) = question.message(true).zip(question.without_signatures()) else {
        return said;
    };
    let pair = Pair {
        suspect: &suspect,
        plain: &plain,
    };
    match compare(cx, server, pair, &|it| is_failure(it, question)).await {
        Compared::Fails(_) => Said {
            outcome: DnsOutcome::failed(Rcode::NoSignatures),
            unclaimed: None,
            ..said
        },
        Compared::Answers(answer) => Said::by(&answer, question),
        Compared::Unclear => said,
    }
}

/// Asks again with EDNS and without, as the server has answered only without.
async fn by_edns(
    cx: &Context,
    server: Server<'_>,
    question: Question<'_>,
    is_failure: &(dyn Fn(&Message) -> bool + Sync),
) -> Compared {
    let Some((suspect, plain)) = question.message(true).zip(question.message(false)) else {
        return Compared::Unclear;
    };
    let pair = Pair {
        suspect: &suspect,
        plain: &plain,
    };
    compare(cx, server, pair, is_failure).await
}

pub(super) fn is_failure(answer: &Message, question: Question<'_>) -> bool {
    let outcome = outcome(answer, question);
    matches!(outcome, DnsOutcome::Failed { .. }) && !outcome.is_unauthoritative()
}

/// Whether it says yes or no, or who is to be asked.
pub(super) fn tells(outcome: &DnsOutcome) -> bool {
    outcome.is_conclusive() || matches!(outcome, DnsOutcome::Elsewhere { .. })
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
            let mut said = Said::by(&message, question);
            if let Some(marks) = &mut said.marks {
                marks.without_edns = plainer || !edns;
            }
            if plainer {
                Box::pin(without_edns(cx, server, question, said)).await
            } else {
                said
            }
        }
        Err(reason) => Said::nothing(reason),
    }
}

/// What a server said that answered without EDNS alone, so far. From a resolver it is as good as any.
/// What a zone's own server says so does not reach those who ask with EDNS, unless a packet was lost.
async fn without_edns(
    cx: &Context,
    server: Server<'_>,
    question: Question<'_>,
    said: Said,
) -> Said {
    match question.role {
        Role::Resolver | Role::Unchecking => {
            cx.remember_without_edns(server.address);
            said
        }
        Role::Interceptor => said,
        Role::Authority if !said.tells() => said,
        Role::Authority => match by_edns(cx, server, question, &|_| false).await {
            Compared::Fails(_) => Said {
                outcome: DnsOutcome::failed(Rcode::NoEdns),
                unclaimed: None,
                ..said
            },
            Compared::Answers(answer) => Said::by(&answer, question),
            Compared::Unclear => Said::nothing(Unanswered::TimedOut),
        },
    }
}
