//! Renewed, but still the old one: after every renewal the certificate has to be chosen again by
//! hand in the XPhone administration (guide, chapter 7).
//!
//! Seen in two ways: the same address shows a newer certificate for the same name on another port,
//! or this one is older than any working automatic renewal lets it become.

use time::{Duration, OffsetDateTime};

use super::CERT_NOT_RESELECTED;
use super::compared::right_there_until;
use crate::facts::{EndpointFacts, ShownChain};
use crate::known::issuers::is_automatic;
use crate::known::lifetimes::latest_renewal;
use crate::model::finding::Finding;
use crate::model::plan::Terms;
use crate::pki::x509::Certificate;

pub(super) fn judge(
    endpoint: &EndpointFacts,
    tls: ShownChain<'_>,
    terms: &Terms,
) -> Option<Finding> {
    let leaf = Certificate::parse(&tls.chain.first()?.0).ok()?;
    by_comparison(endpoint, &leaf, terms).or_else(|| by_age(&leaf, terms.now))
}

/// The same of another that the endpoint shows. Of two with keys of different kinds, one may well be older: the
/// comparison is of those of a kind.
pub(super) fn judge_beside(
    endpoint: &EndpointFacts,
    their: ShownChain<'_>,
    terms: &Terms,
) -> Option<Finding> {
    let leaf = Certificate::parse(&their.chain.first()?.0).ok()?;
    let kind = |certificate: &Certificate| std::mem::discriminant(&certificate.key);
    let compared = endpoint.compared.as_ref();
    let compared = compared.and_then(|compared| compared.shown.as_ref());
    let compared = compared.and_then(|shown| Certificate::parse(&shown.certificate.0).ok());
    if compared.is_some_and(|compared| kind(&compared) == kind(&leaf)) {
        return judge(endpoint, their, terms);
    }
    by_age(&leaf, terms.now)
}

/// A renewal begins later *and* ends later: a short certificate beside a long one is another
/// certificate, not its renewal. It has to be one that XPhone could show: for exactly the FQDN, from
/// an issuer that counts, not the self-signed one of a web server, and usable today.
fn by_comparison(endpoint: &EndpointFacts, leaf: &Certificate, terms: &Terms) -> Option<Finding> {
    let compared = endpoint.compared.as_ref()?;
    let shown = compared.shown.as_ref()?;
    let newer = Certificate::parse(&shown.certificate.0).ok()?;
    let is_renewal = leaf.names_exactly(endpoint.fqdn.as_str())
        && right_there_until(endpoint, terms).is_some()
        && newer.not_before > leaf.not_before
        && newer.not_after > leaf.not_after;
    is_renewal.then(|| {
        found("port", leaf)
            .with("port", compared.address.port())
            .with("newer_from", newer.not_before)
            .with("newer_until", newer.not_after)
    })
}

/// Only where a program renews: lives of more than ten and up to a hundred days, from a CA that
/// serves programs. An expired certificate is no longer late: it is judged by its dates.
fn by_age(leaf: &Certificate, now: OffsetDateTime) -> Option<Finding> {
    let organisation = leaf.issuer_organisation.as_deref();
    let life = leaf.not_after - leaf.not_before;
    let left = leaf.not_after - now;
    let is_renewed_by_program = organisation.is_some_and(is_automatic)
        && life > Duration::days(10)
        && life <= Duration::days(100);
    let is_valid = (leaf.not_before..=leaf.not_after).contains(&now);
    let is_overdue = left < latest_renewal(life);
    (is_renewed_by_program && is_valid && is_overdue).then(|| {
        found("age", leaf)
            .with("days", left.whole_days())
            .with("due", leaf.not_after - latest_renewal(life))
    })
}

fn found(how: &'static str, leaf: &Certificate) -> Finding {
    Finding::new(&CERT_NOT_RESELECTED)
        .with("how", how)
        .with("from", leaf.not_before)
        .with("until", leaf.not_after)
}
