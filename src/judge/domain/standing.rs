//! Answers that are worth less than they seem: nobody who is entitled to give them does.

use std::net::SocketAddr;

use super::{
    AUTHORITY_ALIAS_CHAIN, AUTHORITY_FAILS, AUTHORITY_HANDED_ON, AUTHORITY_PARTLY_SILENT,
    AUTHORITY_UNREACHABLE, asking, essential, lookups, lost, server_name, unasked_name,
};
use crate::facts::{
    AddressFacts, AuthorityFacts, DnsOutcome, HandedBy, Handover, Lookup, Rcode, ServerAnswer,
    SrvFacts, Standing, Unanswered, Unasked, Unheard, ZoneFacts,
};
use crate::known::ranges;
use crate::model::finding::{Finding, Said, Severity, Value};
use crate::model::limits::MAX_ALIASES;

/// The finding for a question that partners get no answer to, whatever a resolver remembers.
pub(in crate::judge) fn unserved(lookup: &Lookup) -> Option<Finding> {
    match lookup.standing() {
        Standing::Refused(answers) if answers.iter().any(|it| it.outcome.is_beyond_us()) => {
            Some(too_many_aliases(lookup))
        }
        Standing::Refused(answers) => {
            let finding = below_cut(Finding::new(&AUTHORITY_FAILS), lookup);
            Some(refused(finding, lookup, answers))
        }
        Standing::HandedOn(handover) if lost::may_be_inside(lookup, handover) => None,
        Standing::HandedOn(handover) => Some(
            lost::handed_to_nobody(lookup, handover).unwrap_or_else(|| handed_on(lookup, handover)),
        ),
        Standing::Published(_) | Standing::Resolver | Standing::File | Standing::Nobody => None,
    }
}

/// The servers give a chain of aliases that is longer than those that BIND and Unbound follow, whatever stands
/// at its end.
fn too_many_aliases(lookup: &Lookup) -> Finding {
    let long = lookup
        .authority
        .iter()
        .filter(|it| it.outcome.is_beyond_us());
    let finding = Finding::new(&AUTHORITY_ALIAS_CHAIN).with("limit", LONGEST_ALIAS);
    asking(finding, lookup, long)
}

/// As many aliases as are followed, for people.
#[expect(clippy::cast_possible_wrap, reason = "a small number")]
pub(super) const LONGEST_ALIAS: i64 = MAX_ALIASES as i64;

/// Adds who said what. Where one of the servers is silent, it may be the one that would answer.
pub(super) fn refused(finding: Finding, lookup: &Lookup, answers: &[ServerAnswer]) -> Finding {
    let said: Vec<Said> = answers.iter().filter_map(error_of).collect();
    let silent: Vec<String> = answers
        .iter()
        .filter(|answer| error_of(answer).is_none())
        .map(server_name)
        .collect();
    let is_read = !answers.iter().any(|answer| answer.outcome.is_unreadable());
    let finding = if silent.is_empty() && is_read {
        finding
    } else {
        finding.weighing(Severity::Unknown)
    };
    let finding = finding
        .with("servers", Value::Said(said))
        .with("why", if drop_edns(answers) { "edns" } else { "errors" })
        .with("silent", silent);
    asking(finding, lookup, answers.first())
}

/// Whether all that can be said against these servers is that they drop what is asked with EDNS.
fn drop_edns(answers: &[ServerAnswer]) -> bool {
    let is_dropping = |answer: &ServerAnswer| {
        matches!(
            answer.outcome,
            DnsOutcome::Failed {
                rcode: Rcode::NoEdns,
                ..
            }
        )
    };
    answers.iter().all(is_dropping)
}

