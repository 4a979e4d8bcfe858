//! Only a resolver is heard that does not check signatures (DNSSEC), and passes on what all others refuse. Unbound
//! and BIND, told not to check, do just that.

use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::{Record, RecordType as Type};

use super::the_zone_is_signed::BOGUS;
use super::*;
use crate::world::ZoneKey;

/// The resolver knows the domain, signed for these days, and the keys that the top-level domain announces.
fn world(announced: Option<&ZoneKey>, own: Option<(&ZoneKey, (i64, i64))>) -> Internet {
    let world = Internet::new();
    let top = ZoneKey::of("de");
    let ds = announced.map(|key| format!("zahnfee DS {}\n", key.ds()));
    let delegation = "@ NS a.nic\na.nic A 81.2.3.52\nzahnfee NS ns1.provider.net.\n";
    let above = format!("$TTL 300\n{delegation}{}", ds.unwrap_or_default());
    world.resolver.replace("de", &above);
    world.resolver.sign("de", &top, (-3, 11));
    if let Some((key, days)) = own {
        world.resolver.sign("zahnfee.de", key, days);
    }
    world
}

fn check(world: &Internet) -> Outcome {
    world.check().args(&["--no-authority"]).run()
}

#[track_caller]
fn is_doubted(outcome: &Outcome, why: &str) {
    outcome.shows("domain", BOGUS, "unknown");
    let finding = outcome.finding("domain", BOGUS);
    assert_eq!(finding["args"]["why"], why, "{outcome}");
    says(outcome, "domain", BOGUS, &["127.0.0.53", "checks nothing"]);
    assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
}

#[test]
fn and_all_is_in_order() {
    internet(|| {
        let key = ZoneKey::of("zahnfee.de");
        is_ready(&check(&world(Some(&key), Some((&key, (-3, 11))))));
        is_ready(&check(&world(None, None)));
        // Signed, and announced by nobody.
        is_ready(&check(&world(None, Some((&key, (-30, -2))))));
    });
}

#[test]
fn and_the_signatures_have_run_out() {
    internet(|| {
        let key = ZoneKey::of("zahnfee.de");
        let world = world(Some(&key), Some((&key, (-30, -2))));
        is_doubted(&check(&world), "expired");
    });
}

/// It says of all that it remembers that it has it itself (AA), as CoreDNS does.
#[test]
fn and_calls_everything_its_own() {
    internet(|| {
        let key = ZoneKey::of("zahnfee.de");
        for (days, is_right) in [((-3, 11), true), ((-30, -2), false)] {
            let world = world(Some(&key), Some((&key, days)));
            let own = Behaviour::forged(|answer| answer.metadata.authoritative = true);
            world.resolver.now("", Type::ANY, own);
            let outcome = check(&world);
            if is_right {
                is_ready(&outcome);
            } else {
                is_doubted(&outcome, "expired");
            }
        }
    });
}

#[test]
fn and_other_keys_are_announced_or_none_are_there() {
    internet(|| {
        let (key, other) = (ZoneKey::of("zahnfee.de"), ZoneKey::of("zahnfee.de"));
        let signed = Some((&key, (-3, 11)));
        is_doubted(&check(&world(Some(&other), signed)), "other-keys");
        is_doubted(&check(&world(Some(&key), None)), "no-keys");
    });
}

/// The servers cannot be asked, which is the same.
#[test]
fn and_the_way_to_the_servers_is_closed() {
    internet(|| {
        let key = ZoneKey::of("zahnfee.de");
        let world = world(Some(&key), Some((&key, (-30, -2))));
        world.servers(|ns| ns.now(".", RecordType::ANY, Behaviour::Silent));
        is_doubted(&world.check().run(), "expired");
    });
}

/// A resolver that leaves signatures out says nothing of them.
#[test]
fn and_passes_no_signatures_on() {
    internet(|| {
        let key = ZoneKey::of("zahnfee.de");
        let world = world(Some(&key), Some((&key, (-3, 11))));
        let strip = |answer: &mut Message| {
            let stays = |record: &Record| record.record_type() != Type::RRSIG;
            answer.answers.retain(stays);
            answer.authorities.retain(stays);
        };
        world
            .resolver
            .now(".", RecordType::ANY, Behaviour::forged(strip));
        is_ready(&check(&world));
    });
}
