//! Where a name server is for whoever remembers nothing: by the way from the top-level domain down to
//! the zone of its own name. What a resolver remembers of it may have ended long ago, and what a
//! network tells its own machines never began.

use std::iter;
use std::net::{IpAddr, Ipv6Addr};
use std::pin::Pin;
use std::time::Duration;

use super::{MAX_SERVERS, may_be_asked};
use crate::facts::{
    Alias, DnsOutcome, Losing, LostServer, NameServer, Passed, RecordType, is_within,
};
use crate::probe::Context;
use crate::probe::dns::delegation::carriers::{Carrier, MAX_ASKED, MAX_CUTS, PATIENCE, ROOT};
use crate::probe::dns::delegation::impasse;
use crate::probe::dns::delegation::passing::{self, Passing};
use crate::probe::dns::delegation::root::{self, Top};
use crate::probe::dns::delegation::step::{asked_of, step};
use crate::probe::dns::delegation::steps::Step;

/// How many zones may need each other to be found: for all resolvers (Unbound), and for any (BIND).
pub(in crate::probe::dns) const DEPTH_OF_ALL: usize = 4;
const MAX_DEPTH: usize = 7;
/// Stands for all addresses of IPv6.
const ANY_IPV6: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

/// Where it is.
#[derive(Clone, Debug)]
pub(in crate::probe::dns) enum Whereabouts {
    At(Place),
    /// Nobody who remembers nothing finds it.
    Lost(LostServer),
    /// The way could not be gone from here.
    Unknown,
}

/// Where a name server was found, and how.
#[derive(Clone, Debug, Default)]
pub(in crate::probe::dns) struct Place {
    pub(in crate::probe::dns) addresses: Vec<IpAddr>,
    /// Its name may be one.
    pub(in crate::probe::dns) alias: Option<Alias>,
    /// So many zones had to be found one for the other.
    pub(in crate::probe::dns) depth: usize,
    /// Some servers of its zone have no address of it, while others do.
    pub(in crate::probe::dns) disputed: Option<LostServer>,
    /// The zones on the way that not every resolver gets past.
    pub(in crate::probe::dns) passed: Vec<Passed>,
}

/// What is known of it already.
#[derive(Clone, Debug, Default)]
pub(in crate::probe::dns) struct Known {
    /// The addresses that a resolver gives.
    pub(in crate::probe::dns) addresses: Vec<IpAddr>,
}

/// Where the name server is. `zones` are those that are looked for by it.
pub(in crate::probe::dns) fn find<'a>(
    cx: &'a Context,
    name: &'a str,
    known: &'a Known,
    zones: &'a [&'a str],
) -> Pin<Box<dyn Future<Output = Whereabouts> + Send + 'a>> {
    Box::pin(async move {
        // A name without a domain is a top-level domain.
        let top = name.rsplit_once('.').map_or(name, |(_, top)| top);
        let way = Way {
            cx,
            name,
            known,
            zones,
        };
        way.go(top).await
    })
}

/// The servers of a zone on the way that may be asked.
struct Located {
    servers: Vec<Carrier>,
    /// How deep the shortest way to one of them is.
    depth: usize,
    /// The zones on the ways to them that not every resolver gets past.
    passed: Vec<Passed>,
}

struct Way<'a> {
    cx: &'a Context,
    name: &'a str,
    known: &'a Known,
    zones: &'a [&'a str],
}

