//! Where people put the federation's SRV record instead: the names and the types of its near
//! misses, all of them seen in the wild or in printed instructions.

use crate::facts::RecordType;
use crate::model::names::{Domain, Fqdn, SRV_PREFIX};

/// Service and protocol mistyped. Underscores and dots go wrong even in the guide's own nslookup
/// sample and in Microsoft's pages.
const MISTYPED: [&str; 9] = [
    "sipfederationtls._tcp",
    "_sipfederationtls.tcp",
    "sipfederationtls.tcp",
    "_sipfederationtls_tcp",
    "__sipfederationtls.__tcp",
    "_sipfederationtls",
    "_sipfederationtls._tls",
    "_sipfederation._tls",
    "_sipfederationtls._udp",
];

/// Names that Lync and Skype clients sign in by; they stand beside the SRV record in many tables,
/// and are not wrong in themselves.
const SIGN_IN: [&str; 2] = ["_sip._tls", "_sipinternaltls._tcp"];

/// Mistakes that make one label of the name: those who make them choose other types, too.
const ONE_LABEL: [&str; 2] = ["_sipfederationtls_tcp", "_sipfederationtls"];

/// What is wrong with the name that a record was found at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Nothing.
    None,
    /// Service or protocol is mistyped.
    Mistyped,
    /// Service or protocol is that of another service.
    SignIn,
    /// The zone stands twice at its end.
    Doubled,
}

/// A question.
pub type Question = (String, RecordType);

/// All questions for near misses.
pub fn questions(domain: &Domain) -> Vec<Question> {
    let below = |prefix: &str| format!("{prefix}.{domain}");
    let srv = MISTYPED
        .iter()
        .chain(&SIGN_IN)
        .map(|prefix| below(prefix))
        .chain([doubled(domain)])
        .map(|name| (name, RecordType::Srv));
    let others = ONE_LABEL
        .iter()
        .map(|prefix| below(prefix))
        .chain([domain.srv_name()])
        .flat_map(|name| [(name.clone(), RecordType::Txt), (name, RecordType::A)]);
    srv.chain(others).collect()
}

/// The same types at names that nobody made: what answers there is a wildcard (RFC 4592). One name
/// lies beside the record, one where all the others begin.
pub fn controls(domain: &Domain, random: &str) -> Vec<Question> {
    let types = [RecordType::Srv, RecordType::Txt, RecordType::A];
    [
        format!("_{random}._tcp.{domain}"),
        format!("{random}.{domain}"),
    ]
    .iter()
    .flat_map(|name| types.map(|record| (name.clone(), record)))
    .collect()
}

/// What is wrong with this name, which [`questions`] or the domain itself gave.
pub fn mistake(name: &str, domain: &Domain) -> Mistake {
    let prefix = name
        .strip_suffix(domain.as_str())
        .and_then(|rest| rest.strip_suffix('.'));
    match prefix {
        Some(prefix) if SIGN_IN.contains(&prefix) => Mistake::SignIn,
        _ if name == domain.srv_name() => Mistake::None,
        _ if name == doubled(domain) => Mistake::Doubled,
        _ => Mistake::Mistyped,
    }
}

fn doubled(domain: &Domain) -> String {
    format!("{SRV_PREFIX}{domain}.{domain}")
}

/// The host name in a text that was meant to be an SRV record: `0 0 5061 xphone.zahnfee.de.`
pub fn host_in(text: &str) -> Option<Fqdn> {
    text.split(|c: char| c.is_whitespace() || ";,\"".contains(c))
        .find_map(|word| Fqdn::parse(word).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain() -> Domain {
        Domain::parse("zahnfee.de").expect("a domain")
    }

    #[test]
    fn nothing_is_asked_twice_and_not_much() {
        let mut questions = questions(&domain());
        questions.extend(controls(&domain(), "xfed-0"));
        let count = questions.len();
        let mut unique = questions.clone();
        unique.sort_by_key(|(name, record)| (name.clone(), record.name()));
        unique.dedup();
        assert_eq!(unique.len(), count);
        assert_eq!(count, 24);
    }

    #[test]
    fn each_name_has_its_slip() {
        for (name, expected) in [
            ("_sipfederationtls._tcp.zahnfee.de", Mistake::None),
            ("_sipfederationtls.tcp.zahnfee.de", Mistake::Mistyped),
            ("_sip._tls.zahnfee.de", Mistake::SignIn),
            (
                "_sipfederationtls._tcp.zahnfee.de.zahnfee.de",
                Mistake::Doubled,
            ),
        ] {
            assert_eq!(mistake(name, &domain()), expected, "{name}");
        }
    }

    #[test]
    fn a_host_is_read_from_what_was_meant() {
        for (text, host) in [
            ("0 0 5061 xphone.zahnfee.de.", Some("xphone.zahnfee.de")),
            ("xphone.zahnfee.de", Some("xphone.zahnfee.de")),
            ("0 0 5061 203.0.113.5", None),
            ("v=spf1 -all", None),
            ("", None),
        ] {
            assert_eq!(host_in(text).as_ref().map(Fqdn::as_str), host, "{text}");
        }
    }
}
