//! What resolvers refuse for its signatures, and say so.

use std::iter::once;

use time::OffsetDateTime;

use super::broken::explained;
use super::{astray, needed};
use crate::facts::{AddressFacts, DnsOutcome, Lookup, SrvFacts, ViewAnswer, ZoneFacts};
use crate::judge::domain::{DOMAIN_DNSSEC_BOGUS, RESOLVER_MISJUDGES, name_of};
use crate::model::finding::{Finding, Severity};
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

fn misjudged(refused: &Refused<'_>, why: &'static str) -> Finding {
    question(Finding::new(&RESOLVER_MISJUDGES), refused)
        .with("view", refused.answer.view.to_string())
        .with("why", why)
}

/// What a resolver refuses though there is a server from which all others would take it.
pub(super) fn alone(refused: &Refused<'_>, zone: &ZoneFacts, now: OffsetDateTime) -> Finding {
    let Some((facts, astray)) = astray(zone, now) else {
        let is_signed = needed(zone).any(|facts| !facts.announced.is_empty());
        return misjudged(refused, if is_signed { "signed" } else { "unsigned" });
    };
    let finding = question(Finding::new(&DOMAIN_DNSSEC_BOGUS), refused);
    let finding = finding.weighing(Severity::Warn);
    let names: Vec<String> = astray.iter().map(|server| name_of(server)).collect();
    explained(finding, "partly", Some((facts, None)), &[], (None, now)).with("servers", names)
}
