//! What several servers of a zone say of a zone below, where they do not say the same.

use std::net::IpAddr;

use super::carriers::Carrier;
use super::delegated::Heard;
use crate::facts::{Dispute, NameServer, Unasked, Word};

/// What counts of that: whoever hands the zone on, to all to whom any of them does, as partners are led to
/// them by turns. Of denials, the one that comes from the nearest zone.
pub(super) fn settled(zone: &str, mut heard: Vec<(NameServer, Heard)>) -> Option<Heard> {
    let is_cut = |(_, heard): &(NameServer, Heard)| matches!(heard, Heard::Cut(_));
    heard.sort_by_key(|it| !is_cut(it));
    let mut heard = heard.into_iter();
    let (by, mut counts) = match heard.next() {
        Some((by, Heard::Cut(counts))) => (by, counts),
        first => {
            let all = first.into_iter().chain(heard).map(|(_, heard)| heard);
            return all.max_by_key(|heard| match heard {
                Heard::Within(apex) => apex.len(),
                _ => 0,
            });
        }
    };
    let mut words = vec![word(by, &counts.servers)];
    for (by, other) in heard {
        match other {
            Heard::Cut(other) => {
                let is_it = other.apex.eq_ignore_ascii_case(&counts.apex);
                // Whoever speaks for the zone below as well says what stands in that.
                let is_alike = other.is_same == counts.is_same;
                if is_it && is_alike && differ(&other.servers, &counts.servers) {
                    words.push(word(by, &other.servers));
                    merge(&mut counts.servers, other.servers);
                }
            }
            Heard::Within(apex) if apex.eq_ignore_ascii_case(zone) => words.push(word(by, &[])),
            Heard::Within(_) | Heard::Redirected => {}
        }
    }
    if words.len() > 1 {
        counts.dispute = Some(Dispute {
            from: zone.to_owned(),
            at: counts.apex.clone(),
            words,
        });
    }
    Some(Heard::Cut(counts))
}

pub(in crate::probe::dns) fn word(by: NameServer, servers: &[Carrier]) -> Word {
    let servers = servers.iter().map(|(name, glue)| Unasked {
        name: name.clone(),
        address: glue.first().copied(),
    });
    Word {
        by,
        servers: servers.collect(),
    }
}

/// Whether these are not the same, by name; or one of them is elsewhere, where both have its address. Not
/// every answer has room for all addresses.
pub(in crate::probe::dns) fn differ(one: &[Carrier], other: &[Carrier]) -> bool {
    let lacks = |these: &[Carrier], those: &[Carrier]| {
        these.iter().any(|(name, glue)| {
            let mut those = those.iter();
            let same = those.find(|(other, _)| other.eq_ignore_ascii_case(name));
            same.is_none_or(|(_, other)| {
                let is_there = |address: &IpAddr| other.contains(address);
                !glue.is_empty() && !other.is_empty() && !glue.iter().any(is_there)
            })
        })
    };
    lacks(one, other) || lacks(other, one)
}

/// Adds these servers and their addresses.
pub(in crate::probe::dns) fn merge(servers: &mut Vec<Carrier>, more: Vec<Carrier>) {
    for (name, glue) in more {
        let mut known = servers.iter_mut();
        let known = known.find(|(known, _)| known.eq_ignore_ascii_case(&name));
        let Some((_, addresses)) = known else {
            servers.push((name, glue));
            continue;
        };
        for address in glue {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_differ_by_name_and_by_address() {
        let carriers = |all: &[(&str, &[&str])]| -> Vec<Carrier> {
            let each = all.iter().map(|(name, glue)| {
                let glue = glue.iter().map(|it| it.parse().expect("an address"));
                ((*name).to_owned(), glue.collect())
            });
            each.collect()
        };
        let first = carriers(&[("ns1.a.de", &["81.2.3.1"]), ("ns.b.net", &[])]);
        for (other, differs) in [
            (
                &[("NS.b.net", &[][..]), ("ns1.a.de", &["81.2.3.1"][..])][..],
                false,
            ),
            (&[("ns.b.net", &[]), ("ns1.a.de", &[])], false),
            (
                &[("ns.b.net", &[]), ("ns1.a.de", &["2a02::1", "81.2.3.1"])],
                false,
            ),
            (&[("ns.b.net", &[]), ("ns1.a.de", &["81.2.3.2"])], true),
            (&[("ns1.a.de", &["81.2.3.1"])], true),
            (
                &[("ns.b.net", &[]), ("ns1.a.de", &[]), ("ns.c.net", &[])],
                true,
            ),
        ] {
            assert_eq!(differ(&first, &carriers(other)), differs, "{other:?}");
        }
    }
}
