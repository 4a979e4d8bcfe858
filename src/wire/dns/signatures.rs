//! Signatures of zones (DNSSEC): what the servers of a zone show for the keys that the zone above
//! announces.

use hickory_resolver::proto::dnssec::Verifier;
use hickory_resolver::proto::dnssec::rdata::{DNSKEY, DNSSECRData, RRSIG};
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::{self, Name, RData, Record};
use time::OffsetDateTime;

use super::aliases::substituted;
use super::announced::{Announced, Digest};
use super::denial::{Denial, Remembered};
use super::reading::unreadable_key;
use super::record::{presentation, subtree};
use super::verified::{beyond_us, fits, moment};
use super::{Question, absolute, soa, wire_type};
use crate::facts::{
    Proof, RecordType, Reserve, Signature, SignedSet, Signer, Unusable, UnusableKey,
};
use crate::model::limits::MAX_ALIASES;

/// No more signatures of one set are looked at than these.
const MOST_SIGNATURES: usize = 8;
/// Nor more keys of one tag.
const MOST_KEYS: usize = 4;

/// What is asked for with its signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The keys of the zone.
    Keys,
    /// Those of a zone below, as it announces them.
    Announced,
    Records(RecordType),
}

impl Wanted {
    fn wire_type(self) -> rr::RecordType {
        match self {
            Self::Keys => rr::RecordType::DNSKEY,
            Self::Announced => rr::RecordType::DS,
            Self::Records(record) => wire_type(record),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Keys => SignedSet::KEYS,
            Self::Announced => SignedSet::ANNOUNCED,
            Self::Records(record) => record.name(),
        }
    }

    /// Whether it is worth a proof that there are none: of what partners ask for. Without it they get an error, and
    /// not a denial.
    fn may_be_absent(self) -> bool {
        matches!(
            self,
            Self::Announced
                | Self::Records(
                    RecordType::Srv | RecordType::A | RecordType::Aaaa | RecordType::Caa
                )
        )
    }

    /// Whether the same goes for a name that there is not. One without an IPv4 address is not asked for another.
    fn may_be_nowhere(self) -> bool {
        matches!(
            self,
            Self::Announced | Self::Records(RecordType::Srv | RecordType::A)
        )
    }
}

impl Question<'_> {
    /// The query for this at the same name, with its signatures.
    pub(crate) fn wanting(self, wanted: Wanted) -> Option<Message> {
        let mut message = self.message(true)?;
        message
            .queries
            .first_mut()?
            .set_query_type(wanted.wire_type());
        message.edns.as_mut()?.set_dnssec_ok(true);
        Some(message)
    }
}

/// The keys of a zone, as one of its servers shows them.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    zone: Name,
    all: Vec<Key>,
    unusable: Vec<UnusableKey>,
    now: OffsetDateTime,
}

#[derive(Clone, Debug)]
struct Key {
    data: DNSKEY,
    tag: u16,
    by: Signer,
    /// It is announced by a digest that not all go by.
    weakly: bool,
}

impl Keys {
    /// `None` where the answer says neither yes nor no.
    pub(crate) fn of(
        answer: &Message,
        zone: &str,
        announced: &Announced,
        now: OffsetDateTime,
    ) -> Option<Self> {
        if !is_of_zone(answer) {
            return None;
        }
        let zone = absolute(zone)?;
        let mut all = Vec::new();
        let mut unusable = Vec::new();
        for record in answer.answers.iter().filter(|it| it.name == zone) {
            match &record.data {
                RData::DNSSEC(DNSSECRData::DNSKEY(key)) => {
                    let Ok(tag) = key.calculate_key_tag() else {
                        continue;
                    };
                    if !key.zone_key() {
                        let why = Unusable::NoZoneKey;
                        unusable.push(UnusableKey { key: tag, why });
                        continue;
                    }
                    let digest = announced.has(&zone, key);
                    all.push(Key {
                        data: key.clone(),
                        tag,
                        by: digest.map_or(Signer::Own, |_| Signer::Announced),
                        weakly: digest == Some(Digest::Weak),
                    });
                }
                data => unusable.extend(unreadable_key(data)),
            }
        }
        Some(Self {
            zone,
            all,
            unusable,
            now,
        })
    }

    pub(crate) fn tags(&self) -> Vec<u16> {
        self.all.iter().map(|key| key.tag).collect()
    }

    /// Those beside them by which no signature counts.
    pub(crate) fn unusable(&self) -> Vec<UnusableKey> {
        self.unusable.clone()
    }

    /// What a referral shows of the keys that are announced for the zone to which it leads.
    pub(crate) fn beside(&self, referral: &Message, zone: &str) -> Option<SignedSet> {
        let owner = absolute(zone)?;
        let is_of_it =
            |record: &Record| record.record_type() == rr::RecordType::NS && record.name == owner;
        if is_error(referral) || !referral.authorities.iter().any(is_of_it) {
            return None;
        }
        let mut shown = referral.clone();
        shown.answers.clone_from(&referral.authorities);
        let wanted = Wanted::Announced;
        let set = self.set(&shown, &owner, wanted.wire_type(), wanted.name());
        let proof = || self.denial(referral).of_type(&owner, wanted.wire_type());
        let set = set.unwrap_or_else(|| absent(&owner, wanted, proof()));
        Some(SignedSet {
            beside: true,
            ..set
        })
    }

