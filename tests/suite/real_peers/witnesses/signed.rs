//! The same where the zone is signed, and both of them check.

use hickory_resolver::proto::dnssec::rdata::DNSSECRData;
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::rdata::CNAME;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType as Type};

use super::Gets::{self, Error, Records};
use super::{FQDN, World, given_to_partners};
use crate::internet::{ZONE, internet, zone_with};
use crate::world::{Behaviour, Proofs, ZoneKey};

pub struct Row {
    pub what: &'static str,
    pub zone: fn() -> String,
    pub proofs: Proofs,
    pub hours: (i64, i64),
    /// Which signs the records, and which the set of the keys: one, or two.
    pub keys: fn() -> Vec<ZoneKey>,
    /// After it was signed.
    pub spoil: fn(&World),
    /// By Unbound and by BIND.
    pub srv: [Gets; 2],
    pub address: [Gets; 2],
}

pub const RIGHT: Row = Row {
    what: "all is right",
    zone: || ZONE.to_owned(),
    proofs: Proofs::Names,
    hours: (-72, 264),
    keys: || vec![key(257, 3)],
    spoil: |_| {},
    srv: [Records; 2],
    address: [Records; 2],
};

fn key(flags: u16, protocol: u8) -> ZoneKey {
    ZoneKey::flagged("zahnfee.de", flags, protocol)
}

const IN_TCP: &str = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";

fn add(world: &World, record: &str) {
    world.servers(|ns| ns.add("zahnfee.de", record));
}

fn delete(world: &World, is_it: impl Fn(&Record) -> bool) {
    world.servers(|ns| ns.edit("zahnfee.de", |all| all.retain(|record| !is_it(record))));
}

/// The type that this is a signature of.
fn covered(record: &Record) -> Option<Type> {
    match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature)) => Some(signature.input().type_covered),
        _ => None,
    }
}

fn strip(world: &World, owner: &str, kind: Type) {
    let begins = |record: &Record| record.name.to_ascii().starts_with(owner);
    delete(world, |it| covered(it) == Some(kind) && begins(it));
}

fn refuse(world: &World, name: &str, kind: Type) {
    world.servers(|ns| ns.now(name, kind, Behaviour::Refused));
}

/// A part is handed on, and whoever asks for its keys gets this.
fn answer_for_keys(world: &World, behaviour: &Behaviour) {
    with_child(world);
    world.servers(|ns| ns.now("_tcp.zahnfee.de", Type::DS, behaviour.clone()));
}

pub fn delete_proofs(world: &World) {
    let is_proof = |kind| [Type::NSEC, Type::NSEC3].contains(&kind);
    delete(world, |it| {
        is_proof(it.record_type()) || covered(it).is_some_and(is_proof)
    });
}

pub fn alias() -> String {
    zone_with("xphone A", "xphone CNAME host\nhost A 81.2.3.4")
}

pub fn wildcard() -> String {
    zone_with("SRV", "*._tcp SRV 0 0 5061 xphone")
}

fn alias_for_ipv6(world: &World) {
    let aliased = Behaviour::forged(|answer| {
        let name = |text| Name::from_ascii(text).expect("a name");
        let alias = RData::CNAME(CNAME(name("v6.zahnfee.de.")));
        answer.answers = vec![Record::from_rdata(name("xphone.zahnfee.de."), 300, alias)];
    });
    world.servers(|ns| ns.now("xphone.zahnfee.de", Type::AAAA, aliased.clone()));
}

/// The name above the record is denied, by the proofs that the zone has for what is there.
fn deny_tcp(world: &World) {
    let denied = Behaviour::forged(|answer| {
        answer.metadata.response_code = ResponseCode::NXDomain;
    });
    world.servers(|ns| ns.only("_tcp.zahnfee.de", Type::ANY, denied.clone()));
}

pub fn delegated() -> String {
    zone_with("SRV", "_tcp NS ns3.provider.net.")
}

pub fn with_child(world: &World) {
    world.ns3_serves("_tcp.zahnfee.de", IN_TCP);
}

