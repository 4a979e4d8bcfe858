//! Step 1, the XPhone domain: does it exist in public DNS, and can anybody ask about it?

use super::lookup_failure;
use crate::catalogue::{Finding, Judged, Note, rules};
use crate::facts::{
    AddressFacts, Data, DnsOutcome, Lookup, NameServer, ServerAnswer, SrvFacts, ZoneFacts,
};
use crate::plan::Terms;

rules! {
    DOMAIN_NOT_FOUND = "domain-not-found", Fail, [XphoneAdmin, DnsAdmin], [LookupDomain];
    DOMAIN_DNS_BROKEN = "domain-dns-broken", Fail, [DnsAdmin], [LookupDomain];
    DOMAIN_DNSSEC_BOGUS = "domain-dnssec-bogus", Fail, [DnsAdmin], [LookupDomain];
    DOMAIN_SERVERS_DISAGREE = "domain-servers-disagree", Warn, [DnsAdmin], [LookupSrv];
    DOMAIN_NO_MAIL = "domain-no-mail", Info, [XphoneAdmin], [LookupMail];
    DOMAIN_LOOKUP_FAILED = "domain-lookup-failed", Unknown, [DnsAdmin], [LookupDomain];
    AUTHORITY_UNREACHABLE = "authority-unreachable", Info, [Network], [LookupDomain];
    DNS_UNREACHABLE = "dns-unreachable", Unknown, [Network], [LookupDomain];
}

pub(crate) fn judge(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
    terms: &Terms,
) -> Judged {
    if is_missing(zone, srv, addresses, terms) {
        let finding = Finding::new(&DOMAIN_NOT_FOUND).with("domain", terms.domain.as_str());
        return Judged::new(Note::new("seen-domain-missing"), vec![finding]);
    }
    let mut findings: Vec<Finding> = judge_signatures(zone, srv, addresses).into_iter().collect();
    // Whatever answers below the domain proves that it exists, even where its own SOA fails.
    let exists = zone.soa.judged().is_conclusive() || srv.lookup.judged().is_conclusive();
    if !exists && let Some(failure) = lookup_failure(&zone.soa) {
        // One cause is enough: broken signatures and broken servers are why the look-up fails.
        findings.extend(judge_servers(zone).or(findings.is_empty().then_some(failure)));
        return Judged::new(Note::new("seen-nothing"), findings);
    }
    findings.extend(judge_agreement(srv, addresses));
    findings.extend(judge_reach(zone));
    let mail = mail_servers(zone);
    // A null MX (RFC 7505) says "no mail" as plainly as no MX does.
    let none = mail.is_empty() && zone.mx.judged().is_conclusive();
    if none {
        findings.push(Finding::new(&DOMAIN_NO_MAIL).with("domain", terms.domain.as_str()));
    }
    Judged::new(Note::new("seen-domain").with("mail", mail), findings)
}

/// All look-ups of a check.
fn lookups<'a>(
    zone: &'a ZoneFacts,
    srv: &'a SrvFacts,
    addresses: &'a [AddressFacts],
) -> impl Iterator<Item = &'a Lookup> {
    let hosts = addresses.iter().flat_map(|host| [&host.a, &host.aaaa]);
    [&zone.soa, &zone.mx, &srv.lookup].into_iter().chain(hosts)
}

/// Validating resolvers refuse the zone: they say so (RFC 8914), or answer only when told not to
/// check. Certification authorities refuse it, too.
fn judge_signatures(
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
) -> Option<Finding> {
    let answers = lookups(zone, srv, addresses).flat_map(|lookup| {
        lookup
            .answers
            .iter()
            .map(move |answer| (lookup, &answer.outcome))
    });
    for (lookup, outcome) in answers {
        let DnsOutcome::Failed {
            extended,
            answers_unchecked,
            ..
        } = outcome
        else {
            continue;
        };
        let blames = |(code, _): &&(u16, String)| DNSSEC_ERRORS.contains(code);
        if *answers_unchecked || extended.iter().any(|error| blames(&error)) {
            let reasons: Vec<String> = extended.iter().filter(blames).map(named_error).collect();
            let finding = Finding::new(&DOMAIN_DNSSEC_BOGUS).with("name", lookup.name.as_str());
            return Some(
                finding
                    .with("record", lookup.record.name())
                    .with("reasons", reasons),
            );
        }
    }
    None
}

