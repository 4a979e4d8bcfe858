use super::*;

fn child(text: &str) -> Dns {
    let ns3 = Dns::at("81.2.3.55").authoritative();
    ns3.replace("_tcp.zahnfee.de", text);
    ns3
}

#[test]
fn to_servers_that_nobody_can_ask() {
    internet(|| {
        let world = Internet::with_zone(&format!("{ZONE}_tcp NS dc01\ndc01 A 10.0.0.10\n"));
        world
            .resolver
            .now(SRV, RecordType::ANY, Behaviour::Servfail);
        let run = || world.check().args(&["--fqdn", "xphone.zahnfee.de"]);
        let outcome = run().run();
        outcome.shows("srv", "authority-handed-on", "fail");
        let words = ["_tcp.zahnfee.de", "dc01.zahnfee.de", "10.0.0.10"];
        says(&outcome, "srv", "authority-handed-on", &words);
        outcome.lacks("domain-lookup-failed");
        is_never_ready(&outcome);
        // A resolver that remembers better days changes nothing.
        world.resolver.now(SRV, RecordType::ANY, Behaviour::Normal);
        world.resolver.replace(
            "_tcp.zahnfee.de",
            "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.",
        );
        let outcome = run().run();
        outcome.shows("srv", "authority-handed-on", "fail");
        is_never_ready(&outcome);
    });
}

/// A resolver that says anything of signatures then is not to blame: nobody answers it.
#[test]
fn to_a_server_that_refuses() {
    internet(|| {
        for behaviour in [Behaviour::Refused, Behaviour::Servfail] {
            let world = Internet::with_zone(&zone_with("SRV", "_tcp NS ns3.provider.net."));
            let key = crate::world::ZoneKey::of("zahnfee.de");
            world.servers(|ns| ns.sign("zahnfee.de", &key, (-3, 11)));
            let _registry = super::the_zone_is_signed::registry(&world, &key.ds());
            let record = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
            world.resolver.replace("_tcp.zahnfee.de", record);
            let _ns3 = child(record).always(behaviour);
            world.resolver.now(SRV, RecordType::ANY, Behaviour::Bogus);
            let outcome = world.check().run();
            outcome.lacks("resolver-misjudges");
            outcome.shows("srv", "authority-fails", "fail");
            let words = ["_tcp.zahnfee.de", "ns3.provider.net"];
            says(&outcome, "srv", "authority-fails", &words);
            assert_eq!(outcome.report()["verdict"], "not-ready", "{outcome}");
        }
    });
}

/// Unbound and BIND take what comes without AA.
#[test]
fn to_a_server_that_answers_without_authority() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("SRV", "_tcp NS ns3.provider.net."));
        let record = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
        world.resolver.replace("_tcp.zahnfee.de", record);
        let cached = Behaviour::forged(|answer| answer.metadata.authoritative = false);
        let _ns3 = child(record).always(cached);
        let outcome = world.check().run();
        is_ready(&outcome);
        outcome.shows("srv", "authority-unreachable", "info");
        let words = ["name servers of _tcp.zahnfee.de ", "(AA)"];
        says(&outcome, "srv", "authority-unreachable", &words);
    });
}

/// One of its servers is one of the zone above as well; the other of that hands it on, as it should.
#[test]
fn to_a_server_that_speaks_for_both() {
    internet(|| {
        let servers = "_tcp NS ns3.provider.net.\n_tcp NS ns2.provider.net.";
        let world = Internet::with_zone(&zone_with("SRV", servers));
        let record = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
        world.resolver.replace("_tcp.zahnfee.de", record);
        world.ns2.replace("_tcp.zahnfee.de", record);
        let ns3 = child(record);
        is_ready(&world.check().run());
        // Partners come to this one as well.
        ns3.replace("_tcp.zahnfee.de", &record.replace("xphone", "old"));
        let outcome = world.check().run();
        says(&outcome, "domain", "domain-servers-disagree", &["old."]);
    });
}

#[test]
fn to_servers_that_deny_it() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("SRV", "_tcp NS ns3.provider.net."));
        let _ns3 = child("_ldap SRV 0 0 389 dc01.zahnfee.de.");
        let record = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
        world.resolver.replace("_tcp.zahnfee.de", record);
        let outcome = world.check().run();
        outcome.shows("srv", "srv-missing", "fail");
        is_never_ready(&outcome);
    });
}

#[test]
fn to_servers_that_refuse_it() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("SRV", "_tcp NS ns3.provider.net."));
        let _ns3 = child("x A 81.2.3.4").always(Behaviour::Refused);
        let record = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
        world.resolver.replace("_tcp.zahnfee.de", record);
        let outcome = world.check().run();
        says(
            &outcome,
            "srv",
            "authority-fails",
            &["REFUSED", "81.2.3.55"],
        );
        is_never_ready(&outcome);
    });
}

