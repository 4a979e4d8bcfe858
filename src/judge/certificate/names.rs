//! Whom the certificate is issued to.

use strum::IntoStaticStr;

use super::path::about_leaf;
use super::{
    CERT_EXTRA_WILDCARD, CERT_MALFORMED, CERT_NAME_MISMATCH, CERT_NO_SAN, CERT_NO_SUBJECT,
    CERT_SUBJECT_DIFFERS, CERT_WILDCARD, CERT_WRONG_ORDER,
};
use crate::facts::EndpointFacts;
use crate::judge::endpoints::Own;
use crate::model::finding::{Finding, Severity, Value};
use crate::model::names::Fqdn;
use crate::pki::wildcard::{covers, is_wildcard};
use crate::pki::x509::Certificate;

/// The guide wants the certificate issued *to* the FQDN (Antragsteller); partners look at the
/// subject alternative names and, once there are any, never at the subject (RFC 6125, RFC 9525).
pub(super) fn judge(endpoint: &EndpointFacts, certificate: &Certificate) -> Vec<Finding> {
    let fqdn = &endpoint.fqdn;
    // A dNSName has no final dot (RFC 5280 §4.2.1.6): half of the libraries refuse it.
    let is_fqdn = |name: &String| name.eq_ignore_ascii_case(fqdn.as_str());
    // A subject is read by people: it may be written as they write it.
    let is_subject = |name: &String| is_written_so(name, fqdn.as_str());
    let names = certificate.dns_names();
    let odd = odd_name(certificate);
    let subjects = &certificate.common_names;
    let subject_wildcard = subjects.iter().find(|name| is_wildcard(name));
    let about = |rule| Finding::new(rule).with("fqdn", fqdn.as_str());
    let length = i64::try_from(fqdn.as_str().len()).unwrap_or(i64::MAX);
    let about_subject = |rule| {
        let fits = if fits_subject(fqdn) { "yes" } else { "no" };
        about(rule)
            .with("fits", fits)
            .with("length", length)
            .with("limit", LONGEST_SUBJECT)
    };
    let mut findings: Vec<Finding> = odd.into_iter().collect();

    if names.iter().any(is_fqdn) {
        if let Some(wildcard) = subject_wildcard {
            findings.push(about(&CERT_WILDCARD).with("name", wildcard.as_str()));
        } else {
            if let Some(wildcard) = names.iter().find(|name| is_wildcard(name)) {
                findings.push(about(&CERT_EXTRA_WILDCARD).with("name", wildcard.as_str()));
            }
            match subjects.first() {
                None => findings.push(about_subject(&CERT_NO_SUBJECT)),
                Some(_) if subjects.iter().any(is_subject) => {}
                Some(subject) => {
                    let finding = about_subject(&CERT_SUBJECT_DIFFERS);
                    findings.push(finding.with("name", subject.as_str()));
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
        let all = Value::Names(nearest_first(all, fqdn.as_str()));
        let finding = about(&CERT_NAME_MISMATCH)
            .with("names", all)
            .with("authority", "none");
        findings.push(finding.with("without_sni", WithoutSni::of(endpoint).key()));
    }
    findings
}

/// Whether people who read this name read that one. What cannot be seen, or only looks alike, makes it
/// another: so Windows compares, though IDNA passes over it.
fn is_written_so(name: &str, fqdn: &str) -> bool {
    let name = name.trim_end_matches('.');
    let seen = || idna::domain_to_unicode(fqdn).0 == name.to_lowercase();
    name.eq_ignore_ascii_case(fqdn) || !name.is_ascii() && seen()
}

/// A dNSName is ASCII (RFC 5280 §4.2.1.6). OpenSSL and GnuTLS pass over one that is not; Go and others
/// take nothing of the certificate then.
fn odd_name(certificate: &Certificate) -> Option<Finding> {
    let mut names = certificate.dns_names().iter();
    let odd = names.find(|name| !name.is_ascii())?;
    let finding = about_leaf(&CERT_MALFORMED, &certificate.subject).weighing(Severity::Warn);
    let finding = finding.with("what", "encoding");
    Some(finding.with("detail", odd.as_str()))
}

/// The server's own certificate is there, and not in the first place, where it has to be (RFC 5246
/// §7.4.2, RFC 8446 §4.4.2).
pub(super) fn judge_order(
    endpoint: &EndpointFacts,
    own: &Own,
    first: &Certificate,
    how: &'static str,
) -> Finding {
    let place = i64::try_from(own.place).unwrap_or(i64::MAX);
    Finding::new(&CERT_WRONG_ORDER)
        .with("how", how)
        .with("fqdn", endpoint.fqdn.as_str())
        .with("place", place)
        .with("first", first.subject.as_str())
}

/// A common name holds no more characters (RFC 5280 appendix A.1, ub-common-name).
const LONGEST_SUBJECT: i64 = 64;

/// Whether a CA can write this name into a subject.
pub(super) fn fits_subject(fqdn: &Fqdn) -> bool {
    i64::try_from(fqdn.as_str().len()).is_ok_and(|length| length <= LONGEST_SUBJECT)
}

/// The names that are most like the one expected come first: a message has room for a few.
fn nearest_first(mut names: Vec<String>, fqdn: &str) -> Vec<String> {
    names.sort_by_cached_key(|name| {
        let name = name.trim().trim_end_matches('.').to_ascii_lowercase();
        let same =
            |alike: &mut dyn Iterator<Item = (u8, u8)>| alike.take_while(|(a, b)| a == b).count();
        let start = same(&mut name.bytes().zip(fqdn.bytes()));
        let end = same(&mut name.bytes().rev().zip(fqdn.bytes().rev()));
        let longest = name.len().max(fqdn.len());
        longest - (start + end).min(longest)
    });
    names
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
