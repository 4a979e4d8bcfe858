//! What resolvers that check meet between the registry and the last record: every zone, every alias and
//! every proof of what is not there.

use hickory_resolver::proto::dnssec::rdata::DNSSECRData;
use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::rdata::CNAME;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType as Type};

use super::the_zone_is_signed::{BOGUS, MISJUDGES, NS, breaks, registry, warns};
use super::*;
use crate::world::{Proofs, ZoneKey};

const DAYS: (i64, i64) = (-3, 11);
const IN_TCP: &str = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";

/// Whether it is the signature of a set of this type at a name that begins so.
fn is_signature(record: &Record, name: &str, kind: Type) -> bool {
    let is_there = record.name.to_ascii().starts_with(name);
    match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature)) => {
            is_there && signature.input().type_covered == kind
        }
        _ => false,
    }
}

/// Deletes these signatures from the zone on all servers.
fn strip(world: &Internet, name: &str, kind: Type) {
    world.servers(|ns| {
        ns.edit("zahnfee.de", |all| {
            all.retain(|it| !is_signature(it, name, kind));
        });
    });
}

/// Deletes all records of this type, and their signatures.
fn delete(world: &Internet, kind: Type) {
    strip(world, "", kind);
    world.servers(|ns| {
        ns.edit("zahnfee.de", |all| {
            all.retain(|it| it.record_type() != kind);
        });
    });
}

/// A world with this zone, signed and announced.
pub struct World {
    internet: Internet,
    pub(super) key: ZoneKey,
    pub(super) registry: Dns,
}

impl World {
    pub fn signed(zone: &str) -> Self {
        Self::signed_by(zone, Proofs::Names)
    }

    pub(super) fn signed_by(zone: &str, proofs: Proofs) -> Self {
        let internet = Internet::with_zone(zone);
        let key = ZoneKey::of("zahnfee.de");
        internet.servers(|ns| ns.sign_for("zahnfee.de", &key, (-72, 264), proofs));
        let registry = registry(&internet, &key.ds());
        Self {
            internet,
            key,
            registry,
        }
    }

    /// Another zone at the third server of the provider.
    pub fn ns3(&self, origin: &str, zone: &str) -> Dns {
        self.resolver.replace(origin, zone);
        Dns::at("81.2.3.55").authoritative().and_zone(origin, zone)
    }

    /// The registry of another top-level domain, at the same place.
    pub fn other_registry(&self, delegation: &str) {
        let zone = format!("@ NS a.nic.de.\n{delegation}\n");
        self.resolver.replace("example", "@ NS a.nic.de.\n");
        self.registry.replace("example", &zone);
    }
}

impl std::ops::Deref for World {
    type Target = Internet;

    fn deref(&self) -> &Internet {
        &self.internet
    }
}

#[track_caller]
fn holds(outcome: &Outcome) {
    outcome.lacks(BOGUS);
    let verdict = &outcome.report()["verdict"];
    assert!(
        verdict.as_str().expect("a verdict").starts_with("ready"),
        "{outcome}"
    );
}

#[test]
fn more_records_than_were_signed() {
    internet(|| {
        let several = "_sipfederationtls._tcp SRV 20 7 5061 xphone\nxphone A 81.2.3.5\n\
                       _sipfederationtls._tcp SRV 0 200 5061 Xphone.ZAHNFEE.de.";
        let world = World::signed(&zone_with("xphone-none", several));
        let second = world.tls("81.2.3.5").start();
        holds(&world.check().run());
        drop((world, second));
        for (record, owner) in [
            ("_sipfederationtls._tcp SRV 30 0 5061 xphone", SRV),
            ("xphone A 81.2.3.99", "xphone.zahnfee.de"),
        ] {
            let world = World::signed(ZONE);
            world.servers(|ns| ns.add("zahnfee.de", record));
            breaks(
                &world.check().run(),
                "wrong",
                &[owner, "zone zahnfee.de anew"],
            );
        }
    });
}

