//! How strong the keys and signatures are.

use super::{CERT_ECDSA, CERT_PSS, CERT_WEAK_KEY, CERT_WEAK_SIGNATURE};
use crate::facts::Der;
use crate::model::finding::Finding;
use crate::pki::x509::{Certificate, Key, Signature, path_of_chain};

/// Key and signatures, on the way up from the leaf. The signature of a root vouches for nothing,
/// and a certificate that was sent for no reason neither helps nor harms.
pub(super) fn judge(certificate: &Certificate, chain: &[Der]) -> Vec<Finding> {
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
    let of = |wanted: fn(&Signature) -> bool| {
        signed
            .iter()
            .find(|certificate| wanted(&certificate.signature))
    };
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
