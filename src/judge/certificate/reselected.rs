//! Renewed, but still the old one: after every renewal the certificate has to be chosen again by
//! hand in the XPhone administration (guide, chapter 7).
//!
//! Seen in two ways: the same address shows a newer certificate for the same name on another port,
//! or this one is older than any working automatic renewal lets it become.

use time::{Duration, OffsetDateTime};

use super::CERT_NOT_RESELECTED;
use crate::facts::{ChainVerdict, EndpointFacts, ShownChain};
use crate::known::issuers::is_automatic;
use crate::model::finding::Finding;
use crate::model::names::Fqdn;
use crate::pki::x509::Certificate;

pub(super) fn judge(
    endpoint: &EndpointFacts,
    tls: ShownChain<'_>,
    now: OffsetDateTime,
) -> Option<Finding> {
    let own = Certificate::parse(&tls.chain.first()?.0).ok()?;
    by_comparison(endpoint, &own).or_else(|| by_age(&own, now))
}

/// Newer is what begins later *and* ends later: a short certificate beside a long one is another
/// certificate, not its renewal. It has to be one that XPhone could show: for exactly the FQDN, from
/// an issuer that counts, not the self-signed one of a web server.
fn by_comparison(endpoint: &EndpointFacts, own: &Certificate) -> Option<Finding> {
    let compared = endpoint.compared.as_ref()?;
    let shown = compared.shown.as_ref()?;
    let other = Certificate::parse(&shown.certificate.0).ok()?;
    let is_renewal = shown.trust == ChainVerdict::Trusted
        && names(own, &endpoint.fqdn)
        && names(&other, &endpoint.fqdn)
        && other.not_before > own.not_before
        && other.not_after > own.not_after;
    is_renewal.then(|| {
        found("port", own)
            .with("port", compared.address.port())
            .with("newer_from", other.not_before)
            .with("newer_until", other.not_after)
    })
}

fn names(certificate: &Certificate, fqdn: &Fqdn) -> bool {
    certificate.dns_names().iter().any(|name| {
        name.trim_end_matches('.')
            .eq_ignore_ascii_case(fqdn.as_str())
    })
}

/// Only where a program renews: lives of more than ten and up to a hundred days, from a CA that
/// gives them to programs. An expired one is not late any more, it is over.
fn by_age(own: &Certificate, now: OffsetDateTime) -> Option<Finding> {
    let automatic = own.issuer_organisation.as_deref().is_some_and(is_automatic);
    let life = own.not_after - own.not_before;
    let left = own.not_after - now;
    let renewed = life > Duration::days(10) && life <= Duration::days(100);
    let overdue = left < latest_renewal(life);
    let valid = (own.not_before..=own.not_after).contains(&now);
    (automatic && renewed && valid && overdue).then(|| {
        found("age", own)
            .with("days", left.whole_days())
            .with("due", own.not_after - latest_renewal(life))
    })
}

fn found(how: &'static str, own: &Certificate) -> Finding {
    Finding::new(&CERT_NOT_RESELECTED)
        .with("how", how)
        .with("from", own.not_before)
        .with("until", own.not_after)
}

/// How much of a life is left when even the last of the common programs has renewed.
///
/// win-acme renews 55 days after the issue (that is at 61 % of 90 days), or when 7 days are left if
/// that is earlier; it looks once a day, so a day more. Others renew 30 days before the end, or with
/// a third of the life left where that is less. So of 90 days 30 are left, of 64 days 8, of 45 days 6.
fn latest_renewal(life: Duration) -> Duration {
    let win_acme = (life - Duration::days(56)).max(Duration::days(6));
    let others = Duration::days(30).min(life / 3);
    win_acme.min(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_program_renews_before() {
        for (life, left) in [(100, 30), (90, 30), (64, 8), (62, 6), (45, 6), (12, 4)] {
            assert_eq!(
                latest_renewal(Duration::days(life)),
                Duration::days(left),
                "{life}"
            );
        }
    }
}
