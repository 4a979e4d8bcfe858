//! Fixes that would contradict each other, and faults that must not hide others.

use super::*;

/// P7.1
#[test]
fn a_record_with_several_faults_is_written_out_once() {
    internet(|| {
        for (record, first, whole) in [
            (
                "5061 0 0 81.2.3.4.",
                "srv-target-is-address",
                "0 0 5061 xphone.zahnfee.de.",
            ),
            (
                "0 5061 1 xphone.zahnfee.de.zahnfee.de.",
                "srv-target-doubled",
                "0 0 5061 xphone.zahnfee.de.",
            ),
            (
                "0 0 443 https://xphone.zahnfee.de.",
                "srv-target-malformed",
                "0 0 5061 xphone.zahnfee.de.",
            ),
        ] {
            let record = format!("_sipfederationtls._tcp SRV {record}");
            let world = Internet::with_zone(&zone_with("SRV", &record));
            let outcome = open(world.check());
            let srv = outcome.step("srv")["findings"]
                .as_array()
                .expect("findings");
            let codes: Vec<&Value> = srv.iter().map(|finding| &finding["code"]).collect();
            assert_eq!(codes.len(), 2, "{codes:?}");
            assert_eq!(codes[0], first);
            assert!(
                fix(&outcome, "srv", first).contains(&format!("SRV {whole}")),
                "{outcome}"
            );
            let second = srv[1]["fix"].as_str().expect("a fix");
            assert!(second.contains(first), "{second}");
            assert!(!said(&outcome, "fix").contains("target stays"));
        }
    });
}

/// P7.2
#[test]
fn no_service_is_no_other_server() {
    internet(|| {
        let record = "_sipfederationtls._tcp SRV 0 0 0 .";
        let world = Internet::without_server(&zone_with("SRV", record));
        let _server = serving(expired(&world, FQDN), "81.2.3.4").start();
        let outcome = open(world.check().args(&["--fqdn", FQDN]));
        says_only(&outcome, &["srv-service-disabled", "cert-expired"]);
    });
}

/// P7.3
#[test]
fn teams_record_is_not_deleted_unasked() {
    internet(|| {
        let tenant = "_sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com.\n\
                      @ TXT \"MS=ms12345678\"\n\
                      lyncdiscover CNAME webdir.online.lync.com.";
        let world = Internet::without_server(&zone_with("SRV", tenant));
        let _server = serving(expired(&world, FQDN), "81.2.3.4").start();
        let outcome = open(world.check().args(&["--direct", "--fqdn", FQDN]));
        says_only(&outcome, &["srv-published-in-direct", "cert-expired"]);
        let fix = fix(&outcome, "srv", "srv-published-in-direct");
        assert!(fix.contains("Teams") && fix.contains("decides"), "{fix}");
        orders_no(&outcome, "Delete the SRV record");
    });
}

/// P7.4
#[test]
fn an_address_that_has_to_go_is_not_one_of_several() {
    internet(|| {
        let lines = "xphone A 192.168.178.20";
        let world = Internet::with_zone(&zone_with("nothing", lines));
        let outcome = open(world.check());
        says_only(&outcome, &["address-not-public"]);
        drop(world);
        // Two that are public, and one of them closed: both things are said.
        let world = Internet::with_zone(&zone_with("nothing", "xphone A 81.2.3.5"));
        says_only(
            &open(world.check()),
            &["address-several", "tcp-partly-open"],
        );
    });
}

/// P8.2
#[test]
fn a_near_miss_that_leads_to_microsoft_is_shown() {
    internet(|| {
        for name in [
            "_sipfederationtls._tls",
            "_sipfederationtls",
            "_sipfederationtls._tcp._tcp",
        ] {
            let record = format!("{name} SRV 100 1 5061 sipfed.online.lync.com.");
            let world = Internet::without_server(&zone_with("SRV", &record));
            let outcome = open(world.check());
            says_only(&outcome, &["srv-name-typo"]);
            let message = said(&outcome, "message");
            assert!(
                message.contains("sipfed.online.lync.com is Microsoft's"),
                "{message}"
            );
            let fix = fix(&outcome, "srv", "srv-name-typo");
            assert!(fix.starts_with("Do not move the record as it is"), "{fix}");
            assert_eq!(outcome.code, 1);
        }
        let sign_in = "_sip._tls SRV 100 1 443 sipdir.online.lync.com.";
        let world = Internet::without_server(&zone_with("SRV", sign_in));
        let outcome = open(world.check());
        says_only(&outcome, &["srv-missing"]);
        assert!(!said(&outcome, "fix").contains("sipdir"));
    });
}

