//! Step 2, the FQDN and its A record.

use std::net::IpAddr;

use super::{differing, kept, lookup_failure, without_endpoints};
use crate::catalogue::{Finding, Judged, Note, Severity, rules};
use crate::facts::{AddressFacts, DnsOutcome};
use crate::names::Fqdn;
use crate::plan::Plan;
use crate::ranges;

rules! {
    FQDN_FOREIGN_DOMAIN = "fqdn-foreign-domain", Fail (as partner: Info), [XphoneAdmin, DnsAdmin], [LookupSrv];
    FQDN_TOO_DEEP = "fqdn-too-deep", Warn (as partner: Info), [XphoneAdmin, DnsAdmin], [LookupSrv];
    FQDN_NOT_FOUND = "fqdn-not-found", Fail, [DnsAdmin], [LookupAddress];
    FQDN_NO_A_RECORD = "fqdn-no-a-record", Fail, [DnsAdmin], [LookupAddress];
    ADDRESS_NOT_PUBLIC = "address-not-public", Fail, [DnsAdmin], [LookupAddress];
    ADDRESS_SEVERAL = "address-several", Warn (as partner: Info), [DnsAdmin], [LookupAddress];
    ADDRESS_SPLIT_VIEW = "address-split-view", Warn, [DnsAdmin], [LookupAddress];
    ADDRESS_STALE = "address-stale", Warn, [DnsAdmin], [LookupAddress];
    ADDRESS_ALIAS = "address-alias", Warn, [DnsAdmin], [LookupAlias];
}

pub(crate) fn judge(addresses: &[AddressFacts], plan: &Plan) -> Judged {
    if addresses.is_empty() {
        return without_endpoints(addresses);
    }
    let findings = addresses
        .iter()
        .flat_map(|host| judge_host(host, plan))
        .collect();
    let seen = addresses.iter().map(summary).collect::<Vec<_>>();
    Judged::new(Note::new("seen-address").with("hosts", seen), findings)
}

/// `xphone.zahnfee.de → 81.2.3.4 2a00::1`, or the name alone.
fn summary(host: &AddressFacts) -> String {
    let addresses: Vec<String> = all_addresses(host)
        .map(|address| address.to_string())
        .collect();
    if addresses.is_empty() {
        host.fqdn.to_string()
    } else {
        format!("{} → {}", host.fqdn, addresses.join(" "))
    }
}

fn all_addresses(host: &AddressFacts) -> impl Iterator<Item = IpAddr> {
    host.a.addresses().chain(host.aaaa.addresses())
}

fn judge_host(host: &AddressFacts, plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(judge_name(&host.fqdn, plan));
    findings.extend(judge_lookup(host));
    findings.extend(judge_alias(host));
    findings.extend(judge_views(host, plan));
    let v4: Vec<String> = host
        .a
        .addresses()
        .map(|address| address.to_string())
        .collect();
    findings.extend(all_addresses(host).filter_map(|address| judge_range(address, host)));
    if v4.len() > 1 {
        findings.push(
            Finding::new(&ADDRESS_SEVERAL)
                .with("fqdn", host.fqdn.as_str())
                .with("addresses", v4),
        );
    }
    findings
}

fn judge_name(fqdn: &Fqdn, plan: &Plan) -> Option<Finding> {
    let rule = match fqdn.labels_below(&plan.domain) {
        None => &FQDN_FOREIGN_DOMAIN,
        // A doubled domain is the SRV record's fault, and named there.
        Some(2..) if fqdn.undoubled(&plan.domain).is_none() => &FQDN_TOO_DEEP,
        Some(_) => return None,
    };
    Some(
        Finding::new(rule)
            .with("fqdn", fqdn.as_str())
            .with("domain", plan.domain.as_str()),
    )
}

fn judge_lookup(host: &AddressFacts) -> Option<Finding> {
    match host.a.judged() {
        DnsOutcome::Records { .. } => None,
        DnsOutcome::NoName { .. } => {
            Some(Finding::new(&FQDN_NOT_FOUND).with("fqdn", host.fqdn.as_str()))
        }
        DnsOutcome::NoData { .. } => {
            let v6: Vec<String> = host
                .aaaa
                .addresses()
                .map(|address| address.to_string())
                .collect();
            Some(
                Finding::new(&FQDN_NO_A_RECORD)
                    .with("fqdn", host.fqdn.as_str())
                    .with("addresses", v6),
            )
        }
        DnsOutcome::Failed { .. } | DnsOutcome::Elsewhere { .. } | DnsOutcome::Unanswered(_) => {
            lookup_failure(&host.a)
        }
    }
}

fn judge_alias(host: &AddressFacts) -> Option<Finding> {
    let aliases = host.a.aliases();
    let last = aliases.last()?;
    let mut chain: Vec<String> = aliases.iter().map(|alias| alias.name.clone()).collect();
    chain.push(last.target.clone());
    Some(
        Finding::new(&ADDRESS_ALIAS)
            .with("fqdn", host.fqdn.as_str())
            .with("chain", chain),
    )
}

/// Views that see other addresses than those that count: an internal DNS where one side is private
/// and the other public, else an older answer.
fn judge_views(host: &AddressFacts, plan: &Plan) -> Vec<Finding> {
    let differing = differing(&host.a).into_iter().map(|answer| {
        let seen: Vec<IpAddr> = answer.outcome.addresses().collect();
        let is_public = |address: &IpAddr| ranges::special(*address).is_none();
        let split = !seen.is_empty()
            && seen.iter().all(is_public) != host.a.addresses().all(|a| is_public(&a));
        let rule = if split {
            &ADDRESS_SPLIT_VIEW
        } else {
            &ADDRESS_STALE
        };
        let finding = Finding::new(rule)
            .with("fqdn", host.fqdn.as_str())
            .with("view", answer.view.to_string())
            .with(
                "seen",
                seen.iter().map(IpAddr::to_string).collect::<Vec<_>>(),
            )
            .with(
                "published",
                host.a
                    .addresses()
                    .map(|address| address.to_string())
                    .collect::<Vec<_>>(),
            );
        kept(finding, answer, plan)
    });
    differing.collect()
}

/// Whether this machine sits behind the same firewall as the server: its resolver leads to a
/// private address where the zone publishes a public one (guide, chapter 5).
pub(crate) fn is_inside(host: &AddressFacts) -> bool {
    let private = |address: IpAddr| ranges::special(address).is_some();
    let published = host
        .a
        .published()
        .is_some_and(|outcome| outcome.addresses().any(|address| !private(address)));
    let seen = host
        .a
        .answers
        .iter()
        .any(|answer| answer.outcome.addresses().any(private));
    published && seen
}

/// A private AAAA beside a public A is a nuisance to some partners; a private A shuts out all.
fn judge_range(address: IpAddr, host: &AddressFacts) -> Option<Finding> {
    let range = ranges::special(address)?;
    let public_v4 = host
        .a
        .addresses()
        .any(|other| ranges::special(other).is_none());
    let severity = if address.is_ipv6() && public_v4 {
        Severity::Warn
    } else {
        ADDRESS_NOT_PUBLIC.severity
    };
    let finding = Finding::new(&ADDRESS_NOT_PUBLIC)
        .with("fqdn", host.fqdn.as_str())
        .with("address", address.to_string())
        .with("range", range.key());
    Some(finding.weighing(severity))
}
