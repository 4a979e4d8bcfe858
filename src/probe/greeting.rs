//! How a client introduces itself: the versions, suites and signatures that it offers.

use std::sync::Arc;

use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::{
    SignatureScheme, SupportedCipherSuite, SupportedProtocolVersion, version,
};

use super::{Context, as_sent, shares};
use crate::known::windows;
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
    /// In TLS 1.2, as Windows Server 2016 does: AES-GCM, the curves of NIST, no signature with PSS.
    Windows,
    /// The same with a long hello and with all cipher suites of Windows, be they ours or not.
    WindowsLong,
    /// As Windows Server 2016, without the name of the server: the least that any partner brings along.
    WindowsWithoutName,
    /// The same, with its hello in two TCP segments, as those arrive that have a share of ML-KEM.
    WindowsInTwo,
    /// As Windows Server 2016, and without the client certificate that xfed was given.
    WindowsWithoutCertificate,
}

impl Greeting {
    pub(super) fn versions(self) -> &'static [&'static SupportedProtocolVersion] {
        /// The newest first.
        static ALL: [&SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];
        match self {
            Self::Usual | Self::WithoutName => &ALL,
            Self::WithoutTls13
            | Self::RsaOnly
            | Self::Windows
            | Self::WindowsLong
            | Self::WindowsWithoutName
            | Self::WindowsInTwo
            | Self::WindowsWithoutCertificate => &ALL[1..],
        }
    }

    pub(super) fn provider(self, cx: &Context) -> Arc<CryptoProvider> {
        let all = &cx.shared.provider;
        let with = |wanted: fn(&str) -> bool| {
            let mut provider = CryptoProvider::clone(all);
            let is_wanted =
                |suite: &SupportedCipherSuite| suite.suite().as_str().is_some_and(wanted);
            provider.cipher_suites.retain(is_wanted);
            provider
        };
        match self {
            Self::Usual | Self::WithoutName => {
                let mut provider = CryptoProvider::clone(all);
                let own = |name| name == shares::X25519_AND_P256.name();
                provider.kx_groups.retain(|group| !own(group.name()));
                provider.kx_groups.insert(0, shares::X25519_AND_P256);
                Arc::new(provider)
            }
            Self::WithoutTls13 => Arc::new(with(|name| !name.starts_with("TLS13_"))),
            Self::RsaOnly => Arc::new(with(|name| name.contains("_RSA_"))),
            Self::Windows
            | Self::WindowsLong
            | Self::WindowsWithoutName
            | Self::WindowsInTwo
            | Self::WindowsWithoutCertificate => {
                let mut provider = with(windows::offers_suite);
                if self.is_long() {
                    provider.cipher_suites.clone_from(&as_sent::SUITES);
                }
                provider.kx_groups.retain(|group| {
                    let name = format!("{:?}", group.name()).to_lowercase();
                    windows::offers_group_always(&name)
                });
                Arc::new(provider)
            }
        }
    }

    pub(super) fn schemes(self) -> Vec<SignatureScheme> {
        let all = possession::OFFERED.map(SignatureScheme::from).into_iter();
        let is_rsa = |scheme: &SignatureScheme| {
            let name = scheme.as_str();
            name.is_some_and(|name| name.starts_with("RSA_"))
        };
        let is_old =
            |scheme: &SignatureScheme| windows::SIGNATURES_2016.contains(&u16::from(*scheme));
        match self {
            Self::Usual | Self::WithoutName | Self::WithoutTls13 => all.collect(),
            Self::RsaOnly => all.filter(is_rsa).collect(),
            Self::Windows
            | Self::WindowsLong
            | Self::WindowsWithoutName
            | Self::WindowsInTwo
            | Self::WindowsWithoutCertificate => all.filter(is_old).collect(),
        }
    }

    /// Whether it names the server (SNI, RFC 6066 §3).
    pub(super) fn names_server(self) -> bool {
        !matches!(
            self,
            Self::WithoutName | Self::WindowsWithoutName | Self::WindowsInTwo
        )
    }

    /// Whether another hello is sent than the library writes, which is longer than a TCP segment.
    pub(super) fn is_long(self) -> bool {
        self == Self::WindowsLong
    }

    /// Whether its hello is sent in two TCP segments.
    pub(super) fn is_in_two(self) -> bool {
        self == Self::WindowsInTwo
    }

    /// Whether it shows the client certificate that xfed was given, where one is asked for.
    pub(super) fn shows_certificate(self) -> bool {
        self != Self::WindowsWithoutCertificate
    }

    /// Whether it offers TLS 1.3.
    pub(super) fn knows_tls13(self) -> bool {
        self.versions().len() > 1
    }
}
