//! A second look at an endpoint whose TLS handshake ended before it had begun: hand-made hellos, and
//! a question in plain text.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use super::{Alert, CertificateRequest, Der, PrimeFacts, TlsVersion};
use crate::known::{offer, windows};

/// What further connections showed at an endpoint whose TLS handshake ended before it had begun:
/// hand-made questions by what the TLS library does not speak, and one in plain text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SecondLookFacts {
    /// Asked in TLS 1.2 or older, with every cipher suite that was ever in use.
    pub wide: HelloFacts,
    /// Asked in TLS 1.0.
    pub old: HelloFacts,
    /// Asked in TLS 1.2 with the cipher suites of Windows only, after the server had chosen
    /// another one, or had turned the others away.
    pub windows: Option<HelloFacts>,
    /// Asked in TLS 1.3 with every cipher suite and group that there is, after a refusal that the
    /// others do not explain. The server answers with what it would take.
    #[serde(default)]
    pub modern: Option<HelloFacts>,
    /// Asked in plain text, after no sign of TLS.
    pub plain: Option<PlainOutcome>,
    /// Asked as the widest, with one thing more that hellos of partners have, after all hellos of today
    /// were turned away that have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with_part: Vec<PartFacts>,
    /// Whether whoever names the server was turned away each time, and whoever does not was served.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refuses_name: bool,
    /// Whether another name was served at the same address when this one was turned away: something there
    /// chooses by name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub serves_another_name: bool,
    /// The widest, where it was asked again, as it was met first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wide_before: Option<HelloFacts>,
    /// How long all of it took, in microseconds.
    pub elapsed_us: u64,
}

/// What hellos of partners have, and some servers do not bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum HelloPart {
    /// The extension session_ticket (RFC 5077), which Windows, OpenSSL and GnuTLS send.
    SessionTicket,
    /// The extension status_request (RFC 6066 §8), which GnuTLS sends, and Windows in some programs.
    StatusRequest,
    /// A length of 256 to 511 bytes (RFC 7685), as Windows Server 2022, OpenSSL and GnuTLS have it.
    Length,
    /// The extension supported_versions (RFC 8446 §4.2.1), which whoever knows TLS 1.3 sends.
    SupportedVersions,
    /// The cipher suite that stands for secure renegotiation (RFC 5746 §3.3), which OpenSSL sends up to its
    /// version 3, and not those that have the extension for it, like Windows and GnuTLS.
    RenegotiationSignal,
    /// The name of the server (RFC 6066 §3).
    ServerName,
    /// Of the signatures with RSA only those with PSS, which are all that TLS 1.3 leaves of them (RFC 8446
    /// §4.2.3), and no cipher suite that needs none.
    OnlyPss,
}

impl HelloPart {
    /// The name that texts select by.
    pub fn id(self) -> &'static str {
        self.into()
    }
}

/// The answer to a hello with this part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartFacts {
    /// What it had beside what the widest has.
    pub part: HelloPart,
    /// What came for it.
    pub answer: HelloFacts,
}

impl PartFacts {
    /// What came for it is no answer of TLS 1.2, and not for a reason that lies here.
    pub fn is_refused(&self) -> bool {
        self.answer.is_turned_away()
    }
}

impl SecondLookFacts {
    /// The part of a hello that the server does not bear.
    pub fn unborne(&self) -> Option<HelloPart> {
        if self.refuses_name {
            return Some(HelloPart::ServerName);
        }
        let mut asked = self.with_part.iter();
        asked
            .find(|asked| asked.is_refused())
            .map(|asked| asked.part)
    }

    /// What the server would choose in TLS 1.3, where that was seen and xfed's own handshake does not offer it.
    pub fn chosen_in_tls13_only(&self) -> Option<&HelloFacts> {
        let modern = self.modern.as_ref()?;
        let is_such = modern.version == Some(TlsVersion::Tls13) && !modern.is_ours();
        is_such.then_some(modern)
    }

    /// Whether the server knows TLS 1.3 and lacks the signatures with PSS that it would need there.
    pub fn lacks_pss(&self) -> bool {
        self.wide.knows_tls13 && self.unborne() == Some(HelloPart::OnlyPss)
    }

    /// Whether none but the hello of Windows Server 2016 was answered as it should be.
    pub fn serves_windows_2016_only(&self) -> bool {
        let is_served = self.windows.as_ref().is_some_and(HelloFacts::is_served);
        is_served && self.answered().count() == 1
    }

    /// The hellos that were answered with a ServerHello, the one most like a partner's first.
    pub fn answered(&self) -> impl Iterator<Item = &HelloFacts> {
        let modern = self.modern.as_ref();
        let hellos = [
            self.windows.as_ref(),
            Some(&self.wide),
            Some(&self.old),
            modern,
        ];
        hellos
            .into_iter()
            .flatten()
            .filter(|hello| hello.version.is_some())
    }

    /// Every hello that was sent.
    pub fn asked(&self) -> impl Iterator<Item = &HelloFacts> {
        let further = [self.windows.as_ref(), self.modern.as_ref()];
        let first = [Some(&self.wide), Some(&self.old)];
        first.into_iter().chain(further).flatten()
    }

