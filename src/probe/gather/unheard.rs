//! Whether the servers of the zone were heard themselves, or only what this network makes of them. Asked for
//! only where something points to it.

use super::{Crashed, Gatherer};
use crate::facts::{Lookup, Unheard};
use crate::known::ranges;
use crate::probe::dns;

impl Gatherer {
    /// The same look-up, marked where the servers were not heard.
    pub(super) async fn heard(&self, mut lookup: Lookup) -> Result<Lookup, Crashed> {
        if self.is_odd(&lookup).await?
            && let Some(apex) = self.inside().await?
        {
            lookup.take_as_inside(apex);
        }
        let is_done_to_all = lookup.unheard.is_none()
            && Box::pin(dns::control::meets_the_same(&self.cx, &lookup)).await;
        if is_done_to_all {
            lookup.unheard = Some(Unheard::OnTheWay);
        }
        Ok(lookup)
    }

    /// Whether the view stands before an internal zone, sees something else than the servers give, or these
    /// give private addresses.
    async fn is_odd(&self, lookup: &Lookup) -> Result<bool, Crashed> {
        let Some(published) = lookup.published().filter(|_| !lookup.given) else {
            return Ok(false);
        };
        let found = self.authority.get().await?;
        let mut addresses = published.addresses();
        Ok(found.internal.is_some()
            || found.suspect.is_some()
            || !lookup.differing().is_empty()
            || addresses.any(|address| ranges::special(address).is_some()))
    }

    /// The zone that the servers of the domain show this network instead of the public one: all name servers
    /// that it names have private addresses, though the zone above hands it on to public ones.
    async fn inside(&self) -> Result<Option<&String>, Crashed> {
        let found = self.authority.get().await?;
        let Some(authority) = &found.authority else {
            return Ok(None);
        };
        let cx = &*self.cx;
        let inside = self.signs.inside.get_or_init(|| async {
            let asking = dns::servers::authority::named_by_itself(cx, authority);
            let named = Box::pin(asking).await;
            let is_private = |named: &dns::servers::Located| {
                let mut addresses = named.addresses.iter();
                !named.addresses.is_empty()
                    && addresses.all(|address| ranges::special(*address).is_some())
            };
            let is_inside = !named.is_empty() && named.iter().all(is_private);
            is_inside.then(|| authority.apex.clone())
        });
        Ok(inside.await.as_ref())
    }
}
