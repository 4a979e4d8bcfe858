//! The zone above leads to one server, and the zone itself names another. Unbound and BIND take the word of the
//! former for a denial; of what both have, partners get now the one, now the other, as Unbound goes on with
//! the latter after the first answer.

use std::time::{Duration, Instant};

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

/// What the other one has is what whoever goes on with that gets.
#[test]
fn the_server_beside_has_something_else() {
    internet(|| {
        let (world, _registry, _ns3) = world(ZONE);
        let moved = |from: &str, to: &str| {
            world.servers(|ns| {
                ns.replace("zahnfee.de", &ZONE.replace(from, to));
            });
        };
        // Nobody listens there.
        moved("xphone A 81.2.3.4", "xphone A 81.2.3.5");
        let outcome = world.check().run();
        outcome.shows("tcp", "tcp-partly-open", "fail").shows(
            "domain",
            "domain-servers-disagree",
            "warn",
        );
        moved(
            "SRV 0 0 5061 xphone",
            "SRV 0 0 5061 sipfed.online.lync.com.",
        );
        let outcome = world.check().run();
        outcome.shows("srv", "srv-mixed-platforms", "fail");
        moved("SRV 0 0 5061 xphone", "SRV 0 0 5060 xphone");
        let outcome = world.check().run();
        outcome.shows("srv", "srv-wrong-port", "fail");
        moved("_sipfederationtls", "; _sipfederationtls");
        let outcome = world.check().run();
        outcome.shows("domain", "domain-servers-disagree", "warn");
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
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

const OWN_SRV: &str = "_sipfederationtls._tcp SRV 0 0 5061 xphone\n";

/// A zone with a name server of its own, and without the SRV record.
fn own(address: &str) -> String {
    format!(
        "$TTL 300\n@ NS ns\nns A 81.2.3.53\n@ MX 10 mail\nmail A 81.2.3.99\n\
         xphone A {address}\n"
    )
}

/// The registry has an older address of the server (glue), where an old zone knows the new one.
#[test]
fn another_address_than_that_above_has_the_record() {
    internet(|| {
        let new = format!("{}{OWN_SRV}", own("81.2.3.4"));
        let world = Internet::with_zone(&new);
        let _registry = world.registry("zahnfee NS ns.zahnfee.de.\nns.zahnfee A 81.2.3.55");
        let _old = Dns::at("81.2.3.55")
            .authoritative()
            .and_zone("zahnfee.de", &own("81.2.3.4"));
        let outcome = world.check().run();
        outcome.shows("srv", "srv-missing", "fail").shows(
            "domain",
            "domain-delegation-lacks",
            "fail",
        );
        assert_eq!(outcome.code, 1, "{outcome}");
    });
}

/// The same where all have an address of the server, and the zone itself knows another one of its name server.
#[test]
fn another_address_than_that_above_has_something_else() {
    internet(|| {
        let own = |address: &str| format!("{}{OWN_SRV}", own(address));
        let world = Internet::with_zone(&own("81.2.3.5"));
        let _registry = world.registry("zahnfee NS ns.zahnfee.de.\nns.zahnfee A 81.2.3.55");
        let old = Dns::at("81.2.3.55").authoritative();
        old.replace("zahnfee.de", &own("81.2.3.4"));
        let outcome = world.check().run();
        outcome.shows("tcp", "tcp-partly-open", "fail").shows(
            "domain",
            "domain-servers-disagree",
            "warn",
        );
        assert_eq!(outcome.code, 1, "{outcome}");
        for dns in [&world.ns1, &world.ns2, &world.resolver] {
            dns.replace("zahnfee.de", &own("81.2.3.4"));
        }
        is_ready(&world.check().run());
    });
}

/// The registry has an older address of a provider's name server, beside the domain's delegation. Whoever remembers
/// nothing is led there.
#[test]
fn the_registry_has_an_older_address_of_a_provider() {
    internet(|| {
        let named = |zone: &str| zone.replace("ns1.provider.net", "ns8.prov.de");
        let zone = named(&zone_with("ns2", ""));
        let world = Internet::with_zone(&zone);
        let prov = "$TTL 300\n@ NS ns8\nns8 A 81.2.3.53";
        let _registry =
            world.registry("prov NS ns8.prov\nns8.prov A 81.2.3.55\nzahnfee NS ns8.prov");
        let old = Dns::at("81.2.3.55").authoritative();
        for dns in [&old, &world.ns1, &world.resolver] {
            dns.replace("prov.de", prov);
        }
        old.replace(
            "zahnfee.de",
            &named(&zone_with("ns2", "").replace("_sip", "; _sip")),
        );
        let outcome = world.check().run();
        outcome.shows("srv", "srv-missing", "fail").shows(
            "domain",
            "domain-delegation-lacks",
            "fail",
        );
        assert_eq!(outcome.code, 1, "{outcome}");
        // The same zone there is right, and another address is one that partners get.
        old.replace("zahnfee.de", &zone);
        is_ready(&world.check().run());
        old.replace(
            "zahnfee.de",
            &zone.replace("xphone A 81.2.3.4", "xphone A 81.2.3.5"),
        );
        let outcome = world.check().run();
        outcome.shows("tcp", "tcp-partly-open", "fail");
        // Past one that refuses, Unbound looks for another address, and BIND does not.
        old.replace("zahnfee.de", &zone);
        old.now("zahnfee.de", RecordType::ANY, Behaviour::Refused);
        let outcome = world.check().run();
        outcome.shows("domain", "authority-partly-fails", "warn");
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
    });
}

/// The registry has an address of the only server at which nobody answers. That is waited for once, and not with
/// each question anew.
#[test]
fn the_address_above_is_dead() {
    internet(|| {
        let zone = format!("{}{OWN_SRV}", own("81.2.3.4"));
        let world = Internet::with_zone(&zone);
        let _registry = world.registry("zahnfee NS ns.zahnfee.de.\nns.zahnfee A 81.2.3.55");
        let _dead = Dns::at("81.2.3.55").always(Behaviour::Silent);
        let begun = Instant::now();
        let outcome = world.check().run();
        let took = begun.elapsed();
        is_never_ready(&outcome);
        assert_eq!(outcome.code, 3, "{outcome}");
        assert!(took < Duration::from_secs(20), "{took:?}\n{outcome}");
    });
}
