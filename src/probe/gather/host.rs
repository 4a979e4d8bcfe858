//! One FQDN: its addresses, and every endpoint behind them.

use std::sync::Arc;

use futures_util::future::join_all;

use super::{Asker, Cell, Crashed, Gatherer, random_label, zone};
use crate::facts::{AddressFacts, DnsOutcome, EndpointFacts, Lookup, RecordType, is_within};
use crate::known::hosts;
use crate::model::names::Fqdn;
use crate::model::plan::View;
use crate::probe::{Context, Destination, dns, endpoint};

/// The facts about one FQDN, on their way.
#[derive(Clone)]
pub(super) struct Host {
    pub(super) fqdn: Fqdn,
    pub(super) addresses: Cell<Arc<AddressFacts>>,
    pub(super) endpoints: Cell<Arc<Vec<EndpointFacts>>>,
}

impl Host {
    /// Starts gathering them.
    pub(super) fn start(gatherer: &Gatherer, fqdn: Fqdn) -> Self {
        let seen = Cell::spawn({
            let (cx, fqdn) = (Arc::clone(&gatherer.cx), fqdn.clone());
            async move { Ok(Arc::new(seen(&cx, fqdn).await)) }
        });
        let published = Cell::spawn(published(gatherer.clone(), fqdn.clone(), seen.clone()));
        let endpoints = Cell::spawn(endpoints(Arc::clone(&gatherer.cx), seen, published.clone()));
        // Beside the connections, which do not wait for it.
        let addresses = Cell::spawn(looked_closer(gatherer.clone(), published));
        Self {
            fqdn,
            addresses,
            endpoints,
        }
    }
}

/// The addresses as the views see them.
async fn seen(cx: &Context, fqdn: Fqdn) -> AddressFacts {
    let (a, aaaa) = tokio::join!(
        dns::look_up(cx, fqdn.as_str(), RecordType::A),
        dns::look_up(cx, fqdn.as_str(), RecordType::Aaaa)
    );
    AddressFacts {
        fqdn,
        a,
        aaaa,
        below: None,
        beside: None,
        near: Vec::new(),
        stand_in: cx.plan.views.iter().all(View::is_stand_in),
    }
}

/// The same, with what the zone's own servers publish.
async fn published(
    gatherer: Gatherer,
    fqdn: Fqdn,
    seen: Cell<Arc<AddressFacts>>,
) -> Result<Arc<AddressFacts>, Crashed> {
    let (seen, a, aaaa) = tokio::join!(
        seen.get(),
        gatherer.published_to(Asker::Partner, fqdn.as_str(), RecordType::A),
        gatherer.published(fqdn.as_str(), RecordType::Aaaa)
    );
    let mut facts = Arc::unwrap_or_clone(seen?);
    let a = gatherer.by_turns(a?.beside(facts.a)).await?;
    let a = gatherer.heard(a).await?;
    facts.a = gatherer.marked(a, Some(&facts.aaaa)).await?;
    facts.aaaa = gatherer.by_turns(aaaa?.beside(facts.aaaa)).await?;
    facts.aaaa.mark_as_in(&facts.a);
    Ok(Arc::new(facts))
}

/// The same, with random names beside and below the FQDN, and the names above it, where these say
/// more.
async fn looked_closer(
    gatherer: Gatherer,
    published: Cell<Arc<AddressFacts>>,
) -> Result<Arc<AddressFacts>, Crashed> {
    let suffixed = async {
        let fqdn = published.get().await?.fqdn.clone();
        Ok(dns::suffixes::ask(&gatherer.cx, fqdn.as_str(), RecordType::A).await)
    };
    let closer = async {
        let facts = published.get().await?;
        let below = below(&gatherer, &facts.fqdn, &facts.a).await?;
        Ok((facts, below))
    };
    let meant = async {
        let facts = published.get().await?;
        meant(&gatherer, &facts).await
    };
    let (suffixed, closer, near) = tokio::join!(suffixed, closer, meant);
    let (facts, below) = closer?;
    let (suffixed, near) = (suffixed?, near?);
    let differs = facts.a.published().is_some() && !facts.a.differing().is_empty();
    if below.is_none() && !differs && suffixed.is_none() && near.is_empty() {
        return Ok(facts);
    }
    let mut facts = Arc::unwrap_or_clone(facts);
    facts.below = below;
    facts.near = near;
    facts.a.suffixed = suffixed;
    if differs {
        let wildcard = gatherer.wildcard.get().await.ok();
        facts.beside = match wildcard.map(Arc::unwrap_or_clone) {
            Some(wildcard) => Some(zone::seen_too(&gatherer.cx, wildcard).await),
            None => None,
        };
        facts.a.above = gatherer.above(&facts.a).await?;
    }
    Ok(Arc::new(facts))
}