const ROWS: &[Row] = &[
    RIGHT,
    Row {
        what: "right, by hashes",
        proofs: Proofs::Hashes,
        ..RIGHT
    },
    Row {
        what: "an SRV record more than was signed",
        spoil: |world| add(world, "_sipfederationtls._tcp SRV 9 9 5061 xphone"),
        srv: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "an address more than was signed",
        spoil: |world| add(world, "xphone A 81.2.3.5"),
        address: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "an alias",
        zone: alias,
        ..RIGHT
    },
    Row {
        what: "an alias without a signature",
        zone: alias,
        spoil: |world| strip(world, "xphone", Type::CNAME),
        address: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "an alias to what has none",
        zone: alias,
        spoil: |world| strip(world, "host", Type::A),
        address: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "a wildcard",
        zone: wildcard,
        ..RIGHT
    },
    Row {
        what: "a wildcard, by hashes",
        zone: wildcard,
        proofs: Proofs::Hashes,
        ..RIGHT
    },
    Row {
        what: "a wildcard without proof",
        zone: wildcard,
        spoil: delete_proofs,
        srv: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "a wildcard without proof by hashes",
        zone: wildcard,
        proofs: Proofs::Hashes,
        spoil: delete_proofs,
        srv: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "a part handed on",
        zone: delegated,
        spoil: with_child,
        ..RIGHT
    },
    Row {
        what: "a part handed on, by hashes",
        zone: delegated,
        proofs: Proofs::Hashes,
        spoil: with_child,
        ..RIGHT
    },
    Row {
        what: "a part handed on, left out of the hashes",
        zone: delegated,
        proofs: Proofs::HashesButCuts,
        spoil: with_child,
        ..RIGHT
    },
    Row {
        what: "a part handed on without proof",
        zone: delegated,
        spoil: |world| {
            with_child(world);
            delete_proofs(world);
        },
        srv: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "a part handed on without its own proof",
        zone: delegated,
        spoil: |world| {
            with_child(world);
            let is_there = |it: &Record| it.name.to_ascii() == "_tcp.zahnfee.de.";
            let is_proof =
                |it: &Record| it.record_type() == Type::NSEC || covered(it) == Some(Type::NSEC);
            delete(world, |it| is_there(it) && is_proof(it));
        },
        srv: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "a zone on the same servers that is not handed on",
        zone: || zone_with("xphone A", ""),
        spoil: |world| world.servers(|ns| ns.replace(FQDN, "@ A 81.2.3.4")),
        address: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "a part with keys announced, and none",
        zone: || {
            let ds = "aa".repeat(32);
            zone_with(
                "SRV",
                &format!("_tcp NS ns3.provider.net.\n_tcp DS 4711 13 2 {ds}"),
            )
        },
        spoil: with_child,
        srv: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "the keys of a part handed on are refused",
        zone: delegated,
        spoil: |world| {
            with_child(world);
            refuse(world, "_tcp.zahnfee.de", Type::DS);
        },
        // Unbound goes by what comes with the names of the servers.
        srv: [Records, Error],
        ..RIGHT
    },
    Row {
        what: "that a part handed on has no keys is not proven to whoever asks for them",
        zone: delegated,
        spoil: |world| {
            with_child(world);
            let bare = Behaviour::forged(|answer| {
                let is_soa = |record: &Record| record.record_type() == Type::SOA;
                answer.authorities.retain(is_soa);
            });
            world.servers(|ns| ns.only("_tcp.zahnfee.de", Type::DS, bare.clone()));
        },
        srv: [Records, Error],
        ..RIGHT
    },
    Row {
        what: "that a part handed on has no keys is denied without the SOA record",
        spoil: |world| {
            with_child(world);
            let bare = Behaviour::forged(|answer| {
                let is_soa = |record: &Record| record.record_type() == Type::SOA;
                answer.authorities.retain(|record| !is_soa(record));
            });
            world.servers(|ns| ns.only("_tcp.zahnfee.de", Type::DS, bare.clone()));
        },
        zone: delegated,
        srv: [Records, Error],
        ..RIGHT
    },
    Row {
        what: "nothing is said of the keys of a part handed on",
        zone: delegated,
        spoil: |world| answer_for_keys(world, &Behaviour::Silent),
        srv: [Records, Error],
        ..RIGHT
    },
    Row {
        what: "an empty answer for the keys of a part handed on",
        zone: delegated,
        spoil: |world| answer_for_keys(world, &Behaviour::bare()),
        srv: [Records, Error],
        ..RIGHT
    },
    Row {
        what: "the keys of a part handed on are denied by the part itself",
        zone: delegated,
        spoil: |world| {
            let denied = Behaviour::denied(ResponseCode::NoError, "_tcp.zahnfee.de");
            answer_for_keys(world, &denied);
        },
        srv: [Records, Error],
        ..RIGHT
    },
    Row {
        what: "the question for the keys of a part handed on is handed on as well",
        zone: delegated,
        spoil: |world| answer_for_keys(world, &Behaviour::handed_to("ns3.provider.net.")),
        srv: [Records, Error],
        ..RIGHT
    },
    Row {
        what: "nothing is said of the keys of a part handed on, nor proven of it",
        zone: delegated,
        spoil: |world| {
            answer_for_keys(world, &Behaviour::Silent);
            delete_proofs(world);
        },
        srv: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "the keys are refused",
        spoil: |world| refuse(world, "zahnfee.de", Type::DNSKEY),
        srv: [Error; 2],
        address: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "the SOA record without a signature",
        spoil: |world| strip(world, "zahnfee.de", Type::SOA),
        ..RIGHT
    },
    Row {
        what: "a key that is none of a zone",
        keys: || vec![key(1, 3)],
        srv: [Error; 2],
        address: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "a key for another protocol",
        keys: || vec![key(257, 1)],
        srv: [Error; 2],
        address: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "a key that is none of a zone signs the records",
        keys: || vec![key(0, 3), key(257, 3)],
        srv: [Error; 2],
        address: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "a revoked key",
        keys: || vec![key(385, 3)],
        srv: [Records, Error],
        address: [Records, Error],
        ..RIGHT
    },
    Row {
        what: "a revoked key signs the records",
        keys: || vec![key(384, 3), key(257, 3)],
        srv: [Records, Error],
        address: [Records, Error],
        ..RIGHT
    },
    Row {
        what: "a key without the mark of an entry point",
        keys: || vec![key(256, 3)],
        ..RIGHT
    },
    Row {
        what: "an alias without a signature for whoever asks for IPv6 addresses",
        spoil: alias_for_ipv6,
        ..RIGHT
    },
    Row {
        // Unbound forgives a wrong clock: by a tenth of the time, an hour at least and a day at most.
        what: "run out a moment ago",
        hours: (-240, 0),
        spoil: |_| std::thread::sleep(std::time::Duration::from_secs(2)),
        srv: [Records, Error],
        address: [Records, Error],
        ..RIGHT
    },
    // Unbound answers the very first question with an error, and the next one rightly.
    Row {
        what: "_tcp denied, with the proof that it is there",
        spoil: deny_tcp,
        ..RIGHT
    },
    Row {
        what: "_tcp denied, with the proof by hashes that it is there",
        spoil: deny_tcp,
        proofs: Proofs::Hashes,
        ..RIGHT
    },
    Row {
        what: "_tcp denied, and forgotten among the hashes",
        spoil: deny_tcp,
        proofs: Proofs::HashesButEmpty,
        ..RIGHT
    },
    Row {
        what: "_tcp denied without proof",
        spoil: |world| {
            deny_tcp(world);
            delete_proofs(world);
        },
        ..RIGHT
    },
    Row {
        what: "_tcp denied by one of two",
        spoil: |world| {
            let denied = Behaviour::forged(|answer| {
                answer.metadata.response_code = ResponseCode::NXDomain;
            });
            world.ns1.only("_tcp.zahnfee.de", Type::ANY, denied);
        },
        ..RIGHT
    },
    Row {
        what: "run out two hours ago, made for two",
        hours: (-4, -2),
        srv: [Error; 2],
        address: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "about to count",
        hours: (2, 240),
        srv: [Records, Error],
        address: [Records, Error],
        ..RIGHT
    },
    Row {
        // Unbound forgives a wrong clock of up to a day.
        what: "run out",
        hours: (-400, -30),
        srv: [Error; 2],
        address: [Error; 2],
        ..RIGHT
    },
];

