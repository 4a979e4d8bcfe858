//! Names that nobody sees but this machine's own network, and what stands in for them.
//!
//! A name is public when a public view, a server of the zone or a certificate shows it, when the
//! user gave it, or when it lies above such a name. Of any other, the part that is not public gets
//! other labels, always the same ones for the same labels: what lies where and how many labels it
//! has is judged, and stays.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use super::is_local;
use crate::facts::{
    AuthorityFacts, Data, Der, DnsOutcome, Facts, Lookup, NameServer, ServerAnswer, Target,
    ViewAnswer, is_within, near_misses,
};
use crate::known::{inside, microsoft};
use crate::model::names::{Domain, Fqdn};
use crate::model::plan::{Terms, View};
use crate::pki::x509::Certificate;

/// What stands in for an address in the place of a name.
const ADDRESS: &str = "192.0.2.1";

/// What stands in for a label, before a number.
const STAND_IN: &str = "local-";

/// Local names with their stand-ins, in lower case and without the final dot.
pub(super) struct Names(HashMap<String, String>);

impl Names {
    /// The local names in these facts. What is public in some of them is so in all.
    pub(super) fn of(all: &[&Facts], terms: &Terms) -> Self {
        let public = Public::of(all, terms);
        let mut labels = Labels::default();
        let found: Vec<String> = all.iter().flat_map(|facts| shown(facts)).collect();
        for name in &found {
            labels.reserve(name);
        }
        let mut names: HashMap<String, String> = HashMap::new();
        for name in found {
            if !names.contains_key(&name)
                && let Some(stand_in) = labels.stand_in(&name, &public)
            {
                names.insert(name, stand_in);
            }
        }
        Self(names)
    }

    /// What stands in for this name, if it is local.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        self.0.get(&plain(name)).map(String::as_str)
    }
}

/// Whether this answer shows what the internet sees.
pub(super) fn is_public_view(answer: &ViewAnswer) -> bool {
    let address = match &answer.view {
        // What is in it is to be published.
        View::ZoneFile => return true,
        View::System => None,
        View::Resolver(server) => Some(server.ip()),
        View::Tls { address, .. } => Some(*address),
        View::Https { .. } => answer.server.map(|server| server.ip()),
    };
    !answer.internal && address.is_some_and(|address| !is_local(address))
}

/// The same for a server of the zone.
pub(super) fn is_public_server(answer: &ServerAnswer) -> bool {
    !is_local(answer.server.address.ip())
}

/// The names that anybody can know.
struct Public {
    domain: Domain,
    names: HashSet<String>,
}

impl Public {
    fn of(all: &[&Facts], terms: &Terms) -> Self {
        let mut names: HashSet<String> = HashSet::new();
        names.insert(terms.domain.to_string());
        names.extend(terms.fqdn.iter().map(ToString::to_string));
        for facts in all {
            let callers = facts.caller.iter().flat_map(|caller| caller.parts());
            for Terms { domain, fqdn, .. } in callers.map(|part| &part.terms) {
                names.insert(domain.to_string());
                names.extend(fqdn.iter().map(ToString::to_string));
            }
            names.extend(public_in(facts));
        }
        let above: Vec<String> = names.iter().flat_map(|name| ancestors(name)).collect();
        names.extend(above);
        let mut public = Self {
            domain: terms.domain.clone(),
            names,
        };
        // Whoever sees what a form made of a name sees the name.
        let complete = |name: &String| public.doubled(name).map(|(name, _)| name.to_owned());
        let meant: Vec<String> = public.names.iter().filter_map(complete).collect();
        public.names.extend(meant);
        public
    }
    /// A complete name, and what somebody's form appended to it: a mistake with a finding of its own,
    /// which its stand-in has to show, too.
    fn doubled<'a>(&self, name: &'a str) -> Option<(&'a str, String)> {
        let owner = self.domain.srv_name();
        let mut appended = [owner.as_str()].into_iter().chain(self.domain.zones());
        appended.find_map(|end| {
            let complete = name.strip_suffix(end)?.strip_suffix('.')?;
            let mut zones = self.domain.zones();
            let edge = Fqdn::parse(complete).ok();
            let is_edge = || edge.is_some_and(|edge| microsoft::Cloud::of(&edge).is_some());
            let is_complete = zones.any(|zone| is_within(complete, zone)) || is_edge();
            is_complete.then(|| (complete, end.to_owned()))
        })
    }

    fn holds(&self, name: &str) -> bool {
        let by_wildcard = || {
            let above = name.split_once('.').map(|(_, above)| format!("*.{above}"));
            above.is_some_and(|pattern| self.names.contains(&pattern))
        };
        let at_microsoft = || {
            let fqdn = Fqdn::parse(name);
            microsoft::is_mail_server(name)
                || microsoft::is_mail_filter(name)
                || microsoft::is_service(name)
                || fqdn.is_ok_and(|fqdn| microsoft::Cloud::of(&fqdn).is_some())
        };
        self.names.contains(name) || by_wildcard() || at_microsoft()
    }
}

