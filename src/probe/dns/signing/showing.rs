//! What one server of a signed zone shows, asked for the keys and for what is wanted of the zone.

use futures_util::future::join_all;
use hickory_resolver::proto::op::Message;

use super::source::Source;
use crate::facts::{NameServer, Proof, RecordType, Signed, SignedSet, Signer};
use crate::probe::Context;
use crate::probe::dns::exchange::pause::pause;
use crate::wire::dns::announced::Announced;
use crate::wire::dns::denial::{Remembered, is_by_hashes, just_before};
use crate::wire::dns::signatures::{Keys, Wanted, is_error, lacks_soa};

/// How often a server is asked for what it shows until that may hold.
pub(super) const MAX_LOOKS: usize = 3;

/// No more questions are put to one for what is not there.
const MAX_AROUND: usize = 6;

/// What is wanted of the servers of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Want {
    pub(super) name: String,
    pub(super) wanted: Wanted,
    /// Only whoever asks for IPv6 addresses needs it.
    pub(super) lesser: bool,
}

impl Want {
    pub(super) fn is_for(&self, name: &str, wanted: Wanted) -> bool {
        self.name.eq_ignore_ascii_case(name) && self.wanted == wanted
    }
}

/// What one server shows, with what the answers themselves say of the zones below.
pub(super) struct Showing {
    pub(super) source: Source,
    keys: Keys,
    pub(super) sets: Vec<SignedSet>,
    below: Vec<(String, Announced)>,
    /// What it proves with any of its answers.
    remembered: Vec<Remembered>,
    /// It proves by hashes what is not there.
    by_hashes: bool,
}

/// What came of one question.
#[derive(Default)]
struct Look {
    sets: Vec<SignedSet>,
    /// The keys of a zone below, where those were asked for.
    announced: Option<Announced>,
    remembered: Vec<Remembered>,
    by_hashes: bool,
}

impl Showing {
    pub(super) fn new(source: Source, keys: Keys, sets: Vec<SignedSet>) -> Self {
        Self {
            source,
            keys,
            sets,
            below: Vec::new(),
            remembered: Vec::new(),
            by_hashes: false,
        }
    }

    /// Another server of the zone, before it has shown anything: its answers are read by the same keys.
    pub(super) fn by(&self, source: Source) -> Self {
        Self::new(source, self.keys.clone(), Vec::new())
    }

    /// Whether resolvers can use any of its keys.
    pub(super) fn has_keys(&self) -> bool {
        !self.keys.tags().is_empty()
    }

    pub(super) fn into_facts(self) -> Signed {
        Signed {
            server: self.source.server.clone(),
            keys: self.keys.tags(),
            unusable: self.keys.unusable(),
            sets: self.contradicted(),
        }
    }

    /// Adds what the server shows of these.
    pub(super) async fn ask(&mut self, cx: &Context, wanted: &[Want]) {
        let asking = wanted
            .iter()
            .map(|want| self.look(cx, &want.name, want.wanted));
        let looks = join_all(asking).await;
        for (want, look) in wanted.iter().zip(looks) {
            if let Some(announced) = look.announced {
                self.below.push((want.name.clone(), announced));
            }
            self.remembered.extend(look.remembered);
            self.by_hashes |= look.by_hashes;
            for mut set in look.sets {
                set.lesser = want.lesser && want.wanted.name() != set.record;
                self.add(set);
            }
        }
    }

    /// Asks for what is not there beside what is: the proofs around a name come with other questions alone, and whoever
    /// was asked these before goes by them. Nobody does so where they are by hashes.
    pub(super) async fn ask_around(&mut self, cx: &Context) {
        if self.by_hashes {
            return;
        }
        let mut around = Vec::new();
        for set in self.sets.iter().filter(|set| may_be_denied(set)) {
            around.extend(just_before(&set.name).map(|before| (before, RecordType::A)));
            if !self.remembered.iter().any(|proof| proof.is_at(&set.name)) {
                around.push((set.name.clone(), RecordType::Txt));
            }
        }
        around.truncate(MAX_AROUND);
        let asking = around.iter().map(|(name, record)| {
            let wanted = Wanted::Records(*record);
            self.source.put(cx, name, wanted)
        });
        let answers = join_all(asking).await;
        let remembered = answers.iter().flatten();
        let remembered: Vec<Remembered> = remembered
            .flat_map(|answer| self.keys.remembered(answer))
            .collect();
        self.remembered.extend(remembered);
    }

