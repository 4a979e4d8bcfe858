//! Several faults at once: every cause is said, what follows from one is not, and no fix orders what
//! another makes useless. Each world is one of real addresses and ports.

use serde_json::Value;

use crate::internet::{Internet, ZONE, internet, zone_with};
use crate::stage::{ALL_PASS, FQDN, Outcome, Run, demanding};
use crate::world::server::Tls;
use crate::world::{Behaviour, ClientAuth, Identity, RecordType, Server, Sip};

/// Everything that weighs: code and severity, in order.
fn weighty(outcome: &Outcome) -> Vec<&str> {
    let steps = outcome.report()["steps"].as_array().expect("steps");
    let findings = steps
        .iter()
        .flat_map(|step| step["findings"].as_array().expect("findings"));
    findings
        .filter(|finding| finding["severity"] != "info")
        .map(|finding| finding["code"].as_str().expect("a code"))
        .collect()
}

#[track_caller]
fn says_only(outcome: &Outcome, codes: &[&str]) {
    assert_eq!(weighty(outcome), codes, "{outcome}");
}

/// All that is said of what weighs, and what is to be done.
fn said(outcome: &Outcome, field: &str) -> String {
    let steps = outcome.report()["steps"].as_array().expect("steps");
    let findings = steps
        .iter()
        .flat_map(|step| step["findings"].as_array().expect("findings"));
    let texts = findings.filter_map(|finding| finding[field].as_str());
    texts.collect::<Vec<_>>().join("\n")
}

/// No fix contains this.
#[track_caller]
fn orders_no(outcome: &Outcome, what: &str) {
    let fixes = said(outcome, "fix");
    assert!(!fixes.contains(what), "{what}:\n{fixes}");
}

#[track_caller]
fn fix<'a>(outcome: &'a Outcome, step: &str, code: &str) -> &'a str {
    outcome.finding(step, code)["fix"].as_str().expect("a fix")
}

fn expired(world: &Internet, name: &str) -> Identity {
    world
        .authority
        .certificate(name)
        .rsa()
        .valid(-93, -3)
        .issue()
}

fn serving(identity: Identity, address: &str) -> Tls {
    demanding(identity).listen(&format!("{address}:5061"))
}

/// A web server with this certificate.
fn web_server(identity: Identity, address: &str) -> Server {
    serving(identity, address)
        .client_auth(ClientAuth::Off)
        .sip(Sip::Http)
        .start()
}

fn open(run: Run) -> Outcome {
    run.arg("--lang=en").run()
}

/// P1.1
#[test]
fn a_doubled_target_needs_no_address() {
    internet(|| {
        let record = "_sipfederationtls._tcp SRV 0 0 5060 xphone.zahnfee.de.zahnfee.de.";
        let world = Internet::with_zone(&zone_with("SRV", record));
        let outcome = open(world.check());
        says_only(&outcome, &["srv-target-doubled", "srv-wrong-port"]);
        orders_no(&outcome, "zahnfee.de.zahnfee.de");
        let whole = "_sipfederationtls._tcp.zahnfee.de. SRV 0 0 5061 xphone.zahnfee.de.";
        assert!(fix(&outcome, "srv", "srv-target-doubled").contains(whole));
        assert!(fix(&outcome, "srv", "srv-wrong-port").contains("srv-target-doubled"));
        outcome.stands("pass pass fail pass pass pass", "not-ready", 1);
    });
}

/// P1.1, where a wildcard answers for the doubled name, and where the zone above was appended.
#[test]
fn a_doubled_target_is_doubled_under_a_wildcard_too() {
    internet(|| {
        let record =
            "_sipfederationtls._tcp SRV 0 0 5061 xphone.zahnfee.de.zahnfee.de.\n* A 81.2.3.99";
        let world = Internet::with_zone(&zone_with("SRV", record));
        let outcome = open(world.check());
        says_only(&outcome, &["srv-target-doubled"]);
        drop(world);
        let chat = "xphone.chat A 81.2.3.4\n\
                    _sipfederationtls._tcp.chat SRV 0 0 5061 xphone.chat.zahnfee.de.zahnfee.de.";
        let world = Internet::without_server(&zone_with("SRV", chat));
        let _server = world.tls_as("xphone.chat.zahnfee.de", "81.2.3.4").start();
        let outcome = open(world.check_domain("chat.zahnfee.de"));
        says_only(&outcome, &["srv-target-doubled"]);
        outcome.lacks("fqdn-foreign-domain").lacks("fqdn-not-found");
        orders_no(&outcome, "zahnfee.de.zahnfee.de");
    });
}

