//! The name servers of a zone that partners need have IPv6 addresses only: partners whose resolvers have none get
//! nothing. This machine has both.

use super::*;

const CODE: &str = "authority-ipv6-only";
const V6: &str = "n1 AAAA 2a02:1:2::3\nn2 AAAA 2a02:1:2::4\n";
const SERVED: &str = "$TTL 300\n@ NS n1\n@ NS n2\n";

/// A zone whose servers have names in itself, at these addresses.
struct Served {
    world: Internet,
    servers: [Dns; 2],
    registry: Dns,
}

impl Served {
    /// The registry gives the addresses with the delegation.
    fn new(addresses: &str) -> Self {
        let zone = ZONE.replace("@ NS ns1.provider.net.\n@ NS ns2.provider.net.\n", "");
        let zone = format!("{zone}@ NS n1\n@ NS n2\n{addresses}");
        let world = Internet::with_zone(&zone);
        let lines = addresses.lines().map(|line| {
            let (name, rest) = line.split_once(' ').expect("a name first");
            format!("{name}.zahnfee {rest}\n")
        });
        let glue: String = lines.collect();
        let handed = format!("zahnfee NS n1.zahnfee\nzahnfee NS n2.zahnfee\n{glue}");
        Self {
            servers: ["2a02:1:2::3", "2a02:1:2::4"].map(|at| served(at, "zahnfee.de", &zone)),
            registry: world.registry(&handed),
            world,
        }
    }
}

fn served(at: &str, apex: &str, zone: &str) -> Dns {
    Dns::at(at).authoritative().and_zone(apex, zone)
}

#[track_caller]
fn is_ipv6_only(outcome: &Outcome, zone: &str, words: &[&str]) {
    outcome.shows("domain", "authority-ipv6-only", "warn");
    let args = &outcome.finding("domain", CODE)["args"];
    assert_eq!(args["zone"], zone, "{outcome}");
    says(outcome, "domain", CODE, words);
    assert_eq!(
        outcome.report()["verdict"],
        "ready-with-warnings",
        "{outcome}"
    );
}

#[test]
fn of_the_domain() {
    internet(|| {
        let served = Served::new(V6);
        let words = [
            "n1.zahnfee.de (2a02:1:2::3)",
            "n2.zahnfee.de (2a02:1:2::4)",
            "A record",
            "glue",
        ];
        is_ipv6_only(&served.world.check().run(), "zahnfee.de", &words);
        // Nobody knows of a zone above.
        let world = &served.world;
        let unknown = Behaviour::NxDomain;
        world.resolver.only("de", RecordType::NS, unknown);
        is_ipv6_only(&world.check().run(), "zahnfee.de", &words);
        // Whoever asks by IPv4 only is told no less.
        let outcome = world.check().args(&["-4"]).run();
        outcome.shows("domain", "authority-ipv6-only", "warn");
    });
}

/// They answer by IPv6, and by IPv4 with an error: whoever takes them out leaves partners without IPv6 nobody.
/// And the other way round it is an address of theirs that is wrong, and not the server.
#[test]
fn they_fail_by_one_family() {
    internet(|| {
        const FAILS: &str = "authority-partly-fails";
        let both = format!("n1 A 81.2.3.53\nn2 A 81.2.3.54\n{V6}");
        let served = Served::new(&both);
        let refuse = |dns: &Dns| dns.now("zahnfee.de", RecordType::ANY, Behaviour::Refused);
        served.world.servers(refuse);
        let outcome = served.world.check().run();
        outcome.shows("domain", "authority-partly-fails", "warn");
        assert_eq!(outcome.finding("domain", FAILS)["args"]["advice"], "ipv4");
        let words = ["81.2.3.53", "Do not take them out of the NS records"];
        says(&outcome, "domain", FAILS, &words);
        let answer = |dns: &Dns| dns.now("zahnfee.de", RecordType::ANY, Behaviour::Normal);
        served.world.servers(answer);
        served.servers.iter().for_each(refuse);
        let outcome = served.world.check().run();
        outcome.shows("domain", "authority-partly-fails", "warn");
        assert_eq!(
            outcome.finding("domain", FAILS)["args"]["advice"],
            "address"
        );
        says(
            &outcome,
            "domain",
            FAILS,
            &["2a02:1:2::3", "The NS record stays"],
        );
        // A server that fails at all its addresses may no longer be one.
        served.servers.iter().for_each(answer);
        refuse(&served.world.ns2);
        refuse(&served.servers[1]);
        let outcome = served.world.check().run();
        assert_eq!(outcome.finding("domain", FAILS)["args"]["advice"], "server");
        says(
            &outcome,
            "domain",
            FAILS,
            &["Only if it is a server that no longer belongs"],
        );
    });
}

