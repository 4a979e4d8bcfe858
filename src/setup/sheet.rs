//! The sheet: what is to be entered where, and what is there already.

use std::net::{IpAddr, Ipv4Addr};

use strum::IntoStaticStr;

use super::Wish;
use super::place::{Place, own_alias};
use crate::facts::{DnsOutcome, Lookup, Srv, Survey};
use crate::known::ranges::{self, Special};
use crate::model::limits::FEDERATION_PORT;
use crate::model::names::{Domain, Fqdn};

/// How long resolvers may keep the records, in seconds: an hour, so that a mistake is soon mended.
pub const TTL: u32 = 3600;

/// What is to be entered where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// The XPhone domain.
    pub domain: Domain,
    /// The public name of the server.
    pub fqdn: Fqdn,
    /// The zone that the records belong into.
    pub zone: Domain,
    /// The public address, where it is known.
    pub address: Option<Ipv4Addr>,
    /// The server's own address, where it is known.
    pub lan: Option<Ipv4Addr>,
    /// State of the A record.
    pub a: Entry,
    /// True if an alias takes the place of the A record, and has to be removed.
    pub alias: bool,
    /// Where the A record has to stand.
    pub a_place: Place,
    /// State of the SRV record.
    pub record: Entry,
    /// What the SRV record's name is an alias of, where that has to be removed.
    pub record_alias: Option<String>,
    /// Where the SRV record has to stand.
    pub record_place: Place,
}

/// The state of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Entry {
    /// To be created.
    New,
    /// Published as it should be.
    Published,
    /// Something else is published in its place.
    Differs,
}

impl Sheet {
    /// The owner of a record as forms and PowerShell want it: relative to the zone, `@` for the
    /// zone itself.
    pub fn relative<'a>(&self, name: &'a str) -> &'a str {
        Self::relative_to(self.zone.as_str(), name)
    }

    /// The same relative to another zone.
    pub fn relative_to<'a>(zone: &str, name: &'a str) -> &'a str {
        match name.strip_suffix(zone) {
            Some("") => "@",
            Some(before) => before.strip_suffix('.').unwrap_or(name),
            None => name,
        }
    }
}

/// The sheet for this XPhone domain and this FQDN.
pub(super) fn sheet(wish: &Wish, survey: &Survey, domain: Domain, fqdn: Fqdn) -> Sheet {
    let published = survey.published_addresses(&fqdn);
    let is_of_wildcard = survey.is_from_wildcard(&fqdn);
    let given = wish.ip.filter(|ip| ranges::special((*ip).into()).is_none());
    let found = published.iter().filter_map(|address| match address {
        // Neither the web server's nor a proxy's is the server's.
        _ if is_of_wildcard || ranges::web_proxy(*address).is_some() => None,
        IpAddr::V4(address) if ranges::special(IpAddr::V4(*address)).is_none() => Some(*address),
        _ => None,
    });
    let found: Vec<Ipv4Addr> = found.collect();
    // Which of several is the server's is not for DNS to say.
    let only = match found.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let address = given.or(only);
    let host = survey.host(&fqdn);
    let is_alias = host.is_some_and(|lookup| !lookup.aliases().is_empty());
    let a = match address {
        _ if is_of_wildcard => Entry::New,
        _ if is_alias => Entry::Differs,
        _ if published.is_empty() => Entry::New,
        Some(address) if published == [IpAddr::V4(address)] => Entry::Published,
        _ => Entry::Differs,
    };
    let lan = wish
        .ip
        .filter(|ip| ranges::special((*ip).into()) == Some(Special::Private));
    let srv = survey.srv_of(&domain);
    let records: Vec<&Srv> = srv.srv().collect();
    let right =
        |srv: &Srv| srv.port == FEDERATION_PORT && srv.target.eq_ignore_ascii_case(fqdn.as_str());
    let record = match records.as_slice() {
        [only] if right(only) => Entry::Published,
        [] if own_alias(srv, survey).is_none() => Entry::New,
        _ => Entry::Differs,
    };
    let record_alias = own_alias(srv, survey).filter(|_| record != Entry::Published);
    let zone = zone(survey, wish, &domain);
    Sheet {
        a,
        alias: host.is_some_and(|host| own_alias(host, survey).is_some() && !is_of_wildcard),
        a_place: host.map_or(Place::Zone, |host| Place::of(host, &zone)),
        record,
        record_alias: record_alias.map(|alias| alias.target.clone()),
        record_place: Place::of(srv, &zone),
        zone,
        domain,
        fqdn,
        address,
        lan,
    }
}

/// The zone that the records of this XPhone domain belong into, as the SOA says; the domain itself
/// where that is not known.
fn zone(survey: &Survey, wish: &Wish, domain: &Domain) -> Domain {
    if *domain != wish.domain {
        match survey.own_soa.answer() {
            // Delegated, or registered by itself.
            DnsOutcome::Records { aliases, .. } if aliases.is_empty() => return domain.clone(),
            _ if domain.below(&wish.domain).is_none() => {
                return apex(&survey.own_soa, domain).unwrap_or_else(|| domain.clone());
            }
            _ => {}
        }
    }
    let of_the_domain = match survey.soa.answer() {
        // A name that is not there yet, below a domain that is.
        DnsOutcome::NoName { .. } => {
            let mail = survey
                .above
                .as_ref()
                .map(Lookup::mail_servers)
                .unwrap_or_default();
            wish.domain.parent().filter(|_| !mail.is_empty())
        }
        _ => apex(&survey.soa, &wish.domain),
    };
    of_the_domain.unwrap_or_else(|| wish.domain.clone())
}

/// The zone that answers for a domain which is none itself.
fn apex(soa: &Lookup, domain: &Domain) -> Option<Domain> {
    let DnsOutcome::NoData {
        zone: Some(apex), ..
    } = soa.answer()
    else {
        return None;
    };
    let apex = Domain::parse(apex).ok();
    apex.filter(|apex| domain.below(apex).is_some())
}