/// Each record on the way is signed, or it is not believed.
#[test]
fn an_alias_within_the_zone() {
    internet(|| {
        let zone = zone_with("xphone A", "xphone CNAME host\nhost A 81.2.3.4");
        for (spoilt, kind) in [("xphone", Type::CNAME), ("host", Type::A)] {
            let world = World::signed(&zone);
            holds(&world.check().run());
            strip(&world, spoilt, kind);
            let owner = format!("{spoilt}.zahnfee.de");
            breaks(
                &world.check().run(),
                "no-signature",
                &[&owner, &kind.to_string()],
            );
        }
        let zone = zone_with(
            "SRV",
            "_sipfederationtls._tcp CNAME fed\nfed SRV 0 0 5061 xphone",
        );
        for (spoilt, kind) in [("_sipfederationtls", Type::CNAME), ("fed", Type::SRV)] {
            let world = World::signed(&zone);
            holds(&world.check().run());
            strip(&world, spoilt, kind);
            breaks(&world.check().run(), "no-signature", &[spoilt]);
        }
    });
}

/// The zone it leads into is announced, and not signed: not ours to sign, but partners are refused all
/// the same, whether our own zone is signed or not.
#[test]
fn an_alias_into_a_zone_that_fails() {
    internet(|| {
        let zone = zone_with("xphone A", "xphone CNAME buero.dyn.example.");
        let dynamic = "@ NS ns3.provider.net.\nbuero A 81.2.3.4";
        for is_ours_signed in [true, false] {
            let world = World::signed(&zone);
            if !is_ours_signed {
                world
                    .registry
                    .replace("de", &format!("@ NS a.nic\na.nic A 81.2.3.52\n{NS}\n"));
            }
            let other = ZoneKey::of("dyn.example");
            let ns3 = world.ns3("dyn.example", dynamic);
            world.other_registry(&format!("dyn NS ns3.provider.net.\ndyn DS {}", other.ds()));
            let outcome = world.check().run();
            breaks(&outcome, "no-keys", &["dyn.example", "registrar"]);
            ns3.sign("dyn.example", &other, DAYS);
            holds(&world.check().run());
            // Signed, and one record of it changed by hand.
            ns3.edit("dyn.example", |all| {
                all.retain(|it| !is_signature(it, "buero", Type::A));
            });
            breaks(
                &world.check().run(),
                "no-signature",
                &["buero.dyn.example", "zone dyn.example"],
            );
            // Nobody is told to expect signatures.
            world.other_registry("dyn NS ns3.provider.net.");
            holds(&world.check().run());
        }
    });
}

#[test]
fn a_part_below_is_delegated() {
    internet(|| {
        let delegated =
            |more: &str| zone_with("SRV", &format!("_tcp NS ns3.provider.net.\n{more}"));
        for proofs in [Proofs::Names, Proofs::Hashes, Proofs::HashesButCuts] {
            let world = World::signed_by(&delegated(""), proofs);
            let _ns3 = world.ns3("_tcp.zahnfee.de", IN_TCP);
            is_ready(&world.check().run());
            // That no keys are announced for it is proven by nothing.
            for kind in [Type::NSEC, Type::NSEC3] {
                delete(&world, kind);
            }
            breaks(
                &world.check().run(),
                "unproven",
                &["_tcp.zahnfee.de", "zone zahnfee.de", "NSEC"],
            );
        }
        // What is left of the proofs says that there is such a name, and nothing of it.
        let world = World::signed(&delegated(""));
        let ns3 = world.ns3("_tcp.zahnfee.de", IN_TCP);
        world.servers(|ns| {
            ns.edit("zahnfee.de", |all| {
                let is_there = |it: &Record| it.name.to_ascii() == "_tcp.zahnfee.de.";
                all.retain(|it| !is_there(it) || it.record_type() != Type::NSEC);
            });
        });
        breaks(&world.check().run(), "unproven", &["_tcp.zahnfee.de"]);
        drop((world, ns3));
        // The proof is gone, and whoever asks for it gets an error.
        for code in [
            ResponseCode::ServFail,
            ResponseCode::Refused,
            ResponseCode::NotImp,
        ] {
            let world = World::signed(&delegated(""));
            let _ns3 = world.ns3("_tcp.zahnfee.de", IN_TCP);
            delete(&world, Type::NSEC);
            world.servers(|ns| ns.now("_tcp.zahnfee.de", Type::DS, Behaviour::rcode(code)));
            breaks(&world.check().run(), "unproven", &["_tcp.zahnfee.de"]);
        }
        // Announced, and not signed.
        let below = ZoneKey::of("_tcp.zahnfee.de");
        let world = World::signed(&delegated(&format!("_tcp DS {}", below.ds())));
        let ns3 = world.ns3("_tcp.zahnfee.de", IN_TCP);
        let outcome = world.check().run();
        let tag = below.tag().to_string();
        breaks(
            &outcome,
            "no-keys",
            &["_tcp.zahnfee.de", "in the zone zahnfee.de", &tag],
        );
        ns3.sign("_tcp.zahnfee.de", &below, DAYS);
        is_ready(&world.check().run());
        // The announcement itself is not signed.
        strip(&world, "_tcp", Type::DS);
        breaks(
            &world.check().run(),
            "no-signature",
            &["_tcp.zahnfee.de (DS)"],
        );
    });
}

