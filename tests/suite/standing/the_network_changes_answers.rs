//! A firewall or DNS proxy between this machine and all name servers of the internet. What a server of the
//! top-level domain meets as well is no fault of the domain: Unbound and BIND elsewhere get all of it.

use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::{RData, RecordType as Type};

use super::the_zone_is_signed::{BOGUS, NS, breaks};
use super::*;
use crate::world::ZoneKey;

const CODE: &str = "network-alters-dns";
const FQDN: &str = "xphone.zahnfee.de";

/// What is sent to any server on the internet meets this.
fn everywhere(world: &Internet, registry: &Dns, behaviour: &Behaviour) {
    world.servers(|ns| ns.now(".", Type::ANY, behaviour.clone()));
    registry.now(".", Type::ANY, behaviour.clone());
}

fn is_inconclusive(outcome: &Outcome) {
    assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
}

#[track_caller]
fn alters(outcome: &Outcome, why: &str, words: &[&str]) {
    outcome.shows("domain", CODE, "unknown");
    assert_eq!(
        outcome.finding("domain", CODE)["args"]["why"],
        why,
        "{outcome}"
    );
    says(outcome, "domain", CODE, words);
    outcome.lacks(BOGUS).lacks("address-not-public");
    is_inconclusive(outcome);
}

/// What they gave was not heard, and the resolver's word counts.
#[track_caller]
fn is_spoilt(outcome: &Outcome) {
    outcome.shows("domain", "authority-unreachable", "info");
    let finding = outcome.finding("domain", "authority-unreachable");
    assert_eq!(finding["args"]["why"], "on-the-way", "{outcome}");
    outcome.lacks("domain-dns-broken").lacks("authority-fails");
    assert_eq!(outcome.report()["verdict"], "ready", "{outcome}");
}

#[test]
fn it_drops_edns() {
    internet(|| {
        let world = Internet::new();
        let registry = world.registry(NS);
        everywhere(&world, &registry, &Behaviour::DropsEdns);
        is_spoilt(&world.check().run());
        world.resolver.now(".", Type::ANY, Behaviour::DropsEdns);
        is_spoilt(&world.check().run());
        // The servers alone do.
        registry.now(".", Type::ANY, Behaviour::Normal);
        world.resolver.now(".", Type::ANY, Behaviour::Normal);
        let outcome = world.check().run();
        outcome.shows("domain", "domain-dns-broken", "fail");
    });
}

#[test]
fn it_denies_every_srv_record() {
    internet(|| {
        let world = Internet::new();
        let registry = world.registry(NS);
        let denies = Behaviour::rcode(ResponseCode::NXDomain);
        world.servers(|ns| ns.now(".", Type::SRV, denies.clone()));
        registry.now(".", Type::SRV, denies.clone());
        let outcome = world.check().run();
        outcome.lacks("authority-fails").lacks("srv-missing");
        outcome.shows("srv", "authority-unreachable", "info");
        assert_eq!(outcome.report()["verdict"], "ready", "{outcome}");
        world.resolver.now(".", Type::SRV, denies);
        let outcome = world.check().run();
        outcome.lacks("authority-fails").lacks("srv-missing");
        is_inconclusive(&outcome);
        // The servers alone do.
        registry.now(".", Type::SRV, Behaviour::Normal);
        let outcome = world.check().run();
        outcome.shows("srv", "authority-fails", "fail");
    });
}

#[test]
fn it_minds_cookies_or_edns() {
    internet(|| {
        for behaviour in [
            Behaviour::RejectsCookies(None),
            Behaviour::RejectsCookies(Some(ResponseCode::Refused)),
            Behaviour::rejects_edns(ResponseCode::FormErr, true),
        ] {
            let world = Internet::new();
            let registry = world.registry(NS);
            everywhere(&world, &registry, &behaviour);
            is_ready(&world.check().run());
            registry.now(".", Type::ANY, Behaviour::Normal);
            let outcome = world.check().run();
            outcome.shows("domain", "authority-rejects-edns", "warn");
        }
    });
}

/// Takes out what old DNS proxies do not know.
fn strip(answer: &mut Message) {
    for records in [&mut answer.answers, &mut answer.authorities] {
        let is_signed = |kind| [Type::RRSIG, Type::NSEC, Type::NSEC3].contains(&kind);
        records.retain(|record| !is_signed(record.record_type()));
    }
    answer.edns = None;
}

struct Signed {
    internet: Internet,
    registry: Dns,
}