/// P8.1
#[test]
fn broken_signatures_hide_nothing_behind_them() {
    internet(|| {
        for fqdn in [&[][..], &["--fqdn", FQDN]] {
            let world = Internet::without_server(ZONE);
            let _server = serving(expired(&world, FQDN), "81.2.3.4").start();
            world
                .resolver
                .now("zahnfee.de", RecordType::ANY, Behaviour::Bogus);
            let outcome = open(world.check().args(fqdn));
            says_only(&outcome, &["domain-dnssec-bogus", "cert-expired"]);
            assert_eq!(outcome.report()["fqdns"], serde_json::json!([FQDN]));
            outcome.stands("fail pass pass pass fail pass", "not-ready", 1);
        }
        // The record is missing at the servers: that is said beside it.
        let world = Internet::without_server(&zone_with("SRV", ""));
        let bogus = Behaviour::Bogus;
        world.resolver.now("zahnfee.de", RecordType::ANY, bogus);
        says_only(
            &open(world.check()),
            &["domain-dnssec-bogus", "srv-missing"],
        );
    });
}

/// P8.3
#[test]
fn a_lame_server_is_said_beside_what_is_worse() {
    internet(|| {
        let world = Internet::without_server(ZONE);
        let _server = serving(expired(&world, FQDN), "81.2.3.4").start();
        world
            .ns2
            .now("zahnfee.de", RecordType::ANY, Behaviour::Refused);
        let outcome = open(world.check());
        says_only(&outcome, &["authority-partly-fails", "cert-expired"]);
        let message = said(&outcome, "message");
        assert!(message.contains("ns2.provider.net (81.2.3.54"), "{message}");
        outcome.stands("warn pass pass pass fail pass", "not-ready", 1);
    });
}

/// P8.4
#[test]
fn a_server_of_yesterday_gives_an_address_of_its_own() {
    internet(|| {
        let first = ["ns1", "ns2"];
        for order in [first, ["ns2", "ns1"]] {
            let servers = order
                .map(|ns| format!("@ NS {ns}.provider.net.\n"))
                .concat();
            let zone = format!("{}{servers}", zone_with("@ NS", ""));
            let world = Internet::with_zone(&zone);
            let old = zone_with("SRV", "").replace("81.2.3.4\n", "81.2.3.5\n");
            world.ns2.replace("zahnfee.de", &old);
            let outcome = open(world.check());
            outcome
                .shows("domain", "domain-servers-disagree", "warn")
                .shows("tcp", "tcp-partly-open", "fail")
                .lacks("address-stale");
            assert_eq!(outcome.code, 1, "{order:?}: {outcome}");
        }
    });
}

/// The first line says what has to be done first, and is as wide as the rest.
#[test]
fn the_first_line_says_what_comes_first() {
    internet(|| {
        let record = "_sipfederationtls._tcp SRV 0 0 5060 xphone.zahnfee.de.zahnfee.de.";
        let world = Internet::without_server(&zone_with("SRV", record));
        let _server = serving(expired(&world, FQDN), "81.2.3.4").start();
        for (lang, first) in [
            (
                "en",
                "zahnfee.de is not ready: the SRV target has the domain twice (DNS admin); also: the certificate has expired",
            ),
            (
                "de",
                "zahnfee.de ist nicht bereit: SRV-Ziel enthält die Domäne doppelt (DNS-Admin); außerdem: Zertifikat ist abgelaufen",
            ),
        ] {
            let args = ["--format=table", "--lang", lang];
            let (code, table, _) = world.check().args(&args).text();
            assert_eq!(code, 1);
            let shown = table.split("\n\n").next().expect("a paragraph");
            let width = shown.lines().map(|line| line.chars().count()).max();
            assert!(width <= Some(80), "{shown}");
            assert_eq!(
                shown.split_whitespace().collect::<Vec<_>>().join(" "),
                first
            );
            let (_, quiet, _) = world.check().args(&args).arg("-q").text();
            assert_eq!(quiet.trim_end(), first, "one line a domain");
        }
    });
}

/// What the user lowered or accepted hides nothing that weighs more.
#[test]
fn what_is_lowered_is_no_cause() {
    internet(|| {
        let world = Internet::without_server(ZONE);
        let file = crate::stage::file("[severity]\ndomain-is-a-host = \"info\"\n");
        let run = world.check_domain(FQDN).arg("--config").arg(file.path());
        let outcome = open(run);
        outcome.shows("srv", "srv-missing", "fail");
        assert_eq!(outcome.code, 1);
    });
}

/// The zone's own servers are asked for near misses; a right record costs none of these questions.
#[test]
fn a_right_record_asks_for_no_near_miss() {
    internet(|| {
        let world = Internet::new();
        open(world.check()).stands(ALL_PASS, "ready", 0);
        for dns in [&world.ns1, &world.ns2, &world.resolver] {
            assert_eq!(
                dns.times_asked("_sipfederationtls.tcp.zahnfee.de", RecordType::SRV),
                0
            );
        }
    });
}
