//! Whether resolvers that check signatures (DNSSEC) can believe what the zone publishes.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::{NameServer, RecordType, ZoneFacts, is_within};

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
    /// The servers that answer the question for the keys with an error, where all of them do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusing: Vec<NameServer>,
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
    /// There are no such records.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
    /// What has to be proven beside the signatures (NSEC, NSEC3): that there are no such records, or
    /// that nothing stands nearer to the name than the wildcard that they come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// Whoever asks for them gets an error: they, or the proof, come only with the names of the servers
    /// to which the part is handed on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beside: bool,
    /// The same server answers the same question now and then without what would hold.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsteady: bool,
}

/// Whether something that is not there is proven not to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// It is.
    Shown,
    /// It is, and that the name is handed on to another zone, whose keys are not announced.
    HandedOn,
    /// It is not.
    Missing,
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
    /// What it was made with, where that is nothing that is verified here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unverified: Option<String>,
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
    /// Nothing breaks; but signatures of these records are made with what is not verified here.
    Unverified(&'a SignedSet),
    /// No server showed its keys.
    Unseen,
}

/// Where the chain of signatures breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Break<'a> {
    /// The zone has no keys.
    NoKeys,
    /// Its servers answer the question for them with an error.
    KeysRefused(&'a [NameServer]),
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
    /// Nothing proves that there are no such records.
    Unproven(&'a SignedSet),
    /// They come from a wildcard, and nothing proves that the name itself does not exist.
    Wildcard(&'a SignedSet),
    /// Nothing breaks but that what would count cannot be verified here.
    Unverified(&'a SignedSet),
}

/// Why some resolvers refuse what others believe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Split<'a> {
    /// Every server answers the question for the keys of a part with an error: whoever asks it refuses
    /// the part, whoever goes by what comes with its name servers does not.
    Beside(&'a SignedSet),
    /// Now the signatures come along, now they do not.
    Unsteady(&'a SignedSet),
    /// Beside what holds stands what does not: who tries that first may give up.
    Mixed(&'a SignedSet),
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

impl SigningFacts {
    /// What resolvers make of it at this moment. One server in order is enough: they try the others.
    /// Without IPv6 addresses the server is found all the same.
    pub fn at(&self, now: OffsetDateTime) -> Signing<'_> {
        if self.announced.is_empty() {
            return Signing::Unsigned;
        }
        if !self.refusing.is_empty() {
            return Signing::Fails(Break::KeysRefused(&self.refusing));
        }
        if self.shown.is_empty() {
            return Signing::Unseen;
        }
        if self.shown.iter().all(|signed| signed.keys.is_empty()) {
            return Signing::Fails(Break::NoKeys);
        }
        match self.breaks(now, |set| !set.is_lesser()) {
            Some(Break::Unverified(set)) => Signing::Unverified(set),
            Some(first) => Signing::Fails(first),
            None => Signing::Holds,
        }
    }

    /// What some resolvers refuse. One server in order is enough here, too.
    pub fn split(&self, now: OffsetDateTime) -> Option<Split<'_>> {
        let shown = |is: fn(&SignedSet, OffsetDateTime) -> bool| {
            let mut sets = self.sets().filter(|shown| !shown[0].1.is_lesser());
            let all = sets.find(|shown| shown.iter().all(|(_, set)| is(set, now)));
            all.map(|shown| shown[0].1)
        };
        let beside = shown(|set, _| set.beside).map(Split::Beside);
        let unsteady = || shown(|set, _| set.unsteady).map(Split::Unsteady);
        let mixed = || shown(SignedSet::is_mixed).map(Split::Mixed);
        beside.or_else(unsteady).or_else(mixed)
    }

    /// The first of the records that a partner can do without and that resolvers refuse.
    pub fn lesser_break(&self, now: OffsetDateTime) -> Option<Break<'_>> {
        let lesser = self.breaks(now, SignedSet::is_lesser);
        lesser.filter(|it| !it.is_open())
    }

    /// The records whose signatures run out next, where whoever signs the zone should have renewed
    /// them long ago: little is left of the time for which they were made, and less than a day.
    pub fn running_out(&self, now: OffsetDateTime) -> Option<(&SignedSet, OffsetDateTime)> {
        let ends = self.sets().filter_map(|shown| {
            let holding = shown.iter().flat_map(|(signed, set)| {
                let holding = set.counting().filter(|signature| signature.holds(now));
                holding.filter(|_| !signed.keys.is_empty())
            });
            let last = holding.max_by_key(|signature| signature.until)?;
            last.runs_out(now).then_some((shown[0].1, last.until))
        });
        ends.min_by_key(|(_, until)| *until)
    }

    fn breaks(&self, now: OffsetDateTime, of: impl Fn(&SignedSet) -> bool) -> Option<Break<'_>> {
        let sets = self.sets().filter(|shown| of(shown[0].1));
        let breaks = sets.filter_map(|shown| {
            let breaks = shown
                .into_iter()
                .map(|(signed, set)| set.breaks(&signed.keys, now));
            // `None` where one of them has no break.
            let breaks = breaks.collect::<Option<Vec<Break<'_>>>>()?;
            // One that may have none is enough as well.
            let open = breaks.iter().find(|it| it.is_open());
            open.or_else(|| breaks.first()).cloned()
        });
        // What is open decides nothing while anything else does.
        breaks.reduce(|first, next| {
            if first.is_open() && !next.is_open() {
                next
            } else {
                first
            }
        })
    }

    /// Each set, as each of the servers shows it.
    fn sets(&self) -> impl Iterator<Item = Vec<(&Signed, &SignedSet)>> {
        let all = || {
            let each = |signed| std::iter::repeat(signed);
            self.shown
                .iter()
                .flat_map(move |signed: &Signed| each(signed).zip(&signed.sets))
        };
        let is_first = move |index: usize, set: &SignedSet| {
            let mut before = all().take(index);
            !before.any(|(_, known)| known.is(&set.name, &set.record))
        };
        all().enumerate().filter_map(move |(index, (_, set))| {
            let same = || all().filter(|(_, other)| other.is(&set.name, &set.record));
            is_first(index, set).then(|| same().collect())
        })
    }
}

impl SignedSet {
    /// The set of the keys themselves.
    pub const KEYS: &'static str = "DNSKEY";
    /// The set that announces keys of a zone below.
    pub const ANNOUNCED: &'static str = "DS";

    /// Whether resolvers may believe it, as far as that can be told.
    pub(crate) fn may_hold(&self, now: OffsetDateTime) -> bool {
        self.breaks(&[], now).is_none_or(|it| it.is_open())
    }

    /// Whether it is the set of this type at this name.
    pub(crate) fn is(&self, name: &str, record: &str) -> bool {
        self.name.eq_ignore_ascii_case(name) && self.record == record
    }

    fn is_lesser(&self) -> bool {
        self.record == RecordType::Aaaa.name()
    }

    /// The signatures by keys that may make them.
    fn counting(&self) -> impl Iterator<Item = &Signature> {
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

    /// Whether what does not hold stands beside what does, and none of it is a stranger's.
    fn is_mixed(&self, now: OffsetDateTime) -> bool {
        let holds = || self.counting().any(|it| it.holds(now));
        let fails = |it: &Signature| it.wrong || it.until < now;
        let is_of_records = !self.absent && self.record != Self::KEYS;
        is_of_records && self.counting().any(fails) && holds()
    }

    fn breaks<'a>(&'a self, keys: &'a [u16], now: OffsetDateTime) -> Option<Break<'a>> {
        // That a name is a part of the zone like any other is no proof that it may be handed on unsigned.
        let is_other = self.record == Self::ANNOUNCED && self.proof == Some(Proof::Shown);
        let is_missing = self.proof == Some(Proof::Missing) || is_other;
        if self.absent {
            return is_missing.then_some(Break::Unproven(self));
        }
        if self.counting().any(|signature| signature.holds(now)) {
            return is_missing.then_some(Break::Wildcard(self));
        }
        let may_hold = |it: &Signature| it.unverified.is_some() && it.is_in_date(now);
        if self.counting().any(may_hold) {
            return Some(Break::Unverified(self));
        }
        let Some(best) = self.counting().max_by_key(|signature| signature.until) else {
            let has_own = self.signatures.iter().any(|it| it.by == Signer::Own);
            return Some(if self.record == Self::KEYS && has_own {
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

impl Break<'_> {
    /// It may be none.
    fn is_open(&self) -> bool {
        matches!(self, Self::Unverified(_))
    }
}

impl Signature {
    fn holds(&self, now: OffsetDateTime) -> bool {
        !self.wrong && self.unverified.is_none() && self.is_in_date(now)
    }

    pub(crate) fn is_in_date(&self, now: OffsetDateTime) -> bool {
        self.from <= now && now <= self.until
    }

    /// Whoever signs on the fly makes signatures for some hours, and new ones all the time; whoever
    /// signs ahead renews them days before. Nobody waits until a tenth of their time is left.
    fn runs_out(&self, now: OffsetDateTime) -> bool {
        let left = self.until - now;
        left < Duration::DAY && left * 10 < self.until - self.from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_unsigned_only_where_that_it_is_one_is_proven() {
        let now = OffsetDateTime::UNIX_EPOCH;
        for (proof, holds) in [
            (Proof::HandedOn, true),
            (Proof::Shown, false),
            (Proof::Missing, false),
        ] {
            let set = SignedSet {
                name: "_tcp.zahnfee.de".to_owned(),
                record: SignedSet::ANNOUNCED.to_owned(),
                signatures: Vec::new(),
                absent: true,
                proof: Some(proof),
                beside: false,
                unsteady: false,
            };
            let facts = SigningFacts {
                apex: "zahnfee.de".to_owned(),
                from: "de".to_owned(),
                announced: vec![1],
                shown: vec![Signed {
                    server: NameServer {
                        name: "ns1.zahnfee.de".to_owned(),
                        address: ([81, 2, 3, 1], 53).into(),
                        beside: false,
                    },
                    keys: vec![1],
                    sets: vec![set.clone()],
                }],
                refusing: Vec::new(),
            };
            let expected = if holds {
                Signing::Holds
            } else {
                Signing::Fails(Break::Unproven(&set))
            };
            assert_eq!(facts.at(now), expected, "{proof:?}");
        }
    }
}