    /// All sets on the way to these records within the zone, aliases first.
    pub(crate) fn sets(&self, answer: &Message, name: &str, wanted: Wanted) -> Vec<SignedSet> {
        let mut sets = Vec::new();
        let Some(mut owner) = absolute(name) else {
            return sets;
        };
        if wanted.is_of_cut() && is_error(answer) {
            // Whoever asks a signed zone whether a part of it is signed must hear one or the other.
            return vec![absent(&owner, wanted, Proof::Missing)];
        }
        if !is_of_zone(answer) {
            return sets;
        }
        for _ in 0..=MAX_ALIASES {
            if !self.zone.zone_of(&owner) {
                return sets;
            }
            if let Some(set) = self.set(answer, &owner, wanted.wire_type(), wanted.name()) {
                sets.push(set);
                return sets;
            }
            let Some((alias, target)) = self.alias(answer, &owner, wanted) else {
                sets.extend(self.absence(answer, &owner, wanted));
                return sets;
            };
            sets.push(alias);
            owner = target;
        }
        sets
    }

    /// The set by which a name is an alias, and what it stands for. The CNAME record that follows from
    /// a DNAME record has no signature of its own (RFC 6672 §5.3.1).
    fn alias(&self, answer: &Message, owner: &Name, wanted: Wanted) -> Option<(SignedSet, Name)> {
        if wanted.is_of_cut() {
            return None;
        }
        let above = answer.answers.iter().find_map(|record| {
            let is_above = record.name.zone_of(owner) && record.name != *owner;
            let target = subtree(&record.data).filter(|_| is_above)?;
            Some((
                &record.name,
                substituted(owner, &record.name, &target).ok()?,
            ))
        });
        if let Some((subtree, target)) = above {
            let set = self.set(answer, subtree, rr::RecordType::DNAME, "DNAME")?;
            return Some((set, target));
        }
        let target = answer
            .answers
            .iter()
            .find_map(|record| match &record.data {
                RData::CNAME(target) if record.name == *owner => Some(target.0.clone()),
                _ => None,
            })?;
        let set = self.set(answer, owner, rr::RecordType::CNAME, "CNAME")?;
        Some((set, target))
    }

    /// The records of this type at this very name, with their signatures; `None` where there are none.
    fn set(
        &self,
        answer: &Message,
        owner: &Name,
        kind: rr::RecordType,
        shown_as: &str,
    ) -> Option<SignedSet> {
        let records = records(&answer.answers, owner, kind);
        if records.is_empty() {
            return None;
        }
        let signatures = signatures(&answer.answers, owner, kind);
        let made_at = signatures.iter().map(|it| it.input().num_labels).min();
        // Not `num_labels`, which counts no wildcard.
        let labels = u8::try_from(owner.iter().count()).unwrap_or(u8::MAX);
        let from_wildcard = made_at.filter(|made_at| {
            let is_wildcard = owner.iter().next() == Some(b"*");
            *made_at < labels - u8::from(is_wildcard)
        });
        let proof = from_wildcard.map(|made_at| {
            if self.denial(answer).has_nothing_nearer(owner, made_at) {
                Proof::Shown
            } else {
                Proof::Missing
            }
        });
        let signatures: Vec<Signature> = signatures
            .iter()
            .map(|it| self.signature(it, owner, &records))
            .collect();
        Some(SignedSet {
            name: presentation(owner),
            record: shown_as.to_owned(),
            signatures,
            absent: false,
            proof,
            beside: false,
            unsteady: false,
            denied: false,
            lesser: false,
        })
    }

    /// That there are no such records, where that has to be proven.
    fn absence(&self, answer: &Message, owner: &Name, wanted: Wanted) -> Option<SignedSet> {
        let is_denied = answer.metadata.response_code == ResponseCode::NXDomain;
        // The zone below denies what only the one above can know (RFC 4035 §3.1.4.1). By its own word nobody takes
        // it for unsigned.
        let is_itself = || soa(answer).is_some_and(|(record, _)| record.name == *owner);
        if wanted.is_of_cut() && is_itself() {
            return Some(absent(owner, wanted, Proof::Missing));
        }
        let is_from_below = || soa(answer).is_some_and(|(record, _)| record.name != self.zone);
        let matters = wanted.may_be_absent() && (!is_denied || wanted.may_be_nowhere());
        let is_handed_on = || !wanted.is_of_cut() && self.is_cut_above(answer, owner);
        if !matters || is_from_below() || is_handed_on() {
            return None;
        }
        let denial = self.denial(answer);
        let proof = if !is_denied {
            denial.of_type(owner, wanted.wire_type())
        } else if wanted.is_of_cut() {
            denial.of_name(owner)
        } else {
            denial.of_whole_name(owner, wanted.wire_type())
        };
        Some(absent(owner, wanted, proof))
    }

