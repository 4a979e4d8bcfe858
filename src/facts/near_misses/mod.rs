//! Where people put the federation's SRV record instead: which names and types to ask for, and what
//! of the answers was meant for it.
//!
//! What a wildcard answers was misplaced there by nobody, and is no near miss. Whether one did is
//! asked for every answer by itself: of a random name in its place, with the same name above.

mod slips;

use serde::{Deserialize, Serialize};

use super::{Alias, Data, Lookup, RecordType, Srv, Target};
use crate::model::limits::FEDERATION_PORT;
use crate::model::names::{Domain, Fqdn};
use crate::model::plan::Terms;
use crate::model::presentation::above;

pub use slips::Mistake;
use slips::{one_label, slips};

/// Names by which domains have something else than the server.
const OTHERS: [&str; 11] = [
    "autodiscover",
    "ftp",
    "imap",
    "lyncdiscover",
    "mail",
    "mx",
    "pop",
    "smtp",
    "webmail",
    "wpad",
    "www",
];

/// The name and the record type of a DNS question.
pub type Question = (String, RecordType);

/// All questions for near misses.
pub fn questions(terms: &Terms) -> Vec<Question> {
    let domain = &terms.domain;
    let slips = slips(domain, terms.fqdn.as_ref()).into_iter();
    let srv = slips.map(|(name, _)| (name, RecordType::Srv));
    let others = one_label(domain)
        .into_iter()
        .chain([domain.srv_name()])
        .flat_map(|name| [(name.clone(), RecordType::Txt), (name, RecordType::A)]);
    srv.chain(others).collect()
}

/// For each of these look-ups that found something: the same type at a random name in its place,
/// where only a wildcard answers (RFC 4592).
pub fn controls<'a>(lookups: impl Iterator<Item = &'a Lookup>, random: &str) -> Vec<Question> {
    let mut controls: Vec<Question> = Vec::new();
    for lookup in lookups.filter(|lookup| has_something(lookup)) {
        let control = (format!("{random}.{}", above(&lookup.name)), lookup.record);
        if !controls.contains(&control) {
            controls.push(control);
        }
    }
    controls
}

fn has_something(lookup: &Lookup) -> bool {
    !lookup.records().is_empty() || !lookup.aliases().is_empty()
}

/// What is wrong with this name, which is that of the record itself or one of [`questions`].
fn mistake(name: &str, terms: &Terms) -> Mistake {
    if name == terms.domain.srv_name() {
        return Mistake::None;
    }
    let slips = slips(&terms.domain, terms.fqdn.as_ref());
    let mut slips = slips.into_iter();
    slips
        .find(|(slip, _)| slip == name)
        .map_or(Mistake::Mistyped, |(_, mistake)| mistake)
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
    /// The near misses of a missing record, of which this is the look-up. What belongs to other
    /// services is one only where nothing comes nearer.
    pub fn read<'a>(&'a self, missing: &'a Lookup, terms: &Terms) -> Vec<NearMiss<'a>> {
        let mut misses: Vec<NearMiss<'a>> = std::iter::once(missing)
            .chain(&self.lookups)
            .filter(|lookup| !self.is_by_wildcard(lookup))
            .filter_map(|lookup| NearMiss::read(lookup, terms))
            .collect();
        let is_strange =
            |miss: &NearMiss<'_>| matches!(miss.mistake, Mistake::Neighbour | Mistake::SignIn);
        if !misses.iter().all(is_strange) {
            misses.retain(|miss| !is_strange(miss));
        }
        // One DNAME answers for every name below it.
        let mut subtrees = Vec::new();
        misses.retain(|miss| {
            let Misplaced::Alias(Alias {
                subtree: Some(subtree),
                ..
            }) = &miss.misplaced
            else {
                return true;
            };
            let is_new = !subtrees.contains(&subtree);
            subtrees.push(subtree);
            is_new
        });
        misses
    }

    /// The SRV records of the domains above, the nearest first, with the look-up of each.
    pub fn above<'a>(&'a self, terms: &Terms) -> Vec<(&'a Lookup, &'a Srv)> {
        let is_above = |lookup: &&Lookup| mistake(&lookup.name, terms) == Mistake::Above;
        self.parent
            .iter()
            .chain(self.lookups.iter().filter(is_above))
            .filter(|lookup| !self.is_by_wildcard(lookup))
            .flat_map(|lookup| lookup.srv().map(move |srv| (lookup, srv)))
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
        let mut controls = self.controls_of(lookup).into_iter();
        controls.any(|control| !control.answer().is_conclusive() || is_same(control))
            || self.varies(lookup) && self.has_varying()
    }

    /// The look-ups of random names for this one.
    fn controls_of(&self, lookup: &Lookup) -> Vec<&Lookup> {
        let of_type = self.controls.iter();
        let of_type = of_type.filter(|control| control.record == lookup.record);
        let beside: Vec<&Lookup> = of_type
            .clone()
            .filter(|control| above(&control.name) == above(&lookup.name))
            .collect();
        // Reports from before there was one for each have two for all.
        if beside.is_empty() {
            of_type.collect()
        } else {
            beside
        }
    }

    /// Whether a random name has addresses as well, and others.
    fn varies(&self, lookup: &Lookup) -> bool {
        let has_own =
            |lookup: &Lookup| lookup.aliases().is_empty() && lookup.addresses().next().is_some();
        let differs =
            |control: &&Lookup| has_own(control) && !control.answer().agrees_with(lookup.answer());
        has_own(lookup) && self.controls_of(lookup).iter().any(differs)
    }

    /// Whether that is so of several names. So nobody has made these: a wildcard gives its addresses by turns,
    /// or every name another one.
    fn has_varying(&self) -> bool {
        let varying = self.lookups.iter().filter(|lookup| self.varies(lookup));
        varying.count() > 1
    }
}

