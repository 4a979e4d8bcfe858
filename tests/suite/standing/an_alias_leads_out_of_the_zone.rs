use super::*;

const ALIAS: &str = "xphone CNAME buero.dyn.example.";

fn world(resolver: &str) -> Internet {
    let world = Internet::with_zone(&zone_with("xphone A", ALIAS));
    world
        .resolver
        .replace("dyn.example", &format!("buero A {resolver}"));
    world
}

/// RFC 6604: the code is that of the last name, of which these servers know nothing.
#[test]
fn what_its_servers_say_of_the_target_is_not_believed() {
    internet(|| {
        let denied = Behaviour::forged(|answer| {
            if !answer.answers.is_empty() {
                answer.metadata.response_code = ResponseCode::NXDomain;
            }
        });
        let world = world("81.2.3.4");
        world.servers(|ns| ns.now("xphone.zahnfee.de", RecordType::ANY, denied.clone()));
        let outcome = world.check().run();
        outcome.shows("address", "address-alias", "warn");
        outcome.lacks("fqdn-not-found").lacks("address-stale");
        outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
    });
}

#[test]
fn a_stray_copy_of_the_other_zone_is_not_believed() {
    internet(|| {
        let right = world("81.2.3.4");
        right.servers(|ns| ns.replace("dyn.example", "buero A 198.51.77.7"));
        let outcome = right.check().run();
        outcome.lacks("address-stale").lacks("tcp-refused");
        outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
    });
}

#[test]
fn nor_where_it_would_be_welcome() {
    internet(|| {
        let wrong = world("198.51.77.7");
        wrong.servers(|ns| ns.replace("dyn.example", "buero A 81.2.3.4"));
        let outcome = wrong.check().run();
        outcome.shows("tcp", "tcp-refused", "fail");
    });
}

/// The owner of the other zone is asked, not the resolver's memory.
#[test]
fn the_other_zone_is_asked() {
    internet(|| {
        let dynamic = |address: &str| format!("@ NS ns3.provider.net.\nbuero A {address}");
        let world = world("198.51.77.7");
        world
            .resolver
            .replace("dyn.example", &dynamic("198.51.77.7"));
        let _owner = Dns::at("81.2.3.55")
            .authoritative()
            .and_zone("dyn.example", &dynamic("81.2.3.4"));
        let outcome = world.check().run();
        outcome.shows("address", "address-stale", "warn");
        outcome.lacks("tcp-refused");
        outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
    });
}

#[test]
fn within_the_zone_it_is_followed() {
    internet(|| {
        let lines = "xphone CNAME Buero\nbuero A 81.2.3.4\n\
                     _sipfederationtls._tcp CNAME _sip.chat\n_sip.chat SRV 0 0 5061 xphone";
        let world =
            Internet::with_zone(&zone_with("5061", lines).replace("xphone A 81.2.3.4\n", ""));
        let outcome = world.check().run();
        outcome.shows("address", "address-alias", "warn");
        outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
    });
}

const HOSTER: &str = "@ NS ns1\nns1 A 81.2.3.55\n";

fn hoster(world: &Internet, lines: &str) -> Dns {
    let zone = format!("{HOSTER}{lines}");
    world.resolver.replace("hoster.net", &zone);
    let hoster = Dns::at("81.2.3.55").authoritative();
    hoster.and_zone("hoster.net", &zone)
}

/// Partners are led now to the one, now to the other, whichever server is named first.
#[test]
fn at_each_server_another_one() {
    internet(|| {
        for second in [true, false] {
            let world = Internet::with_zone(&zone_with("xphone A", "xphone CNAME a.hoster.net."));
            let _hoster = hoster(&world, "a A 81.2.3.4\nb A 81.2.3.5");
            let ns = if second { &world.ns2 } else { &world.ns1 };
            let other = zone_with("xphone A", "xphone CNAME b.hoster.net.");
            ns.replace("zahnfee.de", &other);
            let outcome = world.check().run();
            says(&outcome, "tcp", "tcp-partly-open", &["81.2.3.5"]);
            outcome.shows("domain", "domain-servers-disagree", "warn");
            outcome.lacks("address-stale");
            is_never_ready(&outcome);
        }
    });
}

