//! The zone above leads into a network of somebody's own, or its servers do not lead to the same.

use super::*;

const CODE: &str = "domain-delegation-differs";
const HEALTHY: &str = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
const MOVED: &str = "zahnfee NS ns3.provider.net.";

/// The healthy zone with these name servers.
fn named(servers: &str) -> String {
    let kept = ZONE.lines().filter(|line| !line.contains(" NS "));
    let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
    format!("{kept}{servers}\n")
}

/// A resolver remembers where they really are.
#[test]
fn the_addresses_beside_the_delegation_are_private() {
    internet(|| {
        for (glue, own) in [("10.0.0.1", "81.2.3.53"), ("192.168.1.53", "192.168.1.53")] {
            let world = Internet::with_zone(&named(&format!("@ NS ns\nns A {own}")));
            let remembered = named("@ NS ns\nns A 81.2.3.53");
            world.resolver.replace("zahnfee.de", &remembered);
            let delegation = format!("zahnfee NS ns.zahnfee.de.\nns.zahnfee A {glue}");
            let _registry = world.registry(&delegation);
            let outcome = world.check().run();
            outcome.shows("srv", "authority-lost", "fail");
            let words = ["ns.zahnfee.de", glue, "registrar", "public addresses"];
            says(&outcome, "domain", "domain-servers-lost", &words);
            assert_eq!(outcome.code, 1, "{outcome}");
        }
    });
}

/// Whoever comes to the other one finds all there is.
#[test]
fn one_of_the_addresses_is_private() {
    internet(|| {
        let servers = "@ NS ns1\n@ NS ns2\nns1 A 81.2.3.53\nns2 A 81.2.3.54";
        let world = Internet::with_zone(&named(servers));
        let _registry = world.registry(
            "zahnfee NS ns1.zahnfee.de.\nns1.zahnfee A 10.0.0.1\n\
             zahnfee NS ns2.zahnfee.de.\nns2.zahnfee A 81.2.3.54",
        );
        let outcome = world.check().run();
        outcome.lacks("authority-handed-on");
        assert_eq!(outcome.code, 0, "{outcome}");
    });
}

/// Two servers of the zone `de`, which delegate so.
fn registries(world: &Internet, first: &str, second: &str) -> [Dns; 2] {
    let head = "$TTL 300\n@ NS a.nic\n@ NS b.nic\na.nic A 81.2.3.52\nb.nic A 104.16.1.1\n";
    let registry = world.registry(first);
    world.resolver.replace("de", head);
    let other = Dns::at("104.16.1.1").authoritative();
    for (dns, delegation) in [(&registry, first), (&other, second)] {
        dns.replace("de", &format!("{head}{delegation}\n"));
    }
    [registry, other]
}

/// The server that says otherwise is named, and what it says.
#[track_caller]
fn differs(outcome: &Outcome, words: &[&str]) {
    outcome.shows("domain", CODE, "warn");
    let finding = outcome.finding("domain", CODE);
    assert_eq!(finding["args"]["why"], "above", "{outcome}");
    says(outcome, "domain", CODE, words);
}

#[test]
fn all_its_servers_say_the_same() {
    internet(|| {
        let world = Internet::new();
        let backwards = "zahnfee NS NS2.provider.net.\nzahnfee NS ns1.provider.net.";
        let registries = registries(&world, HEALTHY, backwards);
        let outcome = world.check().run();
        is_ready(&outcome);
        outcome.lacks(CODE);
        for registry in &registries {
            let asked = registry.questions();
            assert_eq!(asked, [("zahnfee.de".to_owned(), RecordType::NS)]);
        }
    });
}

/// It is not told which of them is asked first.
#[test]
fn one_of_its_servers_knows_no_such_zone() {
    internet(|| {
        for swap in [false, true] {
            let world = Internet::new();
            let (first, second) = if swap { ("", HEALTHY) } else { (HEALTHY, "") };
            let _registries = registries(&world, first, second);
            let outcome = world.check().run();
            let denying = if swap { "a.nic.de" } else { "b.nic.de" };
            differs(&outcome, &[denying, "ns2.provider.net", "→ -"]);
            assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
        }
    });
}