/// P1.2
#[test]
fn a_target_that_is_not_the_fqdn_gets_no_record() {
    internet(|| {
        let record = "_sipfederationtls.tcp SRV 0 0 5061 xphon";
        let world = Internet::with_zone(&zone_with("SRV", record));
        let outcome = open(world.check().args(&["--fqdn", FQDN]));
        says_only(&outcome, &["srv-name-typo"]);
        let message = said(&outcome, "message");
        assert!(
            message.contains("Nor is its target xphon.zahnfee.de the FQDN"),
            "{message}"
        );
        orders_no(&outcome, "xphon.zahnfee.de");
        outcome.stands("pass pass fail pass pass pass", "not-ready", 1);
    });
}

/// P1.2, where the record has the right name, and its target exists, or only by a wildcard.
#[test]
fn what_a_wrong_target_leads_to_is_not_to_be_mended() {
    internet(|| {
        for lines in ["", "alt A 81.2.3.99", "* A 81.2.3.99", "alt CNAME mail"] {
            let record = format!("_sipfederationtls._tcp SRV 0 0 5061 alt\n{lines}");
            let world = Internet::with_zone(&zone_with("SRV", &record));
            let outcome = open(world.check().args(&["--fqdn", FQDN]));
            says_only(&outcome, &["srv-differs-from-fqdn"]);
            orders_no(&outcome, "81.2.3.99");
            outcome.stands("pass pass fail pass pass pass", "not-ready", 1);
        }
        // Without a word from the user, what is closed stays said.
        let record = "_sipfederationtls._tcp SRV 0 0 5061 alt\nalt A 81.2.3.99";
        let world = Internet::with_zone(&zone_with("SRV", record));
        says_only(&open(world.check()), &["tcp-refused"]);
    });
}

/// The one that the record names is there, the one that the user gave is not: first compare.
#[test]
fn a_name_that_was_mistyped_gets_no_record() {
    internet(|| {
        let world = Internet::new();
        let outcome = open(world.check().args(&["--fqdn", "xpone.zahnfee.de"]));
        says_only(&outcome, &["srv-differs-from-fqdn"]);
        let fix = fix(&outcome, "srv", "srv-differs-from-fqdn");
        assert!(
            fix.starts_with("XPhone admin: Compare xpone.zahnfee.de letter by letter"),
            "{fix}"
        );
        // Where neither is there, either may be right.
        drop(world);
        let world = Internet::without_server(&zone_with("xphone A", ""));
        let outcome = open(world.check().args(&["--fqdn", "xpone.zahnfee.de"]));
        outcome.shows("address", "fqdn-not-found", "fail");
    });
}

/// P1.3
#[test]
fn a_name_that_only_the_record_knows_is_compared_first() {
    internet(|| {
        let record = "_sipfederationtls.tcp SRV 0 0 5061 xphon";
        let world = Internet::with_zone(&zone_with("SRV", record));
        let outcome = open(world.check());
        says_only(&outcome, &["fqdn-not-found", "srv-name-typo"]);
        let fix = fix(&outcome, "address", "fqdn-not-found");
        assert!(
            fix.starts_with("Compare xphon.zahnfee.de letter by letter"),
            "{fix}"
        );
        // The user's word is enough: the record is offered at once.
        let outcome = open(world.check().args(&["--fqdn", "xphon.zahnfee.de"]));
        let fix = outcome.finding("address", "fqdn-not-found")["fix"].to_string();
        assert!(
            fix.starts_with("\"Create in public DNS") && fix.contains("xphon.zahnfee.de. A <"),
            "{fix}"
        );
    });
}

/// P1.4
#[test]
fn of_two_records_the_one_that_is_meant_is_named() {
    internet(|| {
        let second = "_sipfederationtls._tcp SRV 10 0 5060 xphon";
        let world = Internet::with_zone(&zone_with("nothing", second));
        let outcome = open(world.check());
        says_only(&outcome, &["fqdn-not-found", "srv-wrong-port"]);
        let target = fix(&outcome, "address", "fqdn-not-found");
        assert!(target.contains("or delete that record"), "{target}");
        let port = fix(&outcome, "srv", "srv-wrong-port");
        assert!(port.contains("SRV 10 0 5061 xphon.zahnfee.de."), "{port}");
        assert_eq!(outcome.code, 1);
    });
}

