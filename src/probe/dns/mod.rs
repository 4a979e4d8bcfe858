//! Asks DNS questions: each view by itself, its servers one after the other, UDP first and TCP on
//! truncation, unless a view is asked by TLS or HTTPS. Names are always absolute; no search suffix is ever appended (guide, chapter 13).
//!
//! Not hickory's `Resolver`: it hides what has to be reported – which server said what, refusals,
//! extended errors, closed ports. Its codec and its reader of the system's configuration are used.

pub(super) mod authority;
mod encrypted;

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use hickory_resolver::proto::op::Message;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, sleep, timeout};

use super::{Cut, Prober, elapsed_us};
use crate::facts::{
    AuthorityFacts, DnsOutcome, Lookup, Rcode, RecordType, ServerAnswer, Unanswered, ViewAnswer,
};
use crate::model::plan::View;
use crate::wire::dns::{Question, Role, answers, outcome};
use encrypted::{Way, ask_https, ask_tls};

/// How long one server of a view may think before the next is asked too.
const STAGGER: Duration = Duration::from_millis(400);
/// How long the zone's other servers may think once one of them has answered.
const GRACE: Duration = Duration::from_millis(500);
/// How long to wait before the same question is sent again by UDP.
const RESEND: Duration = Duration::from_secs(1);
/// Asks every view at once.
pub(crate) async fn look_up(prober: &Prober, name: &str, record: RecordType) -> Lookup {
    let views = prober
        .plan
        .views
        .iter()
        .map(|view| ask_view(prober, view, name, record));
    Lookup {
        name: name.to_owned(),
        record,
        answers: join_all(views).await,
        authority: Vec::new(),
    }
}

/// Asks each of the zone's own servers, all at once and without recursion. Once one has said yes
/// or no, the others get a little while longer: a dead one among them must not cost its limit.
pub(crate) async fn ask_authority(
    prober: &Prober,
    authority: &AuthorityFacts,
    name: &str,
    record: RecordType,
) -> Vec<ServerAnswer> {
    let start = Instant::now();
    let mut asking: FuturesUnordered<_> = authority
        .servers
        .iter()
        .enumerate()
        .map(|(at, server)| async move {
            let question = Question {
                name,
                record,
                role: Role::Authority,
            };
            let outcome = ask(prober, (server.address, &Way::Plain), question).await;
            (at, outcome, elapsed_us(start))
        })
        .collect();
    let mut answers: Vec<ServerAnswer> = Vec::new();
    let silent = |cut| match cut {
        Cut::Deadline => Unanswered::Deadline,
        Cut::Limit => Unanswered::TimedOut,
    };
    for server in &authority.servers {
        let outcome = DnsOutcome::Unanswered(Unanswered::TimedOut);
        answers.push(ServerAnswer {
            server: server.clone(),
            outcome,
            elapsed_us: 0,
        });
    }
    let mut left = prober.plan.limits.dns;
    loop {
        let begun = Instant::now();
        match prober.within(left, asking.next()).await {
            Ok(Some((at, outcome, elapsed_us))) => {
                left = left.saturating_sub(begun.elapsed());
                // A "no" may come from a server that lags behind: a lost packet must not decide then.
                match &outcome {
                    DnsOutcome::Records { .. } => left = left.min(GRACE),
                    no if no.is_conclusive() => left = left.min(RESEND + GRACE),
                    _ => {}
                }
                answers[at].outcome = outcome;
                answers[at].elapsed_us = elapsed_us;
            }
            Ok(None) => return answers,
            Err(cut) => {
                for answer in answers.iter_mut().filter(|answer| answer.elapsed_us == 0) {
                    answer.outcome = DnsOutcome::Unanswered(silent(cut));
                    answer.elapsed_us = elapsed_us(start);
                }
                return answers;
            }
        }
    }
}

