//! Prometheus' text exposition format, for the textfile collector of the node exporter. Names and
//! units follow Prometheus' conventions. A state is a state set: one sample per state, of which one
//! is 1.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::{self, Write};

use super::metrics::{Metrics, seconds};
use crate::model::labels::Labels;
use crate::report::{PluginState, Report, Status, Verdict};
use crate::text::printable;

/// Writes every metric of all reports. Of several reports on one domain (open and direct, say) the
/// worst counts, and of equally bad ones the last: a second sample with the same labels would make
/// the whole file invalid.
pub(super) fn write(reports: &[Report], out: &mut dyn Write) -> io::Result<()> {
    let reports = worst_of_each(reports);
    for family in FAMILIES {
        writeln!(out, "# HELP {} {}", family.name, family.help)?;
        writeln!(out, "# TYPE {} gauge", family.name)?;
        let mut written = HashSet::new();
        for report in &reports {
            for Sample { labels, value } in (family.samples)(report) {
                let labels = label_set(report, &labels);
                if written.insert(labels.clone()) {
                    writeln!(out, "{}{{{labels}}} {value}", family.name)?;
                }
            }
        }
    }
    labels(&reports, out)
}

/// The labels beside the domain, to be joined to the other numbers by it: on all of them, a label
/// that changes would begin every series anew. A label that a domain lacks is empty, which is the
/// same to Prometheus.
fn labels(reports: &[&Report], out: &mut dyn Write) -> io::Result<()> {
    const NAME: &str = "xfed_domain_labels";
    let labels = |report: &'_ &Report| report.check.labels.clone();
    let all: Vec<_> = reports.iter().map(labels).collect();
    let names: BTreeSet<&str> = all.iter().flat_map(Labels::iter).map(|one| one.0).collect();
    if names.is_empty() {
        return Ok(());
    }
    writeln!(out, "# HELP {NAME} What the domain is known by: always 1.")?;
    writeln!(out, "# TYPE {NAME} gauge")?;
    for (report, labels) in reports.iter().zip(&all) {
        let value = |name: &&str| escaped(labels.get(name).unwrap_or_default());
        let pairs = names
            .iter()
            .map(|name| format!(",label_{name}=\"{}\"", value(name)));
        let set = label_set(report, &[]) + &pairs.collect::<String>();
        writeln!(out, "{NAME}{{{set}}} 1")?;
    }
    Ok(())
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
struct Family {
    name: &'static str,
    help: &'static str,
    samples: fn(&Report) -> Vec<Sample>,
}

struct Sample {
    /// The labels besides the domain.
    labels: Vec<(&'static str, String)>,
    value: String,
}

const FAMILIES: [Family; 9] = [
    Family {
        name: "xfed_verdict",
        help: "Verdict on the domain: 1 for the one that holds, else 0.",
        samples: verdict,
    },
    Family {
        name: "xfed_reservation",
        help: "What the verdict does not cover, or rests on: 1 for each.",
        samples: reservations,
    },
    Family {
        name: "xfed_step_status",
        help: "Status of a step of the checklist: 1 for the one that holds, else 0.",
        samples: step_status,
    },
    Family {
        name: "xfed_findings",
        help: "Findings of this code; xfed explain says what it means.",
        samples: findings,
    },
    Family {
        name: "xfed_certificate_not_after_timestamp_seconds",
        help: "When the certificate ends that the server shows.",
        samples: |report| {
            per_endpoint(report, |metrics| {
                let end = metrics.certificate?.not_after;
                Some(end.unix_timestamp().to_string())
            })
        },
    },
    Family {
        name: "xfed_connect_duration_seconds",
        help: "How long the TCP connection took to come about.",
        samples: |report| per_endpoint(report, |metrics| metrics.connect.map(seconds)),
    },
    Family {
        name: "xfed_tls_handshake_duration_seconds",
        help: "How long the TLS handshake took.",
        samples: |report| per_endpoint(report, |metrics| metrics.tls.map(seconds)),
    },
    Family {
        name: "xfed_check_duration_seconds",
        help: "How long the check of the domain took.",
        samples: |report| single(seconds(report.check.elapsed_us)),
    },
    Family {
        name: "xfed_check_timestamp_seconds",
        help: "When the domain was checked.",
        samples: |report| single(report.terms().made_at.unix_timestamp().to_string()),
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

fn per_endpoint(report: &Report, value: fn(&Metrics<'_>) -> Option<String>) -> Vec<Sample> {
    let endpoints = Metrics::of(report);
    let sample = |metrics: &Metrics<'_>| {
        Some(Sample {
            labels: vec![
                ("fqdn", metrics.fqdn.to_string()),
                ("endpoint", metrics.address.to_string()),
            ],
            value: value(metrics)?,
        })
    };
    endpoints.iter().filter_map(sample).collect()
}

fn label_set(report: &Report, labels: &[(&'static str, String)]) -> String {
    let domain = ("domain", report.terms().domain.to_string());
    let all = std::iter::once(&domain).chain(labels);
    all.map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
        .collect::<Vec<_>>()
        .join(",")
}

/// Escapes a label value for the exposition format. `printable` has escaped line feeds already.
fn escaped(value: &str) -> String {
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
