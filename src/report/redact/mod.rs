//! Leaves out of the facts what is local to the machine that gathered them: the resolvers it is
//! configured with, the addresses of its own network, and the names that only its own DNS knows. What
//! public DNS says stays, whatever it is.
//!
//! Local addresses are collected field by field, so a new fact that may be the only one to name such
//! an address has to be added to [`stand_ins`]. They are then replaced in all values, wherever they
//! occur. The stand-ins are documentation addresses, no more public than the originals and as
//! different from each other, so that everything is judged the same.

mod names;
mod places;
mod words;

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Deserialize;
use serde_json::Value;

use super::SavedCheck;
use crate::facts::{Facts, Lookup, Outlook, Sight, ViewAnswer};
use crate::known::ranges;
use crate::model::labels::Labels;
use crate::model::plan::{Terms, View};
use names::Names;
use places::hidden;

impl SavedCheck {
    /// The same check without what is local to the machine that made it.
    pub fn redacted(self) -> Self {
        let mut redacted = redact(&all_facts(&self), &self.terms).into_iter();
        let mut facts = redacted.next().unwrap_or_default();
        let place = self.place.map(|place| hidden(place, 0));
        let beside = self.beside.into_iter().enumerate();
        let beside = beside.map(|(index, sight)| Sight {
            place: hidden(sight.place, index + 1),
            facts: sight.facts.and_then(|_| redacted.next()),
            terms: sight.terms.map(|terms| Terms {
                policy: terms.policy.redacted(),
                ..terms
            }),
        });
        let beside = beside.collect();
        for on_terms in facts
            .caller
            .iter_mut()
            .flat_map(|caller| caller.parts_mut())
        {
            on_terms.facts = redacted.next().unwrap_or_default();
            on_terms.terms.policy = on_terms.terms.policy.clone().redacted();
        }
        Self {
            place,
            beside,
            input: self.terms.domain.to_string(),
            // A customer's number is nobody else's business.
            labels: Labels::default(),
            terms: Terms {
                policy: self.terms.policy.redacted(),
                ..self.terms
            },
            redacted: true,
            facts,
            ..self
        }
    }
}

/// All facts of a check: its own, what was seen from other places, and those of a domain that calls.
fn all_facts(check: &SavedCheck) -> Vec<&Facts> {
    let others = check.beside.iter().filter_map(|sight| sight.facts.as_ref());
    let caller = check.facts.caller.iter();
    let caller = caller.flat_map(|caller| caller.parts());
    let all = std::iter::once(&check.facts).chain(others);
    all.chain(caller.map(|part| &part.facts)).collect()
}

/// The facts without what is local, each: what is the same in several is so afterwards. Doing it
/// twice changes nothing more.
///
/// # Panics
///
/// Never: facts are facts before and after.
fn redact(all: &[&Facts], terms: &Terms) -> Vec<Facts> {
    let redacted = redact_values(all, terms).into_iter();
    redacted
        .map(|value| {
            Facts::deserialize(&value).expect("an address in another's place leaves facts facts")
        })
        .collect()
}

/// The same while it is JSON.
fn redact_values(all: &[&Facts], terms: &Terms) -> Vec<Value> {
    let stand_ins = stand_ins(all);
    let resolvers = local_resolvers(all, &stand_ins);
    let names = Names::of(all, terms);
    let stand_ins = StandIns {
        addresses: &stand_ins,
        names: &names,
    };
    let each = all.iter();
    each.map(|facts| without_local(facts, &stand_ins, &resolvers))
        .collect()
}

