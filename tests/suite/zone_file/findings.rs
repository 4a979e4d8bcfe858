//! What is wrong in a zone is found in its file, whoever wrote that.

use super::*;

#[test]
fn a_file_that_is_right() {
    all(&format!("{HOST}{RECORD}"), 0, ["pass", "pass", "pass"], &[]);
    // In full, with the dots where they belong.
    let full = "xphone.zahnfee.de. 300 IN A 81.2.3.4\n\
                _SIPFederationTLS._tcp.Zahnfee.DE. IN SRV ( 10 0\n  5061 ; port\n XPhone.zahnfee.de. )\n";
    all(full, 0, ["pass", "pass", "pass"], &[]);
    for (kind, file) in files(&format!("{HOST}{RECORD}")) {
        let said = judge(&file, &["zahnfee.de", "--lang", "en"]);
        assert_eq!(said.json["verdict"], "ready", "{kind}");
        let headline = "zahnfee.de: this zone file is right for federation";
        assert_eq!(said.json["headline"], headline, "never ready by itself");
        assert_eq!(said.json["scope"], "zone-file");
        let reservation = said.json["reservations"][0]
            .as_str()
            .expect("a reservation");
        assert!(
            reservation.contains("xfed check zahnfee.de"),
            "{reservation}"
        );
    }
}

#[test]
fn the_faults_of_step_3() {
    let fail = |code| [(code, "fail")];
    for (line, code) in [
        // No dot at the end.
        (
            "_sipfederationtls._tcp SRV 0 0 5061 xphone.zahnfee.de\n",
            "srv-target-doubled",
        ),
        (
            "_sipfederationtls._tcp SRV 0 0 5060 xphone\n",
            "srv-wrong-port",
        ),
        (
            "_sipfederationtls._tcp SRV 0 0 443 xphone\n",
            "srv-wrong-port",
        ),
        (
            "_sipfederationtls._tcp SRV 5061 0 0 xphone\n",
            "srv-fields-swapped",
        ),
        (
            "_sipfederationtls._tcp SRV 0 0 5061 81.2.3.4\n",
            "srv-target-is-address",
        ),
        (
            "_sipfederationtls._tcp SRV 0 0 5061 81.2.3.4.\n",
            "srv-target-is-address",
        ),
        (
            "_sipfederationtls._tcp SRV 0 0 5061 .\n",
            "srv-service-disabled",
        ),
        (
            "_sipfederationtls._tcp SRV 0 0 5061 xphone.\n",
            "srv-target-malformed",
        ),
        // At a wrong name.
        (
            "_sipfederationtls._tcp.zahnfee.de SRV 0 0 5061 xphone\n",
            "srv-owner-doubled",
        ),
        (
            "_sipfederationtls._tls SRV 0 0 5061 xphone\n",
            "srv-name-typo",
        ),
        (
            "_sipfederationtls.tcp SRV 0 0 5061 xphone\n",
            "srv-name-typo",
        ),
        (
            "sipfederationtls._tcp SRV 0 0 5061 xphone\n",
            "srv-name-typo",
        ),
        (
            "_sipfederationtl._tcp SRV 0 0 5061 xphone\n",
            "srv-name-typo",
        ),
        (
            "_sipfedarationtls._tcp SRV 0 0 5061 xphone\n",
            "srv-name-typo",
        ),
        (
            "_sipfederationtls._tcp TXT \"0 0 5061 xphone.zahnfee.de.\"\n",
            "srv-wrong-type",
        ),
        (
            "_sipfederationtls._tcp SRV 0 0 5061 sipfed.online.lync.com.\n",
            "srv-points-to-microsoft",
        ),
    ] {
        let lines = format!("{HOST}{line}");
        for (kind, file) in files(&lines) {
            let said = judge(&file, &["zahnfee.de"]);
            assert!(
                said.codes().contains(&fail(code)[0]),
                "{kind}: {line}{:?}",
                said.codes()
            );
            assert_eq!(said.statuses()[2], "fail", "{kind}: {line}");
            assert_eq!(said.code, 1, "{kind}: {line}");
        }
    }
    all(HOST, 1, ["pass", "skip", "fail"], &fail("srv-missing"));
    // What belongs to another zone is loaded by nobody, and stops NSD.
    let foreign = format!("{HOST}_sipfederationtls._tcp.zahnfee.com. SRV 0 0 5061 xphone\n");
    let codes = [
        ("zone-file-partly-refused", "warn"),
        ("srv-missing", "fail"),
    ];
    all(&foreign, 1, ["warn", "skip", "fail"], &codes);
}

