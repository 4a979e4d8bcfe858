//! Resolvers that filter, invent, deny without proof or remember; and what an answer that differs
//! is due to, where that is not its age.

use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::rdata::A;
use hickory_resolver::proto::rr::{RData, Record};

use crate::internet::{Internet, ZONE, internet, zone_with};
use crate::stage::{ALL_PASS, Outcome};
use crate::world::{Behaviour, Dns, RecordType};

const SRV: &str = "_sipfederationtls._tcp.zahnfee.de";
const FQDN: &str = "xphone.zahnfee.de";

/// Undecided: no step fails, and nobody is told to enter anything.
#[track_caller]
fn is_undecided(outcome: &Outcome) {
    assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
    for code in [
        "srv-missing",
        "domain-not-found",
        "fqdn-not-found",
        "srv-stale",
    ] {
        outcome.lacks(code);
    }
    for untrue in [
        "Create in public DNS",
        "Public DNS does not know",
        "exists in public DNS",
    ] {
        assert!(
            !outcome.to_string().contains(untrue),
            "{untrue}:\n{outcome}"
        );
    }
}

#[track_caller]
fn doubts(outcome: &Outcome, step: &str, severity: &str, why: &str) {
    outcome.shows(step, "resolver-doubtful", severity);
    let finding = outcome.finding(step, "resolver-doubtful");
    assert_eq!(finding["args"]["why"], why, "{outcome}");
    let message = finding["message"].as_str().expect("a text");
    assert!(message.contains("127.0.0.53"), "{message}");
}

#[track_caller]
fn tells_nobody_to_wait(outcome: &Outcome) {
    for code in ["address-stale", "srv-not-yet-visible", "srv-stale"] {
        outcome.lacks(code);
    }
    for step in outcome.report()["steps"].as_array().expect("steps") {
        assert!(!step["findings"].to_string().contains("wait"), "{outcome}");
    }
}

/// These addresses for whatever name, for A; nothing for another type.
fn inventing(address: [u8; 4], ttl: u32) -> Behaviour {
    Behaviour::forged(move |answer| {
        let query = answer.queries[0].clone();
        if answer.metadata.response_code == ResponseCode::NXDomain
            && query.query_type() == RecordType::A
        {
            answer.metadata.response_code = ResponseCode::NoError;
            answer.authorities.clear();
            let data = RData::A(A::from(std::net::Ipv4Addr::from(address)));
            answer.answers = vec![Record::from_rdata(query.name().clone(), ttl, data)];
        }
    })
}

/// This address instead of the true one, with this extended error.
fn sinkhole(address: [u8; 4], code: u16) -> Behaviour {
    Behaviour::forged(move |answer| {
        use hickory_resolver::proto::rr::rdata::opt::EdnsOption;
        let name = answer.queries[0].name().clone();
        let data = RData::A(A::from(std::net::Ipv4Addr::from(address)));
        answer.answers = vec![Record::from_rdata(name, 2, data)];
        if let Some(edns) = &mut answer.edns {
            let option = EdnsOption::Unknown(15, code.to_be_bytes().to_vec());
            edns.options_mut().insert(option);
        }
    })
}

mod without_the_servers {
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
            for (code, text) in [(3, "stale"), (19, "")] {
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
}

mod beside_the_servers {
    use super::*;

    /// Whatever the filter does, the servers decide.
    #[test]
    fn a_filter_is_a_remark() {
        internet(|| {
            let world = Internet::new();
            for (kind, behaviour, step, why) in [
                (RecordType::SRV, Behaviour::bare(), "srv", "unproven"),
                (
                    RecordType::A,
                    Behaviour::blocked(15, "Malware"),
                    "address",
                    "filtered",
                ),
                (
                    RecordType::A,
                    sinkhole([0, 0, 0, 0], 17),
                    "address",
                    "filtered",
                ),
                (RecordType::A, Behaviour::bare(), "address", "unproven"),
            ] {
                let name = if kind == RecordType::A { FQDN } else { SRV };
                world
                    .resolver
                    .now("zahnfee.de", RecordType::ANY, Behaviour::Normal);
                world.resolver.now(name, kind, behaviour);
                let outcome = world.check().run();
                doubts(&outcome, step, "info", why);
                tells_nobody_to_wait(&outcome);
                outcome.lacks("address-split-view").lacks("tcp-from-inside");
                outcome.stands(ALL_PASS, "ready", 0);
            }
        });
    }

