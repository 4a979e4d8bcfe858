//! Step 5, the certificate: issued to exactly the FQDN, no wildcard, by a public CA, valid.
//!
//! Every property is judged by itself, so that nothing hides behind the first error.

mod reselected;
mod revocation;

use std::collections::BTreeSet;

use time::macros::date;
use time::{Date, Duration, OffsetDateTime};

use super::{DEADLINE_REACHED, connected, elsewhere, gather};
use crate::facts::{
    AddressFacts, ChainVerdict, Der, EndpointFacts, IssuerFacts, IssuerOutcome, ShownChain,
};
use crate::known::issuers::{is_inspector, is_public};
use crate::model::finding::{Finding, Judged, Note, StepId, rules};
use crate::model::names::Fqdn;
use crate::model::plan::Terms;
use crate::pki::x509::{Certificate, Key, Signature, path_of_chain, top_of_chain};

rules! {
    CERT_NAME_MISMATCH = "cert-name-mismatch", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_WILDCARD = "cert-wildcard", Fail (as partner: Warn), [XphoneAdmin], [ShowCertificate];
    CERT_EXTRA_WILDCARD = "cert-extra-wildcard", Warn (as partner: Info), [XphoneAdmin], [ShowCertificate];
    CERT_NO_SAN = "cert-no-san", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_SUBJECT_DIFFERS = "cert-subject-differs", Fail (as partner: Info), [XphoneAdmin], [ShowCertificate];
    CERT_NO_SUBJECT = "cert-no-subject", Warn (as partner: Info), [XphoneAdmin], [ShowCertificate];
    CERT_EXPIRED = "cert-expired", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_NOT_YET_VALID = "cert-not-yet-valid", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_EXPIRES_SOON = "cert-expires-soon", Warn, [XphoneAdmin], [ShowCertificate];
    CERT_NOT_RESELECTED = "cert-not-reselected", Warn (as partner: Info), [XphoneAdmin], [ShowCertificate];
    CERT_SELF_SIGNED = "cert-self-signed", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_UNTRUSTED_ISSUER = "cert-untrusted-issuer", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_CHAIN_INCOMPLETE = "cert-chain-incomplete", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_LOCALLY_TRUSTED_ONLY = "cert-locally-trusted-only", Fail, [XphoneAdmin, Network], [ShowCertificate];
    CERT_INTERCEPTED = "cert-intercepted", Fail, [Network], [ShowCertificate];
    CERT_NO_SERVER_AUTH = "cert-no-server-auth", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_NO_CLIENT_AUTH = "cert-no-client-auth", Warn (as partner: Info), [XphoneAdmin], [ShowCertificate];
    CERT_WEAK_KEY = "cert-weak-key", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_WEAK_SIGNATURE = "cert-weak-signature", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_NO_CRL = "cert-no-crl", Info, [XphoneAdmin], [ShowCertificate];
    CERT_PSS = "cert-pss", Warn, [XphoneAdmin], [ShowCertificate];
    CERT_ECDSA = "cert-ecdsa", Info, [XphoneAdmin], [ShowCertificate];
    CERT_TOO_LONG = "cert-too-long", Info, [XphoneAdmin], [ShowCertificate];
    CERT_NO_SIP_DOMAIN = "cert-no-sip-domain", Info, [XphoneAdmin], [ShowCertificate];
    CERT_DIFFERS_BY_ENDPOINT = "cert-differs-by-endpoint", Warn, [XphoneAdmin, Network], [ShowCertificate];
    CERT_REVOKED = "cert-revoked", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_REVOCATION_UNKNOWN = "cert-revocation-unknown", Info, [], [ShowCertificate];
    CERT_MALFORMED = "cert-malformed", Fail, [XphoneAdmin], [ShowCertificate];
}

