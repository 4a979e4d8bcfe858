//! One connection to one endpoint, as far as it gets: TCP, TLS, SIP; beside it, what else there is to
//! know of the certificate.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{OptionFuture, select};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::again::{First, Next};
use super::alone::Place;
use super::channel::Channel;
use super::compare::Comparing;
use super::greeting::Greeting;
use super::manners::Host;
use super::{
    Context, Destination, again, alone, compare, crl, in_two, issuer, second_look, sip, tcp, tls,
    way_out,
};
use crate::facts::{
    AddressFacts, AgainFacts, Der, EndpointFacts, HelloPart, OtherChain, RevocationFacts,
    SecondLookFacts, StapleOutcome, TcpOutcome, TlsFacts, TlsOutcome, TrustFacts, WindowsFacts,
    met_without_name,
};
use crate::known::ranges;
use crate::model::limits::FEDERATION_PORT;
use crate::model::names::Fqdn;
use crate::model::plan::{Plan, Scope};
use crate::pki::x509::Certificate;

/// One run connects to no more endpoints of a domain or a server than this: a zone may list hundreds of
/// addresses, and they may be anybody's.
pub(super) const MAX_ENDPOINTS: usize = 32;

/// Where to connect for this FQDN: every published public address, or what `--connect-to` says.
pub(super) fn destinations(host: &AddressFacts, plan: &Plan) -> Vec<Destination> {
    if plan.terms.scope == Scope::ZoneFile {
        return Vec::new();
    }
    let everywhere: Vec<Destination> = plan
        .redirects
        .iter()
        .filter(|redirect| redirect.published.is_none())
        .map(|redirect| Destination {
            published: None,
            address: redirect.to,
        })
        .collect();
    let mut found = Vec::new();
    for published in host.a.addresses().chain(host.aaaa.addresses()) {
        if let Some(address) = plan.redirect(published) {
            found.push(Destination {
                published: Some(published),
                address,
            });
        } else if everywhere.is_empty()
            && plan.terms.family.includes(published)
            && (plan.terms.allow_private || ranges::special(published).is_none())
        {
            let address = SocketAddr::new(published, FEDERATION_PORT);
            found.push(Destination {
                published: Some(published),
                address,
            });
        }
    }
    found.extend(everywhere);
    let mut known = HashSet::new();
    found.retain(|destination| known.insert(*destination));
    found
}

/// Connects to an endpoint, and once more, for it may be several. A handshake that ends before it has
/// begun makes for further connections instead.
pub(super) async fn connect(
    cx: &Arc<Context>,
    fqdn: &Fqdn,
    destination: Destination,
) -> EndpointFacts {
    let Destination { published, address } = destination;
    if cx.count_endpoint() >= MAX_ENDPOINTS {
        return EndpointFacts::new(fqdn.clone(), published, address, TcpOutcome::OverLimit);
    }
    let crowd = cx.shared.crowds.of(address.ip());
    let once = |place| once(cx, fqdn, destination, place).boxed();
    let meet = || alone::meet(cx, &crowd, address, once).boxed();
    Box::pin(way_out::meet(cx, &crowd, meet)).await
}

/// The same once.
async fn once<'a>(
    cx: &'a Arc<Context>,
    fqdn: &'a Fqdn,
    destination: Destination,
    mut place: Place<'a>,
) -> (EndpointFacts, Place<'a>) {
    let Destination { published, address } = destination;
    let endpoint = |tcp| EndpointFacts::new(fqdn.clone(), published, address, tcp);
    // Both at once: the other connection must not come late because it is the second.
    let compared = compare::address(destination, &cx.plan);
    let visited = [Some(address), compared].into_iter().flatten();
    let networks = visited.map(|address| Host::network_of(address.ip()));
    cx.turn(networks).await;
    place.take().await;
    let comparing = compared.map(|compared| compare::start(cx, fqdn, compared));
    let (outcome, stream) = place.reach_now(address).await;
    let met = match outcome {
        TcpOutcome::Connected(_) => {
            Box::pin(converse(cx, endpoint(outcome), stream, comparing)).await
        }
        _ => endpoint(outcome),
    };
    (met, place)
}

