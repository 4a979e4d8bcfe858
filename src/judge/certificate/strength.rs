//! How strong the keys and signatures are.

use super::path::{about_leaf, curve};
use super::{
    CERT_ECDSA, CERT_KEY_UNSUPPORTED, CERT_KEY_UNUSUAL, CERT_PSS, CERT_WEAK_KEY,
    CERT_WEAK_SIGNATURE,
};
use crate::facts::{Der, PathFacts, PathVerdict, Place, ShownChain};
use crate::model::finding::Finding;
use crate::pki::kinds::{Key, Signature};
use crate::pki::x509::{Certificate, path_of_chain};

/// Key and signatures, on the way up from the leaf. The signature of a root vouches for nothing,
/// and a certificate that was sent for no reason neither helps nor harms.
pub(super) fn judge(certificate: &Certificate, tls: ShownChain<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = judge_key(certificate).into_iter().collect();
    let path = tls.trust.and_then(|trust| trust.path.as_ref());
    let sent = path_sent(path, tls.chain).into_iter();
    let sent = sent.filter_map(|der| Certificate::parse(&der.0).ok());
    let signed: Vec<Certificate> = sent
        .filter(|certificate| !certificate.self_signed)
        .collect();
    let of = |wanted: fn(&Signature) -> bool| {
        signed
            .iter()
            .find(|certificate| wanted(&certificate.signature))
    };
    // Where a path to a root was found, what is weak in it stands there.
    let told = path.is_some_and(|path| matches!(path.verdict, PathVerdict::Refused(_)));
    if !told
        && let Some(weak) = of(|signature| matches!(signature, Signature::Weak(_)))
        && let Signature::Weak(hash) = weak.signature
    {
        let finding = about_leaf(&CERT_WEAK_SIGNATURE, &weak.subject);
        findings.push(finding.with("hash", hash));
    }
    if let Some(pss) = of(|signature| *signature == Signature::Pss) {
        findings.push(Finding::new(&CERT_PSS).with("subject", pss.subject.as_str()));
    }
    findings
}

/// What was sent of the path that was found; without one, of the way up as far as it goes. Others of
/// the same name and key beside it are no part of it.
fn path_sent<'a>(path: Option<&PathFacts>, chain: &'a [Der]) -> Vec<&'a Der> {
    let found = path.filter(|path| !matches!(path.verdict, PathVerdict::NoPath(_)));
    let Some(found) = found else {
        return path_of_chain(chain);
    };
    let sent = found.path.iter().filter_map(|one| match one.place {
        Place::Sent(number) => chain.get(number.checked_sub(1)?),
        Place::Root => None,
    });
    sent.collect()
}

/// The key of the leaf: who can use it at all.
fn judge_key(certificate: &Certificate) -> Option<Finding> {
    let key = &certificate.key;
    let rule = match key {
        _ if key.is_weak() => {
            let finding = about_leaf(&CERT_WEAK_KEY, &certificate.subject);
            return Some(finding.with("key", key.name()));
        }
        Key::Rsa(_) => return None,
        Key::Ec(521) | Key::RsaPss(_) => &CERT_KEY_UNUSUAL,
        Key::Ec(_) => &CERT_ECDSA,
        Key::Dsa(_) | Key::Other(_) => &CERT_KEY_UNSUPPORTED,
    };
    let finding = about_leaf(rule, &certificate.subject).with("key", key.name());
    if rule == &CERT_KEY_UNSUPPORTED {
        return Some(finding.with("curve", curve(&key.name())));
    }
    Some(finding)
}
