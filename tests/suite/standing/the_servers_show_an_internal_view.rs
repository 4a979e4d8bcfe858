//! The company runs its public name servers itself, and they show those inside another zone (views of BIND):
//! its name servers have private addresses, though the registry leads to public ones.

use super::the_zone_is_signed::{BOGUS, NS};
use super::*;
use crate::world::ZoneKey;

const RECORD: &str = "_sipfederationtls._tcp SRV 0 0 5061 xphone\n";
const DC: &str = "$TTL 300\n@ NS dc01\ndc01 A 10.0.0.10\n";
/// The names as outside, at other addresses.
const SAME: &str = "$TTL 300\n@ NS ns1\n@ NS ns2\nns1 A 10.0.0.53\nns2 A 10.0.0.54\n";

#[track_caller]
fn is_seen_from_inside(outcome: &Outcome) {
    outcome.shows("domain", "domain-internal-view", "unknown");
    outcome.lacks("srv-missing").lacks("address-not-public");
    outcome.lacks(BOGUS).lacks("authority-partly-silent");
    assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
}

#[test]
fn to_the_resolver_as_well() {
    internet(|| {
        let key = ZoneKey::of("zahnfee.de");
        let signed = format!("{NS}\nzahnfee DS {}", key.ds());
        for view in [
            format!("{DC}xphone A 81.2.3.4\n{RECORD}"),
            format!("{DC}xphone A 10.0.0.5\n{RECORD}"),
            format!("{DC}xphone A 81.2.3.4\n"),
            format!("{SAME}xphone A 10.0.0.5\n{RECORD}"),
        ] {
            for delegation in [NS, &signed] {
                let world = Internet::new();
                let _registry = world.registry(delegation);
                world.servers(|ns| ns.replace("zahnfee.de", &view));
                world.resolver.replace("zahnfee.de", &view);
                is_seen_from_inside(&world.check().run());
            }
        }
    });
}

/// What the resolver has from outside counts.
#[test]
fn and_the_resolver_sees_the_public_one() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("SRV", ""));
        let registry = world.registry(NS);
        let view = format!("{DC}xphone A 81.2.3.4\n{RECORD}");
        world.servers(|ns| ns.replace("zahnfee.de", &view));
        let outcome = world.check().run();
        outcome.shows("srv", "srv-missing", "fail");
        outcome.shows("domain", "authority-unreachable", "info");
        drop((world, registry));
        for view in [
            format!("{DC}xphone A 10.0.0.5\n{RECORD}"),
            format!("{SAME}xphone A 10.0.0.5\n{RECORD}"),
            DC.to_owned(),
        ] {
            let world = Internet::new();
            let _registry = world.registry(NS);
            world.servers(|ns| ns.replace("zahnfee.de", &view));
            let outcome = world.check().run();
            outcome.lacks("address-not-public").lacks("srv-missing");
            let finding = outcome.finding("domain", "authority-unreachable");
            assert_eq!(finding["args"]["why"], "inside", "{outcome}");
            assert_eq!(outcome.report()["verdict"], "ready", "{outcome}");
        }
    });
}

/// One name server of several has a private address: the zone is the public one.
#[test]
fn not_where_a_name_server_is_public() {
    internet(|| {
        let lines = "@ NS dc01\ndc01 A 10.0.0.10\nxphone A 10.0.0.5";
        let world = Internet::with_zone(&zone_with("xphone A", lines));
        let _registry = world.registry(NS);
        let outcome = world.check().run();
        outcome.lacks("domain-internal-view");
        outcome.shows("address", "address-not-public", "fail");
    });
}
