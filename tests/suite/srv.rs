//! Step 3, the SRV record.

use crate::stage::{ALL_PASS, FQDN, Stage, demanding};

/// One record of this priority, weight, port and target; its FQDN is published nowhere.
fn with_record(record: &str) -> Stage {
    Stage::with_zone(&format!(
        "@ MX 10 mail\n_sipfederationtls._tcp SRV {record}\n"
    ))
}

#[test]
fn srv_missing() {
    // NXDOMAIN, and NODATA where something stands below the name.
    for lines in ["", "a._sipfederationtls._tcp TXT \"nothing\""] {
        let stage = Stage::with_srv(lines);
        let outcome = stage.check().nowhere().run();
        outcome.shows("srv", "srv-missing", "fail");
        assert_eq!(
            outcome.finding("srv", "srv-missing")["args"]["wait"],
            5,
            "the negative TTL in minutes"
        );
        assert_eq!(outcome.step("address")["needs"], "srv");
        outcome.stands("pass skip fail skip skip skip", "not-ready", 1);
    }
}

#[test]
fn a_given_fqdn_does_not_wait_for_the_record() {
    let stage = Stage::with_srv("");
    let server = stage.server().start();
    let outcome = stage
        .check()
        .connect_to(&server)
        .args(&["--fqdn", FQDN])
        .run();
    outcome.shows("srv", "srv-missing", "fail").stands(
        "pass pass fail pass pass pass",
        "not-ready",
        1,
    );
}

#[test]
fn srv_service_disabled() {
    let outcome = with_record("0 0 0 .").check().nowhere().run();
    outcome
        .shows("srv", "srv-service-disabled", "fail")
        .lacks("srv-wrong-port")
        .stands("pass skip fail skip skip skip", "not-ready", 1);
}

#[test]
fn srv_target_doubled() {
    let outcome = with_record("0 0 5061 xphone.zahnfee.de")
        .check()
        .nowhere()
        .run();
    assert_eq!(
        outcome.finding("srv", "srv-target-doubled")["args"]["meant"],
        FQDN
    );
    outcome
        .shows("srv", "srv-target-doubled", "fail")
        .lacks("fqdn-too-deep")
        .stands("pass fail fail skip skip skip", "not-ready", 1);
}

#[test]
fn srv_target_is_address() {
    for target in ["81.2.3.4.", "81.2.3.4"] {
        let outcome = with_record(&format!("0 0 5061 {target}"))
            .check()
            .nowhere()
            .run();
        assert_eq!(
            outcome.finding("srv", "srv-target-is-address")["args"]["address"],
            "81.2.3.4"
        );
        outcome
            .shows("srv", "srv-target-is-address", "fail")
            .stands("pass skip fail skip skip skip", "not-ready", 1);
    }
}

#[test]
fn srv_target_malformed() {
    for target in [
        "srvxp01.",
        "https://xphone.zahnfee.de.",
        "xphone.zahnfee.de:5061.",
        "_sipfederationtls._tcp.zahnfee.de.",
    ] {
        let outcome = with_record(&format!("0 0 5061 {target}"))
            .check()
            .nowhere()
            .run();
        outcome.shows("srv", "srv-target-malformed", "fail").stands(
            "pass skip fail skip skip skip",
            "not-ready",
            1,
        );
    }
}

/// Without it, the form appends the zone, and the record leads nowhere.
#[test]
fn the_final_dot_of_microsofts_name_is_missing() {
    let stage = Stage::with_srv("_sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com");
    let outcome = stage.check().nowhere().run();
    outcome
        .shows("srv", "srv-target-malformed", "fail")
        .lacks("fqdn-not-found")
        .lacks("srv-points-to-microsoft")
        .stands("pass skip fail skip skip skip", "not-ready", 1);
    let finding = outcome.finding("srv", "srv-target-malformed").to_string();
    for words in [
        "sipfed.online.lync.com.zahnfee.de is Microsoft's name sipfed.online.lync.com with the zone appended",
        "the final dot is missing",
        "enter the target with a dot at its end: sipfed.online.lync.com.",
        "_sipfederationtls._tcp.zahnfee.de. SRV 100 1 5061 xphone.zahnfee.de.",
    ] {
        assert!(finding.contains(words), "no {words:?} in {finding}");
    }
    let outcome = stage.check().nowhere().arg("--partner").run();
    outcome.shows("srv", "srv-target-malformed", "fail");
}

#[test]
fn srv_wrong_port() {
    for (port, used_for) in [
        (5060, "sip"),
        (443, "sign-in"),
        (5269, "xmpp"),
        (5062, "other"),
    ] {
        let stage = Stage::with_srv(&format!("_sipfederationtls._tcp SRV 0 0 {port} xphone"));
        let server = stage.server().start();
        let outcome = stage.meets(&server);
        outcome.shows("srv", "srv-wrong-port", "fail");
        assert_eq!(
            outcome.finding("srv", "srv-wrong-port")["args"]["use"],
            used_for
        );
        // The port connected to stays 5061: only the record is wrong.
        outcome.stands("pass pass fail pass pass pass", "not-ready", 1);
    }
}

#[test]
fn srv_fields_swapped() {
    for record in ["5061 0 0 xphone", "0 5061 1 xphone", "5061 0 100 xphone"] {
        let stage = Stage::with_srv(&format!("_sipfederationtls._tcp SRV {record}"));
        let server = stage.server().start();
        let outcome = stage.meets(&server);
        outcome
            .shows("srv", "srv-fields-swapped", "fail")
            .lacks("srv-wrong-port")
            .stands("pass pass fail pass pass pass", "not-ready", 1);
    }
}