impl Way<'_> {
    async fn go(&self, top: &str) -> Whereabouts {
        let mut zone = top.to_owned();
        let mut servers = match root::top(self.cx, top).await {
            Top::Served(servers) => servers,
            Top::Denied(by) => return self.lost(ROOT, Losing::NoZone, asked_of(&by)),
            Top::Inside => return self.lost(ROOT, Losing::NoZone, Vec::new()),
        };
        let mut depth = self.zones.len();
        let mut passed = Vec::new();
        // All names in one zone begin with the same question.
        let mut labels = 2;
        for _ in 0..2 * MAX_CUTS {
            if servers.is_empty() {
                return Whereabouts::Unknown;
            }
            let asked = if zone == top {
                end_of(self.name, labels)
            } else {
                self.name
            };
            let record = if asked == self.name {
                RecordType::A
            } else {
                RecordType::Ns
            };
            let stepped = step(self.cx, &zone, &servers, (asked, record)).await;
            passing::add(&mut passed, stepped.passed.iter().cloned());
            match &stepped.step {
                Step::Cut(below, referred) => {
                    let located = self.locate(below, referred).await;
                    let found = match located {
                        Ok(found) => found,
                        Err(end) => return end,
                    };
                    servers = found.servers;
                    depth = depth.max(found.depth);
                    passing::add(&mut passed, found.passed);
                    zone.clone_from(below);
                }
                Step::Same(below) => zone.clone_from(below),
                Step::Said(DnsOutcome::NoData { .. }) if asked != self.name => labels += 1,
                Step::Said(DnsOutcome::NoName { .. }) if asked != self.name => {
                    labels = usize::MAX;
                }
                Step::Said(outcome) => {
                    let end = self.end(&zone, &servers, outcome, &stepped.others).await;
                    return match end {
                        Whereabouts::At(place) => {
                            passing::add(&mut passed, place.passed);
                            Whereabouts::At(Place {
                                depth: depth.max(place.depth),
                                passed,
                                ..place
                            })
                        }
                        end => end,
                    };
                }
                Step::Failed(how, by) => {
                    let question = (asked, record);
                    let is_so =
                        zone != top || impasse::is_for_all(self.cx, *how, by, question).await;
                    return if is_so {
                        self.lost(&zone, *how, by.clone())
                    } else {
                        Whereabouts::Unknown
                    };
                }
                Step::Unknown => return Whereabouts::Unknown,
            }
        }
        Whereabouts::Unknown
    }

    /// The servers of a zone on the way that may be asked; or where the way to all of them ends.
    async fn locate(&self, zone: &str, referred: &[Carrier]) -> Result<Located, Whereabouts> {
        let mut located: Vec<Carrier> = Vec::new();
        let mut passing = Passing::at(zone);
        let askable = |addresses: &[IpAddr]| {
            let mut askable = addresses.iter().filter(|it| may_be_asked(self.cx, **it));
            askable.next().copied()
        };
        for (name, glue) in referred.iter().take(MAX_SERVERS) {
            if let Some(address) = askable(glue) {
                passing.note(None, None, Vec::new());
                located.push((name.clone(), vec![address]));
            }
        }
        let mut end = None;
        let mut depth = if located.is_empty() {
            usize::MAX
        } else {
            self.zones.len()
        };
        // Nobody goes many ways who has come so far.
        let many = if self.zones.len() < DEPTH_OF_ALL {
            MAX_SERVERS
        } else {
            1
        };
        for (number, (name, glue)) in referred.iter().take(MAX_SERVERS).enumerate() {
            if located.len() >= MAX_ASKED || !glue.is_empty() {
                break;
            }
            if number >= many {
                end = Some(Whereabouts::Unknown);
                break;
            }
            match self.locate_one(zone, name).await {
                Whereabouts::At(place) => {
                    depth = depth.min(place.depth);
                    if let Some(address) = askable(&place.addresses) {
                        passing.note(None, place.alias, place.passed);
                        located.push((name.clone(), vec![address]));
                    }
                }
                Whereabouts::Lost(lost) => {
                    end.get_or_insert(Whereabouts::Lost(lost));
                }
                Whereabouts::Unknown => end = Some(Whereabouts::Unknown),
            }
        }
        if located.is_empty() {
            Err(end.unwrap_or(Whereabouts::Unknown))
        } else {
            Ok(Located {
                servers: located,
                depth,
                passed: passing.found(),
            })
        }
    }

    async fn locate_one(&self, zone: &str, server: &str) -> Whereabouts {
        if is_within(server, zone) {
            return self.lost(zone, Losing::NoGlue, Vec::new());
        }
        if self.zones.iter().any(|it| it.eq_ignore_ascii_case(zone)) {
            return self.lost(zone, Losing::Loop, Vec::new());
        }
        if self.zones.len() >= MAX_DEPTH {
            return self.lost(zone, Losing::TooFar, Vec::new());
        }
        let zones = [self.zones, &[zone]].concat();
        let found = find(self.cx, server, &Known::default(), &zones).await;
        match found {
            // It is this one that was looked for; where the way ends stands beside.
            Whereabouts::Lost(lost) => Whereabouts::Lost(LostServer {
                name: self.name.to_owned(),
                ..lost
            }),
            found => found,
        }
    }

    /// What the zone of the name says of it: all of its servers, since each may be the one that is asked.
    async fn end(
        &self,
        zone: &str,
        servers: &[Carrier],
        said: &DnsOutcome,
        others: &[(NameServer, DnsOutcome)],
    ) -> Whereabouts {
        if let DnsOutcome::Elsewhere { aliases, .. } = said {
            return self.behind(zone, aliases).await;
        }
        let others_said = || others.iter().map(|(_, outcome)| outcome);
        let mut addresses: Vec<IpAddr> = Vec::new();
        for address in iter::once(said)
            .chain(others_said())
            .flat_map(DnsOutcome::addresses)
        {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        let denying = others.iter().filter(|(_, outcome)| outcome.is_no());
        let denying: Vec<NameServer> = denying.map(|(server, _)| server.clone()).collect();
        if addresses.is_empty() && matches!(said, DnsOutcome::NoName { .. }) {
            let is_top = !zone.contains('.');
            let how = if is_top {
                Losing::NoZone
            } else {
                Losing::NoAddress
            };
            return self.lost(zone, how, asked_of(servers));
        }
        if addresses.is_empty() || self.cx.plan.terms.family.includes(ANY_IPV6) {
            match self.ipv6(zone, servers, !addresses.is_empty()).await {
                Some(more) => addresses.extend(more),
                None if addresses.is_empty() => return Whereabouts::Unknown,
                None => addresses.extend(self.known.addresses.iter().filter(|it| it.is_ipv6())),
            }
        }
        if addresses.is_empty() {
            return self.lost(zone, Losing::NoAddress, asked_of(servers));
        }
        Whereabouts::At(Place {
            addresses,
            alias: said.aliases().first().cloned(),
            depth: self.zones.len(),
            disputed: (!denying.is_empty()).then(|| LostServer {
                name: self.name.to_owned(),
                zone: zone.to_owned(),
                how: Losing::Disputed,
                by: denying,
            }),
            passed: Vec::new(),
        })
    }

    /// Its addresses of IPv6 by these servers, which are not waited for long where there are others.
    async fn ipv6(&self, zone: &str, servers: &[Carrier], has_others: bool) -> Option<Vec<IpAddr>> {
        let question = (self.name, RecordType::Aaaa);
        let is_known = self.known.addresses.iter().any(IpAddr::is_ipv6);
        let limit = if has_others && !is_known {
            PATIENCE
        } else {
            Duration::MAX
        };
        let asking = step(self.cx, zone, servers, question);
        let stepped = self.cx.within(limit, asking).await.ok()?;
        let Step::Said(outcome) = &stepped.step else {
            return None;
        };
        let others = stepped.others.iter().map(|(_, outcome)| outcome);
        let said = iter::once(outcome).chain(others);
        Some(said.flat_map(DnsOutcome::addresses).collect())
    }

    /// Behind an alias that leads out of the zone.
    async fn behind(&self, zone: &str, aliases: &[Alias]) -> Whereabouts {
        let (Some(first), Some(end)) = (aliases.first(), aliases.last()) else {
            return Whereabouts::Unknown;
        };
        if self.zones.len() >= MAX_DEPTH {
            return Whereabouts::Unknown;
        }
        let zones = [self.zones, &[zone]].concat();
        match find(self.cx, &end.target, &Known::default(), &zones).await {
            Whereabouts::At(place) => Whereabouts::At(Place {
                alias: Some(first.clone()),
                ..place
            }),
            Whereabouts::Lost(lost) => Whereabouts::Lost(LostServer {
                name: self.name.to_owned(),
                ..lost
            }),
            Whereabouts::Unknown => Whereabouts::Unknown,
        }
    }

    fn lost(&self, zone: &str, how: Losing, by: Vec<NameServer>) -> Whereabouts {
        Whereabouts::Lost(LostServer {
            name: self.name.to_owned(),
            zone: zone.to_owned(),
            how,
            by,
        })
    }
}

/// The last labels of a name; the whole name where it has no more.
fn end_of(name: &str, labels: usize) -> &str {
    let mut dots = name.rmatch_indices('.');
    let cut = labels.checked_sub(1).and_then(|before| dots.nth(before));
    cut.map_or(name, |(at, _)| &name[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shortened_from_the_left() {
        for (labels, end) in [
            (1, "de"),
            (2, "prov.de"),
            (3, "ns1.prov.de"),
            (4, "ns1.prov.de"),
            (usize::MAX, "ns1.prov.de"),
        ] {
            assert_eq!(end_of("ns1.prov.de", labels), end);
        }
    }
}
