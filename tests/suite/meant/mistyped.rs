//! The record at a name or of a type that was not meant.

use super::*;

#[test]
fn srv_name_typo() {
    for typo in TYPOS {
        let stage = Stage::with_srv(&format!("{typo} SRV 0 0 5061 xphone"));
        let outcome = checked(&stage);
        outcome
            .shows("srv", "srv-name-typo", "fail")
            .lacks("srv-missing");
        let name = format!("{typo}.zahnfee.de");
        let args = &outcome.finding("srv", "srv-name-typo")["args"];
        assert_eq!(args["name"], name.as_str());
        assert_eq!(args["wait"], 5, "the negative TTL in minutes");
        let found = list(&outcome, "srv-name-typo", "found");
        assert_eq!(found, [format!("{name}. SRV 0 0 5061 xphone.zahnfee.de.")]);
        assert_eq!(list(&outcome, "srv-name-typo", "expected"), [SRV]);
        let verify = &outcome.finding("srv", "srv-name-typo")["verify"][0];
        assert_eq!(
            *verify,
            format!("nslookup -nosearch -type=SRV {name}.").as_str()
        );
        // Its target is probed: the admin sees that only the record is wrong.
        assert_eq!(outcome.report()["fqdns"], serde_json::json!([FQDN]));
        outcome.stands(ONLY_THE_RECORD, "not-ready", 1);
    }
}

#[test]
fn srv_owner_doubled() {
    let stage = Stage::with_srv("_sipfederationtls._tcp.zahnfee.de SRV 0 0 5061 xphone");
    let outcome = checked(&stage);
    outcome
        .shows("srv", "srv-owner-doubled", "fail")
        .lacks("srv-missing")
        .lacks("srv-name-typo");
    assert_eq!(
        list(&outcome, "srv-owner-doubled", "found"),
        ["_sipfederationtls._tcp.zahnfee.de.zahnfee.de. SRV 0 0 5061 xphone.zahnfee.de."]
    );
    assert_eq!(list(&outcome, "srv-owner-doubled", "expected"), [SRV]);
    outcome.stands(ONLY_THE_RECORD, "not-ready", 1);
}

/// A form that doubles the owner doubles the target just as well.
#[test]
fn owner_and_target_doubled() {
    let stage = Stage::with_srv("_sipfederationtls._tcp.zahnfee.de SRV 0 0 5061 xphone.zahnfee.de");
    let closed = Port::closed();
    let outcome = stage.check().connect_to_address(closed.address()).run();
    assert_eq!(list(&outcome, "srv-owner-doubled", "expected"), [SRV]);
    assert_eq!(outcome.report()["fqdns"], serde_json::json!([FQDN]));
    outcome.stands("pass pass fail fail skip skip", "not-ready", 1);
}

#[test]
fn srv_wrong_type() {
    const CANONICAL: &str = "_sipfederationtls._tcp";
    for (name, data, record, host) in [
        (
            CANONICAL,
            "TXT \"0 0 5061 srv1.zahnfee.de.\"",
            "TXT",
            "srv1",
        ),
        (CANONICAL, "TXT \"v=spf1 -all\"", "TXT", "xphone"),
        (CANONICAL, "A 81.2.3.4", "A", "xphone"),
        (CANONICAL, "CNAME srv1", "CNAME", "srv1"),
        (CANONICAL, "CNAME gone", "CNAME", "gone"),
        ("_sipfederationtls", "A 81.2.3.4", "A", "xphone"),
        ("_sipfederationtls", "TXT \"5061\"", "TXT", "xphone"),
        ("_sipfederationtls_tcp", "TXT \"5061\"", "TXT", "xphone"),
        ("_sipfederationtls_tcp", "A 81.2.3.4", "A", "xphone"),
        ("_sipfederationtls.tcp", "CNAME srv1", "CNAME", "srv1"),
    ] {
        let stage = Stage::with_srv(&format!("{name} {data}\nsrv1 A 81.2.3.4"));
        let outcome = stage.check().nowhere().run();
        outcome
            .shows("srv", "srv-wrong-type", "fail")
            .lacks("srv-missing");
        let args = &outcome.finding("srv", "srv-wrong-type")["args"];
        assert_eq!(args["name"], format!("{name}.zahnfee.de").as_str());
        assert_eq!(args["record"], record, "{name} {data}");
        assert_eq!(
            list(&outcome, "srv-wrong-type", "expected"),
            [SRV.replace("xphone.", &format!("{host}."))]
        );
        let codes = outcome.codes();
        let count = codes.iter().filter(|code| code.starts_with("srv-")).count();
        assert_eq!(count, 1, "told once: {codes:?}");
        // The server that a text names is looked at, as with a name that is mistyped.
        if data.contains("srv1.zahnfee.de") {
            assert_eq!(
                outcome.report()["fqdns"],
                serde_json::json!(["srv1.zahnfee.de"])
            );
            outcome.stands("pass pass fail pass skip fail", "not-ready", 1);
        } else {
            outcome.stands(NO_RECORD, "not-ready", 1);
        }
    }
}

