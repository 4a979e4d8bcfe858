//! Where a walk from the top-level domain down gets no further, as none of the servers of a zone says where the
//! name is: whether that is so for everybody, or only from here.

use super::delegated::Delegated;
use crate::facts::{
    AuthorityFacts, DnsOutcome, Impasse, Losing, NameServer, RecordType, ServerAnswer, Unanswered,
    is_within,
};
use crate::probe::Context;
use crate::probe::dns::exchange;
use crate::probe::dns::exchange::transport::Server;
use crate::probe::dns::servers::among;
use crate::probe::manners::Host;
use crate::wire::dns::{Question, Role};

/// The end of a walk at the servers of this zone, which said this; `None` where that may be for want of a
/// way from here to any server.
pub(in crate::probe::dns) async fn at(
    cx: &Context,
    zone: &Delegated,
    name: &str,
    mut said: Vec<ServerAnswer>,
) -> Option<Impasse> {
    said.retain(|answer| is_theirs(zone, answer));
    if tells_of_addresses(cx, zone, &said, name).await {
        said.clear();
    }
    let is_top = zone.from == ".";
    if is_top && (!is_heard(cx, zone, &said) || is_intercepted(cx, &said, name).await) {
        return None;
    }
    Some(Impasse {
        zone: zone.apex.clone(),
        name: name.to_owned(),
        servers: said,
    })
}

/// Whether it is not the way from here that is closed: these servers say something, or others do.
pub(in crate::probe::dns) fn is_heard(
    cx: &Context,
    zone: &Delegated,
    said: &[ServerAnswer],
) -> bool {
    let says = |answer: &ServerAnswer| {
        !matches!(answer.outcome, DnsOutcome::Unanswered(_)) || answer.outcome.is_unreadable()
    };
    let is_open = || zone.from != "." || said.iter().any(says) || cx.hears_name_servers();
    !said.is_empty() && is_open()
}

/// Whether this is no limit of this machine. It reaches IPv4 addresses where the zone above answers at one.
fn is_theirs(zone: &Delegated, answer: &ServerAnswer) -> bool {
    let is_unreachable = answer.outcome == DnsOutcome::Unanswered(Unanswered::Unreachable);
    let above = zone.by.as_ref();
    let has_v4 = answer.server.address.is_ipv4() && above.is_some_and(|by| by.address.is_ipv4());
    !answer.outcome.is_our_limit() || is_unreachable && has_v4
}

/// Whether it is the question for name servers alone that is answered with an error: resolvers go on with the
/// name that they want an address of.
async fn tells_of_addresses(
    cx: &Context,
    zone: &Delegated,
    said: &[ServerAnswer],
    name: &str,
) -> bool {
    let fails = |answer: &&ServerAnswer| !matches!(answer.outcome, DnsOutcome::Unanswered(_));
    let Some(first) = said.iter().find(fails) else {
        return false;
    };
    let question = Question {
        name,
        record: RecordType::A,
        role: Role::Authority,
    };
    cx.turn([Host::NameServer(first.server.address.ip())]).await;
    let asking = exchange::ask(cx, Server::plain(first.server.address), question);
    let said = cx.within(cx.plan.limits.dns, asking).await;
    said.is_ok_and(|said| {
        let outcome = said.outcome.within(&zone.apex);
        let leads_on = matches!(outcome, DnsOutcome::Elsewhere { .. });
        leads_on || outcome.is_conclusive() && !outcome.is_unproven()
    })
}

/// Whether these servers of a top-level domain, which fail or are silent, are so to everybody.
pub(in crate::probe::dns) async fn is_for_all(
    cx: &Context,
    how: Losing,
    servers: &[NameServer],
    question: (&str, RecordType),
) -> bool {
    match (how, servers.first()) {
        (Losing::Silent, Some(_)) => cx.hears_name_servers(),
        (_, Some(first)) => !recurses(cx, first, question).await,
        (_, None) => false,
    }
}

async fn is_intercepted(cx: &Context, said: &[ServerAnswer], name: &str) -> bool {
    let fails = |answer: &&ServerAnswer| !matches!(answer.outcome, DnsOutcome::Unanswered(_));
    match said.iter().find(fails) {
        Some(first) => recurses(cx, &first.server, (name, RecordType::Ns)).await,
        None => false,
    }
}

/// Whether what fails is a resolver on the way: it answers whoever asks for recursion, and many refuse the
/// others. A top-level domain's servers do so for nobody.
async fn recurses(cx: &Context, server: &NameServer, (name, record): (&str, RecordType)) -> bool {
    let question = Question {
        name,
        record,
        role: Role::Interceptor,
    };
    cx.turn([Host::NameServer(server.address.ip())]).await;
    let server = Server::plain(server.address);
    let asking = exchange::ask(cx, server, question);
    let said = cx.within(cx.plan.limits.dns, asking).await;
    said.is_ok_and(|said| {
        let recurses = said.marks.as_ref().is_some_and(|marks| marks.recursive);
        recurses && said.outcome.is_conclusive() && !said.outcome.is_unproven()
    })
}

/// Who a resolver here still goes to, past the servers of that zone. `None` where the name may be in the
/// zone itself: its servers say so when they are asked.
pub(in crate::probe::dns) fn beyond(
    cx: &Context,
    seen: Option<&AuthorityFacts>,
    zone: &Delegated,
    impasse: &Impasse,
) -> Option<AuthorityFacts> {
    let is_below = |seen: &AuthorityFacts| {
        is_within(&seen.apex, &zone.apex) && !seen.apex.eq_ignore_ascii_case(&zone.apex)
    };
    let remembered = match seen {
        Some(seen) if zone.from == "." || is_below(seen) => seen.clone(),
        None if zone.from == "." => among(cx, &impasse.name, Vec::new()),
        _ => return None,
    };
    (!impasse.servers.is_empty()).then(|| AuthorityFacts {
        impasse: Some(impasse.clone()),
        ..remembered
    })
}