    /// A sinkhole says nothing of where this machine is.
    #[test]
    fn a_blocked_name_is_not_seen_from_inside() {
        internet(|| {
            let world = Internet::without_server(ZONE);
            for code in [0, 17] {
                world
                    .resolver
                    .now(FQDN, RecordType::A, sinkhole([0, 0, 0, 0], code));
                let outcome = world.check().run();
                outcome
                    .shows("tcp", "tcp-refused", "fail")
                    .lacks("tcp-from-inside")
                    .lacks("address-split-view");
                assert_eq!(outcome.code, 1);
            }
        });
    }

    /// The servers deny what lies above the record: resolvers may believe it, for good.
    #[test]
    fn servers_that_deny_an_empty_name() {
        internet(|| {
            let world = Internet::new();
            let above = "_tcp.zahnfee.de";
            let denied = || {
                Behaviour::forged(|answer| {
                    if answer.queries[0].name().to_ascii().starts_with("_tcp") {
                        answer.metadata.response_code = ResponseCode::NXDomain;
                    }
                })
            };
            world.servers(|ns| ns.now(above, RecordType::ANY, denied()));
            world
                .resolver
                .now(above, RecordType::ANY, Behaviour::NxDomain);
            let outcome = world.check().run();
            outcome.shows("srv", "authority-false-denial", "warn");
            let finding = outcome.finding("srv", "authority-false-denial");
            assert_eq!(finding["args"]["name"], above);
            tells_nobody_to_wait(&outcome);
            outcome.stands("pass pass warn pass pass pass", "ready-with-warnings", 0);
        });
    }

    /// The same above the name of the server.
    #[test]
    fn servers_that_deny_an_empty_name_above_the_fqdn() {
        internet(|| {
            let srv = "_sipfederationtls._tcp SRV 0 0 5061 xphone.buero";
            let zone = format!("{}xphone.buero A 81.2.3.4\n", zone_with("SRV", srv));
            let mut world = Internet::without_server(&zone);
            world.server = Some(world.tls_as("xphone.buero.zahnfee.de", "81.2.3.4").start());
            let above = "buero.zahnfee.de";
            let denied = || {
                Behaviour::forged(|answer| {
                    if answer.queries[0].name().to_ascii().starts_with("buero") {
                        answer.metadata.response_code = ResponseCode::NXDomain;
                    }
                })
            };
            world.servers(|ns| ns.now(above, RecordType::ANY, denied()));
            world
                .resolver
                .now(above, RecordType::ANY, Behaviour::NxDomain);
            let outcome = world.check().run();
            outcome.shows("address", "authority-false-denial", "warn");
            tells_nobody_to_wait(&outcome);
            assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
        });
    }

    /// The servers deny the whole name for want of an IPv6 address.
    #[test]
    fn servers_that_deny_a_name_for_one_type() {
        internet(|| {
            let world = Internet::new();
            let denied = || {
                Behaviour::forged(|answer| answer.metadata.response_code = ResponseCode::NXDomain)
            };
            world.servers(|ns| ns.now(FQDN, RecordType::AAAA, denied()));
            let outcome = world.check().run();
            outcome.shows("address", "authority-false-denial", "info");
            outcome.stands(ALL_PASS, "ready", 0);
            world
                .resolver
                .now(FQDN, RecordType::ANY, Behaviour::NxDomain);
            let outcome = world.check().run();
            outcome.shows("address", "authority-false-denial", "warn");
            let finding = outcome
                .finding("address", "authority-false-denial")
                .to_string();
            assert!(
                finding.contains("NXDOMAIN") && finding.contains("AAAA"),
                "{finding}"
            );
            tells_nobody_to_wait(&outcome);
        });
    }