#[test]
fn partners_who_check_get_what_the_verdict_says() {
    internet(|| judge(ROWS));
}

/// Each of these worlds, to Unbound, to BIND and to this program.
pub fn judge(rows: &[Row]) {
    for row in rows {
        let world = World::new(&(row.zone)());
        let keys = (row.keys)();
        let key = keys.last().expect("one or two");
        world.servers(|ns| match &keys[..] {
            [own, of_keys] => ns.sign_beside("zahnfee.de", [own, of_keys], row.hours),
            _ => ns.sign_for("zahnfee.de", key, row.hours, row.proofs),
        });
        (row.spoil)(&world);
        let given = || {
            let given = given_to_partners(&world, ("zahnfee.de", FQDN), Some(key));
            [0, 1].map(|question| given.map(|given| given[question]))
        };
        let mut got = given();
        if got != [row.srv, row.address] {
            // On a busy machine a partner may run out of time.
            got = given();
        }
        let [srv, address] = got;
        assert_eq!(srv, row.srv, "{}: SRV by Unbound and BIND", row.what);
        assert_eq!(address, row.address, "{}: A by Unbound and BIND", row.what);

        let announced = format!("zahnfee DS {}", key.ds());
        let servers = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
        world.registry(&format!("{servers}\n{announced}"));
        let outcome = world.check().run();
        let verdict = outcome.report()["verdict"].as_str().expect("a verdict");
        let reaches = |by: usize| srv[by] == Records && address[by] == Records;
        match [reaches(0), reaches(1)] {
            [true, true] => assert_eq!(outcome.code, 0, "{}:\n{outcome}", row.what),
            [false, false] => {
                assert_eq!(verdict, "not-ready", "{}:\n{outcome}", row.what);
                outcome.shows("domain", "domain-dnssec-bogus", "fail");
            }
            _ => {
                assert_eq!(verdict, "ready-with-warnings", "{}:\n{outcome}", row.what);
                outcome.shows("domain", "domain-dnssec-bogus", "warn");
            }
        }
    }
}