#[test]
fn what_must_stay_of_targets() {
    internet(|| {
        // The FQDN alone does not exist.
        let world = Internet::without_server(&zone_with("xphone A", ""));
        let outcome = open(world.check());
        says_only(&outcome, &["fqdn-not-found"]);
        let fix = fix(&outcome, "address", "fqdn-not-found");
        assert!(fix.contains("xphone.zahnfee.de. A <"), "{fix}");
        drop(world);
        // A near miss whose target is right, beside a wildcard.
        let record = "_sipfederationtls.tcp SRV 0 0 5061 xphone\n* A 81.2.3.99";
        let world = Internet::with_zone(&zone_with("SRV", record));
        says_only(&open(world.check()), &["srv-name-typo"]);
    });
}

/// P2.1 and P2.2
#[test]
fn below_the_server_no_record_is_ordered() {
    internet(|| {
        let world = Internet::without_server(ZONE);
        let outcome = open(world.check_domain(FQDN));
        says_only(&outcome, &["domain-is-a-host"]);
        assert_eq!(outcome.step("srv")["needs"], "domain");
        orders_no(&outcome, "xphone.xphone");
        outcome.stands("fail skip skip skip skip skip", "not-ready", 1);
        let run = world.check_domain(FQDN).args(&["--fqdn", FQDN]);
        says_only(&open(run), &["domain-is-a-host", "tcp-refused"]);
        let _server = serving(expired(&world, FQDN), "81.2.3.4").start();
        let run = world.check_domain(FQDN).args(&["--fqdn", FQDN]);
        says_only(&open(run), &["domain-is-a-host", "cert-expired"]);
    });
}

/// P2.3
#[test]
fn a_domain_that_does_not_exist_is_said_alone() {
    internet(|| {
        let world = Internet::new();
        let outcome = open(world.check_domain("zahn-fee.de").args(&["--fqdn", FQDN]));
        says_only(&outcome, &["domain-not-found"]);
        let message = said(&outcome, "message");
        assert!(
            message.contains("The FQDN given lies in zahnfee.de"),
            "{message}"
        );
        assert_eq!(outcome.step("srv")["needs"], "domain");
        assert_eq!(outcome.code, 1);
        // What is wrong in itself stays.
        drop(world);
        let outcome = open(
            Internet::without_server(ZONE)
                .check_domain("zahn-fee.de")
                .args(&["--fqdn", FQDN]),
        );
        says_only(&outcome, &["domain-not-found", "tcp-refused"]);
    });
}

/// P2.4
#[test]
fn no_certificate_for_a_name_that_must_not_be_used() {
    internet(|| {
        let world = Internet::new();
        let company = "@ NS ns1.provider.net.\nxphone A 81.2.3.4";
        for dns in [&world.ns1, &world.ns2, &world.resolver] {
            dns.replace("zahnfee.com", company);
            dns.replace("zahnfee.de", &zone_with("SRV", ""));
        }
        let run = world
            .check()
            .args(&["--direct", "--fqdn", "xphone.zahnfee.com"]);
        let outcome = open(run);
        says_only(&outcome, &["fqdn-foreign-domain"]);
        orders_no(&outcome, "xphone.zahnfee.com");
        let message = said(&outcome, "message");
        assert!(message.contains("issued to xphone.zahnfee.de"), "{message}");
        assert_eq!(outcome.code, 1);
        // A name of the hoster's that does not exist, and one that is closed.
        for (target, codes) in [
            ("gone.zahnfee.com", &["fqdn-foreign-domain"][..]),
            ("mail.zahnfee.com", &["fqdn-foreign-domain", "tcp-refused"]),
        ] {
            let record = format!("_sipfederationtls._tcp SRV 0 0 5061 {target}.");
            for dns in [&world.ns1, &world.ns2, &world.resolver] {
                dns.replace("zahnfee.com", &format!("{company}\nmail A 81.2.3.99"));
                dns.replace("zahnfee.de", &zone_with("SRV", &record));
            }
            says_only(&open(world.check()), codes);
        }
    });
}

/// To the partner's own business nothing is tied that weighs more.
#[test]
fn in_the_partner_view_a_remark_is_no_cause() {
    internet(|| {
        let world = Internet::new();
        let record = "_sipfederationtls._tcp SRV 0 0 5061 chat.zahnfee.com.";
        for dns in [&world.ns1, &world.ns2, &world.resolver] {
            dns.replace("zahnfee.com", "@ NS ns1.provider.net.\nchat A 81.2.3.4");
            dns.replace("zahnfee.de", &zone_with("SRV", record));
        }
        let outcome = open(world.check().arg("--partner"));
        outcome.shows("address", "fqdn-foreign-domain", "info");
        says_only(&outcome, &["cert-name-mismatch"]);
        assert_eq!(outcome.code, 1);
    });
}

