//! Servers that answer so many questions a second and no more: a resolver that asks for one name is answered, and
//! all that a check asks at once is not.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::*;
use crate::world::ZoneKey;

/// What is more than so many in a second is answered with this error.
fn at_most(many: usize, code: ResponseCode) -> Behaviour {
    let counted = Mutex::new((None::<Instant>, 0));
    Behaviour::forged(move |answer| {
        let mut counted = counted.lock().expect("nobody panics with it");
        let is_over = |start: Instant| start.elapsed() >= Duration::from_secs(1);
        if counted.0.is_none_or(is_over) {
            *counted = (Some(Instant::now()), 0);
        }
        counted.1 += 1;
        if counted.1 > many {
            answer.answers.clear();
            answer.authorities.clear();
            answer.metadata.response_code = code;
        }
    })
}

#[track_caller]
fn is_found(outcome: &Outcome) {
    for wrong in [
        "authority-fails",
        "domain-dns-broken",
        "domain-servers-lost",
    ] {
        outcome.lacks(wrong);
    }
    assert_eq!(outcome.code, 0, "{outcome}");
}

#[test]
fn of_the_zone() {
    internet(|| {
        for code in [ResponseCode::Refused, ResponseCode::ServFail] {
            for many in [3, 4, 5, 8, 12] {
                let world = Internet::new();
                world.servers(|ns| ns.now(".", RecordType::ANY, at_most(many, code)));
                is_found(&world.check().run());
            }
        }
    });
}

/// There are more questions then, and those for the keys decide.
#[test]
fn of_a_signed_zone() {
    internet(|| {
        for code in [ResponseCode::Refused, ResponseCode::ServFail] {
            for many in [5, 8, 12] {
                let world = Internet::new();
                let key = ZoneKey::of("zahnfee.de");
                world.servers(|ns| {
                    ns.sign("zahnfee.de", &key, (-3, 11));
                    ns.now(".", RecordType::ANY, at_most(many, code));
                });
                let servers = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
                let _registry = world.registry(&format!("{servers}\nzahnfee DS {}", key.ds()));
                let outcome = world.check().run();
                outcome.lacks("domain-dnssec-bogus");
                is_found(&outcome);
            }
        }
    });
}

/// They serve the zone of their own names, too.
#[test]
fn of_the_zone_of_their_names() {
    internet(|| {
        for many in [3, 5, 8] {
            let kept = ZONE.lines().filter(|line| !line.contains(" NS "));
            let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
            let world =
                Internet::with_zone(&format!("{kept}@ NS ns1.prov.de.\n@ NS ns2.prov.de.\n"));
            let zone = "$TTL 300\n@ NS ns1\n@ NS ns2\nns1 A 81.2.3.53\nns2 A 81.2.3.54\n";
            for dns in [&world.ns1, &world.ns2, &world.resolver] {
                dns.replace("prov.de", zone);
            }
            let glue =
                "prov NS ns1.prov\nprov NS ns2.prov\nns1.prov A 81.2.3.53\nns2.prov A 81.2.3.54";
            let handed = "zahnfee NS ns1.prov\nzahnfee NS ns2.prov";
            let _registry = world.registry(&format!("{glue}\n{handed}"));
            let refusing = || at_most(many, ResponseCode::Refused);
            world.servers(|ns| ns.now(".", RecordType::ANY, refusing()));
            is_found(&world.check().run());
        }
    });
}

/// Who refuses for good is waited for once, and told as before.
#[test]
fn who_refuses_for_good() {
    internet(|| {
        let world = Internet::new();
        world.servers(|ns| ns.now(".", RecordType::ANY, Behaviour::Refused));
        let start = Instant::now();
        let outcome = world.check().run();
        outcome.shows("domain", "domain-dns-broken", "fail");
        assert!(start.elapsed() < Duration::from_secs(4), "{outcome}");
    });
}
