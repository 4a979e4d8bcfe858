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