#[test]
fn the_fqdn_to_servers_that_have_it() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("xphone A", "xphone NS ns3.provider.net."));
        let ns3 = Dns::at("81.2.3.55").authoritative();
        ns3.replace("xphone.zahnfee.de", "@ NS ns3.provider.net.\n@ A 81.2.3.4");
        world
            .resolver
            .replace("xphone.zahnfee.de", "@ NS ns3.provider.net.\n@ A 81.2.3.4");
        is_ready(&world.check().run());
        assert!(ns3.times_asked("xphone.zahnfee.de", RecordType::A) > 0);
        // What the child says counts, not what a resolver remembers.
        ns3.replace("xphone.zahnfee.de", "@ NS ns3.provider.net.\n@ A 81.2.3.5");
        let outcome = world.check().run();
        outcome.shows("tcp", "tcp-refused", "fail");
    });
}

#[test]
fn with_old_glue() {
    internet(|| {
        let world = Internet::with_zone(&zone_with(
            "xphone A",
            "xphone NS xphone\nxphone A 10.1.1.1",
        ));
        world
            .resolver
            .replace("xphone.zahnfee.de", "@ NS xphone.zahnfee.de.\n@ A 81.2.3.4");
        is_ready(&world.check().run());
    });
}

/// Port 53 is open from here: the zone's servers answered. So those behind them are dead to partners,
/// too, who get nothing once their resolver has forgotten.
#[test]
fn to_servers_that_keep_silent() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("xphone A", "xphone NS ns3.provider.net."));
        world.resolver.replace("xphone.zahnfee.de", "@ A 81.2.3.4");
        for is_running in [true, false] {
            let silent = is_running.then(|| child("x A 81.2.3.4").always(Behaviour::Silent));
            let outcome = world.check().arg("--timeout=1s").run();
            drop(silent);
            outcome.shows("address", "authority-handed-on", "unknown");
            let words = ["do not answer", "ns3.provider.net", "81.2.3.55"];
            says(&outcome, "address", "authority-handed-on", &words);
            assert!(
                !outcome.to_string().contains("may send to port 53"),
                "{outcome}"
            );
            assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        }
    });
}

/// It stands in the zone, above the delegation, where the admin sees it and nobody else.
#[test]
fn a_record_above_the_delegation_is_sent_below() {
    internet(|| {
        let cut = format!("{ZONE}_tcp NS ns3.provider.net.\n");
        let world = Internet::with_zone(&cut);
        let ns3 = Dns::at("81.2.3.55").authoritative();
        for dns in [&ns3, &world.resolver] {
            let child = "@ NS ns3.provider.net.\n_ldap SRV 0 0 389 dc01.zahnfee.de.";
            dns.replace("_tcp.zahnfee.de", child);
        }
        let outcome = world.check().run();
        let words = ["hands _tcp.zahnfee.de on to ns3.provider.net"];
        says(&outcome, "srv", "srv-missing", &words);
        // A record that is nowhere is missing, and nothing else.
        drop((world, ns3));
        let world = Internet::with_zone(&zone_with("SRV", ""));
        let finding = world
            .check()
            .run()
            .finding("srv", "srv-missing")
            .to_string();
        assert!(!finding.contains("hands"), "{finding}");
    });
}

const OWN: &str = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";

/// One of the zone's servers has the name itself, the other hands it on: partners get now this, now that.
#[test]
fn by_one_of_the_servers_only() {
    internet(|| {
        let world = Internet::new();
        let handing = zone_with("xphone A", "xphone NS ns3.provider.net.");
        world.ns2.replace("zahnfee.de", &handing);
        let ns3 = Dns::at("81.2.3.55").authoritative();
        let answers = |address: &str| {
            let zone = format!("@ NS ns3.provider.net.\n@ A {address}");
            ns3.replace("xphone.zahnfee.de", &zone);
            world.check().run()
        };
        is_ready(&answers("81.2.3.4"));
        let outcome = answers("81.2.3.5");
        outcome.shows("tcp", "tcp-partly-open", "fail").shows(
            "domain",
            "domain-servers-disagree",
            "warn",
        );
        // Where nobody answers there, those do whom the other one leads to.
        drop(ns3);
        let outcome = world.check().args(&["--timeout", "1s"]).run();
        outcome.shows("domain", "authority-partly-fails", "warn");
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
    });
}

