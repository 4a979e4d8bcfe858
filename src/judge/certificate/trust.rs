//! Whether the chain leads to a root, and if not, why.

use strum::IntoStaticStr;

use super::{
    CERT_CHAIN_INCOMPLETE, CERT_INTERCEPTED, CERT_LOCALLY_TRUSTED_ONLY, CERT_SELF_SIGNED,
    CERT_UNTRUSTED_ISSUER,
};
use crate::facts::{
    ChainVerdict, Der, EndpointFacts, GapReason, IssuerFacts, IssuerOutcome, PathVerdict,
    ShownChain, TrustFacts,
};
use crate::known::issuers::{Untrusted, is_inspector, is_public};
use crate::known::preset::{Maker, maker};
use crate::model::finding::Finding;
use crate::model::plan::Terms;
use crate::pki::x509::{Certificate, is_issued_by, path_of_chain, top_of_chain};

/// Why no path to a root was found, by the cause that an admin can remove.
pub(super) fn judge(
    certificate: &Certificate,
    tls: ShownChain<'_>,
    endpoint: &EndpointFacts,
    terms: &Terms,
) -> Option<Finding> {
    let trust = tls.trust?;
    // A public CA gives routers certificates for the names that their makers lend them.
    if let Some(device) = device(certificate, endpoint) {
        return Some(intercepted(certificate, device, endpoint));
    }
    let (why, detail) = match &trust.verdict {
        ChainVerdict::Trusted => return None,
        // Each reason is told by itself.
        ChainVerdict::Refused | ChainVerdict::NotVerifiable => (Distrust::Rejected, ""),
        ChainVerdict::UnknownIssuer | ChainVerdict::NoRoots => (Distrust::Unknown, ""),
        ChainVerdict::IssuerOutOfDate => (Distrust::OutOfDate, ""),
        // The verifier's word for it. The parentheses behind it are for its developers.
        ChainVerdict::Rejected(reason) => {
            let word = reason.split('(').next().unwrap_or(reason);
            (Distrust::Rejected, word)
        }
    };
    let (device, program) = match made_by(certificate).filter(|_| !terms.own_roots) {
        Some(Maker::Device(name)) => (name, "none"),
        Some(Maker::Program(name)) if certificate.self_signed => ("none", name),
        _ => ("none", "none"),
    };
    if device != "none" || !terms.own_roots && is_inspector(&certificate.issuer) {
        return Some(intercepted(certificate, device, endpoint));
    }
    if certificate.self_signed {
        return Some(
            Finding::new(&CERT_SELF_SIGNED)
                .with("subject", certificate.subject.as_str())
                .with("program", program),
        );
    }
    if trust.local == Some(ChainVerdict::Trusted) && !terms.own_roots && why == Distrust::Unknown {
        return Some(
            Finding::new(&CERT_LOCALLY_TRUSTED_ONLY).with("issuer", certificate.issuer.as_str()),
        );
    }
    if matches!(
        trust.verdict,
        ChainVerdict::Refused | ChainVerdict::NotVerifiable
    ) {
        return None;
    }
    if let Some(gap) = named_alike(trust) {
        return Some(gap);
    }
    let top = top_of_chain(tls.chain)?;
    let kind = [&certificate.issuer, &top.issuer]
        .into_iter()
        .find_map(|issuer| Untrusted::of(issuer))
        .filter(|_| !terms.own_roots);
    if why == Distrust::Unknown
        && kind.is_none()
        && !top.self_signed
        && let Some(finding) = judge_gap(&top, endpoint.issuer.as_ref())
    {
        return Some(finding);
    }
    let sent = i64::try_from(tls.chain.len()).unwrap_or(i64::MAX);
    let roots = if terms.own_roots { "given" } else { "public" };
    Some(
        Finding::new(&CERT_UNTRUSTED_ISSUER)
            .with("issuer", top.issuer.as_str())
            .with("top", if top.self_signed { "root" } else { "open" })
            .with("why", why.key())
            .with(
                "kind",
                match kind {
                    Some(Untrusted::Staging) => "staging",
                    Some(Untrusted::CloudflareOrigin) => "origin",
                    None => "other",
                },
            )
            .with("detail", detail)
            .with("sent", sent)
            .with("roots", roots),
    )
}

/// The device whose own certificate this is. One that is for the server's name, too, is somebody's choice.
pub(super) fn device(certificate: &Certificate, endpoint: &EndpointFacts) -> Option<&'static str> {
    match made_by(certificate) {
        Some(Maker::Device(name)) if !certificate.names_exactly(endpoint.fqdn.as_str()) => {
            Some(name)
        }
        _ => None,
    }
}

