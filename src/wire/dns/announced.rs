//! What a zone announces of the keys of one below it.

use hickory_resolver::proto::dnssec::rdata::{DNSKEY, DNSSECRData, DS};
use hickory_resolver::proto::dnssec::{Algorithm, DigestType, Verifier};
use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use time::OffsetDateTime;

use super::absolute;
use super::denial::Denial;
use super::record::presentation;
use super::verified::moment;
use crate::facts::{Period, Proof, forgiven};

/// The keys that a zone announces for one below it, as far as resolvers can use them (RFC 4035 §5.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Announced(Vec<DS>);

impl Announced {
    /// Those that come with a referral to this zone.
    pub(crate) fn beside(referral: &Message, zone: &str) -> Self {
        Self::among(&referral.authorities, zone)
    }

    /// Those that are the answer to the question for them.
    pub(crate) fn by(answer: &Message, zone: &str) -> Self {
        Self::among(&answer.answers, zone)
    }

    fn among(records: &[Record], zone: &str) -> Self {
        let Some(zone) = absolute(zone) else {
            return Self::default();
        };
        let records = records.iter().filter(|it| it.name == zone);
        let announced = records.filter_map(|record| match &record.data {
            RData::DNSSEC(DNSSECRData::DS(ds)) => Some(ds.clone()),
            _ => None,
        });
        Self(announced.filter(can_be_used).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether these are the same keys by the same digests, in whatever order.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.0.iter().all(|it| other.0.contains(it)) && other.0.iter().all(|it| self.0.contains(it))
    }

    pub(crate) fn tags(&self) -> Vec<u16> {
        let mut tags: Vec<u16> = self.0.iter().map(DS::key_tag).collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    /// Whether the key is one of them, and for whom. Resolvers look for it by tag and algorithm, which are
    /// not in the digest: with another one there it is not found (RFC 4034 §5.2).
    pub(super) fn has(&self, zone: &Name, key: &DNSKEY) -> Option<Digest> {
        let tag = key.calculate_key_tag().ok();
        let is_it = |ds: &&DS| {
            tag == Some(ds.key_tag())
                && ds.algorithm() == key.algorithm()
                && ds.covers(zone, key).unwrap_or_default()
        };
        let mut fitting = self.0.iter().filter(is_it).peekable();
        fitting.peek()?;
        let is_weak = |ds: &DS| ds.digest_type() == DigestType::SHA1;
        Some(if fitting.all(is_weak) && !self.0.iter().all(is_weak) {
            Digest::Weak
        } else {
            Digest::Counts
        })
    }
}

/// What the digest of a key is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digest {
    /// All resolvers go by it.
    Counts,
    /// It is by SHA-1, beside better ones: then it counts for nothing (RFC 4509 §3).
    Weak,
}

/// Between which moments the signatures count that come with the keys that are announced for a zone.
pub(crate) fn periods(answer: &Message, zone: &str, now: OffsetDateTime) -> Vec<Period> {
    let zone = absolute(zone);
    let own = answer.answers.iter();
    let own = own.filter(|it| zone.as_ref() == Some(&it.name));
    let signatures = own.filter_map(|record| match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature)) => Some(signature.input()),
        _ => None,
    });
    let signatures = signatures.filter(|it| it.type_covered == RecordType::DS);
    let periods = signatures.map(|input| Period {
        from: moment(input.sig_inception.get(), now),
        until: moment(input.sig_expiration.get(), now),
    });
    periods.collect()
}

/// The zone that signs, in the answer to the question for them, the keys that are announced for another one.
pub(crate) fn announcer(answer: &Message, zone: &str) -> Option<String> {
    let zone = absolute(zone)?;
    let mut own = answer.answers.iter().filter(|it| it.name == zone);
    own.find_map(|record| match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature))
            if signature.input().type_covered == RecordType::DS =>
        {
            Some(presentation(&signature.input().signer_name))
        }
        _ => None,
    })
}

/// Whether signatures come with a referral.
pub(crate) fn is_signed(referral: &Message) -> bool {
    let mut records = referral.authorities.iter();
    records.any(|record| record.record_type() == RecordType::RRSIG)
}

/// Whether a referral looks as that of a signed zone has to: keys that it announces for the zone below are
/// signed, or that there are none is proven, as far as this can be told without the keys of the one above.
pub(crate) fn seems_proven(
    referral: &Message,
    zone: &str,
    above: &str,
    now: OffsetDateTime,
) -> bool {
    let (Some(zone), Some(above)) = (absolute(zone), absolute(above)) else {
        return true;
    };
    let records = &referral.authorities;
    let announces = |it: &&Record| it.record_type() == RecordType::DS && it.name == zone;
    let is_signed = |record: &Record| {
        let mut signatures = records.iter().filter(|it| it.name == record.name);
        signatures.any(|it| match &it.data {
            RData::DNSSEC(DNSSECRData::RRSIG(signature)) => {
                let input = signature.input();
                let from = moment(input.sig_inception.get(), now);
                let until = moment(input.sig_expiration.get(), now);
                let forgiven = forgiven(from, until);
                input.type_covered == record.record_type()
                    && input.signer_name == above
                    && from - forgiven <= now
                    && now <= until + forgiven
            }
            _ => false,
        })
    };
    let proof = || Denial::of(&above, records, is_signed).of_type(&zone, RecordType::DS);
    let mut keys = records.iter().filter(announces).peekable();
    if keys.peek().is_some() {
        keys.any(is_signed)
    } else {
        proof() == Proof::HandedOn
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
