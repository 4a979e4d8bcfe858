//! Step 1, the XPhone domain: does it exist in public DNS, and can anybody ask about it?

mod above;
mod aliases;
mod altered;
mod by_source;
mod clock;
mod edns;
mod failing;
mod gets_nothing;
mod impasse;
mod ipv6_only;
mod lookup;
mod lost;
mod pace;
mod passed;
mod refused;
mod signatures;
mod standing;
mod stopped;
mod unclaimed;
mod witness;

use crate::facts::{
    AddressFacts, DnsOutcome, Lookup, NameServer, RecordType, ServerAnswer, Srv, SrvFacts,
    Standing, Target, Unanswered, Unasked, ZoneFacts,
};
use crate::model::finding::{Finding, Judged, Note, Severity, rules};
use crate::model::names::{Domain, Fqdn, SRV_PREFIX};
use crate::model::plan::{Federation, Terms};

pub(super) use above::judge_names_above;
pub(super) use aliases::judge_several_aliases;
pub(super) use lookup::lookup_failure;
pub(super) use standing::{below_cut, judge_silence, unserved};
pub(super) use witness::{contradiction, denied, doubtful, false_denial, unknown_type};

rules! {
    DOMAIN_NOT_FOUND = "domain-not-found", Fail, [XphoneAdmin, DnsAdmin] (as partner: XphoneAdmin, Partner), [LookupDomain];
    DOMAIN_DNS_BROKEN = "domain-dns-broken", Fail, [DnsAdmin], [AskServers];
    DOMAIN_DNSSEC_BOGUS = "domain-dnssec-bogus", Fail, [DnsAdmin], [LookupDomain];
    DOMAIN_DNSSEC_EXPIRING = "domain-dnssec-expiring", Warn (as partner: Info), [DnsAdmin], [LookupDomain];
    DOMAIN_SERVERS_DISAGREE = "domain-servers-disagree", Warn, [DnsAdmin], [AskServers];
    DOMAIN_DELEGATION_DIFFERS = "domain-delegation-differs", Warn (as partner: Info), [DnsAdmin], [AskServers];
    DOMAIN_SERVERS_LOST = "domain-servers-lost", Fail, [DnsAdmin], [AskServers];
    DOMAIN_DELEGATION_LACKS = "domain-delegation-lacks", Fail, [DnsAdmin], [AskServers];
    DOMAIN_IS_A_HOST = "domain-is-a-host", Warn, [XphoneAdmin] (as partner: XphoneAdmin), [LookupName];
    DOMAIN_ABOVE_HAS_RECORD = "domain-above-has-record", Warn, [XphoneAdmin] (as partner: XphoneAdmin, Partner), [LookupName];
    DOMAIN_MICROSOFT_TENANT = "domain-microsoft-tenant", Warn (as partner: Info), [XphoneAdmin], [LookupMail, LookupTexts];
    DOMAIN_NO_MAIL = "domain-no-mail", Info, [XphoneAdmin], [LookupMail];
    DOMAIN_WILDCARD_DNS = "domain-wildcard-dns", Info, [DnsAdmin], [LookupName];
    DOMAIN_LOOKUP_FAILED = "domain-lookup-failed", Unknown, [DnsAdmin], [LookupDomain];
    DOMAIN_INTERNAL_VIEW = "domain-internal-view", Unknown, [Network], [LookupDomain];
    DELEGATION_UNANSWERED = "delegation-unanswered", Unknown, [DnsAdmin], [AskServers];
    AUTHORITY_FAILS = "authority-fails", Fail, [DnsAdmin], [AskServers];
    AUTHORITY_FAILS_ABOVE = "authority-fails-above", Warn (as partner: Info), [DnsAdmin], [AskServers];
    AUTHORITY_PARTLY_FAILS = "authority-partly-fails", Warn (as partner: Info), [DnsAdmin], [AskServers];
    AUTHORITY_PARTLY_SILENT = "authority-partly-silent", Info, [DnsAdmin], [AskServers];
    AUTHORITY_WITHOUT_AA = "authority-without-aa", Info, [DnsAdmin], [AskServers];
    AUTHORITY_REJECTS_EDNS = "authority-rejects-edns", Warn (as partner: Info), [DnsAdmin], [AskServers];
    AUTHORITY_HANDED_ON = "authority-handed-on", Fail, [DnsAdmin], [LookupName];
    AUTHORITY_LOST = "authority-lost", Fail, [DnsAdmin], [AskServers];
    AUTHORITY_PARTLY_LOST = "authority-partly-lost", Warn (as partner: Info), [DnsAdmin], [AskServers];
    AUTHORITY_NAME_IS_ALIAS = "authority-name-is-alias", Warn (as partner: Info), [DnsAdmin], [LookupName];
    AUTHORITY_SEVERAL_ALIASES = "authority-several-aliases", Warn (as partner: Info), [DnsAdmin], [LookupName, AskServers];
    AUTHORITY_ALIAS_CHAIN = "authority-alias-chain", Fail, [DnsAdmin], [LookupName, AskServers];
    AUTHORITY_IPV6_ONLY = "authority-ipv6-only", Warn (as partner: Info), [DnsAdmin], [LookupName];
    AUTHORITY_FALSE_DENIAL = "authority-false-denial", Warn (as partner: Info), [DnsAdmin], [AskServers];
    AUTHORITY_UNREACHABLE = "authority-unreachable", Info, [Network] (as partner: Network), [AskServers];
    RESOLVERS_ALL_STOPPED = "resolvers-all-stopped", Fail, [DnsAdmin], [AskServers];
    RESOLVER_DOUBTFUL = "resolver-doubtful", Unknown, [Network] (as partner: Network), [LookupName];
    RESOLVER_ASTRAY = "resolver-astray", Warn (as partner: Info), [Network] (as partner: Network), [AskServers];
    RESOLVER_MISJUDGES = "resolver-misjudges", Unknown, [Network] (as partner: Network), [LookupName];
    SERVERS_ANSWER_BY_SOURCE = "servers-answer-by-source", Unknown, [DnsAdmin, Network], [LookupName];
    RESOLVER_GETS_NOTHING = "resolver-gets-nothing", Unknown, [DnsAdmin, Network], [LookupName];
    RESOLVER_HIDES_PARTNER = "resolver-hides-partner", Unknown, [Network] (as partner: Network), [LookupName];
    RESOLVERS_CONTRADICT = "resolvers-contradict", Unknown, [Network] (as partner: Network), [LookupName];
    ZONE_FILE_INCOMPLETE = "zone-file-incomplete", Unknown, [DnsAdmin], [LookupName];
    ZONE_FILE_PARTLY_REFUSED = "zone-file-partly-refused", Warn, [DnsAdmin], [];
    NETWORK_ALTERS_DNS = "network-alters-dns", Unknown, [Network] (as partner: Network), [AskServers];
    CLOCK_WRONG = "clock-wrong", Unknown, [Network] (as partner: Network), [ShowClock];
    DNS_UNREACHABLE = "dns-unreachable", Unknown, [Network], [LookupDomain];
}

