//! The host of `--control`, which is known to answer: met as an endpoint is, as far as its first word in TLS.

use std::net::SocketAddr;

use super::super::greeting::Greeting;
use super::super::{Context, dns, tcp, tls};
use crate::facts::{ControlFacts, RecordType, TcpOutcome};

pub(super) async fn meet(cx: &Context, host: String, port: u16) -> ControlFacts {
    let address = if let Ok(address) = host.parse() {
        Some(address)
    } else {
        let lookup = dns::look_up(cx, &host, RecordType::A).await;
        lookup.addresses().next()
    };
    let address = address.map(|address| SocketAddr::new(address, port));
    let (tcp, stream) = match address {
        Some(address) => tcp::reach(cx, address).await,
        None => (TcpOutcome::NotAttempted, None),
    };
    let tls = match tcp {
        TcpOutcome::Connected(_) => {
            let shaking = tls::handshake_as(cx, &host, stream, Greeting::Usual);
            let (tls, _) = Box::pin(shaking).await;
            tls.outcome.loss().filter(|_| tls.is_wordless())
        }
        _ => None,
    };
    ControlFacts {
        host,
        address,
        tcp,
        tls,
    }
}
