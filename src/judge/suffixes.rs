//! What the tools of this machine show in place of what DNS says. Only a remark, in whatever step the
//! name belongs to: nothing is judged by it.

use super::any_step::NSLOOKUP_SUFFIX;
use crate::facts::{DnsOutcome, Lookup, Record, RecordType};
use crate::model::finding::Finding;

/// A plain `nslookup` of this name shows something else, because it appends a suffix.
pub(super) fn judge(lookup: &Lookup) -> Option<Finding> {
    let suffixed = lookup.suffixed.as_ref()?;
    let answer = suffixed.shown()?;
    let (shown, said) = (listed(answer.outcome.records()), listed(lookup.records()));
    if !lookup.answer().is_conclusive() || shown == said {
        return None;
    }
    let (what, rcode) = match &answer.outcome {
        DnsOutcome::Failed { rcode, .. } => ("error", rcode.to_string()),
        _ if shown.is_empty() => ("nothing", String::new()),
        _ => ("records", String::new()),
    };
    let command = match lookup.record {
        RecordType::A => format!("nslookup {}", lookup.name),
        record => format!("nslookup -type={} {}", record.name(), lookup.name),
    };
    Some(
        Finding::new(&NSLOOKUP_SUFFIX)
            .with("name", lookup.name.as_str())
            .with("record", lookup.record.name())
            .with("command", command)
            .with("longer", answer.name.as_str())
            .with("what", what)
            .with("rcode", rcode)
            .with("shown", shown)
            .with("said", said),
    )
}

/// The content of records, in an order of its own.
fn listed<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<String> {
    let records = records.into_iter();
    let mut listed: Vec<String> = records.map(|record| record.data.to_string()).collect();
    listed.sort_unstable();
    listed
}
