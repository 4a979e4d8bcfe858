//! The name servers of the domain have names in another zone, as most hosters' have. The resolver here
//! still knows where they were; whoever remembers nothing goes the way from the top to these names.

use super::*;

/// The zone of the names, as the registry hands it on.
const PROV: &str = "prov NS ns1.prov\nns1.prov A 81.2.3.55";
const HOSTED: &str = "zahnfee NS ns8.prov.de.";

/// Where the name servers of the domain are named so.
fn named(servers: &[&str]) -> String {
    let kept = ZONE.lines().filter(|line| !line.contains(" NS "));
    let names = servers.iter().map(|server| format!("@ NS {server}"));
    let lines: Vec<String> = kept.map(str::to_owned).chain(names).collect();
    lines.join("\n")
}

/// The zone prov.de.
fn prov(lines: &str) -> String {
    format!("$TTL 300\n@ NS ns1\nns1 A 81.2.3.55\n{lines}\n")
}

struct Hosted {
    world: Internet,
    registry: Dns,
    prov: Dns,
}

impl Hosted {
    /// All is well: ns8.prov.de is at 81.2.3.53.
    fn new() -> Self {
        Self::at("ns8 A 81.2.3.53", &format!("{PROV}\n{HOSTED}"))
    }

    /// The resolver remembers when all was well.
    fn at(lines: &str, delegations: &str) -> Self {
        let world = Internet::with_zone(&named(&["ns8.prov.de."]));
        let remembered = prov("ns8 A 81.2.3.53");
        world.resolver.replace("prov.de", &remembered);
        let registry = world.registry(delegations);
        let prov_server = Dns::at("81.2.3.55").authoritative();
        prov_server.replace("prov.de", &prov(lines));
        Self {
            world,
            registry,
            prov: prov_server,
        }
    }
}

#[track_caller]
fn is_lost(outcome: &Outcome, why: &str, end: &str, severity: &str) {
    outcome.shows("domain", "domain-servers-lost", severity);
    let args = &outcome.finding("domain", "domain-servers-lost")["args"];
    assert_eq!(args["why"], why, "{outcome}");
    assert_eq!(args["end"], end, "{outcome}");
    outcome.lacks("srv-missing").lacks("domain-dns-broken");
    is_never_ready(outcome);
    assert_eq!(outcome.code, if severity == "fail" { 1 } else { 3 });
}

/// Three questions more: for the zone of the names, and for the addresses of one name in it.
#[test]
fn they_are_where_the_resolver_says() {
    internet(|| {
        let hosted = Hosted::new();
        let outcome = hosted.world.check().run();
        is_ready(&outcome);
        let asked = hosted.registry.questions();
        let wanted = ["zahnfee.de", "prov.de"].map(|name| (name.to_owned(), RecordType::NS));
        assert_eq!(asked, wanted);
        let asked = hosted.prov.questions();
        let wanted = [RecordType::A, RecordType::AAAA].map(|kind| ("ns8.prov.de".to_owned(), kind));
        assert_eq!(asked, wanted);
    });
}

/// What comes with the delegation of their zone need not be all that the zone has: each name is asked for, and each of
/// its servers, since each may have another address of it.
#[test]
fn each_name_is_asked_for_once() {
    internet(|| {
        let world = Internet::with_zone(&named(&["ns1.prov.de.", "ns2.prov.de."]));
        let zone = "$TTL 300\n@ NS ns1\n@ NS ns2\nns1 A 81.2.3.53\nns2 A 81.2.3.54\n";
        for dns in [&world.resolver, &world.ns1, &world.ns2] {
            dns.replace("prov.de", zone);
        }
        let delegations = "prov NS ns1.prov\nprov NS ns2.prov\nns1.prov A 81.2.3.53\n\
                           ns2.prov A 81.2.3.54\nzahnfee NS ns1.prov\nzahnfee NS ns2.prov";
        let registry = world.registry(delegations);
        let outcome = world.check().run();
        is_ready(&outcome);
        assert_eq!(registry.questions().len(), 2, "{:?}", registry.questions());
        let of_names = |dns: &Dns| {
            let questions = dns.questions().into_iter();
            questions
                .filter(|(name, _)| name.ends_with("prov.de"))
                .count()
        };
        assert_eq!((of_names(&world.ns1), of_names(&world.ns2)), (4, 4));
    });
}

