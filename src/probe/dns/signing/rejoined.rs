//! Zones that some servers of the zone above have as such, though it is signed and hands nothing on there. The
//! others may have the records in the zone above itself: whoever checks refuses what the former give, goes on
//! to the latter, and finds them.

use super::showing::Want;
use super::signed_zone::Zone;
use crate::probe::Context;
use crate::wire::dns::signatures::Wanted;

/// Takes such zones out, where the zone above has what is wanted of them.
pub(super) async fn rejoin(cx: &Context, zones: &mut Vec<Zone>) {
    let mut index = 0;
    while let Some(zone) = zones.get(index) {
        let (cut, wanted) = (zone.apex.clone(), zone.wanted.clone());
        let is_above = |above: &Zone| above.apex.eq_ignore_ascii_case(&zone.from);
        let above = zones.iter().position(is_above);
        // What it hands on itself is found by way of it alone.
        let is_end = |want: &Want| matches!(want.wanted, Wanted::Records(_));
        let ends_here = !wanted.is_empty() && wanted.iter().all(is_end);
        let above = above.filter(|above| ends_here && zones[*above].denies_cut(&cut));
        let is_taken = match above {
            Some(above) => Box::pin(zones[above].take_in(cx, &cut, &wanted)).await,
            None => false,
        };
        if is_taken {
            zones.remove(index);
        } else {
            index += 1;
        }
    }
}
