//! The servers of the top-level domain as a control: what a question meets there as well is done to it on the
//! way from here, and not by the servers of the domain.

use super::delegation::carriers::{address_of, in_turn};
use super::delegation::root::{self, Top};
use super::exchange::transport::Server;
use super::exchange::{self, Said, cookie, delivery};
use crate::facts::{DnsOutcome, Lookup, Marks, RecordType, ServerAnswer, Standing};
use crate::model::limits::DNS_PORT;
use crate::probe::Context;
use crate::probe::manners::Host;
use crate::wire::dns::{Question, Role, outcome};

/// So many of them are asked until one answers.
const MAX_ASKED: usize = 2;

/// Whether something is wrong with how the servers of a zone answer, and a server of the top-level domain
/// answers the same question just so. That domain is in use all over the internet: whoever asks gets a
/// referral there.
pub(crate) async fn meets_the_same(cx: &Context, lookup: &Lookup) -> bool {
    let fails = matches!(lookup.standing(), Standing::Refused(_));
    if !fails && !lookup.authority.iter().any(minds) {
        return false;
    }
    let Some((_, top)) = lookup.name.rsplit_once('.') else {
        return false;
    };
    let Top::Served(servers) = root::top(cx, top).await else {
        return false;
    };
    for (name, glue) in in_turn(&servers, &lookup.name).take(MAX_ASKED) {
        let Some(address) = address_of(cx, name, glue).await else {
            continue;
        };
        cx.turn([Host::NameServer(address)]).await;
        let question = Question {
            name: &lookup.name,
            record: lookup.record,
            role: Role::Authority,
        };
        let to = Server::plain((address, DNS_PORT).into());
        let asking = async {
            if fails {
                exchange::ask(cx, to, question).await
            } else {
                cookie::ask(cx, to, question, cookie::BRIEFLY).await
            }
        };
        let Ok(said) = cx.within(cx.plan.limits.dns, asking).await else {
            continue;
        };
        if !said.outcome.is_silence() {
            let outcome = said.outcome.clone().within(top);
            return if fails {
                lookup.authority.iter().any(|it| fails_like(it, &outcome))
            } else {
                lookup.authority.iter().any(|it| minds_like(it, &said))
            };
        }
    }
    false
}

/// Whether servers on the internet are heard themselves from here: one of the top-level domain speaks for it (AA), and
/// offers to ask nobody else (RA), as a resolver on the way would. It is asked once in a check, and only where
/// something points to such a one.
pub(crate) async fn hears_servers(cx: &Context) -> bool {
    let asking = Box::pin(hears_top(cx));
    *cx.hears_servers.get_or_init(|| asking).await
}

async fn hears_top(cx: &Context) -> bool {
    let domain = cx.plan.terms.domain.as_str();
    let top = domain.rsplit('.').next().unwrap_or(domain);
    let Top::Served(servers) = root::top(cx, top).await else {
        return false;
    };
    let question = Question {
        name: top,
        record: RecordType::Soa,
        role: Role::Authority,
    };
    let Some(query) = question.message(true) else {
        return false;
    };
    for (name, glue) in in_turn(&servers, domain).take(MAX_ASKED) {
        let Some(address) = address_of(cx, name, glue).await else {
            continue;
        };
        cx.turn([Host::NameServer(address)]).await;
        let to = Server::plain((address, DNS_PORT).into());
        let asking = cx.within(cx.plan.limits.dns, delivery::put(cx, to, &query));
        if let Ok(Ok(answer)) = asking.await {
            let claims = answer.metadata.authoritative && !answer.metadata.recursion_available;
            return claims && !outcome(&answer, question).records().is_empty();
        }
    }
    false
}

fn minds(answer: &ServerAnswer) -> bool {
    let minds = |marks: &Marks| marks.to_edns.is_some() || marks.to_cookie.is_some();
    answer.marks.as_ref().is_some_and(minds)
}

/// Whether both fail in the same way. A server that is silent may be out of order itself.
fn fails_like(answer: &ServerAnswer, control: &DnsOutcome) -> bool {
    match (&answer.outcome, control) {
        (DnsOutcome::Failed { rcode: one, .. }, DnsOutcome::Failed { rcode: other, .. }) => {
            one == other
        }
        (one, other) => one.is_unreadable() && one == other,
    }
}

fn minds_like(answer: &ServerAnswer, control: &Said) -> bool {
    let (Some(one), Some(other)) = (&answer.marks, &control.marks) else {
        return false;
    };
    let to_edns = one.to_edns.is_some() && other.to_edns.is_some();
    let to_cookie = one.to_cookie.is_some() && other.to_cookie.is_some();
    to_edns || to_cookie
}
