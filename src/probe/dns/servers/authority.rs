//! Finds the servers that speak for the zone of a name, by NS records.

use std::net::IpAddr;
use std::sync::Arc;

use futures_util::future::join_all;

use super::by_zone::told_by;
use super::clouds;
use super::located::Care;
use super::reconcile;
use super::told::Told;
use super::{Located, MAX_SERVERS, among, names, seen};
use crate::facts::{
    AuthorityFacts, DnsOutcome, InternalZone, Lookup, NameServer, RecordType, Unanswered,
    ViewAnswer, is_within,
};
use crate::model::plan::{Authority, View};
use crate::probe::Context;
use crate::probe::dns::common;
use crate::probe::dns::delegation::carriers::ROOT;
use crate::probe::dns::delegation::link::Link;
use crate::probe::dns::delegation::{self, Walk, impasse, passing, root};
use crate::wire::dns::Role;

/// How many labels are taken off a name until it is clear which zone it is in.
const MAX_CLIMB: usize = 4;

/// Who speaks for the domain.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// Its servers; `None` when they were not looked for or not found.
    pub(crate) authority: Option<AuthorityFacts>,
    /// The zone of the same name that only some network knows.
    pub(crate) internal: Option<InternalZone>,
    /// A zone that may be such a one, as some of its servers have private addresses. It is none
    /// where the others answer.
    pub(crate) suspect: Option<InternalZone>,
    /// Its zone.
    pub(crate) apex: Option<String>,
    /// The views that say that the domain does not exist, without a proof that could be one.
    pub(crate) denied_by: Vec<View>,
    /// The views that say that the root knows no such name.
    pub(in crate::probe::dns) denied_above: Vec<View>,
    /// The view that named its servers.
    pub(in crate::probe::dns) named_by: Option<View>,
    /// The zones from the top-level domain down to it, with the keys that are announced for each.
    pub(crate) way: Vec<Link>,
    /// The names of its servers whose addresses are a resolver's word, as others stand for them.
    pub(crate) unproven: Vec<String>,
    /// A resolver on the way answers whatever is sent to name servers.
    pub(crate) redirected: bool,
    /// The resolver could not say.
    pub(in crate::probe::dns) failed: bool,
    /// It did not even answer.
    pub(in crate::probe::dns) silent: bool,
}

impl Found {
    /// Whether this is the zone to which the way from the top-level domain led.
    pub(crate) fn leads_to(&self, zone: &str) -> bool {
        let last = self.way.last();
        last.is_some_and(|last| last.apex.eq_ignore_ascii_case(zone))
    }

    /// The same where the top-level domain is somebody's own: so is what the views have in it.
    fn within_views(self, cx: &Context) -> Self {
        let views = cx.plan.views.iter();
        let views: Vec<View> = views
            .filter(|view| !view.is_stand_in() && !self.denied_above.contains(view))
            .cloned()
            .collect();
        let named = self.authority.as_ref();
        let servers = named.map(|named| named.unasked.clone());
        let zone = (!views.is_empty()).then(|| InternalZone {
            apex: self.apex.clone().unwrap_or_else(|| ROOT.to_owned()),
            servers: servers.unwrap_or_default(),
            views,
            addresses: Vec::new(),
        });
        Self {
            internal: self.internal.or(zone),
            suspect: None,
            ..self
        }
    }
}

