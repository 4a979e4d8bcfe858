//! Asks one view: its servers one after the other, until one of them says yes or no.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep};

use super::exchange::transport::{Server, reach};
use super::exchange::{self, Said};
use crate::facts::{Disproof, DnsOutcome, Unanswered, ViewAnswer};
use crate::model::plan::View;
use crate::probe::{Context, LimitHit, elapsed_us};
use crate::wire::dns::Question;

/// How long one server of a view may think before the next is asked too.
const STAGGER: Duration = Duration::from_millis(300);

/// What a view answers.
pub(super) async fn ask(cx: &Context, view: &View, question: Question<'_>) -> ViewAnswer {
    let start = Instant::now();
    if *view == View::ZoneFile {
        return from_file(cx, question);
    }
    let mut best = Best::default();
    let asking = async {
        let (addresses, transport) = reach(cx, view).await?;
        best.server = addresses.first().copied();
        let servers = addresses.iter().map(|address| Server {
            address: *address,
            transport: &transport,
        });
        ask_servers(cx, servers.collect(), question, &mut best).await;
        Ok(())
    };
    let ended = cx.within(cx.plan.limits.dns, asking).await;
    let silence = match ended {
        Ok(Err(reason)) => reason,
        Err(LimitHit::Deadline) => Unanswered::Deadline,
        Ok(Ok(())) | Err(LimitHit::Operation) => Unanswered::TimedOut,
    };
    let Said { outcome, marks, .. } = best.said.unwrap_or_else(|| Said::nothing(silence));
    let leads_nowhere = outcome.leads_to_itself() && !view.is_stand_in();
    ViewAnswer {
        view: view.clone(),
        server: best.server,
        outcome,
        elapsed_us: elapsed_us(start),
        internal: false,
        disproved: leads_nowhere.then_some(Disproof::ToItself),
        marks,
    }
}

/// What the file of the zone says.
fn from_file(cx: &Context, question: Question<'_>) -> ViewAnswer {
    const NO_FILE: DnsOutcome = DnsOutcome::Unanswered(Unanswered::NoResolver);
    let file = cx.shared.zone_file.as_ref();
    ViewAnswer {
        view: View::ZoneFile,
        server: None,
        outcome: file.map_or(NO_FILE, |file| file.look_up(question.name, question.record)),
        elapsed_us: 0,
        internal: false,
        disproved: None,
        marks: None,
    }
}

/// Asks one server after the other, the next as soon as one fails or takes long, until one says
/// yes or no. Who kept an earlier question waiting comes last. `best` keeps what was said, also when
/// this is cut short.
async fn ask_servers(
    cx: &Context,
    mut servers: Vec<Server<'_>>,
    question: Question<'_>,
    best: &mut Best,
) {
    servers.sort_by_key(|server| cx.is_hesitant(server.address));
    let mut waiting = servers.iter();
    let mut asked = FuturesUnordered::new();
    loop {
        let next = waiting.next();
        match next {
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
            () = sleep(STAGGER), if more => {
                if let Some(server) = next {
                    cx.remember_hesitant(server.address);
                }
            }
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

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::sync::Arc;

    use hickory_resolver::proto::op::{Message, ResponseCode};
    use time::OffsetDateTime;

    use super::super::exchange::plain::RESEND;
    use super::*;
    use crate::facts::RecordType;
    use crate::model::names::Domain;
    use crate::model::plan::Plan;
    use crate::probe::shared::Shared;
    use crate::wire::dns::Role;

    fn socket() -> UdpSocket {
        UdpSocket::bind("127.0.0.1:0").expect("a free port")
    }

    fn server(socket: &UdpSocket) -> Server<'static> {
        Server::plain(socket.local_addr().expect("bound"))
    }

    /// Answers that there is no such name, so many times.
    fn deny(socket: &UdpSocket, times: usize) {
        let mut buffer = [0; 1500];
        for _ in 0..times {
            let (length, asker) = socket.recv_from(&mut buffer).expect("a question");
            let query = Message::from_vec(&buffer[..length]).expect("a message");
            let mut answer = Message::response(query.metadata.id, query.metadata.op_code);
            answer.metadata.response_code = ResponseCode::NXDomain;
            answer.add_queries(query.queries);
            let bytes = answer.to_vec().expect("a message");
            socket.send_to(&bytes, asker).expect("the asker waits");
        }
    }

    #[tokio::test]
    async fn a_dead_resolver_costs_its_delay_once() {
        let (dead, alive) = (socket(), socket());
        let servers = [server(&dead), server(&alive)];
        let answering = std::thread::spawn(move || deny(&alive, 2));
        let domain = Domain::parse("zahnfee.de").expect("a domain");
        let plan = Arc::new(Plan::new(domain, OffsetDateTime::UNIX_EPOCH));
        let cx = Context::new(plan, Arc::new(Shared::new(None, None)));
        for name in ["zahnfee.de.", "xphone.zahnfee.de."] {
            let question = Question {
                name,
                record: RecordType::A,
                role: Role::Resolver,
            };
            let mut best = Best::default();
            ask_servers(&cx, servers.to_vec(), question, &mut best).await;
            assert_eq!(best.server, Some(servers[1].address));
        }
        answering.join().expect("two questions");
        dead.set_nonblocking(true).expect("a socket");
        let mut buffer = [0; 1500];
        let heard = std::iter::from_fn(|| dead.recv(&mut buffer).ok()).count();
        assert_eq!(heard, 1, "the second question was not for it");
    }

    /// Nothing can be read from it: the system says so, and nobody has to ask again.
    #[tokio::test]
    async fn a_closed_port_is_heard_of_before_the_question_is_put_again() {
        let closed = server(&socket());
        let domain = Domain::parse("zahnfee.de").expect("a domain");
        let plan = Arc::new(Plan::new(domain, OffsetDateTime::UNIX_EPOCH));
        let cx = Context::new(plan, Arc::new(Shared::new(None, None)));
        let question = Question {
            name: "zahnfee.de.",
            record: RecordType::A,
            role: Role::Resolver,
        };
        let asking = exchange::ask(&cx, closed, question);
        let said = tokio::time::timeout(RESEND, asking).await;
        let said = said.expect("the system knows at once");
        assert_eq!(said.outcome, DnsOutcome::Unanswered(Unanswered::PortClosed));
    }
}
