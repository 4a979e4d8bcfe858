//! Step 4, firewall and DMZ: does every endpoint accept TCP on 5061?

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::address::is_inside;
use super::{DEADLINE_REACHED, elsewhere, without_endpoints};
use crate::facts::{AddressFacts, ControlFacts, EndpointFacts, Millis, TcpOutcome};
use crate::model::finding::{Finding, Judged, Note, Rule, Severity, rules};
use crate::model::names::Fqdn;
use crate::model::plan::{Family, Terms};

rules! {
    TCP_REFUSED = "tcp-refused", Fail, [Network, XphoneAdmin], [TestPort];
    TCP_FILTERED = "tcp-filtered", Fail, [Network], [TestPort];
    TCP_EGRESS_BLOCKED = "tcp-egress-blocked", Unknown, [Network], [TestPort];
    TCP_UNREACHABLE = "tcp-unreachable", Fail, [Network, DnsAdmin], [TestPort];
    TCP_NO_ROUTE_HERE = "tcp-no-route-here", Unknown, [Network], [TestPort];
    TCP_PARTLY_OPEN = "tcp-partly-open", Fail, [Network, DnsAdmin], [TestPort];
    TCP_IPV6_DEAD = "tcp-ipv6-dead", Warn, [Network, DnsAdmin], [TestPort];
    TCP_NO_IPV6_HERE = "tcp-no-ipv6-here", Info, [Network], [];
    TCP_NOT_ALL_PROBED = "tcp-not-all-probed", Unknown, [DnsAdmin], [LookupAddress];
    TCP_FROM_INSIDE = "tcp-from-inside", Info, [Network], [TestPort];
    TCP_CONNECTED_ELSEWHERE = "tcp-connected-elsewhere", Info, [], [];
}

pub(crate) fn judge(
    addresses: &[AddressFacts],
    endpoints: &[EndpointFacts],
    control: Option<&ControlFacts>,
    terms: &Terms,
) -> Judged {
    if endpoints.is_empty() {
        return without_endpoints(addresses);
    }
    let inside: Vec<&Fqdn> = addresses
        .iter()
        .filter(|host| is_inside(host))
        .map(|host| &host.fqdn)
        .collect();
    let from_inside =
        |endpoint: &EndpointFacts| endpoint.published.is_some() && inside.contains(&&endpoint.fqdn);
    let blocked = is_blocked(endpoints, control);
    let mut findings = Vec::new();
    let mut judged: Vec<&EndpointFacts> = Vec::new();
    for endpoint in endpoints {
        match endpoint.tcp {
            // Many firewalls do not lead back in what comes from inside to their own public address.
            TcpOutcome::Refused | TcpOutcome::TimedOut(_) if from_inside(endpoint) => {
                let finding = about(&TCP_FROM_INSIDE, endpoint).with("open", "no");
                findings.push(finding.weighing(Severity::Unknown));
            }
            TcpOutcome::TimedOut(_) if blocked => {
                let host = control
                    .map(|control| control.host.clone())
                    .unwrap_or_default();
                findings.push(about(&TCP_EGRESS_BLOCKED, endpoint).with("control", vec![host]));
            }
            TcpOutcome::Connected(_) if from_inside(endpoint) => {
                findings.push(about(&TCP_FROM_INSIDE, endpoint).with("open", "yes"));
                judged.push(endpoint);
            }
            _ => judged.push(endpoint),
        }
    }
    let (v4, v6): (Vec<_>, Vec<_>) = judged
        .into_iter()
        .partition(|endpoint| endpoint.address.is_ipv4());
    findings.extend(judge_family(&v4));
    let beside_v4 = endpoints.iter().any(|endpoint| endpoint.address.is_ipv4());
    findings.extend(judge_v6(&v6, beside_v4, &v4));
    findings.extend(judge_limits(endpoints));
    findings.extend(judge_left_out(addresses, endpoints, terms));
    findings.extend(elsewhere(endpoints));
    Judged::new(seen(endpoints), findings)
}

/// What this run itself did not get to.
fn judge_limits(endpoints: &[EndpointFacts]) -> Vec<Finding> {
    let count = |outcome| {
        endpoints
            .iter()
            .filter(|endpoint| endpoint.tcp == outcome)
            .count()
    };
    let mut findings = Vec::new();
    if count(TcpOutcome::Deadline) > 0 {
        findings.push(Finding::new(&DEADLINE_REACHED));
    }
    let left_out = count(TcpOutcome::OverLimit);
    if left_out > 0 {
        let left_out = i64::try_from(left_out).unwrap_or(i64::MAX);
        let finding = Finding::new(&TCP_NOT_ALL_PROBED).with("count", left_out);
        findings.push(finding.with("why", "limit"));
    }
    findings
}

/// With `-6`, the IPv4 addresses that partners use first are not tested, and not known to be open.
fn judge_left_out(
    addresses: &[AddressFacts],
    endpoints: &[EndpointFacts],
    terms: &Terms,
) -> Option<Finding> {
    let named = endpoints
        .iter()
        .any(|endpoint| endpoint.published.is_none());
    if terms.family != Family::V6 || named {
        return None;
    }
    let tested = |address: &IpAddr| endpoints.iter().any(|one| one.published == Some(*address));
    let published = addresses.iter().flat_map(|host| host.a.addresses());
    let left_out = published.filter(|address| !tested(address)).count();
    let count = i64::try_from(left_out).unwrap_or(i64::MAX);
    (left_out > 0).then(|| {
        let finding = Finding::new(&TCP_NOT_ALL_PROBED).with("count", count);
        finding.with("why", "family")
    })
}

/// Whether it is the way out of here that is closed.
pub(crate) fn is_blocked(endpoints: &[EndpointFacts], control: Option<&ControlFacts>) -> bool {
    !endpoints.iter().any(is_open) && control.is_some_and(is_silent)
}