/// The servers of their zone have different addresses of them: partners are led now here, now there.
#[test]
fn their_zone_is_not_the_same_on_its_servers() {
    internet(|| {
        let two =
            "prov NS ns1.prov\nprov NS ns2.prov\nns1.prov A 81.2.3.55\nns2.prov A 198.51.77.7";
        let hosted = Hosted::at("ns8 A 81.2.3.53", &format!("{two}\n{HOSTED}"));
        let other = Dns::at("198.51.77.7").authoritative();
        let at_the_other = |lines: &str, zone: &str| {
            other.replace("prov.de", &prov(lines));
            hosted.world.ns2.replace("zahnfee.de", zone);
            hosted.world.check().args(&["--timeout", "1s"]).run()
        };
        let zone = named(&["ns8.prov.de."]);
        is_ready(&at_the_other("ns8 A 81.2.3.53", &zone));
        is_ready(&at_the_other("ns8 A 81.2.3.54", &zone));
        let closed = zone.replace("xphone A 81.2.3.4", "xphone A 81.2.3.5");
        let outcome = at_the_other("ns8 A 81.2.3.54", &closed);
        outcome
            .shows("tcp", "tcp-partly-open", "fail")
            .shows("domain", "domain-servers-disagree", "warn")
            .lacks("resolver-astray");
        let without = zone.replace("_sipfederationtls", "; _sipfederationtls");
        let outcome = at_the_other("ns8 A 81.2.3.54", &without);
        outcome.shows("domain", "domain-servers-disagree", "warn");
        let outcome = at_the_other("x A 81.2.3.54", &zone);
        outcome.shows("domain", "authority-partly-lost", "warn");
        let words = ["prov.de", "198.51.77.7"];
        says(&outcome, "domain", "authority-partly-lost", &words);
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
    });
}

/// So many zones, each with its only name server in the next and without its address; the last is prov.de.
fn in_a_row(many: usize) -> String {
    let step = |at: usize| {
        let next = if at + 1 == many {
            "prov".to_owned()
        } else {
            format!("z{}", at + 1)
        };
        format!("z{at} NS ns8.{next}\n")
    };
    let steps: String = (0..many).map(step).collect();
    format!("{PROV}\nzahnfee NS ns8.z0\n{steps}")
}

/// Unbound follows four such zones, BIND seven.
#[test]
fn many_zones_have_to_be_found_first() {
    internet(|| {
        for many in [2, 3, 4, 6, 7] {
            let world = Internet::with_zone(&named(&["ns8.z0.de."]));
            let _registry = world.registry(&in_a_row(many));
            let zones = Dns::at("81.2.3.55").authoritative();
            for dns in [&zones, &world.ns1, &world.ns2, &world.resolver] {
                dns.replace("prov.de", &prov("ns8 A 81.2.3.53"));
                for at in 0..many {
                    let zone = "ns8 A 81.2.3.53\n";
                    dns.replace(&format!("z{at}.de"), zone);
                }
            }
            let outcome = world.check().run();
            // With the one that holds the names.
            match many + 1 {
                ..5 => is_ready(&outcome),
                5..8 => {
                    outcome.shows("domain", "authority-partly-lost", "warn");
                    let args = &outcome.finding("domain", "authority-partly-lost")["args"];
                    assert_eq!(args["why"], "too-far", "{outcome}");
                    let words = ["ns8.z0.de", "Unbound follows 4"];
                    says(&outcome, "domain", "authority-partly-lost", &words);
                    assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
                }
                _ => is_lost(&outcome, "too-far", "z6.de", "fail"),
            }
        }
    });
}

#[test]
fn their_zone_was_given_up() {
    internet(|| {
        let hosted = Hosted::at("ns8 A 81.2.3.53", HOSTED);
        is_lost(&hosted.world.check().run(), "no-zone", "de", "fail");
    });
}

