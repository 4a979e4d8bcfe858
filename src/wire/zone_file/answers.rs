//! What the servers of the zone would answer from its file (RFC 1034 §4.3.2).

use std::net::IpAddr;

use strsim::normalized_damerau_levenshtein;

use super::{Content, ZoneFile, ZoneRecord};
use crate::facts::{Alias, Data, DnsOutcome, Record, RecordType, Subtree, is_loop, is_within};

/// A name less like another than this was meant to be something else.
const ALIKE: f64 = 0.8;
/// No more such names are looked at.
const MAX_ALIKE: usize = 16;
/// The longest way of aliases that is followed.
const MAX_HOPS: usize = 8;
/// The records kept of an answer.
const MAX_RECORDS: usize = 64;

impl ZoneFile {
    /// The answer to a question, as far as the file knows it.
    pub fn look_up(&self, name: &str, record: RecordType) -> DnsOutcome {
        let mut aliases: Vec<Alias> = Vec::new();
        let mut name = name.to_ascii_lowercase();
        loop {
            if !is_within(&name, &self.apex) {
                return elsewhere(aliases, None, Vec::new());
            }
            if let Some(cut) = self.cut(&name) {
                let servers = self.servers(&cut);
                return elsewhere(aliases, Some(cut), servers);
            }
            // Whatever else the file has there is never seen (RFC 6672 §3.2).
            if let Some(alias) = self.by_subtree(&name) {
                name = alias.target.to_ascii_lowercase();
                aliases.push(alias);
                if aliases.len() >= MAX_HOPS || is_loop(&aliases) {
                    return elsewhere(aliases, None, Vec::new());
                }
                continue;
            }
            let Some(found) = self.at(&name) else {
                // What the file is for, its zone, will be there.
                return if record == RecordType::Soa || self.has_below(&name) {
                    self.no_data(aliases)
                } else {
                    self.no_name(aliases)
                };
            };
            let records = of_type(found, record);
            if !records.is_empty() {
                return DnsOutcome::Records { aliases, records };
            }
            let target = found.iter().find_map(|record| match &record.content {
                Content::Alias(target) => Some(target.clone()),
                _ => None,
            });
            match target {
                Some(target) => {
                    let next = target.to_ascii_lowercase();
                    aliases.push(Alias {
                        name,
                        target,
                        subtree: None,
                        // A file with several is not read.
                        others: Vec::new(),
                    });
                    if aliases.len() >= MAX_HOPS || is_loop(&aliases) {
                        return elsewhere(aliases, None, Vec::new());
                    }
                    name = next;
                }
                None if is_computed(found, record) => {
                    return elsewhere(aliases, None, Vec::new());
                }
                None => return self.no_data(aliases),
            }
        }
    }

    /// The SRV records of a domain whose names may have been meant to begin with this service.
    pub fn srv_named_like(&self, service: &str, domain: &str) -> Vec<String> {
        let is_srv = |record: &ZoneRecord| matches!(record.content, Content::Data(Data::Srv(_)));
        let owners = self.records.iter();
        owners
            .filter(|(_, records)| records.iter().any(is_srv))
            .filter(|(owner, _)| {
                // A long domain would make all names in it alike.
                let before = owner.strip_suffix(domain);
                let before = before.and_then(|before| before.strip_suffix('.'));
                before.is_some_and(|before| {
                    before != service && normalized_damerau_levenshtein(before, service) > ALIKE
                })
            })
            .map(|(owner, _)| owner.clone())
            .take(MAX_ALIKE)
            .collect()
    }

    /// The records at a name; where it does not exist, those of the wildcard that stands for it.
    fn at(&self, name: &str) -> Option<&[ZoneRecord]> {
        if let Some(records) = self.records.get(name) {
            return Some(records);
        }
        // A name with others below it exists, so no wildcard stands for it (RFC 4592 §2.2.2).
        if self.has_below(name) {
            return None;
        }
        let mut rest = name;
        while let Some((_, above)) = rest.split_once('.') {
            if !is_within(above, &self.apex) {
                return None;
            }
            if self.records.contains_key(above) || self.has_below(above) {
                let wildcard = self.records.get(&format!("*.{above}"));
                return wildcard.map(Vec::as_slice);
            }
            rest = above;
        }
        None
    }

