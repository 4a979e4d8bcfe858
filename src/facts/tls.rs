//! A TLS handshake, and the hand-made ones that follow where it ended too early.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use super::{CertificateRequest, Der, StapleOutcome, TrustFacts};

/// A TLS handshake as far as it got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TlsFacts {
    /// How it ended.
    pub outcome: TlsOutcome,
    /// True if a ServerHello arrived.
    pub server_hello: bool,
    /// The protocol version agreed on.
    pub version: Option<TlsVersion>,
    /// The cipher suite agreed on, by its IANA name.
    pub cipher: Option<String>,
    /// The certificates as sent, leaf first, at most 160.
    pub chain: Vec<Der>,
    /// The server's demand for a client certificate.
    pub request: Option<CertificateRequest>,
    /// True if a client certificate was sent.
    pub presented: bool,
    /// Whether the server proved that the certificate's key is its own; `None` when it did not get
    /// that far, or when this client cannot tell.
    #[serde(default)]
    pub key_proven: Option<bool>,
    /// Whether the ServerHello shows secure renegotiation (RFC 5746); `None` where that was not
    /// seen. TLS 1.3 has no renegotiation.
    #[serde(default)]
    pub secure_renegotiation: Option<bool>,
    /// What the OCSP answer says that the server stapled to its certificate; absent without one.
    #[serde(default)]
    pub staple: Option<StapleOutcome>,
    /// What the trust stores said of the chain, when one arrived in this or a further connection.
    pub trust: Option<TrustFacts>,
    /// How long the handshake took, in microseconds.
    pub elapsed_us: u64,
}

/// How a TLS handshake ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsOutcome {
    /// Both sides finished. With TLS 1.3 the server may still refuse the client certificate.
    Finished,
    /// The server sent a fatal alert.
    Alert(Alert),
    /// The server closed the connection.
    Closed,
    /// The server reset the connection.
    Reset,
    /// Nothing more came in time.
    Silent,
    /// What came is not TLS: its first bytes.
    NotTls(Vec<u8>),
    /// The server broke the protocol, or wanted what this client cannot do; the library's words.
    Misbehaved(String),
    /// More bytes than any handshake needs.
    TooMuch,
    /// The deadline of the whole check came first.
    Deadline,
}

/// A version of TLS, the oldest first. The handshake proper speaks the last two.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, IntoStaticStr,
)]
pub enum TlsVersion {
    /// RFC 6101.
    #[serde(rename = "SSL 3.0")]
    #[strum(serialize = "SSL 3.0")]
    Ssl30,
    /// RFC 2246.
    #[serde(rename = "TLS 1.0")]
    #[strum(serialize = "TLS 1.0")]
    Tls10,
    /// RFC 4346.
    #[serde(rename = "TLS 1.1")]
    #[strum(serialize = "TLS 1.1")]
    Tls11,
    /// RFC 5246.
    #[serde(rename = "TLS 1.2")]
    #[strum(serialize = "TLS 1.2")]
    Tls12,
    /// RFC 8446.
    #[serde(rename = "TLS 1.3")]
    #[strum(serialize = "TLS 1.3")]
    Tls13,
}

impl TlsVersion {
    /// The version as people write it.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// The description of a TLS alert (RFC 8446 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert(pub u8);

impl Alert {
    /// True for the alerts of a server that got no client certificate, or not one it accepts.
    pub fn is_about_client_certificate(self) -> bool {
        matches!(self.0, 40..=46 | 48 | 49 | 116)
    }

    /// The alert by its registered name and number.
    pub fn name(self) -> String {
        let name = match self.0 {
            0 => "close_notify",
            10 => "unexpected_message",
            20 => "bad_record_mac",
            22 => "record_overflow",
            40 => "handshake_failure",
            41 => "no_certificate",
            42 => "bad_certificate",
            43 => "unsupported_certificate",
            44 => "certificate_revoked",
            45 => "certificate_expired",
            46 => "certificate_unknown",
            47 => "illegal_parameter",
            48 => "unknown_ca",
            49 => "access_denied",
            50 => "decode_error",
            51 => "decrypt_error",
            70 => "protocol_version",
            71 => "insufficient_security",
            80 => "internal_error",
            86 => "inappropriate_fallback",
            90 => "user_canceled",
            100 => "no_renegotiation",
            109 => "missing_extension",
            110 => "unsupported_extension",
            112 => "unrecognized_name",
            113 => "bad_certificate_status_response",
            115 => "unknown_psk_identity",
            116 => "certificate_required",
            120 => "no_application_protocol",
            _ => "unassigned",
        };
        format!("{name} ({})", self.0)
    }
}
