//! The types of the machine contract. Within one version of the schema fields are only added, so
//! the types inside the program may change freely, and these may not. Their comments are in the
//! JSON Schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::facts::Facts;
use crate::model::plan::Terms;
use crate::render::contents::Contents;

/// The output of `xfed check --format json`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "xfed report")]
pub(super) struct Document<'a> {
    /// Version of this contract; within it, fields are only added.
    pub(super) schema: u32,
    /// The program that wrote it.
    pub(super) tool: Tool,
    /// One report per domain, in the order asked for.
    pub(super) reports: Vec<JsonReport<'a>>,
}

/// One line of `xfed check --format jsonl`.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonLine<'a> {
    /// Version of this contract; within it, fields are only added.
    pub(super) schema: u32,
    /// The program that wrote it.
    pub(super) tool: Tool,
    /// The report on one domain.
    pub(super) report: JsonReport<'a>,
    /// What tells the line from the others of its run, so that the run can go on where it ended;
    /// `null` where it was not written by `xfed check`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) campaign: Option<InCampaign>,
}

/// A line that stands for one of a list that is no target.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonRefused<'a> {
    /// Version of this contract; within it, fields are only added.
    pub(super) schema: u32,
    /// The program that wrote it.
    pub(super) tool: Tool,
    /// What is wrong.
    pub(super) refused: Refused<'a>,
    /// As in the line of a report.
    pub(super) campaign: InCampaign,
}

/// Why there is no report.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Refused<'a> {
    /// The line, at most 200 characters of it.
    pub(super) line: &'a str,
    /// What is wrong with it, for people.
    pub(super) why: &'a str,
}

/// Which check of which run a line of `jsonl` is of.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InCampaign {
    /// The options that a verdict can depend on, as a hash: the same in all lines of a run.
    pub(crate) options: String,
    /// The domain with what goes with it alone, as a hash: no two lines of a run have the same.
    pub(crate) target: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::render) struct Tool {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
}

impl Tool {
    pub(in crate::render) fn this() -> Self {
        Self {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// The checklist of one domain.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonReport<'a> {
    /// The XPhone domain, as A-labels.
    pub(super) domain: String,
    /// The domain that is to reach it, as A-labels, with `xfed pair`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) caller: Option<String>,
    /// What was typed.
    pub(super) input: String,
    /// What the user knows the domain by; empty with `--redact`.
    pub(super) labels: BTreeMap<String, String>,
    /// `partner` wins over the other two; see `direct`.
    pub(super) mode: Mode,
    /// Judged by the rules of direct federation.
    pub(super) direct: bool,
    /// The public names of the servers that were looked at.
    pub(super) fqdns: Vec<String>,
    /// When the check was made, RFC 3339, to the second. Judged again, `terms.now` may be another moment.
    pub(super) made_at: String,
    pub(super) verdict: VerdictId,
    /// What was judged, where that is less than the whole checklist: `ready` is then said of that alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scope: Option<ScopeId>,
    /// The verdict and what decided it, in one line: the subject of a ticket.
    pub(super) headline: String,
    /// What the verdict rests on, where that is less than it seems.
    pub(super) reservations: Vec<String>,
    /// Findings that are accepted for this domain, and what became of each acceptance.
    pub(super) acceptances: Vec<JsonAcceptance>,
    /// How long the check took, in milliseconds.
    pub(super) elapsed_ms: u64,
    /// The six steps of the guide, in its order; with `xfed pair` three more follow.
    pub(super) steps: Vec<JsonStep>,
    /// What was found about the next renewal of the certificate, with `--renewal`; `null` without. It
    /// changes neither verdict nor exit code.
    pub(super) renewal: Option<Vec<JsonFinding>>,
    /// The certificates that servers showed, each once.
    pub(super) certificates: Vec<JsonCertificate>,
    /// Where `facts` were gathered, where places were named (`--via`): the verdict is that place's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<JsonPlace>,
    /// What other places saw, in the order in which they were named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) beside: Option<Vec<JsonSight<'a>>>,
    /// What `facts` hold, so that it is known what is passed on with them. Never a private key.
    pub(super) holds: Vec<Contents>,
    /// What is local to the machine that made the report was left out (`--redact`): local addresses
    /// are replaced by documentation addresses.
    pub(super) redacted: bool,
    /// Version of `facts` and `terms`.
    pub(super) facts_schema: u32,
    /// What was to be judged, and how: with `facts`, all that `xfed replay` needs.
    #[schemars(with = "serde_json::Value")]
    pub(super) terms: &'a Terms,
    /// What was seen on the network.
    #[schemars(with = "serde_json::Value")]
    pub(super) facts: &'a Facts,
}

/// A place to look from.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonPlace {
    /// `here`, `ssh://…` or `https://…`, as it was named.
    pub(super) at: String,
    /// The version of xfed there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    /// What time it was there, RFC 3339; `null` where it was not asked.
    pub(super) clock: Option<String>,
    /// Why nothing was seen from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failure: Option<JsonPlaceFailure>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonPlaceFailure {
    /// `no-ssh`, `not-greeted`, `silent`, `newer`, `late`, `broken`, `too-often`, `too-many`,
    /// `no-request`, `uncounted` or `unsettled`; by HTTPS also `unresolved`, `refused`, `no-way`,
    /// `no-tls`, `untrusted-issuer`, `untrusted-name`, `untrusted-date`, `untrusted`, `no-token`,
    /// `wrong-token`, `other-name`, `no-place`, `redirected`, `http-status`, `too-fast` or `not-xfed`.
    pub(super) why: &'static str,
    /// What was said or is known of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<String>,
}

/// What a place saw beside the one that the verdict rests on.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonSight<'a> {
    #[serde(flatten)]
    pub(super) place: JsonPlace,
    /// The six steps as they look from there; empty where it could not look.
    pub(super) steps: Vec<JsonSightStep>,
    /// As `terms` and `facts` of the report; `null` where it could not look.
    #[schemars(with = "serde_json::Value")]
    pub(super) terms: Option<&'a Terms>,
    #[schemars(with = "serde_json::Value")]
    pub(super) facts: Option<&'a Facts>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonSightStep {
    pub(super) id: &'static str,
    pub(super) status: StatusId,
    /// What was found there.
    pub(super) codes: Vec<&'static str>,
}

