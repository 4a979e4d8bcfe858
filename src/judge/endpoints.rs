//! What the steps that look at endpoints share.

use std::net::SocketAddr;

use crate::facts::{EndpointFacts, Published};
use crate::model::finding::{Finding, Judged, Note, StepId};

/// The row of a step that has no endpoint to look at: the step that it waits for.
pub(super) fn without_endpoints(published: &Published<'_>) -> Judged {
    if published.addresses.is_empty() {
        Judged::waits_for(StepId::Srv, Note::new("needs-fqdn"))
    } else {
        Judged::waits_for(StepId::Address, Note::new("needs-address"))
    }
}

/// The endpoints that accepted TCP, or the row of a step that has none of them.
pub(super) fn connected<'a>(published: &Published<'a>) -> Result<Vec<&'a EndpointFacts>, Judged> {
    if published.endpoints.is_empty() {
        return Err(without_endpoints(published));
    }
    let endpoints = published.endpoints.iter().copied();
    let connected: Vec<_> = endpoints.filter(|endpoint| endpoint.is_open()).collect();
    if connected.is_empty() {
        return Err(Judged::waits_for(StepId::Tcp, Note::new("needs-tcp")));
    }
    Ok(connected)
}

/// One finding for what holds at every endpoint; one per endpoint for the rest.
pub(super) fn gather(judged: &[(SocketAddr, Vec<Finding>)]) -> Vec<Finding> {
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