/// The servers of the zone speak for it, too, and so hand nothing on.
#[test]
fn a_zone_below_at_the_same_servers() {
    internet(|| {
        let below = ZoneKey::of("_tcp.zahnfee.de");
        let servers = "_tcp NS ns1.provider.net.\n_tcp NS ns2.provider.net.";
        let world = World::signed(&zone_with("SRV", servers));
        world.servers(|ns| ns.replace("_tcp.zahnfee.de", IN_TCP));
        world.resolver.replace("_tcp.zahnfee.de", IN_TCP);
        is_ready(&world.check().run());
        delete(&world, Type::NSEC);
        breaks(&world.check().run(), "no-signature", &[SRV]);
        drop(world);

        let world = World::signed(&zone_with(
            "SRV",
            &format!("{servers}\n_tcp DS {}", below.ds()),
        ));
        world.servers(|ns| ns.replace("_tcp.zahnfee.de", IN_TCP));
        world.resolver.replace("_tcp.zahnfee.de", IN_TCP);
        breaks(&world.check().run(), "no-keys", &["_tcp.zahnfee.de"]);
        world.servers(|ns| ns.sign("_tcp.zahnfee.de", &below, DAYS));
        is_ready(&world.check().run());
        world.servers(|ns| {
            ns.add(
                "_tcp.zahnfee.de",
                "_sipfederationtls SRV 9 9 5061 xphone.zahnfee.de.",
            );
        });
        breaks(
            &world.check().run(),
            "wrong",
            &[SRV, "zone _tcp.zahnfee.de"],
        );
    });
}

/// The zone in which the domain's own is delegated.
#[test]
fn the_zone_above_fails() {
    internet(|| {
        let zone = format!("{ZONE}chat NS ns3.provider.net.");
        let world = World::signed(&zone);
        let chat = "$TTL 300\n@ NS ns3.provider.net.\n@ MX 10 mail\nxphone A 81.2.3.5\n\
                    _sipfederationtls._tcp SRV 0 0 5061 xphone\n";
        let _third = world.ns3("chat.zahnfee.de", chat);
        let _server = world.tls_as("xphone.chat.zahnfee.de", "81.2.3.5").start();
        let check = || world.check_domain("chat.zahnfee.de").run();
        is_ready(&check());
        delete(&world, Type::NSEC);
        breaks(
            &check(),
            "unproven",
            &["chat.zahnfee.de", "zone zahnfee.de anew"],
        );
        world.servers(|ns| ns.replace("zahnfee.de", &zone));
        breaks(&check(), "no-keys", &["DS record of zahnfee.de"]);
        let tag = world.key.tag().to_string();
        says(&check(), "domain", BOGUS, &[&tag, "zone de"]);
    });
}

