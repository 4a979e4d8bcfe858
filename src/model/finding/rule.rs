//! Rules: what can be found, how much it weighs, and who can mend it.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// How much a finding weighs.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; never changes a status.
    Info,
    /// Works today, or works for some partners only.
    Warn,
    /// We could not find out.
    Unknown,
    /// A partner cannot federate because of this.
    Fail,
}

impl Severity {
    /// The severity's name in the machine formats.
    pub fn id(self) -> &'static str {
        self.into()
    }
}

/// Who can mend a finding (guide, chapter 12).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[allow(missing_docs, reason = "the guide's roles, named by the texts")]
pub enum Owner {
    XphoneAdmin,
    DnsAdmin,
    Network,
    Partner,
}

impl Owner {
    /// The owner's name in the machine formats.
    pub fn id(self) -> &'static str {
        self.into()
    }
}

/// Something that can be found, under a code that is never renamed or reused.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The stable code.
    pub code: &'static str,
    /// The weight, unless the judge says otherwise.
    pub severity: Severity,
    /// The weight in the partner view: lower where it is the partner's own business.
    pub as_partner: Severity,
    /// Who can mend it.
    pub owners: &'static [Owner],
    /// Who can mend it in the partner view.
    pub owners_as_partner: &'static [Owner],
    /// How an admin sees the same thing with the tools at hand.
    pub verify: &'static [Command],
}

/// A command for an admin's shell; `text` fills in the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is one command line")]
pub enum Command {
    LookupDomain,
    LookupMail,
    LookupTexts,
    LookupAddress,
    LookupAlias,
    LookupSrv,
    /// The SRV record that names the server; in direct federation there is none, only the address.
    LookupNaming,
    LookupName,
    AskServers,
    TestPort,
    ShowCertificate,
    ShowChain,
    ShowRevocation,
    ShowHandshake,
    ShowOldHandshake,
    ShowChallenge,
    LookupCaa,
    ShowClock,
}

/// Declares the rules of one step: a constant for each, and `RULES`, all of them in order.
///
/// In the partner view a rule may weigh less. It is then mended by the partner, unless the rule
/// names other owners.
///
/// ```text
/// rules! {
///     SRV_MISSING = "srv-missing", Fail, [DnsAdmin], [LookupSrv];
///     CERT_WILDCARD = "cert-wildcard", Fail (as partner: Warn), [XphoneAdmin], [ShowCertificate];
///     TCP_FILTERED = "tcp-filtered", Fail, [Network] (as partner: Partner, Network), [TestPort];
/// }
/// ```
macro_rules! rules {
    (@severity $severity:ident) => { $crate::model::finding::Severity::$severity };
    (@severity $severity:ident $partner:ident) => { $crate::model::finding::Severity::$partner };
    (@owners []) => { &[] };
    (@owners [$($owner:ident),+]) => { &[$crate::model::finding::Owner::Partner] };
    (@owners [$($owner:ident),+] $($partner:ident),+) => {
        &[$($crate::model::finding::Owner::$partner),+]
    };
    ($($name:ident = $code:literal, $severity:ident $((as partner: $partner:ident))?,
       [$($owner:ident),*] $((as partner: $($mender:ident),+))?, [$($command:ident),*];)*) => {
        $(pub(crate) static $name: $crate::model::finding::Rule = $crate::model::finding::Rule {
            code: $code,
            severity: $crate::model::finding::Severity::$severity,
            as_partner: rules!(@severity $severity $($partner)?),
            owners: &[$($crate::model::finding::Owner::$owner),*],
            owners_as_partner: rules!(@owners [$($owner),*] $($($mender),+)?),
            verify: &[$($crate::model::finding::Command::$command),*],
        };)*
        /// The rules of this step, in the order of the checklist.
        pub(crate) static RULES: &[&$crate::model::finding::Rule] = &[$(&$name),*];
    };
}
pub(crate) use rules;
