//! Zones of networks at cloud providers, as these networks see them: their NS or SOA records name servers that stand
//! for nothing else.

use crate::facts::{
    AuthorityFacts, Data, InternalZone, RecordType, Unasked, ViewAnswer, is_within,
};
use crate::known::inside::is_of_cloud_network;
use crate::probe::Context;
use crate::probe::dns::common;
use crate::wire::dns::Role;

/// Such a zone, by what a view says of the name servers of this name. No views are added.
pub(super) async fn zone(
    cx: &Context,
    name: &str,
    answer: &ViewAnswer,
    named: Option<&AuthorityFacts>,
) -> Option<InternalZone> {
    let standing_for = |apex: &str, server: &str| InternalZone {
        apex: apex.to_owned(),
        servers: vec![Unasked {
            name: server.to_owned(),
            address: None,
        }],
        views: Vec::new(),
        addresses: Vec::new(),
    };
    if let Some(named) = named {
        let asked = named.servers.iter().map(|server| server.name.as_str());
        let unasked = named.unasked.iter().map(|server| server.name.as_str());
        let mut all = asked.chain(unasked);
        let server = all.find(|server| is_of_cloud_network(server))?;
        return Some(standing_for(&named.apex, server));
    }
    // Azure has no NS records there.
    let apex = answer.outcome.zone().filter(|_| answer.outcome.is_no())?;
    let is_own = apex != "." && is_within(name, apex) && !answer.view.is_stand_in();
    if !is_own || !answer.outcome.aliases().is_empty() {
        return None;
    }
    let lookup = common::look_up(cx, apex, RecordType::Soa, Role::Resolver).await;
    let mut answers = lookup.answers.iter();
    let soa = answers.find(|other| other.view == answer.view)?;
    let mut records = soa.outcome.records().iter();
    records.find_map(|record| match &record.data {
        Data::Soa(primary, _) if is_of_cloud_network(primary) => Some(standing_for(apex, primary)),
        _ => None,
    })
}
