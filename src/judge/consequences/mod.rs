//! What follows from what: findings are judged each by itself, and here they are told apart into
//! causes and consequences. What is tied to what stands in [`ties`]; this file only applies it.
//!
//! A consequence that is *folded* leaves its row and hands its weight to its cause, so that no
//! verdict gets better by folding. A row that has nothing left waits for the step of the cause. A
//! consequence that is *settled* stays, but orders nothing: the fix of its cause covers it.
//!
//! The user's policy has been applied before: what it lowers or accepts is no cause of anything.

mod hosts;
mod ours;
mod reach;
mod ties;

use crate::facts::Published;
use crate::model::finding::{Finding, Folded, Judged, Note, Severity, Skip, StepId};
use reach::Places;
use ties::{Effect, ties};

/// What ties one finding to others, by their numbers among all.
#[derive(Clone, Copy, Debug, Default)]
struct Bond {
    folded_under: Option<usize>,
    settled_by: Option<usize>,
}

/// Folds and settles the consequences among the findings of all steps.
pub(crate) fn settle(judged: &mut [(StepId, Judged)], published: &Published<'_>) {
    hosts::name(judged, published);
    ours::weigh(judged);
    let mut rows: Vec<StepId> = Vec::new();
    let mut all: Vec<Finding> = Vec::new();
    for (step, judged) in judged.iter_mut() {
        rows.extend(judged.findings.iter().map(|_| *step));
        all.append(&mut judged.findings);
    }
    let places = Places::of(published);
    let bonds = bonds(&all, &places);
    hand_over(&mut all, &bonds);
    for (number, finding) in all.into_iter().enumerate() {
        let row = judged.iter_mut().find(|(step, _)| *step == rows[number]);
        let Some((_, judged)) = row else { continue };
        match root(&bonds, number) {
            cause if cause == number => judged.findings.push(finding),
            cause => judged.folded.push(Folded {
                cause: rows[cause],
                finding,
            }),
        }
    }
    let emptied: Vec<(StepId, StepId)> = judged
        .iter()
        .filter(|(step, judged)| !places.are_others(*step, &judged.folded))
        .filter_map(|(step, judged)| Some((*step, waits_for(judged)?)))
        .collect();
    // What waited for a row that is empty now waits for the same step as that.
    for (step, judged) in judged.iter_mut() {
        let is_it =
            |emptied: &StepId| *emptied == *step || judged.skip == Some(Skip::Needs(*emptied));
        if let Some((_, cause)) = emptied.iter().find(|(emptied, _)| is_it(emptied)) {
            judged.skip = Some(Skip::Needs(*cause));
            judged.seen = Note::new("needs-step").with("number", i64::from(cause.number()));
        }
    }
}

fn bonds(all: &[Finding], places: &Places<'_>) -> Vec<Bond> {
    let mut bonds = vec![Bond::default(); all.len()];
    for tie in ties() {
        for (number, cause) in all.iter().enumerate() {
            let beside = all.iter().filter(|other| places.share(cause, other));
            if !tie.is_caused_by(cause, beside) {
                continue;
            }
            for (bond, finding) in bonds.iter_mut().zip(all) {
                if !tie.is_on(finding) || !places.reaches(tie.reach, cause, finding) {
                    continue;
                }
                match tie.effect {
                    Effect::Folds => bond.folded_under.get_or_insert(number),
                    Effect::Settles => bond.settled_by.get_or_insert(number),
                };
            }
        }
    }
    bonds
}

/// The first cause in the chain that leads to a finding: itself, where it is no consequence. The
/// ties have no circle.
fn root(bonds: &[Bond], number: usize) -> usize {
    let mut root = number;
    while let Some(cause) = bonds[root].folded_under {
        root = cause;
    }
    root
}

/// Gives the causes what their consequences leave behind: weight, and names that tell whose machine
/// it is. Tells what is settled by whom.
fn hand_over(all: &mut [Finding], bonds: &[Bond]) {
    for (number, bond) in bonds.iter().enumerate() {
        if let Some(cause) = bond.folded_under {
            let folded = all[number].clone();
            all[cause].take_certificate_names(&folded);
            all[cause].take_absence(&folded);
            let root = &mut all[root(bonds, number)];
            root.severity = root.severity.max(folded.severity);
        }
        all[number].settled_by = bond.settled_by.map(|cause| all[cause].rule);
    }
}

