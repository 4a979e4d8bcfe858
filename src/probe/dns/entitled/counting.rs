//! What of the answers of the servers of a zone counts.

use crate::facts::{
    Alias, AuthorityFacts, DnsOutcome, RecordType, ServerAnswer, is_loop, is_within,
};
use crate::model::limits::MAX_ALIASES;
use crate::probe::Context;
use crate::probe::dns::control;
use crate::probe::dns::exchange;
use crate::probe::dns::exchange::transport::Server;
use crate::probe::manners::Host;
use crate::wire::dns::{Question, Role};

/// Leaves out the answers of servers that only the zone itself names, where those that the zone above
/// names tell nothing: whoever remembers nothing asks no others. Further addresses of a server whose name lies in
/// another zone stay: Unbound looks them up once the old ones fail. Returns whether those above are silent while
/// others answer, so that it is not the way from here that is closed.
pub(super) fn leave_out_those_beside(
    asked: &AuthorityFacts,
    answers: &mut Vec<ServerAnswer>,
) -> bool {
    let tells = |answer: &ServerAnswer| {
        answer.outcome.is_conclusive() || matches!(answer.outcome, DnsOutcome::Elsewhere { .. })
    };
    if answers
        .iter()
        .any(|answer| !answer.server.beside && tells(answer))
    {
        return false;
    }
    let led_to = asked.servers.iter().filter(|server| !server.beside);
    let elsewhere = led_to.filter(|server| !is_within(&server.name, &asked.apex));
    let names: Vec<&str> = elsewhere.map(|server| server.name.as_str()).collect();
    let is_left_out = |answer: &mut ServerAnswer| {
        let server = &answer.server;
        server.beside && !names.contains(&server.name.as_str())
    };
    let others: Vec<ServerAnswer> = answers.extract_if(.., is_left_out).collect();
    let are_heard = others.iter().any(tells);
    are_heard && answers.iter().all(|answer| answer.outcome.is_silence())
}

/// Of more aliases than are followed it is not known what stands at their end. It is the same limit
/// wherever they were met: in one answer, or from zone to zone.
pub(super) fn bound(answers: &mut [ServerAnswer]) {
    for answer in answers {
        let aliases = answer.outcome.aliases();
        let round = (1..=aliases.len()).find(|end| is_loop(&aliases[..*end]));
        if let Some(end) = round {
            answer.outcome = DnsOutcome::NoData {
                aliases: aliases[..end].to_vec(),
                negative_ttl: None,
                zone: None,
            };
        } else if aliases.len() > MAX_ALIASES {
            answer.outcome = DnsOutcome::too_many_aliases();
        }
    }
}

/// The servers that answer with an error, while others hand the question on.
pub(super) fn failing(answers: Vec<ServerAnswer>) -> Vec<ServerAnswer> {
    let fails = |answer: &ServerAnswer| matches!(answer.outcome, DnsOutcome::Failed { .. });
    let failing = answers
        .into_iter()
        .filter(|it| fails(it) && it.outcome.is_failure());
    failing.collect()
}

/// These answers for a name that the aliases led from.
pub(super) fn after(answers: Vec<ServerAnswer>, aliases: &[Alias]) -> Vec<ServerAnswer> {
    let answers = answers.into_iter().map(|answer| ServerAnswer {
        outcome: answer.outcome.after(aliases),
        ..answer
    });
    answers.collect()
}

/// Where every server refuses: whether what refuses is a resolver on the way, to which many networks
/// redirect whatever goes to port 53. It answers those who ask for recursion; a server of the zone
/// says the same to everybody.
pub(super) async fn is_intercepted(
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
    // It would answer in the place of others as well.
    if control::hears_servers(cx).await {
        return false;
    }
    let question = Question {
        name,
        record,
        role: Role::Interceptor,
    };
    cx.turn([Host::NameServer(first.server.address.ip())]).await;
    let server = Server::plain(first.server.address);
    let asking = exchange::ask(cx, server, question);
    let said = cx.within(cx.plan.limits.dns, asking).await;
    said.is_ok_and(|said| !said.outcome.records().is_empty() || said.outcome.zone().is_some())
}
