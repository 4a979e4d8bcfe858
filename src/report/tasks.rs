//! What has to be done, by who can do it.

use std::cmp::Reverse;

use super::Report;
use crate::model::finding::{Finding, Owner, Severity};

/// Who is named first: DNS comes before the way to the server, and that before the server.
pub const ORDER_OF_OWNERS: [Option<Owner>; 5] = [
    Some(Owner::DnsAdmin),
    Some(Owner::Network),
    Some(Owner::XphoneAdmin),
    Some(Owner::Partner),
    None,
];

/// What one owner has to do, in the order in which it is best done.
#[derive(Clone, Debug, PartialEq)]
pub struct Tasks<'a> {
    /// Who; `None` is whoever runs the check.
    pub owner: Option<Owner>,
    /// Of which domain, where a report is about two.
    pub side: Option<&'a str>,
    /// The findings to mend, the worst first, and as the checklist has them otherwise.
    pub findings: Vec<&'a Finding>,
}

impl Report {
    /// The tasks of every owner that has any. A finding that several have to mend together is among
    /// the tasks of each. Not among them is what is accepted, and what another fix settles.
    pub fn tasks(&self) -> Vec<Tasks<'_>> {
        let partner = self.terms().partner;
        let is_to_mend = |finding: &&Finding| {
            finding.severity > Severity::Info
                && finding.accepted().is_none()
                && finding.settled_by.is_none()
        };
        let mut open: Vec<&Finding> = self.findings().filter(is_to_mend).collect();
        open.sort_by_key(|finding| Reverse(finding.severity));
        let mut tasks = Vec::new();
        for owner in ORDER_OF_OWNERS {
            for side in self.sides() {
                let is_own = |finding: &&Finding| {
                    let is_theirs = match owner {
                        Some(owner) => finding.owners(partner).contains(&owner),
                        None => finding.owners(partner).is_empty(),
                    };
                    is_theirs && self.side_of(finding) == side
                };
                let findings: Vec<&Finding> = open.iter().copied().filter(is_own).collect();
                if !findings.is_empty() {
                    tasks.push(Tasks {
                        owner,
                        side,
                        findings,
                    });
                }
            }
        }
        tasks
    }

    /// The domains that somebody may have to act for; only where they are two have they names.
    fn sides(&self) -> Vec<Option<&str>> {
        let terms = self.terms();
        match &terms.caller {
            Some(caller) => vec![Some(terms.domain.as_str()), Some(caller.as_str()), None],
            None => vec![None],
        }
    }

    /// The domain whose side has to act, where a report is about two. That something could not be
    /// found out is a matter of where it was tried.
    pub fn side_of<'a>(&'a self, finding: &'a Finding) -> Option<&'a str> {
        let terms = self.terms();
        terms.caller.as_ref()?;
        let is_open = finding.severity == Severity::Unknown;
        let callee = (!is_open).then_some(terms.domain.as_str());
        finding.side().or(callee)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::row;
    use super::*;
    use crate::judge::{srv, tcp};
    use crate::model::finding::StepId;

    #[test]
    fn each_owner_has_the_worst_first() {
        let with = |step, rules: &[(&'static crate::model::finding::Rule, Severity)]| {
            let mut row = row(step, None, None);
            let findings = rules.iter();
            row.findings = findings
                .map(|(rule, severity)| Finding::new(rule).weighing(*severity))
                .collect();
            row
        };
        let mut settled = Finding::new(&srv::SRV_MISSING);
        settled.settled_by = Some(&srv::SRV_MISSING);
        let mut srv = with(
            StepId::Srv,
            &[
                (&srv::SRV_SEVERAL, Severity::Info),
                (&srv::SRV_MISSING, Severity::Warn),
            ],
        );
        srv.findings.push(settled);
        let tcp = with(
            StepId::Tcp,
            &[
                (&tcp::TCP_PARTLY_OPEN, Severity::Fail),
                (&tcp::TCP_REFUSED, Severity::Fail),
            ],
        );
        let report = Report::of_rows(vec![srv, tcp]);
        let tasks = report.tasks();
        let codes: Vec<(Option<Owner>, Vec<&str>)> = tasks
            .iter()
            .map(|tasks| {
                let codes = tasks.findings.iter().map(|finding| finding.rule.code);
                (tasks.owner, codes.collect())
            })
            .collect();
        assert_eq!(
            codes,
            [
                (
                    Some(Owner::DnsAdmin),
                    vec!["tcp-partly-open", "srv-missing"]
                ),
                (Some(Owner::Network), vec!["tcp-partly-open", "tcp-refused"]),
                (Some(Owner::XphoneAdmin), vec!["tcp-refused"]),
            ]
        );
    }
}
