//! Step 2, the FQDN and its A record.

mod alias;
mod proxy;
mod views;

use std::net::{IpAddr, Ipv6Addr};

use super::domain::{
    below_cut, doubtful, judge_names_above, judge_silence, lookup_failure, unknown_type, unserved,
};
use super::endpoints::without_endpoints;
use super::{our_way, suffixes};
use crate::facts::{
    AddressFacts, Alias, DnsOutcome, EndpointFacts, Published, Rcode, Standing, Target, ViewAnswer,
    is_loop,
};
use crate::known::ranges;
use crate::model::finding::{Finding, Judged, Note, Severity, rules};
use crate::model::names::Fqdn;
use crate::model::plan::Terms;

rules! {
    FQDN_FOREIGN_DOMAIN = "fqdn-foreign-domain", Fail (as partner: Info), [XphoneAdmin, DnsAdmin], [LookupNaming];
    FQDN_TOO_DEEP = "fqdn-too-deep", Warn (as partner: Info), [XphoneAdmin, DnsAdmin], [LookupNaming];
    FQDN_NOT_FOUND = "fqdn-not-found", Fail, [DnsAdmin] (as partner: Partner, XphoneAdmin), [LookupAddress];
    FQDN_NO_A_RECORD = "fqdn-no-a-record", Fail, [DnsAdmin], [LookupAddress];
    ADDRESS_NOT_PUBLIC = "address-not-public", Fail, [DnsAdmin], [LookupAddress];
    ADDRESS_SEVERAL = "address-several", Warn (as partner: Info), [DnsAdmin], [LookupAddress];
    ADDRESS_SPLIT_VIEW = "address-split-view", Warn, [DnsAdmin] (as partner: Network), [LookupAddress];
    ADDRESS_STALE = "address-stale", Warn, [DnsAdmin] (as partner: Network), [LookupAddress];
    ADDRESS_ALIAS_LOOP = "address-alias-loop", Fail, [DnsAdmin] (as partner: Partner, XphoneAdmin), [LookupAlias];
    ADDRESS_ALIAS = "address-alias", Warn, [DnsAdmin], [LookupAlias];
    ADDRESS_AT_MICROSOFT = "address-at-microsoft", Fail (as partner: Info), [XphoneAdmin, DnsAdmin], [LookupAlias];
    ADDRESS_FROM_WILDCARD = "address-from-wildcard", Warn, [DnsAdmin], [LookupName];
    ADDRESS_IPV6_UNKNOWN = "address-ipv6-unknown", Info, [DnsAdmin], [LookupName];
    ADDRESS_BEHIND_CDN = "address-behind-cdn", Fail, [DnsAdmin], [LookupAddress, TestPort];
}

pub(crate) fn judge(published: &Published<'_>, terms: &Terms) -> Judged {
    let Published {
        addresses,
        endpoints,
    } = published;
    if addresses.is_empty() {
        return without_endpoints(published);
    }
    let mut findings = Vec::new();
    for host in addresses {
        findings.extend(judge_host(host, terms));
        // From inside, a closed port says nothing of the way from outside.
        if !host.is_seen_from_inside() {
            let of_host: Vec<&EndpointFacts> = endpoints
                .iter()
                .copied()
                .filter(|endpoint| endpoint.fqdn == host.fqdn)
                .collect();
            findings.extend(proxy::judge(&of_host));
        }
    }
    let seen: Vec<String> = addresses.iter().map(|host| summary(host)).collect();
    Judged::new(Note::new("seen-address").with("hosts", seen), findings)
}

/// `xphone.zahnfee.de → 81.2.3.4 2a00::1`, or the name alone.
fn summary(host: &AddressFacts) -> String {
    let addresses = listed(host.addresses());
    if addresses.is_empty() {
        host.fqdn.to_string()
    } else {
        format!("{} → {}", host.fqdn, addresses.join(" "))
    }
}

fn listed(addresses: impl IntoIterator<Item = IpAddr>) -> Vec<String> {
    let addresses = addresses.into_iter();
    addresses.map(|address| address.to_string()).collect()
}

fn judge_host(host: &AddressFacts, terms: &Terms) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(judge_name(&host.fqdn, terms));
    findings.extend(judge_lookup(host, terms));
    findings.extend(judge_silence(&host.a, &host.aaaa));
    findings.extend(judge_names_above(&host.a));
    findings.extend(suffixes::judge(&host.a, Some(&host.aaaa)));
    findings.extend(alias::judge(host, terms));
    findings.extend(alias::judge_wildcard(host));
    findings.extend(views::judge(host, terms));
    findings.extend(our_way::judge(&host.a, terms));
    findings.extend(views::judge_denial(host));
    findings.extend(judge_ipv6(host, terms));
    // What is not public has to go in any case.
    let v4 = listed(host.a.addresses().filter(is_public));
    let alone = judge_alone(host);
    let is_alone = alone.is_some();
    findings.extend(alone);
    findings.extend(
        host.addresses()
            .filter(|address| !is_alone || address.is_ipv6())
            .filter_map(|address| judge_range(address, host)),
    );
    // Servers that give one each are said to disagree.
    let given = host.a.authority.iter().map(|answer| &answer.outcome);
    let by_one = given
        .chain([host.a.answer()])
        .map(|outcome| outcome.addresses().filter(is_public).count());
    if by_one.max() > Some(1) {
        findings.push(
            Finding::new(&ADDRESS_SEVERAL)
                .with("fqdn", host.fqdn.as_str())
                .with("addresses", v4),
        );
    }
    findings
}

