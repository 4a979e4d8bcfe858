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

/// Port 53 is closed here, and one resolver still remembers what was deleted: the record, or the address.
#[test]
fn one_that_remembers_and_one_that_denies() {
    internet(|| {
        let world = Internet::new();
        world.servers(|ns| ns.now(".", RecordType::ANY, Behaviour::Silent));
        let other = Dns::at("127.0.0.54").and_zone("zahnfee.de", ZONE);
        for (gone, step) in [("SRV", "srv"), ("xphone A", "address")] {
            other.replace("zahnfee.de", &zone_with(gone, ""));
            for order in [["127.0.0.53", "127.0.0.54"], ["127.0.0.54", "127.0.0.53"]] {
                let run = world.check_by("zahnfee.de", order[0]);
                let run = run.args(&["--resolver", order[1], "--timeout", "1s"]);
                let outcome = run.run();
                outcome.shows(step, "resolvers-contradict", "unknown");
                outcome.lacks("srv-not-yet-visible").lacks("address-stale");
                assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
            }
        }
    });
}

/// The servers refuse everybody, or their signatures have run out: who asks them now gets nothing from them.
#[test]
fn one_that_remembers_and_one_that_gets_an_error() {
    internet(|| {
        let world = Internet::new();
        let other = Dns::at("127.0.0.54").and_zone("zahnfee.de", ZONE);
        let check = |order: [&str; 2]| {
            let run = world.check_by("zahnfee.de", order[0]);
            run.args(&["--resolver", order[1], "--no-authority"]).run()
        };
        for name in [".", SRV, FQDN] {
            other.now(".", RecordType::ANY, Behaviour::Normal);
            other.now(name, RecordType::ANY, Behaviour::Servfail);
            for order in [["127.0.0.53", "127.0.0.54"], ["127.0.0.54", "127.0.0.53"]] {
                let outcome = check(order);
                let step = if name == FQDN { "address" } else { "srv" };
                outcome.shows(step, "resolvers-contradict", "unknown");
                let said = outcome.finding(step, "resolvers-contradict")["args"].to_string();
                assert!(said.contains("127.0.0.54:53 → SERVFAIL"), "{said}");
                assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
            }
            other.now(name, RecordType::ANY, Behaviour::Normal);
        }
        // Who may not ask a resolver has heard nothing of the zone.
        other.now(".", RecordType::ANY, Behaviour::Refused);
        let outcome = check(["127.0.0.53", "127.0.0.54"]);
        assert_eq!(outcome.report()["verdict"], "ready", "{outcome}");
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

/// It says so of the names of the servers, too, and these answer all the same: it is their word that counts.
#[test]
fn a_memory_of_the_servers_leads_to_them() {
    internet(|| {
        for (code, text) in [(3, "stale"), (22, "no reachable authority")] {
            let world = Internet::new();
            let old = Behaviour::explained(code, text);
            world.resolver.now(".", RecordType::ANY, old);
            let outcome = world.check().run();
            outcome.stands(ALL_PASS, "ready", 0);
            world.servers(|ns| ns.replace("zahnfee.de", &zone_with("SRV", "")));
            let outcome = world.check().run();
            outcome.shows("srv", "srv-missing", "fail");
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

/// A guest network: its resolver has one address for every name on earth, those of the name servers
/// among them.
#[test]
fn a_captive_portal_that_answers_with_itself() {
    let portal = || {
        Behaviour::forged(|answer| {
            let address = RData::A(A([198, 51, 77, 7].into()));
            let name = answer.queries[0].name().clone();
            answer.answers = vec![Record::from_rdata(name, 60, address)];
            answer.authorities.clear();
            answer.metadata.response_code = ResponseCode::NoError;
        })
    };
    internet(move || {
        let world = Internet::new();
        world.resolver.now(".", RecordType::A, portal());
        for outcome in [world.check().run(), check(&world)] {
            is_undecided_but_for_the_domain(&outcome);
            doubts(&outcome, "address", "unknown", "invented");
            outcome.lacks("address-from-wildcard");
            outcome.lacks("domain-wildcard-dns");
        }
        // What it denies is worth no more.
        world.resolver.replace("zahnfee.de", &zone_with("SRV", ""));
        world.servers(|ns| ns.replace("zahnfee.de", &zone_with("SRV", "")));
        for outcome in [world.check().run(), check(&world)] {
            is_undecided_but_for_the_domain(&outcome);
            outcome.lacks("srv-missing");
        }
    });
}

/// A wildcard of the zone is none of a resolver's inventions.
#[test]
fn a_wildcard_that_only_the_resolver_is_asked_for() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("xphone A", "* A 81.2.3.5"));
        let outcome = check(&world);
        outcome.shows("address", "address-from-wildcard", "fail");
    });
}

/// A denial by the name itself, as some filters forge it, and one by a zone far above the domain.
#[test]
fn a_denial_by_the_wrong_zone() {
    internet(|| {
        for zone in [SRV, "de", "."] {
            let world = Internet::new();
            let denied = || Behaviour::denied(ResponseCode::NXDomain, zone);
            world.resolver.now(SRV, RecordType::SRV, denied());
            let outcome = check(&world);
            is_undecided_but_for_the_domain(&outcome);
            outcome.lacks("srv-missing");
            doubts(&outcome, "srv", "unknown", "unproven");
        }
        let world = Internet::new();
        let denied = Behaviour::denied(ResponseCode::NoError, ".");
        world.resolver.now(FQDN, RecordType::A, denied);
        let outcome = check(&world);
        is_undecided_but_for_the_domain(&outcome);
        doubts(&outcome, "address", "unknown", "unproven");
    });
}

/// The whole domain, in its own name: a zone that does not exist cannot say so.
#[test]
fn a_denial_of_the_whole_domain_by_itself() {
    internet(|| {
        let world = Internet::new();
        let denied = Behaviour::denied(ResponseCode::NXDomain, "zahnfee.de");
        world.resolver.now("zahnfee.de", RecordType::ANY, denied);
        for outcome in [world.check().run(), check(&world)] {
            is_undecided(&outcome);
            doubts(&outcome, "domain", "unknown", "unproven");
        }
        let run = world.check().args(&["--fqdn", FQDN]);
        let outcome = run.run();
        is_undecided(&outcome);
        // Those who delegate know the servers, and these decide.
        world.resolver.replace("de", "@ NS ns3.provider.net.\n");
        let above = Dns::at("81.2.3.55").authoritative();
        above.replace(
            "de",
            "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.\n",
        );
        let outcome = world.check().run();
        outcome.stands(ALL_PASS, "ready", 0);
        tells_nobody_to_wait(&outcome);
        doubts(&outcome, "srv", "info", "absurd");
    });
}

/// The same without a word against the names: a zone has name servers, if it is one.
#[test]
fn a_zone_without_anything() {
    internet(|| {
        let world = Internet::new();
        let empty = Behaviour::denied(ResponseCode::NoError, "zahnfee.de");
        world.resolver.now("zahnfee.de", RecordType::ANY, empty);
        for outcome in [world.check().run(), check(&world)] {
            is_undecided(&outcome);
            doubts(&outcome, "domain", "unknown", "absurd");
        }
    });
}

/// Beside the servers such a denial is the resolver's own, and will not pass.
#[test]
fn a_forged_denial_beside_the_servers() {
    internet(|| {
        let world = Internet::new();
        let denied = Behaviour::denied(ResponseCode::NXDomain, FQDN);
        world.resolver.now(FQDN, RecordType::ANY, denied);
        let outcome = world.check().run();
        doubts(&outcome, "address", "info", "unproven");
        tells_nobody_to_wait(&outcome);
    });
}

/// One resolver knows the domain, the other has heard from the zone above that there is none.
#[test]
fn the_whole_domain_is_denied_by_one() {
    internet(|| {
        let world = Internet::new();
        let other = Dns::at("127.0.0.54");
        other.replace("de", "@ NS ns1.provider.net.");
        for order in [["127.0.0.53", "127.0.0.54"], ["127.0.0.54", "127.0.0.53"]] {
            let views = ["--no-authority", "--resolver", order[1]];
            let run = world.check_by("zahnfee.de", order[0]).args(&views);
            let outcome = run.run();
            outcome.lacks("srv-not-yet-visible").lacks("srv-stale");
            assert_ne!(outcome.report()["verdict"], "ready", "{outcome}");
            assert_ne!(
                outcome.report()["verdict"],
                "ready-with-warnings",
                "{outcome}"
            );
        }
    });
}

/// A forwarder with two upstreams, one of them broken: an answer with checking disabled says nothing
/// of signatures.
#[test]
fn every_other_question_fails() {
    internet(|| {
        let world = Internet::new();
        let asked = std::sync::Mutex::new(std::collections::BTreeMap::new());
        let flaky = Behaviour::forged(move |answer| {
            let mut asked = asked.lock().expect("nobody panics with it");
            let times: &mut u32 = asked.entry(answer.queries[0].to_string()).or_default();
            *times += 1;
            if *times % 2 == 1 {
                answer.answers.clear();
                answer.authorities.clear();
                answer.metadata.response_code = ResponseCode::ServFail;
            }
        });
        world.resolver.now(".", RecordType::ANY, flaky);
        world.check().run().stands(ALL_PASS, "ready", 0);
    });
}

/// Signatures that fail for what the server is found without.
#[test]
fn signatures_of_what_is_not_needed() {
    internet(|| {
        for kind in [RecordType::AAAA, RecordType::MX] {
            let world = Internet::new();
            world
                .resolver
                .now("zahnfee.de", kind, Behaviour::Ede(10, "NSEC missing"));
            let outcome = world.check().run();
            outcome.lacks("domain-dnssec-bogus");
            assert_eq!(outcome.report()["verdict"], "ready", "{outcome}");
        }
    });
}
