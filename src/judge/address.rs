//! Step 2, the FQDN and its A record.

use std::net::{IpAddr, Ipv6Addr};

use super::domain::{
    below_cut, doubtful, false_denial_of_type, judge_names_above, judge_silence, lookup_failure,
    unknown_type, unserved,
};
use super::endpoints::without_endpoints;
use super::lookup::{Difference, differences, kept};
use super::suffixes;
use crate::facts::{
    AddressFacts, Alias, ControlFacts, DnsOutcome, EndpointFacts, Lookup, Published, Rcode, Target,
    TcpOutcome, ViewAnswer, is_loop,
};
use crate::known::{microsoft, ranges};
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

pub(crate) fn judge(
    published: &Published<'_>,
    control: Option<&ControlFacts>,
    terms: &Terms,
) -> Judged {
    let Published {
        addresses,
        endpoints,
    } = published;
    if addresses.is_empty() {
        return without_endpoints(published);
    }
    let blocked = control.is_some_and(|control| control.shows_closed_way_out(endpoints));
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
            findings.extend(judge_proxy(&of_host, blocked));
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
    findings.extend(judge_alias(host));
    findings.extend(judge_wildcard(host));
    findings.extend(judge_views(host, terms));
    findings.extend(judge_denial(host));
    findings.extend(judge_ipv6(host, terms));
    // What is not public has to go in any case.
    let v4 = listed(host.a.addresses().filter(is_public));
    findings.extend(
        host.addresses()
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
        DnsOutcome::NoName { .. } => {
            let finding = Finding::new(&FQDN_NOT_FOUND).with("fqdn", host.fqdn.as_str());
            Some(below_cut(finding.with("named_by", named_by), &host.a))
        }
        DnsOutcome::NoData { aliases, .. } if is_loop(aliases) => Some(
            Finding::new(&ADDRESS_ALIAS_LOOP)
                .with("fqdn", host.fqdn.as_str())
                .with("chain", chain_of(aliases)),
        ),
        DnsOutcome::NoData { .. } => {
            let v6 = listed(host.aaaa.addresses());
            let finding = Finding::new(&FQDN_NO_A_RECORD).with("fqdn", host.fqdn.as_str());
            Some(finding.with("addresses", v6).with("named_by", named_by))
        }
        DnsOutcome::Failed { .. } | DnsOutcome::Elsewhere { .. } | DnsOutcome::Unanswered(_) => {
            lookup_failure(&host.a)
        }
    }
}

/// The names from the first to the end.
fn chain_of(aliases: &[Alias]) -> Vec<String> {
    let names = aliases.iter().map(|alias| &alias.name);
    let end = aliases.last().map(|alias| &alias.target);
    names.chain(end).cloned().collect()
}

fn judge_alias(host: &AddressFacts) -> Option<Finding> {
    // Where not all servers of the zone have the alias, some partners meet it.
    let published = host.a.authority.iter().map(|answer| &answer.outcome);
    let given = published.filter(|outcome| outcome.is_conclusive());
    let given = given.map(DnsOutcome::aliases);
    let mut given = std::iter::once(host.a.aliases()).chain(given);
    let aliases = given.find(|aliases| !aliases.is_empty())?;
    if is_loop(aliases) {
        return None;
    }
    let chain = chain_of(aliases);
    let is_microsoft = |alias: &Alias| microsoft::is_service(&alias.target);
    if let Some(alias) = aliases.iter().find(|alias| is_microsoft(alias)) {
        let finding = Finding::new(&ADDRESS_AT_MICROSOFT).with("fqdn", host.fqdn.as_str());
        return Some(finding.with("target", alias.target.as_str()));
    }
    // What a wildcard gives is nothing to be entered.
    let is_own = by_wildcard(host).is_none();
    let public = host
        .a
        .addresses()
        .filter(|address| is_own && is_public(address));
    let own = |address: IpAddr| format!("{}. A {address}", host.fqdn);
    let records: Vec<String> = public.map(own).collect();
    Some(
        Finding::new(&ADDRESS_ALIAS)
            .with("fqdn", host.fqdn.as_str())
            .with("chain", chain)
            .with("records", records),
    )
}

