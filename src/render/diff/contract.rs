//! What `xfed diff --format json` prints. Within one version of the schema fields are only added, so
//! the types inside the program may change freely, and these may not.

use schemars::JsonSchema;
use serde::Serialize;

/// The output of `xfed diff --format json`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "xfed comparison")]
pub(super) struct Document {
    /// Version of this contract; within it, fields are only added.
    pub(super) schema: u32,
    /// The program that wrote it.
    pub(super) tool: Tool,
    /// One for each domain. Of several domains, only those about which something is different or
    /// could not be compared.
    pub(super) differences: Vec<JsonDifference>,
    /// What all of them come to.
    pub(super) summary: JsonSummary,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
}

/// What is different about one domain.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonDifference {
    /// The XPhone domain, as A-labels.
    pub(super) domain: String,
    pub(super) outcome: OutcomeId,
    /// Why the two cannot be compared: `other-mode`, `redacted` …; `no-earlier-report`.
    pub(super) obstacle: Option<&'static str>,
    /// The older report; `null` where there is none, or none that can be compared.
    pub(super) before: Option<JsonSide>,
    pub(super) after: JsonSide,
    /// The findings that are new, gone, or of another weight.
    pub(super) findings: Vec<JsonTurned>,
    /// The facts that are different.
    pub(super) facts: Vec<JsonChange>,
    /// How many findings are the same.
    pub(super) same_findings: usize,
    /// How many facts are the same.
    pub(super) same_facts: usize,
}

/// A report, judged by the rules of this version.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonSide {
    /// The moment that it is judged at, RFC 3339.
    pub(super) at: String,
    /// `ready`, `ready-with-warnings`, `inconclusive` or `not-ready`.
    pub(super) verdict: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum OutcomeId {
    /// Nothing that lasts is different.
    Same,
    /// Something is different, and nothing is worse.
    Changed,
    /// Something is worse.
    Worse,
    /// Something could not be tested that could be before.
    Unknown,
    /// They cannot be compared.
    NotComparable,
}

/// A finding that is new, gone, or of another weight.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonTurned {
    /// `regressed`, `came-to-light` (in a step that was not tested before), `no-longer-tested`,
    /// `mended`, `out-of-sight` (its step is not tested any more), `now-tested` or `remark`.
    pub(super) fate: &'static str,
    /// The id of the step.
    pub(super) step: &'static str,
    pub(super) code: &'static str,
    /// `fail`, `warn`, `info` or `unknown`; `null` where it was not there.
    pub(super) before: Option<&'static str>,
    /// The same today.
    pub(super) after: Option<&'static str>,
    /// The address it was seen at, where it does not hold for all of them.
    pub(super) endpoint: Option<String>,
    /// What was found, in the language that was asked for.
    pub(super) message: String,
    pub(super) causes: Vec<JsonCause>,
}

/// Why a finding is new or gone.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonCause {
    /// `fact`; `clock`: a date has passed; `decision`: what the configuration says about findings;
    /// `passing`: nothing that lasts.
    pub(super) kind: &'static str,
    /// The place of the fact in `facts`.
    pub(super) fact: Option<usize>,
}

/// A fact that is different.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonChange {
    /// What it is about: `record`, `server` or `domain`.
    pub(super) about: &'static str,
    /// The name that was asked for, or that of the server.
    pub(super) name: Option<String>,
    /// The type of the record.
    pub(super) record: Option<String>,
    /// The server or view that says so, where others say otherwise.
    pub(super) witness: Option<String>,
    /// The addresses at which it was seen.
    pub(super) addresses: Vec<String>,
    /// The kind of fact, such as `answer`, `tcp` or `certificate`; empty where it has none.
    pub(super) kind: &'static str,
    /// Where it stands in the facts of a report.
    pub(super) path: String,
    /// The id of the step that it belongs to.
    pub(super) step: &'static str,
    pub(super) before: serde_json::Value,
    pub(super) after: serde_json::Value,
    /// What became of a certificate: `went-backwards`, `renewed-with-same-key`, `new-key`,
    /// `other-issuer`, `other-names`, `eku-lost`, `eku-gained` or `unreadable`.
    pub(super) certificate: Vec<&'static str>,
}

/// What all comparisons come to.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonSummary {
    /// How many domains were compared.
    pub(super) compared: usize,
    pub(super) worse: usize,
    /// Different, and neither worse nor out of sight.
    pub(super) changed: usize,
    /// Something could not be tested that could be before.
    pub(super) unknown: usize,
    pub(super) same: usize,
    pub(super) not_comparable: usize,
    /// Domains of OLD that NEW lacks.
    pub(super) only_old: usize,
    /// Domains of NEW that OLD lacks.
    pub(super) only_new: usize,
    /// How many domains went from one verdict to another, or stayed; without those that none did.
    pub(super) transitions: Vec<JsonTransition>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonTransition {
    pub(super) before: &'static str,
    pub(super) after: &'static str,
    pub(super) count: usize,
}
