//! A certificate that lies in a file and could be chosen: by the same rules as one that is shown, and
//! whether its key is there.

use super::{
    CERT_KEY_CLOSED, CERT_KEY_DIFFERS, CERT_KEY_MISSING, CERT_NAME_MISMATCH, judge_chain, remedy,
};
use crate::facts::{
    EndpointFacts, HeldKey, Micros, OfferFacts, OfferKind, TcpOutcome, TlsFacts, TlsOutcome,
};
use crate::model::finding::{Finding, Severity};
use crate::model::names::Fqdn;
use crate::model::plan::Terms;
use crate::pki::details::Details;
use crate::pki::x509::Certificate;

/// What is wrong with it for this server.
pub(crate) fn judge(offer: &OfferFacts, fqdn: &Fqdn, terms: &Terms) -> Vec<Finding> {
    if let Some(authority) = of_authority(offer, fqdn) {
        let mut findings = vec![authority];
        terms.weigh(&mut findings);
        return findings;
    }
    let endpoint = as_shown(offer, fqdn);
    let mut judged = [(&endpoint, Vec::new())];
    if let Some(shown) = endpoint.shown() {
        judged[0].1 = judge_chain(&endpoint, shown, terms);
    }
    remedy::settle(&mut judged, terms);
    let [(_, mut findings)] = judged;
    findings.extend(judge_key(offer));
    terms.weigh(&mut findings);
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// A certificate of a CA: what else there is to say of it does not matter, as no server shows it for its own.
fn of_authority(offer: &OfferFacts, fqdn: &Fqdn) -> Option<Finding> {
    let der = &offer.chain.first()?.0;
    let read = Certificate::parse(der).ok()?;
    let is_of_server = offer.key == HeldKey::Fits || !read.dns_names().is_empty();
    if is_of_server || !Details::read(der).is_ca {
        return None;
    }
    let authority = if read.self_signed {
        "root"
    } else {
        "intermediate"
    };
    Some(
        Finding::new(&CERT_NAME_MISMATCH)
            .with("fqdn", fqdn.as_str())
            .with("server", fqdn.as_str())
            .with("names", read.common_names)
            .with("subject", read.subject)
            .with("without_sni", "none")
            .with("authority", authority),
    )
}

/// As a server would show it that has all of the way up.
fn as_shown(offer: &OfferFacts, fqdn: &Fqdn) -> EndpointFacts {
    let nowhere = ([0, 0, 0, 0], 0).into();
    let tls = TlsFacts {
        chain: offer.chain.clone(),
        trust: offer.trust.clone(),
        ..TlsFacts::begun(TlsOutcome::Finished)
    };
    EndpointFacts {
        tls: Some(tls),
        ..EndpointFacts::new(
            fqdn.clone(),
            None,
            nowhere,
            TcpOutcome::Connected(Micros(0)),
        )
    }
}

/// XPhone offers only what the machine's store has the key of. A PEM or DER file may hold the
/// certificate alone, and the key be where it was made.
fn judge_key(offer: &OfferFacts) -> Option<Finding> {
    let rule = match offer.key {
        HeldKey::Fits => return None,
        HeldKey::Differs => &CERT_KEY_DIFFERS,
        HeldKey::Closed => &CERT_KEY_CLOSED,
        HeldKey::Missing => &CERT_KEY_MISSING,
    };
    let finding = Finding::new(rule)
        .with("source", offer.sources.join(", "))
        .with("kind", offer.kind.key());
    let alone =
        offer.key == HeldKey::Missing && matches!(offer.kind, OfferKind::Pem | OfferKind::Der);
    Some(if alone {
        finding.weighing(Severity::Info)
    } else {
        finding
    })
}
