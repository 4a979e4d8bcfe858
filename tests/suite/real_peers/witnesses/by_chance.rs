//! Worlds in which it is chance what a partner gets: new ones are asked until one gets nothing.

use hickory_resolver::proto::rr::rdata::{A, NS};
use hickory_resolver::proto::rr::{Name, RData, Record};

use super::Gets::Nothing;
use super::{FQDN, Partners, World};
use crate::internet::{internet, zone_with};
use crate::world::{Behaviour, Dns, RecordType};

/// So many partners, and as many with the other software, would all have to be lucky.
const TRIES: usize = 12;

/// A partner asks twice, for the SRV record and the address together: what came along with the first
/// answers counts the second time only.
#[track_caller]
fn some_get_nothing(world: &World) {
    let asking = || {
        let partners = Partners::start(world, None);
        [(); 2].map(|()| partners.give(("zahnfee.de", FQDN)))
    };
    let mut tries = (0..TRIES).map(|_| asking());
    assert!(tries.any(|given| given.as_flattened().as_flattened().contains(&Nothing)));
}

/// Partners remember no record of it.
fn forgotten(zone: &str) -> String {
    zone.replace("$TTL 300", "$TTL 0")
}

/// Without what partners look for.
fn empty(zone: &str) -> String {
    zone.replace("_sip", "; _sip").replace("xphone A", "; A")
}

/// What comes along with the first answer leads to a further address.
#[test]
fn the_zone_knows_a_further_address() {
    internet(|| {
        let zone = forgotten(&zone_with(
            " NS ",
            "@ NS ns1\nns1 A 81.2.3.53\nns1 A 81.2.3.54",
        ));
        let world = World::new(&zone);
        let along = Behaviour::forged(|answer| {
            let name = |text| Name::from_ascii(text).expect("a name");
            if answer.answers.is_empty() {
                return;
            }
            let server = RData::NS(NS(name("ns1.zahnfee.de.")));
            answer.add_authority(Record::from_rdata(name("zahnfee.de."), 300, server));
            for last in [53, 54] {
                let address = RData::A(A::new(81, 2, 3, last));
                answer.add_additional(Record::from_rdata(name("ns1.zahnfee.de."), 300, address));
            }
        });
        world.servers(|dns| dns.now("zahnfee.de", RecordType::ANY, along.clone()));
        world.internet.ns2.replace("zahnfee.de", &empty(&zone));
        let glue = zone_with(" NS ", "@ NS ns1\nns1 A 81.2.3.53");
        world.internet.resolver.replace("zahnfee.de", &glue);
        world.registry("zahnfee NS ns1.zahnfee\nns1.zahnfee A 81.2.3.53");
        some_get_nothing(&world);
        let outcome = world.check().run();
        outcome.shows("domain", "domain-servers-disagree", "warn");
    });
}

/// The provider's servers hand the part of their zone on otherwise in which the name is.
#[test]
fn the_way_to_the_name_parts() {
    internet(|| {
        let zone = zone_with(" NS ", "@ NS ns1.dns.prov.de.");
        let world = World::new(&zone);
        world.internet.ns2.replace("zahnfee.de", &empty(&zone));
        let part = |at: &str| format!("$TTL 300\n@ NS d.prov.de.\nns1 A {at}\n");
        for dns in [&world.internet.resolver, &world.internet.ns1] {
            dns.replace("dns.prov.de", &part("81.2.3.53"));
        }
        let prov = |part: &str| {
            format!("$TTL 300\n@ NS p1\n@ NS p2\np1 A 81.2.3.55\np2 A 198.51.77.7\n{part}\n")
        };
        let [p2, other] = ["198.51.77.7", "104.16.1.1"].map(|at| Dns::at(at).authoritative());
        world
            .ns3
            .replace("prov.de", &prov("dns NS d1\nd1 A 81.2.3.53"));
        p2.replace("prov.de", &prov("dns NS d2\nd2 A 104.16.1.1"));
        other.replace("dns.prov.de", &part("81.2.3.54"));
        world.registry(
            "prov NS p1.prov\nprov NS p2.prov\np1.prov A 81.2.3.55\np2.prov A 198.51.77.7\n\
             zahnfee NS ns1.dns.prov.de.",
        );
        some_get_nothing(&world);
        let outcome = world.check().run();
        outcome.shows("domain", "domain-delegation-differs", "fail");
        assert_eq!(outcome.code, 1, "{outcome}");
    });
}

/// The servers of the domain give different addresses of the one that has a part of it.
#[test]
fn the_address_of_a_server_below_parts() {
    internet(|| {
        let zone = |at: &str| zone_with("SRV", &format!("_tcp NS ns._tcp\nns._tcp A {at}"));
        let world = World::new(&zone("81.2.3.55"));
        world
            .internet
            .ns2
            .replace("zahnfee.de", &zone("198.51.77.7"));
        let part = |at: &str| format!("$TTL 0\n@ NS ns\nns A {at}\n");
        let old = Dns::at("198.51.77.7").authoritative();
        old.replace("_tcp.zahnfee.de", &part("198.51.77.7"));
        let record = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.\n";
        let right = format!("{}{record}", part("81.2.3.55"));
        world.ns3_serves("_tcp.zahnfee.de", &right);
        some_get_nothing(&world);
        let outcome = world.check().run();
        outcome.shows("domain", "domain-delegation-differs", "warn");
        outcome.shows("domain", "domain-servers-disagree", "warn");
    });
}
