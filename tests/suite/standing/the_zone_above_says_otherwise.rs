//! The registry hands the domain on to others than the resolver remembers, or to nobody.

use hickory_resolver::proto::rr::rdata::A;
use hickory_resolver::proto::rr::{Name, RData, Record};

use super::*;
use crate::world::ZoneKey;

const CODE: &str = "domain-delegation-differs";
const HEALTHY: &str = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
const MOVED: &str = "zahnfee NS ns3.provider.net.";

/// A third server of the provider, at which this is the zone.
fn third(zone: &str) -> Dns {
    Dns::at("81.2.3.55")
        .authoritative()
        .and_zone("zahnfee.de", zone)
}

fn at_the_third(zone: &str) -> String {
    let kept = zone.lines().filter(|line| !line.contains("NS ns"));
    let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
    format!("{kept}@ NS ns3.provider.net.\n")
}

#[test]
fn it_says_the_same() {
    internet(|| {
        let world = Internet::new();
        let registry = world.registry(HEALTHY);
        registry.sign("de", &ZoneKey::of("de"), (-3, 11));
        // What a resolver has checked need not be checked.
        let checks = Behaviour::Authenticated;
        world.resolver.now("de", RecordType::NS, checks);
        let outcome = world.check().run();
        is_ready(&outcome);
        outcome.lacks(CODE);
        let asked = registry.questions();
        assert_eq!(asked, [("zahnfee.de".to_owned(), RecordType::NS)]);
        // Fourteen for one name server; two more for the other, and two for the revocation list. The name
        // servers are in another top-level domain, which nobody here knows.
        let asked = world.resolver.questions();
        assert!(asked.len() <= 19, "{asked:?}");
        assert_eq!(world.resolver.times_asked("net", RecordType::NS), 1);
    });
}

/// More than are looked at, in another order, and all but one dead: the resolver got through to that one.
#[test]
fn it_names_the_same_and_very_many() {
    internet(|| {
        let names: Vec<String> = (0..12).map(|at| format!("n{at}")).collect();
        let line = |name: &String| format!("@ NS {name}\n{name} A 198.51.78.{}\n", name.len());
        let dead: String = names.iter().map(line).collect();
        let kept = ZONE.lines().filter(|line| !line.contains("NS ns"));
        let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
        let right = "@ NS n\nn A 81.2.3.53\n";
        let world = Internet::with_zone(&format!("{kept}{right}{dead}"));
        let delegated = |name: &String| {
            let address = if name == "n" {
                "81.2.3.53".to_owned()
            } else {
                format!("198.51.78.{}", name.len())
            };
            format!("zahnfee NS {name}.zahnfee\n{name}.zahnfee A {address}\n")
        };
        let backwards = names.iter().rev().map(delegated);
        let delegations: String = backwards.chain([delegated(&"n".to_owned())]).collect();
        let _registry = world.registry(&delegations);
        let outcome = world.check().arg("--timeout=1s").run();
        outcome.lacks(CODE).lacks("resolver-astray");
        assert_eq!(outcome.code, 0, "{outcome}");
    });
}

/// The servers name more than the registry does, in capitals.
#[test]
fn it_names_fewer() {
    internet(|| {
        let world = Internet::new();
        let _registry = world.registry("zahnfee NS NS1.Provider.NET.");
        let outcome = world.check().run();
        is_ready(&outcome);
        outcome.lacks(CODE);
    });
}

#[test]
fn the_domain_was_given_up() {
    internet(|| {
        let world = Internet::new();
        let _registry = world.registry("");
        let outcome = world.check().run();
        outcome.shows("domain", "domain-not-found", "fail");
        outcome.shows("domain", "domain-delegation-differs", "warn");
        says(
            &outcome,
            "domain",
            CODE,
            &["no zone zahnfee.de", "81.2.3.53"],
        );
        assert_eq!(outcome.code, 1, "{outcome}");
    });
}

