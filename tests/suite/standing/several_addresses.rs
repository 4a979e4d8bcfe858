use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Weighted or load-balancing DNS: the first question gets this address, the next one the other.
fn by_turns(first: usize) -> Behaviour {
    let turn = AtomicUsize::new(first);
    Behaviour::forged(move |answer| {
        if answer.answers.len() == 2 {
            answer
                .answers
                .remove(turn.fetch_add(1, Ordering::SeqCst) % 2);
        }
    })
}

#[test]
fn by_turns_all_are_met() {
    internet(|| {
        let two = format!("{ZONE}xphone A 81.2.3.5\n");
        for first in [0, 1] {
            let world = Internet::with_zone(&two);
            let _other = world.tls("81.2.3.5").start();
            for (dns, first) in [
                (&world.ns1, first),
                (&world.ns2, 1 - first),
                (&world.resolver, 0),
            ] {
                dns.now("xphone.zahnfee.de", RecordType::A, by_turns(first));
            }
            let outcome = world.check().run();
            outcome.lacks("address-stale");
            says(
                &outcome,
                "domain",
                "domain-servers-disagree",
                &["81.2.3.4", "81.2.3.5", "load"],
            );
            // The two servers of this world have a certificate each.
            outcome.stands("warn pass pass pass warn pass", "ready-with-warnings", 0);
            let endpoints = outcome.report()["facts"]["endpoints"]
                .as_array()
                .expect("some");
            assert_eq!(endpoints.len(), 2, "{outcome}");
        }
    });
}

/// Whichever server is named first: the other one's address is as good, and as dead.
#[test]
fn by_server_none_may_be_dead() {
    internet(|| {
        let swapped = "@ NS ns2.provider.net.\n@ NS ns1.provider.net.";
        for zone in [ZONE.to_owned(), zone_with(" NS ", swapped)] {
            let world = Internet::with_zone(&zone);
            let other = zone.replace("xphone A 81.2.3.4", "xphone A 81.2.3.5");
            world.ns1.replace("zahnfee.de", &other);
            let outcome = world.check().run();
            says(&outcome, "tcp", "tcp-partly-open", &["81.2.3.5"]);
            outcome.lacks("address-stale");
            assert_eq!(outcome.report()["verdict"], "not-ready", "{outcome}");
        }
    });
}

/// A server of yesterday: it lacks the SRV record, and has an address that is gone.
#[test]
fn a_server_that_lags_behind() {
    internet(|| {
        let swapped = "@ NS ns2.provider.net.\n@ NS ns1.provider.net.";
        for zone in [ZONE.to_owned(), zone_with(" NS ", swapped)] {
            let world = Internet::with_zone(&zone);
            let old = zone.replace("xphone A 81.2.3.4", "xphone A 81.2.3.5");
            let old: Vec<&str> = old.lines().filter(|line| !line.contains("SRV")).collect();
            world.ns2.replace("zahnfee.de", &old.join("\n"));
            let outcome = world.check().run();
            outcome.shows("domain", "domain-servers-disagree", "warn");
            says(&outcome, "tcp", "tcp-partly-open", &["81.2.3.5"]);
            outcome.lacks("address-stale").lacks("srv-missing");
            assert_eq!(outcome.report()["verdict"], "not-ready", "{outcome}");
        }
    });
}

/// Different SRV records: what the second server says is what half of the partners get.
#[test]
fn a_server_with_another_record() {
    internet(|| {
        for first in [true, false] {
            let world = Internet::new();
            let other = zone_with("SRV", "_sipfederationtls._tcp SRV 0 0 5060 xphone");
            let ns = if first { &world.ns1 } else { &world.ns2 };
            ns.replace("zahnfee.de", &other);
            let outcome = world.check().run();
            outcome.shows("srv", "srv-wrong-port", "fail");
            outcome.shows("domain", "domain-servers-disagree", "warn");
        }
    });
}

/// The proxy's is one too many: the right one is there.
#[test]
fn beside_the_right_one_that_of_a_web_proxy() {
    internet(|| {
        let world = Internet::with_zone(&format!("{ZONE}xphone A 104.16.1.1\n"));
        let outcome = world.check().run();
        let finding = outcome.finding("address", "address-behind-cdn");
        let fix = finding["fix"].as_str().expect("a text");
        assert!(fix.contains("Delete") && fix.contains("81.2.3.4"), "{fix}");
        assert!(!fix.contains("DNS only"), "{fix}");
        drop(world);
        let world = Internet::without_server(&zone_with("xphone A", "xphone A 104.16.1.1"));
        says(
            &world.check().run(),
            "address",
            "address-behind-cdn",
            &["DNS only"],
        );
    });
}

/// A resolver may make it up for its own network; the zone must not publish it.
#[test]
fn an_address_that_only_a_translation_leads_to() {
    internet(|| {
        let aaaa = "xphone AAAA 64:ff9b::5102:304\n";
        let world = Internet::with_zone(&format!("{ZONE}{aaaa}"));
        let outcome = world.check().run();
        outcome.shows("address", "address-not-public", "warn");
        says(&outcome, "address", "address-not-public", &["NAT64"]);
        outcome.lacks("tcp-no-ipv6-here");
        assert_eq!(
            outcome.report()["verdict"],
            "ready-with-warnings",
            "{outcome}"
        );
        world.servers(|ns| ns.replace("zahnfee.de", ZONE));
        let outcome = world.check().run();
        outcome.lacks("address-not-public");
        assert_eq!(outcome.report()["verdict"], "ready", "{outcome}");
    });
}