#[test]
fn their_zone_is_not_served() {
    internet(|| {
        for behaviour in [
            Behaviour::Refused,
            Behaviour::Servfail,
            Behaviour::rcode(ResponseCode::NotImp),
        ] {
            let hosted = Hosted::new();
            hosted.prov.now("prov.de", RecordType::ANY, behaviour);
            is_lost(&hosted.world.check().run(), "fails", "prov.de", "fail");
        }
    });
}

#[test]
fn the_servers_of_their_zone_are_silent() {
    internet(|| {
        for behaviour in [Behaviour::Silent, Behaviour::Garbage] {
            let hosted = Hosted::new();
            hosted.prov.now("prov.de", RecordType::ANY, behaviour);
            let outcome = hosted.world.check().arg("--timeout=1s").run();
            is_lost(&outcome, "silent", "prov.de", "unknown");
        }
    });
}

/// Or the resolver has the address from an entry of its own, and nobody else ever had it.
#[test]
fn their_zone_knows_no_such_name() {
    internet(|| {
        for lines in ["", "ns8 TXT moved", "x.ns8 A 81.2.3.53"] {
            let hosted = Hosted::at(lines, &format!("{PROV}\n{HOSTED}"));
            is_lost(&hosted.world.check().run(), "no-address", "prov.de", "fail");
        }
    });
}

#[test]
fn they_have_moved() {
    internet(|| {
        let moved = || Hosted::at("ns8 A 81.2.3.54", &format!("{PROV}\n{HOSTED}"));
        let hosted = moved();
        let outcome = hosted.world.check().run();
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
        says(&outcome, "domain", "resolver-astray", &["81.2.3.53"]);
        // What the old one has, partners do not see.
        let without = named(&["ns8.prov.de."]).replace("_sipfederationtls", "_other");
        hosted.world.ns2.replace("zahnfee.de", &without);
        let outcome = hosted.world.check().run();
        outcome.shows("srv", "srv-missing", "fail");
        assert_eq!(outcome.code, 1, "{outcome}");
        hosted
            .world
            .ns2
            .now("zahnfee.de", RecordType::ANY, Behaviour::Refused);
        let outcome = hosted.world.check().run();
        outcome.shows("domain", "domain-dns-broken", "fail");
        says(&outcome, "domain", "domain-dns-broken", &["81.2.3.54"]);
    });
}

#[test]
fn their_address_is_not_given_with_the_name() {
    internet(|| {
        let zone = format!("{}\nns A 81.2.3.53", named(&["ns.zahnfee.de."]));
        let world = Internet::with_zone(&zone);
        let registry = world.registry("zahnfee NS ns.zahnfee.de.\nns.zahnfee A 81.2.3.53");
        is_ready(&world.check().run());
        drop(registry);
        let registry = world.registry("zahnfee NS ns.zahnfee.de.");
        is_lost(&world.check().run(), "no-glue", "zahnfee.de", "fail");
        drop(registry);
        // Whoever finds another server of the zone is told by that.
        let zone = format!("{zone}\n@ NS ns1.provider.net.");
        world.servers(|ns| ns.replace("zahnfee.de", &zone));
        world.resolver.replace("zahnfee.de", &zone);
        let _registry = world.registry("zahnfee NS ns.zahnfee.de.\nzahnfee NS ns1.provider.net.");
        is_ready(&world.check().run());
    });
}

#[test]
fn two_zones_need_each_other() {
    internet(|| {
        let world = Internet::with_zone(&named(&["ns8.prov.de."]));
        world.resolver.replace("prov.de", &prov("ns8 A 81.2.3.53"));
        let _registry = world.registry(&format!("{HOSTED}\nprov NS ns.zahnfee.de."));
        is_lost(&world.check().run(), "loop", "zahnfee.de", "fail");
    });
    internet(|| {
        let world = Internet::with_zone(&named(&["ns8.prov.de."]));
        world.resolver.replace("prov.de", &prov("ns8 A 81.2.3.53"));
        let _registry = world.registry(&format!(
            "{HOSTED}\nprov NS ns.third.de.\nthird NS ns.prov.de."
        ));
        is_lost(&world.check().run(), "loop", "prov.de", "fail");
    });
}

