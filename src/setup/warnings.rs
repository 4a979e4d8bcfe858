//! What would break, or has to be known before the set-up.

use std::net::IpAddr;

use super::{Advice, Entry, Place, Sheet, Variant, Wish};
use crate::facts::{Srv, Survey, Target, Unasked};
use crate::known::ranges;
use crate::model::finding::Note;
use crate::model::names::as_written;

/// Everything to mind about this advice, in the order in which it is to be read.
pub(super) fn warnings(wish: &Wish, survey: &Survey, advice: &Advice) -> Vec<Note> {
    let mut warnings: Vec<Note> = Vec::new();
    warnings.extend(warn_typed(wish));
    let partly = warn_partly(survey, advice);
    warnings.extend(warn_published(advice).filter(|_| partly.is_empty()));
    warnings.extend(partly);
    warnings.extend(warn_internal(survey));
    warnings.extend(warn_unknown(survey));
    warnings.extend(warn_idn(advice));
    warnings.extend(warn_domain(wish, survey, advice));
    if advice.variant != Variant::Without {
        warnings.extend(warn_place(advice));
        warnings.extend(warn_record(survey, advice));
        warnings.extend(warn_name(wish, survey, advice));
        warnings.extend(warn_address(wish, survey, advice));
    }
    warnings.push(Note::new("plan-warn-change"));
    warnings
}

/// The server's name was typed instead of the domain.
fn warn_typed(wish: &Wish) -> Option<Note> {
    let typed = wish.typed.as_ref()?;
    Some(Note::new("plan-warn-typed").with("typed", typed.as_str()))
}

/// Somebody has been here before.
fn warn_published(advice: &Advice) -> Option<Note> {
    let Sheet { a, record, .. } = &advice.sheet;
    let is_there = advice.variant != Variant::Without
        && [a, record].iter().all(|entry| **entry == Entry::Published);
    is_there.then(|| Note::new("plan-warn-published"))
}

/// What is published as it should be by some of the zone's servers, while others deny it.
fn warn_partly(survey: &Survey, advice: &Advice) -> Vec<Note> {
    let sheet = &advice.sheet;
    let host = survey
        .host(&sheet.fqdn)
        .filter(|_| sheet.a == Entry::Published);
    let record = Some(survey.srv_of(&sheet.domain)).filter(|_| sheet.record == Entry::Published);
    let lookups = host.into_iter().chain(record);
    let partly = lookups.filter_map(|lookup| {
        let denying = lookup.counting().filter(|answer| answer.outcome.is_no());
        let mut servers: Vec<String> = denying.map(|it| it.server.name.clone()).collect();
        servers.dedup();
        let note = Note::new("plan-warn-partly")
            .with("name", lookup.name.as_str())
            .with("record", lookup.record.name());
        (!servers.is_empty()).then(|| note.with("servers", servers))
    });
    partly.collect()
}

/// A domain with umlauts has two forms, and only one of them stands in DNS (RFC 5890).
fn warn_idn(advice: &Advice) -> Option<Note> {
    let written = as_written(advice.sheet.domain.as_str())?;
    Some(Note::new("plan-warn-idn").with("written", written))
}

/// An internal zone is all that was heard.
fn warn_internal(survey: &Survey) -> Option<Note> {
    let internal = survey.internal.as_ref()?;
    let servers = internal.servers.iter().map(Unasked::to_string);
    let addresses = internal.addresses.iter().map(ToString::to_string);
    Some(
        Note::new("plan-warn-internal")
            .with("apex", internal.apex.as_str())
            .with("servers", servers.collect::<Vec<_>>())
            .with("addresses", addresses.collect::<Vec<_>>()),
    )
}

fn warn_unknown(survey: &Survey) -> Option<Note> {
    let unknown: Vec<String> = survey
        .lookups()
        .filter(|lookup| !lookup.answer().is_conclusive() && !lookup.is_only_internal())
        .map(|lookup| format!("{} ({})", lookup.name, lookup.record.name()))
        .collect();
    (!unknown.is_empty()).then(|| Note::new("plan-warn-unknown").with("names", unknown))
}