/// Names near to one that the user gave and that does not exist, and which have an address: they may have been
/// meant. No wildcard answers there, or the name would exist as well.
async fn meant(gatherer: &Gatherer, facts: &AddressFacts) -> Result<Vec<Fqdn>, Crashed> {
    let cx = &*gatherer.cx;
    let terms = &cx.plan.terms;
    let is_given = terms.fqdn.as_ref() == Some(&facts.fqdn);
    let is_missing =
        matches!(facts.a.answer(), DnsOutcome::NoName { aliases, .. } if aliases.is_empty());
    let Some((label, rest)) = facts.fqdn.as_str().split_once('.') else {
        return Ok(Vec::new());
    };
    if !is_given || !is_missing || !is_within(rest, terms.domain.as_str()) {
        return Ok(Vec::new());
    }
    let found = gatherer.authority.get().await?;
    let authority = found.authority.as_ref();
    let asking = hosts::meant(label).into_iter().filter_map(|label| {
        let name = Fqdn::parse(&format!("{label}.{rest}")).ok()?;
        Some(async move {
            let lookup = dns::look_up_everywhere(cx, authority, name.as_str(), RecordType::A);
            let has_address = lookup.await.addresses().next().is_some();
            has_address.then_some(name)
        })
    });
    Ok(join_all(asking).await.into_iter().flatten().collect())
}

/// Where a random name beside the FQDN has the same addresses, asks for one below it: a wildcard
/// answers there only if the FQDN itself does not exist (RFC 4592 §2.2.1).
pub(super) async fn below(
    gatherer: &Gatherer,
    fqdn: &Fqdn,
    a: &Lookup,
) -> Result<Option<Lookup>, Crashed> {
    let cx = &*gatherer.cx;
    let Ok(wildcard) = gatherer.wildcard.get().await else {
        return Ok(None);
    };
    let domain = cx.plan.terms.domain.as_str();
    // A wildcard that is an alias may give the FQDN its own; else it may stand at the end of that.
    let end = a.aliases().last();
    let end = end.filter(|_| wildcard.aliases().is_empty());
    let owner = end.map_or(fqdn.as_str(), |alias| alias.target.as_str());
    if owner.eq_ignore_ascii_case(domain) || !is_within(owner, domain) {
        return Ok(None);
    }
    if !a.may_be_of(&wildcard) {
        return Ok(None);
    }
    let found = gatherer.authority.get().await?;
    let name = format!("{}.{owner}", random_label(cx));
    let lookup = dns::look_up_everywhere(cx, found.authority.as_ref(), &name, RecordType::A);
    Ok(Some(lookup.await))
}

/// Connects to what the views see at once, and then to what only the authority publishes.
async fn endpoints(
    cx: Arc<Context>,
    seen: Cell<Arc<AddressFacts>>,
    published: Cell<Arc<AddressFacts>>,
) -> Result<Arc<Vec<EndpointFacts>>, Crashed> {
    let seen = seen.get().await?;
    let first = endpoint::destinations(&seen, &cx.plan);
    let more = async {
        let published = published.get().await?;
        let mut more = endpoint::destinations(&published, &cx.plan);
        more.retain(|destination| !first.contains(destination));
        Ok(connect_all(&cx, &published.fqdn, &more).await)
    };
    let (mut facts, more) = tokio::join!(connect_all(&cx, &seen.fqdn, &first), more);
    facts.extend(more?);
    Ok(Arc::new(facts))
}

async fn connect_all(
    cx: &Arc<Context>,
    fqdn: &Fqdn,
    destinations: &[Destination],
) -> Vec<EndpointFacts> {
    let connecting = destinations
        .iter()
        .map(|destination| endpoint::connect(cx, fqdn, *destination));
    join_all(connecting).await
}
