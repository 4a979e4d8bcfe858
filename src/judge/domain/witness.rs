//! Resolvers whose word counts for nothing, and servers whose denials mislead those that are right.

use super::{
    AUTHORITY_FALSE_DENIAL, RESOLVER_DOUBTFUL, RESOLVERS_CONTRADICT, asking_for, server_name,
};
use crate::facts::{
    Alias, DnsOutcome, Doubt, Lookup, Rcode, ServerAnswer, Standing, Unanswered, ViewAnswer,
};
use crate::model::finding::{Finding, Severity};

/// What a view says is no word on public DNS. A remark where the zone's servers were heard.
pub(in crate::judge) fn doubtful(
    lookup: &Lookup,
    answer: &ViewAnswer,
    why: &'static str,
) -> Finding {
    let is_heard = lookup.published().is_some();
    let finding = Finding::new(&RESOLVER_DOUBTFUL)
        .with("name", lookup.name.as_str())
        .with("record", lookup.record.name())
        .with("view", answer.view.to_string())
        .with("why", why)
        .with("seen", contents(&answer.outcome))
        .with("reasons", answer.extended())
        .with("heard", if is_heard { "yes" } else { "no" });
    if is_heard {
        finding.weighing(Severity::Info)
    } else {
        finding
    }
}

/// Resolvers that contradict each other, where nobody who is entitled was heard. Several addresses
/// may be given by turns.
pub(in crate::judge) fn contradiction(lookup: &Lookup) -> Option<Finding> {
    let said = lookup.contradicting();
    let has_addresses = |answer: &&ViewAnswer| {
        answer.doubt() != Some(Doubt::Sinkhole) && answer.outcome.addresses().next().is_some()
    };
    let by_turns = said.iter().all(has_addresses);
    let answers: Vec<String> = said.iter().map(|answer| said_by(answer)).collect();
    (!said.is_empty()).then(|| {
        let finding = Finding::new(&RESOLVERS_CONTRADICT)
            .with("name", lookup.name.as_str())
            .with("record", lookup.record.name())
            .with("answers", answers);
        if by_turns {
            finding.weighing(Severity::Warn)
        } else {
            finding
        }
    })
}

pub(super) fn said_by(answer: &ViewAnswer) -> String {
    let records = contents(&answer.outcome).join(" + ");
    let mut said = match &answer.outcome {
        DnsOutcome::Records { .. } => vec![records],
        DnsOutcome::NoName { .. } => vec!["NXDOMAIN".to_owned()],
        DnsOutcome::Failed { rcode, .. } => vec![rcode.to_string()],
        _ => vec!["-".to_owned()],
    };
    said.extend(answer.extended());
    format!("{} → {}", answer.view, said.join(", "))
}

pub(super) fn contents(outcome: &DnsOutcome) -> Vec<String> {
    let records = outcome.records().iter();
    records.map(|record| record.data.to_string()).collect()
}

/// The servers publish something at a name, and deny a name above it: resolvers that believe them
/// deny the name as well (RFC 8020), for as long as they do.
pub(in crate::judge) fn false_denial(lookup: &Lookup, answer: &ViewAnswer) -> Option<Finding> {
    if !matches!(answer.outcome, DnsOutcome::NoName { .. }) {
        return None;
    }
    lookup
        .above
        .iter()
        .find_map(|above| denied(above, lookup, Some(answer)))
}

/// Whether a resolver may remember this denial of a whole name.
pub(super) fn is_kept_denial(answer: &ServerAnswer) -> bool {
    let is_denial = matches!(answer.outcome, DnsOutcome::NoName { .. });
    is_denial && answer.outcome.aliases().is_empty() && !answer.outcome.is_unproven()
}

/// The servers deny a name that exists: for one type only, or one above it. A denial that does not say
/// for how long (RFC 2308, section 5) is remembered for a second at the most: that stops who asks for
/// the denied type first, and for the other right after it.
pub(in crate::judge) fn denied(
    denied: &Lookup,
    exists: &Lookup,
    view: Option<&ViewAnswer>,
) -> Option<Finding> {
    let is_type = denied.name == exists.name;
    let published = exists.published()?;
    // By aliases, both types lead to the same name, and it is that one which exists or does not.
    let way: &[Alias] = if is_type { published.aliases() } else { &[] };
    let name = way.last().map_or(&denied.name, |alias| &alias.target);
    let says_so = |answer: &&ServerAnswer| {
        let is_denial = matches!(answer.outcome, DnsOutcome::NoName { .. });
        let end = answer.outcome.aliases().last();
        let end = end.map_or(&denied.name, |alias| &alias.target);
        is_denial && end.eq_ignore_ascii_case(name)
    };
    let servers: Vec<&ServerAnswer> = denied.authority.iter().filter(says_so).collect();
    let first = servers.first()?;
    let names: Vec<String> = servers.iter().map(|answer| server_name(answer)).collect();
    (!published.is_no()).then(|| {
        let finding = Finding::new(&AUTHORITY_FALSE_DENIAL)
            .with("servers", names)
            .with("what", if is_type { "type" } else { "above" })
            .with("exists", exists.name.as_str())
            .with("kind", exists.record.name())
            .with(
                "view",
                view.map_or_else(|| "none".to_owned(), |view| view.view.to_string()),
            );
        asking_for(finding, (name, denied.record), [*first])
    })
}

/// Why it is not known whether a name has records of this type: the error of those who should know.
pub(in crate::judge) fn unknown_type(lookup: &Lookup) -> Option<(&'static str, Option<&Rcode>)> {
    let outcome = match lookup.standing() {
        Standing::Refused(answers) => &answers.first()?.outcome,
        _ => lookup.answer(),
    };
    match outcome {
        DnsOutcome::Failed { rcode, .. } => Some(("failed", Some(rcode))),
        DnsOutcome::Unanswered(Unanswered::NoWitness | Unanswered::Deadline)
        | DnsOutcome::Records { .. }
        | DnsOutcome::NoData { .. }
        | DnsOutcome::NoName { .. }
        | DnsOutcome::Elsewhere { .. } => None,
        DnsOutcome::Unanswered(_) => Some(("silent", None)),
    }
}
