//! Where the certificates of files lead. Nothing is asked of the network.

use super::{Context, tls};
use crate::facts::OfferFacts;

/// Asks the roots about each chain.
pub(crate) async fn look_at(cx: &Context, offers: &mut [OfferFacts]) {
    for offer in offers {
        offer.trust = tls::trust_of(cx, &offer.chain).await;
    }
}
