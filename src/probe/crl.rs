//! Fetches the revocation list (CRL) that a certificate names, and asks it, beside the responder that it names
//! (OCSP): a list is made once in days, and the responder knows what was revoked since. Windows asks the
//! responder first.

use std::sync::Arc;

use tokio::time::Instant;

use super::fetched::{self, Fetched, fetch};
use super::{Context, elapsed_us, responder};
use crate::facts::{
    ChainVerdict, Der, RevocationFacts, RevocationOutcome, StapleOutcome, TrustFacts, Unchecked,
};
use crate::pki::crl as revoked;
use crate::pki::x509::Certificate;
use crate::wire::http::Url;

/// The most lists that are asked about one certificate.
const MOST_LISTS: usize = 3;
/// A list up to this size is read faster than a further thread is woken.
const SMALL: usize = 32 * 1024;

/// Whether the leaf is revoked, by the list that it names or, where the server itself says nothing of it, by the
/// responder. `None` when there is nothing to ask: none of them is named, `--no-revocation`, or the certificate is
/// worth nothing anyway (an issuer nobody trusts, not valid yet).
pub(crate) async fn ask(
    cx: &Context,
    chain: &[Der],
    trust: Option<&TrustFacts>,
    staple: Option<&StapleOutcome>,
) -> Option<RevocationFacts> {
    let is_asked = cx.plan.revocation && is_trusted(trust);
    if is_asked {
        ask_either(cx, chain, is_settled(staple)).await
    } else {
        None
    }
}

/// Whether the server itself says what the responder would say.
pub(super) fn is_settled(staple: Option<&StapleOutcome>) -> bool {
    matches!(
        staple,
        Some(StapleOutcome::Good | StapleOutcome::Revoked { .. })
    )
}

pub(super) fn is_trusted(trust: Option<&TrustFacts>) -> bool {
    trust.is_some_and(|trust| trust.verdict == ChainVerdict::Trusted)
}

/// What the list says that the first certificate names, and the responder.
pub(super) async fn ask_either(
    cx: &Context,
    chain: &[Der],
    is_settled: bool,
) -> Option<RevocationFacts> {
    let leaf = Certificate::parse(&chain.first()?.0).ok()?;
    let now = cx.plan.terms.now;
    if now < leaf.not_before {
        return None;
    }
    let is_over = now > leaf.not_after;
    let said = ask_valid(cx, chain, leaf, is_settled).await;
    // A list need not say anything any more of what has expired (RFC 5280 §3.3): only that it is
    // revoked counts.
    said.filter(|said| !is_over || matches!(said.outcome, RevocationOutcome::Revoked { .. }))
}

async fn ask_valid(
    cx: &Context,
    chain: &[Der],
    leaf: Certificate,
    is_settled: bool,
) -> Option<RevocationFacts> {
    if is_settled {
        return ask_list(cx, chain, leaf, Source::Fetched).await;
    }
    let list = ask_list(cx, chain, leaf, Source::Fetched);
    let both = tokio::join!(list, responder::ask(cx, chain));
    // That it is revoked counts, whoever says so; of two that say nothing, the list is told of.
    let weight = |said: &RevocationFacts| match said.outcome {
        RevocationOutcome::Revoked { .. } => 0,
        RevocationOutcome::NotListed => 1,
        RevocationOutcome::Unknown(_) => 2,
    };
    <[_; 2]>::from(both)
        .into_iter()
        .flatten()
        .min_by_key(weight)
}

/// That the first certificate is revoked, by a list that was read already.
pub(super) async fn known(cx: &Context, chain: &[Der]) -> Option<RevocationFacts> {
    let leaf = Certificate::parse(&chain.first()?.0).ok()?;
    let said = ask_list(cx, chain, leaf, Source::Kept).await;
    said.filter(RevocationFacts::is_revoked)
}

/// Where a list is taken from.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// From where it is published.
    Fetched,
    /// From what was fetched already, and nowhere else.
    Kept,
}

