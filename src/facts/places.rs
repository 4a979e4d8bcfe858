//! Where facts were gathered, where that was not simply this machine.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use time::OffsetDateTime;

use super::Facts;
use crate::model::plan::Terms;
use crate::model::vantage::Vantage;

/// A place that was asked to look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlook {
    /// Where it is.
    pub at: Vantage,
    /// The version of xfed there; `None` where it did not get so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What time it was there.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub clock: Option<OffsetDateTime>,
    /// Why nothing was seen from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<PlaceFailure>,
}

/// A place beside the one that the verdict rests on, and what was seen there, on which terms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Sight {
    /// The place.
    #[serde(flatten)]
    pub place: Outlook,
    /// Absent where it failed.
    pub terms: Option<Terms>,
    /// Absent where it failed.
    pub facts: Option<Facts>,
}

/// The same as it is read: of what is flattened there, serde would compile the reading of all facts once
/// more.
#[derive(Deserialize)]
struct Written {
    at: Vantage,
    #[serde(default)]
    version: Option<String>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    clock: Option<OffsetDateTime>,
    #[serde(default)]
    failure: Option<PlaceFailure>,
    #[serde(default)]
    terms: Option<Terms>,
    #[serde(default)]
    facts: Option<Facts>,
}

impl From<Written> for Sight {
    fn from(written: Written) -> Self {
        Self {
            place: Outlook {
                at: written.at,
                version: written.version,
                clock: written.clock,
                failure: written.failure,
            },
            terms: written.terms,
            facts: written.facts,
        }
    }
}

/// Why nothing was seen from a place. It is never the fault of a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceFailure {
    /// The kind.
    pub why: WhyNot,
    /// What was said or is known of it: words, seconds or a version. Empty where there is nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// The kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum WhyNot {
    /// There is no program `ssh` that can be started.
    NoSsh,
    /// The login ended before xfed greeted; in the words of `ssh`.
    NotGreeted,
    /// The login went on for so many seconds, and xfed did not greet.
    Silent,
    /// xfed there, of this version, speaks in a newer way than this one understands.
    Newer,
    /// No answer within so many seconds.
    Late,
    /// The answer broke off or cannot be read.
    Broken,
    /// As many domains as the place looks at in a while; again in so many seconds.
    TooOften,
    /// As many requests as one connection takes.
    TooMany,
    /// It does not understand the request; in its words.
    NoRequest,
    /// It cannot keep count, and so does not look.
    Uncounted,
    /// Its configuration cannot be used.
    Unsettled,
    /// This machine knows no address of that name.
    Unresolved,
    /// Nobody listens there, on this port.
    Refused,
    /// No connection comes about, to this port.
    NoWay,
    /// No way through the proxy of this network; that one.
    NoProxy,
    /// The proxy asks for a login; that one.
    ProxyLogin,
    /// The proxy leads nobody there; that one, and the status that it says so by.
    ProxyRefused,
    /// A proxy that speaks something else than HTTP; that one.
    ProxyKind,
    /// What answers there speaks no TLS.
    NoTls,
    /// Its certificate is by nobody who is trusted here.
    UntrustedIssuer,
    /// Its certificate is for other names; for these.
    UntrustedName,
    /// Its certificate has expired, or is not valid yet.
    UntrustedDate,
    /// TLS fails for another reason, in these words.
    Untrusted,
    /// It wants a token, and none was given.
    NoToken,
    /// It does not know the token.
    WrongToken,
    /// It is called by another name.
    OtherName,
    /// It knows no such request: no `xfed serve`, or an older one.
    NoPlace,
    /// It sends on, to there.
    Redirected,
    /// It answers with this status of HTTP, and these words.
    HttpStatus,
    /// It has looked for this client as often as it does in a minute; again in so many seconds.
    TooFast,
    /// What answers there is no `xfed serve`.
    NotXfed,
}

impl WhyNot {
    /// Its name, as the texts select by.
    pub fn id(self) -> &'static str {
        self.into()
    }
}

impl Outlook {
    /// A place that nothing is known of yet.
    pub fn at(at: Vantage) -> Self {
        Self {
            at,
            version: None,
            clock: None,
            failure: None,
        }
    }

    /// The same, where it failed.
    pub fn failed(self, why: WhyNot, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self {
            failure: Some(PlaceFailure { why, detail }),
            ..self
        }
    }
}
