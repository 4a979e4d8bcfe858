//! What all checks of one run share: resolvers, roots, the client certificate, the crypto library, and
//! what belongs to no domain: who serves a zone, and revocation lists. Each is loaded once, and only
//! when somebody asks.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::crowd::Crowds;
use super::dns::common::Delegations;
use super::dns::delegation::steps::Steps;
use super::dns::exchange::limited::Limited;
use super::dns::exchange::sockets::Sockets;
use super::fetched::Lists;
use super::manners::Rows;
use super::near::Surroundings;
use super::patterns::Patterns;
use super::reached::WayOut;
use super::system::System;
use crate::facts::SearchList;
use crate::pki::roots::Roots;
use crate::wire::zone_file::ZoneFile;

/// What all checks of one run share.
#[derive(Debug)]
pub struct Shared {
    pub(crate) provider: Arc<CryptoProvider>,
    pub(crate) roots: Roots,
    pub(crate) client: Option<Arc<CertifiedKey>>,
    /// What answers in the place of resolvers, where a file is judged.
    pub(crate) zone_file: Option<ZoneFile>,
    local_roots: OnceCell<Arc<Roots>>,
    system: OnceCell<System>,
    /// The addresses of resolvers that were named by their host names.
    hosts: Mutex<HashMap<String, Arc<OnceCell<Vec<IpAddr>>>>>,
    /// Who serves zones, and where they are.
    pub(super) delegations: Delegations,
    /// The way to name servers.
    pub(super) steps: Steps,
    /// Revocation lists, and certificates of issuers.
    pub(super) lists: Lists,
    /// How fast name servers may be asked.
    pub(super) limited: Limited,
    /// What name servers are asked through.
    pub(super) sockets: Sockets,
    /// How TLS is begun.
    pub(super) patterns: Patterns,
    /// The networks that this machine is in.
    pub(super) surroundings: Surroundings,
    /// Who connects to which network.
    pub(super) crowds: Crowds,
    /// Where checks take turns.
    pub(super) rows: Rows,
    /// Who was reached, by which it is seen whether anybody can be.
    pub(super) way_out: WayOut,
}

impl Shared {
    /// With these roots instead of the public ones, and this client certificate.
    pub fn new(roots: Option<Roots>, client: Option<Arc<CertifiedKey>>) -> Self {
        Self {
            provider: Arc::new(provider()),
            roots: roots.unwrap_or_else(Roots::public),
            client,
            zone_file: None,
            local_roots: OnceCell::new(),
            system: OnceCell::new(),
            hosts: Mutex::default(),
            delegations: Delegations::default(),
            steps: Steps::default(),
            lists: Lists::default(),
            patterns: Patterns::default(),
            limited: Limited::default(),
            sockets: Sockets::default(),
            surroundings: Surroundings::default(),
            crowds: Crowds::default(),
            rows: Rows::default(),
            way_out: WayOut::default(),
        }
    }

    /// With the file of a zone instead of any server.
    pub fn of_zone_file(zone_file: ZoneFile) -> Self {
        Self {
            zone_file: Some(zone_file),
            ..Self::new(None, None)
        }
    }

    /// Random bytes; zeros on a machine without randomness. Nothing is kept secret by them.
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut random = [0; N];
        let _ = self.provider.secure_random.fill(&mut random);
        random
    }

    /// The roots of this machine's own store; empty where there is none. Reading it takes longer
    /// than a whole check, and most checks never ask.
    pub(crate) async fn local_roots(&self) -> Arc<Roots> {
        let load = || Roots::from_certificates(rustls_native_certs::load_native_certs().certs);
        self.local_roots
            .get_or_init(|| async {
                Arc::new(tokio::task::spawn_blocking(load).await.unwrap_or_default())
            })
            .await
            .clone()
    }

    /// The resolvers this machine is configured with, in their order; empty when there are none.
    pub(crate) async fn system_resolvers(&self) -> &[SocketAddr] {
        &self.system().await.resolvers
    }

    /// The search suffixes that this machine's tools append to names.
    pub(crate) async fn search_list(&self) -> &SearchList {
        &self.system().await.search
    }

    async fn system(&self) -> &System {
        self.system.get_or_init(|| async { System::read() }).await
    }

    /// The addresses of the host that a resolver is named by, in the order in which this machine
    /// would try them; `None` when there are none. What was found is asked for once.
    pub(crate) async fn look_up_host(&self, host: &str) -> Option<Vec<IpAddr>> {
        let cell = {
            let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(hosts.entry(host.to_owned()).or_default())
        };
        let found = cell.get_or_try_init(|| async {
            // The final dot keeps search suffixes away; a single label has no other way.
            let name = if host.contains('.') {
                format!("{host}.")
            } else {
                host.to_owned()
            };
            let mut found: Vec<IpAddr> = Vec::new();
            for address in tokio::net::lookup_host((name, 0)).await.map_err(|_| ())? {
                if !found.contains(&address.ip()) {
                    found.push(address.ip());
                }
            }
            if found.is_empty() { Err(()) } else { Ok(found) }
        });
        found.await.ok().cloned()
    }
}

/// The crypto library, named explicitly: another one in the tree must not change what is spoken.
pub fn provider() -> CryptoProvider {
    ring::default_provider()
}
