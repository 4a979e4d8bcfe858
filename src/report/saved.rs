//! Reads reports that were saved as `json` or `jsonl`, by this version or an older one.
//!
//! Reads the facts and terms that it takes to judge again, and nothing that was judged then.

use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;

use super::{FACTS_SCHEMA, SCHEMA, SavedCheck};
use crate::facts::{ChainVerdict, Facts, Outlook, Sight};
use crate::model::json;
use crate::model::labels::Labels;
use crate::model::names::{Domain, Fqdn};
use crate::model::plan::{Federation, Terms};
use crate::wire::encoding::decoded;

/// Why a file is no report that can be judged again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not JSON at all, in the parser's words.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// JSON, but not what `xfed check --format json` writes.
    #[error("not a report of xfed")]
    Foreign,
    /// Written by a newer version, in a form that this one does not know.
    #[error("needs xfed {writer} or later")]
    Newer {
        /// The version that wrote it.
        writer: String,
    },
    /// A line among reports that is none.
    #[error("line {number}: {why}")]
    BadLine {
        /// Its number.
        number: usize,
        /// In the parser's words.
        why: String,
    },
    /// A line of a list that was no domain: a campaign keeps it in the place of a report.
    #[error("refused: {line}")]
    Refused {
        /// The line, as far as it was kept.
        line: String,
        /// What is wrong with it.
        why: String,
    },
    /// A report of xfed in which something is missing or wrong.
    #[error("damaged: {0}")]
    Damaged(String),
}

/// Every report of one document, or of several that follow each other; there may be none, where a
/// campaign met nothing but what is no domain.
///
/// # Errors
///
/// [`Unreadable`] for the first thing that is wrong.
pub fn read(saved: &[u8]) -> Result<Vec<SavedCheck>, Unreadable> {
    let not_json = |error: serde_json::Error| Unreadable::NotJson(error.to_string());
    let text = decoded(saved);
    let mut documents = serde_json::Deserializer::from_slice(&text).into_iter::<Value>();
    // For an empty file the parser has the words.
    let first = documents
        .next()
        .unwrap_or_else(|| serde_json::from_slice(&text));
    let mut reports = read_document(&first.map_err(not_json)?)?;
    for document in documents {
        reports.extend(read_document(&document.map_err(not_json)?)?);
    }
    Ok(reports)
}

/// The reports of a document of `json`, or the one of a line of `jsonl`.
fn read_document(document: &Value) -> Result<Vec<SavedCheck>, Unreadable> {
    // Version before content: a newer report may look like anything.
    let Head { schema, tool } = Head::deserialize(document).map_err(|_| Unreadable::Foreign)?;
    if tool.name != env!("CARGO_PKG_NAME") {
        return Err(Unreadable::Foreign);
    }
    let newer = || Unreadable::Newer {
        writer: tool.version.clone(),
    };
    if schema > SCHEMA {
        return Err(newer());
    }
    if let Ok(Refused { line, why }) = Refused::deserialize(&document["refused"]) {
        return Err(Unreadable::Refused { line, why });
    }
    let reports = match (&document["reports"], &document["report"]) {
        (Value::Array(reports), _) => reports.as_slice(),
        // A line of a campaign that stands for one of its list that is no domain.
        (_, Value::Null) if document["refused"].is_object() => return Ok(Vec::new()),
        (_, report @ Value::Object(_)) => std::slice::from_ref(report),
        _ => return Err(Unreadable::Foreign),
    };
    if reports.is_empty() {
        return Err(Unreadable::Damaged("no reports".to_owned()));
    }
    if reports.iter().any(is_newer) {
        return Err(newer());
    }
    reports.iter().map(read_report).collect()
}

#[derive(Deserialize)]
struct Head {
    schema: u32,
    tool: Tool,
}

#[derive(Deserialize)]
struct Refused {
    line: String,
    why: String,
}

#[derive(Deserialize)]
struct Tool {
    name: String,
    version: String,
}

fn is_newer(report: &Value) -> bool {
    report["facts_schema"]
        .as_u64()
        .is_some_and(|version| version > FACTS_SCHEMA.into())
}

/// One report, as far as it is read.
#[derive(Deserialize)]
struct Saved {
    domain: Domain,
    input: String,
    #[serde(default)]
    labels: Labels,
    mode: String,
    direct: bool,
    fqdns: Vec<Fqdn>,
    #[serde(with = "time::serde::rfc3339")]
    made_at: OffsetDateTime,
    elapsed_ms: u64,
    #[serde(default)]
    redacted: bool,
    #[serde(default)]
    place: Option<Outlook>,
    #[serde(default)]
    beside: Vec<Sight>,
    /// Absent before there was `xfed replay`.
    terms: Option<Terms>,
    facts: Facts,
}

fn read_report(report: &Value) -> Result<SavedCheck, Unreadable> {
    let mut saved =
        Saved::deserialize(report).map_err(|error| Unreadable::Damaged(json::complaint(&error)))?;
    let mut terms = saved.terms.take().unwrap_or_else(|| terms_of(&saved));
    // Changes nothing unless somebody edited the file: what is accepted for other domains does not
    // count here.
    terms.policy = terms.policy.about(&terms.domain);
    Ok(SavedCheck {
        input: saved.input,
        labels: saved.labels,
        terms,
        elapsed_us: saved.elapsed_ms.saturating_mul(1000),
        redacted: saved.redacted,
        place: saved.place,
        beside: saved.beside,
        facts: saved.facts,
    })
}

/// The terms of a report that does not state them, as far as its other fields tell them.
fn terms_of(saved: &Saved) -> Terms {
    let mut terms = Terms {
        partner: saved.mode == "partner",
        ..Terms::new(saved.domain.clone(), saved.made_at)
    };
    if saved.direct {
        terms.federation = Federation::Direct;
    }
    // A given FQDN comes first. None was given if the SRV record alone explains the list.
    let servers = saved.facts.srv.as_ref().map(|srv| srv.servers(&terms));
    if servers.unwrap_or_default() != saved.fqdns {
        terms.fqdn = saved.fqdns.first().cloned();
    }
    // This machine's store was asked about every chain that the roots did not lead to, unless
    // `--ca-file` replaced both.
    let endpoints = saved.facts.endpoints.iter().flatten();
    terms.own_roots = endpoints
        .filter_map(|endpoint| endpoint.tls.as_ref()?.trust.as_ref())
        .any(|trust| trust.verdict != ChainVerdict::Trusted && trust.local.is_none());
    terms
}
