//! Step 5, the certificate: issued to exactly the FQDN, no wildcard, by a public CA, valid.
//!
//! Every property is judged by itself, so that nothing hides behind the first error.

mod beside;
mod by_connection;
mod compared;
mod dates;
mod exchange;
mod for_rsa;
mod names;
mod offer;
mod path;
mod remedy;
mod reselected;
mod revocation;
mod staple;
mod strength;
mod trust;
mod written;

use std::collections::BTreeSet;

pub(crate) use beside::worse_at;
pub(crate) use offer::judge as judge_offer;

use super::any_step::DEADLINE_REACHED;
use super::endpoints::{Own, connected, gather};
use super::tcp::elsewhere;
use crate::facts::{EndpointFacts, Published, ShownChain};
use crate::model::finding::{Finding, Judged, Note, Severity, StepId, rules};
use crate::model::plan::Terms;
use crate::pki::path::PathCert;
use crate::pki::x509::{Certificate, Unreadable};

rules! {
    CERT_NAME_MISMATCH = "cert-name-mismatch", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_WILDCARD = "cert-wildcard", Fail (as partner: Warn), [XphoneAdmin], [ShowCertificate];
    CERT_EXTRA_WILDCARD = "cert-extra-wildcard", Warn (as partner: Info), [XphoneAdmin], [ShowCertificate];
    CERT_WRONG_ORDER = "cert-wrong-order", Fail, [XphoneAdmin], [ShowChain];
    CERT_NO_SAN = "cert-no-san", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_SUBJECT_DIFFERS = "cert-subject-differs", Fail (as partner: Info), [XphoneAdmin], [ShowCertificate];
    CERT_NO_SUBJECT = "cert-no-subject", Warn (as partner: Info), [XphoneAdmin], [ShowCertificate];
    CERT_EXPIRED = "cert-expired", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_NOT_YET_VALID = "cert-not-yet-valid", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_EXPIRES_SOON = "cert-expires-soon", Warn, [XphoneAdmin], [ShowCertificate];
    CERT_NOT_RESELECTED = "cert-not-reselected", Warn (as partner: Info), [XphoneAdmin], [ShowCertificate];
    CERT_SELF_SIGNED = "cert-self-signed", Fail, [XphoneAdmin], [ShowChain];
    CERT_UNTRUSTED_ISSUER = "cert-untrusted-issuer", Fail, [XphoneAdmin], [ShowChain];
    CERT_CHAIN_INCOMPLETE = "cert-chain-incomplete", Fail, [XphoneAdmin], [ShowChain];
    CERT_LOCALLY_TRUSTED_ONLY = "cert-locally-trusted-only", Fail, [XphoneAdmin, Network] (as partner: Network, Partner), [ShowChain];
    CERT_INTERCEPTED = "cert-intercepted", Fail, [Network] (as partner: Network, Partner), [ShowChain];
    CERT_NO_SERVER_AUTH = "cert-no-server-auth", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_NO_CLIENT_AUTH = "cert-no-client-auth", Warn (as partner: Info), [XphoneAdmin], [ShowCertificate];
    CERT_WEAK_KEY = "cert-weak-key", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_WEAK_SIGNATURE = "cert-weak-signature", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_KEY_UNSUPPORTED = "cert-key-unsupported", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_KEY_UNUSUAL = "cert-key-unusual", Warn (as partner: Info), [XphoneAdmin], [ShowCertificate];
    CERT_WRONG_SIGNATURE = "cert-wrong-signature", Fail, [XphoneAdmin], [ShowChain];
    CERT_ISSUER_NOT_CA = "cert-issuer-not-ca", Fail, [XphoneAdmin], [ShowChain];
    CERT_ISSUER_NO_CERT_SIGN = "cert-issuer-no-cert-sign", Fail, [XphoneAdmin], [ShowChain];
    CERT_PATH_TOO_LONG = "cert-path-too-long", Fail, [XphoneAdmin], [ShowChain];
    CERT_NAME_NOT_PERMITTED = "cert-name-not-permitted", Fail, [XphoneAdmin], [ShowChain];
    CERT_CRITICAL_EXTENSION = "cert-critical-extension", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_AUTHORITY_KEY_DIFFERS = "cert-authority-key-differs", Fail, [XphoneAdmin], [ShowChain];
    CERT_MISLEADING_ISSUER = "cert-misleading-issuer", Warn, [XphoneAdmin], [ShowChain];
    CERT_REFUSED_BY_SOME = "cert-refused-by-some", Warn, [XphoneAdmin], [ShowChain];
    CERT_NO_DIGITAL_SIGNATURE = "cert-no-digital-signature", Warn, [XphoneAdmin], [ShowCertificate];
    CERT_NO_TLS_USAGE = "cert-no-tls-usage", Fail, [XphoneAdmin], [ShowCertificate];
    CERT_NO_KEY_ENCIPHERMENT = "cert-no-key-encipherment", Warn, [XphoneAdmin], [ShowCertificate];
    CERT_NOT_VERIFIABLE = "cert-not-verifiable", Unknown, [], [ShowChain];
    CERT_NO_CRL = "cert-no-crl", Info, [XphoneAdmin], [ShowCertificate];
    CERT_PSS = "cert-pss", Warn, [XphoneAdmin], [ShowCertificate];
    CERT_ECDSA = "cert-ecdsa", Info, [XphoneAdmin], [ShowCertificate];
    CERT_TOO_LONG = "cert-too-long", Info, [XphoneAdmin], [ShowCertificate];
    CERT_NO_SIP_DOMAIN = "cert-no-sip-domain", Info, [XphoneAdmin], [ShowCertificate];
    CERT_OTHER_FOR_RSA = "cert-other-for-rsa", Fail (as partner: Warn), [XphoneAdmin], [ShowChain];
    CERT_OTHER_FOR_WINDOWS = "cert-other-for-windows", Fail (as partner: Warn), [XphoneAdmin, Network], [ShowChain];
    CERT_DIFFERS_BY_ENDPOINT = "cert-differs-by-endpoint", Warn, [XphoneAdmin, Network], [ShowCertificate];
    CERT_DIFFERS_BY_CONNECTION = "cert-differs-by-connection", Warn, [XphoneAdmin, Network], [ShowCertificate];
    CERT_REVOKED = "cert-revoked", Fail, [XphoneAdmin], [ShowRevocation];
    CERT_REVOCATION_UNKNOWN = "cert-revocation-unknown", Info, [], [ShowCertificate];
    CERT_MUST_STAPLE = "cert-must-staple", Warn, [XphoneAdmin], [ShowCertificate];
    CERT_STAPLE_UNUSABLE = "cert-staple-unusable", Warn, [XphoneAdmin], [ShowCertificate];
    CERT_KEY_MISSING = "cert-key-missing", Fail, [XphoneAdmin], [];
    CERT_KEY_DIFFERS = "cert-key-differs", Fail, [XphoneAdmin], [];
    CERT_KEY_CLOSED = "cert-key-closed", Unknown, [XphoneAdmin], [];
    CERT_MALFORMED = "cert-malformed", Fail, [XphoneAdmin], [ShowCertificate];
}