/// The name is still there, and nothing is delegated.
#[test]
fn the_domain_has_no_name_servers_any_more() {
    internet(|| {
        let world = Internet::new();
        let _registry = world.registry("zahnfee TXT parked");
        let outcome = world.check().run();
        outcome.shows("domain", "domain-delegation-differs", "warn");
        outcome.shows("domain", "domain-not-found", "fail");
        let words = ["top-level domain de", "no name servers"];
        says(&outcome, "domain", "domain-not-found", &words);
        assert_eq!(outcome.code, 1, "{outcome}");
    });
}

/// The registry has an answer for whatever is not registered. Nobody can enter a record there.
#[test]
fn the_registry_answers_for_all_names() {
    internet(|| {
        for wildcard in [
            "* A 81.2.3.99",
            "* A 81.2.3.99\n* MX 10 mail.nic",
            "* CNAME park.nic\npark.nic A 81.2.3.99",
        ] {
            let world = Internet::new();
            let _registry = world.registry(wildcard);
            let top = format!("$TTL 300\n@ NS a.nic\na.nic A 81.2.3.52\n{wildcard}\n");
            world.resolver.replace("de", &top);
            for fqdn in [&[][..], &["--fqdn", "xphone.zahnfay.de"]] {
                let outcome = world.check_domain("zahnfay.de").args(fqdn).run();
                outcome.shows("domain", "domain-not-found", "fail");
                let words = ["top-level domain de", "no name servers", "register"];
                says(&outcome, "domain", "domain-not-found", &words);
                outcome.lacks("srv-missing").lacks("address-from-wildcard");
                outcome.lacks("tcp-refused");
                assert_eq!(outcome.report()["verdict"], "not-ready", "{outcome}");
            }
        }
    });
}

#[test]
fn the_new_servers_lack_the_record() {
    internet(|| {
        let world = Internet::new();
        let _registry = world.registry(MOVED);
        let _third = third(&at_the_third(&zone_with("SRV", "")));
        let outcome = world.check().run();
        outcome.shows("srv", "srv-missing", "fail");
        says(&outcome, "domain", CODE, &["ns3.provider.net", "81.2.3.54"]);
        assert_eq!(outcome.code, 1, "{outcome}");
    });
}

#[test]
fn the_new_servers_have_another_address() {
    internet(|| {
        let world = Internet::new();
        let _registry = world.registry(MOVED);
        let parked = zone_with("xphone A", "xphone A 198.51.77.7");
        let _third = third(&at_the_third(&parked));
        let outcome = world.check().run();
        says(&outcome, "tcp", "tcp-refused", &["198.51.77.7"]);
        assert_eq!(outcome.code, 1, "{outcome}");
    });
}

#[test]
fn the_new_servers_do_not_serve_the_zone() {
    internet(|| {
        for behaviour in [Behaviour::Refused, Behaviour::Servfail] {
            let world = Internet::new();
            let _registry = world.registry(MOVED);
            let third = third(ZONE);
            third.now(".", RecordType::ANY, behaviour);
            let outcome = world.check().run();
            outcome.shows("domain", "domain-dns-broken", "fail");
            says(&outcome, "domain", "domain-dns-broken", &["81.2.3.55"]);
            assert_eq!(outcome.code, 1, "{outcome}");
        }
    });
}

/// Others answer from here, and the old ones among them.
#[test]
fn the_new_servers_are_silent() {
    internet(|| {
        let world = Internet::new();
        let _registry = world.registry(MOVED);
        let third = third(ZONE);
        third.now(".", RecordType::ANY, Behaviour::Silent);
        let outcome = world.check().arg("--timeout=1s").run();
        is_never_ready(&outcome);
        says(&outcome, "srv", "authority-handed-on", &["81.2.3.55"]);
    });
}

#[test]
fn the_new_servers_have_no_address() {
    internet(|| {
        let world = Internet::new();
        let _registry = world.registry("zahnfee NS ns1.gone.invalid.");
        let outcome = world.check().run();
        is_never_ready(&outcome);
    });
}

