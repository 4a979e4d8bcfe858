//! The report: rows in the guide's order, a verdict, an exit code. Nothing here is for people yet.

mod across;
mod exit;
pub mod redact;
pub mod saved;

use time::OffsetDateTime;

use crate::facts::Facts;
use crate::judge::{all_rules, federation, tcp};
use crate::model::finding::{Finding, Judged, Note, Owner, Rule, Severity, Skip, StepId};
use crate::model::names::Fqdn;
use crate::model::plan::Terms;
use crate::model::policy::{Acceptance, AcceptanceState};

pub use across::{Settling, across};
pub use exit::{Convention, FailOn, PluginState};

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Judged, nothing wrong.
    Pass,
    /// Works today, or for some partners only.
    Warn,
    /// A partner cannot federate because of this.
    Fail,
    /// Waits for an earlier step, or does not apply.
    Skip,
    /// We could not find out.
    Unknown,
}

impl Status {
    /// Every status there is.
    pub const ALL: [Self; 5] = [
        Self::Pass,
        Self::Warn,
        Self::Fail,
        Self::Skip,
        Self::Unknown,
    ];

    /// The status by its name in the machine formats.
    pub fn id(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Unknown => "unknown",
        }
    }
}

/// How a domain stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All steps pass, or do not apply.
    Ready,
    /// At least one warning, nothing worse.
    ReadyWithWarnings,
    /// No failure, but something is not known.
    Inconclusive,
    /// At least one failure.
    NotReady,
}

impl Verdict {
    /// Every verdict there is.
    pub const ALL: [Self; 4] = [
        Self::Ready,
        Self::ReadyWithWarnings,
        Self::Inconclusive,
        Self::NotReady,
    ];

    /// The verdict by its name in the machine formats.
    pub fn id(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::ReadyWithWarnings => "ready-with-warnings",
            Self::Inconclusive => "inconclusive",
            Self::NotReady => "not-ready",
        }
    }
}

/// One row of the checklist.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which step.
    pub step: StepId,
    /// How it stands.
    pub status: Status,
    /// What it saw.
    pub seen: Note,
    /// The step it waits for.
    pub needs: Option<StepId>,
    /// What it found, the worst first.
    pub findings: Vec<Finding>,
}

/// Everything about one domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What the user typed.
    pub input: String,
    /// What was judged, and how.
    pub terms: Terms,
    /// The names of the servers.
    pub fqdns: Vec<Fqdn>,
    /// How long it took to gather the facts, in microseconds.
    pub elapsed_us: u64,
    /// What is local to the machine that made it was left out.
    pub redacted: bool,
    /// The checklist, in the guide's order.
    pub rows: Vec<Row>,
    /// What was seen.
    pub facts: Facts,
    /// What became of each acceptance of the terms.
    pub acceptances: Vec<AcceptanceState>,
}

/// What a report keeps of a check: all that it takes to judge again.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedCheck {
    /// What the user typed.
    pub input: String,
    /// What is judged, and how.
    pub terms: Terms,
    /// How long it took to gather the facts, in microseconds.
    pub elapsed_us: u64,
    /// What is local to the machine that made it was left out.
    pub redacted: bool,
    /// What was seen.
    pub facts: Facts,
}

impl Row {
    /// The row of a judged step.
    pub fn new(step: StepId, judged: Judged, terms: &Terms) -> Self {
        let Judged {
            seen,
            mut findings,
            skip,
        } = judged;
        for finding in &mut findings {
            terms.policy.weigh(finding, terms.partner, terms.now);
        }
        // Stable: within a severity the judge's order stays.
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let needs = match skip {
            Some(Skip::Needs(step)) => Some(step),
            Some(Skip::NotApplicable) | None => None,
        };
        Self {
            step,
            status: status(&findings, skip),
            seen,
            needs,
            findings,
        }
    }

