//! The zone above leads to one address of a name server, and the zone that its name is in knows another one as well.
//! Partners have learned both as soon as they have asked once, and may ask either. The resolver here has only the
//! former.

use hickory_resolver::proto::rr::rdata::A;
use hickory_resolver::proto::rr::{Name, RData, Record};

use super::*;

const SRV_LINE: &str = "_sipfederationtls._tcp SRV 0 0 5061 xphone\n";

/// A zone with these name servers of its own, and this record.
fn zone(servers: &str, srv: &str) -> String {
    format!("$TTL 300\n@ MX 10 mail\nmail A 81.2.3.99\nxphone A 81.2.3.4\n{servers}\n{srv}")
}

/// What is at the further address instead of the record, and what that makes of it.
const WORLDS: [(&str, &str, &str, &str); 3] = [
    ("", "domain", "domain-servers-disagree", "warn"),
    (
        "_sipfederationtls._tcp SRV 0 0 5060 xphone\n",
        "srv",
        "srv-wrong-port",
        "fail",
    ),
    (
        "_sipfederationtls._tcp SRV 0 0 5061 sipfed.online.lync.com.\n",
        "srv",
        "srv-mixed-platforms",
        "fail",
    ),
];

/// The domain's servers as they name themselves, and as the registry and the resolver have them.
struct Named {
    whole: &'static str,
    glue: &'static str,
    registry: &'static str,
    /// Where something else is served.
    further: &'static str,
}

fn is_told(named: &Named, spoil: impl Fn(&Dns)) {
    let world = Internet::with_zone(&zone(named.whole, SRV_LINE));
    world.servers(&spoil);
    let glued = zone(named.glue, SRV_LINE);
    world.resolver.replace("zahnfee.de", &glued);
    let _registry = world.registry(named.registry);
    let further = Dns::at(named.further).authoritative();
    spoil(&further);
    further.replace("zahnfee.de", &zone(named.whole, SRV_LINE));
    is_ready(&world.check().run());
    for (srv, step, code, severity) in WORLDS {
        further.replace("zahnfee.de", &zone(named.whole, srv));
        let outcome = world.check().run();
        outcome.shows(step, code, severity);
        let facts = outcome.report()["facts"]["srv"].to_string();
        assert!(facts.contains(named.further), "{outcome}");
    }
}

const ONE: Named = Named {
    whole: "@ NS ns1\nns1 A 81.2.3.53\nns1 A 81.2.3.55",
    glue: "@ NS ns1\nns1 A 81.2.3.53",
    registry: "zahnfee NS ns1.zahnfee\nns1.zahnfee A 81.2.3.53",
    further: "81.2.3.55",
};

#[test]
fn of_its_only_server() {
    internet(|| is_told(&ONE, |_| ()));
}

#[test]
fn of_one_of_two_servers() {
    internet(|| {
        let named = Named {
            whole: "@ NS ns1\n@ NS ns2\nns1 A 81.2.3.53\nns2 A 81.2.3.54\nns2 A 81.2.3.55",
            glue: "@ NS ns1\n@ NS ns2\nns1 A 81.2.3.53\nns2 A 81.2.3.54",
            registry: "zahnfee NS ns1.zahnfee\nzahnfee NS ns2.zahnfee\n\
                       ns1.zahnfee A 81.2.3.53\nns2.zahnfee A 81.2.3.54",
            further: "81.2.3.55",
        };
        is_told(&named, |_| ());
    });
}

#[test]
fn of_ipv6() {
    internet(|| {
        let named = Named {
            whole: "@ NS ns1\nns1 A 81.2.3.53\nns1 AAAA 2a02:1:2::3",
            further: "2a02:1:2::3",
            ..ONE
        };
        is_told(&named, |_| ());
    });
}

#[test]
fn behind_an_alias() {
    internet(|| {
        let named = Named {
            whole: "@ NS ns1\nns1 CNAME host\nhost A 81.2.3.53\nhost A 81.2.3.55",
            ..ONE
        };
        is_told(&named, |_| ());
    });
}

/// Most servers send the addresses along with the names, and are not asked again.
#[test]
fn beside_the_names() {
    internet(|| {
        let adding = |dns: &Dns| {
            let along = Behaviour::forged(|answer| {
                let name = Name::from_ascii("ns1.zahnfee.de.").expect("a name");
                for last in [53, 55] {
                    let address = RData::A(A::new(81, 2, 3, last));
                    answer.add_additional(Record::from_rdata(name.clone(), 300, address));
                }
            });
            dns.only("zahnfee.de", RecordType::NS, along);
        };
        is_told(&ONE, adding);
        let world = Internet::with_zone(&zone(ONE.whole, SRV_LINE));
        world.servers(adding);
        let _registry = world.registry(ONE.registry);
        is_ready(&world.check().run());
        let asked = |kind| world.ns1.times_asked("ns1.zahnfee.de", kind);
        assert_eq!((asked(RecordType::A), asked(RecordType::AAAA)), (0, 0));
        assert_eq!(world.ns1.times_asked("zahnfee.de", RecordType::NS), 1);
    });
}

/// The same of a provider, one of whose two names has another address.
#[test]
fn in_the_zone_of_a_provider() {
    internet(|| {
        for (further, line) in [
            ("81.2.3.55", "ns2 A 81.2.3.55"),
            ("2a02:1:2::3", "ns2 AAAA 2a02:1:2::3"),
        ] {
            let names = "@ NS ns1.prov.de.\n@ NS ns2.prov.de.";
            let world = Internet::with_zone(&zone(names, SRV_LINE));
            let glue = "@ NS ns1\n@ NS ns2\nns1 A 81.2.3.53\nns2 A 81.2.3.54\n";
            world.resolver.replace("prov.de", glue);
            let whole = format!("{glue}{line}\n");
            world.servers(|dns| dns.replace("prov.de", &whole));
            let _registry = world.registry(
                "prov NS ns1.prov\nprov NS ns2.prov\nns1.prov A 81.2.3.53\nns2.prov A 81.2.3.54\n\
                 zahnfee NS ns1.prov\nzahnfee NS ns2.prov",
            );
            let other = Dns::at(further).authoritative();
            other.replace("prov.de", &whole);
            other.replace("zahnfee.de", &zone(names, SRV_LINE));
            is_ready(&world.check().run());
            for (srv, step, code, severity) in WORLDS {
                other.replace("zahnfee.de", &zone(names, srv));
                world.check().run().shows(step, code, severity);
            }
        }
    });
}

/// And of a part of the zone that is handed on.
#[test]
fn of_a_part_of_the_zone() {
    internet(|| {
        let cut = "_tcp NS ns._tcp\nns._tcp A 81.2.3.55";
        let world = Internet::with_zone(&zone_with("SRV", cut));
        let part =
            |srv: &str| format!("$TTL 300\n@ NS ns\nns A 81.2.3.55\nns A 198.51.77.7\n{srv}");
        let record = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
        let [led_to, other] = ["81.2.3.55", "198.51.77.7"].map(|at| Dns::at(at).authoritative());
        for dns in [&led_to, &other, &world.resolver] {
            dns.replace("_tcp.zahnfee.de", &part(record));
        }
        is_ready(&world.check().run());
        other.replace("_tcp.zahnfee.de", &part(""));
        let outcome = world.check().run();
        outcome.shows("domain", "domain-servers-disagree", "warn");
        other.replace("_tcp.zahnfee.de", &part(&record.replace("5061", "5060")));
        let outcome = world.check().run();
        outcome.shows("srv", "srv-wrong-port", "fail");
    });
}
