//! What no name server loads although each line of it can be read: records that are at odds.

use std::collections::{BTreeMap, BTreeSet};

use super::{Content, WrongInZone, ZoneFault, ZoneFile};
use crate::facts::{Data, DnsOutcome, RecordType, Refusal, Refused, is_within};

/// A record as it stands in a line.
pub(super) struct Line {
    /// From 1.
    pub(super) number: usize,
    pub(super) owner: String,
    /// Its type, in capitals.
    pub(super) record: String,
    /// Unknown until the whole is, where the line names none.
    pub(super) ttl: Option<u32>,
    pub(super) content: Content,
}

/// What is at odds in these records of the zone.
pub(super) fn faults(lines: &[Line]) -> Vec<ZoneFault> {
    let mut names: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        names.entry(&line.owner).or_default().push(line);
    }
    let mut faults = Vec::new();
    for (owner, lines) in names {
        let mut add = |line: &Line, what: fn(String) -> WrongInZone| {
            faults.push(ZoneFault {
                line: line.number,
                what: what(owner.to_owned()),
            });
        };
        // An alias stands alone, save for what DNSSEC puts beside it.
        let alias = lines.iter().find(|line| line.is_alias());
        let is_beside = |line: &&&Line, alias: &Line| {
            !line.content.is_same(&alias.content) && line.content != Content::Signature
        };
        if let Some(alias) = alias
            && lines.iter().any(|line| is_beside(&line, alias))
        {
            add(alias, WrongInZone::BesideAlias);
        }
        let mut subtrees = lines.iter().filter(|line| line.is_subtree());
        if let Some(first) = subtrees.next()
            && let Some(second) = subtrees.find(|line| !line.content.is_same(&first.content))
        {
            add(second, WrongInZone::SecondSubtree);
        }
        if owner.starts_with("*.")
            && let Some(line) = lines.iter().find(|line| line.server().is_some())
        {
            add(line, WrongInZone::WildcardHandsOn);
        }
    }
    faults
}

/// What some name servers do not load because of where it stands, with the line.
pub(super) fn refusals(lines: &[Line], apex: &str) -> Vec<(usize, Refusal)> {
    let subtrees = lines.iter().filter(|line| line.is_subtree());
    let subtrees: BTreeSet<&str> = subtrees.map(|line| line.owner.as_str()).collect();
    let is_below = |owner: &str| {
        let above = std::iter::successors(Some(owner), |name| Some(name.split_once('.')?.1));
        above.skip(1).any(|above| subtrees.contains(above))
    };
    let refused = |line: &Line| {
        if line.record == "DS" && line.owner == apex {
            Some(Refused::ApexDs)
        } else if is_below(&line.owner) {
            Some(Refused::BelowSubtree)
        } else {
            None
        }
    };
    let refusal = |line: &Line| Some((line.number, refused(line)?.of(&line.record, &*line.owner)));
    lines.iter().filter_map(refusal).collect()
}

/// What is wrong with the name servers of the zone. `soa` is the line of the SOA record: without one
/// this is a part of a zone, to be put into another file.
pub(super) fn server_faults(lines: &[Line], zone: &ZoneFile, soa: Option<usize>) -> Vec<ZoneFault> {
    let own = lines.iter().filter(|line| line.owner == zone.apex);
    let mut servers = own
        .filter_map(|line| Some((line, line.server()?)))
        .peekable();
    if let Some(line) = soa
        && servers.peek().is_none()
    {
        let what = WrongInZone::NoServers(zone.apex.clone());
        return vec![ZoneFault { line, what }];
    }
    let fault = |(line, server): (&Line, &str)| {
        let what = zone.server_fault(server)?;
        Some(ZoneFault {
            line: line.number,
            what: what(server.to_owned()),
        })
    };
    servers.filter_map(fault).collect()
}

impl ZoneFile {
    /// Why this cannot be a name server of the zone.
    fn server_fault(&self, server: &str) -> Option<fn(String) -> WrongInZone> {
        let server = server.to_ascii_lowercase();
        if !is_within(&server, &self.apex) {
            return None;
        }
        let answers = [RecordType::A, RecordType::Aaaa].map(|record| self.look_up(&server, record));
        let is_alias = |answer: &DnsOutcome| !answer.aliases().is_empty();
        let is_nothing = |answer: &DnsOutcome| {
            matches!(
                answer,
                DnsOutcome::NoData { .. } | DnsOutcome::NoName { .. }
            )
        };
        if answers.iter().any(is_alias) {
            Some(WrongInZone::ServerIsAlias)
        } else if answers.iter().all(is_nothing) {
            Some(WrongInZone::ServerWithoutAddress)
        } else {
            None
        }
    }
}

impl Line {
    fn is_alias(&self) -> bool {
        matches!(self.content, Content::Alias(_))
    }

    pub(super) fn is_subtree(&self) -> bool {
        matches!(self.content, Content::Subtree(_))
    }

    /// The name server that it names.
    fn server(&self) -> Option<&str> {
        match &self.content {
            Content::Data(Data::Ns(server)) => Some(server),
            _ => None,
        }
    }
}
