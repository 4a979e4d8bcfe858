//! The zone above leads to a server that lags behind; the one that is right is named only by the zone
//! itself. Unbound and BIND take the word of the former.

use super::*;

/// ns3 is what the registry names. Its zone names ns1 as well, or instead.
fn world(zone_of_ns3: &str) -> (Internet, Dns, Dns) {
    let world = Internet::new();
    let registry = world.registry("zahnfee NS ns3.provider.net.");
    let ns3 = Dns::at("81.2.3.55")
        .authoritative()
        .and_zone("zahnfee.de", zone_of_ns3);
    (world, registry, ns3)
}

#[test]
fn the_server_above_denies_the_record() {
    internet(|| {
        for also in ["", "@ NS ns3.provider.net."] {
            let (world, _registry, _ns3) = world(&zone_with("SRV", also));
            let outcome = world.check().run();
            outcome
                .shows("srv", "srv-missing", "fail")
                .shows("domain", "domain-delegation-lacks", "fail")
                .lacks("domain-servers-disagree");
            says(
                &outcome,
                "domain",
                "domain-delegation-lacks",
                &["ns3.provider.net", "81.2.3.53"],
            );
            let fix = &outcome.finding("srv", "srv-missing")["fix"];
            assert!(
                fix.as_str()
                    .is_some_and(|fix| fix.contains("domain-delegation-lacks"))
            );
            assert_eq!(outcome.code, 1, "{outcome}");
        }
    });
}

#[test]
fn the_server_above_denies_the_address() {
    internet(|| {
        let (world, _registry, _ns3) = world(&zone_with("xphone A", ""));
        let outcome = world.check().run();
        outcome.shows("address", "fqdn-not-found", "fail").shows(
            "domain",
            "domain-delegation-lacks",
            "fail",
        );
        assert_eq!(outcome.code, 1, "{outcome}");
    });
}

/// Nothing of what another one says is what partners get.
#[test]
fn the_server_above_fails() {
    internet(|| {
        let (world, _registry, ns3) = world(ZONE);
        ns3.now(SRV, RecordType::SRV, Behaviour::Servfail);
        let outcome = world.check().run();
        outcome.shows("srv", "authority-fails", "fail");
        assert_eq!(outcome.code, 1, "{outcome}");
        ns3.now(SRV, RecordType::SRV, Behaviour::Silent);
        is_never_ready(&world.check().arg("--timeout=1s").run());
    });
}

#[test]
fn the_server_above_has_it_as_well() {
    internet(|| {
        let (world, _registry, _ns3) = world(ZONE);
        let outcome = world.check().run();
        is_ready(&outcome);
        outcome.lacks("domain-delegation-lacks");
    });
}

/// One that was left at the registrar, beside one that is right: now this, now that.
#[test]
fn one_of_several_above_denies_the_record() {
    internet(|| {
        let world = Internet::new();
        let servers = "zahnfee NS ns3.provider.net.\nzahnfee NS ns1.provider.net.";
        let _registry = world.registry(servers);
        let _ns3 = Dns::at("81.2.3.55")
            .authoritative()
            .and_zone("zahnfee.de", &zone_with("SRV", ""));
        let outcome = world.check().run();
        outcome
            .shows("domain", "domain-servers-disagree", "warn")
            .lacks("domain-delegation-lacks")
            .lacks("srv-missing");
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
    });
}

/// The registry has an older address of the server (glue), where an old zone knows the new one.
#[test]
fn another_address_than_that_above_has_the_record() {
    internet(|| {
        let own = |srv: &str| {
            format!(
                "$TTL 300\n@ NS ns\nns A 81.2.3.53\n@ MX 10 mail\nmail A 81.2.3.99\n\
                 xphone A 81.2.3.4\n{srv}\n"
            )
        };
        let new = own("_sipfederationtls._tcp SRV 0 0 5061 xphone");
        let world = Internet::with_zone(&new);
        let _registry = world.registry("zahnfee NS ns.zahnfee.de.\nns.zahnfee A 81.2.3.55");
        let _old = Dns::at("81.2.3.55")
            .authoritative()
            .and_zone("zahnfee.de", &own(""));
        let outcome = world.check().run();
        outcome.shows("srv", "srv-missing", "fail").shows(
            "domain",
            "domain-delegation-lacks",
            "fail",
        );
        assert_eq!(outcome.code, 1, "{outcome}");
    });
}
