//! Step 9: both know the way: by the SRV record, or by a route that was entered by hand.

use super::{Direction, is_direct, is_published};
use crate::model::finding::{Finding, Judged, Severity, rules};

rules! {
    PAIR_MODES_DIFFER = "pair-modes-differ", Fail, [XphoneAdmin, DnsAdmin], [LookupSrv];
    PAIR_TEAMS_NO_ROUTE = "pair-teams-no-route", Fail, [DnsAdmin], [];
    PAIR_SENDER_NO_SRV = "pair-sender-no-srv", Warn, [DnsAdmin] (as partner: DnsAdmin), [];
    PAIR_ROUTE_UNSEEN = "pair-route-unseen", Info, [], [];
}

pub(super) fn judge(direction: &Direction<'_>) -> Judged {
    let by_route = is_direct(&direction.caller.own.terms);
    let mut findings = Vec::new();
    findings.extend(way_in(direction, by_route));
    findings.extend(sender(direction));
    let is_found =
        is_direct(direction.terms) || is_published(direction.facts.srv.as_ref()) == Some(true);
    if !is_found && !by_route {
        return Judged {
            findings,
            ..direction.waits_for_srv("seen-pair-no-record")
        };
    }
    let seen = direction
        .seen("seen-pair-route")
        .with("from", if by_route { "route" } else { "srv" })
        .with(
            "to",
            if is_direct(direction.terms) {
                "route"
            } else {
                "srv"
            },
        );
    Judged::new(seen, findings)
}

/// The server that is called.
fn server(direction: &Direction<'_>) -> String {
    let srv = direction.facts.srv.as_ref();
    let servers = srv.map(|srv| srv.servers(direction.terms));
    let first = servers.and_then(|servers| servers.into_iter().next());
    let server = first.or_else(|| direction.terms.fqdn.clone());
    server.map_or_else(String::new, |fqdn| fqdn.to_string())
}

/// How the caller finds it.
fn way_in(direction: &Direction<'_>, by_route: bool) -> Option<Finding> {
    let published = is_published(direction.facts.srv.as_ref());
    let server = server(direction);
    if by_route && !direction.is_from_teams() {
        let finding = direction.found_there(&PAIR_ROUTE_UNSEEN);
        return Some(finding.with("route", server));
    }
    // That it is missing in open federation says its own step.
    if !is_direct(direction.terms) || published == Some(true) {
        return None;
    }
    if direction.is_from_teams() {
        let finding = direction.found(&PAIR_TEAMS_NO_ROUTE);
        return Some(finding.with("route", server));
    }
    let finding = direction.found(&PAIR_MODES_DIFFER).with("route", server);
    Some(match published {
        Some(_) => finding,
        None => finding.weighing(Severity::Unknown),
    })
}

/// Whether the one who is called finds the caller, as some want to before they take anything from it.
fn sender(direction: &Direction<'_>) -> Option<Finding> {
    let own = &direction.caller.own;
    let is_missing = is_published(own.facts.srv.as_ref()) == Some(false);
    let is_asked_for = !is_direct(direction.terms) || direction.is_to_teams();
    if !is_missing || !is_asked_for {
        return None;
    }
    let finding = direction.found_there(&PAIR_SENDER_NO_SRV);
    let (severity, strict) = if direction.is_to_teams() {
        (Severity::Fail, "teams")
    } else {
        (Severity::Warn, "some")
    };
    Some(finding.with("strict", strict).weighing(severity))
}
