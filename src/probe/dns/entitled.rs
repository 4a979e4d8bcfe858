//! Asks those who are entitled to answer: the servers of the zone that a name is in, past
//! delegations below that zone and aliases that lead out of it.

use super::{Question, Server, authority, exchange, published_by};
use crate::facts::{
    Alias, AuthorityFacts, DnsOutcome, HandedBy, Handover, Lookup, RecordType, ServerAnswer,
};
use crate::model::plan::Authority;
use crate::probe::Context;
use crate::wire::dns::Role;

/// How often a question is handed on until nobody follows any more.
const MAX_HANDOVERS: usize = 6;

/// What the entitled servers answer, and how they were found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entitled {
    answers: Vec<ServerAnswer>,
    handovers: Vec<Handover>,
    given: bool,
    intercepted: bool,
}

impl Entitled {
    /// The lookup with this beside what the views see.
    pub(crate) fn beside(self, lookup: Lookup) -> Lookup {
        Lookup {
            authority: self.answers,
            handovers: self.handovers,
            given: self.given,
            intercepted: self.intercepted,
            ..lookup
        }
    }
}

/// Asks whoever is entitled to answer, beginning with the servers of the domain's zone.
pub(crate) async fn ask(
    cx: &Context,
    domain: Option<&AuthorityFacts>,
    name: &str,
    record: RecordType,
) -> Entitled {
    let mut entitled = Entitled::default();
    let mut asked = match domain {
        Some(domain) if domain.speaks_for(name) => domain.clone(),
        _ if cx.plan.authority == Authority::Off => return entitled,
        _ => match authority::of(cx, name).await {
            Some(other) => other,
            None => return entitled,
        },
    };
    entitled.given = asked.given;
    let mut name = name.to_owned();
    let mut aliases: Vec<Alias> = Vec::new();
    loop {
        let answers = published_by(cx, &asked, &name, record).await;
        let next = if entitled.handovers.len() < MAX_HANDOVERS {
            onward(cx, &asked, &answers).await
        } else {
            None
        };
        let Some(Next { handover, through }) = next else {
            entitled.intercepted = is_intercepted(cx, &asked, &answers, &name, record).await;
            let answers = answers.into_iter();
            entitled.answers = answers
                .map(|answer| ServerAnswer {
                    outcome: answer.outcome.after(&aliases),
                    ..answer
                })
                .collect();
            return entitled;
        };
        let to = handover.to.clone();
        // Who was named speaks for the domain, not for what an alias leads to.
        if handover.by == HandedBy::Alias {
            entitled.given = to.as_ref().is_some_and(|to| to.given);
        }
        // An alias within the zone is none of the handovers that count.
        if handover.from != to.as_ref().map_or("", |to| &to.apex) {
            entitled.handovers.push(handover);
        }
        if let Some(last) = through.last() {
            name.clone_from(&last.target);
        }
        aliases.extend(through);
        match to {
            Some(to) if !to.servers.is_empty() => asked = to,
            _ => return entitled,
        }
        if aliases.len() > MAX_HANDOVERS {
            return entitled;
        }
    }
}

/// Where a question goes from one zone.
struct Next {
    handover: Handover,
    /// The aliases on the way.
    through: Vec<Alias>,
}

/// Whom the servers of a zone hand the question to, where none of them answers it.
async fn onward(cx: &Context, from: &AuthorityFacts, answers: &[ServerAnswer]) -> Option<Next> {
    let mut outcomes = answers.iter().map(|answer| &answer.outcome);
    if outcomes.clone().any(DnsOutcome::is_conclusive) {
        return None;
    }
    let (aliases, zone, servers) = outcomes.find_map(|outcome| match outcome {
        DnsOutcome::Elsewhere {
            aliases,
            zone,
            servers,
        } => Some((aliases.clone(), zone.clone(), servers.clone())),
        _ => None,
    })?;
    let handover = |at: &str, by, to| Handover {
        from: from.apex.clone(),
        at: at.to_owned(),
        by,
        to,
    };
    if let Some(zone) = zone {
        let to = authority::referred_to(cx, &zone, servers).await;
        return Some(Next {
            handover: handover(&zone, HandedBy::Delegation, Some(to)),
            through: Vec::new(),
        });
    }
    let last = aliases.last()?;
    let to = if from.speaks_for(&last.target) {
        Some(from.clone())
    } else {
        authority::of(cx, &last.target).await
    };
    Some(Next {
        handover: handover(&last.name, HandedBy::Alias, to),
        through: aliases,
    })
}

/// Where every server refuses: whether what refuses is a resolver on the way, to which many networks
/// redirect whatever goes to port 53. It answers those who ask for recursion; a server of the zone
/// says the same to everybody.
async fn is_intercepted(
    cx: &Context,
    asked: &AuthorityFacts,
    answers: &[ServerAnswer],
    name: &str,
    record: RecordType,
) -> bool {
    let fails = |answer: &ServerAnswer| matches!(answer.outcome, DnsOutcome::Failed { .. });
    let Some(first) = answers.iter().find(|answer| fails(answer)) else {
        return false;
    };
    if asked.given || answers.iter().any(|answer| answer.outcome.is_conclusive()) {
        return false;
    }
    let question = Question {
        name,
        record,
        role: Role::Interceptor,
    };
    let server = Server::plain(first.server.address);
    let asking = exchange::ask(cx, server, question);
    let said = cx.within(cx.plan.limits.dns, asking).await;
    said.is_ok_and(|said| !said.outcome.records().is_empty() || said.outcome.zone().is_some())
}
