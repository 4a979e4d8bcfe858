//! Whether two findings are about the same: the same server, the same address, the same record.

use crate::facts::{AddressFacts, EndpointFacts, Published};
use crate::model::finding::{Finding, Folded, GuideStep, StepId};
use crate::model::names::Fqdn;

/// How far a cause reaches.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reach {
    /// The whole domain.
    Everything,
    /// The server of the name that it is about, with all its addresses.
    Name,
    /// The addresses that it was seen at.
    Place,
    /// The server that the user named, where one that the SRV record names was met instead.
    Given,
    /// The SRV record that it is about.
    Record,
    /// The name servers that it is about.
    NameServers,
}

/// Where findings were made.
pub(super) struct Places<'a> {
    hosts: &'a [&'a AddressFacts],
    endpoints: &'a [&'a EndpointFacts],
}

impl<'a> Places<'a> {
    pub(super) fn of(published: &'a Published<'a>) -> Self {
        Self {
            hosts: &published.addresses,
            endpoints: &published.endpoints,
        }
    }

    /// True if the second finding is within reach of the first.
    pub(super) fn reaches(&self, reach: Reach, cause: &Finding, finding: &Finding) -> bool {
        match reach {
            Reach::Everything => true,
            Reach::Name => self.is_named(cause, finding),
            Reach::Given => {
                // Where --connect-to leads, no record does.
                let is_met = |place: &&&EndpointFacts| place.is_open() && !place.is_redirected();
                let mut open = self.endpoints.iter().filter(is_met);
                let is_it = finding.fqdn().is_some() && finding.fqdn() == cause.fqdn();
                is_it && open.any(|place| cause.servers().contains(&place.fqdn.as_str()))
            }
            Reach::Place => {
                let there = self.of_cause(cause);
                let places = self.of_finding(finding);
                !places.is_empty() && places.iter().all(|place| there.contains(place))
            }
            Reach::NameServers => {
                let mut asked = finding.asked().iter();
                let is_there = |server| cause.asked().contains(server);
                !finding.asked().is_empty() && asked.all(is_there)
            }
            Reach::Record => {
                let same = cause.entry().is_some() && cause.entry() == finding.entry();
                let is_named = |target| cause.servers().contains(&target);
                same || finding.target().is_some_and(is_named)
            }
        }
    }

    /// True if both were seen at one address at least.
    pub(super) fn share(&self, cause: &Finding, finding: &Finding) -> bool {
        let there = self.of_cause(cause);
        self.of_finding(finding)
            .iter()
            .any(|place| there.contains(place))
    }

    /// True if this step judged a server that none of these is about.
    pub(super) fn are_others(&self, step: StepId, folded: &[Folded]) -> bool {
        let is_about = |fqdn: &Fqdn, finding: &Finding| match finding.fqdn() {
            Some(named) => named == fqdn.as_str(),
            None => self
                .of_finding(finding)
                .iter()
                .any(|place| place.fqdn == *fqdn),
        };
        let is_other = |fqdn: &Fqdn| !folded.iter().any(|folded| is_about(fqdn, &folded.finding));
        match step.of_guide() {
            // Of the other direction nothing is told apart.
            Some(GuideStep::Domain | GuideStep::Srv) | None => false,
            Some(GuideStep::Address) => self.hosts.iter().any(|host| is_other(&host.fqdn)),
            Some(GuideStep::Tcp | GuideStep::Certificate | GuideStep::Federation) => {
                let mut open = self.endpoints.iter().filter(|endpoint| endpoint.is_open());
                open.any(|endpoint| is_other(&endpoint.fqdn))
            }
        }
    }

    fn is_named(&self, cause: &Finding, finding: &Finding) -> bool {
        let servers = cause.servers();
        let is_it = |name: &str| {
            let mut servers = servers.iter();
            servers.any(|server| server.eq_ignore_ascii_case(name))
        };
        if let Some(fqdn) = finding.fqdn() {
            return is_it(fqdn);
        }
        let places = self.of_finding(finding);
        !places.is_empty() && places.iter().all(|place| is_it(place.fqdn.as_str()))
    }

    /// The endpoints that a finding is about: all of them, unless it names one, a server, or those
    /// that are closed.
    fn of_finding(&self, finding: &Finding) -> Vec<&'a EndpointFacts> {
        let closed: Vec<&String> = finding.closed_addresses().collect();
        let endpoints = self.endpoints.iter().copied();
        endpoints
            .filter(|place| {
                let address = place.address.to_string();
                let ip = place.address.ip().to_string();
                finding
                    .endpoint
                    .is_none_or(|endpoint| endpoint == place.address)
                    && finding
                        .fqdn()
                        .is_none_or(|fqdn| fqdn == place.fqdn.as_str())
                    && finding.address().is_none_or(|address| address == ip)
                    && (closed.is_empty() || closed.contains(&&address))
            })
            .collect()
    }

    /// What DNS is to blame for shows only where DNS leads, not where `--connect-to` does.
    fn of_cause(&self, cause: &Finding) -> Vec<&'a EndpointFacts> {
        let mut places = self.of_finding(cause);
        if cause.endpoint.is_none() && cause.fqdn().is_some() {
            places.retain(|place| !place.is_redirected());
        }
        places
    }
}