/// One zone after the other, and the last of them was given up.
#[test]
fn the_way_ends_further_off() {
    internet(|| {
        let world = Internet::with_zone(&named(&["ns8.prov.de."]));
        world.resolver.replace("prov.de", &prov("ns8 A 81.2.3.53"));
        world.resolver.replace("third.de", "ns A 81.2.3.55");
        let delegations = format!("{HOSTED}\nprov NS ns.third.de.");
        let registry = world.registry(&delegations);
        is_lost(&world.check().run(), "no-zone", "de", "fail");
        drop(registry);
        let third = "third NS ns.third\nns.third A 81.2.3.55";
        let _registry = world.registry(&format!("{delegations}\n{third}"));
        let _third = Dns::at("81.2.3.55")
            .authoritative()
            .and_zone("third.de", "@ NS ns\nns A 81.2.3.55")
            .and_zone("prov.de", "@ NS ns.third.de.\nns8 A 81.2.3.53");
        is_ready(&world.check().run());
    });
}

/// BIND looks the name up, Unbound takes what came along.
#[test]
fn only_the_registry_knows_the_address() {
    internet(|| {
        let glue = format!("{PROV}\nns8.prov A 81.2.3.53\n{HOSTED}");
        let hosted = Hosted::at("ns8 A 81.2.3.53", &glue);
        is_ready(&hosted.world.check().run());
        let is_found_by_some = || {
            let outcome = hosted.world.check().run();
            outcome.shows("domain", "authority-partly-lost", "warn");
            outcome.lacks("resolver-astray");
            assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
        };
        hosted.prov.replace("prov.de", &prov(""));
        is_found_by_some();
        hosted
            .prov
            .now("prov.de", RecordType::ANY, Behaviour::Refused);
        is_found_by_some();
    });
}

#[test]
fn one_of_them_is_lost() {
    internet(|| {
        let zone = named(&["ns8.prov.de.", "ns9.gone.de."]);
        let hosted = Hosted::at(
            "ns8 A 81.2.3.53",
            &format!("{PROV}\n{HOSTED}\nzahnfee NS ns9.gone.de."),
        );
        let world = &hosted.world;
        world.resolver.replace("zahnfee.de", &zone);
        world.resolver.replace("gone.de", "ns9 A 81.2.3.54");
        world.servers(|ns| ns.replace("zahnfee.de", &zone));
        let outcome = world.check().run();
        outcome.shows("domain", "authority-partly-lost", "warn");
        says(
            &outcome,
            "domain",
            "authority-partly-lost",
            &["ns9.gone.de"],
        );
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
        // What only the lost one has, nobody gets.
        let without = zone.replace("_sipfederationtls", "_other");
        world.ns1.replace("zahnfee.de", &without);
        let outcome = world.check().run();
        outcome.shows("srv", "srv-missing", "fail");
        assert_eq!(outcome.code, 1, "{outcome}");
    });
}

/// BIND leaves such a server out (RFC 2181 §10.3).
#[test]
fn a_name_is_an_alias() {
    internet(|| {
        let hosted = Hosted::at(
            "ns8 CNAME host\nhost A 81.2.3.53",
            &format!("{PROV}\n{HOSTED}"),
        );
        let outcome = hosted.world.check().run();
        outcome.shows("domain", "authority-name-is-alias", "warn");
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
    });
}

