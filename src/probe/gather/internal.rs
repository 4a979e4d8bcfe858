//! Views that answer from a zone that only some network knows. Asked for only where the entitled
//! servers were not heard, or say something else.

use super::{Crashed, Gatherer, random_label};
use crate::facts::{
    AuthorityFacts, Disproof, DnsOutcome, Doubt, InternalZone, Lookup, RecordType, ViewAnswer,
    is_within,
};
use crate::known::{inside, ranges};
use crate::model::plan::View;
use crate::probe::{Context, dns};

/// What is asked at most once in a check, and only where it matters.
#[derive(Debug, Default)]
pub(super) struct Signs {
    suspect: tokio::sync::OnceCell<Option<InternalZone>>,
    top: tokio::sync::OnceCell<Lookup>,
    stray: tokio::sync::OnceCell<Lookup>,
    /// The zone that the servers show this network alone.
    pub(super) inside: tokio::sync::OnceCell<Option<String>>,
}

impl Gatherer {
    /// The same look-up, with the answers marked that come from such a zone. `beside` is another
    /// one for the same name.
    pub(super) async fn marked(
        &self,
        mut lookup: Lookup,
        beside: Option<&Lookup>,
    ) -> Result<Lookup, Crashed> {
        let cx = &*self.cx;
        let found = self.authority.get().await?;
        if let Some(internal) = &found.internal {
            internal.mark(&mut lookup);
        }
        for answer in &mut lookup.answers {
            let zone = answer.outcome.zone().filter(|_| answer.outcome.is_no());
            let is_denied = zone.is_some_and(|zone| is_within(zone, cx.plan.terms.domain.as_str()));
            if is_denied && found.denied_by.contains(&answer.view) {
                answer.disproved = Some(Disproof::FromNowhere);
            }
        }
        let asked = lookup.answers.iter_mut();
        for answer in asked.filter(|answer| !answer.view.is_stand_in()) {
            let aliases = answer.outcome.aliases();
            let end = aliases.last().map_or(&lookup.name, |last| &last.target);
            answer.internal |= inside::is_inside(end) && !answer.outcome.is_no();
        }
        let is_heard = lookup.published().is_some();
        let matters = if is_heard {
            !lookup.differing().is_empty()
        } else {
            !lookup.given && lookup.seen().is_conclusive()
        };
        if !matters || cx.plan.views.iter().all(View::is_stand_in) {
            return Ok(lookup);
        }
        if lookup.name != cx.plan.terms.domain.as_str() {
            let heard = entitled(&lookup).or(found.authority.as_ref());
            let heard = heard.filter(|_| is_heard);
            let asked = (lookup.name.as_str(), beside);
            let internal = dns::servers::authority::internal(cx, asked, &found, heard);
            if let Some(internal) = internal.await {
                internal.mark_views(&mut lookup);
            }
        }
        if !is_heard {
            if let Some(suspect) = self.suspect().await? {
                suspect.mark(&mut lookup);
            }
            self.disprove(&mut lookup).await?;
        }
        if lookup.answers.iter().any(is_own) {
            let top = self.top().await;
            for answer in &mut lookup.answers {
                let is_sign = is_own(answer) && !answer.view.is_stand_in();
                answer.internal |= is_sign && !is_own_everywhere(top, answer);
            }
        }
        Ok(lookup)
    }

