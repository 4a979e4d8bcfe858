use super::*;

#[test]
fn whichever_comes_first_it_is_named() {
    internet(|| {
        for behaviour in [Behaviour::Servfail, Behaviour::Refused] {
            let world = Internet::new();
            world
                .ns2
                .now("zahnfee.de", RecordType::ANY, behaviour.clone());
            let outcome = world.check().run();
            outcome.shows("domain", "authority-partly-fails", "warn");
            says(
                &outcome,
                "domain",
                "authority-partly-fails",
                &["ns2.provider.net", "81.2.3.54"],
            );
            outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);

            drop(world);
            let world = Internet::new();
            world.ns1.now("zahnfee.de", RecordType::ANY, behaviour);
            let outcome = world.check().run();
            says(
                &outcome,
                "domain",
                "authority-partly-fails",
                &["ns1.provider.net"],
            );
            outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
        }
    });
}

#[test]
fn for_the_srv_record_only() {
    internet(|| {
        let world = Internet::new();
        world.ns2.now(".", RecordType::SRV, Behaviour::Servfail);
        let outcome = world.check().run();
        says(
            &outcome,
            "domain",
            "authority-partly-fails",
            &["ns2.provider.net", "SRV"],
        );
    });
}

#[test]
fn their_names_lead_nowhere() {
    internet(|| {
        let lost = "@ NS ns1.local.\n@ NS ns2.local.";
        let world = Internet::with_zone(&zone_with(" NS ", lost));
        let outcome = world.check().run();
        says(
            &outcome,
            "domain",
            "authority-unreachable",
            &["ns1.local", "no address"],
        );
        is_ready(&outcome);
    });
}

/// One of them fails, the other hands the question on: to another zone, or to a part of its own.
#[test]
fn while_the_others_hand_it_on() {
    internet(|| {
        let dynamic = "@ NS ns3.provider.net.\nbuero A 81.2.3.4";
        let part = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
        for (lines, origin, other, name) in [
            (
                zone_with("xphone A", "xphone CNAME buero.dyn.example."),
                "dyn.example",
                dynamic,
                "xphone.zahnfee.de",
            ),
            (
                zone_with("SRV", "_tcp NS ns3.provider.net."),
                "_tcp.zahnfee.de",
                part,
                SRV,
            ),
        ] {
            let world = Internet::with_zone(&lines);
            let ns3 = Dns::at("81.2.3.55").authoritative();
            ns3.replace(origin, other);
            world.resolver.replace(origin, other);
            world.ns1.now(name, RecordType::ANY, Behaviour::Refused);
            let outcome = world.check().run();
            outcome.shows("domain", "authority-partly-fails", "warn");
            says(
                &outcome,
                "domain",
                "authority-partly-fails",
                &["ns1.provider.net", "81.2.3.53"],
            );
            assert_eq!(
                outcome.report()["verdict"],
                "ready-with-warnings",
                "{outcome}"
            );
        }
    });
}

/// A dead one beside a living one is a remark: a firewall on the way may be why.
#[test]
fn one_does_not_answer() {
    internet(|| {
        let world = Internet::new();
        is_ready(&world.check().run());
        world.ns2.now(".", RecordType::ANY, Behaviour::Silent);
        let outcome = world.check().run();
        outcome.shows("domain", "authority-partly-silent", "info");
        says(
            &outcome,
            "domain",
            "authority-partly-silent",
            &["ns2.provider.net", "81.2.3.54"],
        );
        is_ready(&outcome);
        // It answers all but the question that matters: what it has there may be something else.
        world.ns2.now(".", RecordType::ANY, Behaviour::Normal);
        world.ns2.now(SRV, RecordType::SRV, Behaviour::Silent);
        let outcome = world.check().run();
        outcome.shows("domain", "authority-partly-silent", "warn");
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
    });
}

/// Beside others that answer, a server without an address, or with a private one.
#[test]
fn nobody_can_ask_one_of_them() {
    internet(|| {
        for (lines, name) in [
            ("@ NS b.gone.provider.net.", "b.gone.provider.net"),
            ("@ NS dc01\ndc01 A 10.0.0.10", "dc01.zahnfee.de (10.0.0.10)"),
        ] {
            let world = Internet::with_zone(&format!("{ZONE}{lines}\n"));
            let outcome = world.check().run();
            outcome.shows("domain", "authority-partly-silent", "warn");
            says(&outcome, "domain", "authority-partly-silent", &[name]);
            assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
        }
        // Of a part of the zone, too.
        let child = "_tcp NS ns3.provider.net.\n_tcp NS dc01\ndc01 A 10.0.0.10\n";
        let world = Internet::with_zone(&zone_with("SRV", child));
        let ns3 = Dns::at("81.2.3.55").authoritative();
        let record = "@ NS ns3.provider.net.\n_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
        ns3.replace("_tcp.zahnfee.de", record);
        world.resolver.replace("_tcp.zahnfee.de", record);
        let outcome = world.check().run();
        says(
            &outcome,
            "domain",
            "authority-partly-silent",
            &["dc01.zahnfee.de (10.0.0.10)"],
        );
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
    });
}

/// Nobody looks for the server by the SOA record.
#[test]
fn for_the_domain_itself_all_of_them() {
    internet(|| {
        let world = Internet::new();
        world.servers(|ns| ns.now("zahnfee.de", RecordType::SOA, Behaviour::Refused));
        for direct in [&["--direct", "--fqdn", "xphone.zahnfee.de"][..], &[]] {
            let outcome = world.check().args(direct).run();
            outcome.shows("domain", "authority-partly-fails", "info");
            let words = ["REFUSED", "81.2.3.53", "81.2.3.54", "SOA"];
            says(&outcome, "domain", "authority-partly-fails", &words);
            outcome.lacks("authority-unreachable");
            assert_eq!(outcome.report()["verdict"], "ready", "{outcome}");
        }
    });
}

/// Mail is a matter of what is published, not of what the resolver still has.
#[test]
fn mail_servers_are_asked_for_where_the_resolver_knows_none() {
    internet(|| {
        let world = Internet::new();
        world.resolver.replace("zahnfee.de", &zone_with("MX", ""));
        let outcome = world.check().run();
        outcome.lacks("domain-no-mail");
        is_ready(&outcome);
        let world = {
            drop(world);
            Internet::with_zone(&zone_with("MX", ""))
        };
        world
            .check()
            .run()
            .shows("domain", "domain-no-mail", "info");
    });
}
