//! Fetches the revocation list (CRL) that a certificate names, and asks it, beside the responder that it names
//! (OCSP): a list is made once in days, and the responder knows what was revoked since. Windows asks the
//! responder first.
//!
//! The URL is a stranger's: it is fetched only when a trusted issuer has signed it, by plain HTTP,
//! port 80, public addresses, no redirect, a bounded size, within a bounded time. A client library
//! would be heavier than this one request.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::kept::{Fresh, Kept};
use super::manners::Host;
use super::{Context, LimitHit, dns, elapsed_us, responder, tcp};
use crate::facts::{
    ChainVerdict, Der, RecordType, RevocationFacts, RevocationOutcome, StapleOutcome, TrustFacts,
    Unchecked,
};
use crate::known::ranges;
use crate::model::plan::Plan;
use crate::pki::crl as revoked;
use crate::pki::x509::Certificate;
use crate::wire::dns::Role;
use crate::wire::http::{Reader, Refused, Url};

/// The largest list that is read, in bytes. The largest public ones are about as large.
const MAX_CRL: usize = 10 * 1024 * 1024;
/// The most lists that are asked about one certificate.
const MOST_LISTS: usize = 3;
/// The port of plain HTTP.
const PORT: u16 = 80;
/// What is kept of lists takes so many bytes, twice.
const ROOM: usize = 16 * 1024 * 1024;
/// A list is fetched again at least so often, and at most so often where it is too old already.
const LONGEST: Duration = Duration::from_secs(3600);
const SHORTEST: Duration = Duration::from_secs(60);
/// Whoever comes next tries again.
const FAILURE: Duration = Duration::from_secs(5);
/// A list up to this size is read faster than a further thread is woken.
const SMALL: usize = 32 * 1024;

pub(super) type Fetched = Result<Arc<Vec<u8>>, Unchecked>;

/// What was fetched by plain HTTP, by request: revocation lists, answers of responders, and certificates of
/// issuers.
#[derive(Debug)]
pub(super) struct Lists(Kept<(Vec<u8>, u64), Fetched>);

impl Default for Lists {
    fn default() -> Self {
        Self(Kept::new(ROOM))
    }
}

/// Whether the leaf is revoked, by the list that it names or, where the server itself says nothing of it, by the
/// responder. `None` when there is nothing to ask: none of them is named, `--no-revocation`, or the certificate is
/// worth nothing anyway (an issuer nobody trusts, not valid yet).
pub(crate) async fn ask(
    cx: &Context,
    chain: &[Der],
    trust: Option<&TrustFacts>,
    staple: Option<&StapleOutcome>,
) -> Option<RevocationFacts> {
    let is_asked = cx.plan.revocation && is_trusted(trust);
    let is_settled = matches!(
        staple,
        Some(StapleOutcome::Good | StapleOutcome::Revoked { .. })
    );
    if is_asked {
        ask_either(cx, chain, is_settled).await
    } else {
        None
    }
}

pub(super) fn is_trusted(trust: Option<&TrustFacts>) -> bool {
    trust.is_some_and(|trust| trust.verdict == ChainVerdict::Trusted)
}

/// What the list says that the first certificate names, and the responder.
pub(super) async fn ask_either(
    cx: &Context,
    chain: &[Der],
    is_settled: bool,
) -> Option<RevocationFacts> {
    let leaf = Certificate::parse(&chain.first()?.0).ok()?;
    let now = cx.plan.terms.now;
    if now < leaf.not_before {
        return None;
    }
    let is_over = now > leaf.not_after;
    let said = ask_valid(cx, chain, leaf, is_settled).await;
    // A list need not say anything any more of what has expired (RFC 5280 §3.3): only that it is
    // revoked counts.
    said.filter(|said| !is_over || matches!(said.outcome, RevocationOutcome::Revoked { .. }))
}

