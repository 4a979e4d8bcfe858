//! Step 5, the certificate: issued to exactly the FQDN, no wildcard, by a public CA, valid.
//!
//! Every property is judged by itself, so that nothing hides behind the first error.

use time::{Duration, OffsetDateTime};

use super::{DEADLINE_REACHED, connected, elsewhere, gather};
use crate::catalogue::{Finding, Judged, Note, StepId, rules};
use crate::facts::{AddressFacts, ChainVerdict, EndpointFacts, TlsFacts, TlsOutcome};
use crate::names::Fqdn;
use crate::plan::Terms;
use crate::x509::Certificate;

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
    CERT_SELF_SIGNED = "cert-self-signed", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_UNTRUSTED_ISSUER = "cert-untrusted-issuer", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_LOCALLY_TRUSTED_ONLY = "cert-locally-trusted-only", Fail, [XphoneAdmin, Network], [ShowCertificate];
    CERT_NO_SERVER_AUTH = "cert-no-server-auth", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_NO_CLIENT_AUTH = "cert-no-client-auth", Warn (as partner: Info), [XphoneAdmin], [ShowCertificate];
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
    let shown: Vec<(&EndpointFacts, &TlsFacts)> = connected
        .iter()
        .filter_map(|endpoint| endpoint.tls.as_ref().map(|tls| (*endpoint, tls)))
        .filter(|(_, tls)| !tls.chain.is_empty())
        .collect();
    let late = connected.iter().any(|endpoint| {
        endpoint
            .tls
            .as_ref()
            .is_none_or(|tls| tls.chain.is_empty() && tls.outcome == TlsOutcome::Deadline)
    });
    if shown.is_empty() && !late {
        return Judged::waits_for(StepId::Federation, Note::new("needs-tls"));
    }
    let seen = shown
        .first()
        .map_or(Note::new("seen-nothing"), |(_, tls)| seen(tls));
    let judged: Vec<_> = shown
        .iter()
        .map(|(endpoint, tls)| (endpoint.address, judge_chain(&endpoint.fqdn, tls, terms)))
        .collect();
    let mut findings = gather(&judged);
    findings.extend(elsewhere(endpoints));
    if late {
        findings.push(Finding::new(&DEADLINE_REACHED));
    }
    Judged::new(seen, findings)
}

fn seen(tls: &TlsFacts) -> Note {
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

fn leaf(tls: &TlsFacts) -> Result<Certificate, String> {
    match tls.chain.first() {
        Some(der) => Certificate::parse(&der.0),
        None => Err(String::new()),
    }
}

fn judge_chain(fqdn: &Fqdn, tls: &TlsFacts, terms: &Terms) -> Vec<Finding> {
    let certificate = match leaf(tls) {
        Ok(certificate) => certificate,
        Err(place) => return vec![Finding::new(&CERT_MALFORMED).with("place", place)],
    };
    let mut findings = judge_names(fqdn, &certificate);
    findings.extend(judge_dates(&certificate, terms.now));
    findings.extend(judge_trust(&certificate, tls, terms));
    findings.extend(judge_purposes(&certificate));
    findings
}

/// The guide wants the certificate issued *to* the FQDN (Antragsteller); partners look at the
/// subject alternative names and, once there are any, never at the subject (RFC 6125, RFC 9525).
fn judge_names(fqdn: &Fqdn, certificate: &Certificate) -> Vec<Finding> {
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

    let mut wildcards = names.iter().chain(if names.is_empty() {
        subjects.as_slice()
    } else {
        &[]
    });
    if let Some(wildcard) = wildcards.find(|name| covers(name, fqdn)) {
        findings.push(about(&CERT_WILDCARD).with("name", wildcard.as_str()));
    }
    if names.is_empty() {
        findings
            .push(about(&CERT_NO_SAN).with("name", subjects.first().cloned().unwrap_or_default()));
    }
    let named_by_subject = names.is_empty() && subjects.iter().any(is_fqdn);
    if !named_by_subject
        && !findings
            .iter()
            .any(|finding| finding.rule == &CERT_WILDCARD)
    {
        let all: Vec<String> = if names.is_empty() {
            subjects.clone()
        } else {
            names.to_vec()
        };
        findings.push(about(&CERT_NAME_MISMATCH).with("names", all));
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
    let soon = if life <= Duration::days(10) {
        left < Duration::days(2)
    } else {
        left < life / 3 && left < Duration::days(30)
    };
    soon.then(|| dated(&CERT_EXPIRES_SOON).with("days", left.whole_days()))
}

fn judge_trust(certificate: &Certificate, tls: &TlsFacts, terms: &Terms) -> Option<Finding> {
    let trust = tls.trust.as_ref()?;
    let why = match &trust.judged {
        ChainVerdict::Trusted => return None,
        ChainVerdict::UnknownIssuer | ChainVerdict::NoRoots => "unknown",
        ChainVerdict::IssuerOutOfDate => "out-of-date",
        ChainVerdict::Rejected(_) => "rejected",
    };
    let issuer = certificate.issuer.as_str();
    if certificate.self_signed {
        return Some(Finding::new(&CERT_SELF_SIGNED).with("subject", certificate.subject.as_str()));
    }
    if trust.local == Some(ChainVerdict::Trusted) && !terms.own_roots && why == "unknown" {
        return Some(Finding::new(&CERT_LOCALLY_TRUSTED_ONLY).with("issuer", issuer));
    }
    let detail = match &trust.judged {
        ChainVerdict::Rejected(reason) => reason.as_str(),
        _ => "",
    };
    let sent = i64::try_from(tls.chain.len()).unwrap_or(i64::MAX);
    let roots = if terms.own_roots { "given" } else { "public" };
    Some(
        Finding::new(&CERT_UNTRUSTED_ISSUER)
            .with("issuer", issuer)
            .with("why", why)
            .with("detail", detail)
            .with("sent", sent)
            .with("roots", roots),
    )
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
