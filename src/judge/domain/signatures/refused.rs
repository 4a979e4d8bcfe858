//! What resolvers refuse for its signatures, and say so.

use std::iter::once;

use crate::facts::{AddressFacts, DnsOutcome, Lookup, SrvFacts, ViewAnswer, ZoneFacts};
use crate::judge::domain::RESOLVER_MISJUDGES;
use crate::model::finding::Finding;
use crate::model::plan::{Federation, Terms, View};

/// What a resolver refuses, and why it says so.
pub(super) struct Refused<'a> {
    pub(super) lookup: &'a Lookup,
    pub(super) answer: &'a ViewAnswer,
    pub(super) reasons: Vec<String>,
}

/// The first answer that was refused, of those that the verdict rests on: without mail servers and IPv6
/// addresses the server is found all the same, and that of the domain itself is asked for by us alone.
pub(super) fn first<'a>(
    zone: &'a ZoneFacts,
    srv: &'a SrvFacts,
    addresses: &'a [AddressFacts],
    terms: &Terms,
) -> Option<Refused<'a>> {
    let hosts = || addresses.iter().map(|host| &host.a);
    // Nobody asks for the record in direct federation.
    let record = || once(&srv.lookup).filter(|_| terms.federation == Federation::Open);
    let needed = || record().chain(hosts());
    let answers_all = |view: &View| {
        let mut answers = needed().flat_map(|lookup| &lookup.answers);
        !addresses.is_empty()
            && answers.all(|answer| answer.view != *view || answer.outcome.is_conclusive())
    };
    let of = |lookup: &'a Lookup| lookup.answers.iter().map(move |answer| (lookup, answer));
    let own = of(&zone.soa).filter(|(_, answer)| !answers_all(&answer.view));
    let mut answers = own.chain(needed().flat_map(of));
    answers.find_map(|(lookup, answer)| {
        let DnsOutcome::Failed {
            extended,
            answers_unchecked,
            ..
        } = &answer.outcome
        else {
            return None;
        };
        let blaming = extended.iter().filter(|error| error.is_about_signatures());
        let reasons: Vec<String> = blaming.map(ToString::to_string).collect();
        (*answers_unchecked || !reasons.is_empty()).then_some(Refused {
            lookup,
            answer,
            reasons,
        })
    })
}

/// Names the question whose answer it refused.
pub(super) fn question(finding: Finding, refused: &Refused<'_>) -> Finding {
    finding
        .with("name", refused.lookup.name.as_str())
        .with("record", refused.lookup.record.name())
        .with("reasons", refused.reasons.clone())
}

/// It is the resolver that is wrong.
pub(super) fn misjudged(refused: &Refused<'_>, why: &'static str) -> Finding {
    question(Finding::new(&RESOLVER_MISJUDGES), refused)
        .with("view", refused.answer.view.to_string())
        .with("why", why)
}
