//! Proofs that something is not there (RFC 4035 §5.4, RFC 5155 §8), by records whose signatures hold.

use std::str::FromStr;

use hickory_resolver::proto::dnssec::Nsec3HashAlgorithm;
use hickory_resolver::proto::dnssec::rdata::{DNSSECRData, NSEC, NSEC3};
use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

use super::absolute;
use crate::facts::Proof;

/// No more records are looked at: a proof takes three.
const MOST: usize = 8;
/// Where a hash is made of more rounds, resolvers look for no proof (RFC 9276 §3.2): Unbound and BIND 9.18
/// from 150 on.
const MOST_ROUNDS: u16 = 150;
/// The type that marks a name which is not there, in a record made for it (RFC 9824 §3.1).
const NXNAME: u16 = 128;
const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// A proof that resolvers remember, and answer other questions by (RFC 8198). They do so with names only:
/// neither Unbound nor BIND does with hashes.
#[derive(Clone, Debug)]
pub(crate) struct Remembered {
    owner: Name,
    nsec: NSEC,
    zone: Name,
}

impl Remembered {
    /// Whether it is about the records at this name.
    pub(crate) fn is_at(&self, name: &str) -> bool {
        absolute(name).is_some_and(|name| self.owner == name)
    }

    /// Whether it proves that there is no such name, nor one below it.
    pub(crate) fn passes_over(&self, name: &str) -> bool {
        absolute(name).is_some_and(|name| covers(&self.owner, &self.nsec, &self.zone, &name))
    }

    /// Whether it proves that there are no records of this type at a name.
    pub(crate) fn denies(&self, name: &str, kind: &str) -> bool {
        let (Some(name), Ok(kind)) = (absolute(name), RecordType::from_str(kind)) else {
            return false;
        };
        let types = self.nsec.type_set();
        let is_cut = types.contains(RecordType::NS) && !types.contains(RecordType::SOA);
        if self.owner == name {
            let is_alias = types.contains(RecordType::CNAME);
            return !types.contains(kind) && !is_alias && (!is_cut || kind == RecordType::DS);
        }
        // What is handed on from there, or stands for what is elsewhere, is no matter of this zone.
        let leads_away = is_cut || types.contains(RecordType::DNAME);
        !(leads_away && self.owner.zone_of(&name))
            && covers(&self.owner, &self.nsec, &self.zone, &name)
    }
}

/// Whether there is no such name by this proof, nor one below it.
fn covers(owner: &Name, nsec: &NSEC, zone: &Name, name: &Name) -> bool {
    let next = nsec.next_domain_name();
    owner < name && (name < next || next == zone) && !name.zone_of(next)
}

/// Whether the proofs of an answer are by hashes (NSEC3).
pub(crate) fn is_by_hashes(answer: &Message) -> bool {
    let mut records = answer.authorities.iter();
    records.any(|record| record.record_type() == RecordType::NSEC3)
}

/// A name right before this one in the order of DNSSEC (RFC 4034 §6.1), which hardly any zone has: the proof that it is
/// not there ends at this one. `None` where its first label ends with what is in no host name.
pub(crate) fn just_before(name: &str) -> Option<String> {
    const ORDER: &[u8] = b"-0123456789_abcdefghijklmnopqrstuvwxyz";
    const LAST: &str = "zz";
    const MAX_LABEL: usize = 63;
    let (label, above) = name.split_once('.')?;
    let (head, last) = label.split_at_checked(label.len().checked_sub(1)?)?;
    let last = last.bytes().next()?.to_ascii_lowercase();
    let at = ORDER.iter().position(|digit| *digit == last)?;
    let before = char::from(ORDER[at.checked_sub(1)?]);
    let end = if label.len() + LAST.len() <= MAX_LABEL {
        LAST
    } else {
        ""
    };
    Some(format!("{head}{before}{end}.{above}"))
}

/// What an answer shows to prove that something is not there.
pub(super) struct Denial<'a> {
    zone: Name,
    names: Vec<(&'a Name, &'a NSEC)>,
    hashes: Vec<(String, &'a NSEC3)>,
}

/// Whether an answer without an error says all the same that there is no such name: by the type that marks it in the
/// record made for it (RFC 9824 §2.3).
pub(super) fn is_nowhere(answer: &Message, name: &Name) -> bool {
    let mut records = answer.authorities.iter();
    records.any(|record| match &record.data {
        RData::DNSSEC(DNSSECRData::NSEC(nsec)) if record.name == *name => {
            nsec.type_set().contains(RecordType::Unknown(NXNAME))
        }
        _ => false,
    })
}