    /// Whether it only names the servers of a zone below that this name is in, behind an alias: what is there, or
    /// not, is for those to say.
    fn is_cut_above(&self, answer: &Message, owner: &Name) -> bool {
        let mut servers = answer.authorities.iter();
        soa(answer).is_none()
            && servers.any(|record| {
                let is_below = self.zone.zone_of(&record.name) && record.name != self.zone;
                let is_cut = record.record_type() == rr::RecordType::NS && is_below;
                is_cut && record.name.zone_of(owner)
            })
    }

    /// What this answer proves not to be there, by signatures that hold.
    fn denial<'a>(&self, answer: &'a Message) -> Denial<'a> {
        let holds = |record: &Record| {
            let (owner, kind) = (&record.name, record.record_type());
            let set = records(&answer.authorities, owner, kind);
            let signatures = signatures(&answer.authorities, owner, kind);
            let mut seen = signatures
                .into_iter()
                .map(|it| self.signature(it, owner, &set));
            seen.any(|it| it.by != Signer::Stranger && !it.wrong && it.is_about_in_date(self.now))
        };
        Denial::of(&self.zone, &answer.authorities, holds)
    }

    /// What resolvers remember of it, to deny what else it says is not there (RFC 8198).
    pub(crate) fn remembered(&self, answer: &Message) -> Vec<Remembered> {
        self.denial(answer).remembered()
    }

    fn signature(&self, signature: &RRSIG, owner: &Name, set: &[&Record]) -> Signature {
        let input = signature.input();
        let made_by = |key: &&Key| {
            key.tag == input.key_tag
                && key.data.algorithm() == input.algorithm
                && self.zone == input.signer_name
        };
        let keys: Vec<&Key> = self.all.iter().filter(made_by).take(MOST_KEYS).collect();
        // Two keys may have the same tag.
        let mut fitting = keys.iter();
        let fitting = fitting
            .find(|key| beyond_us(&key.data).is_none() && fits(&key.data, signature, owner, set));
        let unverified = || {
            keys.iter()
                .find_map(|key| Some((key, beyond_us(&key.data)?)))
        };
        let unverified = unverified().filter(|_| fitting.is_none());
        let made_by = fitting.or(unverified.as_ref().map(|(key, _)| *key));
        let by = made_by.or(keys.first());
        let is_of_keys = input.type_covered == rr::RecordType::DNSKEY;
        let disputed = by.and_then(|key| {
            if key.data.revoke() {
                Some(Reserve::Revoked)
            } else {
                let is_weak = key.weakly && is_of_keys;
                let same_tag = (keys.len() > 1).then_some(Reserve::SameTag);
                is_weak.then_some(Reserve::Sha1).or(same_tag)
            }
        });
        Signature {
            key: input.key_tag,
            by: by.map_or(Signer::Stranger, |key| key.by),
            from: moment(input.sig_inception.get(), self.now),
            until: moment(input.sig_expiration.get(), self.now),
            wrong: made_by.is_none() && !keys.is_empty(),
            disputed,
            unverified: unverified.map(|(_, how)| how),
        }
    }
}

impl Wanted {
    /// What stands at the cut between two zones is no alias.
    fn is_of_cut(self) -> bool {
        matches!(self, Self::Keys | Self::Announced)
    }
}

/// A set that is not there, as far as that is proven.
fn absent(owner: &Name, wanted: Wanted, proof: Proof) -> SignedSet {
    SignedSet {
        name: presentation(owner),
        record: wanted.name().to_owned(),
        signatures: Vec::new(),
        absent: true,
        proof: Some(proof),
        beside: false,
        unsteady: false,
        denied: false,
        lesser: false,
    }
}

/// A set of which nothing was heard.
pub(crate) fn unheard(owner: &str, wanted: Wanted) -> Option<SignedSet> {
    Some(absent(&absolute(owner)?, wanted, Proof::Unheard))
}

/// Whether it denies something without the SOA record of the zone. Where it was asked for keys, BIND does not take
/// that for an answer.
pub(crate) fn lacks_soa(answer: &Message) -> bool {
    answer.answers.is_empty() && soa(answer).is_none()
}

pub(crate) fn is_error(answer: &Message) -> bool {
    let code = answer.metadata.response_code;
    !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain)
}

/// Whether it says yes or no in the name of the zone.
fn is_of_zone(answer: &Message) -> bool {
    !is_error(answer) && answer.metadata.authoritative
}

fn records<'a>(section: &'a [Record], owner: &Name, kind: rr::RecordType) -> Vec<&'a Record> {
    let here = section.iter().filter(|it| it.name == *owner);
    here.filter(|it| it.record_type() == kind).collect()
}

fn signatures<'a>(section: &'a [Record], owner: &Name, kind: rr::RecordType) -> Vec<&'a RRSIG> {
    let here = section.iter().filter(|it| it.name == *owner);
    let signatures = here.filter_map(|record| match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature)) => Some(signature),
        _ => None,
    });
    let covering = signatures.filter(|it| it.input().type_covered == kind);
    covering.take(MOST_SIGNATURES).collect()
}
