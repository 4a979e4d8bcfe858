//! How often strangers are visited: each name server, each network and each host of revocation lists
//! has a row of its own, in which all checks of a run take their turns.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use tokio::time::Instant;

use super::locked;
use crate::known::ranges;
use crate::model::plan::Rate;

/// Whoever is visited.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Host {
    /// A zone's own server.
    NameServer(IpAddr),
    /// Behind it is one provider, or one firewall.
    Network(IpAddr),
    /// Where revocation lists and issuers are fetched.
    Lists(String),
}

impl Host {
    pub(super) fn network_of(address: IpAddr) -> Self {
        Self::Network(ranges::network(address))
    }
}

/// From so many rows on, those where nobody stands are forgotten.
const MANY_ROWS: usize = 4096;

/// The rows of a run. Whoever comes takes the next place at once, so that nobody is overtaken, and
/// nobody has to ask again.
#[derive(Debug)]
pub(super) struct Rows(Mutex<Standing>);

#[derive(Debug)]
struct Standing {
    /// When the next visit would be in step if all came evenly (the generic cell rate algorithm).
    in_step: HashMap<Host, Instant>,
    /// How many there may be until it is looked who still stands there.
    many: usize,
}

impl Default for Rows {
    fn default() -> Self {
        Self(Mutex::new(Standing {
            in_step: HashMap::new(),
            many: MANY_ROWS,
        }))
    }
}

impl Rows {
    /// When the next visit may be made. As many as fit into a second may come all at once, and then
    /// no more than that in each.
    pub(super) fn turn(&self, host: Host, rate: Rate, now: Instant) -> Instant {
        let mut standing = locked(&self.0);
        if standing.in_step.len() >= standing.many {
            standing.in_step.retain(|_, in_step| *in_step > now);
            standing.many = MANY_ROWS.max(2 * standing.in_step.len());
        }
        let in_step = standing.in_step.entry(host).or_insert(now);
        let visit = (*in_step).max(now);
        *in_step = visit + rate.interval();
        let ahead = rate.interval() * (rate.burst() - 1);
        visit.checked_sub(ahead).unwrap_or(now).max(now)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use std::net::Ipv4Addr;

    use super::*;

    fn per_second(count: u32) -> Rate {
        Rate::new(
            NonZeroU32::new(count).expect("not zero"),
            Duration::from_secs(1),
        )
    }

    const SERVER: Host = Host::NameServer(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 53)));

    fn turns(rows: &Rows, rate: Rate, now: Instant, times: usize) -> Vec<Duration> {
        let turns = (0..times).map(|_| rows.turn(SERVER, rate, now) - now);
        turns.collect()
    }

    #[test]
    fn a_burst_comes_at_once_and_the_rest_in_step() {
        let (rows, now) = (Rows::default(), Instant::now());
        let rate = per_second(20);
        let found = turns(&rows, rate, now, 23);
        assert_eq!(found[..20], [Duration::ZERO; 20]);
        let in_step = [50, 100, 150].map(Duration::from_millis);
        assert_eq!(found[20..], in_step);
        // Nothing is left of the second but what was not used.
        let later = now + Duration::from_millis(650);
        assert_eq!(turns(&rows, rate, later, 11)[..10], [Duration::ZERO; 10]);
        // Pauses are not saved up.
        let much_later = now + Duration::from_secs(3600);
        let found = turns(&rows, rate, much_later, 21);
        assert_eq!(found[19..], [0, 50].map(Duration::from_millis));
    }

    #[test]
    fn less_than_one_a_second_comes_one_by_one() {
        let (rows, now) = (Rows::default(), Instant::now());
        let found = turns(
            &rows,
            Rate::new(NonZeroU32::MIN.saturating_add(5), Duration::from_secs(60)),
            now,
            3,
        );
        assert_eq!(found, [0, 10, 20].map(Duration::from_secs));
    }

    #[test]
    fn each_has_a_row_of_its_own() {
        let (rows, now) = (Rows::default(), Instant::now());
        let rate = per_second(1);
        let turn = |host| rows.turn(host, rate, now) - now;
        let address = |text: &str| text.parse().expect("an address");
        let hosts = [
            Host::NameServer(address("192.0.2.1")),
            Host::network_of(address("192.0.2.1")),
            Host::network_of(address("198.51.100.1")),
            Host::network_of(address("2001:db8:1::1")),
            Host::network_of(address("2001:db8:2::1")),
            Host::Lists("crl.example".to_owned()),
        ];
        for host in hosts {
            assert_eq!(turn(host), Duration::ZERO);
        }
        for neighbour in ["192.0.2.254", "2001:db8:1:ffff::2"] {
            let host = Host::network_of(address(neighbour));
            assert_eq!(turn(host), Duration::from_secs(1), "{neighbour}");
        }
    }

    #[test]
    fn rows_where_nobody_stands_are_forgotten() {
        let rows = Rows::default();
        let (start, rate) = (Instant::now(), per_second(1));
        for number in 0..20_000 {
            let now = start + Duration::from_secs(1) * number;
            rows.turn(Host::Lists(number.to_string()), rate, now);
            assert!(locked(&rows.0).in_step.len() <= MANY_ROWS);
        }
    }
}