    /// Every hello that was sent, one that was sent again included.
    pub fn all(&self) -> impl Iterator<Item = &HelloFacts> {
        self.asked().chain(&self.wide_before)
    }

    /// Whether nobody was answered, in TLS or otherwise.
    pub fn is_without_answer(&self) -> bool {
        self.asked().all(HelloFacts::is_wordless)
            && !matches!(self.plain, Some(PlainOutcome::Said(_)))
    }

    /// The answer to a hello of today that xfed's own handshake should have got as well: all that the
    /// server chose is what that offers.
    pub fn same_as_ours(&self) -> Option<&HelloFacts> {
        self.answered()
            .find(|hello| hello.version >= Some(TlsVersion::Tls12) && hello.is_ours())
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
        self.asked()
            .any(|hello| hello.outcome == HelloOutcome::Deadline)
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
    /// The length of the prime of an ephemeral key without a curve (DHE), in bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prime: Option<u32>,
    /// The certificates as sent, leaf first, at most 160.
    pub chain: Vec<Der>,
    /// The server's demand for a client certificate.
    pub request: Option<CertificateRequest>,
    /// The scheme of the server's signature, by its IANA number; only TLS 1.2 names one in the clear.
    #[serde(default)]
    pub signature: Option<u16>,
    /// Whether that signature proves that the certificate's key is the server's own; `None` where
    /// there is none, or none that can be checked.
    #[serde(default)]
    pub key_proven: Option<bool>,
    /// Whether the ServerHello of an older version bears the mark of a server that knows TLS 1.3 (RFC 8446
    /// §4.1.3).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub knows_tls13: bool,
    /// The first message that is very large, if there is one.
    #[serde(default)]
    pub oversized: Option<String>,
}

impl HelloFacts {
    /// Whether the server said all that it says before the client's turn, in TLS 1.2.
    pub fn is_served(&self) -> bool {
        self.version == Some(TlsVersion::Tls12)
            && self.outcome == HelloOutcome::Complete
            && !self.has_short_prime()
    }

    /// Whether no answer of TLS came, and not for a reason that lies here.
    pub fn is_turned_away(&self) -> bool {
        let is_ours = matches!(
            self.outcome,
            HelloOutcome::NotConnected | HelloOutcome::Deadline | HelloOutcome::TooMuch
        );
        self.version.is_none() && !is_ours
    }

    /// Whether nothing came, and nothing was wrong here.
    pub fn is_wordless(&self) -> bool {
        let is_ended = matches!(
            self.outcome,
            HelloOutcome::Closed | HelloOutcome::Reset | HelloOutcome::Silent
        );
        is_ended && self.version.is_none()
    }

    /// Whether its ephemeral key is one that everybody refuses.
    pub fn has_short_prime(&self) -> bool {
        self.prime
            .is_some_and(|bits| bits < windows::SHORTEST_PRIME)
    }

    /// Its ephemeral key, where it has a prime that some refuse.
    pub fn prime_for_some(&self) -> Option<PrimeFacts> {
        let bits = self.prime.filter(|bits| *bits < windows::USUAL_PRIME)?;
        Some(PrimeFacts {
            cipher: self.cipher.clone()?,
            bits,
        })
    }

    /// Whether all that the server chose is what xfed's own handshake offers.
    pub fn is_ours(&self) -> bool {
        self.has_our_suite() && self.has_our_group() && !self.is_signed_with_sha1()
    }

    /// Whether its cipher suite is one that xfed's own handshake offers.
    pub fn has_our_suite(&self) -> bool {
        self.cipher.as_deref().is_some_and(offer::has_suite)
    }

    /// Whether its group is one that xfed's own handshake offers.
    pub fn has_our_group(&self) -> bool {
        self.group.as_deref().is_none_or(offer::has_group)
    }

    /// Whether the server signs the handshake with SHA-1.
    pub fn is_signed_with_sha1(&self) -> bool {
        self.signature.is_some_and(|scheme| scheme >> 8 == 2)
    }

    /// Whether Windows would get this answer as well: TLS 1.2 with a cipher suite and a curve that
    /// it offers by default.
    pub fn is_for_windows(&self) -> bool {
        let suite = self.cipher.as_deref();
        let group = self.group.as_deref();
        self.version == Some(TlsVersion::Tls12)
            && (suite.is_some_and(windows::offers_suite) || self.is_last_of_windows())
            && group.is_none_or(windows::offers_group)
    }

    /// Whether its cipher suite is one that Windows offers behind all others.
    pub fn is_last_of_windows(&self) -> bool {
        let suite = self.cipher.as_deref();
        suite.is_some_and(windows::offers_suite_last) && !self.has_short_prime()
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
            (
                answer(TlsVersion::Tls12, "TLS_RSA_WITH_AES_128_CBC_SHA", None),
                true,
            ),
            (
                answer(TlsVersion::Tls12, "TLS_RSA_WITH_RC4_128_SHA", None),
                false,
            ),
            (answer(TlsVersion::Tls12, "0x1301", None), false),
            (HelloFacts::default(), false),
        ] {
            assert_eq!(answer.is_for_windows(), expected, "{answer:?}");
        }
    }
}
