//! Signatures of zones (DNSSEC): what the zone above announces, and what the servers of a zone show
//! for it. Only the last steps of the chain are looked at: those that its owner can break.

use hickory_resolver::proto::dnssec::rdata::{DNSKEY, DNSSECRData, DS, RRSIG};
use hickory_resolver::proto::dnssec::{Algorithm, DigestType, Verifier};
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::{self, DNSClass, Name, RData};
use time::OffsetDateTime;

use super::{Question, absolute, wire_type};
use crate::facts::{RecordType, Signature, SignedSet, Signer};

/// No more signatures of one set are looked at than these.
const MOST_SIGNATURES: usize = 8;

/// What is asked for with its signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The keys of the zone.
    Keys,
    Records(RecordType),
}

impl Wanted {
    fn wire_type(self) -> rr::RecordType {
        match self {
            Self::Keys => rr::RecordType::DNSKEY,
            Self::Records(record) => wire_type(record),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Keys => SignedSet::KEYS,
            Self::Records(record) => record.name(),
        }
    }
}

impl Question<'_> {
    /// The query for the keys of a zone, to one of its servers.
    pub(crate) fn for_keys(self) -> Option<Message> {
        let mut message = self.message(true)?;
        message
            .queries
            .first_mut()?
            .set_query_type(rr::RecordType::DNSKEY);
        Some(message)
    }
}

/// The keys that a zone announces for one below it, as far as resolvers can use them (RFC 4035 §5.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Announced(Vec<DS>);

impl Announced {
    /// Those that come with a referral to this zone.
    pub(crate) fn beside(referral: &Message, zone: &str) -> Self {
        let Some(zone) = absolute(zone) else {
            return Self::default();
        };
        let records = referral.authorities.iter().filter(|it| it.name == zone);
        let announced = records.filter_map(|record| match &record.data {
            RData::DNSSEC(DNSSECRData::DS(ds)) => Some(ds.clone()),
            _ => None,
        });
        Self(announced.filter(can_be_used).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn tags(&self) -> Vec<u16> {
        let mut tags: Vec<u16> = self.0.iter().map(DS::key_tag).collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    fn has(&self, zone: &Name, key: &DNSKEY) -> bool {
        let is_it = |ds: &&DS| ds.covers(zone, key).unwrap_or_default();
        self.0.iter().any(|ds| is_it(&ds))
    }
}

/// Algorithms and digests that nobody knows make a zone an unsigned one.
fn can_be_used(ds: &DS) -> bool {
    const ED448: u8 = 16;
    #[expect(deprecated, reason = "resolvers still know them")]
    let is_known = matches!(
        ds.algorithm(),
        Algorithm::RSASHA1
            | Algorithm::RSASHA1NSEC3SHA1
            | Algorithm::RSASHA256
            | Algorithm::RSASHA512
            | Algorithm::ECDSAP256SHA256
            | Algorithm::ECDSAP384SHA384
            | Algorithm::ED25519
            | Algorithm::Unknown(ED448)
    );
    is_known && !matches!(ds.digest_type(), DigestType::Unknown(_))
}

/// The keys of a zone, as one of its servers shows them.
#[derive(Debug)]
pub(crate) struct Keys {
    zone: Name,
    keys: Vec<(DNSKEY, u16, Signer)>,
}

impl Keys {
    /// `None` where the answer says neither yes nor no.
    pub(crate) fn of(answer: &Message, zone: &str, announced: &Announced) -> Option<Self> {
        let known = matches!(
            answer.metadata.response_code,
            ResponseCode::NoError | ResponseCode::NXDomain
        );
        if !known || !answer.metadata.authoritative {
            return None;
        }
        let zone = absolute(zone)?;
        let records = answer.answers.iter().filter(|it| it.name == zone);
        let keys = records.filter_map(|record| match &record.data {
            RData::DNSSEC(DNSSECRData::DNSKEY(key)) => Some(key.clone()),
            _ => None,
        });
        let keys = keys.filter_map(|key| {
            let by = if announced.has(&zone, &key) {
                Signer::Announced
            } else {
                Signer::Own
            };
            let tag = key.calculate_key_tag().ok()?;
            Some((key, tag, by))
        });
        let keys = keys.collect();
        Some(Self { zone, keys })
    }

    pub(crate) fn tags(&self) -> Vec<u16> {
        self.keys.iter().map(|(_, tag, _)| *tag).collect()
    }

    /// The records of this type at this very name, with their signatures; `None` where there are none.
    pub(crate) fn set(&self, answer: &Message, name: &str, wanted: Wanted) -> Option<SignedSet> {
        let owner = absolute(name)?;
        let here = || answer.answers.iter().filter(|it| it.name == owner);
        let is_wanted = |record: &&rr::Record| record.record_type() == wanted.wire_type();
        let records: Vec<&rr::Record> = here().filter(is_wanted).collect();
        if records.is_empty() || !answer.metadata.authoritative {
            return None;
        }
        let signatures = here().filter_map(|record| match &record.data {
            RData::DNSSEC(DNSSECRData::RRSIG(signature)) => Some(signature),
            _ => None,
        });
        let signatures = signatures
            .filter(|it| it.input().type_covered == wanted.wire_type())
            .take(MOST_SIGNATURES)
            .filter_map(|signature| self.signature(signature, &owner, &records));
        Some(SignedSet {
            name: name.to_owned(),
            record: wanted.name().to_owned(),
            signatures: signatures.collect(),
        })
    }

    fn signature(&self, signature: &RRSIG, owner: &Name, set: &[&rr::Record]) -> Option<Signature> {
        let input = signature.input();
        let moment = |seconds: u32| OffsetDateTime::from_unix_timestamp(seconds.into()).ok();
        let mut keys = self.keys.iter();
        let made_by = |(key, tag, _): &&(DNSKEY, u16, Signer)| {
            *tag == input.key_tag
                && key.algorithm() == input.algorithm
                && self.zone == input.signer_name
        };
        let key = keys.find(made_by);
        Some(Signature {
            key: input.key_tag,
            by: key.map_or(Signer::Stranger, |(_, _, by)| *by),
            from: moment(input.sig_inception.get())?,
            until: moment(input.sig_expiration.get())?,
            wrong: key.is_some_and(|(key, ..)| is_wrong(key, signature, owner, set)),
        })
    }
}

/// Whether the signature does not fit. Of several records their order counts, so only one by itself
/// is a proof.
fn is_wrong(key: &DNSKEY, signature: &RRSIG, owner: &Name, set: &[&rr::Record]) -> bool {
    let is_verifiable = key.algorithm().is_supported();
    let records = set.iter().copied();
    let fits = || {
        key.verify_rrsig(owner, DNSClass::IN, signature, records)
            .is_ok()
    };
    set.len() == 1 && is_verifiable && !fits()
}
