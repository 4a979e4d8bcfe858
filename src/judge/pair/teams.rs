//! Step 8: what Microsoft Teams does between the two.

use super::{Direction, is_teams_known};
use crate::model::finding::{Judged, Skip, rules};

rules! {
    PAIR_TENANT_IN_THE_WAY = "pair-tenant-in-the-way", Unknown, [XphoneAdmin], [LookupMail, LookupTexts];
    PAIR_BOTH_TEAMS = "pair-both-teams", Unknown, [], [];
    PAIR_TEAMS_DECIDES = "pair-teams-decides", Info, [], [];
}

pub(super) fn judge(direction: &Direction<'_>) -> Judged {
    let own = &direction.caller.own;
    let is_known =
        is_teams_known(&own.facts, &own.terms) && is_teams_known(direction.facts, direction.terms);
    if !is_known {
        return direction.waits_for_srv("seen-pair-teams-unknown");
    }
    match (direction.is_from_teams(), direction.is_to_teams()) {
        (false, false) => Judged {
            skip: Some(Skip::NotApplicable),
            ..Judged::new(direction.seen("seen-pair-no-teams"), Vec::new())
        },
        (true, true) => {
            let finding = direction.found(&PAIR_BOTH_TEAMS);
            Judged::new(direction.seen("seen-pair-both-teams"), vec![finding])
        }
        (false, true) => {
            let finding = direction.found(&PAIR_TEAMS_DECIDES);
            let finding = finding.with("teams", direction.terms.domain.as_str());
            let finding = finding.with("other", direction.caller());
            Judged::new(direction.seen("seen-pair-to-teams"), vec![finding])
        }
        (true, false) => from_teams(direction),
    }
}

/// Teams asks its own list of domains before the record (guide, chapter 10, variant 2).
fn from_teams(direction: &Direction<'_>) -> Judged {
    let zone = direction.facts.zone.as_ref();
    let traces = zone.map_or_else(Vec::new, crate::facts::ZoneFacts::microsoft_traces);
    let decides = direction
        .found_there(&PAIR_TEAMS_DECIDES)
        .with("teams", direction.caller())
        .with("other", direction.terms.domain.as_str());
    let mut findings = vec![decides];
    let seen = if traces.is_empty() {
        direction.seen("seen-pair-from-teams")
    } else {
        findings.push(
            direction
                .found_here(&PAIR_TENANT_IN_THE_WAY)
                .with("traces", traces),
        );
        direction.seen("seen-pair-tenant")
    };
    Judged::new(seen, findings)
}
