//! What there is to measure in a report, for the formats that monitoring reads.

use std::net::SocketAddr;

use time::OffsetDateTime;

use crate::facts::{EndpointFacts, TcpOutcome, TlsOutcome};
use crate::known::lifetimes::renewal_due;
use crate::model::names::Fqdn;
use crate::pki::x509::Certificate;
use crate::report::Report;

/// The numbers of one endpoint, as far as there are any.
pub(super) struct Measures<'a> {
    pub(super) fqdn: &'a Fqdn,
    pub(super) address: SocketAddr,
    /// How long TCP took to come about, in microseconds.
    pub(super) connect: Option<u64>,
    /// How long TLS took, where the server took part to the end of it, be it a refusal.
    pub(super) tls: Option<u64>,
    pub(super) certificate: Option<Lifetime>,
}

/// When the certificate ends.
#[derive(Clone, Copy)]
pub(super) struct Lifetime {
    pub(super) not_after: OffsetDateTime,
    /// Left at which it ought to have been renewed.
    pub(super) due: time::Duration,
}

impl<'a> Measures<'a> {
    /// Those of every endpoint that was looked at.
    pub(super) fn of(report: &'a Report) -> Vec<Self> {
        let endpoints = report.facts().endpoints.iter().flatten();
        endpoints.map(Self::of_endpoint).collect()
    }

    fn of_endpoint(endpoint: &'a EndpointFacts) -> Self {
        let connect = match endpoint.tcp {
            TcpOutcome::Connected(micros) => Some(micros),
            _ => None,
        };
        let tls = endpoint.tls.as_ref().filter(|tls| {
            let given_up = matches!(tls.outcome, TlsOutcome::Silent | TlsOutcome::Deadline);
            tls.server_hello && !given_up
        });
        let leaf = endpoint.shown().and_then(|shown| shown.chain.first());
        Self {
            fqdn: &endpoint.fqdn,
            address: endpoint.address,
            connect,
            tls: tls.map(|tls| tls.elapsed_us),
            certificate: leaf
                .and_then(|der| Certificate::parse(&der.0).ok())
                .map(|leaf| Lifetime {
                    not_after: leaf.not_after,
                    due: renewal_due(leaf.not_after - leaf.not_before),
                }),
        }
    }
}

/// Microseconds as seconds.
pub(super) fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}
