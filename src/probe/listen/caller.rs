//! What is to be known of whoever called: what its domain publishes, and who trusts its certificates.

use futures_util::future::join_all;

use crate::facts::{AddressFacts, Call, Facts, RecordType, SrvFacts};
use crate::probe::{Context, dns, endpoint};

/// The facts about these calls: with what public DNS says of the domain of the plan.
pub(crate) async fn facts(cx: &Context, calls: &mut [Call]) -> Facts {
    let looking = async {
        let authority = dns::servers::authority::find(cx).await.authority;
        let ask = async |name: &str, record| {
            dns::look_up_everywhere(cx, authority.as_ref(), name, record).await
        };
        let terms = &cx.plan.terms;
        let lookup = ask(&terms.domain.srv_name(), RecordType::Srv).await;
        let srv = SrvFacts {
            lookup,
            near_misses: None,
        };
        let hosts = srv.servers(terms).into_iter().map(async |fqdn| {
            let (a, aaaa) = tokio::join!(
                ask(fqdn.as_str(), RecordType::A),
                ask(fqdn.as_str(), RecordType::Aaaa)
            );
            AddressFacts {
                fqdn,
                a,
                aaaa,
                below: None,
                beside: None,
                near: Vec::new(),
                stand_in: false,
            }
        });
        let addresses = join_all(hosts).await;
        (srv, addresses)
    };
    let ((srv, addresses), ()) = tokio::join!(looking, verify(cx, calls));
    Facts {
        srv: Some(srv),
        addresses: Some(addresses),
        questions: Some(cx.questions()),
        ..Facts::default()
    }
}

/// Looks at each chain once.
async fn verify(cx: &Context, calls: &mut [Call]) {
    for index in 0..calls.len() {
        let (before, rest) = calls.split_at_mut(index);
        let Some(call) = rest.first_mut().filter(|call| !call.tls.chain.is_empty()) else {
            continue;
        };
        let same = before
            .iter()
            .find(|earlier| earlier.tls.chain == call.tls.chain);
        let (trust, revocation) = match same {
            Some(same) => (same.tls.trust.clone(), same.tls.revocation.clone()),
            None => endpoint::verify(cx, &call.tls.chain, None).await,
        };
        (call.tls.trust, call.tls.revocation) = (trust, revocation);
    }
}