    fn has_below(&self, name: &str) -> bool {
        let mut owners = self.records.keys();
        owners.any(|owner| owner.len() > name.len() && is_within(owner, name))
    }

    /// The name at or above this one at which the zone hands on to other servers.
    fn cut(&self, name: &str) -> Option<String> {
        let mut cut = None;
        let mut rest = name;
        while rest != self.apex {
            let records = self.records.get(rest).into_iter().flatten();
            let mut contents = records.map(|record| &record.content);
            if contents.any(|content| matches!(content, Content::Data(Data::Ns(_)))) {
                cut = Some(rest.to_owned());
            }
            rest = rest.split_once('.')?.1;
        }
        cut
    }

    /// The servers that the zone hands on to, with such addresses as it has of them.
    fn servers(&self, cut: &str) -> Vec<(String, Vec<IpAddr>)> {
        let records = self.records.get(cut).into_iter().flatten();
        let servers = records.filter_map(|record| match &record.content {
            Content::Data(Data::Ns(server)) => Some(server),
            _ => None,
        });
        let glue = |server: &String| {
            let records = self.records.get(&server.to_ascii_lowercase());
            let records = records.into_iter().flatten();
            let addresses = records.filter_map(|record| match record.content {
                Content::Data(Data::Address(address)) => Some(address),
                _ => None,
            });
            (server.clone(), addresses.collect())
        };
        servers.map(glue).collect()
    }

    /// The alias that follows from a DNAME above a name.
    fn by_subtree(&self, name: &str) -> Option<Alias> {
        let mut rest = name;
        while let Some((_, above)) = rest.split_once('.') {
            let records = self.records.get(above).into_iter().flatten();
            let mut targets = records.filter_map(|record| match &record.content {
                Content::Subtree(target) => Some(target),
                _ => None,
            });
            if let Some(target) = targets.next() {
                let before = name.strip_suffix(above)?;
                return Some(Alias {
                    name: name.to_owned(),
                    target: format!("{before}{target}"),
                    subtree: Some(Subtree {
                        name: above.to_owned(),
                        target: target.clone(),
                    }),
                    others: Vec::new(),
                });
            }
            rest = above;
        }
        None
    }

    fn no_data(&self, aliases: Vec<Alias>) -> DnsOutcome {
        DnsOutcome::NoData {
            aliases,
            negative_ttl: self.negative_ttl,
            zone: Some(self.apex.clone()),
        }
    }

    fn no_name(&self, aliases: Vec<Alias>) -> DnsOutcome {
        DnsOutcome::NoName {
            aliases,
            negative_ttl: self.negative_ttl,
            zone: Some(self.apex.clone()),
        }
    }
}

/// The file does not know: the name is none of the zone, or only a name server can work it out.
fn elsewhere(
    aliases: Vec<Alias>,
    zone: Option<String>,
    servers: Vec<(String, Vec<IpAddr>)>,
) -> DnsOutcome {
    DnsOutcome::Elsewhere {
        aliases,
        zone,
        servers,
    }
}

fn of_type(found: &[ZoneRecord], record: RecordType) -> Vec<Record> {
    let records = found.iter().filter_map(|found| match &found.content {
        Content::Data(data) if is_of_type(data, record) => Some(Record {
            ttl: found.ttl,
            data: data.clone(),
        }),
        _ => None,
    });
    records.take(MAX_RECORDS).collect()
}

fn is_of_type(data: &Data, record: RecordType) -> bool {
    match data {
        Data::Address(IpAddr::V4(_)) => record == RecordType::A,
        Data::Address(IpAddr::V6(_)) => record == RecordType::Aaaa,
        Data::Mx(..) => record == RecordType::Mx,
        Data::Ns(_) => record == RecordType::Ns,
        Data::Soa(..) => record == RecordType::Soa,
        Data::Srv(_) => record == RecordType::Srv,
        Data::Txt(_) => record == RecordType::Txt,
        Data::Caa(_) => record == RecordType::Caa,
    }
}

fn is_computed(found: &[ZoneRecord], record: RecordType) -> bool {
    matches!(record, RecordType::A | RecordType::Aaaa)
        && found.iter().any(|found| found.content == Content::Computed)
}