fn is_public(address: &IpAddr) -> bool {
    ranges::special(*address).is_none()
}

fn judge_name(fqdn: &Fqdn, terms: &Terms) -> Option<Finding> {
    let rule = match fqdn.labels_below(&terms.domain) {
        None => &FQDN_FOREIGN_DOMAIN,
        Some(2..) => &FQDN_TOO_DEEP,
        Some(_) => return None,
    };
    Some(
        Finding::new(rule)
            .with("fqdn", fqdn.as_str())
            .with("domain", terms.domain.as_str())
            .with("certified", Vec::<String>::new()),
    )
}

fn judge_lookup(host: &AddressFacts, terms: &Terms) -> Option<Finding> {
    if let Some(unserved) = unserved(&host.a) {
        return Some(unserved);
    }
    // Only the user's word for it tells that the name is the right one.
    let named_by = if terms.fqdn.as_ref() == Some(&host.fqdn) {
        "user"
    } else if Target::parse(host.fqdn.as_str(), &terms.domain).is_microsoft() {
        "microsoft"
    } else {
        "record"
    };
    match host.a.answer() {
        DnsOutcome::Records { .. } => None,
        DnsOutcome::NoName { aliases, .. } => {
            let finding = Finding::new(&FQDN_NOT_FOUND).with("fqdn", host.fqdn.as_str());
            let finding = finding
                .with("named_by", named_by)
                .with(
                    "near",
                    host.near.iter().map(Fqdn::to_string).collect::<Vec<_>>(),
                )
                .with("end", end_of(aliases));
            // The record takes the place of the alias.
            Some(if aliases.is_empty() {
                below_cut(finding, &host.a)
            } else {
                finding
                    .with("cut", "none")
                    .with("carriers", Vec::<String>::new())
            })
        }
        DnsOutcome::NoData { aliases, .. } if is_loop(aliases) => Some(
            Finding::new(&ADDRESS_ALIAS_LOOP)
                .with("fqdn", host.fqdn.as_str())
                .with("chain", alias::chain_of(aliases)),
        ),
        DnsOutcome::NoData { aliases, .. } => {
            let v6 = listed(host.aaaa.addresses());
            let finding = Finding::new(&FQDN_NO_A_RECORD).with("fqdn", host.fqdn.as_str());
            let finding = finding.with("addresses", v6).with("named_by", named_by);
            Some(finding.with("end", end_of(aliases)))
        }
        DnsOutcome::Failed { .. } | DnsOutcome::Elsewhere { .. } | DnsOutcome::Unanswered(_) => {
            lookup_failure(&host.a)
        }
    }
}

/// The name at the end of aliases; "none" where there are none.
fn end_of(aliases: &[Alias]) -> &str {
    aliases.last().map_or("none", |last| &last.target)
}

/// IPv6 addresses that could not be asked for.
fn judge_ipv6(host: &AddressFacts, terms: &Terms) -> Option<Finding> {
    let matters =
        terms.family.includes(Ipv6Addr::LOCALHOST.into()) && host.a.addresses().next().is_some();
    let (why, rcode) = unknown_type(&host.aaaa).filter(|_| matters)?;
    Some(
        Finding::new(&ADDRESS_IPV6_UNKNOWN)
            .with("fqdn", host.fqdn.as_str())
            .with("name", host.fqdn.as_str())
            .with("record", host.aaaa.record.name())
            .with("why", why)
            .with("said", rcode.and_then(Rcode::key).unwrap_or("code"))
            .with("rcode", rcode.map(Rcode::to_string).unwrap_or_default()),
    )
}

/// A private address that nobody but a resolver was heard to give: it may have it from the internal DNS, or
/// from whoever tunnels this machine's connections.
fn judge_alone(host: &AddressFacts) -> Option<Finding> {
    let is_private = |address: IpAddr| address.is_ipv4() && !is_public(&address);
    let is_it = |answer: &&ViewAnswer| answer.outcome.addresses().any(is_private);
    let is_word = host.a.standing() == Standing::Resolver && host.a.addresses().any(is_private);
    let is_word = is_word && !host.stand_in;
    let answer = host.a.answers.iter().find(is_it).filter(|_| is_word)?;
    Some(doubtful(&host.a, answer, "private"))
}

/// A private AAAA beside a public A is a nuisance to some partners; a private A shuts out all.
fn judge_range(address: IpAddr, host: &AddressFacts) -> Option<Finding> {
    let published = host.aaaa.authority.iter().map(|answer| &answer.outcome);
    let mut published = published.flat_map(DnsOutcome::addresses);
    let range = match ranges::special(address) {
        Some(range) => range.key(),
        None if ranges::is_nat64(address) && published.any(|it| it == address) => "nat64",
        None => return None,
    };
    let public_v4 = host.a.addresses().any(|v4| is_public(&v4));
    let severity = if address.is_ipv6() && public_v4 {
        Severity::Warn
    } else {
        ADDRESS_NOT_PUBLIC.severity
    };
    let finding = Finding::new(&ADDRESS_NOT_PUBLIC)
        .with("fqdn", host.fqdn.as_str())
        .with("address", address.to_string())
        .with("family", if address.is_ipv6() { "v6" } else { "v4" })
        .with("range", range);
    Some(finding.weighing(severity))
}
