//! One step on the way to a name server: what the servers of one zone say to one question.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::carriers::{Carrier, MAX_ASKED, PATIENCE, address_of, believed, in_turn};
use super::servers::names;
use super::steps::Step;
use super::{Question, Server, exchange};
use crate::facts::{DnsOutcome, Losing, NameServer, RecordType, Unanswered, is_within};
use crate::model::limits::DNS_PORT;
use crate::model::plan::View;
use crate::probe::Context;
use crate::probe::manners::Host;
use crate::wire::dns::Role;

/// What the servers of a zone say, once for all checks. What is below the domain is its own.
pub(super) async fn step(
    cx: &Context,
    zone: &str,
    servers: &[Carrier],
    (name, record): (&str, RecordType),
) -> Arc<Step> {
    let asking = Box::pin(ask(cx, zone, servers, (name, record)));
    let is_own = is_within(name, cx.plan.terms.domain.as_str());
    if is_own || cx.plan.views.contains(&View::ZoneFile) {
        return Arc::new(asking.await);
    }
    let asked = (zone, name, record);
    Box::pin(cx.shared.steps.get(cx, asked, asking)).await
}

/// Asks the servers one after the other. A denial needs the word of others, as one may lag behind;
/// and who fails or is silent is asked again.
async fn ask(
    cx: &Context,
    zone: &str,
    servers: &[Carrier],
    (name, record): (&str, RecordType),
) -> Step {
    let mut denied = None;
    let mut failing = Vec::new();
    for (server, known) in in_turn(servers, cx.plan.terms.domain.as_str()).take(MAX_ASKED) {
        let Some(address) = address_of(cx, server, known).await else {
            continue;
        };
        let server = at(server, address);
        let said = ask_one(cx, zone, &server, (name, record), PATIENCE).await;
        match read(zone, name, said) {
            Step::Said(outcome) if outcome.is_no() => {
                // Where the name is no zone of its own, the next question tells.
                if record == RecordType::Ns && matches!(outcome, DnsOutcome::NoData { .. }) {
                    return Step::Said(outcome);
                }
                denied.get_or_insert(Step::Said(outcome));
            }
            Step::Failed(_) => failing.push(server),
            step => return step,
        }
    }
    if let Some(denied) = denied {
        return denied;
    }
    let limit = cx.plan.limits.dns;
    let again = failing.iter();
    let again = again.map(|server| ask_one(cx, zone, server, (name, record), limit));
    let again: Vec<Step> = join_all(again)
        .await
        .into_iter()
        .map(|said| read(zone, name, said))
        .collect();
    let is_silent = again
        .iter()
        .any(|step| matches!(step, Step::Failed(Losing::Silent)));
    let told = again
        .into_iter()
        .find(|step| !matches!(step, Step::Failed(_)));
    let how = if is_silent {
        Losing::Silent
    } else {
        Losing::Fails
    };
    told.unwrap_or(Step::Failed(how))
}

async fn ask_one(
    cx: &Context,
    zone: &str,
    server: &NameServer,
    (name, record): (&str, RecordType),
    limit: Duration,
) -> DnsOutcome {
    cx.turn([Host::NameServer(server.address.ip())]).await;
    let question = Question {
        name,
        record,
        role: Role::Authority,
    };
    let asking = exchange::ask(cx, Server::plain(server.address), question);
    let Ok(said) = cx.within(limit.min(cx.plan.limits.dns), asking).await else {
        return DnsOutcome::Unanswered(Unanswered::TimedOut);
    };
    // The servers of a top-level domain ask nobody else: what does is a resolver on the way.
    let recurses = said.marks.as_ref().is_some_and(|marks| marks.recursive);
    let refers = matches!(said.outcome, DnsOutcome::Elsewhere { .. });
    if !zone.contains('.') && recurses && !refers {
        return DnsOutcome::Unanswered(Unanswered::NoWitness);
    }
    if !matches!(said.outcome, DnsOutcome::Unanswered(_)) {
        cx.remember_name_servers();
    }
    said.outcome.within(zone)
}

fn read(zone: &str, name: &str, outcome: DnsOutcome) -> Step {
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
        DnsOutcome::Unanswered(_) => Step::Failed(Losing::Silent),
        _ => Step::Failed(Losing::Fails),
    }
}

/// The servers that are asked.
pub(super) fn asked_of(servers: &[Carrier]) -> Vec<NameServer> {
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
