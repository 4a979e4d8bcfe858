//! What becomes of the record's name on its way through a provider's form: which names somebody
//! may have published who meant the right one.
//!
//! A form has fields for service, protocol and name, adds underscores or takes them away, and
//! appends the zone. Each slip below is one thing that can happen to that, so that no name here is
//! a guess by itself.

use crate::model::names::{Domain, Fqdn};

const SERVICE: &str = "sipfederationtls";
const PROTOCOL: &str = "tcp";

/// Underscores as they should be, left out or stripped, and added to those that were typed.
const UNDERSCORES: [&str; 3] = ["_", "", "__"];

/// Instead of the protocol.
const OTHER_PROTOCOLS: [&str; 2] = ["_tls", "_udp"];

/// Other services' names that manuals of telephony and of Lync print: TLS for telephones, and the
/// names by which no service goes at all.
const NEIGHBOURS: [&str; 4] = [
    "_sips._tcp",
    "_sip._tcp",
    "_sipfederation._tcp",
    "_sipfederation._tls",
];

/// Names by which Lync and Skype clients find where to sign in. They stand beside the SRV record in
/// many tables, and are not wrong in themselves.
const SIGN_IN: [&str; 2] = ["_sip._tls", "_sipinternaltls._tcp"];

/// Hosts below the domain that people stand at when they enter the record.
const HOSTS: [&str; 4] = ["www", "xphone", "sip", "mail"];

/// How many zones the domain may lie in, itself included.
const MAX_ZONES: usize = 3;

/// What is wrong with the name that a record was found at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Mistake {
    /// Nothing: it is the name of the record itself.
    None,
    /// Service or protocol is mistyped, or lost its underscore or dot.
    Mistyped,
    /// Service or protocol stands twice, because it was entered in two fields.
    Repeated,
    /// The zone stands twice at its end.
    Doubled,
    /// The subdomain stands before or between service and protocol.
    Scattered,
    /// It lies below another name than the domain.
    Elsewhere,
    /// The record of a domain above.
    Above,
    /// Service or protocol is that of another service.
    Neighbour,
    /// The name by which clients find where to sign in.
    SignIn,
}

impl Mistake {
    /// The key of its wording in the texts.
    pub fn key(self) -> &'static str {
        self.into()
    }
}

/// Every name that a slip leads to, each once.
pub(super) fn slips(domain: &Domain, fqdn: Option<&Fqdn>) -> Vec<(String, Mistake)> {
    let mut names: Vec<(String, Mistake)> = Vec::new();
    let mut add = |name: String, mistake: Mistake| {
        let is_known = names.iter().any(|(known, _)| *known == name);
        if name != domain.srv_name() && !is_known {
            names.push((name, mistake));
        }
    };
    let below = |prefix: &str| format!("{prefix}.{domain}");
    for prefix in mistyped() {
        add(below(&prefix), Mistake::Mistyped);
    }
    for prefix in repeated() {
        add(below(&prefix), Mistake::Repeated);
    }
    for prefix in SIGN_IN {
        add(below(prefix), Mistake::SignIn);
    }
    for prefix in NEIGHBOURS {
        add(below(prefix), Mistake::Neighbour);
    }
    let right = format!("_{SERVICE}._{PROTOCOL}");
    for zone in domain.zones().take(MAX_ZONES) {
        add(format!("{}.{zone}", domain.srv_name()), Mistake::Doubled);
        let Some(sub) = domain
            .as_str()
            .strip_suffix(zone)
            .filter(|sub| !sub.is_empty())
        else {
            continue;
        };
        let sub = sub.trim_end_matches('.');
        add(
            format!("_{SERVICE}.{sub}._{PROTOCOL}.{zone}"),
            Mistake::Scattered,
        );
        add(format!("{sub}.{right}.{zone}"), Mistake::Scattered);
        // The domain directly above is looked up in any case.
        if domain.parent().is_none_or(|parent| parent.as_str() != zone) {
            add(format!("{right}.{zone}"), Mistake::Above);
        }
    }
    if let Some(fqdn) = fqdn {
        add(format!("{right}.{fqdn}"), Mistake::Elsewhere);
    }
    // Without service and protocol, where a form has no fields for them.
    add(domain.to_string(), Mistake::Elsewhere);
    // The domain without its end, where the form appends the whole.
    let first = domain.as_str().split('.').next();
    for host in HOSTS.into_iter().chain(first) {
        add(format!("{right}.{host}.{domain}"), Mistake::Elsewhere);
    }
    names
}

/// Names of one label, as they come from slips. Whoever makes them may choose another type, too.
pub(super) fn one_label(domain: &Domain) -> [String; 2] {
    [format!("_{SERVICE}_{PROTOCOL}"), format!("_{SERVICE}")]
        .map(|label| format!("{label}.{domain}"))
}

fn mistyped() -> Vec<String> {
    let spelt = |word: &str| UNDERSCORES.map(|underscore| format!("{underscore}{word}"));
    let (services, protocols) = (spelt(SERVICE), spelt(PROTOCOL));
    let mut prefixes: Vec<String> = services
        .iter()
        .flat_map(|service| {
            protocols
                .iter()
                .map(move |protocol| format!("{service}.{protocol}"))
        })
        .collect();
    for service in &services[..2] {
        // The dot between them was lost, or became a hyphen, as the underscore may.
        prefixes.extend(["_", "-", ""].map(|joint| format!("{service}{joint}{PROTOCOL}")));
        // The field for the protocol was left empty.
        prefixes.push(service.clone());
    }
    // The dot as part of the name, where one field took both.
    prefixes.push(format!(r"_{SERVICE}\._{PROTOCOL}"));
    prefixes.push(format!("_{PROTOCOL}"));
    prefixes.push(format!("_{PROTOCOL}._{SERVICE}"));
    prefixes.extend(OTHER_PROTOCOLS.map(|protocol| format!("_{SERVICE}.{protocol}")));
    prefixes
}

/// One field holds what another adds.
fn repeated() -> [String; 3] {
    let (service, protocol) = (format!("_{SERVICE}"), format!("_{PROTOCOL}"));
    let both = format!("{service}.{protocol}");
    [
        format!("{both}.{protocol}"),
        format!("{service}.{both}"),
        format!("{both}.{both}"),
    ]
}
