//! The registry announces keys (DS), and partners whose resolvers check expect signatures. The resolver
//! here does not check, unless it is said.

use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::RecordType as Type;

use super::*;
use crate::world::ZoneKey;

pub(super) const BOGUS: &str = "domain-dnssec-bogus";
pub(super) const MISJUDGES: &str = "resolver-misjudges";
pub(super) const NS: &str = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";

/// The registry delegates the domain, and announces this key.
pub(super) fn registry(world: &Internet, ds: &str) -> Dns {
    world.registry(&format!("{NS}\nzahnfee DS {ds}"))
}

/// All servers sign with this key.
pub(super) fn signed(world: &Internet, key: &ZoneKey, days: (i64, i64)) {
    world.servers(|ns| ns.sign("zahnfee.de", key, days));
}

#[track_caller]
pub(super) fn breaks(outcome: &Outcome, why: &str, words: &[&str]) {
    outcome.shows("domain", BOGUS, "fail");
    assert_eq!(
        outcome.finding("domain", BOGUS)["args"]["why"],
        why,
        "{outcome}"
    );
    says(outcome, "domain", BOGUS, words);
    assert_eq!(outcome.code, 1, "{outcome}");
}

/// Partners get on, and not by every server.
#[track_caller]
pub(super) fn warns(outcome: &Outcome, why: &str) {
    outcome.shows("domain", BOGUS, "warn");
    assert_eq!(
        outcome.finding("domain", BOGUS)["args"]["why"],
        why,
        "{outcome}"
    );
    outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
}

#[test]
fn all_is_in_order() {
    internet(|| {
        let world = Internet::new();
        let key = ZoneKey::of("zahnfee.de");
        signed(&world, &key, (-3, 11));
        let _registry = registry(&world, &key.ds());
        let outcome = world.check().run();
        is_ready(&outcome);
        let signing = &outcome.report()["facts"]["zone"]["signing"];
        assert_eq!(signing["announced"][0], key.tag(), "{signing}");
        let sets = signing["shown"][0]["sets"].as_array().expect("sets");
        let kinds: Vec<_> = sets.iter().map(|set| set["record"].as_str()).collect();
        assert_eq!(kinds, ["DNSKEY", "SRV", "A", "AAAA"].map(Some));
        for set in &sets[..3] {
            assert_eq!(set["signatures"][0]["by"], "announced", "{set}");
        }
        assert_eq!(sets[3]["absent"], true, "no IPv6");
        assert_eq!(sets[3]["proof"], "shown");
    });
}

/// The zone moved to a provider that does not sign, and the registrar still has the key.
#[test]
fn the_zone_is_not_signed_any_more() {
    internet(|| {
        let world = Internet::new();
        let key = ZoneKey::of("zahnfee.de");
        let _registry = registry(&world, &key.ds());
        let outcome = world.check().run();
        let tag = key.tag().to_string();
        breaks(&outcome, "no-keys", &[&tag, "registrar", "delete"]);
    });
}

/// Whether partners see them is not known then.
#[test]
fn the_servers_do_not_show_their_keys() {
    internet(|| {
        let world = Internet::new();
        let key = ZoneKey::of("zahnfee.de");
        signed(&world, &key, (-3, 11));
        world.servers(|ns| ns.now("zahnfee.de", Type::DNSKEY, Behaviour::Silent));
        let _registry = registry(&world, &key.ds());
        let outcome = world.check().arg("--timeout=1s").run();
        outcome.shows("domain", BOGUS, "unknown");
        says(&outcome, "domain", BOGUS, &["DNSKEY", "DNS provider"]);
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
    });
}

/// Nor where they answer for nothing at all at the apex but for names below.
#[test]
fn the_servers_are_silent_at_the_apex() {
    internet(|| {
        let at_the_apex = [Type::SOA, Type::NS, Type::MX, Type::TXT, Type::DNSKEY];
        for silent in [&[Type::SOA, Type::DNSKEY][..], &at_the_apex] {
            let world = Internet::new();
            let key = ZoneKey::of("zahnfee.de");
            signed(&world, &key, (-3, 11));
            for record in silent {
                world.servers(|ns| ns.now("zahnfee.de", *record, Behaviour::Silent));
            }
            let _registry = registry(&world, &key.ds());
            let outcome = world.check().arg("--timeout=1s").run();
            outcome.shows("domain", BOGUS, "unknown");
            assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        }
    });
}

