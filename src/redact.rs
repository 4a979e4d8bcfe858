//! Leaves out of the facts what is local to the machine that gathered them: the resolvers it is
//! configured with, and addresses of its own network. What public DNS says stays, whatever it is.
//!
//! Works on values, not on fields: a fact that is added one day and names such an address again is
//! covered without being mentioned here. Stand-ins are documentation addresses, as little public as
//! what they stand for and as different from each other, so that nothing is judged otherwise.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use serde_json::Value;

use crate::facts::Facts;
use crate::plan::View;
use crate::ranges;

/// The facts without what is local. Doing it twice changes nothing more.
///
/// # Panics
///
/// Never: facts are JSON before and after.
#[must_use]
pub fn redact(facts: &Facts) -> Facts {
    let mut value = serde_json::to_value(facts).expect("facts are JSON");
    let stand_ins = stand_ins(facts);
    replace(&mut value, &stand_ins);
    // A name that leads into the own network is as local as its address.
    let control = facts.control.as_ref().and_then(|control| control.address);
    if let Some((_, other)) = control.and_then(|at| find(&stand_ins, at.ip())) {
        value["control"]["host"] = other.to_string().into();
    }
    serde_json::from_value(value).expect("an address in another's place leaves facts facts")
}

/// Whether anything local is in there.
#[must_use]
pub fn holds_local(facts: &Facts) -> bool {
    redact(facts) != *facts
}

/// Local addresses with what is to stand in their place, in the order in which they come up.
fn stand_ins(facts: &Facts) -> Vec<(IpAddr, IpAddr)> {
    let mut met = Vec::new();
    let mut published = HashSet::new();
    for lookup in facts.lookups() {
        published.extend(lookup.addresses());
        for answer in &lookup.authority {
            met.push(answer.server.address.ip());
            published.extend(answer.outcome.addresses());
        }
        for answer in &lookup.answers {
            match answer.view {
                // Left out altogether: even a public one may be the company's own.
                View::System => {}
                View::Resolver(server) => met.push(server.ip()),
            }
            // What the company's own DNS says beside the public one.
            met.extend(answer.outcome.addresses());
        }
    }
    let zone = facts.zone.iter();
    let authority = zone.filter_map(|zone| zone.authority.as_ref());
    met.extend(authority.flat_map(|authority| {
        let servers = authority.servers.iter();
        servers.map(|server| server.address.ip())
    }));
    let control = facts.control.iter();
    met.extend(control.filter_map(|control| control.address.map(|at| at.ip())));
    let endpoints = facts.endpoints.iter().flatten();
    met.extend(endpoints.map(|endpoint| endpoint.address.ip()));
    let mut local: Vec<IpAddr> = Vec::new();
    for address in met {
        let known = published.contains(&address) || local.contains(&address);
        if !known && ranges::special(address).is_some() {
            local.push(address);
        }
    }
    let mut free_v4 = documentation_v4().filter(|address| !published.contains(address));
    let mut free_v6 = documentation_v6().filter(|address| !published.contains(address));
    local
        .into_iter()
        .filter_map(|address| {
            let stand_in = if address.is_ipv4() {
                free_v4.next()
            } else {
                free_v6.next()
            };
            stand_in.map(|stand_in| (address, stand_in))
        })
        .collect()
}

fn find(stand_ins: &[(IpAddr, IpAddr)], address: IpAddr) -> Option<&(IpAddr, IpAddr)> {
    stand_ins.iter().find(|(local, _)| *local == address)
}

/// The networks for examples (RFC 5737, RFC 3849).
fn documentation_v4() -> impl Iterator<Item = IpAddr> {
    [[192, 0, 2], [198, 51, 100], [203, 0, 113]]
        .into_iter()
        .flat_map(|[a, b, c]| (1..=254).map(move |d| Ipv4Addr::new(a, b, c, d).into()))
}

fn documentation_v6() -> impl Iterator<Item = IpAddr> {
    (1..=u16::MAX).map(|host| Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, host).into())
}

/// Replaces every string that is such an address, with or without a port, and leaves out who
/// answered for this machine's own resolvers.
fn replace(value: &mut Value, stand_ins: &[(IpAddr, IpAddr)]) {
    let stand_in = |address| find(stand_ins, address).map(|(_, other)| *other);
    match value {
        Value::String(text) => {
            if let Ok(address) = text.parse::<IpAddr>() {
                if let Some(other) = stand_in(address) {
                    *text = other.to_string();
                }
            } else if let Ok(address) = text.parse::<SocketAddr>()
                && let Some(other) = stand_in(address.ip())
            {
                *text = SocketAddr::new(other, address.port()).to_string();
            }
        }
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| replace(value, stand_ins)),
        Value::Object(fields) => {
            if fields.get("view").is_some_and(|view| view == "system") {
                fields.insert("server".to_owned(), Value::Null);
            }
            fields
                .values_mut()
                .for_each(|value| replace(value, stand_ins));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
