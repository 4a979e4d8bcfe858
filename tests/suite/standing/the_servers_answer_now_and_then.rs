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

/// Neither cookies nor signatures are what such a server minds.
#[test]
fn every_other_answer_is_an_error() {
    use crate::world::ZoneKey;
    use std::collections::BTreeMap;
    internet(|| {
        let world = Internet::new();
        let key = ZoneKey::of("zahnfee.de");
        world.servers(|ns| {
            ns.sign("zahnfee.de", &key, (-3, 11));
            let times = Mutex::new(BTreeMap::new());
            let failing = Behaviour::forged(move |answer| {
                let mut times = times.lock().expect("nobody panics with it");
                let asked = times.entry(answer.queries[0].to_string()).or_insert(0);
                *asked += 1;
                if *asked % 2 == 1 {
                    answer.answers.clear();
                    answer.authorities.clear();
                    answer.metadata.response_code = ResponseCode::ServFail;
                }
            });
            ns.now(".", RecordType::ANY, failing);
        });
        let delegation = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
        let _registry = world.registry(&format!("{delegation}\nzahnfee DS {}", key.ds()));
        let outcome = world.check().run();
        outcome
            .lacks("authority-rejects-edns")
            .lacks("domain-dnssec-bogus");
        assert_eq!(outcome.code, 0, "{outcome}");
    });
}

/// What is lost on the way was not dropped for its EDNS data, nor for its cookie.
#[test]
fn every_other_question_is_lost() {
    internet(|| {
        for every in [2, 3] {
            let world = Internet::new();
            world.servers(|ns| ns.now(".", RecordType::ANY, Behaviour::loses(every)));
            is_found(&world.check().run());
            drop(world);
            // As if the first question of each kind was one of those.
            for record in [RecordType::SOA, RecordType::SRV, RecordType::A] {
                let world = Internet::new();
                world.servers(|ns| ns.now(".", record, Behaviour::loses(every)));
                is_found(&world.check().run());
            }
        }
    });
}

#[track_caller]
fn is_found(outcome: &Outcome) {
    for wrong in [
        "authority-fails",
        "authority-partly-fails",
        "authority-rejects-edns",
        "domain-dns-broken",
    ] {
        outcome.lacks(wrong);
    }
    assert_eq!(outcome.code, 0, "{outcome}");
}

/// Every third is an error, whether signatures are wanted or not.
#[test]
fn every_third_answer_is_an_error() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    internet(|| {
        for code in [
            ResponseCode::Refused,
            ResponseCode::FormErr,
            ResponseCode::NotImp,
        ] {
            for record in [RecordType::SRV, RecordType::SOA] {
                let world = Internet::new();
                world.servers(|ns| {
                    let turn = AtomicUsize::new(0);
                    let failing = Behaviour::forged(move |answer| {
                        if turn.fetch_add(1, Ordering::SeqCst).is_multiple_of(3) {
                            answer.answers.clear();
                            answer.authorities.clear();
                            answer.metadata.response_code = code;
                        }
                    });
                    ns.now(".", record, failing);
                });
                is_found(&world.check().run());
            }
        }
    });
}

