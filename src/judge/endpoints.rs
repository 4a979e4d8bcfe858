//! What the steps that look at endpoints share.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use crate::facts::{EndpointFacts, Published, ShownChain};
use crate::model::finding::{Finding, Judged, Note, Severity, StepId};
use crate::pki::x509::Certificate;

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

/// The certificate that is the server's own among those that it sends.
pub(super) struct Own {
    /// Its number; the first is 1.
    pub(super) place: usize,
    pub(super) certificate: Certificate,
}

impl Own {
    /// The one for the server's name, or the one whose key the server has, where it does not come
    /// first and what does is for another.
    pub(super) fn behind_others(endpoint: &EndpointFacts, shown: ShownChain<'_>) -> Option<Self> {
        let fqdn = endpoint.fqdn.as_str();
        if Self::at(shown, 1)?.certificate.names_exactly(fqdn) {
            return None;
        }
        let mut others = (2..=shown.chain.len()).filter_map(|place| Self::at(shown, place));
        let named = others.find(|own| own.certificate.names_exactly(fqdn));
        let tls = endpoint.tls.as_ref().filter(|tls| tls.chain == shown.chain);
        named.or_else(|| Self::at(shown, tls?.key_of?))
    }

    /// One for the server's name that is valid, behind one for it that is not any more, or not yet.
    pub(super) fn behind_outdated(
        endpoint: &EndpointFacts,
        shown: ShownChain<'_>,
        now: OffsetDateTime,
    ) -> Option<Self> {
        let is_valid = |certificate: &Certificate| {
            (certificate.not_before..=certificate.not_after).contains(&now)
        };
        let fqdn = endpoint.fqdn.as_str();
        let first = Self::at(shown, 1)?.certificate;
        if is_valid(&first) || !first.names_exactly(fqdn) {
            return None;
        }
        let mut others = (2..=shown.chain.len()).filter_map(|place| Self::at(shown, place));
        others.find(|own| own.certificate.names_exactly(fqdn) && is_valid(&own.certificate))
    }

    fn at(shown: ShownChain<'_>, place: usize) -> Option<Self> {
        let der = shown.chain.get(place.checked_sub(1)?)?;
        let certificate = Certificate::parse(&der.0).ok()?;
        Some(Self { place, certificate })
    }
}

/// One finding for what holds at every endpoint; one per endpoint for the rest. Of several servers
/// each has its own: what is to be done is done at one of them, by its name.
pub(super) fn gather(judged: &[(&EndpointFacts, Vec<Finding>)]) -> Vec<Finding> {
    let servers: BTreeSet<&str> = judged
        .iter()
        .map(|(endpoint, _)| endpoint.fqdn.as_str())
        .collect();
    let several = servers.len() > 1;
    let everywhere = |finding: &Finding| {
        judged
            .iter()
            .all(|(_, findings)| findings.contains(finding))
    };
    let mut gathered: Vec<Finding> = Vec::new();
    for (endpoint, findings) in judged {
        for finding in findings {
            let is_shared = !several || finding.severity == Severity::Info;
            let finding = if is_shared && everywhere(finding) {
                finding.clone()
            } else {
                let finding = finding.clone().at(endpoint.address);
                if several {
                    finding.with("host", endpoint.fqdn.as_str())
                } else {
                    finding
                }
            };
            if !gathered.contains(&finding) {
                gathered.push(finding);
            }
        }
    }
    gathered
}
