//! A signed zone of which one server shows what is refused: both that check go on to the other one.

use hickory_resolver::proto::rr::rdata::CNAME;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType as Type};

use super::Gets::{Error, Nothing, Records};
use super::{FQDN, Gets, World, given_to_partners};
use crate::internet::{ZONE, internet, zone_with};
use crate::world::{Behaviour, ZoneKey};

#[test]
fn one_of_two_servers_is_astray() {
    internet(|| {
        let spoils: [fn(&World); 4] = [
            |world| {
                let aliased = Behaviour::forged(|answer| {
                    let name = |text| Name::from_ascii(text).expect("a name");
                    let alias = RData::CNAME(CNAME(name("x.weg.de.")));
                    let owner = name("_sipfederationtls._tcp.zahnfee.de.");
                    answer.answers = vec![Record::from_rdata(owner, 300, alias)];
                });
                world
                    .ns1
                    .only("_sipfederationtls._tcp.zahnfee.de", Type::SRV, aliased);
            },
            |world| {
                world
                    .ns1
                    .add("zahnfee.de", "_sipfederationtls._tcp SRV 9 9 5061 xphone");
            },
            |world| {
                let bare = Behaviour::forged(|answer| {
                    answer.answers.retain(|it| it.record_type() != Type::RRSIG);
                });
                world.ns1.only(FQDN, Type::A, bare);
            },
            |world| {
                let is_proof = |it: &Record| it.record_type() == Type::RRSIG;
                world
                    .ns2
                    .edit("zahnfee.de", |all| all.retain(|it| !is_proof(it)));
            },
        ];
        for (number, spoil) in spoils.into_iter().enumerate() {
            let world = World::new(ZONE);
            let key = ZoneKey::of("zahnfee.de");
            world.servers(|ns| ns.sign("zahnfee.de", &key, (-3, 11)));
            spoil(&world);
            let given = given_to_partners(&world, ("zahnfee.de", FQDN), Some(&key));
            assert_eq!(given, [[Records; 2]; 2], "{number}");
            let servers = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
            world.registry(&format!("{servers}\nzahnfee DS {}", key.ds()));
            let outcome = world.check().run();
            outcome.shows("domain", "domain-dnssec-bogus", "warn");
            let args = &outcome.finding("domain", "domain-dnssec-bogus")["args"];
            assert_eq!(args["why"], "astray", "{outcome}");
            let verdict = &outcome.report()["verdict"];
            assert_eq!(verdict, "ready-with-warnings", "{outcome}");
        }
    });
}

/// What happens to a world.
type Spoiling<'a> = &'a dyn Fn(&World);