/// An error is an answer, and the same one that partners get.
#[test]
fn the_servers_refuse_to_show_their_keys() {
    internet(|| {
        for code in [
            ResponseCode::Refused,
            ResponseCode::ServFail,
            ResponseCode::NotImp,
            ResponseCode::FormErr,
        ] {
            let world = Internet::new();
            let key = ZoneKey::of("zahnfee.de");
            signed(&world, &key, (-3, 11));
            let _registry = registry(&world, &key.ds());
            let behaviour = Behaviour::rcode(code);
            world.ns1.now("zahnfee.de", Type::DNSKEY, behaviour.clone());
            is_ready(&world.check().run());
            world.ns2.now("zahnfee.de", Type::DNSKEY, behaviour);
            let tag = key.tag().to_string();
            breaks(
                &world.check().run(),
                "keys-refused",
                &["DNSKEY", &tag, "firewall"],
            );
            // One of them may have been asked too often.
            world.ns2.now("zahnfee.de", Type::DNSKEY, Behaviour::Silent);
            let outcome = world.check().arg("--timeout=1s").run();
            outcome.shows("domain", BOGUS, "unknown");
        }
    });
}

#[test]
fn the_zone_is_signed_with_another_key() {
    internet(|| {
        let world = Internet::new();
        let (old, new) = (ZoneKey::of("zahnfee.de"), ZoneKey::of("zahnfee.de"));
        signed(&world, &new, (-3, 11));
        let _registry = registry(&world, &old.ds());
        let outcome = world.check().run();
        let tags = [old.tag().to_string(), new.tag().to_string()];
        breaks(&outcome, "other-keys", &[&tags[0], &tags[1]]);
    });
}

/// The digest is right, but who looks for the key looks by its tag and algorithm, which are not in it.
#[test]
fn the_announced_key_is_called_otherwise() {
    internet(|| {
        let world = Internet::new();
        let key = ZoneKey::of("zahnfee.de");
        signed(&world, &key, (-3, 11));
        let ds = key.ds();
        let digest = ds.rsplit(' ').next().expect("four fields");
        let tag = key.tag();
        for ds in [
            format!("{} 13 2 {digest}", tag.wrapping_add(1)),
            format!("{tag} 8 2 {digest}"),
        ] {
            let _registry = registry(&world, &ds);
            breaks(&world.check().run(), "other-keys", &[]);
        }
    });
}

/// Dates of signatures go in a circle of 136 years: what ends in 75 has ended 61 years ago (RFC 4034,
/// section 3.1.5).
#[test]
fn signatures_that_are_valid_for_too_long_are_not() {
    internet(|| {
        let world = Internet::new();
        let key = ZoneKey::of("zahnfee.de");
        signed(&world, &key, (-3, 75 * 365));
        let _registry = registry(&world, &key.ds());
        breaks(
            &world.check().run(),
            "too-long",
            &["68 years", "some weeks"],
        );
    });
}

/// Nobody takes a signature by such a key.
#[test]
fn the_key_is_none_for_dnssec() {
    internet(|| {
        let key = |flags, protocol| ZoneKey::flagged("zahnfee.de", flags, protocol);
        for (keys, why, word) in [
            ([key(1, 3), key(1, 3)], "no-zone-key", "256 or 257"),
            ([key(0, 3), key(257, 3)], "no-zone-key", "256 or 257"),
            ([key(256, 3), key(1, 3)], "no-zone-key", "256 or 257"),
            ([key(257, 1), key(257, 1)], "key-protocol", "protocol 3"),
            ([key(256, 3), key(257, 0)], "key-protocol", "protocol 3"),
        ] {
            let world = Internet::new();
            let [own, of_keys] = &keys;
            world.servers(|ns| ns.sign_beside("zahnfee.de", [own, of_keys], (-72, 264)));
            let _registry = registry(&world, &of_keys.ds());
            breaks(&world.check().run(), why, &[word, "DNSKEY", "DS record"]);
        }
    });
}

