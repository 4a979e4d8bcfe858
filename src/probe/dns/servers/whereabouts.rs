//! Where a name server is for whoever remembers nothing: by the way from the top-level domain down to
//! the zone of its own name. What a resolver remembers of it may have ended long ago, and what a
//! network tells its own machines never began.

use std::iter;
use std::net::{IpAddr, Ipv6Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::{MAX_SERVERS, may_be_asked};
use crate::facts::{
    Alias, Dispute, DnsOutcome, Losing, LostServer, NameServer, Passed, RecordType, is_within,
};
use crate::probe::Context;
use crate::probe::dns::delegation::carriers::{Carrier, MAX_ASKED, MAX_CUTS, PATIENCE, ROOT};
use crate::probe::dns::delegation::passing::{self, Passing};
use crate::probe::dns::delegation::root::{self, Top};
use crate::probe::dns::delegation::step::{self, asked_of};
use crate::probe::dns::delegation::steps::{Step, Stepped};
use crate::probe::dns::delegation::{dispute, impasse};

/// How many zones may need each other to be found: for all resolvers (Unbound), and for any (BIND).
pub(in crate::probe::dns) const DEPTH_OF_ALL: usize = 4;
const MAX_DEPTH: usize = 7;
/// So many other ways are gone than the first.
const MAX_WAYS: usize = 3;
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
    /// The ways that lead to different addresses.
    pub(in crate::probe::dns) parted: Option<Box<Ways>>,
}

/// Where a name server is by each of several ways.
#[derive(Clone, Debug)]
pub(in crate::probe::dns) struct Ways {
    pub(in crate::probe::dns) dispute: Dispute,
    /// By whom one is led, and to which addresses.
    pub(in crate::probe::dns) all: Vec<(NameServer, Vec<IpAddr>)>,
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
            is_apart: false,
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

/// Servers of a zone hand the next one on in several ways.
struct Fork {
    zone: String,
    stepped: Arc<Stepped>,
}

#[derive(Clone, Copy)]
struct Way<'a> {
    cx: &'a Context,
    name: &'a str,
    known: &'a Known,
    zones: &'a [&'a str],
    /// Only some are led so.
    is_apart: bool,
}

impl Way<'_> {
    async fn go(&self, top: &str) -> Whereabouts {
        let servers = match root::top(self.cx, top).await {
            Top::Served(servers) => servers,
            Top::Denied(by) => return self.lost(ROOT, Losing::NoZone, asked_of(&by)),
            Top::Inside => return self.lost(ROOT, Losing::NoZone, Vec::new()),
        };
        let mut fork = None;
        let end = self.walk(top, (top.to_owned(), servers), &mut fork).await;
        match fork {
            Some(fork) => Box::pin(self.by_all_ways(top, end, &fork)).await,
            None => end,
        }
    }

    /// On from the servers of this zone. Where the way forks first is noted.
    async fn walk(
        &self,
        top: &str,
        (mut zone, mut servers): (String, Vec<Carrier>),
        fork: &mut Option<Fork>,
    ) -> Whereabouts {
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
            let stepped = self.step(&zone, &servers, (asked, record)).await;
            passing::add(&mut passed, stepped.passed.iter().cloned());
            match &stepped.step {
                Step::Cut(below, referred) => {
                    if !stepped.apart.is_empty() {
                        fork.get_or_insert_with(|| Fork {
                            zone: zone.clone(),
                            stepped: Arc::clone(&stepped),
                        });
                    }
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

    /// What these servers say. Of a way that only some are led, nothing is kept for others.
    async fn step(
        &self,
        zone: &str,
        servers: &[Carrier],
        question: (&str, RecordType),
    ) -> Arc<Stepped> {
        if self.is_apart {
            Arc::new(Box::pin(step::anew(self.cx, zone, servers, question)).await)
        } else {
            step::step(self.cx, zone, servers, question).await
        }
    }

    /// Where it is by the other ways as well, at the end of the first of which it was found so.
    async fn by_all_ways(&self, top: &str, first: Whereabouts, fork: &Fork) -> Whereabouts {
        let Step::Cut(at, led_to) = &fork.stepped.step else {
            return first;
        };
        let apart = Way {
            is_apart: true,
            ..*self
        };
        let Some(led_by) = fork.stepped.led_by.clone() else {
            return first;
        };
        let mut words = vec![dispute::word(led_by.clone(), led_to)];
        let mut ends = vec![(led_by, first.clone())];
        for (by, step) in fork.stepped.apart.iter().take(MAX_WAYS) {
            let end = match step {
                Step::Cut(below, referred) => match apart.locate(below, referred).await {
                    Ok(found) => {
                        let from = (below.clone(), found.servers);
                        apart.walk(top, from, &mut None).await
                    }
                    Err(end) => end,
                },
                Step::Said(outcome) => {
                    let server = vec![(by.name.clone(), vec![by.address.ip()])];
                    apart.end(&fork.zone, &server, outcome, &[]).await
                }
                Step::Same(_) | Step::Failed(..) | Step::Unknown => continue,
            };
            let servers: &[Carrier] = match step {
                Step::Cut(_, servers) => servers,
                _ => &[],
            };
            words.push(dispute::word(by.clone(), servers));
            ends.push((by.clone(), end));
        }
        let dispute = Dispute {
            from: fork.zone.clone(),
            at: at.clone(),
            words,
        };
        parted(self.name, first, dispute, ends)
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
            parted: None,
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
        let asking = self.step(zone, servers, question);
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

/// All the addresses at the ends of these ways, where they are not the same. Who is led to none has none.
fn parted(
    name: &str,
    first: Whereabouts,
    dispute: Dispute,
    ends: Vec<(NameServer, Whereabouts)>,
) -> Whereabouts {
    let mut all: Vec<(NameServer, Vec<IpAddr>)> = Vec::new();
    let mut lost = Vec::new();
    let mut place: Option<Place> = None;
    for (by, end) in ends {
        match end {
            Whereabouts::At(found) => {
                all.push((by, found.addresses.clone()));
                let place = place.get_or_insert_with(|| found.clone());
                for address in found.addresses {
                    if !place.addresses.contains(&address) {
                        place.addresses.push(address);
                    }
                }
            }
            Whereabouts::Lost(_) => lost.push(by),
            Whereabouts::Unknown => {}
        }
    }
    let Some(mut place) = place else {
        return first;
    };
    if !lost.is_empty() {
        place.disputed = Some(LostServer {
            name: name.to_owned(),
            zone: dispute.from.clone(),
            how: Losing::Disputed,
            by: lost,
        });
    }
    let is_all = |addresses: &Vec<IpAddr>| {
        let mut found = place.addresses.iter();
        found.all(|address| addresses.contains(address))
    };
    if !all.iter().all(|(_, addresses)| is_all(addresses)) {
        place.parted = Some(Box::new(Ways { dispute, all }));
    }
    Whereabouts::At(place)
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
