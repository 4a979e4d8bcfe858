//! Fetches the certificate of an issuer that a chain lacks, from where the chain says it can be had
//! (AIA caIssuers, RFC 5280 §4.2.2.1), and sees whether the chain leads to a root with it. Only when
//! asked to (`--fetch-issuer`), and by the same manners as a revocation list.

use super::{Context, fetched};
use crate::facts::{ChainVerdict, Der, IssuerFacts, IssuerOutcome, TrustFacts, Unchecked};
use crate::pki::certs_only;
use crate::pki::x509::{Certificate, is_issued_by, top_of_chain};
use crate::wire::http::Url;

/// No public chain has more certificates between leaf and root than this.
const MAX_STEPS: usize = 4;

pub(crate) async fn fetch(
    cx: &Context,
    chain: &[Der],
    trust: Option<&TrustFacts>,
) -> Option<IssuerFacts> {
    let unknown = trust.is_some_and(|trust| trust.verdict == ChainVerdict::UnknownIssuer);
    if !cx.plan.fetch_issuer || !unknown {
        return None;
    }
    let url = top_of_chain(chain)?.issuer_url?;
    let outcome = complete(cx, chain.to_vec()).await;
    Some(IssuerFacts { url, outcome })
}

/// Adds one issuer after the other, until there is a root or nothing more can be fetched.
async fn complete(cx: &Context, mut chain: Vec<Der>) -> IssuerOutcome {
    let now = cx.plan.terms.now.unix_timestamp();
    let (mut missing, mut fetched) = (Vec::new(), Vec::new());
    for _ in 0..MAX_STEPS {
        // What is fetched proves itself by its signature on the chain, whoever sent it.
        let is_next = |issuer: &&Der| {
            let is_new = !chain.contains(issuer);
            is_new && chain.iter().any(|der| is_issued_by(&der.0, &issuer.0))
        };
        let mut issuer = fetched.iter().find(is_next).cloned();
        if issuer.is_none() {
            let url = top_of_chain(&chain).and_then(|top| top.issuer_url);
            let Some(url) = url.as_deref().and_then(Url::parse) else {
                break;
            };
            fetched = match fetched::fetch(cx, &url).await {
                Ok(body) => certificates(&body),
                Err(reason) => return IssuerOutcome::Unknown(reason),
            };
            let is_certificate = |der: &Der| Certificate::parse(&der.0).is_ok();
            if !fetched.iter().any(is_certificate) {
                return IssuerOutcome::Unknown(Unchecked::Malformed);
            }
            issuer = fetched.iter().find(is_next).cloned();
        }
        let Some(issuer) = issuer else { break };
        missing.extend(Certificate::parse(&issuer.0).ok().map(|read| read.subject));
        chain.push(issuer);
        if cx.shared.roots.verify(&chain, now) == ChainVerdict::Trusted {
            return IssuerOutcome::Completes(missing);
        }
    }
    IssuerOutcome::LeadsNowhere
}

/// One in DER or several in a message, as it should be, or one of these in PEM, as it sometimes is.
fn certificates(body: &[u8]) -> Vec<Der> {
    let der = pem::parse(body).map_or_else(|_| body.to_vec(), pem::Pem::into_contents);
    certs_only::certificates(&der).unwrap_or_else(|| vec![Der(der)])
}