/// It may have asked the one that is behind: that one is named, and not the resolver.
#[test]
fn a_resolver_refuses_what_one_server_shows() {
    internet(|| {
        let key = ZoneKey::of("zahnfee.de");
        for days in [None, Some((-30, -2))] {
            let world = Internet::new();
            signed(&world, &key, (-3, 11));
            world.ns1.replace("zahnfee.de", ZONE);
            if let Some(days) = days {
                world.ns1.sign("zahnfee.de", &key, days);
            }
            let _registry = registry(&world, &key.ds());
            world
                .resolver
                .now("zahnfee.de", RecordType::ANY, Behaviour::Bogus);
            let outcome = world.check().run();
            outcome.lacks(MISJUDGES);
            outcome.shows("domain", BOGUS, "warn");
            assert_eq!(outcome.finding("domain", BOGUS)["args"]["why"], "partly");
            says(&outcome, "domain", BOGUS, &["81.2.3.53"]);
            let verdict = &outcome.report()["verdict"];
            assert_eq!(verdict, "ready-with-warnings", "{outcome}");
        }
    });
}

/// The digest is that of another key, whose tag happens to be the same.
#[test]
fn the_announced_key_has_another_digest() {
    internet(|| {
        let world = Internet::new();
        let key = ZoneKey::of("zahnfee.de");
        signed(&world, &key, (-3, 11));
        let digest = "00".repeat(32);
        let _registry = registry(&world, &format!("{} 13 2 {digest}", key.tag()));
        breaks(&world.check().run(), "other-keys", &[]);
    });
}

#[test]
fn the_signatures_do_not_count_today() {
    internet(|| {
        for (days, why) in [((-30, -2), "expired"), ((2, 30), "not-yet")] {
            let world = Internet::new();
            let key = ZoneKey::of("zahnfee.de");
            signed(&world, &key, days);
            let _registry = registry(&world, &key.ds());
            breaks(&world.check().run(), why, &["DNSKEY"]);
        }
    });
}

/// Whatever the program asks for with its signature.
#[test]
fn one_record_is_not_signed() {
    internet(|| {
        for (name, kind) in [(SRV, Type::SRV), ("xphone.zahnfee.de", Type::A)] {
            let world = Internet::new();
            let key = ZoneKey::of("zahnfee.de");
            signed(&world, &key, (-3, 11));
            let stripped = Behaviour::forged(|answer| {
                answer.answers.retain(|it| it.record_type() != Type::RRSIG);
            });
            world.servers(|ns| ns.now(name, kind, stripped.clone()));
            let _registry = registry(&world, &key.ds());
            breaks(&world.check().run(), "no-signature", &[name]);
        }
    });
}

#[test]
fn a_record_was_changed_after_it_was_signed() {
    internet(|| {
        let world = Internet::new();
        let key = ZoneKey::of("zahnfee.de");
        signed(&world, &key, (-3, 11));
        let changed = Behaviour::forged(|answer| {
            for record in &mut answer.answers {
                if let hickory_resolver::proto::rr::RData::SRV(srv) = &mut record.data {
                    srv.weight += 1;
                }
            }
        });
        world.servers(|ns| ns.now(SRV, Type::SRV, changed.clone()));
        let _registry = registry(&world, &key.ds());
        breaks(&world.check().run(), "wrong", &[SRV]);
    });
}

/// Resolvers try the other server.
#[test]
fn one_server_lags_behind() {
    internet(|| {
        let world = Internet::new();
        let key = ZoneKey::of("zahnfee.de");
        world.ns1.sign("zahnfee.de", &key, (-30, -2));
        world.ns2.sign("zahnfee.de", &key, (-3, 11));
        let _registry = registry(&world, &key.ds());
        warns(&world.check().run(), "astray");
    });
}

