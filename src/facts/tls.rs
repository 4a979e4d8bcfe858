//! A TLS handshake, and the hand-made ones that follow where it ended too early.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use super::{CertificateRequest, Der, Loss, Millis, StapleOutcome, TrustFacts};

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
    /// The issuer above what was sent of our own chain, where that ends below it: partners cannot build the
    /// way to a root. Only where it is missing for certain, as for certificates of public CAs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsent_issuer: Option<String>,
    /// Whether the server proved that the certificate's key is its own; `None` when it did not get
    /// that far, or when this client cannot tell.
    #[serde(default)]
    pub key_proven: Option<bool>,
    /// Whether the ServerHello shows secure renegotiation (RFC 5746); `None` where that was not
    /// seen. TLS 1.3 has no renegotiation.
    #[serde(default)]
    pub secure_renegotiation: Option<bool>,
    /// The scheme of the server's signature, by its IANA number, where it is one that was not offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<u16>,
    /// The number of the certificate sent whose key made that signature, where it is not the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_of: Option<usize>,
    /// Whether bytes of the server's were still coming when our time was over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub still_coming: bool,
    /// An extension in the server's answer that this client had not asked for, by its IANA number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unasked: Option<u16>,
    /// What only some of the other libraries bear.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub oddities: Vec<Oddity>,
    /// What the OCSP answer says that the server stapled to its certificate; absent without one.
    #[serde(default)]
    pub staple: Option<StapleOutcome>,
    /// What the trust stores said of the chain, when one arrived in this or a further connection.
    pub trust: Option<TrustFacts>,
    /// How long the handshake took, in microseconds.
    pub elapsed_us: u64,
    /// How long an answer was waited for.
    #[serde(default)]
    pub limit: Option<Millis>,
    /// The last warning that the server sent before anything was encrypted.
    #[serde(default)]
    pub warning: Option<Alert>,
    /// Where the server's words broke off, when that was in the middle of a record or a message.
    #[serde(default)]
    pub cut: Option<Cut>,
    /// Whether the server had said all that it says before the client's turn, our turn had come, and
    /// nothing shows that what we said in it was taken: only then can it have refused us for want of a client
    /// certificate. Absent in older reports.
    #[serde(default)]
    pub our_turn: Option<bool>,
}

impl TlsFacts {
    /// A handshake that ended like this before anything was seen.
    pub fn begun(outcome: TlsOutcome) -> Self {
        Self {
            outcome,
            server_hello: false,
            version: None,
            cipher: None,
            chain: Vec::new(),
            request: None,
            presented: false,
            unsent_issuer: None,
            key_proven: None,
            secure_renegotiation: None,
            signature: None,
            key_of: None,
            still_coming: false,
            unasked: None,
            oddities: Vec::new(),
            staple: None,
            trust: None,
            elapsed_us: 0,
            limit: None,
            warning: None,
            cut: None,
            our_turn: None,
        }
    }

    /// Whether the server has not said a word.
    pub fn is_wordless(&self) -> bool {
        !self.server_hello && self.warning.is_none() && self.cut.is_none()
    }
}

/// Words that broke off before their end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// How many bytes had come in all.
    pub received: u64,
    /// The handshake message that was on its way, where it was not encrypted.
    pub message: Option<String>,
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
    /// The server broke the protocol, or wanted what this client cannot do.
    Misbehaved(Breach),
    /// More than this client reads: a limit of ours.
    TooMuch,
    /// The deadline of the whole check came first.
    Deadline,
}

impl TlsOutcome {
    /// How the server was lost, where it did not say why.
    pub fn loss(&self) -> Option<Loss> {
        match self {
            Self::Closed | Self::Reset => Some(Loss::Ended),
            Self::Silent => Some(Loss::Mute),
            Self::Finished
            | Self::Alert(_)
            | Self::NotTls(_)
            | Self::Misbehaved(_)
            | Self::TooMuch
            | Self::Deadline => None,
        }
    }
}

/// What a peer did that TLS does not allow, or that this client cannot follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Breach {
    /// Something that is no TLS record, amid records.
    NotTls,
    /// A record that does not decrypt, or a Finished that does not fit: it was spoilt on the way, or
    /// comes of somebody who is not part of this handshake.
    Undecryptable,
    /// A message that has no place there.
    OutOfPlace,
    /// A message that cannot be read.
    Malformed,
    /// A choice that was not offered: a cipher suite, a group, a protocol, a signature algorithm.
    NotOffered,
    /// An older version than both sides have, which somebody in between brings about.
    Downgraded,
    /// A handshake that says it is not the first of its connection (RFC 5746 §3.4).
    Renegotiation,
    /// An extension in a ServerHello of TLS 1.2 that belongs elsewhere, or that nobody asked for.
    ExtensionOutOfPlace,
    /// An extension in a ServerHello that nobody knows; others pass over it.
    UnknownExtension,
    /// An extension that was not asked for where it is encrypted: which one is not seen.
    EncryptedExtension,
    /// A HelloRequest before the client's turn; others pass over it (RFC 5246 §7.4.1.1).
    HelloRequest,
    /// A record of handshake messages with nothing in it (RFC 5246 §6.2.1); others pass over it.
    EmptyRecord,
    /// A demand for a client certificate without a signature scheme that TLS 1.3 has; others go on
    /// without a certificate.
    NoClientScheme,
    /// One that has no list of signature schemes at all, which TLS 1.3 demands (RFC 8446 §4.3.2).
    NoSchemeList,
    /// ChangeCipherSpec more often than our library bears in TLS 1.3; others drop each of them, as they
    /// should (RFC 8446 §5).
    SpareChanges,
    /// In TLS 1.2, word that nothing more comes (close_notify), and then more of the handshake.
    CloseNotify,
    /// A record that is longer than TLS allows.
    LongRecord,
    /// The same without end: warnings, requests for new keys, empty records.
    Endless,
    /// A handshake without a certificate.
    NoCertificate,
    /// A version older than TLS 1.2.
    OldVersion,
    /// Nothing of the peer's: the network, or this machine, gave the connection up.
    Lost,
    /// Anything else, and whatever an older report calls by other words.
    #[serde(other)]
    Other,
}

