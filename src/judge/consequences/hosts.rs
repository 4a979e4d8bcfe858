//! Which server a finding about a certificate or a connection is about, where several are published
//! and only one of them shows anything.

use crate::facts::{EndpointFacts, Published};
use crate::judge::{certificate, federation};
use crate::model::finding::{GuideStep, Judged, StepId};

/// Names the server that alone was seen, where the texts would take the first one for it: what is
/// to be ordered or changed is so at the one that showed it.
pub(super) fn name(judged: &mut [(StepId, Judged)], published: &Published<'_>) {
    let Some(first) = published.addresses.first() else {
        return;
    };
    for (step, judged) in judged {
        let (rules, is_seen): (_, fn(&EndpointFacts) -> bool) = match step.of_guide() {
            Some(GuideStep::Certificate) => {
                (certificate::RULES, |endpoint| endpoint.shown().is_some())
            }
            Some(GuideStep::Federation) => (federation::RULES, EndpointFacts::is_open),
            Some(GuideStep::Domain | GuideStep::Srv | GuideStep::Address | GuideStep::Tcp)
            | None => continue,
        };
        let endpoints = published.endpoints.iter();
        let mut seen = endpoints.filter(|endpoint| is_seen(endpoint));
        let Some(only) = seen.next().map(|endpoint| &endpoint.fqdn) else {
            continue;
        };
        if *only == first.fqdn || seen.any(|endpoint| endpoint.fqdn != *only) {
            continue;
        }
        for finding in &mut judged.findings {
            if finding.fqdn().is_none() && rules.contains(&finding.rule) {
                *finding = finding.clone().with("host", only.as_str());
            }
        }
    }
}