impl<'a> NearMiss<'a> {
    fn read(lookup: &'a Lookup, terms: &Terms) -> Option<Self> {
        let mistake = mistake(&lookup.name, terms);
        if mistake == Mistake::Above {
            return None;
        }
        let misplaced = if lookup.record == RecordType::Srv {
            let records: Vec<&Srv> = lookup
                .srv()
                .filter(|srv| is_meant(srv, mistake, terms))
                .collect();
            match lookup.aliases().first() {
                _ if !records.is_empty() => Misplaced::Srv(records),
                // The domain itself may be an alias, as of a web site.
                Some(alias)
                    if lookup.records().is_empty()
                        && mistake != Mistake::SignIn
                        && lookup.name != terms.domain.as_str() =>
                {
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

/// True if such a record was meant for federation. What belongs to another service is taken for it
/// only by its port; a record for signing in to Microsoft was not meant.
fn is_meant(srv: &Srv, mistake: Mistake, terms: &Terms) -> bool {
    let is_strange = matches!(mistake, Mistake::Neighbour | Mistake::SignIn);
    match Target::parse(&srv.target, &terms.domain) {
        Target::None => false,
        Target::Microsoft(_) | Target::Unfinished(_) => !is_strange,
        Target::Address(_)
        | Target::Proxied
        | Target::Unencoded(_)
        | Target::Malformed
        | Target::Doubled(_)
        | Target::Host(_) => mistake != Mistake::Neighbour || srv.port == FEDERATION_PORT,
    }
}

/// The host name in a text that was meant to be an SRV record: `0 0 5061 xphone.zahnfee.de.`
pub fn host_in(text: &str) -> Option<Fqdn> {
    text.split(|c: char| c.is_whitespace() || ";,\"".contains(c))
        .find_map(|word| Fqdn::parse(word).ok())
}

/// The server that a record of another type was meant to name, where it can be one: a name below the domain,
/// and not that of its web site or mail.
pub fn plausible(host: &str, domain: &Domain) -> Option<Fqdn> {
    let target = Target::parse(host, domain);
    let meant = target.meant()?;
    let label = meant.as_str().split('.').next().unwrap_or_default();
    let is_below = meant.labels_below(domain) > Some(0);
    (is_below && !OTHERS.contains(&label)).then(|| meant.clone())
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    fn terms(domain: &str) -> Terms {
        let domain = Domain::parse(domain).expect("a domain");
        Terms::new(domain, OffsetDateTime::UNIX_EPOCH)
    }

    #[test]
    fn nothing_is_asked_twice_and_not_much() {
        for (domain, most) in [
            ("zahnfee.de", 46),
            ("chat.zahnfee.de", 49),
            ("a.chat.zahnfee.de", 53),
            ("a.b.c.chat.zahnfee.de", 53),
        ] {
            let questions = questions(&terms(domain));
            let count = questions.len();
            let mut unique = questions.clone();
            unique.sort_by_key(|(name, record)| (name.clone(), record.name()));
            unique.dedup();
            assert_eq!(unique.len(), count);
            assert!(count <= most, "{domain}: {count}");
        }
    }

    #[test]
    fn each_name_has_its_mistake() {
        let terms = terms("chat.zahnfee.de");
        for (name, expected) in [
            ("_sipfederationtls._tcp.chat.zahnfee.de", Mistake::None),
            ("_sipfederationtls.tcp.chat.zahnfee.de", Mistake::Mistyped),
            ("sipfederationtls_tcp.chat.zahnfee.de", Mistake::Mistyped),
            (
                "_sipfederationtls._tcp._tcp.chat.zahnfee.de",
                Mistake::Repeated,
            ),
            (
                r"_sipfederationtls\._tcp.chat.zahnfee.de",
                Mistake::Mistyped,
            ),
            ("chat.zahnfee.de", Mistake::Elsewhere),
            (
                "_sipfederationtls._tcp.chat.chat.zahnfee.de",
                Mistake::Elsewhere,
            ),
            ("_sip._tls.chat.zahnfee.de", Mistake::SignIn),
            ("_sips._tcp.chat.zahnfee.de", Mistake::Neighbour),
            ("_sipfederationtls.chat._tcp.zahnfee.de", Mistake::Scattered),
            ("chat._sipfederationtls._tcp.zahnfee.de", Mistake::Scattered),
            (
                "_sipfederationtls._tcp.www.chat.zahnfee.de",
                Mistake::Elsewhere,
            ),
            (
                "_sipfederationtls._tcp.chat.zahnfee.de.zahnfee.de",
                Mistake::Doubled,
            ),
            (
                "_sipfederationtls._tcp.chat.zahnfee.de.chat.zahnfee.de",
                Mistake::Doubled,
            ),
        ] {
            assert_eq!(mistake(name, &terms), expected, "{name}");
        }
    }

    #[test]
    fn what_another_record_names_can_be_the_server_or_not() {
        let domain = Domain::parse("zahnfee.de").expect("a domain");
        for (host, expected) in [
            ("xphone.zahnfee.de", Some("xphone.zahnfee.de")),
            ("xphone.zahnfee.de.zahnfee.de", Some("xphone.zahnfee.de")),
            ("zahnfee.de", None),
            ("www.zahnfee.de", None),
            ("mail.zahnfee.de", None),
            ("xphone.zahnarzt.de", None),
            ("sipfed.online.lync.com", None),
            ("sipfed.online.lync.com.zahnfee.de", None),
            ("_sipfederationtls._tcp.zahnarzt.de", None),
        ] {
            let plausible = plausible(host, &domain);
            assert_eq!(plausible.as_ref().map(Fqdn::as_str), expected, "{host}");
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
