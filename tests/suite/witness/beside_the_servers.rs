//! The servers of the zone are heard as well.

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
        for (mark, code) in [
            ([0, 0, 0, 0], 0),
            ([0, 0, 0, 0], 17),
            ([127, 0, 0, 1], 0),
            ([127, 0, 0, 1], 17),
        ] {
            world
                .resolver
                .now(FQDN, RecordType::A, sinkhole(mark, code));
            let outcome = world.check().run();
            outcome
                .shows("tcp", "tcp-refused", "fail")
                .lacks("tcp-from-inside")
                .lacks("address-split-view");
            assert_eq!(outcome.code, 1);
            // Without the address, too, that is replaced as one of this machine.
            for redact in [&["--redact"][..], &[]] {
                let saved = outcome.json.to_string();
                let run = Run::new("replay")
                    .args(&["-", "--format=json"])
                    .args(redact);
                let replayed = run.fed(saved.as_bytes()).run();
                let codes = |outcome: &Outcome| outcome.report()["verdict"].to_string();
                assert_eq!(codes(&replayed), codes(&outcome), "{replayed}");
                replayed.shows("tcp", "tcp-refused", "fail");
                let finding = replayed.finding("address", "resolver-doubtful");
                let why = if code == 0 { "sinkhole" } else { "filtered" };
                assert_eq!(finding["args"]["why"], why, "{replayed}");
            }
        }
        // The server's own machine has its name in a file, with an address of its own.
        world
            .resolver
            .now(FQDN, RecordType::A, sinkhole([127, 0, 1, 1], 0));
        world
            .check()
            .run()
            .shows("tcp", "tcp-from-inside", "unknown");
    });
}

/// Where the filter's mark is all that is known, nothing is.
#[test]
fn a_mark_on_the_domain_makes_no_internal_zone() {
    internet(|| {
        let world = Internet::new();
        for mark in [[0, 0, 0, 0], [127, 0, 0, 1]] {
            world
                .resolver
                .now("zahnfee.de", RecordType::A, sinkhole(mark, 0));
            for outcome in [
                world.check().run(),
                world.check().arg("--no-authority").run(),
            ] {
                outcome.lacks("domain-internal-view");
                outcome.lacks("tcp-from-inside").lacks("address-not-public");
            }
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
        let denied =
            || Behaviour::forged(|answer| answer.metadata.response_code = ResponseCode::NXDomain);
        world.servers(|ns| ns.now(FQDN, RecordType::AAAA, denied()));
        let outcome = world.check().run();
        outcome.shows("address", "authority-false-denial", "warn");
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
        // By one of them, or in a way that is remembered for a second.
        world.ns1.now(FQDN, RecordType::AAAA, Behaviour::Normal);
        let outcome = world.check().run();
        outcome.shows("address", "authority-false-denial", "warn");
        let finding = outcome.finding("address", "authority-false-denial");
        let servers = finding["args"]["servers"].to_string();
        assert!(
            servers.contains("ns2") && !servers.contains("ns1"),
            "{servers}"
        );
        let bare = Behaviour::forged(|answer| {
            answer.metadata.response_code = ResponseCode::NXDomain;
            answer.authorities.clear();
        });
        world.servers(|ns| ns.now(FQDN, RecordType::AAAA, bare.clone()));
        let outcome = world.check().run();
        outcome.shows("address", "authority-false-denial", "warn");
        world.servers(|ns| ns.now(FQDN, RecordType::AAAA, denied()));
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
