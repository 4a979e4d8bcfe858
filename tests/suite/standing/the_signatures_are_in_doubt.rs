//! Signatures of which some resolvers think this and others that, and those that cannot be verified here.

use std::sync::atomic::{AtomicUsize, Ordering};

use hickory_resolver::proto::dnssec::rdata::{DNSSECRData, RRSIG};
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::{RData, Record, RecordType as Type};

use super::the_zone_is_signed::{BOGUS, NS, breaks, registry, signed};
use super::*;
use crate::world::{Proofs, ZoneKey};

const DAYS: (i64, i64) = (-3, 11);

#[track_caller]
fn is_split(outcome: &Outcome, why: &str, words: &[&str]) {
    outcome.shows("domain", BOGUS, "warn");
    let finding = outcome.finding("domain", BOGUS);
    assert_eq!(finding["args"]["why"], why, "{outcome}");
    says(outcome, "domain", BOGUS, words);
    let verdict = &outcome.report()["verdict"];
    assert_eq!(verdict, "ready-with-warnings", "{outcome}");
}

#[track_caller]
fn is_unverified(outcome: &Outcome, algorithm: &str) {
    outcome.shows("domain", BOGUS, "unknown");
    says(outcome, "domain", BOGUS, &[algorithm, "AD"]);
    assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
}

/// An RSA key of so many bits, with this exponent.
fn rsa(bits: usize, exponent: &[u8]) -> Vec<u8> {
    let length = u8::try_from(exponent.len()).expect("a short one");
    [&[length], exponent, &vec![0xc5; bits / 8]].concat()
}

/// Whether the signatures hold is not known: neither that they do, nor that they do not.
#[test]
fn what_is_not_verified_here() {
    internet(|| {
        let (usual, long) = (&[1, 0, 1][..], &[1, 0, 0, 0, 0, 1][..]);
        for (number, public, name) in [
            (16, vec![7; 57], "Ed448 (16)"),
            (8, rsa(768, usual), "RSA 768 (8)"),
            (5, rsa(512, &[3]), "RSA 512 (5)"),
            (10, rsa(2048, long), "RSA 2048, e = 2^40 (10)"),
        ] {
            let world = Internet::new();
            let key = ZoneKey::unverifiable("zahnfee.de", number, public);
            signed(&world, &key, DAYS);
            let _registry = registry(&world, &key.ds());
            is_unverified(&world.check().run(), name);
            // A resolver that checks says that they do, or that they do not.
            let checks = Behaviour::forged(|answer| answer.metadata.authentic_data = true);
            world.resolver.now("zahnfee.de", RecordType::ANY, checks);
            is_ready(&world.check().run());
            world.resolver.now(SRV, RecordType::SRV, Behaviour::Bogus);
            breaks(&world.check().run(), "refused", &[SRV]);
            world
                .resolver
                .now("zahnfee.de", RecordType::ANY, Behaviour::Normal);
            // What has none at all is not even signed by such a key.
            world.servers(|ns| {
                let stripped = Behaviour::forged(|answer| {
                    answer.answers.retain(|it| it.record_type() != Type::RRSIG);
                });
                ns.now(SRV, Type::SRV, stripped);
            });
            breaks(&world.check().run(), "no-signature", &[SRV]);
        }
    });
}

/// By such a key, and out of date.
#[test]
fn what_is_not_verified_may_have_run_out() {
    internet(|| {
        let world = Internet::new();
        let key = ZoneKey::unverifiable("zahnfee.de", 16, vec![7; 57]);
        signed(&world, &key, (-30, -2));
        let _registry = registry(&world, &key.ds());
        breaks(&world.check().run(), "expired", &["DNSKEY"]);
    });
}

/// Changes every other answer, beginning with this one.
fn every_other(first: usize, change: fn(&mut Message)) -> Behaviour {
    let turn = AtomicUsize::new(first);
    Behaviour::forged(move |answer| {
        if turn.fetch_add(1, Ordering::SeqCst) % 2 == 1 {
            change(answer);
        }
    })
}

fn strip(answer: &mut Message) {
    answer.answers.retain(|it| it.record_type() != Type::RRSIG);
}

/// A pool of machines at one address, of which one does not sign.
#[test]
fn now_with_signatures_and_now_without() {
    internet(|| {
        for (name, kind) in [(SRV, Type::SRV), ("xphone.zahnfee.de", Type::A)] {
            for first in [0, 1] {
                let world = Internet::new();
                let key = ZoneKey::of("zahnfee.de");
                signed(&world, &key, DAYS);
                let _registry = registry(&world, &key.ds());
                world.ns1.now(name, kind, every_other(first, strip));
                // Resolvers try the other server.
                is_ready(&world.check().run());
                world.ns2.now(name, kind, every_other(first, strip));
                is_split(
                    &world.check().run(),
                    "unsteady",
                    &[name, "same name server"],
                );
            }
        }
        for first in [0, 1] {
            let world = Internet::new();
            let key = ZoneKey::of("zahnfee.de");
            signed(&world, &key, DAYS);
            let _registry = registry(&world, &key.ds());
            world.servers(|ns| {
                ns.now("zahnfee.de", Type::DNSKEY, every_other(first, strip));
            });
            let outcome = world.check().run();
            outcome.lacks("resolver-misjudges");
            assert_eq!(outcome.code, 0, "{outcome}");
        }
    });
}