/// The error of a server, and which server it is.
pub(super) fn error_of(answer: &ServerAnswer) -> Option<Said> {
    let said = |what: String| Said {
        who: server_name(answer),
        what,
        key: None,
        reasons: Vec::new(),
    };
    match &answer.outcome {
        DnsOutcome::Failed {
            rcode, extended, ..
        } => Some(Said {
            key: rcode.key(),
            reasons: extended.iter().map(ToString::to_string).collect(),
            ..said(rcode.to_string())
        }),
        DnsOutcome::Elsewhere { aliases, .. } if !aliases.is_empty() => {
            let targets = aliases.iter().map(|alias| alias.target.as_str());
            Some(said(format!(
                "CNAME {}",
                targets.collect::<Vec<_>>().join(" ")
            )))
        }
        DnsOutcome::Elsewhere { servers, .. } => {
            let names: Vec<&str> = servers.iter().map(|(name, _)| name.as_str()).collect();
            Some(said(format!("NS {}", names.join(" "))))
        }
        outcome if outcome.is_unreadable() => Some(Said {
            key: Some(match outcome {
                DnsOutcome::Unanswered(Unanswered::Truncated) => "said-truncated",
                _ => "said-unreadable",
            }),
            ..said("unreadable".to_owned())
        }),
        DnsOutcome::Records { .. }
        | DnsOutcome::NoData { .. }
        | DnsOutcome::NoName { .. }
        | DnsOutcome::Unanswered(_) => None,
    }
}

fn handed_on(lookup: &Lookup, handover: &Handover) -> Finding {
    let unasked = handover.to.iter().flat_map(|to| &to.unasked);
    let silent = lookup.authority.iter().map(server_name);
    let servers: Vec<String> = silent.chain(unasked.map(unasked_name)).collect();
    let is_asked = !lookup.authority.is_empty();
    let record = match handover.by {
        HandedBy::Delegation => "NS",
        HandedBy::Alias => "CNAME",
        HandedBy::Name => "none",
    };
    let zone = handover.to.as_ref().map_or("", |to| to.apex.as_str());
    let finding = Finding::new(&AUTHORITY_HANDED_ON)
        .with("question", lookup.name.as_str())
        .with("kind", lookup.record.name())
        .with("name", handover.at.as_str())
        .with("record", record)
        .with("zone", zone)
        .with("from", handover.from.as_str())
        .with("how", if is_asked { "silent" } else { "unaskable" })
        .with("servers", servers);
    // Without one private address it is not known that nobody can ask them.
    if !is_asked
        && handover
            .to
            .as_ref()
            .is_some_and(AuthorityFacts::is_internal)
    {
        finding
    } else {
        finding.weighing(Severity::Unknown)
    }
}

/// Adds where a missing record has to stand, if the zone hands that part of it on: above, nobody sees
/// it.
pub(in crate::judge) fn below_cut(finding: Finding, lookup: &Lookup) -> Finding {
    let last = lookup.handovers.last();
    let cut = last.filter(|handover| handover.by == HandedBy::Delegation);
    let servers = cut.iter().filter_map(|cut| cut.to.as_ref());
    let mut carriers: Vec<String> = servers
        .flat_map(|to| &to.servers)
        .map(|server| server.name.clone())
        .collect();
    carriers.dedup();
    finding
        .with("cut", cut.map_or("none", |cut| cut.at.as_str()))
        .with("carriers", carriers)
}

/// Servers that answered none of the questions, beside others that do. One alone may have been slow.
pub(super) fn judge_silent<'a>(lookups: impl Iterator<Item = &'a Lookup>) -> Option<Finding> {
    let published = lookups.filter(|lookup| matches!(lookup.standing(), Standing::Published(_)));
    let lookups: Vec<&Lookup> = published.collect();
    let asked = || lookups.iter().flat_map(|lookup| &lookup.authority);
    let is_silent = |answer: &ServerAnswer| answer.outcome.is_silence();
    let of = |server: SocketAddr| asked().filter(move |it| it.server.address == server);
    let mut silent: Vec<&ServerAnswer> = Vec::new();
    for answer in asked() {
        let server = answer.server.address;
        let is_known = silent.iter().any(|known| known.server.address == server);
        if !is_known && of(server).all(is_silent) && of(server).count() > 1 {
            silent.push(answer);
        }
    }
    let first = *lookups.first()?;
    (!silent.is_empty()).then(|| {
        let names: Vec<String> = silent.iter().map(|answer| server_name(answer)).collect();
        let finding = Finding::new(&AUTHORITY_PARTLY_SILENT)
            .with("servers", names)
            .with("why", "silent");
        asking(finding, first, silent)
    })
}

