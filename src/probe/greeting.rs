//! How a client introduces itself: the versions, suites and signatures that it offers.

use std::sync::Arc;

use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::{
    SignatureScheme, SupportedCipherSuite, SupportedProtocolVersion, version,
};

use super::Context;
use crate::pki::possession;

/// How a client introduces itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Greeting {
    /// With all that it can.
    Usual,
    /// Without the name of the server (SNI).
    WithoutName,
    /// In TLS 1.2.
    WithoutTls13,
    /// In TLS 1.2, with RSA keys only, like those that know Microsoft's cipher suites for SIP.
    RsaOnly,
}

impl Greeting {
    pub(super) fn versions(self) -> &'static [&'static SupportedProtocolVersion] {
        /// The newest first.
        static ALL: [&SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];
        match self {
            Self::Usual | Self::WithoutName => &ALL,
            Self::WithoutTls13 | Self::RsaOnly => &ALL[1..],
        }
    }

    pub(super) fn provider(self, cx: &Context) -> Arc<CryptoProvider> {
        if self != Self::RsaOnly {
            return Arc::clone(&cx.shared.provider);
        }
        let mut provider = CryptoProvider::clone(&cx.shared.provider);
        let is_rsa = |suite: &SupportedCipherSuite| {
            let name = suite.suite().as_str();
            name.is_some_and(|name| name.contains("_RSA_"))
        };
        provider.cipher_suites.retain(is_rsa);
        Arc::new(provider)
    }

    pub(super) fn schemes(self) -> Vec<SignatureScheme> {
        let all = possession::OFFERED.map(SignatureScheme::from).into_iter();
        let is_rsa = |scheme: &SignatureScheme| {
            let name = scheme.as_str();
            name.is_some_and(|name| name.starts_with("RSA_"))
        };
        all.filter(|scheme| self != Self::RsaOnly || is_rsa(scheme))
            .collect()
    }

    /// Whether it offers TLS 1.3.
    pub(super) fn knows_tls13(self) -> bool {
        self.versions().len() > 1
    }
}