/// TLS and SIP on a connection that was accepted.
async fn converse(
    cx: &Context,
    endpoint: EndpointFacts,
    stream: Option<TcpStream>,
    comparing: Option<Comparing>,
) -> EndpointFacts {
    let (host, address) = (endpoint.fqdn.as_str(), endpoint.address);
    let mut meeting = Box::pin(meet(cx, host, address, endpoint.tcp, stream)).await;
    let session = meeting.session.take();
    let chain = meeting.chain();
    // Trust is looked at while OPTIONS is on its way; the store it may need is slow to read, and a
    // list of revoked certificates may be slow to come.
    let asking = OptionFuture::from(session.map(|session| sip::ask(cx, session)));
    let verifying = async {
        let trust = tls::trust_of(cx, chain).await;
        let (revocation, of_issuers, issuer) = tokio::join!(
            crl::ask(cx, chain, trust.as_ref(), meeting.tls.staple.as_ref()),
            crl::ask_of_issuers(cx, chain, trust.as_ref()),
            issuer::fetch(cx, chain, trust.as_ref())
        );
        (trust, revocation, of_issuers, issuer)
    };
    let connected = Notify::new();
    let first = First {
        host,
        address,
        tls: &meeting.tls,
    };
    let once_more = async {
        if meeting.wants_another() {
            return Some(Box::pin(in_two::beside(cx, first, &connected)).await);
        }
        connected.notify_one();
        None
    };
    // Whoever takes turns gives the second turn to a client like the first.
    let others = async {
        connected.notified().await;
        meeting.for_rsa(cx, host, address).await
    };
    let (sip, (trust, revocation, issuer_revocations, issuer), beside, for_rsa) =
        tokio::join!(asking, Box::pin(verifying), once_more, Box::pin(others));
    let (once_more, next, refused_large) = match beside {
        Some(beside) => (Some(beside.met), beside.next, beside.refused_large),
        None => (None, Next::default(), None),
    };
    let mut without_sni = match once_more.as_ref().and_then(AgainFacts::other_leaf) {
        Some(leaf) => (!meeting.is_named(host)).then(|| leaf.clone()),
        // It was turned away, or shown the same one.
        None if once_more.as_ref().is_some_and(|again| again.same_chain) => None,
        None => meeting.without_sni(cx, host, address).await,
    };
    let mut again: Vec<AgainFacts> = once_more.into_iter().collect();
    let (mut windows, mut bare) = (None, None);
    if let Some(other) = again
        .first()
        .filter(|again| !again.is_like(first.tls, sip.as_ref()))
    {
        let is_shown_another = other.other_leaf().is_some();
        let afterwards = Box::pin(again::afterwards(cx, first, sip.as_ref(), other, next)).await;
        again.extend(afterwards);
        // It may have been chance.
        if is_shown_another && met_without_name(first.tls, sip.as_ref(), &again).is_none() {
            without_sni = None;
        }
        if let Some((facts, once_more)) = again::explain(cx, first, &again).await {
            windows = Some(facts);
            again.push(once_more);
            // It may be for the number of connections that nobody was served any more.
            if windows.as_ref().is_some_and(WindowsFacts::serves_nobody) {
                again.push(Box::pin(again::like_first(cx, first)).await);
            }
        }
        bare = again::without_certificate(cx, first, sip.as_ref(), &again).await;
    }
    let compared = match comparing.filter(|_| !chain.is_empty()) {
        Some(comparing) => Some(comparing.finish().await),
        None => None,
    };
    EndpointFacts {
        tls: Some(TlsFacts {
            trust,
            ..meeting.tls
        }),
        second_look: meeting.second_look,
        other_attempts: meeting.other_attempts,
        refused_modern: meeting.refused_modern,
        again,
        windows,
        bare,
        refused_large,
        sip,
        revocation,
        issuer_revocations,
        without_sni,
        for_rsa,
        issuer,
        compared,
        ..endpoint
    }
}

/// What TLS showed at one endpoint, in as many connections as that took.
pub(super) struct Meeting {
    /// The handshake that counts, its trust not yet looked at.
    pub(super) tls: TlsFacts,
    /// Its connection, where it is still of use.
    pub(super) session: Option<Channel>,
    pub(super) second_look: Option<SecondLookFacts>,
    /// How the other attempts at a handshake ended.
    pub(super) other_attempts: Vec<TlsOutcome>,
    /// How the handshake ended that offers TLS 1.3, where only one that does not is served.
    pub(super) refused_modern: Option<TlsOutcome>,
}

