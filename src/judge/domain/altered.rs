//! Answers that something in this network has changed on their way here: signatures (DNSSEC) taken out of all of
//! them, or private addresses written in (Cisco calls it DNS doctoring, others DNS ALG).

use time::OffsetDateTime;

use super::NETWORK_ALTERS_DNS;
use crate::facts::{
    AddressFacts, Break, RecordType, SignedSet, Signing, SigningFacts, ViewAnswer, ZoneFacts,
};
use crate::known::ranges;
use crate::model::finding::Finding;

/// The top-level domain whose servers show no signatures here, though the root says that it is signed. The
/// whole internet would miss them.
pub(super) fn stripped(zone: &ZoneFacts, now: OffsetDateTime) -> Option<&SigningFacts> {
    let mut tops = zone.signings().filter(|facts| facts.from == ".");
    tops.find(|top| match top.at(now) {
        Signing::Fails(Break::NoKeys | Break::KeysRefused(_)) => true,
        Signing::Fails(Break::NoSignature(set)) => set.record == SignedSet::KEYS,
        _ => false,
    })
}

/// Whether it says nothing but that signatures or proofs are missing.
pub(super) fn is_by_absence(chain: &Break<'_>) -> bool {
    matches!(
        chain,
        Break::NoKeys
            | Break::KeysRefused(_)
            | Break::NoSignature(_)
            | Break::Unproven(_)
            | Break::Wildcard(_)
    )
}

/// Whether these are the addresses of one of these hosts, and private ones: with a signature that does not fit
/// them, they were written in behind whoever signed.
pub(super) fn is_of_private(addresses: &[AddressFacts], set: &SignedSet) -> bool {
    addresses.iter().any(|host| {
        let aliases = host.a.aliases().iter();
        let mut names = aliases
            .map(|alias| alias.target.as_str())
            .chain([host.fqdn.as_str()]);
        let is_its = names.any(|name| name.eq_ignore_ascii_case(&set.name));
        is_its && set.record == RecordType::A.name() && is_private(host)
    })
}

/// Whether the servers of the zone give private addresses, and no others.
fn is_private(host: &AddressFacts) -> bool {
    let mut given = host.a.addresses().peekable();
    let is_heard = host.a.published().is_some() && !host.a.given;
    is_heard && given.peek().is_some() && given.all(|it| ranges::special(it).is_some())
}

pub(super) fn judge(
    zone: &ZoneFacts,
    addresses: &[AddressFacts],
    now: OffsetDateTime,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = stripped(zone, now)
        .map(|top| {
            named("signatures", &top.apex, SignedSet::KEYS)
                .with("top", top.apex.as_str())
                .with("seen", Vec::<String>::new())
                .with("expected", Vec::<String>::new())
                .with("view", "none")
        })
        .into_iter()
        .collect();
    for host in addresses.iter().filter(|host| is_private(host)) {
        let witness = host.a.answers.iter().find(|answer| is_clean(answer));
        let broken = zone.signings().any(|facts| match facts.at(now) {
            Signing::Fails(Break::Wrong(set)) => is_of_private(std::slice::from_ref(host), set),
            _ => false,
        });
        let why = match (witness, broken) {
            (Some(_), _) => "witness",
            (None, true) => "signature",
            (None, false) => continue,
        };
        let listed = |addresses: &mut dyn Iterator<Item = std::net::IpAddr>| {
            let listed = addresses.map(|address| address.to_string());
            listed.collect::<Vec<String>>()
        };
        let expected = witness.map(|answer| listed(&mut answer.outcome.addresses()));
        let view = witness.map_or_else(|| "none".to_owned(), |answer| answer.view.to_string());
        let finding = named(why, host.fqdn.as_str(), RecordType::A.name())
            .with("fqdn", host.fqdn.as_str())
            .with("top", "")
            .with("seen", listed(&mut host.a.addresses()))
            .with("expected", expected.unwrap_or_default())
            .with("view", view);
        findings.push(finding);
    }
    findings
}

/// Whether it is a view that has public addresses, and no reason to doubt it.
fn is_clean(answer: &ViewAnswer) -> bool {
    let mut addresses = answer.outcome.addresses().peekable();
    answer.doubt().is_none()
        && addresses.peek().is_some()
        && addresses.all(|address| ranges::special(address).is_none())
}

fn named(why: &'static str, name: &str, record: &str) -> Finding {
    Finding::new(&NETWORK_ALTERS_DNS)
        .with("why", why)
        .with("name", name)
        .with("record", record)
}
