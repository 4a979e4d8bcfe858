//! Addresses of a proxy for the web before the server.

use super::ADDRESS_BEHIND_CDN;
use crate::facts::{EndpointFacts, TcpOutcome};
use crate::known::ranges;
use crate::model::finding::{Finding, Severity};

/// Addresses of one FQDN that belong to a proxy for the web, and are closed. An open one is fine:
/// such a proxy can be paid to carry 5061.
pub(super) fn judge(endpoints: &[&EndpointFacts]) -> Vec<Finding> {
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
            TcpOutcome::TimedOut(_) => "timed-out",
            TcpOutcome::Unreachable => "unreachable",
            TcpOutcome::Connected(_)
            | TcpOutcome::NoRoute
            | TcpOutcome::NotAttempted
            | TcpOutcome::TooManyFiles
            | TcpOutcome::Deadline
            | TcpOutcome::AfterOthers(_)
            | TcpOutcome::WayOutClosed(_)
            | TcpOutcome::AllLost(_)
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

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr};

    use super::*;
    use crate::facts::{Loss, Micros, Millis};
    use crate::model::limits::FEDERATION_PORT;
    use crate::model::names::Fqdn;

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
            let findings = judge(&[&endpoint(PROXY, tcp)]);
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
        for (address, tcp) in [
            (PROXY, TcpOutcome::Connected(Micros(20_000))),
            (PROXY, TcpOutcome::NoRoute),
            (PROXY, TcpOutcome::NotAttempted),
            (PROXY, TcpOutcome::TooManyFiles),
            (PROXY, TcpOutcome::Deadline),
            (PROXY, TcpOutcome::AfterOthers(40)),
            (PROXY, TcpOutcome::OverLimit),
            (PROXY, TcpOutcome::WayOutClosed(Loss::Silent)),
            (PROXY, TcpOutcome::AllLost(Loss::Silent)),
            ("81.2.3.4", silent),
        ] {
            let findings = judge(&[&endpoint(address, tcp)]);
            assert_eq!(findings, [], "{address} {tcp:?}");
        }
        let redirected = EndpointFacts {
            address: ([127, 0, 0, 1], 5061).into(),
            ..endpoint(PROXY, TcpOutcome::Refused)
        };
        assert_eq!(judge(&[&redirected]), []);
    }

    #[test]
    fn a_closed_proxy_over_ipv6_beside_working_ipv4_is_a_warning() {
        let v4 = endpoint("81.2.3.4", TcpOutcome::Connected(Micros(20_000)));
        let v6 = endpoint("2606:4700::1", TcpOutcome::TimedOut(Millis(5000)));
        let findings = judge(&[&v4, &v6]);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].severity, Severity::Warn);
    }
}
