//! Fetches the certificate of an issuer that a chain lacks, from where the chain says it can be had
//! (AIA caIssuers, RFC 5280 §4.2.2.1), and sees whether the chain leads to a root with it. Only when
//! asked to (`--fetch-issuer`), and by the same manners as a revocation list.

use super::{Context, crl};
use crate::facts::{ChainVerdict, Der, IssuerFacts, IssuerOutcome, TrustFacts, Unchecked};
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
    let mut missing = Vec::new();
    for _ in 0..MAX_STEPS {
        let url = top_of_chain(&chain).and_then(|top| top.issuer_url);
        let Some(url) = url.as_deref().and_then(Url::parse) else {
            break;
        };
        let issuer = match crl::fetch(cx, &url).await {
            Ok(body) => certificate(&body),
            Err(reason) => return IssuerOutcome::Unknown(reason),
        };
        // What is fetched proves itself by its signature on the chain, whoever sent it.
        let Some(read) = Certificate::parse(&issuer.0).ok() else {
            return IssuerOutcome::Unknown(Unchecked::Malformed);
        };
        if !chain.iter().any(|der| is_issued_by(&der.0, &issuer.0)) {
            break;
        }
        missing.push(read.subject);
        chain.push(issuer);
        if cx.shared.roots.verify(&chain, now) == ChainVerdict::Trusted {
            return IssuerOutcome::Completes(missing);
        }
    }
    IssuerOutcome::LeadsNowhere
}

/// In DER, as it should be, or in PEM, as it sometimes is.
fn certificate(body: &[u8]) -> Der {
    pem::parse(body).map_or_else(|_| Der(body.to_vec()), |pem| Der(pem.into_contents()))
}
