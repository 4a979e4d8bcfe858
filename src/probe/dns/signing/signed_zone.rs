//! One zone on the way to an answer: what its servers show, for the keys that are announced for it.

use std::net::IpAddr;

use futures_util::future::join_all;

use super::showing::{MAX_LOOKS, Showing, Want};
use super::source::Source;
use crate::facts::{NameServer, Period, Proof, SignedSet, Signer, SigningFacts, is_within};
use crate::model::plan::View;
use crate::probe::Context;
use crate::probe::dns::delegation::link::Link;
use crate::probe::dns::exchange::pause::pause;
use crate::probe::dns::servers;
use crate::wire::dns::announced::Announced;
use crate::wire::dns::signatures::{Keys, Wanted, is_error, unheard};

/// No more servers are asked than these: another one is tried where one fails.
const MAX_ASKED: usize = 3;
/// Nor more of those beside them asked what they announce.
const MAX_OTHERS: usize = 10;
/// Nor more records asked for.
const MAX_RECORDS: usize = 10;
/// Nor more names between a zone and a record searched for a zone that nobody spoke of.
const MAX_CUTS: usize = 4;

/// A zone that is looked at.
pub(super) struct Zone {
    pub(super) apex: String,
    pub(super) from: String,
    pub(super) announced: Option<Announced>,
    pub(super) announced_between: Vec<Period>,
    pub(super) servers: Servers,
    pub(super) wanted: Vec<Want>,
    /// Only whoever asks for IPv6 addresses is led here.
    pub(super) lesser: bool,
    /// The servers of the zone above that announce these keys, where others announce something else.
    pub(super) announcers: Vec<NameServer>,
    /// Those who alone lead here, where others of their zone do not.
    pub(super) led_by: Vec<NameServer>,
    /// What its servers show, where keys are announced for it.
    pub(super) shown: Vec<Showing>,
    /// Those beside them that were asked only for what they announce.
    pub(super) announcing: Vec<Showing>,
    /// The servers that answer the question for its keys with an error, where all of them do.
    refusing: Vec<NameServer>,
    /// The resolver that passes all of it on, where none of the servers can be asked.
    passed_on_by: Option<View>,
}

#[derive(Clone)]
pub(super) enum Servers {
    Found(Vec<NameServer>),
    /// As a zone above names them.
    Named(Vec<(String, Vec<IpAddr>)>),
}

/// What one server shows when it is asked for the keys.
enum Shown {
    Keys(Box<Showing>),
    Error,
    Nothing,
}

impl Zone {
    pub(super) fn of(link: Link) -> Self {
        Self {
            apex: link.apex,
            from: link.from,
            announced: link.announced,
            announced_between: Vec::new(),
            servers: Servers::Named(link.servers),
            wanted: Vec::new(),
            lesser: false,
            announcers: Vec::new(),
            led_by: Vec::new(),
            shown: Vec::new(),
            announcing: Vec::new(),
            refusing: Vec::new(),
            passed_on_by: None,
        }
    }

    /// A zone of which only this resolver tells.
    pub(super) fn through(view: &View, apex: &str) -> Self {
        Self {
            apex: apex.to_owned(),
            from: String::new(),
            announced: None,
            announced_between: Vec::new(),
            servers: Servers::Found(Vec::new()),
            wanted: Vec::new(),
            lesser: false,
            announcers: Vec::new(),
            led_by: Vec::new(),
            shown: Vec::new(),
            announcing: Vec::new(),
            refusing: Vec::new(),
            passed_on_by: Some(view.clone()),
        }
    }

    pub(super) fn below(above: &Self, apex: &str, servers: Servers) -> Self {
        Self {
            apex: apex.to_owned(),
            from: above.apex.clone(),
            announced: None,
            announced_between: Vec::new(),
            servers,
            wanted: Vec::new(),
            lesser: false,
            announcers: Vec::new(),
            led_by: Vec::new(),
            shown: Vec::new(),
            announcing: Vec::new(),
            refusing: Vec::new(),
            passed_on_by: None,
        }
    }

