//! Faults each of which stops resolvers of one kind, and which together stop all: a partner has the one kind or
//! the other.

use super::{
    AUTHORITY_FAILS_ABOVE, AUTHORITY_NAME_IS_ALIAS, AUTHORITY_PARTLY_LOST, AUTHORITY_REJECTS_EDNS,
    DOMAIN_DNSSEC_BOGUS, RESOLVERS_ALL_STOPPED, above, asking, essential,
};
use crate::facts::{AddressFacts, SrvFacts, ZoneFacts};
use crate::model::finding::{Finding, Rule};

/// A kind of resolver, named after the one that most have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bind,
    Unbound,
}

/// What a finding has to say to stop one of them for good.
struct Stop {
    rule: &'static Rule,
    /// The argument by which it tells its causes apart, and the cause.
    cause: Option<(&'static str, &'static str)>,
    whom: Kind,
    /// The cause in the texts.
    key: &'static str,
}

const fn stop(
    rule: &'static Rule,
    cause: Option<(&'static str, &'static str)>,
    whom: Kind,
    key: &'static str,
) -> Stop {
    Stop {
        rule,
        cause,
        whom,
        key,
    }
}

/// Whom they stop, what is mended with least effort first. Measured with Unbound 1.17 and BIND 9.18. What one of them
/// gets past at the second question is not among them.
static STOPS: &[Stop] = &[
    stop(&AUTHORITY_NAME_IS_ALIAS, None, Kind::Bind, "alias"),
    stop(
        &AUTHORITY_PARTLY_LOST,
        Some(("found", "by-glue")),
        Kind::Bind,
        "by-glue",
    ),
    stop(
        &AUTHORITY_PARTLY_LOST,
        Some(("found", "too-far")),
        Kind::Unbound,
        "too-far",
    ),
    stop(
        &AUTHORITY_REJECTS_EDNS,
        Some(("why", "cookie")),
        Kind::Bind,
        "cookie",
    ),
    stop(
        &AUTHORITY_REJECTS_EDNS,
        Some(("why", "cookie-data")),
        Kind::Bind,
        "cookie-data",
    ),
    stop(
        &AUTHORITY_REJECTS_EDNS,
        Some(("why", "edns")),
        Kind::Bind,
        "edns",
    ),
    stop(
        &AUTHORITY_REJECTS_EDNS,
        Some(("why", "twice")),
        Kind::Bind,
        "twice",
    ),
    stop(
        &AUTHORITY_FAILS_ABOVE,
        Some(("how", "silent")),
        Kind::Bind,
        "above",
    ),
    stop(
        &DOMAIN_DNSSEC_BOGUS,
        Some(("why", "beside")),
        Kind::Bind,
        "signatures",
    ),
    stop(
        &DOMAIN_DNSSEC_BOGUS,
        Some(("why", "revoked")),
        Kind::Bind,
        "signatures",
    ),
    stop(
        &DOMAIN_DNSSEC_BOGUS,
        Some(("why", "sha1")),
        Kind::Bind,
        "signatures",
    ),
    stop(
        &DOMAIN_DNSSEC_BOGUS,
        Some(("why", "just-expired")),
        Kind::Bind,
        "signatures",
    ),
    stop(
        &DOMAIN_DNSSEC_BOGUS,
        Some(("why", "about-to-count")),
        Kind::Bind,
        "signatures",
    ),
];

impl Stop {
    fn is_told_by(&self, finding: &Finding) -> bool {
        let is_cause = self
            .cause
            .is_none_or(|(name, cause)| finding.says(name, cause));
        finding.rule == self.rule && is_cause && !finding.says("whole", "no")
    }
}

/// That no kind of resolver is left, by what is found of the domain and of the names above those asked for.
pub(super) fn judge(
    findings: &[Finding],
    zone: &ZoneFacts,
    srv: &SrvFacts,
    addresses: &[AddressFacts],
) -> Option<Finding> {
    let above = essential(zone, srv, addresses).flat_map(above::judge_names_above);
    let above: Vec<Finding> = above.collect();
    let is_told = |stop: &&Stop| {
        let mut all = findings.iter().chain(&above);
        all.any(|finding| stop.is_told_by(finding))
    };
    let told: Vec<&Stop> = STOPS.iter().filter(is_told).collect();
    let first = |kind| told.iter().find(|stop| stop.whom == kind);
    let (bind, unbound) = (first(Kind::Bind)?, first(Kind::Unbound)?);
    let finding = Finding::new(&RESOLVERS_ALL_STOPPED)
        .with("bind", bind.key)
        .with("unbound", unbound.key)
        .with("first", told.first()?.key);
    Some(asking(finding, &srv.lookup, srv.lookup.counting()))
}
