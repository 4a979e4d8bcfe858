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
use hickory_resolver::proto::op::{Edns, Message, MessageType, Query, ResponseCode};
use hickory_resolver::proto::rr::rdata::opt::EdnsOption;
use hickory_resolver::proto::rr::{self, Name, RData};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, sleep, timeout};

use super::{Cut, Prober, elapsed_us};
use crate::facts::{
    Alias, AuthorityFacts, Data, DnsOutcome, Lookup, Record, RecordType, ServerAnswer, Srv,
    Unanswered, ViewAnswer,
};
use crate::model::plan::View;
use encrypted::{Way, ask_https, ask_tls};

/// How long one server of a view may think before the next is asked too.
const STAGGER: Duration = Duration::from_millis(400);
/// How long the zone's other servers may think once one of them has answered.
const GRACE: Duration = Duration::from_millis(500);
/// How long to wait before the same question is sent again by UDP.
const RESEND: Duration = Duration::from_secs(1);
/// Answers that fit into this many bytes cross any network unfragmented (DNS flag day 2020).
const UDP_PAYLOAD: u16 = 1232;
/// The aliases followed on the way to an answer.
const MAX_ALIASES: usize = 8;
/// The records kept of an answer.
const MAX_RECORDS: usize = 64;
/// The extended DNS error option (RFC 8914).
const OPTION_EDE: u16 = 15;

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
                to: To::Authority,
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
                    to: To::Resolver,
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

/// What is asked, and of whom.
#[derive(Clone, Copy, Debug)]
struct Question<'a> {
    name: &'a str,
    record: RecordType,
    to: To,
}

