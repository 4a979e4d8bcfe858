//! Name servers that whoever remembers nothing does not find by their names, and resolvers that find
//! others than everybody else.

use std::iter::once;
use std::net::SocketAddr;

use super::edns::whole;
use super::{
    AUTHORITY_LOST, AUTHORITY_NAME_IS_ALIAS, AUTHORITY_PARTLY_LOST, DOMAIN_DELEGATION_DIFFERS,
    DOMAIN_DELEGATION_LACKS, DOMAIN_SERVERS_LOST, RESOLVER_ASTRAY, asking, essential, lookups,
    name_of, server_name, unasked_name, who_said_what,
};
use crate::facts::{
    AddressFacts, Alias, AuthorityFacts, Delegation, Dispute, DnsOutcome, HandedBy, Handover,
    Lookup, Losing, LostServer, Parted, RecordType, ServerAnswer, SrvFacts, Standing, Unasked,
    Word, ZoneFacts, is_within,
};
use crate::known::ranges;
use crate::model::finding::{Finding, Rule, Severity};

/// The question ends at servers that nobody finds.
pub(super) fn handed_to_nobody(lookup: &Lookup, handover: &Handover) -> Option<Finding> {
    let to = handover.to.as_ref()?;
    // Where an alias leads to private addresses, it is the alias that can be changed, and that is told.
    let mut lost = to.lost.iter();
    if handover.by == HandedBy::Alias && lost.all(|lost| lost.how == Losing::Private) {
        return None;
    }
    let finding = nobody_finds(&AUTHORITY_LOST, to)?;
    Some(
        finding
            .with("question", lookup.name.as_str())
            .with("kind", lookup.record.name()),
    )
}

/// Whether it is only known that the zone above gives private addresses in a network where a resolver does so too:
/// a firewall in front of this network may write them into all answers. What an alias leads to is told with the alias.
pub(super) fn may_be_inside(lookup: &Lookup, handover: &Handover) -> bool {
    if handover.by == HandedBy::Alias {
        return false;
    }
    let lost = handover.to.iter().flat_map(|to| &to.lost);
    let mut private = lost.filter(|lost| lost.how == Losing::Private);
    private.next().is_some() && lookup.is_only_internal()
}

/// Nobody finds any server of the domain's zone.
pub(super) fn judge_zone(zone: &ZoneFacts) -> Option<Finding> {
    let Standing::HandedOn(handover) = zone.soa.standing() else {
        return None;
    };
    if may_be_inside(&zone.soa, handover) {
        return None;
    }
    nobody_finds(&DOMAIN_SERVERS_LOST, handover.to.as_ref()?)
}

fn nobody_finds(rule: &'static Rule, servers: &AuthorityFacts) -> Option<Finding> {
    if !servers.servers.is_empty() {
        return None;
    }
    let finding = lost(rule, servers, &servers.lost)?;
    Some(if servers.is_lost() {
        finding
    } else {
        finding.weighing(Severity::Unknown)
    })
}

/// Of some servers only, beside others of the zone that answer. Some resolvers go by the address that the zone
/// above gives with the name, others do not.
pub(super) fn judge_partly(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for authority in answering(zone, srv, addresses) {
        let finding = lost(&AUTHORITY_PARTLY_LOST, authority, &authority.lost);
        let finding = finding.filter(|_| !authority.servers.is_empty());
        findings.extend(finding.map(|finding| {
            let mut found = authority.lost.iter().filter(|lost| {
                let mut servers = authority.servers.iter();
                servers.any(|server| server.name == lost.name)
            });
            let how_of = |lost: &LostServer| match lost.how {
                Losing::TooFar => "too-far",
                Losing::Disputed => "disputed",
                Losing::Private if lost.zone == authority.apex => "own",
                Losing::Private => "private",
                _ => "by-glue",
            };
            let how = found.next().map_or("no", how_of);
            let are_so = |name: &str| {
                let mut lost = authority.lost.iter();
                lost.any(|lost| lost.name == name && how_of(lost) == how)
            };
            let is_whole = authority.servers.iter().all(|server| are_so(&server.name));
            finding.with("found", how).with("whole", whole(is_whole))
        }));
        if let Some(alias) = authority.aliased.first() {
            let is_alias = |name: &str| authority.aliased.iter().any(|alias| alias.name == name);
            let is_whole = authority
                .servers
                .iter()
                .all(|server| is_alias(&server.name));
            findings.push(name_is_alias(&authority.apex, alias, is_whole));
        }
    }
    let mut known: Vec<Finding> = Vec::new();
    for finding in findings {
        if !known.contains(&finding) {
            known.push(finding);
        }
    }
    known
}

