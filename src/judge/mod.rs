//! The judges: pure functions from facts and terms to findings, and **the one ordered slice** of
//! steps and rules from which everything else is derived.
//!
//! No I/O, no clock, no texts for people in here. "Could not find out" never becomes "failed".

pub mod address;
pub mod certificate;
pub mod domain;
pub mod federation;
pub(crate) mod near_misses;
pub mod srv;
pub mod tcp;

use std::net::SocketAddr;

use crate::facts::{
    AddressFacts, ControlFacts, DnsOutcome, EndpointFacts, Lookup, SrvFacts, TcpOutcome,
    Unanswered, ViewAnswer, ZoneFacts,
};
use crate::model::finding::{Finding, Judged, Note, Rule, StepId, Value, rules};
use crate::model::plan::{Terms, View};

/// One row of the checklist.
#[derive(Debug)]
pub struct Step {
    /// Which one.
    pub id: StepId,
    /// What it can find.
    pub rules: &'static [&'static Rule],
    /// How it judges.
    pub judge: Judge,
}

/// A judge, by the facts that it needs.
#[derive(Clone, Copy, Debug)]
pub enum Judge {
    /// Judges the domain.
    Domain(fn(&ZoneFacts, &SrvFacts, &[AddressFacts], &Terms) -> Judged),
    /// Judges the FQDNs.
    Address(fn(&[AddressFacts], &[EndpointFacts], Option<&ControlFacts>, &Terms) -> Judged),
    /// Judges the SRV record.
    Srv(fn(&ZoneFacts, &SrvFacts, &Terms) -> Judged),
    /// Judges whether it can be connected to.
    Tcp(fn(&[AddressFacts], &[EndpointFacts], Option<&ControlFacts>, &Terms) -> Judged),
    /// Judges what was connected to.
    Endpoints(fn(&[AddressFacts], &[EndpointFacts], &Terms) -> Judged),
}

/// The checklist, in the guide's order (chapter 12).
pub static STEPS: [Step; 6] = [
    Step {
        id: StepId::Domain,
        rules: domain::RULES,
        judge: Judge::Domain(domain::judge),
    },
    Step {
        id: StepId::Address,
        rules: address::RULES,
        judge: Judge::Address(address::judge),
    },
    Step {
        id: StepId::Srv,
        rules: srv::RULES,
        judge: Judge::Srv(srv::judge),
    },
    Step {
        id: StepId::Tcp,
        rules: tcp::RULES,
        judge: Judge::Tcp(tcp::judge),
    },
    Step {
        id: StepId::Certificate,
        rules: certificate::RULES,
        judge: Judge::Endpoints(certificate::judge),
    },
    Step {
        id: StepId::Federation,
        rules: federation::RULES,
        judge: Judge::Endpoints(federation::judge),
    },
];

rules! {
    STEP_CRASHED = "step-crashed", Unknown, [], [];
    DEADLINE_REACHED = "deadline-reached", Unknown, [], [];
}

/// The rules that any step can find.
pub static ANY_STEP: &[&Rule] = RULES;

/// Every rule of the catalogue with the step it belongs to; `None` for those of any step.
pub fn all_rules() -> impl Iterator<Item = (Option<StepId>, &'static Rule)> {
    let own = STEPS
        .iter()
        .flat_map(|step| step.rules.iter().map(move |rule| (Some(step.id), *rule)));
    own.chain(ANY_STEP.iter().map(|rule| (None, *rule)))
}

/// What to say of a question that nobody answered with yes or no; `None` when somebody did.
pub(crate) fn lookup_failure(lookup: &Lookup) -> Option<Finding> {
    let named = |rule| {
        Finding::new(rule)
            .with("name", lookup.name.as_str())
            .with("record", lookup.record.name())
    };
    match lookup.answer() {
        DnsOutcome::Records { .. }
        | DnsOutcome::NoData { .. }
        | DnsOutcome::NoName { .. }
        | DnsOutcome::Elsewhere { .. } => None,
        DnsOutcome::Failed {
            rcode, extended, ..
        } => {
            let reasons: Vec<String> = extended.iter().map(ToString::to_string).collect();
            Some(
                named(&domain::DOMAIN_LOOKUP_FAILED)
                    .with("rcode", rcode.to_string())
                    .with("reasons", reasons),
            )
        }
        DnsOutcome::Unanswered(Unanswered::Deadline) => Some(Finding::new(&DEADLINE_REACHED)),
        DnsOutcome::Unanswered(reason) => {
            let servers: Vec<String> = lookup
                .answers
                .iter()
                .filter_map(|answer| match &answer.view {
                    View::System => answer.server.map(|server| server.to_string()),
                    named => Some(named.to_string()),
                })
                .collect();
            Some(
                named(&domain::DNS_UNREACHABLE)
                    .with("reason", reason.key())
                    .with("servers", servers),
            )
        }
    }
}

/// The facts that can fail a step: what the authority publishes, as far as it is known. What only
/// another view shows is detail, and named as such where the views are compared.
pub struct Counting {
    /// The FQDNs that count.
    pub addresses: Vec<AddressFacts>,
    /// Their published endpoints, and those that the user named.
    pub endpoints: Vec<EndpointFacts>,
}

