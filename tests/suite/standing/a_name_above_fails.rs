//! Partners come to a name by those above it (RFC 9156), one label at a time: the record is answered, and a name
//! between it and the apex is not. What Unbound and BIND make of the same worlds is seen in
//! `real_peers::witnesses`.

use super::*;
use crate::world::ZoneKey;

const TCP: &str = "_tcp.zahnfee.de";
const CODE: &str = "authority-fails-above";
const RECORD: &str = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";

/// Both servers behave so when they are asked for this name, and for none below it.
fn at(name: &str, behaviour: &Behaviour) -> Internet {
    let world = Internet::new();
    both(&world, name, behaviour);
    world
}

fn both(world: &Internet, name: &str, behaviour: &Behaviour) {
    world.servers(|ns| ns.only(name, RecordType::ANY, behaviour.clone()));
}

fn check(world: &Internet) -> Outcome {
    world.check().arg("--timeout=900ms").run()
}

fn verdict(outcome: &Outcome) -> String {
    let report = outcome.report();
    report["verdict"].as_str().expect("a verdict").to_owned()
}

fn third(zone: &str, text: &str) -> Dns {
    let ns3 = Dns::at("81.2.3.55").authoritative();
    ns3.replace(zone, text);
    ns3
}

/// BIND does not get past it, Unbound late; nothing else is wrong.
#[test]
fn silence() {
    internet(|| {
        for behaviour in [
            Behaviour::Silent,
            Behaviour::TruncatedSilentTcp,
            Behaviour::DropsEdns,
        ] {
            let outcome = check(&at(TCP, &behaviour));
            outcome.shows("srv", "authority-fails-above", "warn");
            let words = [TCP, SRV, "81.2.3.53", "81.2.3.54", "NOERROR and no records"];
            says(&outcome, "srv", CODE, &words);
            assert_eq!(verdict(&outcome), "ready-with-warnings", "{outcome}");
            for other in ["authority-unreachable", "authority-partly-silent"] {
                outcome.lacks(other);
            }
        }
    });
}

/// BIND asks with a cookie, and not without.
#[test]
fn silence_to_a_cookie() {
    internet(|| {
        let drops = Behaviour::RejectsCookies(None);
        let world = at(TCP, &drops);
        let outcome = check(&world);
        outcome.shows("srv", "authority-fails-above", "warn");
        assert_eq!(outcome.finding("srv", CODE)["args"]["how"], "cookie");
        let words = [TCP, SRV, "81.2.3.53", "81.2.3.54", "DNS cookie"];
        says(&outcome, "srv", CODE, &words);
        assert_eq!(verdict(&outcome), "ready-with-warnings", "{outcome}");
        // One server that answers is enough, and so is an error.
        world.ns2.only(TCP, RecordType::ANY, Behaviour::Normal);
        is_ready(&check(&world));
        let refuses = Behaviour::RejectsCookies(Some(ResponseCode::Refused));
        both(&world, TCP, &refuses);
        is_ready(&check(&world));
        // Where it is the same with all questions, that is told.
        world.servers(|ns| ns.now("zahnfee.de", RecordType::ANY, drops.clone()));
        let outcome = check(&world);
        outcome.shows("domain", "authority-rejects-edns", "warn");
        outcome.lacks(CODE);
    });
}

/// Resolvers go on with the whole name, as they do with what they cannot read.
#[test]
fn an_error() {
    internet(|| {
        let cached = Behaviour::forged(|answer| answer.metadata.authoritative = false);
        for behaviour in [
            Behaviour::Servfail,
            Behaviour::Refused,
            Behaviour::rcode(ResponseCode::FormErr),
            Behaviour::rcode(ResponseCode::NotImp),
            Behaviour::NxDomain,
            Behaviour::Garbage,
            Behaviour::TruncatedNoTcp,
            Behaviour::bare(),
            cached,
        ] {
            let outcome = check(&at(TCP, &behaviour));
            outcome.lacks(CODE);
            is_ready(&outcome);
        }
        let world = Internet::with_zone(&format!("{ZONE}_tcp CNAME mail.example.net.\n"));
        is_ready(&check(&world));
    });
}