/// Finds the servers of the domain's zone, or takes those that the user named.
pub(crate) async fn find(cx: &Context) -> Found {
    let domain = cx.plan.terms.domain.as_str();
    match &cx.plan.authority {
        Authority::Off if cx.plan.views.iter().all(View::is_stand_in) => Found::default(),
        // Whether the views stand before an internal zone, they say themselves. All else waits for
        // that: a resolver that answers no such question must not cost its whole limit.
        Authority::Off => {
            let climbed = cx.within(cx.plan.limits.dns / 2, climb(cx, domain)).await;
            let silent = || Found {
                silent: true,
                ..Found::default()
            };
            Found {
                authority: None,
                ..climbed.unwrap_or_else(|_| silent())
            }
        }
        Authority::Given(servers) => {
            let servers = servers.iter().map(|address| NameServer {
                name: address.ip().to_string(),
                address: *address,
                beside: false,
            });
            Found {
                authority: Some(AuthorityFacts {
                    apex: domain.to_owned(),
                    servers: servers.collect(),
                    left_out: 0,
                    unasked: Vec::new(),
                    beyond: Vec::new(),
                    lost: Vec::new(),
                    aliased: Vec::new(),
                    given: true,
                    delegation: None,
                    dispute: None,
                    parted: None,
                    impasse: None,
                    passed: Vec::new(),
                }),
                ..Found::default()
            }
        }
        Authority::Published => {
            let found = climb(cx, domain).await;
            let none = || among(cx, domain, Vec::new());
            Found {
                authority: Some(found.authority.unwrap_or_else(none)),
                ..found
            }
        }
    }
}

/// The same, by what the zones above say: a resolver may remember servers that no longer count, or
/// be unable to say. Of servers that the user named they tell with which keys these have to sign.
pub(crate) async fn verify(
    cx: &Context,
    seen: impl Future<Output = Option<Found>>,
    care: Care,
) -> Option<Found> {
    if cx.plan.authority == Authority::Off {
        return seen.await;
    }
    let domain = cx.plan.terms.domain.as_str();
    let is_published = cx.plan.authority == Authority::Published;
    let seen = async {
        let seen = seen.await?;
        let mut told = Told::default();
        if let Some(servers) = seen.authority.as_ref().filter(|_| is_published) {
            told.ask(cx, servers).await;
        }
        Some((seen, told))
    };
    let (seen, walk) = tokio::join!(Box::pin(seen), Box::pin(delegation::walk(cx, domain)));
    let (seen, told) = seen?;
    if is_published {
        return Some(settled(cx, seen, walk, (care, told)).await);
    }
    let way = match walk {
        Walk::To(delegated) => delegated.links_to(domain),
        Walk::Stuck(delegated, _) => delegated.links(),
        Walk::Redirected | Walk::Denied(_) | Walk::Inside | Walk::Nowhere => Vec::new(),
    };
    Some(Found { way, ..seen })
}

async fn settled(cx: &Context, mut found: Found, walk: Walk, closely: (Care, Told)) -> Found {
    let delegated = match walk {
        Walk::To(delegated) => delegated,
        Walk::Stuck(delegated, impasse) => {
            let seen = found.authority.as_ref();
            if let Some(remembered) = impasse::beyond(cx, seen, &delegated, &impasse) {
                found.authority = Some(remembered);
                return found;
            }
            if delegated.from == "." {
                return found;
            }
            // It is not known that the zone has none below: only one of the same name is known.
            let is_it = |seen: &AuthorityFacts| seen.apex.eq_ignore_ascii_case(&delegated.apex);
            found.authority = found.authority.filter(is_it);
            delegated
        }
        Walk::Redirected => {
            return Found {
                redirected: true,
                ..found
            };
        }
        // It is the root that speaks for every name in there.
        Walk::Denied(by) => {
            let by = by.into_iter();
            let servers = by.map(|(name, addresses)| Located::at(&name, addresses));
            return Found {
                authority: Some(among(cx, ROOT, servers.collect())),
                ..found.within_views(cx)
            };
        }
        Walk::Inside => {
            return Found {
                authority: None,
                ..found.within_views(cx)
            };
        }
        Walk::Nowhere => return found,
    };
    let way = delegated.links();
    let dispute = delegated.dispute.clone();
    let mut passed = delegated.passed.clone();
    let settling = Box::pin(reconcile::settle(cx, found.authority, *delegated, closely));
    let (authority, unproven) = settling.await;
    passing::add(&mut passed, authority.passed);
    Found {
        way,
        authority: Some(AuthorityFacts {
            dispute,
            passed,
            ..authority
        }),
        unproven,
        ..found
    }
}

