//! What the next renewal of the certificate of each server would meet.

use std::sync::Arc;

use futures_util::future::join_all;

use super::host::Host;
use super::{Cell, Crashed, Gatherer};
use crate::facts::{AddressFacts, Lookup, RecordType, RenewalFacts, RenewalServer};
use crate::probe::{dns, renewal};

/// No more servers are looked at.
const MAX_SERVERS: usize = 4;

pub(super) async fn look_at(
    gatherer: Gatherer,
    hosts: Cell<Arc<Vec<Host>>>,
) -> Result<Option<Arc<RenewalFacts>>, Crashed> {
    // What a partner's CA meets is the partner's business.
    if !gatherer.cx.plan.renewal || gatherer.cx.plan.terms.partner {
        return Ok(None);
    }
    let hosts = hosts.get().await?;
    let servers = hosts.iter().take(MAX_SERVERS).map(|host| async {
        let addresses = host.addresses.get().await?;
        server(&gatherer, &addresses).await
    });
    let servers: Result<Vec<_>, Crashed> = join_all(servers).await.into_iter().collect();
    Ok(Some(Arc::new(RenewalFacts { servers: servers? })))
}

async fn server(gatherer: &Gatherer, host: &AddressFacts) -> Result<RenewalServer, Crashed> {
    let names = renewal::caa_names(host.fqdn.as_str());
    let asking = names.iter().map(|name| caa(gatherer, name));
    let (caa, visits) = tokio::join!(
        join_all(asking),
        renewal::visits(&gatherer.cx, &host.fqdn, host.addresses())
    );
    let caa: Result<Vec<Lookup>, Crashed> = caa.into_iter().collect();
    Ok(RenewalServer {
        fqdn: host.fqdn.clone(),
        caa: caa?,
        visits,
        unproven: false,
    })
}

/// As everybody sees it, and as the zone's own servers publish it: those a CA asks.
async fn caa(gatherer: &Gatherer, name: &str) -> Result<Lookup, Crashed> {
    let (seen, published) = tokio::join!(
        dns::look_up(&gatherer.cx, name, RecordType::Caa),
        gatherer.published(name, RecordType::Caa)
    );
    gatherer.heard(published?.beside(seen)).await
}
