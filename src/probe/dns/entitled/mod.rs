//! Asks those who are entitled to answer: the servers of the zone that a name is in, past
//! delegations below that zone and aliases that lead out of it.

mod between;
mod counting;
mod dissent;
mod ends;
mod forks;
mod glue;
mod handovers;
mod partings;

use std::mem::take;
use std::pin::Pin;

use futures_util::future::OptionFuture;

use super::exchange::turns::add_marks;
use super::published::published_by;
use super::servers::authority;
use crate::facts::{
    Alias, AuthorityFacts, DnsOutcome, HandedBy, Handover, InternalZone, Lookup, Rcode, RecordType,
    ServerAnswer, is_within,
};
use crate::model::limits::MAX_ALIASES;
use crate::model::plan::Authority;
use crate::probe::Context;
use counting::{after, bound, failing, is_intercepted, leave_out_those_beside};
use ends::{ask_at_ends, ends_within};
use forks::{Asked, Fork, Gone, MAX_FORKS, take_forks};
use handovers::{Next, by_alias, delegated, led_to, moved, onward, silent};
use partings::Parting;

/// How often a question is handed on until nobody follows any more.
const MAX_HANDOVERS: usize = MAX_ALIASES;

/// What the entitled servers answer, and how they were found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entitled {
    answers: Vec<ServerAnswer>,
    handovers: Vec<Handover>,
    given: bool,
    intercepted: bool,
    /// Whether it is asked as by partners, who come to a name by those above it.
    minimised: bool,
    /// What they get there, where they do not get past.
    between: Vec<Lookup>,
    /// To whom some of the servers hand on what others answer themselves.
    partings: Vec<Parting>,
    /// The aliases of some that others do not give.
    forks: Vec<Fork>,
    /// The zone in which the question ends, where only some network knows it.
    internal: Option<InternalZone>,
}

impl Entitled {
    /// The lookup with this beside what the views see.
    pub(crate) fn beside(self, mut lookup: Lookup) -> Lookup {
        if let Some(internal) = &self.internal {
            internal.mark_views(&mut lookup);
        }
        Lookup {
            authority: self.answers,
            handovers: self.handovers,
            given: self.given,
            intercepted: self.intercepted,
            between: self.between,
            ..lookup
        }
    }

    /// The same, where a resolver on the way gave these answers: the servers themselves were not heard,
    /// whatever it pretends.
    pub(crate) fn redirected(mut self) -> Self {
        self.intercepted = true;
        for answer in &mut self.answers {
            if answer.outcome.is_conclusive() {
                answer.outcome = DnsOutcome::failed(Rcode::NotAuthoritative);
            }
        }
        self
    }

    /// Whether one of these servers alone says what it says.
    pub(crate) fn rests_on(&self, servers: &[String]) -> bool {
        let is_one = |answer: &&ServerAnswer| servers.contains(&answer.server.name);
        let said = || {
            let answers = self.answers.iter();
            answers.filter(|answer| answer.outcome.is_conclusive())
        };
        said().filter(is_one).any(|answer| {
            let agrees = |other: &ServerAnswer| other.outcome.agrees_with(&answer.outcome);
            !said().filter(|other| !is_one(other)).any(agrees)
        })
    }

    /// Looks at the names above the end of aliases.
    async fn look_at_end(
        &mut self,
        cx: &Context,
        asked: &AuthorityFacts,
        end: &str,
        record: RecordType,
    ) {
        let mut between = Box::pin(between::look(cx, asked, end, record)).await;
        if let Some((cut, _)) = between::handed(&between) {
            self.partings
                .push(Parting::at(cx, asked, (cut, &between), end).await);
        }
        let is_known =
            |known: &Lookup, it: &Lookup| (&known.name, known.record) == (&it.name, it.record);
        between.retain(|it| !self.between.iter().any(|known| is_known(known, it)));
        self.between.extend(between);
    }

    /// Adds the answers that this server has not given yet.
    pub(crate) fn add_to(self, lookup: &mut Lookup) {
        for answer in self.answers {
            let is_known = |known: &ServerAnswer| {
                known.server == answer.server && known.outcome.agrees_with(&answer.outcome)
            };
            if !answer.outcome.is_conclusive() {
                continue;
            }
            if lookup.authority.iter().any(is_known) {
                add_marks(lookup, &answer, answer.marks.as_ref());
            } else {
                lookup.authority.push(answer);
            }
        }
    }
}

