//! `--no-authority`: a resolver's word is all there is, and the verdict says so.

use std::time::{Duration, Instant};

use super::*;

#[track_caller]
fn check(world: &Internet) -> Outcome {
    world.check().arg("--no-authority").run()
}

#[track_caller]
fn is_doubted(outcome: &Outcome, step: &str, why: &str) {
    outcome.shows(step, "resolver-doubtful", "unknown");
    let finding = outcome.finding(step, "resolver-doubtful");
    assert_eq!(finding["args"]["why"], why, "{outcome}");
    outcome.lacks("srv-missing").lacks("fqdn-not-found");
    assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
}

#[test]
fn it_is_said_in_the_first_lines() {
    internet(|| {
        let world = Internet::new();
        let outcome = check(&world);
        is_ready(&outcome);
        says(
            &outcome,
            "domain",
            "authority-unreachable",
            &["--no-authority"],
        );
        for lang in ["en", "de"] {
            let run = world.check().args(&["--no-authority", "--lang", lang]);
            let (_, table, _) = run.args(&["--format", "table"]).text();
            let first: Vec<&str> = table.lines().take(12).collect();
            assert!(first.join(" ").contains("--no-authority"), "{table}");
        }
        assert!(world.ns1.questions().is_empty() && world.ns2.questions().is_empty());
    });
}

/// The resolver says that it made the answer up (EDE 4), or keeps others from it.
#[test]
fn an_answer_that_was_made_up() {
    internet(|| {
        let world = Internet::new();
        for (code, why) in [(4, "forged"), (15, "filtered"), (17, "filtered")] {
            let made_up = Behaviour::explained(code, "by order of a court");
            world.resolver.now(SRV, RecordType::SRV, made_up);
            is_doubted(&check(&world), "srv", why);
        }
        world.resolver.now(SRV, RecordType::SRV, Behaviour::Normal);
        let made_up = Behaviour::explained(4, "");
        world
            .resolver
            .now("xphone.zahnfee.de", RecordType::A, made_up);
        is_doubted(&check(&world), "address", "forged");
    });
}

/// The SOA of a zone that the name is not in proves nothing.
#[test]
fn a_denial_by_another_zone() {
    internet(|| {
        let world = Internet::new();
        for code in [ResponseCode::NXDomain, ResponseCode::NoError] {
            for zone in ["blocked.filter.example.", "nfee.de.", "www.zahnfee.de."] {
                let denied = Behaviour::denied(code, zone);
                world.resolver.now(SRV, RecordType::SRV, denied);
                is_doubted(&check(&world), "srv", "unproven");
            }
        }
        for zone in ["zahnfee.de.", "de.", "."] {
            let denied = Behaviour::denied(ResponseCode::NXDomain, zone);
            world.resolver.now(SRV, RecordType::SRV, denied);
            check(&world).shows("srv", "srv-missing", "fail");
        }
    });
}

/// From a server of the zone, too.
#[test]
fn a_server_that_denies_by_another_zone() {
    internet(|| {
        let world = Internet::new();
        let denied = Behaviour::denied(ResponseCode::NXDomain, "www.zahnfee.de.");
        world.servers(|ns| ns.now(SRV, RecordType::SRV, denied.clone()));
        let outcome = world.check().run();
        outcome
            .shows("srv", "authority-fails", "fail")
            .lacks("srv-missing");
    });
}

/// Nothing but the suspicion of an internal zone rests on that answer.
#[test]
fn a_resolver_that_knows_no_name_servers_costs_half_its_limit() {
    internet(|| {
        let world = Internet::new();
        world
            .resolver
            .now("zahnfee.de", RecordType::NS, Behaviour::Silent);
        let start = Instant::now();
        let outcome = world
            .check()
            .args(&["--no-authority", "--timeout=8s"])
            .run();
        let elapsed = start.elapsed();
        assert!(elapsed < Duration::from_secs(8), "{elapsed:?}: {outcome}");
        is_ready(&outcome);
    });
}