    /// The same zone, as these servers of the one above announce it.
    pub(super) fn announced_by(&self, announced: Announced, announcers: Vec<NameServer>) -> Self {
        Self {
            apex: self.apex.clone(),
            from: self.from.clone(),
            announced: Some(announced),
            announced_between: Vec::new(),
            servers: self.servers.clone(),
            wanted: self.wanted.clone(),
            lesser: self.lesser,
            led_by: self.led_by.clone(),
            announcers,
            shown: Vec::new(),
            announcing: Vec::new(),
            refusing: Vec::new(),
            passed_on_by: None,
        }
    }

    /// Whether it is a top-level domain.
    pub(super) fn is_top(&self) -> bool {
        self.from == "."
    }

    pub(super) fn wants(&mut self, want: Want) {
        let is_it = |known: &&mut Want| known.is_for(&want.name, want.wanted);
        if let Some(known) = self.wanted.iter_mut().find(is_it) {
            known.lesser &= want.lesser;
        } else if self.wanted.len() < MAX_RECORDS {
            self.wanted.push(want);
        }
    }

    /// Has its servers show their keys, and what is wanted of them.
    pub(super) async fn look(&mut self, cx: &Context, announced: &Announced) {
        let servers = match &self.servers {
            Servers::Found(servers) => servers.clone(),
            Servers::Named(named) => {
                let found = servers::referred_to(cx, &self.apex, named.clone()).await;
                found.servers
            }
        };
        // Nobody is led to those that only the zone itself names, as long as others answer.
        let (beside, led_to): (Vec<_>, Vec<_>) = servers.into_iter().partition(|it| it.beside);
        let servers = if led_to.is_empty() { beside } else { led_to };
        let sources: Vec<Source> = servers.into_iter().map(Source::of_zone).collect();
        self.look_at(cx, &sources, announced).await;
        self.ask_the_others(cx, &sources).await;
    }

    /// Asks the servers that have shown no keys what they announce for the zones below: each by its first address, as
    /// those that have the zone from one machine differ in what they were given last.
    async fn ask_the_others(&mut self, cx: &Context, sources: &[Source]) {
        let is_announced = |want: &&Want| want.wanted == Wanted::Announced && !want.lesser;
        let wanted: Vec<Want> = self.wanted.iter().filter(is_announced).cloned().collect();
        let Some(first) = self.shown.first().filter(|_| !wanted.is_empty()) else {
            return;
        };
        let mut others: Vec<Showing> = Vec::new();
        for source in sources {
            let is_it = |it: &Showing| it.source.server.name == source.server.name;
            let is_asked = self.shown.iter().chain(&others).any(is_it);
            if !is_asked && others.len() < MAX_OTHERS {
                others.push(first.by(source.clone()));
            }
        }
        join_all(others.iter_mut().map(|it| it.ask(cx, &wanted))).await;
        self.announcing = others;
    }

    /// The same by these.
    pub(super) async fn look_at(
        &mut self,
        cx: &Context,
        sources: &[Source],
        announced: &Announced,
    ) {
        // Where the first of them show none, the others may.
        for asked in sources.chunks(MAX_ASKED) {
            let shown = asked.iter();
            let shown = shown.map(|source| self.shown_by(cx, source, announced));
            for (source, shown) in asked.iter().zip(join_all(shown).await) {
                match shown {
                    Shown::Keys(showing) => self.shown.push(*showing),
                    Shown::Error => self.refusing.push(source.server.clone()),
                    Shown::Nothing => {}
                }
            }
            if !self.shown.is_empty() {
                break;
            }
        }
        // An error of a resolver is none of theirs.
        if self.refusing.len() < sources.len() || self.passed_on_by.is_some() {
            self.refusing.clear();
        }
    }