/// A name server of this zone has such a name, or all have.
pub(super) fn name_is_alias(zone: &str, alias: &Alias, is_whole: bool) -> Finding {
    Finding::new(&AUTHORITY_NAME_IS_ALIAS)
        .with("zone", zone)
        .with("whole", whole(is_whole))
        .with("server", alias.name.as_str())
        .with("target", alias.target.as_str())
        .with("name", alias.name.as_str())
        .with("record", RecordType::A.name())
}

/// The servers that the zone above names deny what one has that only the zone itself names. Partners are
/// led to the former.
pub(super) fn judge_beside(srv: &SrvFacts, addresses: &[AddressFacts]) -> Vec<Finding> {
    let hosts = addresses.iter().map(|host| &host.a);
    let lookups = [&srv.lookup].into_iter().chain(hosts);
    let lacking = lookups.filter(|lookup| !lookup.beside().is_empty());
    lacking
        .map(|lookup| {
            let denying = lookup.counting().map(server_name);
            let has = lookup.beside().into_iter().map(who_said_what);
            let finding = Finding::new(&DOMAIN_DELEGATION_LACKS)
                .with("servers", denying.collect::<Vec<_>>())
                .with("others", has.collect::<Vec<_>>());
            asking(finding, lookup, lookup.counting())
        })
        .collect()
}

/// The servers of the zones in which the questions end, where they were heard.
pub(super) fn answering<'a>(
    zone: &'a ZoneFacts,
    srv: &'a SrvFacts,
    addresses: &'a [AddressFacts],
) -> impl Iterator<Item = &'a AuthorityFacts> {
    let lookups = essential(zone, srv, addresses);
    let published = lookups.filter(|lookup| lookup.published().is_some());
    let beyond = published.filter_map(|lookup| lookup.handovers.last()?.to.as_ref());
    let own = zone.authority.iter();
    own.filter(|_| zone.soa.published().is_some()).chain(beyond)
}

/// What is said of lost servers: all by name, and how the way to the first of them ends.
fn lost(rule: &'static Rule, servers: &AuthorityFacts, lost: &[LostServer]) -> Option<Finding> {
    let first = lost
        .iter()
        .find(|lost| lost.is_sure())
        .or_else(|| lost.first())?;
    let shown = |lost: &LostServer| {
        let mut unasked = servers.unasked.iter();
        let is_private = lost.how == Losing::Private;
        let known = unasked.find(|it| is_private && it.name == lost.name);
        known.map_or_else(|| lost.name.clone(), unasked_name)
    };
    let names: Vec<String> = lost.iter().map(shown).collect();
    let asked = first.by.iter().map(|server| server.address.to_string());
    // Whether the address comes along shows where the zone is handed on.
    let (name, record) = match first.how {
        Losing::NoGlue | Losing::Private => (servers.apex.as_str(), RecordType::Ns),
        _ => (first.name.as_str(), RecordType::A),
    };
    Some(
        Finding::new(rule)
            .with("zone", servers.apex.as_str())
            .with("lost", names)
            .with("host", first.name.as_str())
            .with("end", first.zone.as_str())
            .with("why", why(first, &servers.apex))
            .with("name", name)
            .with("record", record.name())
            .with("asked", asked.collect::<Vec<_>>()),
    )
}