async fn ask_valid(
    cx: &Context,
    chain: &[Der],
    leaf: Certificate,
    is_settled: bool,
) -> Option<RevocationFacts> {
    if is_settled {
        return ask_list(cx, chain, leaf, Source::Fetched).await;
    }
    let list = ask_list(cx, chain, leaf, Source::Fetched);
    let both = tokio::join!(list, responder::ask(cx, chain));
    // That it is revoked counts, whoever says so; of two that say nothing, the list is told of.
    let weight = |said: &RevocationFacts| match said.outcome {
        RevocationOutcome::Revoked { .. } => 0,
        RevocationOutcome::NotListed => 1,
        RevocationOutcome::Unknown(_) => 2,
    };
    <[_; 2]>::from(both)
        .into_iter()
        .flatten()
        .min_by_key(weight)
}

/// That the first certificate is revoked, by a list that was read already.
pub(super) async fn known(cx: &Context, chain: &[Der]) -> Option<RevocationFacts> {
    let leaf = Certificate::parse(&chain.first()?.0).ok()?;
    let said = ask_list(cx, chain, leaf, Source::Kept).await;
    said.filter(RevocationFacts::is_revoked)
}

/// Where a list is taken from.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// From where it is published.
    Fetched,
    /// From what was fetched already, and nowhere else.
    Kept,
}

impl Source {
    async fn list(self, cx: &Context, url: &Url) -> Fetched {
        match self {
            Self::Fetched => fetch(cx, url).await,
            Self::Kept => {
                let key = (url.request().into_bytes(), cx.way);
                let known = cx.shared.lists.0.known(cx, &key).await;
                known.unwrap_or(Err(Unchecked::NoAnswer))
            }
        }
    }
}

/// What the list says that the first certificate names.
async fn ask_list(
    cx: &Context,
    chain: &[Der],
    leaf: Certificate,
    source: Source,
) -> Option<RevocationFacts> {
    let named = leaf.crl_urls?;
    let usable = named
        .iter()
        .filter_map(|text| Some((text, Url::parse(text)?)));
    let start = Instant::now();
    let about = |url: &String, outcome| RevocationFacts {
        url: url.clone(),
        responder: false,
        outcome,
        elapsed_us: elapsed_us(start),
    };
    // Other places of the same list, or lists for other reasons: whoever gets nothing from one of them
    // asks the next (RFC 5280 §4.2.1.13). Where none says anything, the first is told of.
    let mut first = None;
    for (text, url) in usable.take(MOST_LISTS) {
        let (outcome, told_by) = look_up(cx, chain, url, source).await;
        let asked = about(told_by.as_ref().unwrap_or(text), outcome);
        if !matches!(asked.outcome, RevocationOutcome::Unknown(_)) {
            return Some(asked);
        }
        first.get_or_insert(asked);
    }
    let not_http = RevocationOutcome::Unknown(Unchecked::NotHttp);
    match first {
        Some(first) => Some(first),
        None => Some(about(named.first()?, not_http)),
    }
}

/// What the list there says, or the changes to it, and where those are if they say it.
async fn look_up(
    cx: &Context,
    chain: &[Der],
    url: Url,
    source: Source,
) -> (RevocationOutcome, Option<String>) {
    let crl = match source.list(cx, &url).await {
        Ok(crl) => crl,
        Err(reason) => return (RevocationOutcome::Unknown(reason), None),
    };
    let whole = (Arc::clone(&crl), None);
    let outcome = read(cx, chain, whole).await;
    if outcome != Some(RevocationOutcome::NotListed) {
        let malformed = RevocationOutcome::Unknown(Unchecked::Malformed);
        return (outcome.unwrap_or(malformed), None);
    }
    // Where the CA publishes the changes apart, the newest revocations stand there only.
    let places = chain
        .first()
        .map(|leaf| revoked::places_of_changes(leaf, &crl));
    let places = places.into_iter().flatten();
    let places = places.filter_map(|place| Some((Url::parse(&place)?, place)));
    for (url, place) in places.take(MOST_LISTS) {
        if let Ok(changes) = source.list(cx, &url).await {
            let changes = (Arc::clone(&crl), Some(changes));
            return match read(cx, chain, changes).await {
                Some(outcome) => (outcome, Some(place)),
                None => (RevocationOutcome::NotListed, None),
            };
        }
    }
    (RevocationOutcome::NotListed, None)
}

