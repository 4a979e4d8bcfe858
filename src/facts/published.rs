//! Which facts count for the verdict.

use super::{AddressFacts, EndpointFacts, SrvFacts};
use crate::model::plan::Terms;

/// What the zone publishes, as far as it is known, and what the user named. What only another view
/// shows cannot fail a step: it is a detail, and named as such where the views are compared.
#[derive(Clone, Debug)]
pub struct Published<'a> {
    /// The servers that partners are led to.
    pub addresses: Vec<&'a AddressFacts>,
    /// Their published endpoints, and those that the user named.
    pub endpoints: Vec<&'a EndpointFacts>,
}

impl<'a> Published<'a> {
    /// Picks them out.
    pub fn among(
        srv: &SrvFacts,
        addresses: &'a [AddressFacts],
        endpoints: &'a [EndpointFacts],
        terms: &Terms,
    ) -> Self {
        let servers = srv.servers(terms);
        let addresses: Vec<&AddressFacts> = addresses
            .iter()
            .filter(|host| servers.contains(&host.fqdn))
            .collect();
        let is_published = |endpoint: &&EndpointFacts| {
            let host = addresses.iter().find(|host| host.fqdn == endpoint.fqdn);
            host.is_some_and(|host| {
                endpoint
                    .published
                    .is_none_or(|address| host.addresses().any(|counted| counted == address))
            })
        };
        let endpoints = endpoints.iter().filter(is_published).collect();
        Self {
            addresses,
            endpoints,
        }
    }
}
