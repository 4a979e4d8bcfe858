//! Whether the way out of here is open, as the reports of a run show it together.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::facts::{AddressFacts, ControlFacts, EndpointFacts, Facts, Loss, TcpOutcome};
use crate::known::ranges;
use crate::report::Report;

/// So many silent domains are as good as all.
const ENOUGH_SILENT: usize = 2;
/// A rejection may well be the server's own: of those it takes more.
const ENOUGH: usize = 3;

/// What the reports of a run show of the way out of here.
#[derive(Debug, Default)]
pub(super) struct Way {
    /// Something answered, or they were not all lost in one way.
    pub(super) is_open: bool,
    /// The way in which they were lost.
    loss: Option<Loss>,
    /// The networks that each of them was lost in, each set once. Two domains on one dead server prove
    /// nothing, nor does one domain with two of them.
    places: BTreeSet<BTreeSet<IpAddr>>,
}

impl Way {
    pub(super) fn note(&mut self, report: &Report) {
        match met(report.facts()) {
            _ if self.is_open => {}
            Met::Nothing => {}
            Met::Lost { loss, networks } => {
                let same = self.loss.map_or(Some(loss), |known| known.with(loss));
                self.is_open = same.is_none();
                self.loss = same;
                if self.places.len() < ENOUGH {
                    self.places.insert(networks);
                }
            }
            Met::Somebody => self.is_open = true,
        }
    }

    /// Whether that is proof that nobody gets out of here.
    pub(super) fn is_closed(&self) -> bool {
        let enough = self.loss.map(|loss| match loss {
            Loss::Silent => ENOUGH_SILENT,
            Loss::Refused | Loss::Unreachable | Loss::Mute | Loss::Ended => ENOUGH,
        });
        !self.is_open && enough.is_some_and(|enough| self.places.len() >= enough)
    }
}

/// What one domain shows of the way out of here.
#[derive(Debug)]
pub(super) enum Met {
    /// There was nobody to be met.
    Nothing,
    /// Somebody answered, or not all were lost in one way.
    Somebody,
    /// All servers that were to be met were lost like this.
    Lost {
        loss: Loss,
        networks: BTreeSet<IpAddr>,
    },
}

pub(super) fn met(facts: &Facts) -> Met {
    let endpoints = || facts.endpoints.iter().flatten();
    let control = facts.control.as_ref();
    let is_reached = |control: &ControlFacts| {
        matches!(control.tcp, TcpOutcome::Connected(_)) && control.loss().is_none()
    };
    let reaches_control = control.is_some_and(is_reached);
    if reaches_control || endpoints().any(EndpointFacts::is_met) {
        return Met::Somebody;
    }
    let hosts = facts.addresses.iter().flatten();
    let inside: Vec<&AddressFacts> = hosts.filter(|host| host.is_seen_from_inside()).collect();
    // Many firewalls do not let a connection from inside reach their own public address.
    let counts = |endpoint: &&EndpointFacts| {
        let is_inside = inside.iter().any(|host| host.fqdn == endpoint.fqdn);
        endpoint.loss().is_some() && !(is_inside && endpoint.published.is_some())
    };
    // IPv6 is not to be had everywhere, and lost in ways of its own.
    let has_ipv4 = endpoints().any(|endpoint| endpoint.address.is_ipv4());
    let of_family = endpoints().filter(|endpoint| endpoint.address.is_ipv4() == has_ipv4);
    let lost: Vec<&EndpointFacts> = of_family.filter(counts).collect();
    let mut losses = lost.iter().filter_map(|endpoint| endpoint.loss());
    let Some(first) = losses.next() else {
        return Met::Nothing;
    };
    let Some(common) = losses.try_fold(first, Loss::with) else {
        return Met::Somebody;
    };
    let networks = lost.iter().map(|it| ranges::network(it.address.ip()));
    Met::Lost {
        loss: common,
        networks: networks.collect(),
    }
}