    /// Its sets, with a mark on those that it denies elsewhere. What comes from a wildcard has no name of its own, and
    /// what is not signed is refused anyway.
    fn contradicted(self) -> Vec<SignedSet> {
        let Self {
            sets, remembered, ..
        } = self;
        let is_denied = |set: &SignedSet| {
            let mut proofs = remembered.iter();
            let mut signatures = set.signatures.iter();
            let is_signed = signatures.any(|it| it.by != Signer::Stranger && !it.wrong);
            if set.proof == Some(Proof::HandedOn) {
                return proofs.any(|proof| proof.passes_over(&set.name));
            }
            is_signed
                && !set.absent
                && set.proof.is_none()
                && proofs.any(|proof| proof.denies(&set.name, &set.record))
        };
        let marked = sets.into_iter().map(|mut set| {
            set.denied = is_denied(&set);
            set
        });
        marked.collect()
    }

    /// Adds a set, once. An alias may be another one for whoever asks for IPv6 addresses.
    fn add(&mut self, set: SignedSet) {
        let is_known = |known: &&mut SignedSet| {
            let is_same = || {
                let lesser = known.lesser;
                **known
                    == SignedSet {
                        lesser,
                        ..set.clone()
                    }
            };
            known.is(&set.name, &set.record) && (known.lesser == set.lesser || is_same())
        };
        match self.sets.iter_mut().find(is_known) {
            Some(known) => known.lesser &= set.lesser,
            None => self.sets.push(set),
        }
    }

    /// What the server shows of these records. Where that would be refused, a few looks more: of a pool,
    /// one may be broken.
    async fn look(&self, cx: &Context, name: &str, wanted: Wanted) -> Look {
        let now = cx.plan.terms.made_at;
        let mut first: Option<Look> = None;
        for number in 0..MAX_LOOKS {
            let Some(answer) = self.source.put(cx, name, wanted).await else {
                break;
            };
            // An error now and then is told elsewhere.
            if is_error(&answer) && number + 1 < MAX_LOOKS {
                if number + 2 == MAX_LOOKS && first.is_none() {
                    pause(cx).await;
                }
                continue;
            }
            let mut look = self.read(cx, &answer, name, wanted).await;
            if look.sets.iter().all(|set| set.may_hold(now)) {
                for set in &mut look.sets {
                    set.unsteady = first.is_some();
                }
                return look;
            }
            first.get_or_insert(look);
        }
        match first {
            Some(look) => look,
            None if wanted == Wanted::Announced => self.beside(cx, name).await.unwrap_or_default(),
            None => Look::default(),
        }
    }

    async fn read(&self, cx: &Context, answer: &Message, name: &str, wanted: Wanted) -> Look {
        let is_announced = wanted == Wanted::Announced;
        let now = cx.plan.terms.made_at;
        let sets = self.keys.sets(answer, name, wanted);
        let holds = |sets: &[SignedSet]| sets.iter().all(|set| set.may_hold(now));
        let tells_nothing = is_error(answer) || sets.is_empty();
        if is_announced
            && (tells_nothing || lacks_soa(answer) || !holds(&sets))
            && let Some(beside) = self.beside(cx, name).await
            && (tells_nothing || holds(&beside.sets))
        {
            return beside;
        }
        Look {
            sets,
            remembered: self.keys.remembered(answer),
            by_hashes: is_by_hashes(answer),
            announced: is_announced.then(|| Announced::by(answer, name)),
        }
    }

    /// What comes with the names of the servers to which a part is handed on: some resolvers go by that, and do not
    /// ask for its keys.
    async fn beside(&self, cx: &Context, name: &str) -> Option<Look> {
        let names = Wanted::Records(RecordType::Ns);
        let referral = self.source.put(cx, name, names).await?;
        let set = self.keys.beside(&referral, name)?;
        Some(Look {
            sets: vec![set],
            announced: Some(Announced::beside(&referral, name)),
            remembered: Vec::new(),
            by_hashes: is_by_hashes(&referral),
        })
    }

    /// The keys that are announced for a zone below.
    pub(super) fn announced(&self, apex: &str) -> Option<Announced> {
        let mut below = self.below.iter();
        let found = below.find(|(below, _)| below.eq_ignore_ascii_case(apex));
        found.map(|(_, announced)| announced.clone())
    }

    /// Notes that the server has given these records without signatures as well.
    pub(super) fn doubt(&mut self, server: &NameServer, name: &str, record: &str) {
        let sets = self
            .sets
            .iter_mut()
            .filter(|_| self.source.server == *server);
        for set in sets.filter(|set| set.is(name, record) && !set.absent) {
            set.unsteady = true;
        }
    }

    pub(super) fn set(&self, name: &str, wanted: Wanted) -> Option<&SignedSet> {
        let mut sets = self.sets.iter();
        sets.find(|set| set.record == wanted.name() && set.name.eq_ignore_ascii_case(name))
    }
}

/// Whether it is there, under its own name, and not without a proof anyway: then another one may deny it.
fn may_be_denied(set: &SignedSet) -> bool {
    let is_there = !set.absent && set.proof.is_none() || set.proof == Some(Proof::HandedOn);
    is_there && !set.is_lesser() && set.record != SignedSet::KEYS && set.record != "DNAME"
}
