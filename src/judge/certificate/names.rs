//! Whom the certificate is issued to.

use strum::IntoStaticStr;

use super::{
    CERT_EXTRA_WILDCARD, CERT_NAME_MISMATCH, CERT_NO_SAN, CERT_NO_SUBJECT, CERT_SUBJECT_DIFFERS,
    CERT_WILDCARD,
};
use crate::facts::EndpointFacts;
use crate::model::finding::Finding;
use crate::model::names::Fqdn;
use crate::pki::x509::Certificate;

/// The guide wants the certificate issued *to* the FQDN (Antragsteller); partners look at the
/// subject alternative names and, once there are any, never at the subject (RFC 6125, RFC 9525).
pub(super) fn judge(endpoint: &EndpointFacts, certificate: &Certificate) -> Vec<Finding> {
    let fqdn = &endpoint.fqdn;
    // A dNSName has no final dot (RFC 5280 §4.2.1.6): half of the libraries refuse it.
    let is_fqdn = |name: &String| name.eq_ignore_ascii_case(fqdn.as_str());
    // A subject is read by people: it may be written as they write it.
    let is_subject = |name: &String| {
        let name = name.trim_end_matches('.');
        let ascii = idna::domain_to_ascii(name);
        name.eq_ignore_ascii_case(fqdn.as_str()) || ascii.is_ok_and(|name| name == fqdn.as_str())
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
                Some(_) if subjects.iter().any(is_subject) => {}
                Some(subject) => {
                    findings.push(about(&CERT_SUBJECT_DIFFERS).with("name", subject.as_str()));
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
    let named_by_subject = names.is_empty() && subjects.iter().any(is_subject);
    if !named_by_subject && covering.is_none() {
        let all: Vec<String> = if names.is_empty() {
            subjects.clone()
        } else {
            names.to_vec()
        };
        let finding = about(&CERT_NAME_MISMATCH).with("names", all);
        findings.push(finding.with("without_sni", WithoutSni::of(endpoint).key()));
    }
    findings
}

/// The certificate that clients without SNI get.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
enum WithoutSni {
    /// It is issued to the FQDN: the server has the right one after all.
    Right,
    /// It is not, or nobody looked.
    None,
}

impl WithoutSni {
    fn of(endpoint: &EndpointFacts) -> Self {
        let leaf = endpoint
            .without_sni
            .as_ref()
            .and_then(|der| Certificate::parse(&der.0).ok());
        if leaf.is_some_and(|leaf| leaf.names_exactly(endpoint.fqdn.as_str())) {
            Self::Right
        } else {
            Self::None
        }
    }

    /// The key of the message's variant in the texts.
    fn key(self) -> &'static str {
        self.into()
    }
}

fn is_wildcard(name: &str) -> bool {
    name.contains('*')
}

/// True if a wildcard name would match: `*` stands for the whole first label (RFC 9525 §6.3).
fn covers(name: &str, fqdn: &Fqdn) -> bool {
    let rest = fqdn.as_str().split_once('.').map(|(_, rest)| rest);
    name.strip_prefix("*.")
        .is_some_and(|zone| rest.is_some_and(|rest| zone.eq_ignore_ascii_case(rest)))
}
