//! Step 1: somebody called, and from where.

use std::net::IpAddr;
use std::time::Duration;

use super::{Heard, only};
use crate::facts::AddressFacts;
use crate::model::finding::{Finding, Judged, Note, Severity, Value, rules};
use crate::model::limits::span;

rules! {
    CALL_NOTHING_CAME = "call-nothing-came", Unknown, [XphoneAdmin, Network], [];
    CALL_PARTNER_FAULTY = "call-partner-faulty", Unknown, [Partner], [];
    CALL_OTHER_SOURCE = "call-other-source", Info, [Network], [];
    CALL_CALLER_UNPROVEN = "call-caller-unproven", Info, [], [];
    CALL_STRANGERS = "call-strangers", Info, [], [];
}

pub(super) fn judge(heard: &Heard<'_>) -> Judged {
    let partner = &heard.facts.partner;
    let faulty = (!partner.own_faults.is_empty()).then(|| {
        let finding = Finding::new(&CALL_PARTNER_FAULTY).with("fqdn", partner.fqdn.as_str());
        finding.with("codes", Value::Codes(partner.own_faults.clone()))
    });
    let Some(best) = heard.best() else {
        let finding = Finding::new(&CALL_NOTHING_CAME)
            .with("fqdn", partner.fqdn.as_str())
            .with("port", partner.port)
            .with("span", span(Duration::from_millis(heard.facts.listened.0)));
        let mut judged = only(Note::new("seen-outbound-nobody"), finding);
        judged.findings.extend(faulty);
        judged.findings.extend(strangers(heard));
        return judged;
    };
    let mut sources: Vec<IpAddr> = heard.calls.iter().map(|call| call.from.ip()).collect();
    sources.sort_unstable();
    sources.dedup();
    let as_text = |addresses: &[IpAddr]| -> Vec<String> {
        addresses.iter().map(ToString::to_string).collect()
    };
    let seen = Note::new("seen-outbound-connection")
        .with("address", best.from.ip().to_string())
        .with("sources", as_text(&sources));
    let mut findings = Vec::new();
    let published: Vec<IpAddr> = heard
        .hosts
        .iter()
        .flat_map(AddressFacts::addresses)
        .collect();
    if !heard.are_shown {
        let finding = Finding::new(&CALL_CALLER_UNPROVEN)
            .with("sources", as_text(&sources))
            .with("published", as_text(&published));
        // It has to be said where anything else would be held against the caller.
        findings.push(if heard.has_failed() {
            finding.weighing(Severity::Unknown)
        } else {
            finding
        });
    } else if !published.is_empty() && !sources.iter().any(|source| published.contains(source)) {
        let finding = Finding::new(&CALL_OTHER_SOURCE).with("sources", as_text(&sources));
        findings.push(finding.with("published", as_text(&published)));
    }
    // Whoever called has found it.
    findings.extend(faulty.map(|finding| finding.weighing(Severity::Info)));
    findings.extend(strangers(heard));
    Judged::new(seen, findings)
}

fn strangers(heard: &Heard<'_>) -> Option<Finding> {
    let kept = heard.facts.calls.len() - heard.calls.len();
    let count = i64::from(heard.facts.strangers) + i64::try_from(kept).unwrap_or(i64::MAX);
    (count > 0).then(|| Finding::new(&CALL_STRANGERS).with("count", count))
}
