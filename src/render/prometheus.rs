//! Prometheus' text exposition format, for the textfile collector of the node exporter. Names and
//! units follow Prometheus' conventions. A state is a state set: one sample per state, of which one
//! is 1.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::{self, Write};
use std::time::Duration;

use super::metrics::{Metrics, seconds};
use crate::facts::EndpointFacts;
use crate::model::finding::Severity;
use crate::model::labels::Labels;
use crate::pki::x509::Certificate;
use crate::report::{PluginState, Report, Status, Verdict};
use crate::text::printable;

/// Writes every metric of all reports. Of several reports on one domain (open and direct, say) the
/// worst counts, and of equally bad ones the last: a second sample with the same labels would make
/// the whole file invalid.
pub(super) fn write(reports: &[Report], out: &mut dyn Write) -> io::Result<()> {
    let reports = worst_of_each(reports);
    families(&reports, Places::Endpoints, out)?;
    labels(&reports, out)
}

fn families(reports: &[&Report], places: Places, out: &mut dyn Write) -> io::Result<()> {
    for family in FAMILIES {
        head(family.name, family.help, out)?;
        for report in reports {
            for line in family.lines(report, places) {
                writeln!(out, "{line}")?;
            }
        }
    }
    Ok(())
}

pub(super) fn head(name: &str, help: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge")
}

/// What came of a scrape.
pub(crate) struct Probed<'a> {
    pub(crate) domain: &'a str,
    /// None where there was no time for it.
    pub(crate) report: Option<&'a Report>,
    /// How long whoever asked has waited.
    pub(crate) took: Duration,
}

/// What a probe failed for.
pub(super) const REASON: [&str; 2] = [
    "xfed_probe_reason",
    "What the probe failed for; xfed explain says what it means.",
];
/// What a domain is known by.
pub(super) const LABELS: [&str; 2] = [
    "xfed_domain_labels",
    "What the domain is known by: always 1.",
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
pub(super) fn reason(report: &Report) -> Option<&'static str> {
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

/// By what the numbers of an endpoint are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Places {
    /// By name and address, each by itself.
    Endpoints,
    /// By the name of the server: the worst of its addresses.
    Servers,
}

/// The labels beside the domain, to be joined to the other numbers by it: on all of them, a label
/// that changes would begin every series anew. A label that a domain lacks is empty, which is the
/// same to Prometheus.
fn labels(reports: &[&Report], out: &mut dyn Write) -> io::Result<()> {
    let lines = label_lines(reports);
    if lines.is_empty() {
        return Ok(());
    }
    let [name, help] = LABELS;
    head(name, help, out)?;
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}

pub(super) fn label_lines(reports: &[&Report]) -> Vec<String> {
    let labels = |report: &'_ &Report| report.check.labels.clone();
    let all: Vec<_> = reports.iter().map(labels).collect();
    let names: BTreeSet<&str> = all.iter().flat_map(Labels::iter).map(|one| one.0).collect();
    if names.is_empty() {
        return Vec::new();
    }
    let line = |(report, labels): (&&Report, &Labels)| {
        let value = |name: &&str| escaped(labels.get(name).unwrap_or_default());
        let pairs = names
            .iter()
            .map(|name| format!(",label_{name}=\"{}\"", value(name)));
        let set = label_set(report, &[]) + &pairs.collect::<String>();
        format!("{}{{{set}}} 1", LABELS[0])
    };
    reports.iter().zip(&all).map(line).collect()
}

/// One report per domain, in the order of the domains.
fn worst_of_each(reports: &[Report]) -> Vec<&Report> {
    let state = |report: &Report| PluginState::of(std::slice::from_ref(report));
    let mut worst: Vec<&Report> = Vec::new();
    for report in reports {
        let domain = &report.terms().domain;
        let on_domain = worst
            .iter_mut()
            .find(|earlier| earlier.terms().domain == *domain);
        match on_domain {
            Some(earlier) if state(earlier) <= state(report) => *earlier = report,
            Some(_) => {}
            None => worst.push(report),
        }
    }
    worst
}

/// All samples of one name.
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    samples: fn(&Report, Places) -> Vec<Sample>,
}

impl Family {
    /// Each label set once.
    pub(super) fn lines(&self, report: &Report, places: Places) -> Vec<String> {
        let mut written = HashSet::new();
        let samples = (self.samples)(report, places).into_iter();
        let lines = samples.filter_map(|Sample { labels, value }| {
            let labels = label_set(report, &labels);
            let is_new = written.insert(labels.clone());
            is_new.then(|| format!("{}{{{labels}}} {value}", self.name))
        });
        lines.collect()
    }
}

