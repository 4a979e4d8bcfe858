//! Asks those who are entitled to answer: the servers of the zone that a name is in, past
//! delegations below that zone and aliases that lead out of it.

use std::mem::take;
use std::pin::Pin;

use futures_util::future::OptionFuture;

use super::between::{self, Cut};
use super::handovers::{Next, by_alias, delegated, moved, onward, silent};
use super::turns::add_marks;
use super::{Question, Server, authority, exchange, published_by};
use crate::facts::{
    Alias, AuthorityFacts, DnsOutcome, HandedBy, Handover, InternalZone, Lookup, Rcode, RecordType,
    ServerAnswer, is_loop, is_within,
};
use crate::model::limits::MAX_ALIASES;
use crate::model::plan::Authority;
use crate::probe::Context;
use crate::probe::manners::Host;
use crate::wire::dns::Role;

/// How often a question is handed on until nobody follows any more.
const MAX_HANDOVERS: usize = MAX_ALIASES;
/// How many more ways are gone where the servers of a zone give different aliases.
const MAX_FORKS: usize = 4;

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
}

impl Entitled {
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
            self.partings.push(Parting::at(cx, asked, cut, end).await);
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
    let mut forks = Vec::new();
    follow(cx, asked, name, record, &mut entitled, &mut forks).await;
    let are_silent = |entitled: &Entitled| {
        let mut answers = entitled.answers.iter();
        !entitled.answers.is_empty() && answers.all(|answer| answer.outcome.is_silence())
    };
    // Others answer from here, so it is not the way that is closed.
    let leads_nowhere =
        || found.impasse.is_some() || are_silent(&entitled) && cx.hears_name_servers();
    let is_direct = entitled.handovers.is_empty();
    if !is_foreign && is_direct && are_silent(&entitled) {
        entitled.handovers.extend(led_to(cx, &found));
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
    for fork in forks.into_iter().take(MAX_FORKS) {
        let answers = fork.follow(cx, record).await;
        entitled.answers.extend(answers);
    }
    for parting in take(&mut entitled.partings) {
        entitled.between.push(parting.follow(cx, record).await);
    }
    entitled
}

/// That a zone above leads to these servers, which do not answer: that zone does, so it is not the way from
/// here that is closed.
fn led_to(cx: &Context, asked: &AuthorityFacts) -> Option<Handover> {
    let way = cx.walk_to(cx.plan.terms.domain.as_str())?;
    let last = way.last()?;
    let is_it = last.apex.eq_ignore_ascii_case(&asked.apex) && !asked.given;
    is_it.then(|| Handover {
        from: last.from.clone(),
        at: asked.apex.clone(),
        by: HandedBy::Delegation,
        proven: false,
        to: Some(asked.clone()),
        failing: Vec::new(),
    })
}

/// Asks the servers of one zone after the other, until some of them answer.
async fn follow(
    cx: &Context,
    mut asked: AuthorityFacts,
    name: &str,
    record: RecordType,
    entitled: &mut Entitled,
    forks: &mut Vec<Fork>,
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
        if leave_out_those_beside(&mut answers) {
            entitled.handovers.push(silent(&asked));
        }
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
                let parting = Parting::at(cx, &asked, cut, &name).await;
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
            take_forks(&asked, &mut answers, &[], &aliases, forks);
            entitled.answers = after(answers, &aliases);
            bound(&mut entitled.answers);
            return;
        };
        take_forks(&asked, &mut answers, &through, &aliases, forks);
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

/// Leaves out the answers of servers that only the zone itself names, where those that the zone above
/// names tell nothing: whoever remembers nothing gets to no others. Whether these are silent, so that it is
/// not the way from here that is closed.
fn leave_out_those_beside(answers: &mut Vec<ServerAnswer>) -> bool {
    let tells = |answer: &ServerAnswer| {
        answer.outcome.is_conclusive() || matches!(answer.outcome, DnsOutcome::Elsewhere { .. })
    };
    if answers
        .iter()
        .any(|answer| !answer.server.beside && tells(answer))
    {
        return false;
    }
    let others: Vec<ServerAnswer> = answers
        .extract_if(.., |answer| answer.server.beside)
        .collect();
    let are_heard = others.iter().any(tells);
    are_heard && answers.iter().all(|answer| answer.outcome.is_silence())
}

/// Of more aliases than are followed it is not known what stands at their end. It is the same limit
/// wherever they were met: in one answer, or from zone to zone.
fn bound(answers: &mut [ServerAnswer]) {
    for answer in answers {
        let aliases = answer.outcome.aliases();
        let round = (1..=aliases.len()).find(|end| is_loop(&aliases[..*end]));
        if let Some(end) = round {
            answer.outcome = DnsOutcome::NoData {
                aliases: aliases[..end].to_vec(),
                negative_ttl: None,
                zone: None,
            };
        } else if aliases.len() > MAX_ALIASES {
            answer.outcome = DnsOutcome::too_many_aliases();
        }
    }
}

/// The servers that answer with an error, while others hand the question on.
fn failing(answers: Vec<ServerAnswer>) -> Vec<ServerAnswer> {
    let fails = |answer: &ServerAnswer| matches!(answer.outcome, DnsOutcome::Failed { .. });
    let failing = answers
        .into_iter()
        .filter(|it| fails(it) && it.outcome.is_failure());
    failing.collect()
}

/// These answers for a name that the aliases led from.
fn after(answers: Vec<ServerAnswer>, aliases: &[Alias]) -> Vec<ServerAnswer> {
    let answers = answers.into_iter().map(|answer| ServerAnswer {
        outcome: answer.outcome.after(aliases),
        ..answer
    });
    answers.collect()
}

/// An alias out of the zone that some of its servers give, while others give a record, a denial or
/// another alias: partners are led now this way, now that.
struct Fork {
    from: AuthorityFacts,
    /// Whose alias it is.
    answer: ServerAnswer,
    /// The aliases on the way to the servers that gave it.
    before: Vec<Alias>,
}

impl Fork {
    /// What the servers at its end say; the alias itself, where nobody can be asked there. Further
    /// forks on the way are not followed.
    async fn follow(self, cx: &Context, record: RecordType) -> Vec<ServerAnswer> {
        let aliases = self.answer.outcome.aliases().to_vec();
        let led_by = self.answer.server.clone();
        let mut entitled = Entitled::default();
        if let Some(last) = aliases.last()
            && let Some(next) = by_alias(cx, &self.from, aliases.clone()).await
            && let Some(to) = next.handover.to
        {
            let further = &mut Vec::new();
            follow(cx, to, &last.target, record, &mut entitled, further).await;
        }
        let answers = if entitled.answers.is_empty() {
            vec![self.answer]
        } else {
            after(entitled.answers, &aliases)
        };
        let answers = answers.into_iter().map(|answer| ServerAnswer {
            led_by: (answer.server != led_by).then(|| led_by.clone()),
            ..answer
        });
        after(answers.collect(), &self.before)
    }
}

/// Takes the aliases out of the answers that lead elsewhere than the way that is gone on, each once.
fn take_forks(
    from: &AuthorityFacts,
    answers: &mut Vec<ServerAnswer>,
    gone: &[Alias],
    before: &[Alias],
    forks: &mut Vec<Fork>,
) {
    let decided = !gone.is_empty() || answers.iter().any(|answer| answer.outcome.is_conclusive());
    if !decided {
        return;
    }
    let leads_on = |answer: &mut ServerAnswer| matches!(&answer.outcome, DnsOutcome::Elsewhere { aliases, zone: None, .. } if !aliases.is_empty());
    for answer in answers.extract_if(.., leads_on) {
        let aliases = answer.outcome.aliases();
        let is_known = forks
            .iter()
            .any(|fork| fork.answer.outcome.aliases() == aliases);
        if aliases != gone && !is_known {
            forks.push(Fork {
                from: from.clone(),
                before: before.to_vec(),
                answer,
            });
        }
    }
}

/// A name above is handed on by some of the servers only, or to some of those who ask.
#[derive(Clone, Debug)]
struct Parting {
    handover: Handover,
    /// Whom the question is about there.
    name: String,
}

impl Parting {
    async fn at(cx: &Context, from: &AuthorityFacts, cut: Cut, name: &str) -> Self {
        Self {
            handover: Box::pin(delegated(cx, from, cut)).await,
            name: name.to_owned(),
        }
    }

