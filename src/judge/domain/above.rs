//! Names above the one asked for at which partners do not get past: their resolvers ask for those first
//! (RFC 9156). BIND asks for NS records there, and gives up after silence unless some server tells it more than
//! an error. Unbound asks for addresses, and goes on after silence, though late.

use super::witness::{denied, false_denial, is_kept_denial};
use super::{AUTHORITY_FAILS_ABOVE, asking, essential, name_of, server_name};
use crate::facts::{
    AddressFacts, DnsOutcome, Doubt, Handover, Lookup, Rcode, RecordType, ServerAnswer, SrvFacts,
    Standing, ZoneFacts, is_within,
};
use crate::model::finding::{Finding, Severity};

/// Where the whole name is answered, and one above it is not, or is handed on by some to others who say
/// something else.
pub(in crate::judge) fn judge_names_above(lookup: &Lookup) -> Vec<Finding> {
    let is_answered = matches!(lookup.standing(), Standing::Published(_));
    if !is_answered || lookup.answer().is_no() {
        return Vec::new();
    }
    let silent = lookup.between.iter().find_map(|it| silent(lookup, it));
    let parted = lookup.between.iter().find_map(|it| parted(lookup, it));
    silent.into_iter().chain(parted).collect()
}

/// A name above is denied. In a signed zone there is no proof of that, and whoever checks signatures takes it for an
/// attack, or believes that there is nothing below; in any other, resolvers believe it that go by RFC 8020 to the letter
/// (Unbound with `qname-minimisation-strict`), from whichever server they hear it.
pub(super) fn judge_denied(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
) -> Option<Finding> {
    let is_signed = |name: &str| {
        let zones = zone.signing.iter().chain(&zone.signing_elsewhere);
        let around = zones.filter(|zone| is_within(name, &zone.apex));
        let nearest = around.max_by_key(|zone| zone.apex.len());
        nearest.is_some_and(|zone| !zone.announced.is_empty())
    };
    let is_denial = |answer: &ServerAnswer| matches!(answer.outcome, DnsOutcome::NoName { .. });
    let is_denied = |above: &&Lookup| {
        let is_refuted = is_signed(&above.name) && above.counting().all(is_denial);
        is_refuted || above.counting().any(is_kept_denial)
    };
    // Step 3 tells of it where a resolver believes it here.
    let has_fallen = |lookup: &Lookup| {
        let mut differing = lookup.differing().into_iter();
        differing.any(|answer| {
            let is_word = matches!(answer.doubt(), None | Some(Doubt::Old));
            is_word && false_denial(lookup, answer).is_some()
        })
    };
    let mut lookups = essential(zone, srv, addresses).filter(|lookup| !has_fallen(lookup));
    lookups.find_map(|lookup| {
        let above = lookup.between.iter().find(is_denied)?;
        denied(above, lookup, None)
    })
}

/// All that comes is silence, if only for questions with EDNS or with a cookie, and errors beside it.
fn silent(lookup: &Lookup, above: &Lookup) -> Option<Finding> {
    let gets_past = |answer: &ServerAnswer| answer.lets_pass() || is_handed_on(answer);
    if above.record != RecordType::Ns || above.counting().any(gets_past) {
        return None;
    }
    // Whoever answers without a cookie is mute to one: here, or to all questions.
    let is_cookie = above.counting().any(|answer| answer.outcome.lets_pass());
    let minds = |answer: &ServerAnswer| {
        let marks = answer.marks.as_ref();
        marks.is_some_and(|marks| marks.to_cookie.is_some())
    };
    if is_cookie && lookup.counting().any(minds) {
        return None;
    }
    let is_mute = |answer: &&ServerAnswer| {
        let outcome = &answer.outcome;
        let is_answered = outcome.lets_pass();
        outcome.is_silence() || is_answered || *outcome == DnsOutcome::failed(Rcode::NoEdns)
    };
    let (silent, failing): (Vec<&ServerAnswer>, Vec<_>) = above.counting().partition(is_mute);
    let names: Vec<String> = silent.iter().map(|answer| server_name(answer)).collect();
    let failing: Vec<String> = failing.into_iter().filter_map(rcode).collect();
    (!silent.is_empty()).then(|| {
        let finding = Finding::new(&AUTHORITY_FAILS_ABOVE)
            .with("how", if is_cookie { "cookie" } else { "silent" })
            .with("servers", names)
            .with("to", Vec::<String>::new())
            .with("end", "none")
            .with("said", failing);
        asking(about(finding, lookup), above, silent)
    })
}

/// Some of the servers hand on what others answer, and it ends otherwise there.
fn parted(lookup: &Lookup, beyond: &Lookup) -> Option<Finding> {
    let handover = beyond.handovers.first()?;
    let answers = |outcome: &DnsOutcome| outcome.agrees_with(lookup.answer());
    if beyond.published().is_some_and(answers) {
        return None;
    }
    let hands_on = |it: &&Lookup| it.handovers.is_empty() && it.name == handover.at;
    let above = lookup.between.iter().filter(hands_on);
    let (asked, first) = above
        .flat_map(|it| it.counting().map(move |answer| (it, answer)))
        .find(|(_, answer)| is_handed_on(answer))?;
    let (end, said) = match beyond.standing() {
        Standing::Published(_) if beyond.answer().is_no() => ("denied", Vec::new()),
        Standing::Published(_) => ("other", Vec::new()),
        Standing::Refused(answers) => ("error", answers.iter().filter_map(rcode).collect()),
        Standing::HandedOn(_) | Standing::Resolver | Standing::File | Standing::Nobody => {
            ("silent", Vec::new())
        }
    };
    let finding = Finding::new(&AUTHORITY_FAILS_ABOVE)
        .with("how", "handed")
        .with("servers", vec![server_name(first)])
        .with("to", servers_of(handover))
        .with("end", end)
        .with("said", said);
    let finding = asking(about(finding, lookup), asked, [first]);
    Some(match end {
        "error" | "denied" if mostly_handed_on(lookup) => finding.weighing(Severity::Fail),
        "silent" if mostly_handed_on(lookup) => finding.weighing(Severity::Unknown),
        _ => finding,
    })
}

/// Whether half of the servers hand on the whole name as well: whoever begins above it comes to one of these
/// with one of two questions. In such a world BIND got the record in eight of twenty runs, Unbound in none.
fn mostly_handed_on(lookup: &Lookup) -> bool {
    let handing = lookup.counting().filter(|answer| is_handed_on(answer));
    2 * handing.count() >= lookup.counting().count()
}

/// Adds the name that is answered itself.
fn about(finding: Finding, lookup: &Lookup) -> Finding {
    finding
        .with("exists", lookup.name.as_str())
        .with("kind", lookup.record.name())
}

fn is_handed_on(answer: &ServerAnswer) -> bool {
    matches!(answer.outcome, DnsOutcome::Elsewhere { zone: Some(_), .. })
}

fn servers_of(handover: &Handover) -> Vec<String> {
    let to = handover.to.iter();
    let asked = to.clone().flat_map(|to| to.servers.iter().map(name_of));
    let unasked = to.flat_map(|to| to.unasked.iter().map(super::unasked_name));
    asked.chain(unasked).collect()
}

fn rcode(answer: &ServerAnswer) -> Option<String> {
    match &answer.outcome {
        DnsOutcome::Failed { rcode, .. } => Some(rcode.to_string()),
        _ => None,
    }
}