pub(crate) fn judge(published: &Published<'_>, terms: &Terms) -> Judged {
    let connected = match connected(published) {
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
    let mut judged: Vec<_> = shown
        .iter()
        .map(|(endpoint, tls)| {
            let mut findings = judge_chain(endpoint, *tls, terms);
            let mut revoked = revocation::judge(endpoint);
            revoked.extend(staple::judge(endpoint));
            let reselected = reselected::judge(endpoint, *tls, terms);
            let mut first = [findings.as_slice(), &revoked].concat();
            first.extend(reselected.clone());
            terms.weigh(&mut first);
            findings.extend(by_connection::judge(endpoint, &first, terms));
            findings.extend(for_rsa::judge(endpoint, &first, terms));
            findings.extend(reselected);
            findings.extend(revoked);
            findings.extend(staple::judge_again(endpoint));
            (*endpoint, findings)
        })
        .collect();
    for (endpoint, findings) in &mut judged {
        trust::complete_elsewhere(endpoint, findings, &shown);
    }
    remedy::settle(&mut judged, terms);
    let mut findings = gather(&judged);
    // A device in place of a server is told as that, and none was forgotten.
    let is_server = |(endpoint, tls): &&(&EndpointFacts, ShownChain<'_>)| {
        leaf(*tls).map_or(true, |leaf| trust::device(&leaf, endpoint).is_none())
    };
    let servers: Vec<_> = shown.iter().filter(is_server).copied().collect();
    findings.extend(judge_agreement(&servers));
    findings.extend(elsewhere(&published.endpoints));
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

fn leaf(tls: ShownChain<'_>) -> Result<Certificate, Unreadable> {
    let leaf = tls.chain.first().ok_or(Unreadable::NoCertificate)?;
    Certificate::parse(&leaf.0)
}

fn judge_chain(endpoint: &EndpointFacts, tls: ShownChain<'_>, terms: &Terms) -> Vec<Finding> {
    let certificate = match leaf(tls) {
        Ok(certificate) => certificate,
        Err(reason) => {
            return vec![written::of_leaf(tls.chain.first(), &reason)];
        }
    };
    // It leads nowhere if what looks for the way cannot read it.
    let first = tls.chain.first();
    if first.is_some_and(|leaf| PathCert::parse(&leaf.0).is_none()) {
        return vec![written::of_leaf(first, &Unreadable::NoCertificate)];
    }
    if let Some(own) = Own::behind_others(endpoint, tls) {
        return judge_misplaced(endpoint, &own, &certificate, terms);
    }
    if let Some(own) = Own::behind_outdated(endpoint, tls, terms.now) {
        let mut findings = vec![names::judge_order(endpoint, &own, &certificate, "outdated")];
        findings.extend(names::judge(endpoint, &own.certificate));
        findings.extend(judge_purposes(&own.certificate));
        return findings;
    }
    let mut findings = names::judge(endpoint, &certificate);
    findings.extend(dates::judge_validity(&certificate, terms.now));
    findings.extend(trust::judge(&certificate, tls, endpoint, terms));
    findings.extend(judge_purposes(&certificate));
    findings.extend(exchange::judge(&certificate, endpoint));
    findings.extend(strength::judge(&certificate, tls));
    if let Some(path) = tls.trust.and_then(|trust| trust.path.as_ref()) {
        let found = path::judge(path, terms.now);
        // What the leaf lacks by itself is not said again of those above it.
        let said = |finding: &Finding| {
            finding.rule == &CERT_NO_CLIENT_AUTH
                && findings.iter().any(|earlier| earlier.rule == finding.rule)
        };
        let found: Vec<Finding> = found.into_iter().filter(|one| !said(one)).collect();
        findings.extend(found);
    }
    without_consequences(&mut findings);
    findings.extend(written::judge(endpoint, tls));
    findings.extend(dates::judge_lifetime(&certificate));
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

/// A certificate that breaks the rules of its form is told as that, and not for what cannot be seen of
/// it then.
fn without_consequences(findings: &mut Vec<Finding>) {
    let subject = |finding: &Finding| {
        let mut args = finding.args.iter();
        args.find(|(name, _)| *name == "subject")
            .map(|(_, value)| value.clone())
    };
    let broken: Vec<_> = findings
        .iter()
        .filter(|one| one.rule == &CERT_MALFORMED && one.severity == Severity::Fail)
        .filter_map(subject)
        .collect();
    let follows = |finding: &Finding| {
        [&CERT_ISSUER_NOT_CA, &CERT_WRONG_SIGNATURE].contains(&finding.rule)
            && subject(finding).is_some_and(|subject| broken.contains(&subject))
    };
    findings.retain(|finding| !follows(finding));
}

/// The server's own certificate is not the first: what is wrong with it by itself. Whether it leads
/// to a root is seen once it stands where it belongs.
fn judge_misplaced(
    endpoint: &EndpointFacts,
    own: &Own,
    first: &Certificate,
    terms: &Terms,
) -> Vec<Finding> {
    let mut findings = names::judge(endpoint, &own.certificate);
    findings.extend(dates::judge_validity(&own.certificate, terms.now));
    findings.extend(judge_purposes(&own.certificate));
    // What has to be replaced anyway is not imported once more.
    let is_right = findings.iter().all(|one| one.severity != Severity::Fail);
    let how = if is_right { "right" } else { "wrong" };
    findings.insert(0, names::judge_order(endpoint, own, first, how));
    findings
}

/// Servers behind one name that show different certificates: one of them was forgotten.
fn judge_agreement(shown: &[(&EndpointFacts, ShownChain<'_>)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, (endpoint, _)) in shown.iter().enumerate() {
        let is_same = |sibling: &EndpointFacts| sibling.fqdn == endpoint.fqdn;
        if shown[..index].iter().any(|(earlier, _)| is_same(earlier)) {
            continue;
        }
        let mut same: Vec<_> = shown
            .iter()
            .filter(|(sibling, _)| is_same(sibling))
            .collect();
        // Whichever answered first: two runs say the same.
        same.sort_by_key(|(sibling, _)| sibling.address);
        let leaves: BTreeSet<_> = same
            .iter()
            .filter_map(|(sibling, tls)| {
                let own = Own::behind_others(sibling, *tls).map_or(0, |own| own.place - 1);
                tls.chain.get(own)
            })
            .map(|der| &der.0)
            .collect();
        if leaves.len() > 1 {
            let addresses = same.iter().map(|(sibling, _)| sibling.address.to_string());
            let certificates = same.iter().map(|(_, tls)| told_apart(*tls));
            findings.push(
                Finding::new(&CERT_DIFFERS_BY_ENDPOINT)
                    .with("fqdn", endpoint.fqdn.as_str())
                    .with("addresses", addresses.collect::<Vec<_>>())
                    .with("certificates", certificates.collect::<Vec<_>>()),
            );
        }
    }
    findings
}

/// By what people tell the certificate of a server from another one: serial number and dates.
fn told_apart(tls: ShownChain<'_>) -> String {
    let read = tls.chain.first().and_then(|der| PathCert::parse(&der.0));
    match (read, leaf(tls)) {
        (Some(read), Ok(leaf)) => format!(
            "{} {} – {}",
            read.serial_text(),
            leaf.not_before.date(),
            leaf.not_after.date()
        ),
        _ => "?".to_owned(),
    }
}

fn judge_purposes(certificate: &Certificate) -> Vec<Finding> {
    let Some(purposes) = &certificate.purposes else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let about = |rule| path::about_leaf(rule, &certificate.subject);
    if !purposes.server_auth {
        let finding = about(&CERT_NO_SERVER_AUTH);
        findings.push(finding.with("purposes", path::purposes(purposes.any)));
    } else if !purposes.client_auth {
        let finding = about(&CERT_NO_CLIENT_AUTH);
        findings.push(finding.with("issuer", certificate.issuer_name.as_str()));
    }
    findings
}
