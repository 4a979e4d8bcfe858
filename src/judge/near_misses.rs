//! Near misses: what stands where somebody meant to misplaced the SRV record.
//!
//! What a wildcard answers was misplaced there by nobody, and is no find.

use super::srv::{SRV_NAME_TYPO, SRV_OWNER_DOUBLED, SRV_WRONG_TYPE, Target, minutes};
use crate::facts::near_misses as near;
use crate::facts::near_misses::Mistake;
use crate::facts::{Alias, Data, Lookup, RecordType, Srv, SrvFacts};
use crate::model::finding::{Finding, Rule};
use crate::model::limits::FEDERATION_PORT;
use crate::model::names::Fqdn;
use crate::model::plan::Terms;

/// How much of a record is shown, in characters: a TXT may hold thousands.
const MAX_SHOWN: usize = 120;

/// A near miss.
pub(crate) struct NearMiss<'a> {
    /// The question that it answers.
    lookup: &'a Lookup,
    mistake: Mistake,
    misplaced: Misplaced<'a>,
}

/// What stands there.
enum Misplaced<'a> {
    /// The right type at the wrong name.
    Srv(Vec<&'a Srv>),
    /// An alias that leads to no SRV record.
    Alias(&'a Alias),
    /// TXT or A.
    Other(Vec<&'a Data>),
}

/// All near misses; none where the record is not missing.
pub(crate) fn all<'a>(srv: &'a SrvFacts, terms: &Terms) -> Vec<NearMiss<'a>> {
    let missing = srv.lookup.answer().is_no();
    let Some(near_misses) = srv.near_misses.as_ref().filter(|_| missing) else {
        return Vec::new();
    };
    std::iter::once(&srv.lookup)
        .chain(&near_misses.lookups)
        .filter(|lookup| !is_wildcard(lookup, &near_misses.controls))
        .filter_map(|lookup| read(lookup, terms))
        .collect()
}

/// The records that are right but for their name.
pub(super) fn records<'a>(srv: &'a SrvFacts, terms: &Terms) -> Vec<&'a Srv> {
    let records = all(srv, terms)
        .into_iter()
        .filter_map(|find| match find.misplaced {
            Misplaced::Srv(records) => Some(records),
            Misplaced::Alias(_) | Misplaced::Other(_) => None,
        });
    records.flatten().collect()
}

/// Whether a random name answers the same, or nobody knows what it answers.
fn is_wildcard(lookup: &Lookup, controls: &[Lookup]) -> bool {
    let leads_to = |lookup: &Lookup| {
        let alias = lookup.aliases().last();
        alias.map(|alias| alias.target.to_ascii_lowercase())
    };
    let same = |control: &Lookup| {
        control.answer().agrees_with(lookup.answer()) && leads_to(control) == leads_to(lookup)
    };
    controls
        .iter()
        .filter(|control| control.record == lookup.record)
        .any(|control| !control.answer().is_conclusive() || same(control))
}

fn read<'a>(lookup: &'a Lookup, terms: &Terms) -> Option<NearMiss<'a>> {
    let mistake = near::mistake(&lookup.name, &terms.domain);
    let misplaced = if lookup.record == RecordType::Srv {
        let records: Vec<&Srv> = lookup
            .srv()
            .filter(|srv| is_meant(srv, mistake, terms))
            .collect();
        match lookup.aliases().first() {
            _ if !records.is_empty() => Misplaced::Srv(records),
            Some(alias) if lookup.records().is_empty() && mistake != Mistake::SignIn => {
                Misplaced::Alias(alias)
            }
            _ => return None,
        }
    } else {
        // Behind an alias stands what belongs to somebody else; the alias itself is found above.
        if lookup.records().is_empty() || !lookup.aliases().is_empty() {
            return None;
        }
        Misplaced::Other(lookup.records().iter().map(|record| &record.data).collect())
    };
    Some(NearMiss {
        lookup,
        mistake,
        misplaced,
    })
}

/// Whether such a record was meant for federation: one for signing in to Microsoft was not, and a
/// mistyped one to Microsoft is better not misplaced right where XPhone is to answer.
fn is_meant(srv: &Srv, mistake: Mistake, terms: &Terms) -> bool {
    match Target::read(&srv.target, &terms.domain) {
        Target::None => false,
        Target::Microsoft(_) => terms.partner && mistake != Mistake::SignIn,
        Target::Address(_) | Target::Malformed | Target::Host(_) => true,
    }
}