pub(crate) fn judge(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
    terms: &Terms,
) -> Judged {
    let mut judged = judge_answers(zone, srv, addresses, terms);
    judged.findings.extend(refused::judge(zone));
    judged
}

fn judge_answers(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
    terms: &Terms,
) -> Judged {
    let registry = registry(zone, srv, terms);
    if registry.is_some() || is_missing(zone, srv, addresses, terms) {
        let mut findings = vec![
            Finding::new(&DOMAIN_NOT_FOUND)
                .with("domain", terms.domain.as_str())
                .with("registry", registry.unwrap_or("none"))
                .with("near", near(terms)),
        ];
        findings.extend(lost::judge_delegation(zone, srv));
        findings.extend(lost::judge_dispute(zone, srv, addresses));
        findings.extend(judge_above(srv, terms));
        return Judged::new(Note::new("seen-domain-missing"), findings);
    }
    let clock = clock::judge(zone, terms.made_at);
    let signatures = signatures::judge(zone, srv, addresses, terms);
    let mut findings: Vec<Finding> = clock.into_iter().chain(signatures).collect();
    findings.extend(altered::judge(zone, addresses, terms.made_at));
    findings.extend(lost::judge_delegation(zone, srv));
    findings.extend(lost::judge_dispute(zone, srv, addresses));
    if let Some(broken) = lost::judge_zone(zone).or_else(|| judge_servers(zone, srv, addresses)) {
        findings.push(broken);
        return Judged::new(Note::new("seen-nothing"), findings);
    }
    findings.extend(impasse::judge(zone, srv, addresses));
    // Whatever answers below the domain proves that it exists, even where its own SOA fails.
    let exists = zone.soa.answer().is_conclusive() || srv.lookup.answer().is_conclusive();
    if !exists && let Some(failure) = lookup_failure(&zone.soa) {
        // One cause is enough: broken signatures are why the look-up fails.
        let failure = judge_silent_zone(zone).unwrap_or(failure);
        findings.extend(judge_internal(zone).or(findings.is_empty().then_some(failure)));
        // It may be why.
        findings.extend(ipv6_only::judge(zone, srv, addresses));
        return Judged::new(Note::new("seen-nothing"), findings);
    }
    findings.extend(judge_internal(zone).filter(|_| zone.soa.is_from_file()));
    findings.extend(contradiction(&zone.soa));
    // A resolver that refuses something has told of the same servers.
    let is_partly = |finding: &Finding| finding.says("why", "partly");
    let is_told = findings.iter().any(is_partly);
    let lesser = signatures::judge_lesser(zone, terms).into_iter();
    findings.extend(lesser.filter(|it| !(is_told && it.says("why", "astray"))));
    findings.extend(judge_agreement(zone, srv, addresses, terms));
    findings.extend(lost::judge_beside(srv, addresses));
    findings.extend(failing::judge(zone, srv, addresses));
    findings.extend(standing::judge_silent(lookups(zone, srv, addresses)));
    let pace = pace::judge(zone, srv, addresses);
    findings.extend(pace.or_else(|| standing::judge_unheard(zone, srv, addresses)));
    findings.extend(standing::judge_unaskable(zone, srv, addresses));
    findings.extend(standing::judge_many(zone, srv, addresses));
    findings.extend(lost::judge_parted(zone, srv, addresses));
    findings.extend(lost::judge_partly(zone, srv, addresses));
    findings.extend(unclaimed::judge(zone, srv, addresses));
    findings.extend(edns::judge_edns(zone, srv, addresses));
    findings.extend(edns::judge_cookies(zone, srv, addresses));
    findings.extend(edns::judge_twice(zone, srv, addresses));
    findings.extend(edns::judge_options(zone, srv, addresses));
    findings.extend(passed::judge(zone, srv, addresses));
    findings.extend(ipv6_only::judge(zone, srv, addresses));
    findings.extend(ipv6_only::judge_silent(zone, srv, addresses));
    findings.extend(above::judge_denied(zone, srv, addresses));
    findings.extend(stopped::judge(&findings, zone, srv, addresses));
    findings.extend(standing::judge_reach(zone));
    findings.extend(judge_above(srv, terms));
    findings.extend(judge_tenant(zone, srv, terms));
    findings.extend(judge_wildcard(zone, terms));
    let mail = zone.mx.mail_servers();
    // A null MX (RFC 7505) says "no mail" as plainly as no MX does.
    if mail.is_empty() && zone.mx.answer().is_conclusive() {
        findings.push(Finding::new(&DOMAIN_NO_MAIL).with("domain", terms.domain.as_str()));
    }
    let by_source = by_source::judge(&findings, srv, addresses, terms);
    findings.extend(by_source);
    gets_nothing::add_to(&mut findings, zone, srv, addresses, terms);
    Judged::new(Note::new("seen-domain").with("mail", mail), findings)
}

