//! What the probes saw: plain data, read and written by serde, never a judgement.
//!
//! A negative result is a fact like any other. "We could not find out" has its own variants, so
//! that no judge can take it for "no". Names are as published, in DNS presentation form without
//! the trailing dot (the root alone is `.`); durations are microseconds.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::model::names::Fqdn;

mod certificate;
mod dns;
mod endpoint;
pub mod near_misses;
mod path;
mod staple;

pub use certificate::*;
pub use dns::*;
pub use endpoint::*;
pub use path::*;
pub use staple::*;

/// All facts about one domain, as a report carries them. What a crashed probe owed is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The domain itself.
    pub zone: Option<ZoneFacts>,
    /// Its SRV record.
    pub srv: Option<SrvFacts>,
    /// The addresses of every FQDN.
    pub addresses: Option<Vec<AddressFacts>>,
    /// Every address that was connected to.
    pub endpoints: Option<Vec<EndpointFacts>>,
    /// The host that is known to answer, where one was named.
    #[serde(default)]
    pub control: Option<ControlFacts>,
    /// How many DNS questions were sent, each counted once for each server that was asked it;
    /// absent where nobody counted.
    #[serde(default)]
    pub questions: Option<u32>,
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
        }) = &self.zone
        {
            lookups.extend([soa, mx]);
            lookups.extend(txt.iter().chain(services).chain(wildcard));
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
            } = host;
            lookups.extend([a, aaaa]);
            lookups.extend(below);
        }
        lookups
    }
}

/// What `--control` showed: a host that is known to answer on the federation port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlFacts {
    /// The name or address that was given.
    pub host: String,
    /// Where the connection went; `None` when no address was found.
    pub address: Option<SocketAddr>,
    /// How it ended.
    pub tcp: TcpOutcome,
}

/// The domain in DNS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZoneFacts {
    /// SOA of the domain; NODATA for a domain inside a larger zone.
    pub soa: Lookup,
    /// Where its mail goes.
    pub mx: Lookup,
    /// Its TXT records: Microsoft 365 proves domains by one. Open federation only.
    #[serde(default)]
    pub txt: Option<Lookup>,
    /// A of names that Microsoft's clients look for; their aliases count. Open federation only.
    #[serde(default)]
    pub services: Vec<Lookup>,
    /// A of a random name below the domain: what answers is a wildcard.
    #[serde(default)]
    pub wildcard: Option<Lookup>,
    /// The zone's own servers; `None` when they were not looked for or not found.
    #[serde(default)]
    pub authority: Option<AuthorityFacts>,
}

/// The servers that speak for a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorityFacts {
    /// The zone they speak for: the domain, or one above it.
    pub apex: String,
    /// Their addresses, with the name each was found by; addresses that are not public, or not of
    /// a family in use, are left out and nobody asks them.
    pub servers: Vec<NameServer>,
    /// How many addresses were left out.
    pub left_out: usize,
}

/// One address of one name server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameServer {
    /// The name in the NS record; the address itself where it was given.
    pub name: String,
    /// Where it is asked.
    pub address: SocketAddr,
}

impl AuthorityFacts {
    /// Whether these servers speak for this name.
    pub fn speaks_for(&self, name: &str) -> bool {
        let rest = name
            .len()
            .checked_sub(self.apex.len())
            .and_then(|at| name.split_at_checked(at));
        rest.is_some_and(|(before, end)| {
            end.eq_ignore_ascii_case(&self.apex) && (before.is_empty() || before.ends_with('.'))
        })
    }
}

/// What one of the zone's own servers answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerAnswer {
    /// Which one.
    pub server: NameServer,
    /// What it said.
    pub outcome: DnsOutcome,
    /// How long it took, in microseconds.
    pub elapsed_us: u64,
}

/// The federation's SRV record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SrvFacts {
    /// SRV of `_sipfederationtls._tcp.<domain>`.
    pub lookup: Lookup,
    /// What stands near it; looked for only where the record is missing in open federation.
    #[serde(default, rename = "nearby")]
    pub near_misses: Option<NearMissFacts>,
}

/// What stands where somebody may have put the SRV record instead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NearMissFacts {
    /// SRV at the names that may have been typed, TXT and A at some of them.
    #[serde(rename = "variants")]
    pub lookups: Vec<Lookup>,
    /// The same types at random names beside them: what answers there is a wildcard.
    #[serde(rename = "guards")]
    pub controls: Vec<Lookup>,
    /// SRV of the domain above, where there is one of at least two labels.
    pub parent: Option<Lookup>,
}

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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(second_look: Option<SecondLookFacts>) -> EndpointFacts {
        let tls = TlsFacts {
            outcome: TlsOutcome::Alert(Alert(40)),
            server_hello: false,
            version: None,
            cipher: None,
            chain: Vec::new(),
            request: None,
            presented: false,
            key_proven: None,
            trust: None,
            elapsed_us: 1,
        };
        EndpointFacts {
            fqdn: Fqdn::parse("xphone.zahnfee.de").expect("a name"),
            published: None,
            address: ([127, 0, 0, 1], 5061).into(),
            tcp: TcpOutcome::Connected(1),
            tls: Some(tls),
            second_look,
            sip: None,
            revocation: None,
            without_sni: None,
            issuer: None,
            compared: None,
        }
    }

    fn second_look() -> SecondLookFacts {
        let answer = HelloFacts {
            outcome: HelloOutcome::Complete,
            version: Some(TlsVersion::Tls10),
            chain: vec![Der(b"leaf".to_vec())],
            ..HelloFacts::default()
        };
        SecondLookFacts {
            wide: HelloFacts::default(),
            old: answer,
            windows: None,
            plain: Some(PlainOutcome::Said(b"220 x".to_vec())),
            elapsed_us: 2,
        }
    }

    #[test]
    fn the_chain_is_found_wherever_it_was_shown() {
        assert!(endpoint(None).shown().is_none());
        let second_look = endpoint(Some(second_look()));
        let shown = second_look.shown().expect("the old hello was answered");
        assert_eq!(shown.chain, [Der(b"leaf".to_vec())]);
    }

    #[test]
    fn explanations_survive_being_written_and_older_reports_have_none() {
        let facts = endpoint(Some(second_look()));
        let mut json = serde_json::to_value(&facts).expect("facts are JSON");
        let read = serde_json::from_value(json.clone());
        assert_eq!(facts, read.expect("what was written"));
        let fields = json.as_object_mut().expect("an object");
        fields.remove("explained").expect("it was written");
        let older: EndpointFacts = serde_json::from_value(json).expect("an older report");
        assert_eq!(older, endpoint(None));
    }
}
