//! What a server itself says of its certificate in the handshake: the stapled OCSP answer
//! (RFC 6066 §8).

use serde::{Deserialize, Serialize};

/// What a stapled OCSP answer says of the leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StapleOutcome {
    /// The issuer has not revoked it.
    Good,
    /// The issuer has revoked it.
    Revoked {
        /// When, in seconds since 1970.
        at: i64,
        /// Why, by the name of RFC 5280 §5.3.1, where the answer says so.
        reason: Option<String>,
    },
    /// The issuer does not know it.
    Unknown,
    /// The answer says nothing.
    Unusable(StapleFault),
}

/// Why a stapled OCSP answer says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StapleFault {
    /// It is no OCSP response that can be read.
    Malformed,
    /// The responder had no answer, for this reason (RFC 6960 §4.2.1).
    NotSuccessful(u8),
    /// It is about another certificate.
    OtherCertificate,
    /// A newer one should have been stapled since this moment, in seconds since 1970.
    Expired(i64),
    /// It holds from a later moment on, in seconds since 1970.
    NotYetValid(i64),
    /// Neither the issuer nor whom it charged with it has signed it.
    NotVerified,
    /// It is signed by an algorithm that this program cannot verify.
    NotVerifiable(String),
}
