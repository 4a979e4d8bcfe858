//! The domain itself: its zone, its mail, and what answers below it.

use std::sync::Arc;

use futures_util::future::join_all;

use super::{Cell, Crashed, Gatherer, random_label};
use crate::facts::{Lookup, RecordType, ZoneFacts};
use crate::model::plan::Federation;
use crate::probe::dns::authority::Found;
use crate::probe::{Context, dns};

/// Names that Microsoft's clients look for below their domain: mail, and chat.
const SERVICES: [&str; 2] = ["autodiscover", "lyncdiscover"];

/// The facts of the zone, with what its own servers publish.
pub(super) async fn zone(gatherer: Gatherer) -> Result<Arc<ZoneFacts>, Crashed> {
    let cx = &*gatherer.cx;
    let domain = cx.plan.terms.domain.as_str();
    let (soa, mx, (txt, services), published, wildcard) = tokio::join!(
        dns::look_up(cx, domain, RecordType::Soa),
        dns::look_up(cx, domain, RecordType::Mx),
        traces_of_microsoft(cx),
        gatherer.published(domain, RecordType::Soa),
        gatherer.wildcard.get()
    );
    let soa = gatherer.marked(published?.beside(soa), None).await?;
    let found = gatherer.authority.get().await?;
    let mut internal = found.internal.clone();
    if internal.is_none() && soa.answers.iter().any(|answer| answer.internal) {
        internal = gatherer.suspect().await?.cloned();
    }
    Ok(Arc::new(ZoneFacts {
        soa,
        mx,
        txt,
        services,
        // Only supports a remark, so a crash here is ignored.
        wildcard: wildcard.ok().map(Arc::unwrap_or_clone),
        authority: found.authority.clone(),
        internal,
    }))
}

/// Traces of Microsoft 365, where an SRV record says who answers chat.
async fn traces_of_microsoft(cx: &Context) -> (Option<Lookup>, Vec<Lookup>) {
    if cx.plan.terms.federation == Federation::Direct {
        return (None, Vec::new());
    }
    let domain = &cx.plan.terms.domain;
    let names = SERVICES.map(|service| format!("{service}.{domain}"));
    let services = names
        .iter()
        .map(|name| dns::look_up(cx, name, RecordType::A));
    let (txt, services) = tokio::join!(
        dns::look_up(cx, domain.as_str(), RecordType::Txt),
        join_all(services)
    );
    (Some(txt), services)
}

/// A of a random name below the domain.
pub(super) async fn wildcard(
    cx: Arc<Context>,
    authority: Cell<Arc<Found>>,
) -> Result<Arc<Lookup>, Crashed> {
    let name = format!("{}.{}", random_label(&cx), cx.plan.terms.domain);
    let published = async {
        let found = authority.get().await?;
        Ok(dns::entitled::ask(&cx, found.authority.as_ref(), &name, RecordType::A).await)
    };
    let (seen, published) = tokio::join!(dns::look_up(&cx, &name, RecordType::A), published);
    Ok(Arc::new(published?.beside(seen)))
}
