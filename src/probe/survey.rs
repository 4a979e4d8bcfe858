//! What DNS shows before the set-up: mail, traces of Microsoft 365, the SRV record, the address.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::{Context, dns, renewal};
use crate::facts::{RecordType, Survey};
use crate::setup::{Wish, fqdn_for, own_domain};

/// The names that Microsoft's clients look for below their domain.
const SERVICES: [&str; 3] = ["autodiscover", "lyncdiscover", "sip"];

/// Asks for everything that advice on this wish needs.
pub(crate) async fn survey(cx: &Context, wish: &Wish) -> Survey {
    let authority = dns::servers::authority::find(cx).await.authority;
    let ask = async |name: &str, record| {
        dns::look_up_everywhere(cx, authority.as_ref(), name, record).await
    };
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
        (vec![srv, own_srv], hosts, hosts_v6, caa)
    };
    let (soa, own_soa, mx, txt, services, above, (srv, hosts, hosts_v6, caa)) = tokio::join!(
        ask(domain, RecordType::Soa),
        ask(own_domain.as_str(), RecordType::Soa),
        ask(domain, RecordType::Mx),
        ask(domain, RecordType::Txt),
        services,
        above,
        srv_and_hosts
    );
    let (above, above_srv) = above.unzip();
    Survey {
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
    }
}