#[test]
fn what_comes_from_a_wildcard() {
    internet(|| {
        for (zone, owner) in [
            (zone_with("SRV", "*._tcp SRV 0 0 5061 xphone"), SRV),
            (zone_with("xphone A", "* A 81.2.3.4"), "xphone.zahnfee.de"),
        ] {
            for proofs in [Proofs::Names, Proofs::Hashes] {
                let world = World::signed_by(&zone, proofs);
                holds(&world.check().run());
                for kind in [Type::NSEC, Type::NSEC3] {
                    delete(&world, kind);
                }
                breaks(&world.check().run(), "wildcard", &[owner, "NSEC3"]);
            }
        }
    });
}

/// Nobody looks for a proof that there is no IPv6 address who has an IPv4 address already; a wrong IPv6
/// address costs some partners time.
#[test]
fn ipv6_addresses() {
    internet(|| {
        let world = World::signed(ZONE);
        delete(&world, Type::NSEC);
        let outcome = world.check().run();
        outcome.shows("domain", BOGUS, "info");
        is_ready(&outcome);
        drop(world);
        let world = World::signed(&format!("{ZONE}xphone AAAA 2a02:1:2::3\n"));
        let _server = world.tls("2a02:1:2::3").start();
        holds(&world.check().run());
        strip(&world, "xphone", Type::AAAA);
        let outcome = world.check().run();
        outcome.shows("domain", BOGUS, "warn");
        says(&outcome, "domain", BOGUS, &["AAAA"]);
        assert_eq!(
            outcome.report()["verdict"],
            "ready-with-warnings",
            "{outcome}"
        );
    });
}

/// The address itself is right, and partners that use IPv4 find it.
#[test]
fn an_alias_for_ipv6_addresses_alone() {
    internet(|| {
        for target in ["v6.zahnfee.de.", "v6.dyn.example."] {
            let world = World::signed(&format!("{ZONE}v6 AAAA 2a02:1:2::3\n"));
            let dynamic = "@ NS ns3.provider.net.\nv6 AAAA 2a02:1:2::3";
            let _ns3 = world.ns3("dyn.example", dynamic);
            let other = ZoneKey::of("dyn.example");
            world.other_registry(&format!("dyn NS ns3.provider.net.\ndyn DS {}", other.ds()));
            let _server = world.tls("2a02:1:2::3").start();
            let alias = move |answer: &mut Message| {
                let name = |text| Name::from_ascii(text).expect("a name");
                let data = RData::CNAME(CNAME(name(target)));
                let alias = Record::from_rdata(name("xphone.zahnfee.de."), 300, data);
                answer.answers = vec![alias];
                answer.authorities.clear();
            };
            world.servers(|ns| {
                ns.now("xphone.zahnfee.de", Type::AAAA, Behaviour::forged(alias));
            });
            let outcome = world.check().run();
            outcome.shows("domain", BOGUS, "warn");
            says(&outcome, "domain", BOGUS, &["IPv6", "AAAA"]);
            let verdict = &outcome.report()["verdict"];
            assert_eq!(verdict, "ready-with-warnings", "{outcome}");
        }
    });
}

