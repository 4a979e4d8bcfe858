//! The zone's servers tell this network one thing and everybody else another (views by source): what the resolvers got
//! is no old answer.

use super::the_servers_answer_us_alone::World;
use super::*;

const CODE: &str = "servers-answer-by-source";

/// Both resolvers have asked just now, and got another address, another server or nothing.
#[test]
fn all_resolvers_get_something_else() {
    internet(|| {
        for (what, line, step, said) in [
            ("xphone A", "xphone A 81.2.3.5", "address", "81.2.3.5"),
            ("xphone A", "other A 81.2.3.5", "address", "NXDOMAIN"),
            ("SRV", "", "srv", "NXDOMAIN"),
            (
                "SRV",
                "_sipfederationtls._tcp SRV 0 0 5061 sipfed.online.lync.com.",
                "srv",
                "sipfed.online.lync.com.",
            ),
        ] {
            let world = World::new();
            world.resolvers_have(&zone_with(what, line));
            let outcome = world.check().run();
            outcome.shows("domain", "servers-answer-by-source", "unknown");
            says(
                &outcome,
                "domain",
                CODE,
                &[said, "127.0.0.53", "match-clients"],
            );
            assert_eq!(outcome.code, 3, "{outcome}");
            for code in ["address-stale", "srv-stale", "srv-not-yet-visible"] {
                outcome.lacks(code);
            }
            // What the resolvers got is looked at, too.
            if said == "81.2.3.5" {
                let endpoints = outcome.report()["facts"]["endpoints"].to_string();
                assert!(endpoints.contains("81.2.3.5"), "{endpoints}");
            }
            let outcome = world.internet.check().run();
            outcome.lacks(CODE);
            assert!(outcome.to_string().contains(step), "{outcome}");
        }
    });
}

/// Old answers run out, each at its time; and one resolver that has what is published is enough.
#[test]
fn old_answers_run_out() {
    internet(|| {
        let aged = |seconds: u32| {
            let line = format!("xphone {seconds} A 81.2.3.5");
            zone_with("xphone A", &line)
        };
        for (one, other) in [(aged(240), aged(100)), (aged(171), aged(171))] {
            let world = World::new();
            world.internet.resolver.replace("zahnfee.de", &one);
            world.other.replace("zahnfee.de", &other);
            let outcome = world.check().run();
            outcome
                .lacks(CODE)
                .shows("address", "address-stale", "warn");
            assert_eq!(outcome.code, 0, "{outcome}");
        }
        for record in ["xphone A", "SRV"] {
            let world = World::new();
            world.other.replace("zahnfee.de", &zone_with(record, ""));
            let outcome = world.check().run();
            outcome.lacks(CODE);
            assert_eq!(outcome.code, 0, "{outcome}");
        }
    });
}

/// Of servers that were named, and of a company's own addresses, nothing of the kind follows.
#[test]
fn it_has_another_cause() {
    internet(|| {
        let world = World::new();
        world.resolvers_have(&zone_with("xphone A", "xphone A 81.2.3.5"));
        let named = world.check().args(&["--authority", "81.2.3.53"]).run();
        named.lacks(CODE);
        let outcome = world.check().arg("--partner").run();
        outcome.lacks(CODE);
        outcome.shows("address", "resolver-hides-partner", "unknown");
        drop(world);
        let world = World::new();
        world.resolvers_have(&zone_with("xphone A", "xphone A 10.1.2.3"));
        let outcome = world.check().run();
        outcome
            .lacks(CODE)
            .shows("address", "address-split-view", "warn");
    });
}

/// A resolver outside is told what partners are told: one is enough, and a private address is no network's own there.
#[test]
fn one_resolver_outside_is_told_something_else() {
    internet(|| {
        for (what, line, said) in [
            ("xphone A", "xphone A 81.2.3.5", "81.2.3.5"),
            ("xphone A", "xphone A 10.1.2.3", "10.1.2.3"),
            ("xphone A", "", "NXDOMAIN"),
            ("SRV", "", "NXDOMAIN"),
        ] {
            let world = World::new();
            let outside = Dns::at("104.16.1.1")
                .and_zone("zahnfee.de", &zone_with(what, line))
                .and_zone("provider.net", PROVIDER)
                .and_zone("de", "$TTL 300\n@ NS a.nic\na.nic A 81.2.3.52\n");
            let check = || {
                let run = world.internet.check_by("zahnfee.de", "104.16.1.1");
                run.run()
            };
            let outcome = check();
            outcome.shows("domain", CODE, "unknown");
            says(&outcome, "domain", CODE, &[said, "104.16.1.1"]);
            assert_eq!(outcome.code, 3, "{outcome}");
            for code in ["address-stale", "srv-not-yet-visible", "address-split-view"] {
                outcome.lacks(code);
            }
            // What it has kept for a while runs out.
            if !line.is_empty() {
                let aged = line.replace(" A ", " 171 A ");
                outside.replace("zahnfee.de", &zone_with(what, &aged));
                let outcome = check();
                outcome.lacks(CODE);
                assert_eq!(outcome.code, 0, "{outcome}");
            }
            outside.replace("zahnfee.de", ZONE);
            is_ready(&check());
        }
    });
}
