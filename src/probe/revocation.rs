//! Which certificates it is asked of whether they are revoked, beside the leaf: those above it, and those that an
//! endpoint shows to others.

use futures_util::future::join_all;

use super::Context;
use super::crl::{ask_either, is_settled, is_trusted, known};
use crate::facts::{
    Der, IssuerRevocation, PathFacts, PathVerdict, Place, RevocationFacts, RevokedBeside,
    StapleOutcome, TrustFacts,
};

/// What the lists say of the intermediates on the way to a root: Windows looks at all but the root.
pub(super) async fn ask_of_issuers(
    cx: &Context,
    chain: &[Der],
    trust: Option<&TrustFacts>,
) -> Vec<IssuerRevocation> {
    let path = trust.and_then(|trust| trust.path.as_ref());
    let Some(path) = path.filter(|_| cx.plan.revocation && is_trusted(trust)) else {
        return Vec::new();
    };
    let asking = |own: Vec<Der>| async move { ask_either(cx, &own, false).await };
    of_issuers(cx, chain, path, asking).await
}

/// What is said of those of a path, asked like this. Where one of them is revoked, and another way leads to a
/// root without it, that is the one that counts: Windows tries all, and in which order they were sent decides
/// nothing.
async fn of_issuers<A>(
    cx: &Context,
    chain: &[Der],
    path: &PathFacts,
    ask: impl Fn(Vec<Der>) -> A,
) -> Vec<IssuerRevocation>
where
    A: Future<Output = Option<RevocationFacts>>,
{
    let first = above(chain, path, &ask).await;
    let (mut asked, mut left) = (first.clone(), chain.to_vec());
    while asked
        .iter()
        .any(|(_, issuer)| issuer.revocation.is_revoked())
    {
        let revoked = asked
            .iter()
            .filter(|(_, issuer)| issuer.revocation.is_revoked());
        let revoked: Vec<Der> = revoked
            .filter_map(|(index, _)| left.get(*index).cloned())
            .collect();
        left.retain(|der| !revoked.contains(der));
        let Some(other) = trusted(cx, &left) else {
            asked = first;
            break;
        };
        asked = above(&left, &other, &ask).await;
    }
    asked.into_iter().map(|(_, asked)| asked).collect()
}

/// The way to a root, where these certificates have one.
fn trusted(cx: &Context, chain: &[Der]) -> Option<PathFacts> {
    let now = cx.plan.terms.now.unix_timestamp();
    let path = cx.shared.roots.look_at(chain, now);
    path.filter(|path| path.verdict == PathVerdict::Trusted)
}

/// What is said of each intermediate of a path, asked like this, and its place in the chain.
async fn above<A>(
    chain: &[Der],
    path: &PathFacts,
    ask: impl Fn(Vec<Der>) -> A,
) -> Vec<(usize, IssuerRevocation)>
where
    A: Future<Output = Option<RevocationFacts>>,
{
    let issuers = path.path.iter().filter_map(|step| match step.place {
        Place::Sent(number) if number > 1 => Some((step, number - 1)),
        Place::Sent(_) | Place::Root => None,
    });
    let asking = issuers.map(|(step, index)| {
        // As a leaf of its own: what stands before it did not issue it.
        let (before, own) = chain.split_at(index.min(chain.len()));
        let asking = ask([own, before].concat());
        async move {
            let revocation = asking.await?;
            let subject = step.subject.clone();
            Some((
                index,
                IssuerRevocation {
                    subject,
                    revocation,
                },
            ))
        }
    });
    join_all(asking).await.into_iter().flatten().collect()
}

/// What is revoked of these other chains, which were shown with these OCSP answers: each is asked for where it
/// names a list or a responder itself, as the first is. Of what is shown on the port to compare with, only what the
/// lists say that were read already.
pub(super) async fn beside<'a>(
    cx: &Context,
    own: &[Der],
    others: impl Iterator<Item = (&'a [Der], Option<&'a StapleOutcome>)>,
    elsewhere: &[Der],
) -> Vec<RevokedBeside> {
    if !cx.plan.revocation {
        return Vec::new();
    }
    let mut distinct: Vec<(&[Der], bool)> = Vec::new();
    for (chain, staple) in others {
        let is_known = distinct.iter().any(|(known, _)| *known == chain);
        if chain != own && !is_known {
            distinct.push((chain, is_settled(staple)));
        }
    }
    // Side by side: a list that two of them name is fetched once.
    let asking = distinct.iter().map(|(chain, is_settled)| async move {
        let leaf = ask_either(cx, chain, *is_settled);
        let ask = |own: Vec<Der>| async move { ask_either(cx, &own, false).await };
        revoked(cx, chain, leaf, ask).await
    });
    let mut found: Vec<RevokedBeside> = join_all(asking).await.into_iter().flatten().collect();
    let is_known = distinct.iter().any(|(known, _)| *known == elsewhere);
    if elsewhere != own && !is_known {
        let ask = |own: Vec<Der>| async move { known(cx, &own).await };
        found.extend(revoked(cx, elsewhere, known(cx, elsewhere), ask).await);
    }
    found
}

/// What of a chain that leads to a root is revoked, by what is said of its leaf and of those above it.
async fn revoked<A>(
    cx: &Context,
    chain: &[Der],
    of_leaf: impl Future<Output = Option<RevocationFacts>>,
    ask: impl Fn(Vec<Der>) -> A,
) -> Vec<RevokedBeside>
where
    A: Future<Output = Option<RevocationFacts>>,
{
    let (Some((leaf, rest)), Some(path)) = (chain.split_first(), trusted(cx, chain)) else {
        return Vec::new();
    };
    let (of_leaf, of_issuers) = tokio::join!(of_leaf, of_issuers(cx, chain, &path, ask));
    let of_issuers = of_issuers.into_iter();
    let of_issuers = of_issuers.map(|issuer| (Some(issuer.subject), issuer.revocation));
    let said = of_leaf.into_iter().map(|said| (None, said));
    said.chain(of_issuers)
        .filter(|(_, said)| said.is_revoked())
        .map(|(above, revocation)| RevokedBeside {
            certificate: leaf.clone(),
            rest: Some(rest.to_vec()),
            above,
            revocation,
        })
        .collect()
}