pub(crate) fn judge(
    addresses: &[AddressFacts],
    endpoints: &[EndpointFacts],
    terms: &Terms,
) -> Judged {
    let connected = match connected(addresses, endpoints) {
        Ok(connected) => connected,
        Err(waiting) => return waiting,
    };
    let shown: Vec<(&EndpointFacts, ShownChain<'_>)> = connected
        .iter()
        .filter_map(|endpoint| Some((*endpoint, endpoint.shown()?)))
        .collect();
    let late = connected
        .iter()
        .any(|endpoint| endpoint.shown().is_none() && endpoint.is_cut_short());
    if shown.is_empty() && !late {
        return Judged::waits_for(StepId::Federation, Note::new("needs-tls"));
    }
    let seen = shown
        .first()
        .map_or(Note::new("seen-nothing"), |(_, tls)| seen(*tls));
    let judged: Vec<_> = shown
        .iter()
        .map(|(endpoint, tls)| {
            let mut findings = judge_chain(endpoint, *tls, terms);
            findings.extend(reselected::judge(endpoint, *tls, terms.now));
            findings.extend(revocation::judge(endpoint));
            (endpoint.address, findings)
        })
        .collect();
    let mut findings = gather(&judged);
    findings.extend(judge_agreement(&shown));
    findings.extend(elsewhere(endpoints));
    if late {
        findings.push(Finding::new(&DEADLINE_REACHED));
    }
    Judged::new(seen, findings)
}

fn seen(tls: ShownChain<'_>) -> Note {
    match leaf(tls) {
        Ok(certificate) => {
            let names = certificate
                .common_names
                .first()
                .or(certificate.dns_names().first())
                .cloned();
            Note::new("seen-certificate")
                .with("name", names.unwrap_or_default())
                .with("issuer", certificate.issuer_name)
                .with("until", certificate.not_after)
        }
        Err(_) => Note::new("seen-certificate-malformed"),
    }
}

fn leaf(tls: ShownChain<'_>) -> Result<Certificate, String> {
    match tls.chain.first() {
        Some(der) => Certificate::parse(&der.0),
        None => Err(String::new()),
    }
}

fn judge_chain(endpoint: &EndpointFacts, tls: ShownChain<'_>, terms: &Terms) -> Vec<Finding> {
    let certificate = match leaf(tls) {
        Ok(certificate) => certificate,
        Err(place) => return vec![Finding::new(&CERT_MALFORMED).with("place", place)],
    };
    let mut findings = judge_names(&endpoint.fqdn, &certificate, judge_anonymous(endpoint));
    findings.extend(judge_dates(&certificate, terms.now));
    findings.extend(trust_of(&certificate, tls, endpoint.issuer.as_ref(), terms));
    findings.extend(judge_purposes(&certificate));
    findings.extend(judge_strength(&certificate, tls.chain));
    findings.extend(judge_lifetime(&certificate));
    let domain = terms.domain.as_str();
    if certificate.crl_urls.is_none() {
        findings.push(Finding::new(&CERT_NO_CRL).with("issuer", certificate.issuer_name.as_str()));
    }
    if !certificate
        .dns_names()
        .iter()
        .any(|name| name.eq_ignore_ascii_case(domain))
    {
        findings.push(Finding::new(&CERT_NO_SIP_DOMAIN).with("domain", domain));
    }
    findings
}

/// Servers behind one name that show different certificates: one of them was forgotten.
fn judge_agreement(shown: &[(&EndpointFacts, ShownChain<'_>)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, (endpoint, _)) in shown.iter().enumerate() {
        let seen_before = shown[..index]
            .iter()
            .any(|(other, _)| other.fqdn == endpoint.fqdn);
        let same: Vec<_> = shown
            .iter()
            .filter(|(other, _)| other.fqdn == endpoint.fqdn)
            .collect();
        let leaves: BTreeSet<_> = same
            .iter()
            .filter_map(|(_, tls)| tls.chain.first())
            .map(|der| &der.0)
            .collect();
        if !seen_before && leaves.len() > 1 {
            let addresses: Vec<String> = same
                .iter()
                .map(|(other, _)| other.address.to_string())
                .collect();
            findings.push(
                Finding::new(&CERT_DIFFERS_BY_ENDPOINT)
                    .with("fqdn", endpoint.fqdn.as_str())
                    .with("addresses", addresses),
            );
        }
    }
    findings
}

/// The guide wants the certificate issued *to* the FQDN (Antragsteller); partners look at the
/// subject alternative names and, once there are any, never at the subject (RFC 6125, RFC 9525).
fn judge_names(fqdn: &Fqdn, certificate: &Certificate, without_sni: &str) -> Vec<Finding> {
    let is_fqdn = |name: &String| {
        name.trim_end_matches('.')
            .eq_ignore_ascii_case(fqdn.as_str())
    };
    let names = certificate.dns_names();
    let subjects = &certificate.common_names;
    let subject_wildcard = subjects.iter().find(|name| is_wildcard(name));
    let about = |rule| Finding::new(rule).with("fqdn", fqdn.as_str());
    let mut findings = Vec::new();

    if names.iter().any(is_fqdn) {
        if let Some(wildcard) = subject_wildcard {
            findings.push(about(&CERT_WILDCARD).with("name", wildcard.as_str()));
        } else {
            if let Some(wildcard) = names.iter().find(|name| is_wildcard(name)) {
                findings.push(about(&CERT_EXTRA_WILDCARD).with("name", wildcard.as_str()));
            }
            match subjects.first() {
                None => findings.push(about(&CERT_NO_SUBJECT)),
                Some(_) if subjects.iter().any(is_fqdn) => {}
                Some(other) => {
                    findings.push(about(&CERT_SUBJECT_DIFFERS).with("name", other.as_str()));
                }
            }
        }
        return findings;
    }

    let candidates = if names.is_empty() {
        subjects.as_slice()
    } else {
        names
    };
    let covering = candidates.iter().find(|name| covers(name, fqdn));
    if let Some(wildcard) = subject_wildcard.or(covering) {
        findings.push(about(&CERT_WILDCARD).with("name", wildcard.as_str()));
    }
    if names.is_empty() {
        findings
            .push(about(&CERT_NO_SAN).with("name", subjects.first().cloned().unwrap_or_default()));
    }
    let named_by_subject = names.is_empty() && subjects.iter().any(is_fqdn);
    if !named_by_subject && covering.is_none() {
        let all: Vec<String> = if names.is_empty() {
            subjects.clone()
        } else {
            names.to_vec()
        };
        let finding = about(&CERT_NAME_MISMATCH).with("names", all);
        findings.push(finding.with("without_sni", without_sni));
    }
    findings
}

fn is_wildcard(name: &str) -> bool {
    name.contains('*')
}

/// Whether a wildcard name would match: `*` stands for the whole first label (RFC 9525 §6.3).
fn covers(name: &str, fqdn: &Fqdn) -> bool {
    let rest = fqdn.as_str().split_once('.').map(|(_, rest)| rest);
    name.strip_prefix("*.")
        .is_some_and(|zone| rest.is_some_and(|rest| zone.eq_ignore_ascii_case(rest)))
}

fn judge_dates(certificate: &Certificate, now: OffsetDateTime) -> Option<Finding> {
    let (from, until) = (certificate.not_before, certificate.not_after);
    let dated = |rule| Finding::new(rule).with("from", from).with("until", until);
    if now > until {
        return Some(dated(&CERT_EXPIRED).with("days", (now - until).whole_days()));
    }
    if now < from {
        return Some(dated(&CERT_NOT_YET_VALID).with("days", (from - now).whole_days()));
    }
    let (life, left) = (until - from, until - now);
    (left < renewal_due(life)).then(|| dated(&CERT_EXPIRES_SOON).with("days", left.whole_days()))
}

/// How much of a certificate's life is left when it ought to have been renewed.
pub(crate) fn renewal_due(life: Duration) -> Duration {
    if life <= Duration::days(10) {
        Duration::days(2)
    } else {
        Duration::days(30).min(life / 3)
    }
}

/// Why no path to a root was found, by the cause that an admin can mend.
fn trust_of(
    certificate: &Certificate,
    tls: ShownChain<'_>,
    issuer: Option<&IssuerFacts>,
    terms: &Terms,
) -> Option<Finding> {
    let trust = tls.trust?;
    let (why, detail) = match &trust.verdict {
        ChainVerdict::Trusted => return None,
        ChainVerdict::UnknownIssuer | ChainVerdict::NoRoots => ("unknown", ""),
        ChainVerdict::IssuerOutOfDate => ("out-of-date", ""),
        // The verifier's word for it; what follows in parentheses is for its makers.
        ChainVerdict::Rejected(reason) => ("rejected", reason.split('(').next().unwrap_or(reason)),
    };
    if !terms.own_roots && is_inspector(&certificate.issuer) {
        return Some(Finding::new(&CERT_INTERCEPTED).with("issuer", certificate.issuer.as_str()));
    }
    if certificate.self_signed {
        return Some(Finding::new(&CERT_SELF_SIGNED).with("subject", certificate.subject.as_str()));
    }
    if trust.local == Some(ChainVerdict::Trusted) && !terms.own_roots && why == "unknown" {
        return Some(
            Finding::new(&CERT_LOCALLY_TRUSTED_ONLY).with("issuer", certificate.issuer.as_str()),
        );
    }
    let top = top_of_chain(tls.chain)?;
    if why == "unknown"
        && !top.self_signed
        && let Some(finding) = judge_gap(&top, issuer)
    {
        return Some(finding);
    }
    let sent = i64::try_from(tls.chain.len()).unwrap_or(i64::MAX);
    let roots = if terms.own_roots { "given" } else { "public" };
    Some(
        Finding::new(&CERT_UNTRUSTED_ISSUER)
            .with("issuer", top.issuer.as_str())
            .with("why", why)
            .with("detail", detail)
            .with("sent", sent)
            .with("roots", roots),
    )
}

/// A chain that ends below its issuer: an intermediate is missing when the issuer is known for one
/// of a public CA, or was fetched and led to a root; it is likely when the certificate says where
/// the issuer can be had. Otherwise it is the private CA that it seems.
fn judge_gap(top: &Certificate, issuer: Option<&IssuerFacts>) -> Option<Finding> {
    let public = top.issuer_organisation.as_deref().is_some_and(is_public);
    let (sure, missing) = match issuer.map(|issuer| &issuer.outcome) {
        Some(IssuerOutcome::Completes(missing)) => ("proven", missing.join(" + ")),
        Some(IssuerOutcome::LeadsNowhere) if !public => return None,
        _ if public => ("yes", top.issuer.clone()),
        _ => ("no", top.issuer.clone()),
    };
    (public || top.issuer_url.is_some()).then(|| {
        Finding::new(&CERT_CHAIN_INCOMPLETE)
            .with("missing", missing)
            .with("sure", sure)
            .with("url", top.issuer_url.iter().cloned().collect::<Vec<_>>())
    })
}

/// Whether the server has the right certificate after all, and shows it to who names no server.
fn judge_anonymous(endpoint: &EndpointFacts) -> &'static str {
    let leaf = endpoint
        .without_sni
        .as_ref()
        .and_then(|der| Certificate::parse(&der.0).ok());
    if leaf.is_some_and(|leaf| leaf.names_exactly(endpoint.fqdn.as_str())) {
        "right"
    } else {
        "none"
    }
}

/// Key and signatures, on the way up from the leaf. The signature of a root vouches for nothing,
/// and a certificate that was sent for no reason neither helps nor harms.
fn judge_strength(certificate: &Certificate, chain: &[Der]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if certificate.key.is_weak() {
        findings.push(Finding::new(&CERT_WEAK_KEY).with("key", certificate.key.name()));
    }
    if let Key::Ec(_) = certificate.key {
        findings.push(Finding::new(&CERT_ECDSA).with("key", certificate.key.name()));
    }
    let path = path_of_chain(chain).into_iter();
    let sent = path.filter_map(|der| Certificate::parse(&der.0).ok());
    let signed: Vec<Certificate> = sent
        .filter(|certificate| !certificate.self_signed)
        .collect();
    let of = |wanted: fn(&Signature) -> bool| signed.iter().find(|one| wanted(&one.signature));
    if let Some(weak) = of(|signature| matches!(signature, Signature::Weak(_)))
        && let Signature::Weak(hash) = weak.signature
    {
        let finding = Finding::new(&CERT_WEAK_SIGNATURE).with("hash", hash);
        findings.push(finding.with("subject", weak.subject.as_str()));
    }
    if let Some(pss) = of(|signature| *signature == Signature::Pss) {
        findings.push(Finding::new(&CERT_PSS).with("subject", pss.subject.as_str()));
    }
    findings
}

/// The longest life that a public CA may give, in days, by the day of issue (CA/Browser Forum
/// BR §6.3.2, ballot SC-081).
const LONGEST_LIFE: [(Date, i64); 5] = [
    (date!(2029 - 03 - 15), 47),
    (date!(2027 - 03 - 15), 100),
    (date!(2026 - 03 - 15), 200),
    (date!(2020 - 09 - 01), 398),
    (date!(2018 - 03 - 01), 825),
];

fn judge_lifetime(certificate: &Certificate) -> Option<Finding> {
    let issued = certificate.not_before.date();
    let (_, limit) = LONGEST_LIFE.into_iter().find(|(from, _)| issued >= *from)?;
    // Both ends count: a day's certificate ends a second before the day is full.
    let life = certificate.not_after - certificate.not_before;
    (life > Duration::days(limit)).then(|| {
        Finding::new(&CERT_TOO_LONG)
            .with("days", life.whole_days())
            .with("limit", limit)
    })
}

fn judge_purposes(certificate: &Certificate) -> Vec<Finding> {
    let Some(purposes) = &certificate.purposes else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    if !purposes.server_auth {
        findings.push(Finding::new(&CERT_NO_SERVER_AUTH));
    }
    if !purposes.client_auth {
        findings.push(
            Finding::new(&CERT_NO_CLIENT_AUTH).with("issuer", certificate.issuer_name.as_str()),
        );
    }
    findings
}