/// The look-ups that every check makes.
fn lookups<'a>(
    zone: &'a ZoneFacts,
    srv: &'a SrvFacts,
    addresses: &'a [AddressFacts],
) -> impl Iterator<Item = &'a Lookup> {
    let hosts = addresses.iter().flat_map(|host| [&host.a, &host.aaaa]);
    [&zone.soa, &zone.mx, &srv.lookup].into_iter().chain(hosts)
}

/// Those of them without which nobody finds the server.
fn essential<'a>(
    zone: &'a ZoneFacts,
    srv: &'a SrvFacts,
    addresses: &'a [AddressFacts],
) -> impl Iterator<Item = &'a Lookup> {
    let hosts = addresses.iter().map(|host| &host.a);
    [&zone.soa, &srv.lookup].into_iter().chain(hosts)
}

/// Every server of the zone answers that it cannot or will not, whatever it is asked for; a resolver
/// may remember better days.
fn judge_servers(zone: &ZoneFacts, srv: &SrvFacts, addresses: &[AddressFacts]) -> Option<Finding> {
    let Standing::Refused(answers) = zone.soa.standing() else {
        return None;
    };
    let hosts = addresses.iter().flat_map(|host| [&host.a, &host.aaaa]);
    let mut others = [&srv.lookup].into_iter().chain(hosts);
    if others.any(|lookup| matches!(lookup.standing(), Standing::Published(_))) {
        return None;
    }
    let broken = Finding::new(&DOMAIN_DNS_BROKEN);
    Some(standing::refused(broken, &zone.soa, answers))
}