/// P3.1
#[test]
fn where_a_wildcard_leads_nothing_is_to_be_opened() {
    internet(|| {
        let record = "_sipfederationtls._tcp SRV 0 0 5061 xphon\n* A 81.2.3.99";
        let world = Internet::with_zone(&zone_with("SRV", record));
        let outcome = open(world.check());
        says_only(&outcome, &["address-from-wildcard"]);
        outcome.shows("address", "address-from-wildcard", "fail");
        assert_eq!(outcome.step("tcp")["needs"], "address");
        assert_eq!(outcome.step("federation")["needs"], "address");
        orders_no(&outcome, "81.2.3.99");
        outcome.stands("pass fail pass skip skip skip", "not-ready", 1);
        // A web server that happens to be there, and a mail server that says nothing.
        let identity = world.authority.certificate("www.zahnfee.de").rsa().issue();
        let server = web_server(identity, "81.2.3.99");
        let outcome = open(world.check());
        says_only(&outcome, &["address-from-wildcard"]);
        let message = said(&outcome, "message");
        assert!(message.contains("issued to www.zahnfee.de"), "{message}");
        assert_eq!(outcome.code, 1);
        drop(server);
        // The right server, though nobody gave it a name: as before.
        let _server = world.tls_as("xphon.zahnfee.de", "81.2.3.99").start();
        let outcome = open(world.check());
        outcome.shows("address", "address-from-wildcard", "warn");
        outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
    });
}

/// P3.1 beside a server that works.
#[test]
fn a_wildcard_behind_the_second_record() {
    internet(|| {
        let second = "_sipfederationtls._tcp SRV 10 0 5061 xphon\n* A 81.2.3.99";
        let world = Internet::with_zone(&zone_with("nothing", second));
        let outcome = open(world.check());
        says_only(&outcome, &["address-from-wildcard"]);
        outcome.stands("pass fail pass pass pass pass", "not-ready", 1);
    });
}

/// P3.2
#[test]
fn at_a_web_proxy_nothing_is_to_be_forwarded() {
    internet(|| {
        let lines = "_sipfederationtls._tcp SRV 0 0 443 xphone\nxphone A 104.16.1.1";
        let zone = zone_with("xphone", lines);
        let world = Internet::without_server(&zone);
        let outcome = open(world.check());
        says_only(&outcome, &["address-behind-cdn", "srv-wrong-port"]);
        orders_no(&outcome, "forward TCP 5061 from");
        assert_eq!(outcome.step("tcp")["needs"], "address");
        outcome.stands("pass fail fail skip skip skip", "not-ready", 1);
    });
}

/// P3.3 and P3.4
#[test]
fn a_web_server_on_the_port_needs_no_certificate() {
    internet(|| {
        let world = Internet::without_server(ZONE);
        let request = || world.authority.certificate("www.zahnfee.de").rsa();
        let both = ["www.zahnfee.de", "zahnfee.de"];
        for identity in [
            request().names(&both).issue(),
            request().names(&both).valid(-93, -3).issue(),
            request().names(&both).self_signed().issue(),
        ] {
            let server = web_server(identity, "81.2.3.4");
            let outcome = open(world.check());
            says_only(&outcome, &["sip-not-sip"]);
            let message = said(&outcome, "message");
            assert!(
                message.contains("issued to www.zahnfee.de, zahnfee.de"),
                "{message}"
            );
            orders_no(&outcome, "Order");
            assert_eq!(outcome.step("certificate")["needs"], "federation");
            outcome.stands("pass pass pass pass skip fail", "not-ready", 1);
            drop(server);
        }
        // The right certificate: it may be XPhone's, and what is wrong with it is said.
        let right = world.authority.certificate(FQDN).rsa().issue();
        for (identity, codes) in [
            (right, &["sip-not-sip"][..]),
            (expired(&world, FQDN), &["cert-expired", "sip-not-sip"]),
        ] {
            let server = web_server(identity, "81.2.3.4");
            let outcome = open(world.check());
            says_only(&outcome, codes);
            outcome.lacks("mtls-not-requested");
            drop(server);
        }
    });
}

#[test]
fn a_wildcard_beside_a_name_of_its_own_is_a_remark() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("nothing", "* A 81.2.3.99"));
        let outcome = open(world.check());
        outcome.stands(ALL_PASS, "ready", 0);
    });
}

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
