//! The other direction: what a test partner heard of a server that called it (`xfed listen`).
//!
//! A checklist of its own. The certificate is judged by the rules of the other checklist: XPhone has
//! one for both directions.

mod acceptance;
mod certificate;
mod chat;
mod connection;
mod peer;
mod reply;
mod sip;
mod tls;

use crate::facts::{Call, CallFacts, CallOutcome, Facts, SrvFacts, Talk, What};
use crate::model::finding::{Finding, Judged, Note, Rule, Severity, StepId};
use crate::model::plan::Terms;

pub(crate) use acceptance::CALL_SRV_MISSING;
pub(crate) use peer::{domains_of, without_others};

/// One row of the checklist.
#[derive(Debug)]
pub(crate) struct OutboundStep {
    /// The step.
    pub(crate) id: StepId,
    /// The rules that only it can find, in the order of the checklist.
    pub(crate) rules: &'static [&'static Rule],
    /// The judge.
    judge: fn(&Heard<'_>) -> Judged,
}

impl OutboundStep {
    /// What it finds. What may be somebody else's doing is held against nobody.
    pub(crate) fn judge(&self, heard: &Heard<'_>) -> Judged {
        let mut judged = (self.judge)(heard);
        let failures = judged.findings.iter_mut();
        for finding in failures.filter(|found| found.severity == Severity::Fail) {
            if !heard.are_shown {
                finding.severity = Severity::Unknown;
            }
        }
        judged
    }
}

/// The checklist, in the order in which a call goes.
pub(crate) static OUTBOUND: [OutboundStep; 7] = [
    OutboundStep {
        id: StepId::OutboundConnection,
        rules: connection::RULES,
        judge: connection::judge,
    },
    OutboundStep {
        id: StepId::OutboundTls,
        rules: tls::RULES,
        judge: tls::judge,
    },
    OutboundStep {
        id: StepId::OutboundCertificate,
        rules: certificate::RULES,
        judge: certificate::judge,
    },
    OutboundStep {
        id: StepId::OutboundAcceptance,
        rules: acceptance::RULES,
        judge: acceptance::judge,
    },
    OutboundStep {
        id: StepId::OutboundSip,
        rules: sip::RULES,
        judge: sip::judge,
    },
    OutboundStep {
        id: StepId::OutboundChat,
        rules: chat::RULES,
        judge: chat::judge,
    },
    OutboundStep {
        id: StepId::OutboundReply,
        rules: reply::RULES,
        judge: reply::judge,
    },
];

/// What the judges look at.
pub(crate) struct Heard<'a> {
    facts: &'a CallFacts,
    /// The calls of the other side, the one that got furthest first.
    calls: Vec<&'a Call>,
    /// They show that they are. Everybody can ask for the test partner by its name.
    are_shown: bool,
    srv: Option<&'a SrvFacts>,
    hosts: &'a [crate::facts::AddressFacts],
    terms: &'a Terms,
}

impl<'a> Heard<'a> {
    /// Among these facts; `None` where nobody has listened.
    pub(crate) fn among(facts: &'a Facts, terms: &'a Terms) -> Option<Self> {
        let of_calls = facts.calls.as_ref()?;
        let hosts = facts.addresses.as_deref().unwrap_or_default();
        let (calls, are_shown) = peer::calls(of_calls, &terms.domain, hosts);
        Some(Self {
            facts: of_calls,
            calls,
            are_shown,
            srv: facts.srv.as_ref(),
            hosts,
            terms,
        })
    }

    /// The call that got furthest.
    fn best(&self) -> Option<&'a Call> {
        self.calls.first().copied()
    }

    /// The call that got furthest of those whose handshake was finished.
    fn finished(&self) -> Option<&'a Call> {
        let mut calls = self.calls.iter().copied();
        calls.find(|call| call.tls.outcome == CallOutcome::Finished)
    }

    /// Everything that was said.
    fn talks(&self) -> impl Iterator<Item = &'a Talk> + '_ {
        self.calls.iter().filter_map(|call| call.sip.as_ref())
    }

    fn any(&self, what: What) -> bool {
        self.talks().any(|talk| talk.has(what))
    }

    /// Whether a step after the first finds something that keeps the caller out.
    fn has_failed(&self) -> bool {
        OUTBOUND.iter().skip(1).any(|step| {
            let mut found = (step.judge)(self).findings.into_iter();
            found.any(|finding| finding.severity == Severity::Fail)
        })
    }

    /// Whether a chat was opened that the test partner has accepted.
    fn has_chat(&self) -> bool {
        let mut exchanges = self.talks().flat_map(|talk| &talk.exchanges);
        exchanges.any(|seen| seen.what == What::ChatOpened && seen.status == Some(200))
    }

    /// What a check of the test partner itself found about its certificate.
    fn own_certificate(&self) -> Vec<String> {
        let faults = self.facts.partner.own_faults.iter();
        let faults = faults.filter(|fault| fault.starts_with("cert-"));
        faults.cloned().collect()
    }
}

/// The row of a step that waits for this one.
fn waits_for(step: StepId) -> Judged {
    let note = Note::new("needs-step").with("number", i64::from(step.number()));
    Judged::waits_for(step, note)
}

/// A row with nothing but this finding.
fn only(seen: Note, finding: Finding) -> Judged {
    Judged::new(seen, vec![finding])
}