/// What a list says, or the changes to it.
async fn read(
    cx: &Context,
    chain: &[Der],
    (crl, changes): (Arc<Vec<u8>>, Option<Arc<Vec<u8>>>),
) -> Option<RevocationOutcome> {
    let now = cx.plan.terms.now.unix_timestamp();
    let size = crl.len() + changes.as_ref().map_or(0, |changes| changes.len());
    let (shared, chain) = (Arc::clone(&cx.shared), chain.to_vec());
    let reading = move || match &changes {
        Some(changes) => revoked::look_up_changes(&shared.roots, &chain, [&crl, changes], now),
        None => Some(revoked::look_up(&shared.roots, &chain, &crl, now)),
    };
    if size <= SMALL {
        return reading();
    }
    // Megabytes to hash: not on the thread that times everybody's answers.
    tokio::task::spawn_blocking(reading).await.ok().flatten()
}

/// What is there, for all checks of the run that want it.
pub(super) async fn fetch(cx: &Context, url: &Url) -> Fetched {
    fetch_by(cx, url, url.request().into_bytes()).await
}

/// What is said there to this request.
pub(super) async fn fetch_by(cx: &Context, url: &Url, request: Vec<u8>) -> Fetched {
    let asked = request.as_slice();
    let fetching = async {
        cx.turn([Host::Lists(url.host().to_ascii_lowercase())])
            .await;
        let limit = cx.plan.limits.revocation;
        let fetched = match cx.within(limit, fetch_now(cx, url, asked)).await {
            Ok(fetched) => fetched.map(Arc::new),
            Err(LimitHit::Operation) => Err(Unchecked::TimedOut),
            Err(LimitHit::Deadline) => Err(Unchecked::Deadline),
        };
        let now = cx.plan.terms.now.unix_timestamp();
        Fresh {
            keep: keep(&fetched, now),
            weight: fetched.as_ref().map_or(0, |bytes| bytes.len()) + asked.len(),
            value: fetched,
        }
    };
    let key = (request.clone(), cx.way);
    Box::pin(cx.shared.lists.0.get(cx, key, fetching)).await
}

/// How long it is kept: until it says that there is a newer one.
fn keep(fetched: &Fetched, now: i64) -> Option<Duration> {
    match fetched {
        Ok(bytes) => {
            let left = revoked::next_update(bytes).map(|next| next.saturating_sub(now));
            let left = left.map(|left| Duration::from_secs(left.try_into().unwrap_or_default()));
            Some(left.unwrap_or(LONGEST).clamp(SHORTEST, LONGEST))
        }
        // That is the end of one check.
        Err(Unchecked::Deadline) => None,
        Err(_) => Some(FAILURE),
    }
}

/// From the first address that takes the connection. IPv6 is asked for only where IPv4 is of no use:
/// a list that is there costs one question.
async fn fetch_now(cx: &Context, url: &Url, request: &[u8]) -> Result<Vec<u8>, Unchecked> {
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
                Ok(stream) => return get(stream, request).await,
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
    let lookup = dns::common::look_up(cx, url.host(), record, Role::Resolver).await;
    lookup.addresses().collect()
}

async fn connect(cx: &Context, published: IpAddr) -> Result<TcpStream, Unchecked> {
    let address = destination(published, &cx.plan)?;
    let (_, stream) = tcp::connect_now(cx, address).await;
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

async fn get(mut stream: TcpStream, request: &[u8]) -> Result<Vec<u8>, Unchecked> {
    let broken = |_| Unchecked::Unreachable;
    stream.write_all(request).await.map_err(broken)?;
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