    async fn shown_by(&self, cx: &Context, source: &Source, announced: &Announced) -> Shown {
        let now = cx.plan.terms.made_at;
        let mut shown = Shown::Nothing;
        for look in 0..MAX_LOOKS {
            let Some(answer) = source.put(cx, &self.apex, Wanted::Keys).await else {
                // Who is silent once more has not shown anything.
                break;
            };
            if is_error(&answer) {
                if look == 0 {
                    shown = Shown::Error;
                }
                if look + 2 == MAX_LOOKS && !matches!(shown, Shown::Keys(_)) {
                    pause(cx).await;
                }
                continue;
            }
            let Some(keys) = Keys::of(&answer, &self.apex, announced, now) else {
                break;
            };
            let mut sets = keys.sets(&answer, &self.apex, Wanted::Keys);
            let holds = sets.iter().all(|set| set.may_hold(now)) && !keys.tags().is_empty();
            let is_first = !matches!(shown, Shown::Keys(_));
            for set in &mut sets {
                set.unsteady = !is_first;
            }
            if holds || is_first {
                shown = Shown::Keys(Box::new(Showing::new(source.clone(), keys, sets)));
            }
            if holds {
                break;
            }
        }
        if let Shown::Keys(showing) = &mut shown {
            showing.ask(cx, &self.wanted).await;
            // A top-level domain has proofs by millions of names.
            if !self.is_top() {
                showing.ask_around(cx).await;
            }
        }
        shown
    }

    /// The zones below that the same servers speak for, and of which they said nothing: what carries no
    /// signature of this zone may be in one. It is taken out then.
    pub(super) async fn hidden(&mut self, cx: &Context) -> Vec<Zone> {
        let unsigned = self.shown.iter().flat_map(|showing| {
            let sets = showing.sets.iter();
            sets.filter(|set| showing.has_keys() && is_foreign(set))
        });
        // Whether a part has keys is for the zone right above it to say, which may be a hidden one: where both are on
        // the same servers, these answer from that one.
        let now = cx.plan.terms.made_at;
        let is_unproven = |want: &&Want| {
            let mut shown = self.shown.iter();
            want.wanted == Wanted::Announced
                && shown.all(|it| {
                    let set = it.set(&want.name, want.wanted);
                    set.is_none_or(|set| !set.may_hold(now))
                })
        };
        let unproven = self.wanted.iter().filter(is_unproven);
        let above = unproven.filter_map(|want| Some(want.name.split_once('.')?.1));
        let mut cuts: Vec<String> = Vec::new();
        let names = unsigned.map(|set| set.name.as_str());
        for name in names.chain(above) {
            let mut between = name;
            while is_within(between, &self.apex) && !between.eq_ignore_ascii_case(&self.apex) {
                if !cuts.iter().any(|cut| cut.eq_ignore_ascii_case(between)) {
                    cuts.push(between.to_owned());
                }
                between = between.split_once('.').map_or("", |(_, above)| above);
            }
        }
        cuts.sort_by_key(String::len);
        cuts.truncate(MAX_CUTS);
        let is_lesser = |cut: &str| {
            let mut within = self.wanted.iter().filter(|want| is_within(&want.name, cut));
            within.all(|want| want.lesser)
        };
        let mut wanted: Vec<Want> = cuts
            .iter()
            .map(|cut| Want {
                name: cut.clone(),
                wanted: Wanted::Announced,
                lesser: is_lesser(cut),
            })
            .collect();
        join_all(self.shown.iter_mut().map(|it| it.ask(cx, &wanted))).await;
        let mut hidden = Vec::new();
        for cut in cuts {
            // What it gives all the same, below a name that it proves not to have, is from a zone of its own.
            let mut sets = (self.shown.iter()).filter_map(|it| it.set(&cut, Wanted::Announced));
            let is_cut = sets.any(|set| {
                !set.absent || matches!(set.proof, Some(Proof::HandedOn | Proof::NoName))
            });
            if is_cut {
                wanted.retain(|want| want.name != cut);
                let zone = self.split(&cut);
                hidden.extend(Some(zone).filter(|zone| !zone.wanted.is_empty()));
            }
        }
        self.forget_names_between(&wanted);
        hidden
    }

