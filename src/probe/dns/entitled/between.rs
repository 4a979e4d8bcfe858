//! Asks for the names between one and the apex of its zone, as the resolvers of partners do that show no
//! server more of a name than it needs (QNAME minimisation, RFC 9156): BIND asks for NS records of them,
//! Unbound for addresses. Either goes on after an error; after silence BIND does not, and Unbound loses
//! seconds. Where a server hands such a name on, both go there, whatever it says of the whole name; and where it denies
//! such a name, whoever checks signatures may fail at that.

use std::iter::successors;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, timeout};

use crate::facts::{
    AuthorityFacts, DnsOutcome, Lookup, NameServer, RecordType, ServerAnswer, Unanswered, is_within,
};
use crate::model::plan::Federation;
use crate::probe::dns::GRACE;
use crate::probe::dns::claims::counted;
use crate::probe::dns::exchange::plain::RESEND;
use crate::probe::dns::exchange::transport::Server;
use crate::probe::dns::exchange::{Said, cookie};
use crate::probe::dns::published::{published_by, said_by};
use crate::probe::manners::Host;
use crate::probe::{Context, LimitHit, elapsed_us};
use crate::wire::dns::{Question, Role};

/// No more names above another are asked for than these: BIND and Unbound skip some of more.
const MAX_BETWEEN: usize = 4;
/// How long one server may think until the next is asked, too.
const STAGGER: Duration = Duration::from_millis(500);

/// A part of the zone, and to whom it is handed on.
pub(super) type Cut = (String, Vec<(String, Vec<IpAddr>)>);

type Looking<'a> = Pin<Box<dyn Future<Output = Vec<Lookup>> + Send + 'a>>;

/// What the servers of a zone say of the names above this one, from the apex down; nothing where one of
/// them answers as it should. Of the names on the way to an address, those above the domain are left to
/// the SRV record.
pub(super) fn look<'a>(
    cx: &'a Context,
    asked: &'a AuthorityFacts,
    name: &'a str,
    record: RecordType,
) -> Looking<'a> {
    let terms = &cx.plan.terms;
    let is_shared = record != RecordType::Srv && terms.federation == Federation::Open;
    let above = successors(name.split_once('.'), |(_, rest)| rest.split_once('.'));
    let above = above.map(|(_, above)| above).take_while(|above| {
        is_within(above, &asked.apex) && !above.eq_ignore_ascii_case(&asked.apex)
    });
    let above = above.filter(|above| !(is_shared && is_within(terms.domain.as_str(), above)));
    let mut above: Vec<&str> = above.collect();
    above.reverse();
    above.truncate(MAX_BETWEEN);
    Box::pin(async move {
        let looking = above.into_iter().map(|above| look_at(cx, asked, above));
        join_all(looking).await.into_iter().flatten().collect()
    })
}

async fn look_at(cx: &Context, asked: &AuthorityFacts, name: &str) -> Vec<Lookup> {
    let lookup = |record, authority| Lookup {
        authority,
        given: asked.given,
        ..Lookup::of(name, record)
    };
    let servers = name_servers(cx, asked, name).await;
    let is_ours = servers.iter().any(|answer| answer.outcome.is_our_limit());
    // Where nobody is to be asked, nobody says anything.
    let is_right = passes(&servers) && !servers.iter().any(|answer| denies(&answer.outcome));
    if servers.is_empty() || is_right || is_ours {
        return Vec::new();
    }
    let is_handed_on = servers.iter().any(|answer| cut(&answer.outcome).is_some());
    let mut looks = vec![lookup(RecordType::Ns, servers)];
    if is_handed_on {
        let addresses = published_by(cx, asked, name, RecordType::A).await;
        looks.push(lookup(RecordType::A, addresses));
    }
    looks
}

