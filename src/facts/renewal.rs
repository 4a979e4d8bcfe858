//! What a CA would meet that validates the next renewal of the certificate by HTTP (ACME HTTP-01,
//! RFC 8555 §8.3), as far as it can be seen from here.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::Not;

use serde::{Deserialize, Serialize};

use super::{Data, DnsOutcome, Lookup, Rcode, ServerAnswer, Standing, TcpOutcome};
use crate::model::names::Fqdn;

/// What was seen of the renewal (`--renewal`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RenewalFacts {
    /// One for each server.
    pub servers: Vec<RenewalServer>,
}

/// What was seen of the renewal of one server's certificate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RenewalServer {
    /// Its name.
    pub fqdn: Fqdn,
    /// CAA of the name and of each name above it, in this order.
    pub caa: Vec<Lookup>,
    /// Port 80 at each published address.
    pub visits: Vec<ChallengeVisit>,
    /// The zone is signed, and what it answers is not proven by that.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub unproven: bool,
}

/// What one address says to the question that a CA asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChallengeVisit {
    /// What DNS publishes.
    pub published: IpAddr,
    /// Where the connection went.
    pub address: SocketAddr,
    /// What became of it.
    pub outcome: ChallengeOutcome,
    /// Port 443 of the same address, where the answer sends there.
    #[serde(default)]
    pub https: Option<TcpOutcome>,
}

/// What became of the question for a challenge that nobody has laid down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChallengeOutcome {
    /// No connection.
    NotConnected(TcpOutcome),
    /// An answer in HTTP.
    Answered(ChallengeAnswer),
    /// No answer in time.
    Silent,
    /// Closed without an answer.
    Closed,
    /// Something that is no HTTP: its first bytes.
    NotHttp(Vec<u8>),
    /// The address is not public, and no CA gets there.
    NotPublic,
    /// The connections of this run go elsewhere (`--connect-to`), or by the other family only.
    LeftOut,
    /// The deadline of the whole check came first.
    Deadline,
}

/// The head of an answer in HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeAnswer {
    /// The status.
    pub status: u16,
    /// What the server says that it is.
    pub server: Option<String>,
    /// Where it sends to.
    pub location: Option<String>,
    /// Who asks for a password: the realm of a device is often its name.
    #[serde(default)]
    pub realm: Option<String>,
}

/// Where an answer sends to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redirection<'a> {
    /// Nowhere.
    None,
    /// The same name, by HTTP or HTTPS: every CA follows.
    Same {
        /// By HTTPS.
        https: bool,
    },
    /// Another host of that name.
    Elsewhere(&'a str),
    /// Another scheme or port than a CA takes, or no URL.
    Refused(&'a str),
}

impl ChallengeAnswer {
    /// Where it sends a CA that asked for this name. Let's Encrypt follows to ports 80 and 443 of
    /// names only.
    pub fn redirection(&self, name: &str) -> Redirection<'_> {
        let is_redirect = matches!(self.status, 301 | 302 | 303 | 307 | 308);
        let Some(location) = self.location.as_deref().filter(|_| is_redirect) else {
            return Redirection::None;
        };
        if location.starts_with('/') && !location.starts_with("//") {
            return Redirection::Same { https: false };
        }
        let (scheme, rest) = location.split_once("//").unwrap_or(("?", location));
        let https = match scheme.to_ascii_lowercase().as_str() {
            "http:" | "" => false,
            "https:" => true,
            _ => return Redirection::Refused(location),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let authority = &rest[..end];
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (authority, ""),
        };
        let is_address = host.starts_with('[') || host.parse::<IpAddr>().is_ok();
        if !matches!(port, "" | "80" | "443") || is_address || host.is_empty() || host.contains('@')
        {
            return Redirection::Refused(location);
        }
        let host = host.trim_end_matches('.');
        if host.eq_ignore_ascii_case(name) {
            Redirection::Same { https }
        } else {
            Redirection::Elsewhere(host)
        }
    }

    /// Whether it sends to HTTPS of the same name.
    pub fn sends_to_https_of(&self, name: &str) -> bool {
        self.redirection(name) == Redirection::Same { https: true }
    }
}