/// Shakes hands with a server of this name, or at this address where it has none; looks again where
/// that ended before it had begun.
pub(super) async fn meet(
    cx: &Context,
    host: &str,
    address: SocketAddr,
    connected: TcpOutcome,
    stream: impl Into<Option<TcpStream>>,
) -> Meeting {
    let heard = Notify::new();
    let ((mut tls, mut session), in_silence) = tokio::join!(
        tls::handshake(cx, host, stream, &heard),
        Box::pin(second_look::in_silence(
            cx, host, address, connected, &heard
        ))
    );
    let mut second_look = second_look::take(cx, host, address, &tls, in_silence).await;
    let mut other_attempts = Vec::new();
    let mut refused_modern = None;
    if let Some(second_look) = &second_look {
        let attempts = second_look::further_attempts(&tls.outcome, second_look);
        let is_silent = tls.outcome == TlsOutcome::Silent;
        for (again, with) in attempt(cx, host, address, attempts, is_silent).await {
            if again.server_hello {
                other_attempts.push(tls.outcome);
                (tls, session) = (again, with);
            } else {
                other_attempts.push(again.outcome);
            }
        }
        // It may serve whoever does not know TLS 1.3, and nobody else: each time, or it was chance.
        if second_look::may_refuse_modern(&tls, second_look)
            && let Some((again, with)) = without_tls13(cx, host, address).await
            && again.server_hello
        {
            let once_more = without_tls13(cx, host, address).await;
            match once_more.map(|(once_more, _)| once_more) {
                Some(once_more) if !once_more.server_hello => {
                    other_attempts.extend([tls.outcome, once_more.outcome]);
                }
                _ => {
                    refused_modern = Some(tls.outcome);
                    other_attempts.clear();
                }
            }
            (tls, session) = (again, with);
        }
    }
    // It may serve whoever does not name it, and nobody else.
    if let Some(second_look) = &mut second_look
        && matches!(tls.outcome, TlsOutcome::Closed | TlsOutcome::Reset)
        && !tls.server_hello
        && second_look.is_without_answer()
        && let Some((again, with)) = greeted(cx, host, address, Greeting::WithoutName).await
        && again.server_hello
    {
        let once_more = greeted(cx, host, address, Greeting::Usual).await;
        match once_more.map(|(once_more, _)| once_more) {
            Some(once_more) if !once_more.server_hello => {
                second_look.refuses_name = true;
                second_look.serves_another_name = serves_another(cx, host, address, &again).await;
                other_attempts.clear();
            }
            Some(once_more) => other_attempts.extend([tls.outcome, once_more.outcome]),
            None => other_attempts.push(tls.outcome),
        }
        (tls, session) = (again, with);
    }
    // What hellos have in common that are turned away, and those by hand have not, may be the reason.
    if let Some(second_look) = &mut second_look
        && second_look::serves_by_hand(second_look)
        && second_look.wide.is_served()
    {
        let parts: &[HelloPart] = match refused_modern {
            Some(_) => &[HelloPart::Length],
            None if !tls.server_hello => &[
                HelloPart::SessionTicket,
                HelloPart::StatusRequest,
                HelloPart::Length,
                HelloPart::SupportedVersions,
                HelloPart::RenegotiationSignal,
            ],
            None => &[],
        };
        second_look.with_part = second_look::with_parts(cx, host, address, parts).await;
    }
    Meeting {
        tls,
        session,
        second_look,
        other_attempts,
        refused_modern,
    }
}

type Met = (TlsFacts, Option<Channel>);

/// So many more handshakes like the first, until one is served. Silence costs its limit once: there they
/// are made side by side.
async fn attempt(
    cx: &Context,
    host: &str,
    address: SocketAddr,
    attempts: usize,
    is_silent: bool,
) -> Vec<Met> {
    let once = || {
        Box::pin(async {
            let stream = reached(cx, address).await?;
            Some(tls::handshake(cx, host, stream, &Notify::new()).await)
        })
    };
    let mut met: Vec<Met> = Vec::new();
    let is_served = |met: &[Met]| met.last().is_some_and(|(tls, _)| tls.server_hello);
    let mut left = attempts;
    while left > 0 && !is_served(&met) {
        if is_silent && left > 1 {
            left -= 2;
            let (first, other) = select(once(), once()).await.factor_first();
            met.extend(first);
            if !is_served(&met) {
                met.extend(other.await);
            }
        } else {
            left -= 1;
            let Some(again) = once().await else { break };
            met.push(again);
        }
    }
    met
}