    /// Marks what the views say that cannot be so: denials by a zone above that of the domain, and
    /// what a resolver says that has an address for every name.
    pub(super) async fn disprove(&self, lookup: &mut Lookup) -> Result<(), Crashed> {
        let mut views = self.cx.plan.views.iter();
        if lookup.published().is_some() || views.all(View::is_stand_in) {
            return Ok(());
        }
        let found = self.authority.get().await?;
        if let Some(apex) = &found.apex
            && is_within(&lookup.name, apex)
        {
            for answer in &mut lookup.answers {
                let zone = answer.outcome.zone().filter(|_| answer.outcome.is_no());
                let is_above = zone.is_some_and(|zone| !is_within(zone, apex));
                if is_above && answer.outcome.aliases().is_empty() {
                    answer.disproved = Some(Disproof::FromAbove);
                }
            }
        }
        self.disprove_by_top(lookup).await;
        let Ok(wildcard) = self.wildcard.get().await else {
            return Ok(());
        };
        let answers_all = |answer: &ViewAnswer| answer.outcome.addresses().next().is_some();
        if wildcard.published().is_some() || !wildcard.answers.iter().any(answers_all) {
            return Ok(());
        }
        let stray = self.signs.stray.get_or_init(|| stray(&self.cx)).await;
        for answer in &mut lookup.answers {
            let of_view = |lookup: &'_ Lookup| -> Option<DnsOutcome> {
                let mut answers = lookup.answers.iter();
                let of_view = answers.find(|other| other.view == answer.view)?;
                answers_all(of_view).then(|| of_view.outcome.clone())
            };
            let (Some(beside), Some(far)) = (of_view(&wildcard), of_view(stray)) else {
                continue;
            };
            let is_made_up = answer.outcome.agrees_with(&beside) || answer.outcome.is_no();
            if beside.agrees_with(&far) && is_made_up {
                answer.disproved = Some(Disproof::Invents);
            }
        }
        Ok(())
    }

    /// Marks denials by the root of a name below a top-level domain that the same view knows: it does not say
    /// what is in there.
    async fn disprove_by_top(&self, lookup: &mut Lookup) {
        let is_by_root =
            |answer: &ViewAnswer| answer.outcome.is_no() && answer.outcome.zone() == Some(".");
        if !lookup.name.contains('.') || !lookup.answers.iter().any(is_by_root) {
            return;
        }
        let top = self.top().await;
        let is_known = |view: &View| {
            let mut answers = top.answers.iter().filter(|answer| answer.view == *view);
            answers.any(|answer| !answer.outcome.records().is_empty())
        };
        for answer in lookup.answers.iter_mut().filter(|it| is_by_root(it)) {
            if answer.outcome.aliases().is_empty() && is_known(&answer.view) {
                answer.disproved = Some(Disproof::FromAbove);
            }
        }
    }

    /// SOA of the top-level domain.
    pub(super) async fn top(&self) -> &Lookup {
        self.signs.top.get_or_init(|| top(&self.cx)).await
    }

    /// A zone of the domain that seems to be an internal one: some of its servers have private
    /// addresses, or the domain itself has.
    pub(super) async fn suspect(&self) -> Result<Option<&InternalZone>, Crashed> {
        let found = self.authority.get().await?;
        let suspect = self.signs.suspect.get_or_init(|| async {
            match &found.suspect {
                Some(suspect) => Some(suspect.clone()),
                None => private(&self.cx).await,
            }
        });
        Ok(suspect.await.as_ref())
    }
}

/// Who was entitled to answer in the end.
fn entitled(lookup: &Lookup) -> Option<&AuthorityFacts> {
    lookup.handovers.last()?.to.as_ref()
}

/// The domain with private addresses, as where its domain controllers have its name.
async fn private(cx: &Context) -> Option<InternalZone> {
    let domain = cx.plan.terms.domain.as_str();
    let lookup = dns::look_up(cx, domain, RecordType::A).await;
    let addresses = |answer: &ViewAnswer| {
        let is_mark = answer.doubt() == Some(Doubt::Sinkhole);
        let addresses = answer.outcome.addresses().filter(|_| !is_mark);
        addresses
            .filter(|address| ranges::special(*address).is_some())
            .collect::<Vec<_>>()
    };
    let seen: Vec<_> = lookup
        .answers
        .iter()
        .map(|answer| (answer.view.clone(), addresses(answer)))
        .filter(|(_, addresses)| !addresses.is_empty())
        .collect();
    let (_, addresses) = seen.first()?.clone();
    Some(InternalZone {
        apex: domain.to_owned(),
        servers: Vec::new(),
        views: seen.into_iter().map(|(view, _)| view).collect(),
        addresses,
    })
}

/// Whether the server says that it has the zone itself (AA). Who only passes on what others say has
/// none. A zone's own server on the internet may be asked as if it were a resolver.
fn is_own(answer: &ViewAnswer) -> bool {
    let is_near = answer
        .server
        .is_some_and(|server| ranges::special(server.ip()).is_some());
    let marks = answer.marks.as_ref();
    answer.outcome.is_conclusive()
        && marks.is_some_and(|marks| marks.authoritative && (marks.recursive || is_near))
}

/// A of a name in the same top-level domain that nobody has made.
async fn stray(cx: &Context) -> Lookup {
    let domain = cx.plan.terms.domain.as_str();
    let top = domain.rsplit('.').next().unwrap_or(domain);
    let name = format!("{}.{top}", random_label(cx));
    dns::look_up(cx, &name, RecordType::A).await
}

/// SOA of the top-level domain.
async fn top(cx: &Context) -> Lookup {
    let domain = cx.plan.terms.domain.as_str();
    let top = domain.rsplit('.').next().unwrap_or(domain);
    dns::look_up(cx, top, RecordType::Soa).await
}

/// Whether this view says so of the top-level domain, too. Then it says so of whatever it
/// remembers, as CoreDNS does.
fn is_own_everywhere(top: &Lookup, answer: &ViewAnswer) -> bool {
    let mut answers = top.answers.iter().filter(|top| top.view == answer.view);
    answers.any(|top| is_own(top) && !top.outcome.records().is_empty())
}