/// A random name below the FQDN has the same addresses. So the FQDN has none of its own, since a
/// wildcard does not reach below a name that exists (RFC 4592 §2.2.1). Nor has, for the same reason,
/// the name to which the FQDN's alias leads.
fn by_wildcard(host: &AddressFacts) -> Option<&Lookup> {
    let below = host.below.as_ref()?;
    let same = below.addresses().next().is_some() && below.answer().agrees_with(host.a.answer());
    same.then_some(below)
}

fn judge_wildcard(host: &AddressFacts) -> Option<Finding> {
    let below = by_wildcard(host)?;
    let owner = below.name.split_once('.').map_or("", |(_, owner)| owner);
    let is_alias = !owner.eq_ignore_ascii_case(host.fqdn.as_str());
    let addresses = listed(below.addresses());
    Some(
        Finding::new(&ADDRESS_FROM_WILDCARD)
            .with("fqdn", host.fqdn.as_str())
            .with("owner", owner)
            .with("alias", if is_alias { "yes" } else { "no" })
            .with("name", below.name.as_str())
            .with("record", below.record.name())
            .with("addresses", addresses)
            .with("certified", Vec::<String>::new()),
    )
}

/// Addresses of one FQDN that belong to a proxy for the web, and are closed. An open one is fine:
/// such a proxy can be paid to carry 5061.
fn judge_proxy(endpoints: &[&EndpointFacts], blocked: bool) -> Vec<Finding> {
    let is_direct = |endpoint: &&&EndpointFacts| {
        endpoint.is_open() && ranges::web_proxy(endpoint.address.ip()).is_none()
    };
    let open = endpoints.iter().filter(is_direct);
    let beside: Vec<String> = open.map(|it| it.address.ip().to_string()).collect();
    let v4_open = endpoints
        .iter()
        .any(|endpoint| endpoint.address.is_ipv4() && endpoint.is_open());
    let judged = endpoints.iter().filter_map(|endpoint| {
        let proxy = ranges::web_proxy(endpoint.address.ip())?;
        let outcome = match endpoint.tcp {
            TcpOutcome::Refused => "refused",
            TcpOutcome::TimedOut(_) if !blocked => "timed-out",
            TcpOutcome::Unreachable => "unreachable",
            TcpOutcome::TimedOut(_)
            | TcpOutcome::Connected(_)
            | TcpOutcome::NoRoute
            | TcpOutcome::NotAttempted
            | TcpOutcome::TooManyFiles
            | TcpOutcome::Deadline
            | TcpOutcome::OverLimit => return None,
        };
        // Where --connect-to leads says nothing of what is published.
        if endpoint.is_redirected() {
            return None;
        }
        let finding = Finding::new(&ADDRESS_BEHIND_CDN)
            .with("fqdn", endpoint.fqdn.as_str())
            .with("address", endpoint.address.ip().to_string())
            .with("proxy", proxy.name)
            .with("beside", beside.clone())
            .with("outcome", outcome);
        // Weighs as little as a dead IPv6 address beside a working IPv4 one.
        let extra = endpoint.address.is_ipv6() && v4_open;
        Some(if extra {
            finding.weighing(Severity::Warn)
        } else {
            finding
        })
    });
    judged.collect()
}

/// Views with other addresses than those that count. It is an internal DNS where one side is private
/// and the other public, else an older answer, if nothing else explains it.
fn judge_views(host: &AddressFacts, terms: &Terms) -> Vec<Finding> {
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
            let is_public = |address: &IpAddr| ranges::special(*address).is_none();
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
    let is_private = |address: IpAddr| ranges::special(address).is_some();
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
        .then(|| false_denial_of_type(&host.aaaa, &host.a, Some(answer)))
        .flatten()
}