/// The step that a row waits for whose failures are all folded. Where only warnings were, it has
/// been judged well enough.
fn waits_for(judged: &Judged) -> Option<StepId> {
    let is_said = |finding: &Finding| finding.severity > Severity::Info;
    if judged.skip.is_some() || judged.findings.iter().any(is_said) {
        return None;
    }
    let mut folded = judged.folded.iter();
    let failure = folded.find(|folded| folded.finding.severity >= Severity::Unknown)?;
    Some(failure.cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{EndpointFacts, Micros, TcpOutcome};
    use crate::judge::{STEPS, all_rules};
    use crate::model::finding::Rule;
    use crate::model::names::Fqdn;

    const FQDN: &str = "xphone.zahnfee.de";

    fn finding(rule: &'static Rule) -> Finding {
        Finding::new(rule)
            .with("fqdn", FQDN)
            .with("entry", "5061 0 0 81.2.3.4.")
    }

    /// Each of them in the row of its step.
    fn settled(findings: &[Finding]) -> Vec<(StepId, Judged)> {
        let fqdn = Fqdn::parse(FQDN).expect("a name");
        let address = ([81, 2, 3, 4], 5061).into();
        let tcp = TcpOutcome::Connected(Micros(20_000));
        let endpoint = EndpointFacts::new(fqdn, Some([81, 2, 3, 4].into()), address, tcp);
        let published = Published {
            addresses: Vec::new(),
            endpoints: vec![&endpoint],
        };
        let of_step = |step: StepId| {
            let is_its =
                |finding: &&Finding| all_rules().any(|known| known == (Some(step), finding.rule));
            let findings = findings.iter().filter(is_its).cloned().collect();
            (step, Judged::new(Note::new("seen-nothing"), findings))
        };
        let mut judged: Vec<_> = STEPS.iter().map(|step| of_step(step.id)).collect();
        settle(&mut judged, &published);
        judged
    }

    /// Whatever is folded: nothing gets better by it unless it is of our own making, and whoever waits does so
    /// for somebody.
    #[test]
    fn no_verdict_changes() {
        for tie in ties() {
            for rule in &tie.on {
                let mut findings = vec![finding(tie.cause), finding(rule)];
                findings.extend(tie.given.first().map(|rule| finding(rule)));
                let worst = findings.iter().map(|finding| finding.severity).max();
                let worst = worst.map(|worst| {
                    let is_ours = ours::CAUSES.contains(&tie.cause);
                    worst.min(if is_ours { Severity::Unknown } else { worst })
                });
                let judged = settled(&findings);
                let shown = judged.iter().flat_map(|(_, judged)| &judged.findings);
                let codes: Vec<&str> = shown.clone().map(|finding| finding.rule.code).collect();
                assert_eq!(
                    shown.map(|finding| finding.severity).max(),
                    worst,
                    "{codes:?}"
                );
                for (step, judged) in &judged {
                    let Some(Skip::Needs(cause)) = judged.skip else {
                        continue;
                    };
                    let said = findings_of(&settled(&findings), cause);
                    assert!(said > 0, "{step:?} waits for {cause:?}, which says nothing");
                }
            }
        }
    }

    fn findings_of(judged: &[(StepId, Judged)], step: StepId) -> usize {
        let row = judged.iter().find(|(of, _)| *of == step);
        row.map_or(0, |(_, judged)| judged.findings.len())
    }

    /// Of a cause that the user lives with, nothing follows.
    #[test]
    fn what_is_accepted_is_no_cause() {
        let (mut cause, missing) = (
            finding(&crate::judge::domain::DOMAIN_IS_A_HOST),
            finding(&crate::judge::srv::SRV_MISSING),
        );
        let is_folded = |cause: &Finding| {
            let judged = settled(&[cause.clone(), missing.clone()]);
            findings_of(&judged, StepId::Srv) == 0
        };
        assert!(is_folded(&cause));
        cause.standing = Some(Box::new(crate::model::finding::Standing {
            by_default: Severity::Fail,
            accepted: None,
        }));
        assert!(!is_folded(&cause));
    }
}
