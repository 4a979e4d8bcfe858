//! Fetches what certificates name, by plain HTTP: revocation lists, answers of responders, and certificates of
//! issuers.
//!
//! The URL is a stranger's: it is fetched only when a trusted issuer has signed it, by plain HTTP,
//! port 80, public addresses, no redirect, a bounded size, within a bounded time. A client library
//! would be heavier than this one request.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::kept::{Fresh, Kept};
use super::manners::Host;
use super::{Context, LimitHit, dns, tcp};
use crate::facts::{RecordType, Unchecked};
use crate::known::ranges;
use crate::model::plan::Plan;
use crate::pki::crl;
use crate::wire::dns::Role;
use crate::wire::http::{Reader, Refused, Url};

/// The largest list that is read, in bytes. The largest public ones are about as large.
const MAX_CRL: usize = 10 * 1024 * 1024;
/// The port of plain HTTP.
const PORT: u16 = 80;
/// What is kept of lists takes so many bytes, twice.
const ROOM: usize = 16 * 1024 * 1024;
/// A list is fetched again at least so often, and at most so often where it is too old already.
const LONGEST: Duration = Duration::from_secs(3600);
const SHORTEST: Duration = Duration::from_secs(60);
/// Whoever comes next tries again.
const FAILURE: Duration = Duration::from_secs(5);

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

/// What is there, for all checks of the run that want it.
pub(super) async fn fetch(cx: &Context, url: &Url) -> Fetched {
    fetch_by(cx, url, url.request().into_bytes()).await
}

/// The same, where it was fetched already.
pub(super) async fn known(cx: &Context, url: &Url) -> Option<Fetched> {
    let key = (url.request().into_bytes(), cx.way);
    cx.shared.lists.0.known(cx, &key).await
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
            let left = crl::next_update(bytes).map(|next| next.saturating_sub(now));
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
