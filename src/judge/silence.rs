//! Silence, judged in the light of other domains: where every domain of a run is silent in the same
//! way, the way out of here is closed, and no domain is at fault.

use super::address::{ADDRESS_BEHIND_CDN, ADDRESS_FROM_WILDCARD};
use super::tcp::{TCP_EGRESS_BLOCKED, TCP_FILTERED};
use crate::model::finding::{Finding, Severity};

/// True for an endpoint that did not answer at all.
pub(crate) fn is_silent(finding: &Finding) -> bool {
    finding.rule == &TCP_FILTERED
}

/// True if a step fails, and only because endpoints did not answer. The user's policy does not make
/// that less: it holds for what was seen, not for what could not be found out.
pub(crate) fn fails_by_silence_only<'a>(findings: impl Iterator<Item = &'a Finding>) -> bool {
    let mut failures = findings
        .filter(|finding| finding.by_default() == Severity::Fail)
        .peekable();
    failures.peek().is_some() && failures.all(is_silent)
}

/// Takes back what rests on silence alone, where the way out of here is closed. True if that
/// changed the finding.
pub(crate) fn take_back(finding: &mut Finding) -> bool {
    if is_silent(finding) {
        finding.rule = &TCP_EGRESS_BLOCKED;
        finding.severity = TCP_EGRESS_BLOCKED.severity;
        finding.args.push("how", "silent");
        finding.args.push("since", "before");
        finding.args.push("control", Vec::<String>::new());
    } else if finding.rule == &ADDRESS_BEHIND_CDN && finding.is_by_timeout() {
        finding.severity = Severity::Unknown;
    } else if finding.rule == &ADDRESS_FROM_WILDCARD && finding.severity == Severity::Fail {
        // It failed for a closed port behind it.
        finding.severity = ADDRESS_FROM_WILDCARD.severity;
    } else {
        return false;
    }
    finding.standing = None;
    true
}
