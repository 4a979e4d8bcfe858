//! The servers of the zones on a way from the top-level domain down: whom to ask for the next zone.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::time::Duration;

use crate::facts::{RecordType, is_within};
use crate::probe::Context;
use crate::probe::dns::servers::{addresses_of_kind, may_be_asked};

/// The zone at the top.
pub(in crate::probe::dns) const ROOT: &str = ".";
/// How many zones lie one below the other, at most, on the way that is gone.
pub(in crate::probe::dns) const MAX_CUTS: usize = 6;
/// How many servers of a zone are asked for the next one until one of them says.
pub(in crate::probe::dns) const MAX_ASKED: usize = 3;
/// How long one of them is waited for.
pub(in crate::probe::dns) const PATIENCE: Duration = Duration::from_millis(700);

/// A server by its name, with such addresses as came with it and may be believed.
pub(in crate::probe::dns) type Carrier = (String, Vec<IpAddr>);

/// Each name begins with another server, so that many domains do not all visit the same one.
pub(in crate::probe::dns) fn in_turn<'a, T>(
    servers: &'a [T],
    name: &str,
) -> impl Iterator<Item = &'a T> {
    let many = servers.len();
    let first = turn_of(name).checked_rem(many).unwrap_or_default();
    servers.iter().cycle().skip(first).take(many)
}

/// The same number for the same question, and another one for most others.
pub(in crate::probe::dns) fn turn_of(question: impl Hash) -> usize {
    let mut hasher = DefaultHasher::new();
    question.hash(&mut hasher);
    usize::try_from(hasher.finish() >> 32).unwrap_or_default()
}

/// The first address of a server that may be asked: the way to it need not be short, only one of
/// several.
pub(in crate::probe::dns) async fn address_of(
    cx: &Context,
    server: &str,
    glue: &[IpAddr],
) -> Option<IpAddr> {
    let askable = |addresses: &[IpAddr]| {
        let mut addresses = addresses.iter().copied();
        addresses.find(|address| may_be_asked(cx, *address))
    };
    if let Some(address) = askable(glue) {
        return Some(address);
    }
    for kind in [RecordType::A, RecordType::Aaaa] {
        if let Some(address) = askable(&addresses_of_kind(cx, server, kind).await) {
            return Some(address);
        }
    }
    None
}

/// A zone knows the addresses of servers within itself; whatever it says of others is not taken by
/// any resolver (RFC 2181 §5.4.1).
pub(in crate::probe::dns) fn believed(zone: &str, servers: Vec<Carrier>) -> Vec<Carrier> {
    let servers = servers.into_iter().map(|(name, glue)| {
        let glue = if is_within(&name, zone) {
            glue
        } else {
            Vec::new()
        };
        (name, glue)
    });
    servers.collect()
}