/// All is well for partners, whatever this resolver remembers; until when, nobody can say.
#[test]
fn the_new_servers_are_right() {
    internet(|| {
        let world = Internet::new();
        let _registry = world.registry(MOVED);
        let _third = third(&at_the_third(ZONE));
        let outcome = world.check().run();
        outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
        outcome.shows("domain", "resolver-astray", "warn");
        outcome.lacks(CODE);
    });
}

#[test]
fn nobody_promises_when_the_resolver_will_see_it() {
    internet(|| {
        for (old, step, code) in [
            (zone_with("SRV", ""), "srv", "srv-not-yet-visible"),
            (
                zone_with("SRV", "_sipfederationtls._tcp SRV 0 0 5061 alt"),
                "srv",
                "srv-stale",
            ),
            (
                zone_with("xphone A", "xphone A 198.51.77.7"),
                "address",
                "address-stale",
            ),
        ] {
            let world = Internet::with_zone(&old);
            let _registry = world.registry(MOVED);
            let _third = third(&at_the_third(ZONE));
            let outcome = world.check().run();
            assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
            let finding = outcome.finding(step, code);
            assert_eq!(finding["args"]["unit"], "unknown", "{outcome}");
            let fix = finding["fix"].as_str().expect("a fix");
            assert!(!fix.contains("ait"), "{fix}");
        }
    });
}

/// An older address of a name server, within the zone itself.
#[test]
fn the_registry_has_another_address_of_the_server() {
    internet(|| {
        let own = |address: &str, host: &str| {
            format!(
                "$TTL 300\n@ NS ns\nns A {address}\n@ MX 10 mail\nmail A 81.2.3.99\n\
                 xphone A {host}\n_sipfederationtls._tcp SRV 0 0 5061 xphone\n"
            )
        };
        let new = own("81.2.3.53", "81.2.3.4");
        let delegation = |glue: &str| format!("zahnfee NS ns.zahnfee.de.\nns.zahnfee A {glue}");
        // As entered.
        let world = Internet::with_zone(&new);
        let registry = world.registry(&delegation("81.2.3.53"));
        let outcome = world.check().run();
        is_ready(&outcome);
        outcome.lacks(CODE);
        drop(registry);
        // What was entered long ago still answers, and leads elsewhere.
        let _registry = world.registry(&delegation("81.2.3.55"));
        let old = third(&own("81.2.3.55", "198.51.77.7"));
        let outcome = world.check().run();
        says(&outcome, "tcp", "tcp-refused", &["198.51.77.7"]);
        says(&outcome, "domain", CODE, &["81.2.3.53"]);
        is_never_ready(&outcome);
        // Or it knows the new one: then both are asked.
        old.replace("zahnfee.de", &new);
        let outcome = world.check().run();
        is_ready(&outcome);
        outcome.lacks(CODE);
        // Or it is switched off.
        drop(old);
        is_never_ready(&world.check().run());
    });
}

/// One of those that the registry names was forgotten when the zone was changed.
#[test]
fn the_registry_names_one_more() {
    internet(|| {
        let world = Internet::new();
        let _registry = world.registry(&format!("{HEALTHY}\n{MOVED}"));
        let older = third(&zone_with("SRV", ""));
        let outcome = world.check().run();
        says(
            &outcome,
            "domain",
            "domain-servers-disagree",
            &["81.2.3.55"],
        );
        older.replace("zahnfee.de", &zone_with("xphone A", "xphone A 198.51.77.7"));
        let outcome = world.check().run();
        says(&outcome, "tcp", "tcp-partly-open", &["198.51.77.7"]);
        is_never_ready(&outcome);
    });
}

