//! The sheet: what is to be entered where, and what is there already.

use std::net::{IpAddr, Ipv4Addr};

use strum::IntoStaticStr;

use super::Wish;
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
    /// State of the SRV record.
    pub record: Entry,
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
        match name.strip_suffix(self.zone.as_str()) {
            Some("") => "@",
            Some(before) => before.strip_suffix('.').unwrap_or(name),
            None => name,
        }
    }
}

/// The sheet for this XPhone domain and this FQDN.
pub(super) fn sheet(wish: &Wish, survey: &Survey, domain: Domain, fqdn: Fqdn) -> Sheet {
    let published: Vec<IpAddr> = survey
        .host(&fqdn)
        .map(|lookup| lookup.addresses().collect())
        .unwrap_or_default();
    let given = wish.ip.filter(|ip| ranges::special((*ip).into()).is_none());
    let found = published.iter().find_map(|address| match address {
        IpAddr::V4(address) if ranges::special(IpAddr::V4(*address)).is_none() => Some(*address),
        _ => None,
    });
    let address = given.or(found);
    let alias = survey
        .host(&fqdn)
        .is_some_and(|lookup| !lookup.aliases().is_empty());
    let a = match address {
        _ if alias => Entry::Differs,
        _ if published.is_empty() => Entry::New,
        Some(address) if published == [IpAddr::V4(address)] => Entry::Published,
        _ => Entry::Differs,
    };
    let lan = wish
        .ip
        .filter(|ip| ranges::special((*ip).into()) == Some(Special::Private));
    let records: Vec<&Srv> = survey.srv_of(&domain).srv().collect();
    let right =
        |srv: &Srv| srv.port == FEDERATION_PORT && srv.target.eq_ignore_ascii_case(fqdn.as_str());
    let record = match records.as_slice() {
        [] => Entry::New,
        [only] if right(only) => Entry::Published,
        _ => Entry::Differs,
    };
    Sheet {
        zone: zone(survey, wish, &domain),
        domain,
        fqdn,
        address,
        lan,
        a,
        alias,
        record,
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