impl NearMiss<'_> {
    /// The records as a zone file has them.
    pub(super) fn found(&self) -> Vec<String> {
        let name = &self.lookup.name;
        match &self.misplaced {
            Misplaced::Srv(records) => records
                .iter()
                .map(|srv| format!("{name}. SRV {srv}"))
                .collect(),
            Misplaced::Alias(alias) => vec![format!("{}. CNAME {}.", alias.name, alias.target)],
            Misplaced::Other(data) => data
                .iter()
                .map(|data| {
                    let shown: String = data.to_string().chars().take(MAX_SHOWN).collect();
                    format!("{name}. {} {shown}", self.lookup.record.name())
                })
                .collect(),
        }
    }

    /// The records as they should be.
    fn expected(&self, terms: &Terms) -> Vec<String> {
        let name = terms.domain.srv_name();
        let record = |priority, weight, host: &str| {
            format!("{name}. SRV {priority} {weight} {FEDERATION_PORT} {host}.")
        };
        let named = |host: Option<Fqdn>| record(0, 0, &host_for(host.as_ref(), terms));
        let mut expected = match &self.misplaced {
            Misplaced::Srv(records) => records
                .iter()
                .map(|srv| {
                    let host = host_for(target(srv, terms).as_ref(), terms);
                    // Where the port is wrong, the other figures are not to be trusted either.
                    if srv.port == FEDERATION_PORT {
                        record(srv.priority, srv.weight, &host)
                    } else {
                        record(0, 0, &host)
                    }
                })
                .collect(),
            Misplaced::Alias(alias) => vec![named(Fqdn::parse(&alias.target).ok())],
            Misplaced::Other(data) => data.iter().map(|data| named(host_in(data))).collect(),
        };
        expected.dedup();
        expected
    }

    fn rule(&self) -> &'static Rule {
        match (&self.misplaced, self.mistake) {
            (Misplaced::Alias(_) | Misplaced::Other(_), _) => &SRV_WRONG_TYPE,
            (Misplaced::Srv(_), Mistake::Doubled) => &SRV_OWNER_DOUBLED,
            (Misplaced::Srv(_), Mistake::None | Mistake::Mistyped | Mistake::SignIn) => {
                &SRV_NAME_TYPO
            }
        }
    }

    /// The finding; it stands in the place of "missing".
    pub(super) fn judge(&self, srv: &SrvFacts, terms: &Terms) -> Finding {
        let record = match &self.misplaced {
            Misplaced::Srv(_) => RecordType::Srv.name(),
            Misplaced::Alias(_) => "CNAME",
            Misplaced::Other(_) => self.lookup.record.name(),
        };
        let negative_ttl = srv.lookup.answer().negative_ttl();
        Finding::new(self.rule())
            .with("name", self.lookup.name.as_str())
            .with("record", record)
            .with("found", self.found())
            .with("expected", self.expected(terms))
            .with("wait", minutes(negative_ttl))
    }
}

/// The name that the record was meant to lead to.
fn target(srv: &Srv, terms: &Terms) -> Option<Fqdn> {
    match Target::read(&srv.target, &terms.domain) {
        Target::Host(fqdn) => match fqdn.undoubled(&terms.domain) {
            Some(meant) => Fqdn::parse(meant).ok(),
            None => Some(fqdn),
        },
        Target::Microsoft(fqdn) => Some(fqdn),
        Target::None | Target::Address(_) | Target::Malformed => None,
    }
}

fn host_in(data: &Data) -> Option<Fqdn> {
    match data {
        Data::Txt(text) => near::host_in(text),
        Data::Address(_) | Data::Mx(..) | Data::Ns(_) | Data::Soa(..) | Data::Srv(_) => None,
    }
}

/// The FQDN that the user gave, else the one that was found, else a good one.
fn host_for(found: Option<&Fqdn>, terms: &Terms) -> String {
    let chosen = terms.fqdn.as_ref().or(found);
    chosen.map_or_else(|| format!("xphone.{}", terms.domain), Fqdn::to_string)
}
