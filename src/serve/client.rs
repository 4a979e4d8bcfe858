//! Who asks, and how often: each address may have a few checks a minute made. How many addresses there
//! may be is bounded, too.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;
use tokio::time::Instant;

/// By which proxies say for whom they ask.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The other end of a connection; none by a socket in the file system.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) Option<IpAddr>);

impl Peer {
    /// Where a request comes from: by the word of proxies that are trusted, the last one before them.
    /// Behind a socket in the file system there is nobody but such a proxy.
    pub(super) fn client(self, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
        let is_trusted = |at: &IpAddr| is_among(*at, proxies);
        let mut client = self.0.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
        if self.0.is_some_and(|at| !is_trusted(&at)) {
            return client;
        }
        let said = headers.get_all(FORWARDED_FOR).iter();
        let said = said.filter_map(|said| said.to_str().ok());
        let hops: Vec<&str> = said.flat_map(|said| said.split(',')).collect();
        for hop in hops.iter().rev() {
            let Ok(at) = hop.trim().parse::<IpAddr>() else {
                break;
            };
            client = at.to_canonical();
            if !is_trusted(&client) {
                break;
            }
        }
        client
    }
}

/// Whether this address is in one of these networks.
pub(super) fn is_among(at: IpAddr, networks: &[IpNet]) -> bool {
    networks.iter().any(|network| network.contains(&at))
}

/// So many at once, and then one whenever as much time has passed.
const BURST: u32 = 6;
const EACH: Duration = Duration::from_secs(10);
/// So many are remembered, twice.
const MOST: usize = 8192;

/// When each client would be in step had it asked evenly. Two generations: when the young one is full
/// it becomes the old one, which is forgotten.
#[derive(Debug, Default)]
pub(super) struct Clients(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<IpAddr, Instant>,
    old: HashMap<IpAddr, Instant>,
}

impl Clients {
    /// Lets a client have one more, or says how long it is to wait.
    pub(super) fn admit(&self, client: IpAddr, now: Instant) -> Result<(), Duration> {
        let client = household(client);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.young.get(&client).or_else(|| all.old.get(&client));
        let in_step = known.map_or(now, |in_step| (*in_step).max(now));
        let ahead = in_step - now;
        if let Some(wait) = (ahead + EACH).checked_sub(EACH * BURST)
            && !wait.is_zero()
        {
            // In whole seconds, and never too few.
            return Err(Duration::from_secs(wait.as_secs() + 1));
        }
        if all.young.len() >= MOST {
            all.old = std::mem::take(&mut all.young);
        }
        all.young.insert(client, in_step + EACH);
        Ok(())
    }
}

/// One client has one IPv4 address, or a /64.
pub(super) fn household(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            Ipv6Addr::from(network).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn six_a_minute_for_each() {
        let (clients, now) = (Clients::default(), Instant::now());
        let at = |seconds| now + Duration::from_secs(seconds);
        let first = ip("192.0.2.1");
        for _ in 0..6 {
            assert_eq!(clients.admit(first, now), Ok(()));
        }
        assert_eq!(clients.admit(first, now), Err(Duration::from_secs(11)));
        assert_eq!(clients.admit(ip("192.0.2.2"), now), Ok(()));
        assert_eq!(clients.admit(first, at(9)), Err(Duration::from_secs(2)));
        assert_eq!(clients.admit(first, at(11)), Ok(()));
        assert!(clients.admit(first, at(12)).is_err());
        // A household of IPv6 is one.
        for number in 0..6 {
            let one = ip(&format!("2001:db8::{number}"));
            assert_eq!(clients.admit(one, now), Ok(()));
        }
        assert!(clients.admit(ip("2001:db8::ffff"), now).is_err());
        assert_eq!(clients.admit(ip("2001:db8:0:1::1"), now), Ok(()));
    }

    #[test]
    fn a_hundred_thousand_take_no_more_room() {
        let (clients, now) = (Clients::default(), Instant::now());
        for number in 0..100_000_u32 {
            let client = std::net::Ipv4Addr::from(number);
            assert_eq!(clients.admit(client.into(), now), Ok(()));
        }
        let all = clients.0.lock().expect("nobody panicked");
        assert!(all.young.len() + all.old.len() <= 2 * MOST);
    }

    #[test]
    fn only_proxies_that_are_trusted_are_believed() {
        let proxies: Vec<IpNet> = ["10.0.0.0/8", "127.0.0.1/32"]
            .map(|network| network.parse().expect("a network"))
            .into();
        let client = |peer: Option<&str>, said: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for said in said {
                let value = said.parse().expect("a header");
                headers.append(FORWARDED_FOR, value);
            }
            Peer(peer.map(ip)).client(&headers, &proxies).to_string()
        };
        for (peer, said, expected) in [
            (Some("192.0.2.1"), &["198.51.100.7"][..], "192.0.2.1"),
            (Some("10.0.0.1"), &[], "10.0.0.1"),
            (Some("10.0.0.1"), &["198.51.100.7"], "198.51.100.7"),
            // What stands further left was said by whoever asks.
            (
                Some("10.0.0.1"),
                &["203.0.113.9, 198.51.100.7"],
                "198.51.100.7",
            ),
            (
                Some("10.0.0.1"),
                &["203.0.113.9", "198.51.100.7, 10.2.3.4"],
                "198.51.100.7",
            ),
            (Some("10.0.0.1"), &["unknown"], "10.0.0.1"),
            (Some("10.0.0.1"), &["198.51.100.7, unknown"], "10.0.0.1"),
            (None, &["198.51.100.7"], "198.51.100.7"),
            (None, &[], "::"),
        ] {
            assert_eq!(client(peer, said), expected, "{peer:?} {said:?}");
        }
    }
}