    /// An address for every name that does not exist.
    #[test]
    fn a_resolver_that_invents() {
        internet(|| {
            let world = Internet::with_zone(&zone_with("xphone A", ""));
            let landing = inventing([62, 157, 140, 133], 60);
            world.resolver.now("zahnfee.de", RecordType::ANY, landing);
            let outcome = world.check().args(&["--timeout", "1s"]).run();
            outcome
                .shows("address", "fqdn-not-found", "fail")
                .lacks("domain-wildcard-dns");
            doubts(&outcome, "address", "info", "invented");
            tells_nobody_to_wait(&outcome);
        });
    }

    /// Protection against DNS rebinding.
    #[test]
    fn a_resolver_that_leaves_private_addresses_out() {
        internet(|| {
            let zone = zone_with("xphone A", "xphone A 192.168.178.20");
            for with_proof in [true, false] {
                let world = Internet::with_zone(&zone);
                let empty = Behaviour::forged(move |answer| {
                    answer.answers.clear();
                    if with_proof {
                        let soa = "ns1 h 1 1 1 1 300";
                        let soa = RData::try_from_str(RecordType::SOA, soa).expect("a SOA");
                        let apex = answer.queries[0].name().base_name();
                        answer.add_authority(Record::from_rdata(apex, 300, soa));
                    }
                });
                world.resolver.now(FQDN, RecordType::A, empty);
                let outcome = world.check().run();
                outcome.shows("address", "address-not-public", "fail");
                tells_nobody_to_wait(&outcome);
                assert_eq!(outcome.code, 1);
            }
        });
    }

    /// The registrar may delegate to others: no promise alone.
    #[test]
    fn a_record_that_is_not_seen_yet_may_never_be() {
        internet(|| {
            let world = Internet::new();
            world.resolver.replace("zahnfee.de", &zone_with("SRV", ""));
            let outcome = world.check().run();
            outcome.shows("srv", "srv-not-yet-visible", "warn");
            let finding = outcome.finding("srv", "srv-not-yet-visible");
            let fix = finding["fix"].as_str().expect("a text");
            assert!(
                fix.contains("5 minutes") && fix.contains("registrar"),
                "{fix}"
            );
        });
    }

    #[test]
    fn long_times_have_a_date() {
        internet(|| {
            let world = Internet::new();
            for (ttl, said, unsaid) in [
                (604_800, "7 days", "minutes"),
                (90_000, "25 hours", "minutes"),
                (3_000, "50 minutes", "hours"),
            ] {
                let old = format!("_sipfederationtls._tcp {ttl} SRV 0 0 5061 alt");
                world
                    .resolver
                    .replace("zahnfee.de", &zone_with("SRV", &old));
                let outcome = world.check().run();
                let finding = outcome.finding("srv", "srv-stale");
                let fix = finding["fix"].as_str().expect("a text");
                assert!(fix.contains(said) && !fix.contains(unsaid), "{fix}");
                if ttl > 3600 {
                    assert!(fix.contains(", ") && fix.contains("UTC)"), "{fix}");
                    assert!(fix.contains("20"), "the year: {fix}");
                }
            }
        });
    }
}

/// IPv6 addresses of which nothing is known are a remark: a dead one would be a warning.
#[test]
fn ipv6_that_nobody_answers_for() {
    internet(|| {
        let world = Internet::new();
        for (behaviour, why) in [
            (Behaviour::Servfail, "failed"),
            (Behaviour::Silent, "silent"),
        ] {
            for dns in [&world.ns1, &world.ns2, &world.resolver] {
                dns.now(FQDN, RecordType::AAAA, behaviour.clone());
            }
            let outcome = world.check().args(&["--timeout", "1s"]).run();
            outcome.shows("address", "address-ipv6-unknown", "info");
            let finding = outcome.finding("address", "address-ipv6-unknown");
            assert_eq!(finding["args"]["why"], why);
            outcome.stands(ALL_PASS, "ready", 0);
        }
        // Where only the servers fail, partners get nothing either.
        world
            .resolver
            .now(FQDN, RecordType::AAAA, Behaviour::Normal);
        world.servers(|ns| ns.now(FQDN, RecordType::AAAA, Behaviour::Refused));
        let outcome = world.check().run();
        assert_eq!(
            outcome.finding("address", "address-ipv6-unknown")["args"]["rcode"],
            "REFUSED"
        );
        // Whoever looks at IPv4 only has no use for it.
        world.check().arg("-4").run().lacks("address-ipv6-unknown");
    });
}
