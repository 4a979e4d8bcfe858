//! A second look at an endpoint whose TLS handshake ended before it had begun: hand-made hellos, and
//! a question in plain text.

use serde::{Deserialize, Serialize};

use super::{Alert, CertificateRequest, Der, TlsVersion};
use crate::known::windows;

/// What further connections showed at an endpoint whose TLS handshake ended before it had begun:
/// hand-made questions by what the TLS library does not speak, and one in plain text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecondLookFacts {
    /// Asked in TLS 1.2 or older, with every cipher suite that was ever in use.
    pub wide: HelloFacts,
    /// Asked in TLS 1.0.
    pub old: HelloFacts,
    /// Asked in TLS 1.2 with the cipher suites of Windows only, after the server had chosen
    /// another one.
    pub windows: Option<HelloFacts>,
    /// Asked in plain text, after no sign of TLS.
    pub plain: Option<PlainOutcome>,
    /// How long all of it took, in microseconds.
    pub elapsed_us: u64,
}

impl SecondLookFacts {
    /// The hellos that were answered with a ServerHello, the one most like a partner's first.
    pub fn answered(&self) -> impl Iterator<Item = &HelloFacts> {
        let hellos = [self.windows.as_ref(), Some(&self.wide), Some(&self.old)];
        hellos
            .into_iter()
            .flatten()
            .filter(|hello| hello.version.is_some())
    }

    /// The certificates that the server showed.
    pub fn chain(&self) -> Option<&[Der]> {
        let mut chains = self.answered().map(|hello| hello.chain.as_slice());
        chains.find(|chain| !chain.is_empty())
    }

    /// The first bytes of what came in plain text, asked for or not.
    pub fn plain_text(&self) -> Option<&[u8]> {
        if let Some(PlainOutcome::Said(start)) = &self.plain {
            return Some(start);
        }
        [&self.wide, &self.old]
            .into_iter()
            .find_map(|hello| match &hello.outcome {
                HelloOutcome::NotTls(start) => Some(start.as_slice()),
                _ => None,
            })
    }

    /// Whether the deadline came before everything was seen.
    pub(super) fn is_cut_short(&self) -> bool {
        let mut hellos = [Some(&self.wide), Some(&self.old), self.windows.as_ref()]
            .into_iter()
            .flatten();
        hellos.any(|hello| hello.outcome == HelloOutcome::Deadline)
            || self.plain == Some(PlainOutcome::Deadline)
    }
}

/// A server's answer to a hand-made ClientHello, as far as it goes without encryption.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HelloFacts {
    /// How it ended.
    pub outcome: HelloOutcome,
    /// The protocol version that the server chose, when a ServerHello arrived.
    pub version: Option<TlsVersion>,
    /// The cipher suite that the server chose, by its IANA name or, unknown, as `0x` and four digits.
    pub cipher: Option<String>,
    /// The curve of the server's ephemeral key, written like the cipher suite.
    pub group: Option<String>,
    /// The certificates as sent, leaf first, at most 160.
    pub chain: Vec<Der>,
    /// The server's demand for a client certificate.
    pub request: Option<CertificateRequest>,
}

impl HelloFacts {
    /// Whether Windows would get this answer as well: TLS 1.2 with a cipher suite and a curve that
    /// it offers by default.
    pub fn is_for_windows(&self) -> bool {
        let suite = self.cipher.as_deref();
        let group = self.group.as_deref();
        self.version == Some(TlsVersion::Tls12)
            && suite.is_some_and(windows::offers_suite)
            && group.is_none_or(windows::offers_group)
    }
}

/// How the answer to a hand-made ClientHello ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HelloOutcome {
    /// With ServerHelloDone: all that the server says before the client's turn.
    Complete,
    /// With a fatal alert.
    Alert(Alert),
    /// The server closed the connection.
    Closed,
    /// The server reset the connection.
    Reset,
    /// Nothing more came in time.
    #[default]
    Silent,
    /// What came is not TLS: its first bytes.
    NotTls(Vec<u8>),
    /// What came breaks the protocol, in the part of this name.
    Malformed(String),
    /// More bytes than any handshake needs.
    TooMuch,
    /// The connection could not be made.
    NotConnected,
    /// The deadline of the whole check came first.
    Deadline,
}

/// What came for a question in plain text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlainOutcome {
    /// A banner or an answer: its first bytes.
    Said(Vec<u8>),
    /// A TLS record: the service does speak TLS.
    Tls,
    /// The server closed the connection.
    Closed,
    /// The server reset the connection.
    Reset,
    /// Nothing came in time.
    Silent,
    /// The connection could not be made.
    NotConnected,
    /// The deadline of the whole check came first.
    Deadline,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_gets_some_answers_only() {
        let answer = |version, cipher: &str, group: Option<&str>| HelloFacts {
            version: Some(version),
            cipher: Some(cipher.to_owned()),
            group: group.map(str::to_owned),
            ..HelloFacts::default()
        };
        let usual = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
        for (answer, expected) in [
            (answer(TlsVersion::Tls12, usual, None), true),
            (answer(TlsVersion::Tls12, usual, Some("x25519")), true),
            (answer(TlsVersion::Tls12, usual, Some("secp384r1")), true),
            (answer(TlsVersion::Tls12, usual, Some("secp521r1")), false),
            (answer(TlsVersion::Tls11, usual, None), false),
            (answer(TlsVersion::Tls12, "0x1301", None), false),
            (HelloFacts::default(), false),
        ] {
            assert_eq!(answer.is_for_windows(), expected, "{answer:?}");
        }
    }
}