/// Whoever checks signatures has no proof of that: Unbound fails when it is asked for the first time. Whoever goes by
/// RFC 8020 looks no further in any zone, from whichever server it comes.
#[test]
fn a_denial() {
    internet(|| {
        for (is_signed, many) in [(true, 2), (true, 1), (false, 2), (false, 1)] {
            let world = Internet::new();
            let key = ZoneKey::of("zahnfee.de");
            let denied = Behaviour::forged(|answer| {
                answer.metadata.response_code = ResponseCode::NXDomain;
            });
            for ns in &[&world.ns1, &world.ns2][..many] {
                ns.only(TCP, RecordType::ANY, denied.clone());
            }
            let keys = if is_signed {
                world.servers(|ns| ns.sign("zahnfee.de", &key, (-3, 11)));
                format!("zahnfee DS {}", key.ds())
            } else {
                String::new()
            };
            let servers = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
            let _registry = world.registry(&format!("{servers}\n{keys}"));
            let outcome = world.check().run();
            outcome.shows("domain", "authority-false-denial", "warn");
            let words = [TCP, SRV, "81.2.3.53", "NXDOMAIN"];
            says(&outcome, "domain", "authority-false-denial", &words);
            let finding = outcome.finding("domain", "authority-false-denial");
            let servers = finding["args"]["servers"].as_array().expect("servers");
            assert_eq!(servers.len(), many, "{outcome}");
            assert_eq!(verdict(&outcome), "ready-with-warnings", "{outcome}");
        }
    });
}

/// The other one is asked as well, though the first one says what it should.
#[test]
fn a_denial_by_the_second_server() {
    internet(|| {
        let world = Internet::new();
        let denied = Behaviour::forged(|answer| {
            answer.metadata.response_code = ResponseCode::NXDomain;
        });
        world.ns2.only(TCP, RecordType::ANY, denied);
        let outcome = check(&world);
        let words = [TCP, SRV, "81.2.3.54", "NXDOMAIN"];
        says(&outcome, "domain", "authority-false-denial", &words);
        assert_eq!(verdict(&outcome), "ready-with-warnings", "{outcome}");
    });
}

/// Nobody remembers what does not say for how long.
#[test]
fn a_denial_without_a_proof() {
    internet(|| {
        let bare = Behaviour::forged(|answer| {
            answer.metadata.response_code = ResponseCode::NXDomain;
            answer.authorities.clear();
        });
        is_ready(&check(&at(TCP, &bare)));
    });
}

/// The other one tells what is needed; BIND wants more than an error.
#[test]
fn silence_of_one_of_two() {
    internet(|| {
        for first in [true, false] {
            let world = Internet::new();
            let (one, other) = if first {
                (&world.ns1, &world.ns2)
            } else {
                (&world.ns2, &world.ns1)
            };
            one.only(TCP, RecordType::ANY, Behaviour::Silent);
            is_ready(&check(&world));
            other.only(TCP, RecordType::ANY, Behaviour::Servfail);
            let outcome = check(&world);
            outcome.shows("srv", CODE, "warn");
            says(&outcome, "srv", CODE, &["SERVFAIL", TCP, "NS"]);
            assert_eq!(verdict(&outcome), "ready-with-warnings", "{outcome}");
        }
    });
}

#[test]
fn silence_for_ns_records() {
    internet(|| {
        let world = Internet::new();
        world.servers(|ns| ns.only(TCP, RecordType::NS, Behaviour::Silent));
        let outcome = check(&world);
        outcome.shows("srv", CODE, "warn");
        says(&outcome, "srv", CODE, &["NS", TCP, "81.2.3.53"]);
        assert_eq!(verdict(&outcome), "ready-with-warnings", "{outcome}");
    });
}

