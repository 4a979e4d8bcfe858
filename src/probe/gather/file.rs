//! Whose zone a zone file is.

use std::net::IpAddr;

use crate::facts::{Data, DnsOutcome, InternalZone, RecordType, Unasked, is_within};
use crate::known::{inside, ranges};
use crate::model::plan::View;
use crate::wire::zone_file::ZoneFile;

/// That of a company's own DNS, where nobody outside can ask any name server that it names: all of them have private
/// addresses in the file, or names that only some network or machine knows.
pub(super) fn internal(file: &ZoneFile) -> Option<InternalZone> {
    let apex = file.apex();
    let answer = file.look_up(apex, RecordType::Ns);
    let names = answer
        .records()
        .iter()
        .filter_map(|record| match &record.data {
            Data::Ns(name) => Some(name),
            _ => None,
        });
    let mut servers = Vec::new();
    for name in names {
        let own = unaskable(file, name);
        if own.is_empty() {
            return None;
        }
        servers.extend(own);
    }
    (!servers.is_empty()).then(|| InternalZone {
        apex: apex.to_owned(),
        servers,
        views: vec![View::ZoneFile],
        addresses: Vec::new(),
    })
}

/// Where this name server is, if nobody outside can ask it there.
fn unaskable(file: &ZoneFile, name: &str) -> Vec<Unasked> {
    let at = |address| Unasked {
        name: name.to_owned(),
        address,
    };
    if !is_within(name, file.apex()) {
        let is_inside = inside::is_inside(name) || inside::is_own_machine(name);
        return is_inside.then(|| at(None)).into_iter().collect();
    }
    let kinds = [RecordType::A, RecordType::Aaaa];
    let answers = kinds.map(|kind| file.look_up(name, kind));
    let glue = glue(&answers[0], name);
    let addresses: Vec<IpAddr> = answers
        .iter()
        .flat_map(DnsOutcome::addresses)
        .chain(glue)
        .collect();
    if addresses.iter().any(|it| ranges::special(*it).is_none()) {
        return Vec::new();
    }
    addresses.into_iter().map(|it| at(Some(it))).collect()
}

/// The addresses that stand beside a delegation to this name server.
fn glue<'a>(answer: &'a DnsOutcome, name: &'a str) -> impl Iterator<Item = IpAddr> + 'a {
    let servers = match answer {
        DnsOutcome::Elsewhere { servers, .. } => servers.as_slice(),
        _ => &[],
    };
    let own = servers
        .iter()
        .filter(move |(server, _)| server.eq_ignore_ascii_case(name));
    own.flat_map(|(_, addresses)| addresses).copied()
}