/// Servers that left one question unanswered on which the verdict rests, though they answer others: what they would have
/// said is not known.
pub(super) fn judge_unheard(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
) -> Option<Finding> {
    let heard: Vec<SocketAddr> = lookups(zone, srv, addresses)
        .flat_map(|lookup| &lookup.authority)
        .filter(|answer| !matches!(answer.outcome, DnsOutcome::Unanswered(_)))
        .map(|answer| answer.server.address)
        .collect();
    let is_unheard = |answer: &&ServerAnswer| {
        answer.outcome == DnsOutcome::Unanswered(Unanswered::TimedOut)
            && heard.contains(&answer.server.address)
    };
    essential(zone, srv, addresses).find_map(|lookup| {
        lookup.published()?;
        let unheard: Vec<&ServerAnswer> = lookup.counting().filter(is_unheard).collect();
        let names: Vec<String> = unheard.iter().map(|answer| server_name(answer)).collect();
        let finding = Finding::new(&AUTHORITY_PARTLY_SILENT)
            .with("servers", names)
            .with("why", "one");
        let is_any = !unheard.is_empty();
        is_any.then(|| asking(finding, lookup, unheard).weighing(Severity::Warn))
    })
}

/// Name servers that nobody outside can ask, beside others that answer: without an address, or with
/// none but a private one.
pub(super) fn judge_unaskable(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
) -> Option<Finding> {
    let lookups = essential(zone, srv, addresses);
    let published = lookups.filter(|lookup| lookup.published().is_some());
    let beyond = published.filter_map(|lookup| lookup.handovers.last()?.to.as_ref());
    let own = zone
        .authority
        .iter()
        .filter(|_| zone.soa.published().is_some());
    let mut names: Vec<String> = Vec::new();
    for authority in own.chain(beyond).filter(|authority| !authority.given) {
        let is_asked = |unasked: &Unasked| {
            let mut servers = authority.servers.iter();
            servers.any(|server| server.name == unasked.name)
        };
        let leads_nowhere = |unasked: &Unasked| {
            let address = unasked.address;
            address.is_none_or(|address| ranges::special(address).is_some())
        };
        let unaskable = authority.unasked.iter();
        // Of those that nobody finds it is told why.
        let is_lost = |it: &Unasked| authority.lost.iter().any(|lost| lost.name == it.name);
        let unaskable = unaskable.filter(|it| !is_asked(it) && leads_nowhere(it) && !is_lost(it));
        names.extend(unaskable.map(unasked_name));
    }
    names.sort();
    names.dedup();
    (!names.is_empty()).then(|| {
        let finding = Finding::new(&AUTHORITY_PARTLY_SILENT)
            .with("servers", names)
            .with("why", "unaskable");
        asking(finding, &zone.soa, []).weighing(Severity::Warn)
    })
}

/// More name servers than are asked: any of the others may be the one that a partner asks.
pub(super) fn judge_many(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
) -> Option<Finding> {
    let mut answering = lost::answering(zone, srv, addresses);
    let many = answering.find(|authority| !authority.beyond.is_empty())?;
    let finding = Finding::new(&AUTHORITY_PARTLY_SILENT)
        .with("servers", many.beyond.clone())
        .with("why", "many");
    Some(asking(finding, &zone.soa, []).weighing(Severity::Info))
}

