//! What shows records, who serves a domain, and what a server says that is asked itself.

use super::machine::Machine;
use super::{check, commands, run};
use crate::internet::{Internet, ZONE, internet, zone_with};
use crate::world::{Behaviour, Dns, RecordType, ZoneKey};

#[test]
fn what_shows_records() {
    internet(|| {
        let srv = "nslookup -nosearch -type=SRV _sipfederationtls._tcp.zahnfee.de.";

        let world = Internet::with_zone(&zone_with("SRV", ""));
        let outcome = world.check().run();
        check(
            &world,
            &outcome,
            ("srv", "srv-missing"),
            &[(srv, &["NXDOMAIN"])],
        );

        let record = "_sipfederationtls._tcp SRV 0 0 5060 xphone\n";
        drop(world);
        let world = Internet::with_zone(&zone_with("SRV", record));
        let outcome = world.check().run();
        let shown = "service = 0 0 5060 xphone.zahnfee.de.";
        check(
            &world,
            &outcome,
            ("srv", "srv-wrong-port"),
            &[(srv, &[shown])],
        );

        let record = "_sipfederationtls._udp SRV 0 0 5061 xphone\n";
        drop(world);
        let world = Internet::with_zone(&zone_with("SRV", record));
        let outcome = world.check().run();
        let near = "nslookup -nosearch -type=SRV _sipfederationtls._udp.zahnfee.de.";
        check(
            &world,
            &outcome,
            ("srv", "srv-name-typo"),
            &[
                (near, &["0 0 5061 xphone.zahnfee.de."]),
                (srv, &["NXDOMAIN"]),
            ],
        );

        drop(world);
        let world = Internet::with_zone(&zone_with("xphone A", ""));
        let outcome = world.check().run();
        let address = "nslookup -nosearch -type=A xphone.zahnfee.de.";
        let missing = ("address", "fqdn-not-found");
        check(&world, &outcome, missing, &[(address, &["NXDOMAIN"])]);

        let alias = "xphone CNAME srv01\nsrv01 A 81.2.3.4\n";
        drop(world);
        let world = Internet::with_zone(&zone_with("xphone A", alias));
        let outcome = world.check().run();
        let line = "nslookup -nosearch -type=CNAME xphone.zahnfee.de.";
        let shown: &[&str] = &["canonical name = srv01.zahnfee.de."];
        check(
            &world,
            &outcome,
            ("address", "address-alias"),
            &[(line, shown)],
        );
    });
}

#[test]
fn what_shows_the_domain() {
    internet(|| {
        let record = "_sipfederationtls._tcp SRV 0 0 5061 ns1.provider.net.\n";
        let world = Internet::with_zone(&zone_with("SRV", record));
        let outcome = world.check().run();
        let srv = "nslookup -nosearch -type=SRV _sipfederationtls._tcp.zahnfee.de.";
        let foreign = ("address", "fqdn-foreign-domain");
        check(
            &world,
            &outcome,
            foreign,
            &[(srv, &["0 0 5061 ns1.provider.net."])],
        );
        let direct = ["--direct", "--fqdn", "ns1.provider.net"];
        let outcome = world.check().args(&direct).run();
        let line = "nslookup -nosearch -type=A ns1.provider.net.";
        check(&world, &outcome, foreign, &[(line, &["81.2.3.53"])]);
        drop(world);
        let teams = "@ MX 0 zahnfee-de.mail.protection.outlook.com.\n@ TXT MS=ms12345678\n";
        let world = Internet::with_zone(&zone_with("MX", teams));
        let outcome = world.check().run();
        check(
            &world,
            &outcome,
            ("domain", "domain-microsoft-tenant"),
            &[
                (
                    "nslookup -nosearch -type=MX zahnfee.de.",
                    &["mail.protection.outlook.com"],
                ),
                (
                    "nslookup -nosearch -type=TXT zahnfee.de.",
                    &["MS=ms12345678"],
                ),
            ],
        );

        drop(world);
        let world = Internet::without_server("");
        let outcome = world.check_domain("zahnfee-gibtsnicht.de").run();
        let line = "nslookup -nosearch -type=SOA zahnfee-gibtsnicht.de.";
        let missing = ("domain", "domain-not-found");
        check(&world, &outcome, missing, &[(line, &["NXDOMAIN"])]);

        drop(world);
        let world = Internet::new();
        world
            .ns2
            .replace("zahnfee.de", &ZONE.replace("81.2.3.4", "81.2.3.5"));
        let outcome = world.check().run();
        check(
            &world,
            &outcome,
            ("domain", "domain-servers-disagree"),
            &[
                (
                    "nslookup -nosearch -type=A xphone.zahnfee.de. 81.2.3.53",
                    &["Address: 81.2.3.4"],
                ),
                (
                    "nslookup -nosearch -type=A xphone.zahnfee.de. 81.2.3.54",
                    &["Address: 81.2.3.5"],
                ),
            ],
        );
    });
}

/// Servers of a zone on a port of their own, as a test of a new provider may have.
#[test]
fn what_asks_a_server_on_another_port() {
    internet(|| {
        let world = Internet::new();
        let other = Dns::zone("zahnfee.de", &ZONE.replace("81.2.3.4", "81.2.3.5")).authoritative();
        let own = world.ns1.address().to_string();
        let run = world.check().arg("--authority").arg(own);
        let outcome = run
            .arg("--authority")
            .arg(other.address().to_string())
            .run();
        let port = other.address().port();
        check(
            &world,
            &outcome,
            ("domain", "domain-servers-disagree"),
            &[
                (
                    "nslookup -nosearch -type=A xphone.zahnfee.de. 81.2.3.53",
                    &["Address: 81.2.3.4"],
                ),
                (
                    &format!(
                        "nslookup -port={port} -nosearch -type=A xphone.zahnfee.de. 127.0.0.1"
                    ),
                    &["Address: 81.2.3.5"],
                ),
            ],
        );
    });
}

/// A domain whose servers are all silent: what asks them is printed, and ends in their silence.
#[test]
fn what_asks_silent_servers() {
    internet(|| {
        let world = Internet::new();
        world.servers(|dns| dns.now("zahnfee.de", RecordType::ANY, Behaviour::Refused));
        let outcome = world.check().run();
        let machine = Machine::new(&world);
        let lines = commands(&outcome, "domain", "domain-dns-broken");
        assert!(!lines.is_empty());
        for line in lines {
            run(&machine, &line, &["REFUSED"]);
        }
    });
}

/// The signatures of the top-level domain count no more, because this machine is ahead.
#[test]
fn what_shows_the_clock() {
    internet(|| {
        let world = Internet::without_server(ZONE);
        let top = ZoneKey::of("de");
        let registry = world.registry("zahnfee NS ns1.provider.net.");
        registry.sign("de", &top, (-63, -49));
        let root = format!("provider.net. NS ns1.provider.net.\nde DS {}", top.ds());
        world.resolver.replace(".", &root);
        let outcome = world.check().run();
        let printed = commands(&outcome, "domain", "clock-wrong");
        let line = "w32tm /stripchart /computer:ptbtime1.ptb.de /samples:1 /dataonly";
        assert_eq!(printed, [line]);
    });
}
