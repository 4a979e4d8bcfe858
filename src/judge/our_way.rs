//! Whether the resolver here leads to a partner: our server asks it, or one like it, and goes by what it says, whatever
//! the partner publishes.

use std::net::IpAddr;

use super::domain::RESOLVER_HIDES_PARTNER;
use crate::facts::{AddressFacts, DnsOutcome, Lookup, Rcode, Record, Unanswered, ViewAnswer};
use crate::model::finding::Finding;
use crate::model::plan::Terms;

/// The first resolver that has nothing of what is published, or something else in its place.
pub(super) fn judge(lookup: &Lookup, terms: &Terms) -> Option<Finding> {
    let published = lookup.records();
    if !terms.partner || lookup.given || lookup.published()?.is_no() {
        return None;
    }
    let is_published = |record: &Record| {
        let mut published = published.iter();
        published.any(|it| it.data.lowercase() == record.data.lowercase())
    };
    let leads_there = |answer: &ViewAnswer| {
        let mut records = answer.outcome.records().iter();
        records.any(is_published)
    };
    let answers = lookup.answers.iter();
    let mut hiding = answers.filter(|it| !it.view.is_stand_in() && !leads_there(it));
    hiding.find_map(|answer| {
        let seen = answer.outcome.records().iter();
        let seen = seen.map(|record| record.data.to_string());
        let published = published.iter().map(|record| record.data.to_string());
        Some(
            Finding::new(&RESOLVER_HIDES_PARTNER)
                .with("name", lookup.name.as_str())
                .with("record", lookup.record.name())
                .with("view", answer.view.to_string())
                .with("said", said(&answer.outcome)?)
                .with("seen", seen.collect::<Vec<_>>())
                .with("published", published.collect::<Vec<_>>()),
        )
    })
}

/// The hosts file of this machine has other addresses for a partner's server: DNS is not asked at all where it is
/// that of our server.
pub(super) fn judge_hosts_file(host: &AddressFacts, terms: &Terms) -> Option<Finding> {
    let published: Vec<IpAddr> = host.addresses().collect();
    let mut entered = host.in_hosts_file.iter();
    let other = entered.find(|address| !published.contains(address))?;
    let lookup = if other.is_ipv4() { &host.a } else { &host.aaaa };
    if !terms.partner || published.is_empty() {
        return None;
    }
    let listed = |addresses: &[IpAddr]| -> Vec<String> {
        let addresses = addresses.iter();
        addresses.map(ToString::to_string).collect()
    };
    Some(
        Finding::new(&RESOLVER_HIDES_PARTNER)
            .with("name", lookup.name.as_str())
            .with("record", lookup.record.name())
            .with("view", "hosts-file")
            .with("said", "records")
            .with("seen", listed(&host.in_hosts_file))
            .with("published", listed(&published)),
    )
}

/// What it says instead; nothing where it is not the resolver that says so.
fn said(outcome: &DnsOutcome) -> Option<String> {
    match outcome {
        DnsOutcome::Records { .. } => Some("records".to_owned()),
        DnsOutcome::NoData { .. } => Some("no-data".to_owned()),
        DnsOutcome::NoName { .. } => Some("NXDOMAIN".to_owned()),
        DnsOutcome::Failed {
            rcode: Rcode::TooManyAliases,
            ..
        } => None,
        DnsOutcome::Failed { rcode, .. } => Some(rcode.to_string()),
        DnsOutcome::Unanswered(Unanswered::TimedOut | Unanswered::PortClosed) => {
            Some("silence".to_owned())
        }
        DnsOutcome::Elsewhere { .. } | DnsOutcome::Unanswered(_) => None,
    }
}
