//! Fetches the revocation list (CRL) that a certificate names, and asks it.
//!
//! The URL is a stranger's: it is fetched only when a trusted issuer has signed it, by plain HTTP,
//! port 80, public addresses, no redirect, a bounded size, within a bounded time. A client library
//! would be heavier than this one GET.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::{Context, LimitHit, dns, elapsed_us, tcp};
use crate::facts::{
    ChainVerdict, Der, IssuerRevocation, Place, RecordType, RevocationFacts, RevocationOutcome,
    TrustFacts, Unchecked,
};
use crate::known::ranges;
use crate::model::plan::Plan;
use crate::pki::crl as revoked;
use crate::pki::x509::Certificate;
use crate::wire::http::{Reader, Refused, Url};

/// The largest list that is read, in bytes. The largest public ones are about as large.
const MAX_CRL: usize = 10 * 1024 * 1024;
/// The port of plain HTTP.
const PORT: u16 = 80;

/// A list, or why there is none; fetched once per check, whoever asks.
type Fetched = Arc<OnceCell<Result<Arc<Vec<u8>>, Unchecked>>>;

/// The lists that were asked for so far, by the request for them.
pub(super) type Cache = Mutex<HashMap<String, Fetched>>;

/// Whether the list that the leaf names lists the leaf. `None` when there is nothing to ask: no list
/// is named, `--no-revocation`, or the certificate is worth nothing anyway (an issuer nobody trusts,
/// out of its dates, when a list need not say anything of it any more).
pub(crate) async fn ask(
    cx: &Context,
    chain: &[Der],
    trust: Option<&TrustFacts>,
) -> Option<RevocationFacts> {
    let is_asked = cx.plan.revocation && is_trusted(trust);
    if is_asked {
        ask_list(cx, chain).await
    } else {
        None
    }
}

/// The same of the intermediates on the way to a root: Windows looks at all but the root.
pub(crate) async fn ask_of_issuers(
    cx: &Context,
    chain: &[Der],
    trust: Option<&TrustFacts>,
) -> Vec<IssuerRevocation> {
    let path = trust.and_then(|trust| trust.path.as_ref());
    let Some(path) = path.filter(|_| cx.plan.revocation && is_trusted(trust)) else {
        return Vec::new();
    };
    let issuers = path.path.iter().filter_map(|step| match step.place {
        Place::Sent(number) if number > 1 => Some((step, number - 1)),
        Place::Sent(_) | Place::Root => None,
    });
    let asking = issuers.map(|(step, index)| async move {
        // As a leaf of its own: what stands before it did not issue it.
        let own = chain.get(index..)?;
        let before = chain.get(..index)?;
        let revocation = ask_list(cx, &[own, before].concat()).await?;
        Some(IssuerRevocation {
            subject: step.subject.clone(),
            revocation,
        })
    });
    join_all(asking).await.into_iter().flatten().collect()
}

fn is_trusted(trust: Option<&TrustFacts>) -> bool {
    trust.is_some_and(|trust| trust.verdict == ChainVerdict::Trusted)
}

/// What the list says that the first certificate names.
async fn ask_list(cx: &Context, chain: &[Der]) -> Option<RevocationFacts> {
    let leaf = Certificate::parse(&chain.first()?.0).ok()?;
    if cx.plan.terms.now < leaf.not_before || cx.plan.terms.now > leaf.not_after {
        return None;
    }
    let named = leaf.crl_urls?;
    let usable = named
        .iter()
        .find_map(|text| Some((text, Url::parse(text)?)));
    let start = Instant::now();
    let (url, outcome) = match usable {
        Some((text, url)) => (text, look_up(cx, chain, url).await),
        None => (
            named.first()?,
            RevocationOutcome::Unknown(Unchecked::NotHttp),
        ),
    };
    Some(RevocationFacts {
        url: url.clone(),
        outcome,
        elapsed_us: elapsed_us(start),
    })
}