/// What these facts show to the internet.
fn public_in(facts: &Facts) -> HashSet<String> {
    let mut names: HashSet<String> = HashSet::new();
    let hosts = facts.addresses.iter().flatten();
    let of_hosts = hosts.flat_map(|host| [&host.a, &host.aaaa].into_iter().chain(&host.below));
    let of_hosts: HashSet<&str> = of_hosts.map(|lookup| lookup.name.as_str()).collect();
    for lookup in facts.lookups() {
        // All other questions are made of the domain alone.
        if !of_hosts.contains(lookup.name.as_str()) {
            names.insert(plain(&lookup.name));
        }
        let answers = lookup.answers.iter();
        let seen = answers.filter(|answer| is_public_view(answer));
        let servers = lookup.authority.iter();
        let asked = servers.filter(|answer| is_public_server(answer));
        names.extend(asked.clone().map(|answer| plain(&answer.server.name)));
        let outcomes = seen.map(|answer| &answer.outcome);
        for outcome in outcomes.chain(asked.map(|answer| &answer.outcome)) {
            names.extend(names_in(outcome));
            if is_there(outcome) {
                names.insert(plain(&lookup.name));
            }
        }
    }
    let authorities = authorities(facts);
    let servers = authorities.iter().flat_map(|authority| &authority.servers);
    let asked = servers.filter(|server| !is_local(server.address.ip()));
    names.extend(asked.map(|server| plain(&server.name)));
    names.extend(certified(facts));
    names
}

/// The names that the certificates in these facts are issued to, as patterns.
fn certified(facts: &Facts) -> Vec<String> {
    let mut names = Vec::new();
    for endpoint in facts.endpoints.iter().flatten() {
        // The server's own need not be the first.
        let tls = endpoint.tls.iter().flat_map(|tls| &tls.chain);
        let by_hand = endpoint.second_look.as_ref().and_then(|look| look.chain());
        let again = endpoint.again.iter().filter_map(|again| again.tls.as_ref());
        let compared = endpoint.compared.as_ref().and_then(|it| it.shown.as_ref());
        let certificates = tls
            .chain(by_hand.into_iter().flatten())
            .chain(again.flat_map(|tls| &tls.chain))
            .chain(compared.map(|shown| &shown.certificate))
            .chain(&endpoint.without_sni)
            .chain(endpoint.for_rsa.iter().flat_map(|other| &other.chain));
        names.extend(certificates.flat_map(issued_to));
    }
    let calls = facts.calls.iter().flat_map(|calls| &calls.calls);
    names.extend(calls.flat_map(|call| &call.tls.chain).flat_map(issued_to));
    names
}

/// The names that this certificate is issued to.
fn issued_to(certificate: &Der) -> Vec<String> {
    let Ok(certificate) = Certificate::parse(&certificate.0) else {
        return Vec::new();
    };
    let alternatives = certificate.names.iter().flatten();
    let names = certificate.common_names.iter().chain(alternatives);
    names.map(|name| plain(name)).collect()
}

/// Every name that is shown anywhere, in the order in which it is.
fn shown(facts: &Facts) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for lookup in facts.lookups() {
        names.push(plain(&lookup.name));
        let answers = lookup.answers.iter().map(|answer| &answer.outcome);
        let servers = lookup.authority.iter().map(|answer| &answer.outcome);
        names.extend(answers.chain(servers).flat_map(names_in));
        names.extend(lookup.authority.iter().filter_map(|one| named(&one.server)));
        names.extend(handed_on(lookup));
    }
    for authority in authorities(facts) {
        names.push(plain(&authority.apex));
        names.extend(authority.servers.iter().filter_map(named));
        names.extend(authority.unasked.iter().map(|one| plain(&one.name)));
        names.extend(authority.lost.iter().map(|one| plain(&one.zone)));
        let words = authority.dispute.iter().flat_map(|dispute| &dispute.words);
        let handed_to = words.flat_map(|word| &word.servers);
        names.extend(handed_to.map(|one| plain(&one.name)));
        names.extend(authority.aliased.iter().map(|one| plain(&one.target)));
        if let Some(impasse) = &authority.impasse {
            names.extend([plain(&impasse.zone), plain(&impasse.name)]);
            let asked = impasse.servers.iter();
            names.extend(asked.filter_map(|answer| named(&answer.server)));
        }
    }
    let internal = facts.zone.iter().filter_map(|zone| zone.internal.as_ref());
    for zone in internal {
        names.push(plain(&zone.apex));
        names.extend(zone.servers.iter().map(|one| plain(&one.name)));
    }
    let hosts = facts.addresses.iter().flatten();
    names.extend(hosts.map(|host| host.fqdn.to_string()));
    let endpoints = facts.endpoints.iter().flatten();
    names.extend(endpoints.map(|endpoint| endpoint.fqdn.to_string()));
    names.retain(|name| !name.is_empty());
    names
}

/// The name of a server; one that was given is called by its address.
fn named(server: &NameServer) -> Option<String> {
    let is_address = server.name.parse::<IpAddr>().is_ok();
    (!is_address).then(|| plain(&server.name))
}

