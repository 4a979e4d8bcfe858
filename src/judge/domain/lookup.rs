//! Questions that nobody answered with yes or no.

use super::standing::{LONGEST_ALIAS, unreachable, unserved};
use super::witness::doubtful;
use super::{
    DNS_UNREACHABLE, DOMAIN_INTERNAL_VIEW, DOMAIN_LOOKUP_FAILED, ZONE_FILE_INCOMPLETE, server_name,
};
use crate::facts::{DnsOutcome, Doubt, ExtendedError, Lookup, RecordType, Unanswered};
use crate::judge::any_step::DEADLINE_REACHED;
use crate::model::finding::Finding;
use crate::model::plan::View;

/// The finding for a question that nobody answered with yes or no; `None` when somebody did.
pub(in crate::judge) fn lookup_failure(lookup: &Lookup) -> Option<Finding> {
    let named = |rule| {
        Finding::new(rule)
            .with("name", lookup.name.as_str())
            .with("record", lookup.record.name())
    };
    if let Some(unserved) = unserved(lookup).or_else(|| beyond_the_file(lookup)) {
        return Some(unserved);
    }
    match lookup.answer() {
        DnsOutcome::Unanswered(_) if lookup.given => {
            let servers = lookup.authority.iter().map(server_name).collect();
            Some(unreachable(lookup, &lookup.name, "silent", servers))
        }
        DnsOutcome::Unanswered(Unanswered::NoWitness) => match lookup.doubtful() {
            Some((answer, doubt)) if doubt != Doubt::Internal => {
                Some(doubtful(lookup, answer, doubt.key()))
            }
            _ => {
                let internal = || lookup.answers.iter().filter(|answer| answer.internal);
                let is_marked = internal().any(|answer| {
                    let marks = answer.marks.as_ref();
                    marks.is_some_and(|marks| marks.authoritative)
                });
                let views = internal().map(|answer| answer.view.to_string());
                Some(
                    named(&DOMAIN_INTERNAL_VIEW)
                        .with("servers", Vec::<String>::new())
                        .with("addresses", Vec::<String>::new())
                        .with("marked", if is_marked { "yes" } else { "no" })
                        .with("views", views.collect::<Vec<_>>()),
                )
            }
        },
        DnsOutcome::Records { .. }
        | DnsOutcome::NoData { .. }
        | DnsOutcome::NoName { .. }
        | DnsOutcome::Elsewhere { .. } => None,
        DnsOutcome::Failed {
            rcode, extended, ..
        } => {
            // A resolver that blocks a name may say so by an error, too.
            let view = lookup
                .answers
                .iter()
                .find(|view| view.outcome == *lookup.answer());
            if let Some(view) = view
                && extended.iter().any(ExtendedError::is_about_filtering)
            {
                return Some(doubtful(lookup, view, Doubt::Filtered.key()));
            }
            let reasons: Vec<String> = extended.iter().map(ToString::to_string).collect();
            Some(
                named(&DOMAIN_LOOKUP_FAILED)
                    .with("top", "none")
                    .with("rcode", rcode.to_string())
                    .with("said", rcode.key().unwrap_or("code"))
                    .with("limit", LONGEST_ALIAS)
                    .with(
                        "view",
                        view.map_or_else(|| "none".to_owned(), |it| it.view.to_string()),
                    )
                    .with("reasons", reasons),
            )
        }
        DnsOutcome::Unanswered(Unanswered::Deadline) => Some(Finding::new(&DEADLINE_REACHED)),
        DnsOutcome::Unanswered(reason) => {
            let servers: Vec<String> = lookup
                .answers
                .iter()
                .filter_map(|answer| match &answer.view {
                    View::System => answer.server.map(|server| server.to_string()),
                    view => Some(view.to_string()),
                })
                .collect();
            Some(
                named(&DNS_UNREACHABLE)
                    .with("reason", reason.key())
                    .with("servers", servers),
            )
        }
    }
}

/// What the file of a zone does not know, because the answer stands elsewhere.
fn beyond_the_file(lookup: &Lookup) -> Option<Finding> {
    let DnsOutcome::Elsewhere { aliases, zone, .. } = lookup.answer() else {
        return None;
    };
    let (why, beyond) = match (aliases.last(), zone) {
        (_, Some(cut)) => ("delegated", cut.as_str()),
        (Some(alias), None) => ("alias", alias.target.as_str()),
        (None, None) => ("outside", lookup.name.as_str()),
    };
    lookup.is_from_file().then(|| {
        let finding = Finding::new(&ZONE_FILE_INCOMPLETE)
            .with("name", lookup.name.as_str())
            .with("record", lookup.record.name())
            .with("why", why)
            .with("beyond", beyond);
        if lookup.record == RecordType::A {
            finding.with("fqdn", lookup.name.as_str())
        } else {
            finding
        }
    })
}
