//! The vocabulary of judgement: steps, rules, findings, and what they carry.
//!
//! A rule is declared beside the judge that uses it (the macro `rules!`); the one ordered slice of all
//! steps and their rules is [`crate::judge::STEPS`]. No texts for people here: a finding is a
//! rule and named arguments, `text.rs` makes sentences of it.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

/// The steps of the guide's checklist (chapter 12), in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(
    missing_docs,
    reason = "each is one row of the checklist, explained by its texts"
)]
pub enum StepId {
    Domain,
    Address,
    Srv,
    Tcp,
    Certificate,
    Federation,
}

impl StepId {
    /// All steps, in the guide's order.
    pub const ALL: [Self; 6] = [
        Self::Domain,
        Self::Address,
        Self::Srv,
        Self::Tcp,
        Self::Certificate,
        Self::Federation,
    ];

    /// The step's name in the machine formats.
    pub fn id(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Address => "address",
            Self::Srv => "srv",
            Self::Tcp => "tcp",
            Self::Certificate => "certificate",
            Self::Federation => "federation",
        }
    }

    /// The step's number in the guide, 1 to 6.
    pub fn number(self) -> u8 {
        match self {
            Self::Domain => 1,
            Self::Address => 2,
            Self::Srv => 3,
            Self::Tcp => 4,
            Self::Certificate => 5,
            Self::Federation => 6,
        }
    }
}

/// What no check from outside can judge, by its texts: always listed.
pub const NOT_JUDGED: [&str; 3] = [
    "not-judged-outbound",
    "not-judged-policy",
    "not-judged-licences",
];

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Unknown => "unknown",
            Self::Fail => "fail",
        }
    }
}

/// Who can mend a finding (guide, chapter 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
        match self {
            Self::XphoneAdmin => "xphone-admin",
            Self::DnsAdmin => "dns-admin",
            Self::Network => "network",
            Self::Partner => "partner",
        }
    }
}

/// Something that can be found, under a code that is never renamed or reused.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its stable code.
    pub code: &'static str,
    /// Its weight, unless the judge says otherwise.
    pub severity: Severity,
    /// Its weight in the partner view, where that differs: what is the partner's own business.
    pub as_partner: Severity,
    /// Who can mend it.
    pub owners: &'static [Owner],
    /// How an admin sees the same thing with the tools at hand.
    pub verify: &'static [Command],
}

/// A command for an admin's shell; `text.rs` fills in the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is one command line")]
pub enum Command {
    LookupDomain,
    LookupMail,
    LookupTexts,
    LookupAddress,
    LookupAlias,
    LookupSrv,
    LookupName,
    AskServers,
    TestPort,
    ShowCertificate,
    ShowHandshake,
    ShowOldHandshake,
}

/// One thing seen in a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What was found.
    pub rule: &'static Rule,
    /// How much it weighs here.
    pub severity: Severity,
    /// The observed and the expected values, by the names that the texts use.
    pub args: Args,
    /// The endpoint it was seen at, when it does not hold for all of them.
    pub endpoint: Option<SocketAddr>,
    /// What the user's policy makes of it, where that is anything.
    pub standing: Option<Box<Standing>>,
}

/// A finding that the user's policy weighs otherwise, or accepts.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// What it would weigh without the policy.
    pub by_default: Severity,
    /// Accepted for a while.
    pub accepted: Option<Accepted>,
}

/// Somebody knows of a finding and lives with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// Why; empty once redacted.
    pub reason: String,
    /// The last day on which it is accepted.
    pub until: Date,
    /// What it would weigh if it were not accepted.
    pub instead_of: Severity,
}

impl Finding {
    /// When the caches that it is about have forgotten, where that is known.
    pub fn cached_until(&self) -> Option<OffsetDateTime> {
        match self.args.find("until") {
            Some(Value::Time(until)) => Some(*until),
            _ => None,
        }
    }

    /// A finding of this rule at its default severity.
    pub fn new(rule: &'static Rule) -> Self {
        Self {
            rule,
            severity: rule.severity,
            args: Args::default(),
            endpoint: None,
            standing: None,
        }
    }

    /// What it weighs without the user's policy.
    pub fn by_default(&self) -> Severity {
        let standing = self.standing.as_ref();
        standing.map_or(self.severity, |standing| standing.by_default)
    }

    /// How it is accepted, if it is.
    pub fn accepted(&self) -> Option<&Accepted> {
        self.standing.as_ref()?.accepted.as_ref()
    }