/// The views keep silent for this domain only: it is not the way to them that is closed.
fn judge_silent_zone(zone: &ZoneFacts) -> Option<Finding> {
    let above = zone.answered_above.as_ref()?;
    let is_silent = matches!(
        zone.soa.answer(),
        DnsOutcome::Unanswered(Unanswered::TimedOut)
    );
    (is_silent && !zone.soa.given).then(|| {
        Finding::new(&DOMAIN_LOOKUP_FAILED)
            .with("name", zone.soa.name.as_str())
            .with("record", zone.soa.record.name())
            .with("rcode", "silence")
            .with("said", "code")
            .with("limit", standing::LONGEST_ALIAS)
            .with("view", "none")
            .with("reasons", Vec::<String>::new())
            .with("top", above.as_str())
    })
}

/// What answers is a zone of the same name in somebody's own network. No partner can have asked
/// there, so nothing of it says anything of public DNS.
fn judge_internal(zone: &ZoneFacts) -> Option<Finding> {
    let internal = zone.internal.as_ref()?;
    let servers = internal.servers.iter().map(unasked_name);
    let addresses = internal.addresses.iter().map(ToString::to_string);
    let views = internal.views.iter().map(ToString::to_string);
    let is_file = zone.soa.is_from_file();
    Some(
        Finding::new(&DOMAIN_INTERNAL_VIEW)
            .with("name", internal.apex.as_str())
            .with("servers", servers.collect::<Vec<_>>())
            .with("addresses", addresses.collect::<Vec<_>>())
            .with("marked", if is_file { "file" } else { "no" })
            .with("views", views.collect::<Vec<_>>()),
    )
}

/// Adds what a command needs to put the same question to these servers.
fn asking<'a>(
    finding: Finding,
    lookup: &Lookup,
    servers: impl IntoIterator<Item = &'a ServerAnswer>,
) -> Finding {
    asking_for(finding, (&lookup.name, lookup.record), servers)
}

/// The same for another name than the one that was looked up.
fn asking_for<'a>(
    finding: Finding,
    (name, record): (&str, RecordType),
    servers: impl IntoIterator<Item = &'a ServerAnswer>,
) -> Finding {
    let addresses = servers.into_iter().map(|answer| {
        let server = answer.led_by.as_ref().unwrap_or(&answer.server);
        server.address.to_string()
    });
    finding
        .with("name", name)
        .with("record", record.name())
        .with("asked", addresses.collect::<Vec<_>>())
}

fn server_name(answer: &ServerAnswer) -> String {
    name_of(&answer.server)
}

fn unasked_name(unasked: &Unasked) -> String {
    unasked.to_string()
}

fn name_of(server: &NameServer) -> String {
    let NameServer { name, address, .. } = server;
    if *name == address.ip().to_string() {
        address.to_string()
    } else {
        format!("{name} ({address})")
    }
}

