//! What servers say of a zone without a claim to speak for it (AA).

use super::control;
use super::exchange::Said;
use crate::facts::AuthorityFacts;
use crate::probe::Context;

/// The same from a server to which the zone above leads: what it says counts without such a claim, too, unless a
/// resolver on the way may have said it. Of servers that the user named nobody but he says that they serve the zone.
pub(super) async fn counted(cx: &Context, authority: &AuthorityFacts, said: Said) -> Said {
    match said.unclaimed {
        Some(unclaimed) if !authority.given && control::hears_servers(cx).await => Said {
            outcome: *unclaimed,
            unclaimed: None,
            ..said
        },
        unclaimed => Said { unclaimed, ..said },
    }
}
