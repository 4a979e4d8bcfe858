//! Asks what a CA would ask that validates a renewal by HTTP: CAA, and port 80 at every address.
//!
//! Nothing is followed: where an answer sends to is a fact, and the user's server may be behind it or
//! anybody's.

use std::iter::successors;
use std::net::{IpAddr, SocketAddr};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Context, LimitHit, tcp};
use crate::facts::{ChallengeAnswer, ChallengeOutcome, ChallengeVisit, TcpOutcome};
use crate::known::ranges;
use crate::model::names::Fqdn;
use crate::model::plan::Plan;
use crate::wire::http::{Head, MAX_HEAD, SoFar, Url};

/// The port of plain HTTP: a CA takes no other.
const PORT: u16 = 80;
const HTTPS: u16 = 443;
/// No more addresses of a server are asked.
const MAX_VISITS: usize = 8;
/// Of what is no HTTP, so much is kept.
const MAX_SHOWN: usize = 64;
/// A name has at most so many names above it that are asked for.
const MAX_NAMES: usize = 8;

/// The names whose CAA records count for this one, from it upwards (RFC 8659 §3). What a top-level
/// domain publishes is left out: none does.
pub(super) fn caa_names(fqdn: &str) -> Vec<String> {
    let names = successors(Some(fqdn), |name| {
        name.split_once('.').map(|(_, rest)| rest)
    });
    names
        .filter(|name| name.contains('.'))
        .take(MAX_NAMES)
        .map(ToOwned::to_owned)
        .collect()
}

/// Asks a server at these addresses for a challenge that nobody has laid down.
pub(crate) async fn visits(
    cx: &Context,
    fqdn: &Fqdn,
    addresses: impl Iterator<Item = IpAddr>,
) -> Vec<ChallengeVisit> {
    // Of the letters that those of CAs are made of.
    let [first, second] = [(); 2].map(|()| u128::from_be_bytes(cx.shared.random()));
    let token = format!("{first:032x}{second:032x}");
    let url = format!("http://{fqdn}/.well-known/acme-challenge/{token}");
    let Some(url) = Url::parse(&url) else {
        return Vec::new();
    };
    let visits = addresses.take(MAX_VISITS).map(|address| {
        let url = &url;
        async move { visit(cx, fqdn.as_str(), address, url).await }
    });
    join_all(visits).await
}

async fn visit(cx: &Context, name: &str, published: IpAddr, url: &Url) -> ChallengeVisit {
    let (address, left_out) = destination(published, &cx.plan);
    let outcome = match left_out {
        Some(why) => why,
        None => ask(cx, address, url).await,
    };
    let https = match &outcome {
        ChallengeOutcome::Answered(answer) if answer.sends_to_https_of(name) => Some(
            tcp::connect(cx, SocketAddr::new(address.ip(), HTTPS))
                .await
                .0,
        ),
        _ => None,
    };
    ChallengeVisit {
        published,
        address,
        outcome,
        https,
    }
}

/// Where to ask, and why not to.
fn destination(published: IpAddr, plan: &Plan) -> (SocketAddr, Option<ChallengeOutcome>) {
    let own = SocketAddr::new(published, PORT);
    if let Some(to) = plan.redirect(published) {
        return (SocketAddr::new(to.ip(), PORT), None);
    }
    let is_elsewhere = !plan.redirects.is_empty();
    let left_out = if is_elsewhere || !plan.terms.family.includes(published) {
        Some(ChallengeOutcome::LeftOut)
    } else if ranges::special(published).is_some() {
        // No CA gets there, whatever this machine does.
        Some(ChallengeOutcome::NotPublic)
    } else {
        None
    };
    (own, left_out)
}

async fn ask(cx: &Context, address: SocketAddr, url: &Url) -> ChallengeOutcome {
    let (tcp, stream) = tcp::connect(cx, address).await;
    let Some(stream) = stream else {
        return match tcp {
            TcpOutcome::Deadline => ChallengeOutcome::Deadline,
            tcp => ChallengeOutcome::NotConnected(tcp),
        };
    };
    match cx.within(cx.plan.limits.tls, get(stream, url)).await {
        Ok(outcome) => outcome,
        Err(LimitHit::Operation) => ChallengeOutcome::Silent,
        Err(LimitHit::Deadline) => ChallengeOutcome::Deadline,
    }
}

async fn get(mut stream: TcpStream, url: &Url) -> ChallengeOutcome {
    if stream.write_all(url.request().as_bytes()).await.is_err() {
        return ChallengeOutcome::Closed;
    }
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).await.unwrap_or_default();
        received.extend_from_slice(&buffer[..count]);
        match Head::read(&received) {
            SoFar::Head(head) => {
                return ChallengeOutcome::Answered(ChallengeAnswer {
                    status: head.status,
                    server: head.field("server"),
                    location: head.field("location"),
                    realm: head.field("www-authenticate"),
                });
            }
            SoFar::More if count > 0 && received.len() < MAX_HEAD => {}
            _ if received.is_empty() => return ChallengeOutcome::Closed,
            SoFar::More | SoFar::NotHttp => {
                received.truncate(MAX_SHOWN);
                return ChallengeOutcome::NotHttp(received);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_upwards() {
        assert_eq!(
            caa_names("xphone.chat.zahnfee.de"),
            ["xphone.chat.zahnfee.de", "chat.zahnfee.de", "zahnfee.de"]
        );
    }
}