fn handed_on(lookup: &Lookup) -> impl Iterator<Item = String> {
    let handovers = lookup.handovers.iter();
    handovers.flat_map(|handover| [plain(&handover.from), plain(&handover.at)])
}

/// The servers of every zone on the way.
pub(super) fn authorities(facts: &Facts) -> Vec<&AuthorityFacts> {
    let zone = facts.zone.iter().filter_map(|zone| zone.authority.as_ref());
    let lookups = facts.lookups().into_iter();
    let handed = lookups.flat_map(|lookup| &lookup.handovers);
    let handed = handed.filter_map(|handover| handover.to.as_ref());
    zone.chain(handed).collect()
}

fn names_in(outcome: &DnsOutcome) -> Vec<String> {
    let mut names = Vec::new();
    for alias in outcome.aliases() {
        names.extend([plain(&alias.name), plain(&alias.target)]);
        let subtree = alias.subtree.iter();
        names.extend(subtree.flat_map(|it| [plain(&it.name), plain(&it.target)]));
    }
    match outcome {
        DnsOutcome::Records { records, .. } => {
            names.extend(records.iter().filter_map(|record| match &record.data {
                Data::Srv(srv) => Some(plain(&srv.target)),
                Data::Mx(_, name) | Data::Ns(name) | Data::Soa(name, _) => Some(plain(name)),
                Data::Txt(text) => near_misses::host_in(text).map(|host| host.to_string()),
                Data::Address(_) | Data::Caa(_) => None,
            }));
        }
        DnsOutcome::NoData { zone, .. } | DnsOutcome::NoName { zone, .. } => {
            names.extend(zone.iter().map(|zone| plain(zone)));
        }
        DnsOutcome::Elsewhere { zone, servers, .. } => {
            names.extend(zone.iter().map(|zone| plain(zone)));
            names.extend(servers.iter().map(|(name, _)| plain(name)));
        }
        DnsOutcome::Failed { .. } | DnsOutcome::Unanswered(_) => {}
    }
    names
}

/// Whether this answer shows that the name exists.
fn is_there(outcome: &DnsOutcome) -> bool {
    match outcome {
        DnsOutcome::Records { .. } | DnsOutcome::NoData { .. } => true,
        DnsOutcome::NoName { .. }
        | DnsOutcome::Elsewhere { .. }
        | DnsOutcome::Failed { .. }
        | DnsOutcome::Unanswered(_) => false,
    }
}

/// In lower case, without the final dot.
fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

fn ancestors(name: &str) -> Vec<String> {
    let dots = name.match_indices('.');
    dots.map(|(at, _)| name[at + 1..].to_owned()).collect()
}

/// Labels with their stand-ins.
#[derive(Default)]
struct Labels {
    known: HashMap<String, usize>,
    /// Numbers that stand in for something already: facts may be redacted again.
    reserved: HashSet<usize>,
    last: usize,
}

impl Labels {
    fn reserve(&mut self, name: &str) {
        self.reserved.extend(name.split('.').filter_map(number));
    }

    /// What stands in for a name; `None` for one that may stay.
    fn stand_in(&mut self, name: &str, public: &Public) -> Option<String> {
        if public.holds(name) {
            return None;
        }
        // An address where a name should stand, in whatever form, stays one.
        if let Target::Address(address) = Target::parse(name, &public.domain) {
            let is_settled = !is_local(address) || name == ADDRESS;
            return (!is_settled).then(|| ADDRESS.to_owned());
        }
        if let Some((complete, appended)) = public.doubled(name) {
            let stand_in = self.stand_in(complete, public)?;
            return Some(format!("{stand_in}.{appended}"));
        }
        let labels: Vec<&str> = name.split('.').collect();
        let is_public = |start: &usize| public.holds(&labels[*start..].join("."));
        let end = (0..labels.len()).find(is_public).unwrap_or(labels.len());
        let (local, rest) = labels.split_at(end);
        let mut replaced: Vec<String> = local.iter().map(|label| self.other(label)).collect();
        replaced.extend(rest.iter().map(|label| (*label).to_owned()));
        let mut stand_in = replaced.join(".");
        // What is no host name stays none.
        if Fqdn::parse(name).is_err() && Fqdn::parse(&stand_in).is_ok() {
            replaced[0].push('_');
            stand_in = replaced.join(".");
        }
        (stand_in != name).then_some(stand_in)
    }

    fn other(&mut self, label: &str) -> String {
        let is_service = label.starts_with('_') || label.starts_with("xfed-") || label == "*";
        let is_inside = inside::is_top_level(label);
        if is_service || is_inside || label.is_empty() || number(label).is_some() {
            return label.to_owned();
        }
        let number = if let Some(number) = self.known.get(label) {
            *number
        } else {
            self.last += 1;
            while self.reserved.contains(&self.last) {
                self.last += 1;
            }
            self.known.insert(label.to_owned(), self.last);
            self.last
        };
        format!("{STAND_IN}{number}")
    }
}

/// The number of a label that stands in for another.
fn number(label: &str) -> Option<usize> {
    let number = label.strip_prefix(STAND_IN)?;
    number.strip_suffix('_').unwrap_or(number).parse().ok()
}
