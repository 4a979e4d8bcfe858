//! What DNS shows before the set-up.

use std::net::IpAddr;

use time::OffsetDateTime;

use super::{ChallengeVisit, InternalZone, Lookup, RenewalServer, Signing, SigningFacts, Standing};
use crate::known::ranges;
use crate::model::names::{Domain, Fqdn};

/// The answers that advice on the set-up rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// SOA of the domain.
    pub soa: Lookup,
    /// MX of the domain.
    pub mx: Lookup,
    /// TXT of the domain: Microsoft 365 proves domains by one.
    pub txt: Lookup,
    /// A of the names that Microsoft's clients look for: the aliases count.
    pub services: Vec<Lookup>,
    /// SRV of the domain, and of the separate domain that XPhone might get.
    pub srv: Vec<Lookup>,
    /// A of the FQDNs that the server may get.
    pub hosts: Vec<Lookup>,
    /// AAAA of the same.
    pub hosts_v6: Vec<Lookup>,
    /// CAA of the same and of the names above them, each once.
    pub caa: Vec<Lookup>,
    /// SOA of that separate domain.
    pub own_soa: Lookup,
    /// MX of the domain above, where there can be one: the e-mail domain of a domain for chat.
    pub above: Option<Lookup>,
    /// SRV of the same: it may lead to the name that was typed for the domain.
    pub above_srv: Option<Lookup>,
    /// A of a random name below the domain: what answers is a wildcard.
    pub wildcard: Option<Lookup>,
    /// A of a random name below an FQDN, where the wildcard has the same addresses as that.
    pub below: Vec<(Fqdn, Lookup)>,
    /// The zone that only this network knows, where nothing else was heard of something that the plan rests
    /// on.
    pub internal: Option<InternalZone>,
    /// How the zones are signed that the names of the servers lead through, with what they answer for CAA.
    pub signing: Vec<SigningFacts>,
    /// When all this was asked.
    pub made_at: OffsetDateTime,
}

impl Survey {
    /// Every answer that the choice and the records rest on, in the order in which they are read. What
    /// is not known of CAA is said where the certificate is.
    pub fn lookups(&self) -> impl Iterator<Item = &Lookup> {
        let Self {
            soa,
            mx,
            txt,
            services,
            srv,
            hosts,
            hosts_v6,
            caa: _,
            own_soa,
            above,
            above_srv,
            wildcard: _,
            below: _,
            internal: _,
            signing: _,
            made_at: _,
        } = self;
        [soa, mx, txt]
            .into_iter()
            .chain(services)
            .chain(srv)
            .chain(hosts)
            .chain(hosts_v6)
            .chain([own_soa])
            .chain(above)
            .chain(above_srv)
    }

    /// The SRV look-up of this domain; that of the first one where this one was not asked about.
    pub fn srv_of(&self, domain: &Domain) -> &Lookup {
        let name = domain.srv_name();
        let mut lookups = self.srv.iter();
        lookups
            .find(|lookup| lookup.name == name)
            .unwrap_or_else(|| &self.srv[0])
    }

    /// The addresses of this FQDN, if it was asked about.
    pub fn host(&self, fqdn: &Fqdn) -> Option<&Lookup> {
        let mut hosts = self.hosts.iter();
        hosts.find(|lookup| lookup.name == fqdn.as_str())
    }

    /// The addresses of this FQDN that public DNS has. A private one that nobody but a resolver here gives
    /// may be its own.
    pub fn published_addresses(&self, fqdn: &Fqdn) -> Vec<IpAddr> {
        let Some(host) = self.host(fqdn) else {
            return Vec::new();
        };
        let is_word = host.standing() == Standing::Resolver;
        let is_its_own = |address: &IpAddr| is_word && ranges::special(*address).is_some();
        host.addresses().filter(|it| !is_its_own(it)).collect()
    }

    /// The IPv6 addresses of this FQDN, if it was asked about.
    pub fn host_v6(&self, fqdn: &Fqdn) -> Option<&Lookup> {
        let mut hosts = self.hosts_v6.iter();
        hosts.find(|lookup| lookup.name == fqdn.as_str())
    }

    /// Whether the addresses of this FQDN are those of a wildcard. A name that exists keeps it from names
    /// below (RFC 4592 §2.2.1).
    pub fn is_from_wildcard(&self, fqdn: &Fqdn) -> bool {
        let Some(host) = self.host(fqdn) else {
            return false;
        };
        let is_of_it = |below: &Lookup| {
            let owner = below.name.split_once('.').map(|(_, owner)| owner);
            owner.is_some_and(|owner| owner.eq_ignore_ascii_case(fqdn.as_str()))
                && host.may_be_of(below)
        };
        let mut below = self.below.iter().filter(|(name, _)| name == fqdn);
        below.any(|(_, below)| is_of_it(below))
    }

    /// What a CA would meet that is asked for a certificate for this FQDN.
    pub fn renewal_of(&self, fqdn: &Fqdn, visits: Vec<ChallengeVisit>) -> RenewalServer {
        let is_above = |lookup: &&Lookup| {
            let before = fqdn.as_str().strip_suffix(lookup.name.as_str());
            before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
        };
        let mut caa: Vec<Lookup> = self.caa.iter().filter(is_above).cloned().collect();
        // The nearest name counts first.
        caa.sort_by_key(|lookup| std::cmp::Reverse(lookup.name.len()));
        RenewalServer {
            fqdn: fqdn.clone(),
            caa,
            visits,
            unproven: self
                .signing
                .iter()
                .any(|zone| matches!(zone.at(self.made_at), Signing::Fails(_))),
        }
    }

    /// True if everything that could show Microsoft 365 was answered.
    pub fn shows_all_hints(&self) -> bool {
        let mut hints = [&self.mx, &self.txt].into_iter().chain(&self.services);
        hints.all(|lookup| lookup.answer().is_conclusive())
    }
}
