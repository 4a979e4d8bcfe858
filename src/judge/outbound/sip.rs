//! Step 5: what the caller says is SIP, and of whom.

use super::peer::unreachable;
use super::{Heard, only, waits_for};
use crate::facts::{Exchange, Talk, What};
use crate::model::finding::{Finding, Judged, Note, Severity, StepId, rules};
use crate::model::limits::clipped;

rules! {
    CALL_NOT_SIP = "call-not-sip", Fail, [XphoneAdmin, Network], [];
    CALL_NO_SIP = "call-no-sip", Unknown, [XphoneAdmin], [];
    CALL_UNREADABLE = "call-unreadable", Warn, [XphoneAdmin, Network], [];
    CALL_WRONG_DOMAIN = "call-wrong-domain", Unknown, [XphoneAdmin], [];
}

/// The first bytes of what is no SIP are shown up to this length.
const WORDS: usize = 80;
/// The status that refuses what is too large.
const TOO_LARGE: u16 = 513;

pub(super) fn judge(heard: &Heard<'_>) -> Judged {
    if heard.best().is_none() {
        return waits_for(StepId::OutboundConnection);
    }
    if heard.finished().is_none() {
        return waits_for(StepId::OutboundTls);
    }
    let exchanges: Vec<&Exchange> = heard.talks().flat_map(|talk| &talk.exchanges).collect();
    if exchanges.is_empty() {
        let foreign = heard.talks().find_map(|talk| talk.not_sip.as_ref());
        let finding = match foreign {
            Some(start) => {
                let start = clipped(&start.escape_ascii().to_string(), WORDS);
                Finding::new(&CALL_NOT_SIP).with("start", start)
            }
            None => Finding::new(&CALL_NO_SIP).with("how", how_it_ended(heard)),
        };
        return only(Note::new("seen-outbound-no-sip"), finding);
    }
    let mut methods: Vec<String> = Vec::new();
    for exchange in &exchanges {
        let is_theirs = exchange.what != What::Ours;
        if is_theirs && !methods.contains(&exchange.method) {
            methods.push(exchange.method.clone());
        }
    }
    let agent = heard.talks().find_map(|talk| talk.agent.as_deref());
    let seen = Note::new("seen-outbound-sip")
        .with("methods", methods)
        .with("agent", agent.unwrap_or("-"));
    Judged::new(seen, findings(heard, &exchanges))
}

fn findings(heard: &Heard<'_>, exchanges: &[&Exchange]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let of_rank = |exchange: &&&Exchange| exchange.status == Some(TOO_LARGE);
    let unreadable = exchanges
        .iter()
        .filter(|exchange| exchange.what == What::Unreadable);
    if let Some(first) = unreadable.min_by_key(of_rank) {
        let status = first.status.unwrap_or_default();
        let finding = Finding::new(&CALL_UNREADABLE).with("method", first.method.as_str());
        let finding = finding.with("status", status);
        // What is too large is so for the test partner: others take more.
        findings.push(if status == TOO_LARGE {
            finding.weighing(Severity::Info)
        } else {
            finding
        });
    }
    if heard.any(What::WrongDomain) {
        let mut talks = heard.talks().filter(|talk| talk.has(What::WrongDomain));
        let from = talks.find_map(|talk| talk.from_domain.as_deref());
        let expected = heard.facts.partner.expected.as_ref();
        let finding = Finding::new(&CALL_WRONG_DOMAIN).with("from", from.unwrap_or("-"));
        let finding = finding.with("expected", expected.map_or("-", |domain| domain.as_str()));
        findings.push(finding.with("refused", "yes"));
    }
    findings.extend(unfit_sender(heard));
    findings
}

/// A sender that leads no partner to the server whose certificate was shown.
fn unfit_sender(heard: &Heard<'_>) -> Option<Finding> {
    let domain = &heard.terms.domain;
    let is_partner = *domain == heard.facts.partner.domain;
    let mut senders = heard
        .calls
        .iter()
        .filter_map(|call| unreachable(call, heard.facts));
    let from = senders.next().filter(|_| !is_partner)?;
    let finding = Finding::new(&CALL_WRONG_DOMAIN)
        .with("from", clipped(from, WORDS))
        .with("expected", domain.as_str())
        .with("refused", "no");
    Some(finding.weighing(Severity::Fail))
}

fn how_it_ended(heard: &Heard<'_>) -> &'static str {
    let any = |is: fn(&Talk) -> bool| heard.talks().any(is);
    if any(|talk| talk.unfinished) {
        "unfinished"
    } else if any(|talk| talk.ended) {
        "ended"
    } else {
        "silent"
    }
}