/// The new provider signs with a key of its own that nobody has announced; the old one's is announced, and it does
/// not give what is needed: nobody who checks believes the one, or gets it from the other.
#[test]
fn one_of_two_servers_has_another_key() {
    internet(|| {
        const SRV: &str = "_sipfederationtls._tcp.zahnfee.de";
        let fails = |world: &World, name: &str, kind, behaviour| {
            world.ns2.only(name, kind, behaviour);
        };
        let bare = || {
            Behaviour::forged(|answer| {
                answer.answers.retain(|it| it.record_type() != Type::RRSIG);
            })
        };
        // What the old one has, what else happens there, and what partners do not get: the record, or the address.
        let worlds: [(&str, Spoiling<'_>, [[Gets; 2]; 2]); 8] = [
            ("none", &|_| (), [[Records; 2]; 2]),
            ("SRV", &|_| (), [[Nothing, Records]; 2]),
            ("xphone A", &|_| (), [[Records, Nothing]; 2]),
            (
                "none",
                &|world| fails(world, SRV, Type::SRV, Behaviour::Servfail),
                [[Error, Records]; 2],
            ),
            (
                "none",
                &|world| fails(world, SRV, Type::SRV, Behaviour::Silent),
                [[Error, Records]; 2],
            ),
            (
                "none",
                &|world| fails(world, SRV, Type::SRV, Behaviour::TruncatedNoTcp),
                [[Error, Records]; 2],
            ),
            (
                "none",
                &|world| fails(world, FQDN, Type::A, Behaviour::Servfail),
                [[Records, Error]; 2],
            ),
            (
                "none",
                &|world| fails(world, FQDN, Type::A, bare()),
                [[Records, Error]; 2],
            ),
        ];
        for (number, (lacks, spoil, gets)) in worlds.into_iter().enumerate() {
            let world = World::new(ZONE);
            let [own, announced] = [(); 2].map(|()| ZoneKey::of("zahnfee.de"));
            world.ns2.replace("zahnfee.de", &zone_with(lacks, ""));
            world.ns1.sign("zahnfee.de", &own, (-3, 11));
            world.ns2.sign("zahnfee.de", &announced, (-3, 11));
            spoil(&world);
            // Unbound asks either server by chance, and may give up before it has come to the right one.
            let asking = || given_to_partners(&world, ("zahnfee.de", FQDN), Some(&announced));
            let mut given = asking();
            for _ in 0..2 {
                if given != gets {
                    given = asking();
                }
            }
            assert_eq!(given, gets, "{number}");
            let servers = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
            world.registry(&format!("{servers}\nzahnfee DS {}", announced.ds()));
            let outcome = world.check().run();
            let args = &outcome.finding("domain", "domain-dnssec-bogus")["args"];
            let verdict = &outcome.report()["verdict"];
            if number == 0 {
                assert_eq!(args["why"], "astray", "{outcome}");
                assert_eq!(verdict, "ready-with-warnings", "{number}: {outcome}");
            } else {
                assert_eq!(args["why"], "other-keys-there", "{number}: {outcome}");
                assert!(args["servers"].to_string().contains("ns1"), "{outcome}");
                assert_eq!(verdict, "not-ready", "{number}: {outcome}");
            }
        }
    });
}

/// The same where the host is a zone of its own, whose keys stand at its name.
#[test]
fn one_of_two_servers_has_another_key_for_the_zone_of_the_host() {
    internet(|| {
        const SERVERS: &str = "@ NS ns1.provider.net.\n@ NS ns2.provider.net.\n";
        let [key, own, announced] = ["zahnfee.de", FQDN, FQDN].map(ZoneKey::of);
        let handed_on = SERVERS.replace('@', "xphone");
        let handed_on = format!("{handed_on}xphone DS {}", announced.ds());
        for (old, gets) in [("", Nothing), ("@ A 81.2.3.4\n", Records)] {
            let world = World::new(&zone_with("xphone A", &handed_on));
            for dns in [&world.ns1, &world.resolver] {
                dns.replace(FQDN, &format!("{SERVERS}@ A 81.2.3.4\n"));
            }
            world.ns2.replace(FQDN, &format!("{SERVERS}{old}"));
            world.ns1.sign(FQDN, &own, (-3, 11));
            world.ns2.sign(FQDN, &announced, (-3, 11));
            world.servers(|ns| ns.sign("zahnfee.de", &key, (-3, 11)));
            let given = given_to_partners(&world, ("zahnfee.de", FQDN), Some(&key));
            assert_eq!(given, [[Records, gets]; 2]);
            let servers = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
            world.registry(&format!("{servers}\nzahnfee DS {}", key.ds()));
            let outcome = world.check().run();
            let args = &outcome.finding("domain", "domain-dnssec-bogus")["args"];
            let (why, verdict) = match gets {
                Records => ("astray", "ready-with-warnings"),
                _ => ("other-keys-there", "not-ready"),
            };
            assert_eq!(args["why"], why, "{outcome}");
            assert_eq!(outcome.report()["verdict"], verdict, "{outcome}");
        }
    });
}

/// One server has the domain as a zone of its own, which the signed zone above does not hand on; the other one has
/// its records there.
#[test]
fn one_of_two_servers_has_an_undelegated_zone() {
    internet(|| {
        let fqdn = "xphone.chat.zahnfee.de";
        let in_zone =
            "xphone.chat A 81.2.3.5\n_sipfederationtls._tcp.chat SRV 0 0 5061 xphone.chat\n";
        let own = "@ NS ns1.provider.net.\n@ NS ns2.provider.net.\nxphone A 81.2.3.5\n\
                   _sipfederationtls._tcp SRV 0 0 5061 xphone\n";
        for (zone, given) in [
            (format!("{ZONE}{in_zone}"), Records),
            (ZONE.to_owned(), Nothing),
        ] {
            let world = World::new(&zone);
            let key = ZoneKey::of("zahnfee.de");
            world.servers(|ns| ns.sign("zahnfee.de", &key, (-3, 11)));
            world.ns1.replace("chat.zahnfee.de", own);
            world.resolver.replace("chat.zahnfee.de", own);
            world.server_of(fqdn, "81.2.3.5");
            let partners = given_to_partners(&world, ("chat.zahnfee.de", fqdn), Some(&key));
            assert_eq!(partners, [[given; 2]; 2]);
            let servers = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
            world.registry(&format!("{servers}\nzahnfee DS {}", key.ds()));
            let outcome = world.check_domain("chat.zahnfee.de").run();
            let verdict = if given == Records {
                "ready-with-warnings"
            } else {
                "not-ready"
            };
            assert_eq!(outcome.report()["verdict"], verdict, "{outcome}");
        }
    });
}