impl Counting {
    /// Picks them out.
    pub fn among(
        srv: &SrvFacts,
        addresses: &[AddressFacts],
        endpoints: &[EndpointFacts],
        terms: &Terms,
    ) -> Self {
        let fqdns = srv::fqdns(Some(srv), terms);
        let counts = |host: &&AddressFacts| fqdns.contains(&host.fqdn);
        let addresses: Vec<AddressFacts> = addresses.iter().filter(counts).cloned().collect();
        let published = |endpoint: &&EndpointFacts| {
            let host = addresses.iter().find(|host| host.fqdn == endpoint.fqdn);
            host.is_some_and(|host| {
                let mut known = host.a.addresses().chain(host.aaaa.addresses());
                endpoint
                    .published
                    .is_none_or(|address| known.any(|other| other == address))
            })
        };
        let endpoints = endpoints.iter().filter(published).cloned().collect();
        Self {
            addresses,
            endpoints,
        }
    }
}

/// The views that see something else than what counts: each with its answer.
pub(crate) fn differing(lookup: &Lookup) -> Vec<&ViewAnswer> {
    let counts = lookup.answer();
    let differs = |answer: &&ViewAnswer| {
        answer.outcome.is_conclusive() && !answer.outcome.agrees_with(counts)
    };
    if !counts.is_conclusive() {
        return Vec::new();
    }
    lookup.answers.iter().filter(differs).collect()
}

/// How long a view may keep its answer: minutes, rounded up, and until when.
pub(crate) fn kept(finding: Finding, answer: &ViewAnswer, terms: &Terms) -> Finding {
    let seconds = match &answer.outcome {
        DnsOutcome::Records { records, .. } => records.iter().map(|record| record.ttl).min(),
        DnsOutcome::NoData { negative_ttl, .. } | DnsOutcome::NoName { negative_ttl, .. } => {
            *negative_ttl
        }
        DnsOutcome::Failed { .. } | DnsOutcome::Elsewhere { .. } | DnsOutcome::Unanswered(_) => {
            None
        }
    };
    let seconds = seconds.unwrap_or(0);
    let until = terms
        .made_at
        .saturating_add(time::Duration::seconds(seconds.into()));
    finding
        .with("minutes", seconds.div_ceil(60))
        .with("until", Value::Time(until))
}

/// The row of a step that has no endpoint to look at: which step it waits for.
pub(crate) fn without_endpoints(addresses: &[AddressFacts]) -> Judged {
    if addresses.is_empty() {
        Judged::waits_for(StepId::Srv, Note::new("needs-fqdn"))
    } else {
        Judged::waits_for(StepId::Address, Note::new("needs-address"))
    }
}

/// The endpoints that accepted TCP, or the row of a step that has none of them.
pub(crate) fn connected<'a>(
    addresses: &[AddressFacts],
    endpoints: &'a [EndpointFacts],
) -> Result<Vec<&'a EndpointFacts>, Judged> {
    if endpoints.is_empty() {
        return Err(without_endpoints(addresses));
    }
    let connected: Vec<_> = endpoints
        .iter()
        .filter(|endpoint| matches!(endpoint.tcp, TcpOutcome::Connected(_)))
        .collect();
    if connected.is_empty() {
        return Err(Judged::waits_for(StepId::Tcp, Note::new("needs-tcp")));
    }
    Ok(connected)
}

/// One finding for what holds at every endpoint; one per endpoint for the rest.
pub(crate) fn gather(judged: &[(SocketAddr, Vec<Finding>)]) -> Vec<Finding> {
    let everywhere = |finding: &Finding| {
        judged
            .iter()
            .all(|(_, findings)| findings.contains(finding))
    };
    let mut gathered: Vec<Finding> = Vec::new();
    for (endpoint, findings) in judged {
        for finding in findings {
            let finding = if everywhere(finding) {
                finding.clone()
            } else {
                finding.clone().at(*endpoint)
            };
            if !gathered.contains(&finding) {
                gathered.push(finding);
            }
        }
    }
    gathered
}

/// The remark that a connection went elsewhere than where partners would go.
pub(crate) fn elsewhere(endpoints: &[EndpointFacts]) -> Option<Finding> {
    let mut redirected: Vec<String> = endpoints
        .iter()
        .filter(|endpoint| endpoint.is_redirected())
        .map(|endpoint| endpoint.address.to_string())
        .collect();
    redirected.dedup();
    (!redirected.is_empty())
        .then(|| Finding::new(&tcp::TCP_CONNECTED_ELSEWHERE).with("addresses", redirected))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn steps_stand_in_the_order_of_the_guide() {
        let ids: Vec<StepId> = STEPS.iter().map(|step| step.id).collect();
        assert_eq!(ids, StepId::ALL);
        let numbers: Vec<u8> = ids.iter().map(|id| id.number()).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn codes_are_unique_and_well_formed() {
        let mut known = HashSet::new();
        for (_, rule) in all_rules() {
            assert!(known.insert(rule.code), "{} stands twice", rule.code);
            assert!(
                rule.code
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            );
        }
    }

    /// Codes are forever: a renamed or vanished one shows here.
    #[test]
    fn codes_are_forever() {
        let codes: Vec<String> = all_rules()
            .map(|(step, rule)| {
                let step = step.map_or("any", StepId::id);
                format!("{step} {} {}", rule.code, rule.severity.id())
            })
            .collect();
        insta::assert_snapshot!("codes", codes.join("\n"));
    }
}
