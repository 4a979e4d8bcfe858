//! Servers of the zone that tell this network one thing and resolvers elsewhere another, for as long as they are asked:
//! no old answer, which would run out.

use std::iter::once;

use super::witness::{contents, denied, false_denial, said_by};
use super::{
    DOMAIN_DELEGATION_DIFFERS, DOMAIN_INTERNAL_VIEW, RESOLVER_ASTRAY, SERVERS_ANSWER_BY_SOURCE,
};
use crate::facts::{AddressFacts, Lookup, SrvFacts, ViewAnswer};
use crate::model::finding::{Finding, Severity};
use crate::model::plan::{Federation, Terms};

pub(super) fn judge(
    findings: &[Finding],
    srv: &SrvFacts,
    addresses: &[AddressFacts],
    terms: &Terms,
) -> Option<Finding> {
    // Resolvers that are led to other servers than these hear something else of them.
    let is_why = |finding: &Finding| {
        let causes = [
            &DOMAIN_DELEGATION_DIFFERS,
            &RESOLVER_ASTRAY,
            &DOMAIN_INTERNAL_VIEW,
        ];
        finding.severity == Severity::Fail || causes.contains(&finding.rule)
    };
    if terms.partner || findings.iter().any(is_why) {
        return None;
    }
    let record = once((&srv.lookup, None)).filter(|_| terms.federation == Federation::Open);
    let hosts = addresses.iter().map(|host| (&host.a, Some(&host.aaaa)));
    let (lookup, told) = record.chain(hosts).find_map(|(lookup, beside)| {
        let told = lookup.told_otherwise();
        let is_explained = told.iter().any(|it| is_denied(lookup, beside, it));
        (!told.is_empty() && !is_explained).then_some((lookup, told))
    })?;
    let answers = told.iter().map(|answer| said_by(answer));
    Some(
        Finding::new(&SERVERS_ANSWER_BY_SOURCE)
            .with("answers", answers.collect::<Vec<_>>())
            .with("published", contents(lookup.answer()))
            .with("name", lookup.name.as_str())
            .with("record", lookup.record.name()),
    )
}

/// Whether the servers themselves deny the name where it is asked for otherwise.
fn is_denied(lookup: &Lookup, beside: Option<&Lookup>, answer: &ViewAnswer) -> bool {
    let of_type = beside.and_then(|beside| denied(beside, lookup, Some(answer)));
    of_type.is_some() || false_denial(lookup, answer).is_some()
}