async fn look_up(cx: &Context, chain: &[Der], url: Url) -> RevocationOutcome {
    let cell = {
        let mut crls = cx.crls.lock().unwrap_or_else(PoisonError::into_inner);
        Fetched::clone(crls.entry(url.request()).or_default())
    };
    let fetched = cell.get_or_init(|| fetch_in_time(cx, &url)).await;
    let crl = match fetched {
        Ok(crl) => Arc::clone(crl),
        Err(reason) => return RevocationOutcome::Unknown(*reason),
    };
    let (shared, chain) = (Arc::clone(&cx.shared), chain.to_vec());
    let now = cx.plan.terms.now.unix_timestamp();
    // Megabytes to hash: not on the thread that times everybody's answers.
    tokio::task::spawn_blocking(move || revoked::look_up(&shared.roots, &chain, &crl, now))
        .await
        .unwrap_or(RevocationOutcome::Unknown(Unchecked::Malformed))
}

async fn fetch_in_time(cx: &Context, url: &Url) -> Result<Arc<Vec<u8>>, Unchecked> {
    let limit = cx.plan.limits.revocation;
    match cx.within(limit, fetch(cx, url)).await {
        Ok(fetched) => fetched.map(Arc::new),
        Err(LimitHit::Operation) => Err(Unchecked::TimedOut),
        Err(LimitHit::Deadline) => Err(Unchecked::Deadline),
    }
}

/// From the first address that takes the connection. IPv6 is asked for only where IPv4 is of no use:
/// a list that is there costs one question.
pub(crate) async fn fetch(cx: &Context, url: &Url) -> Result<Vec<u8>, Unchecked> {
    if never_leaves(&cx.plan) {
        return Err(Unchecked::ConnectTo);
    }
    let mut failed = Unchecked::NoAddress;
    for record in [RecordType::A, RecordType::Aaaa] {
        let published = match url.address() {
            Some(address) if address.is_ipv4() == (record == RecordType::A) => vec![address],
            Some(_) => continue,
            None => addresses(cx, url, record).await,
        };
        for address in published {
            match connect(cx, address).await {
                Ok(stream) => return get(stream, url).await,
                Err(reason) => failed = reason,
            }
        }
    }
    Err(failed)
}

/// With `--connect-to ADDR` alone, nothing but that address is talked to.
fn never_leaves(plan: &Plan) -> bool {
    !plan.redirects.is_empty()
        && plan
            .redirects
            .iter()
            .all(|redirect| redirect.published.is_none())
}

async fn addresses(cx: &Context, url: &Url, record: RecordType) -> Vec<IpAddr> {
    let lookup = dns::look_up(cx, url.host(), record).await;
    lookup.addresses().collect()
}

async fn connect(cx: &Context, published: IpAddr) -> Result<TcpStream, Unchecked> {
    let address = destination(published, &cx.plan)?;
    let (_, stream) = tcp::connect(cx, address).await;
    stream.ok_or(Unchecked::Unreachable)
}

/// `--allow-private` speaks of the server's addresses, not of those that a certificate names.
fn destination(published: IpAddr, plan: &Plan) -> Result<SocketAddr, Unchecked> {
    if let Some(to) = plan.redirect(published) {
        return Ok(to);
    }
    if plan
        .redirects
        .iter()
        .any(|redirect| redirect.published.is_none())
    {
        return Err(Unchecked::ConnectTo);
    }
    if ranges::special(published).is_some() {
        return Err(Unchecked::NotPublic);
    }
    if !plan.terms.family.includes(published) {
        return Err(Unchecked::Unreachable);
    }
    Ok(SocketAddr::new(published, PORT))
}

async fn get(mut stream: TcpStream, url: &Url) -> Result<Vec<u8>, Unchecked> {
    let broken = |_| Unchecked::Unreachable;
    stream
        .write_all(url.request().as_bytes())
        .await
        .map_err(broken)?;
    let mut reader = Reader::new(MAX_CRL);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = stream.read(&mut buffer).await.map_err(broken)?;
        if count == 0 || reader.take_in(&buffer[..count]).map_err(refused)? {
            return reader.finish().map_err(refused);
        }
    }
}

fn refused(why: Refused) -> Unchecked {
    match why {
        Refused::Redirect => Unchecked::Redirect,
        Refused::Status(status) => Unchecked::HttpStatus(status),
        Refused::TooLarge => Unchecked::TooLarge,
        Refused::Malformed => Unchecked::Malformed,
    }
}
