//! What called a test partner (`xfed listen`), connection by connection.
//!
//! Nothing of a message is kept: neither its text nor who wrote to whom. Of SIP there is what was
//! asked and what was answered, and the domain that it came from.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use super::{Alert, Breach, Der, Millis, Reply, RevocationFacts, TlsVersion, TrustFacts};
use crate::model::names::{Domain, Fqdn};

/// Everything that came while a test partner listened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallFacts {
    /// Who listened.
    pub partner: TestPartner,
    /// For how long.
    pub listened: Millis,
    /// The connections of whoever was taken for the other side, in their order.
    pub calls: Vec<Call>,
    /// How many connections more there were: of scanners, of strangers, and beyond what is kept.
    pub strangers: u32,
}

/// The test partner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestPartner {
    /// Its server.
    pub fqdn: Fqdn,
    /// Its domain.
    pub domain: Domain,
    /// The port.
    pub port: u16,
    /// The domain that was expected to call, where one was named.
    pub expected: Option<Domain>,
    /// Whether callers were asked for a certificate.
    pub demand: Demand,
    /// Whether the demand named the authorities that are accepted.
    pub named_authorities: bool,
    /// Whether texts were replied to (`--echo`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub echoes: bool,
    /// What is wrong with the test partner itself: the codes of a check of its own domain, none where
    /// nothing would keep a partner from calling.
    pub own_faults: Vec<String>,
}

/// Whether a client certificate is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Demand {
    /// It is, and whoever has none may go on.
    Ask,
    /// It is, and whoever has none is refused.
    Require,
    /// It is not.
    None,
}

/// One connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Where it came from.
    pub from: SocketAddr,
    /// When it came, since the beginning.
    pub after: Millis,
    /// What the caller offered first; absent where it said nothing that is TLS.
    pub hello: Option<CallHello>,
    /// How TLS went.
    pub tls: CallTls,
    /// What was said after that; absent without TLS.
    pub sip: Option<Talk>,
}

/// A ClientHello.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallHello {
    /// The versions offered that are known, the newest first.
    pub versions: Vec<TlsVersion>,
    /// The server name asked for (SNI).
    pub server_name: Option<String>,
    /// The cipher suites offered, by their IANA names, an unknown one by its number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suites: Vec<String>,
    /// The groups offered, in the same way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

impl CallHello {
    /// The newest version offered.
    pub fn newest(&self) -> Option<TlsVersion> {
        self.versions.iter().max().copied()
    }
}

/// How TLS went, seen from the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallTls {
    /// How it ended.
    pub outcome: CallOutcome,
    /// The version agreed on.
    pub version: Option<TlsVersion>,
    /// The cipher suite agreed on, by its IANA name.
    pub cipher: Option<String>,
    /// The caller's certificates as sent, its own first; none where none were sent.
    pub chain: Vec<Der>,
    /// Whether the caller proved that the certificate's key is its own; absent where nobody can tell.
    pub key_proven: Option<bool>,
    /// What the trust stores say of the chain.
    pub trust: Option<TrustFacts>,
    /// What the revocation list says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation: Option<RevocationFacts>,
}

impl CallTls {
    /// A handshake that ended like this before anything was seen.
    pub fn ended(outcome: CallOutcome) -> Self {
        Self {
            outcome,
            version: None,
            cipher: None,
            chain: Vec::new(),
            key_proven: None,
            trust: None,
            revocation: None,
        }
    }
}

/// How a handshake ended, seen from the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallOutcome {
    /// Both sides finished.
    Finished,
    /// The caller sent a fatal alert.
    Alert(Alert),
    /// The caller closed the connection.
    Closed,
    /// The caller reset the connection, or it was lost.
    Reset,
    /// The caller said nothing, or not all of it, within the limit.
    Silent,
    /// What came is not TLS: its first bytes.
    NotTls(Vec<u8>),
    /// Nothing newer than TLS 1.1 was offered.
    TooOld,
    /// Nothing in common, and in what.
    NothingInCommon(Lacking),
    /// No certificate, where one was required.
    NoCertificate,
    /// The caller does not hold the key of the certificate that it sent.
    KeyDisproven,
    /// The caller broke the protocol.
    Misbehaved(Breach),
    /// More came than is read: a limit of ours.
    TooMuch,
}

/// What a caller and the test partner have not in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Lacking {
    /// No cipher suite.
    Suites,
    /// No group.
    Groups,
    /// The caller takes no signature that the key of the test partner's certificate makes.
    Key,
    /// An extension that has to be there, or anything else.
    #[serde(other)]
    Other,
}

impl Lacking {
    /// The name that texts select by.
    pub fn id(self) -> &'static str {
        self.into()
    }
}

/// What was said on one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Talk {
    /// Request by request.
    pub exchanges: Vec<Exchange>,
    /// How many there were beyond those.
    pub more: u32,
    /// The domain that requests came from, as their From says.
    pub from_domain: Option<String>,
    /// What the caller calls itself (User-Agent, Server).
    pub agent: Option<String>,
    /// Blank lines between messages: they keep the connection alive.
    pub blank_lines: u32,
    /// What came and is no SIP: its first bytes.
    pub not_sip: Option<Vec<u8>>,
    /// A message was begun and not ended in time.
    pub unfinished: bool,
    /// Whether the caller ended it.
    pub ended: bool,
    /// What was sent to it beside answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<Reply>,
}

impl Talk {
    /// Whether any request was of this kind.
    pub fn has(&self, what: What) -> bool {
        self.exchanges.iter().any(|exchange| exchange.what == what)
    }
}

/// A request, and what it was answered; or an answer of theirs to a request of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The status of the answer; absent where there is none, as to ACK.
    pub status: Option<u16>,
    /// What it was for.
    pub what: What,
    /// The media type of its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum What {
    /// Compression, which is refused (NEGOTIATE).
    Compression,
    /// Whether anybody is there (OPTIONS).
    Options,
    /// Somebody's presence.
    Presence,
    /// Another subscription.
    OtherEvent,
    /// A chat is opened (INVITE).
    ChatOpened,
    /// A chat is kept alive (INVITE, UPDATE).
    Refreshed,
    /// It is confirmed (ACK).
    Confirmed,
    /// It is ended (BYE, CANCEL).
    Ended,
    /// A text.
    Chat,
    /// That somebody is typing, or has read.
    Typing,
    /// A call, a meeting, a file.
    Media,
    /// Something that nobody expects of a partner.
    Other,
    /// For an address that is not the test's.
    WrongAddress,
    /// From a domain that was not expected.
    WrongDomain,
    /// Within a dialog that is not known.
    NoDialog,
    /// A message that cannot be read.
    Unreadable,
    /// A request of ours that they answered.
    Ours,
}
