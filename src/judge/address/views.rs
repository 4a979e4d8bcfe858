//! Views that see other addresses than those that count.

use std::net::IpAddr;

use super::{ADDRESS_SPLIT_VIEW, ADDRESS_STALE, is_public, listed};
use crate::facts::{AddressFacts, DnsOutcome, Lookup, ViewAnswer};
use crate::judge::domain::{denied, doubtful};
use crate::judge::lookup::{Difference, differences, kept};
use crate::model::finding::Finding;
use crate::model::plan::Terms;

/// Views with other addresses than those that count. It is an internal DNS where one side is private
/// and the other public, else an older answer, if nothing else explains it.
pub(super) fn judge(host: &AddressFacts, terms: &Terms) -> Vec<Finding> {
    let differences = differences(&host.a).into_iter();
    differences
        .filter_map(|difference| {
            let (answer, is_internal) = match difference {
                Difference::Explained(finding) => return Some(finding),
                Difference::Internal(answer) => (answer, true),
                Difference::Older(answer) => (answer, false),
            };
            let seen: Vec<IpAddr> = answer.outcome.addresses().collect();
            // Entered in the internal DNS, and there alone.
            if is_internal && host.a.answer().is_no() && !seen.is_empty() {
                return Some(doubtful(&host.a, answer, "internal"));
            }
            let split = !seen.is_empty()
                && seen.iter().all(is_public) != host.a.addresses().all(|a| is_public(&a));
            let rule = if split {
                &ADDRESS_SPLIT_VIEW
            } else if is_internal {
                return None;
            } else if let Some(finding) = explained(host, answer) {
                return Some(finding);
            } else {
                &ADDRESS_STALE
            };
            let finding = Finding::new(rule)
                .with("fqdn", host.fqdn.as_str())
                .with("view", answer.view.to_string())
                .with("seen", listed(seen))
                .with("published", listed(host.a.addresses()));
            Some(kept(finding, &host.a, answer, terms))
        })
        .collect()
}

/// Why a view has other addresses, where that is no matter of age.
fn explained(host: &AddressFacts, answer: &ViewAnswer) -> Option<Finding> {
    let is_private = |address: IpAddr| !is_public(&address);
    let sees_none = answer.outcome.is_no();
    let mut published = host.a.addresses().peekable();
    if sees_none && published.peek().is_some() && published.all(is_private) {
        return Some(doubtful(&host.a, answer, "rebind"));
    }
    let invents = |beside: &Lookup| {
        let of_view = beside
            .answers
            .iter()
            .find(|other| other.view == answer.view);
        let is_denied = beside.published().is_some_and(DnsOutcome::is_no);
        let same = |other: &ViewAnswer| other.outcome.agrees_with(&answer.outcome);
        is_denied && !sees_none && of_view.is_some_and(same)
    };
    if host.beside.as_ref().is_some_and(invents) {
        return Some(doubtful(&host.a, answer, "invented"));
    }
    let denies = matches!(answer.outcome, DnsOutcome::NoName { .. });
    denies
        .then(|| denied(&host.aaaa, &host.a, Some(answer)))
        .flatten()
}

/// The servers deny the name for IPv6 addresses, though it has IPv4 ones, and the views have not
/// fallen for it yet.
pub(super) fn judge_denial(host: &AddressFacts) -> Option<Finding> {
    let has_fallen = |answer: &&ViewAnswer| matches!(answer.outcome, DnsOutcome::NoName { .. });
    if host.a.differing().iter().any(has_fallen) {
        return None;
    }
    denied(&host.aaaa, &host.a, None)
}
