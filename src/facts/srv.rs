//! The federation's SRV record, and the servers that it leads to.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::near_misses::{Misplaced, NearMiss, host_in, plausible};
use super::{Data, Lookup, NearMissFacts, Srv, Target};
use crate::model::limits::MAX_TARGETS;
use crate::model::names::Fqdn;
use crate::model::plan::{Federation, Terms};

/// The federation's SRV record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SrvFacts {
    /// SRV of `_sipfederationtls._tcp.<domain>`.
    pub lookup: Lookup,
    /// What stands near it; looked for only where the record is missing in open federation.
    #[serde(default, rename = "nearby")]
    pub near_misses: Option<NearMissFacts>,
}

impl SrvFacts {
    /// The records in the order in which partners try them: lower priority first, then the larger
    /// weight (RFC 2782).
    pub fn in_order(&self) -> Vec<&Srv> {
        let mut records: Vec<&Srv> = self.lookup.srv().collect();
        records.sort_by_key(|srv| (srv.priority, Reverse(srv.weight), &srv.target));
        records
    }

    /// What somebody put near the record instead, where the record itself is missing.
    pub fn misplaced(&self, terms: &Terms) -> Vec<NearMiss<'_>> {
        match &self.near_misses {
            Some(near_misses) if self.lookup.answer().is_no() => {
                near_misses.read(&self.lookup, terms)
            }
            _ => Vec::new(),
        }
    }

    /// The servers to look at: the FQDN that the user gave, and every usable SRV target in the
    /// order in which partners try them. Where the record is missing, those of its near misses take
    /// its place, and where a target is doubled, the name that was meant, unless the user gave the
    /// right one; a record of a wrong type counts where nothing else names a server. In the partner view a Microsoft edge is a server like any other. No
    /// more than [`MAX_TARGETS`].
    pub fn servers(&self, terms: &Terms) -> Vec<Fqdn> {
        let mut servers = self.all_servers(terms);
        servers.truncate(MAX_TARGETS);
        servers
    }

    /// How many servers there are altogether.
    pub fn count_servers(&self, terms: &Terms) -> usize {
        self.all_servers(terms).len()
    }

    fn all_servers(&self, terms: &Terms) -> Vec<Fqdn> {
        let mut servers: Vec<Fqdn> = terms.fqdn.iter().cloned().collect();
        if terms.federation == Federation::Direct {
            return servers;
        }
        let mut records = self.in_order();
        if records.is_empty() && terms.fqdn.is_none() {
            records = self.misplaced_records(terms);
        }
        for record in records {
            let fqdn = match Target::parse(&record.target, &terms.domain) {
                Target::Host(fqdn) => fqdn,
                Target::Doubled(fqdn) if terms.fqdn.is_none() => fqdn,
                Target::Microsoft(fqdn) if terms.partner => fqdn,
                Target::Doubled(_)
                | Target::Unencoded(_)
                | Target::Unfinished(_)
                | Target::Microsoft(_)
                | Target::None
                | Target::Address(_)
                | Target::Proxied
                | Target::Malformed => continue,
            };
            if !servers.contains(&fqdn) {
                servers.push(fqdn);
            }
        }
        if servers.is_empty() {
            servers = self.misplaced_names(terms);
        }
        servers
    }

    /// The servers that texts in the place of the record name, as far as they lie in the domain: any
    /// other name in a text may be anything.
    fn misplaced_names(&self, terms: &Terms) -> Vec<Fqdn> {
        let misses = self.misplaced(terms).into_iter();
        let data = misses.flat_map(|miss| match miss.misplaced {
            Misplaced::Other(data) => data,
            Misplaced::Srv(_) | Misplaced::Alias(_) => Vec::new(),
        });
        let hosts = data.filter_map(|data| match data {
            Data::Txt(text) => host_in(text),
            _ => None,
        });
        let mut names: Vec<Fqdn> = hosts
            .filter_map(|host| plausible(host.as_str(), &terms.domain))
            .collect();
        names.dedup();
        names
    }

    /// The records that are right but for their name.
    fn misplaced_records(&self, terms: &Terms) -> Vec<&Srv> {
        let misses = self.misplaced(terms).into_iter();
        let records = misses.filter_map(|miss| match miss.misplaced {
            Misplaced::Srv(records) => Some(records),
            Misplaced::Alias(_) | Misplaced::Other(_) => None,
        });
        records.flatten().collect()
    }
}
