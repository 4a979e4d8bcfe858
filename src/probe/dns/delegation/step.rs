//! One step on the way to a name server: what the servers of one zone say to one question.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::carriers::{Carrier, MAX_ASKED, PATIENCE, ROOT, address_of, believed, in_turn};
use super::dispute;
use super::passing::Passing;
use super::steps::{Step, Stepped};
use crate::facts::{DnsOutcome, Losing, Minding, NameServer, RecordType, Unanswered, is_within};
use crate::model::limits::DNS_PORT;
use crate::model::plan::View;
use crate::probe::Context;
use crate::probe::dns::exchange::pause::pause;
use crate::probe::dns::exchange::transport::Server;
use crate::probe::dns::exchange::{self, cookie};
use crate::probe::dns::servers::{MAX_SERVERS, names};
use crate::probe::manners::Host;
use crate::wire::dns::{Question, Role};

/// What the servers of a zone say, once for all checks. What is below the domain is its own.
pub(in crate::probe::dns) async fn step(
    cx: &Context,
    zone: &str,
    servers: &[Carrier],
    (name, record): (&str, RecordType),
) -> Arc<Stepped> {
    let asking = Box::pin(anew(cx, zone, servers, (name, record)));
    let is_own = is_within(name, cx.plan.terms.domain.as_str());
    if is_own || cx.plan.views.contains(&View::ZoneFile) {
        return Arc::new(asking.await);
    }
    let asked = (zone, name, record);
    Box::pin(cx.shared.steps.get(cx, asked, asking)).await
}

/// What one of them says, and where addresses are asked for, what the others of the zone say.
pub(in crate::probe::dns) async fn anew(
    cx: &Context,
    zone: &str,
    servers: &[Carrier],
    question: (&str, RecordType),
) -> Stepped {
    let (stepped, asked) = ask_one_by_one(cx, zone, servers, question).await;
    let is_address = [RecordType::A, RecordType::Aaaa].contains(&question.1);
    let is_cut = matches!(stepped.step, Step::Cut(..));
    if !is_address || !zone.contains('.') || !(is_cut || matches!(stepped.step, Step::Said(_))) {
        return stepped;
    }
    let rest = servers
        .iter()
        .take(MAX_SERVERS)
        .map(|(server, known)| async {
            let address = address_of(cx, server, known).await?;
            let server = at(server, address);
            if asked.contains(&server) {
                return None;
            }
            let (said, _) = ask_one(cx, zone, &server, question, PATIENCE).await;
            match read(zone, question.0, said) {
                Step::Said(outcome) if !is_cut => Some((server, Step::Said(outcome))),
                Step::Cut(..) if !is_cut => None,
                step @ (Step::Cut(..) | Step::Said(_)) => Some((server, step)),
                _ => None,
            }
        });
    let rest = join_all(rest).await.into_iter().flatten();
    let Step::Cut(below, led_to) = &stepped.step else {
        let rest = rest.filter_map(|(server, step)| match step {
            Step::Said(outcome) => Some((server, outcome)),
            _ => None,
        });
        return Stepped {
            others: stepped.others.into_iter().chain(rest).collect(),
            ..stepped
        };
    };
    let is_other = |step: &Step| match step {
        Step::Cut(other, servers) => {
            !other.eq_ignore_ascii_case(below) || dispute::differ(servers, led_to)
        }
        _ => true,
    };
    let apart = rest.filter(|(_, step)| is_other(step)).collect();
    Stepped { apart, ..stepped }
}

