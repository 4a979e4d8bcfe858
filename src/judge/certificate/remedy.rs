//! One certificate, one remedy. Where several findings are about it, one order covers them all; and
//! where this run has seen a right one, it is to be chosen, not ordered. The other findings say what
//! settles them: two fixes that cannot both be followed help nobody.

use time::OffsetDateTime;

use super::compared::{has_revoked_key, right_there_until, right_until};
use super::names::fits_subject;
use super::{
    CERT_CHAIN_INCOMPLETE, CERT_CRITICAL_EXTENSION, CERT_EXPIRED, CERT_EXPIRES_SOON,
    CERT_EXTRA_WILDCARD, CERT_INTERCEPTED, CERT_ISSUER_NO_CERT_SIGN, CERT_ISSUER_NOT_CA,
    CERT_KEY_UNSUPPORTED, CERT_LOCALLY_TRUSTED_ONLY, CERT_MALFORMED, CERT_NAME_MISMATCH,
    CERT_NAME_NOT_PERMITTED, CERT_NO_SAN, CERT_NO_SERVER_AUTH, CERT_NO_SUBJECT, CERT_NO_TLS_USAGE,
    CERT_NOT_RESELECTED, CERT_NOT_YET_VALID, CERT_PATH_TOO_LONG, CERT_REVOKED, CERT_SELF_SIGNED,
    CERT_SUBJECT_DIFFERS, CERT_UNTRUSTED_ISSUER, CERT_WEAK_KEY, CERT_WEAK_SIGNATURE, CERT_WILDCARD,
    CERT_WRONG_SIGNATURE,
};
use crate::facts::{ChainVerdict, Der, EndpointFacts, TlsFacts};
use crate::model::finding::{Finding, Rule, Severity};
use crate::model::plan::Terms;

/// The findings of each endpoint that showed a certificate.
type Judged<'a> = [(&'a EndpointFacts, Vec<Finding>)];

/// Gives each endpoint one remedy, and puts the finding that has it first.
pub(super) fn settle(judged: &mut Judged<'_>, terms: &Terms) {
    let seen: Vec<Option<Seen>> = judged
        .iter()
        .map(|(endpoint, _)| Seen::for_endpoint(endpoint, judged, terms))
        .collect();
    for ((endpoint, findings), seen) in judged.iter_mut().zip(seen) {
        let has = |rule: &Rule| findings.iter().any(|finding| finding.rule == rule);
        // Somebody in between answers, or chooses by name: the server's own may be right.
        if has(&CERT_INTERCEPTED) || findings.iter().any(Finding::is_chosen_by_name) {
            continue;
        }
        // What the user accepts, or what is the partner's own business, is no reason to order.
        let condemns = |finding: &Finding| {
            let mut weighed = finding.clone();
            terms.policy.weigh(&mut weighed, terms.partner, terms.now);
            // What is wrong with another in the message is no fault of the certificate.
            let is_own = !finding.is_of_another_certificate();
            weighed.severity == Severity::Fail && is_own && condemns(finding.rule)
        };
        match seen {
            Some(seen) => seen.choose(findings, endpoint, &condemns),
            None => order_once(findings, endpoint, &condemns),
        }
    }
}

/// What only another certificate mends.
fn condemns(rule: &Rule) -> bool {
    let rules = [
        &CERT_NAME_MISMATCH,
        &CERT_WILDCARD,
        &CERT_NO_SAN,
        &CERT_SUBJECT_DIFFERS,
        &CERT_SELF_SIGNED,
        &CERT_UNTRUSTED_ISSUER,
        &CERT_LOCALLY_TRUSTED_ONLY,
        &CERT_NO_SERVER_AUTH,
        &CERT_NO_TLS_USAGE,
        &CERT_WEAK_KEY,
        &CERT_WEAK_SIGNATURE,
        &CERT_KEY_UNSUPPORTED,
        &CERT_WRONG_SIGNATURE,
        &CERT_ISSUER_NOT_CA,
        &CERT_ISSUER_NO_CERT_SIGN,
        &CERT_PATH_TOO_LONG,
        &CERT_NAME_NOT_PERMITTED,
        &CERT_CRITICAL_EXTENSION,
        &CERT_REVOKED,
        &CERT_MALFORMED,
    ];
    rules.contains(&rule)
}

/// What another certificate mends, too, and what by itself asks for less.
fn goes_with_it(rule: &Rule) -> bool {
    let rules = [
        &CERT_EXPIRED,
        &CERT_NOT_YET_VALID,
        &CERT_EXPIRES_SOON,
        &CERT_CHAIN_INCOMPLETE,
        &CERT_NOT_RESELECTED,
        &CERT_NO_SUBJECT,
        &CERT_EXTRA_WILDCARD,
    ];
    rules.contains(&rule)
}

