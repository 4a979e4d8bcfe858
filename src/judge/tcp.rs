//! Step 4, firewall and DMZ: does every endpoint accept TCP on 5061?

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::any_step::DEADLINE_REACHED;
use super::endpoints::without_endpoints;
use crate::facts::{
    AddressFacts, ControlFacts, EndpointFacts, Lookup, Loss, Millis, Near, Published, TcpOutcome,
};
use crate::known::ranges;
use crate::model::finding::{Finding, Judged, Note, Rule, Severity, rules};
use crate::model::names::Fqdn;
use crate::model::plan::{Family, Terms};

rules! {
    TCP_REFUSED = "tcp-refused", Fail, [Network, XphoneAdmin], [TestPort];
    TCP_FILTERED = "tcp-filtered", Fail, [Network] (as partner: Partner, Network), [TestPort];
    TCP_EGRESS_BLOCKED = "tcp-egress-blocked", Unknown, [Network], [TestPort];
    TCP_UNREACHABLE = "tcp-unreachable", Fail, [Network, DnsAdmin] (as partner: Partner, Network), [TestPort];
    TCP_NO_ROUTE_HERE = "tcp-no-route-here", Unknown, [Network], [TestPort];
    TCP_PARTLY_OPEN = "tcp-partly-open", Fail, [Network, DnsAdmin], [TestPort];
    TCP_IPV6_DEAD = "tcp-ipv6-dead", Warn, [Network, DnsAdmin], [TestPort];
    TCP_NO_IPV6_HERE = "tcp-no-ipv6-here", Info, [Network], [];
    TCP_NOT_ALL_PROBED = "tcp-not-all-probed", Unknown, [DnsAdmin], [LookupAddress];
    TCP_LIMITED_PER_SOURCE = "tcp-limited-per-source", Unknown, [], [TestPort];
    TCP_FROM_INSIDE = "tcp-from-inside", Info, [Network] (as partner: Network), [TestPort];
    TCP_REDIRECT_UNUSED = "tcp-redirect-unused", Unknown, [], [LookupAddress];
    TCP_CONNECTED_ELSEWHERE = "tcp-connected-elsewhere", Info, [], [];
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
    if endpoints.is_empty() {
        return without_endpoints(published);
    }
    let inside: Vec<&Fqdn> = addresses
        .iter()
        .filter(|host| host.is_seen_from_inside())
        .map(|host| &host.fqdn)
        .collect();
    let from_inside =
        |endpoint: &EndpointFacts| endpoint.published.is_some() && inside.contains(&&endpoint.fqdn);
    let near = |endpoint: &EndpointFacts| endpoint.near.filter(|_| !endpoint.is_redirected());
    let mut findings = Vec::new();
    let mut judged: Vec<&EndpointFacts> = Vec::new();
    for endpoint in endpoints {
        match endpoint.tcp {
            // Many firewalls do not let a connection from inside reach their own public address.
            TcpOutcome::Refused
            | TcpOutcome::TimedOut(_)
            | TcpOutcome::WayOutClosed(Loss::Refused | Loss::Silent)
            | TcpOutcome::AllLost(Loss::Refused | Loss::Silent)
                if from_inside(endpoint) =>
            {
                let finding = about(&TCP_FROM_INSIDE, endpoint).with("how", "resolver");
                findings.push(finding.with("open", "no").weighing(Severity::Unknown));
            }
            TcpOutcome::WayOutClosed(loss) => {
                let control = control.filter(|control| control.explains(loss));
                let since = if control.is_some() { "before" } else { "run" };
                findings.push(blocked(endpoint, loss, since, control));
            }
            TcpOutcome::AllLost(loss) => {
                findings.push(blocked(endpoint, loss, "before", None));
            }
            TcpOutcome::Connected(_) if from_inside(endpoint) || near(endpoint).is_some() => {
                let how = near(endpoint).map_or("resolver", Near::key);
                let finding = about(&TCP_FROM_INSIDE, endpoint).with("how", how);
                findings.push(finding.with("open", "yes"));
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
    findings.extend(judge_left_out(published, terms));
    findings.extend(judge_unused(published, terms));
    findings.extend(elsewhere(endpoints));
    Judged::new(seen(endpoints), findings)
}

/// The way out of here is closed, as others show: the control host, servers that this run had reached before,
/// or all of them.
fn blocked(
    endpoint: &EndpointFacts,
    loss: Loss,
    since: &'static str,
    control: Option<&ControlFacts>,
) -> Finding {
    let control = control.map(|control| control.host.clone());
    about(&TCP_EGRESS_BLOCKED, endpoint)
        .with("how", loss.key())
        .with("since", since)
        .with("control", Vec::from_iter(control))
}

/// Endpoints that this run did not connect to, because of its own limits.
fn judge_limits(endpoints: &[&EndpointFacts]) -> Vec<Finding> {
    let count = |outcome| {
        let endpoints = endpoints.iter();
        endpoints.filter(|endpoint| endpoint.tcp == outcome).count()
    };
    let mut findings = Vec::new();
    if count(TcpOutcome::Deadline) > 0 {
        findings.push(Finding::new(&DEADLINE_REACHED));
    }
    let limited = endpoints.iter().filter_map(|endpoint| match endpoint.tcp {
        TcpOutcome::AfterOthers(count) => {
            let finding = about(&TCP_LIMITED_PER_SOURCE, endpoint);
            Some(finding.with("count", i64::from(count)))
        }
        _ => None,
    });
    findings.extend(limited);
    let left_out = count(TcpOutcome::OverLimit);
    if left_out > 0 {
        let left_out = i64::try_from(left_out).unwrap_or(i64::MAX);
        let finding = Finding::new(&TCP_NOT_ALL_PROBED).with("count", left_out);
        findings.push(finding.with("why", "limit"));
    }
    findings
}

/// With `-6`, the IPv4 addresses that partners use first are not tested, and not known to be open. With `-4`, those
/// are that some partners try first.
fn judge_left_out(published: &Published<'_>, terms: &Terms) -> Option<Finding> {
    let Published {
        addresses,
        endpoints,
    } = published;
    let named = endpoints
        .iter()
        .any(|endpoint| endpoint.published.is_none());
    if terms.family == Family::Both || named {
        return None;
    }
    let is_tested = |address: &IpAddr| {
        let mut endpoints = endpoints.iter();
        endpoints.any(|endpoint| endpoint.published == Some(*address))
    };
    let is_public = |address: &IpAddr| terms.allow_private || ranges::special(*address).is_none();
    let left_out = |record: fn(&AddressFacts) -> &Lookup| -> Vec<IpAddr> {
        let published = addresses.iter().flat_map(|host| record(host).addresses());
        let public = published.filter(is_public);
        public.filter(|address| !is_tested(address)).collect()
    };
    if terms.family == Family::V4 {
        let left_out = left_out(|host| &host.aaaa);
        let listed: Vec<String> = left_out.iter().map(IpAddr::to_string).collect();
        let finding = || Finding::new(&TCP_NO_IPV6_HERE).with("addresses", listed);
        return (!left_out.is_empty()).then(|| finding().with("why", "option"));
    }
    let left_out = left_out(|host| &host.a).len();
    let count = i64::try_from(left_out).unwrap_or(i64::MAX);
    (left_out > 0).then(|| {
        let finding = Finding::new(&TCP_NOT_ALL_PROBED).with("count", count);
        finding.with("why", "family")
    })
}

/// Which addresses are open, and which are not.
fn seen(endpoints: &[&EndpointFacts]) -> Note {
    let open = listed(endpoints, EndpointFacts::is_open);
    let closed = listed(endpoints, |endpoint| !endpoint.is_open());
    match (open.is_empty(), closed.is_empty()) {
        (true, _) => Note::new("seen-tcp-closed").with("addresses", closed),
        (false, true) => Note::new("seen-tcp-open").with("addresses", open),
        (false, false) => Note::new("seen-tcp-partly-open")
            .with("open", open)
            .with("closed", closed),
    }
}

/// The addresses of these endpoints, sorted, each once.
fn listed(endpoints: &[&EndpointFacts], is_such: impl Fn(&EndpointFacts) -> bool) -> Vec<String> {
    let such = endpoints.iter().filter(|endpoint| is_such(endpoint));
    let addresses: BTreeSet<String> = such.map(|endpoint| endpoint.address.to_string()).collect();
    addresses.into_iter().collect()
}

/// The rule for a connect that failed.
fn failure(outcome: TcpOutcome) -> Option<&'static Rule> {
    match outcome {
        TcpOutcome::Refused => Some(&TCP_REFUSED),
        TcpOutcome::TimedOut(_) => Some(&TCP_FILTERED),
        TcpOutcome::Unreachable => Some(&TCP_UNREACHABLE),
        TcpOutcome::Connected(_)
        | TcpOutcome::NoRoute
        | TcpOutcome::NotAttempted
        | TcpOutcome::TooManyFiles
        | TcpOutcome::Deadline
        | TcpOutcome::AfterOthers(_)
        | TcpOutcome::WayOutClosed(_)
        | TcpOutcome::AllLost(_)
        | TcpOutcome::OverLimit => None,
    }
}

fn about(rule: &'static Rule, endpoint: &EndpointFacts) -> Finding {
    let finding = Finding::new(rule)
        .with("fqdn", endpoint.fqdn.as_str())
        .with("address", endpoint.address.ip().to_string())
        .with("port", endpoint.address.port())
        .with(
            "reached",
            if endpoint.is_redirected() {
                "connect-to"
            } else {
                "published"
            },
        )
        .at(endpoint.address);
    match endpoint.tcp {
        TcpOutcome::TimedOut(Millis(after)) => {
            let limit = humantime::format_duration(std::time::Duration::from_millis(after));
            finding.with("limit", limit.to_string())
        }
        TcpOutcome::NoRoute | TcpOutcome::NotAttempted => finding.with("why", "network"),
        TcpOutcome::TooManyFiles => finding.with("why", "files"),
        _ => finding,
    }
}

/// One matrix when some accept and others do not, else each failure by itself.
fn judge_family(endpoints: &[&EndpointFacts]) -> Vec<Finding> {
    let open = listed(endpoints, EndpointFacts::is_open);
    let failed: Vec<(&EndpointFacts, &'static Rule)> = endpoints
        .iter()
        .filter_map(|endpoint| Some((*endpoint, failure(endpoint.tcp)?)))
        .collect();
    let untested = endpoints.iter().filter(|endpoint| is_untested(endpoint));
    let mut findings: Vec<Finding> = untested
        .map(|endpoint| about(&TCP_NO_ROUTE_HERE, endpoint))
        .collect();
    if !open.is_empty() && !failed.is_empty() {
        let failed_by = |rule: &Rule| {
            listed(endpoints, |endpoint| {
                failure(endpoint.tcp).is_some_and(|failure| failure == rule)
            })
        };
        let closed = listed(endpoints, |endpoint| failure(endpoint.tcp).is_some());
        // The address of a server that has another one is an entry too many. One that has none is
        // another machine, which may need its address for something else.
        let is_open = |fqdn: &Fqdn| {
            let mut own = endpoints.iter().filter(|endpoint| endpoint.fqdn == *fqdn);
            own.any(|endpoint| endpoint.is_open())
        };
        let (spare, gone): (Vec<_>, Vec<_>) = failed.iter().partition(|(it, _)| is_open(&it.fqdn));
        let names = |failed: &[(&EndpointFacts, &Rule)]| -> Vec<String> {
            let names: BTreeSet<&Fqdn> = failed.iter().map(|(it, _)| &it.fqdn).collect();
            names.into_iter().map(Fqdn::to_string).collect()
        };
        let spare_addresses = spare.iter().map(|(it, _)| it.address.ip().to_string());
        findings.push(
            Finding::new(&TCP_PARTLY_OPEN)
                .with("open", open)
                .with("closed", closed)
                .with("spare", spare_addresses.collect::<Vec<_>>())
                .with("spare_names", names(&spare))
                .with("gone", names(&gone))
                .with("refused", failed_by(&TCP_REFUSED))
                .with("filtered", failed_by(&TCP_FILTERED))
                .with("unreachable", failed_by(&TCP_UNREACHABLE)),
        );
    } else {
        findings.extend(failed.iter().map(|(endpoint, rule)| about(rule, endpoint)));
    }
    findings
}

/// True if this machine made no attempt.
fn is_untested(endpoint: &EndpointFacts) -> bool {
    matches!(
        endpoint.tcp,
        TcpOutcome::NoRoute | TcpOutcome::NotAttempted | TcpOutcome::TooManyFiles
    )
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
            if v4.iter().any(|endpoint| endpoint.is_open()) {
                return Some(about(&TCP_IPV6_DEAD, endpoint));
            }
            // While nobody knows whether IPv4 works, a dead IPv6 shuts nobody out for certain.
            let v4_failed = v4.iter().any(|endpoint| failure(endpoint.tcp).is_some());
            let severity = if v4_failed {
                rule.severity
            } else {
                Severity::Warn
            };
            Some(about(rule, endpoint).weighing(severity))
        })
        .collect();
    // That such an address cannot be reached from here is no want of IPv6.
    let is_missing = |endpoint: &EndpointFacts| {
        is_untested(endpoint) && !ranges::is_nat64(endpoint.address.ip())
    };
    let untested = listed(endpoints, is_missing);
    if !untested.is_empty() {
        let finding = Finding::new(&TCP_NO_IPV6_HERE).with("addresses", untested);
        findings.push(finding.with("why", "here"));
    }
    findings
}

/// Addresses that `--connect-to` names, and nothing leads to: what was to be tested there was not. Beside one
/// that was of use, another may be that of a revocation list or of an issuer.
fn judge_unused(published: &Published<'_>, terms: &Terms) -> Option<Finding> {
    let mut endpoints = published.endpoints.iter();
    if endpoints.any(|endpoint| endpoint.is_redirected()) {
        return None;
    }
    let addresses = || {
        let hosts = published.addresses.iter();
        hosts.flat_map(|host| host.addresses())
    };
    let unused = |named: &&IpAddr| !addresses().any(|address| address == **named);
    let unused: Vec<String> = terms
        .redirected
        .iter()
        .filter(unused)
        .map(ToString::to_string)
        .collect();
    let mut others: Vec<String> = addresses().map(|address| address.to_string()).collect();
    others.dedup();
    (!unused.is_empty()).then(|| {
        Finding::new(&TCP_REDIRECT_UNUSED)
            .with("addresses", unused)
            .with("published", others)
    })
}

/// The remark that a connection went elsewhere than partners would go.
pub(super) fn elsewhere(endpoints: &[&EndpointFacts]) -> Option<Finding> {
    let redirected = endpoints.iter().filter(|endpoint| endpoint.is_redirected());
    let mut addresses: Vec<String> = redirected
        .map(|endpoint| endpoint.address.to_string())
        .collect();
    addresses.dedup();
    (!addresses.is_empty())
        .then(|| Finding::new(&TCP_CONNECTED_ELSEWHERE).with("addresses", addresses))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::Owner;

    /// A way that is closed there may as well be closed here; what was refused there, was there.
    #[test]
    fn the_partner_mends_its_own_servers() {
        let owners = |rule, partner| Finding::new(rule).owners(partner);
        assert_eq!(owners(&TCP_FILTERED, false), [Owner::Network]);
        assert_eq!(
            owners(&TCP_FILTERED, true),
            [Owner::Partner, Owner::Network]
        );
        assert_eq!(owners(&TCP_REFUSED, true), [Owner::Partner]);
        assert_eq!(owners(&TCP_EGRESS_BLOCKED, true), [Owner::Network]);
        assert_eq!(owners(&TCP_CONNECTED_ELSEWHERE, true), []);
    }
}
