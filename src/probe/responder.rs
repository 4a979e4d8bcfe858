//! Asks the responder that a certificate names whether it is revoked (OCSP, RFC 6960): by GET, as Windows does
//! first, which goes the way of the lists; and by POST where that is not answered. A responder has to take POST
//! and may take GET (RFC 6960 §A.1), and those of company CAs often do not.

use tokio::time::Instant;

use super::fetched::{Fetched, fetch, fetch_by};
use super::{Context, elapsed_us};
use crate::facts::{
    Der, RevocationFacts, RevocationOutcome, StapleFault, StapleOutcome, Unchecked,
};
use crate::pki::details::Details;
use crate::pki::ocsp;
use crate::wire::http::Url;

/// The most responders that are asked about one certificate.
const MOST: usize = 2;

/// What the responders say that the first certificate names: where one says nothing, the next is asked.
pub(super) async fn ask(cx: &Context, chain: &[Der]) -> Option<RevocationFacts> {
    let mut first = None;
    let named = Details::read(&chain.first()?.0).ocsp_urls;
    for url in named.into_iter().take(MOST) {
        let said = ask_one(cx, chain, url).await;
        if !matches!(said.outcome, RevocationOutcome::Unknown(_)) {
            return Some(said);
        }
        first.get_or_insert(said);
    }
    first
}

async fn ask_one(cx: &Context, chain: &[Der], named: String) -> RevocationFacts {
    let start = Instant::now();
    let outcome = match Question::of(cx, chain, &named) {
        Some(question) => question.ask(cx, chain).await,
        None => RevocationOutcome::Unknown(Unchecked::NotHttp),
    };
    RevocationFacts {
        url: named,
        responder: true,
        outcome,
        elapsed_us: elapsed_us(start),
    }
}

/// What is asked about the leaf of a chain, and where.
struct Question {
    /// With the question in it.
    get: Url,
    /// As the certificate names it.
    post: Url,
    request: Vec<u8>,
}

impl Question {
    fn of(cx: &Context, chain: &[Der], named: &str) -> Option<Self> {
        let request = ocsp::request(chain, &cx.shared.roots)?;
        let encoded = pem::encode(&pem::Pem::new("OCSP REQUEST", request.as_slice()));
        let lines = encoded.lines().filter(|line| !line.starts_with('-'));
        let encoded = lines
            .collect::<String>()
            .replace('+', "%2B")
            .replace('/', "%2F")
            .replace('=', "%3D");
        Some(Self {
            get: Url::parse(&format!("{}/{encoded}", named.trim_end_matches('/')))?,
            post: Url::parse(named)?,
            request,
        })
    }

    /// Where the one way leads to nothing that is an answer, the other one is tried; where that leads to
    /// nothing either, the first is told.
    async fn ask(&self, cx: &Context, chain: &[Der]) -> RevocationOutcome {
        let now = cx.plan.terms.now.unix_timestamp();
        let read = |response: Fetched| match response {
            Ok(response) => said(ocsp::judge(&response, chain, &cx.shared.roots, now)),
            Err(reason) => RevocationOutcome::Unknown(reason),
        };
        let by_get = read(fetch(cx, &self.get).await);
        let is_no_answer = matches!(
            by_get,
            RevocationOutcome::Unknown(
                Unchecked::HttpStatus(_) | Unchecked::Malformed | Unchecked::NoAnswer
            )
        );
        if !is_no_answer {
            return by_get;
        }
        let post = self.post.post(MEDIA_TYPES, &self.request);
        match read(fetch_by(cx, &self.post, post).await) {
            RevocationOutcome::Unknown(_) => by_get,
            by_post => by_post,
        }
    }
}

/// Of the question, and of the answer (RFC 6960 §A.1 and §A.2).
const MEDIA_TYPES: [&str; 2] = ["application/ocsp-request", "application/ocsp-response"];

fn said(said: StapleOutcome) -> RevocationOutcome {
    let unknown = RevocationOutcome::Unknown;
    match said {
        StapleOutcome::Good => RevocationOutcome::NotListed,
        StapleOutcome::Revoked { at, reason } => RevocationOutcome::Revoked { at, reason },
        StapleOutcome::Unknown => unknown(Unchecked::NoAnswer),
        StapleOutcome::Unusable(fault) => unknown(match fault {
            StapleFault::Malformed => Unchecked::Malformed,
            StapleFault::NotSuccessful(_) => Unchecked::NoAnswer,
            StapleFault::Expired(_) => Unchecked::Expired,
            StapleFault::NotYetValid(_) => Unchecked::NotYetValid,
            StapleFault::OtherCertificate
            | StapleFault::NotVerified
            | StapleFault::NotVerifiable(_) => Unchecked::NotVerified,
        }),
    }
}