/// Whoever signs renews days before; whoever signs on the fly makes signatures for hours.
#[test]
fn signatures_run_out() {
    internet(|| {
        for (hours, is_said) in [
            ((-600, 1), true),
            ((-300, 23), true),
            ((-1, 1), false),
            ((-24, 26), false),
            ((-300, 48), false),
        ] {
            let world = Internet::new();
            let key = ZoneKey::of("zahnfee.de");
            world.servers(|ns| ns.sign_for("zahnfee.de", &key, hours, Proofs::Names));
            let _registry = registry(&world, &key.ds());
            let outcome = world.check().run();
            outcome.lacks(BOGUS);
            if is_said {
                outcome.shows("domain", "domain-dnssec-expiring", "warn");
                says(
                    &outcome,
                    "domain",
                    "domain-dnssec-expiring",
                    &["zahnfee.de", "DNSKEY"],
                );
                assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
                let partner = world.check().arg("--partner").run();
                partner.shows("domain", "domain-dnssec-expiring", "info");
            } else {
                is_ready(&outcome);
            }
        }
        // One server lags behind: resolvers try the other.
        let world = Internet::new();
        let key = ZoneKey::of("zahnfee.de");
        world
            .ns1
            .sign_for("zahnfee.de", &key, (-600, 1), Proofs::Names);
        world
            .ns2
            .sign_for("zahnfee.de", &key, (-72, 300), Proofs::Names);
        let _registry = registry(&world, &key.ds());
        is_ready(&world.check().run());
    });
}

/// A resolver that checks refuses the question for it, which no partner asks.
#[test]
fn the_start_of_the_zone_is_not_signed() {
    internet(|| {
        let world = World::signed(ZONE);
        strip(&world, "zahnfee.de", Type::SOA);
        world
            .resolver
            .now("zahnfee.de", Type::SOA, Behaviour::Bogus);
        world
            .resolver
            .now("xphone.zahnfee.de", Type::AAAA, Behaviour::Bogus);
        let outcome = world.check().run();
        outcome.lacks(MISJUDGES);
        is_ready(&outcome);
    });
}

/// Nobody asks for the record then.
#[test]
fn a_record_without_a_signature_in_direct_federation() {
    internet(|| {
        let world = World::signed(ZONE);
        strip(&world, "_sipfederationtls", Type::SRV);
        world.resolver.now(SRV, Type::SRV, Behaviour::Bogus);
        let check = || {
            world
                .check()
                .args(&["--direct", "--fqdn", "xphone.zahnfee.de"])
        };
        holds(&check().run());
        strip(&world, "xphone", Type::A);
        breaks(&check().run(), "no-signature", &["xphone.zahnfee.de"]);
    });
}

/// Each server lacks another signature: resolvers get each answer from one of them.
#[test]
fn two_servers_with_a_fault_each() {
    internet(|| {
        let world = World::signed(ZONE);
        let without = |ns: &Dns, name: &str, kind| {
            ns.edit("zahnfee.de", |all| {
                all.retain(|it| !is_signature(it, name, kind));
            });
        };
        without(&world.ns1, "_sipfederationtls", Type::SRV);
        without(&world.ns2, "xphone", Type::A);
        warns(&world.check().run(), "astray");
        without(&world.ns2, "_sipfederationtls", Type::SRV);
        breaks(&world.check().run(), "no-signature", &[SRV]);
    });
}

/// The registrar has two keys of the zone, one of them of long ago; and digests by SHA-1 beside better
/// ones should count for nothing (RFC 4509).
#[test]
fn several_announcements() {
    internet(|| {
        let world = World::signed(ZONE);
        let old = ZoneKey::of("zahnfee.de");
        let announced = |lines: &str| {
            let head = "@ NS a.nic\na.nic A 81.2.3.52\n";
            world
                .registry
                .replace("de", &format!("{head}{NS}\n{lines}"));
        };
        let ds = |key: &ZoneKey| format!("zahnfee DS {}\n", key.ds());
        announced(&format!("{}{}", ds(&old), ds(&world.key)));
        is_ready(&world.check().run());
        announced(&format!(
            "{}zahnfee DS {}\n",
            ds(&old),
            world.key.ds_by_sha1()
        ));
        // Unbound goes by it all the same.
        let outcome = world.check().run();
        outcome.shows("domain", BOGUS, "warn");
        says(&outcome, "domain", BOGUS, &["SHA-1", "BIND", "registrar"]);
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
        announced(&format!("zahnfee DS {}\n", old.ds()));
        breaks(&world.check().run(), "other-keys", &[]);
        announced(&format!("zahnfee DS {}\n", world.key.ds_by_sha1()));
        is_ready(&world.check().run());
    });
}