const CLOUDS: [(&str, &str); 4] = [
    ("sipfed.online.lync.com.", "worldwide"),
    ("sipfed.online.gov.skypeforbusiness.us.", "gcc-high"),
    ("SIPFED.online.dod.skypeforbusiness.us.", "dod"),
    ("sipfed.online.partner.lync.cn.", "china"),
];

#[test]
fn srv_points_to_microsoft() {
    for (edge, cloud) in CLOUDS {
        let outcome = with_record(&format!("100 1 5061 {edge}"))
            .check()
            .nowhere()
            .run();
        let finding = outcome.finding("srv", "srv-points-to-microsoft");
        assert_eq!(finding["args"]["cloud"], cloud);
        assert_eq!(finding["args"]["own_domain"], "xphone.zahnfee.de");
        let fix = finding["fix"].as_str().expect("a fix");
        for said in [
            "Variant 1",
            "Variant 2",
            "Variant 3",
            "_sipfederationtls._tcp.xphone.zahnfee.de",
        ] {
            assert!(fix.contains(said), "{fix}");
        }
        outcome
            .shows("srv", "srv-points-to-microsoft", "fail")
            .lacks("fqdn-foreign-domain")
            .stands("pass skip fail skip skip skip", "not-ready", 1);
    }
}

#[test]
fn a_partner_may_live_at_microsoft() {
    let stage = with_record("100 1 5061 sipfed.online.lync.com.");
    let server = demanding(
        stage
            .authority
            .certificate("sipfed.online.lync.com")
            .rsa()
            .issue(),
    )
    .start();
    let outcome = stage.check().connect_to(&server).arg("--partner").run();
    outcome.shows("srv", "srv-points-to-microsoft", "info");
    outcome.shows("address", "fqdn-foreign-domain", "info");
    // The world does not know Microsoft's address: the edge is probed like any other.
    outcome.stands("pass fail pass pass pass pass", "not-ready", 1);
}

#[test]
fn a_name_that_only_looks_like_microsofts_is_not() {
    let outcome = with_record("0 0 5061 sip.notlync.com.")
        .check()
        .nowhere()
        .run();
    outcome
        .lacks("srv-points-to-microsoft")
        .shows("address", "fqdn-foreign-domain", "fail");
}

#[test]
fn srv_mixed_platforms() {
    let stage = Stage::with_srv(
        "_sipfederationtls._tcp SRV 0 0 5061 xphone\n_sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com.",
    );
    let server = stage.server().start();
    let outcome = stage.meets(&server);
    outcome
        .shows("srv", "srv-mixed-platforms", "fail")
        .lacks("srv-points-to-microsoft")
        .stands("pass pass fail pass pass pass", "not-ready", 1);
}

#[test]
fn srv_differs_from_fqdn() {
    let stage = Stage::with_srv("_sipfederationtls._tcp SRV 0 0 5061 xphone\nother A 81.2.3.9");
    let both = stage
        .authority
        .certificate(FQDN)
        .rsa()
        .names(&[FQDN, "other.zahnfee.de"])
        .issue();
    let server = demanding(both).start();
    let run = stage
        .check()
        .connect_to(&server)
        .args(&["--fqdn", "other.zahnfee.de"]);
    let outcome = run.run();
    outcome.shows("srv", "srv-differs-from-fqdn", "fail");
    assert_eq!(
        outcome.report()["fqdns"],
        serde_json::json!(["other.zahnfee.de", FQDN]),
        "both are probed"
    );
    assert_eq!(outcome.step("srv")["status"], "fail");
    assert_eq!(outcome.code, 1);
}

#[test]
fn srv_several() {
    let stage = Stage::with_srv(
        "_sipfederationtls._tcp SRV 10 0 5061 second\n_sipfederationtls._tcp SRV 0 0 5061 xphone\nsecond A 81.2.3.7",
    );
    let (first, second) = (
        stage.server().start(),
        demanding(
            stage
                .authority
                .certificate("second.zahnfee.de")
                .rsa()
                .issue(),
        )
        .start(),
    );
    let run = stage
        .check()
        .connect("81.2.3.4", first.address())
        .connect("81.2.3.7", second.address());
    let outcome = run.run();
    outcome.shows("srv", "srv-several", "info");
    assert_eq!(
        outcome.report()["fqdns"],
        serde_json::json!([FQDN, "second.zahnfee.de"]),
        "by priority"
    );
    outcome.stands(ALL_PASS, "ready", 0);
    assert_eq!(
        (first.connections(), second.connections()),
        (3, 3),
        "every target is probed"
    );
}

#[test]
fn srv_published_in_direct() {
    for (target, severity, statuses, verdict) in [
        ("xphone", "info", "pass pass skip pass pass pass", "ready"),
        (
            "other",
            "warn",
            "pass pass warn pass pass pass",
            "ready-with-warnings",
        ),
        (
            "sipfed.online.lync.com.",
            "warn",
            "pass pass warn pass pass pass",
            "ready-with-warnings",
        ),
    ] {
        let stage = Stage::with_srv(&format!("_sipfederationtls._tcp SRV 0 0 5061 {target}"));
        let server = stage.server().start();
        let outcome = stage
            .check()
            .connect_to(&server)
            .args(&["--direct", "--fqdn", FQDN])
            .run();
        outcome
            .shows("srv", "srv-published-in-direct", severity)
            .stands(statuses, verdict, 0);
    }
}

#[test]
fn a_cname_that_leads_to_an_srv_record_is_right() {
    let stage = Stage::with_srv("_sipfederationtls._tcp CNAME _fed\n_fed SRV 0 0 5061 xphone");
    let server = stage.server().start();
    stage.meets(&server).stands(ALL_PASS, "ready", 0);
}
