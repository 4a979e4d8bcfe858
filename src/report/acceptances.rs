//! What became of the acceptances of a report.

use time::OffsetDateTime;

use super::{Row, Status};
use crate::judge::all_rules;
use crate::model::finding::{Finding, Severity};
use crate::model::policy::{Acceptance, AcceptanceState};

/// What became of an acceptance, by the rows of one report alone.
pub(super) fn state(acceptance: &Acceptance, rows: &[Row], now: OffsetDateTime) -> AcceptanceState {
    let is_it = |finding: &Finding| finding.rule.code == acceptance.code;
    let mut findings = rows.iter().flat_map(Row::all_findings);
    // An unknown code may be one of a newer version.
    let step = all_rules().find(|(_, rule)| rule.code == acceptance.code);
    let row = step.and_then(|(step, _)| rows.iter().find(|row| Some(row.step) == step));
    // A failure at one server does not tell what another would show.
    let is_known = |finding: &Finding| finding.severity != Severity::Unknown;
    let judged = row.is_some_and(|row| match row.status {
        Status::Pass | Status::Warn | Status::Fail => row.findings.iter().all(is_known),
        Status::Skip | Status::Unknown => false,
    });
    if acceptance.is_expired(now) {
        AcceptanceState::Expired
    } else if findings.any(|finding| is_it(finding) && finding.accepted().is_some()) {
        AcceptanceState::Applied
    } else if judged {
        AcceptanceState::Unused
    } else {
        AcceptanceState::Untested
    }
}

#[cfg(test)]
mod tests {
    use std::slice;

    use super::*;
    use crate::judge::tcp;
    use crate::model::finding::StepId;
    use crate::report::tests::row;

    #[test]
    fn an_acceptance_is_not_called_unused_while_one_server_is_unknown() {
        let acceptance = Acceptance {
            code: tcp::TCP_FILTERED.code.to_owned(),
            domain: None,
            reason: "ticket 4711".to_owned(),
            until: time::macros::date!(2027 - 01 - 31),
        };
        let mut row = row(StepId::Tcp, Some(Severity::Fail), None);
        let mut became = |more: &[Finding]| {
            row.findings.extend_from_slice(more);
            state(
                &acceptance,
                slice::from_ref(&row),
                OffsetDateTime::UNIX_EPOCH,
            )
        };
        assert_eq!(became(&[]), AcceptanceState::Unused);
        let unknown = [Finding::new(&tcp::TCP_EGRESS_BLOCKED)];
        assert_eq!(became(&unknown), AcceptanceState::Untested);
    }
}