/// Finds the servers of the zone that this name is in, however it was found: the target of an
/// alias, or a server in another domain.
pub(in crate::probe::dns) async fn of(cx: &Context, name: &str) -> Found {
    let (found, walk) = tokio::join!(
        Box::pin(climb(cx, name)),
        Box::pin(delegation::walk(cx, name))
    );
    let closely = (Care::All, Told::default());
    Box::pin(settled(cx, found, walk, closely)).await
}

/// The zone that the views have this name in, where only some network knows it: its servers have
/// private addresses; or it lies below the zone of those who were heard, which did not hand it on,
/// and nobody can be asked there.
///
/// What another look-up for the name says of its zone need not be asked again.
pub(crate) async fn internal(
    cx: &Context,
    (name, beside): (&str, Option<&Lookup>),
    domain: &Found,
    heard: Option<&AuthorityFacts>,
) -> Option<InternalZone> {
    if domain.silent {
        return None;
    }
    let is_of_domain = |answer: &ViewAnswer| {
        let zone = answer.outcome.zone();
        zone.is_some() && zone == domain.apex.as_deref()
    };
    let are_of_domain = |lookup: &Lookup| lookup.answers.iter().all(is_of_domain);
    if beside.is_some_and(are_of_domain) || are_of_domain(&name_servers(cx, name).await.0) {
        return None;
    }
    let found = climb(cx, name).await;
    let unknown_to = |heard: &AuthorityFacts, zone: &AuthorityFacts| {
        zone.servers.is_empty() && zone.apex != heard.apex && heard.speaks_for(&zone.apex)
    };
    let below = || {
        let zone = found.authority.as_ref()?;
        unknown_to(heard?, zone).then(|| InternalZone {
            apex: zone.apex.clone(),
            servers: zone.unasked.clone(),
            views: found.named_by.iter().cloned().collect(),
            addresses: Vec::new(),
        })
    };
    found.internal.or_else(below)
}

/// The zone that the views have this name in.
pub(in crate::probe::dns) async fn apex(cx: &Context, name: &str) -> Option<String> {
    Box::pin(climb(cx, name)).await.apex
}

/// Looks for the zone at the name and, past a name that is an alias, above it: what stands at the
/// end of the alias is another zone.
async fn climb(cx: &Context, name: &str) -> Found {
    let mut found = Found::default();
    let mut rest = Some(name);
    for _ in 0..MAX_CLIMB {
        let Some(name) = rest.filter(|name| !name.is_empty()) else {
            break;
        };
        let (lookup, failed) = name_servers(cx, name).await;
        found.denied_by = lookup
            .answers
            .iter()
            .filter(|answer| is_bare_denial(name, answer))
            .map(|answer| answer.view.clone())
            .collect();
        let denying = lookup.answers.iter();
        let denying = denying.filter(|answer| root::is_denial(&answer.outcome));
        found.denied_above = denying.map(|answer| answer.view.clone()).collect();
        found.failed = failed || !found.denied_by.is_empty();
        found.silent = matches!(lookup.leading(), DnsOutcome::Unanswered(_));
        let mut is_alias = false;
        for answer in &lookup.answers {
            is_alias |= !answer.outcome.aliases().is_empty();
            let authority = named_by(cx, name, &answer.outcome).await;
            if let Some(zone) = clouds::zone(cx, name, answer, authority.as_ref()).await {
                found.apex = Some(zone.apex.clone());
                let internal = found.internal.get_or_insert(zone);
                internal.views.push(answer.view.clone());
                continue;
            }
            let Some(authority) = authority else {
                continue;
            };
            found.apex = Some(authority.apex.clone());
            let named = || InternalZone {
                apex: authority.apex.clone(),
                servers: authority.unasked.clone(),
                views: Vec::new(),
                addresses: Vec::new(),
            };
            let is_sign = |address: IpAddr| !(address.is_loopback() && answer.view.is_stand_in());
            let has_private = authority.private().any(is_sign);
            if !authority.servers.is_empty() || !has_private {
                found.suspect = has_private.then(|| InternalZone {
                    views: vec![answer.view.clone()],
                    ..named()
                });
                found.named_by = Some(answer.view.clone());
                found.authority = Some(authority);
                return found;
            }
            let internal = found.internal.get_or_insert_with(named);
            internal.views.push(answer.view.clone());
        }
        if !is_alias {
            break;
        }
        rest = name.split_once('.').map(|(_, above)| above);
    }
    found
}