/// One more handshake, by a client that does not know TLS 1.3.
async fn without_tls13(cx: &Context, host: &str, address: SocketAddr) -> Option<Met> {
    greeted(cx, host, address, Greeting::WithoutTls13).await
}

/// One more handshake, by a client that introduces itself like this.
async fn greeted(cx: &Context, host: &str, address: SocketAddr, greeting: Greeting) -> Option<Met> {
    let stream = reached(cx, address).await?;
    Some(Box::pin(tls::handshake_as(cx, host, stream, greeting)).await)
}

/// Whether whoever names another server is served, where whoever names this one is not: the one that is shown
/// to those who name nobody.
async fn serves_another(cx: &Context, host: &str, address: SocketAddr, shown: &TlsFacts) -> bool {
    let leaf = shown.chain.first();
    let Some(leaf) = leaf.and_then(|leaf| Certificate::parse(&leaf.0).ok()) else {
        return false;
    };
    let mut names = leaf.dns_names().iter();
    let Some(other) = names.find(|name| !name.contains('*') && !name.eq_ignore_ascii_case(host))
    else {
        return false;
    };
    if leaf.names_exactly(host) {
        return false;
    }
    let met = greeted(cx, other, address, Greeting::Usual).await;
    met.is_some_and(|(met, _)| met.server_hello)
}

/// A connection, which may have been reset already; `None` where there was none.
async fn reached(cx: &Context, address: SocketAddr) -> Option<Option<TcpStream>> {
    let (outcome, stream) = tcp::reach(cx, address).await;
    matches!(outcome, TcpOutcome::Connected(_)).then_some(stream)
}

impl Meeting {
    /// The certificates that were shown, in whichever handshake.
    pub(super) fn chain(&self) -> &[Der] {
        let by_hand = self.second_look.as_ref().and_then(SecondLookFacts::chain);
        by_hand.unwrap_or(&self.tls.chain)
    }

    /// Whether the certificate is issued to this name, or none was shown.
    fn is_named(&self, host: &str) -> bool {
        let leaf = self.tls.chain.first();
        let leaf = leaf.and_then(|leaf| Certificate::parse(&leaf.0).ok());
        leaf.is_none_or(|leaf| leaf.names_exactly(host))
    }

    /// What is shown without SNI: one more connection at most, and none beside those of the second
    /// look.
    pub(super) async fn without_sni(
        &self,
        cx: &Context,
        host: &str,
        address: SocketAddr,
    ) -> Option<Der> {
        if self.second_look.is_some() {
            return None;
        }
        Box::pin(tls::without_sni(cx, host, address, &self.tls.chain)).await
    }
}

impl Meeting {
    /// Whether another connection may show something else. Where there was a second look, there were
    /// other connections.
    fn wants_another(&self) -> bool {
        self.tls.server_hello && self.second_look.is_none()
    }

    /// What a client gets that can use RSA certificates only, where that is another leaf.
    async fn for_rsa(&self, cx: &Context, host: &str, address: SocketAddr) -> Option<OtherChain> {
        if self.second_look.is_some() {
            return None;
        }
        let chain = Box::pin(tls::for_rsa(cx, host, address, &self.tls.chain)).await;
        let is_other = !chain.is_empty() && chain.first() != self.tls.chain.first();
        if !is_other {
            return None;
        }
        let trust = tls::trust_of(cx, &chain).await;
        Some(OtherChain { chain, trust })
    }
}

/// Whether a chain leads to a root, and whether its leaf is revoked.
pub(super) async fn verify(
    cx: &Context,
    chain: &[Der],
    staple: Option<&StapleOutcome>,
) -> (Option<TrustFacts>, Option<RevocationFacts>) {
    let trust = tls::trust_of(cx, chain).await;
    let revocation = crl::ask(cx, chain, trust.as_ref(), staple).await;
    (trust, revocation)
}
