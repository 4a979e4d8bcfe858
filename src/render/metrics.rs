//! The numbers in a report, for the formats that monitoring reads.

use std::net::SocketAddr;

use time::OffsetDateTime;

use crate::facts::{EndpointFacts, Micros, TcpOutcome, TlsOutcome};
use crate::known::lifetimes::renewal_due;
use crate::model::names::Fqdn;
use crate::pki::x509::Certificate;
use crate::report::Report;

/// The numbers of one endpoint, as far as they are known.
pub(super) struct Metrics<'a> {
    pub(super) fqdn: &'a Fqdn,
    pub(super) address: SocketAddr,
    /// How long the TCP connect took, in microseconds.
    pub(super) connect: Option<u64>,
    /// How long the TLS handshake took, in microseconds. Also known if the server refused it, but
    /// not if the server fell silent.
    pub(super) tls: Option<u64>,
    pub(super) certificate: Option<Lifetime>,
}

/// When the certificate ends.
#[derive(Clone, Copy)]
pub(super) struct Lifetime {
    pub(super) not_after: OffsetDateTime,
    /// When less than this is left, it should have been renewed.
    pub(super) due: time::Duration,
    /// From its first moment to its last.
    pub(super) life: time::Duration,
}

impl<'a> Metrics<'a> {
    /// The numbers of every endpoint in the report.
    pub(super) fn of(report: &'a Report) -> Vec<Self> {
        let endpoints = report.facts().endpoints.iter().flatten();
        endpoints.map(Self::of_endpoint).collect()
    }

    fn of_endpoint(endpoint: &'a EndpointFacts) -> Self {
        let connect = match endpoint.tcp {
            TcpOutcome::Connected(Micros(micros)) => Some(micros),
            _ => None,
        };
        let tls = endpoint.tls.as_ref().filter(|tls| {
            let gave_up = matches!(tls.outcome, TlsOutcome::Silent | TlsOutcome::Deadline);
            tls.server_hello && !gave_up
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
                    life: leaf.not_after - leaf.not_before,
                }),
        }
    }
}

/// Microseconds, written in seconds.
pub(super) fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}
