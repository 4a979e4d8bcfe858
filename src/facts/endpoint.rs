//! One address of one FQDN: TCP, TLS and SIP, as far as each got.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::{
    CertificateRequest, ComparedFacts, Der, IssuerFacts, RevocationFacts, SecondLookFacts,
    TrustFacts,
};
use crate::model::names::Fqdn;

/// What one address of one FQDN does on the federation port: one connection, all the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndpointFacts {
    /// The name this address was found for; the server name (SNI) of the handshake.
    pub fqdn: Fqdn,
    /// The address that DNS publishes; `None` when only `--connect-to` named one.
    pub published: Option<IpAddr>,
    /// Where the connection went.
    pub address: SocketAddr,
    /// Outcome of the TCP connect.
    pub tcp: TcpOutcome,
    /// The TLS handshake; `None` without a TCP connection.
    pub tls: Option<TlsFacts>,
    /// What further connections showed, where the handshake ended before it had begun.
    #[serde(default)]
    #[serde(rename = "explained")]
    pub second_look: Option<SecondLookFacts>,
    /// The answer to OPTIONS; `None` without a TLS session.
    pub sip: Option<SipFacts>,
    /// What the revocation list says that the certificate names, when it was asked.
    #[serde(default)]
    pub revocation: Option<RevocationFacts>,
    /// The leaf that is shown to a client that names no server, looked at where the one for this
    /// name is not for this name.
    #[serde(default)]
    pub without_sni: Option<Der>,
    /// The issuer's certificate from where the chain says it can be had, when it was fetched.
    #[serde(default)]
    pub issuer: Option<IssuerFacts>,
    /// What the same address shows on the port to compare with, when that was looked at.
    #[serde(default)]
    pub compared: Option<ComparedFacts>,
}

impl EndpointFacts {
    /// An endpoint of which no more is known than how the connect ended.
    pub fn new(
        fqdn: Fqdn,
        published: Option<IpAddr>,
        address: SocketAddr,
        tcp: TcpOutcome,
    ) -> Self {
        Self {
            fqdn,
            published,
            address,
            tcp,
            tls: None,
            second_look: None,
            sip: None,
            revocation: None,
            without_sni: None,
            issuer: None,
            compared: None,
        }
    }

    /// Whether the connection went elsewhere than where partners would go.
    pub fn is_redirected(&self) -> bool {
        self.published != Some(self.address.ip())
            || self.address.port() != crate::model::limits::FEDERATION_PORT
    }

    /// The certificates that were shown, in whichever handshake that was.
    pub fn shown(&self) -> Option<ShownChain<'_>> {
        let tls = self.tls.as_ref()?;
        let chain = if tls.chain.is_empty() {
            self.second_look.as_ref()?.chain()?
        } else {
            tls.chain.as_slice()
        };
        let trust = tls.trust.as_ref();
        Some(ShownChain { chain, trust })
    }

    /// Whether the deadline came before everything about TLS was seen.
    pub fn is_cut_short(&self) -> bool {
        let Some(tls) = &self.tls else {
            return true;
        };
        let second_look = self.second_look.as_ref();
        tls.outcome == TlsOutcome::Deadline
            || second_look.is_some_and(SecondLookFacts::is_cut_short)
    }
}

/// A chain that a server showed, and what the trust stores said of it.
#[derive(Clone, Copy, Debug)]
pub struct ShownChain<'a> {
    /// The certificates as sent, leaf first; at least one.
    pub chain: &'a [Der],
    /// What the trust stores said of them.
    pub trust: Option<&'a TrustFacts>,
}

/// A duration in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Micros(pub u64);

/// A duration in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Millis(pub u64);

/// How a TCP connect ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TcpOutcome {
    /// Accepted, after this long.
    Connected(Micros),
    /// Answered with a reset: nothing listens, or nothing is forwarded.
    Refused,
    /// No answer within this limit.
    TimedOut(Millis),
    /// A router on the way said that there is no way, or that it is forbidden.
    Unreachable,
    /// This machine has no route to the address; nothing was sent.
    NoRoute,
    /// This machine could not make the attempt (no sockets left, forbidden by its own firewall).
    NotAttempted,
    /// The deadline of the whole check came first.
    Deadline,
    /// More addresses are published than one run connects to.
    OverLimit,
}

/// A TLS handshake as far as it got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TlsFacts {
    /// How it ended.
    pub outcome: TlsOutcome,
    /// Whether a ServerHello arrived.
    pub server_hello: bool,
    /// The protocol version agreed on.
    pub version: Option<TlsVersion>,
    /// The cipher suite agreed on, by its IANA name.
    pub cipher: Option<String>,
    /// The certificates as sent, leaf first, at most 16.
    pub chain: Vec<Der>,
    /// The server's demand for a client certificate.
    pub request: Option<CertificateRequest>,
    /// Whether a client certificate was sent.
    pub presented: bool,
    /// Whether the server proved that the certificate's key is its own; `None` when it did not get
    /// that far, or when this client cannot tell.
    #[serde(default)]
    pub key_proven: Option<bool>,
    /// What the trust stores said of the chain, when one arrived, be it in a further connection.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TlsVersion {
    /// RFC 6101.
    #[serde(rename = "SSL 3.0")]
    Ssl30,
    /// RFC 2246.
    #[serde(rename = "TLS 1.0")]
    Tls10,
    /// RFC 4346.
    #[serde(rename = "TLS 1.1")]
    Tls11,
    /// RFC 5246.
    #[serde(rename = "TLS 1.2")]
    Tls12,
    /// RFC 8446.
    #[serde(rename = "TLS 1.3")]
    Tls13,
}

impl TlsVersion {
    /// The version as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ssl30 => "SSL 3.0",
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        }
    }
}

/// The description of a TLS alert (RFC 8446 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert(pub u8);

impl Alert {
    /// What a server says that wants a client certificate and got none, or none to its liking.
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

/// What came back for OPTIONS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SipFacts {
    /// What came.
    pub outcome: SipOutcome,
    /// How long it took, in microseconds.
    pub elapsed_us: u64,
}

/// How the question for SIP ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SipOutcome {
    /// A SIP status line came.
    Answered(SipAnswer),
    /// A TLS alert came in the answer's place.
    Alert(Alert),
    /// The server closed the connection.
    Closed,
    /// The server reset the connection.
    Reset,
    /// Nothing came in time.
    Silent,
    /// Something came that is not SIP: its first bytes.
    NotSip(Vec<u8>),
    /// The deadline of the whole check came first.
    Deadline,
}

/// A SIP response, as far as xfed reads it (RFC 3261 §7.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SipAnswer {
    /// The status code, 100 to 699.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// `Server`, else `User-Agent`.
    pub server: Option<String>,
    /// The methods it allows, where it says so.
    #[serde(default)]
    pub allow: Option<String>,
    /// Microsoft's reason, where there is one ([MS-OCER] §8.2).
    #[serde(default)]
    pub diagnostics: Option<String>,
}
