//! What DNS shows before the set-up: mail, traces of Microsoft 365, the SRV record, the address. Every answer
//! is weighed as in a check: an internal zone says nothing of the public one.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;

use super::host::below;
use super::{Asker, Crashed, Gatherer};
use crate::facts::{InternalZone, Lookup, RecordType, SigningFacts, Survey};
use crate::model::names::Fqdn;
use crate::probe::{Context, dns, renewal};
use crate::setup::{Wish, fqdn_for, own_domain};

/// The names that Microsoft's clients look for below their domain.
const SERVICES: [&str; 3] = ["autodiscover", "lyncdiscover", "sip"];

/// Asks for everything that advice on this wish needs.
pub(crate) async fn survey(cx: &Arc<Context>, wish: &Wish) -> Survey {
    let gatherer = &Gatherer::start(cx);
    let ask = async |name: &str, record| Box::pin(gatherer.advised(name, record)).await;
    let domain = wish.domain.as_str();
    let services = SERVICES.map(|service| format!("{service}.{domain}"));
    let services = join_all(services.iter().map(|name| ask(name, RecordType::A)));
    let above = async {
        let above = wish.domain.parent()?;
        let srv_name = above.srv_name();
        let mail = ask(above.as_str(), RecordType::Mx);
        let (mail, srv) = tokio::join!(mail, ask(&srv_name, RecordType::Srv));
        Some((mail, srv))
    };
    let own_domain = own_domain(wish);
    // The addresses of the servers that the SRV records name.
    let srv_and_hosts = async {
        let names = [wish.domain.srv_name(), own_domain.srv_name()];
        let (srv, own_srv) = tokio::join!(
            ask(&names[0], RecordType::Srv),
            ask(&names[1], RecordType::Srv)
        );
        let mut fqdns = vec![
            fqdn_for(&wish.domain, wish, &srv),
            fqdn_for(&own_domain, wish, &own_srv),
        ];
        fqdns.dedup();
        let ask_all = |record| join_all(fqdns.iter().map(move |fqdn| ask(fqdn.as_str(), record)));
        let names = fqdns.iter().map(|fqdn| renewal::caa_names(fqdn.as_str()));
        let names: BTreeSet<String> = names.flatten().collect();
        let caa = join_all(names.iter().map(|name| ask(name, RecordType::Caa)));
        let (hosts, hosts_v6, caa) =
            tokio::join!(ask_all(RecordType::A), ask_all(RecordType::Aaaa), caa);
        let below = fqdns.iter().zip(&hosts);
        let below = join_all(below.map(|(fqdn, a)| gatherer.below(fqdn, a))).await;
        let below = below.into_iter().flatten().collect();
        (vec![srv, own_srv], hosts, hosts_v6, caa, below)
    };
    let (soa, own_soa, mx, txt, services, above, (srv, hosts, hosts_v6, caa, below)) = tokio::join!(
        ask(domain, RecordType::Soa),
        ask(own_domain.as_str(), RecordType::Soa),
        ask(domain, RecordType::Mx),
        ask(domain, RecordType::Txt),
        services,
        above,
        srv_and_hosts
    );
    let (above, above_srv) = above.unzip();
    let wildcard = gatherer.wildcard.get().await.ok();
    let found = Survey {
        soa,
        mx,
        txt,
        services,
        srv,
        hosts,
        hosts_v6,
        caa,
        own_soa,
        above,
        above_srv,
        wildcard: wildcard.map(Arc::unwrap_or_clone),
        below,
        internal: None,
        signing: Vec::new(),
        made_at: cx.plan.terms.made_at,
    };
    let (internal, signing) =
        tokio::join!(gatherer.internal_of(&found), gatherer.signing_of(&found));
    Survey {
        internal: internal.ok().flatten(),
        signing: signing.unwrap_or_default(),
        ..found
    }
}

impl Gatherer {
    /// What is known of this question; where looking crashed, nobody was asked.
    async fn advised(&self, name: &str, record: RecordType) -> Lookup {
        let asking = self.weighed(name, record).await;
        asking.unwrap_or_else(|Crashed| Lookup::of(name, record))
    }

    async fn weighed(&self, name: &str, record: RecordType) -> Result<Lookup, Crashed> {
        let asker = match record {
            RecordType::A | RecordType::Srv => Asker::Partner,
            _ => Asker::Direct,
        };
        let (seen, published) = tokio::join!(
            dns::look_up(&self.cx, name, record),
            self.published_to(asker, name, record)
        );
        let lookup = self.heard(published?.beside(seen)).await?;
        Box::pin(self.marked(lookup, None)).await
    }

    /// A of a random name below this one, where a wildcard may give it its addresses.
    async fn below(&self, fqdn: &Fqdn, a: &Lookup) -> Option<(Fqdn, Lookup)> {
        let below = below(self, fqdn, a).await.ok().flatten()?;
        Some((fqdn.clone(), below))
    }

    /// How the zones are signed in which the addresses and CAA records of the servers are, as the servers of
    /// these zones show it.
    async fn signing_of(&self, survey: &Survey) -> Result<Vec<SigningFacts>, Crashed> {
        let found = self.authority.get().await?;
        let lookups: Vec<&Lookup> = survey.hosts.iter().chain(&survey.caa).collect();
        let signings = Box::pin(dns::signing::look(&self.cx, &found, &lookups)).await;
        Ok(signings.own.into_iter().chain(signings.elsewhere).collect())
    }

    /// The zone that only this network knows, where it is all that was heard of something.
    async fn internal_of(&self, survey: &Survey) -> Result<Option<InternalZone>, Crashed> {
        if !survey.lookups().any(Lookup::is_only_internal) {
            return Ok(None);
        }
        let found = self.authority.get().await?;
        let suspect = match &found.internal {
            Some(internal) => Some(internal.clone()),
            None => self.suspect().await?.cloned(),
        };
        let nameless = || InternalZone {
            apex: survey.soa.name.clone(),
            servers: Vec::new(),
            views: Vec::new(),
            addresses: Vec::new(),
        };
        Ok(Some(suspect.unwrap_or_else(nameless)))
    }
}