/// No server of the zone was seen to answer anything. What the user named was not seen either.
pub(super) fn judge_reach(zone: &ZoneFacts) -> Option<Finding> {
    let Some(authority) = &zone.authority else {
        let is_word = zone.soa.standing() == Standing::Resolver;
        return is_word.then(|| unreachable(&zone.soa, &zone.soa.name, "off", Vec::new()));
    };
    let answered = zone.soa.authority.iter();
    // Who fails for this question has answered it, and does for the others what it does.
    let is_silent = !answered
        .clone()
        .any(|answer| answer.outcome.is_conclusive() || answer.outcome.is_failure())
        || zone.soa.intercepted
        || zone.soa.unheard.is_some() && zone.soa.published().is_none();
    let (why, servers): (_, Vec<String>) = if let Some(unheard) = zone.soa.unheard {
        (why_unheard(unheard), answered.map(server_name).collect())
    } else if zone.soa.intercepted {
        ("intercepted", answered.map(server_name).collect())
    } else if authority.servers.is_empty() {
        unasked_of(authority)
    } else if answered.clone().any(without_authority) {
        ("without-authority", answered.map(server_name).collect())
    } else {
        ("silent", answered.map(server_name).collect())
    };
    is_silent.then(|| unreachable(&zone.soa, &authority.apex, why, servers))
}

/// The zone's servers answer other questions, as perhaps the one beside, and were silent to this one;
/// or an alias leads into a zone whose servers nobody here can ask.
pub(in crate::judge) fn judge_silence(lookup: &Lookup, beside: &Lookup) -> Option<Finding> {
    if lookup.standing() != Standing::Resolver {
        return None;
    }
    if !lookup.authority.is_empty() {
        let servers = lookup.authority.iter().map(server_name).collect();
        let answers = beside.published().is_some();
        let why = if let Some(unheard) = lookup.unheard {
            why_unheard(unheard)
        } else if lookup.authority.iter().any(without_authority) {
            "without-authority"
        } else if answers {
            "this-one"
        } else {
            "silent"
        };
        let entitled = lookup.handovers.last().and_then(|it| it.to.as_ref());
        let apex = entitled.map_or(&lookup.name, |to| &to.apex);
        let finding = unreachable(lookup, apex, why, servers);
        // The way to them is open: it is this question that they, or what stands before them, drop. Whoever
        // has no old answer in a cache gets none.
        return Some(if why == "this-one" {
            finding.weighing(Severity::Unknown)
        } else {
            finding
        });
    }
    let last = lookup.handovers.last()?;
    let (apex, (why, servers)) = match &last.to {
        Some(to) => (to.apex.as_str(), unasked_of(to)),
        None => (last.at.as_str(), ("unknown", Vec::new())),
    };
    Some(unreachable(lookup, apex, why, servers))
}

fn why_unheard(unheard: Unheard) -> &'static str {
    match unheard {
        Unheard::Inside => "inside",
        Unheard::OnTheWay => "on-the-way",
    }
}

fn without_authority(answer: &ServerAnswer) -> bool {
    answer.outcome.is_unauthoritative()
}

/// Why none of these servers is asked, and which they are.
fn unasked_of(authority: &AuthorityFacts) -> (&'static str, Vec<String>) {
    let unasked = || authority.unasked.iter();
    let names = || unasked().map(unasked_name).collect();
    if unasked().any(|unasked| unasked.address.is_some()) || authority.left_out > 0 {
        ("not-public", names())
    } else if authority.unasked.is_empty() {
        ("unknown", Vec::new())
    } else {
        ("no-address", names())
    }
}

/// Nobody who is entitled could be asked. Where the user named the servers, no other word counts.
pub(super) fn unreachable(
    lookup: &Lookup,
    apex: &str,
    why: &'static str,
    servers: Vec<String>,
) -> Finding {
    let finding = Finding::new(&AUTHORITY_UNREACHABLE)
        .with("apex", apex)
        .with("why", why)
        .with("servers", servers)
        .with("given", if lookup.given { "yes" } else { "no" });
    let finding = asking(finding, lookup, lookup.authority.first());
    if lookup.given {
        finding.weighing(Severity::Unknown)
    } else {
        finding
    }
}
