//! Nobody but the resolver is there to be heard.

use super::*;

fn check(world: &Internet) -> Outcome {
    world.check().arg("--no-authority").run()
}

/// dnsmasq's `filterwin2k`, and the same by NXDOMAIN.
#[test]
fn a_denial_without_proof_is_none() {
    internet(|| {
        let world = Internet::new();
        let bare_denial = || Behaviour::rcode(ResponseCode::NXDomain);
        for behaviour in [Behaviour::bare(), bare_denial()] {
            for kind in [RecordType::SOA, RecordType::SRV] {
                world.resolver.now("zahnfee.de", kind, behaviour.clone());
            }
            let outcome = check(&world);
            is_undecided(&outcome);
            doubts(&outcome, "domain", "unknown", "unproven");
            // With the name of the server, the rest is seen.
            let outcome = world
                .check()
                .args(&["--no-authority", "--fqdn", FQDN])
                .run();
            assert_eq!(outcome.step("tcp")["status"], "pass", "{outcome}");
            assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        }
    });
}

/// Only the FQDN's address.
#[test]
fn an_address_that_is_denied_without_proof() {
    internet(|| {
        let world = Internet::new();
        world.resolver.now(FQDN, RecordType::A, Behaviour::bare());
        let outcome = check(&world);
        is_undecided_but_for_the_domain(&outcome);
        doubts(&outcome, "address", "unknown", "unproven");
        world
            .resolver
            .now(FQDN, RecordType::ANY, Behaviour::blocked(15, "Quad9"));
        let outcome = check(&world);
        is_undecided_but_for_the_domain(&outcome);
        doubts(&outcome, "address", "unknown", "filtered");
    });
}

#[track_caller]
fn is_undecided_but_for_the_domain(outcome: &Outcome) {
    outcome.lacks("fqdn-not-found").lacks("fqdn-no-a-record");
    assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
}

#[test]
fn a_captive_portal_that_answers_with_nothing() {
    internet(|| {
        let world = Internet::new();
        world.resolver.now(".", RecordType::ANY, Behaviour::bare());
        for outcome in [world.check().run(), check(&world)] {
            is_undecided(&outcome);
            doubts(&outcome, "domain", "unknown", "unproven");
        }
    });
}

#[test]
fn a_filter_that_says_so() {
    internet(|| {
        for code in [15, 16, 17, 18] {
            let world = Internet::new();
            let blocked = Behaviour::blocked(code, "Malware");
            world.resolver.now("zahnfee.de", RecordType::ANY, blocked);
            let outcome = world.check().run();
            is_undecided(&outcome);
            doubts(&outcome, "domain", "unknown", "filtered");
            assert!(
                outcome
                    .to_string()
                    .contains(&format!("Malware (EDE {code})"))
            );
        }
        // By an error.
        let world = Internet::new();
        let refused = Behaviour::Ede(18, "not for you");
        world.resolver.now("zahnfee.de", RecordType::ANY, refused);
        let outcome = world.check().run();
        is_undecided(&outcome);
        doubts(&outcome, "domain", "unknown", "filtered");
    });
}

/// Where no authority says otherwise, a sinkhole is no address either.
#[test]
fn a_filter_that_says_nothing() {
    internet(|| {
        let world = Internet::new();
        world
            .resolver
            .now(FQDN, RecordType::A, sinkhole([0, 0, 0, 0], 0));
        let outcome = check(&world);
        outcome.lacks("address-not-public");
        doubts(&outcome, "address", "unknown", "sinkhole");
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
    });
}

/// A home router.
#[test]
fn a_resolver_that_knows_few_types() {
    internet(|| {
        let world = Internet::new();
        for kind in [
            RecordType::SRV,
            RecordType::SOA,
            RecordType::TXT,
            RecordType::NS,
        ] {
            let behaviour = Behaviour::rcode(ResponseCode::NotImp);
            world.resolver.now(".", kind, behaviour);
        }
        let outcome = world.check().run();
        is_undecided(&outcome);
        let finding = outcome
            .finding("domain", "domain-lookup-failed")
            .to_string();
        for word in ["NOTIMP", "127.0.0.53", "--resolver 9.9.9.9"] {
            assert!(finding.contains(word), "{finding}");
        }
        assert!(!outcome.to_string().contains("DNSSEC"), "{outcome}");
    });
}

/// Whichever is named first.
#[test]
fn two_resolvers_that_contradict_each_other() {
    internet(|| {
        let world = Internet::new();
        let other = Dns::at("127.0.0.54").and_zone("zahnfee.de", ZONE);
        let check = |first: &str, second: &str| {
            let run = world.check_by("zahnfee.de", first);
            run.args(&["--resolver", second, "--no-authority"]).run()
        };
        other.now(
            "zahnfee.de",
            RecordType::ANY,
            Behaviour::rcode(ResponseCode::NXDomain),
        );
        for outcome in [
            check("127.0.0.54", "127.0.0.53"),
            check("127.0.0.53", "127.0.0.54"),
        ] {
            outcome
                .lacks("srv-stale")
                .lacks("domain-not-found")
                .lacks("srv-missing");
            assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
            let said =
                outcome.finding("srv", "resolvers-contradict")["args"]["answers"].to_string();
            for word in ["127.0.0.53", "127.0.0.54", "NXDOMAIN", "5061 xphone"] {
                assert!(said.contains(word), "{said}");
            }
        }
        // With a proof, and only for the record.
        other.now("zahnfee.de", RecordType::ANY, Behaviour::Normal);
        other.now(SRV, RecordType::SRV, Behaviour::NxDomain);
        let outcome = check("127.0.0.54", "127.0.0.53");
        outcome.lacks("srv-stale").lacks("srv-missing");
        outcome.shows("srv", "resolvers-contradict", "unknown");
        // Two records.
        other.now(SRV, RecordType::SRV, Behaviour::Normal);
        other.replace(
            "zahnfee.de",
            &zone_with("SRV", "_sipfederationtls._tcp SRV 0 0 5061 alt"),
        );
        let outcome = check("127.0.0.53", "127.0.0.54");
        outcome
            .lacks("srv-stale")
            .shows("srv", "resolvers-contradict", "unknown");
    });
}

/// A resolver that cannot ask the servers either says so.
#[test]
fn a_memory_that_nobody_confirms() {
    internet(|| {
        let world = Internet::new();
        world.servers(|ns| ns.now(".", RecordType::ANY, Behaviour::Silent));
        for (code, text) in [(3, "stale"), (19, ""), (22, "no reachable authority")] {
            let old = Behaviour::explained(code, text);
            world.resolver.now("zahnfee.de", RecordType::ANY, old);
            let outcome = world.check().args(&["--timeout", "1s"]).run();
            is_undecided(&outcome);
            doubts(&outcome, "domain", "unknown", "old");
        }
    });
}

#[test]
fn a_denial_with_proof_stays_one() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("SRV", ""));
        check(&world).shows("srv", "srv-missing", "fail");
    });
}