    /// What those say that the name is handed on to.
    async fn follow(self, cx: &Context, record: RecordType) -> Lookup {
        let mut end = Entitled::default();
        let to = self.handover.to.clone();
        end.handovers.push(self.handover);
        if let Some(to) = to.filter(|to| !to.servers.is_empty()) {
            let further = &mut Vec::new();
            Box::pin(follow(cx, to, &self.name, record, &mut end, further)).await;
        }
        end.beside(Lookup::of(&self.name, record))
    }
}

/// The names within the zone that the aliases in these answers lead to.
fn ends_within(asked: &AuthorityFacts, answers: &[ServerAnswer], name: &str) -> Vec<String> {
    let mut ends: Vec<String> = Vec::new();
    let aliases = answers.iter().flat_map(|answer| answer.outcome.aliases());
    for alias in aliases.filter(|alias| asked.speaks_for(&alias.target)) {
        let end = alias.target.to_ascii_lowercase();
        if !ends.contains(&end) && end != name.to_ascii_lowercase() && ends.len() < MAX_FORKS {
            ends.push(end);
        }
    }
    ends
}

/// Where every server refuses: whether what refuses is a resolver on the way, to which many networks
/// redirect whatever goes to port 53. It answers those who ask for recursion; a server of the zone
/// says the same to everybody.
async fn is_intercepted(
    cx: &Context,
    asked: &AuthorityFacts,
    answers: &[ServerAnswer],
    name: &str,
    record: RecordType,
) -> bool {
    let fails = |answer: &ServerAnswer| matches!(answer.outcome, DnsOutcome::Failed { .. });
    let Some(first) = answers.iter().find(|answer| fails(answer)) else {
        return false;
    };
    if asked.given || answers.iter().any(|answer| answer.outcome.is_conclusive()) {
        return false;
    }
    let question = Question {
        name,
        record,
        role: Role::Interceptor,
    };
    cx.turn([Host::NameServer(first.server.address.ip())]).await;
    let server = Server::plain(first.server.address);
    let asking = exchange::ask(cx, server, question);
    let said = cx.within(cx.plan.limits.dns, asking).await;
    said.is_ok_and(|said| !said.outcome.records().is_empty() || said.outcome.zone().is_some())
}