/// What such a record names is not always a server of the domain.
#[test]
fn a_record_of_another_type_names_something_else() {
    const TEAMS: &str = "sipfed.online.lync.com";
    for (data, microsoft) in [
        ("CNAME sipfed.online.lync.com.", true),
        ("TXT \"100 1 5061 sipfed.online.lync.com\"", true),
        ("CNAME www", false),
        ("CNAME @", false),
        ("CNAME xphone.elhada.es.", false),
        ("TXT \"0 0 5061 xphone.elhada.es.\"", false),
        ("TXT \"0 0 5061 mail.zahnfee.de.\"", false),
    ] {
        let zone = format!("_sipfederationtls._tcp {data}\nwww A 81.2.3.9");
        let outcome = Stage::with_srv(&zone).check().nowhere().run();
        outcome.shows("srv", "srv-wrong-type", "fail");
        assert_eq!(
            list(&outcome, "srv-wrong-type", "expected"),
            [SRV],
            "{data}"
        );
        let finding = outcome.finding("srv", "srv-wrong-type");
        let named: &[&str] = if microsoft { &[TEAMS] } else { &[] };
        assert_eq!(finding["args"]["microsoft"], serde_json::json!(named));
        let fix = finding["fix"].to_string();
        assert_eq!(
            fix.contains("decide who answers chat"),
            microsoft,
            "{data}: {fix}"
        );
        outcome.stands(NO_RECORD, "not-ready", 1);
    }
}

#[test]
fn an_alias_of_a_mistyped_name_that_leads_to_an_srv_record_is_a_typo() {
    let stage = Stage::with_srv("_sipfederationtls.tcp CNAME _fed\n_fed SRV 0 0 5061 xphone");
    let outcome = checked(&stage);
    outcome
        .shows("srv", "srv-name-typo", "fail")
        .lacks("srv-wrong-type")
        .stands(ONLY_THE_RECORD, "not-ready", 1);
}

#[test]
fn the_whole_record_is_expected() {
    for (record, fqdn, expected) in [
        ("10 5 5061 xphone", None, "10 5 5061 xphone"),
        ("10 5 5060 xphone", None, "0 0 5061 xphone"),
        ("5061 0 0 xphone", None, "0 0 5061 xphone"),
        ("0 0 5061 81.2.3.4.", None, "0 0 5061 xphone"),
        (
            "0 0 5061 https://xphone.zahnfee.de.",
            None,
            "0 0 5061 xphone",
        ),
        (
            "0 0 5061 other",
            Some("xphone.zahnfee.de"),
            "0 0 5061 xphone",
        ),
    ] {
        let stage = Stage::with_srv(&format!("_sipfederationtls.tcp SRV {record}"));
        let server = stage.server().start();
        let mut run = stage.check().connect_to(&server);
        if let Some(fqdn) = fqdn {
            run = run.args(&["--fqdn", fqdn]);
        }
        let outcome = run.run();
        assert_eq!(
            list(&outcome, "srv-name-typo", "expected"),
            [format!(
                "_sipfederationtls._tcp.zahnfee.de. SRV {expected}.zahnfee.de."
            )],
            "{record}"
        );
        assert_eq!(outcome.code, 1);
    }
}

/// Records for signing in to Microsoft stand beside many missing ones.
#[test]
fn what_signs_in_to_microsoft_was_not_meant_for_xphone() {
    for lines in [
        "_sip._tls SRV 100 1 443 sipdir.online.lync.com.",
        "_sip._tls SRV 0 0 0 .",
    ] {
        let stage = Stage::with_srv(lines);
        let outcome = stage.check().nowhere().run();
        outcome
            .shows("srv", "srv-missing", "fail")
            .lacks("srv-name-typo")
            .stands(NO_RECORD, "not-ready", 1);
    }
    // A partner at Microsoft mistyped it: their business, and the reason why they are not reached.
    let stage = Stage::with_srv("_sipfederationtls.tcp SRV 100 1 5061 sipfed.online.lync.com.");
    let server = stage.server().start();
    let run = stage.check().connect_to(&server).arg("--partner");
    let outcome = run.run();
    outcome.shows("srv", "srv-name-typo", "fail");
    assert_eq!(outcome.code, 1);
}