/// A certificate, and by what it is told from others.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonCertificate {
    /// Where it was shown: `IP:port`.
    pub(super) endpoints: Vec<String>,
    /// As it is issued; empty where it cannot be read.
    pub(super) subject: String,
    pub(super) issuer: String,
    /// RFC 3339.
    pub(super) not_before: Option<String>,
    pub(super) not_after: Option<String>,
    /// In pairs of hexadecimal digits.
    pub(super) serial: String,
    /// The thumbprint as Windows has it.
    pub(super) sha1: String,
    pub(super) sha256: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Mode {
    Open,
    Direct,
    Partner,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ScopeId {
    /// The file of a zone (`xfed plan --zone`): the first three steps.
    ZoneFile,
    /// The other direction (`xfed listen`): another checklist.
    Outbound,
    /// One direction of a pair (`xfed pair`): the checklist, and what else it takes.
    Pair,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum VerdictId {
    Ready,
    ReadyWithWarnings,
    NotReady,
    Inconclusive,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum StatusId {
    Pass,
    Warn,
    Fail,
    Skip,
    Unknown,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SeverityId {
    Fail,
    Warn,
    Info,
    Unknown,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonAcceptance {
    /// The code that is accepted.
    pub(super) code: String,
    /// Why; empty with `--redact`.
    pub(super) reason: String,
    /// The last day, in UTC.
    pub(super) until: String,
    pub(super) state: StateId,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum StateId {
    /// It matches a finding of this report.
    Applied,
    /// It matches a finding of another report of the run.
    Elsewhere,
    /// The step it is about was not tested, or other reports of the run were not at hand that may need
    /// it.
    Untested,
    /// It matches nothing.
    Unused,
    /// Its day has passed.
    Expired,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonAccepted {
    /// Why; empty with `--redact`.
    pub(super) reason: String,
    /// The last day, in UTC.
    pub(super) until: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonStep {
    /// The guide's number, 1 to 6.
    pub(super) number: u8,
    /// `domain`, `address`, `srv`, `tcp`, `certificate` or `federation`.
    pub(super) id: &'static str,
    pub(super) status: StatusId,
    /// What was seen, for people.
    pub(super) summary: String,
    /// The step that a skipped one waits for; `null` when it does not apply.
    pub(super) needs: Option<&'static str>,
    /// Who has something to mend: `xphone-admin`, `dns-admin`, `network`, `partner`.
    pub(super) owners: Vec<&'static str>,
    pub(super) findings: Vec<JsonFinding>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonFinding {
    /// Stable code; `xfed explain CODE` says more.
    pub(super) code: &'static str,
    pub(super) severity: SeverityId,
    /// What it would weigh without `[severity]` and `[[accept]]` of the configuration.
    pub(super) default_severity: SeverityId,
    /// Set where it is accepted: a failure then weighs as a warning.
    pub(super) accepted: Option<JsonAccepted>,
    pub(super) owners: Vec<&'static str>,
    /// Of which domain they are, with `xfed pair`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) side: Option<String>,
    /// What is wrong, in at most some 60 characters.
    pub(super) headline: String,
    /// What was observed and what was expected, for people.
    pub(super) message: String,
    /// What to do, for people; `null` where there is nothing to do.
    pub(super) fix: Option<String>,
    /// The records and commands in `fix`, each as it is to be entered.
    pub(super) enter: Vec<String>,
    /// Commands that show the same thing.
    pub(super) verify: Vec<String>,
    /// The endpoint it was seen at, `ADDRESS:PORT`; `null` when it holds for all.
    pub(super) endpoint: Option<String>,
    /// The values that the message names.
    pub(super) args: BTreeMap<&'static str, serde_json::Value>,
}
