//! What the probes saw: plain data, read and written by serde, and what it means by itself.
//!
//! A fact can tell whether an endpoint is open, which servers a record leads to, or whether this
//! machine sits inside the server's network. Whether that is good or bad is for the judges. The
//! verdicts in here are those of trust stores, which are facts to us.
//!
//! A negative result is a fact like any other. "We could not find out" has its own variants, so
//! that no judge can take it for "no". Names are as published, in DNS presentation form without
//! the trailing dot (the root alone is `.`); durations are microseconds.

mod address;
mod again;
mod by_source;
mod caller;
mod calls;
mod certificate;
mod dns;
mod endpoint;
mod exhibit;
mod in_vain;
mod microsoft;
pub mod near_misses;
mod offer;
mod pace;
mod passed;
mod path;
mod places;
mod published;
mod refusal;
mod renewal;
mod replies;
mod second_look;
mod signing;
mod sip;
mod srv;
mod standing;
mod staple;
mod suffixes;
mod survey;
mod target;
mod tls;
mod unheard;
mod validation;
mod way_out;
mod zone;

use serde::{Deserialize, Serialize};

pub use address::*;
pub use again::*;
pub use caller::*;
pub use calls::*;
pub use certificate::*;
pub use dns::*;
pub use endpoint::*;
pub use exhibit::*;
pub use near_misses::NearMissFacts;
pub use offer::*;
pub use pace::*;
pub use passed::*;
pub use path::*;
pub use places::*;
pub use published::*;
pub use refusal::*;
pub use renewal::*;
pub use replies::*;
pub use second_look::*;
pub use signing::*;
pub use sip::*;
pub use srv::*;
pub use standing::*;
pub use staple::*;
pub use suffixes::*;
pub use survey::*;
pub use target::*;
pub use tls::*;
pub use unheard::*;
pub use validation::*;
pub use way_out::*;
pub use zone::*;

use crate::model::plan::Here;

/// All facts about one domain, as a report carries them. The facts of a crashed probe are `null`; a
/// report that lacks them altogether is damaged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The domain itself.
    #[serde(deserialize_with = "Option::deserialize")]
    pub zone: Option<ZoneFacts>,
    /// Its SRV record.
    #[serde(deserialize_with = "Option::deserialize")]
    pub srv: Option<SrvFacts>,
    /// The addresses of every FQDN.
    #[serde(deserialize_with = "Option::deserialize")]
    pub addresses: Option<Vec<AddressFacts>>,
    /// Every address that was connected to.
    #[serde(deserialize_with = "Option::deserialize")]
    pub endpoints: Option<Vec<EndpointFacts>>,
    /// The host that is known to answer, where one was named.
    #[serde(default)]
    pub control: Option<ControlFacts>,
    /// What the next renewal of the certificate would meet, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewal: Option<RenewalFacts>,
    /// What called a test partner, where that is what was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<CallFacts>,
    /// The domain that is to reach this one, where that is the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<Box<CallerFacts>>,
    /// How many DNS questions were sent, each counted once for each server that was asked it; what
    /// another check of the run had asked already costs none. Absent where nobody counted.
    #[serde(default)]
    pub questions: Option<u32>,
    /// By which account and on which machine they were gathered, in the partner view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub here: Option<Here>,
}

impl Facts {
    /// Every DNS question that was asked. Takes all structures apart, so that a new one that is
    /// forgotten here does not compile.
    pub fn lookups(&self) -> Vec<&Lookup> {
        let mut lookups = Vec::new();
        if let Some(ZoneFacts {
            soa,
            mx,
            txt,
            services,
            wildcard,
            authority: _,
            internal: _,
            answered_above: _,
            signing: _,
            signing_elsewhere: _,
            pace: _,
            refusals: _,
            controls,
        }) = &self.zone
        {
            lookups.extend([soa, mx]);
            lookups.extend(txt.iter().chain(services).chain(wildcard).chain(controls));
        }
        if let Some(SrvFacts {
            lookup,
            near_misses,
        }) = &self.srv
        {
            lookups.push(lookup);
            if let Some(NearMissFacts {
                lookups: near,
                controls,
                parent,
            }) = near_misses
            {
                lookups.extend(near.iter().chain(controls).chain(parent));
            }
        }
        for host in self.addresses.iter().flatten() {
            let AddressFacts {
                fqdn: _,
                a,
                aaaa,
                below,
                beside,
                near: _,
                stand_in: _,
                in_hosts_file: _,
            } = host;
            lookups.extend([a, aaaa]);
            lookups.extend(below.iter().chain(beside));
        }
        let servers = self.renewal.iter().flat_map(|renewal| &renewal.servers);
        lookups.extend(servers.flat_map(|server| &server.caa));
        let further = lookups
            .iter()
            .flat_map(|lookup| lookup.above.iter().chain(&lookup.between));
        let further: Vec<&Lookup> = further.collect();
        lookups.extend(further);
        lookups
    }
}
