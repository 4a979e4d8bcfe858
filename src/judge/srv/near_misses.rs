//! Near misses of the SRV record: what was found, and what should be there instead.

use super::{SRV_NAME_TYPO, SRV_OWNER_DOUBLED, SRV_WRONG_TYPE};
use crate::facts::near_misses::{Misplaced, Mistake, NearMiss, host_in};
use crate::facts::{Data, RecordType, Srv, Target};
use crate::model::finding::{Finding, Rule};
use crate::model::limits::FEDERATION_PORT;
use crate::model::names::Fqdn;
use crate::model::plan::Terms;

/// How much of a record is shown, in characters: a TXT may hold thousands.
const MAX_SHOWN: usize = 120;

/// The finding that takes the place of "missing".
pub(super) fn judge(miss: &NearMiss<'_>, terms: &Terms) -> Finding {
    let record = match &miss.misplaced {
        Misplaced::Srv(_) => RecordType::Srv.name(),
        Misplaced::Alias(_) => "CNAME",
        Misplaced::Other(_) => miss.lookup.record.name(),
    };
    Finding::new(rule(miss))
        .with("name", miss.lookup.name.as_str())
        .with("record", record)
        .with("found", found(miss))
        .with("expected", expected(miss, terms))
}

fn rule(miss: &NearMiss<'_>) -> &'static Rule {
    match (&miss.misplaced, miss.mistake) {
        (Misplaced::Alias(_) | Misplaced::Other(_), _) => &SRV_WRONG_TYPE,
        (Misplaced::Srv(_), Mistake::Doubled) => &SRV_OWNER_DOUBLED,
        (Misplaced::Srv(_), Mistake::None | Mistake::Mistyped | Mistake::SignIn) => &SRV_NAME_TYPO,
    }
}

/// The records as a zone file has them.
pub(super) fn found(miss: &NearMiss<'_>) -> Vec<String> {
    let name = &miss.lookup.name;
    match &miss.misplaced {
        Misplaced::Srv(records) => records
            .iter()
            .map(|srv| format!("{name}. SRV {srv}"))
            .collect(),
        Misplaced::Alias(alias) => vec![format!("{}. CNAME {}.", alias.name, alias.target)],
        Misplaced::Other(data) => data
            .iter()
            .map(|data| {
                let shown: String = data.to_string().chars().take(MAX_SHOWN).collect();
                format!("{name}. {} {shown}", miss.lookup.record.name())
            })
            .collect(),
    }
}

/// The records as they should be.
fn expected(miss: &NearMiss<'_>, terms: &Terms) -> Vec<String> {
    let name = terms.domain.srv_name();
    let record = |priority, weight, host: &str| {
        format!("{name}. SRV {priority} {weight} {FEDERATION_PORT} {host}.")
    };
    let named = |host: Option<Fqdn>| record(0, 0, &host_for(host.as_ref(), terms));
    let mut expected = match &miss.misplaced {
        Misplaced::Srv(records) => records
            .iter()
            .map(|srv| {
                let host = host_for(meant_target(srv, terms).as_ref(), terms);
                // Where the port is wrong, the other figures are not to be trusted either.
                if srv.port == FEDERATION_PORT {
                    record(srv.priority, srv.weight, &host)
                } else {
                    record(0, 0, &host)
                }
            })
            .collect(),
        Misplaced::Alias(alias) => vec![named(Fqdn::parse(&alias.target).ok())],
        Misplaced::Other(data) => data
            .iter()
            .map(|data| match data {
                Data::Txt(text) => named(host_in(text)),
                Data::Address(_) | Data::Mx(..) | Data::Ns(_) | Data::Soa(..) | Data::Srv(_) => {
                    named(None)
                }
            })
            .collect(),
    };
    expected.dedup();
    expected
}

/// The name that the record was meant to lead to.
fn meant_target(srv: &Srv, terms: &Terms) -> Option<Fqdn> {
    match Target::parse(&srv.target, &terms.domain) {
        Target::Host(fqdn) => match fqdn.undoubled(&terms.domain) {
            Some(meant) => Fqdn::parse(meant).ok(),
            None => Some(fqdn),
        },
        Target::Microsoft(fqdn) => Some(fqdn),
        Target::None | Target::Address(_) | Target::Malformed => None,
    }
}

/// The FQDN that the user gave, else the one that was found, else a suggestion.
fn host_for(found: Option<&Fqdn>, terms: &Terms) -> String {
    let chosen = terms.fqdn.as_ref().or(found);
    chosen.map_or_else(|| format!("xphone.{}", terms.domain), Fqdn::to_string)
}
