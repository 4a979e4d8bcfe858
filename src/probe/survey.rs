//! What DNS shows before the set-up: mail, traces of Microsoft 365, the SRV record, the address.

use futures_util::future::join_all;

use super::Prober;
use crate::facts::{AuthorityFacts, Lookup, RecordType, Survey};
use crate::setup::{Wish, fqdn_for, own_domain};

/// The names that Microsoft's clients look for below their domain.
const SERVICES: [&str; 3] = ["autodiscover", "lyncdiscover", "sip"];

impl Prober {
    /// Asks for everything that advice on this wish needs.
    pub async fn survey(&self, wish: &Wish) -> Survey {
        let authority = self.authority().await;
        let asker = Asker {
            prober: self,
            authority: authority.as_ref(),
        };
        let domain = wish.domain.as_str();
        let own = own_domain(wish);
        let names = SERVICES.map(|service| format!("{service}.{domain}"));
        let services = join_all(names.iter().map(|name| asker.ask(name, RecordType::A)));
        let (soa, mx, txt, services, above, (srv, hosts)) = tokio::join!(
            asker.ask(domain, RecordType::Soa),
            asker.ask(domain, RecordType::Mx),
            asker.ask(domain, RecordType::Txt),
            services,
            async {
                let above = wish.domain.parent()?;
                Some(asker.ask(above.as_str(), RecordType::Mx).await)
            },
            async {
                let (srv, own_srv) = (wish.domain.srv_name(), own.srv_name());
                let (srv, own_srv) = tokio::join!(
                    asker.ask(&srv, RecordType::Srv),
                    asker.ask(&own_srv, RecordType::Srv)
                );
                let mut fqdns = vec![
                    fqdn_for(&wish.domain, wish, &srv),
                    fqdn_for(&own, wish, &own_srv),
                ];
                fqdns.dedup();
                let hosts = fqdns
                    .iter()
                    .map(|fqdn| asker.ask(fqdn.as_str(), RecordType::A));
                (vec![srv, own_srv], join_all(hosts).await)
            }
        );
        Survey {
            soa,
            mx,
            txt,
            services,
            srv,
            hosts,
            above,
        }
    }
}

/// Asks the views and the zone's own servers.
#[derive(Clone, Copy)]
struct Asker<'a> {
    prober: &'a Prober,
    authority: Option<&'a AuthorityFacts>,
}

impl Asker<'_> {
    async fn ask(&self, name: &str, record: RecordType) -> Lookup {
        let (seen, authority) = tokio::join!(
            self.prober.look_up(name, record),
            self.prober.published(self.authority, name, record)
        );
        Lookup { authority, ..seen }
    }
}