/// The servers deny the name for IPv6 addresses, though it has IPv4 ones, and the views have not
/// fallen for it yet.
fn judge_denial(host: &AddressFacts) -> Option<Finding> {
    let has_fallen = |answer: &&ViewAnswer| matches!(answer.outcome, DnsOutcome::NoName { .. });
    if host.a.differing().iter().any(has_fallen) {
        return None;
    }
    false_denial_of_type(&host.aaaa, &host.a, None)
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

/// A private AAAA beside a public A is a nuisance to some partners; a private A shuts out all.
fn judge_range(address: IpAddr, host: &AddressFacts) -> Option<Finding> {
    let published = host.aaaa.authority.iter().map(|answer| &answer.outcome);
    let mut published = published.flat_map(DnsOutcome::addresses);
    let range = match ranges::special(address) {
        Some(range) => range.key(),
        None if ranges::is_nat64(address) && published.any(|it| it == address) => "nat64",
        None => return None,
    };
    let public_v4 = host.a.addresses().any(|v4| ranges::special(v4).is_none());
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

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::facts::{Micros, Millis};
    use crate::model::limits::FEDERATION_PORT;

    fn endpoint(address: &str, tcp: TcpOutcome) -> EndpointFacts {
        let fqdn = Fqdn::parse("xphone.zahnfee.de").expect("a name");
        let published: IpAddr = address.parse().expect(address);
        let address = SocketAddr::new(published, FEDERATION_PORT);
        EndpointFacts::new(fqdn, Some(published), address, tcp)
    }

    /// No test may connect to a stranger's proxy, so this is judged by made facts only.
    #[test]
    fn a_closed_web_proxy_fails() {
        const PROXY: &str = "104.16.1.2";
        let closed = [
            (TcpOutcome::TimedOut(Millis(5000)), "timed-out"),
            (TcpOutcome::Refused, "refused"),
            (TcpOutcome::Unreachable, "unreachable"),
        ];
        for (tcp, outcome) in closed {
            let findings = judge_proxy(&[&endpoint(PROXY, tcp)], false);
            let expected = Finding::new(&ADDRESS_BEHIND_CDN)
                .with("fqdn", "xphone.zahnfee.de")
                .with("address", PROXY)
                .with("proxy", "Cloudflare")
                .with("beside", Vec::<String>::new())
                .with("outcome", outcome);
            assert_eq!(findings, [expected], "{outcome}");
            assert_eq!(findings[0].severity, Severity::Fail);
        }
        let silent = TcpOutcome::TimedOut(Millis(5000));
        for (address, tcp, blocked) in [
            (PROXY, TcpOutcome::Connected(Micros(20_000)), false),
            (PROXY, TcpOutcome::NoRoute, false),
            (PROXY, TcpOutcome::NotAttempted, false),
            (PROXY, TcpOutcome::TooManyFiles, false),
            (PROXY, TcpOutcome::Deadline, false),
            (PROXY, TcpOutcome::OverLimit, false),
            (PROXY, silent, true),
            ("81.2.3.4", silent, false),
        ] {
            let findings = judge_proxy(&[&endpoint(address, tcp)], blocked);
            assert_eq!(findings, [], "{address} {tcp:?} {blocked}");
        }
        let redirected = EndpointFacts {
            address: ([127, 0, 0, 1], 5061).into(),
            ..endpoint(PROXY, TcpOutcome::Refused)
        };
        assert_eq!(judge_proxy(&[&redirected], false), []);
    }

    #[test]
    fn a_closed_proxy_over_ipv6_beside_working_ipv4_is_a_warning() {
        let v4 = endpoint("81.2.3.4", TcpOutcome::Connected(Micros(20_000)));
        let v6 = endpoint("2606:4700::1", TcpOutcome::TimedOut(Millis(5000)));
        let findings = judge_proxy(&[&v4, &v6], false);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].severity, Severity::Warn);
    }
}