    /// Who has something to mend here, without repetition.
    pub fn owners(&self, partner: bool) -> Vec<Owner> {
        let mut owners = Vec::new();
        for finding in self
            .findings
            .iter()
            .filter(|finding| finding.severity > Severity::Info)
        {
            for owner in finding.owners(partner) {
                if !owners.contains(owner) {
                    owners.push(*owner);
                }
            }
        }
        owners
    }
}

fn status(findings: &[Finding], skip: Option<Skip>) -> Status {
    match (findings.iter().map(|finding| finding.severity).max(), skip) {
        (Some(Severity::Fail), _) => Status::Fail,
        (Some(Severity::Unknown), _) => Status::Unknown,
        (Some(Severity::Warn), _) => Status::Warn,
        (Some(Severity::Info) | None, Some(_)) => Status::Skip,
        (Some(Severity::Info) | None, None) => Status::Pass,
    }
}

impl Report {
    /// The report of these rows.
    pub fn new(past: SavedCheck, fqdns: Vec<Fqdn>, rows: Vec<Row>) -> Self {
        let SavedCheck {
            input,
            terms,
            elapsed_us,
            redacted,
            facts,
        } = past;
        let mut report = Self {
            input,
            terms,
            fqdns,
            elapsed_us,
            redacted,
            rows,
            facts,
            acceptances: Vec::new(),
        };
        report.settle();
        report
    }

    /// The verdict on the domain.
    pub fn verdict(&self) -> Verdict {
        let any = |status| self.rows.iter().any(|row| row.status == status);
        let waits = self.rows.iter().any(|row| row.needs.is_some());
        if any(Status::Fail) {
            Verdict::NotReady
        } else if any(Status::Unknown) || waits {
            Verdict::Inconclusive
        } else if any(Status::Warn) {
            Verdict::ReadyWithWarnings
        } else {
            Verdict::Ready
        }
    }

    /// What the verdict rests on, where that is less than it seems: no "ready" stands on SIP that
    /// was not seen, and nothing on a way that partners do not take, without saying so.
    pub fn reservations(&self) -> Vec<Note> {
        let any = |rule: &Rule, is_such: fn(&Finding) -> bool| {
            let mut findings = self.findings();
            findings.any(|finding| finding.rule == rule && is_such(finding))
        };
        let found = |rule| any(rule, |_| true);
        let mut reservations = Vec::new();
        let sip_unseen = found(&federation::MTLS_ENFORCED)
            || any(&federation::SIP_NOT_ANSWERED, |finding| {
                finding.by_default() == Severity::Info
            });
        let ready = matches!(self.verdict(), Verdict::Ready | Verdict::ReadyWithWarnings);
        if ready && sip_unseen {
            reservations.push(Note::new("reservation-sip-unseen"));
        }
        if ready && found(&federation::TLS_NO_COMMON_CIPHER) {
            reservations.push(Note::new("reservation-tls-unseen"));
        }
        if found(&tcp::TCP_CONNECTED_ELSEWHERE) {
            reservations.push(Note::new("reservation-connected-elsewhere"));
        }
        let lowered = self.codes(Finding::is_lowered);
        let accepted = self.codes(Finding::is_accepted_failure);
        for (id, codes) in [
            ("reservation-lowered", lowered),
            ("reservation-accepted", accepted),
        ] {
            if !codes.is_empty() {
                reservations.push(Note::new(id).with("codes", codes));
            }
        }
        reservations.extend(self.doubtful_acceptances());
        if self.terms.now != self.terms.made_at {
            let note = Note::new("reservation-judged-at").with("judged", self.terms.now);
            reservations.push(note.with("seen", self.terms.made_at));
        }
        if self.redacted {
            reservations.push(Note::new("reservation-redacted"));
        }
        reservations
    }

    /// The codes of such findings, each once. What weighs less because the user says so is named
    /// below the verdict: a "ready" that rests on it does not hide it.
    fn codes(&self, is_such: fn(&Finding) -> bool) -> Vec<String> {
        let mut codes: Vec<String> = Vec::new();
        for finding in self.findings().filter(|finding| is_such(finding)) {
            let code = finding.rule.code;
            if codes.iter().all(|known| known != code) {
                codes.push(code.to_owned());
            }
        }
        codes
    }

