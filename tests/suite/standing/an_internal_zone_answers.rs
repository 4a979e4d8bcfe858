use super::*;

const INTERNAL: &str = "$TTL 3600\n@ NS dc01\ndc01 A 10.0.0.10\n@ A 10.0.0.10\n";

#[track_caller]
fn is_undecided(world: &Internet) {
    for fqdn in [&[][..], &["--fqdn", "xphone.zahnfee.de"]] {
        let outcome = world.check().args(fqdn).run();
        outcome.shows("domain", "domain-internal-view", "unknown");
        let words = ["dc01.zahnfee.de", "10.0.0.10", "--resolver"];
        says(&outcome, "domain", "domain-internal-view", &words);
        outcome.lacks("srv-missing").lacks("fqdn-not-found");
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
    }
}

#[test]
fn without_the_record() {
    internet(|| {
        let world = Internet::new();
        world
            .resolver
            .replace("zahnfee.de", &format!("{INTERNAL}xphone A 81.2.3.4"));
        is_undecided(&world);
    });
}

#[test]
fn with_what_the_public_zone_lacks() {
    internet(|| {
        let world = Internet::new();
        world.servers(|ns| ns.replace("zahnfee.de", &zone_with("xphone", "")));
        let record = "_sipfederationtls._tcp SRV 0 0 5061 xphone";
        let zone = format!("{INTERNAL}xphone A 81.2.3.4\n{record}");
        world.resolver.replace("zahnfee.de", &zone);
        is_undecided(&world);
    });
}

#[test]
fn and_denies_the_fqdn() {
    internet(|| {
        let world = Internet::new();
        world.resolver.replace("zahnfee.de", INTERNAL);
        is_undecided(&world);
    });
}

/// The zone above knows the servers that everybody else asks.
#[test]
fn the_public_servers_are_found_from_above() {
    internet(|| {
        let world = Internet::new();
        let above =
            "@ NS ns3.provider.net.\nzahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
        world.resolver.replace("zahnfee.de", INTERNAL);
        world.resolver.replace("de", "@ NS ns3.provider.net.");
        let _above = Dns::at("81.2.3.55").authoritative().and_zone("de", above);
        let outcome = world.check().run();
        outcome.lacks("domain-internal-view").lacks("srv-missing");
        assert_ne!(outcome.report()["verdict"], "not-ready", "{outcome}");
    });
}

/// A second resolver, outside, is a witness.
#[test]
fn another_resolver_is_outside() {
    internet(|| {
        let world = Internet::new();
        world.resolver.replace("zahnfee.de", INTERNAL);
        let public = Dns::at("127.0.0.54")
            .and_zone("zahnfee.de", ZONE)
            .and_zone("provider.net", "ns1 A 81.2.3.53\nns2 A 81.2.3.54");
        let run = world.check().args(&["--resolver", "127.0.0.54"]);
        let outcome = run.run();
        outcome.lacks("domain-internal-view").lacks("srv-missing");
        assert_eq!(outcome.code, 0, "{outcome}");
        drop(public);
    });
}

const RECORD: &str = "_sipfederationtls._tcp SRV 0 0 5061 xphone\nxphone A 81.2.3.4\n";

fn own() -> Behaviour {
    Behaviour::forged(|answer| answer.metadata.authoritative = true)
}

/// Undecided, since an internal DNS answers.
#[track_caller]
fn is_seen_from_inside(outcome: &Outcome) {
    outcome.shows("domain", "domain-internal-view", "unknown");
    outcome.lacks("srv-missing").lacks("fqdn-not-found");
    assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
}

/// Whether the servers of the zone are to be asked or not.
#[track_caller]
fn is_seen_from_inside_anyhow(world: &Internet) {
    for args in [
        &[][..],
        &["--no-authority"],
        &["--fqdn", "xphone.zahnfee.de"],
    ] {
        let run = world.check().args(&["--timeout", "1s"]).args(args);
        is_seen_from_inside(&run.run());
    }
}

#[test]
fn with_name_servers_nowhere_else_than_inside() {
    internet(|| {
        let world = Internet::new();
        for servers in [
            "@ NS dc01\ndc01 A 10.0.0.10",
            "@ NS dc01\ndc01 AAAA fd00::10",
            "@ NS dc01\ndc01 A 100.64.3.10",
            "@ NS dc01\ndc01 A 127.0.0.1",
            "@ NS dc01\ndc01 AAAA ::1",
            "@ NS localhost.",
            // Some name the right servers, too.
            "@ NS dc01\n@ NS ns1.provider.net.\ndc01 A 10.0.0.10",
        ] {
            world.resolver.replace("localhost", "@ A 127.0.0.1");
            world.servers(|ns| ns.now(".", RecordType::ANY, Behaviour::Silent));
            world
                .resolver
                .replace("zahnfee.de", &format!("{servers}\n{RECORD}"));
            is_seen_from_inside_anyhow(&world);
        }
    });
}

/// The name servers are nowhere to be found, but something else shows where the answers come from.
#[test]
fn with_name_servers_that_have_no_address() {
    internet(|| {
        let world = Internet::new();
        let zone = format!("@ NS dc01.zahnfee.local.\n{RECORD}");
        world
            .resolver
            .replace("zahnfee.de", &format!("{zone}@ A 10.0.0.10"));
        is_seen_from_inside_anyhow(&world);
        world.resolver.replace("zahnfee.de", &zone);
        world.resolver.now("zahnfee.de", RecordType::ANY, own());
        is_seen_from_inside_anyhow(&world);
        let outcome = world.check().run();
        says(&outcome, "domain", "domain-internal-view", &["AA"]);
        // Without either it is a zone like any other.
        world
            .resolver
            .now("zahnfee.de", RecordType::ANY, Behaviour::Normal);
        is_ready(&world.check().run());
    });
}