impl Breach {
    /// The name that texts select by.
    pub fn id(self) -> &'static str {
        self.into()
    }

    /// Whether other libraries are known to go on, or may: then this is a limit of ours.
    pub fn is_ours(self) -> bool {
        matches!(
            self,
            Self::UnknownExtension
                | Self::EncryptedExtension
                | Self::HelloRequest
                | Self::EmptyRecord
                | Self::NoClientScheme
                | Self::SpareChanges
        )
    }
}

/// What is wrong in a handshake that comes to its end with some libraries, and not with all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Oddity {
    /// A ServerHello of TLS 1.3 with another session identifier than the client's (RFC 8446 §4.1.3).
    OtherSession,
    /// A ServerHello of TLS 1.3 that does not call itself TLS 1.2 (RFC 8446 §4.1.3).
    LegacyVersion,
    /// A demand for a client certificate in TLS 1.3 with a server name in it (RFC 8446 §4.2).
    NamedRequest,
    /// One with an empty list of authorities (RFC 8446 §4.2.4).
    EmptyAuthorities,
    /// One with an authority that is no name at all.
    UnreadableAuthority,
}

impl Oddity {
    /// The name that texts select by.
    pub fn id(self) -> &'static str {
        self.into()
    }
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
    /// The issuer of the certificate that was shown is not known, or not found.
    pub const UNKNOWN_CA: Self = Self(48);

    /// True for the alerts of a server that got no client certificate, or not one it accepts.
    pub fn is_about_client_certificate(self) -> bool {
        matches!(self.0, 40..=46 | 48 | 49 | 116)
    }

    /// True for the one by which GnuTLS in TLS 1.2 turns away whoever answers its demand for a client
    /// certificate with none.
    pub fn is_about_no_certificate(self) -> bool {
        self.0 == 50
    }

    /// True for the alerts of a server that does not accept the client certificate that it was shown: those
    /// above, and where it cannot read it (50), verify what it signed (51), or use what comes with it.
    pub fn is_about_shown_certificate(self) -> bool {
        self.is_about_client_certificate() || matches!(self.0, 50 | 51 | 111 | 113 | 114)
    }

    /// True for those of a server that fails by itself, or wants something else, and does not say what:
    /// some do so for want of a client certificate.
    pub fn says_no_reason(self) -> bool {
        matches!(self.0, 71 | 80)
    }

    /// True for those of a server that takes what it read for no hello, or finds no name in it, and for those that
    /// give no reason.
    pub fn may_be_about_pieces(self) -> bool {
        matches!(self.0, 10 | 20 | 22 | 40 | 47 | 50 | 80 | 112)
    }

    /// True for the one by which a side says that it sends nothing more.
    pub fn is_close(self) -> bool {
        self.0 == 0
    }

    /// The alert by its registered name and number; one that is not registered by its number alone.
    pub fn name(self) -> String {
        let name = match self.0 {
            0 => "close_notify",
            10 => "unexpected_message",
            20 => "bad_record_mac",
            21 => "decryption_failed",
            22 => "record_overflow",
            30 => "decompression_failure",
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
            52 => "too_many_cids_requested",
            60 => "export_restriction",
            70 => "protocol_version",
            71 => "insufficient_security",
            80 => "internal_error",
            86 => "inappropriate_fallback",
            90 => "user_canceled",
            100 => "no_renegotiation",
            109 => "missing_extension",
            110 => "unsupported_extension",
            111 => "certificate_unobtainable",
            112 => "unrecognized_name",
            113 => "bad_certificate_status_response",
            114 => "bad_certificate_hash_value",
            115 => "unknown_psk_identity",
            116 => "certificate_required",
            117 => "general_error",
            120 => "no_application_protocol",
            121 => "ech_required",
            number => return number.to_string(),
        };
        format!("{name} ({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reports of before hold the words of a library where a breach is named today.
    #[test]
    fn a_breach_in_words_is_some_breach() {
        for (written, expected) in [
            (
                r#"{"misbehaved": "received corrupt message of type X"}"#,
                Breach::Other,
            ),
            (r#"{"misbehaved": "not-offered"}"#, Breach::NotOffered),
        ] {
            let read: TlsOutcome = serde_json::from_str(written).expect("it can be read");
            assert_eq!(read, TlsOutcome::Misbehaved(expected));
        }
    }
}
