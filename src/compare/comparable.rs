//! Whether two reports can be compared at all.

use crate::facts::EndpointFacts;
use crate::model::vantage::Vantage;
use crate::report::Report;

/// Why two reports cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// They are about different domains.
    Domain,
    /// One is about the own domain, the other about a partner's; or one about open federation, the
    /// other about direct.
    Mode,
    /// They ask for different servers (`--fqdn`).
    Server,
    /// One looks at the published addresses, the other at where `--connect-to` leads.
    ConnectedElsewhere,
    /// They connect by different families of addresses (`-4`, `-6`), or to private ones, too.
    Family,
    /// They judge by different roots (`--ca-file`).
    Roots,
    /// They rest on what different resolvers say, since no server of the zone was asked; or on
    /// servers that were given (`--authority`).
    Resolvers,
    /// They were made from different places (`--via`).
    Vantage,
    /// One lacks what is local, the other does not.
    Redaction,
}

impl Obstacle {
    /// Its name in the machine formats.
    pub fn id(self) -> &'static str {
        match self {
            Self::Domain => "other-domain",
            Self::Mode => "other-mode",
            Self::Server => "other-server",
            Self::ConnectedElsewhere => "connected-elsewhere",
            Self::Family => "other-family",
            Self::Roots => "other-roots",
            Self::Resolvers => "other-resolvers",
            Self::Vantage => "other-vantage",
            Self::Redaction => "redacted",
        }
    }
}

pub(super) fn obstacle(old: &Report, new: &Report) -> Option<Obstacle> {
    let (before, after) = (old.terms(), new.terms());
    let is_redirected = |report: &Report| {
        let mut endpoints = report.facts().endpoints.iter().flatten();
        endpoints.any(EndpointFacts::is_redirected)
    };
    // Where nothing was connected to, nothing was connected elsewhere.
    let connects = |report: &Report| report.facts().endpoints.iter().flatten().next().is_some();
    let elsewhere = is_redirected(old) != is_redirected(new) && connects(old) && connects(new);
    [
        (before.domain != after.domain, Obstacle::Domain),
        (
            before.federation != after.federation
                || before.partner != after.partner
                || before.scope != after.scope
                || before.caller != after.caller,
            Obstacle::Mode,
        ),
        (
            before.fqdn.is_some() && after.fqdn.is_some() && before.fqdn != after.fqdn,
            Obstacle::Server,
        ),
        (
            old.check.redacted != new.check.redacted,
            Obstacle::Redaction,
        ),
        (vantage(old) != vantage(new), Obstacle::Vantage),
        (elsewhere, Obstacle::ConnectedElsewhere),
        (
            before.family != after.family || before.allow_private != after.allow_private,
            Obstacle::Family,
        ),
        (before.own_roots != after.own_roots, Obstacle::Roots),
        (
            is_given(old) != is_given(new) || rests_on_resolvers(old, new),
            Obstacle::Resolvers,
        ),
    ]
    .into_iter()
    .find_map(|(is_so, obstacle)| is_so.then_some(obstacle))
}

/// Where it was seen from; without a word on that, from the machine that made it.
fn vantage(report: &Report) -> Vantage {
    let place = report.check.place.as_ref();
    place.map_or(Vantage::Here, |place| place.at.clone())
}

/// Whether the user named the servers of the zone.
fn is_given(report: &Report) -> bool {
    let zone = report.facts().zone.as_ref();
    let authority = zone.and_then(|zone| zone.authority.as_ref());
    authority.is_some_and(|authority| authority.given)
}

/// Whether a resolver's word is all there is in one of them, and not that of the same resolvers.
fn rests_on_resolvers(old: &Report, new: &Report) -> bool {
    let views = |report: &Report| {
        let srv = report.facts().srv.as_ref()?;
        let views = srv.lookup.answers.iter();
        let mut views: Vec<String> = views.map(|answer| answer.view.to_string()).collect();
        views.sort_unstable();
        views.dedup();
        Some(views)
    };
    let is_alone = |report: &Report| {
        let srv = report.facts().srv.as_ref();
        srv.is_some_and(|srv| srv.lookup.published().is_none())
    };
    let is_known = |report: &Report| report.facts().srv.is_some();
    is_known(old) && is_known(new) && is_alone(old) && is_alone(new) && views(old) != views(new)
}
