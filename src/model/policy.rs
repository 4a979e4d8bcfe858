//! What the user decides about findings: how much a code weighs, and which findings are accepted
//! for a while. Plain data that travels with a report, and the pure functions that apply it.
//!
//! What could not be found out can be neither lowered nor accepted: a "ready" would rest on nothing.

use std::collections::BTreeMap;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime, UtcOffset};

use crate::model::finding::{Accepted, Finding, Severity, Standing};
use crate::model::names::Domain;

time::serde::format_description!(iso_date, Date, "[year]-[month]-[day]");

/// Severities by code, and accepted findings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Policy {
    /// What a finding weighs instead of its own severity, by its code
    #[serde(default)]
    pub severity: BTreeMap<String, Weight>,
    /// Findings that are known and accepted until a day
    #[serde(default)]
    pub accept: Vec<Acceptance>,
}

/// A severity that can be chosen: all but "could not find out".
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// A partner cannot federate because of this.
    Fail,
    /// Works today, or for some partners only.
    Warn,
    /// Worth knowing.
    Info,
}

impl From<Weight> for Severity {
    fn from(weight: Weight) -> Self {
        match weight {
            Weight::Fail => Self::Fail,
            Weight::Warn => Self::Warn,
            Weight::Info => Self::Info,
        }
    }
}

/// A finding that somebody knows of and lives with until a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Acceptance {
    /// Code of the finding
    pub code: String,
    /// Domain that it is accepted for; without it, every domain
    #[schemars(with = "Option<String>")]
    pub domain: Option<Domain>,
    /// Why; shown at the finding, and left out by `--redact`
    pub reason: String,
    /// Last day on which it is accepted, in UTC
    #[serde(with = "iso_date")]
    #[schemars(with = "String")]
    pub until: Date,
}

/// What became of an acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptanceState {
    /// It matches a finding of this report.
    Applied,
    /// It matches a finding of another report of the run.
    Elsewhere,
    /// Nothing is known: the step it is about was not tested.
    Untested,
    /// It matches nothing.
    Unused,
    /// Its day has passed, so it does nothing.
    Expired,
}

impl Acceptance {
    /// True if its day has passed.
    pub fn is_expired(&self, now: OffsetDateTime) -> bool {
        now.to_offset(UtcOffset::UTC).date() > self.until
    }
}

impl Policy {
    /// True if no severity is changed and nothing is accepted.
    pub fn is_empty(&self) -> bool {
        self.severity.is_empty() && self.accept.is_empty()
    }

    /// The part of it that is about this domain.
    pub fn about(&self, domain: &Domain) -> Self {
        let accept = self.accept.iter();
        let is_about = |acceptance: &&Acceptance| {
            let named = acceptance.domain.as_ref();
            named.is_none_or(|named| named == domain)
        };
        Self {
            severity: self.severity.clone(),
            accept: accept.filter(is_about).cloned().collect(),
        }
    }

    /// The same policy without the reasons, which may name people and tickets.
    pub fn redacted(mut self) -> Self {
        for acceptance in &mut self.accept {
            acceptance.reason.clear();
        }
        self
    }

