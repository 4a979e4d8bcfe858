use super::*;
use crate::world::ZoneKey;

#[test]
fn fails() {
    internet(|| {
        for (behaviour, said) in [
            (Behaviour::Refused, "REFUSED"),
            (Behaviour::Servfail, "SERVFAIL"),
        ] {
            let world = Internet::new();
            let named = Dns::at("81.2.3.55").authoritative().always(behaviour);
            let outcome = world.check().args(&["--authority", "81.2.3.55"]).run();
            outcome.shows("domain", "domain-dns-broken", "fail");
            says(
                &outcome,
                "domain",
                "domain-dns-broken",
                &["81.2.3.55", said],
            );
            assert_eq!(outcome.report()["verdict"], "not-ready");
            drop(named);
        }
    });
}

/// It refers to the servers that the domain has today, as a server of the zone above does.
#[test]
fn refers_to_others() {
    internet(|| {
        let world = Internet::new();
        let above = "zahnfee NS ns1.provider.net.";
        let _named = Dns::at("81.2.3.55").authoritative().and_zone("de", above);
        let outcome = world.check().args(&["--authority", "81.2.3.55"]).run();
        says(&outcome, "domain", "domain-dns-broken", &["81.2.3.55"]);
        is_never_ready(&outcome);
    });
}

#[test]
fn is_silent() {
    internet(|| {
        let world = Internet::new();
        for fqdn in [&[][..], &["--fqdn", "xphone.zahnfee.de"]] {
            let run = world.check().args(&["--authority", "81.2.3.55"]).args(fqdn);
            let outcome = run.arg("--timeout=500ms").run();
            outcome.shows("domain", "authority-unreachable", "unknown");
            says(&outcome, "domain", "authority-unreachable", &["81.2.3.55"]);
            assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        }
    });
}

#[test]
fn has_the_zone_without_the_record() {
    internet(|| {
        let world = Internet::new();
        let _named = Dns::at("81.2.3.55")
            .authoritative()
            .and_zone("zahnfee.de", &zone_with("SRV", ""));
        let outcome = world.check().args(&["--authority", "81.2.3.55"]).run();
        outcome.shows("srv", "srv-missing", "fail");
    });
}

/// The zone that it serves may begin above the domain.
#[test]
fn serves_the_zone_above() {
    internet(|| {
        let zone = "xphone.chat A 81.2.3.4\n_sipfederationtls._tcp.chat SRV 0 0 5061 xphone.chat";
        let world = Internet::without_server(&zone_with("SRV", zone));
        let _server = world.tls_as("xphone.chat.zahnfee.de", "81.2.3.4").start();
        let run = world.check_domain("chat.zahnfee.de");
        let outcome = run.args(&["--authority", "81.2.3.53"]).run();
        is_ready(&outcome);
    });
}

const NS: &str = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";

/// Whether the first lines say that signatures were not looked at.
fn leaves_signatures_out(outcome: &Outcome) -> bool {
    let lines = outcome.report()["reservations"].to_string();
    lines.contains("Signatures (DNSSEC) were not looked at")
}

/// A new provider that has the zone of ns1, signed with this key for these days.
fn named(key: Option<&ZoneKey>, days: (i64, i64)) -> Dns {
    let named = Dns::at("81.2.3.55")
        .authoritative()
        .and_zone("zahnfee.de", ZONE);
    if let Some(key) = key {
        named.sign("zahnfee.de", key, days);
    }
    named
}