impl<'a> Denial<'a> {
    /// By those of these records that hold.
    pub(super) fn of(zone: &Name, records: &'a [Record], holds: impl Fn(&Record) -> bool) -> Self {
        let mut denial = Self {
            zone: zone.clone(),
            names: Vec::new(),
            hashes: Vec::new(),
        };
        let kinds = [RecordType::NSEC, RecordType::NSEC3];
        let records = records
            .iter()
            .filter(|it| kinds.contains(&it.record_type()));
        for record in records.take(MOST).filter(|record| holds(record)) {
            match &record.data {
                RData::DNSSEC(DNSSECRData::NSEC(nsec)) => denial.names.push((&record.name, nsec)),
                RData::DNSSEC(DNSSECRData::NSEC3(nsec3)) => {
                    let label = record.name.iter().next().unwrap_or_default();
                    let hash = String::from_utf8_lossy(label).to_ascii_lowercase();
                    denial.hashes.push((hash, nsec3));
                }
                _ => {}
            }
        }
        denial
    }

    /// Those of its proofs that are remembered.
    pub(super) fn remembered(&self) -> Vec<Remembered> {
        let remembered = |(owner, nsec): &(&Name, &NSEC)| Remembered {
            owner: (*owner).clone(),
            nsec: (*nsec).clone(),
            zone: self.zone.clone(),
        };
        self.names.iter().map(remembered).collect()
    }

    /// Whether there are no records of this type at a name.
    pub(super) fn of_type(&self, name: &Name, kind: RecordType) -> Proof {
        if self.is_beyond_us() {
            return Proof::HandedOn;
        }
        if let Some(proof) = self.at(name, kind) {
            return proof;
        }
        // An empty name above others.
        let is_above_next = |(owner, nsec): &(&Name, &NSEC)| {
            let next = nsec.next_domain_name();
            *owner < name && name.zone_of(next) && next != name
        };
        if self.names.iter().any(is_above_next) {
            return Proof::Shown;
        }
        let Some((encloser, opts_out)) = self.encloser(name) else {
            return Proof::Missing;
        };
        if opts_out && kind == RecordType::DS {
            return Proof::HandedOn;
        }
        let wildcard = encloser.prepend_label("*").ok();
        let by_wildcard = wildcard.and_then(|wildcard| self.at(&wildcard, kind));
        by_wildcard.unwrap_or(Proof::Missing)
    }

    /// Whether there is no such name, by an answer that says so to the question for its keys. Resolvers go by
    /// these records, not by the code of the answer.
    pub(super) fn of_name(&self, name: &Name) -> Proof {
        if self.is_beyond_us() {
            return Proof::HandedOn;
        }
        self.at(name, RecordType::DS)
            .unwrap_or_else(|| match self.encloser(name) {
                Some((_, true)) => Proof::HandedOn,
                Some((_, false)) => Proof::NoName,
                None => Proof::Missing,
            })
    }

    /// Whether there is no such name, nor a wildcard from which records of this type could come; or, where answers
    /// are made on the fly (RFC 9824), that it has none.
    pub(super) fn of_whole_name(&self, name: &Name, kind: RecordType) -> Proof {
        let proof = self.of_type(name, kind);
        if proof != Proof::Missing {
            return proof;
        }
        let Some((encloser, opts_out)) = self.encloser(name) else {
            return Proof::Missing;
        };
        let is_denied = |wildcard: &Name| {
            let is_none = self.names_cover(wildcard) || self.covers(wildcard).is_some();
            is_none || self.at(wildcard, kind) == Some(Proof::Shown)
        };
        match encloser.prepend_label("*") {
            Ok(wildcard) if is_denied(&wildcard) && opts_out => Proof::HandedOn,
            Ok(wildcard) if is_denied(&wildcard) => Proof::NoName,
            _ => Proof::Missing,
        }
    }

    /// Whether nothing stands nearer to a name than the wildcard below its last so many labels.
    pub(super) fn has_nothing_nearer(&self, name: &Name, labels: u8) -> bool {
        let nearer = name.trim_to(usize::from(labels) + 1);
        self.is_beyond_us() || self.covers(&nearer).is_some() || self.names_cover(name)
    }

    fn is_beyond_us(&self) -> bool {
        let mut rounds = self.hashes.iter().map(|(_, nsec3)| nsec3.iterations());
        rounds.any(|rounds| rounds > MOST_ROUNDS)
    }

    /// What the record of this very name says of a type; `None` where there is none.
    fn at(&self, name: &Name, kind: RecordType) -> Option<Proof> {
        let mut names = self.names.iter();
        let types = names
            .find(|(owner, _)| *owner == name)
            .map(|(_, nsec)| nsec.type_set())
            .or_else(|| {
                let mut hashes = self.hashes.iter();
                let found =
                    hashes.find(|(owner, nsec3)| self.hash(name, nsec3).as_ref() == Some(owner));
                found.map(|(_, nsec3)| nsec3.type_set())
            })?;
        let is_apex = types.contains(RecordType::SOA);
        let is_cut = types.contains(RecordType::NS) && !is_apex;
        // What the zone below says of its own apex is no word of the one above (RFC 4035 §5.4).
        let is_from_below = is_apex && kind == RecordType::DS;
        Some(
            if types.contains(kind) || types.contains(RecordType::CNAME) || is_from_below {
                Proof::Missing
            } else if is_cut && kind == RecordType::DS {
                Proof::HandedOn
            } else if is_cut {
                // The zone above knows nothing else of it.
                Proof::Missing
            } else {
                Proof::Shown
            },
        )
    }