impl Source {
    async fn list(self, cx: &Context, url: &Url) -> Fetched {
        match self {
            Self::Fetched => fetch(cx, url).await,
            Self::Kept => {
                let known = fetched::known(cx, url).await;
                known.unwrap_or(Err(Unchecked::NoAnswer))
            }
        }
    }
}

/// What the list says that the first certificate names.
async fn ask_list(
    cx: &Context,
    chain: &[Der],
    leaf: Certificate,
    source: Source,
) -> Option<RevocationFacts> {
    let named = leaf.crl_urls?;
    let usable = named
        .iter()
        .filter_map(|text| Some((text, Url::parse(text)?)));
    let start = Instant::now();
    let about = |url: &String, outcome| RevocationFacts {
        url: url.clone(),
        responder: false,
        outcome,
        elapsed_us: elapsed_us(start),
    };
    // Other places of the same list, or lists for other reasons: whoever gets nothing from one of them
    // asks the next (RFC 5280 §4.2.1.13). Where none says anything, the first is told of.
    let mut first = None;
    for (text, url) in usable.take(MOST_LISTS) {
        let (outcome, told_by) = look_up(cx, chain, url, source).await;
        let asked = about(told_by.as_ref().unwrap_or(text), outcome);
        if !matches!(asked.outcome, RevocationOutcome::Unknown(_)) {
            return Some(asked);
        }
        first.get_or_insert(asked);
    }
    let not_http = RevocationOutcome::Unknown(Unchecked::NotHttp);
    match first {
        Some(first) => Some(first),
        None => Some(about(named.first()?, not_http)),
    }
}

/// What the list there says, or the changes to it, and where those are if they say it.
async fn look_up(
    cx: &Context,
    chain: &[Der],
    url: Url,
    source: Source,
) -> (RevocationOutcome, Option<String>) {
    let crl = match source.list(cx, &url).await {
        Ok(crl) => crl,
        Err(reason) => return (RevocationOutcome::Unknown(reason), None),
    };
    let whole = (Arc::clone(&crl), None);
    let outcome = read(cx, chain, whole).await;
    if outcome != Some(RevocationOutcome::NotListed) {
        let malformed = RevocationOutcome::Unknown(Unchecked::Malformed);
        return (outcome.unwrap_or(malformed), None);
    }
    // Where the CA publishes the changes apart, the newest revocations stand there only.
    let places = chain
        .first()
        .map(|leaf| revoked::places_of_changes(leaf, &crl));
    let places = places.into_iter().flatten();
    let places = places.filter_map(|place| Some((Url::parse(&place)?, place)));
    for (url, place) in places.take(MOST_LISTS) {
        if let Ok(changes) = source.list(cx, &url).await {
            let changes = (Arc::clone(&crl), Some(changes));
            return match read(cx, chain, changes).await {
                Some(outcome) => (outcome, Some(place)),
                None => (RevocationOutcome::NotListed, None),
            };
        }
    }
    (RevocationOutcome::NotListed, None)
}

/// What a list says, or the changes to it.
async fn read(
    cx: &Context,
    chain: &[Der],
    (crl, changes): (Arc<Vec<u8>>, Option<Arc<Vec<u8>>>),
) -> Option<RevocationOutcome> {
    let now = cx.plan.terms.now.unix_timestamp();
    let size = crl.len() + changes.as_ref().map_or(0, |changes| changes.len());
    let (shared, chain) = (Arc::clone(&cx.shared), chain.to_vec());
    let reading = move || match &changes {
        Some(changes) => revoked::look_up_changes(&shared.roots, &chain, [&crl, changes], now),
        None => Some(revoked::look_up(&shared.roots, &chain, &crl, now)),
    };
    if size <= SMALL {
        return reading();
    }
    // Megabytes to hash: not on the thread that times everybody's answers.
    tokio::task::spawn_blocking(reading).await.ok().flatten()
}
