//! What a signed zone does not have, proven, not proven, or by records made for each name (RFC 9824); and signed zones
//! behind aliases.

use hickory_resolver::proto::dnssec::rdata::DNSSECRData;
use hickory_resolver::proto::rr::{RData, Record, RecordType as Type};

use super::the_way_is_signed::World;
use super::the_zone_is_signed::{BOGUS, MISJUDGES, NS, breaks, registry, signed};
use super::*;
use crate::world::{Proofs, ZoneKey};

const IN_TCP: &str = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";

fn is_proof(record: &Record) -> bool {
    let kinds = [Type::NSEC, Type::NSEC3];
    match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature)) => {
            kinds.contains(&signature.input().type_covered)
        }
        _ => kinds.contains(&record.record_type()),
    }
}

/// Partners get an error and no denial. Their resolver is right, and so is the one here.
#[test]
fn nothing_proves_it() {
    internet(|| {
        for proofs in [Proofs::Names, Proofs::Hashes] {
            for (zone, name, kind, step, code) in [
                (zone_with("SRV", ""), SRV, Type::SRV, "srv", "srv-missing"),
                (
                    zone_with("xphone A", ""),
                    "xphone.zahnfee.de",
                    Type::A,
                    "address",
                    "fqdn-not-found",
                ),
                (
                    zone_with("xphone A", "xphone TXT here"),
                    "xphone.zahnfee.de",
                    Type::A,
                    "address",
                    "fqdn-no-a-record",
                ),
            ] {
                let world = World::signed_by(&zone, proofs);
                let outcome = world.check().run();
                outcome.lacks(BOGUS).shows(step, code, "fail");
                world.servers(|ns| ns.edit("zahnfee.de", |all| all.retain(|it| !is_proof(it))));
                for behaviour in [Behaviour::Normal, Behaviour::Bogus] {
                    world.resolver.now(name, kind, behaviour);
                    let outcome = world.check().run();
                    outcome.lacks(MISJUDGES).shows(step, code, "fail");
                    breaks(&outcome, "unproven", &[name, &kind.to_string(), "NSEC"]);
                }
            }
        }
    });
}

/// As Cloudflare does: no answer is an error, and what is not there is marked so.
#[test]
fn it_is_proven_on_the_fly() {
    internet(|| {
        for zone in [
            ZONE.to_owned(),
            zone_with("SRV", "*._tcp SRV 0 0 5061 xphone"),
        ] {
            let world = World::signed_by(&zone, Proofs::OnTheFly);
            is_ready(&world.check().run());
        }
        for (zone, step, code) in [
            (zone_with("SRV", ""), "srv", "srv-missing"),
            (zone_with("xphone A", ""), "address", "fqdn-not-found"),
            (
                zone_with("xphone A", "xphone TXT here"),
                "address",
                "fqdn-no-a-record",
            ),
            (
                zone_with("xphone A", "a.xphone TXT here"),
                "address",
                "fqdn-no-a-record",
            ),
        ] {
            let world = World::signed_by(&zone, Proofs::OnTheFly);
            let outcome = world.check().run();
            outcome.lacks(BOGUS).shows(step, code, "fail");
        }
        let delegated = zone_with("SRV", "_tcp NS ns3.provider.net.");
        let world = World::signed_by(&delegated, Proofs::OnTheFly);
        let _ns3 = world.ns3("_tcp.zahnfee.de", IN_TCP);
        is_ready(&world.check().run());
    });
}

/// What is behind the alias is for the unsigned zone to say: that it has no IPv6 address needs no proof.
#[test]
fn an_alias_leads_into_an_unsigned_part() {
    internet(|| {
        let part = "@ NS ns3.provider.net.\nx A 81.2.3.4\nx SRV 0 0 5061 xphone.zahnfee.de.";
        for proofs in [
            Proofs::Names,
            Proofs::Hashes,
            Proofs::HashesButCuts,
            Proofs::OnTheFly,
        ] {
            for (own, alias) in [
                ("xphone A", "xphone CNAME x.part"),
                ("SRV", "_sipfederationtls._tcp CNAME x.part"),
            ] {
                let zone = zone_with(own, &format!("{alias}\npart NS ns3.provider.net."));
                let world = World::signed_by(&zone, proofs);
                let _ns3 = world.ns3("part.zahnfee.de", part);
                let outcome = world.check().run();
                outcome.lacks(BOGUS);
                assert_eq!(outcome.code, 0, "{outcome}");
            }
        }
    });
}

/// Whoever comes to the other server gets the record.
#[test]
fn one_server_leads_into_a_zone_that_fails() {
    internet(|| {
        let dynamic = "@ NS ns3.provider.net.\nx A 81.2.3.4\nx SRV 0 0 5061 xphone.zahnfee.de.";
        for (own, alias, name, kind) in [
            (
                "SRV",
                "_sipfederationtls._tcp CNAME x.dyn.example.",
                SRV,
                Type::SRV,
            ),
            (
                "xphone A",
                "xphone CNAME x.dyn.example.",
                "xphone.zahnfee.de",
                Type::A,
            ),
        ] {
            for is_ours_signed in [true, false] {
                let world = Internet::new();
                world.ns2.replace("zahnfee.de", &zone_with(own, alias));
                let (ours, other) = (ZoneKey::of("zahnfee.de"), ZoneKey::of("dyn.example"));
                let registry = if is_ours_signed {
                    signed(&world, &ours, (-3, 11));
                    registry(&world, &ours.ds())
                } else {
                    world.registry(NS)
                };
                world.resolver.replace("example", "@ NS a.nic.de.\n");
                let delegation = format!("dyn NS ns3.provider.net.\ndyn DS {}", other.ds());
                registry.replace("example", &format!("@ NS a.nic.de.\n{delegation}\n"));
                world.resolver.replace("dyn.example", dynamic);
                let ns3 = Dns::at("81.2.3.55").authoritative();
                ns3.replace("dyn.example", dynamic);
                for behaviour in [Behaviour::Normal, Behaviour::Bogus] {
                    world.resolver.now(name, kind, behaviour);
                    let outcome = world.check().run();
                    outcome.lacks(MISJUDGES).shows("domain", BOGUS, "warn");
                    let words = ["dyn.example", "ns2.provider.net", "alias"];
                    says(&outcome, "domain", BOGUS, &words);
                    let verdict = &outcome.report()["verdict"];
                    assert_eq!(verdict, "ready-with-warnings", "{outcome}");
                }
                ns3.sign("dyn.example", &other, (-3, 11));
                world.resolver.now(name, kind, Behaviour::Normal);
                let outcome = world.check().run();
                outcome.lacks(BOGUS);
                outcome.shows("domain", "domain-servers-disagree", "warn");
            }
        }
    });
}
