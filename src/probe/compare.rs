//! Looks at the certificate that the same address shows on another port, normally 443: a renewed
//! certificate is often there already while XPhone still shows the old one.
//!
//! It runs beside the connection to 5061 and never decides how long a check takes: a port that has
//! not even accepted by the time everything else is known is closed or filtered, which is normal.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;

use super::{Context, Destination, tcp, tls};
use crate::facts::{ComparedCertificate, ComparedFacts, Der};
use crate::model::limits::FEDERATION_PORT;
use crate::model::names::Fqdn;
use crate::model::plan::Plan;

/// How long a handshake that has begun may go on when everything else is known.
const GRACE: Duration = Duration::from_millis(500);

/// A comparison on its way; dropping it ends it.
pub(crate) struct Comparing {
    address: SocketAddr,
    accepted: Arc<AtomicBool>,
    task: JoinSet<Vec<Der>>,
}

/// Begins to compare with what is shown at this address, whose turn was waited for.
pub(crate) fn start(cx: &Arc<Context>, fqdn: &Fqdn, address: SocketAddr) -> Comparing {
    let accepted = Arc::<AtomicBool>::default();
    let mut task = JoinSet::new();
    task.spawn({
        let (cx, fqdn, accepted) = (Arc::clone(cx), fqdn.clone(), Arc::clone(&accepted));
        async move {
            let (_, stream) = tcp::connect_now(&cx, address).await;
            let Some(stream) = stream else {
                return Vec::new();
            };
            accepted.store(true, Ordering::Relaxed);
            tls::chain(&cx, &fqdn, stream).await
        }
    });
    Comparing {
        address,
        accepted,
        task,
    }
}

/// Where partners go, on the other port, where the plan allows it. A connection that goes elsewhere is compared only when both
/// the published address that it stands for and the port to compare with were named.
pub(crate) fn address(destination: Destination, plan: &Plan) -> Option<SocketAddr> {
    let compare = plan.compare.filter(|_| !plan.terms.partner)?;
    let published = SocketAddr::new(destination.published?, FEDERATION_PORT);
    let address = SocketAddr::new(destination.address.ip(), compare.port);
    let wanted = destination.address == published || compare.explicit;
    (wanted && address != destination.address).then_some(address)
}

/// What was shown, now that everything else is known, and the chain of it; where there is one here to compare with.
pub(crate) async fn finish(
    cx: &Context,
    comparing: Option<Comparing>,
    own: &[Der],
) -> (Option<ComparedFacts>, Vec<Der>) {
    let Some(mut comparing) = comparing.filter(|_| !own.is_empty()) else {
        return (None, Vec::new());
    };
    let mut shown = comparing.task.try_join_next();
    if shown.is_none() && comparing.accepted.load(Ordering::Relaxed) {
        let waiting = tokio::time::timeout(GRACE, comparing.task.join_next());
        shown = waiting.await.ok().flatten();
    }
    let chain = shown.and_then(Result::ok).unwrap_or_default();
    let now = cx.plan.terms.now.unix_timestamp();
    let shown = chain.first().map(|leaf| ComparedCertificate {
        trust: cx.shared.roots.verify(&chain, now),
        certificate: leaf.clone(),
    });
    let address = comparing.address;
    (Some(ComparedFacts { address, shown }), chain)
}