async fn ask_view(prober: &Prober, view: &View, name: &str, record: RecordType) -> ViewAnswer {
    let start = Instant::now();
    let (mut first, mut best) = (None, None);
    let asking = async {
        let (servers, way) = encrypted::reach(prober, view).await?;
        first = servers.first().copied();
        ask_servers(prober, (&servers, &way), (name, record), &mut best).await;
        Ok(())
    };
    let ended = prober.within(prober.plan.limits.dns, asking).await;
    let (server, outcome) = best.unwrap_or_else(|| {
        let reason = match ended {
            Ok(Err(reason)) => reason,
            Err(Cut::Deadline) => Unanswered::Deadline,
            Ok(Ok(())) | Err(Cut::Limit) => Unanswered::TimedOut,
        };
        (first, DnsOutcome::Unanswered(reason))
    });
    ViewAnswer {
        view: view.clone(),
        server,
        outcome,
        elapsed_us: elapsed_us(start),
    }
}

type Answer = (Option<SocketAddr>, DnsOutcome);

/// Asks one server after the other, the next as soon as one fails or takes long, until one says
/// yes or no. `best` holds the most telling answer so far, also when this is cut short.
async fn ask_servers(
    prober: &Prober,
    (servers, way): (&[SocketAddr], &Way),
    (name, record): (&str, RecordType),
    best: &mut Option<Answer>,
) {
    let mut waiting = servers.iter();
    let mut asked = FuturesUnordered::new();
    loop {
        match waiting.next() {
            Some(server) => asked.push(async move {
                let question = Question {
                    name,
                    record,
                    role: Role::Resolver,
                };
                (*server, ask(prober, (*server, way), question).await)
            }),
            None if asked.is_empty() => return,
            None => {}
        }
        let more = !waiting.as_slice().is_empty();
        tokio::select! {
            Some((server, outcome)) = asked.next() => {
                let conclusive = outcome.is_conclusive();
                keep_best(best, server, outcome);
                if conclusive {
                    return;
                }
            }
            () = sleep(STAGGER), if more => {}
        }
    }
}

/// A yes or no beats a server's refusal, which beats no answer; among equals the first stays.
fn keep_best(best: &mut Option<Answer>, server: SocketAddr, outcome: DnsOutcome) {
    let rank = |outcome: &DnsOutcome| match outcome {
        DnsOutcome::Records { .. } | DnsOutcome::NoData { .. } | DnsOutcome::NoName { .. } => 2,
        DnsOutcome::Failed { .. } => 1,
        DnsOutcome::Elsewhere { .. } | DnsOutcome::Unanswered(_) => 0,
    };
    if best
        .as_ref()
        .is_none_or(|(_, known)| rank(known) < rank(&outcome))
    {
        *best = Some((Some(server), outcome));
    }
}

/// A server, and how it is asked.
type At<'a> = (SocketAddr, &'a Way);

/// One question to one server. Never gives up by itself on a silent server: the caller's limit does.
async fn ask(prober: &Prober, at: At<'_>, question: Question<'_>) -> DnsOutcome {
    let mut outcome = exchange(prober, at, question).await;
    if let DnsOutcome::Failed {
        rcode,
        answers_unchecked,
        ..
    } = &mut outcome
        && *rcode == Rcode::ServFail
        && question.role == Role::Resolver
    {
        // What comes only unchecked has broken signatures (RFC 4035 §3.2.2).
        let unchecked = Question {
            role: Role::Unchecking,
            ..question
        };
        *answers_unchecked = exchange(prober, at, unchecked).await.is_conclusive();
        if *answers_unchecked {
            // Or the resolver has found the answer meanwhile: only who refuses again does not trust it.
            let again = exchange(prober, at, question).await;
            if again.is_conclusive() {
                return again;
            }
        }
    }
    outcome
}

async fn exchange(prober: &Prober, at: At<'_>, question: Question<'_>) -> DnsOutcome {
    let outcome = exchange_as(prober, at, question, true).await;
    // Servers from before EDNS reject what they do not know (RFC 6891 §7).
    match &outcome {
        DnsOutcome::Failed { rcode, .. } if rcode.may_reject_edns() => {
            exchange_as(prober, at, question, false).await
        }
        _ => outcome,
    }
}