/// The signature, as one that has run out.
fn run_out(record: &Record) -> Option<Record> {
    let RData::DNSSEC(DNSSECRData::RRSIG(signature)) = &record.data else {
        return None;
    };
    let mut input = signature.input().clone();
    input.sig_expiration = input.sig_inception;
    let other = RRSIG::from_sig(input, signature.sig().to_vec());
    let data = RData::DNSSEC(DNSSECRData::RRSIG(other));
    Some(Record::from_rdata(record.name.clone(), record.ttl, data))
}

/// BIND gives up where it comes to the wrong one first, and takes either first.
#[test]
fn a_signature_that_has_run_out_beside_one_that_holds() {
    internet(|| {
        let world = Internet::new();
        let key = ZoneKey::of("zahnfee.de");
        signed(&world, &key, DAYS);
        let _registry = registry(&world, &key.ds());
        let add = |ns: &Dns| {
            ns.edit("zahnfee.de", |all| {
                let is_record = |it: &&Record| it.name.to_ascii().starts_with("_sipfed");
                let more: Vec<Record> = all.iter().filter(is_record).filter_map(run_out).collect();
                all.extend(more);
            });
        };
        add(&world.ns1);
        is_ready(&world.check().run());
        add(&world.ns2);
        is_split(&world.check().run(), "mixed", &[SRV, "run out"]);
    });
}

/// BIND goes by the clock and by the mark, Unbound by neither.
#[test]
fn a_key_or_a_date_that_only_some_resolvers_take() {
    internet(|| {
        let usual = || ZoneKey::of("zahnfee.de");
        let revoked = ZoneKey::flagged("zahnfee.de", 385, 3);
        for (key, hours, why, words) in [
            (revoked, (-72, 264), "revoked", ["REVOKE", "BIND"]),
            (usual(), (-240, 0), "just-expired", ["ran out", "BIND"]),
            (usual(), (2, 240), "about-to-count", ["clock", "BIND"]),
        ] {
            let world = Internet::new();
            world.servers(|ns| ns.sign_for("zahnfee.de", &key, hours, Proofs::Names));
            let _registry = registry(&world, &key.ds());
            is_split(&world.check().run(), why, &words);
            // A resolver that is one of the strict is not to blame.
            world
                .resolver
                .now("zahnfee.de", RecordType::ANY, Behaviour::Bogus);
            let outcome = world.check().run();
            outcome.lacks("resolver-misjudges");
            is_split(&outcome, why, &words);
            // Resolvers try the other server.
            if why != "revoked" {
                world.ns2.replace("zahnfee.de", ZONE);
                world.ns2.sign("zahnfee.de", &key, DAYS);
                world
                    .resolver
                    .now("zahnfee.de", RecordType::ANY, Behaviour::Normal);
                is_ready(&world.check().run());
            }
        }
    });
}

/// BIND may come to the other key first, and gives up then; Unbound goes on.
#[test]
fn two_keys_have_the_same_tag() {
    internet(|| {
        let world = Internet::new();
        let [own, of_keys] = ZoneKey::of_one_tag("zahnfee.de");
        world.servers(|ns| ns.sign_beside("zahnfee.de", [&own, &of_keys], DAYS));
        let _registry = registry(&world, &of_keys.ds());
        is_split(&world.check().run(), "same-tag", &["same tag", "BIND"]);
        // It may do so where both of them sign everything, too.
        world.servers(|ns| {
            ns.sign_also("zahnfee.de", &own, |kind| kind == Type::DNSKEY);
            ns.sign_also("zahnfee.de", &of_keys, |kind| kind != Type::DNSKEY);
        });
        is_split(&world.check().run(), "same-tag", &["same tag", "BIND"]);
    });
}

/// The proof comes with the names of the servers only. Unbound takes it from there, BIND asks for it.
#[test]
fn the_keys_of_a_part_are_not_told() {
    internet(|| {
        let in_tcp = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
        for proofs in [Proofs::Names, Proofs::Hashes, Proofs::HashesButCuts] {
            let world = Internet::with_zone(&zone_with("SRV", "_tcp NS ns3.provider.net."));
            let key = ZoneKey::of("zahnfee.de");
            world.servers(|ns| ns.sign_for("zahnfee.de", &key, (-72, 264), proofs));
            let _registry = registry(&world, &key.ds());
            world.resolver.replace("_tcp.zahnfee.de", in_tcp);
            let ns3 = Dns::at("81.2.3.55").authoritative();
            ns3.replace("_tcp.zahnfee.de", in_tcp);
            is_ready(&world.check().run());
            for refused in [
                Behaviour::rcode(ResponseCode::Refused),
                Behaviour::rcode(ResponseCode::ServFail),
                Behaviour::Silent,
                Behaviour::bare(),
                Behaviour::denied(ResponseCode::NoError, "_tcp.zahnfee.de"),
                Behaviour::handed_to("ns3.provider.net."),
                // BIND takes no denial without an SOA record for an answer.
                Behaviour::forged(|answer| {
                    let is_soa = |record: &Record| record.record_type() == Type::SOA;
                    answer.authorities.retain(|record| !is_soa(record));
                }),
            ] {
                world.ns1.now("_tcp.zahnfee.de", Type::DS, refused.clone());
                world
                    .ns2
                    .now("_tcp.zahnfee.de", Type::DS, Behaviour::Normal);
                is_ready(&world.check().run());
                world.ns2.now("_tcp.zahnfee.de", Type::DS, refused);
                is_split(&world.check().run(), "beside", &["_tcp.zahnfee.de", "BIND"]);
            }
        }
    });
}