fn warn_domain(wish: &Wish, survey: &Survey, advice: &Advice) -> Vec<Note> {
    let srv = survey.srv_of(&wish.domain);
    let microsoft: Vec<String> = srv
        .srv()
        .filter(|srv| Target::parse(&srv.target, &wish.domain).is_microsoft())
        .map(|srv| srv.target.clone())
        .collect();
    let tenant = !advice.microsoft.as_deref().unwrap_or_default().is_empty();
    let mut warnings = Vec::new();
    // Whatever variant was chosen: it is built on the domain.
    for missing in &advice.missing {
        let note = Note::new("plan-warn-missing").with("missing", missing.as_str());
        warnings.push(note.with("variant", advice.variant.number()));
    }
    if !microsoft.is_empty() {
        let note = Note::new("plan-warn-microsoft").with("targets", microsoft);
        warnings.push(note.with("variant", advice.variant.number()));
    }
    if advice.variant == Variant::TakeOver || (tenant && advice.variant == Variant::Email) {
        warnings.push(Note::new("plan-warn-tenants"));
    }
    let mail = survey.mx.mail_servers();
    match advice.variant {
        Variant::Own => warnings.push(Note::new("plan-warn-addresses")),
        Variant::Email | Variant::TakeOver if advice.mail.is_some() && mail.is_empty() => {
            warnings.push(Note::new("plan-warn-no-mail"));
        }
        Variant::Email | Variant::TakeOver | Variant::Without => {}
    }
    warnings
}

/// What hides records from everybody as long as it stands above them, and to whom their names are handed on.
fn warn_place(advice: &Advice) -> Vec<Note> {
    let sheet = &advice.sheet;
    let (fqdn, srv_name) = (sheet.fqdn.to_string(), sheet.domain.srv_name());
    let places = [
        (sheet.a, &sheet.a_place, fqdn),
        (sheet.record, &sheet.record_place, srv_name),
    ];
    let needed = places
        .iter()
        .filter(|(entry, ..)| *entry != Entry::Published);
    let needed: Vec<(&Place, &str)> = needed
        .map(|(_, place, name)| (*place, name.as_str()))
        .collect();
    match needed.as_slice() {
        [one, other] if one.0.is_beside(other.0) => warn_of(&[*one, *other]).into_iter().collect(),
        each => each.iter().filter_map(|one| warn_of(&[*one])).collect(),
    }
}

/// The warning of what stands above these names, which is the same.
fn warn_of(records: &[(&Place, &str)]) -> Option<Note> {
    let note = match records.first()?.0 {
        Place::Zone => return None,
        Place::Handed {
            cut,
            servers,
            is_heard,
        } => Note::new("plan-warn-handed")
            .with("cut", cut.as_str())
            .with("servers", servers.clone())
            .with("heard", if *is_heard { "yes" } else { "no" }),
        Place::Moved { by, .. } => {
            let instead = records.iter().filter_map(|(place, _)| match place {
                Place::Moved { instead, .. } => Some(instead.clone()),
                Place::Zone | Place::Handed { .. } => None,
            });
            Note::new("plan-warn-moved")
                .with("above", by.name.as_str())
                .with("to", by.target.as_str())
                .with("instead", instead.collect::<Vec<_>>())
        }
    };
    let names: Vec<String> = records.iter().map(|(_, name)| (*name).to_owned()).collect();
    Some(note.with("at", names))
}