/// A certificate that is condemned anyway is ordered once, for all of its faults.
fn order_once(
    findings: &mut Vec<Finding>,
    endpoint: &EndpointFacts,
    condemns: &dyn Fn(&Finding) -> bool,
) {
    let condemned = findings.iter().filter(|finding| condemns(finding)).count();
    let others = findings
        .iter()
        .filter(|finding| goes_with_it(finding.rule))
        .count();
    if condemned == 0 || condemned + others < 2 {
        return;
    }
    let fits = if fits_subject(&endpoint.fqdn) {
        "yes"
    } else {
        "no"
    };
    lead(findings, condemns, "ordered", |finding| {
        finding
            .with("remedy", "remedy-order")
            .with("order_fits", fits)
    });
}

/// Puts the first finding of this kind first, with the remedy; the others refer to it.
fn lead(
    findings: &mut Vec<Finding>,
    is_such: &dyn Fn(&Finding) -> bool,
    how: &'static str,
    with_remedy: impl FnOnce(Finding) -> Finding,
) {
    let Some(at) = findings.iter().position(is_such) else {
        return;
    };
    let first = findings.remove(at);
    let cause = first.rule.code;
    for finding in &mut *findings {
        if condemns(finding.rule) || goes_with_it(finding.rule) {
            let settled = finding.clone().with("remedy", "remedy-settled");
            let settled = settled.with("settled_by", cause).with("settled_how", how);
            let code = finding.rule.code;
            *finding = settled.with("settled_code", code);
        }
    }
    findings.insert(0, with_remedy(first));
}

/// A right certificate for an endpoint's server that another place shows.
struct Seen {
    place: Place,
    until: OffsetDateTime,
}

enum Place {
    /// Another port of the same address.
    Port(u16),
    /// Another address, of the same server or not.
    Address(String),
}

impl Seen {
    fn for_endpoint(endpoint: &EndpointFacts, judged: &Judged<'_>, terms: &Terms) -> Option<Self> {
        let (own, now) = (endpoint.shown()?.chain.first()?, terms.now);
        Self::on_port(endpoint, own, terms).or_else(|| {
            let mut others = judged
                .iter()
                .filter(|(other, _)| other.address != endpoint.address);
            others.find_map(|(other, findings)| Self::at(other, findings, endpoint, own, now))
        })
    }

    fn on_port(endpoint: &EndpointFacts, own: &Der, terms: &Terms) -> Option<Self> {
        let compared = endpoint.compared.as_ref()?;
        let is_another = compared.shown.as_ref()?.certificate != *own;
        let until = right_there_until(endpoint, terms).filter(|_| is_another)?;
        let place = Place::Port(compared.address.port());
        Some(Self { place, until })
    }

    fn at(
        other: &EndpointFacts,
        findings: &[Finding],
        endpoint: &EndpointFacts,
        own: &Der,
        now: OffsetDateTime,
    ) -> Option<Self> {
        // Whose key is not there cannot be taken over with its key.
        let is_key_missing = |tls: &TlsFacts| tls.key_proven == Some(false);
        if other.tls.as_ref().is_some_and(is_key_missing) {
            return None;
        }
        let shown = other.shown()?;
        let leaf = shown.chain.first().filter(|leaf| *leaf != own)?;
        let is_trusted = shown.trust?.verdict == ChainVerdict::Trusted;
        // One that has a finding of its own is not recommended.
        let is_faulty = findings.iter().any(|one| one.severity >= Severity::Warn);
        let is_right = is_trusted && !is_faulty && !has_revoked_key(endpoint, leaf);
        let until = right_until(leaf, endpoint, now).filter(|_| is_right)?;
        let place = Place::Address(address_of(other));
        Some(Self { place, until })
    }

    /// What is wrong at the endpoint is settled by choosing this one.
    fn choose(
        self,
        findings: &mut Vec<Finding>,
        endpoint: &EndpointFacts,
        condemns: &dyn Fn(&Finding) -> bool,
    ) {
        let is_wrong = |finding: &Finding| {
            let dated = [&CERT_EXPIRED, &CERT_EXPIRES_SOON, &CERT_CHAIN_INCOMPLETE];
            condemns(finding) || dated.contains(&finding.rule)
        };
        let own_address = address_of(endpoint);
        let record = if own_address.contains(':') {
            "AAAA"
        } else {
            "A"
        };
        lead(findings, &is_wrong, "chosen", |finding| {
            let (how, at) = match self.place {
                Place::Port(port) => ("port", port.to_string()),
                Place::Address(address) => ("address", address),
            };
            finding
                .with("remedy", "remedy-choose")
                .with("seen_how", how)
                .with("seen_at", at)
                .with("seen_until", self.until)
                .with("own_address", own_address)
                .with("own_record", record)
        });
    }
}

/// The address as partners know it.
fn address_of(endpoint: &EndpointFacts) -> String {
    let address = endpoint.published.unwrap_or(endpoint.address.ip());
    address.to_string()
}