/// Behind an alias out of the zone, and below a name that the zone hands on.
#[test]
fn the_question_ends_in_another_zone() {
    internet(|| {
        let aliased = zone_with("xphone A", "xphone CNAME buero.dyn.de.");
        let world = Internet::with_zone(&aliased);
        let dynamic = "$TTL 300\n@ NS ns8.prov.de.\nbuero A 81.2.3.4\n";
        world.resolver.replace("dyn.de", dynamic);
        world.resolver.replace("prov.de", &prov("ns8 A 81.2.3.54"));
        world.ns2.replace("dyn.de", dynamic);
        let zahnfee = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
        let delegations = format!("{zahnfee}\ndyn NS ns8.prov.de.");
        let registry = world.registry(&format!("{delegations}\n{PROV}"));
        let server = Dns::at("81.2.3.55").authoritative();
        server.replace("prov.de", &prov("ns8 A 81.2.3.54"));
        let outcome = world.check().run();
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
        server.replace("prov.de", &prov(""));
        let outcome = world.check().run();
        outcome.shows("address", "authority-lost", "fail");
        says(
            &outcome,
            "address",
            "authority-lost",
            &["dyn.de", "prov.de"],
        );
        assert_eq!(outcome.code, 1, "{outcome}");
        drop(registry);
        let _registry = world.registry(&delegations);
        let outcome = world.check().run();
        outcome.shows("address", "authority-lost", "fail");
    });
    internet(|| {
        let world = Internet::with_zone(&zone_with("SRV", "_tcp NS ns8.prov.de."));
        let record = "@ NS ns8.prov.de.\n_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
        world.resolver.replace("_tcp.zahnfee.de", record);
        world.resolver.replace("prov.de", &prov("ns8 A 81.2.3.55"));
        let zahnfee = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
        let registry = world.registry(&format!("{zahnfee}\n{PROV}"));
        let server = Dns::at("81.2.3.55").authoritative();
        server.replace("prov.de", &prov("ns8 A 81.2.3.55"));
        server.replace("_tcp.zahnfee.de", record);
        is_ready(&world.check().run());
        drop(registry);
        let _registry = world.registry(zahnfee);
        let outcome = world.check().args(&["--fqdn", "xphone.zahnfee.de"]).run();
        outcome.shows("srv", "authority-lost", "fail");
        is_never_ready(&outcome);
    });
}

/// A hoster's names are in several top-level domains. One of them stands for all, until servers disagree
/// of which some may be elsewhere.
#[test]
fn names_below_several_top_level_domains() {
    internet(|| {
        let zone = named(&["ns8.prov.de.", "ns9.prov.org."]);
        let hosted = Hosted::at(
            "ns8 A 81.2.3.53",
            &format!("{PROV}\n{HOSTED}\nzahnfee NS ns9.prov.org."),
        );
        let world = &hosted.world;
        let org = "$TTL 300\n@ NS a.nic.de.\n";
        for (origin, text) in [("org", org), ("prov.org", "ns9 A 81.2.3.54")] {
            world.resolver.replace(origin, text);
        }
        hosted
            .registry
            .replace("org", &format!("{org}prov NS ns1.prov.de.\n"));
        hosted.prov.replace("prov.org", "@ NS ns1.prov.de.\n");
        world.resolver.replace("zahnfee.de", &zone);
        world.servers(|ns| ns.replace("zahnfee.de", &zone));
        is_ready(&world.check().run());
        assert_eq!(world.resolver.times_asked("org", RecordType::NS), 0);
        let without = zone.replace("_sipfederationtls", "_other");
        world.ns1.replace("zahnfee.de", &without);
        let outcome = world.check().run();
        outcome.shows("srv", "srv-missing", "fail");
        outcome.shows("domain", "authority-partly-lost", "warn");
        assert_eq!(outcome.code, 1, "{outcome}");
    });
}

/// Many domains at one hoster go the way to its name servers once.
#[test]
fn the_way_is_gone_once() {
    internet(|| {
        let hosted = Hosted::new();
        let world = &hosted.world;
        for domain in ["zweite.de", "dritte.de"] {
            world.resolver.replace(domain, &named(&["ns8.prov.de."]));
            world.ns1.replace(domain, &named(&["ns8.prov.de."]));
        }
        let more = "zweite NS ns8.prov.de.\ndritte NS ns8.prov.de.\n";
        hosted.registry.replace(
            "de",
            &format!("$TTL 300\n@ NS a.nic\na.nic A 81.2.3.52\n{PROV}\n{HOSTED}\n{more}"),
        );
        world.check().args(&["zweite.de", "dritte.de"]).run();
        assert_eq!(hosted.registry.times_asked("prov.de", RecordType::NS), 1);
        assert_eq!(hosted.prov.times_asked("ns8.prov.de", RecordType::A), 1);
    });
}
