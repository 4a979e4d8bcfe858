//! Direct federation (guide, chapter 11): no SRV record; each side enters the server of every other one
//! by hand.

use std::net::IpAddr;

use super::{Advice, Wish};
use crate::facts::{Lookup, Srv, Survey, Target};
use crate::known::ranges;
use crate::model::names::{Domain, Fqdn};

/// What a plan is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Open federation.
    Open,
    /// Direct federation of this side with these.
    Direct {
        /// The one that the plan is for.
        own: Side,
        /// Those whose servers it enters.
        others: Vec<Side>,
    },
    /// A partner for a test (`xfed listen`), and the domain that is to call it, where one was named.
    TestPartner(Option<Domain>),
}

/// A side, as the others enter it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// Its domain.
    pub domain: Domain,
    /// Its server.
    pub fqdn: Fqdn,
    /// Nobody named the server, and nothing in DNS does.
    pub is_assumed: bool,
    /// The public addresses of the server; none where they are not known.
    pub addresses: Vec<IpAddr>,
    /// Its chat is in the Microsoft cloud, as its SRV record says.
    pub is_on_teams: bool,
    /// The targets of its SRV record, which direct federation does without.
    pub records: Vec<String>,
    /// DNS has said whether there is such a record.
    pub is_record_known: bool,
    /// DNS has said which addresses the server has.
    pub is_address_known: bool,
}

impl Side {
    /// This wish as a side.
    pub fn of(wish: &Wish, survey: &Survey, advice: &Advice) -> Self {
        let sheet = &advice.sheet;
        let srv = survey.srv_of(&sheet.domain);
        let target = |srv: &Srv| Target::parse(&srv.target, &sheet.domain);
        let lookups = [survey.host(&sheet.fqdn), survey.host_v6(&sheet.fqdn)];
        let published = lookups.into_iter().flatten();
        let published = published.flat_map(Lookup::addresses);
        let mut addresses: Vec<IpAddr> = sheet.address.map(IpAddr::V4).into_iter().collect();
        addresses.extend(published.filter(|address| ranges::special(*address).is_none()));
        addresses.sort_unstable();
        addresses.dedup();
        let is_of_dns = srv
            .srv()
            .any(|srv| target(srv).meant() == Some(&sheet.fqdn));
        Self {
            domain: sheet.domain.clone(),
            fqdn: sheet.fqdn.clone(),
            is_assumed: wish.fqdn.is_none() && !is_of_dns,
            addresses,
            is_on_teams: srv.srv().any(|srv| target(srv).is_microsoft()),
            records: srv.srv().map(|srv| srv.target.clone()).collect(),
            is_record_known: srv.answer().is_conclusive(),
            is_address_known: survey
                .host(&sheet.fqdn)
                .is_some_and(|lookup| lookup.answer().is_conclusive()),
        }
    }

    /// Whether its SRV record leads elsewhere than to its server.
    pub fn is_record_of_another(&self) -> bool {
        let own = self.fqdn.as_str();
        self.records
            .iter()
            .any(|target| !target.trim_end_matches('.').eq_ignore_ascii_case(own))
    }
}