/// A resolver asks other servers than whoever remembers nothing: because the zone above names others than
/// the provider does, or because it is alone with that.
pub(super) fn judge_delegation(zone: &ZoneFacts, srv: &SrvFacts) -> Option<Finding> {
    let authority = zone.authority.as_ref()?;
    let delegation = authority.delegation.as_ref()?;
    // It has private addresses, which is told.
    let is_private = authority.lost.iter().any(|it| it.how == Losing::Private);
    if authority.servers.is_empty() && is_private {
        return None;
    }
    let remembered = delegation.remembered.iter().map(unasked_name);
    let asked = delegation.by.iter();
    let asked = asked.map(|server| server.address.to_string());
    let is_elsewhere = |server: &Unasked| is_listed(delegation, server);
    let how = if delegation.remembered.iter().all(is_elsewhere) {
        "address"
    } else {
        "names"
    };
    // Where the zone was moved by mistake, its new servers agree with the zone above as well.
    let is_right = how == "address" || !srv.lookup.answer().records().is_empty();
    let finding = if is_right && is_alone(delegation) {
        // Partners find none of them at all.
        if authority.servers.is_empty() && !authority.lost.is_empty() {
            return None;
        }
        Finding::new(&RESOLVER_ASTRAY).with("how", how)
    } else {
        let why = if is_unaskable(authority, delegation) {
            "unaskable"
        } else {
            "resolver"
        };
        Finding::new(&DOMAIN_DELEGATION_DIFFERS)
            .with("why", why)
            .with("answers", Vec::<String>::new())
            .with("themselves", Vec::<String>::new())
    };
    Some(
        finding
            .with("apex", delegation.at.as_str())
            .with("from", delegation.from.as_str())
            .with("servers", delegation.servers.clone())
            .with("remembered", remembered.collect::<Vec<_>>())
            .with("name", delegation.at.as_str())
            .with("record", RecordType::Ns.name())
            .with("asked", asked.collect::<Vec<_>>()),
    )
}

/// The servers of the zone above do not say the same of the way to the servers that the verdict rests on.
pub(super) fn judge_dispute(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
) -> Option<Finding> {
    let handed = essential(zone, srv, addresses).flat_map(|lookup| &lookup.handovers);
    let beyond = handed.filter_map(|handover| handover.to.as_ref());
    let mut all = zone.authority.iter().chain(beyond);
    let dispute = all.find_map(|authority| authority.dispute.as_ref())?;
    let answers_itself = |word: &&Word| {
        let mut said = lookups(zone, srv, addresses).flat_map(|lookup| &lookup.authority);
        let is_own = |answer: &ServerAnswer| answer.server.address == word.by.address;
        word.servers.is_empty()
            && said.any(|answer| is_own(answer) && !answer.outcome.records().is_empty())
    };
    let themselves = dispute.words.iter().filter(answers_itself);
    let themselves: Vec<String> = themselves.map(|word| name_of(&word.by)).collect();
    Some(disputed(dispute, "above").with("themselves", themselves))
}

/// The same of the way to their names. What those who are led one way do not get, others' luck does not give them.
pub(super) fn judge_parted(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
) -> Option<Finding> {
    let hosts = addresses.iter().map(|host| &host.a);
    let lookups = once(&srv.lookup).chain(hosts);
    let parted = lookups.filter_map(|lookup| {
        let last = lookup.handovers.last();
        let authority = match last {
            Some(handover) => handover.to.as_ref(),
            None => zone.authority.as_ref(),
        };
        Some((lookup, authority?.parted.as_ref()?))
    });
    let worst = |(lookup, parted): &(&Lookup, &Parted)| {
        let ends = parted.ways.iter().map(|way| end_of(lookup, way));
        ends.max().unwrap_or(End::Record)
    };
    let found = parted.max_by_key(worst)?;
    let (lookup, parted) = found;
    let (severity, end) = match worst(&found) {
        End::Record => (Severity::Warn, "record"),
        End::Silence => (Severity::Unknown, "silence"),
        End::Nothing => (Severity::Fail, "nothing"),
    };
    let finding = disputed(&parted.dispute, "names")
        .with("themselves", Vec::<String>::new())
        .with("question", lookup.name.as_str())
        .with("kind", lookup.record.name())
        .with("end", end);
    Some(finding.weighing(severity))
}