/// A part of the zone that was one of its own, and is none any more.
#[test]
fn the_zone_of_a_subdomain_was_given_up() {
    internet(|| {
        let chat = "$TTL 300\n@ NS ns3.provider.net.\n@ MX 10 mail\nxphone A 81.2.3.4\n\
                    _sipfederationtls._tcp SRV 0 0 5061 xphone\n";
        let world = Internet::with_zone(&format!("{ZONE}chat NS ns3.provider.net.\n"));
        let _registry = world.registry(HEALTHY);
        let server = world.tls_as("xphone.chat.zahnfee.de", "81.2.3.5").start();
        let chat = chat.replace("81.2.3.4", "81.2.3.5");
        let _third = Dns::at("81.2.3.55")
            .authoritative()
            .and_zone("chat.zahnfee.de", &chat);
        world.resolver.replace("chat.zahnfee.de", &chat);
        let outcome = world.check_domain("chat.zahnfee.de").run();
        is_ready(&outcome);
        outcome.lacks(CODE);
        assert!(server.connections() > 0);
        world.servers(|ns| ns.replace("zahnfee.de", ZONE));
        let outcome = world.check_domain("chat.zahnfee.de").run();
        says(&outcome, "domain", CODE, &["no zone chat.zahnfee.de"]);
        assert_eq!(outcome.code, 1, "{outcome}");
    });
}

/// The server's name is an alias into a zone that was moved.
#[test]
fn the_zone_at_the_end_of_an_alias_was_moved() {
    internet(|| {
        let aliased = zone_with("xphone A", "xphone CNAME buero.dyn.de.");
        let world = Internet::with_zone(&aliased);
        let dyn_zone = |server: &str, address: &str| {
            format!("$TTL 300\n@ NS {server}.provider.net.\nbuero A {address}\n")
        };
        for dns in [&world.ns2, &world.resolver] {
            dns.replace("dyn.de", &dyn_zone("ns2", "81.2.3.4"));
        }
        let third = Dns::at("81.2.3.55")
            .authoritative()
            .and_zone("dyn.de", &dyn_zone("ns3", "198.51.77.7"));
        let registry = world.registry(&format!("{HEALTHY}\ndyn NS ns2.provider.net."));
        let outcome = world.check().run();
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
        drop(registry);
        let _registry = world.registry(&format!("{HEALTHY}\ndyn NS ns3.provider.net."));
        let outcome = world.check().run();
        says(&outcome, "tcp", "tcp-refused", &["198.51.77.7"]);
        is_never_ready(&outcome);
        third.now(".", RecordType::ANY, Behaviour::Refused);
        is_never_ready(&world.check().run());
    });
}

/// What a registry says of servers elsewhere is taken by no resolver.
#[test]
fn an_address_of_a_server_elsewhere_is_not_believed() {
    internet(|| {
        let world = Internet::new();
        let registry = world.registry(HEALTHY);
        let stray = Behaviour::forged(|answer| {
            let server = Name::from_ascii("ns1.provider.net.").expect("a name");
            let address = RData::A(A("81.2.3.55".parse().expect("an address")));
            answer.add_additional(Record::from_rdata(server, 300, address));
        });
        registry.now("zahnfee.de", RecordType::ANY, stray);
        let third = third(&zone_with("SRV", ""));
        let outcome = world.check().run();
        is_ready(&outcome);
        outcome.lacks(CODE);
        assert!(third.questions().is_empty());
    });
}

/// Many domains below the same top-level domain find its servers once.
#[test]
fn the_servers_of_the_registry_are_found_once() {
    internet(|| {
        let world = Internet::new();
        let registry = world.registry(HEALTHY);
        let run = world.check().args(&["zweite.de", "dritte.de"]);
        run.run();
        assert_eq!(world.resolver.times_asked("de", RecordType::NS), 1);
        assert_eq!(world.resolver.times_asked("a.nic.de", RecordType::A), 1);
        for domain in ["zahnfee.de", "zweite.de", "dritte.de"] {
            assert!(registry.times_asked(domain, RecordType::NS) > 0);
        }
    });
}
