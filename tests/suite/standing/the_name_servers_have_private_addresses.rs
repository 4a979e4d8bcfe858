//! The zone above, or the zone itself, gives addresses for its name servers that lead nobody there from outside.

use super::*;
use crate::stage::FQDN;

/// The zone has its name servers within itself, at these addresses.
fn world(own: [&str; 2]) -> Internet {
    let zone = ZONE.replace(".provider.net.", "");
    let [ns1, ns2] = own;
    Internet::with_zone(&format!("{zone}ns1 A {ns1}\nns2 A {ns2}\n"))
}

/// The registry hands it on to them at these.
fn registry(world: &Internet, [ns1, ns2]: [&str; 2]) -> Dns {
    world.registry(&format!(
        "zahnfee NS ns1.zahnfee\nzahnfee NS ns2.zahnfee\nns1.zahnfee A {ns1}\nns2.zahnfee A {ns2}"
    ))
}

const PUBLIC: [&str; 2] = ["81.2.3.53", "81.2.3.54"];
const LOST: &str = "domain-servers-lost";
const PARTLY: &str = "authority-partly-lost";

/// Partners come to nobody, whatever a resolver here remembers.
#[test]
fn by_the_registry_alone() {
    internet(|| {
        for glue in [["10.0.0.1", "10.0.0.2"], ["127.0.0.1", "127.0.0.2"]] {
            for own in [PUBLIC, glue] {
                let world = world(own);
                let _registry = registry(&world, glue);
                world
                    .resolver
                    .now("zahnfee.de", RecordType::ANY, Behaviour::Servfail);
                let outcome = world.check().run();
                outcome.shows("domain", LOST, "fail");
                says(
                    &outcome,
                    "domain",
                    LOST,
                    &[glue[0], glue[1], "zone de", "registrar"],
                );
                outcome.lacks("domain-lookup-failed");
                assert_eq!(outcome.report()["verdict"], "not-ready", "{outcome}");
            }
            let remembered = world(PUBLIC);
            let _registry = registry(&remembered, glue);
            let outcome = remembered.check().run();
            outcome.shows("domain", LOST, "fail");
            outcome.lacks("domain-delegation-differs");
            outcome.lacks("authority-unreachable");
            assert_eq!(outcome.report()["verdict"], "not-ready", "{outcome}");
        }
    });
}

/// Where a resolver finds them at private addresses as well, this network may have an internal zone, and its firewall
/// write such addresses into what comes from outside.
#[test]
fn by_the_registry_and_a_resolver() {
    internet(|| {
        let private = ["10.0.0.1", "10.0.0.2"];
        let world = world(private);
        let _registry = registry(&world, private);
        let outcome = world.check().run();
        outcome.shows("domain", "domain-internal-view", "unknown");
        outcome.lacks(LOST).lacks("authority-lost");
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
    });
}

#[test]
fn by_the_registry_of_one_of_them() {
    internet(|| {
        let world = world(PUBLIC);
        let _registry = registry(&world, ["10.0.0.1", "81.2.3.54"]);
        let outcome = world.check().run();
        outcome.shows("domain", PARTLY, "warn");
        says(
            &outcome,
            "domain",
            PARTLY,
            &["10.0.0.1", "zone de", "registrar"],
        );
        let verdict = &outcome.report()["verdict"];
        assert_eq!(verdict, "ready-with-warnings", "{outcome}");
    });
}

/// Where the zone has all of them at private addresses, it may be what these servers show inside alone.
#[test]
fn by_the_zone_itself() {
    internet(|| {
        let world = world(["10.0.0.1", "81.2.3.54"]);
        let registry = registry(&world, PUBLIC);
        let outcome = world.check().run();
        outcome.lacks("domain-internal-view");
        outcome.shows("domain", PARTLY, "warn");
        let words = ["10.0.0.1", "zone itself", "A records"];
        says(&outcome, "domain", PARTLY, &words);
        let verdict = &outcome.report()["verdict"];
        assert_eq!(verdict, "ready-with-warnings", "{outcome}");
        drop((world, registry));
        let world = self::world(["10.0.0.1", "10.0.0.2"]);
        let _registry = self::registry(&world, PUBLIC);
        let outcome = world.check().run();
        outcome.shows("domain", "domain-internal-view", "unknown");
        is_never_ready(&outcome);
    });
}

/// A copy of the internal zone at the provider: the zone above is right, and is not to be told of the internal servers.
#[test]
fn of_others_than_the_zone_above_names() {
    internet(|| {
        let own = "@ NS dc1\n@ NS dc2\ndc1 A 10.0.0.1\ndc2 A 10.0.0.2\n";
        let world = Internet::with_zone(&zone_with(" NS ", own));
        let _registry =
            world.registry("zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.");
        // It went there to ask for their addresses as well.
        for name in ["dc1.zahnfee.de", "dc2.zahnfee.de"] {
            let fails = Behaviour::Servfail;
            world.resolver.now(name, RecordType::ANY, fails);
        }
        let differs = "domain-delegation-differs";
        for fails in [false, true] {
            if fails {
                world.resolver.now(FQDN, RecordType::A, Behaviour::Servfail);
            }
            let outcome = world.check().run();
            outcome.shows("domain", differs, "warn");
            let fix = outcome.finding("domain", differs)["fix"].to_string();
            assert!(fix.contains("Change nothing at the registrar"), "{fix}");
            assert!(fix.contains("ns1.provider.net"), "{fix}");
            outcome.shows("domain", "authority-partly-silent", "warn");
            let verdict = if fails {
                let nothing = "resolver-gets-nothing";
                let fix = outcome.finding("domain", nothing)["fix"].to_string();
                assert!(fix.contains(differs), "{fix}");
                "inconclusive"
            } else {
                "ready-with-warnings"
            };
            assert_eq!(outcome.report()["verdict"], verdict, "{outcome}");
        }
    });
}