/// That the top-level domain announces no keys is proven by it, where it is signed itself.
#[test]
fn the_top_level_domain_does_not_prove_that_there_are_no_keys() {
    internet(|| {
        for proofs in [Proofs::Names, Proofs::Hashes, Proofs::HashesButCuts] {
            let world = Internet::new();
            let registry = world.registry(NS);
            let top = ZoneKey::of("de");
            registry.sign_for("de", &top, (-72, 264), proofs);
            let ds = RData::try_from_str(Type::DS, &top.ds()).expect("a DS record");
            let announced = Behaviour::forged(move |answer| {
                answer.authorities.clear();
                let name = answer.queries[0].name().clone();
                answer.answers = vec![Record::from_rdata(name, 300, ds.clone())];
            });
            world.resolver.now("de", Type::DS, announced.clone());
            // Whoever checks has checked it.
            world.resolver.now("de", Type::NS, Behaviour::Authenticated);
            is_ready(&world.check().run());
            assert_eq!(world.resolver.times_asked("de", Type::DS), 0);
            world.resolver.now("de", Type::NS, Behaviour::Normal);
            is_ready(&world.check().run());
            assert_eq!(world.resolver.times_asked("de", Type::DS), 1);
            registry.edit("de", |all| {
                let is_proof = |it: &Record| [Type::NSEC, Type::NSEC3].contains(&it.record_type());
                all.retain(|it| !is_proof(it));
            });
            breaks(
                &world.check().run(),
                "unproven",
                &["zahnfee.de", "zone de", "registry of .de"],
            );
            // Nobody is told to expect that the top-level domain is signed, or nobody says.
            for behaviour in [Behaviour::Normal, Behaviour::Servfail] {
                world.resolver.now("de", Type::DS, behaviour);
                is_ready(&world.check().run());
            }
            // It shows nothing of it here.
            world.resolver.now("de", Type::DS, announced);
            registry.replace("de", &format!("@ NS a.nic\na.nic A 81.2.3.52\n{NS}\n"));
            let outcome = world.check().run();
            outcome.shows("domain", "network-alters-dns", "unknown");
            outcome.lacks(BOGUS);
        }
    });
}

/// The signature, as one that fits nothing.
fn damaged(record: &Record) -> Option<RData> {
    let RData::DNSSEC(DNSSECRData::RRSIG(signature)) = &record.data else {
        return None;
    };
    let mut bytes = signature.sig().to_vec();
    bytes[7] ^= 0x55;
    let other = RRSIG::from_sig(signature.input().clone(), bytes);
    Some(RData::DNSSEC(DNSSECRData::RRSIG(other)))
}

/// It looks like a proof, and somebody has changed it on the way; or it is the announced keys that were.
#[test]
fn the_signature_of_the_top_level_domain_does_not_fit() {
    internet(|| {
        let own = ZoneKey::of("zahnfee.de");
        let signed_below = format!("{NS}\nzahnfee DS {}", own.ds());
        for (delegation, of) in [(NS, &[Type::NSEC][..]), (&*signed_below, &[Type::DS][..])] {
            let world = Internet::new();
            if of == [Type::DS] {
                signed(&world, &own, DAYS);
            }
            let registry = world.registry(delegation);
            let top = ZoneKey::of("de");
            registry.sign("de", &top, DAYS);
            let ds = RData::try_from_str(Type::DS, &top.ds()).expect("a DS record");
            let announced = Behaviour::forged(move |answer| {
                answer.authorities.clear();
                let name = answer.queries[0].name().clone();
                answer.answers = vec![Record::from_rdata(name, 300, ds.clone())];
            });
            world.resolver.now("de", Type::DS, announced);
            is_ready(&world.check().run());
            registry.edit("de", |all| {
                let is_one = |it: &Record| match &it.data {
                    RData::DNSSEC(DNSSECRData::RRSIG(signature)) => {
                        of.contains(&signature.input().type_covered)
                    }
                    _ => false,
                };
                for record in all.iter_mut().filter(|it| is_one(it)) {
                    record.data = damaged(record).expect("a signature");
                }
            });
            let outcome = world.check().run();
            outcome.shows("domain", BOGUS, "fail");
            assert_eq!(outcome.code, 1, "{outcome}");
        }
    });
}