    /// Acceptances that do nothing any more.
    fn doubtful_acceptances(&self) -> impl Iterator<Item = Note> {
        let all = self.terms.policy.accept.iter().zip(&self.acceptances);
        all.filter_map(|(acceptance, state)| {
            let id = match state {
                AcceptanceState::Expired => "reservation-acceptance-expired",
                AcceptanceState::Unused => "reservation-acceptance-unused",
                AcceptanceState::Applied
                | AcceptanceState::Elsewhere
                | AcceptanceState::Untested => return None,
            };
            let until = acceptance.until.midnight().assume_utc();
            let note = Note::new(id).with("code", acceptance.code.as_str());
            Some(note.with("until", until))
        })
    }

    /// Sees what became of the acceptances, by this report alone.
    fn settle(&mut self) {
        let state = |acceptance| acceptance_state(acceptance, &self.rows, self.terms.now);
        self.acceptances = self.terms.policy.accept.iter().map(state).collect();
    }

    /// All findings of all rows.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.rows.iter().flat_map(|row| &row.findings)
    }
}

fn acceptance_state(acceptance: &Acceptance, rows: &[Row], now: OffsetDateTime) -> AcceptanceState {
    let is_it = |finding: &Finding| finding.rule.code == acceptance.code;
    let mut findings = rows.iter().flat_map(|row| &row.findings);
    // Where there is no such step, a newer version knows more.
    let step = all_rules().find(|(_, rule)| rule.code == acceptance.code);
    let row = step.and_then(|(step, _)| rows.iter().find(|row| Some(row.step) == step));
    // A failure at one server does not make known what another would show.
    let known = |finding: &Finding| finding.severity != Severity::Unknown;
    let judged = row.is_some_and(|row| match row.status {
        Status::Pass | Status::Warn | Status::Fail => row.findings.iter().all(known),
        Status::Skip | Status::Unknown => false,
    });
    if acceptance.is_expired(now) {
        AcceptanceState::Expired
    } else if findings.any(|one| is_it(one) && one.accepted().is_some()) {
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
    use crate::judge::{all_rules, srv};
    use crate::model::names::Domain;

    pub(super) fn row(step: StepId, severity: Option<Severity>, skip: Option<Skip>) -> Row {
        let finding = |severity| Finding::new(&srv::SRV_MISSING).weighing(severity);
        let findings: Vec<Finding> = severity.map(finding).into_iter().collect();
        let needs = match skip {
            Some(Skip::Needs(step)) => Some(step),
            _ => None,
        };
        Row {
            step,
            status: status(&findings, skip),
            seen: Note::new("seen-nothing"),
            needs,
            findings,
        }
    }

    pub(super) fn report(rows: Vec<Row>) -> Report {
        Report {
            input: "zahnfee.de".to_owned(),
            terms: Terms::new(
                Domain::parse("zahnfee.de").expect("a domain"),
                OffsetDateTime::UNIX_EPOCH,
            ),
            fqdns: Vec::new(),
            elapsed_us: 0,
            redacted: false,
            rows,
            facts: Facts::default(),
            acceptances: Vec::new(),
        }
    }

    #[test]
    fn verdict_and_exit_code_follow_the_rows() {
        use Severity::{Fail, Info, Unknown, Warn};
        let waits = Some(Skip::Needs(StepId::Srv));
        let not_applicable = Some(Skip::NotApplicable);
        for (rows, verdict, lenient, strict) in [
            (vec![(None, None)], Verdict::Ready, 0, 0),
            (vec![(Some(Info), None)], Verdict::Ready, 0, 0),
            (vec![(None, not_applicable)], Verdict::Ready, 0, 0),
            (vec![(Some(Info), not_applicable)], Verdict::Ready, 0, 0),
            (
                vec![(Some(Warn), not_applicable)],
                Verdict::ReadyWithWarnings,
                0,
                1,
            ),
            (vec![(Some(Warn), None)], Verdict::ReadyWithWarnings, 0, 1),
            (vec![(None, waits)], Verdict::Inconclusive, 3, 3),
            (
                vec![(Some(Warn), None), (None, waits)],
                Verdict::Inconclusive,
                3,
                3,
            ),
            (vec![(Some(Warn), waits)], Verdict::Inconclusive, 3, 3),
            (vec![(Some(Unknown), None)], Verdict::Inconclusive, 3, 3),
            (
                vec![(Some(Unknown), None), (Some(Fail), None)],
                Verdict::NotReady,
                1,
                1,
            ),
            (
                vec![(None, waits), (Some(Fail), None)],
                Verdict::NotReady,
                1,
                1,
            ),
        ] {
            let rows = rows
                .into_iter()
                .map(|(severity, skip)| row(StepId::Tcp, severity, skip))
                .collect();
            let report = report(rows);
            assert_eq!(report.verdict(), verdict, "{report:?}");
            let codes = [FailOn::Fail, FailOn::Warn]
                .map(|on| Convention::Own(on).exit_code(slice::from_ref(&report)));
            assert_eq!(codes, [lenient, strict], "{report:?}");
            let plugin = match verdict {
                Verdict::Ready => 0,
                Verdict::ReadyWithWarnings => 1,
                Verdict::NotReady => 2,
                Verdict::Inconclusive => 3,
            };
            let own = Convention::Plugin.exit_code(slice::from_ref(&report));
            assert_eq!(own, plugin, "{report:?}");
        }
    }

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
            acceptance_state(
                &acceptance,
                slice::from_ref(&row),
                OffsetDateTime::UNIX_EPOCH,
            )
        };
        assert_eq!(became(&[]), AcceptanceState::Unused);
        let unknown = [Finding::new(&tcp::TCP_EGRESS_BLOCKED)];
        assert_eq!(became(&unknown), AcceptanceState::Untested);
    }

    /// One of several servers is enough: the others may have been judged by what they did.
    #[test]
    fn sip_that_one_server_did_not_show_is_said() {
        let findings = [Severity::Warn, Severity::Info]
            .map(|severity| Finding::new(&federation::SIP_NOT_ANSWERED).weighing(severity));
        let mut row = row(StepId::Federation, Some(Severity::Warn), None);
        row.findings = findings.to_vec();
        assert_eq!(
            report(vec![row]).reservations(),
            [Note::new("reservation-sip-unseen")]
        );
    }

    #[test]
    fn the_worst_report_counts() {
        let of = |severity| report(vec![row(StepId::Tcp, severity, None)]);
        let (ready, warned) = (of(None), of(Some(Severity::Warn)));
        let (failed, unknown) = (of(Some(Severity::Fail)), of(Some(Severity::Unknown)));
        for (reports, code, plugin) in [
            (vec![], 0, 0),
            (vec![ready.clone(), ready.clone()], 0, 0),
            (vec![warned.clone(), ready.clone()], 0, 1),
            (vec![ready.clone(), unknown.clone()], 3, 3),
            (vec![warned.clone(), unknown.clone()], 3, 3),
            (vec![unknown.clone(), failed.clone(), ready.clone()], 1, 2),
            (vec![failed, unknown, warned, ready], 1, 2),
        ] {
            assert_eq!(Convention::Own(FailOn::Fail).exit_code(&reports), code);
            assert_eq!(Convention::Plugin.exit_code(&reports), plugin);
        }
    }

    /// What could not be found out is never changed into yes or no by whose domain it is.
    #[test]
    fn the_partner_view_never_makes_anything_worse() {
        for (
            _,
            Rule {
                code,
                severity,
                as_partner,
                ..
            },
        ) in all_rules()
        {
            assert!(as_partner <= severity, "{code}");
            assert!(
                *severity != Severity::Unknown || as_partner == severity,
                "{code}"
            );
        }
    }
}
