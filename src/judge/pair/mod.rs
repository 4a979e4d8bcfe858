//! What it takes for one domain to reach another beside a server that is ready (`xfed pair`): the
//! certificate that the caller presents, no Microsoft tenant in between, and a way that both know.
//!
//! The server that is called is judged by the steps of the guide, as ever.

mod caller;
mod evidence;
mod route;
mod teams;

use crate::facts::{CallerFacts, Facts, FactsOnTerms, SrvFacts};
use crate::model::finding::{Finding, Judged, Note, Rule, StepId};
use crate::model::plan::{Federation, Terms};

/// One row of what follows the checklist.
pub(crate) struct PairStep {
    /// The step.
    pub(crate) id: StepId,
    /// The rules that only it can find.
    pub(crate) rules: &'static [&'static Rule],
    /// The judge.
    pub(crate) judge: fn(&Direction<'_>) -> Judged,
}

/// What follows the checklist, in its order.
pub(crate) static PAIR: [PairStep; 3] = [
    PairStep {
        id: StepId::PairCaller,
        rules: caller::RULES,
        judge: caller::judge,
    },
    PairStep {
        id: StepId::PairTeams,
        rules: teams::RULES,
        judge: teams::judge,
    },
    PairStep {
        id: StepId::PairRoute,
        rules: route::RULES,
        judge: route::judge,
    },
];

/// A step that was judged before, on the side of the caller.
pub(crate) struct Beside<'a> {
    pub(crate) step: StepId,
    pub(crate) findings: &'a [Finding],
    /// It waits for nothing and applies.
    pub(crate) is_judged: bool,
}

/// Who calls whom, and what is known of both.
pub(crate) struct Direction<'a> {
    /// Of the domain that is called.
    pub(crate) terms: &'a Terms,
    pub(crate) facts: &'a Facts,
    pub(crate) caller: &'a CallerFacts,
    /// The checklist of the caller's own server.
    pub(crate) own: Vec<Beside<'a>>,
    /// What test partners made of its calls, the latest first; nothing where nobody has listened.
    pub(crate) heard: Vec<Hearing<'a>>,
}

/// What a test partner heard, and what its checklist made of it.
pub(crate) struct Hearing<'a> {
    pub(crate) evidence: &'a FactsOnTerms,
    pub(crate) steps: Vec<Beside<'a>>,
}

impl Direction<'_> {
    /// Who calls.
    fn caller(&self) -> &str {
        self.caller.own.terms.domain.as_str()
    }

    /// A finding about this direction.
    fn found(&self, rule: &'static Rule) -> Finding {
        Finding::new(rule).with("caller", self.caller())
    }

    /// The same where the side of the caller has to act.
    fn found_there(&self, rule: &'static Rule) -> Finding {
        self.found(rule).with("side", self.caller())
    }

    /// The same where the side of the one that is called has to, though nothing is certain.
    fn found_here(&self, rule: &'static Rule) -> Finding {
        self.found(rule).with("side", self.terms.domain.as_str())
    }

    fn seen(&self, id: &'static str) -> Note {
        Note::new(id).with("caller", self.caller())
    }

    /// A step for which it has to be known where the record of both leads.
    fn waits_for_srv(&self, id: &'static str) -> Judged {
        Judged::waits_for(StepId::Srv, self.seen(id))
    }

    /// Whether the caller's chat is in the Microsoft cloud.
    pub(crate) fn is_from_teams(&self) -> bool {
        is_of_teams(&self.caller.own.facts, &self.caller.own.terms)
    }

    /// Whether the chat of the domain that is called is.
    fn is_to_teams(&self) -> bool {
        is_of_teams(self.facts, self.terms)
    }
}

/// Whether the chat of a domain is in the Microsoft cloud, as its record says.
pub(crate) fn is_of_teams(facts: &Facts, terms: &Terms) -> bool {
    let srv = facts.srv.as_ref();
    srv.is_some_and(|srv| srv.is_of_microsoft(terms))
}

/// Whether that is known: in direct federation nobody is found by a record.
fn is_teams_known(facts: &Facts, terms: &Terms) -> bool {
    is_direct(terms) || is_published(facts.srv.as_ref()).is_some()
}

/// Whether there is an SRV record; nothing where that could not be found out.
fn is_published(srv: Option<&SrvFacts>) -> Option<bool> {
    let srv = srv?;
    match (
        srv.lookup.srv().next().is_some(),
        srv.lookup.answer().is_no(),
    ) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    }
}

fn is_direct(terms: &Terms) -> bool {
    terms.federation == Federation::Direct
}
