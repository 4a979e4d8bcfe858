//! The metrics of domains that are checked by themselves, as they are kept between two checks and
//! written for all of them together.

use std::io::{self, Write};
use std::sync::Arc;

use super::prometheus::{FAMILIES, LABELS, Places, REASON, escaped, head, label_lines, reason};
use crate::report::{Report, Verdict};

/// The numbers of a report as they are kept between two checks: the report itself takes up a hundred
/// times as much.
#[derive(Debug)]
pub(crate) struct Numbers {
    reason: Option<String>,
    /// In the order of the families.
    families: Vec<Vec<String>>,
    labels: Vec<String>,
}

impl Numbers {
    /// Without addresses, as for a scrape.
    pub(crate) fn of(report: &Report) -> Self {
        let is_bad = matches!(report.verdict(), Verdict::NotReady | Verdict::Inconclusive);
        let code = reason(report).filter(|_| is_bad);
        let domain = escaped(report.terms().domain.as_str());
        let families = FAMILIES.iter();
        Self {
            reason: code
                .map(|code| format!("{}{{domain=\"{domain}\",code=\"{code}\"}} 1", REASON[0])),
            families: families
                .map(|family| family.lines(report, Places::Servers))
                .collect(),
            labels: label_lines(&[report]),
        }
    }
}

/// Writes the numbers of several domains, each of them there once.
pub(crate) fn write_numbers(all: &[Arc<Numbers>], out: &mut dyn Write) -> io::Result<()> {
    let mut write = |[name, help]: [&str; 2], lines: &dyn Fn(&Numbers) -> Vec<String>| {
        head(name, help, out)?;
        for line in all.iter().flat_map(|numbers| lines(numbers)) {
            writeln!(out, "{line}")?;
        }
        io::Result::Ok(())
    };
    write(REASON, &|numbers| numbers.reason.iter().cloned().collect())?;
    for (index, family) in FAMILIES.iter().enumerate() {
        write([family.name, family.help], &|numbers| {
            numbers.families[index].clone()
        })?;
    }
    if all.iter().any(|numbers| !numbers.labels.is_empty()) {
        write(LABELS, &|numbers| numbers.labels.clone())?;
    }
    Ok(())
}