    /// Weighs a finding as the judge, the partner view and the user want it, in this order; then
    /// sees whether it is accepted.
    pub fn weigh(&self, finding: &mut Finding, partner: bool, now: OffsetDateTime) {
        let rule = finding.rule;
        let softened = finding.severity < rule.severity;
        if partner && finding.severity == rule.severity {
            // What is the partner's own business weighs less.
            finding.severity = rule.as_partner;
        }
        if [finding.severity, rule.severity].contains(&Severity::Unknown) {
            return;
        }
        let by_default = finding.severity;
        if let Some(set) = self.severity.get(rule.code) {
            let set = Severity::from(*set);
            // What excused it in this very case is a fact that no setting knows of.
            finding.severity = if softened { set.min(by_default) } else { set };
        }
        let accepted = self
            .accept
            .iter()
            .find(|acceptance| acceptance.code == rule.code && !acceptance.is_expired(now));
        let accepted = accepted.map(|acceptance| Accepted {
            reason: acceptance.reason.clone(),
            until: acceptance.until,
            instead_of: finding.severity,
        });
        if accepted.is_some() {
            finding.severity = finding.severity.min(Severity::Warn);
        }
        if accepted.is_some() || finding.severity != by_default {
            finding.standing = Some(Box::new(Standing {
                by_default,
                accepted,
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use Severity::{Fail, Info, Warn};

    use super::*;
    use crate::judge::{self, all_rules, tcp};
    use crate::model::finding::Rule;

    fn rule(code: &str) -> &'static Rule {
        let mut rules = all_rules().map(|(_, rule)| rule);
        rules.find(|rule| rule.code == code).expect("a known code")
    }

    fn policy(code: &str, set: Option<Weight>, until: Option<Date>) -> Policy {
        let acceptance = |until| Acceptance {
            code: code.to_owned(),
            domain: None,
            reason: "ticket 4711".to_owned(),
            until,
        };
        Policy {
            severity: set.map(|set| (code.to_owned(), set)).into_iter().collect(),
            accept: until.map(acceptance).into_iter().collect(),
        }
    }

    const TODAY: Option<Date> = Some(date!(2027 - 01 - 31));
    const YESTERDAY: Option<Date> = Some(date!(2027 - 01 - 30));

    /// Code, judge's severity, partner view, setting, end of the acceptance; severity, and that
    /// without the policy.
    type Case = (
        &'static str,
        Severity,
        bool,
        Option<Weight>,
        Option<Date>,
        Severity,
        Severity,
    );

    const CASES: &[Case] = &[
        ("cert-wildcard", Fail, false, None, None, Fail, Fail),
        (
            "cert-wildcard",
            Fail,
            false,
            Some(Weight::Info),
            None,
            Info,
            Fail,
        ),
        (
            "cert-wildcard",
            Fail,
            false,
            Some(Weight::Warn),
            None,
            Warn,
            Fail,
        ),
        ("cert-wildcard", Fail, false, None, TODAY, Warn, Fail),
        ("cert-wildcard", Fail, false, None, YESTERDAY, Fail, Fail),
        ("cert-no-client-auth", Warn, false, None, TODAY, Warn, Warn),
        (
            "cert-no-client-auth",
            Warn,
            false,
            Some(Weight::Fail),
            None,
            Fail,
            Warn,
        ),
        (
            "cert-no-client-auth",
            Warn,
            false,
            Some(Weight::Fail),
            TODAY,
            Warn,
            Warn,
        ),
        ("cert-ecdsa", Info, false, None, TODAY, Info, Info),
        (
            "cert-ecdsa",
            Info,
            false,
            Some(Weight::Fail),
            None,
            Fail,
            Info,
        ),
        // The user's word counts before the partner view's.
        (
            "srv-points-to-microsoft",
            Fail,
            true,
            None,
            None,
            Info,
            Info,
        ),
        (
            "srv-points-to-microsoft",
            Fail,
            true,
            Some(Weight::Fail),
            None,
            Fail,
            Info,
        ),
        // Excused by what was seen: it can only weigh less.
        (
            "sip-not-answered",
            Info,
            false,
            Some(Weight::Fail),
            None,
            Info,
            Info,
        ),
        (
            "address-behind-cdn",
            Warn,
            false,
            Some(Weight::Fail),
            None,
            Warn,
            Warn,
        ),
        (
            "address-behind-cdn",
            Warn,
            false,
            Some(Weight::Info),
            None,
            Info,
            Warn,
        ),
    ];

    #[test]
    fn judge_partner_user_acceptance_in_this_order() {
        const NOW: OffsetDateTime = datetime!(2027-01-31 23:59:59 UTC);
        for &(code, judged, partner, set, until, weighs, by_default) in CASES {
            let mut finding = Finding::new(rule(code)).weighing(judged);
            policy(code, set, until).weigh(&mut finding, partner, NOW);
            let case = format!("{code} {judged:?} {set:?} {until:?}");
            assert_eq!(finding.severity, weighs, "{case}");
            assert_eq!(finding.by_default(), by_default, "{case}");
            let accepted = finding.accepted().is_some();
            assert_eq!(accepted, until == TODAY, "{case}");
        }
    }

    /// Otherwise a "ready" could rest on something that nobody found out.
    #[test]
    fn unknown_findings_cannot_be_lowered_or_accepted() {
        const NOW: OffsetDateTime = datetime!(2027-01-31 0:00 UTC);
        let unknown = all_rules()
            .map(|(_, rule)| Finding::new(rule).weighing(Severity::Unknown))
            .chain([
                Finding::new(&judge::STEP_CRASHED),
                Finding::new(&tcp::TCP_EGRESS_BLOCKED),
            ]);
        for before in unknown {
            for partner in [false, true] {
                let mut finding = before.clone();
                let until = Some(date!(2027 - 12 - 24));
                policy(before.rule.code, Some(Weight::Info), until).weigh(
                    &mut finding,
                    partner,
                    NOW,
                );
                assert_eq!(finding, before);
            }
        }
    }

    #[test]
    fn an_acceptance_is_for_its_domain() {
        let domain = |name| Domain::parse(name).expect("a domain");
        let mut policy = policy("cert-wildcard", None, Some(date!(2027 - 01 - 31)));
        policy.accept[0].domain = Some(domain("zahnfee.de"));
        assert_eq!(policy.about(&domain("ZahnFee.de")).accept.len(), 1);
        assert!(policy.about(&domain("toothfairy.uk")).is_empty());
    }
}
