//! Where `xfed plan` prints what a fix asks for.

use super::Context;
use crate::model::finding::{Finding, Severity};

/// Findings on records that are missing or wrong, and that the plan writes out whole. Not among them
/// are those whose record it would take for right, and those that are no matter of records.
const PLANNED: [&str; 15] = [
    "domain-microsoft-tenant",
    "fqdn-foreign-domain",
    "fqdn-no-a-record",
    "fqdn-not-found",
    "srv-fields-swapped",
    "srv-missing",
    "srv-mixed-platforms",
    "srv-name-typo",
    "srv-owner-doubled",
    "srv-points-to-microsoft",
    "srv-service-disabled",
    "srv-target-is-address",
    "srv-target-malformed",
    "srv-wrong-port",
    "srv-wrong-type",
];

/// The command that prints everything to enter for a domain of one's own.
pub(super) fn plan(finding: &Finding, context: &Context) -> Option<String> {
    let is_planned = PLANNED.contains(&finding.rule.code) && finding.severity > Severity::Info;
    let domain = context.planned.as_deref().filter(|_| is_planned)?;
    Some(match &context.given {
        Some(fqdn) => format!("xfed plan {domain} --fqdn {fqdn}"),
        None => format!("xfed plan {domain}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::all_rules;

    #[test]
    fn what_is_planned_can_be_found() {
        for code in PLANNED {
            assert!(all_rules().any(|(_, rule)| rule.code == code), "{code}");
        }
    }
}