#[test]
fn the_faults_of_the_server_it_leads_to() {
    all(
        RECORD,
        1,
        ["pass", "fail", "pass"],
        &[("fqdn-not-found", "fail")],
    );
    all(
        &format!("{RECORD}xphone AAAA 2a02:1:2::3\n"),
        1,
        ["pass", "fail", "pass"],
        &[("fqdn-no-a-record", "fail")],
    );
    all(
        &format!("{RECORD}xphone A 10.0.0.5\n"),
        1,
        ["pass", "fail", "pass"],
        &[("address-not-public", "fail")],
    );
    all(
        &format!("{RECORD}xphone A 81.2.3.4\nxphone A 81.2.3.6\n"),
        0,
        ["pass", "warn", "pass"],
        &[("address-several", "warn")],
    );
    // An alias within the zone is followed, and one out of it cannot be.
    all(
        &format!("{RECORD}xphone CNAME mail\n"),
        0,
        ["pass", "warn", "pass"],
        &[("address-alias", "warn")],
    );
    let away = format!("{RECORD}xphone CNAME lb.hoster.example.\n");
    let codes = [
        ("zone-file-incomplete", "unknown"),
        ("address-alias", "warn"),
    ];
    all(&away, 3, ["pass", "unknown", "pass"], &codes);
    all(
        &format!("{RECORD}xphone NS ns1.hoster.example.\n"),
        3,
        ["pass", "unknown", "pass"],
        &[("zone-file-incomplete", "unknown")],
    );
    all(
        &format!("{RECORD}xphone ALIAS lb.hoster.example.\n"),
        3,
        ["warn", "unknown", "pass"],
        &[
            ("zone-file-partly-refused", "warn"),
            ("zone-file-incomplete", "unknown"),
        ],
    );
    // Its name is wrong whatever its zone says.
    all(
        "_sipfederationtls._tcp SRV 0 0 5061 xphone.elhada.es.\n",
        1,
        ["pass", "fail", "pass"],
        &[("fqdn-foreign-domain", "fail")],
    );
}

#[test]
fn several_records_are_all_judged_in_their_order() {
    let lines = "\
_sipfederationtls._tcp SRV 20 0 5061 second
_sipfederationtls._tcp SRV 10 0 5061 first
first A 81.2.3.4
second A 10.0.0.5
";
    for (kind, file) in files(lines) {
        let said = judge(&file, &["zahnfee.de"]);
        let names = said.json["fqdns"].as_array().expect("names");
        assert_eq!(names, &["first.zahnfee.de", "second.zahnfee.de"], "{kind}");
        assert_eq!(said.codes(), [("address-not-public", "fail")], "{kind}");
        assert_eq!(said.code, 1, "{kind}");
    }
}

/// Microsoft 365 shows in the file, too; and a wildcard is no server.
#[test]
fn what_else_step_1_and_2_see() {
    all(
        &format!("{HOST}{RECORD}@ TXT MS=ms12345678\n"),
        0,
        ["warn", "pass", "pass"],
        &[("domain-microsoft-tenant", "warn")],
    );
    all(
        &format!("* A 81.2.3.9\n{RECORD}"),
        0,
        ["pass", "warn", "pass"],
        &[("address-from-wildcard", "warn")],
    );
    // A wildcard is no record either.
    let wild = format!("{HOST}* TXT \"v=spf1 -all\"\n");
    all(
        &wild,
        1,
        ["pass", "skip", "fail"],
        &[("srv-missing", "fail")],
    );
}