/// The way past handovers is long, and hardly ever gone.
type Asking<'a> = Pin<Box<dyn Future<Output = Entitled> + Send + 'a>>;

/// Asks whoever is entitled to answer, beginning with the servers of the domain's zone.
pub(crate) fn ask<'a>(
    cx: &'a Context,
    domain: Option<&'a AuthorityFacts>,
    name: &'a str,
    record: RecordType,
) -> Asking<'a> {
    Box::pin(ask_from(cx, domain, (name, record), Entitled::default()))
}

/// The same by the way of partners, who come to the name by those above it.
pub(crate) fn ask_minimised<'a>(
    cx: &'a Context,
    domain: Option<&'a AuthorityFacts>,
    name: &'a str,
    record: RecordType,
) -> Asking<'a> {
    let minimised = Entitled {
        minimised: true,
        ..Entitled::default()
    };
    Box::pin(ask_from(cx, domain, (name, record), minimised))
}

async fn ask_from(
    cx: &Context,
    domain: Option<&AuthorityFacts>,
    (name, record): (&str, RecordType),
    mut entitled: Entitled,
) -> Entitled {
    let asked = match domain {
        Some(domain) if domain.speaks_for(name) => domain.clone(),
        _ if cx.plan.authority == Authority::Off => return entitled,
        _ => {
            let found = authority::of(cx, name).await;
            entitled.internal = found.internal;
            match found.authority {
                Some(other) if !other.servers.is_empty() || !other.lost.is_empty() => other,
                nobody => {
                    entitled.handovers.push(Handover {
                        from: domain.map_or_else(String::new, |domain| domain.apex.clone()),
                        at: name.to_owned(),
                        by: HandedBy::Name,
                        proven: false,
                        to: nobody,
                        failing: Vec::new(),
                    });
                    return entitled;
                }
            }
        }
    };
    entitled.given = asked.given;
    entitled.handovers.extend(moved(&asked));
    let is_foreign = domain.is_none_or(|domain| !domain.speaks_for(name));
    let found = asked.clone();
    follow(cx, asked, name, record, &mut entitled).await;
    let are_silent = |entitled: &Entitled| {
        let mut answers = entitled.answers.iter();
        !entitled.answers.is_empty() && answers.all(|answer| answer.outcome.is_silence())
    };
    // Others answer from here, so it is not the way that is closed.
    let leads_nowhere =
        || found.impasse.is_some() || are_silent(&entitled) && cx.hears_name_servers();
    let is_direct = entitled.handovers.is_empty();
    if !is_foreign && is_direct && are_silent(&entitled) {
        let led_to = led_to(cx, &found, &entitled.answers).await;
        entitled.handovers.extend(led_to);
    } else if is_foreign && is_direct && leads_nowhere() {
        entitled.handovers.push(Handover {
            from: domain.map_or_else(String::new, |domain| domain.apex.clone()),
            at: name.to_owned(),
            by: HandedBy::Name,
            proven: false,
            to: Some(found),
            failing: Vec::new(),
        });
    }
    for fork in take(&mut entitled.forks).into_iter().take(MAX_FORKS) {
        let answers = follow_fork(cx, fork, record).await;
        entitled.answers.extend(answers);
    }
    for parting in take(&mut entitled.partings) {
        entitled
            .between
            .push(follow_parting(cx, parting, record).await);
    }
    entitled
}

