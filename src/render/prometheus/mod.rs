//! Prometheus' text exposition format, for the textfile collector of the node exporter. Names and
//! units follow Prometheus' conventions. A state is a state set: one sample per state, of which one
//! is 1.

mod families;
mod probe;

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::model::labels::Labels;
use crate::report::{PluginState, Report};
use crate::text::printable;
pub(super) use families::{FAMILIES, Places};
pub(crate) use probe::{Probed, write_probe};
pub(super) use probe::{REASON, reason};

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

/// What a domain is known by.
pub(super) const LABELS: [&str; 2] = [
    "xfed_domain_labels",
    "What the domain is known by: always 1.",
];

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
