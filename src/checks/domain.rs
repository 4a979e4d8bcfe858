//! Step 1, the XPhone domain: does it exist in public DNS, and can anybody ask about it?

use super::lookup_failure;
use crate::catalogue::{Finding, Judged, Note, rules};
use crate::facts::{AddressFacts, Data, DnsOutcome, SrvFacts, ZoneFacts};
use crate::plan::Terms;

rules! {
    DOMAIN_NOT_FOUND = "domain-not-found", Fail, [XphoneAdmin, DnsAdmin], [LookupDomain];
    DOMAIN_NO_MAIL = "domain-no-mail", Info, [XphoneAdmin], [LookupMail];
    DOMAIN_LOOKUP_FAILED = "domain-lookup-failed", Unknown, [DnsAdmin], [LookupDomain];
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
    // Whatever answers below the domain proves that it exists, even where its own SOA fails.
    let exists = zone.soa.judged().is_conclusive() || srv.lookup.judged().is_conclusive();
    if !exists && let Some(failure) = lookup_failure(&zone.soa) {
        return Judged::new(Note::new("seen-nothing"), vec![failure]);
    }
    let mut findings = Vec::new();
    let mail = mail_servers(zone);
    // A null MX (RFC 7505) says "no mail" as plainly as no MX does.
    let none = mail.is_empty() && zone.mx.judged().is_conclusive();
    if none {
        findings.push(Finding::new(&DOMAIN_NO_MAIL).with("domain", terms.domain.as_str()));
    }
    Judged::new(Note::new("seen-domain").with("mail", mail), findings)
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
