//! The types of the machine contract for plans. Within one version of the schema fields are only
//! added. Their comments are in the JSON Schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::render::json::Tool;

/// The output of `xfed plan --format json`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "xfed plan")]
pub(super) struct Document {
    /// Version of this contract; within it, fields are only added.
    pub(super) schema: u32,
    /// The program that wrote it.
    pub(super) tool: Tool,
    /// One plan per domain, in the order asked for.
    pub(super) plans: Vec<JsonPlan>,
}

/// What to set up for one domain.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonPlan {
    /// What was typed.
    pub(super) input: String,
    /// What the domain goes by in a list, by name.
    pub(super) labels: BTreeMap<String, String>,
    /// The domain that the plan is for, as A-labels.
    pub(super) domain: String,
    /// The variant of the domain choice, as `--variant` takes it: `email`, `1`, `2` or `3`.
    pub(super) variant: &'static str,
    /// What it was chosen by; `asked` if by --variant.
    pub(super) basis: &'static str,
    /// The variant and why, in words.
    pub(super) result: String,
    /// The XPhone domain.
    pub(super) xphone_domain: String,
    /// The e-mail domain that keeps its own chat; in variant 3 only.
    pub(super) beside: Option<String>,
    /// The public name of the server.
    pub(super) fqdn: String,
    /// The zone that the records belong into.
    pub(super) zone: String,
    /// The public address, where it is known.
    pub(super) address: Option<String>,
    /// The server's own address, where it is known.
    pub(super) lan: Option<String>,
    /// Those of the domains that public DNS does not know.
    pub(super) missing: Vec<String>,
    /// What DNS shows today.
    pub(super) seen: Seen,
    /// The records that federation needs; none in variant 1.
    pub(super) records: Vec<JsonRecord>,
    /// What would break, or has to be known before.
    pub(super) warnings: Vec<JsonWarning>,
    /// What stands in the way of a certificate by Let's Encrypt, as DNS shows it; with `--renewal` also
    /// what port 80 says.
    pub(super) renewal: Vec<JsonRenewal>,
    /// What it is for: `open`, `direct` or `test-partner`.
    pub(super) purpose: &'static str,
    /// With --direct: the servers of the others, which this side enters by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) routes: Option<Vec<JsonRoute>>,
    /// All that the plan says, in the order in which it is read.
    pub(super) sections: Vec<JsonSection>,
}

/// Another side of direct federation.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonRoute {
    /// Its domain, as A-labels.
    pub(super) domain: String,
    /// Its server, which is entered; `null` on Teams, which is found by its SRV record alone.
    pub(super) fqdn: Option<String>,
    /// The port, which is always 5061.
    pub(super) port: u16,
    /// Nobody named the server, and DNS does not either.
    pub(super) assumed: bool,
    /// Its public addresses, for the firewall; empty where they are not known.
    pub(super) addresses: Vec<String>,
    /// Its SRV record leads to Microsoft.
    pub(super) on_teams: bool,
}

/// What DNS shows today; null where nobody answered.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Seen {
    /// Mail servers (MX).
    pub(super) mail: Option<Vec<String>>,
    /// Traces of Microsoft 365.
    pub(super) microsoft: Option<Vec<String>>,
    /// SRV records of the domain.
    pub(super) srv: Option<Vec<String>>,
    /// SRV records of the XPhone domain, which in variant 3 may be another one.
    pub(super) xphone_srv: Option<Vec<String>>,
    /// Addresses of the server.
    pub(super) addresses: Option<Vec<String>>,
    /// Its IPv6 addresses.
    pub(super) ipv6: Option<Vec<String>>,
    /// CAA records that count for its name.
    pub(super) caa: Option<Vec<String>>,
}

/// One record to be published.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonRecord {
    /// `A` or `SRV`.
    pub(super) r#type: &'static str,
    /// The absolute name, without a dot at its end.
    pub(super) name: String,
    /// The name relative to the zone; `@` is the zone itself.
    pub(super) relative: String,
    /// The zone to enter it into, which may be one that the plan's zone hands on.
    pub(super) zone: String,
    /// What has to go first, since nobody sees the record as long as it stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hidden_by: Option<String>,
    /// How long resolvers may keep it, in seconds.
    pub(super) ttl: u32,
    /// The address, or priority, weight, port and target; null where the address is not known.
    pub(super) value: Option<String>,
    /// What DNS has of it.
    pub(super) state: RecordState,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RecordState {
    /// To be created.
    New,
    /// Published as it should be.
    Published,
    /// Something else is published in its place.
    Differs,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonWarning {
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// A finding about the certificate and its renewals; the code is that of `xfed check --renewal`.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonRenewal {
    pub(super) code: &'static str,
    /// `warn`, `info`, or `unknown` for what could not be found out.
    pub(super) severity: &'static str,
    pub(super) message: String,
    /// What to do about it.
    pub(super) fix: Option<String>,
    /// Records and commands of that.
    pub(super) entries: Vec<String>,
}

/// A part of the plan.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonSection {
    /// A step of the checklist, or another name that does not change.
    pub(super) id: &'static str,
    pub(super) title: String,
    /// Who does what stands in it.
    pub(super) owners: Vec<&'static str>,
    pub(super) blocks: Vec<JsonBlock>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum JsonBlock {
    /// A paragraph.
    Text { text: String },
    /// A question of the guide, and its answer.
    Question { question: String, answer: String },
    /// A thing to consider.
    Item { text: String },
    /// The variant, and why.
    Result { text: String },
    /// As in `warnings`, or about the section that it stands in.
    Warning { code: &'static str, text: String },
    /// Values behind labels.
    Fields { fields: Vec<JsonField> },
    /// Lines to be copied: records or commands. What is not known stands in angle brackets.
    Copy {
        id: &'static str,
        text: String,
        lines: Vec<String>,
    },
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonField {
    pub(super) id: &'static str,
    pub(super) label: String,
    pub(super) value: String,
}