    /// The nearest name above that exists, where the name below it on the way does not; and whether
    /// that may be an unsigned zone all the same (opt-out).
    fn encloser(&self, name: &Name) -> Option<(Name, bool)> {
        let labels = name.iter().count();
        if self.names_cover(name) {
            let nearest = self.names.iter().flat_map(|(owner, nsec)| {
                let common = |other: &Name| {
                    let pairs = name.iter().rev().zip(other.iter().rev());
                    pairs.take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count()
                };
                [common(owner), common(nsec.next_domain_name())]
            });
            return Some((name.trim_to(nearest.max()?), false));
        }
        (self.zone.iter().count()..labels).rev().find_map(|count| {
            let opts_out = self.covers(&name.trim_to(count + 1))?;
            let encloser = name.trim_to(count);
            self.exists(&encloser).then_some((encloser, opts_out))
        })
    }

    fn exists(&self, name: &Name) -> bool {
        let mut hashes = self.hashes.iter();
        hashes.any(|(owner, nsec3)| self.hash(name, nsec3).as_ref() == Some(owner))
    }

    fn names_cover(&self, name: &Name) -> bool {
        let mut names = self.names.iter();
        names.any(|(owner, nsec)| covers(owner, nsec, &self.zone, name))
    }

    /// Whether no name has this hash; and whether that of an unsigned zone may.
    fn covers(&self, name: &Name) -> Option<bool> {
        self.hashes.iter().find_map(|(owner, nsec3)| {
            let hash = self.hash(name, nsec3)?;
            let next = base32(nsec3.next_hashed_owner_name());
            let lies_between = if *owner < next {
                *owner < hash && hash < next
            } else {
                *owner < hash || hash < next
            };
            lies_between.then(|| nsec3.opt_out())
        })
    }

    fn hash(&self, name: &Name, by: &NSEC3) -> Option<String> {
        let is_within = self.zone.zone_of(name) && by.iterations() <= MOST_ROUNDS;
        let hash = Nsec3HashAlgorithm::SHA1.hash(by.salt(), name, by.iterations());
        hash.ok()
            .filter(|_| is_within)
            .map(|hash| base32(hash.as_ref()))
    }
}

/// Base 32 whose digits are in the order of what they stand for (RFC 4648 §7), as owners of NSEC3 have it.
fn base32(bytes: &[u8]) -> String {
    let bit = |index: usize| {
        let byte = bytes.get(index / 8).copied().unwrap_or_default();
        usize::from(byte >> (7 - index % 8) & 1)
    };
    let digits = (bytes.len() * 8).div_ceil(5);
    let digit = |at: usize| (0..5).fold(0, |value, offset| value << 1 | bit(at * 5 + offset));
    (0..digits)
        .map(|at| char::from(DIGITS[digit(at)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::from_ascii(text).expect("a name")
    }

    #[test]
    fn the_name_before_sorts_right_before() {
        for of in [
            "xphone.zahnfee.de.",
            "_sipfederationtls._tcp.zahnfee.de.",
            "a.de.",
            "im-0.zahnfee.de.",
            "Chat_a.zahnfee.de.",
        ] {
            let before = name(&just_before(of).expect("a name"));
            let of = name(of);
            assert!(before < of, "{before}");
            // It comes after whatever is shorter by the last letter.
            let label = of.iter().next().expect("a label");
            let shorter = String::from_utf8_lossy(&label[..label.len() - 1]).into_owned();
            if !shorter.is_empty() {
                let shorter = name(&format!("{shorter}.{}", of.base_name()));
                assert!(shorter < before, "{before}");
            }
        }
        assert_eq!(just_before("im-.zahnfee.de"), None);
        let longest = format!("{}.de", "b".repeat(63));
        let before = just_before(&longest).expect("a name");
        assert_eq!(before, format!("{}a.de", "b".repeat(62)));
    }

    #[test]
    fn only_a_cut_proves_that_no_keys_are_announced_for_a_part() {
        for (types, proof) in [
            (&[RecordType::NS][..], Proof::HandedOn),
            (&[], Proof::Shown),
            (&[RecordType::NS, RecordType::DS], Proof::Missing),
            // By the zone below, of its own beginning.
            (&[RecordType::NS, RecordType::SOA], Proof::Missing),
            (&[RecordType::CNAME], Proof::Missing),
        ] {
            let nsec = NSEC::new(name("zz.zahnfee.de."), types.iter().copied());
            let data = RData::DNSSEC(DNSSECRData::NSEC(nsec));
            let record = [Record::from_rdata(name("_tcp.zahnfee.de."), 300, data)];
            let denial = Denial::of(&name("zahnfee.de."), &record, |_| true);
            let shown = denial.of_type(&name("_tcp.zahnfee.de."), RecordType::DS);
            assert_eq!(shown, proof, "{types:?}");
        }
    }
}