#[test]
fn at_one_server_only() {
    internet(|| {
        for second in [true, false] {
            let world = Internet::new();
            let _hoster = hoster(&world, "record SRV 0 0 5060 xphone.zahnfee.de.");
            let ns = if second { &world.ns2 } else { &world.ns1 };
            let alias = "_sipfederationtls._tcp CNAME record.hoster.net.";
            ns.replace("zahnfee.de", &zone_with("SRV", alias));
            let outcome = world.check().run();
            outcome.shows("srv", "srv-wrong-port", "fail");
            outcome.shows("domain", "domain-servers-disagree", "warn");
            let finding = outcome.finding("domain", "domain-servers-disagree");
            assert_eq!(finding["args"]["zone"], "zahnfee.de", "{outcome}");
            outcome.lacks("authority-partly-fails");
        }
    });
}

/// It is the servers of the other zone that differ, and whoever runs that has to mend it.
#[test]
fn into_a_zone_whose_servers_disagree() {
    internet(|| {
        let record = "x SRV 0 0 5061 xphone.zahnfee.de.";
        let address = "x A 81.2.3.4";
        for (own, alias, lines) in [
            (
                "SRV",
                "_sipfederationtls._tcp CNAME x.dyn.example.",
                [record, ""],
            ),
            (
                "SRV",
                "_sipfederationtls._tcp CNAME x.dyn.example.",
                ["", record],
            ),
            ("xphone A", "xphone CNAME x.dyn.example.", [address, ""]),
        ] {
            let world = Internet::with_zone(&zone_with(own, alias));
            let zones = lines
                .map(|lines| format!("@ NS ns3.provider.net.\n@ NS ns4.provider.net.\n{lines}\n"));
            let provider = format!("{PROVIDER}ns4 A 81.2.3.99\n");
            world.resolver.replace("provider.net", &provider);
            world.servers(|ns| ns.replace("provider.net", &provider));
            world.resolver.replace("dyn.example", &zones[0]);
            let _others: Vec<Dns> = ["81.2.3.55", "81.2.3.99"]
                .iter()
                .zip(&zones)
                .map(|(at, zone)| Dns::at(at).authoritative().and_zone("dyn.example", zone))
                .collect();
            let outcome = world.check().run();
            let finding = outcome.finding("domain", "domain-servers-disagree");
            assert_eq!(finding["args"]["zone"], "dyn.example", "{outcome}");
            let words = [
                "servers of the zone dyn.example",
                "whoever runs the zone dyn.example",
            ];
            says(&outcome, "domain", "domain-servers-disagree", &words);
            assert_eq!(
                outcome.report()["verdict"],
                "ready-with-warnings",
                "{outcome}"
            );
        }
    });
}

/// What leads nowhere is said by the name that it leads to.
#[test]
fn at_one_server_and_nowhere() {
    internet(|| {
        let world = Internet::new();
        let alias = "xphone CNAME xphone.gone.example.";
        world
            .ns2
            .replace("zahnfee.de", &zone_with("xphone A", alias));
        let outcome = world.check().run();
        says(
            &outcome,
            "domain",
            "authority-partly-fails",
            &["ns2.provider.net", "CNAME xphone.gone.example"],
        );
        outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
    });
}

/// Those of the other zone are silent, so whoever comes to this server gets nothing.
#[test]
fn at_one_server_and_to_silent_ones() {
    internet(|| {
        let world = Internet::new();
        let delegation = "@ NS ns3.provider.net.\nx A 81.2.3.4";
        world.resolver.replace("hoster.net", delegation);
        let alias = "xphone CNAME x.hoster.net.";
        let with_alias = zone_with("xphone A", alias);
        world.ns2.replace("zahnfee.de", &with_alias);
        let outcome = world.check().args(&["--timeout", "1s"]).run();
        says(
            &outcome,
            "domain",
            "authority-partly-fails",
            &["ns2.provider.net", "CNAME x.hoster.net"],
        );
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
    });
}

/// The servers of the other zone are not to be found: the verdict says whose word it rests on.
#[test]
fn into_a_zone_whose_servers_nobody_can_ask() {
    internet(|| {
        let alias = "_sipfederationtls._tcp CNAME record.hoster.net.";
        let world = Internet::with_zone(&zone_with("SRV", alias));
        let hoster = "@ NS ns1.hoster.local.\nrecord SRV 0 0 5061 xphone.zahnfee.de.";
        world.resolver.replace("hoster.net", hoster);
        let outcome = world.check().run();
        outcome.shows("srv", "authority-unreachable", "info");
        let words = ["hoster.net", "ns1.hoster.local", "no address"];
        says(&outcome, "srv", "authority-unreachable", &words);
        let reservations = outcome.report()["reservations"].to_string();
        assert!(reservations.contains("resolver's word"), "{reservations}");
        is_ready(&outcome);
    });
}

