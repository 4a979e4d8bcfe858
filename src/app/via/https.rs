//! A place where an `xfed serve` answers: one POST by HTTPS, and what comes back.
//!
//! The token goes to whoever proves to be the host that the user named, and to nobody that it would send
//! on to. Private addresses are no matter here: the user named this host, no DNS of strangers.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{AlertDescription, CertificateError, Error as TlsError};

use super::Looked;
use super::answer::{MAX_ANSWER, WAY, failed, greeted, request, taken};
use crate::config::SiteKeys;
use crate::facts::{Alert, Outlook, WhyNot};
use crate::model::plan::Plan;
use crate::model::vantage::{Site, Vantage};
use crate::pki::roots::Roots;
use crate::probe::shared::Shared;
use crate::probe::trusted::{self, Trust, Way, tls_error};
use crate::probe::tunnel::{NoTunnel, Tunnel, no_tunnel};
use crate::wire::http::{Head, MAX_HEAD, Post, Reader, SoFar};
use crate::wire::vantage::{self, Hello};

/// Of HTTPS.
const PORT: u16 = 443;
/// For the name, and for each of its addresses up to the end of the handshake; no longer than a check.
const CONNECT: Duration = Duration::from_secs(10);
/// The most addresses that are tried.
const MOST_ADDRESSES: usize = 6;
/// A refusal is a sentence; no more of it is read, in bytes.
const MAX_REFUSAL: usize = 16 * 1024;

/// Why nothing was seen, and what is known of it.
type Failure = (WhyNot, String);

/// Has this place look.
pub(super) async fn look(site: &Site, plan: &Plan, shared: &Shared, keys: &SiteKeys) -> Looked {
    let place = Outlook::at(Vantage::Https(site.clone()));
    let session = match reach(site, plan, shared, keys).await {
        Ok(session) => session,
        Err((why, detail)) => return failed(place, why, &detail),
    };
    let token = keys.token.as_ref().map(|token| token.0.as_str());
    let post = Post::new(&site.host, site.port, vantage::PATH).by(token);
    let post = post.request(vantage::MEDIA_TYPE, request(plan).trim_ascii_end());
    let limit = plan.limits.deadline + WAY;
    let answered = match timeout(limit, exchange(session, &post)).await {
        Err(_) => return failed(place, WhyNot::Late, &limit.as_secs().to_string()),
        Ok(answered) => answered.and_then(|answer| content(answer, token.is_some())),
    };
    let (hello, line) = match answered {
        Ok(content) => content,
        Err((why, detail)) => return failed(place, why, &detail),
    };
    match greeted(place, &hello) {
        Ok(place) => taken(place, &line, plan),
        Err(looked) => *looked,
    }
}

/// A connection to the host, proved to be with it.
async fn reach(
    site: &Site,
    plan: &Plan,
    shared: &Shared,
    keys: &SiteKeys,
) -> Result<TlsStream<TcpStream>, Failure> {
    let unresolved = || (WhyNot::Unresolved, String::new());
    let port = site.port.unwrap_or(PORT);
    let name = ServerName::try_from(site.host.clone()).map_err(|_| unresolved())?;
    let public = Roots::public();
    let trust = Trust {
        shared,
        roots: keys.roots.as_ref().unwrap_or(&public),
        strictly: keys.roots.is_some(),
        now: plan.terms.now,
    };
    let connect = async |way| {
        let trying = trusted::connect(&trust, way, &name, &[b"http/1.1"]);
        let tried = timeout(CONNECT.min(plan.limits.deadline), trying).await;
        tried.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
    };
    if let Some(proxy) = keys.proxy(site) {
        let tunnel = Tunnel::new(&proxy, &site.host, port);
        let tunnel = tunnel.ok_or_else(|| (WhyNot::ProxyKind, proxy.uri().to_string()))?;
        let session = connect(Way::Through(&tunnel)).await;
        return session.map_err(|error| why_no_tunnel(&error, &tunnel, port));
    }
    let mut failure = None;
    for address in addresses(site, shared).await {
        let error = match connect(Way::To(SocketAddr::new(address, port))).await {
            Ok(session) => return Ok(session),
            Err(error) => error,
        };
        let (why, detail) = why_unreached(&error, port);
        // Where somebody listens, that is what is to be mended.
        if !matches!(why, WhyNot::Refused | WhyNot::NoWay) {
            return Err((why, detail));
        }
        failure.get_or_insert((why, detail));
    }
    Err(failure.unwrap_or_else(unresolved))
}

/// The addresses of the host that are tried.
async fn addresses(site: &Site, shared: &Shared) -> Vec<IpAddr> {
    if let Ok(address) = site.host.parse() {
        return vec![address];
    }
    let found = timeout(CONNECT, shared.look_up_host(&site.host)).await;
    let mut found = found.ok().flatten().unwrap_or_default();
    found.truncate(MOST_ADDRESSES);
    found
}

/// Behind a proxy, it is the proxy that does not answer, or what answers behind it that is wrong.
fn why_no_tunnel(error: &io::Error, tunnel: &Tunnel, port: u16) -> Failure {
    match no_tunnel(error) {
        Some(NoTunnel::Login) => (WhyNot::ProxyLogin, tunnel.to_string()),
        Some(NoTunnel::Refused(status)) => (WhyNot::ProxyRefused, format!("{tunnel}: {status}")),
        Some(NoTunnel::Unanswered) => (WhyNot::NoProxy, tunnel.to_string()),
        None if error.kind() == ErrorKind::TimedOut => (WhyNot::NoProxy, tunnel.to_string()),
        None => why_unreached(error, port),
    }
}

