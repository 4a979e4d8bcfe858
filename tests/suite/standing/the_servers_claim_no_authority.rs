//! Name servers to which the zone above leads, and whose answers lack the flag AA: forwarders and caches in the
//! place of the zone. Unbound and BIND take what they say, so it counts. A resolver that answers on the way from
//! here in the place of all servers is told from them by what the top-level domain's say.

use super::*;

const CODE: &str = "authority-without-aa";
const NS: &str = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";

/// Without AA; with RA, as a forwarder.
fn forwards(recursive: bool) -> Behaviour {
    Behaviour::forged(move |answer| {
        answer.metadata.authoritative = false;
        answer.metadata.recursion_available = recursive;
    })
}

fn zone_on(ns: &Dns, zone: &str) {
    ns.replace("zahnfee.de", zone);
}

/// The servers have this zone, and what the resolver remembers is right.
fn served_by_both(zone: &str, recursive: bool) -> Outcome {
    let world = Internet::new();
    let _registry = world.registry(NS);
    world.servers(|ns| {
        zone_on(ns, zone);
        ns.now(".", RecordType::ANY, forwards(recursive));
    });
    world.check().run()
}

fn wrong_port() -> String {
    zone_with("SRV", "_sipfederationtls._tcp SRV 0 0 5060 xphone")
}

#[test]
fn what_they_say_counts() {
    internet(|| {
        for recursive in [false, true] {
            let outcome = served_by_both(&wrong_port(), recursive);
            outcome.shows("srv", "srv-wrong-port", "fail");
            outcome.shows("domain", "authority-without-aa", "info");
            let outcome = served_by_both(&zone_with("SRV", ""), recursive);
            outcome.shows("srv", "srv-missing", "fail");
            let dead = zone_with("xphone A", "xphone A 81.2.3.5");
            let outcome = served_by_both(&dead, recursive);
            outcome.shows("tcp", "tcp-refused", "fail");
            outcome.shows("address", "address-stale", "warn");
            let outcome = served_by_both(ZONE, recursive);
            outcome.lacks("authority-unreachable");
            says(
                &outcome,
                "domain",
                CODE,
                &["ns1.provider.net (81.2.3.53:53)", "(AA)"],
            );
            assert_eq!(outcome.report()["verdict"], "ready");
        }
    });
}

#[test]
fn one_of_them_has_something_else() {
    internet(|| {
        for zone in [
            zone_with("SRV", ""),
            zone_with("xphone A", "xphone A 81.2.3.5"),
        ] {
            let world = Internet::new();
            let _registry = world.registry(NS);
            zone_on(&world.ns2, &zone);
            world.ns2.now(".", RecordType::ANY, forwards(false));
            let outcome = world.check().run();
            outcome.shows("domain", "domain-servers-disagree", "warn");
            says(&outcome, "domain", CODE, &["ns2.provider.net"]);
            let finding = outcome.finding("domain", CODE).to_string();
            assert!(!finding.contains("ns1.provider.net"), "{outcome}");
        }
    });
}

/// What the resolver here remembers is older.
#[test]
fn they_are_right_and_the_resolver_is_not() {
    internet(|| {
        for (zone, code) in [
            (zone_with("SRV", ""), "srv-missing"),
            (wrong_port(), "srv-wrong-port"),
            (zone_with("xphone A", "xphone A 81.2.3.5"), "tcp-refused"),
        ] {
            let world = Internet::new();
            let _registry = world.registry(NS);
            world.resolver.replace("zahnfee.de", &zone);
            world.servers(|ns| ns.now(".", RecordType::ANY, forwards(true)));
            let outcome = world.check().run();
            outcome.lacks(code);
            assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
        }
    });
}

/// The denials alone lack it, as those of a cache before the servers.
#[test]
fn they_deny_without_it() {
    internet(|| {
        let world = Internet::new();
        let _registry = world.registry(NS);
        let denials = || {
            Behaviour::forged(|answer| {
                answer.metadata.authoritative = !answer.answers.is_empty();
            })
        };
        world.servers(|ns| {
            zone_on(ns, &zone_with("SRV", ""));
            ns.now(".", RecordType::ANY, denials());
        });
        let outcome = world.check().run();
        outcome.shows("srv", "srv-missing", "fail");
    });
}

/// A resolver on the way answers whatever is sent to any server: its word is no other than that of a resolver.
#[test]
fn a_resolver_answers_in_the_place_of_all() {
    internet(|| {
        for zone in [ZONE, &wrong_port()] {
            let world = Internet::new();
            let registry = world.registry(NS);
            world.servers(|ns| {
                zone_on(ns, zone);
                ns.now(".", RecordType::ANY, forwards(true));
            });
            registry.replace("zahnfee.de", zone);
            registry.now(".", RecordType::ANY, forwards(true));
            let outcome = world.check().run();
            outcome.shows("domain", "authority-unreachable", "info");
            outcome.lacks(CODE).lacks("srv-wrong-port");
            assert_eq!(outcome.report()["verdict"], "ready", "{outcome}");
        }
    });
}

/// The FQDN is an alias of a name in another zone, whose servers claim nothing: they say this, the resolver remembers
/// something else.
fn alias_into(said: &str, remembered: &str, line: &str) -> Outcome {
    let instead = line.replace("CNAME", "").replace("xphone ", "xphone A");
    let zone = zone_with(instead.trim(), &format!("{line} buero.dyn.de."));
    let world = Internet::with_zone(&zone);
    let _registry = world.registry(&format!("{NS}\ndyn NS ns3.provider.net."));
    let ns3 = Dns::at("81.2.3.55").authoritative();
    let apex = "$TTL 300\n@ NS ns3.provider.net.\n";
    ns3.replace("dyn.de", &format!("{apex}{said}\n"));
    ns3.now(".", RecordType::ANY, forwards(false));
    world
        .resolver
        .replace("dyn.de", &format!("{apex}{remembered}\n"));
    world.check().run()
}

#[test]
fn the_zone_of_an_alias_claims_nothing() {
    internet(|| {
        let (right, dead) = ("buero A 81.2.3.4", "buero A 81.2.3.5");
        let outcome = alias_into(dead, right, "xphone CNAME");
        outcome.shows("tcp", "tcp-refused", "fail");
        outcome.shows("domain", CODE, "info");
        let outcome = alias_into(right, dead, "xphone CNAME");
        outcome.lacks("tcp-refused");
        assert_eq!(outcome.code, 0, "{outcome}");
        let outcome = alias_into("mail A 81.2.3.99", right, "xphone CNAME");
        assert_eq!(outcome.code, 1, "{outcome}");
        let (right, wrong) = (
            "buero SRV 0 0 5061 xphone.zahnfee.de.",
            "buero SRV 0 0 5060 xphone.zahnfee.de.",
        );
        let outcome = alias_into(wrong, right, "_sipfederationtls._tcp CNAME");
        outcome.shows("srv", "srv-wrong-port", "fail");
        let outcome = alias_into(right, wrong, "_sipfederationtls._tcp CNAME");
        outcome.lacks("srv-wrong-port");
    });
}