/// The CAA records that count for a name (RFC 8659 §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelevantCaa<'a> {
    /// There are none: every CA may issue.
    None,
    /// These, at this name: at the end of its aliases, where the name that was asked for is one.
    At(&'a str, Vec<Caa>),
    /// Whoever is to answer for this name answers with an error: then no CA may issue.
    Failed(&'a str, Vec<Rcode>),
    /// The zone is signed, and the answer is not proven by that: then no CA may issue either.
    Unproven,
    /// It could not be found out from here.
    Unknown,
}

/// A CAA record (RFC 8659 §4.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Caa {
    /// Whoever does not understand the tag must not issue.
    pub critical: bool,
    /// `issue`, `issuewild`, `iodef` …
    pub tag: String,
    /// What stands there.
    pub value: String,
}

/// Whom an `issue` record lets issue, and under which conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// The CA's domain; empty lets nobody.
    pub authority: String,
    /// The only ways of validation (RFC 8657 §4); empty allows all.
    pub methods: Vec<String>,
    /// The only account (RFC 8657 §3).
    pub account: Option<String>,
}

impl ChallengeVisit {
    /// The answer, where there was one.
    pub fn answer(&self) -> Option<&ChallengeAnswer> {
        match &self.outcome {
            ChallengeOutcome::Answered(answer) => Some(answer),
            _ => None,
        }
    }
}

impl RenewalServer {
    /// The CAA records that count: those of the first name upwards that has any. `a` are the addresses of the
    /// server: where its zone answers for these, the way to it is open.
    pub fn relevant_caa(&self, a: Option<&Lookup>) -> RelevantCaa<'_> {
        if self.unproven {
            return RelevantCaa::Unproven;
        }
        for lookup in &self.caa {
            let records: Vec<Caa> = lookup
                .records()
                .into_iter()
                .filter_map(|record| match &record.data {
                    Data::Caa(caa) => Some(caa.clone()),
                    _ => None,
                })
                .collect();
            // What a resolver remembers lets no CA issue, which asks the zone's servers itself.
            match lookup.standing() {
                Standing::Refused(answers) => {
                    let errors = errors(answers);
                    // What one resolver takes for no answer, another takes for one.
                    return if errors.contains(&Rcode::Lame) || errors.is_empty() {
                        RelevantCaa::Unknown
                    } else {
                        RelevantCaa::Failed(&lookup.name, errors)
                    };
                }
                Standing::HandedOn(_) => return RelevantCaa::Unknown,
                Standing::Resolver if is_dropped(lookup, a) => return RelevantCaa::Unknown,
                Standing::Resolver | Standing::Published(_) | Standing::File | Standing::Nobody => {
                }
            }
            if !records.is_empty() {
                let end = lookup.aliases().last();
                let name = end.map_or(&lookup.name, |alias| &alias.target);
                return RelevantCaa::At(name, records);
            }
            match lookup.answer() {
                answer if answer.is_no() => {}
                DnsOutcome::Records { .. } => {}
                DnsOutcome::Failed {
                    rcode: Rcode::ServFail,
                    ..
                } => return RelevantCaa::Failed(&lookup.name, vec![Rcode::ServFail]),
                _ => return RelevantCaa::Unknown,
            }
        }
        RelevantCaa::None
    }
}

/// The errors of these servers, each once.
fn errors(answers: &[ServerAnswer]) -> Vec<Rcode> {
    let mut errors: Vec<Rcode> = Vec::new();
    for answer in answers {
        if let DnsOutcome::Failed { rcode, .. } = &answer.outcome
            && !errors.contains(rcode)
        {
            errors.push(rcode.clone());
        }
    }
    errors
}

/// Whether the servers are silent to this question, and not to the one for the addresses.
fn is_dropped(lookup: &Lookup, a: Option<&Lookup>) -> bool {
    let are_silent = lookup.authority.iter().all(|it| it.outcome.is_silence());
    let is_heard = a.is_some_and(|a| a.published().is_some());
    !lookup.authority.is_empty() && are_silent && is_heard
}