    /// Takes what is within a zone below out of this one.
    fn split(&mut self, cut: &str) -> Self {
        let servers = self
            .shown
            .iter()
            .map(|showing| showing.source.server.clone());
        let servers = Servers::Found(servers.collect());
        let is_of_cut =
            |name: &str, kind: &str| kind == SignedSet::ANNOUNCED && name.eq_ignore_ascii_case(cut);
        let wanted = self.wanted.extract_if(.., |want| {
            is_within(&want.name, cut) && !is_of_cut(&want.name, want.wanted.name())
        });
        let wanted: Vec<Want> = wanted.collect();
        for showing in &mut self.shown {
            let stays =
                |set: &SignedSet| !is_within(&set.name, cut) || is_of_cut(&set.name, &set.record);
            showing.sets.retain(stays);
        }
        let below = Self::below(self, cut, servers);
        Self {
            lesser: wanted.iter().all(|want| want.lesser),
            led_by: self.led_by.clone(),
            wanted,
            ..below
        }
    }

    /// Whether all servers that were heard prove that nothing is handed on at this name.
    pub(super) fn denies_cut(&self, name: &str) -> bool {
        let is_denied = |showing: &Showing| {
            let set = showing.set(name, Wanted::Announced);
            set.is_some_and(SignedSet::is_of_no_cut)
        };
        !self.shown.is_empty() && self.shown.iter().all(is_denied)
    }

    /// Takes these as records of its own, where there are servers that show all of them so. Then nothing that
    /// others have below the cut counts, nor the cut.
    pub(super) async fn take_in(&mut self, cx: &Context, cut: &str, wanted: &[Want]) -> bool {
        let before: Vec<Vec<SignedSet>> = self.shown.iter().map(|it| it.sets.clone()).collect();
        join_all(self.shown.iter_mut().map(|it| it.ask(cx, wanted))).await;
        let now = cx.plan.terms.made_at;
        let is_shown = |want: &Want| {
            let mut here = self.shown.iter().flat_map(|showing| &showing.sets);
            let is_it = |set: &SignedSet| {
                let is_there = !set.absent && set.name.eq_ignore_ascii_case(&want.name);
                is_there && set.may_hold(now)
            };
            want.lesser || here.any(is_it)
        };
        let is_taken = wanted.iter().all(is_shown);
        for (showing, before) in self.shown.iter_mut().zip(before) {
            if is_taken {
                showing
                    .sets
                    .retain(|set| !set.is(cut, SignedSet::ANNOUNCED));
            } else {
                showing.sets = before;
            }
        }
        is_taken
    }

    /// Notes that no server has said whether there are keys for this zone below, if any was asked.
    pub(super) fn note_unheard(&mut self, below: &str) {
        let asked = self.wanted.iter();
        let mut asked = asked.filter(|want| want.is_for(below, Wanted::Announced));
        let is_heard = |it: &Showing| it.set(below, Wanted::Announced).is_some();
        let Some(want) = asked.next().filter(|_| !self.shown.iter().any(is_heard)) else {
            return;
        };
        for showing in &mut self.shown {
            let set = unheard(below, Wanted::Announced);
            showing.sets.extend(set.map(|set| SignedSet {
                lesser: want.lesser,
                ..set
            }));
        }
    }

    /// Leaves out that there is no zone at these names, which nobody asks.
    fn forget_names_between(&mut self, names: &[Want]) {
        let is_one = |set: &SignedSet| {
            let mut names = names.iter();
            let is_it = |want: &Want| set.is(&want.name, want.wanted.name());
            set.absent && set.proof != Some(Proof::HandedOn) && names.any(is_it)
        };
        for showing in &mut self.shown {
            showing.sets.retain(|set| !is_one(set));
        }
    }

    /// `None` where it was not heard whether keys are announced.
    pub(super) fn into_facts(self) -> Option<SigningFacts> {
        let shown = self.shown.into_iter().map(Showing::into_facts);
        Some(SigningFacts {
            apex: self.apex,
            from: self.from,
            lesser: self.lesser,
            led_by: self.led_by,
            announced: self.announced?.tags(),
            announced_between: self.announced_between,
            announcers: self.announcers,
            shown: shown.collect(),
            refusing: self.refusing,
            passed_on_by: self.passed_on_by,
        })
    }
}

/// Whether a set carries no signature of the zone that it should be in.
fn is_foreign(set: &SignedSet) -> bool {
    let mut signatures = set.signatures.iter();
    let is_of_keys = set.record == SignedSet::KEYS || set.record == SignedSet::ANNOUNCED;
    !set.absent && !is_of_keys && signatures.all(|it| it.by == Signer::Stranger)
}
