//! The metrics, each with all its samples.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::label_set;
use crate::render::metrics::{Metrics, seconds};
use crate::report::{Report, Status, Verdict};

/// By what the numbers of an endpoint are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum Places {
    /// By name and address, each by itself.
    Endpoints,
    /// By the name of the server: the worst of its addresses.
    Servers,
}

/// All samples of one name.
pub(in crate::render) struct Family {
    pub(in crate::render) name: &'static str,
    pub(in crate::render) help: &'static str,
    samples: fn(&Report, Places) -> Vec<Sample>,
}

impl Family {
    /// Each label set once.
    pub(in crate::render) fn lines(&self, report: &Report, places: Places) -> Vec<String> {
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

pub(in crate::render) const FAMILIES: [Family; 9] = [
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