/// The keys that are announced today are those that it has to sign with.
#[test]
fn signs_as_the_zone_above_announces() {
    internet(|| {
        let key = ZoneKey::of("zahnfee.de");
        let other = ZoneKey::of("zahnfee.de");
        for (by, days, why) in [
            (Some(&key), (-3, 11), None),
            (Some(&key), (-30, -2), Some("expired")),
            (Some(&other), (-3, 11), Some("other-keys")),
            (None, (-3, 11), Some("no-keys")),
        ] {
            let world = Internet::new();
            let _registry = world.registry(&format!("{NS}\nzahnfee DS {}", key.ds()));
            let named = named(by, days);
            let outcome = world.check().args(&["--authority", "81.2.3.55"]).run();
            assert!(!leaves_signatures_out(&outcome), "{outcome}");
            let Some(why) = why else {
                is_ready(&outcome);
                let signing = &outcome.report()["facts"]["zone"]["signing"];
                assert_eq!(signing["announced"][0], key.tag(), "{signing}");
                continue;
            };
            outcome.shows("domain", "domain-dnssec-bogus", "fail");
            let finding = outcome.finding("domain", "domain-dnssec-bogus");
            assert_eq!(finding["args"]["why"], why, "{outcome}");
            assert_eq!(outcome.code, 1, "{outcome}");
            drop(named);
        }
    });
}

/// One record of all has a wrong signature.
#[test]
fn has_changed_a_record_since_it_was_signed() {
    internet(|| {
        let world = Internet::new();
        let key = ZoneKey::of("zahnfee.de");
        let _registry = world.registry(&format!("{NS}\nzahnfee DS {}", key.ds()));
        let named = named(Some(&key), (-3, 11));
        named.add("zahnfee.de", "_sipfederationtls._tcp SRV 9 9 5061 xphone");
        let outcome = world.check().args(&["--authority", "81.2.3.55"]).run();
        let finding = outcome.finding("domain", "domain-dnssec-bogus");
        assert_eq!(finding["args"]["why"], "wrong", "{outcome}");
        assert_eq!(outcome.code, 1, "{outcome}");
    });
}

/// Without the keys that are announced, what it signs proves nothing; that is said where all else is
/// right.
#[test]
fn signs_with_what_nobody_can_compare() {
    internet(|| {
        for by in [None, Some(Behaviour::Silent), Some(Behaviour::Refused)] {
            let world = Internet::new();
            let registry = by.map(|behaviour| {
                let registry = world.registry(NS);
                registry.now(".", RecordType::ANY, behaviour);
                registry
            });
            let _named = named(None, (-3, 11));
            let outcome = world.check().args(&["--authority", "81.2.3.55"]).run();
            is_ready(&outcome);
            assert!(leaves_signatures_out(&outcome), "{outcome}");
            drop(registry);
        }
    });
}

/// Nobody announces keys for a domain that is handed on to nobody yet, nor for one without them.
#[test]
fn has_a_domain_without_announced_keys() {
    internet(|| {
        for delegation in ["", NS] {
            let world = Internet::new();
            let _registry = world.registry(delegation);
            let _named = named(None, (-3, 11));
            let outcome = world.check().args(&["--authority", "81.2.3.55"]).run();
            is_ready(&outcome);
            assert!(!leaves_signatures_out(&outcome), "{outcome}");
        }
    });
}

/// It serves a part of a signed zone as a zone of its own, which is not handed on to it yet.
#[test]
fn has_a_part_that_is_not_delegated_yet() {
    internet(|| {
        let world = Internet::new();
        let key = ZoneKey::of("zahnfee.de");
        world.servers(|ns| ns.sign("zahnfee.de", &key, (-3, 11)));
        let _registry = world.registry(&format!("{NS}\nzahnfee DS {}", key.ds()));
        let chat = "$TTL 300\n@ NS ns3.provider.net.\n@ MX 10 mail\nxphone A 81.2.3.5\n\
                    _sipfederationtls._tcp SRV 0 0 5061 xphone\n";
        let _server = world.tls_as("xphone.chat.zahnfee.de", "81.2.3.5").start();
        let _named = Dns::at("81.2.3.55")
            .authoritative()
            .and_zone("chat.zahnfee.de", chat);
        world.resolver.replace("chat.zahnfee.de", chat);
        let run = world.check_domain("chat.zahnfee.de");
        let outcome = run.args(&["--authority", "81.2.3.55"]).run();
        is_ready(&outcome);
        assert!(leaves_signatures_out(&outcome), "{outcome}");
    });
}
