//! Near misses of the SRV record: what was found, and what should be there instead.

use super::record::{host_for, written};
use super::{SRV_NAME_TYPO, SRV_OWNER_DOUBLED, SRV_WRONG_TYPE};
use crate::facts::near_misses::{Misplaced, Mistake, NearMiss, host_in, plausible};
use crate::facts::{Data, RecordType, Target};
use crate::model::finding::{Finding, Rule};
use crate::model::names::Fqdn;
use crate::model::plan::Terms;

/// How much of a record is shown, in characters: a TXT may hold thousands.
const MAX_SHOWN: usize = 120;

/// The finding that takes the place of "missing".
pub(super) fn judge(miss: &NearMiss<'_>, terms: &Terms) -> Finding {
    let record = match &miss.misplaced {
        Misplaced::Srv(_) => RecordType::Srv.name(),
        Misplaced::Alias(alias) if alias.subtree.is_some() => "DNAME",
        Misplaced::Alias(_) => "CNAME",
        Misplaced::Other(_) => miss.lookup.record.name(),
    };
    let leads_to = |is_such: fn(&Target, &Terms) -> bool| -> Vec<String> {
        let targets: Vec<String> = match &miss.misplaced {
            Misplaced::Srv(records) => records.iter().map(|srv| srv.target.clone()).collect(),
            Misplaced::Alias(alias) => vec![alias.target.clone()],
            Misplaced::Other(data) => data.iter().filter_map(|it| named_in(it)).collect(),
        };
        let is_such = |target: &String| is_such(&Target::parse(target, &terms.domain), terms);
        targets.into_iter().filter(is_such).collect()
    };
    let is_another = |target: &Target, terms: &Terms| {
        let meant = target.meant();
        meant.is_some() && terms.fqdn.is_some() && meant != terms.fqdn.as_ref()
    };
    Finding::new(rule(miss))
        .with("name", owner(miss))
        .with("record", record)
        .with("mistake", miss.mistake.key())
        .with("found", found(miss))
        .with("expected", expected(miss, terms))
        .with("others", leads_to(is_another))
        .with(
            "microsoft",
            leads_to(|target, terms| target.is_meant_for_microsoft() && !terms.partner),
        )
}

/// The name at which the record stands.
fn owner<'a>(miss: &NearMiss<'a>) -> &'a str {
    match &miss.misplaced {
        Misplaced::Alias(alias) => alias.subtree.as_ref().map(|it| it.name.as_str()),
        Misplaced::Srv(_) | Misplaced::Other(_) => None,
    }
    .unwrap_or(&miss.lookup.name)
}

fn rule(miss: &NearMiss<'_>) -> &'static Rule {
    match (&miss.misplaced, miss.mistake) {
        (Misplaced::Alias(_) | Misplaced::Other(_), _) => &SRV_WRONG_TYPE,
        (Misplaced::Srv(_), Mistake::Doubled) => &SRV_OWNER_DOUBLED,
        (Misplaced::Srv(_), _) => &SRV_NAME_TYPO,
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
        Misplaced::Alias(alias) => vec![match &alias.subtree {
            Some(subtree) => format!("{}. DNAME {}.", subtree.name, subtree.target),
            None => format!("{}. CNAME {}.", alias.name, alias.target),
        }],
        Misplaced::Other(data) => data
            .iter()
            .map(|data| {
                let shown: String = data.to_string().chars().take(MAX_SHOWN).collect();
                format!("{name}. {} {shown}", miss.lookup.record.name())
            })
            .collect(),
    }
}

/// The host that a record of another type names.
fn named_in(data: &Data) -> Option<String> {
    match data {
        Data::Txt(text) => host_in(text).map(|host| host.to_string()),
        Data::Address(_)
        | Data::Caa(_)
        | Data::Mx(..)
        | Data::Ns(_)
        | Data::Soa(..)
        | Data::Srv(_) => None,
    }
}

/// The records as they should be.
fn expected(miss: &NearMiss<'_>, terms: &Terms) -> Vec<String> {
    let named = |host: Option<Fqdn>| written(0, 0, &host_for(host.as_ref(), terms), terms);
    let mut expected = match &miss.misplaced {
        Misplaced::Srv(records) => records
            .iter()
            .map(|srv| {
                let target = Target::parse(&srv.target, &terms.domain);
                let meant = match &target {
                    Target::Microsoft(fqdn) if terms.partner => Some(fqdn),
                    target => target.meant(),
                };
                super::record::expected(srv, meant, terms)
            })
            .collect(),
        Misplaced::Alias(alias) => vec![named(plausible(&alias.target, &terms.domain))],
        Misplaced::Other(data) => data
            .iter()
            .map(|data| named(named_in(data).and_then(|host| plausible(&host, &terms.domain))))
            .collect(),
    };
    expected.dedup();
    expected
}
