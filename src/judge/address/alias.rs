//! FQDNs whose addresses are another name's: an alias's, or a wildcard's.

use std::net::IpAddr;

use super::{ADDRESS_ALIAS, ADDRESS_AT_MICROSOFT, ADDRESS_FROM_WILDCARD, is_public, listed};
use crate::facts::{AddressFacts, Alias, DnsOutcome, Lookup, Subtree, is_loop};
use crate::judge::domain::judge_several_aliases;
use crate::known::microsoft;
use crate::model::finding::Finding;
use crate::model::plan::Terms;

/// The names from the first to the end.
pub(super) fn chain_of(aliases: &[Alias]) -> Vec<String> {
    let names = aliases.iter().map(|alias| &alias.name);
    let end = aliases.last().map(|alias| &alias.target);
    names.chain(end).cloned().collect()
}

/// The FQDN is an alias: of a service of Microsoft, or of a name that may get another address.
pub(super) fn judge(host: &AddressFacts, terms: &Terms) -> Option<Finding> {
    // Where not all servers of the zone have the alias, some partners meet it.
    let published = host.a.authority.iter().map(|answer| &answer.outcome);
    let given = published.filter(|outcome| outcome.is_conclusive());
    let given = given.map(DnsOutcome::aliases);
    let mut given = std::iter::once(host.a.aliases()).chain(given);
    let aliases = given.find(|aliases| !aliases.is_empty())?;
    if is_loop(aliases) {
        return None;
    }
    let chain = chain_of(aliases);
    let is_microsoft = |alias: &Alias| microsoft::is_service(&alias.target);
    if let Some(alias) = aliases.iter().find(|alias| is_microsoft(alias)) {
        let finding = Finding::new(&ADDRESS_AT_MICROSOFT).with("fqdn", host.fqdn.as_str());
        return Some(finding.with("target", alias.target.as_str()));
    }
    // What a wildcard gives is nothing to be entered.
    let is_own = by_wildcard(host).is_none();
    let public = host
        .a
        .addresses()
        .filter(|address| is_own && is_public(address));
    let own = |address: IpAddr| format!("{}. A {address}", host.fqdn);
    let records: Vec<String> = public.map(own).collect();
    // An address of its own is the end of that as well.
    if let Some(several) = judge_several_aliases(&host.a, terms, records.clone()) {
        return Some(several);
    }
    // The record by which it is one may stand elsewhere than at its name.
    let subtree = aliases.iter().find_map(|alias| alias.subtree.as_ref());
    let by = match subtree {
        Some(_) => "dname",
        None if is_wildcard_for(host) => "wildcard",
        None => "cname",
    };
    let written = |it: &Subtree| format!("{}. DNAME {}.", it.name, it.target);
    Some(
        Finding::new(&ADDRESS_ALIAS)
            .with("fqdn", host.fqdn.as_str())
            .with("chain", chain)
            .with("by", by)
            .with("dname", subtree.map(written).unwrap_or_default())
            .with("records", records),
    )
}

/// A random name below the FQDN has the same addresses. So the FQDN has none of its own, since a
/// wildcard does not reach below a name that exists (RFC 4592 §2.2.1). Nor has, for the same reason,
/// the name to which the FQDN's alias leads.
fn by_wildcard(host: &AddressFacts) -> Option<&Lookup> {
    let below = host.below.as_ref()?;
    host.a.may_be_of(below).then_some(below)
}

/// Whether it is the FQDN itself that a wildcard stands for, and not the end of an alias of its own.
fn is_wildcard_for(host: &AddressFacts) -> bool {
    let owner = by_wildcard(host).and_then(|below| below.name.split_once('.'));
    owner.is_some_and(|(_, owner)| owner.eq_ignore_ascii_case(host.fqdn.as_str()))
}

pub(super) fn judge_wildcard(host: &AddressFacts) -> Option<Finding> {
    let below = by_wildcard(host)?;
    let owner = below.name.split_once('.').map_or("", |(_, owner)| owner);
    let is_alias = !owner.eq_ignore_ascii_case(host.fqdn.as_str());
    let addresses = listed(below.addresses());
    Some(
        Finding::new(&ADDRESS_FROM_WILDCARD)
            .with("fqdn", host.fqdn.as_str())
            .with("owner", owner)
            .with("alias", if is_alias { "yes" } else { "no" })
            .with("name", below.name.as_str())
            .with("record", below.record.name())
            .with("addresses", addresses)
            .with("certified", Vec::<String>::new()),
    )
}