/// Every other answer comes from a machine that does not have the zone.
#[test]
fn a_denial_without_authority_is_asked_again() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    internet(|| {
        for first in [0, 1] {
            let world = Internet::new();
            world.servers(|ns| {
                let turn = AtomicUsize::new(first);
                let lame = Behaviour::forged(move |answer| {
                    if turn.fetch_add(1, Ordering::SeqCst) % 2 == 1 {
                        answer.answers.clear();
                        answer.authorities.clear();
                        answer.metadata.authoritative = false;
                        answer.metadata.response_code = ResponseCode::NXDomain;
                    }
                });
                ns.now(SRV, RecordType::SRV, lame);
            });
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

/// All begin with the same one of two addresses, of which the other is dead.
fn in_step(zone: &str) {
    let world = Internet::with_zone(zone);
    for dns in [&world.ns1, &world.ns2, &world.resolver] {
        dns.now("xphone.zahnfee.de", RecordType::A, one_of_them(0));
    }
    let outcome = world.check().run();
    says(&outcome, "tcp", "tcp-partly-open", &["81.2.3.5"]);
    outcome.lacks("address-stale");
    is_never_ready(&outcome);
}

/// The records say themselves that they hold for a moment only.
#[test]
fn in_step_and_one_address_is_dead() {
    internet(|| {
        let two = "xphone 60 A 81.2.3.4\nxphone 60 A 81.2.3.5\n";
        in_step(&zone_with("xphone A", two));
    });
}

/// The same where nothing points to it: the records hold for long.
#[test]
fn in_step_and_for_long() {
    internet(|| in_step(&format!("{ZONE}xphone A 81.2.3.5\n")));
}

/// Behind an alias that leads to another provider.
#[test]
fn in_step_at_the_end_of_an_alias() {
    internet(|| {
        let alias = zone_with("xphone A", "xphone CNAME x.hoster.net.");
        let world = Internet::with_zone(&alias);
        let hoster = "@ NS ns3.provider.net.\n@ NS ns4.provider.net.\nx A 81.2.3.4\nx A 81.2.3.5\n";
        let servers = ["81.2.3.55", "198.51.77.7"].map(|at| Dns::at(at).authoritative());
        world
            .resolver
            .replace("provider.net", &format!("{PROVIDER}ns4 A 198.51.77.7\n"));
        for dns in servers.iter().chain([&world.resolver]) {
            dns.replace("hoster.net", hoster);
            dns.now("x.hoster.net", RecordType::A, one_of_them(0));
        }
        world
            .resolver
            .now("zahnfee.de", RecordType::A, one_of_them(0));
        let outcome = world.check().run();
        says(&outcome, "tcp", "tcp-partly-open", &["81.2.3.5"]);
        is_never_ready(&outcome);
    });
}

/// By turns the address and an alias that leads to another provider, where nobody listens; or a
/// machine of a pool that has no such record.
#[test]
fn in_step_and_not_the_same_kind() {
    use hickory_resolver::proto::rr::rdata::CNAME;
    use hickory_resolver::proto::rr::{Name, RData, Record};
    use std::sync::atomic::{AtomicUsize, Ordering};
    let every_other = |change: fn(&mut hickory_resolver::proto::op::Message)| {
        let turn = AtomicUsize::new(0);
        Behaviour::forged(move |answer| {
            if turn.fetch_add(1, Ordering::SeqCst) % 2 == 1 {
                change(answer);
            }
        })
    };
    internet(|| {
        let world = Internet::new();
        let hoster = Dns::at("81.2.3.55").authoritative();
        for dns in [&hoster, &world.resolver] {
            dns.replace("hoster.net", "@ NS ns3.provider.net.\nx A 81.2.3.5\n");
        }
        for dns in [&world.ns1, &world.ns2, &world.resolver] {
            let alias = every_other(|answer| {
                let target = Name::from_ascii("x.hoster.net.").expect("a name");
                let name = answer.queries[0].name().clone();
                answer.answers = vec![Record::from_rdata(name, 300, RData::CNAME(CNAME(target)))];
            });
            dns.now("xphone.zahnfee.de", RecordType::A, alias);
        }
        let outcome = world.check().run();
        says(&outcome, "tcp", "tcp-partly-open", &["81.2.3.5"]);
        is_never_ready(&outcome);
        drop((world, hoster));
        let world = Internet::new();
        world.servers(|ns| {
            let empty = every_other(|answer| {
                answer.answers.clear();
                let soa = RData::try_from_str(RecordType::SOA, "ns1 h 1 1 1 1 300").expect("a SOA");
                let apex = Name::from_ascii("zahnfee.de.").expect("a name");
                answer.add_authority(Record::from_rdata(apex, 300, soa));
            });
            ns.now(SRV, RecordType::SRV, empty);
        });
        let outcome = world.check().run();
        outcome.shows("domain", "domain-servers-disagree", "warn");
    });
}

/// Only one of the servers does it, whichever it is.
#[test]
fn one_server_has_a_second_address_at_times() {
    internet(|| {
        for turning in [0, 1] {
            let world = Internet::with_zone(&format!("{ZONE}xphone A 81.2.3.5\n"));
            for (number, dns) in [&world.ns1, &world.ns2].into_iter().enumerate() {
                if number != turning {
                    dns.replace("zahnfee.de", ZONE);
                }
            }
            world.resolver.replace("zahnfee.de", ZONE);
            let turn = one_of_them(1);
            [&world.ns1, &world.ns2][turning].now("xphone.zahnfee.de", RecordType::A, turn);
            let outcome = world.check().run();
            says(&outcome, "tcp", "tcp-partly-open", &["81.2.3.5"]);
            is_never_ready(&outcome);
        }
    });
}

/// The one question more is paid for by those for random names.
#[test]
fn a_healthy_zone_is_not_asked_more_often() {
    internet(|| {
        let world = Internet::new();
        is_ready(&world.check().run());
        let asked = |dns: &Dns| dns.questions().len();
        // With one of each for the name above the record.
        assert_eq!(asked(&world.ns1) + asked(&world.ns2), 12);
        // As many as with one server, two for the other, and two for the revocation list.
        assert!(asked(&world.resolver) <= 13 + 2 + 2);
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
        for ttl in [30, 3600] {
            let second = format!(
                "_sipfederationtls._tcp {ttl} SRV 0 0 5061 xphone\n\
                _sipfederationtls._tcp {ttl} SRV 0 0 5061 backup\nbackup A 81.2.3.5"
            );
            let world = Internet::with_zone(&zone_with("SRV", &second));
            for dns in [&world.ns1, &world.ns2, &world.resolver] {
                dns.now(SRV, RecordType::SRV, one_of_them(0));
            }
            let outcome = world.check().run();
            says(&outcome, "tcp", "tcp-partly-open", &["81.2.3.5"]);
            is_never_ready(&outcome);
        }
    });
}

/// A pool behind one address, of which every other machine is broken.
#[test]
fn every_other_question_fails() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    internet(|| {
        let world = Internet::new();
        world.servers(|ns| {
            let count = AtomicUsize::new(0);
            let pool = Behaviour::forged(move |answer| {
                if count.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
                    answer.answers.clear();
                    answer.authorities.clear();
                    answer.metadata.response_code = ResponseCode::ServFail;
                }
            });
            ns.now("zahnfee.de", RecordType::ANY, pool);
        });
        let outcome = world.check().run();
        assert_ne!(outcome.report()["verdict"], "not-ready", "{outcome}");
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

/// Behind one address one of several machines lags behind: the first to be asked denies the record.
#[test]
fn a_record_and_its_denial_by_turns() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    internet(|| {
        for (name, kind) in [(SRV, RecordType::SRV), ("xphone.zahnfee.de", RecordType::A)] {
            for denied in [0, 1] {
                let world = Internet::new();
                let by_turns = || {
                    let turn = AtomicUsize::new(0);
                    Behaviour::forged(move |answer| {
                        if turn.fetch_add(1, Ordering::SeqCst) % 2 == denied {
                            answer.answers.clear();
                        }
                    })
                };
                world.servers(|ns| ns.now(name, kind, by_turns()));
                let outcome = world.check().run();
                outcome
                    .shows("domain", "domain-servers-disagree", "warn")
                    .lacks("srv-missing")
                    .lacks("fqdn-no-a-record");
                assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
            }
        }
    });
}

/// A cache, or a resolver, in the place of the servers: it answers, though not for the zone.
#[test]
fn they_answer_without_authority() {
    internet(|| {
        let world = Internet::new();
        let cached = Behaviour::forged(|answer| answer.metadata.authoritative = false);
        world.servers(|ns| ns.now(".", RecordType::ANY, cached.clone()));
        let outcome = world.check().run();
        let finding = outcome.finding("domain", "authority-unreachable");
        assert_eq!(finding["args"]["why"], "without-authority", "{outcome}");
    });
}