/// Bogus, signature expired, not yet valid, DNSKEY missing, RRSIGs missing, NSEC missing.
const DNSSEC_ERRORS: [u16; 6] = [6, 7, 8, 9, 10, 12];

/// Every server of the zone answers that it cannot or will not. A failure seen only by us, while a
/// resolver answers, is something on our way to them.
fn judge_servers(zone: &ZoneFacts) -> Option<Finding> {
    let answers = &zone.soa.authority;
    let failed = |answer: &ServerAnswer| match &answer.outcome {
        DnsOutcome::Failed {
            rcode, extended, ..
        } => {
            let mut said = vec![rcode.clone()];
            said.extend(extended.iter().map(named_error));
            Some(format!("{}: {}", server_name(answer), said.join(", ")))
        }
        _ => None,
    };
    let servers: Option<Vec<String>> = answers.iter().map(failed).collect();
    let servers = servers.filter(|servers| !servers.is_empty())?;
    Some(Finding::new(&DOMAIN_DNS_BROKEN).with("servers", servers))
}

fn server_name(answer: &ServerAnswer) -> String {
    let NameServer { name, address } = &answer.server;
    if *name == address.ip().to_string() {
        address.to_string()
    } else {
        format!("{name} ({address})")
    }
}

fn named_error((code, text): &(u16, String)) -> String {
    if text.is_empty() {
        format!("EDE {code}")
    } else {
        format!("{text} (EDE {code})")
    }
}

/// The zone's servers publish different SRV records or addresses: partners get now this, now that.
fn judge_agreement(srv: &SrvFacts, addresses: &[AddressFacts]) -> Vec<Finding> {
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
        if others
            .iter()
            .all(|other| other.outcome.agrees_with(&first.outcome))
        {
            continue;
        }
        let answers: Vec<String> = said.iter().map(|answer| who_said_what(answer)).collect();
        findings.push(
            Finding::new(&DOMAIN_SERVERS_DISAGREE)
                .with("name", lookup.name.as_str())
                .with("record", lookup.record.name())
                .with("answers", answers),
        );
    }
    findings
}

fn who_said_what(answer: &ServerAnswer) -> String {
    let records: Vec<String> = answer
        .outcome
        .records()
        .iter()
        .map(|record| record.data.to_string())
        .collect();
    let said = if records.is_empty() {
        "-".to_owned()
    } else {
        records.join(" + ")
    };
    format!("{} → {said}", server_name(answer))
}

/// The zone's servers are known, and none of them gave a usable answer to us.
fn judge_reach(zone: &ZoneFacts) -> Option<Finding> {
    let authority = zone.authority.as_ref()?;
    let silent = !zone
        .soa
        .authority
        .iter()
        .any(|answer| answer.outcome.is_conclusive());
    let known = authority.left_out > 0 || !authority.servers.is_empty();
    let servers: Vec<String> = zone.soa.authority.iter().map(server_name).collect();
    (known && silent).then(|| {
        Finding::new(&AUTHORITY_UNREACHABLE)
            .with("apex", authority.apex.as_str())
            .with("servers", servers)
    })
}

/// NXDOMAIN for the domain is not enough: some servers deny an empty name above existing ones.
fn is_missing(zone: &ZoneFacts, srv: &SrvFacts, addresses: &[AddressFacts], terms: &Terms) -> bool {
    let denied = |outcome: &DnsOutcome| matches!(outcome, DnsOutcome::NoName { .. });
    let fqdn_denied = terms.fqdn.as_ref().is_none_or(|fqdn| {
        let own = addresses.iter().find(|address| address.fqdn == *fqdn);
        fqdn.labels_below(&terms.domain).is_none()
            || own.is_none_or(|address| denied(address.a.judged()))
    });
    denied(zone.soa.judged()) && denied(srv.lookup.judged()) && fqdn_denied
}

fn mail_servers(zone: &ZoneFacts) -> Vec<String> {
    let mut servers: Vec<(u16, &str)> = zone
        .mx
        .records()
        .iter()
        .filter_map(|record| match &record.data {
            Data::Mx(preference, exchange) if exchange != "." => {
                Some((*preference, exchange.as_str()))
            }
            _ => None,
        })
        .collect();
    servers.sort_unstable();
    servers
        .into_iter()
        .map(|(_, exchange)| exchange.to_owned())
        .collect()
}