/// An SRV record that says something else than the plan; Microsoft's has a warning of its own.
fn warn_record(survey: &Survey, advice: &Advice) -> Option<Note> {
    let sheet = &advice.sheet;
    let records: Vec<&Srv> = survey.srv_of(&sheet.domain).srv().collect();
    let to_microsoft = |srv: &&Srv| Target::parse(&srv.target, &sheet.domain).is_microsoft();
    if let Some(target) = &sheet.record_alias {
        return Some(Note::new("plan-warn-srv-alias").with("target", target.as_str()));
    }
    let is_moved = matches!(sheet.record_place, Place::Moved { .. });
    if sheet.record != Entry::Differs || is_moved || records.iter().all(to_microsoft) {
        return None;
    }
    let records: Vec<String> = records.into_iter().map(Srv::to_string).collect();
    Some(Note::new("plan-warn-srv").with("records", records))
}

fn warn_name(wish: &Wish, survey: &Survey, advice: &Advice) -> Vec<Note> {
    let sheet = &advice.sheet;
    let mut warnings = Vec::new();
    if let Some(given) = wish.fqdn.as_ref().filter(|given| **given != sheet.fqdn) {
        let parent = given.as_str().split_once('.').map_or("", |(_, rest)| rest);
        let note = Note::new("plan-warn-fqdn-foreign").with("fqdn", given.as_str());
        warnings.push(note.with("parent", parent));
    }
    if sheet.fqdn.labels_below(&sheet.domain).unwrap_or(0) > 1 {
        warnings.push(Note::new("plan-warn-fqdn-deep"));
    }
    let host = survey.host(&sheet.fqdn).filter(|_| sheet.alias);
    if let Some(alias) = host.and_then(|lookup| lookup.aliases().first()) {
        let note = Note::new("plan-warn-alias").with("target", alias.target.as_str());
        warnings.push(note);
    }
    warnings
}

fn warn_address(wish: &Wish, survey: &Survey, advice: &Advice) -> Vec<Note> {
    let mut warnings = Vec::new();
    if let Some((ip, range)) = wish
        .ip
        .and_then(|ip| Some((ip, ranges::special(ip.into())?)))
    {
        let note = Note::new("plan-warn-ip").with("address", ip.to_string());
        warnings.push(note.with("range", range.key()));
    }
    let sheet = &advice.sheet;
    let seen: Vec<IpAddr> = survey
        .host(&sheet.fqdn)
        .map(|lookup| lookup.addresses().collect())
        .unwrap_or_default();
    let published = survey.published_addresses(&sheet.fqdn);
    for address in &seen {
        if let Some(range) = ranges::special(*address) {
            let by = if published.contains(address) {
                "zone"
            } else {
                "resolver"
            };
            let note = Note::new("plan-warn-published-range").with("address", address.to_string());
            warnings.push(note.with("range", range.key()).with("by", by));
        }
    }
    let others = published
        .iter()
        .filter(|address| ranges::special(**address).is_none());
    let of_wildcard = survey.is_from_wildcard(&sheet.fqdn);
    if of_wildcard {
        let addresses: Vec<String> = others.map(ToString::to_string).collect();
        warnings.push(Note::new("plan-warn-wildcard").with("addresses", addresses));
        return warnings;
    }
    let proxied = published
        .iter()
        .filter_map(|address| Some((address, ranges::web_proxy(*address)?)));
    for (address, proxy) in proxied {
        let note = Note::new("plan-warn-proxied").with("address", address.to_string());
        warnings.push(note.with("proxy", proxy.name));
    }
    let others: Vec<String> = others
        .filter(|address| ranges::web_proxy(**address).is_none())
        .filter(|address| Some(**address) != sheet.address.map(IpAddr::V4))
        .map(ToString::to_string)
        .collect();
    match sheet.address {
        _ if others.is_empty() => {}
        Some(address) => {
            let note = Note::new("plan-warn-address").with("addresses", others);
            warnings.push(note.with("address", address.to_string()));
        }
        None => warnings.push(Note::new("plan-warn-which").with("addresses", others)),
    }
    let ipv6 = advice.ipv6.clone().unwrap_or_default();
    if !ipv6.is_empty() {
        warnings.push(Note::new("plan-warn-ipv6").with("addresses", ipv6));
    }
    warnings
}
