//! How near this machine is to a server: on the same machine or in the same network, what connects has passed no
//! router, and so none of the firewalls that partners meet.

use std::net::IpAddr;
use std::sync::OnceLock;

use if_addrs::{IfAddr, Interface, get_if_addrs};
use ipnet::IpNet;

use crate::facts::Near;
use crate::known::ranges;

/// The networks that this machine is in, looked up once in a run.
#[derive(Debug, Default)]
pub(super) struct Surroundings(OnceLock<Vec<IpNet>>);

impl Surroundings {
    /// How near a public address is, if it is.
    pub(super) fn nearness(&self, address: IpAddr) -> Option<Near> {
        if ranges::special(address).is_some() {
            return None;
        }
        let networks = self.0.get_or_init(networks);
        nearness(networks, address)
    }
}

fn nearness(networks: &[IpNet], address: IpAddr) -> Option<Near> {
    if networks.iter().any(|network| network.addr() == address) {
        return Some(Near::SameMachine);
    }
    let is_inside = |network: &IpNet| network.prefix_len() > 0 && network.contains(&address);
    let is_near = networks.iter().any(is_inside);
    is_near.then_some(Near::SameNetwork)
}

/// Each address of this machine with the prefix of its network. What the loopback interface has besides its own is
/// left out: an address there may be one that others have as well (anycast, a balancer's).
fn networks() -> Vec<IpNet> {
    let interfaces = get_if_addrs().unwrap_or_default();
    let is_loopback = |it: &Interface| {
        let mut same = interfaces.iter().filter(|other| other.name == it.name);
        same.any(Interface::is_loopback)
    };
    let outer = interfaces.iter().filter(|it| !is_loopback(it));
    outer
        .filter_map(|it| {
            let prefix = match &it.addr {
                IfAddr::V4(it) => it.prefixlen,
                IfAddr::V6(it) => it.prefixlen,
            };
            IpNet::new(it.ip(), prefix).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_the_networks_of_this_machine() {
        let networks = [
            "81.2.3.4/29",
            "192.168.1.7/24",
            "2a02:9::7/64",
            "85.1.1.1/32",
        ];
        let networks = networks.map(|network| network.parse().expect("a network"));
        for (address, near) in [
            ("81.2.3.4", Some(Near::SameMachine)),
            ("81.2.3.6", Some(Near::SameNetwork)),
            ("81.2.3.9", None),
            ("85.1.1.1", Some(Near::SameMachine)),
            ("85.1.1.2", None),
            ("2a02:9::7", Some(Near::SameMachine)),
            ("2a02:9::9", Some(Near::SameNetwork)),
            ("2a02:9:0:1::9", None),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(nearness(&networks, address), near, "{address}");
        }
    }

    /// A point-to-point link without a prefix leads everywhere.
    #[test]
    fn a_network_of_everything_is_none() {
        let all = ["0.0.0.0/0".parse().expect("a network")];
        let address = "81.2.3.4".parse().expect("an address");
        assert_eq!(nearness(&all, address), None);
    }
}