/// What those have counts that the name above is handed on to.
#[test]
fn a_referral() {
    internet(|| {
        let world = at(TCP, &Behaviour::handed_to("ns3.provider.net."));
        let outcome = check(&world);
        outcome.shows("srv", "authority-handed-on", "unknown");
        says(&outcome, "srv", "authority-handed-on", &[TCP, "81.2.3.55"]);
        assert_eq!(verdict(&outcome), "inconclusive", "{outcome}");

        let ns3 = third(TCP, "_ldap SRV 0 0 389 dc01.zahnfee.de.");
        let outcome = check(&world);
        outcome.shows("srv", "srv-missing", "fail");
        says(
            &outcome,
            "srv",
            "srv-missing",
            &["hands _tcp.zahnfee.de on to ns3.provider.net"],
        );
        assert_eq!(verdict(&outcome), "not-ready", "{outcome}");

        ns3.replace(TCP, RECORD);
        is_ready(&check(&world));

        ns3.now(".", RecordType::ANY, Behaviour::Refused);
        let outcome = check(&world);
        outcome.shows("srv", "authority-fails", "fail");
        let words = ["REFUSED", "81.2.3.55", "hands _tcp.zahnfee.de on"];
        says(&outcome, "srv", "authority-fails", &words);
        assert_eq!(verdict(&outcome), "not-ready", "{outcome}");
    });
}

/// Partners are led now this way, now that.
#[test]
fn a_referral_by_one_of_two() {
    internet(|| {
        let world = Internet::new();
        let handed = Behaviour::handed_to("ns3.provider.net.");
        world.ns1.only(TCP, RecordType::ANY, handed);
        let warns = |words: &[&str]| {
            let outcome = check(&world);
            outcome.shows("srv", CODE, "warn");
            says(&outcome, "srv", CODE, words);
            assert_eq!(verdict(&outcome), "ready-with-warnings", "{outcome}");
        };
        warns(&[TCP, "ns1.provider.net", "ns3.provider.net", "no answer"]);
        let ns3 = third(TCP, "_ldap SRV 0 0 389 dc01.zahnfee.de.");
        warns(&["does not exist"]);
        ns3.now(".", RecordType::ANY, Behaviour::Refused);
        warns(&["REFUSED"]);
        ns3.now(".", RecordType::ANY, Behaviour::Normal);
        ns3.replace(TCP, RECORD);
        is_ready(&check(&world));
    });
}

/// It has not the record itself, either: most partners end there. In twenty runs BIND got it eight times,
/// Unbound never.
#[test]
fn a_referral_of_the_whole_name_by_one_of_two() {
    internet(|| {
        let world = Internet::new();
        let handed = zone_with("SRV", "_tcp NS ns3.provider.net.");
        world.ns1.replace("zahnfee.de", &handed);
        let outcome = check(&world);
        outcome.shows("srv", CODE, "unknown");
        assert_eq!(verdict(&outcome), "inconclusive", "{outcome}");
        let ns3 = third(TCP, "_ldap SRV 0 0 389 dc01.zahnfee.de.");
        ns3.now(".", RecordType::ANY, Behaviour::Refused);
        let outcome = check(&world);
        outcome.shows("srv", CODE, "fail");
        says(&outcome, "srv", CODE, &["REFUSED", "ns1.provider.net"]);
        assert_eq!(verdict(&outcome), "not-ready", "{outcome}");
        ns3.now(".", RecordType::ANY, Behaviour::Normal);
        ns3.replace(TCP, RECORD);
        assert_eq!(check(&world).code, 0);
    });
}

#[test]
fn a_name_above_the_server() {
    internet(|| {
        let zone = zone_with(
            "xphone",
            "_sipfederationtls._tcp SRV 0 0 5061 xphone.buero\nxphone.buero A 81.2.3.4",
        );
        let world = Internet::without_server(&zone);
        let _server = world.tls_as("xphone.buero.zahnfee.de", "81.2.3.4").start();
        assert_eq!(verdict(&check(&world)), "ready-with-warnings");
        both(&world, "buero.zahnfee.de", &Behaviour::Refused);
        assert_eq!(verdict(&check(&world)), "ready-with-warnings");
        both(&world, "buero.zahnfee.de", &Behaviour::Silent);
        let outcome = check(&world);
        outcome.shows("address", CODE, "warn");
        says(
            &outcome,
            "address",
            CODE,
            &["buero.zahnfee.de", "81.2.3.54"],
        );
        assert_eq!(verdict(&outcome), "ready-with-warnings", "{outcome}");
    });
}