/// The zone's servers publish different SRV records or addresses, so that partners get now the one,
/// now the other.
fn judge_agreement(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
    terms: &Terms,
) -> Vec<Finding> {
    let hosts = addresses.iter().flat_map(|host| [&host.a, &host.aaaa]);
    let mut findings = Vec::new();
    for lookup in [&srv.lookup].into_iter().chain(hosts) {
        let said: Vec<&ServerAnswer> = lookup
            .authority
            .iter()
            .filter(|answer| answer.outcome.is_conclusive())
            .collect();
        let Some((first, others)) = said.split_first() else {
            continue;
        };
        if !lookup.beside().is_empty() {
            continue;
        }
        let differs = |other: &&&ServerAnswer| {
            let (other, first) = (&other.outcome, &first.outcome);
            !other.agrees_with(first) || other.aliases().is_empty() != first.aliases().is_empty()
        };
        let Some(other) = others.iter().find(differs) else {
            continue;
        };
        let mut answers: Vec<String> = said.iter().map(|answer| who_said_what(answer)).collect();
        answers.dedup();
        // Different addresses may be meant: load is spread so.
        let spread = !said
            .iter()
            .any(|answer| answer.outcome.records().is_empty())
            && [RecordType::A, RecordType::Aaaa].contains(&lookup.record);
        let apex = parted_in(zone, lookup).unwrap_or(terms.domain.as_str());
        let finding = Finding::new(&DOMAIN_SERVERS_DISAGREE)
            .with("zone", apex)
            .with("answers", answers)
            .with("spread", if spread { "yes" } else { "no" });
        findings.push(asking(finding, lookup, both(first, other)));
    }
    findings
}

/// Two answers, or one where the same server gives both by turns.
fn both<'a>(first: &'a ServerAnswer, other: &'a ServerAnswer) -> Vec<&'a ServerAnswer> {
    if first.server == other.server && first.led_by == other.led_by {
        vec![first]
    } else {
        vec![first, other]
    }
}

fn who_said_what(answer: &ServerAnswer) -> String {
    let records = answer.outcome.records().iter();
    let records: Vec<String> = records.map(|record| record.data.to_string()).collect();
    let said = match records.as_slice() {
        [] => "-".to_owned(),
        records => records.join(" + "),
    };
    let who = match &answer.led_by {
        Some(server) => name_of(server),
        None => server_name(answer),
    };
    let aliases = answer.outcome.aliases().iter();
    let way = aliases.map(|alias| format!("CNAME {}. → ", alias.target));
    format!("{who} → {}{said}", way.collect::<String>())
}

/// The zone whose servers do not say the same: that of whoever led some of the answers astray, else the last one
/// that the question was handed on to.
fn parted_in<'a>(zone: &'a ZoneFacts, lookup: &'a Lookup) -> Option<&'a str> {
    let handed = lookup.handovers.iter();
    let handed = handed.filter_map(|handover| handover.to.as_ref());
    let mut zones = zone.authority.iter().chain(handed);
    let mut answers = lookup.authority.iter();
    let leading = answers.find_map(|answer| answer.led_by.as_ref());
    let parted = match leading {
        Some(leading) => zones.find(|zone| zone.servers.contains(leading)),
        None => zones.next_back(),
    };
    parted.map(|zone| zone.apex.as_str())
}

/// NXDOMAIN for the domain is not enough: some servers deny an empty name above existing ones.
fn is_missing(zone: &ZoneFacts, srv: &SrvFacts, addresses: &[AddressFacts], terms: &Terms) -> bool {
    let denied = |outcome: &DnsOutcome| matches!(outcome, DnsOutcome::NoName { .. });
    let fqdn_denied = terms.fqdn.as_ref().is_none_or(|fqdn| {
        let host = addresses.iter().find(|host| host.fqdn == *fqdn);
        fqdn.labels_below(&terms.domain).is_none()
            || host.is_none_or(|host| denied(host.a.answer()))
    });
    let nothing_near = srv.misplaced(terms).is_empty();
    denied(zone.soa.answer()) && denied(srv.lookup.answer()) && fqdn_denied && nothing_near
}