fn made_by(certificate: &Certificate) -> Option<Maker> {
    let names = certificate.dns_names().iter();
    let names = names.chain(&certificate.common_names);
    maker(&certificate.subject, &certificate.issuer, names)
}

/// Through IPv6 nothing is forwarded: the address is another.
fn intercepted(certificate: &Certificate, device: &str, endpoint: &EndpointFacts) -> Finding {
    let address = endpoint.published.unwrap_or(endpoint.address.ip());
    Finding::new(&CERT_INTERCEPTED)
        .with("issuer", certificate.issuer.as_str())
        .with("device", device)
        .with("family", if address.is_ipv6() { "v6" } else { "v4" })
}

/// Another address of this run sends the same certificate, and the way up with it: what is missing
/// here is known.
pub(super) fn complete_elsewhere(
    endpoint: &EndpointFacts,
    findings: &mut [Finding],
    shown: &[(&EndpointFacts, ShownChain<'_>)],
) {
    let Some(own) = endpoint.shown() else { return };
    let is_complete = |(_, other): &&(&EndpointFacts, ShownChain<'_>)| {
        let trust = other.trust.map(|trust| &trust.verdict);
        trust == Some(&ChainVerdict::Trusted) && other.chain.first() == own.chain.first()
    };
    let Some(top) = top_of_chain(own.chain) else {
        return;
    };
    if let Some((other, _)) = shown.iter().find(is_complete)
        && let Some(finding) = findings.iter_mut().find(|finding| {
            [&CERT_UNTRUSTED_ISSUER, &CERT_CHAIN_INCOMPLETE].contains(&finding.rule)
        })
    {
        let at = other.published.unwrap_or(other.address.ip());
        *finding = Finding::new(&CERT_CHAIN_INCOMPLETE)
            .with("missing", top.issuer.as_str())
            .with("sure", "seen")
            .with("seen_at", at.to_string())
            .with("url", top.issuer_url.iter().cloned().collect::<Vec<_>>());
    }
}

/// The same server sends the way up with another certificate, which it shows others and is right: what is
/// missing here is known, by the name of that issuer.
pub(super) fn complete_beside(
    endpoint: &EndpointFacts,
    chain: &[Der],
    found: &mut [Finding],
) -> Option<String> {
    let right = endpoint.shown()?;
    let verdict = right.trust.map(|trust| &trust.verdict);
    let top = *path_of_chain(chain).last()?;
    let is_sent = right.chain.iter().any(|der| is_issued_by(&top.0, &der.0));
    if verdict != Some(&ChainVerdict::Trusted) || !is_sent {
        return None;
    }
    let mut open = found
        .iter_mut()
        .filter(|finding| [&CERT_UNTRUSTED_ISSUER, &CERT_CHAIN_INCOMPLETE].contains(&finding.rule));
    let finding = open.next()?;
    let top = Certificate::parse(&top.0).ok()?;
    *finding = Finding::new(&CERT_CHAIN_INCOMPLETE);
    Some(top.issuer)
}

/// A root or a certificate sent has the issuer's name, but another key: one of the same name is
/// missing.
fn named_alike(trust: &TrustFacts) -> Option<Finding> {
    let PathVerdict::NoPath(gap) = &trust.path.as_ref()?.verdict else {
        return None;
    };
    let sure = match gap.why {
        GapReason::RootHasOtherKey => "root",
        GapReason::SentHasOtherKey => "sent",
        GapReason::OnlyGiven => "given",
        GapReason::Unknown | GapReason::SelfSigned => return None,
    };
    Some(
        Finding::new(&CERT_CHAIN_INCOMPLETE)
            .with("missing", gap.issuer.as_str())
            .with("sure", sure)
            .with("seen_at", "")
            .with("url", Vec::new()),
    )
}

/// Why a chain is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
enum Distrust {
    /// It leads to no root.
    Unknown,
    /// It leads to a root by a certificate outside its dates.
    OutOfDate,
    /// The verifier rejects it for another reason.
    Rejected,
}

impl Distrust {
    /// The key of the reason in the texts.
    fn key(self) -> &'static str {
        self.into()
    }
}

/// A chain that ends below its issuer. An intermediate is missing for certain when the issuer is
/// known as one of a public CA, or was fetched and led to a root; it is likely when the certificate
/// names an address to fetch the issuer from. Otherwise it is the private CA that it seems.
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
            .with("seen_at", "")
            .with("url", top.issuer_url.iter().cloned().collect::<Vec<_>>())
    })
}