/// One IPv4 address of either server is enough.
#[test]
fn one_of_them_has_ipv4() {
    internet(|| {
        for more in ["n1 A 81.2.3.53\n", "n2 A 81.2.3.54\n"] {
            let served = Served::new(&format!("{V6}{more}"));
            let outcome = served.world.check().run();
            outcome.lacks("authority-ipv6-only");
            is_ready(&outcome);
            // It was told not to ask there.
            let outcome = served.world.check().args(&["-6"]).run();
            outcome.lacks("authority-ipv6-only");
        }
    });
}

/// They have IPv4 addresses, at which nobody answers, or not to all.
#[test]
fn none_of_them_answers_by_ipv4() {
    internet(|| {
        let served = Served::new(&format!("{V6}n1 A 81.2.3.53\nn2 A 81.2.3.54\n"));
        let world = &served.world;
        // One of them is enough.
        world
            .ns2
            .now("zahnfee.de", RecordType::ANY, Behaviour::Silent);
        let outcome = world.check().run();
        outcome.lacks("authority-ipv6-only");
        is_ready(&outcome);
        for record in [RecordType::SRV, RecordType::ANY] {
            world.servers(|ns| ns.now("zahnfee.de", record, Behaviour::Silent));
            let words = [
                "answer over IPv6 only",
                "n1.zahnfee.de (81.2.3.53)",
                "port 53",
            ];
            is_ipv6_only(&world.check().run(), "zahnfee.de", &words);
        }
    });
}

/// Whoever names the servers asks these.
#[test]
fn the_user_named_them() {
    internet(|| {
        let served = Served::new(V6);
        let named = ["--authority", "2a02:1:2::3"];
        let outcome = served.world.check().args(&named).run();
        outcome.lacks("authority-ipv6-only");
        is_ready(&outcome);
    });
}

#[test]
fn of_the_end_of_an_alias() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("xphone A", "xphone CNAME buero.dyn.example."));
        let zone = format!("{SERVED}{V6}buero A 81.2.3.4\n");
        world.resolver.replace("dyn.example", &zone);
        let servers = ["2a02:1:2::3", "2a02:1:2::4"].map(|at| served(at, "dyn.example", &zone));
        is_ipv6_only(&world.check().run(), "dyn.example", &["2a02:1:2::4"]);
        // One more, by IPv4.
        let zone = format!("{zone}@ NS ns3.provider.net.\n");
        let _third = served("81.2.3.55", "dyn.example", &zone);
        for dns in servers.iter().chain([&world.resolver]) {
            dns.replace("dyn.example", &zone);
        }
        let outcome = world.check().run();
        outcome.lacks("authority-ipv6-only");
        outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
    });
}

/// The domain is a zone of its own, at servers with IPv4; those that hand it on have none.
#[test]
fn of_the_zone_above() {
    internet(|| {
        let served = Served::new(V6);
        let child = "$TTL 300\n@ NS ns3.provider.net.\n@ MX 10 mail.zahnfee.de.\nxphone A 81.2.3.5\n\
                     _sipfederationtls._tcp SRV 0 0 5061 xphone\n";
        let world = &served.world;
        let _third = self::served("81.2.3.55", "chat.zahnfee.de", child);
        world.resolver.replace("chat.zahnfee.de", child);
        let above = |addresses: &str| {
            let zone = ZONE.replace("@ NS ns1.provider.net.\n@ NS ns2.provider.net.\n", "");
            let zone = format!("{zone}@ NS n1\n@ NS n2\n{addresses}chat NS ns3.provider.net.\n");
            for dns in served.servers.iter().chain([&world.ns1, &world.resolver]) {
                dns.replace("zahnfee.de", &zone);
            }
        };
        above(V6);
        let _chat = world.tls_as("xphone.chat.zahnfee.de", "81.2.3.5").start();
        let check = || world.check_domain("chat.zahnfee.de").run();
        is_ipv6_only(&check(), "zahnfee.de", &["2a02:1:2::3", "2a02:1:2::4"]);
        // One of them is known at an IPv4 address as well.
        served.registry.replace(
            "de",
            "$TTL 300\n@ NS a.nic\na.nic A 81.2.3.52\nzahnfee NS n1.zahnfee\nzahnfee NS n2.zahnfee\n\
             n1.zahnfee A 81.2.3.53\nn1.zahnfee AAAA 2a02:1:2::3\nn2.zahnfee AAAA 2a02:1:2::4\n",
        );
        above(&format!("{V6}n1 A 81.2.3.53\n"));
        let outcome = check();
        outcome.lacks("authority-ipv6-only");
        is_ready(&outcome);
    });
}