/// As master files write it: `0 issue "letsencrypt.org"`.
impl fmt::Display for Caa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            critical,
            tag,
            value,
        } = self;
        let flags = if *critical { 128 } else { 0 };
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        write!(f, "{flags} {tag} \"{quoted}\"")
    }
}

impl Caa {
    /// Whether every CA knows this tag.
    pub fn is_known(&self) -> bool {
        const KNOWN: [&str; 7] = [
            "issue",
            "issuewild",
            "issuemail",
            "issuevmc",
            "iodef",
            "contactemail",
            "contactphone",
        ];
        KNOWN.iter().any(|tag| tag.eq_ignore_ascii_case(&self.tag))
    }

    /// Whom it lets issue certificates for single names; `None` for another tag.
    pub fn permission(&self) -> Option<Permission> {
        if !self.tag.eq_ignore_ascii_case("issue") {
            return None;
        }
        let mut parts = self.value.split(';').map(str::trim);
        let authority = parts.next().unwrap_or_default().to_ascii_lowercase();
        let mut permission = Permission {
            authority,
            methods: Vec::new(),
            account: None,
        };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "validationmethods" => {
                    let methods = value.split(',').map(|method| method.trim().to_owned());
                    permission.methods = methods.collect();
                }
                "accounturi" => permission.account = Some(value.to_owned()),
                _ => {}
            }
        }
        Some(permission)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issue(value: &str) -> Permission {
        let caa = Caa {
            critical: false,
            tag: "Issue".to_owned(),
            value: value.to_owned(),
        };
        caa.permission().expect("an issue record")
    }

    #[test]
    fn redirections() {
        let name = "xphone.zahnfee.de";
        let to = |location: &str| ChallengeAnswer {
            status: 301,
            server: None,
            location: Some(location.to_owned()),
            realm: None,
        };
        for (location, expected) in [
            ("/x", Redirection::Same { https: false }),
            (
                "http://xphone.zahnfee.de:80/x",
                Redirection::Same { https: false },
            ),
            (
                "https://XPhone.zahnfee.de./x",
                Redirection::Same { https: true },
            ),
            ("//xphone.zahnfee.de/x", Redirection::Same { https: false }),
            (
                "https://www.zahnfee.de",
                Redirection::Elsewhere("www.zahnfee.de"),
            ),
            (
                "https://xphone.zahnfee.de:8443/",
                Redirection::Refused("https://xphone.zahnfee.de:8443/"),
            ),
            (
                "http://192.168.1.1/login",
                Redirection::Refused("http://192.168.1.1/login"),
            ),
            (
                "http://[2001:db8::1]/",
                Redirection::Refused("http://[2001:db8::1]/"),
            ),
            (
                "ftp://xphone.zahnfee.de/",
                Redirection::Refused("ftp://xphone.zahnfee.de/"),
            ),
        ] {
            assert_eq!(to(location).redirection(name), expected, "{location}");
        }
        let plain = ChallengeAnswer {
            status: 404,
            ..to("/x")
        };
        assert_eq!(plain.redirection(name), Redirection::None);
    }

    #[test]
    fn permissions() {
        let plain = issue("letsencrypt.org");
        assert_eq!(plain.authority, "letsencrypt.org");
        assert!(plain.methods.is_empty() && plain.account.is_none());
        let bound = issue(
            " LetsEncrypt.org ; validationmethods=dns-01, http-01;accounturi=https://a.example/1 ",
        );
        assert_eq!(bound.authority, "letsencrypt.org");
        assert_eq!(bound.methods, ["dns-01", "http-01"]);
        assert_eq!(bound.account.as_deref(), Some("https://a.example/1"));
        for nobody in [";", "", " ; x=1"] {
            assert_eq!(issue(nobody).authority, "", "{nobody:?}");
        }
        let other = Caa {
            critical: false,
            tag: "issuewild".to_owned(),
            value: "letsencrypt.org".to_owned(),
        };
        assert_eq!(other.permission(), None);
        assert!(other.is_known());
    }
}