/// The record is where only one of the zone's servers leads to, and the other denies it.
#[test]
fn by_one_of_the_servers_and_denied_by_the_other() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("SRV", "_tcp NS ns3.provider.net."));
        world.ns2.replace("zahnfee.de", &zone_with("SRV", ""));
        world.resolver.replace("_tcp.zahnfee.de", OWN);
        let ns3 = child(OWN);
        let outcome = world.check().run();
        outcome
            .shows("domain", "domain-servers-disagree", "warn")
            .lacks("srv-missing");
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
        ns3.replace("_tcp.zahnfee.de", &OWN.replace("5061", "5060"));
        let outcome = world.check().run();
        outcome.shows("srv", "srv-wrong-port", "fail");
    });
}

/// Both hand it on, each to another one.
#[test]
fn by_each_of_the_servers_to_another_one() {
    internet(|| {
        let to = |server: &str| zone_with("SRV", &format!("_tcp NS {server}.provider.net."));
        let world = Internet::with_zone(&to("ns3"));
        for dns in [&world.ns1, &world.ns2, &world.resolver] {
            dns.replace("provider.net", &format!("{PROVIDER}ns4 A 198.51.77.7"));
        }
        world.ns2.replace("zahnfee.de", &to("ns4"));
        world.resolver.replace("_tcp.zahnfee.de", OWN);
        let _ns3 = child(OWN);
        let ns4 = Dns::at("198.51.77.7").authoritative();
        ns4.replace("_tcp.zahnfee.de", OWN);
        is_ready(&world.check().run());
        for (record, step, code) in [
            (OWN.replace("5061", "5060"), "srv", "srv-wrong-port"),
            (
                OWN.replace("xphone.zahnfee.de", "sipfed.online.lync.com"),
                "srv",
                "srv-mixed-platforms",
            ),
        ] {
            ns4.replace("_tcp.zahnfee.de", &record);
            let outcome = world.check().run();
            outcome.shows(step, code, "fail");
        }
        ns4.replace("_tcp.zahnfee.de", "_ldap SRV 0 0 389 dc01.zahnfee.de.");
        let outcome = world.check().run();
        outcome
            .shows("domain", "domain-servers-disagree", "warn")
            .lacks("srv-missing");
    });
}

/// The servers of the zone hand the FQDN on to one name server, with these addresses of it. The one at 198.51.77.7
/// has the right address of the FQDN.
fn the_fqdn_by(glue: [&str; 2]) -> (Internet, Dns) {
    let zone = |glue: &str| zone_with("xphone A", &format!("xphone NS ns.xphone\n{glue}\n"));
    let world = Internet::with_zone(&zone(glue[0]));
    world.ns2.replace("zahnfee.de", &zone(glue[1]));
    let right = "@ NS ns\nns A 198.51.77.7\n@ A 81.2.3.4";
    world.resolver.replace("xphone.zahnfee.de", right);
    let dns = Dns::at("198.51.77.7").authoritative();
    (world, dns.and_zone("xphone.zahnfee.de", right))
}

const RIGHT: &str = "ns.xphone A 198.51.77.7";
const OLD: &str = "ns.xphone A 81.2.3.55";

/// Partners come to the old server by turns, and to what it still says.
#[test]
fn by_each_of_the_servers_to_another_address() {
    internet(|| {
        let with_ipv6 = format!("{RIGHT}\nns.xphone AAAA 2a02:1:2::3");
        for (old, glue) in [
            ("81.2.3.55", [OLD, RIGHT]),
            ("81.2.3.55", [RIGHT, OLD]),
            ("2a02:1:2::3", [RIGHT, &with_ipv6]),
            ("2a02:1:2::3", [&with_ipv6, RIGHT]),
        ] {
            let (world, _right) = the_fqdn_by(glue);
            let gone = "@ NS ns\nns A 81.2.3.55\n@ A 81.2.3.99";
            let _old = Dns::at(old)
                .authoritative()
                .and_zone("xphone.zahnfee.de", gone);
            let outcome = world.check().run();
            outcome.shows("tcp", "tcp-partly-open", "fail");
            says(
                &outcome,
                "domain",
                "domain-servers-disagree",
                &["81.2.3.99"],
            );
            assert_eq!(outcome.code, 1, "{outcome}");
        }
    });
}

/// Partners wait there for nobody, where they are led to it.
#[test]
fn by_each_of_the_servers_to_another_address_where_nobody_is() {
    internet(|| {
        for glue in [[OLD, RIGHT], [RIGHT, OLD]] {
            let (world, _right) = the_fqdn_by(glue);
            let outcome = world.check().run();
            outcome.shows("domain", "domain-delegation-differs", "warn");
            let words = ["xphone.zahnfee.de", "81.2.3.55", "198.51.77.7"];
            says(&outcome, "domain", "domain-delegation-differs", &words);
            assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
        }
        let (world, _right) = the_fqdn_by([RIGHT, RIGHT]);
        is_ready(&world.check().run());
    });
}