/// The zone above announces the key in use by SHA-1, and another one by SHA-256.
#[test]
fn a_weak_digest_beside_a_better_one() {
    internet(|| {
        let (used, other) = (key(257, 3), key(257, 3));
        let sha1 = used.ds_by_sha1();
        for (ds, given) in [
            (vec![sha1.clone()], [Records; 2]),
            (vec![sha1, other.ds()], [Records, Error]),
        ] {
            let world = World::new(ZONE);
            world.servers(|ns| ns.sign("zahnfee.de", &used, (-3, 11)));
            let servers = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.\n";
            let announced = ds.iter().map(|ds| format!("zahnfee DS {ds}\n"));
            world.registry(&format!("{servers}{}", announced.collect::<String>()));
            let top = ZoneKey::of("de");
            let registry = world.registry.borrow();
            let registry = registry.as_ref().expect("there is one");
            registry.sign("de", &top, (-3, 11));
            let [unbound, bind] = given_to_partners(&world, ("zahnfee.de", FQDN), Some(&top));
            assert_eq!([unbound, bind], given.map(|given| [given; 2]), "{ds:?}");
            let outcome = world.check().run();
            let verdict = &outcome.report()["verdict"];
            if given == [Records; 2] {
                assert_eq!(verdict, "ready", "{outcome}");
            } else {
                assert_eq!(verdict, "ready-with-warnings", "{outcome}");
                outcome.shows("domain", "domain-dnssec-bogus", "warn");
            }
        }
    });
}