/// The mark of whoever has a zone means nothing where it is on every answer, as with CoreDNS.
#[test]
fn a_mark_on_everything_is_none() {
    internet(|| {
        let world = Internet::new();
        world.servers(|ns| ns.now(".", RecordType::ANY, Behaviour::Silent));
        world.resolver.now(".", RecordType::ANY, own());
        is_seen_from_inside_anyhow(&world);
        world.resolver.replace("de", "@ NS ns3.provider.net.");
        for args in [&["--timeout", "1s"][..], &["--no-authority"]] {
            is_ready(&world.check().args(args).run());
        }
    });
}

/// Where the servers of the zone are heard, whose mark a resolver's answer has is of no account.
#[test]
fn a_mark_beside_the_servers() {
    internet(|| {
        let world = Internet::new();
        world.resolver.now("zahnfee.de", RecordType::ANY, own());
        is_ready(&world.check().run());
    });
}

/// A zone for a part of the domain, beside the public zone.
#[test]
fn for_a_part_of_the_domain() {
    internet(|| {
        let world = Internet::new();
        for servers in [
            "@ NS dc01\ndc01 A 10.0.0.10\n",
            "@ NS dc01\n",
            "@ NS localhost.\n",
        ] {
            let inside = format!("{servers}_ldap SRV 0 0 389 dc01.zahnfee.de.");
            world.resolver.replace("_tcp.zahnfee.de", &inside);
            let outcome = world.check().run();
            outcome.lacks("srv-not-yet-visible").lacks("srv-stale");
            is_ready(&outcome);
        }
    });
}

/// The record stands in such a zone only.
#[test]
fn the_record_was_entered_inside() {
    internet(|| {
        let servers = "@ NS dc01\ndc01 A 10.0.0.10\n";
        let world = Internet::with_zone(&zone_with("SRV", ""));
        let inside = format!("{servers}_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.");
        world.resolver.replace("_tcp.zahnfee.de", &inside);
        let outcome = world.check().run();
        outcome
            .shows("srv", "srv-missing", "fail")
            .lacks("srv-stale");
        outcome.shows("srv", "resolver-doubtful", "info");
        says(
            &outcome,
            "srv",
            "resolver-doubtful",
            &["5061 xphone.zahnfee.de.", "only this network"],
        );
        // With nobody else to ask, it is no proof.
        world.servers(|ns| ns.now(".", RecordType::ANY, Behaviour::Silent));
        for args in [&["--timeout", "1s"][..], &["--no-authority"]] {
            let outcome = world.check().args(args).run();
            outcome.shows("srv", "domain-internal-view", "unknown");
            assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        }
    });
}

/// The same for the address of the server.
#[test]
fn the_address_was_entered_inside() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("xphone A", ""));
        let inside = "@ NS dc01\n@ A 81.2.3.4\n@ AAAA 2a02:1:2::3\ndc01 A 10.0.0.10";
        world.resolver.replace("xphone.zahnfee.de", inside);
        let outcome = world.check().run();
        outcome
            .shows("address", "fqdn-not-found", "fail")
            .lacks("address-stale");
        says(&outcome, "address", "resolver-doubtful", &["81.2.3.4"]);
        let outcome = world.check().arg("--no-authority").run();
        outcome.shows("address", "domain-internal-view", "unknown");
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
    });
}

/// The record's alias leads into a zone that only this network knows.
#[test]
fn at_the_end_of_an_alias() {
    internet(|| {
        let alias = "_sipfederationtls._tcp CNAME record.hoster.net.";
        let world = Internet::with_zone(&zone_with("SRV", alias));
        let inside = "@ NS dc01\ndc01 A 10.0.0.10\nrecord SRV 0 0 5061 xphone.zahnfee.de.";
        world.resolver.replace("hoster.net", inside);
        let outcome = world.check().run();
        outcome.shows("srv", "domain-internal-view", "unknown");
        is_never_ready(&outcome);
    });
}

/// The record names a server in such a zone.
#[test]
fn for_the_server_only() {
    internet(|| {
        let record = "_sipfederationtls._tcp SRV 0 0 5061 xphone.hoster.net.";
        let world = Internet::without_server(&zone_with("SRV", record));
        let _server = world.tls_as("xphone.hoster.net", "81.2.3.4").start();
        let inside = "@ NS dc01\ndc01 A 10.0.0.10\nxphone A 81.2.3.4";
        world.resolver.replace("hoster.net", inside);
        let outcome = world.check().arg("--partner").run();
        outcome.shows("address", "domain-internal-view", "unknown");
        is_never_ready(&outcome);
        // With name servers on the internet the same zone is as good as any.
        let hoster = Dns::at("81.2.3.55").authoritative();
        let outside = inside.replace("10.0.0.10", "81.2.3.55");
        hoster.replace("hoster.net", &outside);
        world.resolver.replace("hoster.net", &outside);
        is_ready(&world.check().arg("--partner").run());
    });
}