/// NS of the name by one server after the other, until one answers as it should; and by the others, for those that
/// deny it.
async fn name_servers(cx: &Context, asked: &AuthorityFacts, name: &str) -> Vec<ServerAnswer> {
    let stagger = STAGGER.min(cx.plan.limits.dns / 6);
    let counting = asked.servers.iter().filter(|it| !it.beside);
    let counting: Vec<&NameServer> = counting.collect();
    let mut waiting = counting.into_iter();
    let mut asking = FuturesUnordered::new();
    let mut answers: Vec<ServerAnswer> = Vec::new();
    loop {
        if let Some(server) = waiting.next() {
            asking.push(ask(cx, asked, server, name));
        } else if asking.is_empty() {
            return answers;
        }
        let answer = if waiting.len() > 0 {
            timeout(stagger, asking.next()).await
        } else {
            Ok(asking.next().await)
        };
        answers.extend(answer.ok().flatten());
        // Of those who deny what is below it, another one may not.
        let is_denial = |answer: &ServerAnswer| denies(&answer.outcome);
        if passes(&answers) && !answers.iter().all(is_denial) {
            break;
        }
    }
    let mut asked_of: Vec<&str> = answers.iter().map(|it| it.server.name.as_str()).collect();
    // Further addresses of a server are another way to the same.
    for server in waiting {
        if !asked_of.contains(&server.name.as_str()) {
            asked_of.push(&server.name);
            asking.push(ask(cx, asked, server, name));
        }
    }
    let mut denying = Vec::new();
    while let Ok(Some(answer)) = timeout(RESEND, asking.next()).await {
        if denies(&answer.outcome) {
            denying.push(answer);
        }
    }
    answers.extend(denying);
    answers
}

async fn ask(
    cx: &Context,
    asked: &AuthorityFacts,
    server: &NameServer,
    name: &str,
) -> ServerAnswer {
    cx.turn([Host::NameServer(server.address.ip())]).await;
    let start = Instant::now();
    let question = Question {
        name,
        record: RecordType::Ns,
        role: Role::Authority,
    };
    let to = Server::plain(server.address);
    let limit = if cx.hearing.is_given_up(server.address) {
        cx.plan.limits.dns.min(RESEND + GRACE)
    } else {
        cx.plan.limits.dns
    };
    let asking = cookie::ask(cx, to, question, cookie::BRIEFLY.min(limit / 4));
    let said = cx.within(limit, asking).await;
    let said = said.unwrap_or_else(|hit| {
        Said::nothing(match hit {
            LimitHit::Operation => Unanswered::TimedOut,
            LimitHit::Deadline => Unanswered::Deadline,
        })
    });
    let Said { outcome, marks, .. } = counted(cx, asked, said).await;
    ServerAnswer {
        server: server.clone(),
        outcome: said_by(asked, name, outcome),
        elapsed_us: elapsed_us(start),
        marks,
        led_by: None,
    }
}

/// Whether whoever asks these servers gets past the name, and to no others.
fn passes(answers: &[ServerAnswer]) -> bool {
    let mut cuts = answers.iter().map(|answer| cut(&answer.outcome));
    answers.iter().any(ServerAnswer::lets_pass) && !cuts.any(|it| it.is_some())
}

/// Whether it says that there is no such name, nor any below it.
fn denies(outcome: &DnsOutcome) -> bool {
    matches!(outcome, DnsOutcome::NoName { .. })
}

/// The part of the zone that this answer hands on.
pub(super) fn cut(outcome: &DnsOutcome) -> Option<Cut> {
    match outcome {
        DnsOutcome::Elsewhere {
            zone: Some(zone),
            servers,
            ..
        } => Some((zone.clone(), servers.clone())),
        _ => None,
    }
}

/// To whom a name above is handed on, by some of those who were asked; and whether by all of them who say
/// anything, for either question.
pub(super) fn handed(between: &[Lookup]) -> Option<(Cut, bool)> {
    let mut answers = between.iter().flat_map(Lookup::counting);
    let found = answers.find_map(|answer| cut(&answer.outcome))?;
    let mut of_it = between.iter().filter(|it| is_within(&it.name, &found.0));
    let by_all = of_it.all(|lookup| {
        let outcomes = || lookup.counting().map(|answer| &answer.outcome);
        outcomes().any(|it| cut(it).is_some()) && !outcomes().any(DnsOutcome::lets_pass)
    });
    Some((found, by_all))
}
