//! The checklist: **the one ordered slice** of steps and rules from which everything else is
//! derived, and the judge of each step.

use super::outbound::OUTBOUND;
use super::pair::PAIR;
use super::{address, any_step, certificate, domain, federation, places, renewal, srv, tcp};
use crate::facts::{AddressFacts, ControlFacts, Published, SrvFacts, ZoneFacts};
use crate::model::finding::{Judged, Rule, StepId};
use crate::model::plan::Terms;

/// One row of the checklist.
#[derive(Debug)]
pub struct Step {
    /// The step.
    pub id: StepId,
    /// The rules it can find, in the order of the checklist.
    pub rules: &'static [&'static Rule],
    /// The judge.
    pub judge: Judge,
}

/// A judge, with the facts that it needs.
#[derive(Clone, Copy, Debug)]
pub enum Judge {
    /// Judges the domain, by all addresses that were looked up.
    Domain(fn(&ZoneFacts, &SrvFacts, &[AddressFacts], &Terms) -> Judged),
    /// Judges the FQDNs; can do without endpoints.
    Address(fn(&Published<'_>, &Terms) -> Judged),
    /// Judges the SRV record.
    Srv(fn(&ZoneFacts, &SrvFacts, &Terms) -> Judged),
    /// Judges whether the endpoints accept TCP.
    Tcp(fn(&Published<'_>, Option<&ControlFacts>, &Terms) -> Judged),
    /// Judges the endpoints that accepted TCP.
    Endpoints(fn(&Published<'_>, &Terms) -> Judged),
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

/// The rules that only this step can find, in the order of its checklist.
pub(crate) fn rules_of(step: StepId) -> &'static [&'static Rule] {
    let inbound = STEPS.iter().map(|entry| (entry.id, entry.rules));
    let outbound = OUTBOUND.iter().map(|entry| (entry.id, entry.rules));
    let pair = PAIR.iter().map(|entry| (entry.id, entry.rules));
    let mut all = inbound.chain(outbound).chain(pair);
    let own = all.find(|(id, _)| *id == step);
    own.map_or(&[], |(_, rules)| rules)
}

/// Every rule of the catalogue with the step it belongs to; `None` for those of any step or of
/// several places, and those of the renewal, which is no step.
pub fn all_rules() -> impl Iterator<Item = (Option<StepId>, &'static Rule)> {
    let of = |step: StepId| rules_of(step).iter().map(move |rule| (Some(step), *rule));
    let of_steps = StepId::ALL.into_iter().flat_map(of);
    let beside = any_step::RULES
        .iter()
        .chain(places::RULES)
        .chain(renewal::RULES);
    let outbound = StepId::OUTBOUND.into_iter().flat_map(of);
    let of_steps = of_steps.chain(beside.map(|rule| (None, *rule)));
    let pair = StepId::PAIR.into_iter().flat_map(of);
    of_steps.chain(outbound).chain(pair)
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
        let mut codes = HashSet::new();
        for (_, rule) in all_rules() {
            assert!(codes.insert(rule.code), "{} appears twice", rule.code);
            assert!(
                rule.code
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            );
        }
    }
}
