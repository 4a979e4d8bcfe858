//! Servers that fail at one question and answer the next, as where a limit counts questions, and
//! those that give something else each time.

use std::collections::BTreeSet;
use std::sync::Mutex;

use super::*;

/// The first question for each name and type is answered with this error.
fn at_first(code: ResponseCode) -> Behaviour {
    let known = Mutex::new(BTreeSet::new());
    Behaviour::forged(move |answer| {
        let mut known = known.lock().expect("nobody panics with it");
        if known.insert(answer.queries[0].to_string()) {
            answer.answers.clear();
            answer.authorities.clear();
            answer.metadata.response_code = code;
        }
    })
}

#[test]
fn an_error_is_asked_again() {
    internet(|| {
        for code in [ResponseCode::ServFail, ResponseCode::Refused] {
            let world = Internet::new();
            world.servers(|ns| ns.now(".", RecordType::ANY, at_first(code)));
            is_ready(&world.check().run());
        }
    });
}

/// One by one, whatever the set holds.
fn one_of_them(first: usize) -> Behaviour {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let turn = AtomicUsize::new(first);
    Behaviour::forged(move |answer| {
        if !answer.answers.is_empty() {
            let number = turn.fetch_add(1, Ordering::SeqCst) % answer.answers.len();
            answer.answers = vec![answer.answers[number].clone()];
        }
    })
}

/// All begin with the same one, and the records say themselves that they hold for a moment only.
#[test]
fn in_step_and_one_address_is_dead() {
    internet(|| {
        let two = zone_with("xphone A", "xphone 60 A 81.2.3.4\nxphone 60 A 81.2.3.5\n");
        let world = Internet::with_zone(&two);
        for dns in [&world.ns1, &world.ns2, &world.resolver] {
            dns.now("xphone.zahnfee.de", RecordType::A, one_of_them(0));
        }
        let outcome = world.check().run();
        says(&outcome, "tcp", "tcp-partly-open", &["81.2.3.5"]);
        outcome.lacks("address-stale");
        is_never_ready(&outcome);
    });
}

/// The two servers are seen to differ, and the third address comes next.
#[test]
fn of_three_the_one_that_comes_last_is_dead() {
    internet(|| {
        let world = Internet::with_zone(&format!("{ZONE}xphone A 81.2.3.5\nxphone A 81.2.3.99\n"));
        let _other = world.tls("81.2.3.99").start();
        for (dns, first) in [(&world.ns1, 0), (&world.ns2, 2), (&world.resolver, 0)] {
            dns.now("xphone.zahnfee.de", RecordType::A, one_of_them(first));
        }
        let outcome = world.check().run();
        says(&outcome, "tcp", "tcp-partly-open", &["81.2.3.5"]);
        is_never_ready(&outcome);
    });
}

#[test]
fn the_second_record_leads_nowhere() {
    internet(|| {
        let second = "_sipfederationtls._tcp 30 SRV 0 0 5061 xphone\n\
            _sipfederationtls._tcp 30 SRV 0 0 5061 backup\nbackup A 81.2.3.5";
        let world = Internet::with_zone(&zone_with("SRV", second));
        for dns in [&world.ns1, &world.ns2, &world.resolver] {
            dns.now(SRV, RecordType::SRV, one_of_them(0));
        }
        let outcome = world.check().run();
        says(&outcome, "tcp", "tcp-partly-open", &["81.2.3.5"]);
        is_never_ready(&outcome);
    });
}

/// A record that holds for a minute and is the only one is as good as any.
#[test]
fn a_brief_record_is_ready() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("xphone A", "xphone 30 A 81.2.3.4"));
        is_ready(&world.check().run());
    });
}

/// What is cut by UDP does not come by TCP either; the resolver has it from somewhere.
#[test]
fn an_answer_that_cannot_be_fetched() {
    internet(|| {
        for behaviour in [Behaviour::TruncatedTwice, Behaviour::TruncatedNoTcp] {
            let world = Internet::new();
            world.servers(|ns| ns.now(".", RecordType::SRV, behaviour.clone()));
            let outcome = world.check().run();
            outcome.shows("srv", "authority-fails", "unknown");
            says(&outcome, "srv", "authority-fails", &["TCP", "81.2.3.54"]);
            assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        }
    });
}
