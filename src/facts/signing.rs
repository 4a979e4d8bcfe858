//! How the zones are signed (DNSSEC) that the questions lead through: keys, signatures and proofs.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{NameServer, RecordType, ZoneFacts, is_within};
use crate::model::plan::View;

/// What the zone above says of the keys of a zone, and how its servers sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningFacts {
    /// The zone.
    pub apex: String,
    /// The zone above.
    pub from: String,
    /// Only whoever asks for IPv6 addresses is led into it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lesser: bool,
    /// The servers that alone lead into it, by an alias that others of their zone do not give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub led_by: Vec<NameServer>,
    /// The keys that it announces (DS), by their tags, as far as resolvers can use them. Where there
    /// are none, nobody expects signatures.
    pub announced: Vec<u16>,
    /// Between which moments the root's signatures of that count, by a resolver that passes them on. They are not
    /// verified here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub announced_between: Vec<Period>,
    /// The servers of the zone above that announce these, where others of them announce something else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub announcers: Vec<NameServer>,
    /// What each of the zone's servers shows; only of those that answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<Signed>,
    /// The servers that answer the question for the keys with an error, where all of them do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusing: Vec<NameServer>,
    /// The resolver that passed all of this on, where none of the zone's servers could be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_on_by: Option<View>,
}

/// From when until when a signature counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// From when on.
    #[serde(with = "time::serde::rfc3339")]
    pub from: OffsetDateTime,
    /// Until when.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
}

/// What one server of the zone shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The server.
    pub server: NameServer,
    /// The keys of the zone (DNSKEY), by their tags.
    pub keys: Vec<u16>,
    /// Keys beside them by which no signature counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unusable: Vec<UnusableKey>,
    /// The keys themselves, and the records that the verdict rests on.
    pub sets: Vec<SignedSet>,
}

/// A key of the zone that is none for DNSSEC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusableKey {
    /// Its tag.
    pub key: u16,
    /// Why it is none.
    pub why: Unusable,
}

/// Why a key is none for DNSSEC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unusable {
    /// It is not marked as a key of a zone (RFC 4034 §2.1.1).
    NoZoneKey,
    /// It is for another protocol than 3 (RFC 4034 §2.1.2).
    Protocol,
}

/// All records of one type at one name, with their signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedSet {
    /// The name.
    pub name: String,
    /// The type, as DNS tools write it.
    pub record: String,
    /// The signatures (RRSIG).
    pub signatures: Vec<Signature>,
    /// There are no such records.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
    /// What has to be proven beside the signatures (NSEC, NSEC3): that there are no such records, or
    /// that nothing stands nearer to the name than the wildcard that they come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// Whoever asks for them gets an error, nothing, or neither them nor a proof: that comes only with the names
    /// of the servers to which the part is handed on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beside: bool,
    /// The same server answers the same question now and then without what would hold.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsteady: bool,
    /// The same server proves with another answer (NSEC) that there are no such records: whoever remembers
    /// that (RFC 8198) takes them for absent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub denied: bool,
    /// They are on the way to IPv6 addresses alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lesser: bool,
}

/// Whether something that is not there is proven not to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// It is.
    Shown,
    /// It is, and that the name is handed on to another zone, whose keys are not announced.
    HandedOn,
    /// It is, and that the zone has no such name at all.
    NoName,
    /// It is not.
    Missing,
    /// Nobody said so, nor anything else.
    Unheard,
}

/// One signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The tag of the key that made it.
    pub key: u16,
    /// Which key that is.
    pub by: Signer,
    /// From when on it counts.
    #[serde(with = "time::serde::rfc3339")]
    pub from: OffsetDateTime,
    /// Until when.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
    /// It does not fit the records.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wrong: bool,
    /// Why some resolvers do not take it, whatever it fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disputed: Option<Reserve>,
    /// What it was made with, where that is nothing that is verified here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unverified: Option<String>,
}

/// Why some resolvers take a signature and others do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reserve {
    /// Its key has been taken back (RFC 5011 §2.1). BIND refuses it, Unbound does not.
    Revoked,
    /// Its key is announced by a digest by SHA-1 only, beside better ones of other keys. That counts for
    /// nothing (RFC 4509 §3), but to Unbound.
    Sha1,
    /// The zone has another key of the same tag, by which nothing is signed here. BIND tries that as well and gives up,
    /// Unbound does not.
    SameTag,
}

/// Who made a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signer {
    /// A key that the zone above announces.
    Announced,
    /// Another key of the zone.
    Own,
    /// Nobody whose key the zone has.
    Stranger,
}

impl Period {
    /// Whether this moment is within it.
    pub(crate) fn contains(&self, moment: OffsetDateTime) -> bool {
        self.from <= moment && moment <= self.until
    }
}

impl SignedSet {
    /// The set of the keys themselves.
    pub const KEYS: &'static str = "DNSKEY";
    /// The set that announces keys of a zone below.
    pub const ANNOUNCED: &'static str = "DS";

    /// Whether it is the set of this type at this name.
    pub(crate) fn is(&self, name: &str, record: &str) -> bool {
        self.name.eq_ignore_ascii_case(name) && self.record == record
    }

    /// Whether it is the same set for the same askers.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.is(&other.name, &other.record) && self.lesser == other.lesser
    }

    /// Whether a partner can do without it.
    pub fn is_lesser(&self) -> bool {
        self.lesser || self.record == RecordType::Aaaa.name()
    }

    /// The signatures by keys that may make them.
    pub(super) fn counting(&self) -> impl Iterator<Item = &Signature> {
        let is_of_keys = self.record == Self::KEYS;
        self.signatures.iter().filter(move |it| match it.by {
            Signer::Announced => true,
            Signer::Own => !is_of_keys,
            Signer::Stranger => false,
        })
    }

    /// What its signatures are made with, where that is not verified here.
    pub fn unverified(&self) -> Option<&str> {
        let mut counting = self.counting();
        counting.find_map(|signature| signature.unverified.as_deref())
    }
}

impl ZoneFacts {
    /// How all zones sign that the questions lead through, from the top down.
    pub fn signings(&self) -> impl Iterator<Item = &SigningFacts> {
        let own = self.signing.iter();
        let is_above = |other: &&SigningFacts| {
            let mut own = self.signing.iter();
            own.any(|own| is_within(&own.apex, &other.apex))
        };
        let elsewhere = || self.signing_elsewhere.iter();
        let above = elsewhere().filter(is_above);
        let below = elsewhere().filter(move |other| !is_above(other));
        above.chain(own).chain(below)
    }
}