/// Asks the servers of one zone after the other, until some of them answer.
async fn follow(
    cx: &Context,
    mut asked: AuthorityFacts,
    name: &str,
    record: RecordType,
    entitled: &mut Entitled,
) {
    let mut name = name.to_owned();
    let mut aliases: Vec<Alias> = Vec::new();
    loop {
        let (mut answers, between) = tokio::join!(
            published_by(cx, &asked, &name, record),
            OptionFuture::from(
                (entitled.minimised).then(|| Box::pin(between::look(cx, &asked, &name, record)))
            )
        );
        ask_at_ends(cx, &asked, record, &mut answers).await;
        if leave_out_those_beside(&asked, &mut answers) {
            entitled.handovers.push(silent(&asked));
        }
        Box::pin(dissent::add_to(&mut answers, cx, &asked, &name, record)).await;
        let goes_on = entitled.handovers.len() < MAX_HANDOVERS && aliases.len() < MAX_ALIASES;
        let mut next = if goes_on {
            onward(cx, &asked, &answers).await
        } else {
            None
        };
        if let Some(mut between) = between {
            // A referral for the whole name says it all.
            let is_led_on = next
                .as_ref()
                .is_some_and(|it| it.handover.by == HandedBy::Delegation);
            if let Some((cut, by_all)) = between::handed(&between).filter(|_| !is_led_on) {
                let parting = Parting::at(cx, &asked, (cut, &between), &name).await;
                if by_all && goes_on {
                    let (zone, to) = (parting.handover.at.clone(), parting.handover.clone());
                    between.retain(|lookup| !is_within(&lookup.name, &zone));
                    next = Some(Next::by(to));
                } else {
                    entitled.partings.push(parting);
                }
            }
            entitled.between.extend(between);
            if next.is_none() {
                for end in ends_within(&asked, &answers, &name) {
                    entitled.look_at_end(cx, &asked, &end, record).await;
                }
            }
        }
        let Some(Next {
            mut handover,
            through,
            internal,
        }) = next
        else {
            entitled.intercepted = is_intercepted(cx, &asked, &answers, &name, record).await;
            let question = Asked {
                name: &name,
                before: &aliases,
            };
            take_forks(
                &asked,
                &mut answers,
                Gone::default(),
                question,
                &mut entitled.forks,
            );
            entitled.answers = after(answers, &aliases);
            bound(&mut entitled.answers);
            return;
        };
        let is_delegation = handover.by == HandedBy::Delegation;
        let mut cuts = answers.iter().filter_map(|it| between::cut(&it.outcome));
        let gone_on = cuts.find(|(zone, _)| is_delegation && *zone == handover.at);
        let gone = Gone {
            aliases: &through,
            cut: gone_on.as_ref(),
        };
        let question = Asked {
            name: &name,
            before: &aliases,
        };
        take_forks(&asked, &mut answers, gone, question, &mut entitled.forks);
        let to = handover.to.clone();
        entitled.internal = internal.or(entitled.internal.take());
        // Who was named speaks for the domain, not for what an alias leads to.
        if handover.by == HandedBy::Alias {
            entitled.given = to.as_ref().is_some_and(|to| to.given);
        }
        handover.failing = failing(answers);
        // An alias within the zone is none of the handovers that count.
        if handover.from != to.as_ref().map_or("", |to| &to.apex) {
            entitled.handovers.push(handover);
        }
        if let Some(last) = through.last() {
            name.clone_from(&last.target);
        }
        aliases.extend(through);
        match to {
            Some(to) if !to.servers.is_empty() => asked = to,
            _ => return,
        }
    }
}

/// What the servers at the end of a fork say; the alias or the delegation itself, where nobody can be asked
/// there, or nobody answers. Further forks on the way are not followed.
async fn follow_fork(cx: &Context, fork: Fork, record: RecordType) -> Vec<ServerAnswer> {
    let aliases = fork.answer.outcome.aliases().to_vec();
    let led_by = fork.answer.server.clone();
    let handed = between::cut(&fork.answer.outcome);
    let is_handed_on = handed.is_some();
    let mut entitled = Entitled::default();
    let name = aliases.last().map_or(&fork.name, |last| &last.target);
    let to = if let Some(cut) = handed {
        Box::pin(delegated(cx, &fork.from, cut, &[&fork.answer]))
            .await
            .to
    } else {
        let next = by_alias(cx, &fork.from, aliases.clone()).await;
        next.and_then(|next| next.handover.to)
    };
    if let Some(to) = to.filter(|to| !is_handed_on || !to.servers.is_empty()) {
        follow(cx, to, name, record, &mut entitled).await;
    }
    let mut heard = entitled.answers.iter();
    let is_told = heard.any(|answer| {
        let is_failure = !is_handed_on && !answer.outcome.is_silence();
        is_failure || answer.outcome.is_conclusive()
    });
    let answers = if is_told {
        after(entitled.answers, &aliases)
    } else {
        vec![fork.answer]
    };
    let answers = answers.into_iter().map(|answer| ServerAnswer {
        led_by: (answer.server != led_by).then(|| led_by.clone()),
        ..answer
    });
    after(answers.collect(), &fork.before)
}

/// What those say that the name above is handed on to.
async fn follow_parting(cx: &Context, parting: Parting, record: RecordType) -> Lookup {
    let mut end = Entitled::default();
    let to = parting.handover.to.clone();
    end.handovers.push(parting.handover);
    if let Some(to) = to.filter(|to| !to.servers.is_empty()) {
        Box::pin(follow(cx, to, &parting.name, record, &mut end)).await;
    }
    end.beside(Lookup::of(&parting.name, record))
}
