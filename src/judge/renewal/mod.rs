//! Whether the next renewal of the certificate can work, as far as it can be seen from here. It is no
//! step of the checklist: nothing found here changes a status, the verdict or the exit code.

mod caa;
mod http;

use crate::facts::{
    AddressFacts, DnsOutcome, EndpointFacts, Lookup, Rcode, RenewalFacts, RenewalServer,
};
use crate::known::issuers::Authority;
use crate::model::finding::{Finding, rules};
use crate::model::plan::Terms;
use crate::pki::x509::Certificate;

rules! {
    RENEWAL_PORT_FILTERED = "renewal-port-filtered", Warn, [Network], [ShowChallenge];
    RENEWAL_PORT_CLOSED = "renewal-port-closed", Unknown, [XphoneAdmin, Network], [ShowChallenge];
    RENEWAL_NOT_HTTP = "renewal-not-http", Warn, [Network], [ShowChallenge];
    RENEWAL_OTHER_DEVICE = "renewal-other-device", Warn, [Network], [ShowChallenge];
    RENEWAL_REFUSED = "renewal-refused", Warn, [XphoneAdmin], [ShowChallenge];
    RENEWAL_ANSWERS_ANYTHING = "renewal-answers-anything", Warn, [XphoneAdmin], [ShowChallenge];
    RENEWAL_REDIRECTED_AWAY = "renewal-redirected-away", Warn, [XphoneAdmin, Network], [ShowChallenge];
    RENEWAL_ANSWERED = "renewal-answered", Info, [XphoneAdmin], [ShowChallenge];
    RENEWAL_IPV6_DEAD = "renewal-ipv6-dead", Warn, [DnsAdmin, Network], [ShowChallenge];
    RENEWAL_IPV6_DIFFERS = "renewal-ipv6-differs", Warn, [DnsAdmin, Network], [ShowChallenge];
    RENEWAL_DNS_FAILS = "renewal-dns-fails", Warn, [DnsAdmin], [LookupName];
    RENEWAL_CAA_FORBIDS = "renewal-caa-forbids", Warn, [DnsAdmin], [LookupCaa];
    RENEWAL_CAA_METHOD = "renewal-caa-method", Warn, [DnsAdmin], [LookupCaa];
    RENEWAL_CAA_BOUND = "renewal-caa-bound", Info, [DnsAdmin], [LookupCaa];
    RENEWAL_UNTESTED = "renewal-untested", Unknown, [], [];
}

/// What was found, server by server.
pub(crate) fn judge(
    facts: &RenewalFacts,
    addresses: &[AddressFacts],
    endpoints: &[EndpointFacts],
    terms: &Terms,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for server in &facts.servers {
        let own = addresses.iter().find(|host| host.fqdn == server.fqdn);
        let failed = own.and_then(|host| judge_lookup(&host.a));
        let is_failed = failed.is_some();
        findings.extend(failed);
        if !is_failed {
            findings.extend(http::judge(server));
        }
        let a = own.map(|host| &host.a);
        findings.extend(caa::judge(server, a, authority_of(server, endpoints)));
    }
    terms.weigh(&mut findings);
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// What was found before there is a certificate, for which the guide's CA is asked; port 80 where it
/// was asked.
pub(crate) fn judge_ahead(
    server: &RenewalServer,
    a: Option<&Lookup>,
    is_asked: bool,
) -> Vec<Finding> {
    let failed = a.and_then(judge_lookup);
    let mut findings = Vec::new();
    if is_asked && failed.is_none() {
        findings.extend(http::judge(server));
    }
    findings.extend(failed);
    findings.extend(caa::judge(server, a, Authority::of(None)));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// About this server.
fn about(rule: &'static crate::model::finding::Rule, server: &RenewalServer) -> Finding {
    Finding::new(rule).with("fqdn", server.fqdn.as_str())
}

/// Where the zone's servers cannot answer, or DNSSEC does not hold, no CA may issue (CA/Browser Forum
/// BR §3.2.2.8).
fn judge_lookup(lookup: &Lookup) -> Option<Finding> {
    let DnsOutcome::Failed {
        rcode: Rcode::ServFail,
        answers_unchecked,
        ..
    } = lookup.answer()
    else {
        return None;
    };
    let why = if *answers_unchecked {
        "dnssec"
    } else {
        "servfail"
    };
    let finding = dns_fails(&lookup.name, lookup.record.name(), why);
    Some(finding.with("errors", Vec::<String>::new()))
}

fn dns_fails(name: &str, record: &'static str, why: &'static str) -> Finding {
    Finding::new(&RENEWAL_DNS_FAILS)
        .with("name", name)
        .with("record", record)
        .with("why", why)
}

/// The CA of the certificate that the server shows; the guide's where none was seen, or its CA is not
/// known by name.
fn authority_of(server: &RenewalServer, endpoints: &[EndpointFacts]) -> Authority {
    let mut own = endpoints
        .iter()
        .filter(|endpoint| endpoint.fqdn == server.fqdn);
    let organisation = own.find_map(|endpoint| {
        let leaf = endpoint.shown()?.chain.first()?;
        Certificate::parse(&leaf.0).ok()?.issuer_organisation
    });
    Authority::of(organisation.as_deref())
}