/// Partners are led there as well, so what stands there counts.
#[test]
fn one_of_its_servers_leads_elsewhere() {
    internet(|| {
        let world = Internet::new();
        let _registries = registries(&world, HEALTHY, MOVED);
        let third = Dns::at("81.2.3.55").authoritative();
        third.replace("zahnfee.de", ZONE);
        let outcome = world.check().run();
        differs(&outcome, &["b.nic.de (104.16.1.1:53) → ns3.provider.net"]);
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
        third.replace("zahnfee.de", &zone_with("SRV", ""));
        let outcome = world.check().run();
        differs(&outcome, &["b.nic.de"]);
        outcome.shows("domain", "domain-servers-disagree", "warn");
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
        let elsewhere = zone_with("xphone A", "xphone A 198.51.77.7");
        third.replace("zahnfee.de", &elsewhere);
        let outcome = world.check().run();
        says(&outcome, "tcp", "tcp-partly-open", &["198.51.77.7"]);
        is_never_ready(&outcome);
    });
}

/// An older address of the same server.
#[test]
fn one_of_its_servers_has_another_address() {
    internet(|| {
        let own = named("@ NS ns\nns A 81.2.3.53");
        let world = Internet::with_zone(&own);
        let delegation = |glue: &str| format!("zahnfee NS ns.zahnfee.de.\nns.zahnfee A {glue}");
        let (new, old) = (delegation("81.2.3.53"), delegation("81.2.3.55"));
        let _registries = registries(&world, &new, &old);
        let third = Dns::at("81.2.3.55").authoritative();
        third.replace("zahnfee.de", &own.replace("_sipfederationtls", "_other"));
        let outcome = world.check().run();
        differs(&outcome, &["b.nic.de", "ns.zahnfee.de (81.2.3.55)"]);
        outcome.shows("domain", "domain-servers-disagree", "warn");
    });
}

/// Resolvers go to the other one.
#[test]
fn one_of_its_servers_does_not_answer() {
    internet(|| {
        for behaviour in [Behaviour::Refused, Behaviour::Servfail, Behaviour::Silent] {
            let world = Internet::new();
            let registries = registries(&world, HEALTHY, "");
            registries[1].now(".", RecordType::ANY, behaviour);
            let outcome = world.check().run();
            is_ready(&outcome);
            outcome.lacks(CODE);
        }
    });
}

/// The second server of the zone above a subdomain has its records in an older copy, in which that is no zone of its
/// own. What partners get there in the same world is seen in `real_peers::witnesses::denied`.
#[test]
fn one_of_its_servers_answers_itself() {
    internet(|| {
        let chat = "$TTL 300\n@ NS ns3.provider.net.\n@ MX 10 mail\nxphone A 81.2.3.5\n\
                    _sipfederationtls._tcp SRV 0 0 5061 xphone\n";
        let world = Internet::with_zone(&format!("{ZONE}chat NS ns3.provider.net.\n"));
        let _registry = world.registry(HEALTHY);
        let _server = world.tls_as("xphone.chat.zahnfee.de", "81.2.3.5").start();
        let third = Dns::at("81.2.3.55").authoritative();
        for dns in [&third, &world.resolver] {
            dns.replace("chat.zahnfee.de", chat);
        }
        let with = |lines: &str| {
            world.ns2.replace("zahnfee.de", &format!("{ZONE}{lines}"));
            world.check_domain("chat.zahnfee.de").run()
        };
        let record = "_sipfederationtls._tcp.chat SRV 0 0 5061 xphone.chat\n";
        let themselves = |outcome: &Outcome| {
            let finding = outcome.finding("domain", CODE);
            finding["args"]["themselves"].to_string()
        };
        let outcome = with(&format!("{record}xphone.chat A 198.51.77.7\n"));
        says(&outcome, "tcp", "tcp-partly-open", &["198.51.77.7"]);
        differs(&outcome, &["ns2.provider.net", "zone transfer"]);
        assert!(themselves(&outcome).contains("81.2.3.54"), "{outcome}");
        is_never_ready(&outcome);

        let outcome = with(&format!("{record}xphone.chat A 81.2.3.5\n"));
        differs(&outcome, &["ns2.provider.net"]);
        outcome.lacks("domain-servers-disagree");
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");

        let wrong = record.replace("5061", "5060");
        let outcome = with(&format!("{wrong}xphone.chat A 81.2.3.5\n"));
        outcome.shows("srv", "srv-wrong-port", "fail");

        // It denies them.
        let outcome = with("");
        outcome.shows("domain", "domain-servers-disagree", "warn");
        assert_eq!(themselves(&outcome), "[]", "{outcome}");
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
    });
}
