//! Where the certificates of files lead. Nothing is asked of the network.

use super::{Context, tls};
use crate::facts::{Der, OfferFacts, Place};

/// Asks the roots about each chain. Of several ways up, the one that is taken stays: a server would
/// send no other.
pub(crate) async fn look_at(cx: &Context, offers: &mut [OfferFacts]) {
    for offer in offers {
        if let Some(chain) = taken(cx, &offer.chain) {
            offer.chain = chain;
        }
        offer.trust = tls::trust_of(cx, &offer.chain).await;
    }
}

/// The certificates of the best path, in its order.
fn taken(cx: &Context, all: &[Der]) -> Option<Vec<Der>> {
    let now = cx.plan.terms.now.unix_timestamp();
    let path = cx.shared.roots.look_at(all, now)?.path;
    let taken = path
        .iter()
        .filter_map(|certificate| match certificate.place {
            Place::Sent(number) => all.get(number.checked_sub(1)?).cloned(),
            Place::Root => None,
        });
    let taken: Vec<Der> = taken.collect();
    (taken.first() == all.first()).then_some(taken)
}