/// What those get who ask only some of the servers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Record,
    Silence,
    Nothing,
}

fn end_of(lookup: &Lookup, way: &[SocketAddr]) -> End {
    if lookup.published().is_none_or(DnsOutcome::is_no) {
        return End::Record;
    }
    let answers = lookup.authority.iter();
    let answers = answers.filter(|answer| way.contains(&answer.server.address));
    let outcomes: Vec<&DnsOutcome> = answers.map(|answer| &answer.outcome).collect();
    if outcomes.iter().any(|outcome| !outcome.records().is_empty()) {
        End::Record
    } else if outcomes.iter().any(|it| it.is_no() || it.is_failure()) {
        End::Nothing
    } else {
        End::Silence
    }
}

fn disputed(dispute: &Dispute, why: &str) -> Finding {
    let words = dispute.words.iter().map(|word| {
        let servers: Vec<String> = word.servers.iter().map(unasked_name).collect();
        let said = if servers.is_empty() {
            "-".to_owned()
        } else {
            servers.join(" + ")
        };
        format!("{} → {said}", name_of(&word.by))
    });
    let asked = dispute.words.iter();
    let asked = asked.map(|word| word.by.address.to_string());
    Finding::new(&DOMAIN_DELEGATION_DIFFERS)
        .with("why", why)
        .with("apex", dispute.at.as_str())
        .with("from", dispute.from.as_str())
        .with("answers", words.collect::<Vec<_>>())
        .with("servers", Vec::<String>::new())
        .with("remembered", Vec::<String>::new())
        .with("name", dispute.at.as_str())
        .with("record", RecordType::Ns.name())
        .with("asked", asked.collect::<Vec<_>>())
}

/// How the way to a name server of this zone ends, for the texts: those that lie in no top-level domain are told
/// apart, and what the zone says of them itself.
fn why(lost: &LostServer, apex: &str) -> &'static str {
    match lost.how {
        Losing::Private if lost.zone == apex => "own",
        Losing::NoZone if lost.zone == "." && lost.is_sure() => "no-top",
        Losing::NoZone if lost.zone == "." => "inside",
        how => how.key(),
    }
}

/// Whether those that the resolver goes to are nowhere that anybody outside could ask them. They stand in the zone's own
/// NS records, and at the registrar they would end it.
fn is_unaskable(authority: &AuthorityFacts, delegation: &Delegation) -> bool {
    !authority.servers.is_empty()
        && delegation.remembered.iter().all(|server| {
            let mut unasked = authority.unasked.iter();
            unasked.any(|unasked| {
                let is_outside = |address| ranges::special(address).is_none();
                unasked.name.eq_ignore_ascii_case(&server.name)
                    && !unasked.address.is_some_and(is_outside)
            })
        })
}

fn is_listed(delegation: &Delegation, server: &Unasked) -> bool {
    let mut servers = delegation.servers.iter();
    servers.any(|name| name.eq_ignore_ascii_case(&server.name))
}

/// Whether the zone above and the servers themselves say the same, so that the resolver is alone. Where a
/// server of the zone itself is, either may have the older address.
fn is_alone(delegation: &Delegation) -> bool {
    delegation.remembered.iter().all(|server| {
        if is_listed(delegation, server) {
            !is_within(&server.name, &delegation.at)
        } else {
            delegation.confirmed
        }
    })
}