#[test]
fn into_a_zone_whose_servers_keep_silent() {
    internet(|| {
        let alias = zone_with("xphone A", "xphone CNAME x.hoster.net.");
        let world = Internet::with_zone(&alias);
        let hoster = "@ NS ns3.provider.net.\nx A 81.2.3.4\n";
        world.resolver.replace("hoster.net", hoster);
        let outcome = world.check().run();
        outcome.shows("address", "authority-handed-on", "unknown");
        says(
            &outcome,
            "address",
            "authority-handed-on",
            &["CNAME", "81.2.3.55"],
        );
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
    });
}

/// Within the zone, at one of its servers only, and to the very same address.
#[test]
fn an_alias_that_one_server_has() {
    internet(|| {
        let srv = "srv A 81.2.3.4\n";
        let world = Internet::with_zone(&format!("{ZONE}{srv}"));
        let alias = zone_with("xphone A", &format!("{srv}xphone CNAME srv"));
        world.ns2.replace("zahnfee.de", &alias);
        let outcome = world.check().run();
        outcome.shows("address", "address-alias", "warn");
        says(
            &outcome,
            "domain",
            "domain-servers-disagree",
            &["ns2.provider.net (81.2.3.54:53) → CNAME srv.zahnfee.de. → 81.2.3.4"],
        );
    });
}

/// The server that has the alias is named, not the one to which it leads.
#[test]
fn an_alias_that_leads_to_a_dead_server() {
    internet(|| {
        let world = Internet::new();
        let alias = zone_with("xphone A", "xphone CNAME x.hoster.net.");
        world.ns1.replace("zahnfee.de", &alias);
        let _ns3 = hoster(&world, "x A 81.2.3.5");
        let outcome = world.check().run();
        outcome.shows("address", "address-alias", "warn");
        says(
            &outcome,
            "domain",
            "domain-servers-disagree",
            &["ns1.provider.net (81.2.3.53:53) → CNAME x.hoster.net. → 81.2.3.5"],
        );
        is_never_ready(&outcome);
    });
}

/// Nobody is asked on for ever, neither by us nor by BIND and Unbound. Where only a resolver was asked, it may be that
/// which made the chain.
#[test]
fn along_more_aliases_than_are_followed() {
    internet(|| {
        let chain = |links: usize| {
            let aliases = (0..links).map(|at| format!("a{at} CNAME a{}\n", at + 1));
            let aliases = aliases.collect::<Vec<_>>().concat();
            let zone = format!("xphone CNAME a0\n{aliases}a{links} A 81.2.3.4");
            Internet::with_zone(&zone_with("xphone A", &zone))
        };
        let outcome = chain(10).check().run();
        outcome.shows("address", "address-alias", "warn");
        outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
        is_too_long(&chain(11).check().run());
        is_too_long(&chain(16).check().run());
        is_beyond_us(&chain(11).check().arg("--no-authority").run());
    });
}

/// The record that partners look for first, too.
#[test]
fn along_more_aliases_to_the_srv_record() {
    internet(|| {
        let aliases = (0..11).map(|at| format!("a{at} CNAME a{}\n", at + 1));
        let aliases = aliases.collect::<Vec<_>>().concat();
        let own = "_sipfederationtls._tcp CNAME a0";
        let zone = format!("{own}\n{aliases}a11 SRV 0 0 5061 xphone");
        let world = Internet::with_zone(&zone_with("SRV", &zone));
        let outcome = world.check().run();
        outcome.shows("srv", "authority-alias-chain", "fail");
        assert_eq!(outcome.report()["verdict"], "not-ready", "{outcome}");
    });
}