fn signed(zone: &str) -> Signed {
    let internet = Internet::with_zone(zone);
    let (own, top) = (ZoneKey::of("zahnfee.de"), ZoneKey::of("de"));
    internet.servers(|ns| ns.sign("zahnfee.de", &own, (-3, 11)));
    let registry = internet.registry(&format!("{NS}\nzahnfee DS {}", own.ds()));
    registry.sign("de", &top, (-3, 11));
    internet.resolver.replace(
        ".",
        &format!("provider.net. NS ns1.provider.net.\nde DS {}", top.ds()),
    );
    Signed { internet, registry }
}

#[test]
fn it_takes_signatures_out() {
    internet(|| {
        let world = signed(ZONE);
        is_ready(&world.internet.check().run());
        everywhere(&world.internet, &world.registry, &Behaviour::forged(strip));
        alters(
            &world.internet.check().run(),
            "signatures",
            &["domain de", "firewall"],
        );
        // The servers alone do.
        world.registry.now(".", Type::ANY, Behaviour::Normal);
        let outcome = world.internet.check().run();
        breaks(&outcome, "no-signature", &[]);
        outcome.lacks(CODE);
    });
}

/// As a Cisco ASA does for those inside.
fn doctors() -> Behaviour {
    Behaviour::forged(|answer| {
        let public = RData::try_from_str(Type::A, "81.2.3.4").expect("an address");
        let private = RData::try_from_str(Type::A, "10.0.0.5").expect("an address");
        for record in &mut answer.answers {
            if record.data == public {
                record.data = private.clone();
            }
        }
    })
}

#[test]
fn it_rewrites_addresses() {
    internet(|| {
        let world = Internet::new();
        let registry = world.registry(NS);
        everywhere(&world, &registry, &doctors());
        alters(
            &world.check().run(),
            "witness",
            &["10.0.0.5", "81.2.3.4", "Cisco"],
        );
        // Nobody can tell it from a zone that has this address.
        world.resolver.now(".", Type::ANY, doctors());
        let outcome = world.check().run();
        outcome.shows("address", "address-not-public", "fail");
        outcome.lacks(CODE);
    });
}

#[test]
fn it_rewrites_addresses_that_are_signed() {
    internet(|| {
        let world = signed(ZONE);
        everywhere(&world.internet, &world.registry, &doctors());
        alters(&world.internet.check().run(), "witness", &["10.0.0.5"]);
        world.internet.resolver.now(".", Type::ANY, doctors());
        alters(&world.internet.check().run(), "signature", &["10.0.0.5"]);
        drop(world);
        // It stands in the zone, and is signed.
        let world = signed(&zone_with("xphone A", "xphone A 10.0.0.5"));
        let outcome = world.internet.check().run();
        outcome.shows("address", "address-not-public", "fail");
        outcome.lacks(CODE);
    });
}

/// A resolver that alone was heard has a private address.
#[test]
fn only_a_resolver_gives_a_private_address() {
    internet(|| {
        for address in ["10.0.0.5", "100.64.1.7"] {
            let world = Internet::new();
            let private = Behaviour::forged(move |answer| {
                let private = RData::try_from_str(Type::A, address).expect("an address");
                for record in &mut answer.answers {
                    record.data = private.clone();
                }
            });
            world.resolver.now(FQDN, Type::A, private);
            world.servers(|ns| ns.now(".", Type::ANY, Behaviour::Silent));
            for args in [&["--timeout=1s"][..], &["--no-authority"]] {
                let outcome = world.check().args(args).run();
                outcome.shows("address", "resolver-doubtful", "unknown");
                says(
                    &outcome,
                    "address",
                    "resolver-doubtful",
                    &[address, "127.0.0.53"],
                );
                outcome.lacks("address-not-public");
                is_inconclusive(&outcome);
            }
        }
    });
}

/// A resolver denies the domain in the name of the root, and knows its top-level domain all the same.
#[test]
fn a_resolver_denies_the_domain_by_the_root() {
    internet(|| {
        let world = Internet::new();
        world.resolver.replace("de", "@ NS a.nic.de.");
        let denies = Behaviour::denied(ResponseCode::NXDomain, ".");
        world.resolver.now("zahnfee.de", Type::ANY, denies);
        world.servers(|ns| ns.now(".", Type::ANY, Behaviour::Silent));
        let outcome = world.check().arg("--timeout=1s").run();
        outcome.lacks("domain-not-found").lacks("srv-missing");
        is_inconclusive(&outcome);
    });
}
