//! Who was reached in a run, and what was found when somebody was lost: what [`super::way_out`] goes by.

use std::net::IpAddr;
use std::sync::Mutex as Locked;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::crowd::Served;
use super::locked;
use super::manners::Host;
use crate::facts::Loss;

/// So long it is of use to know who was reached.
const LATELY: Duration = Duration::from_secs(3600);

/// The networks of which it is kept who was reached there last.
const KEPT: usize = 8;

/// The way out, as the checks of one run know it.
#[derive(Debug, Default)]
pub(super) struct WayOut {
    /// The servers that were reached, at most one in each network, the latest last.
    reached: Locked<Vec<Witness>>,
    /// Held by whoever looks, so that others can use what was found, and few connections are made where
    /// their number may be the reason.
    pub(super) looks: Mutex<Looks>,
}

#[derive(Clone, Debug)]
pub(super) struct Witness {
    pub(super) served: Served,
    pub(super) network: Host,
    met: Instant,
}

#[derive(Debug, Default)]
pub(super) struct Looks {
    pub(super) latest: Option<Look>,
    /// The time that was spent in vain on trying once more.
    pub(super) vain: Duration,
    /// So often it was of use.
    pub(super) helped: usize,
}

/// A look at servers that were reached before.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) began: Instant,
    /// Which way was looked at: IPv4, or IPv6.
    pub(super) is_ipv4: bool,
    /// Where those are.
    pub(super) networks: Vec<Host>,
    pub(super) way: Way,
}

/// The way out, as a look found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Somebody was reached.
    Open,
    /// Nobody was, each being lost like this.
    Closed(Loss),
    /// It cannot be told: nobody is known, or each was lost in another way.
    Unknown,
}

impl WayOut {
    /// Somebody was reached, and served.
    pub(super) fn note(&self, served: Served) {
        let network = Host::network_of(served.address.ip());
        let mut reached = locked(&self.reached);
        reached.retain(|it| it.network != network);
        if reached.len() >= KEPT {
            reached.remove(0);
        }
        reached.push(Witness {
            served,
            network,
            met: Instant::now(),
        });
    }

    /// Two in other networks than this address, the latest first. The way of IPv6 is another one.
    pub(super) fn witnesses(&self, address: IpAddr) -> Vec<Witness> {
        let network = Host::network_of(address);
        let is_of_use = |it: &&Witness| {
            it.network != network
                && it.served.address.is_ipv4() == address.is_ipv4()
                && it.met.elapsed() < LATELY
        };
        let reached = locked(&self.reached);
        let reached = reached.iter().rev().filter(is_of_use);
        reached.take(2).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn served(address: &str) -> Served {
        Served {
            address: SocketAddr::new(address.parse().expect("an address"), 5061),
            host: "xphone.zahnfee.de".to_owned(),
        }
    }

    #[test]
    fn witnesses_are_elsewhere_and_on_the_same_kind_of_way() {
        let way_out = WayOut::default();
        for address in [
            "81.2.3.4",
            "81.2.4.4",
            "2001:db8:1::1",
            "81.2.5.4",
            "81.2.3.5",
        ] {
            way_out.note(served(address));
        }
        let found = |address: &str| -> Vec<String> {
            let found = way_out.witnesses(address.parse().expect("an address"));
            let found = found.iter().map(|it| it.served.address.ip().to_string());
            found.collect()
        };
        assert_eq!(found("81.2.9.4"), ["81.2.3.5", "81.2.5.4"]);
        assert_eq!(found("81.2.3.9"), ["81.2.5.4", "81.2.4.4"]);
        assert_eq!(found("2001:db8:2::1"), ["2001:db8:1::1"]);
        assert_eq!(found("2001:db8:1::9"), [""; 0]);
    }
}