/// A host that is known to answer, and does not answer us: the way out of here is closed.
fn is_silent(control: &ControlFacts) -> bool {
    matches!(
        control.tcp,
        TcpOutcome::TimedOut(_) | TcpOutcome::Refused | TcpOutcome::Unreachable
    )
}

pub(crate) fn is_open(endpoint: &EndpointFacts) -> bool {
    matches!(endpoint.tcp, TcpOutcome::Connected(_))
}

/// The open addresses, or all of them when none is open.
fn seen(endpoints: &[EndpointFacts]) -> Note {
    let open: BTreeSet<_> = endpoints
        .iter()
        .filter(|endpoint| is_open(endpoint))
        .collect_addresses();
    if open.is_empty() {
        Note::new("seen-tcp-closed").with("addresses", listed(endpoints.iter().collect_addresses()))
    } else {
        Note::new("seen-tcp-open").with("addresses", listed(open))
    }
}

trait CollectAddresses {
    fn collect_addresses(self) -> BTreeSet<String>;
}

impl<'a, I: Iterator<Item = &'a EndpointFacts>> CollectAddresses for I {
    fn collect_addresses(self) -> BTreeSet<String> {
        self.map(|endpoint| endpoint.address.to_string()).collect()
    }
}

fn listed(addresses: BTreeSet<String>) -> Vec<String> {
    addresses.into_iter().collect()
}

/// The rule that an endpoint's way of staying closed falls under.
fn failure(outcome: TcpOutcome) -> Option<&'static Rule> {
    match outcome {
        TcpOutcome::Refused => Some(&TCP_REFUSED),
        TcpOutcome::TimedOut(_) => Some(&TCP_FILTERED),
        TcpOutcome::Unreachable => Some(&TCP_UNREACHABLE),
        TcpOutcome::Connected(_)
        | TcpOutcome::NoRoute
        | TcpOutcome::NotAttempted
        | TcpOutcome::Deadline
        | TcpOutcome::OverLimit => None,
    }
}

fn about(rule: &'static Rule, endpoint: &EndpointFacts) -> Finding {
    let finding = Finding::new(rule)
        .with("fqdn", endpoint.fqdn.as_str())
        .with("address", endpoint.address.ip().to_string())
        .with("port", endpoint.address.port())
        .at(endpoint.address);
    match endpoint.tcp {
        TcpOutcome::TimedOut(Millis(after)) => {
            let limit = humantime::format_duration(std::time::Duration::from_millis(after));
            finding.with("limit", limit.to_string())
        }
        _ => finding,
    }
}

/// One matrix when some accept and others do not; else each failure by itself.
fn judge_family(endpoints: &[&EndpointFacts]) -> Vec<Finding> {
    let failed: Vec<_> = endpoints
        .iter()
        .filter(|endpoint| failure(endpoint.tcp).is_some())
        .copied()
        .collect();
    let open: Vec<_> = endpoints
        .iter()
        .filter(|endpoint| is_open(endpoint))
        .copied()
        .collect();
    let mut findings = local_failures(endpoints);
    if !open.is_empty() && !failed.is_empty() {
        let that = |rule: &'static Rule| {
            listed(
                failed
                    .iter()
                    .copied()
                    .filter(|one| failure(one.tcp) == Some(rule))
                    .collect_addresses(),
            )
        };
        findings.push(
            Finding::new(&TCP_PARTLY_OPEN)
                .with("open", listed(open.into_iter().collect_addresses()))
                .with("refused", that(&TCP_REFUSED))
                .with("filtered", that(&TCP_FILTERED))
                .with("unreachable", that(&TCP_UNREACHABLE)),
        );
    } else {
        findings.extend(
            failed
                .iter()
                .filter_map(|one| failure(one.tcp).map(|rule| about(rule, one))),
        );
    }
    findings
}

fn local_failures(endpoints: &[&EndpointFacts]) -> Vec<Finding> {
    let local = |endpoint: &&&EndpointFacts| {
        matches!(endpoint.tcp, TcpOutcome::NoRoute | TcpOutcome::NotAttempted)
    };
    endpoints
        .iter()
        .filter(local)
        .map(|endpoint| about(&TCP_NO_ROUTE_HERE, endpoint))
        .collect()
}

/// IPv6 is an extra: dead beside a working IPv4 it is a warning, untested beside it a remark.
/// Where there is no IPv4 to judge, it is judged like IPv4.
fn judge_v6(endpoints: &[&EndpointFacts], beside_v4: bool, v4: &[&EndpointFacts]) -> Vec<Finding> {
    if !beside_v4 {
        return judge_family(endpoints);
    }
    let mut findings: Vec<Finding> = endpoints
        .iter()
        .filter_map(|endpoint| {
            let rule = failure(endpoint.tcp)?;
            if v4.iter().any(|other| is_open(other)) {
                return Some(about(&TCP_IPV6_DEAD, endpoint));
            }
            // While it is open whether IPv4 works, a dead IPv6 shuts nobody out for certain.
            let failed = v4.iter().any(|other| failure(other.tcp).is_some());
            let severity = if failed {
                rule.severity
            } else {
                Severity::Warn
            };
            Some(about(rule, endpoint).weighing(severity))
        })
        .collect();
    let untested: BTreeSet<String> = endpoints
        .iter()
        .filter(|endpoint| matches!(endpoint.tcp, TcpOutcome::NoRoute | TcpOutcome::NotAttempted))
        .copied()
        .collect_addresses();
    if !untested.is_empty() {
        findings.push(Finding::new(&TCP_NO_IPV6_HERE).with("addresses", listed(untested)));
    }
    findings
}