/// Whether a view denies a name, and shows nothing for it but the name itself: as a zone that does not
/// exist, or that has no name servers.
fn is_bare_denial(name: &str, answer: &ViewAnswer) -> bool {
    let is_itself = || answer.outcome.zone() == Some(name) && !answer.view.is_stand_in();
    match answer.outcome {
        DnsOutcome::NoName { .. } => answer.outcome.is_unproven(),
        DnsOutcome::NoData { .. } => answer.outcome.aliases().is_empty() && is_itself(),
        _ => false,
    }
}

/// NS of this name, and whether the resolver failed to say, or only said what cannot be believed. A
/// zone whose signatures do not hold has servers all the same, and what they publish is judged by
/// itself.
async fn name_servers(cx: &Context, name: &str) -> (Arc<Lookup>, bool) {
    let ask = async |role| common::look_up(cx, name, RecordType::Ns, role).await;
    let lookup = ask(Role::Resolver).await;
    match lookup.leading() {
        DnsOutcome::Failed {
            answers_unchecked: true,
            ..
        } => (ask(Role::Unchecking).await, true),
        DnsOutcome::Failed { .. } | DnsOutcome::Unanswered(Unanswered::NoWitness) => (lookup, true),
        _ => (lookup, false),
    }
}

/// The servers that an answer to the question for NS leads to.
async fn named_by(cx: &Context, name: &str, outcome: &DnsOutcome) -> Option<AuthorityFacts> {
    if !outcome.aliases().is_empty() {
        return None;
    }
    match outcome {
        DnsOutcome::Records { .. } => Some(locate(cx, name, outcome).await),
        // Inside a larger zone: its SOA names it.
        DnsOutcome::NoData {
            zone: Some(apex), ..
        }
        | DnsOutcome::NoName {
            zone: Some(apex), ..
        } if apex != "." && apex != name && is_within(name, apex) => {
            let (lookup, _) = name_servers(cx, apex).await;
            let records = lookup.leading();
            (!records.records().is_empty()).then_some(())?;
            Some(locate(cx, apex, records).await)
        }
        _ => None,
    }
}

/// The name servers of a zone, as its own servers name them, and where these, or the views, say that they are.
pub(in crate::probe) async fn named_by_itself(
    cx: &Context,
    authority: &AuthorityFacts,
) -> Vec<Located> {
    let apex = &authority.apex;
    let named = reconcile::named_by(cx, authority, apex).await;
    let located = named.into_iter().take(MAX_SERVERS).map(|name| async move {
        if is_within(&name, apex) {
            let told = told_by(cx, authority, &name).await;
            Located::at(&name, told)
        } else {
            seen(cx, &name).await
        }
    });
    join_all(located).await
}

/// The addresses of the name servers in an answer, by the views' own answers.
async fn locate(cx: &Context, apex: &str, servers: &DnsOutcome) -> AuthorityFacts {
    let located = names(servers).take(MAX_SERVERS);
    let located = located.map(|name| async move { seen(cx, &name).await });
    AuthorityFacts {
        beyond: names(servers).skip(MAX_SERVERS).collect(),
        ..among(cx, apex, join_all(located).await)
    }
}
