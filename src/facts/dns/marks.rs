//! What an answer says beside yes, no and why not: who claims to speak, and with what reservations.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Not;

use serde::{Deserialize, Serialize};

use super::{DnsOutcome, ExtendedError, Rcode, is_loop};

/// What an answer says of itself. Whether a denial came with its proof, the SOA, is part of the
/// outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// The server speaks for the zone of the name (AA).
    #[serde(default, skip_serializing_if = "Not::not")]
    pub authoritative: bool,
    /// The server asks others where it does not know (RA).
    #[serde(default, skip_serializing_if = "Not::not")]
    pub recursive: bool,
    /// The server has checked the signatures of all of it, by its own word (AD).
    #[serde(default, skip_serializing_if = "Not::not")]
    pub authenticated: bool,
    /// Signatures came along.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub signed: bool,
    /// What the server says about an answer that it gives all the same (RFC 8914).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extended: Vec<ExtendedError>,
    /// The server answers only when it is asked without EDNS, so it cannot say more.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub without_edns: bool,
    /// What the server says to EDNS, where that is an error which not every resolver takes for a
    /// want of EDNS. FORMERR without EDNS data is none: servers from before EDNS say so (RFC 6891 §7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_edns: Option<Rcode>,
    /// What the server does where a cookie comes with the question (RFC 7873), and not without. It is the
    /// end of it for resolvers that send one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_cookie: Option<ToCookie>,
    /// The answer has EDNS data twice (RFC 6891 §6.1.1): some resolvers take it for broken.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub edns_twice: bool,
    /// The number of an EDNS option in the answer that is malformed. BIND takes the whole answer for broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub malformed_option: Option<u16>,
}

/// What a server does at the sight of a cookie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToCookie {
    /// It answers with this error.
    Error(Rcode),
    /// It does not answer.
    Silence,
    /// It answers with a cookie of a length that there is not (RFC 7873 §4). BIND takes the whole answer
    /// for broken.
    Malformed,
    /// It answers with the cookie of another question. BIND takes it for a forgery.
    Foreign,
}

impl ExtendedError {
    /// Whether it says that somebody does not want the name to be found: blocked, censored,
    /// filtered, prohibited.
    pub fn is_about_filtering(&self) -> bool {
        matches!(self.code, 15..=18)
    }

    /// Whether it says that the answer was made up for reasons of policy.
    pub fn is_about_forgery(&self) -> bool {
        self.code == 4
    }

    /// Whether it says that the answer is older than it may be, since nobody could be asked.
    pub fn is_about_age(&self) -> bool {
        matches!(self.code, 3 | 19 | 22)
    }
}

impl DnsOutcome {
    /// Whether it is a denial without the SOA that proves it (RFC 2308 §3). Resolvers have none to
    /// show for what they made up themselves. Aliases that lead back to themselves need none: there
    /// is nothing at their end.
    pub fn is_unproven(&self) -> bool {
        self.is_no() && self.negative_ttl().is_none() && !is_loop(self.aliases())
    }

    /// Whether it leads to the addresses alone by which filters mark a name.
    pub fn is_sinkhole(&self) -> bool {
        let mut addresses = self.addresses().peekable();
        addresses.peek().is_some() && addresses.all(|address| address.is_unspecified())
    }

    /// Whether it leads to nothing but the machine of whoever asks. Names of machines that stand in
    /// their own files have other addresses of that network.
    pub fn leads_to_itself(&self) -> bool {
        let own: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        let mut addresses = self.addresses().peekable();
        addresses.peek().is_some() && addresses.all(|address| own.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Data, Record};

    #[test]
    fn some_reasons_are_about_filters_and_some_about_age() {
        let of = |is: fn(&ExtendedError) -> bool| -> Vec<u16> {
            let error = |code| ExtendedError {
                code,
                text: String::new(),
            };
            (0..50).filter(|code| is(&error(*code))).collect()
        };
        assert_eq!(of(ExtendedError::is_about_filtering), [15, 16, 17, 18]);
        assert_eq!(of(ExtendedError::is_about_forgery), [4]);
        assert_eq!(of(ExtendedError::is_about_age), [3, 19, 22]);
    }

    #[test]
    fn addresses_that_lead_nowhere() {
        let outcome = |addresses: &[&str]| DnsOutcome::Records {
            aliases: Vec::new(),
            records: addresses
                .iter()
                .map(|address| Record {
                    ttl: 2,
                    data: Data::Address(address.parse().expect("an address")),
                })
                .collect(),
        };
        assert!(outcome(&["0.0.0.0"]).is_sinkhole());
        assert!(outcome(&["::", "0.0.0.0"]).is_sinkhole());
        assert!(!outcome(&["0.0.0.0", "81.2.3.4"]).is_sinkhole());
        assert!(!outcome(&["127.0.0.1"]).is_sinkhole());
        assert!(outcome(&["127.0.0.1", "::1"]).leads_to_itself());
        assert!(!outcome(&["127.0.1.1"]).leads_to_itself());
        assert!(!outcome(&["127.0.0.1", "10.0.0.4"]).leads_to_itself());
        assert!(!outcome(&[]).leads_to_itself());
        assert!(!outcome(&[]).is_sinkhole());
    }
}
