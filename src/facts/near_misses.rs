//! Where people put the federation's SRV record instead: which names and types to ask for, all of
//! them seen in the wild or in printed instructions, and what of the answers was meant for it.
//!
//! What a wildcard answers was misplaced there by nobody, and is no near miss.

use serde::{Deserialize, Serialize};

use super::{Alias, Data, Lookup, RecordType, Srv, Target};
use crate::model::names::{Domain, Fqdn, SRV_PREFIX};
use crate::model::plan::Terms;

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

/// Names by which Lync and Skype clients find where to sign in. They stand beside the SRV record in
/// many tables, and are not wrong in themselves.
const SIGN_IN: [&str; 2] = ["_sip._tls", "_sipinternaltls._tcp"];

/// Mistakes that make one label of the name. Whoever makes them may choose another type, too.
const ONE_LABEL: [&str; 2] = ["_sipfederationtls_tcp", "_sipfederationtls"];

/// What is wrong with the name that a record was found at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Nothing: it is the name of the record itself.
    None,
    /// Service or protocol is mistyped.
    Mistyped,
    /// Service or protocol is that of another service.
    SignIn,
    /// The zone stands twice at its end.
    Doubled,
}

/// The name and the record type of a DNS question.
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

/// The same types at random names, where only a wildcard answers (RFC 4592). One name lies beside
/// the record, one where all the others begin.
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

/// What is wrong with this name, which is that of the record itself or one of [`questions`].
fn mistake(name: &str, domain: &Domain) -> Mistake {
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

/// A record that somebody put near the place of the SRV record.
#[derive(Clone, Debug)]
pub struct NearMiss<'a> {
    /// The question that it answers.
    pub lookup: &'a Lookup,
    /// What is wrong with the name.
    pub mistake: Mistake,
    /// What is published there.
    pub misplaced: Misplaced<'a>,
}

/// What is published at the name of a near miss.
#[derive(Clone, Debug)]
pub enum Misplaced<'a> {
    /// The right type at the wrong name.
    Srv(Vec<&'a Srv>),
    /// An alias that leads to no SRV record.
    Alias(&'a Alias),
    /// TXT or A.
    Other(Vec<&'a Data>),
}

impl NearMissFacts {
    /// The near misses of a missing record, of which this is the look-up.
    pub fn read<'a>(&'a self, missing: &'a Lookup, terms: &Terms) -> Vec<NearMiss<'a>> {
        std::iter::once(missing)
            .chain(&self.lookups)
            .filter(|lookup| !self.is_by_wildcard(lookup))
            .filter_map(|lookup| NearMiss::read(lookup, terms))
            .collect()
    }

    /// True if a random name has the same answer, or if nobody knows what it answers.
    fn is_by_wildcard(&self, lookup: &Lookup) -> bool {
        let leads_to = |lookup: &Lookup| {
            let alias = lookup.aliases().last();
            alias.map(|alias| alias.target.to_ascii_lowercase())
        };
        let is_same = |control: &Lookup| {
            control.answer().agrees_with(lookup.answer()) && leads_to(control) == leads_to(lookup)
        };
        self.controls
            .iter()
            .filter(|control| control.record == lookup.record)
            .any(|control| !control.answer().is_conclusive() || is_same(control))
    }
}

impl<'a> NearMiss<'a> {
    fn read(lookup: &'a Lookup, terms: &Terms) -> Option<Self> {
        let mistake = mistake(&lookup.name, &terms.domain);
        let misplaced = if lookup.record == RecordType::Srv {
            let records: Vec<&Srv> = lookup
                .srv()
                .filter(|srv| is_meant(srv, mistake, terms))
                .collect();
            match lookup.aliases().first() {
                _ if !records.is_empty() => Misplaced::Srv(records),
                Some(alias) if lookup.records().is_empty() && mistake != Mistake::SignIn => {
                    Misplaced::Alias(alias)
                }
                _ => return None,
            }
        } else {
            // The records behind an alias belong to somebody else. The alias itself is found above.
            if lookup.records().is_empty() || !lookup.aliases().is_empty() {
                return None;
            }
            Misplaced::Other(lookup.records().iter().map(|record| &record.data).collect())
        };
        Some(Self {
            lookup,
            mistake,
            misplaced,
        })
    }
}

/// True if such a record was meant for federation. One for signing in to Microsoft was not, and a
/// mistyped one to Microsoft is better not corrected where XPhone is to answer.
fn is_meant(srv: &Srv, mistake: Mistake, terms: &Terms) -> bool {
    match Target::parse(&srv.target, &terms.domain) {
        Target::None => false,
        Target::Microsoft(_) => terms.partner && mistake != Mistake::SignIn,
        Target::Address(_) | Target::Malformed | Target::Host(_) => true,
    }
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
    fn each_name_has_its_mistake() {
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