/// Asks the servers one after the other. A denial needs the word of others, as one may lag behind;
/// who fails or is silent is asked again; and whether the others mind what one of them does is to be seen.
/// Told are those as well that were asked.
async fn ask_one_by_one(
    cx: &Context,
    zone: &str,
    servers: &[Carrier],
    (name, record): (&str, RecordType),
) -> (Stepped, Vec<NameServer>) {
    let mut passing = Passing::at(zone);
    let mut asked = Vec::new();
    let mut denying = Vec::new();
    let mut denied = None;
    let mut led = None;
    let mut failing = Vec::new();
    let mut is_silent = false;
    for (server, known) in in_turn(servers, cx.plan.terms.domain.as_str()).take(MAX_ASKED) {
        let Some(address) = address_of(cx, server, known).await else {
            continue;
        };
        let server = at(server, address);
        asked.push(server.clone());
        let (said, minding) = ask_one(cx, zone, &server, (name, record), PATIENCE).await;
        let minds = minding.is_some();
        let step = read(zone, name, said);
        match &step {
            Step::Failed(how, _) => {
                is_silent |= *how == Losing::Silent;
                failing.push(server);
                continue;
            }
            Step::Unknown => return (Stepped::to(step), asked),
            Step::Cut(..) | Step::Same(_) | Step::Said(_) => {
                passing.note(minding, None, Vec::new());
            }
        }
        match step {
            Step::Said(outcome) if outcome.is_no() => {
                // Where the name is no zone of its own, the next question tells.
                let is_enough =
                    record == RecordType::Ns && matches!(outcome, DnsOutcome::NoData { .. });
                denying.push((server, outcome.clone()));
                let said = Step::Said(outcome);
                if is_enough && !minds {
                    return (Stepped::to(said), asked);
                }
                denied.get_or_insert(said);
            }
            step => {
                led.get_or_insert((server, step));
                if !minds {
                    break;
                }
            }
        }
    }
    let (led_by, led) = led.unzip();
    if let Some(step) = led.or(denied) {
        let stepped = Stepped {
            others: denying,
            passed: passing.found(),
            led_by,
            ..Stepped::to(step)
        };
        return (stepped, asked);
    }
    if !is_silent && !failing.is_empty() {
        pause(cx).await;
    }
    // Whoever was not asked yet may say.
    let rest = in_turn(servers, cx.plan.terms.domain.as_str()).take(MAX_SERVERS);
    for (server, known) in rest.skip(MAX_ASKED) {
        let address = address_of(cx, server, known).await;
        failing.extend(address.map(|address| at(server, address)));
    }
    let limit = cx.plan.limits.dns;
    let again = failing.iter();
    let again = again.map(|server| ask_one(cx, zone, server, (name, record), limit));
    let mut told = None;
    let mut how = Losing::Fails;
    for (said, minding) in join_all(again).await {
        match read(zone, name, said) {
            Step::Failed(Losing::Silent, _) => how = Losing::Silent,
            Step::Failed(..) => {}
            step => {
                passing.note(minding, None, Vec::new());
                told.get_or_insert(step);
            }
        }
    }
    let asked = failing.clone();
    let stepped = Stepped {
        passed: passing.found(),
        ..Stepped::to(told.unwrap_or(Step::Failed(how, failing)))
    };
    (stepped, asked)
}

/// What one of them says, and what it minds.
pub(super) async fn ask_one(
    cx: &Context,
    zone: &str,
    server: &NameServer,
    (name, record): (&str, RecordType),
    limit: Duration,
) -> (DnsOutcome, Option<Minding>) {
    cx.turn([Host::NameServer(server.address.ip())]).await;
    let question = Question {
        name,
        record,
        role: Role::Authority,
    };
    let is_top = zone == ROOT || !zone.contains('.');
    let to = Server::plain(server.address);
    let asking = async {
        if is_top {
            exchange::ask(cx, to, question).await
        } else {
            cookie::ask(cx, to, question, cookie::BRIEFLY.min(limit)).await
        }
    };
    let Ok(said) = cx.within(limit.min(cx.plan.limits.dns), asking).await else {
        return (DnsOutcome::Unanswered(Unanswered::TimedOut), None);
    };
    // The servers of a top-level domain ask nobody else: what does is a resolver on the way.
    let recurses = said.marks.as_ref().is_some_and(|marks| marks.recursive);
    let refers = matches!(said.outcome, DnsOutcome::Elsewhere { .. });
    if is_top && recurses && !refers {
        return (DnsOutcome::Unanswered(Unanswered::NoWitness), None);
    }
    if !matches!(said.outcome, DnsOutcome::Unanswered(_)) {
        cx.remember_name_servers();
    }
    let minding = said.marks.as_ref();
    let minding = minding.and_then(|marks| Minding::by(server, marks));
    (said.outcome.within(zone), minding)
}

pub(super) fn read(zone: &str, name: &str, outcome: DnsOutcome) -> Step {
    match outcome {
        DnsOutcome::Elsewhere {
            zone: Some(below),
            servers,
            ..
        } if is_within(name, &below) => Step::Cut(below, believed(zone, servers)),
        DnsOutcome::Records { .. } if names(&outcome).next().is_some() => {
            Step::Same(name.to_owned())
        }
        outcome if outcome.is_conclusive() || !outcome.aliases().is_empty() => Step::Said(outcome),
        // What stands before the servers has what nobody else may have.
        outcome if outcome.is_unauthoritative() => Step::Unknown,
        DnsOutcome::Unanswered(Unanswered::NoWitness | Unanswered::Deadline) => Step::Unknown,
        DnsOutcome::Unanswered(_) => Step::Failed(Losing::Silent, Vec::new()),
        _ => Step::Failed(Losing::Fails, Vec::new()),
    }
}

/// The servers that are asked.
pub(in crate::probe::dns) fn asked_of(servers: &[Carrier]) -> Vec<NameServer> {
    let located = servers.iter().take(MAX_ASKED);
    let located = located.filter_map(|(name, addresses)| Some(at(name, *addresses.first()?)));
    located.collect()
}

fn at(name: &str, address: IpAddr) -> NameServer {
    NameServer {
        name: name.to_owned(),
        address: SocketAddr::new(address, DNS_PORT),
        beside: false,
    }
}
