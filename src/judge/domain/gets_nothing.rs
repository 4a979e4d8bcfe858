//! Questions that the servers of the zone answer this network, and no resolver that was asked gets an answer to: a
//! firewall or an access list may let nobody else ask.

use std::iter::once;

use super::{DOMAIN_DNSSEC_BOGUS, RESOLVER_GETS_NOTHING, RESOLVER_MISJUDGES};
use crate::facts::{AddressFacts, DnsOutcome, Lookup, SrvFacts, ViewAnswer, ZoneFacts};
use crate::model::finding::{Finding, Said, Severity, Value};
use crate::model::plan::{Federation, Terms};

/// One question, and the resolvers that get no answer to it though they answer others of its kind.
struct Vain<'a> {
    lookup: &'a Lookup,
    failing: Vec<&'a ViewAnswer>,
    /// No resolver has what the servers publish, nor anything else.
    whole: bool,
}

/// Adds what is said of such questions. Whether partners' resolvers get there is not known where none of those that
/// were asked does.
pub(super) fn add_to(
    findings: &mut Vec<Finding>,
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
    terms: &Terms,
) {
    // A server goes by its own resolver: in the partner view that is told where it differs.
    let is_why = |finding: &Finding| {
        let is_refused = finding.rule == &DOMAIN_DNSSEC_BOGUS;
        finding.severity == Severity::Fail || is_refused && finding.severity != Severity::Info
    };
    if terms.partner || findings.iter().any(is_why) {
        return;
    }
    // Nobody asks for the record in direct federation.
    let record = once(&srv.lookup).filter(|_| terms.federation == Federation::Open);
    let needed = record.chain(addresses.iter().map(|host| &host.a));
    let mut vain: Vec<Vain> = needed.filter_map(|lookup| of(zone, lookup)).collect();
    let is_whole = vain.iter().any(|vain| vain.whole);
    vain.retain(|vain| vain.whole == is_whole);
    let Some(first) = vain.first() else {
        return;
    };
    let failing: Vec<&ViewAnswer> = vain
        .iter()
        .flat_map(|vain| &vain.failing)
        .copied()
        .collect();
    let mut said: Vec<Said> = Vec::new();
    for answer in &failing {
        let said_by = said_by(answer);
        if !said.iter().any(|known| known.who == said_by.who) {
            said.push(said_by);
        }
    }
    let refuses = |finding: &Finding| finding.rule == &RESOLVER_MISJUDGES;
    if findings.iter().any(refuses) {
        // One resolver may be wrong about signatures. Where several are, it is more likely that they are shown none.
        if said.len() < 2 || !is_whole {
            return;
        }
        findings.retain(|finding| !refuses(finding));
    }
    let is_unchecked = failing.iter().all(|answer| answers_unchecked(answer));
    let questions = vain.iter().map(|vain| &vain.lookup);
    let questions = questions.map(|lookup| format!("{} ({})", lookup.name, lookup.record.name()));
    let finding = Finding::new(&RESOLVER_GETS_NOTHING)
        .with("questions", questions.collect::<Vec<_>>())
        .with("resolvers", Value::Said(said))
        .with("why", if is_whole { "all" } else { "some" })
        .with("unchecked", if is_unchecked { "yes" } else { "no" })
        .with("name", first.lookup.name.as_str())
        .with("record", first.lookup.record.name());
    findings.push(if is_whole {
        finding
    } else {
        finding.weighing(Severity::Info)
    });
}

fn of<'a>(zone: &ZoneFacts, lookup: &'a Lookup) -> Option<Vain<'a>> {
    let mut failing = lookup.in_vain();
    failing.retain(|answer| zone.answers_others(lookup, answer));
    let mut answers = lookup.answers.iter();
    let whole = !answers.any(|it| it.outcome.is_conclusive() && it.doubt().is_none());
    (!failing.is_empty()).then_some(Vain {
        lookup,
        failing,
        whole,
    })
}

fn said_by(answer: &ViewAnswer) -> Said {
    let (what, key) = match &answer.outcome {
        DnsOutcome::Failed { rcode, .. } => (rcode.to_string(), rcode.key()),
        _ => ("silence".to_owned(), Some("said-nothing")),
    };
    Said {
        who: answer.view.to_string(),
        what,
        key,
        reasons: answer.extended(),
    }
}

/// Whether the answer comes where the resolver is told not to check its signatures.
fn answers_unchecked(answer: &ViewAnswer) -> bool {
    let DnsOutcome::Failed {
        answers_unchecked, ..
    } = &answer.outcome
    else {
        return false;
    };
    *answers_unchecked
}
