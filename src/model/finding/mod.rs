//! The vocabulary of judgement: steps, rules, findings, and what they carry.
//!
//! A rule is declared beside the judge that uses it (the macro `rules!`); the one ordered slice of
//! all steps and their rules is [`crate::judge::STEPS`]. No texts for people here: a finding is a
//! rule and named arguments, and the folder `text` makes sentences of it.

mod args;
mod note;
mod rule;
mod step;

use std::net::SocketAddr;

use time::{Date, OffsetDateTime};

pub use args::{Args, Said, Value};
pub use note::{Folded, Judged, Note, Skip};
pub(crate) use rule::rules;
pub use rule::{Command, Owner, Rule, Severity};
pub use step::{GuideStep, NOT_JUDGED, StepId};

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
    /// What the user's policy changes about it, if anything.
    pub standing: Option<Box<Standing>>,
    /// The finding whose fix covers this one, too.
    pub settled_by: Option<&'static Rule>,
}

/// What the user's policy makes of a finding: another weight, or an acceptance.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The weight without the policy.
    pub by_default: Severity,
    /// The acceptance, if there is one.
    pub accepted: Option<Accepted>,
}

/// Somebody knows of a finding and lives with it for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// Why; empty once redacted.
    pub reason: String,
    /// The last day on which it is accepted.
    pub until: Date,
    /// The weight without the acceptance.
    pub instead_of: Severity,
}

/// Making one.
impl Finding {
    /// A finding of this rule at its default severity.
    pub fn new(rule: &'static Rule) -> Self {
        Self {
            rule,
            severity: rule.severity,
            args: Args::default(),
            endpoint: None,
            standing: None,
            settled_by: None,
        }
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

/// What it weighs, and for whom.
impl Finding {
    /// The weight without the user's policy.
    pub fn by_default(&self) -> Severity {
        let standing = self.standing.as_ref();
        standing.map_or(self.severity, |standing| standing.by_default)
    }

    /// The acceptance, if there is one.
    pub fn accepted(&self) -> Option<&Accepted> {
        self.standing.as_ref()?.accepted.as_ref()
    }

    /// True if the user weighs it less than its default, for good.
    pub fn is_lowered(&self) -> bool {
        let set = self
            .accepted()
            .map_or(self.severity, |accepted| accepted.instead_of);
        set < self.by_default()
    }

    /// True for a failure that the user has accepted for a while.
    pub fn is_accepted_failure(&self) -> bool {
        let accepted = self.accepted();
        accepted.is_some_and(|accepted| accepted.instead_of == Severity::Fail)
    }

    /// True where the partner view has a remark on what is the partner's own: nobody has to mend that.
    pub fn is_partners_business(&self) -> bool {
        self.severity == Severity::Info && self.rule.owners_as_partner == [Owner::Partner]
    }

    /// Who can mend it. In the partner view that is the partner, except for what we could not find
    /// out: the reason for that lies on this side.
    pub fn owners(&self, partner: bool) -> &'static [Owner] {
        if partner && self.severity != Severity::Unknown {
            self.rule.owners_as_partner
        } else {
            self.rule.owners
        }
    }
}

/// The arguments that code outside the texts reads. Nothing else looks them up by name.
impl Finding {
    /// The server it is about.
    pub fn fqdn(&self) -> Option<&str> {
        self.args.text("fqdn").or_else(|| self.host())
    }

    /// True if it is about a further certificate that the server sends, not its own nor one of its path.
    pub fn is_of_another_certificate(&self) -> bool {
        self.args.text("who") == Some("sent")
    }

    /// The server it was seen at, where there are several.
    pub fn host(&self) -> Option<&str> {
        self.args.text("host")
    }

    /// The domain whose side has to act, where that is not the one that the report is about.
    pub fn side(&self) -> Option<&str> {
        self.args.text("side")
    }

    /// The text of its remedy, where that is another one than the rule's own.
    pub fn remedy(&self) -> Option<&str> {
        self.args.text("remedy")
    }

    /// Which of its causes it has, where its rule knows several.
    pub fn why(&self) -> Option<&str> {
        self.args.text("why")
    }

    /// True if it says just this in an argument.
    pub fn says(&self, argument: &str, what: &str) -> bool {
        self.args.text(argument) == Some(what)
    }

    /// True if the server has a right certificate and shows another one by the name asked for.
    pub fn is_chosen_by_name(&self) -> bool {
        self.args.text("without_sni") == Some("right")
    }

    /// Whether it is a device of its own that answers, and not one in between.
    pub fn is_of_a_device(&self) -> bool {
        self.args
            .text("device")
            .is_some_and(|device| device != "none")
    }

    /// Whether it is about name servers that nobody outside can ask.
    pub fn is_of_unaskable_servers(&self) -> bool {
        self.args.text("why") == Some("unaskable")
    }

    /// The address it is about; its message names it.
    pub fn address(&self) -> Option<&str> {
        self.args.text("address")
    }

    /// The DNS name that was asked for.
    pub fn name(&self) -> Option<&str> {
        self.args.text("name")
    }

    /// The DNS record type that was asked for.
    pub fn record(&self) -> Option<&str> {
        self.args.text("record")
    }

    /// The name servers that were asked, `IP:port` each.
    pub fn asked(&self) -> &[String] {
        self.args.list("asked")
    }

    /// The SRV record that it is about, as a zone file has its data.
    pub fn entry(&self) -> Option<&str> {
        self.args.text("entry")
    }

    /// The SRV target that it is about.
    pub fn target(&self) -> Option<&str> {
        self.args.text("target")
    }

    /// The servers that it is about: the SRV targets that it names, if any.
    pub fn servers(&self) -> Vec<&str> {
        match self.args.list("targets") {
            [] => self.fqdn().into_iter().collect(),
            targets => targets.iter().map(String::as_str).collect(),
        }
    }

    /// Takes over that the server which the user named has no record, if this one speaks of it.
    pub fn take_absence(&mut self, other: &Self) {
        let is_named = other.args.text("named_by") == Some("user");
        if is_named && self.args.find("absent").is_some() {
            self.args.set("absent", "yes");
        }
    }

    /// Takes over whom the certificate is issued to that another finding is about, if this one says
    /// such things: it tells whose machine that is.
    pub fn take_certificate_names(&mut self, other: &Self) {
        let names: Vec<String> = other.args.list("names").iter().take(3).cloned().collect();
        if !names.is_empty() && self.args.find("certified").is_some() {
            self.args.set("certified", names);
        }
    }

    /// The addresses that did not accept a connection, `IP:port` each.
    pub fn closed_addresses(&self) -> impl Iterator<Item = &String> {
        ["refused", "filtered", "unreachable"]
            .into_iter()
            .flat_map(|name| self.args.list(name))
    }

    /// The addresses and ports of several servers that it is about.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let addresses = self.args.list("addresses").iter();
        addresses
            .filter_map(|address| address.parse().ok())
            .collect()
    }

    /// When a DNS cache has forgotten what it is about.
    pub fn cached_until(&self) -> Option<OffsetDateTime> {
        match self.args.find("until") {
            Some(Value::Time(until)) => Some(*until),
            _ => None,
        }
    }
}