async fn exchange_as(
    prober: &Prober,
    (server, way): At<'_>,
    question: Question<'_>,
    edns: bool,
) -> DnsOutcome {
    let Some(mut query) = question.message(edns) else {
        return DnsOutcome::Unanswered(Unanswered::Malformed);
    };
    prober.count_question();
    let answer = match way {
        Way::Plain => match ask_udp(server, &query).await {
            Ok(message) if message.metadata.truncation => {
                let whole = ask_tcp(server, &query).await;
                whole.map_err(|_| Unanswered::Truncated)
            }
            other => other,
        },
        Way::Tls(name) => match query.to_vec() {
            Ok(bytes) => read(ask_tls(prober, server, name, &bytes).await, &query),
            Err(_) => Err(Unanswered::Malformed),
        },
        Way::Https(name, post) => {
            // HTTP itself says which answer belongs to which question (RFC 8484 §4.1).
            query.metadata.id = 0;
            match query.to_vec() {
                Ok(bytes) => read(ask_https(prober, server, name, post, &bytes).await, &query),
                Err(_) => Err(Unanswered::Malformed),
            }
        }
    };
    match answer {
        Ok(message) => outcome(&message, question),
        Err(reason) => DnsOutcome::Unanswered(reason),
    }
}

/// The answer to this question, where that is what came.
fn read(answer: Result<Vec<u8>, Unanswered>, query: &Message) -> Result<Message, Unanswered> {
    match Message::from_vec(&answer?) {
        Ok(message) if answers(&message, query) => Ok(message),
        Ok(_) | Err(_) => Err(Unanswered::Malformed),
    }
}

/// A connected socket: it takes answers from this server only, and hears of a closed port.
async fn ask_udp(server: SocketAddr, query: &Message) -> Result<Message, Unanswered> {
    let bytes = query.to_vec().map_err(|_| Unanswered::Malformed)?;
    let any: IpAddr = if server.is_ipv4() {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    let socket = UdpSocket::bind((any, 0))
        .await
        .map_err(|error| why_unanswered(&error))?;
    socket
        .connect(server)
        .await
        .map_err(|error| why_unanswered(&error))?;
    let mut buffer = vec![0; usize::from(u16::MAX)];
    let mut malformed = false;
    let mut resends = 0;
    loop {
        socket
            .send(&bytes)
            .await
            .map_err(|error| why_unanswered(&error))?;
        // A broken packet may be a forged one: wait on, and say so when nothing better comes.
        let answer = timeout(RESEND, async {
            loop {
                let length = socket
                    .recv(&mut buffer)
                    .await
                    .map_err(|error| why_unanswered(&error))?;
                match Message::from_vec(&buffer[..length]) {
                    Ok(message) if answers(&message, query) => return Ok(message),
                    Ok(_) => {}
                    Err(_) => malformed = true,
                }
            }
        });
        match answer.await {
            Ok(answer) => return answer,
            Err(_) if malformed && resends > 0 => return Err(Unanswered::Malformed),
            Err(_) => resends += 1,
        }
    }
}

pub(super) fn why_unanswered(error: &io::Error) -> Unanswered {
    match error.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => Unanswered::PortClosed,
        ErrorKind::TimedOut => Unanswered::TimedOut,
        _ => Unanswered::Unreachable,
    }
}

/// The same question by TCP.
async fn ask_tcp(server: SocketAddr, query: &Message) -> io::Result<Message> {
    let bytes = query.to_vec().map_err(io::Error::other)?;
    let mut stream = TcpStream::connect(server).await?;
    let answer = ask_stream(&mut stream, &bytes).await?;
    let message = Message::from_vec(&answer).map_err(io::Error::other)?;
    if answers(&message, query) {
        Ok(message)
    } else {
        Err(ErrorKind::InvalidData.into())
    }
}

/// A question on a stream and what comes back, each message behind its length (RFC 1035 §4.2.2).
pub(super) async fn ask_stream(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    question: &[u8],
) -> io::Result<Vec<u8>> {
    let length = u16::try_from(question.len()).map_err(io::Error::other)?;
    stream
        .write_all(&[&length.to_be_bytes()[..], question].concat())
        .await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}