/// Variant 3: the domain is a name in the zone, and need not have a record of its own.
#[test]
fn a_domain_within_the_zone() {
    let lines = "chat A 81.2.3.4\n_sipfederationtls._tcp.chat SRV 0 0 5061 chat\n";
    for (kind, file) in files(lines) {
        let args: &[&str] = match kind {
            "BIND" => &["chat.zahnfee.de", "--origin", "zahnfee.de"],
            _ => &["chat.zahnfee.de"],
        };
        let said = judge(&file, args);
        assert_eq!(said.codes(), [], "{kind}");
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{kind}");
        assert_eq!(said.json["domain"], "chat.zahnfee.de");
        // Without it, nobody is told that the domain is not there: its zone is.
        let said = judge(&file, &[&["neu.zahnfee.de"][..], &args[1..]].concat());
        assert_eq!(said.codes(), [("srv-missing", "fail")], "{kind}");
    }
}

#[test]
fn nobody_has_kept_what_was_never_published() {
    for lines in [
        HOST,
        "_sipfederationtls.tcp SRV 0 0 5061 xphone\nxphone A 81.2.3.4\n",
        "_sipfederationtls._tcp TXT \"0 0 5061 xphone\"\nxphone A 81.2.3.4\n",
    ] {
        for (kind, file) in files(lines) {
            let fixes = judge(&file, &["zahnfee.de", "--lang=en"]).json["steps"].to_string();
            let record = "_sipfederationtls._tcp.zahnfee.de. SRV 0 0 5061 xphone.zahnfee.de.";
            assert!(fixes.contains(record), "{kind}: {fixes}");
            assert!(!fixes.contains("Resolvers may keep"), "{kind}: {fixes}");
        }
    }
}

/// Nobody outside can ask the name servers that it names: it is another zone than the one on the internet.
#[test]
fn the_file_of_an_internal_zone() {
    for (servers, is_internal) in [
        ("@ NS dc01\ndc01 A 10.0.0.1\n", true),
        (
            "@ NS dc01\n@ NS dc02\ndc01 A 10.0.0.1\ndc02 AAAA fd00::2\n",
            true,
        ),
        ("@ NS dc01.firma.local.\n", true),
        ("@ NS localhost.\n", true),
        ("@ NS dc01.ad\nad NS dc01.ad\ndc01.ad A 10.0.0.1\n", true),
        ("@ NS dc01.ad\nad NS dc01.ad\ndc01.ad A 81.2.3.53\n", false),
        ("@ NS dc01\ndc01 A 10.0.0.1\ndc01 A 81.2.3.53\n", false),
        (
            "@ NS dc01\n@ NS ns.hoster.example.\ndc01 A 10.0.0.1\n",
            false,
        ),
    ] {
        let head = "$TTL 300\n@ SOA ns h 1 7200 900 1209600 300\n@ MX 10 mail\nmail A 81.2.3.5\n";
        let file = format!("{head}{servers}{HOST}{RECORD}");
        for lang in ["en", "de"] {
            let said = judge(file.as_bytes(), &["zahnfee.de", "--lang", lang]);
            let (codes, verdict) = if is_internal {
                (vec![("domain-internal-view", "unknown")], "inconclusive")
            } else {
                (Vec::new(), "ready")
            };
            assert_eq!(said.codes(), codes, "{servers}");
            assert_eq!(said.json["verdict"], verdict, "{servers}");
            if is_internal {
                let finding = said.json["steps"][0]["findings"].to_string();
                let named = ["dc01.", "localhost"].iter().any(|it| finding.contains(it));
                assert!(named, "{finding}");
                assert!(!finding.contains("9.9.9.9"), "{finding}");
            }
        }
    }
}
