//! Whether resolvers that check signatures (DNSSEC) can believe what the zone publishes.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::NameServer;

/// What the zone above says of the keys of a zone, and how its servers sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningFacts {
    /// The zone.
    pub apex: String,
    /// The zone above.
    pub from: String,
    /// The keys that it announces (DS), by their tags, as far as resolvers can use them. Where there
    /// are none, nobody expects signatures.
    pub announced: Vec<u16>,
    /// What each of the zone's servers shows; only of those that answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<Signed>,
}

/// What one server of the zone shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The server.
    pub server: NameServer,
    /// The keys of the zone (DNSKEY), by their tags.
    pub keys: Vec<u16>,
    /// The keys themselves, and the records that the verdict rests on.
    pub sets: Vec<SignedSet>,
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

/// What resolvers that check make of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signing<'a> {
    /// Nobody expects signatures.
    Unsigned,
    /// Everything that was looked at is in order.
    Holds,
    /// They refuse the zone.
    Fails(Break<'a>),
    /// No server showed its keys.
    Unseen,
}

/// Where the chain of signatures breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Break<'a> {
    /// The zone has no keys.
    NoKeys,
    /// None of its keys is one of those announced.
    OtherKeys(&'a [u16]),
    /// These records have no signature that could count.
    NoSignature(&'a SignedSet),
    /// What would count has run out.
    Expired(&'a SignedSet, OffsetDateTime),
    /// What would count does not count yet.
    NotYet(&'a SignedSet, OffsetDateTime),
    /// What would count does not fit the records.
    Wrong(&'a SignedSet),
}

impl SigningFacts {
    /// What resolvers make of it at this moment. One server in order is enough: they try the others.
    pub fn at(&self, now: OffsetDateTime) -> Signing<'_> {
        if self.announced.is_empty() {
            return Signing::Unsigned;
        }
        let breaks = self.shown.iter().map(|signed| signed.breaks(now));
        // `None` where one of them has no break.
        let breaks: Option<Vec<Break<'_>>> = breaks.collect();
        match breaks.map(|breaks| breaks.into_iter().next()) {
            None => Signing::Holds,
            Some(Some(first)) => Signing::Fails(first),
            Some(None) => Signing::Unseen,
        }
    }
}

impl Signed {
    fn breaks(&self, now: OffsetDateTime) -> Option<Break<'_>> {
        if self.keys.is_empty() {
            return Some(Break::NoKeys);
        }
        self.sets.iter().find_map(|set| set.breaks(&self.keys, now))
    }
}

impl SignedSet {
    /// The set of the keys themselves.
    pub const KEYS: &'static str = "DNSKEY";

    fn breaks<'a>(&'a self, keys: &'a [u16], now: OffsetDateTime) -> Option<Break<'a>> {
        let is_of_keys = self.record == Self::KEYS;
        let counts = |signature: &&Signature| match signature.by {
            Signer::Announced => true,
            Signer::Own => !is_of_keys,
            Signer::Stranger => false,
        };
        let could: Vec<&Signature> = self.signatures.iter().filter(counts).collect();
        let holds = |signature: &&Signature| {
            !signature.wrong && signature.from <= now && now <= signature.until
        };
        if could.iter().any(holds) {
            return None;
        }
        let Some(best) = could.iter().max_by_key(|signature| signature.until) else {
            let has_own = self.signatures.iter().any(|it| it.by == Signer::Own);
            return Some(if is_of_keys && has_own {
                Break::OtherKeys(keys)
            } else {
                Break::NoSignature(self)
            });
        };
        Some(if best.wrong {
            Break::Wrong(self)
        } else if best.until < now {
            Break::Expired(self, best.until)
        } else {
            Break::NotYet(self, best.from)
        })
    }
}
