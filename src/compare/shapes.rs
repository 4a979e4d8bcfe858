//! What each field of the facts is to a comparison. A field that is missing here counts as a fact
//! and is compared as it stands: nothing that changes can be passed over in silence. A test reads the
//! declarations of the facts and wants every field of them here.

use serde::Deserialize;
use serde_json::Value;

use super::certificate::Leaf;
use super::seen::{Read, Seen, first_words, records, sip, sorted, staple, tcp, tls};
use crate::facts::{Der, RenewalFacts, Suffixed};

/// The fields of one structure, by their names in a report.
pub(super) struct Shape {
    pub(super) fields: &'static [(&'static str, How)],
}

/// How the values of a field are compared. The texts name what they are by the label.
pub(super) enum How {
    /// Not at all: when, how fast, in which order and at how many tries something was seen.
    Passing,
    /// Not by itself: it tells which is which, or follows from what is compared.
    Known,
    /// As they stand, the order of lists aside.
    Plain(&'static str),
    /// The same where both reports have one: older ones do not.
    SinceLater(&'static str),
    /// As this function reads them.
    By(&'static str, Read),
    /// The same where both have it: it is seen only where an option asks for it.
    WhereBoth(&'static str, Read),
    /// Field by field.
    Within(&'static str, &'static Shape),
    /// A DNS question.
    Question,
    /// Several, by name and type.
    Questions,
    /// Questions for names that are made up each time.
    MadeUp,
    /// The addresses of each server.
    Hosts,
    /// Each address that was connected to.
    Endpoints,
    /// The certificates that were sent.
    Chain,
    /// One certificate.
    Certificate(&'static str),
}

use How::{
    By, Certificate, Chain, Endpoints, Hosts, Known, MadeUp, Passing, Plain, Question, Questions,
    SinceLater, WhereBoth, Within,
};

pub(super) const FACTS: Shape = Shape {
    fields: &[
        ("zone", Within("zone", &ZONE)),
        ("srv", Within("srv", &SRV)),
        ("addresses", Hosts),
        ("endpoints", Endpoints),
        ("control", Within("control", &CONTROL)),
        ("questions", Passing),
        // Each call is another one; what they show is compared by what is found.
        ("calls", Passing),
        // The report on the other direction has the same as its own.
        ("caller", Known),
        // Who looked, and on which machine, is no fact about the domain.
        ("here", Passing),
        ("renewal", WhereBoth("renewal", renewal)),
    ],
};

pub(super) const ZONE: Shape = Shape {
    fields: &[
        ("soa", Question),
        ("mx", Question),
        ("txt", Question),
        ("services", Questions),
        ("wildcard", MadeUp),
        ("authority", Within("ns", &AUTHORITY)),
        ("answered_above", Plain("answered-above")),
        ("internal", Plain("internal-zone")),
        // Signatures are made anew all the time; what is wrong with them is found.
        ("signing", Passing),
        ("signing_elsewhere", Passing),
        ("pace", Passing),
        // What a file has is found, line by line.
        ("refusals", Passing),
        // What follows from them is found.
        ("controls", Known),
    ],
};

pub(super) const AUTHORITY: Shape = Shape {
    fields: &[
        ("apex", Plain("apex")),
        ("servers", By("ns", name_servers)),
        ("left_out", Plain("ns-left-out")),
        ("unasked", By("ns-not-asked", name_servers)),
        ("beyond", SinceLater("ns-not-asked")),
        ("lost", SinceLater("ns-not-asked")),
        ("aliased", SinceLater("ns")),
        ("given", Plain("ns-given")),
        ("delegation", SinceLater("ns")),
        ("dispute", SinceLater("ns")),
        ("parted", SinceLater("ns")),
        ("passed", SinceLater("ns")),
        ("impasse", SinceLater("ns")),
    ],
};

pub(super) const SRV: Shape = Shape {
    fields: &[
        ("lookup", Question),
        ("nearby", Within("near-misses", &NEAR_MISSES)),
    ],
};

pub(super) const NEAR_MISSES: Shape = Shape {
    fields: &[
        ("variants", Questions),
        ("guards", MadeUp),
        ("parent", Question),
    ],
};

pub(super) const LOOKUP: Shape = Shape {
    fields: &[
        ("name", Known),
        ("record", Known),
        // What counts of them is compared, and each witness that says otherwise.
        ("answers", Known),
        ("authority", Known),
        ("handovers", By("handed-on", handovers)),
        ("given", Plain("ns-given")),
        ("intercepted", Plain("intercepted")),
        // It shows in what counts.
        ("unheard", Known),
        ("above", Questions),
        ("between", Questions),
        ("suffixed", By("suffixed", suffixed)),
    ],
};

pub(super) const VIEW_ANSWER: Shape = Shape {
    fields: &[
        ("view", Known),
        // Which of several resolvers of a system answered is chance.
        ("server", Passing),
        ("outcome", Known),
        ("elapsed_us", Passing),
        ("internal", Plain("internal-zone")),
        // Which of the answers of a resolver show it depends on what else was asked.
        ("disproved", Known),
        ("marks", By("dns-marks", marks)),
    ],
};

pub(super) const SERVER_ANSWER: Shape = Shape {
    fields: &[
        ("server", Known),
        ("outcome", Known),
        ("elapsed_us", Passing),
        ("marks", By("dns-marks", marks)),
        ("led_by", Known),
    ],
};

pub(super) const HOST: Shape = Shape {
    fields: &[
        ("fqdn", Known),
        ("a", Question),
        ("aaaa", Question),
        ("below", MadeUp),
        ("beside", MadeUp),
        // It helps who mistyped the name, and is no property of it.
        ("near", Passing),
        ("stand_in", Known),
        // Where this was run, and no property of the server.
        ("in_hosts_file", Passing),
    ],
};

pub(super) const ENDPOINT: Shape = Shape {
    fields: &[
        ("fqdn", Known),
        ("published", Plain("published")),
        ("address", Plain("endpoint")),
        // Where this was run, and no property of the server.
        ("near", Passing),
        ("tcp", By("tcp", tcp)),
        ("tls", Within("tls", &TLS)),
        ("explained", Within("second-look", &SECOND_LOOK)),
        ("other_attempts", Passing),
        ("refused_modern", SinceLater("tls")),
        // Which of several servers answers is chance.
        ("again", Passing),
        ("windows", Passing),
        ("bare", Passing),
        ("refused_large", SinceLater("tls")),
        ("loses_full_size", SinceLater("tls")),
        ("short_prime", SinceLater("tls")),
        ("oversized", SinceLater("tls")),
        ("unasked", SinceLater("tls")),
        ("refused_offer", SinceLater("tls")),
        ("sip", Within("sip", &SIP)),
        ("revocation", Within("revocation", &REVOCATION)),
        (
            "issuer_revocations",
            By("issuer-revocations", issuer_revocations),
        ),
        // Which of several servers answers is chance.
        ("revoked_beside", Passing),
        ("for_rsa", Within("for-rsa", &OTHER_CHAIN)),
        ("with_rsa", Passing),
        ("without_sni", Certificate("without-name")),
        ("issuer", Within("issuer-fetched", &ISSUER)),
        ("compared", Within("compared", &COMPARED)),
    ],
};

pub(super) const TLS: Shape = Shape {
    fields: &[
        ("outcome", By("tls", tls)),
        ("server_hello", Plain("tls-answered")),
        ("version", Plain("tls-version")),
        ("cipher", Plain("tls-cipher")),
        ("chain", Chain),
        ("request", Within("client-asked", &REQUEST)),
        ("presented", Plain("client-presented")),
        ("unsent_issuer", SinceLater("client-presented")),
        ("key_proven", SinceLater("key-proven")),
        ("secure_renegotiation", SinceLater("secure-renegotiation")),
        ("signature", SinceLater("tls-signature")),
        ("key_of", SinceLater("key-proven")),
        ("still_coming", Passing),
        ("unasked", SinceLater("tls")),
        ("oddities", SinceLater("tls")),
        ("staple", By("staple", staple)),
        ("trust", Within("trust", &TRUST)),
        ("elapsed_us", Passing),
        ("limit", Passing),
        ("warning", Plain("tls-warning")),
        ("cut", Within("tls-cut", &CUT)),
        ("our_turn", SinceLater("tls-turn")),
    ],
};

pub(super) const OTHER_CHAIN: Shape = Shape {
    fields: &[
        ("chain", By("for-rsa", certificates)),
        ("trust", Within("for-rsa", &TRUST)),
        ("staple", SinceLater("for-rsa")),
    ],
};

pub(super) const CUT: Shape = Shape {
    fields: &[("received", Passing), ("message", Plain("tls-cut"))],
};

pub(super) const REQUEST: Shape = Shape {
    fields: &[
        ("authorities", Plain("client-authorities")),
        ("schemes", SinceLater("client-schemes")),
        ("other_schemes", SinceLater("client-schemes")),
        ("types", SinceLater("client-schemes")),
        ("names_usual", SinceLater("client-authorities")),
        ("only_public", SinceLater("client-authorities")),
    ],
};

pub(super) const TRUST: Shape = Shape {
    fields: &[
        ("judged", Plain("trust")),
        // Asked only where the roots that count do not lead anywhere.
        ("local", SinceLater("trust-here")),
        ("public", SinceLater("trust-public")),
        ("path", Within("path", &PATH)),
    ],
};

pub(super) const PATH: Shape = Shape {
    fields: &[
        ("verdict", SinceLater("path")),
        // It follows from the certificates.
        ("path", Known),
        ("remarks", SinceLater("path-remarks")),
    ],
};

pub(super) const SECOND_LOOK: Shape = Shape {
    fields: &[
        ("wide", Within("second-look", &HELLO)),
        ("old", Within("second-look", &HELLO)),
        ("windows", Within("second-look", &HELLO)),
        ("modern", Within("second-look", &HELLO)),
        ("plain", By("plain-text", first_words)),
        // What it explains shows in the hellos that were turned away.
        ("with_part", Passing),
        ("refuses_name", SinceLater("tls")),
        ("serves_another_name", SinceLater("tls")),
        ("wide_before", Passing),
        ("elapsed_us", Passing),
    ],
};

pub(super) const HELLO: Shape = Shape {
    fields: &[
        ("outcome", By("second-look", first_words)),
        ("version", Plain("tls-version")),
        ("cipher", Plain("tls-cipher")),
        ("group", Plain("tls-group")),
        ("prime", SinceLater("tls-prime")),
        ("chain", Chain),
        ("request", Within("client-asked", &REQUEST)),
        ("signature", Plain("tls-signature")),
        ("key_proven", SinceLater("key-proven")),
        // It is about the version that is told.
        ("knows_tls13", Passing),
        ("oversized", Plain("tls-oversized")),
    ],
};

pub(super) const SIP: Shape = Shape {
    fields: &[
        ("outcome", By("sip", sip)),
        ("elapsed_us", Passing),
        ("limit", Passing),
        ("renegotiation", Plain("renegotiation")),
    ],
};

pub(super) const REVOCATION: Shape = Shape {
    fields: &[
        ("url", Plain("revocation-url")),
        ("responder", SinceLater("revocation-url")),
        ("outcome", Plain("revocation")),
        ("elapsed_us", Passing),
    ],
};

pub(super) const ISSUER: Shape = Shape {
    fields: &[
        ("url", Plain("issuer-url")),
        ("outcome", Plain("issuer-fetched")),
    ],
};

pub(super) const COMPARED: Shape = Shape {
    fields: &[
        ("address", Known),
        ("shown", Within("compared", &COMPARED_CERTIFICATE)),
    ],
};

pub(super) const COMPARED_CERTIFICATE: Shape = Shape {
    fields: &[
        ("certificate", Certificate("compared")),
        ("trust", Plain("compared-trust")),
    ],
};

pub(super) const CONTROL: Shape = Shape {
    fields: &[
        ("host", Plain("control")),
        ("address", Plain("control-address")),
        ("tcp", By("control", tcp)),
        ("tls", Plain("control-tls")),
    ],
};

/// What a renewal would meet: the CAA records, and how each address answers a CA. Where an answer
/// sends to has a made-up name in it.
fn renewal(value: &Value) -> Seen {
    let Ok(read) = RenewalFacts::deserialize(value) else {
        return Seen::plain(value);
    };
    let lines = read.servers.iter().flat_map(|server| {
        let caa = server.caa.iter().map(|lookup| {
            let found = records(lookup.records().into_iter()).join(", ");
            format!("CAA {} {found}", lookup.name.to_lowercase())
        });
        let visits = server.visits.iter().map(|visit| {
            let said = match visit.answer() {
                Some(answer) => answer.status.to_string(),
                None => "-".to_owned(),
            };
            format!("{} {said}", visit.published)
        });
        caa.chain(visits).collect::<Vec<_>>()
    });
    sorted(lines)
}

/// What is found on this machine by the names with a suffix, as far as there is anything.
fn suffixed(value: &Value) -> Seen {
    let Ok(read) = Suffixed::deserialize(value) else {
        return Seen::plain(value);
    };
    let found = read.answers.iter().map(|answer| {
        let found = records(answer.records()).join(", ");
        format!("{} {found}", answer.name.to_lowercase())
            .trim()
            .to_owned()
    });
    sorted(found)
}

/// The certificates by their subjects and serial numbers.
fn certificates(value: &Value) -> Seen {
    let sent = value.as_array().into_iter().flatten();
    let sent = sent.filter_map(|der| Der::deserialize(der).ok());
    Seen::list(sent.map(|der| Leaf::of(&der).name()).collect())
}

/// What became of each issuing certificate, without the time that it took to find out.
fn issuer_revocations(value: &Value) -> Seen {
    let of = |found: &Value| {
        let subject = found["subject"].as_str().unwrap_or_default();
        format!("{subject}: {}", found["revocation"]["outcome"])
    };
    sorted(value.as_array().into_iter().flatten().map(of))
}

/// The names, each with its address; `None` where it has none.
fn name_servers(value: &Value) -> Seen {
    let of = |server: &Value| {
        let text = |key: &str| server[key].as_str().unwrap_or_default().to_lowercase();
        format!("{} {}", text("name"), text("address"))
            .trim()
            .to_owned()
    };
    sorted(value.as_array().into_iter().flatten().map(of))
}

/// From name to name. Which servers failed on the way is said where they are asked.
fn handovers(value: &Value) -> Seen {
    let of = |handover: &Value| {
        let text = |key: &str| handover[key].as_str().unwrap_or_default().to_lowercase();
        let to = handover["to"]["apex"].as_str().unwrap_or_default();
        let said = format!("{} {} {}", text("at"), text("by"), to.to_lowercase());
        said.trim().to_owned()
    };
    let all = value.as_array().into_iter().flatten().map(of);
    Seen::list(all.collect())
}

/// What an answer says of itself, without the words that a server adds, in which there may be times.
fn marks(value: &Value) -> Seen {
    let mut value = value.clone();
    if let Some(reasons) = value["extended"].as_array_mut() {
        for reason in reasons {
            *reason = reason[0].clone();
        }
    }
    Seen::plain(&value)
}

/// Every structure whose fields are compared one by one, by its name in the sources.
#[cfg(test)]
const ALL: [(&str, &Shape); 24] = [
    ("Facts", &FACTS),
    ("ZoneFacts", &ZONE),
    ("AuthorityFacts", &AUTHORITY),
    ("SrvFacts", &SRV),
    ("NearMissFacts", &NEAR_MISSES),
    ("Lookup", &LOOKUP),
    ("ViewAnswer", &VIEW_ANSWER),
    ("ServerAnswer", &SERVER_ANSWER),
    ("AddressFacts", &HOST),
    ("EndpointFacts", &ENDPOINT),
    ("TlsFacts", &TLS),
    ("OtherChain", &OTHER_CHAIN),
    ("Cut", &CUT),
    ("CertificateRequest", &REQUEST),
    ("TrustFacts", &TRUST),
    ("PathFacts", &PATH),
    ("SecondLookFacts", &SECOND_LOOK),
    ("HelloFacts", &HELLO),
    ("SipFacts", &SIP),
    ("RevocationFacts", &REVOCATION),
    ("IssuerFacts", &ISSUER),
    ("ComparedFacts", &COMPARED),
    ("ComparedCertificate", &COMPARED_CERTIFICATE),
    ("ControlFacts", &CONTROL),
];

/// Every name of a kind of fact.
#[cfg(test)]
pub fn labels() -> Vec<&'static str> {
    let fields = ALL.iter().flat_map(|(_, shape)| shape.fields);
    let named = fields.filter_map(|(_, how)| match how {
        Plain(label)
        | SinceLater(label)
        | By(label, _)
        | WhereBoth(label, _)
        | Within(label, _)
        | Certificate(label) => Some(*label),
        Passing | Known | Question | Questions | MadeUp | Hosts | Endpoints | Chain => None,
    });
    named
        .chain(["certificate", "sent-with-it", "endpoint", "host"])
        .collect()
}

#[cfg(test)]
mod tests;