/// And the names above the end of what stands in its place.
#[test]
fn a_subtree() {
    internet(|| {
        let zone = zone_with("SRV", "_sipfederationtls.fed.buero SRV 0 0 5061 xphone");
        let world = Internet::with_zone(&zone);
        let record = "0 0 5061 xphone.zahnfee.de.";
        let subtree = Behaviour::subtree("_tcp.zahnfee.de.", "fed.buero.zahnfee.de.", record);
        for dns in [&world.ns1, &world.ns2, &world.resolver] {
            dns.now(TCP, RecordType::ANY, subtree.clone());
        }
        is_ready(&check(&world));
        both(&world, "buero.zahnfee.de", &Behaviour::Silent);
        let outcome = check(&world);
        outcome.shows("srv", CODE, "warn");
        says(&outcome, "srv", CODE, &["buero.zahnfee.de", SRV]);
        assert_eq!(verdict(&outcome), "ready-with-warnings", "{outcome}");
    });
}

/// Nobody takes an answer with two of them.
#[test]
fn two_subtrees() {
    internet(|| {
        let record = "0 0 5061 xphone.zahnfee.de.";
        let end = format!("_sipfederationtls.a SRV {record}");
        let world = Internet::with_zone(&format!("{ZONE}{end}\n"));
        let subtrees =
            |targets: &[&'static str]| Behaviour::subtrees("_tcp.zahnfee.de.", targets, record);
        let same = "a.zahnfee.de.";
        for dns in [&world.ns1, &world.ns2, &world.resolver] {
            dns.now(TCP, RecordType::ANY, subtrees(&[same, same]));
        }
        is_ready(&check(&world));
        for dns in [&world.ns1, &world.ns2] {
            dns.now(TCP, RecordType::ANY, subtrees(&[same, "b.zahnfee.de."]));
        }
        let outcome = check(&world);
        assert_eq!(verdict(&outcome), "not-ready", "{outcome}");
        outcome.shows("srv", "authority-fails", "fail");
        says(&outcome, "srv", "authority-fails", &["two different DNAME"]);
    });
}

#[test]
fn the_end_of_an_alias() {
    internet(|| {
        let inside = "xphone CNAME host.buero\nhost.buero A 81.2.3.4";
        let world = Internet::with_zone(&zone_with("xphone A", inside));
        both(&world, "buero.zahnfee.de", &Behaviour::Silent);
        let outcome = check(&world);
        outcome.shows("address", CODE, "warn");
        assert_eq!(verdict(&outcome), "ready-with-warnings", "{outcome}");
        drop(world);

        let outside = "xphone CNAME host.buero.dyn.example.";
        let world = Internet::with_zone(&zone_with("xphone A", outside));
        let zone = "@ NS ns3.provider.net.\nhost.buero A 81.2.3.4";
        let ns3 = third("dyn.example", zone);
        world.resolver.replace("dyn.example", zone);
        let above = "buero.dyn.example";
        ns3.only(above, RecordType::ANY, Behaviour::Refused);
        let outcome = check(&world);
        outcome.lacks(CODE);
        outcome.shows("address", "address-alias", "warn");
        assert_eq!(verdict(&outcome), "ready-with-warnings", "{outcome}");
        ns3.only(above, RecordType::ANY, Behaviour::Silent);
        let outcome = check(&world);
        outcome.shows("address", CODE, "warn");
        says(&outcome, "address", CODE, &[above, "81.2.3.55"]);
        assert_eq!(verdict(&outcome), "ready-with-warnings", "{outcome}");
    });
}

/// Where all is well, each server is asked one question.
#[test]
fn what_it_costs() {
    internet(|| {
        let world = Internet::new();
        is_ready(&check(&world));
        let times = |ns: &Dns| {
            let questions = ns.questions().into_iter();
            questions.filter(|(name, _)| name == TCP).count()
        };
        assert_eq!((times(&world.ns1), times(&world.ns2)), (1, 1));
    });
}

/// The same by a server that was named; in direct federation nobody looks for the record.
#[test]
fn in_other_ways_to_ask() {
    internet(|| {
        let world = at(TCP, &Behaviour::Silent);
        let run = || {
            world
                .check()
                .args(&["--timeout=900ms", "--fqdn", "xphone.zahnfee.de"])
        };
        let given = run().args(&["--authority", "81.2.3.53"]).run();
        given.shows("srv", CODE, "warn");
        let direct = run().arg("--direct").run();
        direct.lacks(CODE);
    });
}