/// The key of the texts where there is nothing to add.
const NOTHING_MORE: &str = "none";

fn why_unreached(error: &io::Error, port: u16) -> Failure {
    let nothing = String::new();
    match tls_error(error) {
        Some(TlsError::InvalidCertificate(error)) => why_untrusted(error),
        Some(TlsError::InvalidMessage(_)) => (WhyNot::NoTls, nothing),
        // TLS, but no HTTP in it.
        Some(TlsError::AlertReceived(AlertDescription::NoApplicationProtocol)) => {
            (WhyNot::NotXfed, nothing)
        }
        Some(TlsError::AlertReceived(alert)) => (WhyNot::Untrusted, Alert(u8::from(*alert)).name()),
        // What the library calls it is no help to anybody.
        Some(_) => (WhyNot::Untrusted, NOTHING_MORE.to_owned()),
        None => match error.kind() {
            ErrorKind::ConnectionRefused => (WhyNot::Refused, port.to_string()),
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => (WhyNot::NoTls, nothing),
            _ => (WhyNot::NoWay, port.to_string()),
        },
    }
}

fn why_untrusted(error: &CertificateError) -> Failure {
    let nothing = String::new();
    match error {
        CertificateError::UnknownIssuer => (WhyNot::UntrustedIssuer, nothing),
        CertificateError::NotValidForName => (WhyNot::UntrustedName, nothing),
        CertificateError::NotValidForNameContext { presented, .. } => {
            // As `DnsName("xfed.example")`.
            let names = presented.iter().map(|name| {
                let quoted = name.split('"').nth(1);
                quoted.unwrap_or(name)
            });
            let names: Vec<&str> = names.collect();
            (WhyNot::UntrustedName, names.join(", "))
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => (WhyNot::UntrustedDate, nothing),
        _ => (WhyNot::Untrusted, NOTHING_MORE.to_owned()),
    }
}

/// A response, with as much of its body as is of use.
struct Response {
    head: Head,
    /// `None` where it breaks off, or goes on where none does.
    body: Option<Vec<u8>>,
}

async fn exchange(mut session: TlsStream<TcpStream>, post: &[u8]) -> Result<Response, Failure> {
    let broken = |error: io::Error| (WhyNot::Broken, error.to_string());
    session.write_all(post).await.map_err(broken)?;
    session.flush().await.map_err(broken)?;
    let mut received = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    let head = loop {
        let count = next(&mut session, &mut buffer).await.map_err(broken)?;
        received.extend_from_slice(&buffer[..count]);
        match Head::read(&received) {
            SoFar::Head(head) => break head,
            SoFar::More if count > 0 && received.len() <= MAX_HEAD => {}
            SoFar::More if received.is_empty() => return Err((WhyNot::Broken, String::new())),
            SoFar::More | SoFar::NotHttp => return Err((WhyNot::NotXfed, String::new())),
        }
    };
    let most = if head.status == 200 {
        MAX_ANSWER
    } else {
        MAX_REFUSAL
    };
    let mut reader = Reader::of_any_status(most);
    let mut taken = reader.take_in(&received);
    while let Ok(false) = taken {
        match next(&mut session, &mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(count) => taken = reader.take_in(&buffer[..count]),
        }
    }
    let body = taken.and_then(|_| reader.finish());
    Ok(Response {
        head,
        body: body.ok(),
    })
}

/// Many end the connection without TLS's farewell; what is there decides.
async fn next(session: &mut TlsStream<TcpStream>, buffer: &mut [u8]) -> io::Result<usize> {
    match session.read(buffer).await {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(0),
        read => read,
    }
}

/// The greeting and the answer, unless it is a refusal.
fn content(response: Response, has_token: bool) -> Result<(Hello, Vec<u8>), Failure> {
    let Response { head, body } = response;
    if head.status != 200 {
        return Err(why_refused(&head, body.as_deref(), has_token));
    }
    let body = body.ok_or((WhyNot::Broken, String::new()))?;
    let end = body.iter().position(|byte| *byte == b'\n');
    let (first, second) = body.split_at(end.unwrap_or(body.len()));
    let hello = vantage::read::<Hello>(first).map_err(|_| {
        let kind = head.field("content-type").unwrap_or_default();
        (WhyNot::NotXfed, kind)
    })?;
    Ok((hello, second.to_vec()))
}

fn why_refused(head: &Head, body: Option<&[u8]>, has_token: bool) -> Failure {
    let said = body.and_then(|body| serde_json::from_slice::<Value>(body).ok());
    let sentence = said.as_ref().and_then(|said| said["error"].as_str());
    let sentence = sentence.unwrap_or_default();
    let wait = head.field("retry-after");
    let wait = wait.filter(|wait| wait.parse::<u32>().is_ok());
    let nothing = String::new();
    match head.status {
        300..=399 => (
            WhyNot::Redirected,
            head.field("location").unwrap_or_default(),
        ),
        400 if said.is_some() => (WhyNot::NoRequest, sentence.to_owned()),
        401 if has_token => (WhyNot::WrongToken, nothing),
        401 => (WhyNot::NoToken, nothing),
        404 | 405 | 501 => (WhyNot::NoPlace, nothing),
        421 => (WhyNot::OtherName, nothing),
        429 if wait.is_some() => (WhyNot::TooFast, wait.unwrap_or_default()),
        status => {
            let said = format!("{status} {sentence}");
            (WhyNot::HttpStatus, said.trim_end().to_owned())
        }
    }
}