#[test]
fn to_and_fro_between_two_zones() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("xphone A", "xphone CNAME a0.hoster.net."));
        let there = (0..6).map(|at| format!("a{at} CNAME b{at}.dyn.example.\n"));
        let back = (0..6).map(|at| format!("b{at} CNAME a{}.hoster.net.\n", at + 1));
        let there = there.chain(["a6 A 81.2.3.4".to_owned()]);
        let there = there.collect::<Vec<_>>().concat();
        let back = ["@ NS ns1.hoster.net.\n".to_owned()]
            .into_iter()
            .chain(back);
        let back = back.collect::<Vec<_>>().concat();
        world.resolver.replace("dyn.example", &back);
        let hoster = hoster(&world, &there);
        hoster.replace("dyn.example", &back);
        is_beyond_us(&world.check().run());
    });
}

/// No server of a zone has given it as a whole, and a resolver may have made it.
#[track_caller]
fn is_beyond_us(outcome: &Outcome) {
    outcome.shows("address", "domain-lookup-failed", "unknown");
    let words = ["more than 11 aliases", "xfed follows no more"];
    says(outcome, "address", "domain-lookup-failed", &words);
    outcome
        .lacks("authority-alias-chain")
        .lacks("fqdn-not-found");
    outcome.lacks("authority-fails");
    assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
}

#[track_caller]
fn is_too_long(outcome: &Outcome) {
    outcome.shows("address", "authority-alias-chain", "fail");
    let words = ["more than 11 aliases", "BIND and Unbound"];
    says(outcome, "address", "authority-alias-chain", &words);
    outcome.lacks("authority-fails").lacks("fqdn-not-found");
    outcome.lacks("domain-lookup-failed");
    assert_eq!(outcome.report()["verdict"], "not-ready", "{outcome}");
}

#[test]
fn back_to_itself() {
    internet(|| {
        for zone in [
            "xphone CNAME xphone",
            "xphone CNAME b\nb CNAME xphone",
            "xphone CNAME b\nb CNAME c\nc CNAME b",
        ] {
            let world = Internet::with_zone(&zone_with("xphone A", zone));
            let outcome = world.check().run();
            outcome
                .shows("address", "address-alias-loop", "fail")
                .lacks("fqdn-no-a-record")
                .lacks("address-alias");
            assert_eq!(outcome.code, 1, "{outcome}");
        }
    });
}

/// Nobody outside can ask there, whatever a cache still has; and whether the cache names the alias.
#[test]
fn into_a_zone_whose_servers_have_private_addresses() {
    internet(|| {
        let alias = zone_with("xphone A", "xphone CNAME buero.dyn.example.");
        let world = Internet::with_zone(&alias);
        let registry = world.registry("zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.");
        world.resolver.replace("example", "@ NS a.nic.de.\n");
        registry.replace(
            "example",
            "@ NS a.nic.de.\ndyn NS dc.dyn\ndc.dyn A 10.1.2.3\n",
        );
        let dynamic = "@ NS dc\ndc A 10.1.2.3\nbuero A 81.2.3.4\n";
        for remembered in [alias.as_str(), ZONE] {
            world.resolver.replace("dyn.example", dynamic);
            world.resolver.replace("zahnfee.de", remembered);
            let outcome = world.check().run();
            is_never_ready(&outcome);
            if remembered == ZONE {
                outcome.shows("address", "authority-handed-on", "fail");
                let words = ["CNAME", "dyn.example", "10.1.2.3", "public addresses"];
                says(&outcome, "address", "authority-handed-on", &words);
            }
        }
    });
}

/// Beside an alias there must be nothing. Resolvers take what comes first in the answer.
#[test]
fn beside_an_address_of_the_same_name() {
    use hickory_resolver::proto::rr::rdata::A;
    use hickory_resolver::proto::rr::{Name, RData, Record};
    internet(|| {
        for (first, verdict) in [(true, "ready"), (false, "not-ready")] {
            let zone = "xphone CNAME alt\nalt A 198.51.77.7";
            let world = Internet::with_zone(&zone_with("xphone A", zone));
            let both = Behaviour::forged(move |answer| {
                let name = Name::from_ascii("xphone.zahnfee.de.").expect("a name");
                let address = RData::A(A("81.2.3.4".parse().expect("an address")));
                let place = usize::from(!first);
                let record = Record::from_rdata(name, 300, address);
                answer.answers.insert(place, record);
            });
            for dns in [&world.ns1, &world.ns2, &world.resolver] {
                dns.now("xphone.zahnfee.de", RecordType::A, both.clone());
            }
            let outcome = world.check().run();
            assert_eq!(outcome.report()["verdict"], verdict, "{outcome}");
        }
    });
}
