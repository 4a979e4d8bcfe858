//! What only some name servers load in a zone file: whoever runs another one has nothing to change.

use super::ZONE_FILE_PARTLY_REFUSED;
use crate::facts::{Refusal, Refused, ZoneFacts};
use crate::model::finding::{Finding, Severity};

pub(super) fn judge(zone: &ZoneFacts) -> impl Iterator<Item = Finding> {
    zone.refusals.iter().map(finding)
}

fn finding(refusal: &Refusal) -> Finding {
    let mut lines = refusal.lines.iter().map(ToString::to_string);
    let line = lines.next().unwrap_or_default();
    let by = refusal.what.by().iter().map(|server| (*server).to_owned());
    let instead: Vec<String> = refusal.instead.iter().cloned().collect();
    let finding = Finding::new(&ZONE_FILE_PARTLY_REFUSED)
        .with("why", refusal.what.key())
        .with("line", line)
        .with("likewise", lines.collect::<Vec<_>>())
        .with("more", u32::try_from(refusal.more).unwrap_or(u32::MAX))
        .with("servers", by.collect::<Vec<_>>())
        .with("type", refusal.record.as_str())
        .with("found", refusal.name.as_str())
        .with("instead", instead);
    match refusal.what {
        // Every second file has them.
        Refused::WindowsLines => finding.weighing(Severity::Info),
        _ => finding,
    }
}