/// # Panics
///
/// Never: facts are JSON before and after.
fn without_local(facts: &Facts, stand_ins: &StandIns<'_>, resolvers: &[(String, String)]) -> Value {
    let mut value = serde_json::to_value(facts).expect("facts are JSON");
    // Nothing is judged by it.
    if let Value::Object(fields) = &mut value {
        fields.remove("here");
    }
    leave_out_suffixes(&mut value);
    rename_resolvers(&mut value, resolvers);
    words::hush(&mut value);
    replace(&mut value, stand_ins);
    // A name that leads into the local network is as local as its address.
    let control = facts.control.as_ref().and_then(|control| control.address);
    if let Some(stand_in) = control.and_then(|at| stand_ins.addresses.get(&at.ip())) {
        value["control"]["host"] = stand_in.to_string().into();
    }
    value
}

/// What the suffixes of this machine lead to is its own in every part, and no verdict rests on it.
fn leave_out_suffixes(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(leave_out_suffixes),
        Value::Object(fields) => {
            fields.remove("suffixed");
            fields.values_mut().for_each(leave_out_suffixes);
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// True if anything in the facts is local.
///
/// # Panics
///
/// Never: facts are JSON.
pub fn holds_local(check: &SavedCheck) -> bool {
    let all = all_facts(check);
    let places = check.beside.iter().map(|sight| &sight.place);
    let mut places = check.place.iter().chain(places).enumerate();
    let is_named = |(number, place): (usize, &Outlook)| hidden(place.clone(), number) != *place;
    places.any(is_named) || hold_local(&all, &check.terms)
}

fn hold_local(all: &[&Facts], terms: &Terms) -> bool {
    if hold_local_at_first_sight(all) {
        return true;
    }
    let values = all
        .iter()
        .map(|facts| serde_json::to_value(facts).expect("facts are JSON"));
    let redacted = redact_values(all, terms);
    // JSON may say the same in two ways.
    values.ne(redacted) && redact(all, terms).iter().ne(all.iter().copied())
}

/// Whether it is certain already, as it mostly is: every report asks, and to redact it takes longer
/// than all its judges.
fn hold_local_at_first_sight(all: &[&Facts]) -> bool {
    let is_left_out = |answer: &ViewAnswer| answer.view == View::System && answer.server.is_some();
    let is_by_own =
        |lookup: &Lookup| lookup.suffixed.is_some() || lookup.answers.iter().any(is_left_out);
    let has_other = |(address, stand_in): (&IpAddr, &IpAddr)| address != stand_in;
    let by_itself =
        |facts: &&Facts| facts.here.is_some() || facts.lookups().iter().any(|one| is_by_own(one));
    all.iter().any(by_itself) || stand_ins(all).iter().any(has_other)
}

/// Whether an address means something in its own network only.
fn is_local(address: IpAddr) -> bool {
    // By nowhere, filters mark a name. It is nobody's.
    ranges::special(address).is_some() && !address.is_unspecified()
}

/// The fields that hold names.
const NAMES: [&str; 12] = [
    "apex", "at", "exchange", "fqdn", "from", "mx", "name", "ns", "servers", "soa", "target",
    "zone",
];

/// Everything that is local, with what stands in for it.
struct StandIns<'a> {
    addresses: &'a Addresses,
    names: &'a Names,
}

/// Local addresses with their stand-ins.
type Addresses = HashMap<IpAddr, IpAddr>;

/// The stand-ins are given out in the order in which the addresses occur.
fn stand_ins(all: &[&Facts]) -> Addresses {
    let mut found = Vec::new();
    let mut published = HashSet::new();
    for facts in all {
        collect(facts, &mut found, &mut published);
    }
    let mut settled = published.clone();
    found.retain(|address| is_local(*address) && settled.insert(*address));
    let mut free_v4 = documentation_v4().filter(|address| !published.contains(address));
    let mut free_v6 = documentation_v6().filter(|address| !published.contains(address));
    found
        .into_iter()
        .filter_map(|address| {
            let stand_in = if address.is_ipv4() {
                free_v4.next()
            } else {
                free_v6.next()
            };
            stand_in.map(|stand_in| (address, stand_in))
        })
        .collect()
}

/// The addresses in these facts, and those of them that are published.
fn collect(facts: &Facts, found: &mut Vec<IpAddr>, published: &mut HashSet<IpAddr>) {
    for lookup in facts.lookups() {
        published.extend(lookup.addresses());
        for answer in &lookup.authority {
            found.push(answer.server.address.ip());
            published.extend(answer.outcome.addresses());
        }
        for answer in &lookup.answers {
            match &answer.view {
                // Left out altogether: even a public address may be the company's own.
                View::System | View::ZoneFile => {}
                View::Resolver(server) => found.push(server.ip()),
                View::Tls { address, .. } => found.push(*address),
                View::Https { host, .. } => {
                    found.extend(host.parse::<IpAddr>());
                    found.extend(answer.server.map(|server| server.ip()));
                }
            }
            // The answers of the company's own DNS beside the public ones.
            found.extend(answer.outcome.addresses());
        }
    }
    for authority in names::authorities(facts) {
        let servers = authority.servers.iter();
        found.extend(servers.map(|server| server.address.ip()));
        found.extend(authority.unasked.iter().filter_map(|server| server.address));
        let by = authority.lost.iter().flat_map(|lost| &lost.by);
        found.extend(by.map(|server| server.address.ip()));
        let parted = authority.parted.iter().map(|parted| &parted.dispute);
        let disputes = authority.dispute.iter().chain(parted);
        let words = disputes.flat_map(|dispute| &dispute.words);
        for word in words {
            found.push(word.by.address.ip());
            found.extend(word.servers.iter().filter_map(|server| server.address));
        }
        let impasse = authority.impasse.iter();
        let asked = impasse.flat_map(|impasse| &impasse.servers);
        found.extend(asked.map(|answer| answer.server.address.ip()));
    }
    let zones = facts.zone.iter();
    let internal = zones.filter_map(|zone| zone.internal.as_ref());
    for zone in internal {
        found.extend(zone.servers.iter().filter_map(|server| server.address));
        found.extend(&zone.addresses);
    }
    let hosts = facts.addresses.iter().flatten();
    found.extend(hosts.flat_map(|host| &host.in_hosts_file));
    let control = facts.control.iter();
    found.extend(control.filter_map(|control| control.address.map(|at| at.ip())));
    let endpoints = facts.endpoints.iter().flatten();
    found.extend(endpoints.flat_map(|endpoint| {
        let compared = endpoint.compared.iter().map(|compared| compared.address);
        compared.chain([endpoint.address]).map(|at| at.ip())
    }));
    let servers = facts.renewal.iter().flat_map(|renewal| &renewal.servers);
    let visits = servers.flat_map(|server| &server.visits);
    found.extend(visits.map(|visit| visit.address.ip()));
    let calls = facts.calls.iter().flat_map(|calls| &calls.calls);
    found.extend(calls.map(|call| call.from.ip()));
}

/// The names of resolvers that lead into the local network, with their stand-ins.
fn local_resolvers(all: &[&Facts], stand_ins: &Addresses) -> Vec<(String, String)> {
    let mut names: Vec<(String, String)> = Vec::new();
    let lookups: Vec<_> = all.iter().flat_map(|facts| facts.lookups()).collect();
    for answer in lookups.iter().flat_map(|lookup| &lookup.answers) {
        let (name, address) = match &answer.view {
            View::System | View::Resolver(_) | View::ZoneFile => continue,
            View::Tls { address, name, .. } => (name.as_ref(), Some(*address)),
            View::Https { host, .. } => (Some(host), answer.server.map(|server| server.ip())),
        };
        let stand_in = address.and_then(|address| stand_ins.get(&address));
        if let (Some(name), Some(stand_in)) = (name, stand_in)
            && names.iter().all(|(listed, _)| listed != name)
        {
            names.push((name.clone(), stand_in.to_string()));
        }
    }
    names
}

fn rename_resolvers(value: &mut Value, names: &[(String, String)]) {
    match value {
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| rename_resolvers(value, names)),
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                match value {
                    Value::Object(view) if key == "view" => {
                        let parts = view.values_mut().filter_map(Value::as_object_mut);
                        for part in parts.flat_map(serde_json::Map::values_mut) {
                            let local = names.iter().find(|(name, _)| part == name.as_str());
                            if let Some((_, stand_in)) = local {
                                *part = stand_in.as_str().into();
                            }
                        }
                    }
                    value => rename_resolvers(value, names),
                }
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The networks for examples (RFC 5737, RFC 3849).
fn documentation_v4() -> impl Iterator<Item = IpAddr> {
    [[192, 0, 2], [198, 51, 100], [203, 0, 113]]
        .into_iter()
        .flat_map(|[a, b, c]| (1..=254).map(move |d| Ipv4Addr::new(a, b, c, d).into()))
}

fn documentation_v6() -> impl Iterator<Item = IpAddr> {
    (1..=u16::MAX).map(|host| Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, host).into())
}

/// Replaces every string that is such a name or address, every word of it that is one, and leaves out
/// which server answered for this machine's own resolvers.
fn replace(value: &mut Value, stand_ins: &StandIns<'_>) {
    match value {
        Value::String(text) => {
            if let Some(other) = words::without_local(text, stand_ins) {
                *text = other;
            }
        }
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| replace(value, stand_ins)),
        Value::Object(fields) => {
            if fields.get("view").is_some_and(|view| view == "system") {
                fields.insert("server".to_owned(), Value::Null);
            }
            for (key, value) in fields.iter_mut() {
                if NAMES.contains(&key.as_str()) {
                    rename(value, stand_ins.names);
                }
                replace(value, stand_ins);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Replaces names where nothing but a name can stand. One without a dot would look like any word
/// elsewhere.
fn rename(value: &mut Value, names: &Names) {
    match value {
        Value::String(name) => {
            if let Some(stand_in) = names.find(name) {
                *name = stand_in.to_owned();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| rename(value, names)),
        Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::names::Domain;

    fn terms() -> Terms {
        let domain = Domain::parse("zahnfee.de").expect("a domain");
        Terms::new(domain, time::OffsetDateTime::UNIX_EPOCH)
    }

    fn redact_one(facts: &Facts) -> Facts {
        let redacted = redact(&[facts], &terms()).into_iter().next();
        redacted.expect("as many as there were")
    }

    /// However that is found out.
    fn holds(facts: &Facts) -> bool {
        let check = SavedCheck {
            input: "zahnfee.de".to_owned(),
            labels: Labels::default(),
            terms: terms(),
            elapsed_us: 0,
            redacted: false,
            place: None,
            beside: Vec::new(),
            facts: facts.clone(),
        };
        let holds = redact_one(facts) != *facts;
        assert_eq!(holds_local(&check), holds);
        holds
    }

    /// Facts with one A lookup, answered so by this machine's resolvers and one that was given.
    fn facts(authority: &Value) -> Facts {
        let nothing = json!({"name": "zahnfee.de", "record": "MX", "answers": []});
        let says = |address: &str| json!({"records": {"aliases": [], "records": [{"ttl": 60, "data": {"address": address}}]}});
        let a = json!({
            "name": "xphone.zahnfee.de", "record": "A", "authority": authority,
            "answers": [
                {"view": "system", "server": "9.9.9.9:53", "outcome": says("10.0.0.5"), "elapsed_us": 1},
                {"view": {"resolver": "192.168.1.1:53"}, "server": "192.168.1.1:53",
                 "outcome": says("81.2.3.4"), "elapsed_us": 1},
                {"view": {"resolver": "1.1.1.1:53"}, "server": "1.1.1.1:53",
                 "outcome": says("81.2.3.4"), "elapsed_us": 1},
            ],
        });
        let endpoint = |published: &str, address: &str| {
            json!({"fqdn": "xphone.zahnfee.de", "published": published, "address": address,
                   "tcp": "refused", "tls": null, "sip": null})
        };
        let facts = json!({
            "zone": {"soa": nothing, "mx": nothing},
            "srv": null,
            "addresses": [{"fqdn": "xphone.zahnfee.de", "a": a, "aaaa": nothing}],
            "endpoints": [endpoint("10.0.0.5", "10.0.0.5:5061"), endpoint("81.2.3.4", "[fd00::5]:5061")],
            "control": {"host": "sbc.intern.example", "address": "10.0.0.9:5061", "tcp": "refused"},
        });
        serde_json::from_value(facts).expect("facts")
    }

    #[test]
    fn what_is_local_is_left_out_and_the_rest_stays() {
        let authority = json!([{
            "server": {"name": "10.0.0.53", "address": "10.0.0.53:53"}, "elapsed_us": 1,
            "outcome": {"records": {"aliases": [], "records": [{"ttl": 60, "data": {"address": "81.2.3.4"}}]}},
        }]);
        let facts = facts(&authority);
        let redacted = redact_one(&facts);
        let text = serde_json::to_string(&redacted).expect("facts are JSON");
        for local in ["9.9.9.9", "192.168.", "10.0.0.", "fd00", "intern"] {
            assert!(!text.contains(local), "{local} in {text}");
        }
        for public in ["1.1.1.1:53", "81.2.3.4", "xphone.zahnfee.de"] {
            assert!(text.contains(public), "{public} not in {text}");
        }
        for (before, after) in facts
            .endpoints
            .iter()
            .flatten()
            .zip(redacted.endpoints.iter().flatten())
        {
            assert_eq!(before.is_redirected(), after.is_redirected());
            assert_eq!(before.address.is_ipv4(), after.address.is_ipv4());
        }
        assert!(holds(&facts));
        assert_eq!(redact_one(&redacted), redacted, "twice is as once");
        assert!(!holds(&redacted));
    }

    /// Where a name leads into the own network, it says as much as the address.
    #[test]
    fn the_names_of_local_resolvers_are_left_out() {
        let answer = |view: Value, server: Value| json!({"view": view, "server": server, "outcome": {"unanswered": "timed-out"}, "elapsed_us": 1});
        let https =
            |host: &str| json!({"https": {"host": host, "port": null, "path": "/dns-query"}});
        let tls = |address: &str, name: &str| json!({"tls": {"address": address, "port": null, "name": name}});
        let lookup = json!({"name": "zahnfee.de", "record": "MX", "answers": [
            answer(https("doh.intern.example"), Value::Null),
            answer(https("doh.intern.example"), json!("10.0.0.7:443")),
            answer(https("10.0.0.8"), json!("10.0.0.8:443")),
            answer(tls("10.0.0.9", "dot.intern.example"), json!("10.0.0.9:853")),
            answer(https("dns.quad9.net"), json!("9.9.9.9:443")),
            answer(tls("1.1.1.1", "one.one.one.one"), json!("1.1.1.1:853")),
        ]});
        let facts = json!({"zone": {"soa": lookup, "mx": lookup}, "srv": null, "addresses": [], "endpoints": []});
        let facts: Facts = serde_json::from_value(facts).expect("facts");
        let redacted = redact_one(&facts);
        let text = serde_json::to_string(&redacted).expect("facts are JSON");
        assert!(
            !text.contains("intern") && !text.contains("10.0.0."),
            "{text}"
        );
        for public in ["dns.quad9.net", "9.9.9.9", "1.1.1.1", "one.one.one.one"] {
            assert!(text.contains(public), "{public} not in {text}");
        }
        assert_eq!(redact_one(&redacted), redacted, "twice is as once");
    }

    /// A private address in public DNS is the very thing to fix.
    #[test]
    fn what_counts_as_published_stays() {
        let redacted = redact_one(&facts(&json!([])));
        let text = serde_json::to_string(&redacted).expect("facts are JSON");
        assert!(
            text.contains("10.0.0.5") && !text.contains("192.168."),
            "{text}"
        );
    }
}