/// The top-level domain, where it hands the domain on to nobody, and has something for it all the same: some have a
/// wildcard for all that is not registered. Nobody can enter anything there.
fn registry<'a>(zone: &'a ZoneFacts, srv: &SrvFacts, terms: &Terms) -> Option<&'a str> {
    let top = zone.authority.as_ref().filter(|it| !it.given)?;
    let is_top = !top.apex.contains('.') && terms.domain.as_str() != top.apex;
    let denied = |lookup: &Lookup| lookup.published().is_some_and(DnsOutcome::is_no);
    let are_denied = denied(&zone.soa) && denied(&srv.lookup);
    let is_led_on = !zone.soa.handovers.is_empty() || !srv.lookup.handovers.is_empty();
    (is_top && are_denied && !is_led_on).then_some(top.apex.as_str())
}

/// The domain that the given FQDN lies in, where it is another one than was given.
fn near(terms: &Terms) -> Vec<String> {
    let fqdn = terms.fqdn.as_ref();
    let foreign = fqdn.filter(|fqdn| fqdn.labels_below(&terms.domain).is_none());
    let domain = foreign.and_then(|fqdn| Domain::parse(fqdn.as_str()).ok()?.parent());
    domain.iter().map(Domain::to_string).collect()
}

/// The record is missing, and a domain above has one. Either it names this very domain, so that the
/// server's name was typed instead of the domain; or it may be that domain which was meant.
fn judge_above(srv: &SrvFacts, terms: &Terms) -> Option<Finding> {
    let near_misses = srv.near_misses.as_ref()?;
    let above = near_misses.above(terms);
    let target = |record: &Srv| Target::parse(&record.target, &terms.domain);
    let is_itself = |record: &Srv| {
        let names_it = |fqdn: &Fqdn| fqdn.as_str() == terms.domain.as_str();
        target(record).meant().is_some_and(names_it)
    };
    let itself = above.iter().find(|(_, record)| is_itself(record));
    let (rule, (lookup, record)) = match itself {
        Some(found) => (&DOMAIN_IS_A_HOST, found),
        // Whoever has put a record near its place means this domain; and beside a domain that is
        // Microsoft's, one for XPhone is as it should be (guide, chapter 10, variant 3).
        None if terms.federation == Federation::Direct => return None,
        None if srv.misplaced(terms).is_empty() => {
            let other = above.iter().find(|(_, record)| target(record).is_host());
            (&DOMAIN_ABOVE_HAS_RECORD, other?)
        }
        None => return None,
    };
    let parent = lookup.name.strip_prefix(SRV_PREFIX).unwrap_or(&lookup.name);
    let finding = Finding::new(rule)
        .with("parent", parent)
        .with("name", lookup.name.as_str())
        .with("record", lookup.record.name());
    let finding = finding.with("found", record.to_string());
    // Partners who enter it by hand are told a domain in which nobody has an address. No missing
    // record says so.
    Some(if terms.federation == Federation::Direct {
        finding.weighing(Severity::Fail)
    } else {
        finding
    })
}

/// A Microsoft 365 tenant holds the domain while its SRV record leads elsewhere: other tenants go
/// by Microsoft's own list of domains, not by the record (guide, chapter 10, variant 2).
fn judge_tenant(zone: &ZoneFacts, srv: &SrvFacts, terms: &Terms) -> Option<Finding> {
    let targets: Vec<Target> = srv
        .lookup
        .srv()
        .map(|record| Target::parse(&record.target, &terms.domain))
        .collect();
    let traces = zone.microsoft_traces();
    let shadowed = terms.federation == Federation::Open
        && targets.iter().any(Target::is_host)
        && !targets.iter().any(Target::is_microsoft)
        && !traces.is_empty();
    shadowed.then(|| Finding::new(&DOMAIN_MICROSOFT_TENANT).with("traces", traces))
}

/// A random name below the domain has an answer.
fn judge_wildcard(zone: &ZoneFacts, terms: &Terms) -> Option<Finding> {
    let lookup = zone.wildcard.as_ref()?;
    let answer: Vec<String> = match lookup.aliases().first() {
        Some(alias) => vec![format!("CNAME {}", alias.target)],
        None => lookup
            .addresses()
            .map(|address| address.to_string())
            .collect(),
    };
    (!answer.is_empty()).then(|| {
        Finding::new(&DOMAIN_WILDCARD_DNS)
            .with("domain", terms.domain.as_str())
            .with("name", lookup.name.as_str())
            .with("record", lookup.record.name())
            .with("answer", answer)
    })
}
