//! One connection to one endpoint, as far as it gets: TCP, TLS, SIP; beside it, what else there is to
//! know of the certificate.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::OptionFuture;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::again::{First, Next};
use super::alone::Place;
use super::compare::Comparing;
use super::in_two::Beside;
use super::manners::Host;
use super::meeting::{Meeting, meet};
use super::named::{self, Difference};
use super::{
    Context, Destination, again, alone, compare, crl, in_two, issuer, revocation, sip, tls, way_out,
};
use crate::facts::{
    AddressFacts, AgainFacts, BareFacts, Der, EndpointFacts, OtherChain, RevocationFacts,
    RevokedBeside, SecondLookFacts, SipFacts, StapleOutcome, TcpOutcome, TlsFacts, TrustFacts,
    WindowsFacts, met_without_name,
};
use crate::known::ranges;
use crate::model::limits::FEDERATION_PORT;
use crate::model::names::Fqdn;
use crate::model::plan::{Plan, Scope};

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
    let endpoint = |tcp| EndpointFacts {
        near: cx.shared.surroundings.nearness(address.ip()),
        ..EndpointFacts::new(fqdn.clone(), published, address, tcp)
    };
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
            revocation::ask_of_issuers(cx, chain, trust.as_ref()),
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
    // Servers that take turns are told apart by those that follow the second, so nothing comes between.
    let contacts = async {
        let (sip, beside) = tokio::join!(asking, once_more);
        let is_like = |beside: &Beside| beside.met.is_like(first.tls, sip.as_ref());
        let named = match beside.as_ref().filter(|beside| is_like(beside)) {
            Some(_) => Box::pin(named::meet(cx, first, sip.as_ref())).await,
            None => Difference::default(),
        };
        (sip, beside, named)
    };
    // Whoever takes turns gives the second turn to a client like the first.
    let others = async {
        connected.notified().await;
        meeting.with_rsa(cx, host, address).await
    };
    let ((sip, beside, mut named), (trust, revocation, issuer_revocations, issuer), with_rsa) =
        tokio::join!(Box::pin(contacts), Box::pin(verifying), Box::pin(others));
    let (once_more, next, refused_large, set_aside) = match beside {
        Some(it) => (Some(it.met), it.next, it.refused_large, it.set_aside),
        None => (None, Next::default(), None, None),
    };
    let mut without_sni = match once_more.as_ref().and_then(AgainFacts::other_leaf) {
        Some(leaf) => (!meeting.is_named(host)).then(|| leaf.clone()),
        // It was turned away, or shown the same one.
        None if once_more.as_ref().is_some_and(|again| again.same_chain) => None,
        None => meeting.without_sni(cx, host, address).await,
    };
    let mut again: Vec<AgainFacts> = once_more.into_iter().collect();
    let mut windows = named.windows.take();
    let mut bare = None;
    if let Some(other) = again
        .first()
        .filter(|again| !again.is_like(first.tls, sip.as_ref()))
    {
        let followed = Box::pin(follow(cx, first, sip.as_ref(), other, next)).await;
        if followed.may_be_chance {
            without_sni = None;
        }
        windows = followed.windows.or(windows);
        bare = followed.bare;
        again = followed.again;
    }
    let confirming = with_rsa.map(|met| again::confirmed_with_rsa(cx, first, sip.as_ref(), met));
    let confirming = Box::pin(OptionFuture::from(confirming));
    let (for_rsa, with_rsa) = confirming.await.unwrap_or_default();
    // It is not explained.
    again.extend(set_aside.filter(|_| named.is_nothing()));
    again.append(&mut named.again);
    let (compared, elsewhere) = compare::finish(cx, comparing, chain).await;
    let revoked_beside = revoked_beside(cx, &meeting, &again, for_rsa.as_ref(), &elsewhere).await;
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
        refused_large: refused_large.or(named.refused_large.take()),
        sip,
        revocation,
        issuer_revocations,
        revoked_beside,
        without_sni,
        for_rsa,
        with_rsa,
        issuer,
        compared,
        ..named.noted(endpoint)
    }
}

/// What is made after a connection beside the first that was met otherwise.
struct Followed {
    /// That one, and those after it.
    again: Vec<AgainFacts>,
    windows: Option<WindowsFacts>,
    bare: Option<BareFacts>,
    /// It was shown another certificate, and not for want of the name.
    may_be_chance: bool,
}

async fn follow(
    cx: &Context,
    first: First<'_>,
    sip: Option<&SipFacts>,
    other: &AgainFacts,
    next: Next,
) -> Followed {
    let mut again = vec![other.clone()];
    again.extend(Box::pin(again::afterwards(cx, first, sip, other, next)).await);
    let may_be_chance =
        other.other_leaf().is_some() && met_without_name(first.tls, sip, &again).is_none();
    let mut windows = None;
    if let Some((facts, once_more)) = again::explain(cx, first, &again).await {
        again.push(once_more);
        // It may be for the number of connections that nobody was served any more.
        if facts.serves_nobody() {
            again.push(Box::pin(again::like_first(cx, first)).await);
        }
        windows = Some(facts);
    }
    Followed {
        bare: again::without_certificate(cx, first, sip, &again).await,
        again,
        windows,
        may_be_chance,
    }
}

/// What is revoked of what else was shown than to the first connection: to others, to those who can use RSA only,
/// and on the port to compare with.
async fn revoked_beside(
    cx: &Context,
    meeting: &Meeting,
    again: &[AgainFacts],
    for_rsa: Option<&OtherChain>,
    elsewhere: &[Der],
) -> Vec<RevokedBeside> {
    let again = again.iter().filter_map(|again| again.tls.as_ref());
    let second_look = meeting.second_look.iter();
    let hellos = second_look.flat_map(SecondLookFacts::asked);
    let others = again
        .map(|tls| (tls.chain.as_slice(), tls.staple.as_ref()))
        .chain(for_rsa.map(|other| (other.chain.as_slice(), other.staple.as_ref())))
        .chain(hellos.map(|hello| (hello.chain.as_slice(), None)));
    revocation::beside(cx, meeting.chain(), others, elsewhere).await
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
