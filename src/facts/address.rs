//! The addresses of one FQDN.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Doubt, Lookup};
use crate::known::ranges;
use crate::model::names::Fqdn;

/// The addresses of one FQDN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddressFacts {
    /// The name asked for.
    pub fqdn: Fqdn,
    /// Its IPv4 addresses.
    pub a: Lookup,
    /// Its IPv6 addresses.
    pub aaaa: Lookup,
    /// A of a random name below it; asked where a random name beside it has the same addresses.
    #[serde(default)]
    pub below: Option<Lookup>,
    /// A of a random name beside it; kept where a view has other addresses than what is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<Lookup>,
    /// Names beside it that do have an IPv4 address, and that somebody may have meant; looked for where the user
    /// named a server that does not exist.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<Fqdn>,
    /// All views stand in for public DNS: somebody set them up in front of zones of his own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stand_in: bool,
}

impl AddressFacts {
    /// The addresses that count, IPv4 first.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.a.addresses().chain(self.aaaa.addresses())
    }

    /// True if this machine sits behind the same firewall as the server: its resolver leads to a
    /// private address where the zone publishes a public one (guide, chapter 5).
    pub fn is_seen_from_inside(&self) -> bool {
        let is_private = |address: IpAddr| ranges::special(address).is_some();
        let publishes_public = self
            .a
            .published()
            .is_some_and(|outcome| outcome.addresses().any(|address| !is_private(address)));
        let published = || self.a.authority.iter().map(|answer| &answer.outcome);
        let is_published = |address: IpAddr| {
            published().any(|outcome| outcome.addresses().any(|other| other == address))
        };
        let sees_private = self
            .a
            .answers
            .iter()
            .filter(|answer| !matches!(answer.doubt(), Some(Doubt::Filtered | Doubt::Sinkhole)))
            .flat_map(|answer| answer.outcome.addresses())
            .any(|address| is_private(address) && !is_published(address));
        publishes_public && sees_private
    }
}
