//! Wildcards, which answer to every name.

use std::sync::atomic::{AtomicU8, Ordering};

use hickory_resolver::proto::rr::RData;
use hickory_resolver::proto::rr::rdata::A;

use super::*;
#[cfg(target_os = "linux")]
use crate::internet::{Internet, internet, zone_with};

/// What only a wildcard answers was put there by nobody.
#[test]
fn a_wildcard_is_no_near_miss() {
    for lines in [
        "* A 81.2.3.9",
        "* TXT \"v=spf1 -all\"",
        "* MX 10 mail",
        "* CNAME www\nwww A 81.2.3.9",
        "* CNAME gone",
        "*._tcp TXT \"anything\"",
        // Something below _tcp keeps the wildcard away from the record's own name.
        "* SRV 0 0 5061 xphone\n_other._tcp TXT \"x\"",
        "*._tcp CNAME www\nwww A 81.2.3.9\n* A 81.2.3.9",
    ] {
        let stage = Stage::with_srv(lines);
        let outcome = stage.check().nowhere().run();
        outcome.shows("srv", "srv-missing", "fail");
        for code in ["srv-name-typo", "srv-owner-doubled", "srv-wrong-type"] {
            let shown = outcome.to_string();
            assert!(!outcome.codes().contains(&code), "{lines}: {shown}");
        }
        outcome.stands(NO_RECORD, "not-ready", 1);
    }
}

#[test]
fn a_near_miss_beside_a_wildcard_is_found() {
    for lines in [
        "* A 81.2.3.9\n_sipfederationtls.tcp SRV 0 0 5061 xphone",
        "* CNAME www\nwww A 81.2.3.9\n_sipfederationtls.tcp SRV 0 0 5061 xphone",
    ] {
        let outcome = checked(&Stage::with_srv(lines));
        outcome
            .shows("srv", "srv-name-typo", "fail")
            .stands(ONLY_THE_RECORD, "not-ready", 1);
    }
    let stage = Stage::with_srv("* A 81.2.3.9\n_sipfederationtls._tcp A 81.2.3.4");
    let outcome = stage.check().nowhere().run();
    outcome
        .shows("srv", "srv-wrong-type", "fail")
        .stands(NO_RECORD, "not-ready", 1);
}

/// Another address with each answer, as a load balancer or a network that makes up addresses gives it.
#[test]
fn a_wildcard_that_gives_its_addresses_by_turns_is_no_near_miss() {
    let stage = Stage::with_srv("* A 81.2.3.9");
    stage.dns.now("zahnfee.de", RecordType::A, by_turns());
    let outcome = stage.check().nowhere().run();
    outcome
        .shows("srv", "srv-missing", "fail")
        .lacks("srv-wrong-type")
        .stands(NO_RECORD, "not-ready", 1);
}

/// The record leads to a mistyped name, and 5061 is closed wherever that leads: it is told once.
#[cfg(target_os = "linux")]
#[test]
fn a_name_from_such_a_wildcard_is_told_once() {
    internet(|| {
        let zone = zone_with(
            "SRV",
            "_sipfederationtls._tcp SRV 0 0 5061 xphon\n* A 81.2.3.9",
        );
        let world = Internet::with_zone(&zone);
        let turns = by_turns();
        for dns in [&world.ns1, &world.ns2, &world.resolver] {
            dns.now("xphon.zahnfee.de", RecordType::A, turns.clone());
        }
        for dns in [&world.ns1, &world.ns2] {
            dns.now("zahnfee.de", RecordType::A, turns.clone());
        }
        let outcome = world.check().run();
        outcome.shows("address", "address-from-wildcard", "fail");
        outcome.lacks("tcp-refused");
    });
}

fn by_turns() -> Behaviour {
    let turn = AtomicU8::new(0);
    Behaviour::forged(move |answer| {
        for record in &mut answer.answers {
            let last = 52 + turn.fetch_add(1, Ordering::Relaxed) % 4;
            if record.record_type() == RecordType::A {
                record.data = RData::A(A::new(81, 2, 3, last));
            }
        }
    })
}

#[test]
fn domain_wildcard_dns() {
    for (lines, answer) in [
        ("* A 81.2.3.9", "81.2.3.9"),
        ("* CNAME www\nwww A 81.2.3.9", "CNAME www.zahnfee.de"),
        ("* CNAME gone", "CNAME gone.zahnfee.de"),
    ] {
        let stage = Stage::with_zone(&format!("{ZONE}\n{lines}"));
        let outcome = checked(&stage);
        let args = &outcome.finding("domain", "domain-wildcard-dns")["args"];
        assert_eq!(args["answer"], serde_json::json!([answer]));
        outcome
            .shows("domain", "domain-wildcard-dns", "info")
            .lacks("address-from-wildcard")
            .stands(ALL_PASS, "ready", 0);
    }
    for lines in ["", "* TXT \"v=spf1 -all\"", "*.sub A 81.2.3.9"] {
        let stage = Stage::with_zone(&format!("{ZONE}\n{lines}"));
        checked(&stage).lacks("domain-wildcard-dns");
    }
}

/// Some resolvers answer for names that do not exist, with their operator's advertisements.
#[test]
fn a_resolver_that_invents_answers_makes_no_wildcard() {
    let stage = Stage::with_zone(&format!("{ZONE}\n* A 81.2.3.9"));
    let authority = Dns::zone("zahnfee.de", ZONE);
    let server = stage.server().start();
    let run = stage.check().connect_to(&server).arg("--authority");
    let outcome = run.arg(authority.address().to_string()).run();
    outcome
        .lacks("domain-wildcard-dns")
        .stands(ALL_PASS, "ready", 0);
}

#[test]
fn address_from_wildcard() {
    for (zone, found) in [
        ("* A 81.2.3.4", true),
        ("* CNAME www\nwww A 81.2.3.4", true),
        // A record of its own, with the same address and with another one.
        ("* A 81.2.3.4\nxphone A 81.2.3.4", false),
        ("* A 81.2.3.9\nxphone A 81.2.3.4", false),
    ] {
        let stage = Stage::with_zone(&format!(
            "@ MX 10 mail\nmail A 81.2.3.5\n_sipfederationtls._tcp SRV 0 0 5061 xphone\n{zone}"
        ));
        let outcome = checked(&stage);
        outcome.shows("domain", "domain-wildcard-dns", "info");
        if found {
            let args = &outcome.finding("address", "address-from-wildcard")["args"];
            assert_eq!(args["fqdn"], FQDN);
            assert_eq!(args["addresses"], serde_json::json!(["81.2.3.4"]));
            outcome
                .shows("address", "address-from-wildcard", "warn")
                .stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
        } else {
            outcome
                .lacks("address-from-wildcard")
                .stands(ALL_PASS, "ready", 0);
        }
    }
}

#[test]
fn the_domain_itself_is_from_no_wildcard() {
    let stage = Stage::with_zone(
        "@ MX 10 mail\n@ A 81.2.3.4\n* A 81.2.3.4\n_sipfederationtls._tcp SRV 0 0 5061 @",
    );
    let server =
        crate::stage::demanding(stage.authority.certificate("zahnfee.de").rsa().issue()).start();
    stage
        .meets(&server)
        .lacks("address-from-wildcard")
        .stands(ALL_PASS, "ready", 0);
}