struct Sample {
    /// The labels besides the domain.
    labels: Vec<(&'static str, String)>,
    value: String,
}

pub(super) const FAMILIES: [Family; 9] = [
    Family {
        name: "xfed_verdict",
        help: "Verdict on the domain: 1 for the one that holds, else 0.",
        samples: |report, _| verdict(report),
    },
    Family {
        name: "xfed_reservation",
        help: "What the verdict does not cover, or rests on: 1 for each.",
        samples: |report, _| reservations(report),
    },
    Family {
        name: "xfed_step_status",
        help: "Status of a step of the checklist: 1 for the one that holds, else 0.",
        samples: |report, _| step_status(report),
    },
    Family {
        name: "xfed_findings",
        help: "Findings of this code; xfed explain says what it means.",
        samples: |report, _| findings(report),
    },
    Family {
        name: "xfed_certificate_not_after_timestamp_seconds",
        help: "When the certificate ends that the server shows.",
        samples: |report, places| {
            let ends = per_place(report, places, Ord::min, |metrics| {
                Some(metrics.certificate?.not_after.unix_timestamp())
            });
            samples(ends, |end| end.to_string())
        },
    },
    Family {
        name: "xfed_connect_duration_seconds",
        help: "How long the TCP connection took to come about.",
        samples: |report, places| {
            samples(
                per_place(report, places, Ord::max, |metrics| metrics.connect),
                seconds,
            )
        },
    },
    Family {
        name: "xfed_tls_handshake_duration_seconds",
        help: "How long the TLS handshake took.",
        samples: |report, places| {
            samples(
                per_place(report, places, Ord::max, |metrics| metrics.tls),
                seconds,
            )
        },
    },
    Family {
        name: "xfed_check_duration_seconds",
        help: "How long the check of the domain took.",
        samples: |report, _| single(seconds(report.check.elapsed_us)),
    },
    Family {
        name: "xfed_check_timestamp_seconds",
        help: "When the domain was checked.",
        samples: |report, _| single(report.terms().made_at.unix_timestamp().to_string()),
    },
];

fn single(value: String) -> Vec<Sample> {
    let labels = Vec::new();
    vec![Sample { labels, value }]
}

fn verdict(report: &Report) -> Vec<Sample> {
    let sample = |verdict: Verdict| Sample {
        labels: vec![("verdict", verdict.id().to_owned())],
        value: u8::from(report.verdict() == verdict).to_string(),
    };
    Verdict::ALL.map(sample).into()
}

fn reservations(report: &Report) -> Vec<Sample> {
    // Several acceptances may have expired: one sample says so.
    let ids: BTreeSet<&str> = report.reservations().iter().map(|note| note.id).collect();
    let sample = |id: &str| Sample {
        labels: vec![(
            "reservation",
            id.trim_start_matches("reservation-").to_owned(),
        )],
        value: "1".to_owned(),
    };
    ids.into_iter().map(sample).collect()
}

fn step_status(report: &Report) -> Vec<Sample> {
    let rows = report.rows.iter();
    rows.flat_map(|row| {
        Status::ALL.map(|status| Sample {
            labels: vec![
                ("step", row.step.id().to_owned()),
                ("status", status.id().to_owned()),
            ],
            value: u8::from(row.status == status).to_string(),
        })
    })
    .collect()
}

fn findings(report: &Report) -> Vec<Sample> {
    let mut counts: BTreeMap<[&str; 3], u32> = BTreeMap::new();
    for row in &report.rows {
        for finding in &row.findings {
            let labels = [row.step.id(), finding.rule.code, finding.severity.id()];
            *counts.entry(labels).or_default() += 1;
        }
    }
    let sample = |([step, code, severity], count): ([&str; 3], u32)| Sample {
        labels: vec![
            ("step", step.to_owned()),
            ("code", code.to_owned()),
            ("severity", severity.to_owned()),
        ],
        value: count.to_string(),
    };
    counts.into_iter().map(sample).collect()
}

/// What is told apart, in the order in which it was seen, with the value that counts of each.
fn per_place<V: Copy>(
    report: &Report,
    places: Places,
    worse: fn(V, V) -> V,
    value: fn(&Metrics<'_>) -> Option<V>,
) -> Vec<(Vec<(&'static str, String)>, V)> {
    let mut values: Vec<(Vec<(&'static str, String)>, V)> = Vec::new();
    for metrics in Metrics::of(report) {
        let Some(value) = value(&metrics) else {
            continue;
        };
        let mut labels = vec![("fqdn", metrics.fqdn.to_string())];
        if places == Places::Endpoints {
            labels.push(("endpoint", metrics.address.to_string()));
        }
        let known = values.iter_mut().find(|(known, _)| *known == labels);
        match known.filter(|_| places == Places::Servers) {
            Some((_, known)) => *known = worse(*known, value),
            None => values.push((labels, value)),
        }
    }
    values
}

fn samples<V>(
    values: Vec<(Vec<(&'static str, String)>, V)>,
    written: fn(V) -> String,
) -> Vec<Sample> {
    let sample = |(labels, value)| Sample {
        labels,
        value: written(value),
    };
    values.into_iter().map(sample).collect()
}

fn label_set(report: &Report, labels: &[(&'static str, String)]) -> String {
    let terms = report.terms();
    let domain = ("domain", terms.domain.to_string());
    let caller = terms.caller.as_ref();
    let caller = caller.map(|caller| ("caller", caller.to_string()));
    let all = std::iter::once(&domain).chain(&caller).chain(labels);
    all.map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
        .collect::<Vec<_>>()
        .join(",")
}

/// Escapes a label value for the exposition format. `printable` has escaped line feeds already.
pub(super) fn escaped(value: &str) -> String {
    printable(value).replace('\\', r"\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_values_are_escaped() {
        for (value, label) in [
            ("zahnfee.de", "zahnfee.de"),
            (r#"a"b\c"#, r#"a\"b\\c"#),
            ("a\nb", r"a\\u{a}b"),
        ] {
            assert_eq!(escaped(value), label);
        }
    }
}
