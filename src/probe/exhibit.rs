//! What a server shows, without a domain behind it: its addresses, and TLS at each. Nothing is asked
//! of it but its certificate.

use std::net::{IpAddr, SocketAddr};

use futures_util::future::join_all;

use super::endpoint::{MAX_ENDPOINTS, verify};
use super::meeting::meet;
use super::{Context, dns, tcp};
use crate::facts::{Exhibit, Lookup, RecordType, ServerFacts, TcpOutcome, TlsFacts};
use crate::model::peer::{Host, Peer};

/// Looks at every address of this server.
pub(crate) async fn look_at(cx: &Context, peer: &Peer) -> Exhibit {
    let (lookups, addresses) = match &peer.host {
        Host::Address(address) => (Vec::new(), vec![*address]),
        Host::Name(name) => {
            let (a, aaaa) = tokio::join!(
                dns::look_up(cx, name.as_str(), RecordType::A),
                dns::look_up(cx, name.as_str(), RecordType::Aaaa)
            );
            let lookups = vec![a, aaaa];
            let mut addresses: Vec<IpAddr> = lookups.iter().flat_map(Lookup::addresses).collect();
            // Resolvers turn the order about; two runs are to look alike.
            addresses.sort_unstable();
            addresses.dedup();
            (lookups, addresses)
        }
    };
    let visits = addresses.into_iter().enumerate().map(|(count, address)| {
        let address = SocketAddr::new(address, peer.port);
        async move {
            if count < MAX_ENDPOINTS {
                Box::pin(visit(cx, peer, address)).await
            } else {
                ServerFacts::new(address, TcpOutcome::OverLimit)
            }
        }
    });
    let servers = join_all(visits).await;
    Exhibit { lookups, servers }
}

async fn visit(cx: &Context, peer: &Peer, address: SocketAddr) -> ServerFacts {
    let (outcome, stream) = tcp::connect(cx, address).await;
    let server = ServerFacts::new(address, outcome);
    let Some(stream) = stream else {
        return server;
    };
    let host = match peer.server_name() {
        Some(name) => name.to_string(),
        None => address.ip().to_string(),
    };
    let meeting = Box::pin(meet(cx, &host, address, outcome, stream)).await;
    let ((trust, revocation), without_sni) = tokio::join!(
        verify(cx, meeting.chain(), meeting.tls.staple.as_ref()),
        meeting.without_sni(cx, &host, address)
    );
    ServerFacts {
        tls: Some(TlsFacts {
            trust,
            ..meeting.tls
        }),
        second_look: meeting.second_look,
        revocation,
        without_sni: without_sni.filter(|_| peer.server_name().is_some()),
        ..server
    }
}
