//! What resolvers that check signatures (DNSSEC) make of what a zone shows.

use time::{Duration, OffsetDateTime};

use super::{
    NameServer, Proof, RecordType, Reserve, Signature, Signed, SignedSet, Signer, SigningFacts,
    UnusableKey,
};

/// What resolvers that check make of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signing<'a> {
    /// Nobody expects signatures.
    Unsigned,
    /// Everything that was looked at is in order.
    Holds,
    /// They refuse the zone.
    Fails(Break<'a>),
    /// Nothing breaks; but signatures of these records are made with what is not verified here, or nothing was heard
    /// of them.
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
    /// What would count is made by a key that is none for DNSSEC.
    Unusable(UnusableKey),
    /// None of its keys is one of those announced.
    OtherKeys(&'a [u16]),
    /// Every server that has these records signs them with keys that nobody has announced.
    OtherKeysThere(&'a SignedSet, &'a Signed),
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
    /// No server answers the question for the keys of a part as it should: whoever asks it refuses the part, whoever goes by what comes with its name servers does not.
    Beside(&'a SignedSet),
    /// Now the signatures come along, now they do not.
    Unsteady(&'a SignedSet),
    /// What holds is made by a key that not all take.
    Disputed(&'a SignedSet, Reserve),
    /// It has run out a short while ago: Unbound forgives a wrong clock, BIND does not.
    Expired(&'a SignedSet, OffsetDateTime),
    /// It begins in a short while.
    NotYet(&'a SignedSet, OffsetDateTime),
    /// Beside what holds stands what does not: who tries that first may give up.
    Mixed(&'a SignedSet),
    /// Another answer proves that it is not there: whoever was given that one before goes by it.
    Denied(&'a SignedSet),
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
            let mut unusable = self.shown.iter().flat_map(|signed| &signed.unusable);
            let announced = unusable.clone().find(|it| self.announced.contains(&it.key));
            let unusable = announced.or_else(|| unusable.next());
            let chain = unusable.map_or(Break::NoKeys, |it| Break::Unusable(*it));
            return Signing::Fails(chain);
        }
        match self.breaks(now, |set| !set.is_lesser()) {
            Some(Break::Unverified(set)) => Signing::Unverified(set),
            Some(first) => Signing::Fails(first),
            None => Signing::Holds,
        }
    }

    /// The moment from which on, or until which, the root's signatures of the keys of this top-level domain count,
    /// where that is not now; and whether it has passed.
    pub fn announced_at_another_time(&self, now: OffsetDateTime) -> Option<(OffsetDateTime, bool)> {
        let periods = &self.announced_between;
        if periods.iter().any(|it| it.contains(now)) {
            return None;
        }
        let last = periods.iter().max_by_key(|period| period.until)?;
        Some(if last.until < now {
            (last.until, true)
        } else {
            (last.from, false)
        })
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
        let disputed = || self.disputed(now);
        let is_denied = |set: &&SignedSet| set.denied && !set.is_lesser();
        let denied = || {
            // A resolver goes by it whichever server it asks next.
            let mut sets = self.shown.iter().flat_map(|signed| &signed.sets);
            sets.find(is_denied).map(Split::Denied)
        };
        let split = beside.or_else(disputed).or_else(unsteady);
        split.or_else(mixed).or_else(denied)
    }

    /// The first of the records of which no server shows anything that all resolvers take.
    fn disputed(&self, now: OffsetDateTime) -> Option<Split<'_>> {
        let mut sets = self.sets().filter(|shown| !shown[0].1.is_lesser());
        sets.find_map(|shown| {
            let mut splits = Vec::new();
            for (signed, set) in shown {
                if set.breaks(Some(signed), now).is_none() {
                    splits.push(set.dispute(now)?);
                }
            }
            splits.into_iter().next()
        })
    }

    /// The servers that show what resolvers refuse, beside others that are in order.
    pub fn astray(&self, now: OffsetDateTime) -> Vec<&NameServer> {
        let failing = self.shown.iter().filter(|signed| !signed.is_in_order(now));
        failing.map(|signed| &signed.server).collect()
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
            // Whatever proves that there are none gives them to nobody.
            let has_any = shown.iter().any(|(_, set)| set.is_of_records());
            let gives = |set: &SignedSet| !has_any || set.is_of_records();
            let giving = shown.iter().filter(|(_, set)| gives(set));
            let breaks = giving.map(|(signed, set)| self.breaks_there(signed, set, now));
            // `None` where one of them has no break.
            let breaks = breaks.collect::<Option<Vec<Break<'_>>>>()?;
            if self.is_beside_right(&shown, now) {
                return None;
            }
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

    /// Where the chain breaks to what this server shows.
    fn breaks_there<'a>(
        &'a self,
        signed: &'a Signed,
        set: &'a SignedSet,
        now: OffsetDateTime,
    ) -> Option<Break<'a>> {
        let own = set.breaks(Some(signed), now);
        if own.is_some() || set.record == SignedSet::KEYS || signed.has_right_keys(now) {
            return own;
        }
        // Whoever has the keys from another server may believe this one, too.
        let right = self.shown.iter().filter(|other| other.has_right_keys(now));
        let right: Vec<u16> = right.flat_map(|other| other.keys.iter().copied()).collect();
        let is_believed = if set.absent {
            signed.keys.iter().any(|key| right.contains(key))
        } else {
            let mut counting = set.counting().filter(|it| it.may_hold(now));
            counting.any(|signature| right.contains(&signature.key))
        };
        (!is_believed).then_some(Break::OtherKeysThere(set, signed))
    }

    /// Whether these servers answer a question by what another one does not show, whose own answer to it is in
    /// order: whoever checks goes on to that.
    fn is_beside_right(&self, shown: &[(&Signed, &SignedSet)], now: OffsetDateTime) -> bool {
        self.shown.iter().any(|right| {
            let is_free = shown.iter().all(|(wrong, set)| {
                !right.sets.iter().any(|own| own.is_same(set)) && wrong.answers_beside(right)
            });
            is_free && right.is_in_order(now)
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
            !before.any(|(_, known)| known.is_same(set))
        };
        all().enumerate().filter_map(move |(index, (_, set))| {
            let same = || all().filter(|(_, other)| other.is_same(set));
            is_first(index, set).then(|| same().collect())
        })
    }
}

impl Signed {
    /// Whether nothing that it shows is refused, as far as a partner needs it.
    fn is_in_order(&self, now: OffsetDateTime) -> bool {
        let mut needed = self.sets.iter().filter(|set| !set.is_lesser());
        let is_broken = |set: &SignedSet| {
            let chain = set.breaks(Some(self), now);
            chain.is_some_and(|chain| !chain.is_open())
        };
        !self.keys.is_empty() && !needed.any(is_broken)
    }

    /// Whether those keys that it shows lead to one that is announced; or it shows none.
    fn has_right_keys(&self, now: OffsetDateTime) -> bool {
        let mut own = self.sets.iter().filter(|set| set.record == SignedSet::KEYS);
        own.all(|set| set.breaks(Some(self), now).is_none_or(|it| it.is_open()))
    }

    /// Whether it shows something at a name where the other shows something else alone: an alias, or a record.
    fn answers_beside(&self, other: &Self) -> bool {
        // The keys, an address of the other family, or that there is none, are no answer to the question.
        let is_no_answer = |set: &SignedSet| {
            set.record == SignedSet::KEYS || set.is_lesser() || set.absent && set.is_of_address()
        };
        let is_answer = |set: &&SignedSet| !is_no_answer(set);
        let mut own = self.sets.iter().filter(is_answer);
        own.any(|own| {
            let of_name = |set: &&SignedSet| set.name.eq_ignore_ascii_case(&own.name);
            let there = other.sets.iter().filter(is_answer);
            let mut there = there.filter(of_name).peekable();
            there.peek().is_some() && !there.any(|set| set.is_same(own))
        })
    }
}

impl SignedSet {
    /// Whether resolvers may believe it, as far as that can be told.
    pub(crate) fn may_hold(&self, now: OffsetDateTime) -> bool {
        self.breaks(None, now).is_none_or(|it| it.is_open())
    }

    /// Whether all resolvers believe it, as far as that can be told.
    pub(crate) fn is_sound(&self, now: OffsetDateTime) -> bool {
        self.may_hold(now) && self.dispute(now).is_none()
    }

    /// Whether the zone proves that it hands nothing on at this name.
    pub(crate) fn is_of_no_cut(&self) -> bool {
        self.record == Self::ANNOUNCED && matches!(self.proof, Some(Proof::Shown | Proof::NoName))
    }

    fn is_of_address(&self) -> bool {
        [RecordType::A, RecordType::Aaaa]
            .iter()
            .any(|record| self.record == record.name())
    }

    /// Whether there is something that a resolver may give to who asks.
    fn is_of_records(&self) -> bool {
        !self.absent && self.record != Self::ANNOUNCED
    }

    /// Whether what does not hold stands beside what does, and none of it is a stranger's.
    fn is_mixed(&self, now: OffsetDateTime) -> bool {
        let holds = || self.counting().any(|it| it.holds(now));
        let fails = |it: &Signature| it.wrong || it.until < now;
        let is_of_records = !self.absent && self.record != Self::KEYS;
        is_of_records && self.counting().any(fails) && holds()
    }

    /// Why some resolvers refuse it that others take: `None` where all do.
    fn dispute(&self, now: OffsetDateTime) -> Option<Split<'_>> {
        let is_sure = |it: &&Signature| it.holds(now) && it.disputed.is_none();
        let taken = || self.counting().filter(|it| it.may_hold(now));
        if self.absent || self.counting().any(|it| is_sure(&it)) {
            return None;
        }
        let best = taken()
            .find(|it| it.holds(now))
            .or_else(|| taken().next())?;
        Some(match best.disputed {
            Some(dispute) => Split::Disputed(self, dispute),
            None if best.until < now => Split::Expired(self, best.until),
            None => Split::NotYet(self, best.from),
        })
    }

    fn breaks<'a>(&'a self, signed: Option<&'a Signed>, now: OffsetDateTime) -> Option<Break<'a>> {
        // That a name is a part of the zone like any other, or is not there at all, is no proof that it may be
        // handed on unsigned.
        let is_missing = self.proof == Some(Proof::Missing) || self.is_of_no_cut();
        if self.proof == Some(Proof::Unheard) {
            return Some(Break::Unverified(self));
        }
        if self.absent {
            return is_missing.then_some(Break::Unproven(self));
        }
        if self.counting().any(|signature| signature.may_hold(now)) {
            return is_missing.then_some(Break::Wildcard(self));
        }
        let is_open = |it: &Signature| it.unverified.is_some() && it.is_about_in_date(now);
        if self.counting().any(is_open) {
            return Some(Break::Unverified(self));
        }
        let Some(best) = self.counting().max_by_key(|signature| signature.until) else {
            let has_own = self.signatures.iter().any(|it| it.by == Signer::Own);
            let is_by = |key: u16| self.signatures.iter().any(|it| it.key == key);
            let mut unusable = signed.iter().flat_map(|signed| &signed.unusable);
            return Some(if let Some(key) = unusable.find(|it| is_by(it.key)) {
                Break::Unusable(*key)
            } else if self.record == Self::KEYS && has_own {
                Break::OtherKeys(signed.map_or(&[], |signed| &signed.keys))
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

    /// Whether it holds for those who forgive a wrong clock.
    fn may_hold(&self, now: OffsetDateTime) -> bool {
        !self.wrong && self.unverified.is_none() && self.is_about_in_date(now)
    }

    fn is_in_date(&self, now: OffsetDateTime) -> bool {
        self.from <= now && now <= self.until
    }

    pub(crate) fn is_about_in_date(&self, now: OffsetDateTime) -> bool {
        let forgiven = forgiven(self.from, self.until);
        self.from - forgiven <= now && now <= self.until + forgiven
    }

    /// Whoever signs on the fly makes signatures for some hours, and new ones all the time; whoever
    /// signs ahead renews them days before. Nobody waits until a tenth of their time is left.
    fn runs_out(&self, now: OffsetDateTime) -> bool {
        let left = self.until - now;
        left < Duration::DAY && left * 10 < self.until - self.from
    }
}

/// By how much a clock may be wrong for Unbound: a tenth of the time for which a signature is made, at
/// least an hour and at most a day (`val-sig-skew-min`, `val-sig-skew-max`).
pub(crate) fn forgiven(from: OffsetDateTime, until: OffsetDateTime) -> Duration {
    let tenth: Duration = (until - from) / 10;
    tenth.clamp(Duration::HOUR, Duration::DAY)
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
            (Proof::NoName, false),
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
                denied: false,
                lesser: false,
            };
            let facts = SigningFacts {
                apex: "zahnfee.de".to_owned(),
                from: "de".to_owned(),
                lesser: false,
                led_by: Vec::new(),
                announced: vec![1],
                announced_between: Vec::new(),
                announcers: Vec::new(),
                shown: vec![Signed {
                    server: NameServer {
                        name: "ns1.zahnfee.de".to_owned(),
                        address: ([81, 2, 3, 1], 53).into(),
                        beside: false,
                    },
                    keys: vec![1],
                    unusable: Vec::new(),
                    sets: vec![set.clone()],
                }],
                refusing: Vec::new(),
                passed_on_by: None,
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
