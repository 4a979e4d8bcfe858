//! What the configuration says now; a reload puts another in its place.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::server::ResolvesServerCert;
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};

use super::store::Limits;
use crate::config::{self, Configuration, Standing, Way, Ways, WebConfig};
use crate::facts::Outlook;
use crate::model::vantage::Vantage;
use crate::probe::shared::{Shared, provider};

/// Reads the configuration.
pub(crate) type Load = Box<dyn Fn() -> Result<Current, config::Error> + Send + Sync>;

/// What checks share is begun anew so often: this machine may get other resolvers meanwhile.
const FRESH: Duration = Duration::from_secs(5 * 60);

/// What the configuration says.
pub(crate) struct Current {
    pub(super) ways: Ways,
    pub(super) web: WebConfig,
    pub(super) tls: Option<TlsAcceptor>,
    /// What is done without being asked.
    pub(super) standing: Standing,
    /// The domains of the file.
    pub(super) domains: Vec<String>,
    /// Which reading of it this is.
    pub(super) edition: u64,
    shared: Mutex<Vec<Common>>,
}

/// What the checks of a module share, since when.
type Common = (Option<String>, Instant, Arc<Shared>);

impl Current {
    /// Of these files.
    ///
    /// # Errors
    ///
    /// [`config::Error`] for the first thing that cannot be used.
    pub(crate) fn new(
        file: Option<&Configuration>,
        web: WebConfig,
        now: OffsetDateTime,
    ) -> Result<Self, config::Error> {
        let domains = file.into_iter().flat_map(|file| &file.domain);
        Ok(Self {
            ways: Ways::new(file, now)?,
            standing: file.map(|file| file.standing.clone()).unwrap_or_default(),
            domains: domains.map(|table| table.name.to_string()).collect(),
            tls: web.pair.as_ref().map(acceptor),
            web,
            edition: 0,
            shared: Mutex::default(),
        })
    }

    /// The same as the reading of this number.
    pub(super) fn numbered(self, edition: u64) -> Self {
        Self { edition, ..self }
    }

    /// Whether strangers see nothing on the way, and are not let in unless they are meant to be.
    pub(crate) fn is_guarded(&self, is_public: bool) -> bool {
        self.web.is_guarded(is_public)
    }

    /// Whether targets may have addresses that are not public.
    pub(crate) fn allows_private(&self) -> bool {
        self.ways.allow_private()
    }

    /// How long results are kept, and how much of them: in memory less than in a file.
    pub(super) fn retention(&self, is_in_memory: bool) -> Limits {
        const DAY: u64 = 24 * 60 * 60;
        let days = self.standing.keep_days;
        let usual = if is_in_memory { 64 } else { 1024 };
        let mib = self.standing.keep_mib.unwrap_or(usual);
        Limits {
            age: Duration::from_secs(u64::from(days) * DAY),
            bytes: u64::from(mib) << 20,
        }
    }

    /// The place that results were seen from: this service, by its own name, if it has one.
    pub(super) fn place(&self) -> Option<Outlook> {
        let name = self.web.hosts.first()?;
        let at = Vantage::parse(&format!("https://{name}"))?;
        Some(Outlook {
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            ..Outlook::at(at)
        })
    }

    /// Whether a certificate is shown.
    pub(crate) fn has_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// What the checks of this module share.
    pub(super) fn shared(&self, module: Option<&str>, way: &Way) -> Arc<Shared> {
        let mut all = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(_, since, _)| since.elapsed() < FRESH);
        let known = all.iter().find(|(name, ..)| name.as_deref() == module);
        if let Some((.., shared)) = known {
            return Arc::clone(shared);
        }
        let shared = Arc::new(way.shared());
        let name = module.map(str::to_owned);
        all.push((name, Instant::now(), Arc::clone(&shared)));
        shared
    }
}

fn acceptor(pair: &Arc<CertifiedKey>) -> TlsAcceptor {
    let single: Arc<dyn ResolvesServerCert> = Arc::new(SingleCertAndKey::from(Arc::clone(pair)));
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions()
        .expect("the library has its own versions")
        .with_no_client_auth()
        .with_cert_resolver(single);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}
