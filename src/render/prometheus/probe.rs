//! What a scrape of one domain is answered.

use std::io::{self, Write};
use std::time::Duration;

use super::families::{FAMILIES, Places};
use super::{escaped, families, head, labels};
use crate::facts::EndpointFacts;
use crate::model::finding::Severity;
use crate::pki::x509::Certificate;
use crate::render::metrics::seconds;
use crate::report::{Report, Verdict};

/// What came of a scrape.
pub(crate) struct Probed<'a> {
    pub(crate) domain: &'a str,
    /// None where there was no time for it.
    pub(crate) report: Option<&'a Report>,
    /// How long whoever asked has waited.
    pub(crate) took: Duration,
}

/// What a probe failed for.
pub(in crate::render) const REASON: [&str; 2] = [
    "xfed_probe_reason",
    "What the probe failed for; xfed explain says what it means.",
];

/// The code of a check that was not made in time.
const TOO_LATE: &str = "too-late";

/// Writes what a scrape is answered: the metrics that every prober has, and ours. No label is an
/// address: a server that gets another would begin a new series each time.
pub(crate) fn write_probe(probed: &Probed<'_>, out: &mut dyn Write) -> io::Result<()> {
    let is_good = |verdict| matches!(verdict, Verdict::Ready | Verdict::ReadyWithWarnings);
    let verdict = probed.report.map(Report::verdict);
    let success = u8::from(verdict.is_some_and(is_good));
    head(
        "probe_success",
        "1 if the domain is ready, with warnings or without.",
        out,
    )?;
    writeln!(out, "probe_success {success}")?;
    head("probe_duration_seconds", "How long the probe took.", out)?;
    let took = u64::try_from(probed.took.as_micros()).unwrap_or(u64::MAX);
    writeln!(out, "probe_duration_seconds {}", seconds(took))?;
    if let Some(end) = probed.report.and_then(first_end) {
        let name = "probe_ssl_earliest_cert_expiry";
        head(
            name,
            "When the first of the certificates ends that the servers show.",
            out,
        )?;
        writeln!(out, "{name} {end}")?;
    }
    let domain = escaped(probed.domain);
    if success == 0 {
        let [name, help] = REASON;
        head(name, help, out)?;
        let code = probed.report.map_or(Some(TOO_LATE), reason);
        if let Some(code) = code {
            writeln!(out, "{name}{{domain=\"{domain}\",code=\"{code}\"}} 1")?;
        }
    }
    if let Some(report) = probed.report {
        families(&[report], Places::Servers, out)?;
        return labels(&[report], out);
    }
    let [verdicts, ..] = FAMILIES;
    head(verdicts.name, verdicts.help, out)?;
    Verdict::ALL.iter().try_for_each(|verdict| {
        let holds = u8::from(*verdict == Verdict::Inconclusive);
        let labels = format!("domain=\"{domain}\",verdict=\"{}\"", verdict.id());
        writeln!(out, "{}{{{labels}}} {holds}", verdicts.name)
    })
}

/// The first that makes the verdict what it is.
pub(in crate::render) fn reason(report: &Report) -> Option<&'static str> {
    let severity = match report.verdict() {
        Verdict::NotReady => Severity::Fail,
        _ => Severity::Unknown,
    };
    let mut findings = report.findings();
    let first = findings.find(|finding| finding.severity == severity);
    first.map(|finding| finding.rule.code)
}

/// When the first of all certificates ends that were shown.
fn first_end(report: &Report) -> Option<i64> {
    let endpoints = report.facts().endpoints.iter().flatten();
    let shown = endpoints.filter_map(EndpointFacts::shown);
    let chains = shown.flat_map(|shown| shown.chain);
    let read = chains.filter_map(|der| Certificate::parse(&der.0).ok());
    read.map(|read| read.not_after.unix_timestamp()).min()
}
