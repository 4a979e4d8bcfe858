//! From when until when the certificate is valid.

use time::OffsetDateTime;

use super::path::about_leaf;
use super::{CERT_EXPIRED, CERT_EXPIRES_SOON, CERT_NOT_YET_VALID, CERT_TOO_LONG};
use crate::known::lifetimes;
use crate::model::finding::Finding;
use crate::pki::x509::Certificate;

/// A certificate that expired so many days ago has been noticed by all partners, or is not what has to be
/// doubted first.
const LONG: i64 = 14;

pub(super) fn judge_validity(certificate: &Certificate, now: OffsetDateTime) -> Option<Finding> {
    let (from, until) = (certificate.not_before, certificate.not_after);
    let dated = |rule| {
        about_leaf(rule, &certificate.subject)
            .with("from", from)
            .with("until", until)
    };
    if now > until {
        let days = (now - until).whole_days();
        let long = if days > LONG { "yes" } else { "no" };
        return Some(dated(&CERT_EXPIRED).with("days", days).with("long", long));
    }
    if now < from {
        return Some(dated(&CERT_NOT_YET_VALID).with("days", (from - now).whole_days()));
    }
    let (life, left) = (until - from, until - now);
    (left < lifetimes::renewal_due(life))
        .then(|| dated(&CERT_EXPIRES_SOON).with("days", left.whole_days()))
}

/// Longer than a public CA may give: such a certificate is from another CA, or was issued wrongly.
pub(super) fn judge_lifetime(certificate: &Certificate) -> Option<Finding> {
    let limit = lifetimes::longest(certificate.not_before.date())?;
    // Both ends count: a day's certificate ends a second before the day is full.
    let life = certificate.not_after - certificate.not_before;
    (life > limit).then(|| {
        Finding::new(&CERT_TOO_LONG)
            .with("days", life.whole_days())
            .with("limit", limit.whole_days())
    })
}
