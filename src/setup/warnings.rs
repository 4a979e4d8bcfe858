//! What would break, or has to be known before the set-up.

use std::net::IpAddr;

use super::{Advice, Entry, Sheet, Variant, Wish};
use crate::facts::{Srv, Survey, Target};
use crate::known::ranges;
use crate::model::finding::Note;
use crate::model::names::as_written;

/// Everything to mind about this advice, in the order in which it is to be read.
pub(super) fn warnings(wish: &Wish, survey: &Survey, advice: &Advice) -> Vec<Note> {
    let mut warnings: Vec<Note> = Vec::new();
    warnings.extend(warn_typed(wish));
    warnings.extend(warn_published(advice));
    warnings.extend(warn_unknown(survey));
    warnings.extend(warn_idn(advice));
    warnings.extend(warn_domain(wish, survey, advice));
    if advice.variant != Variant::Without {
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

/// A domain with umlauts has two forms, and only one of them stands in DNS (RFC 5890).
fn warn_idn(advice: &Advice) -> Option<Note> {
    let written = as_written(advice.sheet.domain.as_str())?;
    Some(Note::new("plan-warn-idn").with("written", written))
}

fn warn_unknown(survey: &Survey) -> Option<Note> {
    let unknown: Vec<String> = survey
        .lookups()
        .filter(|lookup| !lookup.answer().is_conclusive())
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

/// An SRV record that says something else than the plan; Microsoft's has a warning of its own.
fn warn_record(survey: &Survey, advice: &Advice) -> Option<Note> {
    let sheet = &advice.sheet;
    let records: Vec<&Srv> = survey.srv_of(&sheet.domain).srv().collect();
    let to_microsoft = |srv: &&Srv| Target::parse(&srv.target, &sheet.domain).is_microsoft();
    if sheet.record != Entry::Differs || records.iter().all(to_microsoft) {
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
    let alias = survey
        .host(&sheet.fqdn)
        .and_then(|lookup| lookup.aliases().first());
    if let Some(alias) = alias {
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
    let published: Vec<IpAddr> = survey
        .host(&sheet.fqdn)
        .map(|lookup| lookup.addresses().collect())
        .unwrap_or_default();
    for address in &published {
        if let Some(range) = ranges::special(*address) {
            let note = Note::new("plan-warn-published-range").with("address", address.to_string());
            warnings.push(note.with("range", range.key()));
        }
    }
    let others: Vec<String> = published
        .iter()
        .filter(|address| ranges::special(**address).is_none())
        .filter(|address| Some(**address) != sheet.address.map(IpAddr::V4))
        .map(ToString::to_string)
        .collect();
    if let (Some(address), false) = (sheet.address, others.is_empty()) {
        let note = Note::new("plan-warn-address").with("addresses", others);
        warnings.push(note.with("address", address.to_string()));
    }
    let ipv6 = advice.ipv6.clone().unwrap_or_default();
    if !ipv6.is_empty() {
        warnings.push(Note::new("plan-warn-ipv6").with("addresses", ipv6));
    }
    warnings
}
