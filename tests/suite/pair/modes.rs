//! Open and direct federation, and one of each.

use super::{ALL_WELL, BACK, OTHER, OTHER_FQDN, OTHER_ZONE, THERE, World, ways};
use crate::stage::{FQDN, ZONE, file, zone_without};

fn without_record(zone: &str) -> String {
    let lines: Vec<&str> = zone.lines().filter(|line| !line.contains("SRV")).collect();
    lines.join("\n")
}

#[test]
fn routes_on_both_sides() {
    let world = World::of_zones(&zone_without("SRV"), &without_record(OTHER_ZONE));
    let (one, other) = (
        format!("zahnfee.de={FQDN}"),
        format!("{OTHER}={OTHER_FQDN}"),
    );
    let outcome = world.pair_of(&one, &other).arg("--direct").run();
    assert_eq!(outcome.code, 0, "{outcome}");
    let statuses = "pass pass skip pass pass pass pass skip pass";
    let [there, back] = ways(&outcome);
    there.is(THERE, statuses, "ready");
    back.is(BACK, statuses, "ready");
    // The route that only one side can show is named, with what to enter.
    there.shows(
        "pair-route",
        "pair-route-unseen",
        "info",
        Some("zahnfee.de"),
    );
    let route = &there.finding("pair-route", "pair-route-unseen")["args"]["route"];
    assert_eq!(route, OTHER_FQDN);
    there.lacks("pair-sender-no-srv");
}

#[test]
fn one_by_routes_and_one_by_records() {
    let world = World::of_zones(ZONE, &without_record(OTHER_ZONE));
    let config = file(&format!(
        "[[domain]]\nname = \"{OTHER}\"\nmode = \"direct\"\nfqdn = \"{OTHER_FQDN}\"\n"
    ));
    let outcome = world.pair().arg("--config").arg(config.path()).run();
    assert_eq!(outcome.code, 1);
    let [there, back] = ways(&outcome);
    let statuses = "pass pass skip pass pass pass pass skip fail";
    there.is(THERE, statuses, "not-ready");
    there.shows("pair-route", "pair-modes-differ", "fail", Some(OTHER));
    assert_eq!(
        there.finding("pair-route", "pair-modes-differ")["args"]["route"],
        OTHER_FQDN
    );
    assert_eq!(back.report["verdict"], "ready-with-warnings");
    back.shows("pair-route", "pair-route-unseen", "info", Some(OTHER));
    back.shows("pair-route", "pair-sender-no-srv", "warn", Some(OTHER));
}

/// A record that is there is found, whatever the other side calls itself.
#[test]
fn a_record_beside_direct_federation() {
    let world = World::new();
    let config = file(&format!(
        "[[domain]]\nname = \"{OTHER}\"\nmode = \"direct\"\nfqdn = \"{OTHER_FQDN}\"\n"
    ));
    let outcome = world.pair().arg("--config").arg(config.path()).run();
    assert_eq!(outcome.code, 0, "{outcome}");
    let [there, back] = ways(&outcome);
    there.lacks("pair-modes-differ");
    there.shows("srv", "srv-published-in-direct", "info", Some(OTHER));
    back.is(BACK, ALL_WELL, "ready");
}

/// Where nobody can tell whether there is a record, it is not missing.
#[test]
fn a_server_that_is_named_without_direct_federation() {
    let world = World::new();
    let outcome = world.pair_of(&format!("zahnfee.de={FQDN}"), OTHER).run();
    let [there, back] = ways(&outcome);
    there.is(THERE, ALL_WELL, "ready");
    back.is(BACK, ALL_WELL, "ready");
    let other = world.pair_of("zahnfee.de=chat.zahnfee.de", OTHER).run();
    let [_, back] = ways(&other);
    back.shows("srv", "srv-differs-from-fqdn", "fail", Some("zahnfee.de"));
}
