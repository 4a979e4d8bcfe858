//! Servers that answer a part of the questions, or answer late: resolvers of partners give up on them at
//! times. What Unbound and BIND bear was measured with the same servers: one answer in two is too few for
//! BIND now and then, as is an answer after 1.5 seconds; after 3.5 seconds both give up.

use std::time::Duration;

use super::*;

const CODE: &str = "authority-partly-silent";
const DELEGATED: &str = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";

#[track_caller]
fn warns(outcome: &Outcome, why: &str) {
    outcome.shows("domain", CODE, "warn");
    let finding = outcome.finding("domain", CODE);
    assert_eq!(finding["args"]["why"], why, "{outcome}");
    assert_ne!(outcome.report()["verdict"], "ready", "{outcome}");
}

#[test]
fn two_of_three_questions_are_lost() {
    internet(|| {
        let world = Internet::new();
        let _registry = world.registry(DELEGATED);
        let losing = || Behaviour::answers_one_in(3);
        world.ns1.now(".", RecordType::ANY, losing());
        // Resolvers come to the other one in time.
        let outcome = world.check().run();
        outcome.lacks(CODE);
        world.ns2.now(".", RecordType::ANY, losing());
        let outcome = world.check().run();
        warns(&outcome, "unsteady");
        says(
            &outcome,
            "domain",
            CODE,
            &["ns1.provider.net (81.2.3.53:53): "],
        );
    });
}

/// A line that loses a packet now and then is nobody's fault.
#[test]
fn one_question_of_ten_is_lost() {
    internet(|| {
        for every in [5, 10] {
            let world = Internet::new();
            world.servers(|ns| ns.now(".", RecordType::ANY, Behaviour::loses(every)));
            let outcome = world.check().run();
            is_ready(&outcome);
            outcome.lacks(CODE);
        }
    });
}

#[test]
fn every_answer_takes_long() {
    internet(|| {
        let world = Internet::new();
        let _registry = world.registry(DELEGATED);
        world.ns1.slow(Duration::from_millis(1300));
        let outcome = world.check().run();
        outcome.lacks(CODE);
        world.ns2.slow(Duration::from_millis(1300));
        let outcome = world.check().run();
        warns(&outcome, "slow");
        // Half a second is no reason to complain.
        world.servers(|ns| ns.slow(Duration::from_millis(500)));
        is_ready(&world.check().run());
    });
}

/// Whatever a resolver still remembers.
#[test]
fn every_answer_comes_too_late() {
    internet(|| {
        let world = Internet::new();
        let _registry = world.registry(DELEGATED);
        world.servers(|ns| ns.slow(Duration::from_millis(3500)));
        let outcome = world.check().run();
        outcome.shows("domain", CODE, "unknown");
        says(&outcome, "domain", CODE, &["ms"]);
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
    });
}

/// The second server has this zone, and is so late.
fn late(zone: &str, late: u64) -> Outcome {
    let world = Internet::new();
    let _registry = world.registry(DELEGATED);
    world.ns2.replace("zahnfee.de", zone);
    world.ns2.slow(Duration::from_millis(late));
    world.check().run()
}

/// What the later one has is found by partners as well.
#[test]
fn one_is_late_and_has_something_else() {
    internet(|| {
        for milliseconds in [700, 1200] {
            let dead = zone_with("xphone A", "xphone A 81.2.3.5");
            let outcome = late(&dead, milliseconds);
            outcome.shows("domain", "domain-servers-disagree", "warn");
            outcome.shows("tcp", "tcp-partly-open", "fail");
            let outcome = late(&zone_with("SRV", ""), milliseconds);
            outcome.shows("domain", "domain-servers-disagree", "warn");
        }
    });
}

/// Unbound sends no cookie, and finds what this one has.
#[test]
fn one_drops_cookies_and_has_something_else() {
    internet(|| {
        let world = Internet::new();
        let _registry = world.registry(DELEGATED);
        let wrong = zone_with("SRV", "_sipfederationtls._tcp SRV 0 0 5060 xphone");
        world.ns2.replace("zahnfee.de", &wrong);
        let drops = Behaviour::RejectsCookies(None);
        world.ns2.now("zahnfee.de", RecordType::ANY, drops);
        let outcome = world.check().run();
        outcome.shows("domain", "domain-servers-disagree", "warn");
        outcome.shows("srv", "srv-wrong-port", "fail");
    });
}

#[test]
fn one_drops_the_question_for_the_record() {
    internet(|| {
        let world = Internet::new();
        let _registry = world.registry(DELEGATED);
        world.ns2.now(SRV, RecordType::SRV, Behaviour::Silent);
        let outcome = world.check().run();
        warns(&outcome, "one");
        says(&outcome, "domain", CODE, &["ns2.provider.net", "SRV"]);
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
        // Who never answers is not waited for again and again.
        let start = std::time::Instant::now();
        world.ns2.now(".", RecordType::ANY, Behaviour::Silent);
        let outcome = world.check().run();
        assert_eq!(
            outcome.finding("domain", CODE)["args"]["why"],
            "silent",
            "{outcome}"
        );
        assert!(start.elapsed() < Duration::from_secs(6), "{outcome}");
    });
}