/// A third server is right that only the zone itself names: nobody is led to it.
#[test]
fn only_a_server_beside_those_above_is_in_order() {
    internet(|| {
        let zone = format!("{ZONE}@ NS ns3.provider.net.\n");
        let world = Internet::with_zone(&zone);
        let key = ZoneKey::of("zahnfee.de");
        signed(&world, &key, (-30, -2));
        let third = Dns::at("81.2.3.55").authoritative();
        let third = third.and_zone("zahnfee.de", &zone);
        third.sign("zahnfee.de", &key, (-3, 11));
        let _registry = registry(&world, &key.ds());
        breaks(&world.check().run(), "expired", &[]);
        let edns = Behaviour::rejects_edns(ResponseCode::FormErr, true);
        signed(&world, &key, (-3, 11));
        world.servers(|ns| ns.now("zahnfee.de", Type::ANY, edns.clone()));
        breaks(&world.check().run(), "keys-refused", &[]);
    });
}

/// To resolvers, a zone with none but such keys is not signed.
#[test]
fn nobody_knows_the_algorithm() {
    internet(|| {
        for ds in ["4711 200 2 aabbcc", "4711 13 99 aabbcc"] {
            let world = Internet::new();
            let _registry = registry(&world, ds);
            is_ready(&world.check().run());
        }
    });
}

/// What nobody above is announced to have keys is not checked by anybody.
#[test]
fn the_zone_above_is_not_signed() {
    internet(|| {
        let world = Internet::new();
        let key = ZoneKey::of("chat.zahnfee.de");
        let delegation = format!("chat NS ns3.provider.net.\nchat DS {}\n", key.ds());
        world.servers(|ns| ns.replace("zahnfee.de", &format!("{ZONE}{delegation}")));
        let chat = "$TTL 300\n@ NS ns3.provider.net.\n@ MX 10 mail\nxphone A 81.2.3.5\n\
                    _sipfederationtls._tcp SRV 0 0 5061 xphone\n";
        let _third = Dns::at("81.2.3.55")
            .authoritative()
            .and_zone("chat.zahnfee.de", chat);
        world.resolver.replace("chat.zahnfee.de", chat);
        let _server = world.tls_as("xphone.chat.zahnfee.de", "81.2.3.5").start();
        let unsigned = world.registry(NS);
        let outcome = world.check_domain("chat.zahnfee.de").run();
        is_ready(&outcome);
        drop(unsigned);
        let above = ZoneKey::of("zahnfee.de");
        let _registry = registry(&world, &above.ds());
        let outcome = world.check_domain("chat.zahnfee.de").run();
        breaks(&outcome, "no-keys", &["chat.zahnfee.de"]);
    });
}

/// Its clock is wrong, or its anchor of trust too old. Nothing is to be said of partners by its word.
#[test]
fn the_resolver_refuses_what_is_in_order() {
    internet(|| {
        let world = Internet::new();
        let key = ZoneKey::of("zahnfee.de");
        world
            .resolver
            .now("zahnfee.de", RecordType::ANY, Behaviour::Bogus);
        // Nobody else can be asked about it: its word counts.
        let outcome = world.check().run();
        breaks(&outcome, "refused", &[]);
        // Not signed at all.
        let unsigned = world.registry(NS);
        let outcome = world.check().run();
        outcome.lacks(BOGUS);
        outcome.shows("domain", "resolver-misjudges", "unknown");
        says(&outcome, "domain", MISJUDGES, &["127.0.0.53", "clock"]);
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        drop(unsigned);
        // Signed, and rightly.
        signed(&world, &key, (-3, 11));
        let registry = registry(&world, &key.ds());
        let outcome = world.check().run();
        outcome.lacks(BOGUS);
        outcome.shows("domain", MISJUDGES, "unknown");
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        // And for one question only.
        world
            .resolver
            .now("zahnfee.de", RecordType::ANY, Behaviour::Normal);
        let bogus = Behaviour::Bogus;
        world
            .resolver
            .now("xphone.zahnfee.de", RecordType::A, bogus);
        let outcome = world.check().run();
        outcome.lacks(BOGUS);
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        // It is right.
        world.servers(|ns| ns.replace("zahnfee.de", ZONE));
        breaks(&world.check().run(), "no-keys", &[]);
        drop(registry);
    });
}
