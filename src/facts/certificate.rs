//! Certificates as they were shown, and what trust stores, revocation lists and issuers say of them.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use super::PathFacts;

/// The server's demand for a client certificate (MTLS).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRequest {
    /// The authorities it says it accepts, as distinguished names; often none are named.
    pub authorities: Vec<String>,
    /// The schemes it says it accepts signatures in, by their IANA numbers, as far as they are known
    /// in that version of TLS; absent in older reports, and before TLS 1.2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schemes: Option<Vec<u16>>,
    /// Those beside that xfed's library does not know in TLS 1.2, by their IANA numbers; absent in older reports,
    /// and where they stand above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_schemes: Option<Vec<u16>>,
    /// The types of certificates it says it accepts, by their IANA numbers; TLS 1.3 has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub types: Option<Vec<u8>>,
    /// Whether one of those authorities is a CA that partners have certificates of: a public one, or one
    /// of `--ca-file`. Absent where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names_usual: Option<bool>,
    /// The one public CA, by its organisation, that all of those belong to that partners may have certificates
    /// of; absent where there are others, or one of `--ca-file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_public: Option<String>,
}

/// What trust stores say of a chain. They are not asked about names, purposes and the dates of the
/// leaf, which are judged one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustFacts {
    /// The verdict by the roots that count: the public ones, or those of `--ca-file`.
    #[serde(rename = "judged")]
    pub verdict: ChainVerdict,
    /// The verdict by this machine's own store, asked only when the first one is not "trusted".
    pub local: Option<ChainVerdict>,
    /// The verdict by the public roots, asked only where those of `--ca-file` say "trusted".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<ChainVerdict>,
    /// What stands behind the verdict by the roots that count, certificate by certificate; absent in
    /// reports of before, and where the leaf cannot be read.
    #[serde(default)]
    pub path: Option<PathFacts>,
}

/// What one set of roots says of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChainVerdict {
    /// A path to a root was found.
    Trusted,
    /// No path to a root of this set.
    UnknownIssuer,
    /// A path was found, but an issuing certificate on it is outside its dates.
    IssuerOutOfDate,
    /// A path fails for another reason, in the words of the library that earlier versions asked.
    Rejected(String),
    /// Every path fails, for reasons that stand in [`PathFacts`].
    Refused,
    /// A path holds as far as this program can tell, which cannot verify all of it.
    NotVerifiable,
    /// The set is empty.
    NoRoots,
}

/// A certificate as sent, in DER; written as PEM.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Der(pub Vec<u8>);

impl From<Der> for String {
    fn from(der: Der) -> Self {
        let unix = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        pem::encode_config(&pem::Pem::new("CERTIFICATE", der.0), unix)
    }
}

impl TryFrom<String> for Der {
    type Error = pem::PemError;
    fn try_from(text: String) -> Result<Self, pem::PemError> {
        pem::parse(text).map(|pem| Self(pem.into_contents()))
    }
}

/// Fetching the issuer that a chain lacks (`--fetch-issuer`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerFacts {
    /// The address that the chain names for it.
    pub url: String,
    /// How that ended.
    pub outcome: IssuerOutcome,
}

/// How fetching an issuer ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssuerOutcome {
    /// With these certificates the chain leads to a root: they are what is missing.
    Completes(Vec<String>),
    /// It was fetched, and does not lead to a root: the authority is not a public one.
    LeadsNowhere,
    /// It could not be fetched.
    Unknown(Unchecked),
}

/// What a revocation list (CRL) says of the leaf of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationFacts {
    /// The address that the certificate names for the list, or of whom it names to be asked.
    pub url: String,
    /// Whether it was not a list, but whoever answers for the CA (OCSP, RFC 6960).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub responder: bool,
    /// What it says.
    pub outcome: RevocationOutcome,
    /// How long it took, in microseconds.
    pub elapsed_us: u64,
}

impl RevocationFacts {
    /// True if it is revoked.
    pub fn is_revoked(&self) -> bool {
        matches!(self.outcome, RevocationOutcome::Revoked { .. })
    }
}

/// What a revocation list says of a certificate between a leaf and a root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerRevocation {
    /// The subject of the certificate.
    pub subject: String,
    /// What the list says that it names.
    pub revocation: RevocationFacts,
}

/// A chain that an endpoint shows beside the first one, or on the port to compare with, and a certificate in it
/// that is revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedBeside {
    /// The leaf of the chain that was shown.
    pub certificate: Der,
    /// What was sent behind it. Absent in older reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<Vec<Der>>,
    /// The subject of the certificate that is revoked, where it is not the leaf but above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<String>,
    /// What the list or the responder says.
    pub revocation: RevocationFacts,
}

impl RevokedBeside {
    /// Whether it is about this chain.
    pub fn is_about(&self, chain: &[Der]) -> bool {
        chain.split_first().is_some_and(|(leaf, rest)| {
            *leaf == self.certificate && self.rest.as_ref().is_none_or(|own| own == rest)
        })
    }
}

/// The answer of a revocation list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationOutcome {
    /// The issuer's own list, of today, does not name the certificate.
    NotListed,
    /// The issuer has revoked it.
    Revoked {
        /// When, in seconds since 1970.
        at: i64,
        /// Why, by the name of RFC 5280 §5.3.1, where the list says so.
        reason: Option<String>,
    },
    /// It could not be found out.
    Unknown(Unchecked),
}

/// Why a revocation list says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Unchecked {
    /// The URL is not one of plain HTTP on port 80.
    NotHttp,
    /// `--connect-to` redirects the connections of this run, but not the one for the list.
    ConnectTo,
    /// DNS has no address for its host, or gave none.
    NoAddress,
    /// The host has an address that is not public.
    NotPublic,
    /// No connection to the host, or it broke.
    Unreachable,
    /// The server answered with this HTTP status.
    HttpStatus(u16),
    /// The server sends elsewhere; that is not followed.
    Redirect,
    /// The list is larger than the limit.
    TooLarge,
    /// It did not come in time: `timed-out` in a report, `timeout` in the texts.
    #[strum(serialize = "timeout")]
    TimedOut,
    /// The answer is not HTTP, or not a list that can be read.
    Malformed,
    /// A newer list should have been published by now.
    Expired,
    /// It says that it was made at a moment that is still to come.
    NotYetValid,
    /// The issuer of the certificate has not signed it, or it is not about this certificate.
    NotVerified,
    /// The responder of the CA does not know the certificate, or had no answer.
    NoAnswer,
    /// The deadline of the whole check came first.
    Deadline,
}

impl Unchecked {
    /// The key of the reason in the texts.
    pub fn key(self) -> &'static str {
        self.into()
    }
}

/// What an address shows on the port to compare with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedFacts {
    /// Where the connection went.
    pub address: SocketAddr,
    /// The certificate shown there; `None` when none came in time. That is normal: the port may be
    /// closed or filtered.
    pub shown: Option<ComparedCertificate>,
}

/// A certificate, and whether its chain leads to a root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedCertificate {
    /// The leaf.
    pub certificate: Der,
    /// The verdict by the roots that count.
    pub trust: ChainVerdict,
}
