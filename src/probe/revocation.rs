//! Which certificates it is asked of whether they are revoked, beside the leaf: those above it, and those that an
//! endpoint shows to others.

use futures_util::future::join_all;

use super::Context;
use super::crl::{ask_either, is_trusted, known};
use crate::facts::{
    Der, IssuerRevocation, PathFacts, PathVerdict, Place, RevocationFacts, RevokedBeside,
    TrustFacts,
};

/// What the lists say of the intermediates on the way to a root: Windows looks at all but the root. Where one of
/// them is revoked, and another way leads to a root without it, that is the one that counts: Windows tries all, and
/// in which order they were sent decides nothing.
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
    let first = above(chain, path, asking).await;
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
        asked = above(&left, &other, asking).await;
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

/// Which of these other chains has a revoked certificate, by the lists that were read already: nothing is
/// fetched for them.
pub(super) async fn beside<'a>(
    cx: &Context,
    own: &[Der],
    others: impl Iterator<Item = &'a [Der]>,
) -> Vec<RevokedBeside> {
    let (mut seen, mut found) = (vec![own], Vec::new());
    for chain in others.filter(|_| cx.plan.revocation) {
        if seen.contains(&chain) {
            continue;
        }
        seen.push(chain);
        let (Some(leaf), Some(path)) = (chain.first(), trusted(cx, chain)) else {
            continue;
        };
        let told = |above, revocation| RevokedBeside {
            certificate: leaf.clone(),
            above,
            revocation,
        };
        found.extend(known(cx, chain).await.map(|said| told(None, said)));
        let asking = |own: Vec<Der>| async move { known(cx, &own).await };
        let issuers = above(chain, &path, asking).await.into_iter();
        found.extend(issuers.map(|(_, issuer)| told(Some(issuer.subject), issuer.revocation)));
    }
    found
}
