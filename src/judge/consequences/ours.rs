//! What follows from this machine's clock, or from its network: it is not known to be so.

use crate::judge::address::{ADDRESS_NOT_PUBLIC, ADDRESS_SPLIT_VIEW};
use crate::judge::certificate::{
    CERT_EXPIRED, CERT_EXPIRES_SOON, CERT_NOT_RESELECTED, CERT_NOT_YET_VALID,
};
use crate::judge::domain::{CLOCK_WRONG, NETWORK_ALTERS_DNS};
use crate::model::finding::{Finding, Judged, Rule, Severity, StepId};

/// What the clock alone tells.
pub(super) static BY_DATES: &[&Rule] = &[
    &CERT_EXPIRED,
    &CERT_NOT_YET_VALID,
    &CERT_EXPIRES_SOON,
    &CERT_NOT_RESELECTED,
];

/// What an address tells that was changed on its way here.
pub(super) static BY_ADDRESS: &[&Rule] = &[&ADDRESS_NOT_PUBLIC, &ADDRESS_SPLIT_VIEW];

/// What tells that this machine or its network is not in order.
pub(super) static CAUSES: &[&Rule] = &[&CLOCK_WRONG, &NETWORK_ALTERS_DNS];

/// Takes the weight of a failure off what follows from these.
pub(super) fn weigh(judged: &mut [(StepId, Judged)]) {
    let findings = || judged.iter().flat_map(|(_, judged)| &judged.findings);
    let causes =
        findings().filter(|it| CAUSES.contains(&it.rule) && it.severity == Severity::Unknown);
    let causes: Vec<Finding> = causes.cloned().collect();
    let follows = |finding: &Finding| {
        causes.iter().any(|cause| {
            if cause.rule == &CLOCK_WRONG {
                BY_DATES.contains(&finding.rule)
            } else {
                let fqdn = cause.fqdn();
                BY_ADDRESS.contains(&finding.rule) && fqdn.is_some() && fqdn == finding.fqdn()
            }
        })
    };
    let findings = judged
        .iter_mut()
        .flat_map(|(_, judged)| &mut judged.findings);
    for finding in findings.filter(|it| follows(it)) {
        finding.severity = finding.severity.min(Severity::Unknown);
    }
}
