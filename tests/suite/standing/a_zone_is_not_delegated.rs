//! A zone lies on the same name servers as the one above it, which is signed and does not hand it on: a
//! control panel made it, or it was forgotten. The servers answer from it, and the zone above proves
//! that there is no such thing.

use super::the_way_is_signed::World;
use super::the_zone_is_signed::breaks;
use super::*;
use crate::world::{Proofs, ZoneKey};

const CHAT: &str = "$TTL 300\n@ NS ns1.provider.net.\n@ NS ns2.provider.net.\n@ MX 10 mail\nmail A 81.2.3.9\n\
                    xphone A 81.2.3.5\n_sipfederationtls._tcp SRV 0 0 5061 xphone\n";
/// The same in the zone above.
const IN_ZONE: &str =
    "xphone.chat A 81.2.3.5\n_sipfederationtls._tcp.chat SRV 0 0 5061 xphone.chat\n";
const XPHONE: &str = "@ A 81.2.3.4";
const IN_TCP: &str = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";

fn lay(world: &Internet, origin: &str, zone: &str) {
    world.servers(|ns| ns.replace(origin, zone));
    world.resolver.replace(origin, zone);
}

fn is_undelegated(outcome: &Outcome, zone: &str) {
    breaks(
        outcome,
        "undelegated",
        &[
            &format!("a zone {zone} of its own"),
            "zone zahnfee.de",
            zone,
        ],
    );
}

#[test]
fn the_domain_is_such_a_zone() {
    internet(|| {
        for proofs in [Proofs::Names, Proofs::Hashes] {
            let world = World::signed_by(ZONE, proofs);
            lay(&world, "chat.zahnfee.de", CHAT);
            let _server = world.tls_as("xphone.chat.zahnfee.de", "81.2.3.5").start();
            let check = || world.check_domain("chat.zahnfee.de");
            is_undelegated(&check().run(), "chat.zahnfee.de");
            is_undelegated(
                &check().arg("--authority=81.2.3.53").run(),
                "chat.zahnfee.de",
            );
            // Signed by a key that nobody announces.
            let key = ZoneKey::of("chat.zahnfee.de");
            world.servers(|ns| ns.sign("chat.zahnfee.de", &key, (-3, 11)));
            is_undelegated(&check().run(), "chat.zahnfee.de");
        }
        // There is something below it in the zone above, too, or a wildcard beside it.
        for more in ["foo.chat A 81.2.3.9", "* A 81.2.3.9"] {
            let world = World::signed(&format!("{ZONE}{more}\n"));
            lay(&world, "chat.zahnfee.de", CHAT);
            let _server = world.tls_as("xphone.chat.zahnfee.de", "81.2.3.5").start();
            is_undelegated(
                &world.check_domain("chat.zahnfee.de").run(),
                "chat.zahnfee.de",
            );
        }
        // Nobody asks for proofs where the zone above is not signed.
        let world = Internet::with_zone(ZONE);
        lay(&world, "chat.zahnfee.de", CHAT);
        let _server = world.tls_as("xphone.chat.zahnfee.de", "81.2.3.5").start();
        is_ready(&world.check_domain("chat.zahnfee.de").run());
    });
}

/// Such a zone hands a part on, which is one on the same servers as well.
#[test]
fn the_domain_is_handed_on_by_such_a_zone() {
    internet(|| {
        let world = World::signed(ZONE);
        lay(
            &world,
            "chat.zahnfee.de",
            &format!("{CHAT}team NS ns1.provider.net.\n"),
        );
        lay(&world, "team.chat.zahnfee.de", CHAT);
        let _server = world
            .tls_as("xphone.team.chat.zahnfee.de", "81.2.3.5")
            .start();
        let outcome = world.check_domain("team.chat.zahnfee.de").run();
        is_undelegated(&outcome, "chat.zahnfee.de");
    });
}

#[test]
fn a_record_is_in_such_a_zone() {
    internet(|| {
        let alias = zone_with("xphone A", "xphone CNAME h.sub");
        for (zone, origin, laid) in [
            (zone_with("SRV", ""), "_tcp.zahnfee.de", IN_TCP),
            (zone_with("xphone A", ""), "xphone.zahnfee.de", XPHONE),
            (alias, "sub.zahnfee.de", "h A 81.2.3.4"),
        ] {
            for proofs in [Proofs::Names, Proofs::Hashes] {
                let world = World::signed_by(&zone, proofs);
                lay(&world, origin, laid);
                is_undelegated(&world.check().run(), origin);
            }
        }
    });
}

/// The other server has the records in the zone above itself: whoever checks goes on to that one
/// (`real_peers::witnesses`).
#[test]
fn one_server_has_such_a_zone() {
    internet(|| {
        let zone = format!("{ZONE}{IN_ZONE}");
        for has_it in [true, false] {
            let world = World::signed(if has_it { &zone } else { ZONE });
            world.ns1.replace("chat.zahnfee.de", CHAT);
            world.resolver.replace("chat.zahnfee.de", CHAT);
            let _server = world.tls_as("xphone.chat.zahnfee.de", "81.2.3.5").start();
            let outcome = world.check_domain("chat.zahnfee.de").run();
            if has_it {
                outcome
                    .shows("domain", "domain-dnssec-bogus", "warn")
                    .shows("domain", "domain-delegation-differs", "warn");
                let args = &outcome.finding("domain", "domain-dnssec-bogus")["args"];
                assert_eq!(args["why"], "astray", "{outcome}");
                // Which of the two is right, the one that fails may know.
                let fails = outcome.finding("domain", "authority-partly-fails");
                assert_eq!(fails["args"]["advice"], "disputed");
                let words = ["settle that first", "take no server out"];
                says(&outcome, "domain", "authority-partly-fails", &words);
                outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
            } else {
                is_undelegated(&outcome, "chat.zahnfee.de");
            }
        }
    });
}