/// The part that a server plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    /// Finds answers elsewhere, and checks their signatures if it can.
    Resolver,
    /// The same, told not to check signatures.
    Unchecking,
    /// Speaks for its zone only.
    Authority,
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
        && rcode == "SERVFAIL"
        && question.to == To::Resolver
    {
        // What comes only unchecked has broken signatures (RFC 4035 §3.2.2).
        let unchecked = Question {
            to: To::Unchecking,
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
        DnsOutcome::Failed { rcode, .. } if rcode == "FORMERR" || rcode == "NOTIMP" => {
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

impl Question<'_> {
    fn message(self, edns: bool) -> Option<Message> {
        let mut absolute = Name::from_ascii(self.name).ok()?;
        absolute.set_fqdn(true);
        let mut message = Message::query();
        message.metadata.recursion_desired = self.to != To::Authority;
        message.metadata.checking_disabled = self.to == To::Unchecking;
        // Asks for the AD bit without asking for signatures (RFC 6840 §5.7).
        message.metadata.authentic_data = self.to == To::Resolver;
        message.add_query(Query::query(absolute, wire_type(self.record)));
        if edns {
            let mut options = Edns::new();
            options.set_max_payload(UDP_PAYLOAD);
            message.set_edns(options);
        }
        Some(message)
    }
}

fn wire_type(record: RecordType) -> rr::RecordType {
    match record {
        RecordType::A => rr::RecordType::A,
        RecordType::Aaaa => rr::RecordType::AAAA,
        RecordType::Mx => rr::RecordType::MX,
        RecordType::Ns => rr::RecordType::NS,
        RecordType::Soa => rr::RecordType::SOA,
        RecordType::Srv => rr::RecordType::SRV,
        RecordType::Txt => rr::RecordType::TXT,
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

/// Same number, same question; some servers leave the question out when they refuse it.
fn answers(message: &Message, query: &Message) -> bool {
    message.metadata.id == query.metadata.id
        && message.metadata.message_type == MessageType::Response
        && (message.queries.is_empty() || message.queries == query.queries)
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

fn outcome(message: &Message, question: Question<'_>) -> DnsOutcome {
    let code = message.metadata.response_code;
    if !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain) {
        return failure(rcode_name(code), message);
    }
    let from_authority = question.to == To::Authority;
    let refers = message.answers.is_empty() && zone_of(message).is_none();
    let delegates = refers
        && message
            .authorities
            .iter()
            .any(|record| matches!(record.data, RData::NS(_)));
    let metadata = &message.metadata;
    if delegates && !from_authority && !metadata.authoritative && !metadata.recursion_available {
        // A server that does not recurse says where to ask; it does not say "no" (RFC 2308 §2.2).
        return failure("REFERRAL".to_owned(), message);
    }
    if from_authority && !metadata.authoritative {
        // A referral to somebody else's servers; anything else is a server that does not know its
        // zone, or a resolver in its place.
        return if delegates {
            DnsOutcome::Elsewhere {
                servers: referred(message),
            }
        } else {
            failure("LAME".to_owned(), message)
        };
    }
    let (aliases, end) = follow(message, question.name);
    let records: Vec<Record> = message
        .answers
        .iter()
        .filter(|answer| presentation(&answer.name).eq_ignore_ascii_case(&end))
        .filter_map(|answer| {
            let data = read_data(&answer.data, question.record)?;
            Some(Record {
                ttl: answer.ttl,
                data,
            })
        })
        .take(MAX_RECORDS)
        .collect();
    if !records.is_empty() {
        return DnsOutcome::Records { aliases, records };
    }
    if from_authority && !aliases.is_empty() && zone_of(message).is_none() {
        return DnsOutcome::Elsewhere {
            servers: Vec::new(),
        };
    }
    let looped = aliases
        .iter()
        .any(|alias| alias.name.eq_ignore_ascii_case(&end));
    if aliases.len() == MAX_ALIASES && !looped && alias_of(message, &end).is_some() {
        // More aliases than are followed: what stands at their end is not known.
        return failure("ALIASES".to_owned(), message);
    }
    let negative_ttl = negative_ttl(message);
    if code == ResponseCode::NXDomain {
        DnsOutcome::NoName {
            aliases,
            negative_ttl,
        }
    } else {
        DnsOutcome::NoData {
            aliases,
            negative_ttl,
            zone: zone_of(message),
        }
    }
}

fn failure(rcode: String, message: &Message) -> DnsOutcome {
    DnsOutcome::Failed {
        rcode,
        extended: extended_errors(message),
        answers_unchecked: false,
    }
}

/// The servers that a referral names, with the addresses that come along (RFC 1034 §4.2.1).
fn referred(message: &Message) -> Vec<(String, Vec<IpAddr>)> {
    let glue = |server: &Name| {
        let own = message
            .additionals
            .iter()
            .filter(|record| record.name == *server);
        own.filter_map(|record| match &record.data {
            RData::A(address) => Some(IpAddr::V4(address.0)),
            RData::AAAA(address) => Some(IpAddr::V6(address.0)),
            _ => None,
        })
        .take(MAX_RECORDS)
        .collect()
    };
    let servers = message
        .authorities
        .iter()
        .filter_map(|record| match &record.data {
            RData::NS(server) => Some((presentation(&server.0), glue(&server.0))),
            _ => None,
        });
    servers.take(MAX_RECORDS).collect()
}

/// The zone that a "no" comes from: the owner of the SOA beside it (RFC 2308 §2).
fn zone_of(message: &Message) -> Option<String> {
    let soa = message
        .authorities
        .iter()
        .find(|record| matches!(record.data, RData::SOA(_)))?;
    Some(presentation(&soa.name))
}

/// Follows the aliases within an answer; returns them and the name at their end.
fn follow(message: &Message, name: &str) -> (Vec<Alias>, String) {
    let mut aliases: Vec<Alias> = Vec::new();
    let mut end = name.to_owned();
    while aliases.len() < MAX_ALIASES {
        let Some(target) = alias_of(message, &end) else {
            break;
        };
        aliases.push(Alias {
            name: end,
            target: target.clone(),
        });
        end = target;
    }
    (aliases, end)
}

/// What a name is an alias of, by this answer.
fn alias_of(message: &Message, name: &str) -> Option<String> {
    message
        .answers
        .iter()
        .find_map(|answer| match &answer.data {
            RData::CNAME(target) if presentation(&answer.name).eq_ignore_ascii_case(name) => {
                Some(presentation(target))
            }
            _ => None,
        })
}

/// How long a "no" may be kept: the SOA's own TTL or its minimum, whichever is less (RFC 2308 §5).
fn negative_ttl(message: &Message) -> Option<u32> {
    message
        .authorities
        .iter()
        .find_map(|record| match &record.data {
            RData::SOA(soa) => Some(record.ttl.min(soa.minimum)),
            _ => None,
        })
}

fn read_data(data: &RData, wanted: RecordType) -> Option<Data> {
    match (wanted, data) {
        (RecordType::A, RData::A(address)) => Some(Data::Address(address.0.into())),
        (RecordType::Aaaa, RData::AAAA(address)) => Some(Data::Address(address.0.into())),
        (RecordType::Mx, RData::MX(mx)) => {
            Some(Data::Mx(mx.preference, presentation(&mx.exchange)))
        }
        (RecordType::Ns, RData::NS(server)) => Some(Data::Ns(presentation(&server.0))),
        (RecordType::Soa, RData::SOA(soa)) => Some(Data::Soa(presentation(&soa.mname), soa.serial)),
        (RecordType::Srv, RData::SRV(srv)) => Some(Data::Srv(Srv {
            priority: srv.priority,
            weight: srv.weight,
            port: srv.port,
            target: presentation(&srv.target),
        })),
        (RecordType::Txt, RData::TXT(txt)) => {
            let strings = txt.txt_data.iter();
            let bytes: Vec<u8> = strings.flat_map(|string| string.iter().copied()).collect();
            Some(Data::Txt(String::from_utf8_lossy(&bytes).into_owned()))
        }
        _ => None,
    }
}

/// A name as master files write it (RFC 1035 §5.1): everything but plain ASCII as `\DDD`, without
/// the trailing dot; the root stays `.`.
fn presentation(name: &Name) -> String {
    if name.is_root() {
        return ".".to_owned();
    }
    let labels: Vec<String> = name
        .iter()
        .map(|label| label.iter().map(|byte| escaped(*byte)).collect())
        .collect();
    labels.join(".")
}

fn escaped(byte: u8) -> String {
    match byte {
        b'.' | b'\\' => format!("\\{}", char::from(byte)),
        0x21..=0x7e => char::from(byte).to_string(),
        _ => format!("\\{byte:03}"),
    }
}

fn extended_errors(message: &Message) -> Vec<(u16, String)> {
    let options = message
        .edns
        .iter()
        .flat_map(|edns| edns.options().as_ref().iter());
    options
        .filter_map(|(_, option)| match option {
            EdnsOption::Unknown(OPTION_EDE, data) => {
                let (code, text) = data.split_first_chunk::<2>()?;
                Some((
                    u16::from_be_bytes(*code),
                    String::from_utf8_lossy(text).into_owned(),
                ))
            }
            _ => None,
        })
        .collect()
}

/// The response code by its registered mnemonic.
fn rcode_name(code: ResponseCode) -> String {
    match code {
        ResponseCode::FormErr => "FORMERR".to_owned(),
        ResponseCode::ServFail => "SERVFAIL".to_owned(),
        ResponseCode::NotImp => "NOTIMP".to_owned(),
        ResponseCode::Refused => "REFUSED".to_owned(),
        ResponseCode::NotAuth => "NOTAUTH".to_owned(),
        other => format!("RCODE {}", u16::from(other)),
    }
}