    /// The user weighs it less than it would by itself, for good.
    pub fn is_lowered(&self) -> bool {
        let set = self
            .accepted()
            .map_or(self.severity, |accepted| accepted.instead_of);
        set < self.by_default()
    }

    /// It would be a failure, if the user had not accepted it for a while.
    pub fn is_accepted_failure(&self) -> bool {
        let accepted = self.accepted();
        accepted.is_some_and(|accepted| accepted.instead_of == Severity::Fail)
    }

    /// With one more named argument.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.args.push(name, value);
        self
    }

    /// With another weight than the rule's own.
    pub fn weighing(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Seen at this endpoint.
    pub fn at(mut self, endpoint: SocketAddr) -> Self {
        self.endpoint = Some(endpoint);
        self
    }
}

/// A remark that is no finding: what a step saw, what a verdict rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// The message in the texts.
    pub id: &'static str,
    /// Its arguments.
    pub args: Args,
}

impl Note {
    /// A note without arguments.
    pub fn new(id: &'static str) -> Self {
        Self {
            id,
            args: Args::default(),
        }
    }

    /// With one more named argument.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.args.push(name, value);
        self
    }
}

/// Named arguments, in the order in which the judge gave them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Args(Vec<(&'static str, Value)>);

impl Args {
    fn push(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.push((name, value.into()));
    }

    /// With one more named argument.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.push(name, value);
        self
    }

    /// Every argument with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }

    /// The argument of this name.
    pub fn find(&self, name: &str) -> Option<&Value> {
        self.iter()
            .find_map(|(own, value)| (own == name).then_some(value))
    }
}

/// The value of an argument.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A name, an address, a key that a text selects by.
    Text(String),
    /// A count, a port, seconds.
    Number(i64),
    /// Several names.
    List(Vec<String>),
    /// A moment, shown as a date.
    Date(OffsetDateTime),
    /// A moment, shown as a time of day.
    Time(OffsetDateTime),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<String>> for Value {
    fn from(list: Vec<String>) -> Self {
        Self::List(list)
    }
}

impl From<OffsetDateTime> for Value {
    fn from(moment: OffsetDateTime) -> Self {
        Self::Date(moment)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

/// What a judge makes of the facts.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// What the step saw, in one line.
    pub seen: Note,
    /// What it found.
    pub findings: Vec<Finding>,
    /// Set when there was nothing to judge.
    pub skip: Option<Skip>,
}

/// Why a step was not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// It waits for this step.
    Needs(StepId),
    /// It does not apply.
    NotApplicable,
}

impl Judged {
    /// A judged step.
    pub fn new(seen: Note, findings: Vec<Finding>) -> Self {
        Self {
            seen,
            findings,
            skip: None,
        }
    }

    /// A step that waits for another.
    pub fn waits_for(step: StepId, seen: Note) -> Self {
        Self {
            seen,
            findings: Vec::new(),
            skip: Some(Skip::Needs(step)),
        }
    }
}

/// Declares the rules of one step: constants by name, and `RULES`, all of them in order.
///
/// ```text
/// rules! {
///     SRV_MISSING = "srv-missing", Fail, [DnsAdmin], [LookupSrv];
///     SRV_SEVERAL = "srv-several", Info, [DnsAdmin], [LookupSrv];
///     CERT_WILDCARD = "cert-wildcard", Fail (as partner: Warn), [XphoneAdmin], [ShowCertificate];
/// }
/// ```
macro_rules! rules {
    (@partner $severity:ident) => { $crate::model::finding::Severity::$severity };
    (@partner $severity:ident $partner:ident) => { $crate::model::finding::Severity::$partner };
    ($($name:ident = $code:literal, $severity:ident $((as partner: $partner:ident))?,
       [$($owner:ident),*], [$($command:ident),*];)*) => {
        $(pub(crate) static $name: $crate::model::finding::Rule = $crate::model::finding::Rule {
            code: $code,
            severity: $crate::model::finding::Severity::$severity,
            as_partner: rules!(@partner $severity $($partner)?),
            owners: &[$($crate::model::finding::Owner::$owner),*],
            verify: &[$($crate::model::finding::Command::$command),*],
        };)*
        /// The rules of this step, in the order of the checklist.
        pub(crate) static RULES: &[&$crate::model::finding::Rule] = &[$(&$name),*];
    };
}
pub(crate) use rules;
